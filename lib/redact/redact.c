/*
 * See redact.h. The keyring is kept in a mapping of its own (locked, not dumped, not
 * inherited by forks). The prepared HMAC states of (class, epoch) pairs are made on first
 * use and kept in a small table, so that a token costs one HMAC of a short message.
 */
#include "redact/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define STATES_MAX 128 /* (class, epoch) pairs; classes are a fixed set of some dozens */
#define TOKEN_BYTES 16
#define TOKEN_CHARS 26
#define SHAPE_MAX 24

#define PREFIX_MAX (TOKEN_TEXT_MAX - TOKEN_CHARS)

struct state {
	char prefix[PREFIX_MAX]; /* "class.epoch." */
	size_t prefix_n;
	size_t cls_n;
	uint32_t epoch;
	struct hmac *hmac;
};

struct redactor {
	struct keyring *keys; /* locked mapping */
	struct state state[STATES_MAX];
	unsigned states;
	unsigned next; /* the one replaced when the table is full */
};

int
redactor_new(const struct keyring *keys, struct redactor **out)
{
	struct redactor *r = calloc(1, sizeof(*r));
	void *map;

	*out = NULL;
	if (!r)
		return ERR_NOMEM;
	map = mmap(NULL, sizeof(*r->keys), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED) {
		free(r);
		return ERR_NOMEM;
	}
	/* Advice: a container without the right to lock still gets tokens. */
	(void)mlock(map, sizeof(*r->keys));
	(void)madvise(map, sizeof(*r->keys), MADV_DONTDUMP);
	(void)madvise(map, sizeof(*r->keys), MADV_DONTFORK);
	r->keys = map;
	*r->keys = *keys;
	*out = r;
	return OK;
}

void
redactor_free(struct redactor *r)
{
	if (!r)
		return;
	for (unsigned i = 0; i < r->states; i++)
		hmac_free(r->state[i].hmac);
	crypto_wipe(r->keys, sizeof(*r->keys));
	munmap(r->keys, sizeof(*r->keys));
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
	static const char prefix[] = "yett redact v1 ";
	char info[sizeof(prefix) - 1 + TOKEN_CLASS_MAX];
	uint8_t key[SHA256_BYTES];
	struct state *s;
	struct hmac *hmac;
	int err, n;

	memcpy(info, prefix, sizeof(prefix) - 1);
	memcpy(info + sizeof(prefix) - 1, cls.p, cls.n);
	err = crypto_hkdf(span_make(secret->key, SECRET_BYTES), SPAN(""),
	    span_make(info, sizeof(prefix) - 1 + cls.n), key, sizeof(key));
	if (err == OK)
		err = hmac_new(span_make(key, sizeof(key)), &hmac);
	crypto_wipe(key, sizeof(key));
	if (err)
		return err;
	if (r->states < STATES_MAX) {
		s = &r->state[r->states++];
	} else {
		s = &r->state[r->next];
		r->next = (r->next + 1) % STATES_MAX;
		hmac_free(s->hmac);
	}
	n = snprintf(
	    s->prefix, sizeof(s->prefix), "%.*s.%u.", (int)cls.n, cls.p, secret->epoch);
	CHECK(n > 0 && (size_t)n < sizeof(s->prefix));
	s->prefix_n = (size_t)n;
	s->cls_n = cls.n;
	s->epoch = secret->epoch;
	s->hmac = hmac;
	*out = s;
	return OK;
}

static int
state_get(
    struct redactor *r, struct span cls, const struct secret *secret, struct state **out)
{
	for (unsigned i = 0; i < r->states; i++) {
		struct state *s = &r->state[i];

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
		err = hmac_sum(s->hmac, canonical, sum);
	if (err)
		return err;
	memcpy(text, s->prefix, s->prefix_n);
	base32_encode(sum, text + s->prefix_n);
	*out = span_make(text, s->prefix_n + TOKEN_CHARS);
	return OK;
}

int
redact_token(struct redactor *r, const char *cls, struct span canonical, int64_t now_us,
    char text[TOKEN_TEXT_MAX], struct span *out)
{
	const struct secret *secret = keyring_current(r->keys, now_us);

	*out = SPAN_NONE;
	if (!class_valid(span_str(cls)))
		return ERR_INVALID;
	if (!secret)
		return ERR_NOTFOUND;
	return token_write(r, span_str(cls), canonical, secret, text, out);
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
