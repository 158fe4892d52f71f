/*
 * The header index. One pass over the binary block; a name is looked up among the known
 * ones by its length and then compared. The order hash runs over the names, eight bytes at
 * a time, and leaves out those that one and the same client sends at one time and not at
 * another (bodies, conditions, credentials, what proxies add): they would make two
 * identities of it.
 */
#include "http/headers.h"

#include <endian.h>

#include "base/varint.h"

/* Known headers that are part of the order hash, one bit each. */
static const uint32_t steady = UINT32_C(1) << HDR_HOST | UINT32_C(1) << HDR_USER_AGENT |
    UINT32_C(1) << HDR_ACCEPT | UINT32_C(1) << HDR_ACCEPT_LANGUAGE |
    UINT32_C(1) << HDR_ACCEPT_ENCODING;

/* Others that are not; nor is any name that starts with "x-" or "sec-fetch-". */
static const struct span varying[] = {
    SPAN("age"),
    SPAN("cache-control"),
    SPAN("content-md5"),
    SPAN("date"),
    SPAN("expect"),
    SPAN("forwarded"),
    SPAN("idempotency-key"),
    SPAN("if-match"),
    SPAN("if-modified-since"),
    SPAN("if-none-match"),
    SPAN("if-range"),
    SPAN("if-unmodified-since"),
    SPAN("last-event-id"),
    SPAN("pragma"),
    SPAN("range"),
    SPAN("traceparent"),
    SPAN("tracestate"),
    SPAN("upgrade-insecure-requests"),
    SPAN("via"),
};

static int
known_id(struct span name)
{
	static const struct span known[HEADER_KNOWN] = {
#define X(id, text) [id] = SPAN(text),
	    HEADER_TABLE(X)
#undef X
	};
	/* by length: the candidates, id + 1; 0 ends */
	static const uint8_t candidate[][4] = {
	    [4] = {HDR_HOST + 1},
	    [6] = {HDR_ACCEPT + 1, HDR_COOKIE + 1, HDR_ORIGIN + 1},
	    [7] = {HDR_REFERER + 1},
	    [9] = {HDR_X_API_KEY + 1},
	    [10] = {HDR_USER_AGENT + 1, HDR_SOAPACTION + 1},
	    [12] = {HDR_CONTENT_TYPE + 1},
	    [13] = {HDR_AUTHORIZATION + 1},
	    [14] = {HDR_CONTENT_LENGTH + 1},
	    [15] = {HDR_ACCEPT_LANGUAGE + 1, HDR_ACCEPT_ENCODING + 1},
	    [16] = {HDR_CONTENT_ENCODING + 1},
	    [17] = {HDR_TRANSFER_ENCODING + 1},
	    [22] = {HDR_X_HTTP_METHOD_OVERRIDE + 1},
	};

	if (name.n >= sizeof(candidate) / sizeof(candidate[0]))
		return -1;
	for (const uint8_t *c = candidate[name.n]; *c; c++)
		if (memcmp(known[*c - 1].p, name.p, name.n) == 0)
			return *c - 1;
	return -1;
}

static bool
is_varying(struct span name, int id)
{
	if (id >= 0)
		return !(steady >> id & 1);
	if (name.n > 2 && name.p[0] == 'x' && name.p[1] == '-')
		return true;
	if (name.n > 10 && memcmp(name.p, "sec-fetch-", 10) == 0)
		return true;
	for (size_t i = 0; i < sizeof(varying) / sizeof(varying[0]); i++)
		if (varying[i].n == name.n && varying[i].p[0] == name.p[0] &&
		    memcmp(varying[i].p, name.p, name.n) == 0)
			return true;
	return false;
}

static uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Takes a name into the order hash. */
static uint64_t
order_add(uint64_t h, struct span name)
{
	uint64_t word;
	size_t i = 0;

	for (; name.n - i >= 8; i += 8) {
		memcpy(&word, name.p + i, 8);
		h = fold(h ^ le64toh(word), UINT64_C(0x9e3779b97f4a7c15));
	}
	word = 0;
	memcpy(&word, name.p + i, name.n - i);
	return fold(h ^ le64toh(word), UINT64_C(0xd6e8feb86659fd93) ^ name.n << 48);
}

int
headers_parse(struct headers *out, struct span bin, unsigned max, struct arena *a)
{
	size_t mark = arena_mark(a), room;

	memset(out, 0, sizeof(*out));
	out->order_hash = UINT64_C(0x243f6a8885a308d3);
	if (span_absent(bin))
		return OK;
	/* no header takes less than three bytes */
	room = bin.n / 3 < max ? bin.n / 3 : max;
	if (room > UINT16_MAX - 1)
		room = UINT16_MAX - 1;
	out->h = arena_alloc(a, room * sizeof(*out->h));
	if (out->h == NULL) {
		memset(out, 0, sizeof(*out));
		return ERR_FULL;
	}
	out->truncated = true;
	while (bin.n) {
		struct header *h = &out->h[out->n];
		struct span name, value;

		if (varint_text(&bin, &name) != OK || varint_text(&bin, &value) != OK)
			goto malformed;
		if (name.n == 0) {
			if (value.n || bin.n)
				goto malformed;
			out->truncated = false;
			break;
		}
		if (out->n == room) {
			out->over_limit = true;
			out->truncated = false;
			break;
		}
		h->name = name;
		h->value = value;
		h->id = known_id(name);
		out->n++;
		if (h->id >= 0 && out->count[h->id]++ == 0)
			out->first[h->id] = (uint16_t)out->n;
		if (!is_varying(name, h->id))
			out->order_hash = order_add(out->order_hash, name);
	}
	arena_release(a, (size_t)((uint8_t *)(out->h + out->n) - a->base));
	return OK;
malformed:
	arena_release(a, mark);
	memset(out, 0, sizeof(*out));
	return ERR_MALFORMED;
}

struct span
headers_known(const struct headers *h, enum header_id id)
{
	return h->first[id] ? h->h[h->first[id] - 1].value : SPAN_NONE;
}

struct span
headers_get(const struct headers *h, struct span name)
{
	int id = name.n ? known_id(name) : -1;

	if (id >= 0)
		return headers_known(h, (enum header_id)id);
	for (unsigned i = 0; i < h->n; i++)
		if (span_eq(h->h[i].name, name))
			return h->h[i].value;
	return SPAN_NONE;
}
