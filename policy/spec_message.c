/*
 * Parameters, bodies and answers. OpenAPI 3 has requestBody and content, Swagger 2.0 has
 * parameters in "body" and "formData" with consumes and produces; both become fields.
 */
#include "http/body.h"
#include "policy/spec_read.h"

#define PARAMETERS_MAX 500

struct param {
	struct span name, in;
	const struct spec_node *node; /* what it stands for */
	unsigned line;
};
typedef VEC(struct param) param_list;

/* --- parameters --------------------------------------------------------------------- */

static void
add_params(struct spec_reader *r, const struct spec_node *list, param_list *out)
{
	SPEC_EACH (x, list) {
		const struct spec_node *n = spec_ref_follow(&r->refs, x);
		struct param p = {.name = spec_node_text(n, "name"),
		    .in = spec_node_text(n, "in"),
		    .node = n,
		    .line = x->line};
		uint32_t i;

		if (n == NULL)
			continue;
		if (p.name.n == 0 || p.in.n == 0) {
			diag_error(r->diags, spec_reader_at(r, x),
			    "a parameter needs \"name\" and \"in\"");
			continue;
		}
		for (i = 0; i < out->n; i++)
			if (span_eq(out->v[i].name, p.name) &&
			    span_eq(out->v[i].in, p.in))
				break;
		if (i < out->n)
			out->v[i] = p; /* the operation's beats the path's */
		else if (out->n < PARAMETERS_MAX)
			*VEC_ADD(r->pool, out) = p;
	}
}

static void
params_of(struct spec_reader *r, const struct spec_node *item, const struct spec_node *op,
    param_list *out)
{
	add_params(r, spec_node_get(item, "parameters"), out);
	add_params(r, spec_node_get(op, "parameters"), out);
}

static const struct spec_node *
schema_of(struct spec_reader *r, const struct param *p)
{
	const struct spec_node *schema = spec_node_get(p->node, "schema");
	const struct spec_node *content = spec_node_get(p->node, "content");

	if (r->spec->format == SPEC_SWAGGER_20)
		return span_eq(p->in, SPAN("body")) ? schema : p->node;
	if (schema == NULL && content && content->child)
		schema = spec_node_get(content->child, "schema");
	return schema;
}

static struct spec_field *
add_field(struct spec_reader *r, struct spec_operation *op, struct spec_field f)
{
	struct spec_field *to = VEC_ADD(r->pool, &op->fields);

	*to = f;
	return to;
}

void
spec_read_types(struct spec_reader *r, const struct spec_node *item,
    const struct spec_node *op, spec_param_types *types)
{
	param_list params = {0};

	params_of(r, item, op, &params);
	for (uint32_t i = 0; i < params.n; i++) {
		const struct param *p = &params.v[i];
		struct spec_param_type *t;
		struct spec_shape shape;

		if (!span_eq(p->in, SPAN("path")))
			continue;
		spec_schema_shape(&r->schemas, schema_of(r, p), &shape);
		t = VEC_ADD(r->pool, types);
		t->name = p->name;
		t->cls = spec_path_class(&shape);
		if (!shape.is_array)
			SPEC_EACH (x, shape.choices)
				if (x->kind == NODE_SCALAR)
					*VEC_ADD(r->pool, &t->choices) = x->text;
	}
}

/* The number of the template's parameter that "{name}" is in, 0: it is not in the path. */
static unsigned
number_in_path(struct span path, struct span name)
{
	unsigned number = 0;

	while (!span_absent(path)) {
		struct span s = span_cut(&path, '/');

		if (span_find(s, '{') == s.n)
			continue;
		number++;
		while (span_find(s, '{') < s.n) {
			struct span hole;

			s = span_from(s, span_find(s, '{') + 1);
			hole = span_head(s, span_find(s, '}'));
			if (span_eq(hole, name))
				return number;
		}
	}
	return 0;
}

static enum field_location
location_of(struct span in)
{
	if (span_eq(in, SPAN("query")))
		return FIELD_QUERY;
	if (span_eq(in, SPAN("header")))
		return FIELD_HEADER;
	if (span_eq(in, SPAN("cookie")))
		return FIELD_COOKIE;
	return span_eq(in, SPAN("path")) ? FIELD_PATH : FIELD_BODY;
}

static struct span
lower_copy(struct pool *pool, struct span s)
{
	struct span to = pool_copy(pool, s);

	for (size_t i = 0; i < to.n; i++)
		((char *)(uintptr_t)to.p)[i] = ascii_lower(to.p[i]);
	return to;
}

/* An object in the query is spread over arguments of its properties' names, unless its style
 * keeps it together. */
