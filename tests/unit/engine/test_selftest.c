/* A bundle's own vectors: right ones pass anywhere, wrong ones keep the bundle out. */
#include "fixture.h"

static struct fix *
vectored(void)
{
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "s");

	fix_host(f, "shop.example", "", s);
	fix_endpoint(f, s, "POST", "/login");
	fix_rule(f, "bot", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_USER_AGENT, NULL, OP_EQ, "Bot/1");
	f->rule[0].expires_us = FIX_NOW_US + 1;
	fix_rule(f, "root", ACTION_DROP, MODE_ENFORCE, RULE_BODY);
	fix_when(f, F_BODY_FIELD, "user", OP_EQ, "root");
	f->selftest[0] = (struct bundle_selftest){
	    .method = fix_text(f, "POST"),
	    .host = fix_text(f, "shop.example"),
	    .path = fix_text(f, "/login"),
	    .headers = fix_text(f, "User-Agent: Bot/1\nAccept: */*\n"),
	    .rule = f->rule[0].name,
	    .action = ACTION_DENY,
	    .endpoint = 0,
	};
	f->selftest[1] = f->selftest[0];
	f->selftest[1].headers = fix_text(f, "content-type: application/json\n");
	f->selftest[1].body = fix_text(f, "{\"user\":\"root\"}");
	f->selftest[1].rule = f->rule[1].name;
	f->selftest[1].action = ACTION_DROP;
	f->selftest[2] = f->selftest[0];
	f->selftest[2].headers = (struct bundle_text){0, 0};
	f->selftest[2].path = fix_text(f, "/other");
	f->selftest[2].rule = (struct bundle_text){0, 0};
	f->selftest[2].action = ACTION_ALLOW;
	f->selftest[2].endpoint = BUNDLE_NONE;
	f->b.selftests = 3;
	fix_lay_out(f);
	return f;
}

static void
test_selftest_passes_whatever_the_agent_is_set_to(void **state)
{
	struct fix *f = vectored();
	struct bundle_error error;

	assert_int_equal(engine_selftest(&f->b, &f->options, &error), OK);
	f->options.bodies_off = true;
	f->options.now_floor_us = FIX_NOW_US * 2;
	f->options.gateways = 5;
	for (unsigned i = 0; i < EXCEPTIONS; i++)
		f->options.exceptions.outcome[i] = OUTCOME_DENY;
	assert_int_equal(engine_selftest(&f->b, &f->options, &error), OK);
	fix_free(f);
}

static void
test_selftest_says_what_went_wrong(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		struct fix *f = vectored();
		struct bundle_error error;

		if (i == 0)
			f->selftest[1].action = ACTION_DENY;
		if (i == 1)
			f->selftest[1].rule = f->rule[0].name;
		if (i == 2)
			f->selftest[1].endpoint = BUNDLE_NONE;
		assert_int_equal(
		    engine_selftest(&f->b, &f->options, &error), ERR_SELFTEST);
		assert_non_null(strstr(error.text, "self-test 1"));
		assert_non_null(strstr(error.text, "\"root\""));
		fix_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_selftest_passes_whatever_the_agent_is_set_to),
	    cmocka_unit_test(test_selftest_says_what_went_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
