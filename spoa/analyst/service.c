/* See service.h. */
#include "analyst/service.h"

#include <stdlib.h>

#include "crypto/crypto.h"
#include "redact/words.h"
#include "sketch/distinct.h"

/* Labels that are no words and nobody's names: endings of the DNS and usual first labels. */
#define LABEL_SHORT 3 /* letters: "com", "uk", "io", "eu" */
#define LABEL_NUMBERED 2 /* digits behind a word or such letters: "web01", "us2" */

struct service {
	struct span name; /* malloced but for `other` */
	struct span shown; /* name, or token */
	char *token; /* "{~…}", NULL: never undecided */
	char *token_before; /* records in hand may still point to it */
	struct distinct *identities; /* of an undecided one */
	bool barred; /* never to be shown by use */
	uint32_t epoch; /* of the token */
};

struct services {
	struct service *s;
	uint32_t n, capacity;
	uint64_t identities;
	struct redactor *redactor;
	const struct bundle *bundle;
	const struct release *release;
	uint32_t undecided; /* services that are shown as tokens */
	int64_t now_us; /* of the last call that had it */
	struct map map;
	uint8_t key[SIPHASH_KEY_BYTES];
};

int
services_new(uint32_t capacity, uint64_t identities, struct redactor *redactor,
    struct services **out)
{
	struct services *s = calloc(1, sizeof(*s));
	int err = ERR_NOMEM;

	*out = NULL;
	if (!s)
		return err;
	s->capacity = capacity;
	s->identities = identities;
	s->redactor = redactor;
	s->s = calloc((size_t)capacity + 1, sizeof(*s->s));
	if (!s->s || map_init(&s->map, capacity) != OK)
		goto fail;
	err = crypto_random(s->key, sizeof(s->key));
	if (err)
		goto fail;
	s->s[0].name = s->s[0].shown = SPAN("other");
	s->n = 1;
	*out = s;
	return OK;
fail:
	services_free(s);
	return err;
}

void
services_free(struct services *s)
{
	if (!s)
		return;
	for (uint32_t i = 1; i < s->n; i++) {
		free((char *)(uintptr_t)s->s[i].name.p);
		free(s->s[i].token);
		free(s->s[i].token_before);
		free(s->s[i].identities);
	}
	map_fini(&s->map);
	free(s->s);
	free(s);
}

/* --- which hosts are shown ---------------------------------------------------------- */

static bool
label_plain(struct span label)
{
	size_t letters = 0, digits = 0;

	while (letters < label.n && ascii_is_letter(label.p[letters]))
		letters++;
	while (letters + digits < label.n && ascii_is_digit(label.p[letters + digits]))
		digits++;
	if (letters + digits == label.n && letters > 0 && digits <= LABEL_NUMBERED)
		return letters <= LABEL_SHORT || words_known(span_head(label, letters)) ||
		    span_eq(label, SPAN("localhost"));
	return words_known(label);
}

/* Four numbers, or brackets: what host_normalise() leaves of an address. */
static bool
is_address(struct span name)
{
	unsigned dots = 0;

	if (name.n > 2 && name.p[0] == '[')
		return true;
	for (size_t i = 0; i < name.n; i++) {
		dots += name.p[i] == '.';
		if (!ascii_is_digit(name.p[i]) && name.p[i] != '.')
			return false;
	}
	return dots == 3 && name.n <= 15;
}

/* As a service, or as a word: a host that another gateway has released. */
static bool
policy_has(const struct services *s, struct span name)
{
	const struct bundle *b = s->bundle;

	if (b && bundle_has_word(b, name))
		return true;
	for (uint32_t i = 0; b && i < b->services; i++)
		if (span_eq(bundle_text(b, b->service[i].name), name))
			return true;
	return false;
}

static bool
name_decided(const struct services *s, struct span name)
{
	if (!s->redactor || is_address(name) || policy_has(s, name))
		return true;
	while (!span_absent(name))
		if (!label_plain(span_cut(&name, '.')))
			return false;
	return true;
}

/* --- services ----------------------------------------------------------------------- */

uint32_t
services_find(const struct services *s, struct span name)
{
	uint32_t i;

	if (name.n == 0 || span_eq(name, s->s[SERVICE_OTHER].name))
		return SERVICE_OTHER;
	i = map_get(&s->map, siphash64(s->key, name.p, name.n));
	return i == MAP_NONE ? SERVICE_OTHER : i;
}

