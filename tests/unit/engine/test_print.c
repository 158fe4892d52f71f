/* TLS prints against published samples, and what must not change them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/print.h"

/* The sample of JA4's own description: Chrome, TLS 1.3, extensions as it sent them. */
static struct request
chrome(void)
{
	struct request r;

	request_init(&r);
	r.tls = 1;
	r.tls_version = 0x0303;
	r.alpn = SPAN("h2");
	r.tls_ciphers =
	    SPAN("\x0a\x0a\x13\x01\x13\x02\x13\x03\xc0\x2b\xc0\x2f\xc0\x2c\xc0"
		 "\x30\xcc\xa9\xcc\xa8\xc0\x13\xc0\x14\x00\x9c\x00\x9d\x00\x2f"
		 "\x00\x35");
	r.tls_extensions = SPAN(
	    "\x1a\x1a\x00\x1b\x00\x00\x00\x33\x00\x10\x44\x69\x00\x17\x00\x2d\x00\x0d"
	    "\x00\x05\x00\x23\x00\x12\x00\x2b\xff\x01\x00\x0b\x00\x0a\x00\x15");
	r.tls_groups = SPAN("\x0a\x0a\x00\x1d\x00\x17\x00\x18");
	r.tls_formats = SPAN("\x00");
	r.tls_signatures =
	    SPAN("\x04\x03\x08\x04\x04\x01\x05\x03\x08\x05\x05\x01\x08\x06\x06\x01");
	r.tls_versions = SPAN("\x0a\x0a\x03\x04\x03\x03");
	return r;
}

static void
assert_span(struct span s, const char *text)
{
	if (!span_eq(s, span_str(text)))
		fail_msg("%.*s is not %s", (int)s.n, s.n ? s.p : "", text);
}

/* The two samples of JA3's own description. */
static void
test_ja3_matches_published_samples(void **state)
{
	char out[JA3_TEXT_BYTES];
	struct request r;

	request_init(&r);
	r.tls_version = 769;
	r.tls_ciphers =
	    SPAN("\x00\x2f\x00\x35\x00\x05\x00\x0a\xc0\x09\xc0\x0a\xc0\x13\xc0"
		 "\x14\x00\x32\x00\x38\x00\x13\x00\x04");
	r.tls_extensions = SPAN("\x00\x00\x00\x0a\x00\x0b");
	r.tls_groups = SPAN("\x00\x17\x00\x18\x00\x19");
	r.tls_formats = SPAN("\x00");
	assert_span(print_ja3(&r, out), "ada70206e40642a3e4461f35503241d5");
	r.tls_ciphers =
	    SPAN("\x00\x04\x00\x05\x00\x0a\x00\x09\x00\x64\x00\x62\x00\x03\x00"
		 "\x06\x00\x13\x00\x12\x00\x63");
	r.tls_extensions = r.tls_groups = r.tls_formats = SPAN_NONE;
	assert_span(print_ja3(&r, out), "de350869b8c85de67a350c8d186f11e6");
}

