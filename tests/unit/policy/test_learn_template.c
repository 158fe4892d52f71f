/*
 * The learner of templates on inventories given as text: one endpoint a line,
 *
 *	METHOD TEMPLATE [requests=N] [identities=N] [mature] [keep] [ignore] [spec] [into=T]
 *		[merged=N] [shapes=S,S] [released=T]
 *
 * a line with $ in its template stands for so many of them: "GET /users/{~$} n=30".
 */
#include <stdio.h>

#include "fixture.h"
#include "http/template.h"
#include "policy/learn_template.h"
#include "sketch/distinct.h"

#define NOW INT64_C(1700000000000000)
#define DAY INT64_C(86400000000)

static struct pool pool;
static struct learn_endpoint endpoint[4096];
static uint32_t endpoints;
static struct learn_child child[64];
static uint32_t children;
static struct learned learned;
static struct buf text;

static struct span
identities_pack(uint64_t from, uint64_t n)
{
	struct buf packed = BUF_INIT;
	struct distinct d = {0};
	struct span s;

	for (uint64_t i = 0; i < n; i++)
		distinct_add(&d, (from + i + 1) * UINT64_C(0x9e3779b97f4a7c15));
	distinct_pack(&d, &packed);
	s = pool_copy(&pool, buf_span(&packed));
	buf_fini(&packed);
	return s;
}

static uint64_t
option(struct span line, const char *name, uint64_t preset)
{
	size_t at = span_find_span(line, span_str(name));
	struct span rest = span_from(line, at + strlen(name)), number;
	uint64_t v = preset;

	if (at == line.n)
		return preset;
	number = span_cut(&rest, ' ');
	return span_u64(number, &v) == OK ? v : preset;
}

static struct span
option_text(struct span line, const char *name)
{
	size_t at = span_find_span(line, span_str(name));
	struct span rest = span_from(line, at + strlen(name));

	return at == line.n ? SPAN_NONE : span_cut(&rest, ' ');
}

/* A word that is none, another for each i. */
static struct span
word_of(unsigned i)
{
	return pool_printf(&pool, "qz%cx%cv%c", 'a' + (int)(i % 26),
	    'a' + (int)(i / 26 % 26), 'a' + (int)(i / 676));
}

static void
endpoint_put(struct span line, unsigned i)
{
	struct learn_endpoint *e = &endpoint[endpoints++];
	struct span rest = line, t, full, shapes = option_text(line, " shapes=");
	char *comma;

	assert_true(endpoints < 4096);
	*e = (struct learn_endpoint){.service = SPAN("shop"), .operation = SPAN("")};
	e->method = span_cut(&rest, ' ');
	t = span_cut(&rest, ' ');
	while ((full = span_head(t, span_find(t, '$'))).n < t.n)
		t = pool_printf(&pool, "%.*s%.*s%.*s", (int)full.n, full.p,
		    (int)word_of(i).n, word_of(i).p, (int)(t.n - full.n - 1),
		    t.p + full.n + 1);
	e->template = t;
	e->provisional = span_find_span(t, SPAN("{~")) < t.n;
	e->hash = endpoint_hash(e->service, e->method, t) |
	    (e->provisional ? ENDPOINT_HASH_PROVISIONAL : 0);
	e->requests = e->accepted = option(line, " requests=", 20);
	e->identities = identities_pack(i * 7, option(line, " identities=", e->requests));
	e->merged = (uint32_t)option(line, " merged=", 0);
	e->first_us = e->last_us = NOW - DAY;
	if (span_find_span(line, SPAN(" mature")) < line.n)
		e->first_us = NOW - 8 * DAY;
	e->keep = span_find_span(line, SPAN(" keep")) < line.n;
	e->ignore = span_find_span(line, SPAN(" ignore")) < line.n;
	if (span_find_span(line, SPAN(" spec")) < line.n)
		e->origin = LEARN_SPEC;
	e->into = option_text(line, " into=");
	e->released = option_text(line, " released=");
	if (!span_absent(shapes)) {
		shapes = pool_copy(&pool, shapes);
		while ((comma = memchr(shapes.p, ',', shapes.n)) != NULL)
			*comma = ' ';
		e->shapes = shapes;
	}
}

static void
begin(const char *lines)
{
	struct span rest = span_str(lines);

	endpoints = children = 0;
	while (!span_absent(rest)) {
		struct span line = span_trim(span_cut(&rest, '\n'));

		for (unsigned i = 0; line.n && i < option(line, " n=", 1); i++)
			endpoint_put(line, i);
	}
}

