/*
 * The JSON walker: a tokenizer over the bytes in place, a stack of open containers, a path
 * that grows and shrinks with it, and a visitor that sees each leaf. It accepts what RFC
 * 8259 accepts, nothing else, with three things said by a flag instead of ending the walk,
 * because servers accept them: bad UTF-8 and lone surrogates in strings (BAD_UTF8, the
 * surrogate becomes U+FFFD), and names that occur twice in an object (DUPLICATE_KEY). A byte
 * order mark is skipped.
 *
 *   at a         next byte        then at a
 *   value        [                value, or ] ends it   {   name, or } ends it
 *                scalar: visit    follower
 *   name         "name" :         value
 *   follower     ,                value or name         ] or } ends it
 *                outside of all: the end, or trailing bytes
 *   ended        (container)      follower
 *
 * Each reader takes the byte it stands on and returns the one behind what it read, NULL when
 * the walk is over. Strings are found sixteen bytes at a time and decoded only when a
 * backslash occurs. The arena holds the stack, the path, the names seen (jsonname.h) and what
 * was decoded; no more.
 */
#include "http/json.h"

#include "http/jsonname.h"
#include "http/jsonstring.h"
#include "http/utf8.h"

#define PATH_BYTES_MAX \
	8192 /* of a field's path; longer is TOO_DEEP: no API has such names */
#define COLD __attribute__((noinline, cold)) /* keeps the way past it short */
#define DEPTH_MAX 512 /* of the setting request.body_depth */

struct level {
	struct span
	    name; /* decoded name of this container, of the nearest object above */
	uint32_t path; /* bytes of the path that its children start from */
	uint32_t serial; /* of an object; 0: an array */
	uint32_t names; /* of an object, seen */
	size_t mark; /* what the names of this object decoded to stands above */
};

struct json {
	const char *start, *end;
	bool cut, lines;
	int err; /* of the walk */
	const struct body_limits *limits;
	field_visit *visit;
	void *ctx;
	struct body_result *r;
	struct arena *a;
	size_t keep; /* the arena is not released below: a visitor's memory */
	struct level *level; /* level[0] is the root's outside */
	unsigned depth, depth_max;
	char *path;
	size_t path_n, path_max;
	struct json_names names;
	uint32_t serial;
	/* The leaf that comes next; what JSON never has is absent throughout. */
	struct field field;
};

static COLD const char *
stop(struct json *j, enum body_state state, uint32_t flag, const char *at)
{
	j->r->state = state;
	j->r->flags |= flag;
	j->r->offset = (size_t)(at - j->start);
	return NULL;
}

static COLD const char *
fail(struct json *j)
{
	j->err = ERR_FULL;
	return NULL;
}

static inline void
release(struct json *j, size_t mark)
{
	if (j->a->used != mark)
		arena_release(j->a, mark > j->keep ? mark : j->keep);
}

static inline const char *
blanks(const char *p, const char *end)
{
	/* none, most of the time */
	if (p < end && (uint8_t)*p > ' ')
		return p;
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* A name that is long, or has something to be escaped. */
static COLD bool
path_put_odd(struct json *j, struct span name)
{
	char *o = j->path + j->path_n, *end = j->path + j->path_max;

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (end - o < 2)
			return false;
		if (c == '.' || c == '[' || c == '\\')
			*o++ = '\\';
		*o++ = c;
	}
	j->path_n = (size_t)(o - j->path);
	return true;
}

/* Appends a decoded name to the path, a '\' before '.', '[' and '\'. quick: it is short and
 * a whole chunk can be read. */
static inline bool
path_put(struct json *j, struct span name, bool quick)
{
	if (!quick || j->path_max - j->path_n < JSON_CHUNK ||
	    !json_name_copy(j->path + j->path_n, name))
		return path_put_odd(j, name);
	j->path_n += name.n;
	return true;
}

/* --- scalars ---------------------------------------------------------------------- */

/* A string that is not plain up to its closing quote. */
static COLD const char *
string_odd(struct json *j, const char *token, struct span *out)
{
	const char *p = token + 1;
	bool escaped, high;
	char *text;

	switch (json_string_scan(&p, j->end, &escaped, &high)) {
	case OK: break;
	case ERR_TRUNCATED: return stop(j, BODY_TRUNCATED, 0, token);
	default: return stop(j, BODY_MALFORMED, *p ? 0 : BODY_NUL, p);
	}
	*out = span_make(token + 1, (size_t)(p - token - 1));
	if (high && utf8_valid(*out, NULL) != out->n)
		j->r->flags |= BODY_BAD_UTF8;
	if (!escaped)
		return p + 1;
	text = arena_text(j->a, out->n);
	if (text == NULL)
		return fail(j);
	*out = span_make(text, json_string_decode(*out, text, &j->r->flags));
	return p + 1;
}

