/* A small signed bundle that has something in every section, made by the compiler. */
#ifndef TESTS_UNIT_BUNDLE_FIXTURE_H
#define TESTS_UNIT_BUNDLE_FIXTURE_H

#include "tests/unit/policy/fixture.h"

static const char fixture_policy_rules[] =
    "rule \"texts\" { when http.method in {\"A\" \"B\" \"C\"} and tls action deny }\n"
    "rule \"numbers\" { when http.body.size in {3 5 -0 9000000000} and tls action drop "
    "}\n"
    "rule \"graph\" { when (tls or http.path eq \"/x\") and not endpoint.known action "
    "event }\n"
    "network \"net\" { when ip.src in {10.0.0.0/8 192.0.2.7 2001:db8::/33} action allow\n"
    "  mode enforce reason \"r\" }\n"
    "limit \"limit\" { when endpoint eq \"POST /login\" by identity, http.header[\"x\"]\n"
    "  rate 10/1m action rate }\n";

static inline void
fixture_policy(struct fixture *f)
{
	fixture_add(
	    f, INPUT_SERVICES, "t.services", SPAN("shop shop.test\npay *.test /pay\n"));
	fixture_add(f, INPUT_ENDPOINTS, "t.endpoints",
	    SPAN("shop POST /login\nshop GET /users/{number}\nshop GET "
		 "/u/Users({number}):go\n"
		 "shop POST /graphql operation=query{a}\npay * /pay/{text}/{uuid} "
		 "body=yes\n"));
	fixture_add(f, INPUT_WORDS, "t.words", SPAN("alpha\nbeta\n"));
	fixture_add(f, INPUT_CLASSES, "t.classes",
	    SPAN("class \"staff_no\" { title \"staff number\" pattern r\"E[0-9]{6}\" }\n"
		 "class \"badge\" { names \"badge badge_no\" groups pii mask shape }\n"));
	fixture_add(f, INPUT_RULES, "t.rules", span_str(fixture_policy_rules));
	fixture_add(f, INPUT_SELFTESTS, "t.selftest",
	    SPAN("request GET http://shop.test/users/1\nexpect allow\n"));
	if (fixture_compile(f) != OK)
		fail_msg("%s", fixture_messages(f));
}

/* A key with a fixed secret. */
static inline void
fixture_key(struct signer *k, uint8_t seed, const char *environment)
{
	*k = (struct signer){.has_private = true};
	memset(k->private, seed, sizeof k->private);
	assert_int_equal(ed25519_public(k->private, k->public), OK);
	memset(k->id, 'a' + seed % 16, 8);
	memcpy(k->environment, environment, strlen(environment));
}

/* Replaces f->bytes by the same content, stamped and signed. */
static inline void
fixture_stamp(struct fixture *f, uint64_t revision, const struct signer *keys, unsigned n)
{
	struct bundle_stamp s;
	struct bundle_error e;
	struct buf out = BUF_INIT;

	bundle_stamp_of(&f->b, &s);
	s.revision = revision;
	s.keys = keys;
	s.n = n;
	assert_int_equal(bundle_stamp(buf_span(&f->bytes), &s, &out, &e), OK);
	buf_fini(&f->bytes);
	f->bytes = out;
	assert_int_equal(bundle_parse(buf_span(&f->bytes), &f->b, &e), OK);
}

#endif
