/*
 * Fields and content types. What the matched operations declare of one message becomes a
 * tree of names; each seen path is walked down that tree until it ends, meets something open,
 * or a name that is not there. Of a branch that is not declared only its top is told.
 */
#include "http/body.h"
#include "policy/spec_compare.h"

/* In front of a media type in a header's path: which content types there were. */
#define CONTENT_TYPE SPAN("content-type=")

struct name_node {
	struct span name;
	const struct spec_field *field; /* declared here, NULL: only something below */
	uint32_t types; /* of all that declare it */
	bool any, open;
	struct name_node *list, *key; /* "[]" and "{key}" */
	VEC(struct name_node *) names;
};

/* One step of a path. */
enum step_kind { STEP_END, STEP_NAME, STEP_LIST };
struct step {
	enum step_kind kind;
	struct span raw; /* with escapes */
};

struct tree {
	struct pool *pool;
	struct name_node root;
	bool forms; /* bodies may be forms: lists have no brackets there */
	uint32_t declared; /* fields */
};

/* --- paths -------------------------------------------------------------------------- */

static struct step
next_step(struct span *rest)
{
	struct step s = {STEP_END, SPAN("")};
	size_t n = 0;

	if (rest->n == 0)
		return s;
	if (span_starts(*rest, SPAN("[]"))) {
		s.kind = STEP_LIST;
		s.raw = span_head(*rest, 2);
		*rest = span_from(*rest, 2);
		return s;
	}
	if (rest->p[0] == '.')
		*rest = span_from(*rest, 1);
	while (n < rest->n && rest->p[n] != '.' &&
	    !span_starts(span_from(*rest, n), SPAN("[]")))
		n += rest->p[n] == '\\' && n + 1 < rest->n ? 2 : 1;
	s.kind = STEP_NAME;
	s.raw = span_head(*rest, n);
	*rest = span_from(*rest, n);
	return s;
}

static struct span
unescape(struct pool *pool, struct span s)
{
	char *to;
	size_t n = 0;

	if (span_find(s, '\\') == s.n)
		return s;
	to = pool_alloc(pool, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		to[n++] = s.p[i];
	}
	return span_make(to, n);
}

/* --- what is declared --------------------------------------------------------------- */

static struct name_node *
find_name(const struct name_node *n, struct span name)
{
	for (uint32_t i = 0; i < n->names.n; i++)
		if (span_eq(n->names.v[i]->name, name))
			return n->names.v[i];
	return NULL;
}

static struct name_node *
child_for(struct tree *t, struct name_node *n, struct step s)
{
	struct name_node **one = s.kind == STEP_LIST ? &n->list
	    : span_eq(s.raw, SPAN("{key}"))	     ? &n->key
						     : NULL;
	struct name_node *x;

	if (one) {
		if (*one == NULL)
			*one = POOL_NEW(t->pool, struct name_node);
		return *one;
	}
	s.raw = unescape(t->pool, s.raw);
	if ((x = find_name(n, s.raw)) == NULL) {
		x = POOL_NEW(t->pool, struct name_node);
		x->name = s.raw;
		*VEC_ADD(t->pool, &n->names) = x;
	}
	return x;
}

static void
declare(struct tree *t, const struct spec_field *f)
{
	struct name_node *n = &t->root;
	struct span rest = f->path;

	for (struct step s = next_step(&rest); s.kind != STEP_END; s = next_step(&rest))
		n = child_for(t, n, s);
	n->field = f;
	n->any |= f->types == 0;
	n->types |= f->types;
	n->open |= f->open;
	t->declared++;
}

static bool
has_forms(const span_list *types)
{
	for (uint32_t i = 0; i < types->n; i++) {
		enum body_kind kind = body_kind(types->v[i]);

		if (kind == BODY_FORM || kind == BODY_MULTIPART)
			return true;
	}
	return false;
}

static void
declare_bodies(
    const struct spec_comparison *c, enum field_direction direction, struct tree *t)
{
	const struct spec_endpoint *e = c->endpoint;

	*t = (struct tree){.pool = c->pool};
	for (unsigned i = 0; i < e->matches; i++) {
		const struct spec_operation *o = e->match[i].operation;

		t->forms |= has_forms(
		    direction == FIELD_REQUEST ? &o->request_types : &o->response_types);
		for (uint32_t k = 0; k < o->fields.n; k++)
			if (o->fields.v[k].direction == direction &&
			    o->fields.v[k].location == FIELD_BODY)
				declare(t, &o->fields.v[k]);
	}
}

/* --- walking a seen path ------------------------------------------------------------ */

enum walked {
	WALKED_HERE, /* it ended at a declared place */
	WALKED_OPEN, /* something above takes anything */
	WALKED_UNSURE, /* a name is not known yet */
	WALKED_OFF, /* the tree has no such branch */
};

