/* Networks. */
#include "policy/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

static bool
is_v4(const struct address *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return a->bits >= 96 && memcmp(a->bytes, mapped, sizeof mapped) == 0;
}

/* Clears the bits behind the prefix; whether any was set. */
static bool
mask(struct address *a)
{
	bool set = false;

	for (unsigned i = a->bits; i < 128; i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		set |= (a->bytes[i / 8] & bit) != 0;
		a->bytes[i / 8] &= (uint8_t)~bit;
	}
	return set;
}

int
address_parse(struct span text, struct address *out)
{
	struct span rest = text, host = span_cut(&rest, '/');
	char buf[INET6_ADDRSTRLEN];
	uint64_t bits;
	bool v4;

	*out = (struct address){0};
	if (host.n == 0 || host.n >= sizeof buf)
		return ERR_MALFORMED;
	memcpy(buf, host.p, host.n);
	buf[host.n] = '\0';
	v4 = inet_pton(AF_INET, buf, out->bytes + 12) == 1;
	if (v4)
		out->bytes[10] = out->bytes[11] = 0xff;
	else if (memchr(host.p, '\0', host.n) ||
	    inet_pton(AF_INET6, buf, out->bytes) != 1)
		goto malformed;
	out->bits = 128;
	if (span_absent(rest))
		return OK;
	if (span_u64(rest, &bits) != OK)
		goto malformed;
	if (bits > (v4 ? 32u : 128u)) {
		*out = (struct address){0};
		return ERR_RANGE;
	}
	out->bits = (uint8_t)(bits + (v4 ? 96 : 0));
	return mask(out) ? ERR_INVALID : OK;
malformed:
	*out = (struct address){0};
	return ERR_MALFORMED;
}

struct span
address_print(const struct address *a, char out[ADDRESS_TEXT_MAX])
{
	bool v4 = is_v4(a);
	size_t n;

	inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a->bytes + 12 : a->bytes, out,
	    ADDRESS_TEXT_MAX);
	n = strlen(out);
	if (a->bits < 128)
		snprintf(out + n, ADDRESS_TEXT_MAX - n, "/%u", a->bits - (v4 ? 96u : 0u));
	return span_str(out);
}

int
address_cmp(const struct address *a, const struct address *b)
{
	int c = memcmp(a->bytes, b->bytes, sizeof a->bytes);

	return c ? c : (int)a->bits - (int)b->bits;
}

static int
compare(const void *a, const void *b)
{
	return address_cmp(a, b);
}

static bool
covers(const struct address *net, const struct address *a)
{
	struct address head = *a;

	if (net->bits > a->bits)
		return false;
	head.bits = net->bits;
	mask(&head);
	return memcmp(head.bytes, net->bytes, sizeof head.bytes) == 0;
}

uint32_t
address_reduce(struct address *a, uint32_t n)
{
	uint32_t kept = 0;

	if (n)
		qsort(a, n, sizeof *a, compare);
	/* A covering network sorts before all that it covers. */
	for (uint32_t i = 0; i < n; i++)
		if (kept == 0 || !covers(&a[kept - 1], &a[i]))
			a[kept++] = a[i];
	return kept;
}
