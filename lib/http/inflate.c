/*
 * Undoing content encodings with zlib, whose memory comes from the arena and is given back
 * at the end. Bombs are bounded three times: by bytes, by the ratio of the whole to what was
 * received, and by the number of codings. "deflate" is zlib's format by RFC 9110 §8.4.1.2,
 * and the bare one as some clients send it: told apart by zlib's two bytes.
 */
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#include "http/body.h"

#define CODINGS_MAX 3 /* one is usual, two are odd, more hide something */
#define RATIO_FLOOR \
	4096 /* bytes any body may grow to: short repetitive JSON is no bomb */

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_DEFLATE, CODING_UNKNOWN };

static void *
arena_zalloc(void *a, unsigned items, unsigned size)
{
	return arena_alloc(a, (size_t)items * size);
}

static void
arena_zfree(void *a, void *p)
{
	/* the whole arena is released at the end */
}

static enum coding
coding_of(struct span name)
{
	if (name.n == 0 || span_ieq(name, SPAN("identity")))
		return CODING_IDENTITY;
	if (span_ieq(name, SPAN("gzip")) || span_ieq(name, SPAN("x-gzip")))
		return CODING_GZIP;
	if (span_ieq(name, SPAN("deflate")))
		return CODING_DEFLATE;
	return CODING_UNKNOWN;
}

static int
window_bits(enum coding c, struct span in)
{
	unsigned head;

	if (c == CODING_GZIP)
		return 15 + 16;
	if (in.n < 2)
		return 15;
	head = (unsigned)(uint8_t)in.p[0] << 8 | (uint8_t)in.p[1];
	return (head >> 8 & 15) == 8 && head % 31 == 0 ? 15 : -15;
}

static void
broken(struct body_result *r, enum body_state state, uint32_t flag)
{
	/* what is malformed stays so */
	if (r->state != BODY_MALFORMED)
		r->state = state;
	r->flags |= flag;
}

/* Runs the stream to its end or to that of its input; gzip may have several members. */
static int
run(z_stream *z, enum coding c, struct body_result *r)
{
	for (;;) {
		int rc = inflate(z, Z_NO_FLUSH);

		if (rc == Z_MEM_ERROR)
			return ERR_FULL;
		if (rc == Z_STREAM_END) {
			if (z->avail_in == 0)
				return OK;
			if (c != CODING_GZIP || z->next_in[0] != 0x1f) {
				r->flags |= BODY_TRAILING;
				return OK;
			}
			if (inflateReset(z) != Z_OK)
				return ERR_FULL;
			continue;
		}
		if (rc != Z_OK && rc != Z_BUF_ERROR) {
			broken(r, BODY_MALFORMED, BODY_BAD_ENCODING);
			return OK;
		}
		if (z->avail_out == 0) {
			broken(r, BODY_TRUNCATED, BODY_INFLATE_LIMIT);
			return OK;
		}
		if (z->avail_in == 0) {
			broken(r, BODY_TRUNCATED, 0);
			return OK;
		}
	}
}

/* One coding: *body is replaced by what it inflates to, at most room bytes, at mark (where
 * what an earlier coding gave may stand: it is done with). */
static int
undo(struct span *body, enum coding c, size_t room, size_t mark, struct body_result *r,
    struct arena *a)
{
	size_t n;
	z_stream z = {
	    .next_in = (const Bytef *)body->p,
	    .avail_in = (uInt)body->n,
	    .zalloc = arena_zalloc,
	    .zfree = arena_zfree,
	    .opaque = a,
	};
	char *out;
	int rc;

	if (body->n > UINT32_MAX || room > UINT32_MAX)
		return ERR_FULL;
	if (inflateInit2(&z, window_bits(c, *body)) != Z_OK)
		return ERR_FULL;
	/* one byte more tells a body of exactly room bytes from a longer one */
	out = arena_text(a, room + 1);
	if (out == NULL)
		return ERR_FULL;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)room + 1;
	rc = run(&z, c, r);
	n = room + 1 - z.avail_out;
	if (n > room) {
		n = room;
		broken(r, BODY_TRUNCATED, BODY_INFLATE_LIMIT);
	}
	(void)inflateEnd(&z);
	if (rc != OK)
		return rc;
	memmove(a->base + mark, out, n);
	arena_release(a, mark + n);
	*body = span_make(a->base + mark, n);
	return OK;
}

/* The codings in the order of the header, in *n; false: unknown or too many. */
static bool
codings(struct span list, enum coding out[CODINGS_MAX], unsigned *n)
{
	*n = 0;
	while (!span_absent(list)) {
		enum coding c = coding_of(span_trim(span_cut(&list, ',')));

		if (c == CODING_IDENTITY)
			continue;
		if (c == CODING_UNKNOWN || *n == CODINGS_MAX)
			return false;
		out[(*n)++] = c;
	}
	return true;
}

int
body_inflate(struct span body, struct span content_encoding,
    const struct body_limits *limits, struct span *out, struct body_result *r,
    struct arena *a)
{
	enum coding coding[CODINGS_MAX];
	size_t mark = arena_mark(a), room = limits->inflate_bytes;
	unsigned n;
	int rc;

	*r = (struct body_result){0};
	*out = body;
	if (!codings(content_encoding, coding, &n)) {
		*out = span_head(body, 0);
		r->state = BODY_MALFORMED;
		r->flags = BODY_BAD_ENCODING;
		return OK;
	}
	if (n && limits->inflate_ratio && body.n < room / limits->inflate_ratio) {
		room = body.n * limits->inflate_ratio;
		if (room < RATIO_FLOOR && RATIO_FLOOR < limits->inflate_bytes)
			room = RATIO_FLOOR;
	}
	while (n) {
		r->flags |= BODY_INFLATED;
		if ((rc = undo(out, coding[--n], room, mark, r, a)) != OK) {
			arena_release(a, mark);
			*out = SPAN_NONE;
			*r = (struct body_result){0};
			return rc;
		}
	}
	r->offset = out->n;
	return OK;
}