static struct span
token_frame(struct span token, char out[SERVICE_TOKEN_MAX])
{
	memcpy(out, "{~", 2);
	memcpy(out + 2, token.p, token.n);
	out[token.n + 2] = '}';
	return span_make(out, token.n + 3);
}

/* Its token under the epoch of now; without one it stays as it is. */
static bool
token_make(struct services *s, struct service *v, int64_t now_us)
{
	char text[TOKEN_TEXT_MAX], *token = malloc(SERVICE_TOKEN_MAX);
	struct span out;

	s->now_us = now_us;
	if (!token ||
	    redact_token(s->redactor, "host", v->name, now_us, text, &out) != OK) {
		free(token);
		return false;
	}
	free(v->token_before);
	v->token_before = v->token;
	v->token = token;
	v->shown = token_frame(out, token);
	v->epoch = redact_epoch(s->redactor, now_us);
	return true;
}

uint32_t
services_add(struct services *s, struct span name, int64_t now_us)
{
	uint32_t i = services_find(s, name);
	struct service *v;
	char *copy;

	if (i != SERVICE_OTHER || name.n == 0 || s->n > s->capacity ||
	    span_eq(name, s->s[SERVICE_OTHER].name))
		return i;
	copy = malloc(name.n);
	if (!copy)
		return SERVICE_OTHER;
	memcpy(copy, name.p, name.n);
	v = &s->s[s->n];
	*v = (struct service){.name = span_make(copy, name.n)};
	v->shown = v->name;
	if (!name_decided(s, name)) {
		v->identities = calloc(1, sizeof(*v->identities));
		if (!v->identities || !token_make(s, v, now_us))
			goto fail;
	}
	if (map_put(&s->map, siphash64(s->key, name.p, name.n), s->n) != OK)
		goto fail;
	s->undecided += v->identities != NULL;
	return s->n++;
fail:
	free(copy);
	free(v->identities);
	free(v->token);
	*v = (struct service){0};
	return SERVICE_OTHER;
}

struct span
services_name(const struct services *s, uint32_t index)
{
	return s->s[index < s->n ? index : SERVICE_OTHER].shown;
}

bool
services_name_before(
    struct services *s, uint32_t index, char text[SERVICE_TOKEN_MAX], struct span *out)
{
	const struct service *v = &s->s[index < s->n ? index : SERVICE_OTHER];
	char token[TOKEN_TEXT_MAX];
	struct span t;

	*out = SPAN_NONE;
	if (!v->identities ||
	    redact_token_before(s->redactor, "host", v->name, s->now_us, token, &t) != OK)
		return false;
	*out = token_frame(t, text);
	return true;
}

uint32_t
services_capacity(const struct services *s)
{
	return s->capacity;
}

/* The token stays in memory: records that wait may show it. */
static void
decide(struct services *s, struct service *v)
{
	v->shown = v->name;
	free(v->identities);
	v->identities = NULL;
	s->undecided--;
}

void
services_guard(struct services *s, const struct release *release)
{
	s->release = release;
}

void
services_bundle(struct services *s, const struct bundle *b)
{
	s->bundle = b;
}

bool
services_used(struct services *s, uint32_t index, uint64_t identity, int64_t now_us,
    struct record *r)
{
	struct service *v = &s->s[index < s->n ? index : SERVICE_OTHER];

	*r = (struct record){.kind = RECORD_WORD};
	if (!v->identities || v->barred)
		return false;
	distinct_add(v->identities, identity);
	r->word.identities = distinct_count(v->identities);
	if (r->word.identities < s->identities)
		return false;
	v->barred = s->release && release_barred(s->release, v->name);
	if (v->barred)
		return false;
	r->word.token =
	    span_make(v->shown.p + 2, v->shown.n - 3); /* without "{~" and "}" */
	r->word.text = v->name;
	r->word.at_us = now_us;
	decide(s, v);
	return true;
}

bool
services_changed(struct services *s, int64_t now_us, uint32_t *index)
{
	uint32_t epoch = s->undecided ? redact_epoch(s->redactor, now_us) : 0;

	*index = SERVICE_OTHER;
	for (uint32_t i = 1; s->undecided > 0 && i < s->n; i++) {
		struct service *v = &s->s[i];

		if (!v->identities)
			continue;
		if (policy_has(s, v->name))
			decide(s, v);
		else if (epoch == 0 || v->epoch == epoch || !token_make(s, v, now_us))
			continue;
		*index = i;
		return true;
	}
	return false;
}
