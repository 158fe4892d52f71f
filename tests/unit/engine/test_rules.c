/* Candidates and conditions. */
#include "fixture.h"

/* An anchor over one field with a posting list per value. */
static uint32_t
anchor(struct fix *f, enum field_id field, enum predicate_transform transform,
    const char *key)
{
	uint32_t i = f->b.anchors++;

	f->anchor[i] = (struct bundle_anchor){
	    .field = (uint16_t)field,
	    .transform = (uint8_t)transform,
	    .slot = i * 128,
	    .mask = 127,
	    .key = fix_text(f, key),
	};
	f->b.anchor_slots += 128;
	return i;
}

static void
post(struct fix *f, uint32_t at, const char *value, uint32_t rule)
{
	struct bundle_anchor_slot *slots = &f->anchor_slot[f->anchor[at].slot];
	uint64_t h = bundle_hash(span_str(value));
	uint32_t i = h & 127;

	while (slots[i].hash && slots[i].hash != h)
		i = (i + 1) & 127;
	if (slots[i].hash == 0)
		slots[i] = (struct bundle_anchor_slot){h, f->b.postings, 0};
	/* one value's postings are made in a row */
	assert_int_equal(slots[i].posting + slots[i].postings, f->b.postings);
	f->posting[f->b.postings++] = rule;
	slots[i].postings++;
}

/* 70 rules behind anchors: more than one word of candidates, each found by its value. */
static void
test_anchors_find_their_rules(void **state)
{
	struct fix *f = fix_new();
	uint32_t at = anchor(f, F_HEADER, TRANSFORM_LOWER, "x-rule"),
		 by_endpoint = anchor(f, F_ENDPOINT, TRANSFORM_NONE, "");
	uint32_t s = fix_service(f, "s");
	char name[16], value[16];

	fix_host(f, "*", "", s);
	fix_endpoint(f, s, "GET", "/things/{number}");
	for (unsigned i = 0; i < 70; i++) {
		snprintf(name, sizeof(name), "rule-%02u", i);
		snprintf(value, sizeof(value), "v%02u", i);
		fix_rule(f, name, ACTION_DENY, MODE_ENFORCE, 0);
		post(f, at, value, i);
	}
	fix_rule(f, "by-label", ACTION_DENY, MODE_ENFORCE, 0);
	post(f, by_endpoint, "GET /things/{number}", 70);
	fix_rule(f, "by-template", ACTION_DENY, MODE_ENFORCE, 0);
	post(f, by_endpoint, "/things/{number}", 71);
	f->b.free_rules = 0;
	for (unsigned i = 0; i < 72; i++) {
		snprintf(name, sizeof(name), "rule-%02u", i);
		snprintf(value, sizeof(value), "V%02u", i);
		fix_request(f, "GET", "h", "/");
		fix_header(f, "x-rule", value);
		fix_decide(f);
		assert_true(i < 70 ? fix_ruled(f, name) : span_absent(f->v.rule));
	}
	fix_request(f, "GET", "h", "/things/9");
	fix_decide(f);
	assert_true(fix_ruled(f, "by-label"));
	f->rule[70].mode = MODE_OFF;
	fix_decide(f);
	assert_true(fix_ruled(f, "by-template"));
	fix_request(f, "PUT", "h", "/things/9");
	fix_decide(f);
	assert_true(span_absent(f->v.rule));
	fix_free(f);
}

/* A header sent twice: every value counts, and the rule order decides, not theirs. */
static void
test_anchors_take_every_value(void **state)
{
	struct fix *f = fix_new();
	uint32_t at = anchor(f, F_HEADER, TRANSFORM_NONE, "x-a");

	fix_rule(f, "first", ACTION_DENY, MODE_ENFORCE, 0);
	post(f, at, "one", 0);
	fix_rule(f, "second", ACTION_DENY, MODE_ENFORCE, 0);
	post(f, at, "two", 1);
	f->b.free_rules = 0;
	fix_request(f, "GET", "h", "/");
	fix_header(f, "x-a", "two");
	fix_header(f, "x-a", "one");
	fix_decide(f);
	assert_true(fix_ruled(f, "first"));
	fix_request(f, "GET", "h", "/");
	fix_decide(f);
	assert_true(span_absent(f->v.rule));
	fix_free(f);
}

