/*
 * The JSON walker: a tokenizer over the bytes in place, a stack of open containers, a path
 * that grows and shrinks with it, and a visitor that sees each leaf. It accepts what RFC
 * 8259 accepts, nothing else, with three things said by a flag instead of ending the walk,
 * because servers accept them: bad UTF-8 and lone surrogates in strings (BAD_UTF8, the
 * surrogate becomes U+FFFD), and names that occur twice in an object (DUPLICATE_KEY). A byte
 * order mark is skipped.
 *
 *   want         next byte        then want
 *   VALUE        [                VALUE_OR_END    {       KEY_OR_END
 *                scalar: visit    COMMA (in a container), DONE (outside)
 *   VALUE_OR_END ]                COMMA or DONE   else as VALUE
 *   KEY_OR_END   }                COMMA or DONE   else as KEY
 *   KEY          "name" :         VALUE
 *   COMMA        ,                VALUE or KEY    ] or }  COMMA or DONE
 *   DONE         end              complete        else    trailing bytes
 *
 * Strings are found eight bytes at a time and decoded only when a backslash occurs. The
 * arena holds the stack, the path, the names seen and what was decoded; no more.
 *
 * Duplicate names: one table for the whole document of hashes of (object, decoded name). It
 * has room for every name that the bytes can hold, up to DUPLICATE_NAMES and a quarter of the
 * arena; later names are not checked. Hashes are not keyed: someone who crafts collisions can
 * set the flag on their own request, and cannot clear it, for a full neighbourhood counts as
 * a duplicate.
 */
#include "http/json.h"

#include "http/jsonstring.h"
#include "http/utf8.h"

#define PATH_BYTES_MAX \
	8192 /* of a field's path; longer is TOO_DEEP: no API has such names */
#define DUPLICATE_NAMES 8192 /* 128 KiB of table; a body of 16 KiB cannot hold more */
#define DUPLICATE_PROBES 32 /* at a load of one half, practically never reached */
#define DEPTH_MAX 512 /* of the setting request.body_depth */
#define STOP 1 /* the walk ends; the result is filled in */

enum want { VALUE, VALUE_OR_END, KEY_OR_END, KEY, COMMA, DONE };

struct level {
	struct span
	    name; /* decoded name of this container, of the nearest object above */
	uint32_t path; /* bytes of the path that its children start from */
	uint32_t serial; /* of an object; 0: an array */
	size_t mark; /* what the names of this object decoded to stands above */
};

struct json {
	const char *start, *p, *end;
	bool cut, lines;
	const struct body_limits *limits;
	field_visit *visit;
	void *ctx;
	struct body_result *r;
	struct arena *a;
	size_t keep; /* the arena is not released below: a visitor's memory */
	struct level *level; /* level[0] is the root's outside */
	unsigned depth, depth_max;
	struct span name; /* of the value that comes next */
	char *path;
	size_t path_n, path_max;
	uint64_t *names;
	size_t names_mask, names_n, names_max;
	uint32_t serial;
};

static int
stop(struct json *j, enum body_state state, uint32_t flag, const char *at)
{
	j->r->state = state;
	j->r->flags |= flag;
	j->r->offset = (size_t)(at - j->start);
	return STOP;
}

static void
release(struct json *j, size_t mark)
{
	arena_release(j->a, mark > j->keep ? mark : j->keep);
}

static uint64_t
name_hash(uint32_t serial, struct span s)
{
	uint64_t h = serial * UINT64_C(0x9e3779b97f4a7c15) ^ s.n, word;
	unsigned __int128 m;

	for (; s.n > 8; s = span_from(s, 8)) {
		memcpy(&word, s.p, 8);
		m = (unsigned __int128)(h ^ word) * UINT64_C(0xa0761d6478bd642f);
		h = (uint64_t)m ^ (uint64_t)(m >> 64);
	}
	word = 0;
	memcpy(&word, s.p, s.n);
	m = (unsigned __int128)(h ^ word) * UINT64_C(0xe7037ed1a0b428db);
	h = (uint64_t)m ^ (uint64_t)(m >> 64);
	return h ? h : 1;
}

static void
name_seen(struct json *j, uint32_t serial, struct span name)
{
	uint64_t h;

	if (j->names_n == j->names_max)
		return;
	h = name_hash(serial, name);
	for (unsigned i = 0; i < DUPLICATE_PROBES; i++) {
		uint64_t *slot = &j->names[(h + i) & j->names_mask];

		if (*slot == h)
			break;
		if (*slot == 0) {
			*slot = h;
			j->names_n++;
			return;
		}
	}
	j->r->flags |= BODY_DUPLICATE_KEY;
}