static void
child_put(const char *method, const char *template, unsigned segment, const char *word,
    uint64_t requests, uint64_t shape)
{
	child[children++] = (struct learn_child){
	    .hash = endpoint_hash(SPAN("shop"), span_str(method), span_str(template)),
	    .segment = segment,
	    .word = span_str(word),
	    .requests = requests,
	    .accepted = requests,
	    .identities = requests / 2,
	    .shape = shape};
}

/* What is wanted, a line each. */
static const char *
learn(void)
{
	const struct learn_view view = {endpoint, endpoints, child, children, NOW};

	learn_template(&pool, &view, &learned);
	buf_clear(&text);
	for (uint32_t i = 0; i < learned.actions.n; i++) {
		const struct learn_action *a = &learned.actions.v[i];

		buf_printf(&text, "%s %.*s %.*s %u%s%s%s\n",
		    a->kind == LEARN_SPLIT ? "split" : "merge", (int)a->method.n,
		    a->method.p, (int)a->template.n, a->template.p, a->n,
		    a->mature ? " mature" : "", a->settled ? " settled" : "",
		    a->human ? " human" : "");
		assert_true(a->reason.n > 0);
		assert_true(a->hash == endpoint_hash(a->service, a->method, a->template));
		for (uint32_t k = 1; k < a->n; k++)
			assert_true(a->from[k - 1] < a->from[k]);
	}
	return text.p ? text.p : "";
}

static void
end(void)
{
	pool_fini(&pool);
	buf_fini(&text);
}

/* --- merges ---------------------------------------------------------------------------- */

