/* Templates: guess, parse, hash; and that what is guessed parses back. */
#include "http/template.h"
#include "tests/unit/http/fixture.h"

static struct template guess(const char *path)
{
	struct template out;
	struct target t;

	assert_int_equal(target_parse(&t, exact(path), SPAN_NONE, &arena), OK);
	assert_int_equal(template_guess(&t, &out, &arena), OK);
	return out;
}

static const struct {
	const char *path, *text;
	uint32_t undecided_mask;
} guesses[] = {
    {"/", "/", 0},
    {"/users/42/orders/ord_7", "/users/{number}/orders/{prefixed}", 5},
    {"/v1/me", "/v1/me", 0},
    {"/users/123e4567-e89b-12d3-a456-426614174000", "/users/{uuid}", 1},
    {"/orders/1:cancel", "/orders/{number}:cancel", 1 | 4},
    {"/Users(12)", "/Users({number})", 1},
    {"/Users('x')/Orders(1)", "/Users({text})/Orders({number})", 3},
    {"/Users(Id=1,Type='x')", "/Users({text})", 1},
    {"/f()", "/f%28%29", 1},
    {"/a%7Bb%7D", "/a%7Bb%7D", 1},
    {"/a:b:c", "/a%3Ab%3Ac", 1},
    {"/a%20b%0A", "/a%20b%0A", 1},
    {"/a%2Fb%25", "/a%2Fb%25", 1},
    {"/gr%C3%BC%C3%9F", "/gr\xc3\xbc\xc3\x9f", 1},
    {"/%FF", "/%FF", 1},
    {"/openapi.json", "/openapi.json", 1},
};

static void
test_guess_types_ids_and_keeps_words(void **state)
{
	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		struct template t = guess(guesses[i].path);

		assert_span(t.text, guesses[i].text);
		assert_int_equal(t.undecided_mask, guesses[i].undecided_mask);
	}
}

static void
test_guess_of_too_much_is_overflow(void **state)
{
	char path[4096] = "";

	for (unsigned i = 0; i < 33; i++)
		memcpy(path + 2 * i, "/a", 3);
	assert_span(guess(path).text, "/{overflow}");
	/* 20 segments of 200 bytes: over TEMPLATE_BYTES_MAX */
	path[0] = '\0';
	for (unsigned i = 0; i < 18; i++) {
		size_t n = strlen(path);

		memset(path + n, 'a', 200);
		path[n] = '/';
		path[n + 200] = '\0';
	}
	assert_span(guess(path).text, "/{overflow}");
	assert_int_equal(guess(path).undecided, 0);
	/* one long segment is one parameter */
	memset(path, 'a', 300);
	memcpy(path, "/x/", 3);
	path[300] = '\0';
	assert_span(guess(path).text, "/x/{overflow}");
}

static void
test_guess_parses_back_to_the_same_parts(void **state)
{
	for (size_t i = 0; i < sizeof(guesses) / sizeof(guesses[0]); i++) {
		struct template_part part[TARGET_SEGMENTS_MAX];
		unsigned n = TARGET_SEGMENTS_MAX;
		struct target t;
		struct template out;
		struct span verb;

		assert_int_equal(
		    target_parse(&t, exact(guesses[i].path), SPAN_NONE, &arena), OK);
		assert_int_equal(template_guess(&t, &out, &arena), OK);
		assert_int_equal(
		    template_parse(exact_span(out.text), part, &n, &verb, &arena), OK);
		assert_int_equal(n, t.n);
		assert_true(span_eq(verb, t.verb));
		for (unsigned k = 0; k < n; k++) {
			if (part[k].cls == -1)
				assert_true(span_eq(part[k].literal, t.segment[k].text));
			else if (span_absent(part[k].literal))
				assert_int_equal(part[k].cls, t.segment[k].narrowest);
		}
	}
}

static void
test_parse_reads_names_keys_and_verb(void **state)
{
	struct template_part part[8];
	unsigned n = 8;
	struct span verb;

	assert_int_equal(
	    template_parse(exact("/a%3Ab/{id:number}/{text}/U({uuid})/{any}:go"), part,
		&n, &verb, &arena),
	    OK);
	assert_int_equal(n, 5);
	assert_span(part[0].literal, "a:b");
	assert_int_equal(part[0].cls, -1);
	assert_span(part[1].name, "id");
	assert_int_equal(part[1].cls, SEG_NUMBER);
	assert_span(part[1].literal, NULL);
	assert_int_equal(part[2].cls, -2);
	assert_span(part[2].name, NULL);
	assert_span(part[3].literal, "U");
	assert_int_equal(part[3].cls, SEG_UUID);
	assert_int_equal(part[4].cls, -2);
	assert_span(verb, "go");
	n = 8;
	assert_int_equal(template_parse(exact("/"), part, &n, &verb, &arena), OK);
	assert_int_equal(n, 0);
	assert_span(verb, NULL);
}

