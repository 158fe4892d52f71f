/* See look.h: where values stand in requests and answers. */
#include "analyst/look.h"
#include "http/target.h"

#define COOKIES_MAX 64 /* of one message; browsers stop at 50 a site */
#define PARAMETER_DIGITS 3
#define TYPE_BYTES_MAX \
	64 /* of a media type; registered ones are shorter but for some of vendors */

/* A text that is a number or a truth value: outside of JSON types are not told apart. */
static uint8_t
text_type(struct span s)
{
	bool fraction = false, digits = false;
	size_t i = s.n > 1 && s.p[0] == '-';

	if (span_ieq(s, SPAN("true")) || span_ieq(s, SPAN("false")))
		return FIELD_IS_BOOLEAN;
	if (s.n == 0 || s.n > 20)
		return FIELD_IS_STRING;
	for (; i < s.n; i++) {
		if (ascii_is_digit(s.p[i]))
			digits = true;
		else if (s.p[i] == '.' && digits && !fraction && i + 1 < s.n)
			fraction = true;
		else
			return FIELD_IS_STRING;
	}
	if (!digits)
		return FIELD_IS_STRING;
	return fraction ? FIELD_IS_FRACTION : FIELD_IS_INTEGER;
}

static uint8_t
number_type(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '.' || (s.p[i] | 0x20) == 'e')
			return FIELD_IS_FRACTION;
	return FIELD_IS_INTEGER;
}

/* --- documents inside of values ----------------------------------------------------- */

static int
nothing_visit(void *ctx, const struct field *f)
{
	return OK;
}

static int field_visit_note(void *ctx, const struct field *f);

/* A text that is a JSON document from its first byte to its last. */
static bool
document_walk(struct look *l, struct span path, struct span value)
{
	struct body_result r;
	uint32_t flags = l->flags;
	bool loose = l->loose;
	char outer[LOOK_PATH_MAX];

	if (!span_absent(l->prefix) || value.n < 2 || path.n > sizeof(outer) ||
	    !((value.p[0] == '{' && value.p[value.n - 1] == '}') ||
		(value.p[0] == '[' && value.p[value.n - 1] == ']')))
		return false;
	if (json_walk(value, false, &l->o.body, nothing_visit, NULL, &r, &l->arena) !=
		OK ||
	    r.state != BODY_COMPLETE || r.fields == 0)
		return false;
	/* The walk before may give its path up while this one goes on. */
	memcpy(outer, path.p, path.n);
	l->prefix = span_make(outer, path.n);
	l->loose = false;
	if (json_walk(value, false, &l->o.body, field_visit_note, l, &r, &l->arena) != OK)
		l->flags |= LOOK_MANY;
	l->prefix = SPAN_NONE;
	l->loose = loose;
	l->flags |= flags;
	return true;
}

/* The path of a leaf, behind that of the value it stands in; false: too long. */
static bool
path_join(
    const struct look *l, struct span path, char out[LOOK_PATH_MAX], struct span *joined)
{
	struct span prefix = span_absent(l->prefix) ? SPAN("") : l->prefix;
	size_t dot = prefix.n > 0 && path.n > 0 && path.p[0] != '[';

	if (prefix.n == 0) {
		*joined = path.n ? path : SPAN("$");
		return path.n <= LOOK_PATH_MAX;
	}
	if (prefix.n + dot + path.n > LOOK_PATH_MAX)
		return false;
	memcpy(out, prefix.p, prefix.n);
	if (dot)
		out[prefix.n] = '.';
	if (path.n > 0)
		memcpy(out + prefix.n + dot, path.p, path.n);
	*joined = span_make(out, prefix.n + dot + path.n);
	return true;
}

/* One text of a place without types of its own. */
static void
text_note(struct look *l, struct span path, struct span name, struct span value)
{
	struct look_value v = {
	    .path = path,
	    .name = name,
	    .value = value,
	    .type = CLASS_STRING,
	};

	if (path.n > LOOK_PATH_MAX) {
		l->flags |= LOOK_DEEP;
		return;
	}
	if (document_walk(l, path, value))
		return;
	v.types = text_type(value);
	look_note(l, &v);
}

/* A leaf of a body. */
static int
field_visit_note(void *ctx, const struct field *f)
{
	struct look *l = ctx;
	struct look_value v = {.name = span_absent(f->name) ? SPAN("") : f->name,
	    .value = f->value,
	    .type = CLASS_STRING};
	char path[LOOK_PATH_MAX];

	if (!path_join(l, f->path, path, &v.path)) {
		l->flags |= LOOK_DEEP;
		return OK;
	}
	switch (f->type) {
	case VALUE_NUMBER:
		v.types = number_type(f->value);
		v.type = CLASS_NUMBER;
		break;
	case VALUE_TRUE:
	case VALUE_FALSE:
		v.types = FIELD_IS_BOOLEAN;
		v.type = CLASS_BOOLEAN;
		break;
	case VALUE_NULL: v.types = FIELD_IS_NULL; break;
	case VALUE_STRING:
		if (!span_absent(f->filename))
			v.types = FIELD_IS_FILE;
		else if (document_walk(l, v.path, f->value))
			return OK;
		else
			v.types = l->loose ? text_type(f->value) : FIELD_IS_STRING;
		break;
	}
	look_note(l, &v);
	return OK;
}

