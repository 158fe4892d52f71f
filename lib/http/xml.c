/*
 * XML by expat, whose memory comes from the arena and is given back at the end. Nothing
 * outside the document is ever read: no external entity, no DTD file. Entities are not
 * expanded in text (they are left out); in attribute values expat expands them, and its own
 * protection stops it early (AMPLIFICATION); the arena bounds it in any case.
 *
 * Paths are local names: a prefix is the client's choice. `<s:a x="1">t<b/></s:a>` is
 * a.@x = 1, a = t, a.b = "". Text between two tags is one leaf of the element it stands in;
 * blanks alone are none, but an element without children has one leaf always.
 *
 * expat's memory functions have no context: the arena stands in a thread-local variable for
 * the time of the call. Each block has its size before it, for realloc; the last block grows
 * and goes in place. The hash salt is made of the body, so that it needs no random source
 * and nobody can prepare names that collide.
 */
#include "http/body.h"

#define XML_DTD /* prototypes of the protection against entities */
#include <expat.h>

#include "crypto/siphash.h"

#define PATH_BYTES_MAX 8192 /* longer is TOO_DEEP: no API has such names */
#define DEPTH_MAX 512 /* of the setting request.body_depth */
#define AMPLIFICATION 4.0f /* most that entities may multiply the bytes by */
#define AMPLIFICATION_FLOOR 65536 /* bytes after which that is looked at */
#define BLOCK 16 /* before each block: its size */

struct xml {
	XML_Parser parser;
	struct span body;
	const struct body_limits *limits;
	field_visit *visit;
	void *ctx;
	struct body_result *r;
	struct arena *a;
	char *path;
	char *names; /* local names of the open elements, one after another */
	size_t path_n, names_n, path_max;
	struct {
		uint32_t path; /* bytes of the path up to this element */
		uint32_t name; /* where its name starts in names */
		bool child; /* has had one */
	} * level;
	unsigned depth, depth_max;
	struct span
	    text; /* since the last tag; in the body if it is in one piece there */
	char *joined; /* else here */
	size_t joined_max;
	size_t handled; /* offset up to which everything was visited */
	bool stopped, full, kept;
};

static _Thread_local struct arena *memory;

static void *
block_malloc(size_t n)
{
	char *p;

	if (n > SIZE_MAX - BLOCK)
		return NULL;
	p = arena_alloc(memory, n + BLOCK);
	if (p == NULL)
		return NULL;
	memcpy(p, &n, sizeof(n));
	return p + BLOCK;
}

static bool
is_last_block(const char *p, size_t n)
{
	return p + n == (char *)memory->base + memory->used;
}

static void
block_free(void *block)
{
	size_t n;

	if (block == NULL)
		return;
	memcpy(&n, (char *)block - BLOCK, sizeof(n));
	if (is_last_block(block, n))
		arena_release(memory, memory->used - n - BLOCK);
}

static void *
block_realloc(void *block, size_t n)
{
	size_t old;
	void *p;

	if (block == NULL)
		return block_malloc(n);
	memcpy(&old, (char *)block - BLOCK, sizeof(old));
	if (n <= old)
		return block;
	if (is_last_block(block, old)) {
		if (arena_text(memory, n - old) == NULL)
			return NULL;
		memcpy((char *)block - BLOCK, &n, sizeof(n));
		return block;
	}
	p = block_malloc(n);
	if (p)
		memcpy(p, block, old);
	return p;
}

static size_t
offset_now(const struct xml *x)
{
	XML_Index at = XML_GetCurrentByteIndex(x->parser);

	return at < 0 || (size_t)at > x->body.n ? x->handled : (size_t)at;
}

static void
stop(struct xml *x, enum body_state state, uint32_t flag)
{
	if (x->stopped)
		return;
	x->stopped = true;
	x->r->state = state;
	x->r->flags |= flag;
	x->r->offset = offset_now(x);
	(void)XML_StopParser(x->parser, XML_FALSE);
}

static struct span
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return span_str(colon ? colon + 1 : name);
}

/* Appends ".name" or ".@name" to the path; false: too long. */
static bool
path_put(struct xml *x, struct span prefix, struct span name)
{
	size_t room = x->path_max - x->path_n;
	char *o = x->path + x->path_n;

	if (prefix.n + 2 * name.n > room)
		return false;
	memcpy(o, prefix.p, prefix.n);
	o += prefix.n;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '.' || name.p[i] == '[' || name.p[i] == '\\')
			*o++ = '\\';
		*o++ = name.p[i];
	}
	x->path_n = (size_t)(o - x->path);
	return true;
}

