/*
 * Reading and writing SPOP frames. Every length read is compared with what remains of the
 * span before anything is taken from it; nothing here allocates or keeps state.
 */
#include "spop/frame.h"

#define LENGTH_BYTES 4
#define ACTION_SET_VAR 1

const char *
spop_status_text(enum spop_status s)
{
	switch (s) {
	case SPOP_NORMAL: return "normal";
	case SPOP_IO: return "I/O error";
	case SPOP_TIMEOUT: return "a timeout occurred";
	case SPOP_TOO_BIG: return "frame is too big";
	case SPOP_INVALID: return "invalid frame received";
	case SPOP_NO_VERSION: return "version value not found";
	case SPOP_NO_FRAME_SIZE: return "max-frame-size value not found";
	case SPOP_NO_CAPABILITIES: return "capabilities value not found";
	case SPOP_BAD_VERSION: return "unsupported version";
	case SPOP_BAD_FRAME_SIZE: return "max-frame-size too big or too small";
	case SPOP_FRAGMENTED: return "fragmentation not supported";
	case SPOP_INTERLACED: return "invalid interlaced frames";
	case SPOP_NOT_FOUND: return "frame-id not found";
	case SPOP_RESOURCE: return "resource allocation error";
	case SPOP_UNKNOWN: break;
	}
	return "an unknown error occurred";
}

/* --- reading ---------------------------------------------------------------------- */

static int
read_integer(struct span *rest, struct spop_value *v)
{
	uint64_t n;
	int err = spop_read_varint(rest, &n);

	if (err != OK)
		return err;
	if (v->type == SPOP_UINT32 && n > UINT32_MAX)
		return ERR_MALFORMED;
	v->number = (int64_t)n;
	if (v->type == SPOP_INT32 && (v->number < INT32_MIN || v->number > INT32_MAX))
		return ERR_MALFORMED;
	return OK;
}

static int
read_bytes(struct span *rest, size_t n, struct span *out)
{
	if (n > rest->n)
		return ERR_TRUNCATED;
	*out = span_head(*rest, n);
	*rest = span_from(*rest, n);
	return OK;
}

int
spop_read_other(struct span *rest, struct spop_value *v, uint8_t head)
{
	v->type = head & SPOP_TYPE_MASK;
	if ((head & ~SPOP_TYPE_MASK) != 0 && head != (SPOP_FLAG_TRUE | SPOP_BOOL))
		return ERR_MALFORMED;
	switch (v->type) {
	case SPOP_NULL: return OK;
	case SPOP_BOOL: v->number = (head & SPOP_FLAG_TRUE) != 0; return OK;
	case SPOP_INT32:
	case SPOP_UINT32:
	case SPOP_INT64:
	case SPOP_UINT64: return read_integer(rest, v);
	case SPOP_IPV4: return read_bytes(rest, 4, &v->bytes);
	case SPOP_IPV6: return read_bytes(rest, 16, &v->bytes);
	case SPOP_STRING:
	case SPOP_BINARY: return spop_read_string(rest, &v->bytes);
	}
	return ERR_MALFORMED;
}

int
spop_read_frame(struct span bytes, struct spop_frame *f)
{
	struct span head = span_head(bytes, 5);
	int err = head.n == 5 ? OK : ERR_TRUNCATED;

	*f = (struct spop_frame){.payload = SPAN_NONE};
	bytes = span_from(bytes, 5);
	if (err != OK || (err = spop_read_varint(&bytes, &f->stream)) != OK ||
	    (err = spop_read_varint(&bytes, &f->frame)) != OK) {
		*f = (struct spop_frame){.payload = SPAN_NONE};
		return err;
	}
	f->type = (uint8_t)head.p[0];
	for (size_t i = 1; i < head.n; i++)
		f->flags = f->flags << 8 | (uint8_t)head.p[i];
	f->payload = bytes;
	return OK;
}

/* --- HELLO and DISCONNECT --------------------------------------------------------- */

