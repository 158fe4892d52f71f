/* The ring record: writing and, with every offset doubted, reading. */
#include "engine/request_record.h"

struct record_part {
	uint32_t offset, length;
};

#define PARTS_BYTES (REQUEST_SPANS * sizeof(struct record_part))
#define HEAD_BYTES (sizeof(struct request_prelude) + PARTS_BYTES)

_Static_assert(sizeof(struct request_prelude) == 144, "prelude layout");

#define X(f, arg) +1
_Static_assert(5 == 0 REQUEST_NUMBER_TABLE(X), "numbers of the prelude");
#undef X

size_t
request_record_size(const struct request *r, bool with_body)
{
	size_t n = HEAD_BYTES;

	for (unsigned i = 0; i < REQUEST_SPANS; i++)
		if (i != RS_body || with_body)
			n += r->span[i].n;
	return n;
}

static struct request_prelude
prelude_of(const struct request *r, const struct verdict *v)
{
	struct request_prelude p = {
	    .version = REQUEST_RECORD_VERSION,
	    .identity_kind = (uint16_t)v->identity_kind,
	    .action = (uint16_t)v->action,
	    .time_us = r->now_us,
	    .identity_lo = v->identity.lo,
	    .identity_hi = v->identity.hi,
	    .endpoint_hash = v->endpoint_hash,
	    .revision = v->revision,
	    .rule_hash = v->rule_hash,
	    .shadow_hash = v->shadow_hash,
	    .exceptions = v->exceptions,
	    .flags = v->flags & ~(uint32_t)VERDICT_BODY_IN_RECORD,
	    .target_flags = v->target_flags,
	    .status = v->status,
	    .inspected = (uint16_t)v->inspected,
	    .shadow_action = (uint16_t)v->shadow_action,
	    .body_kind = v->body_kind,
	};
	int64_t *number = p.number;

#define X(f, arg) *number++ = r->f;
	REQUEST_NUMBER_TABLE(X)
#undef X
	p.body_bytes = (uint32_t)(r->body_visible > (int64_t)r->body.n
		? (r->body_visible < UINT32_MAX ? r->body_visible : UINT32_MAX)
		: (int64_t)r->body.n);
	return p;
}

void
request_record_write(void *at, const struct request *r, const struct verdict *v,
    uint16_t worker, uint64_t sequence, uint32_t endpoint_id, uint32_t decision_ns,
    bool with_body)
{
	struct request_prelude p = prelude_of(r, v);
	struct record_part part[REQUEST_SPANS];
	uint8_t *base = at, *to = base + HEAD_BYTES;

	p.worker = worker;
	p.sequence = sequence;
	p.endpoint_id = endpoint_id;
	p.decision_ns = decision_ns;
	if (with_body)
		p.flags |= VERDICT_BODY_IN_RECORD;
	memcpy(base, &p, sizeof(p));
	for (unsigned i = 0; i < REQUEST_SPANS; i++) {
		struct span s = r->span[i];

		part[i] = (struct record_part){0};
		if (span_absent(s) || (i == RS_body && !with_body))
			continue;
		part[i].offset = (uint32_t)(to - base);
		part[i].length = (uint32_t)s.n;
		memcpy(to, s.p, s.n);
		to += s.n;
	}
	memcpy(base + sizeof(p), part, sizeof(part));
}

int
request_record_read(
    struct span record, struct request_prelude *prelude, struct request *r)
{
	struct record_part part;
	const char *at;
	const int64_t *number;

	request_init(r);
	*prelude = (struct request_prelude){0};
	if (record.n < HEAD_BYTES)
		return ERR_CORRUPT;
	memcpy(prelude, record.p, sizeof(*prelude));
	if (prelude->version != REQUEST_RECORD_VERSION) {
		*prelude = (struct request_prelude){0};
		return ERR_VERSION;
	}
	at = record.p + sizeof(*prelude);
	for (unsigned i = 0; i < REQUEST_SPANS; i++, at += sizeof(part)) {
		memcpy(&part, at, sizeof(part));
		if (part.offset == 0)
			continue;
		if (part.offset < HEAD_BYTES || part.offset > record.n ||
		    part.length > record.n - part.offset) {
			request_init(r);
			*prelude = (struct request_prelude){0};
			return ERR_CORRUPT;
		}
		r->span[i] = span_make(record.p + part.offset, part.length);
	}
	number = prelude->number;
#define X(f, arg) r->f = *number++;
	REQUEST_NUMBER_TABLE(X)
#undef X
	r->now_us = prelude->time_us;
	return OK;
}
