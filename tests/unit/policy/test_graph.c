/*
 * Conditions drawn at random, against their own truth: the decision graph says the same for
 * every outcome of its predicates; the anchors never lose a rule that matches; and a
 * condition is refused exactly if some outcome of the address alone makes it true.
 */
#include "tests/unit/policy/fixture.h"

#include "engine/field.h"

#define VARIABLES 7
#define ROUNDS 3000
#define NODES_MAX 64

/* A variable is a test; 0 and 1 are of the address. Values of 2 to 6 are "y" or "n". */
static const char *const variable_text[VARIABLES] = {
    "ip.src in {10.0.0.0/8}",
    "tcp.src_port lt 1024",
    "tls",
    "endpoint.known",
    "http.host eq \"y\"",
    "http.header[\"h\"] in {\"y\" \"z\"}",
    "http.path eq \"y\"",
};

struct node {
	char kind; /* 'v' variable, '!' not, '&' and, '|' or */
	unsigned variable;
	unsigned kid[3], kids;
};
struct tree {
	struct node node[NODES_MAX];
	unsigned n;
};

static uint64_t random_state;

static unsigned
draw(unsigned below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(random_state >> 33) % below;
}

static unsigned
grow(struct tree *t, unsigned depth)
{
	unsigned at = t->n++, kind = depth == 0 || t->n > 40 ? 0 : draw(6);
	struct node *n = &t->node[at];

	n->kids = 0;
	if (kind < 2) {
		n->kind = 'v';
		n->variable = draw(VARIABLES);
	} else if (kind == 2) {
		n->kind = '!';
		n->kid[n->kids++] = grow(t, depth - 1);
	} else {
		n->kind = kind < 5 ? '&' : '|';
		for (unsigned i = 2 + draw(2); i > 0; i--) {
			unsigned kid = grow(t, depth - 1);

			t->node[at].kid[t->node[at].kids++] = kid;
		}
	}
	return at;
}

static bool
truth(const struct tree *t, unsigned at, unsigned outcome)
{
	const struct node *n = &t->node[at];
	bool all = n->kind == '&';

	if (n->kind == 'v')
		return outcome >> n->variable & 1;
	if (n->kind == '!')
		return !truth(t, n->kid[0], outcome);
	for (unsigned i = 0; i < n->kids; i++)
		if (truth(t, n->kid[i], outcome) != all)
			return !all;
	return all;
}

static void
print(const struct tree *t, unsigned at, struct buf *out)
{
	const struct node *n = &t->node[at];

	if (n->kind == 'v') {
		buf_put_str(out, variable_text[n->variable]);
		return;
	}
	buf_put_str(out, n->kind == '!' ? "not (" : "(");
	for (unsigned i = 0; i < n->kids; i++) {
		buf_put_str(out, i == 0 ? "" : n->kind == '&' ? " and " : " or ");
		print(t, n->kid[i], out);
	}
	buf_put_char(out, ')');
}

static unsigned
variable_of(const struct bundle *b, const struct bundle_predicate *p)
{
	switch (p->field) {
	case F_SOURCE: return 0;
	case F_SOURCE_PORT: return 1;
	case F_TLS: return 2;
	case F_ENDPOINT_KNOWN: return 3;
	case F_HOST: return 4;
	case F_HEADER: return 5;
	case F_PATH: return 6;
	}
	fail();
	return 0;
}

static bool
walk(const struct bundle *b, const struct bundle_rule *r, unsigned outcome)
{
	unsigned at = 0;

	for (;;) {
		const struct bundle_step *s = &b->step[r->step + at];
		unsigned v = variable_of(b, &b->predicate[s->predicate]);

		at = outcome >> v & 1 ? s->if_true : s->if_false;
		if (at == STEP_MATCH || at == STEP_NO_MATCH)
			return at == STEP_MATCH;
	}
}

/* Whether the request of an outcome would find rule 0 by an anchor, or it is free. */
static bool
would_be_asked(const struct bundle *b, unsigned outcome)
{
	if (b->free_rules)
		return true;
	for (uint32_t i = 0; i < b->anchors; i++) {
		unsigned v = b->anchor[i].field == F_HOST ? 4
		    : b->anchor[i].field == F_HEADER	  ? 5
							  : 6;
		struct span value = outcome >> v & 1 ? SPAN("y") : SPAN("n");
		uint32_t n;

		if (bundle_anchor_find(b, i, bundle_hash(value), &n))
			return true;
	}
	return false;
}

static void
assert_graph_and_anchors(const struct bundle *b, const struct tree *t, const char *text)
{
	for (unsigned outcome = 0; outcome < 1u << VARIABLES; outcome++) {
		bool wanted = truth(t, 0, outcome);

		if (walk(b, &b->rule[0], outcome) != wanted)
			fail_msg("graph of %s is wrong for %x", text, outcome);
		if (wanted && !would_be_asked(b, outcome))
			fail_msg("anchors of %s lose %x", text, outcome);
	}
}

static bool
true_on_address_alone(const struct tree *t)
{
	for (unsigned address = 0; address < 4; address++) {
		bool always = true;

		for (unsigned rest = 0; rest < 1u << VARIABLES && always; rest += 4)
			always = truth(t, 0, rest | address);
		if (always)
			return true;
	}
	return false;
}

static bool
speaks_of_the_address(const struct tree *t)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->node[i].kind == 'v' && t->node[i].variable < 2)
			return true;
	return false;
}

static void
test_random_conditions_keep_their_meaning(void **state)
{
	unsigned refused = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		struct buf text = BUF_INIT;
		struct fixture f = {0};
		struct tree t = {.n = 0};
		bool alone;

		random_state = round;
		grow(&t, 5);
		buf_put_str(&text, "network \"r\" { when ");
		print(&t, 0, &text);
		buf_put_str(&text, " action deny reason \"x\" }");
		if (fixture_rules(&f, text.p) != OK)
			fail_msg("%s: %s", text.p, fixture_messages(&f));
		assert_graph_and_anchors(&f.b, &t, text.p);
		fixture_fini(&f);

		buf_clear(&text);
		buf_put_str(&text, "rule \"r\" { when ");
		print(&t, 0, &text);
		buf_put_str(&text, " action deny }");
		alone = speaks_of_the_address(&t) && true_on_address_alone(&t);
		refused += alone;
		if ((fixture_rules(&f, text.p) != OK) != alone)
			fail_msg("%s: should be %s", text.p, alone ? "refused" : "taken");
		fixture_fini(&f);
		buf_fini(&text);
	}
	assert_true(refused > ROUNDS / 20 && refused < ROUNDS / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random_conditions_keep_their_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
