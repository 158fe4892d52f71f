/*
 * What leaves the analyst is no sensitive data: values of strong classes are put wherever a
 * client can put them, and no validator fires on any text of any record. The class of
 * generic secrets is left out: it asks for randomness alone, which shapes have as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "classify/classify.h"
#include "tests/unit/analyst/feed.h"

#define SECOND INT64_C(1000000)

static struct feed feed;
static struct class_set *classes;
static unsigned texts, records;

static void
no_validator_fires(struct span s)
{
	while (!span_absent(s)) {
		struct span word = span_cut(&s, ' ');
		struct class_hits hits;

		texts++;
		if (redact_is_token(word))
			continue; /* as random as a secret */
		classify_value(classes, word, CLASS_STRING, true, &hits);
		for (unsigned i = 0; i < hits.n; i++)
			if (hits.hit[i].strength >= HIT_CHECKED &&
			    hits.hit[i].cls != class_find(classes, SPAN("secret")))
				fail_msg("\"%.*s\" is %s", (int)word.n, word.p,
				    class_get(classes, hits.hit[i].cls)->name);
	}
}

/* Each part of a path, of a list, and the whole. */
static void
look_at(struct span s)
{
	char text[2048];

	if (span_find_span(s, SPAN("{~")) == s.n) /* tokens are looked at apart */
		no_validator_fires(s);
	if (s.n == 0 || s.n > sizeof(text))
		return;
	for (size_t i = 0; i < s.n; i++)
		text[i] = strchr("/{}~:;,()'", s.p[i]) ? ' ' : s.p[i];
	no_validator_fires(span_make(text, s.n));
}

static void
put(void *ctx, const struct record *r)
{
	records++;
	switch (r->kind) {
	case RECORD_ENDPOINT:
		look_at(r->endpoint.service);
		look_at(r->endpoint.method);
		look_at(r->endpoint.template_text);
		look_at(r->endpoint.operation);
		look_at(r->endpoint.shapes);
		break;
	case RECORD_COVERAGE: look_at(r->coverage.service); break;
	case RECORD_DECISION:
		look_at(r->decision.rule);
		look_at(r->decision.reason);
		look_at(r->decision.sample_id);
		break;
	case RECORD_WORD:
		look_at(r->word.token);
		look_at(r->word.text);
		break;
	case RECORD_OBSERVATION: look_at(r->observation.at.path); break;
	case RECORD_SUSPECT:
		look_at(r->suspect.at.path);
		look_at(r->suspect.evidence);
		look_at(r->suspect.sample_id);
		break;
	case RECORD_CHILD: look_at(r->child.word); break;
	case RECORD_LINK:
		look_at(r->link.from);
		look_at(r->link.to);
		break;
	default: break;
	}
	feed_put(ctx, r);
}

static uint64_t seed = 88172645463325252u;

static unsigned
draw(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static void
digits(char *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (char)('0' + draw(10));
	to[n] = '\0';
}

static void
draw_card(char out[64])
{
	unsigned sum = 0;

	out[0] = '4';
	digits(out + 1, 14);
	for (unsigned i = 0; i < 15; i++) {
		unsigned d = (unsigned)(out[14 - i] - '0') * (i % 2 ? 1 : 2);

		sum += d > 9 ? d - 9 : d;
	}
	out[15] = (char)('0' + (10 - sum % 10) % 10);
	out[16] = '\0';
}

static void
draw_value(unsigned kind, char out[64])
{
	char a[64], b[24];

	switch (kind) {
	case 0: draw_card(out); break;
	case 1:
		draw_card(a);
		snprintf(out, 64, "%.4s-%.4s-%.4s-%.4s", a, a + 4, a + 8, a + 12);
		break;
	case 2:
		digits(a, 4);
		snprintf(out, 64, "%03u-%02u-%.4s", 100 + draw(500), 10 + draw(80), a);
		break;
	case 3:
		digits(a, 6);
		snprintf(out, 64, "jane.%.6s%%40example.com", a);
		break;
	case 4:
		digits(a, 16);
		digits(b, 12);
		snprintf(out, 64, "sk_live_%.8sAbCd%s", a, b);
		break;
	default:
		digits(a, 7);
		snprintf(out, 64, "%%2B1415%.7s", a);
		break;
	}
}

/* The feed's core with our sink. */
static void
start(void)
{
	struct intake_options io = {.workers = 2};
	char why[200];
	size_t at;

	assert_int_equal(class_set_new(NULL, 0, &classes, &at, why), OK);
	feed_open(&feed, NULL);
	intake_free(feed.intake);
	io.settings = &feed.settings;
	io.redactor = feed.redactor;
	io.metric = &feed.metric;
	io.sink = (struct sink){.put = put, .ctx = &feed};
	assert_int_equal(intake_new(&io, &feed.intake), OK);
	forward_free(feed.forward);
	struct forward_options fo = {.shards = 1,
	    .line_bytes = (size_t)feed.settings.finish_line_bytes,
	    .timeout_us = feed.settings.finish_pending_timeout_s * SECOND,
	    .keys = &feed.keys,
	    .metric = &feed.metric,
	    .intake = feed.intake};
	assert_int_equal(forward_new(&fo, &feed.forward), OK);
}

static void
test_no_validator_fires_on_what_leaves(void **state)
{
	static const char *const paths[] = {"/users/%s", "/users/%s/orders", "/%s",
	    "/files/%s.pdf", "/Users('%s')", "/items/7:%s", "/a/b/c/%s/d",
	    "/items/7;k=%s"};
	static const char *const hosts[] = {"%s.example", "api.%s.example", "%s"};

	start();
	for (unsigned i = 0; i < 6000; i++) {
		char value[64], path[128], host[128];
		struct feed_request q = {"GET", "api.example", path, 0, 0, {0}};
		uint64_t identities = i % 40 == 0 ? 30 : 1; /* enough to release a word */

		draw_value(draw(6), value);
		snprintf(path, sizeof(path), paths[draw(8)], value);
		snprintf(host, sizeof(host), hosts[draw(3)], value);
		if (i % 10 == 0 && !strchr(value, '%'))
			q.host = host;
		if (i % 11 == 0)
			q.method = value;
		for (uint64_t k = 0; k < identities; k++) {
			q.identity = (k + i) * UINT64_C(0x9e3779b97f4a7c15);
			feed_pair(&feed, &q, i % 7 == 0 ? 404 : 200);
		}
		if (i % 500 == 0) {
			intake_now(feed.intake, feed.now_us);
			(void)intake_flush(feed.intake);
		}
	}
	(void)intake_flush(feed.intake);
	assert_true(records > 1000 && texts > 10000);
	feed_close(&feed);
	class_set_free(classes);
}

/* The same eyes see what would be a leak. */
static void
test_the_validators_know_what_was_sent(void **state)
{
	char why[200], value[64];
	size_t at;

	assert_int_equal(class_set_new(NULL, 0, &classes, &at, why), OK);
	for (unsigned kind = 0; kind < 5; kind++) {
		struct class_hits hits;
		bool known = false;

		draw_value(kind, value);
		if (kind == 3)
			snprintf(value, sizeof(value), "jane.doe@example.com");
		classify_value(classes, span_str(value), CLASS_STRING, true, &hits);
		for (unsigned i = 0; i < hits.n; i++)
			known |= hits.hit[i].strength >= HIT_CHECKED;
		if (!known)
			fail_msg("nobody knows \"%s\"", value);
	}
	class_set_free(classes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_validator_fires_on_what_leaves),
	    cmocka_unit_test(test_the_validators_know_what_was_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
