/* Constants: of the right type, in their one form, and worth testing. */
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "bundle/bundle.h"
#include "policy/check.h"
#include "policy/template_text.h"

#define PATTERN_BYTES_MAX 1024
#define SUGGESTED_MAX 20 /* warnings that search for a near name */

static enum predicate_op
op_of(enum test_op op)
{
	static const uint8_t ops[] = {[TEST_BARE] = OP_TRUE,
	    [TEST_EXISTS] = OP_EXISTS,
	    [TEST_EQ] = OP_EQ,
	    [TEST_NE] = OP_EQ,
	    [TEST_LT] = OP_LT,
	    [TEST_LE] = OP_LE,
	    [TEST_GT] = OP_GT,
	    [TEST_GE] = OP_GE,
	    [TEST_IN] = OP_IN,
	    [TEST_CONTAINS] = OP_CONTAINS,
	    [TEST_STARTS] = OP_STARTS,
	    [TEST_ENDS] = OP_ENDS,
	    [TEST_MATCHES] = OP_MATCHES,
	    [TEST_HAS] = OP_HAS};

	return ops[op];
}

/* --- numbers ------------------------------------------------------------------------ */

/* All numbers of requests are 0 or more. */
static void
check_sense(struct checker *c, const struct test *t, int64_t n, struct place at)
{
	enum test_op op = t->op;
	bool never = (n < 0 && (op == TEST_EQ || op == TEST_LE || op == TEST_IN)) ||
	    (n <= 0 && op == TEST_LT);
	bool always =
	    (n < 0 && (op == TEST_NE || op == TEST_GT)) || (n <= 0 && op == TEST_GE);

	if (never || always)
		check_fail(c, at, "this test is always %s: the number is never negative",
		    never ? "false" : "true");
}

static int
number_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static bool
number_values(struct checker *c, const struct test *t, struct atom *a)
{
	uint32_t n = t->values.n, kept = 0;
	int64_t *v = pool_alloc(c->diags->pool, n * sizeof *v);

	for (uint32_t i = 0; i < n; i++) {
		const struct constant *k = &t->values.v[i];

		if (k->quoted || span_i64(k->text, &v[i]) != OK) {
			check_fail(c, k->at, "%.*s takes a number, not %.*s",
			    DIAG_SPAN(t->operand.name), DIAG_SPAN(k->text));
			return false;
		}
		check_sense(c, t, v[i], k->at);
	}
	qsort(v, n, sizeof *v, number_cmp);
	for (uint32_t i = 0; i < n; i++)
		if (kept == 0 || v[kept - 1] != v[i])
			v[kept++] = v[i];
	a->number = v[0];
	if (kept == 1 && a->op == OP_IN)
		a->op = OP_EQ;
	if (a->op != OP_IN)
		return true;
	a->number = 0;
	a->set = SET_NUMBER;
	a->n = kept;
	a->numbers = v;
	return true;
}

/* --- addresses ---------------------------------------------------------------------- */

static bool
address_value(struct checker *c, const struct constant *k, struct address *out)
{
	char text[ADDRESS_TEXT_MAX];

	switch (address_parse(k->text, out)) {
	case OK: return true;
	case ERR_RANGE:
		check_fail(c, k->at, "the prefix is longer than the address");
		return false;
	case ERR_INVALID:
		address_print(out, text);
		check_fail(
		    c, k->at, "the network is %s: bits behind the prefix are set", text);
		return false;
	default:
		check_fail(c, k->at, "expected an address or a network, not %.*s",
		    DIAG_SPAN(k->text));
		return false;
	}
}

static bool
address_values(struct checker *c, const struct test *t, struct atom *a)
{
	bool good = true;

	a->op = OP_IN;
	a->set = SET_ADDRESS;
	a->addresses = pool_alloc(c->diags->pool, t->values.n * sizeof *a->addresses);
	for (uint32_t i = 0; i < t->values.n; i++)
		good &= address_value(c, &t->values.v[i], &a->addresses[i]);
	if (good)
		a->n = address_reduce(a->addresses, t->values.n);
	return good;
}

