/*
 * SPOP 2.0 on the wire, both directions, as pure functions over bytes. Facts and byte
 * examples: HAProxy's SPOE.txt §3 and yett-spoe(7).
 *
 *   PACKET = length:u32be FRAME     FRAME = type:u8 flags:u32be stream:varint frame:varint PAYLOAD
 */
#ifndef SPOP_FRAME_H
#define SPOP_FRAME_H

#include "base/varint.h"

enum spop_type {
	SPOP_UNSET = 0,
	SPOP_HAPROXY_HELLO = 1,
	SPOP_HAPROXY_DISCONNECT = 2,
	SPOP_NOTIFY = 3,
	SPOP_AGENT_HELLO = 101,
	SPOP_AGENT_DISCONNECT = 102,
	SPOP_ACK = 103,
};
#define SPOP_FIN 1u
#define SPOP_ABORT 2u
#define SPOP_FRAME_MIN 7 /* type, flags, two one-byte varints */
#define SPOP_OFFER_MIN 256

enum spop_status {
	SPOP_NORMAL = 0,
	SPOP_IO = 1,
	SPOP_TIMEOUT = 2,
	SPOP_TOO_BIG = 3,
	SPOP_INVALID = 4,
	SPOP_NO_VERSION = 5,
	SPOP_NO_FRAME_SIZE = 6,
	SPOP_NO_CAPABILITIES = 7,
	SPOP_BAD_VERSION = 8,
	SPOP_BAD_FRAME_SIZE = 9,
	SPOP_FRAGMENTED = 10,
	SPOP_INTERLACED = 11,
	SPOP_NOT_FOUND = 12,
	SPOP_RESOURCE = 13,
	SPOP_UNKNOWN = 99,
};
const char *spop_status_text(enum spop_status s);

enum spop_data {
	SPOP_NULL,
	SPOP_BOOL,
	SPOP_INT32,
	SPOP_UINT32,
	SPOP_INT64,
	SPOP_UINT64,
	SPOP_IPV4,
	SPOP_IPV6,
	SPOP_STRING,
	SPOP_BINARY
};
enum spop_scope { SPOP_PROC, SPOP_SESS, SPOP_TXN, SPOP_REQ, SPOP_RES };

struct spop_value {
	enum spop_data type;
	int64_t number; /* BOOL and integers */
	struct span bytes; /* addresses, STRING, BINARY */
};

struct spop_frame {
	uint8_t type;
	uint32_t flags;
	uint64_t stream, frame; /* stream 0 is legal in a NOTIFY */
	struct span payload;
};

#define SPOP_TYPE_MASK 0x0f
#define SPOP_FLAG_TRUE 0x10

/* Reading: each advances *rest past what it read. ERR_TRUNCATED or ERR_MALFORMED (also a
 * varint over 64 bits or 10 bytes), *rest then undefined. Inline what is read a hundred times
 * in each NOTIFY. */
MUST_CHECK static inline int
spop_read_varint(struct span *rest, uint64_t *v)
{
	return varint_read(rest, v);
}

MUST_CHECK static inline int
spop_read_string(struct span *rest, struct span *s)
{
	return varint_text(rest, s);
}

/* Values that are no text: the type is one of enum spop_data, its byte is taken. */
MUST_CHECK int spop_read_other(struct span *rest, struct spop_value *v, uint8_t head);

MUST_CHECK static inline int
spop_read_value(struct span *rest, struct spop_value *v)
{
	uint8_t head;

	v->type = SPOP_NULL;
	v->number = 0;
	v->bytes = SPAN_NONE;
	if (rest->n == 0)
		return ERR_TRUNCATED;
	head = (uint8_t)rest->p[0];
	rest->p++;
	rest->n--;
	if (head != SPOP_STRING && head != SPOP_BINARY)
		return spop_read_other(rest, v, head);
	v->type = head;
	return spop_read_string(rest, &v->bytes);
}

/* One frame without its length. */
MUST_CHECK int spop_read_frame(struct span bytes, struct spop_frame *f);

/* HAPROXY-HELLO: what counts of it. status says the DISCONNECT code when it is not OK. */
struct spop_hello {
	uint64_t max_frame; /* offered */
	bool pipelining;
	bool healthcheck;
	struct span engine_id; /* may be absent */
};
MUST_CHECK int
spop_read_hello(struct span payload, struct spop_hello *h, enum spop_status *status);
MUST_CHECK int
spop_read_disconnect(struct span payload, uint64_t *code, struct span *message);

/* Messages of a NOTIFY: name and number of arguments, then each argument by
 * spop_read_argument. At the end of the payload ERR_NOTFOUND. */
MUST_CHECK int
spop_read_message(struct span *rest, struct span *name, unsigned *arguments);
MUST_CHECK static inline int
spop_read_argument(struct span *rest, struct span *name, struct spop_value *v)
{
	int err = spop_read_string(rest, name);

	if (err == OK)
		return spop_read_value(rest, v);
	*v = (struct spop_value){.type = SPOP_NULL, .bytes = SPAN_NONE};
	return err;
}

/* Writing into memory of fixed size; `full` is sticky. */
struct spop_writer {
	uint8_t *p;
	size_t n, cap;
	bool full;
	size_t start; /* of the frame being written */
};
void spop_put_varint(struct spop_writer *w, uint64_t v);
void spop_put_string(struct spop_writer *w, struct span s);
void
spop_begin(struct spop_writer *w, enum spop_type type, uint64_t stream, uint64_t frame);
void spop_end(struct spop_writer
	*w); /* fills in the length; a frame that did not fit vanishes, full is set */
void spop_put_agent_hello(struct spop_writer *w, uint32_t max_frame);
void spop_put_agent_disconnect(struct spop_writer *w, enum spop_status status);
/* Actions of an ACK, between begin and end. Names: scope.prefix.name ≤ 63 bytes together. */
void spop_set_text(
    struct spop_writer *w, enum spop_scope scope, struct span name, struct span value);
void spop_set_number(
    struct spop_writer *w, enum spop_scope scope, struct span name, int64_t value);
void
spop_set_bool(struct spop_writer *w, enum spop_scope scope, struct span name, bool value);

#endif
