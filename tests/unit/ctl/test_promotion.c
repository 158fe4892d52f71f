/* Promotion files: words, lines, whole files, signatures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/encode.h"
#include "control/ctl/promotion.h"
#include "crypto/crypto.h"

#define HEAD "yett-promotion 1\nenvironment qa\nbase -\n\n"

static void
test_each_text_is_written_in_one_way(void **state)
{
	static const struct {
		const char *raw, *written;
	} cases[] = {
	    {"", "-"},
	    {"plain", "plain"},
	    {"/users/{number}", "/users/{number}"},
	    {"items[].a\\.b", "\"items[].a\\\\.b\""},
	    {"-", "\"-\""},
	    {"=", "\"=\""},
	    {"two words", "\"two words\""},
	    {"say \"no\"", "\"say \\\"no\\\"\""},
	    {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
	    {"a\nb", "\"a\\x0ab\""},
	    {"\xe2\x80\xae"
	     "gpj",
		"\"\\xe2\\x80\\xaegpj\""}, /* right to left: no reviewer is misled */
	    {"\xff", "\"\\xff\""},
	};
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&out);
		promotion_word_put(&out, span_str(cases[i].raw));
		assert_string_equal(out.p, cases[i].written);
		buf_clear(&out);
		assert_int_equal(
		    promotion_word_read(span_str(cases[i].written), &out), OK);
		assert_true(span_eq(buf_span(&out), span_str(cases[i].raw)));
	}
	buf_fini(&out);
}

static void
test_other_ways_to_write_a_word_are_refused(void **state)
{
	static const char *const cases[] = {"\"plain\"", "\"-", "\"", "\"\"", "a\"b",
	    "\"a\"b\"", "\"a b\\\"", "\"a\\x20b\"", "\"a b\\x0A\"", "\"a b\\n\"",
	    "\"a b\\x00\"", "two words", "gr\xc3\xbc\xc3\x9f", "a\\b", ""};
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
		    promotion_word_read(span_str(cases[i]), &out), ERR_MALFORMED);
	buf_fini(&out);
}

static void
test_lines_are_cut_into_facts(void **state)
{
	static const struct {
		const char *line, *key, *value, *reason;
		bool learned;
	} cases[] = {
	    {"field shop GET /a - response body ssn class.us_ssn = yes learned",
		"field shop GET /a - response body ssn class.us_ssn", "yes", NULL, true},
	    {"service shop owner = \"team web\" reason \"since 2026\"",
		"service shop owner", "\"team web\"", "\"since 2026\"", false},
	    {"team *.example.com / = \"web at 10\"", "team *.example.com /",
		"\"web at 10\"", NULL, false},
	    {"open a B /c d request query \"x y\" = \"too few values\"",
		"open a B /c d request query \"x y\"", "\"too few values\"", NULL, false},
	    {"class staff_no names = staff,badge learned reason why",
		"class staff_no names", "staff,badge", "why", true},
	    {"endpoint s GET / - name = -", "endpoint s GET / - name", "-", NULL, false},
	};
	struct promotion_error error;
	struct promotion p;

	(void)state;
	promotion_init(&p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct promotion_fact *f;

		assert_int_equal(
		    promotion_add_line(&p, span_str(cases[i].line), &error), OK);
		f = &p.fact[p.n - 1];
		assert_true(span_eq(f->key, span_str(cases[i].key)));
		assert_true(span_eq(f->value, span_str(cases[i].value)));
		assert_true(span_eq(f->reason, span_str(cases[i].reason)));
		assert_int_equal(f->learned, cases[i].learned);
	}
	promotion_fini(&p);
}

