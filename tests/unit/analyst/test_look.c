/* One message: what is noted of it, and that a block holds the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyst/look.h"

static struct look look;
static struct class_set *classes;
static bool classify; /* what wanted() answers */
static unsigned masked;

static struct look_wish
wanted(void *ctx, uint64_t key)
{
	return (struct look_wish){.field = LOOK_UNKNOWN, .classify = classify};
}

static uint64_t
hash(void *ctx, struct span value)
{
	uint64_t h = 1;

	for (size_t i = 0; i < value.n; i++)
		h = h * 31 + (uint8_t)value.p[i];
	return h;
}

static struct span
mask(void *ctx, uint32_t field, uint16_t cls, struct span value, bool contained,
    char text[LOOK_EVIDENCE_MAX])
{
	masked++;
	memcpy(text, "masked", 6);
	return span_make(text, 6);
}

static int
set_up(void **state)
{
	struct look_options o = {
	    .body = {.depth = 8,
		.fields = 1000,
		.inflate_bytes = 65536,
		.inflate_ratio = 100},
	    .arena_bytes = 1 << 20,
	    .wanted = wanted,
	    .hash = hash,
	    .mask = mask,
	};
	char error[200];
	size_t at;

	assert_int_equal(class_set_new(NULL, 0, &classes, &at, error), OK);
	assert_int_equal(look_init(&look, &o), OK);
	look_use(&look, classes, true);
	classify = true;
	return 0;
}

static int
tear_down(void **state)
{
	look_fini(&look);
	class_set_free(classes);
	return 0;
}

static void
answer(const char *type, struct span body, bool cut)
{
	struct look_answer a = {.body = body, .cut = cut, .content_type = span_str(type)};

	look_answer(&look, &a);
}

static const struct sighting *
seen(unsigned location, const char *path)
{
	for (uint32_t i = 0; i < look.n; i++)
		if (look.seen[i].location == location &&
		    span_eq(look.seen[i].path, span_str(path)))
			return &look.seen[i];
	return NULL;
}

static void
test_types_are_told_apart(void **state)
{
	static const struct {
		const char *type, *body, *path;
		unsigned types;
	} cases[] = {
	    {"application/json", "{\"a\":1}", "a", FIELD_IS_INTEGER},
	    {"application/json", "{\"a\":-1.5}", "a", FIELD_IS_FRACTION},
	    {"application/json", "{\"a\":1e3}", "a", FIELD_IS_FRACTION},
	    {"application/json", "{\"a\":\"1\"}", "a", FIELD_IS_STRING},
	    {"application/json", "{\"a\":true}", "a", FIELD_IS_BOOLEAN},
	    {"application/json", "{\"a\":null}", "a", FIELD_IS_NULL},
	    {"application/json", "{\"a\":[1,\"x\"]}", "a[]",
		FIELD_IS_INTEGER | FIELD_IS_STRING},
	    {"application/json", "7", "$", FIELD_IS_INTEGER},
	    {"application/x-www-form-urlencoded", "a=1", "a", FIELD_IS_INTEGER},
	    {"application/x-www-form-urlencoded", "a=1.5", "a", FIELD_IS_FRACTION},
	    {"application/x-www-form-urlencoded", "a=1.", "a", FIELD_IS_STRING},
	    {"application/x-www-form-urlencoded", "a=-", "a", FIELD_IS_STRING},
	    {"application/x-www-form-urlencoded", "a=TRUE", "a", FIELD_IS_BOOLEAN},
	    {"text/xml", "<a b=\"x\">1</a>", "a.@b", FIELD_IS_STRING},
	    {"text/xml", "<a b=\"x\">1</a>", "a", FIELD_IS_INTEGER},
	    {"multipart/form-data; boundary=x",
		"--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n"
		"\r\n1\r\n--x--\r\n",
		"a", FIELD_IS_FILE},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct sighting *s;

		answer(cases[i].type, span_str(cases[i].body), false);
		s = seen(FIELD_BODY, cases[i].path);
		assert_non_null(s);
		assert_int_equal(s->types, cases[i].types);
		assert_int_equal(look.flags, 0);
	}
}