static bool
is_spread(const struct spec_node *n)
{
	return !spec_node_is(spec_node_get(n, "style"), "deepObject") &&
	    !spec_node_is(spec_node_get(n, "explode"), "false") &&
	    spec_node_get(n, "content") == NULL;
}

static void
add_spread(struct spec_reader *r, const struct param *p, enum field_location location,
    struct spec_operation *op)
{
	spec_part_list seeds = {0};

	*VEC_ADD(r->pool, &seeds) = (struct spec_part){schema_of(r, p), true};
	spec_schema_fields(
	    &r->schemas, &seeds, SPAN(""), FIELD_REQUEST, location, &op->fields);
}

static void
add_param_field(struct spec_reader *r, const struct param *p, struct spec_operation *op)
{
	struct spec_field f = {.direction = FIELD_REQUEST,
	    .location = location_of(p->in),
	    .path = p->name,
	    .required = spec_node_true(p->node, "required"),
	    .line = p->line};
	struct spec_shape shape;
	unsigned number;

	spec_schema_shape(&r->schemas, schema_of(r, p), &shape);
	f.types = shape.types;
	f.open = shape.is_object;
	if (f.location == FIELD_HEADER)
		f.path = lower_copy(r->pool, f.path);
	if (f.location == FIELD_PATH) {
		if ((number = number_in_path(op->path, p->name)) == 0)
			return;
		f.path = pool_printf(r->pool, "%u", number);
	}
	if (shape.is_object && f.location == FIELD_QUERY && is_spread(p->node))
		add_spread(r, p, f.location, op);
	add_field(r, op, f);
}

/* --- bodies ------------------------------------------------------------------------- */

static struct span
media_type(struct pool *pool, struct span text)
{
	return lower_copy(pool, span_trim(span_head(text, span_find(text, ';'))));
}

static void
add_once(struct pool *pool, span_list *list, struct span s)
{
	for (uint32_t i = 0; i < list->n; i++)
		if (span_eq(list->v[i], s))
			return;
	*VEC_ADD(pool, list) = s;
}

/* A body in a kind that is read otherwise than JSON. */
static void
add_other(struct spec_reader *r, const struct spec_node *schema, enum body_kind kind,
    enum field_direction direction, struct spec_operation *op)
{
	struct spec_field f = {.direction = direction,
	    .location = FIELD_BODY,
	    .path = SPAN(""),
	    .open = true,
	    .line = schema ? schema->line : op->line};
	struct span ref = spec_node_text(schema, "$ref");
	struct span name = spec_node_text(
	    spec_node_get(spec_ref_follow(&r->refs, schema), "xml"), "name");
	const char *slash = ref.n ? memrchr(ref.p, '/', ref.n) : NULL;

	if (kind == BODY_TEXT) {
		f.types = FIELD_IS_STRING;
		f.open = false;
	} else if (kind == BODY_XML) { /* everything below the root element */
		if (name.n == 0 && slash)
			name = span_make(slash + 1, (size_t)(ref.p + ref.n - slash - 1));
		f.path = name.n ? name : SPAN("");
	}
	add_field(r, op, f);
}

struct body {
	spec_part_list seeds; /* of what is read as names and values */
	bool maybe;
};

static void
add_media(struct spec_reader *r, struct span type, const struct spec_node *schema,
    enum field_direction direction, struct body *b, struct spec_operation *op)
{
	span_list *types =
	    direction == FIELD_REQUEST ? &op->request_types : &op->response_types;
	enum body_kind kind;

	type = media_type(r->pool, type);
	kind = body_kind(type);
	add_once(r->pool, types, type);
	if (span_find(type, '*') < type.n)
		kind = BODY_JSON;
	if (kind == BODY_JSON || kind == BODY_FORM || kind == BODY_MULTIPART)
		*VEC_ADD(r->pool, &b->seeds) = (struct spec_part){schema, b->maybe};
	else if (kind == BODY_XML || kind == BODY_TEXT)
		add_other(r, schema, kind, direction, op);
}

static void
end_body(struct spec_reader *r, struct body *b, enum field_direction direction,
    struct spec_operation *op)
{
	if (b->seeds.n > 1)
		for (uint32_t i = 0; i < b->seeds.n; i++)
			b->seeds.v[i].maybe = true;
	if (b->seeds.n)
		spec_schema_fields(
		    &r->schemas, &b->seeds, SPAN(""), direction, FIELD_BODY, &op->fields);
}