static void
test_what_is_no_fact_is_refused(void **state)
{
	static const char *const cases[] = {"", "service", "service shop",
	    "service shop owner",
	    "service shop owner =", "service shop owner = ", "service shop owner = a b",
	    "service shop owner = a ", "service  shop owner = a",
	    "service shop owner extra = a", "services shop owner = a",
	    "Service shop owner = a", " service shop owner = a",
	    "service shop owner = a learned learned", "service shop owner = a learnedly",
	    "service shop owner = a reason", "service shop owner = a reason -",
	    "service shop owner = a reason b c",
	    "service shop owner = a reason b learned", "service shop owner = a\tlearned",
	    "service \"shop\" owner = a", "service shop owner - a",
	    "service shop = owner = a", "service shop owner = \"a",
	    "service shop owner = \"a b\"learned"};
	struct promotion_error error;
	struct promotion p;

	(void)state;
	promotion_init(&p);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(
		    promotion_add_line(&p, span_str(cases[i]), &error), ERR_MALFORMED);
		assert_int_not_equal(error.text[0], 0);
	}
	assert_int_equal(p.n, 0);
	promotion_fini(&p);
}

/* A set made of lines, in any order. */
static void
make(struct promotion *p, const char *lines)
{
	struct span rest = span_str(lines);
	struct promotion_error error;

	promotion_init(p);
	memcpy(p->environment, "qa", 3);
	while (!span_absent(rest)) {
		struct span line = span_cut(&rest, '\n');

		if (line.n)
			assert_int_equal(promotion_add_line(p, line, &error), OK);
	}
	assert_int_equal(promotion_sort(p, &error), OK);
}

#define THREE                                                                    \
	"team b / = \"web at 1\"\nservice a owner = x\nfield a GET / - request " \
	"query q class.email = no reason false\n"

static void
test_the_same_facts_give_the_same_file_in_order(void **state)
{
	struct promotion p, q;
	struct promotion_error error;
	struct buf one = BUF_INIT, two = BUF_INIT;

	(void)state;
	make(&p, THREE);
	assert_int_equal(promotion_print(&p, NULL, 0, &one), OK);
	assert_true(span_starts(buf_span(&one),
	    SPAN(HEAD "field a GET / - request query q class.email = no reason false\n"
		      "service a owner = x\nteam b / = \"web at 1\"\n\nsha256 ")));
	assert_int_equal(promotion_read(buf_span(&one), &q, &error), OK);
	assert_int_equal(q.n, 3);
	assert_string_equal(q.environment, "qa");
	assert_int_equal(promotion_print(&q, NULL, 0, &two), OK);
	assert_true(span_eq(buf_span(&one), buf_span(&two)));
	promotion_fini(&p);
	promotion_fini(&q);
	buf_fini(&one);
	buf_fini(&two);
}

static void
test_an_empty_promotion_is_one_too(void **state)
{
	struct promotion p, q;
	struct promotion_error error;
	struct buf text = BUF_INIT;

	(void)state;
	make(&p, "");
	assert_int_equal(promotion_print(&p, NULL, 0, &text), OK);
	assert_int_equal(promotion_read(buf_span(&text), &q, &error), OK);
	assert_int_equal(q.n, 0);
	promotion_fini(&p);
	promotion_fini(&q);
	buf_fini(&text);
}

static void
test_two_facts_of_one_key_are_found(void **state)
{
	struct promotion_error error;
	struct promotion p;

	(void)state;
	promotion_init(&p);
	assert_int_equal(promotion_add_line(&p, SPAN("service a owner = x"), &error), OK);
	assert_int_equal(promotion_add_line(&p, SPAN("service a owner = y"), &error), OK);
	assert_int_equal(promotion_sort(&p, &error), ERR_EXISTS);
	assert_non_null(strstr(error.text, "service a owner"));
	promotion_fini(&p);
}

/* A file with a right checksum around any body. */
static void
seal(const char *body, struct buf *out)
{
	uint8_t digest[SHA256_BYTES];
	char hex[HEX_LEN(SHA256_BYTES)];

	buf_clear(out);
	buf_put_str(out, body);
	assert_int_equal(crypto_sha256(buf_span(out), digest), OK);
	hex_encode(digest, sizeof digest, hex);
	buf_printf(out, "sha256 %.*s\n", (int)sizeof hex, hex);
}