/* --- texts -------------------------------------------------------------------------- */

static bool
pattern_value(struct checker *c, const struct constant *k)
{
	PCRE2_UCHAR why[120];
	PCRE2_SIZE at = 0;
	pcre2_code *code;
	int rc = 0;

	if (k->text.n > PATTERN_BYTES_MAX) {
		check_fail(c, k->at, "a pattern may have %u bytes, this one has %zu",
		    PATTERN_BYTES_MAX, k->text.n);
		return false;
	}
	code = pcre2_compile(
	    (PCRE2_SPTR)k->text.p, k->text.n, PCRE2_NEVER_UTF, &rc, &at, NULL);
	if (code == NULL) {
		pcre2_get_error_message(rc, why, sizeof why);
		check_fail(c, k->at, "pattern: %s, at its byte %zu", (const char *)why,
		    (size_t)at + 1);
		return false;
	}
	pcre2_code_free(code);
	return true;
}

static bool
listed_value(struct checker *c, const struct test *t, const struct field_info *f,
    const struct constant *k)
{
	struct suggestion s;

	suggest_init(&s, k->text);
	for (const char *const *v = f->values; *v; v++) {
		if (span_eq(k->text, span_str(*v)))
			return true;
		suggest_offer(&s, span_str(*v));
	}
	check_fail(c, k->at, "\"%.*s\" is none of the values of %.*s" SUGGEST_FMT,
	    DIAG_SPAN(k->text), DIAG_SPAN(t->operand.name), SUGGEST_ARGS(s));
	return false;
}

static bool
has_case(struct span s, char from, char to)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= from && s.p[i] <= to)
			return true;
	return false;
}

/* Warns of a name that the policy does not list. */
static void
warn_unlisted(struct checker *c, const struct constant *k, struct span text,
    const char *what, const struct intern *listed)
{
	struct suggestion s;

	if (listed == NULL || intern_get(listed, text) != UINT32_MAX)
		return;
	suggest_init(&s, text);
	for (uint32_t i = 0; c->diags->warnings < SUGGESTED_MAX && i < listed->key.n; i++)
		suggest_offer(&s, listed->key.v[i]);
	diag_warn(c->diags, k->at,
	    "no such %s in this policy, so this never holds" SUGGEST_FMT, what,
	    SUGGEST_ARGS(s));
}

/* Values that the field never has, and the one form of those that have several. */
static bool
whole_text(struct checker *c, const struct test *t, const struct atom *a,
    const struct constant *k, struct span *text)
{
	bool named = a->field == F_ENDPOINT || a->field == F_ENDPOINT_LABEL;
	int rc;

	if (a->field == F_METHOD && a->transform == TRANSFORM_NONE &&
	    has_case(*text, 'a', 'z'))
		diag_warn(c->diags, k->at,
		    "http.method is compared as received: methods are upper case");
	if ((a->field == F_HOST || a->field == F_CONTENT_TYPE || a->field == F_TLS_JA3 ||
		a->field == F_TLS_PRINT || a->field == F_CLIENT_CERT ||
		a->field == F_IDENTITY) &&
	    has_case(*text, 'A', 'Z'))
		diag_warn(c->diags, k->at, "%.*s is lower case, so this never holds",
		    DIAG_SPAN(t->operand.name));
	if (a->field == F_SERVICE)
		warn_unlisted(c, k, *text, "service", c->known->services);
	if ((!named && a->field != F_ENDPOINT_TEMPLATE) || a->transform != TRANSFORM_NONE)
		return true;
	if ((rc = template_label(c->diags->pool, *text, named, text)) != OK) {
		check_fail(c, k->at, "template: %s; expected %s",
		    rc == ERR_LIMIT ? "too many segments" : err_str(rc),
		    named ? "\"METHOD /template\" or \"/template\"" : "\"/template\"");
		return false;
	}
	if (a->field == F_ENDPOINT)
		warn_unlisted(c, k, *text, "endpoint", c->known->endpoints);
	return true;
}

