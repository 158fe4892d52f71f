/* Segment classes: one table of texts, and the masks that the router relies on. */
#include "http/target.h"
#include "tests/unit/http/fixture.h"

#define LATER 3 /* a position at which no version is expected */

static const struct {
	const char *text;
	enum segment_class narrowest;
} cases[] = {
    {"v1", SEG_VERSION},
    {"v2.1", SEG_VERSION},
    {"v1beta1", SEG_VERSION},
    {"v1p1beta1", SEG_VERSION},
    {"V3", SEG_VERSION},
    {"v1x9k2m7", SEG_MIXED},
    {"me", SEG_SELF},
    {"@me", SEG_SELF},
    {"current", SEG_SELF},
    {"0", SEG_NUMBER},
    {"-7", SEG_NUMBER},
    {"9223372036854775807", SEG_NUMBER},
    {"12345678901234567890", SEG_MIXED},
    {"123e4567-e89b-12d3-a456-426614174000", SEG_UUID},
    {"123E4567-E89B-12D3-A456-426614174000", SEG_UUID},
    {"507f1f77bcf86cd799439011", SEG_OBJECTID},
    {"01ARZ3NDEKTSV4RRFFQ69G5FAV", SEG_ULID},
    {"2026-11-22", SEG_DATE},
    {"2026-11", SEG_DATE},
    {"2026-13-22", SEG_TEXT},
    {"2026-11-22T10:20:30Z", SEG_DATETIME},
    {"2026-11-22T10:20:30.123+01:00", SEG_DATETIME},
    {"alice@example.org", SEG_EMAIL},
    {"first.last+tag@mail.example.co.uk", SEG_EMAIL},
    {"alice@localhost", SEG_TEXT},
    {"192.168.0.1", SEG_IP},
    {"256.1.1.1", SEG_TEXT},
    {"2001:db8::1", SEG_IP},
    {"::1", SEG_IP},
    {"fe80:0:0:0:1:2:3:4", SEG_IP},
    {"10:30", SEG_TEXT},
    {"+4915112345678", SEG_PHONE},
    {"+123", SEG_TEXT},
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", SEG_JWT},
    {"9f86d081", SEG_HEX},
    {"9F86D081884C7D65", SEG_HEX},
    {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4", SEG_HEX},
    {"deadbeef", SEG_WORD},
    {"feed2024", SEG_WORD},
    {"1.5", SEG_DECIMAL},
    {"-0.25", SEG_DECIMAL},
    {"ord_1001", SEG_PREFIXED},
    {"ord_7", SEG_PREFIXED},
    {"ab-12", SEG_PREFIXED},
    {"cus_N1xb4kQ", SEG_PREFIXED},
    {"PROJ-123", SEG_PREFIXED},
    {"INV-2024-0007", SEG_PREFIXED},
    {"sk_test_51Hx9aQ", SEG_PREFIXED},
    {"sha256:9f86d081884c", SEG_PREFIXED},
    {"user:42", SEG_PREFIXED},
    {"dQw4w9WgXcQaB3xZ", SEG_BASE64},
    {"GtWPfsiFRJyYLwaSDW9qSg", SEG_BASE64},
    {"k3j9x2p1q7", SEG_MIXED},
    {"XK123456", SEG_MIXED},
    {"1,2,3", SEG_MIXED},
    {"42.json", SEG_MIXED},
    {"web-app-7d9f8b6c5x-x2x4z", SEG_MIXED},
    /* words with a digit stay words */
    {"oauth2", SEG_WORD},
    {"ipv4-addresses", SEG_WORD},
    {"base64", SEG_WORD},
    {"s3-buckets", SEG_WORD},
    {"report-2024", SEG_WORD},
    {"api-v2", SEG_WORD},
    {"sha-256", SEG_WORD},
    {"utf-8", SEG_WORD},
    {"step-2", SEG_WORD},
    {"send-sms2", SEG_WORD},
    {"getOAuth2AccessTokenForUser", SEG_WORD},
    {"2fa", SEG_WORD},
    {"k8s", SEG_WORD},
    {"log4j", SEG_WORD},
    {"alice5715", SEG_WORD},
    {"users", SEG_WORD},
    {"user_profiles.list", SEG_WORD},
    {"en-US", SEG_WORD},
    {"openapi.json", SEG_FILE},
    {"Report.PDF", SEG_FILE},
    {"v1.json", SEG_FILE},
    {"qzxkvjwpqx", SEG_TEXT},
    {"a b", SEG_TEXT},
    {"x=1", SEG_TEXT},
    {"", SEG_TEXT},
    {"-", SEG_TEXT},
    {"...", SEG_TEXT},
    {":", SEG_TEXT},
};

static const char *
name_of(enum segment_class c)
{
	static const char *const name[] = {
#define X(id, bit, text) [id] = #id,
	    SEGMENT_CLASS_TABLE(X)
#undef X
	};

	return name[c];
}

static enum segment_class
narrowest(const char *text, unsigned position)
{
	uint32_t mask = segment_classify(exact(text), position);

	assert_true(mask != 0 && mask < 1u << SEGMENT_CLASSES);
	return (enum segment_class)__builtin_ctz(mask);
}

static void
test_text_has_its_narrowest_class(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum segment_class got = narrowest(cases[i].text, LATER);

		if (got != cases[i].narrowest)
			fail_msg("%s: %s, want %s", cases[i].text, name_of(got),
			    name_of(cases[i].narrowest));
	}
}

