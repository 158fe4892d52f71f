/* The document, its servers, its paths and their operations. */
#include "policy/spec_read.h"

#include <stdlib.h>

#define NAME_BYTES_MAX 100
#define WORDS_MAX 100000
#define WORD_BYTES_MAX 100

struct place
spec_reader_at(const struct spec_reader *r, const struct spec_node *n)
{
	return (struct place){r->source, n ? n->offset : 0};
}

const char *
spec_format_name(enum spec_format f)
{
	static const char *const names[] = {"swagger-2.0", "openapi-3.0", "openapi-3.1"};

	return names[f];
}

/* --- fields and words --------------------------------------------------------------- */

static int
compare_fields(const void *a, const void *b)
{
	const struct spec_field *x = a, *y = b;
	int c = (int)x->direction - (int)y->direction;

	if (c == 0)
		c = (int)x->location - (int)y->location;
	return c ? c : span_cmp(x->path, y->path);
}

/* In order, each place once: what any of several says is allowed. */
static void
merge_fields(spec_field_list *list)
{
	uint32_t n = 0;

	if (list->n)
		qsort(list->v, list->n, sizeof *list->v, compare_fields);
	for (uint32_t i = 0; i < list->n; i++) {
		const struct spec_field *f = &list->v[i];

		if (n == 0 || compare_fields(&list->v[n - 1], f) != 0) {
			list->v[n++] = *f;
			continue;
		}
		list->v[n - 1].types = list->v[n - 1].types && f->types
		    ? list->v[n - 1].types | f->types
		    : 0;
		list->v[n - 1].open |= f->open;
		list->v[n - 1].required &= f->required;
	}
	list->n = n;
}

static void
add_word(struct spec_reader *r, struct span s)
{
	bool is_new;

	if (s.n == 0 || s.n > WORD_BYTES_MAX || r->words.key.n == WORDS_MAX)
		return;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f)
			return;
	intern_put(&r->words, s, &is_new);
}

/* The last name of a path, without escapes. */
static void
add_field_word(struct spec_reader *r, const struct spec_field *f)
{
	size_t from = 0;
	char *to;
	size_t n = 0;

	for (size_t i = 0; i < f->path.n; i++) {
		if (f->path.p[i] == '\\')
			i++;
		else if (f->location == FIELD_BODY && f->path.p[i] == '.')
			from = i + 1;
	}
	to = pool_alloc(r->pool, f->path.n + 1);
	for (size_t i = from; i < f->path.n; i++) {
		if (f->path.p[i] == '\\' && i + 1 < f->path.n)
			i++;
		else if (f->path.p[i] == '[')
			break;
		to[n++] = f->path.p[i];
	}
	if (f->location != FIELD_PATH && !(n && to[0] == '{'))
		add_word(r, span_make(to, n));
}

/* --- operations --------------------------------------------------------------------- */

static struct span
upper_copy(struct pool *pool, struct span s)
{
	struct span to = pool_copy(pool, s);

	for (size_t i = 0; i < to.n; i++)
		if (to.p[i] >= 'a' && to.p[i] <= 'z')
			((char *)(uintptr_t)to.p)[i] = (char)(to.p[i] - 32);
	return to;
}

static bool
is_method(const struct spec_reader *r, struct span key)
{
	static const char *const methods[] = {
	    "get", "put", "post", "delete", "options", "head", "patch", "trace"};

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (span_eq(key, span_str(methods[i])))
			return i < 7 || r->spec->format != SPEC_SWAGGER_20;
	return false;
}

static void
append_fields(struct spec_reader *r, spec_field_list *to, const spec_field_list *from)
{
	for (uint32_t i = 0; i < from->n; i++)
		*VEC_ADD(r->pool, to) = from->v[i];
}

/* Two paths of the document that are one for a gateway: the union of what they declare. */
static void
unite(struct spec_reader *r, struct spec_operation *to, const struct spec_operation *from)
{
	span_list *const lists[] = {
	    &to->security, &to->statuses, &to->request_types, &to->response_types};
	const span_list *const others[] = {&from->security, &from->statuses,
	    &from->request_types, &from->response_types};

	append_fields(r, &to->fields, &from->fields);
	for (size_t i = 0; i < 4; i++)
		for (uint32_t k = 0; k < others[i]->n; k++) {
			uint32_t at = 0;

			while (at < lists[i]->n &&
			    !span_eq(lists[i]->v[at], others[i]->v[k]))
				at++;
			if (at == lists[i]->n)
				*VEC_ADD(r->pool, lists[i]) = others[i]->v[k];
		}
	to->deprecated &= from->deprecated;
}