struct walk {
	const struct name_node *at;
	size_t end; /* bytes of the path up to and with the first undeclared step */
};

/* The text of "{~token}", absent while it is not released. */
static struct span
released(const struct spec_comparison *c, struct span raw)
{
	uint32_t i = intern_get(&c->service->tokens, span_make(raw.p + 2, raw.n - 3));

	return i == UINT32_MAX ? SPAN_NONE : c->service->released.v[i];
}

static bool
is_token(struct span raw)
{
	return raw.n > 3 && span_starts(raw, SPAN("{~")) && raw.p[raw.n - 1] == '}';
}

/* Whether a name that is still a token would be text if the specification had it. */
static bool
words_have_arrived(const struct spec_comparison *c, const struct spec_seen *f)
{
	for (unsigned i = 0; i < c->endpoint->matches; i++)
		if (f->first_us < c->endpoint->match[i].spec->imported_us + SPEC_WORDS_US)
			return false;
	return true;
}

/* Names of forms are no paths: they match as a whole, or up to their brackets. */
static const struct name_node *
find_form_field(const struct tree *t, struct span name)
{
	const struct name_node *n = find_name(&t->root, name);

	return n ? n : find_name(&t->root, span_head(name, span_find(name, '[')));
}

static enum walked
walk(const struct spec_comparison *c, const struct tree *t, const struct spec_seen *f,
    struct walk *w)
{
	/* the text of a body that is no tree has this name */
	struct span rest = span_eq(f->path, SPAN("$")) ? SPAN("") : f->path;

	w->at = &t->root;
	if (t->forms && (w->at = find_form_field(t, rest)) != NULL)
		return WALKED_HERE;
	w->at = &t->root;
	for (;;) {
		struct step s = next_step(&rest);
		const struct name_node *next = NULL;

		w->end = f->path.n - rest.n;
		if (s.kind == STEP_END)
			return WALKED_HERE;
		if (s.kind == STEP_LIST) {
			next = w->at->list;
		} else if (is_token(s.raw)) {
			struct span text = released(c, s.raw);

			if (span_absent(text) && w->at->key == NULL && !w->at->open &&
			    !words_have_arrived(c, f))
				return WALKED_UNSURE;
			next = span_absent(text) ? NULL : find_name(w->at, text);
		} else if (span_eq(s.raw, SPAN("{key}"))) {
			/* the gateways folded names that the document may list */
			if (w->at->key == NULL && w->at->names.n)
				return WALKED_OPEN;
		} else {
			next = find_name(w->at, unescape(t->pool, s.raw));
		}
		if (next == NULL && s.kind == STEP_NAME)
			next = w->at->key;
		/* a document within a text is seen as fields below it */
		if (next == NULL)
			return w->at->open || w->at->types & FIELD_IS_STRING ||
				(w->at->any && w->at->field)
			    ? WALKED_OPEN
			    : WALKED_OFF;
		w->at = next;
	}
}

/* --- findings ----------------------------------------------------------------------- */

static const char *
direction_name(enum field_direction d)
{
	return d == FIELD_REQUEST ? "request" : "response";
}

static const char *
location_name(enum field_location l)
{
	static const char *const names[] = {
	    [FIELD_BODY] = "body",
	    [FIELD_QUERY] = "query",
	    [FIELD_PATH] = "path",
	    [FIELD_HEADER] = "header",
	    [FIELD_COOKIE] = "cookie",
	};

	return names[l];
}

static struct span
place_of(struct pool *pool, const struct spec_seen *f, struct span path)
{
	return pool_printf(pool, "%s %s%s%.*s", direction_name(f->direction),
	    location_name(f->location), path.n ? " " : "", (int)path.n, path.p);
}

static struct span
type_names(struct pool *pool, uint32_t types)
{
	static const char *const names[] = {
	    "string", "integer", "number", "boolean", "null", "file"};
	struct span out = SPAN("");

	if ((types & (FIELD_IS_INTEGER | FIELD_IS_FRACTION)) ==
	    (FIELD_IS_INTEGER | FIELD_IS_FRACTION))
		types &= ~(uint32_t)FIELD_IS_INTEGER;
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (types >> i & 1)
			out = pool_printf(pool, "%.*s%s%s", (int)out.n, out.p,
			    out.n ? " or " : "", names[i]);
	return out.n ? out : SPAN("nothing");
}

static const char *
of_message(enum field_direction d)
{
	return d == FIELD_REQUEST ? "the request" : "the answer";
}

struct told {
	struct intern places;
	unsigned n;
};

