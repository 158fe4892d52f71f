/* The document: servers, paths, parameters, answers, security. */
#include "policy/spec_export.h"

#include <stdlib.h>

#include "engine/verdict.h"
#include "http/template.h"
#include "policy/spec_write.h"

#define CONTENT_TYPE SPAN("content-type=")

/* --- credentials -------------------------------------------------------------------- */

static const struct {
	uint32_t kinds; /* bits of enum identity_kind */
	const char *source; /* as identity sources begin; NULL: named after itself */
	const char *name, *type, *in;
} schemes[] = {
    {1u << IDENTITY_BEARER | 1u << IDENTITY_JWT, NULL, "bearer", "http", "bearer"},
    {1u << IDENTITY_BASIC, NULL, "basic", "http", "basic"},
    {1u << IDENTITY_HEADER, "header:", "header", "apiKey", "header"},
    {1u << IDENTITY_QUERY, "query:", "query", "apiKey", "query"},
    {1u << IDENTITY_COOKIE, "cookie:", "cookie", "apiKey", "cookie"},
    {1u << IDENTITY_CLIENT_CERT, NULL, "client_cert", "mutualTLS", NULL},
};
#define SCHEMES (sizeof schemes / sizeof *schemes)

/* The k-th source of a scheme that is called by a name; absent: no more. */
static struct span
source_name(const struct spec_exporter *x, size_t scheme, unsigned k)
{
	struct span prefix = span_str(schemes[scheme].source);

	for (uint32_t i = 0; i < x->service->sources.n; i++) {
		struct span s = x->service->sources.v[i];

		if (span_starts(s, prefix) && k-- == 0)
			return span_from(s, prefix.n);
	}
	return SPAN_NONE;
}

static uint32_t
kinds_of(const struct spec_group *g)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < g->n; i++)
		mask |= g->endpoint[i]->auth_mask;
	return mask;
}

static void
put_schemes(struct spec_exporter *x, uint32_t mask)
{
	struct spec_writer *w = x->writer;

	for (size_t i = 0; i < SCHEMES; i++) {
		struct span name;

		if (!(mask & schemes[i].kinds))
			continue;
		for (unsigned k = 0;; k++) {
			name = schemes[i].source ? source_name(x, i, k) : SPAN_NONE;
			if (k && span_absent(name))
				break;
			spec_write_key(w,
			    k ? pool_printf(x->pool, "%s%u", schemes[i].name, k + 1)
			      : span_str(schemes[i].name));
			spec_write_map(w);
			spec_write_kv(w, "type", span_str(schemes[i].type));
			if (schemes[i].source) {
				spec_write_kv(w, "in", span_str(schemes[i].in));
				spec_write_kv(w, "name",
				    span_absent(name) ? SPAN("x-api-key") : name);
			} else if (schemes[i].in) {
				spec_write_kv(w, "scheme", span_str(schemes[i].in));
			}
			spec_write_end(w);
		}
	}
}

static void
put_security(struct spec_exporter *x, const struct spec_group *g)
{
	struct spec_writer *w = x->writer;
	uint32_t mask = kinds_of(g);
	int64_t open = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		const struct spec_endpoint *e = g->endpoint[i];
		int64_t n = e->auth_none - e->status[4] - e->status[5] - e->status[0];

		open += n > 0 ? n : 0;
	}
	spec_write_key(w, SPAN("security"));
	spec_write_list(w);
	for (size_t i = 0; i < SCHEMES; i++)
		for (unsigned k = 0; mask & schemes[i].kinds; k++) {
			if (k &&
			    (schemes[i].source == NULL ||
				span_absent(source_name(x, i, k))))
				break;
			spec_write_map(w);
			spec_write_key(w,
			    k ? pool_printf(x->pool, "%s%u", schemes[i].name, k + 1)
			      : span_str(schemes[i].name));
			spec_write_list(w);
			spec_write_end(w);
			spec_write_end(w);
		}
	if (open > 0 && mask >> IDENTITY_BEARER) {
		spec_write_map(w);
		spec_write_end(w);
	}
	spec_write_end(w);
}

/* --- paths -------------------------------------------------------------------------- */