static void
keep(struct spec_reader *r, struct spec_operation *op)
{
	struct span key = pool_printf(r->pool, "%.*s %.*s", (int)op->method.n,
	    op->method.p, (int)op->template.n, op->template.p);
	span_list words = {0};
	bool is_new;
	uint32_t i = intern_put(&r->operations, key, &is_new);

	if (is_new)
		*VEC_ADD(r->pool, &r->spec->operations) = *op;
	else
		unite(r, &r->spec->operations.v[i], op);
	spec_path_words(r->pool, op->template, &words);
	for (uint32_t k = 0; k < words.n; k++)
		add_word(r, words.v[k]);
}

/* One operation at one base path. */
static void
read_at_base(struct spec_reader *r, const struct spec_node *item,
    const struct spec_node *op, struct span base, struct span path,
    const spec_param_types *types, const struct spec_operation *as)
{
	struct spec_operation o = *as;
	int rc;

	o.path = pool_printf(r->pool, "%.*s%s%.*s", (int)base.n, base.p,
	    path.n && path.p[0] == '/' ? "" : "/", (int)path.n, path.p);
	rc = spec_path_template(r->pool, base, path, types, &o.template);
	if (rc != OK) {
		diag_warn(r->diags, spec_reader_at(r, item),
		    "left out: \"%.*s\" is no path that a gateway could tell: %s",
		    DIAG_SPAN(path), err_str(rc));
		return;
	}
	spec_path_hints(r->pool, base, path, types, &o.hints);
	spec_read_messages(r, item, op, &o);
	merge_fields(&o.fields);
	r->fields += o.fields.n;
	keep(r, &o);
}

/* The base paths that count for an operation. */
static void
bases_of(struct spec_reader *r, const struct spec_node *item, const struct spec_node *op,
    span_list *out)
{
	const struct spec_node *own = spec_node_get(op, "servers");
	spec_server_list servers = {0};

	if (own == NULL)
		own = spec_node_get(item, "servers");
	if (own == NULL || r->forced_base) {
		*out = r->spec->bases;
		return;
	}
	SPEC_EACH (x, own)
		spec_path_server(r->pool, x, &servers);
	for (uint32_t i = 0; i < servers.n; i++) {
		uint32_t k = 0;

		while (k < out->n && !span_eq(out->v[k], servers.v[i].base))
			k++;
		if (k == out->n)
			*VEC_ADD(r->pool, out) = servers.v[i].base;
	}
	if (out->n == 0)
		*out = r->spec->bases;
}

static void
read_operation(struct spec_reader *r, struct span path, const struct spec_node *item,
    const struct spec_node *op)
{
	struct spec_operation o = {.line = op->line};
	spec_param_types types = {0};
	span_list bases = {0};

	o.method = upper_copy(r->pool, op->key);
	o.operation_id = spec_node_text(op, "operationId");
	o.deprecated = spec_node_true(op, "deprecated");
	spec_read_security(r, op, &o.security);
	spec_read_types(r, item, op, &types);
	bases_of(r, item, op, &bases);
	for (uint32_t i = 0; i < bases.n; i++)
		read_at_base(r, item, op, bases.v[i], path, &types, &o);
}

static int
read_paths(struct spec_reader *r)
{
	const struct spec_node *paths = spec_node_get(r->root, "paths");

	if (paths == NULL || paths->kind != NODE_MAP) {
		/* 3.1 may have webhooks or components alone: nothing for a gateway */
		diag_error(r->diags, spec_reader_at(r, paths),
		    "there are no \"paths\" in this document");
		return ERR_MALFORMED;
	}
	SPEC_EACH (x, paths) {
		const struct spec_node *item = spec_ref_follow(&r->refs, x);

		if (span_starts(x->key, SPAN("x-")) || item == NULL ||
		    item->kind != NODE_MAP)
			continue;
		SPEC_EACH (op, item)
			if (is_method(r, op->key) && op->kind == NODE_MAP)
				read_operation(r, x->key, item, op);
		if (r->spec->operations.n > SPEC_OPERATIONS_MAX ||
		    r->fields > SPEC_FIELDS_TOTAL_MAX || r->schemas.over) {
			diag_error(r->diags, spec_reader_at(r, x),
			    "the document is too large: at most %u operations and %u "
			    "fields",
			    SPEC_OPERATIONS_MAX, SPEC_FIELDS_TOTAL_MAX);
			return ERR_LIMIT;
		}
	}
	return OK;
}

/* --- the document ------------------------------------------------------------------- */