static void
leaf(struct xml *x, struct span name, struct span value)
{
	struct field f = {
	    .path = span_make(x->path, x->path_n),
	    .name = name,
	    .value = value,
	    .type = VALUE_STRING,
	    .depth = x->depth,
	};
	size_t used = x->a->used;

	if (x->stopped)
		return;
	if (x->r->fields >= x->limits->fields) {
		stop(x, BODY_MALFORMED, BODY_TOO_MANY);
		return;
	}
	x->r->fields++;
	if (x->visit(x->ctx, &f) != OK)
		stop(x, BODY_TRUNCATED, 0);
	if (x->a->used != used)
		x->kept = true;
}

/* The local name of the innermost element. */
static struct span
current_name(const struct xml *x)
{
	size_t start = x->level[x->depth - 1].name;

	return span_make(x->names + start, x->names_n - start);
}

/* Visits the text since the last tag; at the end of an element without children always. */
static void
flush_text(struct xml *x, bool always)
{
	struct span s = x->text;

	x->text = SPAN_NONE;
	if (x->depth && (always || span_trim(s).n))
		leaf(x, current_name(x), s.n ? s : SPAN(""));
}

static void XMLCALL
on_text(void *ctx, const char *p, int n)
{
	struct xml *x = ctx;

	if (x->stopped || n <= 0)
		return;
	if (x->text.n == 0) {
		x->text = span_make(p, (size_t)n);
		if (p < x->body.p || p >= x->body.p + x->body.n)
			goto join;
		return;
	}
	if (x->text.p + x->text.n == p && x->text.p != x->joined) {
		x->text.n += (size_t)n;
		return;
	}
join:
	if (x->joined == NULL) {
		/* UTF-16 and Latin-1 grow by half and to the double */
		x->joined_max = 2 * x->body.n + 16;
		x->joined = arena_text(x->a, x->joined_max);
	}
	if (x->joined == NULL || (size_t)n > x->joined_max - x->text.n) {
		x->full = true;
		stop(x, BODY_MALFORMED, 0);
		return;
	}
	if (x->text.p == p) {
		memcpy(x->joined, p, (size_t)n);
		x->text.p = x->joined;
		return;
	}
	if (x->text.p != x->joined)
		memcpy(x->joined, x->text.p, x->text.n);
	memcpy(x->joined + x->text.n, p, (size_t)n);
	x->text = span_make(x->joined, x->text.n + (size_t)n);
}

static void
visit_attributes(struct xml *x, const char **attribute)
{
	size_t path_n = x->path_n;

	for (; *attribute && !x->stopped; attribute += 2) {
		struct span name = local_name(attribute[0]);

		if (strncmp(attribute[0], "xmlns:", 6) == 0)
			name = SPAN("xmlns");
		if (!path_put(x, SPAN(".@"), name)) {
			stop(x, BODY_MALFORMED, BODY_TOO_DEEP);
			return;
		}
		leaf(x, name, span_str(attribute[1]));
		x->path_n = path_n;
	}
}

static void XMLCALL
on_start(void *ctx, const char *name, const char **attribute)
{
	struct span local = local_name(name);
	struct xml *x = ctx;

	if (x->stopped)
		return;
	flush_text(x, false);
	if (x->depth >= x->depth_max ||
	    !path_put(x, x->depth ? SPAN(".") : SPAN(""), local)) {
		stop(x, BODY_MALFORMED, BODY_TOO_DEEP);
		return;
	}
	if (x->depth)
		x->level[x->depth - 1].child = true;
	x->level[x->depth].path = (uint32_t)x->path_n;
	x->level[x->depth].name = (uint32_t)x->names_n;
	x->level[x->depth].child = false;
	x->depth++;
	/* never longer than the path */
	memcpy(x->names + x->names_n, local.p, local.n);
	x->names_n += local.n;
	visit_attributes(x, attribute);
	x->handled = offset_now(x) + (size_t)XML_GetCurrentByteCount(x->parser);
}