/* A parameter of a template, by the literal before it: "/users/{number}" has user_id. */
static struct span
param_name(struct pool *pool, const struct template_part *part, unsigned i,
    const span_list *taken)
{
	struct span stem = part[i].literal, name;
	unsigned n = 2;

	if (part[i].name.n)
		stem = part[i].name;
	else if (stem.n == 0 && i > 0 && part[i - 1].cls == -1)
		stem = part[i - 1].literal;
	for (size_t k = 0; k < stem.n; k++)
		if (!ascii_is_letter(stem.p[k]) && !ascii_is_digit(stem.p[k]) &&
		    stem.p[k] != '_')
			stem.n = k;
	if (part[i].name.n && stem.n)
		name = stem;
	else if (stem.n > 3 && span_ends(stem, SPAN("ies")))
		name = pool_printf(pool, "%.*sy_id", (int)stem.n - 3, stem.p);
	else if (stem.n > 2 && stem.p[stem.n - 1] == 's' && stem.p[stem.n - 2] != 's')
		name = pool_printf(pool, "%.*s_id", (int)stem.n - 1, stem.p);
	else if (stem.n)
		name = pool_printf(pool, "%.*s_id", (int)stem.n, stem.p);
	else
		name = pool_printf(pool, "p%u", taken->n + 1);
	for (struct span first = name;; n++) {
		uint32_t k = 0;

		while (k < taken->n && !span_eq(taken->v[k], name))
			k++;
		if (k == taken->n)
			return name;
		name = pool_printf(pool, "%.*s%u", (int)first.n, first.p, n);
	}
}

struct path {
	struct template_part part[TARGET_SEGMENTS_MAX];
	unsigned parts;
	struct span text; /* with names in braces */
	span_list names; /* of its parameters, in order */
};

/* The template with its parameters called by names. */
static bool
name_path(struct pool *pool, struct span template_text, struct path *out)
{
	size_t bytes = 2 * template_text.n + 1024;
	struct buf text = BUF_INIT;
	struct span verb, rest = template_text;
	struct arena a;
	unsigned i = 0;

	*out = (struct path){.parts = TARGET_SEGMENTS_MAX};
	arena_init(&a, pool_alloc(pool, bytes), bytes);
	if (template_parse(template_text, out->part, &out->parts, &verb, &a) != OK)
		return false;
	while (rest.n) {
		size_t open = span_find(rest, '{'), close = span_find(rest, '}');

		buf_put(&text, rest.p, open);
		if (open == rest.n)
			break;
		while (i < out->parts && out->part[i].cls == -1)
			i++;
		*VEC_ADD(pool, &out->names) = i < out->parts
		    ? param_name(pool, out->part, i, &out->names)
		    : SPAN("p");
		i++;
		buf_put_char(&text, '{');
		buf_put_span(&text, out->names.v[out->names.n - 1]);
		buf_put_char(&text, '}');
		rest = span_from(rest, close + 1);
	}
	out->text = pool_copy(pool, buf_span(&text));
	buf_fini(&text);
	return true;
}

static void
put_path_type(struct spec_writer *w, int cls)
{
	static const struct {
		int cls;
		const char *type, *format;
	} known[] = {
	    {SEG_NUMBER, "integer", NULL},
	    {SEG_UUID, "string", "uuid"},
	    {SEG_DATE, "string", "date"},
	    {SEG_DATETIME, "string", "date-time"},
	    {SEG_EMAIL, "string", "email"},
	};
	const char *type = "string", *format = NULL;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].cls == cls) {
			type = known[i].type;
			format = known[i].format;
		}
	spec_write_map(w);
	spec_write_kv(w, "type", span_str(type));
	if (format)
		spec_write_kv(w, "format", span_str(format));
	else if (cls >= 0 && cls != SEG_NUMBER)
		spec_write_kv(w, "x-yett-segment",
		    span_str(segment_class_name((enum segment_class)cls)));
	spec_write_end(w);
}

static void
put_path_params(struct spec_exporter *x, const struct path *path)
{
	struct spec_writer *w = x->writer;
	uint32_t n = 0;

	for (unsigned i = 0; i < path->parts && n < path->names.n; i++) {
		if (path->part[i].cls == -1)
			continue;
		spec_write_map(w);
		spec_write_kv(w, "name", path->names.v[n++]);
		spec_write_kv(w, "in", SPAN("path"));
		spec_write_kv_bool(w, "required", true);
		spec_write_key(w, SPAN("schema"));
		put_path_type(w, path->part[i].cls);
		spec_write_end(w);
	}
}

/* --- other parameters --------------------------------------------------------------- */

static const char *
location_of(const struct spec_seen *f)
{
	/* what these say stands elsewhere in the document */
	static const char *const elsewhere[] = {
	    "accept", "content-type", "authorization"};

	switch (f->location) {
	case FIELD_QUERY: return "query";
	case FIELD_COOKIE: return "cookie";
	case FIELD_HEADER:
		for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
			if (span_ieq(f->path, span_str(elsewhere[i])))
				return NULL;
		return span_starts(f->path, CONTENT_TYPE) ? NULL : "header";
	default: return NULL;
	}
}