static int
read_format(struct spec_reader *r)
{
	struct span openapi = spec_node_text(r->root, "openapi");
	struct span swagger = spec_node_text(r->root, "swagger");

	if (span_starts(openapi, SPAN("3.0"))) {
		r->spec->format = SPEC_OPENAPI_30;
	} else if (span_starts(openapi, SPAN("3."))) {
		r->spec->format = SPEC_OPENAPI_31;
		if (!span_starts(openapi, SPAN("3.1")))
			diag_warn(r->diags,
			    spec_reader_at(r, spec_node_get(r->root, "openapi")),
			    "OpenAPI %.*s is read as 3.1", DIAG_SPAN(openapi));
	} else if (span_eq(swagger, SPAN("2.0"))) {
		r->spec->format = SPEC_SWAGGER_20;
	} else {
		diag_error(r->diags, spec_reader_at(r, r->root),
		    "expected an OpenAPI document: openapi 3.1 or 3.0, or swagger "
		    "\"2.0\"");
		return ERR_VERSION;
	}
	return OK;
}

/* "GitHub v3 REST API" as a name: "github-v3-rest-api". */
static struct span
name_of(struct spec_reader *r, struct span title)
{
	char to[NAME_BYTES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < title.n && n < sizeof to; i++) {
		char c = ascii_lower(title.p[i]);

		if (ascii_is_letter(c) || ascii_is_digit(c) || c == '.' || c == '_')
			to[n++] = c;
		else if (n && to[n - 1] != '-')
			to[n++] = '-';
	}
	while (n && to[n - 1] == '-')
		n--;
	return n ? pool_copy(r->pool, span_make(to, n)) : SPAN("api");
}

static void
read_info(struct spec_reader *r, const struct spec_read_options *o)
{
	const struct spec_node *info = spec_node_get(r->root, "info");
	struct span version = spec_node_text(info, "version");

	r->spec->name = o->name.n ? o->name : name_of(r, spec_node_text(info, "title"));
	r->spec->version = o->version.n ? o->version : version.n ? version : SPAN("0");
	r->spec->version = span_head(r->spec->version, NAME_BYTES_MAX);
}

static void
read_servers(struct spec_reader *r)
{
	const struct spec_node *servers = spec_node_get(r->root, "servers");
	struct span host = spec_node_text(r->root, "host");

	if (r->spec->format == SPEC_SWAGGER_20) {
		struct spec_server *s = VEC_ADD(r->pool, &r->servers);

		s->base = spec_path_base(r->pool,
		    host.n || spec_node_get(r->root, "basePath")
			? spec_node_text(r->root, "basePath")
			: SPAN(""));
		s->host = host.n ? spec_path_host(r->pool, host) : SPAN_NONE;
	} else if (servers && servers->kind == NODE_LIST) {
		SPEC_EACH (x, servers)
			spec_path_server(r->pool, x, &r->servers);
	}
}

static void
add_unique(struct pool *pool, span_list *list, struct span s)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (span_eq(list->v[i], s))
			return;
	*VEC_ADD(pool, list) = s;
}

static void
settle_bases(struct spec_reader *r, const struct spec_read_options *o)
{
	for (uint32_t i = 0; i < r->servers.n; i++) {
		if (!span_absent(r->servers.v[i].host))
			add_unique(r->pool, &r->spec->hosts, r->servers.v[i].host);
		if (span_absent(o->base))
			add_unique(r->pool, &r->spec->bases, r->servers.v[i].base);
	}
	r->forced_base = !span_absent(o->base);
	if (r->spec->bases.n == 0)
		*VEC_ADD(r->pool, &r->spec->bases) =
		    r->forced_base ? spec_path_base(r->pool, o->base) : SPAN("");
}

static int
read_document(struct spec_reader *r, const struct spec_read_options *o)
{
	int rc;

	if ((rc = read_format(r)) != OK)
		return rc;
	read_info(r, o);
	read_servers(r);
	settle_bases(r, o);
	spec_read_schemes(r);
	if ((rc = read_paths(r)) != OK)
		return rc;
	for (uint32_t i = 0; i < r->spec->operations.n; i++) {
		spec_field_list *fields = &r->spec->operations.v[i].fields;

		merge_fields(fields);
		for (uint32_t k = 0; k < fields->n; k++)
			add_field_word(r, &fields->v[k]);
	}
	for (uint32_t i = 0; i < r->words.key.n; i++)
		*VEC_ADD(r->pool, &r->spec->words) = r->words.key.v[i];
	return r->diags->errors ? ERR_MALFORMED : OK;
}

int
spec_read(struct pool *pool, struct diags *diags, const struct source *source,
    const struct spec_read_options *options, struct spec *out)
{
	struct spec_reader r = {
	    .pool = pool, .diags = diags, .source = source, .spec = out};
	struct spec_node *root;
	int rc;

	*out = (struct spec){.current = true};
	if ((rc = spec_node_read(pool, diags, source, &root)) != OK)
		return rc;
	r.root = root;
	spec_refs_init(&r.refs, pool, diags, source, root);
	spec_schemas_init(&r.schemas, pool, &r.refs);
	intern_init(&r.operations, pool);
	intern_init(&r.words, pool);
	rc = read_document(&r, options);
	if (rc != OK)
		*out = (struct spec){0};
	return rc;
}