static void
test_broken_files_are_refused_with_the_line(void **state)
{
	static const struct {
		const char *body;
		int rc;
		unsigned line;
	} cases[] = {
	    {HEAD, OK, 0},
	    {HEAD "service a owner = x\n\n", OK, 0},
	    {"", ERR_MALFORMED, 1},
	    {"yett-promotion 2\n", ERR_VERSION, 1},
	    {"yett-promotion 1\nenvironment test\n", ERR_MALFORMED, 2},
	    {"yett-promotion 1\nenvironment qa\nbase abc\n", ERR_MALFORMED, 3},
	    {"yett-promotion 1\nenvironment qa\nbase -\nservice a owner = x\n",
		ERR_MALFORMED, 4},
	    {HEAD "service a owner = x\n", ERR_MALFORMED, 5},
	    {HEAD "service b owner = x\nservice a owner = x\n\n", ERR_MALFORMED, 6},
	    {HEAD "service a owner = x\nservice a owner = x\n\n", ERR_MALFORMED, 6},
	    {HEAD "service a owner = x\nservice a owner = y\n\n", ERR_MALFORMED, 6},
	    {HEAD "service a owner = x\r\n\n", ERR_MALFORMED, 5},
	    {HEAD "# a comment\n\n", ERR_MALFORMED, 5},
	    {HEAD "service a owner = x\n\n\n", ERR_MALFORMED, 6},
	    {HEAD "\n", ERR_MALFORMED, 5},
	};
	struct promotion_error error;
	struct buf text = BUF_INIT;
	struct promotion p;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		seal(cases[i].body, &text);
		assert_int_equal(
		    promotion_read(buf_span(&text), &p, &error), cases[i].rc);
		assert_int_equal(error.line, cases[i].line);
		promotion_fini(&p);
	}
	buf_fini(&text);
}

static void
test_a_file_cut_or_changed_anywhere_is_refused(void **state)
{
	struct promotion_error error;
	struct buf text = BUF_INIT;
	struct promotion p;

	(void)state;
	seal(HEAD "service a owner = x\nteam b / = \"web at 1\"\n\n", &text);
	for (size_t n = 0; n < text.n; n++) {
		assert_int_not_equal(
		    promotion_read(span_head(buf_span(&text), n), &p, &error), OK);
		promotion_fini(&p);
		text.p[n] ^= 1;
		assert_int_not_equal(promotion_read(buf_span(&text), &p, &error), OK);
		promotion_fini(&p);
		text.p[n] ^= 1;
	}
	assert_int_equal(promotion_read(buf_span(&text), &p, &error), OK);
	promotion_fini(&p);
	buf_fini(&text);
}

static void
make_key(struct signer *k, const char *environment)
{
	uint8_t digest[SHA256_BYTES];

	*k = (struct signer){.has_private = true};
	assert_int_equal(ed25519_keygen(k->private, k->public), OK);
	assert_int_equal(
	    crypto_sha256(span_make(k->public, sizeof k->public), digest), OK);
	hex_encode(digest, 4, k->id);
	snprintf(k->environment, sizeof k->environment, "%s", environment);
}

static void
test_a_signature_is_checked_against_keys_of_the_environment(void **state)
{
	struct promotion_error error;
	struct promotion p, q;
	struct buf text = BUF_INIT;
	struct signer key, other, again;
	const struct signer *by;

	(void)state;
	make_key(&key, "qa");
	make_key(&other, "any");
	make(&p, THREE);
	assert_int_equal(promotion_print(&p, &key, 1, &text), OK);
	assert_int_equal(promotion_read(buf_span(&text), &q, &error), OK);
	assert_int_equal(q.signatures, 1);
	assert_int_equal(promotion_verify(&q, buf_span(&text), &key, 1, 0, &by), OK);
	assert_ptr_equal(by, &key);
	assert_int_equal(
	    promotion_verify(&q, buf_span(&text), &other, 1, 0, &by), ERR_SIGNATURE);
	assert_null(by);
	again = key;
	memcpy(again.environment, "dev", 4);
	assert_int_equal(
	    promotion_verify(&q, buf_span(&text), &again, 1, 0, &by), ERR_ENVIRONMENT);
	again = key;
	again.until_us = 5;
	assert_int_equal(promotion_verify(&q, buf_span(&text), &again, 1, 4, &by), OK);
	assert_int_equal(
	    promotion_verify(&q, buf_span(&text), &again, 1, 5, &by), ERR_SIGNATURE);
	q.signature[0].bytes[7] ^= 1;
	assert_int_equal(
	    promotion_verify(&q, buf_span(&text), &key, 1, 0, &by), ERR_SIGNATURE);
	promotion_fini(&q);
	buf_clear(&text);
	assert_int_equal(
	    promotion_print(&p, (struct signer[]){key, other}, 2, &text), OK);
	assert_int_equal(promotion_read(buf_span(&text), &q, &error), OK);
	assert_int_equal(promotion_verify(&q, buf_span(&text), &other, 1, 0, &by), OK);
	promotion_fini(&q);
	promotion_fini(&p);
	buf_fini(&text);
}