/* --- bodies ------------------------------------------------------------------------- */

static void
result_note(struct look *l, const struct body_result *r)
{
	if (r->flags & BODY_TOO_DEEP)
		l->flags |= LOOK_DEEP;
	if (r->flags & BODY_TOO_MANY)
		l->flags |= LOOK_MANY;
	if (r->flags & BODY_BAD_ENCODING)
		l->flags |= LOOK_ENCODED;
	else if (r->state == BODY_TRUNCATED)
		l->flags |= LOOK_TRUNCATED;
	else if (r->state == BODY_MALFORMED)
		l->flags |= LOOK_MALFORMED;
}

/* Of documents that are no tree: a GraphQL document's own text stands for its field. */
static void
plain_note(struct look *l, enum body_kind kind, struct span body)
{
	struct span path = kind == BODY_GRAPHQL ? SPAN("query") : SPAN("$");

	text_note(l, path, kind == BODY_GRAPHQL ? path : SPAN(""), body);
}

static void
body_note(struct look *l, struct span body, struct span content_type,
    struct span content_encoding, bool cut)
{
	struct body_result inflated = {0}, r = {0};
	enum body_kind kind;

	if (body.n == 0) {
		l->flags |= cut ? LOOK_TRUNCATED : 0;
		return;
	}
	if (span_trim(content_encoding).n &&
	    body_inflate(
		body, content_encoding, &l->o.body, &body, &inflated, &l->arena) != OK) {
		l->flags |= LOOK_MANY;
		return;
	}
	result_note(l, &inflated);
	if (inflated.flags & BODY_BAD_ENCODING && body.n == 0)
		return;
	cut |= inflated.state != BODY_COMPLETE;
	kind = body_kind_likely(content_type, body);
	l->location = FIELD_BODY;
	l->loose = kind != BODY_JSON;
	switch (kind) {
	case BODY_NONE: return;
	case BODY_GRPC:
	case BODY_BINARY: l->flags |= LOOK_UNREAD; return;
	case BODY_GRAPHQL:
	case BODY_TEXT:
		l->flags |= cut ? LOOK_TRUNCATED : 0;
		plain_note(l, kind, body);
		return;
	case BODY_JSON:
		/* What is JSON by its look alone is no ndjson. */
		if (body_kind(content_type) != BODY_JSON)
			content_type = SPAN("application/json");
		break;
	default: break;
	}
	if (body_walk(body, content_type, SPAN_NONE, cut, &l->o.body, field_visit_note, l,
		&r, &l->arena) != OK) {
		l->flags |= LOOK_MANY;
		return;
	}
	result_note(l, &r);
}

/* --- requests ----------------------------------------------------------------------- */

static void
query_note(struct look *l, struct span query)
{
	struct span name, value;
	uint32_t ignored = 0;

	l->location = FIELD_QUERY;
	l->loose = true;
	while (query_next(&query, &name, &value)) {
		size_t mark = arena_mark(&l->arena);

		name = target_decode(name, true, &ignored, &l->arena);
		value = target_decode(value, true, &ignored, &l->arena);
		if (span_absent(name) || span_absent(value)) {
			l->flags |= LOOK_MANY;
			return;
		}
		if (name.n > 0)
			text_note(l, name, name, value);
		arena_release(&l->arena, mark);
	}
}

/* Headers that say how, not what: of every request, whatever the API. */
static bool
is_boilerplate(const struct header *h)
{
	static const struct span prefixes[] = {SPAN("accept"), SPAN("access-control-"),
	    SPAN("cf-"), SPAN("content-"), SPAN("if-"), SPAN("proxy-"), SPAN("sec-"),
	    SPAN("x-amzn-"), SPAN("x-b3-"), SPAN("x-datadog-"), SPAN("x-envoy-"),
	    SPAN("x-forwarded-")};
	static const struct span names[] = {SPAN("age"), SPAN("alt-used"), SPAN("b3"),
	    SPAN("baggage"), SPAN("cache-control"), SPAN("connection"), SPAN("date"),
	    SPAN("dnt"), SPAN("expect"), SPAN("forwarded"), SPAN("host"),
	    SPAN("keep-alive"), SPAN("max-forwards"), SPAN("origin"), SPAN("pragma"),
	    SPAN("priority"), SPAN("range"), SPAN("referer"), SPAN("te"),
	    SPAN("traceparent"), SPAN("tracestate"), SPAN("trailer"),
	    SPAN("transfer-encoding"), SPAN("upgrade"), SPAN("upgrade-insecure-requests"),
	    SPAN("user-agent"), SPAN("via"), SPAN("x-correlation-id"), SPAN("x-real-ip"),
	    SPAN("x-request-id"), SPAN("x-requested-with")};

	if (h->id >= 0)
		return h->id != HDR_AUTHORIZATION && h->id != HDR_X_API_KEY;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (prefixes[i].p[0] == h->name.p[0] && span_starts(h->name, prefixes[i]))
			return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].p[0] == h->name.p[0] && span_eq(h->name, names[i]))
			return true;
	return false;
}