static void
test_ja4_matches_the_published_sample(void **state)
{
	char out[JA4_TEXT_MAX];
	struct request r = chrome();

	assert_span(print_ja4(&r, out), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

static void
test_ja4_before_haproxy_3_1_says_x(void **state)
{
	char out[JA4_TEXT_MAX];
	struct request r = chrome();

	r.tls_signatures = r.tls_versions = SPAN_NONE;
	assert_span(print_ja4(&r, out), "t13d1516h2_8daaf6152771_x");
	/* a client without signature algorithms is fully known on any HAProxy */
	r.tls_extensions = SPAN("\x00\x0a\x00\x0b");
	r.tls_groups = SPAN_NONE;
	r.alpn = SPAN_NONE;
	assert_int_equal(print_ja4(&r, out).n, 36);
	assert_memory_equal(out, "t12i150200_8daaf6152771_", 24);
}

static void
test_ja4_edges(void **state)
{
	char out[JA4_TEXT_MAX];
	struct request r;

	request_init(&r);
	assert_true(span_absent(print_ja4(&r, out)));
	assert_true(span_absent(print_ja3(&r, (char[JA3_TEXT_BYTES]){0})));
	r.tls_version = 0x0301;
	r.tls_ciphers = SPAN("");
	r.alpn = SPAN("\xab");
	assert_span(print_ja4(&r, out), "t10i0000ab_000000000000_000000000000");
}

static void
test_print_is_steady(void **state)
{
	struct request a = chrome(), b = chrome();
	uint64_t was = print_tls(&a);

	assert_true(was != 0);
	/* order of extensions, GREASE, padding, name, ALPN, key of a session */
	b.tls_extensions = SPAN(
	    "\x00\x0a\x00\x1b\x00\x33\x00\x29\x44\x69\x00\x17\x00\x2d\x00\x0d\x00\x05"
	    "\x00\x23\x00\x12\x00\x2b\xff\x01\x00\x0b\xfa\xfa");
	b.tls_ciphers = span_from(a.tls_ciphers, 2);
	b.alpn = SPAN("http/1.1");
	b.tls_signatures = b.tls_versions = SPAN_NONE;
	assert_true(print_tls(&b) == was);
}

static void
test_print_tells_clients_apart(void **state)
{
	struct request base = chrome(), r;
	uint64_t was = print_tls(&base);

	r = chrome();
	r.tls_ciphers = span_from(r.tls_ciphers, 4); /* one cipher less */
	assert_true(print_tls(&r) != was);
	r = chrome();
	r.tls_extensions = span_head(r.tls_extensions, r.tls_extensions.n - 4);
	assert_true(print_tls(&r) != was);
	r = chrome();
	r.tls_groups = SPAN("\x00\x17\x00\x1d\x00\x18"); /* order of groups counts */
	assert_true(print_tls(&r) != was);
	r = chrome();
	r.tls_formats = SPAN("\x00\x01");
	assert_true(print_tls(&r) != was);
	r = chrome();
	r.tls_version = 0x0304;
	assert_true(print_tls(&r) != was);
	request_init(&r);
	assert_true(print_tls(&r) == 0);
}

/* Captures are cut where HAProxy's buffer ends, also inside a value. */
static void
test_prints_take_any_length(void **state)
{
	struct request whole = chrome();
	char ja3[JA3_TEXT_BYTES], ja4[JA4_TEXT_MAX];
	static char many[4096];

	for (size_t n = 0; n <= whole.tls_extensions.n; n++) {
		struct request r = whole;

		r.tls_extensions = span_head(r.tls_extensions, n);
		r.tls_ciphers = span_head(r.tls_ciphers, n);
		assert_int_equal(print_ja3(&r, ja3).n, JA3_TEXT_BYTES);
		assert_true(print_ja4(&r, ja4).n >= 25);
		(void)print_tls(&r);
	}
	memset(many, 0xff, sizeof(many));
	whole.tls_ciphers = whole.tls_extensions = whole.tls_groups = whole.tls_formats =
	    whole.tls_signatures = whole.tls_versions = span_make(many, sizeof(many));
	assert_int_equal(print_ja3(&whole, ja3).n, JA3_TEXT_BYTES);
	assert_int_equal(print_ja4(&whole, ja4).n, JA4_TEXT_MAX);
}

static void
test_print_cache_answers_the_same(void **state)
{
	static struct print_cache_slot cache[PRINT_CACHE_SLOTS];
	static const uint8_t key[16] = "a key of a test";
	const struct print_cache_slot *p;
	struct request r = chrome();

	for (int i = 0; i < 2; i++) {
		p = print_cached(cache, key, &r);
		assert_span(span_make(p->ja4, p->ja4_bytes),
		    "t13d1516h2_8daaf6152771_e5627efa2ab1");
		assert_int_equal(p->ja3_bytes, 32);
		r.alpn = i ? r.alpn : SPAN("h2");
	}
	r.alpn = SPAN("h3"); /* every input of a print is part of the key */
	p = print_cached(cache, key, &r);
	assert_span(
	    span_make(p->ja4, p->ja4_bytes), "t13d1516h3_8daaf6152771_e5627efa2ab1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ja3_matches_published_samples),
	    cmocka_unit_test(test_ja4_matches_the_published_sample),
	    cmocka_unit_test(test_ja4_before_haproxy_3_1_says_x),
	    cmocka_unit_test(test_ja4_edges),
	    cmocka_unit_test(test_print_is_steady),
	    cmocka_unit_test(test_print_tells_clients_apart),
	    cmocka_unit_test(test_prints_take_any_length),
	    cmocka_unit_test(test_print_cache_answers_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
