/* Who a request belongs to, and that nobody can make himself another. */
#include "fixture.h"

#include "engine/identity.h"

static void
source(struct fix *f, enum source_kind kind, bool verified, const char *name)
{
	f->source[f->b.sources++] =
	    (struct bundle_source){kind, verified, fix_text(f, name)};
}

/* eyJ… of {"sub":"ann","tenant":7} and {"sub":"bob"}, not signed. */
#define JWT_ANN "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJ0ZW5hbnQiOjd9.sig"
#define JWT_BOB "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ.sig"

static struct hash128
identity_of(struct fix *f)
{
	fix_decide(f);
	return f->v.identity;
}

static void
test_identity_takes_the_first_source_present(void **state)
{
	static const struct {
		const char *header, *value, *query;
		enum identity_kind kind;
	} cases[] = {
	    {"x-api-key", "k1", NULL, IDENTITY_HEADER},
	    {"x-api-key", "", NULL, IDENTITY_WEAK}, /* empty is absent */
	    {"authorization", "Bearer t", NULL, IDENTITY_BEARER},
	    {"authorization", "bEaReR t", NULL, IDENTITY_BEARER},
	    {"authorization", "Basic YW5uOnB3", NULL, IDENTITY_BASIC},
	    {"authorization", "Digest x", NULL, IDENTITY_WEAK},
	    {"cookie", "a=1; session=abc", NULL, IDENTITY_COOKIE},
	    {"accept", "*/*", "a=1&api%5fkey=k%31", IDENTITY_QUERY},
	    {"x-api-key", "k1", "api_key=k2", IDENTITY_HEADER},
	    {"accept", "*/*", NULL, IDENTITY_WEAK},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_new();

		source(f, SOURCE_HEADER, false, "x-api-key");
		source(f, SOURCE_BEARER, false, "");
		source(f, SOURCE_QUERY, false, "api_key");
		source(f, SOURCE_COOKIE, false, "session");
		source(f, SOURCE_BASIC_USER, false, "");
		fix_request(f, "GET", "h", "/");
		fix_header(f, cases[i].header, cases[i].value);
		f->r.query = span_str(cases[i].query);
		fix_decide(f);
		if (f->v.identity_kind != cases[i].kind)
			fail_msg(
			    "case %zu: %s", i, identity_kind_name(f->v.identity_kind));
		assert_int_equal(
		    !!(f->v.flags & VERDICT_WEAK), cases[i].kind == IDENTITY_WEAK);
		assert_false(f->v.flags & VERDICT_VERIFIED);
		fix_free(f);
	}
}

static void
test_identity_depends_on_value_source_and_key(void **state)
{
	struct fix *f = fix_new();
	struct hash128 a, b;

	source(f, SOURCE_HEADER, false, "x-a");
	source(f, SOURCE_HEADER, false, "x-b");
	fix_request(f, "GET", "h", "/");
	fix_header(f, "x-a", "1");
	a = identity_of(f);
	/* the same credential from elsewhere, by another client, is the same identity */
	fix_request(f, "POST", "other", "/x");
	f->r.source = SPAN("\x0a\0\0\x01");
	fix_header(f, "accept", "*/*");
	fix_header(f, "x-a", "1");
	assert_true(hash128_eq(a, identity_of(f)));
	fix_request(f, "GET", "h", "/");
	fix_header(f, "x-b", "1");
	b = identity_of(f);
	assert_false(hash128_eq(a, b));
	fix_request(f, "GET", "h", "/");
	fix_header(f, "x-a", "2");
	assert_false(hash128_eq(a, identity_of(f)));
	f->options.identity_key[0] ^= 1;
	fix_start(f);
	fix_request(f, "GET", "h", "/");
	fix_header(f, "x-a", "1");
	assert_false(hash128_eq(a, identity_of(f)));
	fix_free(f);
}

/* A claim anyone can write: it does not make the writer the same identity. */
static void
test_identity_unverified_claims_are_tied_to_their_source(void **state)
{
	struct fix *f = fix_new();
	struct hash128 owner, thief;

	source(f, SOURCE_JWT_CLAIM, false, "sub");
	fix_request(f, "GET", "h", "/");
	fix_header(f, "authorization", JWT_ANN);
	owner = identity_of(f);
	assert_int_equal(f->v.identity_kind, IDENTITY_JWT);
	fix_request(f, "GET", "h", "/");
	f->r.source = SPAN("\xc6\x33\x64\x01");
	fix_header(f, "authorization", JWT_ANN);
	thief = identity_of(f);
	assert_false(hash128_eq(owner, thief));
	/* verified, the claim is the identity wherever it comes from */
	f->r.verified = SPAN("cookie, jwt:sub");
	thief = identity_of(f);
	assert_true(f->v.flags & VERDICT_VERIFIED);
	fix_request(f, "GET", "h", "/");
	fix_header(f, "authorization", JWT_ANN);
	f->r.verified = SPAN("jwt");
	assert_true(hash128_eq(thief, identity_of(f)));
	fix_request(f, "GET", "h", "/");
	fix_header(f, "authorization", JWT_BOB);
	f->r.verified = SPAN("jwt");
	assert_false(hash128_eq(thief, identity_of(f)));
	fix_free(f);
}