/* Reads the string whose quote stands at token; *out is decoded. */
static inline const char *
string(struct json *j, const char *token, struct span *out)
{
	const char *start = token + 1;
	size_t left = (size_t)(j->end - start), n = json_plain_quick(start, left);

	if (n == left || start[n] != '"')
		return string_odd(j, token, out);
	*out = span_make(start, n);
	return start + n + 1;
}

/* Visits the leaf that stands from token to next; returns next. */
static inline const char *
leaf(struct json *j, enum value_type type, struct span value, const char *token,
    const char *next)
{
	struct field *f = &j->field;
	size_t used = j->a->used;

	if (j->r->fields >= j->limits->fields)
		return stop(j, BODY_MALFORMED, BODY_TOO_MANY, token);
	j->r->fields++;
	f->path = span_make(j->path, j->path_n);
	f->value = value;
	f->type = type;
	f->depth = j->depth;
	if (j->visit(j->ctx, f) != OK)
		return stop(j, BODY_TRUNCATED, 0, next);
	if (j->a->used != used)
		j->keep = j->a->used;
	return next;
}

static inline const char *
text(struct json *j, const char *token)
{
	size_t mark = arena_mark(j->a);
	struct span s = SPAN_NONE;
	const char *p = string(j, token, &s);

	if (p != NULL)
		p = leaf(j, VALUE_STRING, s, token, p);
	release(j, mark);
	return p;
}

static inline const char *
digits(const char *p, const char *end)
{
	while (p < end && (uint8_t)(*p - '0') < 10)
		p++;
	return p;
}

/* A number; one that touches the end of bytes that may go on was cut. */
static const char *
number(struct json *j, const char *token)
{
	const char *p = token, *start, *end = j->end;

	if (*p == '-')
		p++;
	start = p;
	p = digits(p, end);
	if (p == start && p < end)
		return stop(j, BODY_MALFORMED, 0, p);
	if (p - start > 1 && *start == '0')
		return stop(j, BODY_MALFORMED, 0, start + 1);
	if (p > start && p < end && *p == '.') {
		start = ++p;
		p = digits(p, end);
		if (p == start && p < end)
			return stop(j, BODY_MALFORMED, 0, p);
	}
	if (p > start && p < end && (*p | 0x20) == 'e') {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		start = p;
		p = digits(p, end);
		if (p == start && p < end)
			return stop(j, BODY_MALFORMED, 0, p);
	}
	if (p == end && (p == start || j->cut || j->depth))
		return stop(j, BODY_TRUNCATED, 0, token);
	return leaf(j, VALUE_NUMBER, span_make(token, (size_t)(p - token)), token, p);
}

static const char *
literal(struct json *j, struct span word, enum value_type type, const char *token)
{
	size_t n = 0;

	while (n < word.n && token + n < j->end && token[n] == word.p[n])
		n++;
	if (n < word.n)
		return token + n == j->end ? stop(j, BODY_TRUNCATED, 0, token)
					   : stop(j, BODY_MALFORMED, 0, token + n);
	return leaf(j, type, word, token, token + n);
}

static inline const char *
scalar(struct json *j, const char *token)
{
	switch (*token) {
	case '"': return text(j, token);
	case 't': return literal(j, SPAN("true"), VALUE_TRUE, token);
	case 'f': return literal(j, SPAN("false"), VALUE_FALSE, token);
	case 'n': return literal(j, SPAN("null"), VALUE_NULL, token);
	default:
		if (*token == '-' || (*token >= '0' && *token <= '9'))
			return number(j, token);
		return stop(j, BODY_MALFORMED, *token ? 0 : BODY_NUL, token);
	}
}

/* --- containers ------------------------------------------------------------------- */

/* The elements of an array bear its name and path. */
static inline void
element(struct json *j)
{
	struct level *l = &j->level[j->depth];

	j->field.name = l->name;
	j->path_n = l->path;
}

/* The byte behind the bracket, and blanks. */
static const char *
open_container(struct json *j, bool array, const char *p)
{
	struct level *l;

	if (j->depth >= j->depth_max || j->path_max - j->path_n < 3)
		return stop(j, BODY_MALFORMED, BODY_TOO_DEEP, p);
	l = &j->level[++j->depth];
	if (array) {
		j->path[j->path_n++] = '[';
		j->path[j->path_n++] = ']';
	}
	l->name = j->field.name;
	l->path = (uint32_t)j->path_n;
	l->serial = array ? 0 : ++j->serial;
	l->names = 0;
	l->mark = arena_mark(j->a);
	p = blanks(p + 1, j->end);
	return p < j->end ? p : stop(j, BODY_TRUNCATED, 0, p);
}

static inline const char *
close_container(struct json *j, const char *p)
{
	release(j, j->level[j->depth--].mark);
	return p + 1;
}