static void
test_parse_refuses_what_is_no_template(void **state)
{
	static const char *const bad[] = {"", "a", "//", "/a//b", "/a/", "/{", "/}",
	    "/{}", "/{number", "/number}", "/{nosuch}", "/{:number}", "/{a:}",
	    "/a{number}", "/{number}b", "/a(", "/a()", "/(1)", "/a({number}",
	    "/a({nosuch})", "/a:", "/a:b:c", "/a?b", "/a#b", "/%zz", "/{a}b:number}",
	    "/{{a:number}"};
	struct template_part part[8];
	struct span verb;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unsigned n = 8;
		int rc = template_parse(exact(bad[i]), part, &n, &verb, &arena);

		if (rc != ERR_MALFORMED)
			fail_msg("\"%s\": %d", bad[i], rc);
		assert_int_equal(n, 0);
	}
}

static void
test_parse_refuses_more_parts_than_there_is_room(void **state)
{
	struct template_part part[2];
	unsigned n = 2;
	struct span verb;

	assert_int_equal(
	    template_parse(exact("/a/b/c"), part, &n, &verb, &arena), ERR_LIMIT);
}

static uint64_t
hash(const char *service, const char *method, const char *text)
{
	return endpoint_hash(exact(service), exact(method), exact(text));
}

static void
test_hash_is_of_service_method_and_template(void **state)
{
	uint64_t h = hash("api.example.org", "GET", "/users/{number}");

	assert_int_equal(h & ENDPOINT_HASH_PROVISIONAL, 0);
	assert_int_equal(h, hash("api.example.org", "GET", "/users/{number}"));
	assert_int_not_equal(h, hash("api.example.com", "GET", "/users/{number}"));
	assert_int_not_equal(h, hash("api.example.org", "get", "/users/{number}"));
	assert_int_not_equal(h, hash("api.example.org", "GET", "/users/{uuid}"));
	/* nothing flows from one part into the next */
	assert_int_not_equal(hash("a", "bc", "/"), hash("ab", "c", "/"));
}

static void
test_hash_is_fixed_for_good(void **state)
{
	/* in databases and on other gateways: never change it */
	assert_int_equal(hash("api.example.org", "GET", "/users/{number}"),
	    UINT64_C(0x1f724cd37b671075));
}

static void
test_hash_leaves_parameter_names_out(void **state)
{
	assert_int_equal(hash("s", "GET", "/a/{id:number}/b/{x:uuid}:go"),
	    hash("s", "GET", "/a/{number}/b/{uuid}:go"));
	assert_int_not_equal(
	    hash("s", "GET", "/a/{number}:go"), hash("s", "GET", "/a/{number}"));
}

static void
test_key_is_split_by_segment_key(void **state)
{
	struct span name, key;

	assert_int_not_equal(segment_key(exact("Users(12)"), &name, &key), 0);
	assert_span(name, "Users");
	assert_span(key, "12");
	assert_true(segment_key(exact("Users('a1')"), &name, &key) != 0);
	assert_span(key, "a1");
	assert_int_equal(segment_key(exact("Users()"), &name, &key), 0);
	assert_span(name, NULL);
	assert_int_equal(segment_key(exact("(12)"), &name, &key), 0);
	assert_int_equal(segment_key(exact("a b(12)"), &name, &key), 0);
	assert_int_equal(segment_key(exact("Users(12"), &name, &key), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_guess_types_ids_and_keeps_words),
	    UNIT(test_guess_of_too_much_is_overflow),
	    UNIT(test_guess_parses_back_to_the_same_parts),
	    UNIT(test_parse_reads_names_keys_and_verb),
	    UNIT(test_parse_refuses_what_is_no_template),
	    UNIT(test_parse_refuses_more_parts_than_there_is_room),
	    UNIT(test_hash_is_of_service_method_and_template),
	    UNIT(test_hash_is_fixed_for_good),
	    UNIT(test_hash_leaves_parameter_names_out),
	    UNIT(test_key_is_split_by_segment_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
