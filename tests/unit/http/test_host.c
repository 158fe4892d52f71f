/* Hosts: one service key whatever the spelling, none when there is doubt. */
#include "http/template.h"
#include "tests/unit/http/fixture.h"

static const struct {
	const char *host, *key;
	uint32_t flags;
} cases[] = {
    {"api.example.org", "api.example.org", 0},
    {"API.Example.ORG.", "api.example.org", 0},
    {" api.example.org ", "api.example.org", 0},
    {"api.example.org:8443", "api.example.org", 0},
    {"api.example.org:", "api.example.org", 0},
    {"api.example.org.:80", "api.example.org", 0},
    {"[2001:DB8::1]:443", "[2001:db8::1]", 0},
    {"[::1]", "[::1]", 0},
    {"192.0.2.1:80", "192.0.2.1", 0},
    {"my_service", "my_service", 0},
    {"", NULL, TARGET_HOST_MISSING},
    {"  ", NULL, TARGET_HOST_MISSING},
    {":80", NULL, TARGET_HOST_BAD},
    {".", NULL, TARGET_HOST_BAD},
    {"a..b", NULL, TARGET_HOST_BAD},
    {".a", NULL, TARGET_HOST_BAD},
    {"a:b", NULL, TARGET_HOST_BAD},
    {"a:99999", NULL, TARGET_HOST_BAD},
    {"a:80:80", NULL, TARGET_HOST_BAD},
    {"user@host", NULL, TARGET_HOST_BAD},
    {"a%2eb", NULL, TARGET_HOST_BAD},
    {"a/b", NULL, TARGET_HOST_BAD},
    {"a b", NULL, TARGET_HOST_BAD},
    {"a,b", NULL, TARGET_HOST_BAD},
    {"m\xc3\xbcller.de", NULL, TARGET_HOST_BAD},
    {"[::1", NULL, TARGET_HOST_BAD},
    {"[::1]x", NULL, TARGET_HOST_BAD},
    {"[::g]", NULL, TARGET_HOST_BAD},
};

static void
test_host_is_a_key_or_flagged(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t flags = 0;
		size_t used = arena.used;
		struct span key = host_normalise(exact(cases[i].host), &flags, &arena);

		if (flags != cases[i].flags)
			fail_msg("\"%s\": flags %x", cases[i].host, flags);
		assert_span(key, cases[i].key);
		if (cases[i].key == NULL)
			assert_int_equal(arena.used, used);
	}
}

static void
test_absent_host_is_missing(void **state)
{
	uint32_t flags = 0;

	assert_span(host_normalise(SPAN_NONE, &flags, &arena), NULL);
	assert_int_equal(flags, TARGET_HOST_MISSING);
}

static void
test_host_over_253_bytes_is_bad(void **state)
{
	char host[256];
	uint32_t flags = 0;

	memset(host, 'a', sizeof(host));
	assert_int_equal(host_normalise(span_make(host, 253), &flags, &arena).n, 253);
	assert_int_equal(flags, 0);
	assert_span(host_normalise(span_make(host, 254), &flags, &arena), NULL);
	assert_int_equal(flags, TARGET_HOST_BAD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_host_is_a_key_or_flagged),
	    UNIT(test_absent_host_is_missing),
	    UNIT(test_host_over_253_bytes_is_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