static void
test_identity_verified_sources_need_haproxys_word(void **state)
{
	static const struct {
		const char *vfy;
		bool verified;
	} cases[] = {
	    {NULL, false},
	    {"", false},
	    {"bearer", false},
	    {"header:x-other", false},
	    {"headers", false},
	    {"header:", false},
	    {"header", true},
	    {"bearer,header:x-user", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_new();

		source(f, SOURCE_HEADER, true, "x-user");
		fix_request(f, "GET", "h", "/");
		fix_header(f, "x-user", "ann");
		f->r.verified = span_str(cases[i].vfy);
		fix_decide(f);
		assert_int_equal(!!(f->v.flags & VERDICT_VERIFIED), cases[i].verified);
		assert_int_equal(f->v.identity_kind,
		    cases[i].verified ? IDENTITY_HEADER : IDENTITY_WEAK);
		fix_free(f);
	}
}

static void
test_identity_client_certificate_is_verified(void **state)
{
	struct fix *f = fix_new();

	source(f, SOURCE_CLIENT_CERT, true, "");
	fix_request(f, "GET", "h", "/");
	f->r.client_cert = SPAN("01234567890123456789");
	fix_decide(f);
	assert_int_equal(f->v.identity_kind, IDENTITY_CLIENT_CERT);
	assert_true(f->v.flags & VERDICT_VERIFIED);
	fix_free(f);
}

/* Same /24 or /48, same handshake, same header order: one weak identity. */
static void
test_identity_weak_is_source_prefix_print_and_order(void **state)
{
	static const char v6[] = "\x20\x01\x0d\xb8\0\x01\0\x02\0\0\0\0\0\0\0\x01";
	static const char v6_near[] = "\x20\x01\x0d\xb8\0\x01\0\x99\0\0\0\0\0\0\0\x02";
	static const char v6_far[] = "\x20\x01\x0d\xb8\0\x09\0\x02\0\0\0\0\0\0\0\x01";
	static const char mapped[] = "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x09";
	struct fix *f = fix_new();
	struct hash128 base, base6;

	fix_request(f, "GET", "h", "/");
	base = identity_of(f);
	f->r.source = SPAN("\xc0\x00\x02\xff");
	assert_true(hash128_eq(base, identity_of(f)));
	f->r.source = span_make(mapped, 16);
	assert_true(hash128_eq(base, identity_of(f)));
	f->r.source = SPAN("\xc0\x00\x03\x07");
	assert_false(hash128_eq(base, identity_of(f)));
	f->r.source = span_make(v6, 16);
	base6 = identity_of(f);
	f->r.source = span_make(v6_near, 16);
	assert_true(hash128_eq(base6, identity_of(f)));
	f->r.source = span_make(v6_far, 16);
	assert_false(hash128_eq(base6, identity_of(f)));
	fix_request(f, "GET", "h", "/");
	f->r.tls_ciphers = SPAN("\x13\x01");
	assert_false(hash128_eq(base, identity_of(f)));
	fix_request(f, "GET", "h", "/");
	fix_header(f, "accept", "*/*");
	assert_false(hash128_eq(base, identity_of(f)));
	/* values of headers do not count */
	fix_request(f, "GET", "another.example", "/");
	assert_true(hash128_eq(base, identity_of(f)));
	fix_free(f);
}

static void
test_identity_without_policy_uses_usual_places(void **state)
{
	static const struct {
		const char *header, *value;
		enum identity_kind kind;
	} cases[] = {
	    {"authorization", "Bearer t", IDENTITY_BEARER},
	    {"x-api-key", "k", IDENTITY_HEADER},
	    {"authorization", "Basic YW5uOnB3", IDENTITY_BASIC},
	    {"cookie", "session=1", IDENTITY_COOKIE},
	    {"cookie", "JSESSIONID=1", IDENTITY_COOKIE},
	    {"cookie", "theme=dark", IDENTITY_WEAK},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_new();
		struct bundle_error error;

		assert_int_equal(engine_new(NULL, &f->options, &f->e, &error), OK);
		fix_request(f, "GET", "h", "/");
		fix_header(f, cases[i].header, cases[i].value);
		fix_decide(f);
		assert_int_equal(f->v.identity_kind, cases[i].kind);
		fix_free(f);
	}
}

static void
test_identity_hex_is_high_half_first(void **state)
{
	struct hash128 id = {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)};
	char out[32];

	identity_hex(id, out);
	assert_memory_equal(out, "fedcba98765432100123456789abcdef", 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_identity_takes_the_first_source_present),
	    cmocka_unit_test(test_identity_depends_on_value_source_and_key),
	    cmocka_unit_test(test_identity_unverified_claims_are_tied_to_their_source),
	    cmocka_unit_test(test_identity_verified_sources_need_haproxys_word),
	    cmocka_unit_test(test_identity_client_certificate_is_verified),
	    cmocka_unit_test(test_identity_weak_is_source_prefix_print_and_order),
	    cmocka_unit_test(test_identity_without_policy_uses_usual_places),
	    cmocka_unit_test(test_identity_hex_is_high_half_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