/* Candidates that an early decision left behind do not turn up in the next request. */
static void
test_candidates_are_forgotten(void **state)
{
	struct fix *f = fix_new();
	uint32_t at = anchor(f, F_METHOD, TRANSFORM_NONE, "");

	fix_rule(f, "first", ACTION_DENY, MODE_ENFORCE, 0);
	fix_rule(f, "second", ACTION_DROP, MODE_ENFORCE, 0);
	post(f, at, "PUT", 0);
	post(f, at, "PUT", 1);
	f->b.free_rules = 0;
	fix_request(f, "PUT", "h", "/");
	fix_decide(f);
	assert_true(fix_ruled(f, "first"));
	fix_request(f, "GET", "h", "/");
	fix_decide(f);
	assert_true(span_absent(f->v.rule));
	fix_free(f);
}

static void
step(struct fix *f, uint32_t predicate, unsigned if_true, unsigned if_false)
{
	struct bundle_rule *r = &f->rule[f->b.rules - 1];

	if (r->step == BUNDLE_NONE)
		r->step = f->b.steps;
	f->step[f->b.steps++] =
	    (struct bundle_step){predicate, (uint16_t)if_true, (uint16_t)if_false};
	r->steps++;
}

/*
 * "or" and "not" with a history that is not known (there is no table): what the unknown
 * cannot change is decided, the rest abstains.
 */
static void
test_unknown_matters_only_where_it_decides(void **state)
{
	static const struct {
		bool history_first, known;
		bool is_or;
		bool matches, excepted;
	} cases[] = {
	    {true, true, true, true, false}, /* unknown or yes */
	    {false, true, true, true, false}, /* yes or unknown */
	    {true, false, true, false, true}, /* unknown or no */
	    {false, false, true, false, true}, /* no or unknown */
	    {true, true, false, false, true}, /* unknown and yes */
	    {true, false, false, false, false}, /* unknown and no */
	    {false, false, false, false, false}, /* no and unknown */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct fix *f = fix_new();
		uint32_t h, m;

		f->options.history = NULL;
		fix_rule(f, "it", ACTION_DENY, MODE_ENFORCE, RULE_HISTORY);
		h = fix_predicate(f, F_HISTORY_REQUESTS, NULL, OP_GT, 0, NULL, 5);
		m = fix_predicate(
		    f, F_METHOD, NULL, OP_EQ, 0, cases[i].known ? "GET" : "PUT", 0);
		step(f, cases[i].history_first ? h : m, cases[i].is_or ? STEP_MATCH : 1,
		    cases[i].is_or ? 1 : STEP_NO_MATCH);
		step(f, cases[i].history_first ? m : h, STEP_MATCH, STEP_NO_MATCH);
		fix_request(f, "GET", "h", "/");
		fix_decide(f);
		if (fix_ruled(f, "it") != cases[i].matches ||
		    fix_excepted(f, EX_HISTORY_INCOMPLETE) != cases[i].excepted)
			fail_msg("case %zu", i);
		fix_free(f);
	}
}

/* Rules are sieved before they are considered: whatever stands where in a condition, what
 * matches must not be lost, and what does not must not match. */