static void XMLCALL
on_end(void *ctx, const char *name)
{
	struct xml *x = ctx;

	if (x->stopped)
		return;
	flush_text(x, !x->level[x->depth - 1].child);
	x->depth--;
	x->names_n = x->level[x->depth].name;
	x->path_n = x->depth ? x->level[x->depth - 1].path : 0;
	x->handled = offset_now(x) + (size_t)XML_GetCurrentByteCount(x->parser);
}

static void XMLCALL
on_doctype(
    void *ctx, const char *name, const char *system, const char *public, int internal)
{
	struct xml *x = ctx;

	x->r->flags |= BODY_DTD;
}

/* Its being set is what keeps expat from expanding entities in text. */
static void XMLCALL
on_other(void *ctx, const char *p, int n)
{
}

static void
finish(struct xml *x, bool cut, enum XML_Status status)
{
	enum XML_Error e = XML_GetErrorCode(x->parser);
	struct body_result *r = x->r;

	if (x->stopped)
		return;
	if (status == XML_STATUS_OK) {
		r->state = cut ? BODY_TRUNCATED : BODY_COMPLETE;
		r->offset = cut ? x->handled : x->body.n;
		return;
	}
	switch (e) {
	case XML_ERROR_NO_MEMORY: x->full = true; break;
	case XML_ERROR_NO_ELEMENTS:
	case XML_ERROR_UNCLOSED_TOKEN:
	case XML_ERROR_UNCLOSED_CDATA_SECTION:
	case XML_ERROR_PARTIAL_CHAR:
		r->state = BODY_TRUNCATED;
		r->offset = x->handled;
		break;
	default:
		if (e == XML_ERROR_JUNK_AFTER_DOC_ELEMENT)
			r->flags |= BODY_TRAILING;
		r->state = BODY_MALFORMED;
		r->offset = offset_now(x);
	}
}

static int
prepare(struct xml *x)
{
	static const XML_Memory_Handling_Suite suite = {
	    block_malloc,
	    block_realloc,
	    block_free,
	};
	static const uint8_t key[SIPHASH_KEY_BYTES] = "yett xml salt";
	size_t path = 2 * x->body.n + 16;

	x->depth_max = x->limits->depth < DEPTH_MAX ? x->limits->depth : DEPTH_MAX;
	x->path_max = path < PATH_BYTES_MAX ? path : PATH_BYTES_MAX;
	x->level = arena_alloc(x->a, (x->depth_max + 1) * sizeof(*x->level));
	x->path = arena_text(x->a, x->path_max);
	x->names = arena_text(x->a, x->path_max);
	if (x->level == NULL || x->path == NULL || x->names == NULL)
		return ERR_FULL;
	x->parser = XML_ParserCreate_MM(NULL, &suite, NULL);
	if (x->parser == NULL)
		return ERR_FULL;
	(void)XML_SetHashSalt(
	    x->parser, (unsigned long)siphash64(key, x->body.p, x->body.n) | 1);
	(void)XML_SetBillionLaughsAttackProtectionMaximumAmplification(
	    x->parser, AMPLIFICATION);
	(void)XML_SetBillionLaughsAttackProtectionActivationThreshold(
	    x->parser, AMPLIFICATION_FLOOR);
	XML_SetUserData(x->parser, x);
	XML_SetElementHandler(x->parser, on_start, on_end);
	XML_SetCharacterDataHandler(x->parser, on_text);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	XML_SetDefaultHandler(x->parser, on_other);
	return OK;
}

int
xml_walk(struct span body, bool cut, const struct body_limits *limits, field_visit *visit,
    void *ctx, struct body_result *r, struct arena *a)
{
	struct xml x = {
	    .body = body.n ? body : SPAN(""),
	    .limits = limits,
	    .visit = visit,
	    .ctx = ctx,
	    .r = r,
	    .a = a,
	};
	struct arena *outer = memory; /* a visitor may walk another document */
	size_t mark = arena_mark(a);
	int rc;

	*r = (struct body_result){0};
	if (body.n > INT32_MAX)
		return ERR_FULL;
	memory = a;
	rc = prepare(&x);
	if (rc == OK) {
		finish(&x, cut, XML_Parse(x.parser, x.body.p, (int)x.body.n, !cut));
		if (x.full)
			rc = ERR_FULL;
	}
	memory = outer;
	if (!x.kept)
		arena_release(a, mark);
	if (rc != OK)
		*r = (struct body_result){0};
	return rc;
}