static void
test_hits_and_distinct_values_are_counted(void **state)
{
	uint16_t card = class_find(classes, SPAN("card_number"));
	const struct sighting_class *c = NULL;
	const struct sighting *s;

	masked = 0;
	answer("application/json",
	    SPAN("{\"n\":[\"4539578763621486\",\"4539578763621486\","
		 "\"4539578763621487\",\"pay 4539578763621486 now\"]}"),
	    false);
	s = seen(FIELD_BODY, "n[]");
	assert_int_equal(s->values, 4);
	assert_int_equal(s->hashes, 3);
	assert_int_equal(s->bytes_max, 24);
	for (unsigned i = 0; i < s->classes; i++)
		if (s->cls[i].cls == card)
			c = &s->cls[i];
	assert_non_null(c);
	assert_int_equal(c->hits, 2);
	assert_int_equal(c->checked, 2);
	assert_int_equal(c->contained, 1);
	assert_true(span_eq(c->evidence, SPAN("masked")));
	assert_true(masked > 0 && masked <= 128);
}

static void
test_unwanted_values_are_not_classified(void **state)
{
	classify = false;
	answer("application/json", SPAN("{\"n\":\"4539578763621486\"}"), false);
	assert_int_equal(seen(FIELD_BODY, "n")->types, FIELD_IS_STRING);
	assert_int_equal(seen(FIELD_BODY, "n")->values, 0);
	assert_int_equal(seen(FIELD_BODY, "n")->classes, 0);
	classify = true;
}

static void
test_block_holds_what_was_seen(void **state)
{
	static struct sighting before[SIGHTINGS_MAX];
	static char text[LOOK_TEXT_BYTES];
	struct look_block *b;
	uint32_t n;
	size_t bytes;

	answer("application/json",
	    SPAN("{\"a\":{\"b.c\":[1,2]},\"card\":\"4539578763621486\",\"e\":\"\","
		 "\"mail\":\"jane@quill.example\"}"),
	    false);
	n = look.n;
	assert_int_equal(n, 5);
	memcpy(before, look.seen, n * sizeof(*before));
	memcpy(text, look.text, look.text_n);
	b = look_keep(&look, &bytes);
	assert_non_null(b);
	assert_true(bytes > 100 && bytes < 4096);
	answer("application/json", SPAN("{\"other\":1,\"names\":2,\"stand\":3}"), false);
	memset(look.text, 'x', LOOK_TEXT_BYTES);
	look_recall(&look, b);
	assert_int_equal(look.n, n);
	for (uint32_t i = 0; i < n; i++) {
		const struct sighting *x = &before[i], *y = &look.seen[i];

		assert_true(x->key == y->key);
		assert_int_equal(x->path.n, y->path.n);
		assert_memory_equal(text + (x->path.p - look.text), y->path.p, y->path.n);
		assert_memory_equal(text + (x->name.p - look.text), y->name.p, y->name.n);
		assert_int_equal(x->types, y->types);
		assert_int_equal(x->values, y->values);
		assert_int_equal(x->hashes, y->hashes);
		assert_memory_equal(x->hash, y->hash, x->hashes * sizeof(*x->hash));
		assert_int_equal(x->classes, y->classes);
		for (unsigned k = 0; k < x->classes; k++) {
			assert_int_equal(x->cls[k].cls, y->cls[k].cls);
			assert_int_equal(x->cls[k].hits, y->cls[k].hits);
			assert_int_equal(x->cls[k].evidence.n, y->cls[k].evidence.n);
			if (x->cls[k].evidence.n)
				assert_memory_equal(y->cls[k].evidence.p, "masked", 6);
		}
	}
	free(b);
	answer("", SPAN("{}"), false);
	assert_null(look_keep(&look, &bytes));
	look_recall(&look, NULL);
	assert_int_equal(look.n, 0);
}

