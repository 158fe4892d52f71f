/*
 * What the engine's own files share: the engine (made once per bundle, see plan.c) and the
 * decision in hand. For nobody else.
 *
 * Nothing is cleared per request: what was remembered of the last one bears an older
 * generation and counts as unknown yet.
 *
 *   predicate ──► operand (field, key, transform; equal ones are one) ──► values
 *   anchor    ──┘      remembered per request                            key of a map field
 */
#ifndef ENGINE_WORK_H
#define ENGINE_WORK_H

#include "engine/engine.h"
#include "engine/field.h"
#include "engine/pattern.h"
#include "engine/print.h"
#include "engine/router.h"
#include "engine/service.h"

/* Of a predicate or a whole condition; see engine.h. */
enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN, ANSWER_SPENT };

/* The first 8 bytes of a text, zeros where it is shorter: most comparisons end here. */
static inline uint64_t
text_head(struct span s)
{
	uint64_t head = 0;

	if (s.n >= 8)
		memcpy(&head, s.p, 8);
	else
		for (size_t i = 0; i < s.n; i++)
			head |= (uint64_t)(uint8_t)s.p[i] << 8 * i;
	return head;
}

/* One of the values of a field in this request. */
struct value {
	struct value *next;
	struct span text;
	uint64_t head; /* text_head(text) */
	uint64_t hash; /* bundle_hash(text), 0: not computed yet */
};

/* What the bundle asks of requests, once each. */
struct operand {
	uint16_t field; /* enum field_id */
	uint8_t transform; /* enum predicate_transform */
	int8_t header; /* enum header_id of a well-known header, else -1 */
	uint32_t key; /* map fields: index in the field's keys */
	struct span name; /* map fields: the key */
};
struct operand_memo {
	uint32_t generation;
	bool unknown; /* there may be values that could not be read */
	bool number_known; /* number, bool and flags fields: false is absent */
	unsigned n; /* values of text fields */
	struct value *first; /* of n */
	struct value own; /* what `first` points to when there is one */
	int64_t number;
};

/* The keys of one map field that the bundle asks for, as a hash, and their values. */
struct key_values {
	uint32_t generation; /* of the values */
	unsigned n;
	struct value *first, *last;
};
struct keys {
	unsigned n;
	uint32_t mask; /* slots - 1 */
	uint64_t lengths; /* keys_length_bit() of each: most names end here */
	uint32_t *slot; /* key index + 1, 0: empty */
	struct span *name;
	struct key_values *values;
	uint32_t generation; /* of the last collection */
	bool overflow; /* the arena was full: some values are missing */
};
static inline uint64_t
keys_length_bit(size_t n)
{
	return UINT64_C(1) << (n < 63 ? n : 63);
}

enum keys_of { KEYS_ARG, KEYS_HEADER, KEYS_COOKIE, KEYS_BODY, KEYS_MAX };

/* A predicate as it is asked: what most need in half a cache line. */
enum test_kind { TEST_TEXT, TEST_LENGTH, TEST_NUMBER, TEST_COUNT, TEST_ADDRESS };
struct test {
	uint32_t operand;
	uint8_t op; /* enum predicate_op */
	uint8_t kind; /* enum test_kind */
	bool history; /* unknown means history_incomplete */
	const char *text; /* constant, n bytes */
	uint32_t n;
	uint32_t set;
	union {
		int64_t number;
		uint64_t head; /* of text */
	};
};
_Static_assert(sizeof(struct test) == 32, "two tests a cache line");

/* One test that must hold for a rule to match, asked before the rule is looked at: where
 * it says no, the rule is no candidate. */
struct sieve {
	uint32_t rule;
	uint32_t predicate; /* BUNDLE_NONE: none that is cheap */
	struct test test;
};

/* Rules without anchor, by the operand of their sieve. */
struct free_head {
	uint64_t head,
	    care; /* no match if the value's head differs in what it cares for */
};
struct free_row {
	uint32_t
	    operand; /* BUNDLE_NONE: of all others, whose sieves are asked themselves */
	uint32_t first, n;
};