static void
test_versions_without_letter_only_at_the_front(void **state)
{
	assert_int_equal(narrowest("1.0", 0), SEG_VERSION);
	assert_int_equal(narrowest("1.0", 1), SEG_VERSION);
	assert_int_equal(narrowest("1.0", 2), SEG_DECIMAL);
	assert_int_equal(narrowest("2024-01-31", 1), SEG_VERSION);
	assert_int_equal(narrowest("2024-01-31", 2), SEG_DATE);
	/* a coordinate is none */
	assert_int_equal(narrowest("52.520008", 1), SEG_DECIMAL);
}

static void
test_mask_has_wider_classes_that_other_ids_of_the_kind_have(void **state)
{
	static const struct {
		const char *text;
		enum segment_class wider;
	} wide[] = {
	    {"12345678", SEG_HEX}, /* 2 % of random 8 hex digits */
	    {"123456", SEG_MIXED},
	    {"7", SEG_DECIMAL},
	    {"123456789012345678901234", SEG_OBJECTID},
	    {"507f1f77bcf86cd799439011", SEG_HEX},
	    {"123e4567-e89b-12d3-a456-426614174000", SEG_MIXED},
	    {"ord_1001", SEG_MIXED},
	    {"9f86d081884c7d65", SEG_BASE64},
	    {"v1", SEG_WORD},
	    {"me", SEG_WORD},
	};

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (!(segment_classify(exact(wide[i].text), LATER) >> wide[i].wider & 1))
			fail_msg(
			    "%s is not %s too", wide[i].text, name_of(wide[i].wider));
}

static void
test_overlong_segment_is_overflow_only(void **state)
{
	char text[SEGMENT_BYTES_MAX + 2];

	memset(text, '1', sizeof(text));
	text[SEGMENT_BYTES_MAX] = '\0';
	assert_int_equal(narrowest(text, LATER), SEG_MIXED);
	text[SEGMENT_BYTES_MAX] = '1';
	text[SEGMENT_BYTES_MAX + 1] = '\0';
	assert_int_equal(segment_classify(exact(text), LATER), 1u << SEG_OVERFLOW);
}

/* 2000 made-up identifiers of a kind; most must be typed at the first sight. */
static unsigned
typed_of_2000(const char *alphabet, unsigned length, const char *prefix)
{
	uint64_t state = 42;
	unsigned typed = 0;

	for (unsigned i = 0; i < 2000; i++) {
		char text[64];
		size_t n = strlen(prefix);
		uint32_t mask;

		memcpy(text, prefix, n);
		for (unsigned k = 0; k < length; k++) {
			state =
			    state * UINT64_C(6364136223846793005) + 1442695040888963407u;
			text[n++] = alphabet[(state >> 33) % strlen(alphabet)];
		}
		mask = segment_classify(span_make(text, n), LATER);
		typed +=
		    segment_class_name((enum segment_class)__builtin_ctz(mask)) != NULL;
	}
	return typed;
}

static void
test_most_random_ids_are_typed(void **state)
{
	static const char b62[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	static const char b36[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	assert_true(typed_of_2000("0123456789abcdef", 8, "") > 1990);
	assert_true(typed_of_2000(b36, 12, "") > 1700);
	assert_true(typed_of_2000(b36, 24, "c") > 1960);
	assert_true(typed_of_2000(b62, 16, "") > 1800);
	assert_true(typed_of_2000(b62, 22, "") > 1900);
	assert_true(typed_of_2000(b62, 14, "cus_") > 1780);
}

static void
test_class_names_are_those_of_templates(void **state)
{
	assert_string_equal(segment_class_name(SEG_NUMBER), "number");
	assert_string_equal(segment_class_name(SEG_MIXED), "id");
	assert_null(segment_class_name(SEG_WORD));
	assert_null(segment_class_name(SEG_SELF));
	assert_null(segment_class_name((enum segment_class)99));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_text_has_its_narrowest_class),
	    UNIT(test_versions_without_letter_only_at_the_front),
	    UNIT(test_mask_has_wider_classes_that_other_ids_of_the_kind_have),
	    UNIT(test_overlong_segment_is_overflow_only),
	    UNIT(test_most_random_ids_are_typed),
	    UNIT(test_class_names_are_those_of_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