static void
test_what_is_too_much_is_left_and_told(void **state)
{
	static char body[1 << 16];
	size_t n = 1;

	body[0] = '{';
	for (unsigned i = 0; i < SIGHTINGS_MAX + 50; i++)
		n += (size_t)snprintf(
		    body + n, sizeof(body) - n, "%s\"f%u\":1", i ? "," : "", i);
	body[n++] = '}';
	answer("application/json", span_make(body, n), false);
	assert_int_equal(look.n, SIGHTINGS_MAX);
	assert_int_equal(look.flags, LOOK_MANY);

	answer("application/json", SPAN("[[[[[[[[[[1]]]]]]]]]]"), false);
	assert_true(look.flags & LOOK_DEEP);

	/* A path that is too long does not hide its neighbours. */
	memset(body, 'a', sizeof(body));
	memcpy(body, "{\"", 2);
	n = 2;
	n += 2000;
	n += (size_t)snprintf(body + n, 32, "\":1,\"id\":2}");
	answer("application/json", span_make(body, n), false);
	assert_true(look.flags & LOOK_DEEP);
	assert_non_null(seen(FIELD_BODY, "id"));

	/* A store full of names. */
	n = 1;
	for (unsigned i = 0; i < 60; i++) {
		n += (size_t)snprintf(
		    body + n, sizeof(body) - n, "%s\"%03u", i ? "," : "", i);
		memset(body + n, 'b', 900);
		n += 900;
		n += (size_t)snprintf(body + n, sizeof(body) - n, "\":1");
	}
	body[n++] = '}';
	answer("application/json", span_make(body, n), false);
	assert_true(look.flags & LOOK_MANY);
	assert_in_range(look.n, 40, 59);
}

static void
test_siblings_stand_beside(void **state)
{
	char text[64];

	answer("application/json",
	    SPAN("{\"id\":1,\"card\":{\"number\":1,\"cvv\":2,\"owner\":{\"name\":3}},"
		 "\"total\":4}"),
	    false);
	assert_true(span_eq(
	    look_siblings(&look, seen(FIELD_BODY, "card.number"), text, sizeof(text)),
	    SPAN("cvv")));
	assert_true(
	    span_eq(look_siblings(&look, seen(FIELD_BODY, "id"), text, sizeof(text)),
		SPAN("total")));
	assert_true(span_eq(
	    look_siblings(&look, seen(FIELD_BODY, "card.owner.name"), text, sizeof(text)),
	    SPAN("")));
	/* Never more than there is room for. */
	assert_true(look_siblings(&look, seen(FIELD_BODY, "id"), text, 3).n == 0);
}

static void
test_requests_have_five_places(void **state)
{
	struct header list[] = {{SPAN("host"), SPAN("a"), HDR_HOST},
	    {SPAN("authorization"), SPAN("Bearer 12345"), HDR_AUTHORIZATION},
	    {SPAN("x-forwarded-for"), SPAN("192.0.2.1"), -1},
	    {SPAN("x-tenant"), SPAN("north"), -1},
	    {SPAN("cookie"), SPAN("a=1; b=\"2\""), HDR_COOKIE},
	    {SPAN("content-type"), SPAN("application/json"), HDR_CONTENT_TYPE}};
	struct headers h = {.h = list, .n = 6};
	struct look_parameter parameter[12];
	struct look_request r = {.headers = &h,
	    .query = SPAN("q=%7B%22deep%22%3A%5B1%5D%7D&empty&b%20c=2"),
	    .body = SPAN("{\"id\":1}"),
	    .parameter = parameter,
	    .parameters = 12};

	h.first[HDR_CONTENT_TYPE] = 6;
	for (unsigned i = 0; i < 12; i++)
		parameter[i] = (struct look_parameter){SPAN("7"), SPAN("users")};
	look_request(&look, &r);
	assert_int_equal(seen(FIELD_PATH, "1")->types, FIELD_IS_INTEGER);
	assert_non_null(seen(FIELD_PATH, "12"));
	assert_true(span_eq(seen(FIELD_PATH, "12")->name, SPAN("users")));
	assert_int_equal(seen(FIELD_QUERY, "q.deep[]")->types, FIELD_IS_INTEGER);
	assert_null(seen(FIELD_QUERY, "q"));
	assert_int_equal(seen(FIELD_QUERY, "empty")->values, 0);
	assert_non_null(seen(FIELD_QUERY, "b c"));
	/* The scheme is no part of the value. */
	assert_int_equal(seen(FIELD_HEADER, "authorization")->bytes_max, 5);
	assert_non_null(seen(FIELD_HEADER, "x-tenant"));
	assert_null(seen(FIELD_HEADER, "x-forwarded-for"));
	assert_null(seen(FIELD_HEADER, "host"));
	assert_int_equal(seen(FIELD_COOKIE, "b")->types, FIELD_IS_INTEGER);
	assert_non_null(seen(FIELD_BODY, "id"));
}

