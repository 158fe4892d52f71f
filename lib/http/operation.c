/*
 * Sub-operations: what is called inside one URL. The body is read with the walkers of this
 * folder; only a few leaves are looked at:
 *
 *   GraphQL   query (text of the document), extensions.persistedQuery.sha256Hash
 *   JSON-RPC  method, if jsonrpc stands beside it, or id and params
 *   SOAP      the SOAPAction header, else the first element in Envelope.Body
 *
 * In a batch every element counts. The result is a sorted set without repetitions; a ninth
 * member is written as "*", so that nothing hides behind the limit.
 */
#include "http/body.h"

#include "http/graphql.h"
#include "http/headers.h"
#include "http/target.h"

#define SET_MAX 8
#define METHOD_BYTES_MAX 128
#define ACTION_BYTES_MAX 256
#define STOP 1

struct set {
	struct span member[SET_MAX]; /* sorted */
	unsigned n;
	bool many;
};

struct reader {
	struct arena *a;
	struct set graphql, persisted, rpc;
	bool jsonrpc, id, params;
	bool bad; /* a query that is no GraphQL document */
};

static void
set_add(struct set *s, struct span text)
{
	unsigned i;

	for (i = 0; i < s->n; i++) {
		int c = span_cmp(text, s->member[i]);

		if (c == 0)
			return;
		if (c < 0)
			break;
	}
	if (s->n == SET_MAX) {
		s->many = true;
		if (i == SET_MAX)
			return;
		s->n--;
	}
	memmove(&s->member[i + 1], &s->member[i], (s->n - i) * sizeof(s->member[0]));
	s->member[i] = text;
	s->n++;
}

static struct span
set_join(const struct set *s, struct arena *a)
{
	size_t n = 2, o = 0;
	char *p;

	if (s->n == 0)
		return SPAN_NONE;
	for (unsigned i = 0; i < s->n; i++)
		n += s->member[i].n + 1;
	p = arena_text(a, n);
	if (p == NULL)
		return SPAN_NONE;
	for (unsigned i = 0; i < s->n; i++) {
		if (i)
			p[o++] = '+';
		memcpy(p + o, s->member[i].p, s->member[i].n);
		o += s->member[i].n;
	}
	if (s->many) {
		p[o++] = '+';
		p[o++] = '*';
	}
	return span_make(p, o);
}

static void
add_document(struct reader *r, struct span text)
{
	struct span operation[GRAPHQL_OPERATIONS_MAX];
	unsigned n;
	int rc = graphql_operations(text, operation, &n, r->a);

	for (unsigned i = 0; i < n; i++)
		set_add(&r->graphql, operation[i]);
	if (rc == ERR_LIMIT)
		r->graphql.many = true;
	else if (rc != OK)
		r->bad = true;
}

/* Letters, digits and a few marks; everything else is no name of a method. */
static bool
is_method(struct span s)
{
	if (s.n == 0 || s.n > METHOD_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((ascii_lower(c) < 'a' || ascii_lower(c) > 'z') &&
		    (c < '0' || c > '9') && c != '_' && c != '.' && c != '$' &&
		    c != '/' && c != '-' && c != ':')
			return false;
	}
	return true;
}

static int
read_leaf(void *ctx, const struct field *f)
{
	struct reader *r = ctx;
	struct span path = f->path;
	bool text = f->type == VALUE_STRING;

	if (span_starts(path, SPAN("[].")))
		path = span_from(path, 3);
	if (text && span_eq(path, SPAN("query")))
		add_document(r, f->value);
	else if (text && span_eq(path, SPAN("extensions.persistedQuery.sha256Hash")) &&
	    is_method(f->value))
		set_add(&r->persisted, arena_copy(r->a, f->value));
	else if (text && span_eq(path, SPAN("method")) && is_method(f->value))
		set_add(&r->rpc, arena_copy(r->a, f->value));
	else if (span_eq(path, SPAN("jsonrpc")))
		r->jsonrpc = true;
	else if (span_eq(path, SPAN("id")))
		r->id = true;
	else if (span_starts(path, SPAN("params")))
		r->params = true;
	return OK;
}