/* What few of them need. */
struct constant {
	struct pattern *pattern; /* OP_MATCHES */
	uint8_t address[16]; /* OP_EQ of an address */
	uint8_t address_bits;
};

enum rule_fact {
	RULE_IS_LIMIT = 1,
	RULE_IS_HISTORY = 2,
	RULE_SPARES_WEAK = 4, /* a limit by identity that spares weak ones */
};

/* What must be known of a rule to pass it over. */
struct rule_brief {
	int64_t from_us, until_us;
	uint32_t endpoint; /* the only one it can match, or BUNDLE_NONE */
	uint32_t step; /* first, or BUNDLE_NONE */
	uint8_t mode; /* capped by the bundle's */
	uint8_t own_mode;
	uint8_t action;
	uint8_t facts; /* enum rule_fact */
	uint32_t pad;
};
_Static_assert(sizeof(struct rule_brief) == 32, "two rules a cache line");

/* An endpoint in one cache line, with the postings of its names at the anchor on
 * endpoints: label without sub-operation, template, whole label. */
#define ENDPOINT_NAMES 3
struct endpoint_brief {
	uint64_t hash;
	struct bundle_text label, template;
	uint32_t posting[ENDPOINT_NAMES], postings[ENDPOINT_NAMES];
	uint8_t mode;
	uint8_t pad[15];
};
_Static_assert(sizeof(struct endpoint_brief) == 64, "a cache line");

/* Limits whose cells are fetched as soon as the identity is known; policies have one or two
 * of the kind "so many requests for everybody". */
#define EARLY_MAX 4

struct engine {
	const struct bundle *b; /* NULL: no policy */
	struct engine_options o;
	uint32_t generation; /* of the request in hand, 1 … GENERATION_MAX */
	int64_t now_us; /* highest wall time seen */

	struct service_index services;
	struct router router;
	struct operand *operand;
	struct operand_memo *memo;
	unsigned operands;
	struct keys keys[KEYS_MAX];
	struct test *test; /* per predicate */
	struct constant *constant; /* per predicate */
	uint32_t *answer; /* per predicate: generation << 2 | enum answer */
	uint32_t *anchor_operand; /* per anchor */
	uint32_t *key_operand; /* per limit key */
	struct rule_brief *rule; /* per rule */
	struct endpoint_brief *endpoint;
	uint32_t endpoint_anchor; /* on F_ENDPOINT as it stands, or BUNDLE_NONE */
	uint32_t
	    early[EARLY_MAX]; /* limits by identity alone that any request may spend */
	unsigned earlies;

	/* Candidate rules: a bit each, and a bit per word that has any. All zero between
	 * requests. */
	uint64_t *candidate, *candidate_words;
	uint64_t *body_rule; /* the same bits of rules that read the body */
	struct sieve *sieve; /* per rule */
	struct sieve *free_rule; /* of rules without anchor, by row: all are asked */
	struct free_head *free_head; /* of each */
	struct free_row *free_row;
	uint32_t free_rows;
	unsigned words;

	struct pattern_set patterns;
	struct print_cache_slot print_cache[PRINT_CACHE_SLOTS];
};

#define GENERATION_MAX (UINT32_MAX >> 2)

/* Limits noted of one reading, so that the other does not charge them again; with more none
 * is charged for the other. */
#define CHARGED_MAX 32

/* The decision in hand. */
struct work {
	struct engine *e;
	const struct bundle *b;
	const struct request *r;
	struct arena *a;
	struct analysis *seen;
	struct verdict *v;
	engine_trace *trace; /* NULL: nobody listens */
	void *trace_ctx;
	struct route route;
	uint32_t service; /* in the bundle, or BUNDLE_NONE */
	uint64_t tls_print; /* valid if has_tls_print */
	bool has_tls_print;
	bool has_body; /* announced, visible or sent */
	bool body_cut; /* not all of it was sent */
	bool body_open; /* seen->body_bytes is set */
	bool body_unknown; /* what a body field says "no" to may stand where nobody could
	                      read */
	bool decided;
	bool limited; /* it was a limit that decided */
	uint8_t mode_cap; /* the endpoint's */
	bool history_unknown; /* met in the condition in hand */
	uint32_t binding; /* exceptions that may decide */
	struct span event_rule; /* first event rule that matched */
	uint64_t event_hash;
	bool operation_read; /* seen->operation is set */
	bool second; /* the second reading of a confused target: confused.c */
	uint64_t early[EARLY_MAX]; /* keys of the engine's early limits */
	unsigned charges; /* limits that matched the first reading */
	uint32_t charged[CHARGED_MAX];
	char identity_hex[32], order_hex[16], print_hex[16], cert_hex[40];
};

