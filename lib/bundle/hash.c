/* The format's hash: SipHash with a key that is part of the format, not a secret. */
#include "bundle/bundle.h"
#include "crypto/siphash.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bundles are little endian");

static const uint8_t format_key[SIPHASH_KEY_BYTES] = "yett bundle hash";

static uint64_t
never_zero(uint64_t h)
{
	return h ? h : 1;
}

uint64_t
bundle_hash(struct span s)
{
	return never_zero(siphash64(format_key, s.p, s.n));
}

uint64_t
bundle_hash_number(int64_t v)
{
	return never_zero(siphash64(format_key, &v, sizeof v));
}