/* A name and its colon. */
static inline const char *
name(struct json *j, const char *token)
{
	struct level *l = &j->level[j->depth];
	struct span s = SPAN_NONE;
	const char *p;
	bool quick;

	release(j, l->mark);
	if (*token != '"')
		return stop(j, BODY_MALFORMED, 0, token);
	if ((p = string(j, token, &s)) == NULL)
		return NULL;
	j->field.name = s;
	quick = s.n <= JSON_CHUNK && s.p == token + 1 && j->end - s.p >= JSON_CHUNK;
	if (json_names_seen(
		&j->names, j->depth, &l->names, json_name_hash(l->serial, s, quick)))
		j->r->flags |= BODY_DUPLICATE_KEY;
	j->path_n = l->path;
	if (j->depth > 1)
		j->path[j->path_n++] = '.';
	if (!path_put(j, s, quick))
		return stop(j, BODY_MALFORMED, BODY_TOO_DEEP, token);
	p = blanks(p, j->end);
	if (p == j->end)
		return stop(j, BODY_TRUNCATED, 0, p);
	return *p == ':' ? p + 1 : stop(j, BODY_MALFORMED, 0, p);
}

/* After a document: the end, another one, or bytes that do not belong there. */
static const char *
done(struct json *j, const char *p)
{
	if (p == j->end)
		return stop(j, j->cut ? BODY_TRUNCATED : BODY_COMPLETE, 0, p);
	if (!j->lines)
		return stop(j, BODY_MALFORMED, BODY_TRAILING, p);
	j->field.name = SPAN_NONE;
	j->path_n = 0;
	return p;
}

/* What follows a value: closes what ends there, goes on to the next value, past its name. */
static inline const char *
follower(struct json *j, const char *p)
{
	const char *end = j->end;
	bool object;

	for (;;) {
		p = blanks(p, end);
		if (j->depth == 0)
			return done(j, p);
		if (p == end)
			return stop(j, BODY_TRUNCATED, 0, p);
		object = j->level[j->depth].serial != 0;
		if (*p == ',')
			break;
		if (*p != (object ? '}' : ']'))
			return stop(j, BODY_MALFORMED, 0, p);
		p = close_container(j, p);
	}
	p = blanks(p + 1, end);
	if (p == end)
		return stop(j, BODY_TRUNCATED, 0, p);
	if (object)
		return name(j, p);
	element(j);
	return p;
}

static void
run(struct json *j, const char *p)
{
	bool array;

	while (p != NULL) {
		p = blanks(p, j->end);
		if (p == j->end) {
			stop(j, BODY_TRUNCATED, 0, p);
			return;
		}
		array = *p == '[';
		if (!array && *p != '{') {
			if ((p = scalar(j, p)) != NULL)
				p = follower(j, p);
			continue;
		}
		if ((p = open_container(j, array, p)) == NULL)
			return;
		if (*p == (array ? ']' : '}'))
			p = follower(j, close_container(j, p));
		else if (array)
			element(j);
		else
			p = name(j, p);
	}
}

/* --- the walk --------------------------------------------------------------------- */

/* The stack, the path and the names. */
static int
prepare(struct json *j, struct span body)
{
	size_t path = 2 * body.n + 16;

	j->depth_max = j->limits->depth < DEPTH_MAX ? j->limits->depth : DEPTH_MAX;
	if (j->depth_max > body.n)
		j->depth_max = (unsigned)body.n;
	j->path_max = path < PATH_BYTES_MAX ? path : PATH_BYTES_MAX;
	j->level = arena_alloc(j->a, (j->depth_max + 1) * sizeof(*j->level));
	j->path = arena_text(j->a, j->path_max);
	if (j->level == NULL || j->path == NULL)
		return ERR_FULL;
	j->level[0] = (struct level){0};
	return json_names_init(&j->names, body.n, j->depth_max, j->a);
}

static int
walk(struct span body, bool cut, bool lines, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a)
{
	struct json j = {
	    .start = body.n ? body.p : "",
	    .cut = cut,
	    .lines = lines,
	    .limits = limits,
	    .visit = visit,
	    .ctx = ctx,
	    .r = r,
	    .a = a,
	};
	size_t mark = arena_mark(a);
	const char *p = j.start;

	*r = (struct body_result){0};
	j.end = j.start + body.n;
	if (span_starts(body, SPAN("\xef\xbb\xbf")))
		p += 3;
	if ((j.err = prepare(&j, body)) == OK)
		run(&j, p);
	release(&j, mark);
	if (j.err != OK)
		*r = (struct body_result){0};
	return j.err;
}

int
json_walk(struct span body, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a)
{
	return walk(body, cut, false, limits, visit, ctx, r, a);
}

int
json_walk_lines(struct span body, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a)
{
	return walk(body, cut, true, limits, visit, ctx, r, a);
}