/* binding: it may decide; not so when only a rule in shadow met it. */
static inline void
work_exception(struct work *w, enum exception_id id, bool binding)
{
	w->v->exceptions |= UINT32_C(1) << id;
	if (binding)
		w->binding |= UINT32_C(1) << id;
}

/* One line of the trace; costs a test when nobody listens. */
void work_say(struct work *w, const char *step, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define work_trace(w, ...)                             \
	do {                                           \
		if (__builtin_expect(!!(w)->trace, 0)) \
			work_say((w), __VA_ARGS__);    \
	} while (0)

/* field.c */
extern const enum field_type field_types[FIELDS];
extern const enum field_group field_groups[FIELDS];
/* The values of an operand in this request, read at most once. */
const struct operand_memo *operand_fill(struct work *w, uint32_t operand);
static inline const struct operand_memo *
operand_read(struct work *w, uint32_t operand)
{
	const struct operand_memo *m = &w->e->memo[operand];

	return m->generation == w->e->generation ? m : operand_fill(w, operand);
}
uint64_t work_tls_print(struct work *w);
/* Adds a value of a key that the bundle asks for; what the bundle does not ask for is
 * passed over. copy: the text does not outlive the call. False when a is full. */
bool keys_add(struct engine *e, enum keys_of which, struct span name, struct span text,
    bool copy, struct arena *a);
void keys_start(struct engine *e, enum keys_of which);

/* decide.c */
void generation_next(struct engine *e); /* everything remembered is older from now on */
void work_endpoint(struct work *w); /* step 3, from seen->target */
void work_rules(struct work *w); /* steps 5 to 8 */

/* confused.c: after steps 1 to 8 with an outcome that lets the request pass. */
void confused_judge(struct work *w);

/* predicate.c */
enum answer predicate_test(struct work *w, const struct test *t, uint32_t predicate);
/* The same, once a request. */
static inline enum answer
predicate_answer(struct work *w, uint32_t predicate)
{
	uint32_t *memo = &w->e->answer[predicate];
	enum answer a;

	if (*memo >> 2 == w->e->generation)
		return (enum answer)(*memo & 3);
	a = predicate_test(w, &w->e->test[predicate], predicate);
	*memo = w->e->generation << 2 | a;
	return a;
}
/* bundle_hash of a value, computed once. */
uint64_t value_hash(struct value *v);

/* candidates.c */
MUST_CHECK int candidates_plan(struct engine *e); /* ERR_NOMEM; after all operands */
void candidates_free(struct engine *e);
void candidates_collect(struct work *w); /* from anchors and free rules */
bool candidates_want_body(const struct work *w);
void candidates_forget(struct work *w); /* clears those that are left */

/* rules.c */
void rules_run(struct work *w); /* steps 6 to 8 */

/* limits.c: charges the limit; whether it is over, and then its Retry-After. binding: the
 * limit enforces. */
/* As soon as the identity is known: fetches the cells of early limits. */
void limits_fetch(struct work *w);
bool limit_over(struct work *w, uint32_t rule, bool binding, uint32_t *retry_after_s);

/* body.c: step 5. Both open (inflate) the body at most once. */
void body_operation(struct work *w); /* sets seen->operation */
void body_walk_fields(struct work *w); /* collects what rules ask for */

/* plan.c: prepares e for its bundle. ERR_NOMEM, ERR_UNSUPPORTED with *error. */
MUST_CHECK int plan_make(struct engine *e, struct bundle_error *error);
void plan_free(struct engine *e);

#endif