/* Whether a comma-separated list has the word. */
static bool
list_has(struct span list, struct span word)
{
	while (!span_absent(list))
		if (span_eq(span_trim(span_cut(&list, ',')), word))
			return true;
	return false;
}

static bool
is_integer(const struct spop_value *v)
{
	return v->type >= SPOP_INT32 && v->type <= SPOP_UINT64;
}

/* What has been found of the mandatory keys. */
struct hello_seen {
	bool version, size, capabilities;
	bool version_known;
};

static int
hello_key(struct span key, const struct spop_value *v, struct spop_hello *h,
    struct hello_seen *seen)
{
	if (span_eq(key, SPAN("supported-versions"))) {
		if (v->type != SPOP_STRING)
			return ERR_MALFORMED;
		seen->version = true;
		seen->version_known = list_has(v->bytes, SPAN("2.0"));
	} else if (span_eq(key, SPAN("max-frame-size"))) {
		if (!is_integer(v) || v->number < 0)
			return ERR_MALFORMED;
		seen->size = true;
		h->max_frame = (uint64_t)v->number;
	} else if (span_eq(key, SPAN("capabilities"))) {
		if (v->type != SPOP_STRING)
			return ERR_MALFORMED;
		seen->capabilities = true;
		h->pipelining = list_has(v->bytes, SPAN("pipelining"));
	} else if (span_eq(key, SPAN("healthcheck"))) {
		if (v->type != SPOP_BOOL)
			return ERR_MALFORMED;
		h->healthcheck = v->number != 0;
	} else if (span_eq(key, SPAN("engine-id"))) {
		if (v->type != SPOP_STRING)
			return ERR_MALFORMED;
		h->engine_id = v->bytes;
	}
	return OK;
}

int
spop_read_hello(struct span payload, struct spop_hello *h, enum spop_status *status)
{
	struct hello_seen seen = {0};
	struct spop_value v;
	struct span key;
	int err;

	*h = (struct spop_hello){.engine_id = SPAN_NONE};
	*status = SPOP_NORMAL;
	while (payload.n > 0)
		if ((err = spop_read_string(&payload, &key)) != OK ||
		    (err = spop_read_value(&payload, &v)) != OK ||
		    (err = hello_key(key, &v, h, &seen)) != OK) {
			*status = SPOP_INVALID;
			goto refused;
		}
	err = ERR_INVALID;
	if (!seen.version)
		*status = SPOP_NO_VERSION;
	else if (!seen.size)
		*status = SPOP_NO_FRAME_SIZE;
	else if (!seen.capabilities)
		*status = SPOP_NO_CAPABILITIES;
	else if (!seen.version_known)
		*status = SPOP_BAD_VERSION;
	else if (h->max_frame < SPOP_OFFER_MIN || h->max_frame > UINT32_MAX)
		*status = SPOP_BAD_FRAME_SIZE;
	else
		return OK;
refused:
	*h = (struct spop_hello){.engine_id = SPAN_NONE};
	return err;
}

int
spop_read_disconnect(struct span payload, uint64_t *code, struct span *message)
{
	struct spop_value v;
	struct span key;
	int err;

	*code = SPOP_UNKNOWN;
	*message = SPAN_NONE;
	while (payload.n > 0) {
		if ((err = spop_read_string(&payload, &key)) != OK ||
		    (err = spop_read_value(&payload, &v)) != OK)
			return err;
		if (span_eq(key, SPAN("status-code")) && is_integer(&v))
			*code = (uint64_t)v.number;
		else if (span_eq(key, SPAN("message")) && v.type == SPOP_STRING)
			*message = v.bytes;
	}
	return OK;
}

/* --- messages --------------------------------------------------------------------- */

int
spop_read_message(struct span *rest, struct span *name, unsigned *arguments)
{
	int err;

	*name = SPAN_NONE;
	*arguments = 0;
	if (rest->n == 0)
		return ERR_NOTFOUND;
	if ((err = spop_read_string(rest, name)) != OK)
		return err;
	if (rest->n == 0)
		return ERR_TRUNCATED;
	*arguments = (uint8_t)rest->p[0];
	*rest = span_from(*rest, 1);
	return OK;
}

