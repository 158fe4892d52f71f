/*
 * See redact.h. Everything derived from keys is kept in one mapping (locked, not dumped, not
 * inherited by forks). The prepared HMAC states of (class, epoch) pairs are made on first
 * use and kept in a small table, so that a token costs one HMAC of a short message.
 */
#include "redact/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/map.h"
#include "crypto/derive.h"
#include "redact/canonical.h"

#define STATES_MAX 128 /* (class, epoch) pairs; classes are a fixed set of some dozens */
#define TOKEN_BYTES 16
#define TOKEN_CHARS 26
#define SHAPE_MAX 24
#define LINKS_MAX 32768u /* told tokens that are remembered, in each of two generations */

#define PREFIX_MAX (TOKEN_TEXT_MAX - TOKEN_CHARS)

struct state {
	char prefix[PREFIX_MAX]; /* "class.epoch." */
	size_t prefix_n;
	size_t cls_n;
	uint32_t epoch;
	struct hmac hmac;
};

struct secrets {
	struct keyring keys;
	struct state state[STATES_MAX];
	uint8_t value_key[SIPHASH_KEY_BYTES]; /* of value_epoch */
};

struct redactor {
	struct secrets *s; /* guarded mapping */
	unsigned states;
	unsigned next; /* the one replaced when the table is full */
	uint32_t value_epoch; /* 0: no key yet */
	int64_t overlap_us;
	redact_link *tell;
	void *tell_ctx;
	struct map told, told_before; /* generations */
};

int
redactor_new(const struct keyring *keys, struct redactor **out)
{
	struct redactor *r = calloc(1, sizeof(*r));
	void *map;

	*out = NULL;
	if (!r)
		return ERR_NOMEM;
	map = mmap(NULL, sizeof(*r->s), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED) {
		free(r);
		return ERR_NOMEM;
	}
	/* Advice: a container without the right to lock still gets tokens. */
	(void)crypto_guard(map, sizeof(*r->s));
	(void)madvise(map, sizeof(*r->s), MADV_DONTFORK);
	r->s = map;
	r->s->keys = *keys;
	*out = r;
	return OK;
}

void
redactor_free(struct redactor *r)
{
	if (!r)
		return;
	crypto_wipe(r->s, sizeof(*r->s));
	munmap(r->s, sizeof(*r->s));
	map_fini(&r->told);
	map_fini(&r->told_before);
	free(r);
}

static bool
class_valid(struct span cls)
{
	if (cls.n == 0 || cls.n > TOKEN_CLASS_MAX)
		return false;
	for (size_t i = 0; i < cls.n; i++) {
		char c = cls.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return true;
}

static int
state_make(
    struct redactor *r, struct span cls, const struct secret *secret, struct state **out)
{
	uint8_t key[SHA256_BYTES];
	struct state *s;
	int err, n;

	err = derive_redaction_key(secret, cls, key);
	if (err)
		return err;
	if (r->states < STATES_MAX) {
		s = &r->s->state[r->states++];
	} else {
		s = &r->s->state[r->next];
		r->next = (r->next + 1) % STATES_MAX;
	}
	s->epoch = 0; /* of nobody unless all of it succeeds */
	err = hmac_init(&s->hmac, span_make(key, sizeof(key)));
	crypto_wipe(key, sizeof(key));
	if (err)
		return err;
	n = snprintf(
	    s->prefix, sizeof(s->prefix), "%.*s.%u.", (int)cls.n, cls.p, secret->epoch);
	CHECK(n > 0 && (size_t)n < sizeof(s->prefix));
	s->prefix_n = (size_t)n;
	s->cls_n = cls.n;
	s->epoch = secret->epoch;
	*out = s;
	return OK;
}

static int
state_get(
    struct redactor *r, struct span cls, const struct secret *secret, struct state **out)
{
	for (unsigned i = 0; i < r->states; i++) {
		struct state *s = &r->s->state[i];

		if (s->epoch == secret->epoch &&
		    span_eq(span_make(s->prefix, s->cls_n), cls)) {
			*out = s;
			return OK;
		}
	}
	return state_make(r, cls, secret, out);
}

static void
base32_encode(const uint8_t in[TOKEN_BYTES], char out[TOKEN_CHARS])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint32_t bits = 0;
	unsigned have = 0, n = 0;

	for (unsigned i = 0; i < TOKEN_BYTES; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 5; have -= 5)
			out[n++] = alphabet[bits >> (have - 5) & 31];
	}
	out[n] = alphabet[bits << (5 - have) & 31];
}

static int
token_write(struct redactor *r, struct span cls, struct span canonical,
    const struct secret *secret, char text[TOKEN_TEXT_MAX], struct span *out)
{
	uint8_t sum[SHA256_BYTES];
	struct state *s;
	int err;

	err = state_get(r, cls, secret, &s);
	if (err == OK)
		err = hmac_sum(&s->hmac, canonical, sum);
	if (err)
		return err;
	memcpy(text, s->prefix, s->prefix_n);
	base32_encode(sum, text + s->prefix_n);
	*out = span_make(text, s->prefix_n + TOKEN_CHARS);
	return OK;
}

/* --- links ------------------------------------------------------------------------- */

int
redactor_overlap(struct redactor *r, int64_t overlap_us, redact_link *tell, void *ctx)
{
	int err = OK;

	r->overlap_us = overlap_us;
	r->tell = NULL;
	if (!r->told.slots)
		err = map_init(&r->told, LINKS_MAX);
	if (err == OK && !r->told_before.slots)
		err = map_init(&r->told_before, LINKS_MAX);
	if (err == OK) {
		r->tell = tell;
		r->tell_ctx = ctx;
	}
	return err;
}