/* Whether this place is told for the first time and there is room. */
static bool
tell(struct told *t, struct span place)
{
	bool is_new;

	if (t->n >= SPEC_FINDINGS_MAX)
		return false;
	intern_put(&t->places, place, &is_new);
	t->n += is_new;
	return is_new;
}

static void
add_undeclared(struct spec_comparison *c, struct told *t, const char *kind,
    const struct spec_seen *f, struct span path)
{
	const struct spec_match *m = &c->endpoint->match[0];
	struct span place = place_of(c->pool, f, path);

	if (tell(t, place))
		spec_finding_add(c, kind, place, m, m->operation->line,
		    pool_printf(c->pool,
			"%s has \"%.*s\", which %.*s %.*s does not declare",
			of_message(f->direction), (int)path.n, path.p,
			(int)m->operation->method.n, m->operation->method.p,
			(int)m->operation->path.n, m->operation->path.p));
}

/* Types that were seen and are not declared. json: numbers and words are told apart. */
static uint32_t
odd_types(const struct spec_comparison *c, uint32_t declared, uint32_t seen, bool json)
{
	uint32_t may = declared;

	if (declared & FIELD_IS_FRACTION)
		may |= FIELD_IS_INTEGER;
	if (declared & FIELD_IS_FILE)
		may |= FIELD_IS_STRING;
	if (declared & FIELD_IS_STRING)
		may |= FIELD_IS_FILE;
	/* elsewhere all is text, and null an empty one */
	if (!json && declared & FIELD_IS_STRING)
		return 0;
	if (!json)
		may |= FIELD_IS_NULL | FIELD_IS_BOOLEAN;
	for (unsigned i = 0; i < c->endpoint->matches; i++)
		if (c->endpoint->match[i].spec->format == SPEC_SWAGGER_20)
			may |= FIELD_IS_NULL;
	return seen & ~may;
}

static void
add_mismatch(struct spec_comparison *c, struct told *t, const struct spec_seen *f,
    struct span what, uint32_t odd, unsigned line)
{
	const struct spec_match *m = &c->endpoint->match[0];
	struct span place = place_of(c->pool, f, f->path),
		    seen = type_names(c->pool, odd);

	if (tell(t, place))
		spec_finding_add(c, "type_mismatch", place, m,
		    line ? line : m->operation->line,
		    pool_printf(c->pool, "declared as %.*s, seen as %.*s", (int)what.n,
			what.p, (int)seen.n, seen.p));
}

static void
check_type(struct spec_comparison *c, struct told *t, const struct name_node *n,
    const struct spec_seen *f, bool json)
{
	bool container = n->list || n->key || n->names.n;
	uint32_t odd;

	if (n->any || (n->open && n->types == 0))
		return;
	if (n->field == NULL || n->types == 0) {
		/* null in place of an object is told like any other null */
		odd = odd_types(c, 0, f->types, json);
		if (container && odd && json)
			add_mismatch(c, t, f,
			    n->list && !n->names.n ? SPAN("array") : SPAN("object"), odd,
			    0);
		return;
	}
	if ((odd = odd_types(c, n->types, f->types, json)) != 0)
		add_mismatch(c, t, f, type_names(c->pool, n->types), odd, n->field->line);
}

/* --- bodies ------------------------------------------------------------------------- */

static void
compare_body(struct spec_comparison *c, enum field_direction direction,
    struct told *undeclared, struct told *mismatches)
{
	const struct spec_endpoint *e = c->endpoint;
	struct tree t;

	declare_bodies(c, direction, &t);
	for (uint32_t i = 0; i < e->fields.n; i++) {
		const struct spec_seen *f = &e->fields.v[i];
		struct walk w;

		if (f->direction != direction || f->location != FIELD_BODY)
			continue;
		if (t.declared == 0) { /* no body at all: told once */
			add_undeclared(c, undeclared, "undeclared_field", f, SPAN(""));
			continue;
		}
		switch (walk(c, &t, f, &w)) {
		case WALKED_HERE:
			if (w.at->field == NULL && w.at->list && t.forms)
				break;
			check_type(c, mismatches, w.at, f, !t.forms);
			break;
		case WALKED_OFF:
			add_undeclared(c, undeclared, "undeclared_field", f,
			    span_head(f->path, w.end));
			break;
		case WALKED_OPEN:
		case WALKED_UNSURE: break;
		}
	}
}

/* --- parameters --------------------------------------------------------------------- */

/* The name of an argument without what stands in brackets behind it: filter[status], id[]. */
static struct span
argument_name(struct span name)
{
	return span_head(name, span_find(name, '['));
}

struct declared {
	const struct spec_field *field;
	uint32_t types;
	bool any, rest; /* rest: any other name, too */
};