/* --- writing ---------------------------------------------------------------------- */

static void
put_byte(struct spop_writer *w, uint8_t b)
{
	if (w->n == w->cap)
		w->full = true;
	if (w->full)
		return;
	w->p[w->n++] = b;
}

static void
put_bytes(struct spop_writer *w, struct span s)
{
	if (s.n > w->cap - w->n)
		w->full = true;
	if (w->full || s.n == 0)
		return;
	memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
}

static void
put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

void
spop_put_varint(struct spop_writer *w, uint64_t v)
{
	if (v < VARINT_DIRECT) {
		put_byte(w, (uint8_t)v);
		return;
	}
	put_byte(w, (uint8_t)(v | 0xf0));
	v = (v - VARINT_DIRECT) >> 4;
	while (v >= 128) {
		put_byte(w, (uint8_t)(v | 0x80));
		v = (v - 128) >> 7;
	}
	put_byte(w, (uint8_t)v);
}

void
spop_put_string(struct spop_writer *w, struct span s)
{
	spop_put_varint(w, s.n);
	put_bytes(w, s);
}

void
spop_begin(struct spop_writer *w, enum spop_type type, uint64_t stream, uint64_t frame)
{
	uint8_t head[LENGTH_BYTES + 1 + 4] = {0};

	w->start = w->n;
	head[LENGTH_BYTES] = (uint8_t)type;
	put_u32(head + LENGTH_BYTES + 1, SPOP_FIN);
	put_bytes(w, span_make(head, sizeof(head)));
	spop_put_varint(w, stream);
	spop_put_varint(w, frame);
}

void
spop_end(struct spop_writer *w)
{
	if (w->full) {
		w->n = w->start;
		return;
	}
	put_u32(w->p + w->start, (uint32_t)(w->n - w->start - LENGTH_BYTES));
}

void
spop_put_agent_hello(struct spop_writer *w, uint32_t max_frame)
{
	spop_begin(w, SPOP_AGENT_HELLO, 0, 0);
	spop_put_string(w, SPAN("version"));
	put_byte(w, SPOP_STRING);
	spop_put_string(w, SPAN("2.0"));
	spop_put_string(w, SPAN("max-frame-size"));
	put_byte(w, SPOP_UINT32);
	spop_put_varint(w, max_frame);
	spop_put_string(w, SPAN("capabilities"));
	put_byte(w, SPOP_STRING);
	spop_put_string(w, SPAN("pipelining"));
	spop_end(w);
}

void
spop_put_agent_disconnect(struct spop_writer *w, enum spop_status status)
{
	spop_begin(w, SPOP_AGENT_DISCONNECT, 0, 0);
	spop_put_string(w, SPAN("status-code"));
	put_byte(w, SPOP_UINT32);
	spop_put_varint(w, status);
	spop_put_string(w, SPAN("message"));
	put_byte(w, SPOP_STRING);
	spop_put_string(w, span_str(spop_status_text(status)));
	spop_end(w);
}

static void
put_set_var(struct spop_writer *w, enum spop_scope scope, struct span name)
{
	const uint8_t head[] = {ACTION_SET_VAR, 3, (uint8_t)scope};

	put_bytes(w, span_make(head, sizeof(head)));
	spop_put_string(w, name);
}

void
spop_set_text(
    struct spop_writer *w, enum spop_scope scope, struct span name, struct span value)
{
	put_set_var(w, scope, name);
	put_byte(w, SPOP_STRING);
	spop_put_string(w, value);
}

void
spop_set_number(
    struct spop_writer *w, enum spop_scope scope, struct span name, int64_t value)
{
	put_set_var(w, scope, name);
	put_byte(w, SPOP_INT64);
	spop_put_varint(w, (uint64_t)value);
}

void
spop_set_bool(struct spop_writer *w, enum spop_scope scope, struct span name, bool value)
{
	put_set_var(w, scope, name);
	put_byte(w, value ? SPOP_FLAG_TRUE | SPOP_BOOL : SPOP_BOOL);
}