/* Whether a token is told for the first time, as far as is remembered. Its end is as good as
 * random: eight characters of it are the key. */
static bool
link_fresh(struct redactor *r, struct span token)
{
	struct map full;
	uint64_t key;

	memcpy(&key, token.p + token.n - sizeof(key), sizeof(key));
	key *= UINT64_C(0x9e3779b97f4a7c15);
	key ^= key >> 32;
	if (map_get(&r->told, key) != MAP_NONE ||
	    map_get(&r->told_before, key) != MAP_NONE)
		return false;
	if (r->told.n == LINKS_MAX) {
		full = r->told_before;
		r->told_before = r->told;
		r->told = full;
		map_clear(&r->told);
	}
	return map_put(&r->told, key, 0) == OK;
}

static void
link_tell(struct redactor *r, struct span cls, struct span canonical, struct span token,
    int64_t now_us)
{
	const struct secret *before = keyring_before(&r->s->keys, now_us, r->overlap_us);
	char text[TOKEN_TEXT_MAX];
	struct span from;

	if (before && link_fresh(r, token) &&
	    token_write(r, cls, canonical, before, text, &from) == OK)
		r->tell(r->tell_ctx, from, token, now_us);
}

/* --- tokens ------------------------------------------------------------------------ */

int
redact_token(struct redactor *r, const char *cls, struct span canonical, int64_t now_us,
    char text[TOKEN_TEXT_MAX], struct span *out)
{
	const struct secret *secret = keyring_current(&r->s->keys, now_us);
	int err;

	*out = SPAN_NONE;
	if (!class_valid(span_str(cls)))
		return ERR_INVALID;
	if (!secret)
		return ERR_NOTFOUND;
	err = token_write(r, span_str(cls), canonical, secret, text, out);
	if (err == OK && r->tell)
		link_tell(r, span_str(cls), canonical, *out, now_us);
	return err;
}

int
redact_token_before(struct redactor *r, const char *cls, struct span canonical,
    int64_t now_us, char text[TOKEN_TEXT_MAX], struct span *out)
{
	const struct secret *secret = keyring_before(&r->s->keys, now_us, r->overlap_us);

	*out = SPAN_NONE;
	if (!class_valid(span_str(cls)))
		return ERR_INVALID;
	if (!secret)
		return ERR_NOTFOUND;
	return token_write(r, span_str(cls), canonical, secret, text, out);
}

int
redact_value(struct redactor *r, const struct class_info *cls, struct span value,
    int64_t now_us, char text[TOKEN_TEXT_MAX], struct span *out)
{
	char canonical[CANONICAL_MAX];
	int err = redact_token(r, cls->name,
	    canonical_make(cls->canonical, value, canonical), now_us, text, out);

	crypto_wipe(canonical, value.n < sizeof(canonical) ? value.n : sizeof(canonical));
	return err;
}

uint64_t
redact_value_hash(struct redactor *r, struct span value, int64_t now_us)
{
	const struct secret *secret = keyring_current(&r->s->keys, now_us);

	if (!secret)
		return 0;
	if (r->value_epoch != secret->epoch) {
		r->value_epoch = 0;
		if (derive_value_key(secret, r->s->value_key) != OK)
			return 0;
		r->value_epoch = secret->epoch;
	}
	return siphash64(r->s->value_key, value.p, value.n);
}

uint32_t
redact_epoch(const struct redactor *r, int64_t now_us)
{
	const struct secret *secret = keyring_current(&r->s->keys, now_us);

	return secret ? secret->epoch : 0;
}

static char
shape_char(char c)
{
	if (c >= 'a' && c <= 'z')
		return 'a';
	if (c >= 'A' && c <= 'Z')
		return 'A';
	if (c >= '0' && c <= '9')
		return '9';
	return c > ' ' && c < 0x7f ? c : '*';
}

struct span
redact_shape(struct span value, char out[24])
{
	size_t n = 0;

	for (size_t i = 0; i < value.n && n < SHAPE_MAX; i++) {
		char c = shape_char(value.p[i]);

		if (n == 0 || out[n - 1] != c)
			out[n++] = c;
	}
	return span_make(out, n);
}

bool
redact_is_token(struct span s)
{
	struct span rest = s, cls = span_cut(&rest, '.'), epoch;
	uint64_t number;

	if (!class_valid(cls) || span_absent(rest))
		return false;
	epoch = span_cut(&rest, '.');
	if (span_u64(epoch, &number) || epoch.p[0] == '0' || number > UINT16_MAX)
		return false;
	if (span_absent(rest) || rest.n != TOKEN_CHARS)
		return false;
	for (size_t i = 0; i < rest.n; i++) {
		char c = rest.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '2' && c <= '7'))
			return false;
	}
	return true;
}

static bool
is_uuid(struct span id)
{
	if (id.n != 36)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (c != '-')
				return false;
		} else if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f')) {
			return false;
		}
	}
	return true;
}

struct span
redact_request_id(
    struct redactor *r, struct span id, int64_t now_us, char text[TOKEN_TEXT_MAX])
{
	const struct secret *secret = keyring_current(&r->s->keys, now_us);
	struct span token;

	if (is_uuid(id))
		return id;
	/* No link is told: an id comes once. */
	if (id.n == 0 || !secret ||
	    token_write(r, SPAN("request_id"), id, secret, text, &token) != OK)
		return SPAN("");
	return token;
}