static void
put_param(struct spec_exporter *x, const struct spec_seen *f, struct intern *done)
{
	struct spec_writer *w = x->writer;
	const char *in = location_of(f);
	struct span name;
	bool is_new;

	if (f->direction != FIELD_REQUEST || in == NULL)
		return;
	name = spec_export_name(x, f->path);
	if (span_absent(name) || name.n == 0)
		return;
	intern_put(
	    done, pool_printf(x->pool, "%s %.*s", in, (int)name.n, name.p), &is_new);
	if (!is_new)
		return;
	spec_write_map(w);
	spec_write_kv(w, "name", name);
	spec_write_kv(w, "in", span_str(in));
	if (f->present >= SPEC_EXPORT_REQUIRED_MIN && f->present == f->messages)
		spec_write_kv_bool(w, "required", true);
	spec_write_key(w, SPAN("schema"));
	spec_export_type(x, f->types, &f->classes);
	spec_write_end(w);
}

static void
put_parameters(
    struct spec_exporter *x, const struct spec_group *g, const struct path *path)
{
	struct intern done;

	intern_init(&done, x->pool);
	spec_write_key(x->writer, SPAN("parameters"));
	spec_write_list(x->writer);
	put_path_params(x, path);
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = 0; k < g->endpoint[i]->fields.n; k++)
			put_param(x, &g->endpoint[i]->fields.v[k], &done);
	spec_write_end(x->writer);
}

/* --- operations --------------------------------------------------------------------- */

static void
put_answers(struct spec_exporter *x, const struct spec_group *g)
{
	static const char *const words[] = {
	    "", "informational", "success", "redirection", "refused", "server error"};
	struct spec_writer *w = x->writer;

	spec_write_key(w, SPAN("responses"));
	spec_write_map(w);
	for (unsigned k = 1; k <= 5; k++) {
		int64_t n = 0;

		for (uint32_t i = 0; i < g->n; i++)
			n += g->endpoint[i]->status[k] -
			    (k == 4 ? g->endpoint[i]->refused_here : 0);
		if (n <= 0 && k != 2)
			continue;
		spec_write_key(w, pool_printf(x->pool, "%uXX", k));
		spec_write_map(w);
		spec_write_kv(w, "description", span_str(words[k]));
		if (k == 2)
			spec_export_body(x, g, FIELD_RESPONSE);
		spec_write_end(w);
	}
	spec_write_end(w);
}

static void
put_suboperations(struct spec_exporter *x, const struct spec_group *g)
{
	bool any = false;

	for (uint32_t i = 0; i < g->n; i++) {
		if (g->endpoint[i]->operation.n == 0)
			continue;
		if (!any) {
			spec_write_key(x->writer, SPAN("x-yett-operations"));
			spec_write_list(x->writer);
			any = true;
		}
		spec_write_text(x->writer, g->endpoint[i]->operation);
	}
	if (any)
		spec_write_end(x->writer);
}

static struct span
lower(struct pool *pool, struct span s)
{
	struct span to = pool_copy(pool, s);

	for (size_t i = 0; i < to.n; i++)
		((char *)(uintptr_t)to.p)[i] = ascii_lower(to.p[i]);
	return to;
}

static void
put_operation(
    struct spec_exporter *x, const struct spec_group *g, const struct path *path)
{
	spec_write_key(x->writer, lower(x->pool, g->endpoint[0]->method));
	spec_write_map(x->writer);
	put_parameters(x, g, path);
	spec_export_body(x, g, FIELD_REQUEST);
	put_answers(x, g);
	put_security(x, g);
	put_suboperations(x, g);
	spec_write_end(x->writer);
}

/* --- the whole ---------------------------------------------------------------------- */

typedef VEC(const struct spec_endpoint *) endpoint_list;

/* Where two templates differ when the types of parameters do not count: to OpenAPI such
 * paths are the same. */
static int
compare_shapes(struct span a, struct span b)
{
	while (a.n && b.n) {
		size_t i = span_find(a, '{'), k = span_find(b, '{');
		int c = span_cmp(span_head(a, i), span_head(b, k));

		if (c)
			return c;
		a = span_from(a, i);
		b = span_from(b, k);
		a = span_from(a, a.n ? span_find(a, '}') + 1 : 0);
		b = span_from(b, b.n ? span_find(b, '}') + 1 : 0);
	}
	return (a.n > 0) - (b.n > 0);
}