static void
test_sieves_lose_nothing(void **state)
{
	/* per test of the condition: wanted (y), unwanted (n); and whether the request
	 * makes it true (T) or false (F) */
	static const struct {
		const char *condition, *request;
	} cases[] = {{"y", "T"}, {"y", "F"}, {"n", "T"}, {"n", "F"}, {"yy", "TF"},
	    {"yy", "TT"}, {"ny", "FT"}, {"ny", "FF"}, {"ny", "TT"}, {"nny", "FFT"},
	    {"nny", "FFF"}, {"yny", "TFT"}, {"nyn", "FTT"}, {"nyn", "FTF"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		for (int op = 0; op < 2; op++) {
			struct fix *f = fix_new();
			bool matches = true;
			char query[16];

			fix_rule(f, "it", ACTION_DENY, MODE_ENFORCE, 0);
			for (size_t k = 0; cases[i].condition[k]; k++) {
				char key[2] = {(char)('a' + k), '\0'};
				bool wanted = cases[i].condition[k] == 'y';

				fix_and(f,
				    fix_predicate(f, F_ARG, key, op ? OP_CONTAINS : OP_EQ,
					TRANSFORM_NONE, "T", 0),
				    wanted);
				matches &= wanted == (cases[i].request[k] == 'T');
			}
			fix_request(f, "GET", "h", "/");
			snprintf(query, sizeof(query), "a=%c&b=%c&c=%c",
			    cases[i].request[0],
			    strlen(cases[i].request) > 1 ? cases[i].request[1] : 'F',
			    strlen(cases[i].request) > 2 ? cases[i].request[2] : 'F');
			f->r.query = span_str(query);
			fix_decide(f);
			if (fix_ruled(f, "it") != matches)
				fail_msg(
				    "%s on %s", cases[i].condition, cases[i].request);
			fix_free(f);
		}
}

/* A pattern that goes astray matches for a rule that stops, not for one that allows. */
static void
test_spent_patterns_never_allow(void **state)
{
	static char query[200] = "k=";
	struct fix *f = fix_new();

	memset(query + 2, 'a', 100);
	fix_rule(f, "allow", ACTION_ALLOW, MODE_ENFORCE, 0);
	fix_when(f, F_ARG, "k", OP_MATCHES, "^(a+)+$x");
	fix_rule(f, "deny", ACTION_DENY, MODE_ENFORCE, 0);
	fix_when(f, F_ARG, "k", OP_MATCHES, "^((a+)+)+[b-z]$");
	memcpy(query + 102, "!", 2);
	fix_request(f, "GET", "h", "/");
	f->r.query = span_str(query);
	f->predicate[0].text = fix_text(f, "^((a+)+)+[b-y]$");
	fix_decide(f);
	assert_true(fix_ruled(f, "deny"));
	assert_true(fix_excepted(f, EX_DEADLINE));
	fix_free(f);
}

static void
test_rules_of_one_endpoint(void **state)
{
	struct fix *f = fix_new();
	uint32_t s = fix_service(f, "s");

	fix_host(f, "*", "", s);
	fix_endpoint(f, s, "GET", "/a");
	fix_endpoint(f, s, "GET", "/b");
	fix_rule(f, "on-b", ACTION_DENY, MODE_ENFORCE, 0);
	f->rule[0].endpoint = 1;
	fix_request(f, "GET", "h", "/a");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	fix_request(f, "GET", "h", "/b");
	fix_decide(f);
	assert_true(fix_ruled(f, "on-b"));
	fix_request(f, "GET", "h", "/c");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	fix_free(f);
}

/* affinity none and several gateways: what happened elsewhere is not known here. */
static void
test_history_rules_stay_in_shadow_when_histories_are_partial(void **state)
{
	struct fix *f = fix_new();

	f->options.histories_partial = true;
	fix_rule(f, "it", ACTION_DENY, MODE_ENFORCE, RULE_HISTORY);
	fix_when_number(f, F_HISTORY_REQUESTS, OP_GE, 1);
	fix_request(f, "GET", "h", "/");
	fix_decide(f);
	assert_int_equal(f->v.action, ACTION_ALLOW);
	assert_int_equal(f->v.shadow_action, ACTION_DENY);
	fix_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_anchors_find_their_rules),
	    cmocka_unit_test(test_anchors_take_every_value),
	    cmocka_unit_test(test_candidates_are_forgotten),
	    cmocka_unit_test(test_unknown_matters_only_where_it_decides),
	    cmocka_unit_test(test_sieves_lose_nothing),
	    cmocka_unit_test(test_spent_patterns_never_allow),
	    cmocka_unit_test(test_rules_of_one_endpoint),
	    cmocka_unit_test(
		test_history_rules_stay_in_shadow_when_histories_are_partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