static void
read_content(struct spec_reader *r, const struct spec_node *content,
    enum field_direction direction, struct body *b, struct spec_operation *op)
{
	if (content && content->kind == NODE_MAP)
		SPEC_EACH (x, content)
			add_media(
			    r, x->key, spec_node_get(x, "schema"), direction, b, op);
}

/* consumes or produces: the operation's, else the document's. */
static const struct spec_node *
swagger_types(struct spec_reader *r, const struct spec_node *op, const char *key)
{
	const struct spec_node *list = spec_node_get(op, key);

	return list ? list : spec_node_get(r->root, key);
}

static void
swagger_media(struct spec_reader *r, const struct spec_node *types,
    const struct spec_node *schema, enum field_direction direction, struct body *b,
    struct spec_operation *op)
{
	if (types == NULL || types->kind != NODE_LIST || types->n == 0) {
		add_media(r, SPAN("application/json"), schema, direction, b, op);
		return;
	}
	SPEC_EACH (x, types)
		if (x->kind == NODE_SCALAR)
			add_media(r, x->text, schema, direction, b, op);
}

static void
swagger_request(struct spec_reader *r, const struct spec_node *op,
    const param_list *params, struct spec_operation *out)
{
	const struct spec_node *types = swagger_types(r, op, "consumes");
	struct body b = {0}, forms = {0};
	bool form = false;

	for (uint32_t i = 0; i < params->n; i++) {
		const struct param *p = &params->v[i];

		if (span_eq(p->in, SPAN("body")))
			swagger_media(r, types, schema_of(r, p), FIELD_REQUEST, &b, out);
		else if (span_eq(p->in, SPAN("formData")))
			form = true;
	}
	if (form && (types == NULL || types->n == 0))
		add_once(r->pool, &out->request_types,
		    SPAN("application/x-www-form-urlencoded"));
	else if (form)
		swagger_media(r, types, NULL, FIELD_REQUEST, &forms, out);
	end_body(r, &b, FIELD_REQUEST, out);
}

/* --- answers ------------------------------------------------------------------------ */

static void
read_headers(
    struct spec_reader *r, const struct spec_node *answer, struct spec_operation *op)
{
	const struct spec_node *headers = spec_node_get(answer, "headers");

	if (headers && headers->kind == NODE_MAP)
		SPEC_EACH (x, headers) {
			struct span name = lower_copy(r->pool, x->key);
			bool known = false;

			for (uint32_t i = 0; i < op->fields.n; i++)
				known |= op->fields.v[i].direction == FIELD_RESPONSE &&
				    op->fields.v[i].location == FIELD_HEADER &&
				    span_eq(op->fields.v[i].path, name);
			if (!known)
				add_field(r, op,
				    (struct spec_field){.direction = FIELD_RESPONSE,
					.location = FIELD_HEADER,
					.path = name,
					.line = x->line});
		}
}

static void
read_answers(
    struct spec_reader *r, const struct spec_node *op, struct spec_operation *out)
{
	const struct spec_node *answers = spec_node_get(op, "responses");
	struct body b = {.maybe = true};

	if (answers == NULL || answers->kind != NODE_MAP)
		return;
	SPEC_EACH (x, answers) {
		const struct spec_node *n = spec_ref_follow(&r->refs, x);

		if (span_starts(x->key, SPAN("x-")) || n == NULL)
			continue;
		*VEC_ADD(r->pool, &out->statuses) = x->key;
		read_headers(r, n, out);
		if (r->spec->format != SPEC_SWAGGER_20)
			read_content(
			    r, spec_node_get(n, "content"), FIELD_RESPONSE, &b, out);
		else if (spec_node_get(n, "schema"))
			swagger_media(r, swagger_types(r, op, "produces"),
			    spec_node_get(n, "schema"), FIELD_RESPONSE, &b, out);
	}
	end_body(r, &b, FIELD_RESPONSE, out);
}

void
spec_read_messages(struct spec_reader *r, const struct spec_node *item,
    const struct spec_node *op, struct spec_operation *out)
{
	param_list params = {0};
	struct body b = {0};

	params_of(r, item, op, &params);
	for (uint32_t i = 0; i < params.n; i++)
		if (!span_eq(params.v[i].in, SPAN("body")))
			add_param_field(r, &params.v[i], out);
	if (r->spec->format == SPEC_SWAGGER_20) {
		swagger_request(r, op, &params, out);
	} else {
		const struct spec_node *body =
		    spec_ref_follow(&r->refs, spec_node_get(op, "requestBody"));

		read_content(r, spec_node_get(body, "content"), FIELD_REQUEST, &b, out);
		end_body(r, &b, FIELD_REQUEST, out);
	}
	read_answers(r, op, out);
}