static struct span
with_prefix(struct span prefix, struct span s, struct arena *a)
{
	char *p = arena_text(a, prefix.n + s.n);

	if (p == NULL || span_absent(s))
		return SPAN_NONE;
	memcpy(p, prefix.p, prefix.n);
	memcpy(p + prefix.n, s.p, s.n);
	return span_make(p, prefix.n + s.n);
}

static struct span
reader_result(struct reader *r)
{
	if (r->graphql.n == 0 && r->graphql.many)
		return SPAN("*");
	if (r->graphql.n)
		return set_join(&r->graphql, r->a);
	if (r->persisted.n && !r->bad)
		return with_prefix(
		    SPAN("persisted:"), set_join(&r->persisted, r->a), r->a);
	if (r->jsonrpc || (r->id && r->params))
		return set_join(&r->rpc, r->a);
	return SPAN_NONE;
}

static struct span
json_operation(struct span body, const struct body_limits *limits, struct arena *a)
{
	struct reader r = {.a = a};
	struct body_result result;

	if (json_walk(body, false, limits, read_leaf, &r, &result, a) != OK)
		return SPAN_NONE;
	return reader_result(&r);
}

/* GraphQL over GET: query and extensions in the query string. */
static struct span
query_operation(struct span query, const struct body_limits *limits, struct arena *a)
{
	struct span rest = query, name, value, found;
	uint32_t flags = 0;

	while (query_next(&rest, &name, &value)) {
		if (span_eq(name, SPAN("query"))) {
			struct reader r = {.a = a};

			add_document(&r, target_decode(value, true, &flags, a));
			found = reader_result(&r);
		} else if (span_eq(name, SPAN("extensions"))) {
			struct reader r = {.a = a};
			struct body_result result;
			struct span text = target_decode(value, true, &flags, a);
			struct span outer =
			    with_prefix(SPAN("{\"extensions\":"), text, a);

			/* extensions is the value of that member in a body */
			if (span_absent(outer) || arena_text(a, 1) == NULL)
				return SPAN_NONE;
			((char *)a->base)[a->used - 1] = '}';
			outer.n++;
			if (json_walk(outer, false, limits, read_leaf, &r, &result, a) !=
			    OK)
				return SPAN_NONE;
			found = reader_result(&r);
		} else {
			continue;
		}
		if (!span_absent(found))
			return found;
	}
	return SPAN_NONE;
}

struct soap {
	struct span element;
	struct arena *a;
};

static int
soap_visit(void *ctx, const struct field *f)
{
	struct soap *s = ctx;
	struct span body = SPAN("Envelope.Body."), rest;

	if (!span_starts(f->path, body))
		return OK;
	rest = span_from(f->path, body.n);
	rest = span_head(rest, span_find(rest, '.'));
	if (rest.n == 0 || rest.p[0] == '@')
		return OK;
	s->element = arena_copy(s->a, rest);
	return STOP;
}

static struct span
soap_operation(struct span body, struct span action, const struct body_limits *limits,
    struct arena *a)
{
	struct soap s = {.a = a};
	struct body_result result;

	action = span_trim(action);
	if (action.n >= 2 && action.p[0] == '"' && action.p[action.n - 1] == '"')
		action = span_make(action.p + 1, action.n - 2);
	if (action.n && action.n <= ACTION_BYTES_MAX)
		return arena_copy(a, action);
	if (xml_walk(body, false, limits, soap_visit, &s, &result, a) != OK)
		return SPAN_NONE;
	return s.element;
}

struct span
operation_of(enum body_kind kind, struct span body, struct span query,
    struct span soap_action, const struct body_limits *limits, struct arena *a)
{
	struct span found = SPAN_NONE;

	if (kind == BODY_JSON) {
		found = json_operation(body, limits, a);
	} else if (kind == BODY_GRAPHQL) {
		struct reader r = {.a = a};

		add_document(&r, body);
		found = reader_result(&r);
	} else if (kind == BODY_XML) {
		return soap_operation(body, soap_action, limits, a);
	}
	if (span_absent(found) && query.n)
		found = query_operation(query, limits, a);
	return found;
}