static void
test_a_credential_at_home_is_no_finding(void **state)
{
#define JWT                                               \
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."           \
	"eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4ifQ." \
	"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
	struct header list[] = {
	    {SPAN("authorization"), SPAN("Bearer " JWT), HDR_AUTHORIZATION},
	    {SPAN("x-auth-token"), SPAN(JWT), -1}, {SPAN("x-note"), SPAN(JWT), -1},
	    {SPAN("cookie"), SPAN("s=" JWT), HDR_COOKIE}};
	struct headers h = {.h = list, .n = 4};
	struct look_request r = {.headers = &h, .query = SPAN("t=" JWT)};

	look_request(&look, &r);
	assert_int_equal(seen(FIELD_HEADER, "authorization")->classes, 0);
	assert_int_equal(seen(FIELD_HEADER, "authorization")->values, 1);
	assert_int_equal(seen(FIELD_HEADER, "x-auth-token")->classes, 0);
	assert_int_equal(seen(FIELD_COOKIE, "s")->classes, 0);
	assert_int_not_equal(seen(FIELD_HEADER, "x-note")->classes, 0);
	assert_int_not_equal(seen(FIELD_QUERY, "t")->classes, 0);
}

static void
test_types_of_bodies_are_places(void **state)
{
	struct look_answer a = {.body = SPAN("{}"),
	    .content_type = SPAN("Application/Vnd.shop.v2+JSON; charset=utf-8")};

	look_answer(&look, &a);
	assert_int_equal(look.n, 1);
	assert_int_equal(
	    seen(FIELD_HEADER, "content-type=application/vnd.shop.v2+json")->values, 0);
	a.content_type = SPAN("not a type");
	look_answer(&look, &a);
	assert_int_equal(look.n, 0);
	a.content_type = SPAN("application/json");
	a.body = SPAN_NONE;
	look_answer(&look, &a);
	assert_int_equal(look.n, 0);
}

static void
test_broken_codings_are_told(void **state)
{
	struct look_answer a = {.content_type = SPAN("application/json"),
	    .content_encoding = SPAN("gzip"),
	    .body = SPAN("no gzip at all")};

	look_answer(&look, &a);
	assert_int_equal(look.flags, LOOK_ENCODED);
	a.content_encoding = SPAN("br");
	look_answer(&look, &a);
	assert_int_equal(look.flags, LOOK_ENCODED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_types_are_told_apart),
	    cmocka_unit_test(test_hits_and_distinct_values_are_counted),
	    cmocka_unit_test(test_unwanted_values_are_not_classified),
	    cmocka_unit_test(test_block_holds_what_was_seen),
	    cmocka_unit_test(test_what_is_too_much_is_left_and_told),
	    cmocka_unit_test(test_siblings_stand_beside),
	    cmocka_unit_test(test_requests_have_five_places),
	    cmocka_unit_test(test_a_credential_at_home_is_no_finding),
	    cmocka_unit_test(test_types_of_bodies_are_places),
	    cmocka_unit_test(test_broken_codings_are_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