/* Appends a decoded name to the path, a '\' before '.', '[' and '\'. */
static bool
path_put(struct json *j, struct span name)
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

/* Reads the string whose quote stands at p; *out is decoded. */
static int
string(struct json *j, struct span *out)
{
	const char *token = j->p, *p = token + 1;
	bool escaped, high;
	char *text;

	switch (json_string_scan(&p, j->end, &escaped, &high)) {
	case OK: break;
	case ERR_TRUNCATED: return stop(j, BODY_TRUNCATED, 0, token);
	default: return stop(j, BODY_MALFORMED, *p ? 0 : BODY_NUL, p);
	}
	*out = span_make(token + 1, (size_t)(p - token - 1));
	j->p = p + 1;
	if (high && utf8_valid(*out, NULL) != out->n)
		j->r->flags |= BODY_BAD_UTF8;
	if (!escaped)
		return OK;
	text = arena_text(j->a, out->n);
	if (text == NULL)
		return ERR_FULL;
	*out = span_make(text, json_string_decode(*out, text, &j->r->flags));
	return OK;
}

/* Visits the leaf; at is where its token starts. */
static int
leaf(struct json *j, enum value_type type, struct span value, const char *at)
{
	struct field f = {
	    .path = span_make(j->path, j->path_n),
	    .name = j->name,
	    .value = value,
	    .type = type,
	    .depth = j->depth,
	};
	size_t used = j->a->used;

	if (j->r->fields >= j->limits->fields)
		return stop(j, BODY_MALFORMED, BODY_TOO_MANY, at);
	j->r->fields++;
	if (j->visit(j->ctx, &f) != OK)
		return stop(j, BODY_TRUNCATED, 0, j->p);
	if (j->a->used != used)
		j->keep = j->a->used;
	return OK;
}

static inline const char *
digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* A number; one that touches the end of bytes that may go on was cut. */
static int
number(struct json *j)
{
	const char *token = j->p, *p = token, *start, *end = j->end;

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
	j->p = p;
	return leaf(j, VALUE_NUMBER, span_make(token, (size_t)(p - token)), token);
}

static int
literal(struct json *j, struct span word, enum value_type type)
{
	const char *token = j->p;
	size_t n = 0;

	while (n < word.n && token + n < j->end && token[n] == word.p[n])
		n++;
	if (n < word.n)
		return token + n == j->end ? stop(j, BODY_TRUNCATED, 0, token)
					   : stop(j, BODY_MALFORMED, 0, token + n);
	j->p += word.n;
	return leaf(j, type, word, token);
}

static int
open_container(struct json *j, bool array)
{
	struct level *l;

	if (j->depth >= j->depth_max || j->path_max - j->path_n < 3)
		return stop(j, BODY_MALFORMED, BODY_TOO_DEEP, j->p);
	l = &j->level[++j->depth];
	if (array) {
		j->path[j->path_n++] = '[';
		j->path[j->path_n++] = ']';
	}
	l->name = j->name;
	l->path = (uint32_t)j->path_n;
	l->serial = array ? 0 : ++j->serial;
	l->mark = arena_mark(j->a);
	j->p++;
	return OK;
}

static enum want
close_container(struct json *j)
{
	struct level *l = &j->level[j->depth--];

	release(j, l->mark);
	j->p++;
	return j->depth ? COMMA : DONE;
}

static int
key(struct json *j)
{
	struct level *l = &j->level[j->depth];
	const char *token = j->p;
	int rc;

	release(j, l->mark);
	if (*token != '"')
		return stop(j, BODY_MALFORMED, 0, token);
	if ((rc = string(j, &j->name)) != OK)
		return rc;
	name_seen(j, l->serial, j->name);
	j->path_n = l->path;
	if (j->depth > 1)
		j->path[j->path_n++] = '.';
	if (!path_put(j, j->name))
		return stop(j, BODY_MALFORMED, BODY_TOO_DEEP, token);
	return OK;
}

static inline void
skip_blanks(struct json *j)
{
	while (j->p < j->end &&
	    (*j->p == ' ' || *j->p == '\n' || *j->p == '\r' || *j->p == '\t'))
		j->p++;
}

/* The colon between name and value. */
static int
colon(struct json *j)
{
	skip_blanks(j);
	if (j->p == j->end)
		return stop(j, BODY_TRUNCATED, 0, j->p);
	if (*j->p != ':')
		return stop(j, BODY_MALFORMED, 0, j->p);
	j->p++;
	return OK;
}