/* The type of a body as a place of its own, "content-type=application/json": what an endpoint
 * takes and returns is an attribute, and specifications are compared with it. */
static void
content_type_note(struct look *l, struct span type)
{
	static const char prefix[] = "content-type=";
	char path[sizeof(prefix) + TYPE_BYTES_MAX];
	size_t n = sizeof(prefix) - 1;
	struct look_value v = {.types = FIELD_IS_STRING};

	type = span_trim(span_cut(&type, ';'));
	if (type.n == 0 || type.n > TYPE_BYTES_MAX || memchr(type.p, '/', type.n) == NULL)
		return;
	memcpy(path, prefix, n);
	for (size_t i = 0; i < type.n; i++) {
		char c = ascii_lower(type.p[i]);

		if (!ascii_is_letter(c) && !ascii_is_digit(c) && c != '/' && c != '+' &&
		    c != '-' && c != '.' && c != '_')
			return;
		path[n++] = c;
	}
	v.path = v.name = span_make(path, n);
	l->location = FIELD_HEADER;
	look_note(l, &v);
}

/* What stands behind the scheme of a credential. */
static struct span
credential(struct span value)
{
	struct span rest = value, scheme = span_cut(&rest, ' ');

	if (span_absent(rest))
		return value;
	for (size_t i = 0; i < scheme.n; i++)
		if (!ascii_is_letter(scheme.p[i]) && scheme.p[i] != '-')
			return value;
	return span_trim(rest);
}

static void
cookies_note(struct look *l, struct span rest)
{
	struct span name, value;

	l->location = FIELD_COOKIE;
	for (unsigned i = 0; i < COOKIES_MAX && cookie_next(&rest, &name, &value); i++) {
		size_t mark = arena_mark(&l->arena);
		uint32_t ignored = 0;

		value = target_decode(value, false, &ignored, &l->arena);
		if (name.n > 0 && !span_absent(value))
			text_note(l, name, name, value);
		arena_release(&l->arena, mark);
	}
}

static void
headers_note(struct look *l, const struct headers *h)
{
	l->loose = true;
	for (unsigned i = 0; i < h->n; i++) {
		const struct header *at = &h->h[i];

		if (at->name.n == 0)
			continue;
		if (at->id == HDR_COOKIE) {
			cookies_note(l, at->value);
			continue;
		}
		l->location = FIELD_HEADER;
		if (!is_boilerplate(at))
			text_note(l, at->name, at->name,
			    at->id == HDR_AUTHORIZATION ? credential(at->value)
							: at->value);
	}
}

static void
parameters_note(struct look *l, const struct look_request *r)
{
	l->location = FIELD_PATH;
	l->loose = true;
	for (unsigned i = 0; i < r->parameters; i++) {
		char path[PARAMETER_DIGITS];
		unsigned number = i + 1, n = 0;

		if (number >= 10)
			path[n++] = (char)('0' + number / 10 % 10);
		path[n++] = (char)('0' + number % 10);
		text_note(
		    l, span_make(path, n), r->parameter[i].name, r->parameter[i].value);
	}
}

void
look_request(struct look *l, const struct look_request *r)
{
	const struct headers *h = r->headers;

	look_reset(l);
	parameters_note(l, r);
	query_note(l, r->query);
	headers_note(l, h);
	if (span_absent(r->body))
		return;
	content_type_note(l, headers_known(h, HDR_CONTENT_TYPE));
	body_note(l, r->body, headers_known(h, HDR_CONTENT_TYPE),
	    headers_known(h, HDR_CONTENT_ENCODING), r->cut);
}

/* --- answers ------------------------------------------------------------------------ */

void
look_answer(struct look *l, const struct look_answer *a)
{
	struct span rest = a->cookies;

	look_reset(l);
	l->loose = true;
	if (a->location.n > 0) {
		l->location = FIELD_HEADER;
		text_note(l, SPAN("location"), SPAN("location"), a->location);
	}
	l->location = FIELD_COOKIE;
	while (!span_absent(rest)) {
		struct span name = span_cut(&rest, ' ');
		struct look_value v = {
		    .path = name, .name = name, .types = FIELD_IS_STRING};

		if (name.n > 0)
			look_note(l, &v);
	}
	if (a->body.n > 0)
		content_type_note(l, a->content_type);
	body_note(l, a->body, a->content_type, a->content_encoding, a->cut);
}