static bool
text_value(struct checker *c, const struct test *t, const struct atom *a,
    const struct constant *k, struct span *out)
{
	const struct field_info *f = field_info(a->field);
	bool whole = a->op == OP_EQ || a->op == OP_IN;

	*out = k->text;
	if (!k->quoted) {
		check_fail(c, k->at, "%.*s takes a text in quotes, not %.*s",
		    DIAG_SPAN(t->operand.name), DIAG_SPAN(k->text));
		return false;
	}
	if (a->op == OP_MATCHES)
		return pattern_value(c, k);
	if (!whole && k->text.n == 0) {
		check_fail(c, k->at,
		    "this test is always true: every text %s an empty one",
		    t->op == TEST_CONTAINS     ? "contains"
			: t->op == TEST_STARTS ? "starts with"
					       : "ends with");
		return false;
	}
	if (a->transform == TRANSFORM_LOWER && has_case(k->text, 'A', 'Z')) {
		check_fail(c, k->at,
		    "this test is always false: lower() leaves no capital letters");
		return false;
	}
	if (whole && f->values)
		return listed_value(c, t, f, k);
	return whole ? whole_text(c, t, a, k, out) : true;
}

static int
text_cmp(const void *a, const void *b)
{
	return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static bool
text_values(struct checker *c, const struct test *t, struct atom *a)
{
	uint32_t n = t->values.n, kept = 0;
	struct span *v = pool_alloc(c->diags->pool, n * sizeof *v);
	bool good = true;

	for (uint32_t i = 0; i < n; i++)
		good &= text_value(c, t, a, &t->values.v[i], &v[i]);
	if (!good)
		return false;
	qsort(v, n, sizeof *v, text_cmp);
	for (uint32_t i = 0; i < n; i++)
		if (kept == 0 || !span_eq(v[kept - 1], v[i]))
			v[kept++] = v[i];
	if (kept == 1 && a->op == OP_IN)
		a->op = OP_EQ;
	if (a->op != OP_IN) {
		a->text = v[0];
		return true;
	}
	a->set = SET_TEXT;
	a->n = kept;
	a->texts = v;
	return true;
}

/* --- yes or no, flags --------------------------------------------------------------- */

static bool
bool_value(struct checker *c, const struct test *t, struct atom *a, bool *negated)
{
	const struct constant *k = &t->values.v[0];

	if (k->quoted ||
	    (!span_eq(k->text, SPAN("true")) && !span_eq(k->text, SPAN("false")))) {
		check_fail(
		    c, k->at, "%.*s takes true or false", DIAG_SPAN(t->operand.name));
		return false;
	}
	a->op = OP_TRUE;
	if (span_eq(k->text, SPAN("false")))
		*negated = !*negated;
	return true;
}

static bool
flag_value(struct checker *c, const struct test *t, struct atom *a)
{
	const struct constant *k = &t->values.v[0];
	struct suggestion s;

	a->number = field_flag(k->text, &s);
	if (a->number)
		return true;
	check_fail(c, k->at, "unknown flag \"%.*s\"" SUGGEST_FMT, DIAG_SPAN(k->text),
	    SUGGEST_ARGS(s));
	return false;
}

bool
check_values(struct checker *c, const struct test *t, struct atom *a, bool *negated)
{
	unsigned errors = c->errors;
	bool good = true;

	a->op = op_of(t->op);
	if (t->op == TEST_NE)
		*negated = !*negated;
	if (t->op == TEST_BARE || t->op == TEST_EXISTS)
		return true;
	switch (operand_type(&t->operand, a->field)) {
	case FIELD_TEXT: good = text_values(c, t, a); break;
	case FIELD_NUMBER: good = number_values(c, t, a); break;
	case FIELD_BOOL: good = bool_value(c, t, a, negated); break;
	case FIELD_ADDRESS: good = address_values(c, t, a); break;
	case FIELD_FLAGS: good = flag_value(c, t, a); break;
	}
	return good && c->errors == errors;
}