/* A value starts at p. */
static int
value(struct json *j, enum want *want)
{
	struct level *l = &j->level[j->depth];
	const char *token = j->p;
	size_t mark = arena_mark(j->a);
	struct span s;
	int rc;

	if (j->depth && l->serial == 0) {
		j->name = l->name;
		j->path_n = l->path;
	}
	*want = j->depth ? COMMA : DONE;
	switch (*token) {
	case '{': *want = KEY_OR_END; return open_container(j, false);
	case '[': *want = VALUE_OR_END; return open_container(j, true);
	case '"':
		if ((rc = string(j, &s)) == OK)
			rc = leaf(j, VALUE_STRING, s, token);
		release(j, mark);
		return rc;
	case 't': return literal(j, SPAN("true"), VALUE_TRUE);
	case 'f': return literal(j, SPAN("false"), VALUE_FALSE);
	case 'n': return literal(j, SPAN("null"), VALUE_NULL);
	default:
		if (*token == '-' || (*token >= '0' && *token <= '9'))
			return number(j);
		return stop(j, BODY_MALFORMED, *token ? 0 : BODY_NUL, token);
	}
}

/* After a value in a container: the next one or its end. */
static int
comma(struct json *j, enum want *want)
{
	bool object = j->level[j->depth].serial;

	if (*j->p == ',') {
		j->p++;
		*want = object ? KEY : VALUE;
		return OK;
	}
	if (*j->p != (object ? '}' : ']'))
		return stop(j, BODY_MALFORMED, 0, j->p);
	*want = close_container(j);
	return OK;
}

/* After a document: the end, another one, or bytes that do not belong there. */
static int
done(struct json *j, enum want *want)
{
	if (j->p == j->end) {
		return stop(j, j->cut ? BODY_TRUNCATED : BODY_COMPLETE, 0, j->p);
	}
	if (!j->lines)
		return stop(j, BODY_MALFORMED, BODY_TRAILING, j->p);
	j->name = SPAN_NONE;
	j->path_n = 0;
	*want = VALUE;
	return OK;
}

static int
run(struct json *j)
{
	enum want want = VALUE;
	int rc = OK;

	while (rc == OK) {
		skip_blanks(j);
		if (want == DONE) {
			rc = done(j, &want);
			continue;
		}
		if (j->p == j->end)
			return stop(j, BODY_TRUNCATED, 0, j->p);
		if (*j->p == (want == VALUE_OR_END ? ']' : '}') &&
		    (want == VALUE_OR_END || want == KEY_OR_END)) {
			want = close_container(j);
		} else if (want == VALUE || want == VALUE_OR_END) {
			rc = value(j, &want);
		} else if (want == COMMA) {
			rc = comma(j, &want);
		} else {
			if ((rc = key(j)) == OK)
				rc = colon(j);
			want = VALUE;
		}
	}
	return rc;
}

/* The stack, the path and the table of names. */
static int
prepare(struct json *j, struct span body)
{
	size_t names = 64, path = 2 * body.n + 16;

	j->depth_max = j->limits->depth < DEPTH_MAX ? j->limits->depth : DEPTH_MAX;
	if (j->depth_max > body.n)
		j->depth_max = (unsigned)body.n;
	j->path_max = path < PATH_BYTES_MAX ? path : PATH_BYTES_MAX;
	/* a name takes five bytes at least: "":1, */
	while (names < 2 * (body.n / 5) && names < 2 * DUPLICATE_NAMES &&
	    names * sizeof(*j->names) < (j->a->size - j->a->used) / 8)
		names *= 2;
	j->names_mask = names - 1;
	j->names_max = names / 2;
	j->level = arena_alloc(j->a, (j->depth_max + 1) * sizeof(*j->level));
	j->names = arena_alloc(j->a, names * sizeof(*j->names));
	j->path = arena_text(j->a, j->path_max);
	if (j->level == NULL || j->names == NULL || j->path == NULL)
		return ERR_FULL;
	memset(j->names, 0, names * sizeof(*j->names));
	j->level[0] = (struct level){0};
	return OK;
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
	int rc;

	*r = (struct body_result){0};
	j.p = j.start;
	j.end = j.start + body.n;
	if (span_starts(body, SPAN("\xef\xbb\xbf")))
		j.p += 3;
	if ((rc = prepare(&j, body)) == OK)
		rc = run(&j);
	release(&j, mark);
	if (rc < 0) {
		*r = (struct body_result){0};
		return rc;
	}
	return OK;
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