static void
test_inventories_become_templates(void **state)
{
	static const struct {
		const char *name, *inventory, *want;
	} cases[] = {
	    {"undecided words behind a plural",
		"GET /users/{~$} n=30\nGET /users/{~$}/orders n=20\nGET /users/search\n",
		"merge GET /users/{text} 30\nmerge GET /users/{text}/orders 20\n"},
	    {"words of the vocabulary behind the root stay",
		"GET /orders\nGET /orders/{number}\nGET /products\nGET "
		"/products/{number}\n"
		"GET /customers\nGET /customers/{number}\nGET /invoices\n"
		"GET /invoices/{number}\n",
		""},
	    {"a few words that are no vocabulary behind the root stay",
		"GET /{~$} n=6\nGET /{~$}/{number} n=6\n", ""},
	    {"names that programmers give stay, however many",
		"POST /api/chat.postMessage\nPOST /api/chat.getLink\nPOST "
		"/api/users.getInfo\nPOST /api/users.setPhoto\nPOST "
		"/api/files.addRemote\n"
		"POST /api/team.billableInfo\nPOST /api/views.openModal\nPOST "
		"/api/bots.getInfo\nPOST /api/calls.addUser\nPOST /api/pins.addItem\n",
		""},
	    {"few decided words behind a parameter stay",
		"GET /users/{number}/orders\nGET /users/{number}/{~$} n=2\n"
		"GET /users/{number}/address\nGET /users/{number}/cards\n"
		"GET /users/{number}/profile\nGET /users/{number}/sessions\n",
		""},
	    {"parameters one behind the other",
		"GET /repos/{~$}/{~$}/issues n=40\nGET /repos/{~$}/{~$}/pulls n=30\n",
		"merge GET /repos/{text}/{text}/issues 40\n"
		"merge GET /repos/{text}/{text}/pulls 30\n"},
	    {"the same few words behind each value of a parameter stay",
		"GET /users/{~$}/{~a} n=30\nGET /users/{~$}/{~b} n=30\n"
		"GET /users/{~$}/{~c} n=30\n",
		""},
	    {"ids of several kinds are one parameter",
		"GET /items/{number}\nGET /items/{id}\nGET /items/{prefixed}\n"
		"GET /items/{~$} n=12\n",
		"merge GET /items/{text} 15 settled\n"},
	    {"a literal beside a parameter with another use stays",
		"GET /users/{~$} n=40\nDELETE /users/{~$} n=40\nPUT /users/{~$} n=40\n"
		"POST /users/rebuild requests=200\nGET /users/census/{number} "
		"requests=300\n",
		"merge DELETE /users/{text} 40\nmerge GET /users/{text} 40\n"
		"merge PUT /users/{text} 40\n"},
	    {"words of the dictionary as ids",
		"GET /tags/abacus\nGET /tags/bedlam\nGET /tags/cenotaph\nGET "
		"/tags/dollop\n"
		"GET /tags/eggplant\nGET /tags/ferret\nGET /tags/gumdrop\nGET "
		"/tags/hankie\n"
		"GET /tags/{~$} n=12\nGET /tags/popular requests=300\n",
		"merge GET /tags/{text} 20 settled\n"},
	    {"verbs are kept apart",
		"POST /jobs/{~$}:cancel n=30\nPOST /jobs/{~$}:resume n=30\n",
		"merge POST /jobs/{text}:cancel 30\nmerge POST /jobs/{text}:resume 30\n"},
	    {"what is left undecided is not merged",
		"GET /users/{~$}/{~x} n=30 requests=1\nGET /users/{~$} n=30\n"
		"GET /users/{~$}/orders n=30\nGET /users/{~$}/cards n=30\n",
		"merge GET /users/{text} 30\nmerge GET /users/{text}/cards 30\n"
		"merge GET /users/{text}/orders 30\n"},
	    {"words released since", "GET /{~a}/x released=/jane/x\nGET /y\n",
		"merge GET /jane/x 1\n"},
	    {"nothing", "", ""},
	    {"the root and what found no room", "GET /\n* /{overflow} requests=9\n", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got;

		begin(cases[i].inventory);
		got = learn();
		if (strcmp(got, cases[i].want) != 0)
			fail_msg(
			    "%s: got\n%swanted\n%s", cases[i].name, got, cases[i].want);
		end();
	}
}

static void
test_order_of_rows_does_not_matter(void **state)
{
	char *first;

	begin("GET /users/{~$} n=30\nGET /users/{~$}/orders n=20 requests=3\n"
	      "GET /users/search\nGET /tags/{~$} n=9 requests=2\nGET /tags/{number}\n"
	      "GET /repos/{~$}/{~a}/issues n=20\nGET /repos/{~$}/hankie/issues n=20\n");
	first = strdup(learn());
	assert_non_null(first);
	for (unsigned round = 0; round < 20; round++) {
		for (uint32_t i = endpoints; i > 1; i--) {
			uint32_t k = (round * 7919 + i * 104729) % i;
			struct learn_endpoint t = endpoint[i - 1];

			endpoint[i - 1] = endpoint[k];
			endpoint[k] = t;
		}
		assert_string_equal(learn(), first);
	}
	free(first);
	end();
}

static void
test_services_are_apart(void **state)
{
	begin("GET /users/{~$} n=30\n");
	for (uint32_t i = 15; i < 30; i++)
		endpoint[i].service = SPAN("forum");
	(void)learn();
	assert_int_equal(learned.actions.n, 2);
	assert_int_equal(learned.actions.v[0].n, 15);
	assert_true(span_eq(learned.actions.v[0].service, SPAN("forum")));
	end();
}

static void
test_what_was_merged_weighs_as_it_was_found(void **state)
{
	/* {text} of two words does not make all that stands beside it values. */
	begin("GET /repos/{number}/{text} merged=2 requests=20\n"
	      "GET /repos/{number}/issues requests=900\nGET /repos/{number}/pulls "
	      "requests=500\nGET /repos/{number}/forks requests=300\n"
	      "GET /repos/{number}/{~$} n=2\n");
	assert_string_equal(learn(), "");
	end();
	begin(
	    "GET /repos/{text} merged=500 requests=2000\nGET /repos/{~$} n=2 requests=2\n"
	    "GET /repos/warehouse requests=2\nGET /repos/search requests=200\n");
	assert_string_equal(learn(), "merge GET /repos/{text} 3 settled\n");
	assert_false(learned.actions.v[0].fresh);
	end();
}

/* --- people and specifications ----------------------------------------------------------- */

static void
test_people_are_not_overruled(void **state)
{
	static const struct {
		const char *name, *inventory, *want;
	} cases[] = {
	    {"kept", "GET /users/{~$} n=30\nGET /users/hankie keep\n",
		"merge GET /users/{text} 30\n"},
	    {"not kept", "GET /users/{~$} n=30\nGET /users/hankie\n",
		"merge GET /users/{text} 31 settled\n"},
	    {"ignored",
		"GET /users/{~$} n=30\nGET /users/{~b}/x ignore\nGET /users/hankie "
		"ignore\n",
		"merge GET /users/{text} 30\n"},
	    {"merged", "GET /left into=/both\nGET /right into=/both\n",
		"merge GET /both 2 settled human\n"},
	    {"older than a week",
		"GET /users/{~$} n=30\nGET /users/hankie mature\nGET /users/dollop\n",
		"merge GET /users/{text} 31 settled\n"
		"merge GET /users/{text} 1 mature settled\n"},
	    {"undecided ones are never too old", "GET /users/{~$} n=30 mature\n",
		"merge GET /users/{text} 30\n"},
	    {"a specification has a parameter",
		"GET /zone/{text} spec requests=0\nGET /zone/{~$} n=2 requests=2\nGET "
		"/zone/all\n",
		"merge GET /zone/{text} 2\n"},
	    {"and words of its own",
		"GET /users/hankie spec\nGET /users/{number} spec\n"
		"GET /users/{~$} n=30\n",
		"merge GET /users/{text} 30\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got;

		begin(cases[i].inventory);
		got = learn();
		if (strcmp(got, cases[i].want) != 0)
			fail_msg(
			    "%s: got\n%swanted\n%s", cases[i].name, got, cases[i].want);
		end();
	}
}

/* --- splits ----------------------------------------------------------------------------- */

static void
test_values_with_other_answers_become_endpoints(void **state)
{
	begin("GET /users/{text} requests=1000 merged=100\n");
	child_put("GET", "/users/{text}", 1, "search", 300, 77);
	child_put("GET", "/users/{text}", 1, "jane", 100, 5);
	child_put("GET", "/users/{text}", 1, "{~text.1.a}", 90, 5);
	child_put("GET", "/users/{text}", 1, "{~text.1.b}", 80, 99); /* not told yet */
	child_put("GET", "/users/{text}", 1, "rare", 9, 77); /* too few */
	child_put("GET", "/users/{text}", 1, "feed", 25, 78); /* few, but an action */
	child_put("GET", "/users/{text}", 1, "john", 70, 0); /* not known */
	assert_string_equal(learn(),
	    "split GET /users/feed 1 settled\nsplit GET /users/search 1 settled\n");
	end();
}

static void
test_values_with_all_kinds_of_answers_stay(void **state)
{
	begin("GET /users/{text} requests=1000 merged=100\n");
	for (unsigned i = 0; i < 10; i++)
		child_put("GET", "/users/{text}", 1, word_of(i).p, 80, 100 + i);
	child_put("GET", "/users/{text}", 1, "search", 80, 300);
	assert_string_equal(learn(), "");
	end();
}

static void
test_people_split_what_they_want(void **state)
{
	begin("GET /a/{text}/b/{number} mature\nGET /a/known/b/{number}\n");
	child_put("GET", "/a/{text}/b/{number}", LEARN_LAST_PARAMETER, "7", 0, 0);
	child_put("GET", "/a/{text}/b/{number}", 1, "x", 0, 0);
	child_put("GET", "/a/{text}/b/{number}", 1, "known", 0, 0); /* is one */
	child_put("GET", "/a/{text}/b/{number}", 2, "y", 0, 0); /* no parameter */
	child_put("GET", "/a/{text}/b/{number}", 9, "y", 0, 0); /* no place */
	child_put("GET", "/elsewhere/{text}", 1, "y", 0, 0);
	for (unsigned i = 0; i < children; i++)
		child[i].human = true;
	assert_string_equal(learn(),
	    "split GET /a/x/b/{number} 1 settled human\n"
	    "split GET /a/{text}/b/7 1 settled human\n");
	end();
}

/* --- alarms ----------------------------------------------------------------------------- */

static void
test_floods_are_alarmed(void **state)
{
	static const struct {
		const char *name, *inventory;
		uint64_t templates, requests; /* 0: no alarm */
	} cases[] = {
	    {"first words used once", "GET /{~$}/x n=60 requests=1\nGET /users\n", 60,
		60},
	    {"first words used often", "GET /{~$}/x n=60 requests=9\nGET /users\n", 0, 0},
	    {"many words used once where one parameter is",
		"GET /users/{~$} n=1500 requests=1\n", 0, 0},
	    {"the same few words behind each of many",
		"GET /users/{~$}/{~a} n=500 requests=1\nGET /users/{~$}/{~b} n=500 "
		"requests=1\n",
		1000, 1000},
	    {"no room", "GET /users\n* /{overflow} requests=5000\n", 0, 5000},
	    {"a little less of it", "GET /users\n* /{overflow} requests=50\n", 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct learn_alarm *a;

		begin(cases[i].inventory);
		(void)learn();
		a = learned.alarms.n ? &learned.alarms.v[0] : NULL;
		if ((a ? a->requests : 0) != cases[i].requests ||
		    (a && a->templates != cases[i].templates))
			fail_msg("%s: %llu templates", cases[i].name,
			    a ? (unsigned long long)a->templates : 0);
		end();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_inventories_become_templates),
	    cmocka_unit_test(test_order_of_rows_does_not_matter),
	    cmocka_unit_test(test_services_are_apart),
	    cmocka_unit_test(test_what_was_merged_weighs_as_it_was_found),
	    cmocka_unit_test(test_people_are_not_overruled),
	    cmocka_unit_test(test_values_with_other_answers_become_endpoints),
	    cmocka_unit_test(test_values_with_all_kinds_of_answers_stay),
	    cmocka_unit_test(test_people_split_what_they_want),
	    cmocka_unit_test(test_floods_are_alarmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