static int
compare_endpoints(const void *a, const void *b)
{
	const struct spec_endpoint *const *x = a, *const *y = b;
	int c = compare_shapes((*x)->template, (*y)->template);

	if (c == 0)
		c = span_cmp((*x)->method, (*y)->method);
	if (c == 0)
		c = span_cmp((*x)->template, (*y)->template);
	return c ? c : span_cmp((*x)->operation, (*y)->operation);
}

static bool
is_told(const struct spec_endpoint *e)
{
	static const char *const methods[] = {
	    "GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"};

	if (e->provisional || spec_accepted(e) <= 0 ||
	    span_find_span(e->template, SPAN("{overflow}")) < e->template.n)
		return false;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (span_eq(e->method, span_str(methods[i])))
			return true;
	return false;
}

/* Parameters of the path that are of several types become text. */
static void
unite_types(struct pool *pool, struct path *path, struct span template_text)
{
	struct path other;

	if (!name_path(pool, template_text, &other) || other.parts != path->parts)
		return;
	for (unsigned i = 0; i < path->parts; i++)
		if (path->part[i].cls != other.part[i].cls)
			path->part[i].cls = -2;
}

/* The paths of one shape, and behind them the first of the next. */
static uint32_t
put_path(struct spec_exporter *x, const endpoint_list *list, uint32_t first)
{
	struct span template = list->v[first]->template;
	uint32_t end = first;
	struct path path;

	while (end < list->n && compare_shapes(list->v[end]->template, template) == 0)
		end++;
	if (!name_path(x->pool, template, &path))
		return end;
	for (uint32_t i = first; i < end; i++)
		unite_types(x->pool, &path, list->v[i]->template);
	spec_write_key(x->writer, path.text);
	spec_write_map(x->writer);
	while (first < end) {
		struct spec_group g = {list->v + first, 1};

		while (first + g.n < end &&
		    span_eq(list->v[first + g.n]->method, list->v[first]->method))
			g.n++;
		put_operation(x, &g, &path);
		first += g.n;
	}
	spec_write_end(x->writer);
	return end;
}

static void
put_paths(struct spec_exporter *x, const endpoint_list *list)
{
	spec_write_key(x->writer, SPAN("paths"));
	spec_write_map(x->writer);
	for (uint32_t i = 0; i < list->n;)
		i = put_path(x, list, i);
	spec_write_end(x->writer);
}

static void
put_head(struct spec_exporter *x, const struct spec_export_options *o)
{
	struct spec_writer *w = x->writer;
	struct span name = x->service->name;

	spec_write_kv(w, "openapi", SPAN("3.1.0"));
	spec_write_key(w, SPAN("info"));
	spec_write_map(w);
	spec_write_kv(w, "title", o->title);
	spec_write_kv(w, "version", o->version);
	spec_write_end(w);
	spec_write_key(w, SPAN("servers"));
	spec_write_list(w);
	for (uint32_t i = 0; i < o->hosts.n; i++) {
		spec_write_map(w);
		spec_write_kv(w, "url",
		    pool_printf(
			x->pool, "https://%.*s", (int)o->hosts.v[i].n, o->hosts.v[i].p));
		spec_write_end(w);
	}
	if (o->hosts.n == 0) {
		spec_write_map(w);
		spec_write_kv(w, "url",
		    span_find(name, '.') < name.n
			? pool_printf(x->pool, "https://%.*s", (int)name.n, name.p)
			: SPAN("/"));
		spec_write_end(w);
	}
	spec_write_end(w);
}

int
spec_export(struct pool *pool, const struct spec_service *s,
    const struct spec_export_options *o, struct buf *out)
{
	struct spec_writer w;
	struct spec_exporter x = {pool, s, &w};
	endpoint_list list = {0};
	struct spec_group all;

	for (uint32_t i = 0; i < s->endpoints.n; i++)
		if (is_told(&s->endpoints.v[i]))
			*VEC_ADD(pool, &list) = &s->endpoints.v[i];
	if (list.n)
		qsort(list.v, list.n, sizeof *list.v, compare_endpoints);
	all = (struct spec_group){list.v, list.n};
	spec_write_init(&w, out, o->yaml);
	spec_write_map(&w);
	put_head(&x, o);
	put_paths(&x, &list);
	spec_write_key(&w, SPAN("components"));
	spec_write_map(&w);
	spec_write_key(&w, SPAN("securitySchemes"));
	spec_write_map(&w);
	put_schemes(&x, kinds_of(&all));
	spec_write_end(&w);
	spec_write_end(&w);
	spec_write_end(&w);
	return buf_err(out);
}