static void
test_a_service_is_renamed_in_every_fact_but_not_a_class(void **state)
{
	struct promotion p;
	struct promotion_error error;
	struct buf text = BUF_INIT;

	(void)state;
	make(&p,
	    "class qa title = t\nservice qa owner = x\nservice qa2 owner = x\nteam qa / "
	    "= "
	    "\"web at 1\"\nfield qa GET /qa - request query qa class.qa = yes\n");
	assert_int_equal(promotion_rename(&p, SPAN("qa"), SPAN("my shop")), OK);
	assert_int_equal(promotion_sort(&p, &error), OK);
	for (size_t i = 0; i < p.n; i++)
		buf_printf(&text, "%s\n", p.fact[i].line);
	assert_string_equal(text.p,
	    "class qa title = t\nfield \"my shop\" GET /qa - request query qa class.qa = "
	    "yes\nservice \"my shop\" owner = x\nservice qa2 owner = x\nteam \"my shop\" "
	    "/ "
	    "= \"web at 1\"\n");
	assert_int_equal(promotion_rename(&p, SPAN("my shop"), SPAN("qa2")), OK);
	assert_int_equal(promotion_sort(&p, &error), ERR_EXISTS);
	promotion_fini(&p);
	buf_fini(&text);
}

static void
test_words_of_a_key_come_back(void **state)
{
	struct span words[PROMOTION_WORDS_MAX];
	struct buf memory = BUF_INIT, label = BUF_INIT;
	struct promotion p;

	(void)state;
	make(&p, "field shop GET /a - response body \"x y\" class.email = yes\n");
	assert_int_equal(promotion_words(&p.fact[0], &memory, words), OK);
	assert_true(span_eq(words[0], SPAN("shop")));
	assert_true(span_eq(words[3], SPAN("")));
	assert_true(span_eq(words[6], SPAN("x y")));
	assert_true(span_eq(words[7], SPAN("class.email")));
	promotion_label(&p.fact[0], &label);
	assert_string_equal(label.p, "shop GET /a response body x y: class.email");
	assert_ptr_equal(promotion_find(&p, p.fact[0].key), &p.fact[0]);
	assert_null(promotion_find(&p, SPAN("field shop")));
	promotion_fini(&p);
	buf_fini(&label);
	buf_fini(&memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_text_is_written_in_one_way),
	    cmocka_unit_test(test_other_ways_to_write_a_word_are_refused),
	    cmocka_unit_test(test_lines_are_cut_into_facts),
	    cmocka_unit_test(test_what_is_no_fact_is_refused),
	    cmocka_unit_test(test_the_same_facts_give_the_same_file_in_order),
	    cmocka_unit_test(test_an_empty_promotion_is_one_too),
	    cmocka_unit_test(test_two_facts_of_one_key_are_found),
	    cmocka_unit_test(test_broken_files_are_refused_with_the_line),
	    cmocka_unit_test(test_a_file_cut_or_changed_anywhere_is_refused),
	    cmocka_unit_test(test_a_signature_is_checked_against_keys_of_the_environment),
	    cmocka_unit_test(test_a_service_is_renamed_in_every_fact_but_not_a_class),
	    cmocka_unit_test(test_words_of_a_key_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