static struct declared
find_parameter(const struct spec_comparison *c, const struct spec_seen *f)
{
	struct span whole = f->path, name = argument_name(whole);
	struct declared d = {0};

	for (unsigned i = 0; i < c->endpoint->matches; i++) {
		const spec_field_list *fields = &c->endpoint->match[i].operation->fields;

		for (uint32_t k = 0; k < fields->n; k++) {
			const struct spec_field *x = &fields->v[k];
			struct span path = x->path;

			if (x->direction != FIELD_REQUEST || x->location != f->location)
				continue;
			d.rest |=
			    x->open && (path.n == 0 || span_eq(path, SPAN("{key}")));
			/* a document within an argument is seen as fields below it */
			if (!span_eq(path, whole) &&
			    !span_eq(argument_name(path), name) &&
			    !span_eq(path, span_head(whole, span_find(whole, '.'))))
				continue;
			d.field = x;
			d.types |= x->types;
			d.any |= x->types == 0 || x->open;
		}
	}
	return d;
}

/* An API key in the query is declared as a security scheme. */
static bool
is_credential(const struct spec_comparison *c, const struct spec_seen *f)
{
	struct span kind = pool_printf(c->pool, "query:%.*s", (int)f->path.n, f->path.p);

	for (unsigned i = 0; i < c->endpoint->matches; i++) {
		const span_list *security = &c->endpoint->match[i].operation->security;

		for (uint32_t k = 0; k < security->n; k++)
			if (span_find_span(security->v[k], kind) < security->v[k].n)
				return true;
	}
	return false;
}

static void
compare_parameter(struct spec_comparison *c, const struct spec_seen *f,
    struct told *undeclared, struct told *mismatches)
{
	struct declared d = find_parameter(c, f);
	struct span path = f->path, text;
	uint32_t odd;

	if (is_token(f->path)) {
		if (span_absent(text = released(c, f->path))) {
			if (d.rest || !words_have_arrived(c, f))
				return;
		} else {
			struct spec_seen known = *f;

			known.path = path = text;
			d = find_parameter(c, &known);
		}
	}
	if (d.field == NULL) {
		if (f->location == FIELD_QUERY && !d.rest && !is_credential(c, f))
			add_undeclared(c, undeclared, "undeclared_parameter", f,
			    argument_name(path));
		return;
	}
	if (d.any || (odd = odd_types(c, d.types, f->types, false)) == 0)
		return;
	add_mismatch(c, mismatches, f, type_names(c->pool, d.types), odd, d.field->line);
}

/* --- content types ------------------------------------------------------------------ */

static bool
takes_type(const span_list *declared, struct span type)
{
	for (uint32_t i = 0; i < declared->n; i++) {
		struct span d = declared->v[i];
		size_t star = span_find(d, '*');

		if (span_eq(d, type) ||
		    (star < d.n && span_starts(type, span_head(d, star))))
			return true;
	}
	return false;
}

static void
compare_content_type(
    struct spec_comparison *c, const struct spec_seen *f, struct told *told)
{
	const struct spec_match *m = &c->endpoint->match[0];
	struct span type = span_from(f->path, CONTENT_TYPE.n), place;

	for (unsigned i = 0; i < c->endpoint->matches; i++) {
		const struct spec_operation *o = c->endpoint->match[i].operation;

		if (takes_type(f->direction == FIELD_REQUEST ? &o->request_types
							     : &o->response_types,
			type))
			return;
	}
	place = pool_printf(
	    c->pool, "%s %.*s", direction_name(f->direction), (int)type.n, type.p);
	if (tell(told, place))
		spec_finding_add(c, "undeclared_content_type", place, m,
		    m->operation->line,
		    pool_printf(c->pool, "%s comes as %.*s, which is not declared",
			of_message(f->direction), (int)type.n, type.p));
}

void
spec_compare_fields(struct spec_comparison *c)
{
	struct pool scratch = POOL_INIT;
	struct told undeclared = {0}, parameters = {0}, mismatches = {0}, types = {0};

	intern_init(&undeclared.places, &scratch);
	intern_init(&parameters.places, &scratch);
	intern_init(&mismatches.places, &scratch);
	intern_init(&types.places, &scratch);
	compare_body(c, FIELD_REQUEST, &undeclared, &mismatches);
	compare_body(c, FIELD_RESPONSE, &undeclared, &mismatches);
	for (uint32_t i = 0; i < c->endpoint->fields.n; i++) {
		const struct spec_seen *f = &c->endpoint->fields.v[i];

		if (f->location == FIELD_HEADER && span_starts(f->path, CONTENT_TYPE))
			compare_content_type(c, f, &types);
		else if (f->direction == FIELD_REQUEST && f->location != FIELD_BODY &&
		    f->location != FIELD_PATH)
			compare_parameter(c, f, &parameters, &mismatches);
	}
	pool_fini(&scratch);
}
