/* TLS prints; what each is made of stands in print.h. */
#include "engine/print.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "crypto/crypto.h"
#include "crypto/siphash.h"

#define EXT_SERVER_NAME 0x0000
#define EXT_ALPN 0x0010
#define EXT_SIGNATURES 0x000d
#define EXT_PADDING 0x0015
#define EXT_PRE_SHARED_KEY 0x0029
#define EXT_EARLY_DATA 0x002a
#define EXT_VERSIONS 0x002b
#define EXT_COOKIE 0x002c

/* 0x0a0a, 0x1a1a … 0xfafa. */
static bool
is_grease(unsigned v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* The list of a capture without GREASE; an odd last byte is a cut value and left out. */
static unsigned
list_read(struct span s, uint16_t out[PRINT_LIST_MAX])
{
	unsigned n = 0;

	for (size_t i = 0; i + 1 < s.n && n < PRINT_LIST_MAX; i += 2) {
		unsigned v = (unsigned)(uint8_t)s.p[i] << 8 | (uint8_t)s.p[i + 1];

		if (!is_grease(v))
			out[n++] = (uint16_t)v;
	}
	return n;
}

static bool
list_has(struct span s, unsigned wanted)
{
	for (size_t i = 0; i + 1 < s.n; i += 2)
		if (((unsigned)(uint8_t)s.p[i] << 8 | (uint8_t)s.p[i + 1]) == wanted)
			return true;
	return false;
}

/* A bijective mix (the finaliser of SplitMix64, Steele et al. 2014). */
static uint64_t
mix64(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* The sum of mixed values does not depend on their order: a set without sorting. */
static uint64_t
set_hash(struct span s, unsigned tag, bool extensions)
{
	uint64_t sum = 0;

	for (size_t i = 0; i + 1 < s.n; i += 2) {
		unsigned v = (unsigned)(uint8_t)s.p[i] << 8 | (uint8_t)s.p[i + 1];

		if (is_grease(v))
			continue;
		if (extensions &&
		    (v == EXT_SERVER_NAME || v == EXT_ALPN || v == EXT_PADDING ||
			v == EXT_PRE_SHARED_KEY || v == EXT_EARLY_DATA ||
			v == EXT_COOKIE))
			continue;
		sum += mix64((uint64_t)tag << 32 | (v + 1));
	}
	return mix64(sum + tag);
}

uint64_t
print_tls(const struct request *r)
{
	uint64_t h;

	if (span_absent(r->tls_ciphers) && span_absent(r->tls_extensions))
		return 0;
	h = mix64((uint64_t)r->tls_version + 1);
	h = mix64(h ^ set_hash(r->tls_ciphers, 1, false));
	h = mix64(h ^ set_hash(r->tls_extensions, 2, true));
	for (size_t i = 0; i + 1 < r->tls_groups.n; i += 2) {
		unsigned v = (unsigned)(uint8_t)r->tls_groups.p[i] << 8 |
		    (uint8_t)r->tls_groups.p[i + 1];

		if (!is_grease(v))
			h = mix64(h ^ (v + 1));
	}
	for (size_t i = 0; i < r->tls_formats.n; i++)
		h += mix64(UINT64_C(3) << 32 | (uint8_t)r->tls_formats.p[i]);
	return mix64(h) | 1;
}

/* "a-b-c" in decimal. */
static char *
join_decimal(char *to, struct span s)
{
	uint16_t v[PRINT_LIST_MAX];
	unsigned n = list_read(s, v);

	for (unsigned i = 0; i < n; i++)
		to += snprintf(to, 8, "%s%u", i ? "-" : "", (unsigned)v[i]);
	return to;
}

struct span
print_ja3(const struct request *r, char out[JA3_TEXT_BYTES])
{
	/* Three lists of at most 6 characters a value, formats of at most 4. */
	char text[3 * PRINT_LIST_MAX * 6 + PRINT_LIST_MAX * 4 + 32], *to = text;
	uint8_t md5[16];

	if (span_absent(r->tls_ciphers) || r->tls_version < 0)
		return SPAN_NONE;
	to += snprintf(to, 16, "%u,", (unsigned)(uint16_t)r->tls_version);
	to = join_decimal(to, r->tls_ciphers);
	*to++ = ',';
	to = join_decimal(to, r->tls_extensions);
	*to++ = ',';
	to = join_decimal(to, r->tls_groups);
	*to++ = ',';
	for (size_t i = 0; i < r->tls_formats.n && i < PRINT_LIST_MAX; i++)
		to += snprintf(
		    to, 8, "%s%u", i ? "-" : "", (unsigned)(uint8_t)r->tls_formats.p[i]);
	if (crypto_md5(span_make(text, (size_t)(to - text)), md5) != OK)
		return SPAN_NONE;
	hex_encode(md5, sizeof(md5), out);
	return span_make(out, JA3_TEXT_BYTES);
}

static int
compare16(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* "1301,1302" in hex. */
static char *
join_hex(char *to, const uint16_t *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		to += snprintf(to, 8, "%s%04x", i ? "," : "", (unsigned)v[i]);
	return to;
}

/* First 12 hex digits of the SHA-256 of text; zeros for no text, as JA4 has it. */
static int
hash12(const char *text, size_t n, char out[12])
{
	uint8_t sum[SHA256_BYTES] = {0};
	int rc;

	if (n && (rc = crypto_sha256(span_make(text, n), sum)) != OK)
		return rc;
	hex_encode(sum, 6, out);
	return OK;
}

static const char *
ja4_version(const struct request *r)
{
	uint16_t v[PRINT_LIST_MAX];
	unsigned n = list_read(r->tls_versions, v), best = (uint16_t)r->tls_version;

	/* Who sends supported_versions offers 1.3 (RFC 8446 §4.2.1). */
	if (list_has(r->tls_extensions, EXT_VERSIONS))
		best = 0x0304;
	if (n) {
		best = 0;
		for (unsigned i = 0; i < n; i++)
			best = v[i] > best ? v[i] : best;
	}
	switch (best) {
	case 0x0304: return "13";
	case 0x0303: return "12";
	case 0x0302: return "11";
	case 0x0301: return "10";
	case 0x0300: return "s3";
	case 0x0002: return "s2";
	default: return "00";
	}
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

/* First and last character of the ALPN; of its hex form when either is not alphanumeric. */
static void
ja4_alpn(struct span alpn, char out[2])
{
	char hex[4];

	out[0] = out[1] = '0';
	if (alpn.n == 0)
		return;
	out[0] = alpn.p[0];
	out[1] = alpn.p[alpn.n - 1];
	if (is_alnum(out[0]) && is_alnum(out[1]))
		return;
	hex_encode(alpn.p, 1, hex);
	hex_encode(alpn.p + alpn.n - 1, 1, hex + 2);
	out[0] = hex[0];
	out[1] = hex[3];
}

/* The third part: sorted extensions without server name and ALPN, then the signature
 * algorithms in order. */
static int
ja4_extensions(const struct request *r, const uint16_t *ext, unsigned n, char out[12])
{
	char text[2 * PRINT_LIST_MAX * 5 + 8], *to = text;
	uint16_t v[PRINT_LIST_MAX];
	unsigned kept = 0;

	for (unsigned i = 0; i < n; i++)
		if (ext[i] != EXT_SERVER_NAME && ext[i] != EXT_ALPN)
			v[kept++] = ext[i];
	qsort(v, kept, sizeof(*v), compare16);
	to = join_hex(to, v, kept);
	n = list_read(r->tls_signatures, v);
	if (n) {
		*to++ = '_';
		to = join_hex(to, v, n);
	}
	return hash12(text, (size_t)(to - text), out);
}

struct span
print_ja4(const struct request *r, char out[JA4_TEXT_MAX])
{
	char text[PRINT_LIST_MAX * 5 + 8], *to;
	uint16_t cipher[PRINT_LIST_MAX], ext[PRINT_LIST_MAX];
	unsigned ciphers, exts;

	if (span_absent(r->tls_ciphers) || r->tls_version < 0)
		return SPAN_NONE;
	ciphers = list_read(r->tls_ciphers, cipher);
	exts = list_read(r->tls_extensions, ext);
	snprintf(out, JA4_TEXT_MAX, "t%s%c%02u%02u", ja4_version(r),
	    list_has(r->tls_extensions, EXT_SERVER_NAME) ? 'd' : 'i',
	    ciphers < 99 ? ciphers : 99, exts < 99 ? exts : 99);
	ja4_alpn(r->alpn, out + 8);
	out[10] = '_';
	qsort(cipher, ciphers, sizeof(*cipher), compare16);
	to = join_hex(text, cipher, ciphers);
	if (hash12(text, (size_t)(to - text), out + 11) != OK)
		return SPAN_NONE;
	out[23] = '_';
	if (span_absent(r->tls_signatures) &&
	    list_has(r->tls_extensions, EXT_SIGNATURES)) {
		out[24] = 'x';
		return span_make(out, 25);
	}
	if (ja4_extensions(r, ext, exts, out + 24) != OK)
		return SPAN_NONE;
	return span_make(out, 36);
}

const struct print_cache_slot *
print_cached(struct print_cache_slot cache[PRINT_CACHE_SLOTS], const uint8_t *key,
    const struct request *r)
{
	struct siphash s;
	struct print_cache_slot *slot;
	uint64_t h;

	siphash_init(&s, key, false);
	siphash_update(&s, &r->tls_version, sizeof(r->tls_version));
	siphash_update_span(&s, r->tls_ciphers);
	siphash_update_span(&s, r->tls_extensions);
	siphash_update_span(&s, r->tls_groups);
	siphash_update_span(&s, r->tls_formats);
	siphash_update_span(&s, r->tls_signatures);
	siphash_update_span(&s, r->tls_versions);
	siphash_update_span(&s, r->alpn);
	h = siphash_final64(&s) | 1;
	slot = &cache[h >> 32 & (PRINT_CACHE_SLOTS - 1)];
	if (slot->key == h)
		return slot;
	slot->key = h;
	slot->ja3_bytes = (uint8_t)print_ja3(r, slot->ja3).n;
	slot->ja4_bytes = (uint8_t)print_ja4(r, slot->ja4).n;
	return slot;
}
