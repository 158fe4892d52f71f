/*
 * Documents as tests/bench/templates writes them, and traffic drawn from them: templates by
 * Zipf's law, each at least twenty times; values of the kind that the parameter has, the
 * document's own first, by Zipf's law or out of the few that an identity owns; some of them
 * unknown to the server (404); one request in twenty a scanner's. For template_accuracy.
 */
#ifndef TESTS_BENCH_TEMPLATE_DRAW_H
#define TESTS_BENCH_TEMPLATE_DRAW_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/span.h"

#define DRAW_SCANNER UINT32_MAX
#define DRAW_LEAST 20 /* requests of the rarest template */
#define DRAW_SEGMENTS 40
#define DRAW_DICTIONARY "/usr/share/dict/american-english"
#define DRAW_WORDS 60000

struct rng {
	uint64_t s;
};

static inline uint64_t
rng_next(struct rng *r)
{
	uint64_t z = r->s += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline double
rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

struct draw_parameter {
	char kind[16];
	uint32_t pool; /* values */
	uint32_t own; /* of the document, the first of them */
	char **value; /* own */
	bool owned; /* each identity has a few of its own */
	uint64_t seed;
};

struct draw_template {
	char *method, *path; /* as read */
	unsigned segments;
	bool parameter[DRAW_SEGMENTS];
};

struct draw_request {
	uint64_t identity;
	size_t path; /* in draw.text */
	uint32_t template; /* DRAW_SCANNER: of none */
	uint16_t status;
};

struct draw {
	char name[80];
	struct draw_parameter *parameter;
	uint32_t parameters;
	struct draw_template *template;
	uint32_t templates;
	struct draw_request *request;
	uint32_t requests, room;
	char *text;
	size_t text_n, text_room;
	bool recorded;
};

static char *draw_word[DRAW_WORDS];
static unsigned draw_words;
static char draw_line[1 << 16];
static bool draw_again; /* the line at hand begins the next document */

static inline uint64_t
draw_hash(const char *s)
{
	uint64_t h = 14695981039346656037u;

	while (*s)
		h = (h ^ (uint8_t)*s++) * 1099511628211u;
	return h;
}

/* --- reading -------------------------------------------------------------------------- */

static inline char *
draw_strdup(const char *s)
{
	char *p = strdup(s);

	CHECK(p);
	return p;
}

static inline char *
draw_field(char **rest)
{
	char *s = *rest, *tab = s ? strchr(s, '\t') : NULL;

	if (tab)
		*tab = '\0';
	*rest = tab ? tab + 1 : NULL;
	return s;
}

static inline void
draw_push(struct draw *d, uint32_t template, unsigned status, uint64_t identity,
    const char *path)
{
	size_t n = strlen(path) + 1;

	if (d->requests == d->room) {
		d->room = d->room ? d->room * 2 : 1024;
		d->request = realloc(d->request, d->room * sizeof(*d->request));
		CHECK(d->request);
	}
	if (n > d->text_room - d->text_n) {
		d->text_room = d->text_room * 2 + n;
		d->text = realloc(d->text, d->text_room);
		CHECK(d->text);
	}
	memcpy(d->text + d->text_n, path, n);
	d->request[d->requests++] =
	    (struct draw_request){identity, d->text_n, template, (uint16_t)status};
	d->text_n += n;
}

static inline void
draw_read_parameter(struct draw *d, char *rest)
{
	struct draw_parameter *p;
	char *value;

	d->parameter = realloc(d->parameter, (d->parameters + 1) * sizeof(*d->parameter));
	CHECK(d->parameter);
	p = &d->parameter[d->parameters];
	*p = (struct draw_parameter){.seed = d->parameters++ * 7919 + draw_hash(d->name)};
	snprintf(p->kind, sizeof(p->kind), "%s", draw_field(&rest));
	value = draw_field(&rest);
	p->pool = (uint32_t)strtoul(value ? value : "1", NULL, 10);
	p->owned = p->pool >= 200 && (p->seed * 2654435761u >> 7) % 2;
	while ((value = draw_field(&rest)) != NULL) {
		p->value = realloc(p->value, (p->own + 1) * sizeof(*p->value));
		CHECK(p->value);
		p->value[p->own++] = draw_strdup(value);
	}
	if (p->pool < p->own)
		p->pool = p->own;
}

static inline void
draw_read_template(struct draw *d, char *rest)
{
	struct draw_template *t;
	struct span path;

	d->template = realloc(d->template, (d->templates + 1) * sizeof(*d->template));
	CHECK(d->template);
	t = &d->template[d->templates++];
	*t = (struct draw_template){.method = draw_strdup(draw_field(&rest))};
	t->path = draw_strdup(draw_field(&rest));
	path = span_from(span_str(t->path), 1);
	while (path.n > 0 && t->segments < DRAW_SEGMENTS) {
		struct span s = span_cut(&path, '/');

		t->parameter[t->segments++] = span_find(s, '{') < s.n;
	}
}

static inline void
draw_read_request(struct draw *d, char *rest)
{
	uint32_t template = (uint32_t)strtoul(draw_field(&rest), NULL, 10);
	unsigned status = (unsigned)strtoul(draw_field(&rest), NULL, 10);
	uint64_t identity = strtoull(draw_field(&rest), NULL, 10);

	d->recorded = true;
	if (template <d->templates &&rest)
		draw_push(d, template, status, identity, rest);
}

/* The next document; false: none is left. */
static inline bool
draw_read(struct draw *d, FILE *in)
{
	bool begun = false;

	*d = (struct draw){0};
	while (draw_again || fgets(draw_line, sizeof(draw_line), in)) {
		char *rest = draw_line, *what;

		if (draw_line[0] == 'D' && begun) {
			draw_again = true;
			return true;
		}
		draw_again = false;
		rest[strcspn(rest, "\n")] = '\0';
		what = draw_field(&rest);
		if (!rest)
			continue;
		switch (what[0]) {
		case 'D':
			snprintf(d->name, sizeof(d->name), "%s", rest);
			begun = true;
			break;
		case 'P': draw_read_parameter(d, rest); break;
		case 'T': draw_read_template(d, rest); break;
		case 'R': draw_read_request(d, rest); break;
		}
	}
	return begun;
}

static inline void
draw_fini(struct draw *d)
{
	for (uint32_t i = 0; i < d->parameters; i++) {
		for (uint32_t k = 0; k < d->parameter[i].own; k++)
			free(d->parameter[i].value[k]);
		free(d->parameter[i].value);
	}
	for (uint32_t i = 0; i < d->templates; i++) {
		free(d->template[i].method);
		free(d->template[i].path);
	}
	free(d->parameter);
	free(d->template);
	free(d->request);
	free(d->text);
}

static inline const char *
draw_method(const struct draw *d, const struct draw_request *r)
{
	return r->template == DRAW_SCANNER ? "GET" : d->template[r->template].method;
}

/* --- values --------------------------------------------------------------------------- */

static inline void
draw_dictionary(void)
{
	char line[80];
	FILE *f = fopen(DRAW_DICTIONARY, "r");

	while (f && draw_words < DRAW_WORDS && fgets(line, sizeof(line), f)) {
		size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz");

		if (n < 3 || n > 12 || line[n] != '\n')
			continue;
		line[n] = '\0';
		draw_word[draw_words++] = draw_strdup(line);
	}
	if (f)
		fclose(f);
	CHECK(draw_words > 1000);
}

static inline const char *
draw_any_word(struct rng *r)
{
	return draw_word[rng_next(r) % draw_words];
}

/* A name that is no word: two to four syllables. */
static inline size_t
draw_syllables(struct rng *r, char *to, unsigned least)
{
	static const char *const head[] = {"b", "br", "c", "ch", "d", "f", "g", "gr", "h",
	    "j", "k", "kr", "l", "m", "n", "p", "r", "s", "sh", "st", "t", "tr", "v", "w",
	    "y", "z"};
	static const char *const tail[] = {"a", "e", "i", "o", "u", "ai", "an", "ar",
	    "el", "en", "er", "in", "is", "on", "or", "us", "ia", "ie", "oo", "yn"};
	unsigned n = least + (unsigned)(rng_next(r) % 3);
	size_t at = 0;

	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(
		    to + at, 8, "%s%s", head[rng_next(r) % 26], tail[rng_next(r) % 20]);
	return at;
}

static inline void
draw_characters(struct rng *r, char *to, unsigned n, const char *set)
{
	size_t k = strlen(set);

	for (unsigned i = 0; i < n; i++)
		to[i] = set[rng_next(r) % k];
	to[n] = '\0';
}

#define DRAW_HEX "0123456789abcdef"
#define DRAW_BASE62 "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static inline void
draw_user(struct rng *r, char *to)
{
	size_t n;

	switch (rng_next(r) % 10) {
	case 0: snprintf(to, 64, "%s", draw_any_word(r)); return;
	case 1: snprintf(to, 64, "%s%s", draw_any_word(r), draw_any_word(r)); return;
	case 2:
		snprintf(to, 64, "%s%u", draw_any_word(r), (unsigned)(rng_next(r) % 100));
		return;
	case 3:
		n = draw_syllables(r, to, 2);
		snprintf(to + n, 64 - n, "%u", (unsigned)(rng_next(r) % 1000));
		return;
	case 4:
		n = draw_syllables(r, to, 1);
		to[n++] = "-_."[rng_next(r) % 3];
		to[n + draw_syllables(r, to + n, 1)] = '\0';
		return;
	default: to[draw_syllables(r, to, 2)] = '\0';
	}
}

static inline void
draw_repo(struct rng *r, char *to)
{
	switch (rng_next(r) % 8) {
	case 0:
	case 1: snprintf(to, 64, "%s", draw_any_word(r)); return;
	case 2:
	case 3: snprintf(to, 64, "%s-%s", draw_any_word(r), draw_any_word(r)); return;
	case 4: snprintf(to, 64, "%s.js", draw_any_word(r)); return;
	case 5: snprintf(to, 64, "%s_%s", draw_any_word(r), draw_any_word(r)); return;
	case 6:
		snprintf(to, 64, "%s%u", draw_any_word(r), (unsigned)(rng_next(r) % 9));
		return;
	default: to[draw_syllables(r, to, 2)] = '\0';
	}
}

static inline void
draw_title(struct rng *r, char *to, unsigned least)
{
	unsigned n = least + (unsigned)(rng_next(r) % 4);
	size_t at = 0;

	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(
		    to + at, 96 - at, "%s%s", i ? "-" : "", draw_any_word(r));
	if (rng_next(r) % 4 == 0)
		snprintf(to + at, 96 - at, "-%u", (unsigned)(rng_next(r) % 5000));
}

static inline void
draw_name(struct rng *r, char *to)
{
	size_t n = draw_syllables(r, to, 2);

	to[n] = '\0';
	to[0] = (char)(to[0] - 'a' + 'A');
}

static inline void
draw_code(struct rng *r, char *to)
{
	static const char upper[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
	char a[8];

	draw_characters(r, a, 2 + (unsigned)(rng_next(r) % 3), upper);
	snprintf(to, 64, "%s%s%u", a, rng_next(r) % 2 ? "-" : "",
	    (unsigned)(rng_next(r) % 100000));
}

static inline void
draw_from(struct rng *r, char *to, const char *list, uint32_t k)
{
	size_t n = strlen(list) / 3;

	(void)r;
	snprintf(to, 64, "%.2s", list + 3 * (k % n));
}

static inline void
draw_dns(struct rng *r, char *to)
{
	char hex[12];

	draw_characters(r, hex, 5, "bcdfghjklmnpqrstvwxz2456789");
	switch (rng_next(r) % 4) {
	case 0: snprintf(to, 64, "%s", draw_any_word(r)); return;
	case 1: snprintf(to, 64, "%s-%s", draw_any_word(r), draw_any_word(r)); return;
	case 2: snprintf(to, 64, "%s-%s", draw_any_word(r), hex); return;
	default: to[draw_syllables(r, to, 2)] = '\0';
	}
}

/* Value k of a parameter: the same whenever it is asked for. */
static inline void
draw_value(const struct draw_parameter *p, uint32_t k, char to[128])
{
	static const char countries[] =
	    "US DE FR GB IT ES NL BE CH AT PL SE NO DK FI IE PT GR CZ HU RO BG HR SI SK "
	    "LT LV EE CA MX BR AR CL CO PE JP CN KR IN ID TH VN MY SG PH AU NZ ZA EG NG "
	    "KE MA TR IL SA AE UA RU";
	static const char languages[] =
	    "en de fr it es nl pl sv no da fi pt el cs hu ro ja zh ko tr ru ar he hi";
	struct rng r = {p->seed * UINT64_C(0xd1342543de82ef95) + k};
	const char *kind = p->kind;
	char hex[40];

	if (k < p->own) {
		snprintf(to, 128, "%s", p->value[k]);
		return;
	}
	if (strcmp(kind, "number") == 0) {
		snprintf(to, 64, "%llu",
		    (unsigned long long)(rng_next(&r) %
			(p->seed % 2 ? 100000u : 900000000u)));
	} else if (strcmp(kind, "uuid") == 0) {
		draw_characters(&r, hex, 32, DRAW_HEX);
		snprintf(to, 64, "%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 12,
		    hex + 16, hex + 20);
	} else if (strcmp(kind, "hex") == 0) {
		draw_characters(&r, to, 40, DRAW_HEX);
	} else if (strcmp(kind, "objectid") == 0) {
		draw_characters(&r, to, 24, DRAW_HEX);
	} else if (strcmp(kind, "base62") == 0) {
		draw_characters(&r, to, 22, DRAW_BASE62);
	} else if (strcmp(kind, "prefixed") == 0) {
		draw_characters(&r, hex, 14, DRAW_BASE62);
		snprintf(to, 64, "%.3s_%s", draw_word[p->seed % draw_words], hex);
	} else if (strcmp(kind, "user") == 0) {
		draw_user(&r, to);
	} else if (strcmp(kind, "repo") == 0) {
		draw_repo(&r, to);
	} else if (strcmp(kind, "slug") == 0) {
		draw_title(&r, to, 2);
	} else if (strcmp(kind, "word") == 0) {
		snprintf(to, 64, "%s", draw_any_word(&r));
	} else if (strcmp(kind, "name") == 0) {
		draw_name(&r, to);
	} else if (strcmp(kind, "dns") == 0) {
		draw_dns(&r, to);
	} else if (strcmp(kind, "code") == 0) {
		draw_code(&r, to);
	} else if (strcmp(kind, "country") == 0) {
		draw_from(&r, to, countries, k);
	} else if (strcmp(kind, "language") == 0) {
		draw_from(&r, to, languages, k);
	} else if (strcmp(kind, "date") == 0) {
		snprintf(to, 64, "20%02u-%02u-%02u", (unsigned)(rng_next(&r) % 7 + 20),
		    (unsigned)(rng_next(&r) % 12 + 1), (unsigned)(rng_next(&r) % 28 + 1));
	} else if (strcmp(kind, "email") == 0) {
		size_t n = draw_syllables(&r, to, 2);

		snprintf(to + n, 128 - n, "@example.com");
	} else if (strcmp(kind, "file") == 0) {
		snprintf(
		    to, 64, "%s.%s", draw_any_word(&r), rng_next(&r) % 2 ? "pdf" : "png");
	} else {
		draw_title(&r, to, 1);
	}
}

/* --- traffic -------------------------------------------------------------------------- */

/* Zipf with exponent 1 over n ranks, by its continuous approximation. */
static inline uint32_t
draw_rank(struct rng *r, uint32_t n)
{
	double u = rng_unit(r) * log((double)n + 1);
	uint32_t k = (uint32_t)(exp(u) - 1);

	return k < n ? k : n - 1;
}

static inline uint32_t
draw_pick(struct rng *r, const struct draw_parameter *p, uint64_t identity)
{
	struct rng own = {identity * 31 + p->seed};

	if (!p->owned || p->pool < 2)
		return draw_rank(r, p->pool);
	own.s += rng_next(r) % 3;
	return (uint32_t)(rng_next(&own) % p->pool);
}

static inline void
draw_path(struct draw *d, const struct draw_template *t, struct rng *r, uint64_t identity,
    char *to, size_t cap)
{
	const char *s = t->path;
	char value[128];
	size_t n = 0;

	while (*s && n + 200 < cap) {
		if (*s != '{') {
			to[n++] = *s++;
			continue;
		}
		const struct draw_parameter *p =
		    &d->parameter[strtoul(s + 1, NULL, 10) % d->parameters];

		draw_value(p, draw_pick(r, p, identity), value);
		for (const char *v = value; *v; v++)
			n += (size_t)(ascii_is_letter(*v) || ascii_is_digit(*v) ||
				    strchr("-._~@:+,=!$&'()*", *v)
				? (to[n] = *v, 1)
				: snprintf(to + n, 4, "%%%02X", (unsigned char)*v));
		s += strcspn(s, "}");
		s += *s == '}';
	}
	to[n] = '\0';
}

static inline void
draw_scanner(struct draw *d, struct rng *r, uint64_t identity)
{
	static const char *const known[] = {"/.env", "/wp-login.php", "/admin",
	    "/.git/config", "/phpmyadmin/index.php", "/api/users/admin", "/backup.zip",
	    "/server-status", "/actuator/env", "/users", "/login", "/xmlrpc.php"};
	char path[128];

	if (rng_next(r) % 2) {
		draw_push(d, DRAW_SCANNER, 404, identity, known[rng_next(r) % 12]);
		return;
	}
	snprintf(path, sizeof(path), "/%s/%s", draw_any_word(r), draw_any_word(r));
	draw_push(d, DRAW_SCANNER, 404, identity, path);
}

static inline uint64_t
draw_identity(struct rng *r, unsigned identities)
{
	return (draw_rank(r, identities) + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Nothing is drawn where requests were recorded. */
static inline void
draw_traffic(struct draw *d, unsigned per_template, unsigned identities)
{
	struct rng r = {strlen(d->name) + 1};
	double sum = 0;
	char path[4096];

	if (d->recorded)
		return;
	if (draw_words == 0)
		draw_dictionary();
	for (const char *s = d->name; *s; s++)
		r.s = r.s * 31 + (unsigned char)*s;
	for (uint32_t i = 0; i < d->templates; i++)
		sum += 1 / pow(i + 1, 0.8);
	for (uint32_t i = 0; i < d->templates; i++) {
		/* Which rank a template has does not depend on where it stands. */
		uint32_t rank = (uint32_t)((i * UINT64_C(2654435761)) % d->templates);
		double share = 1 / pow(rank + 1, 0.8) / sum;
		uint32_t n = (uint32_t)(share * per_template * d->templates);

		if (n < DRAW_LEAST)
			n = DRAW_LEAST;
		for (uint32_t k = 0; k < n; k++) {
			uint64_t identity = draw_identity(&r, identities);
			unsigned dice = (unsigned)(rng_next(&r) % 100);

			draw_path(d, &d->template[i], &r, identity, path, sizeof(path));
			draw_push(d, i,
			    dice < 94	    ? 200
				: dice < 97 ? 404
				: dice < 99 ? 401
					    : 500,
			    identity, path);
			if (rng_next(&r) % 20 == 0)
				draw_scanner(d, &r, draw_identity(&r, identities));
		}
	}
	for (uint32_t i = d->requests; i > 1; i--) {
		uint32_t k = (uint32_t)(rng_next(&r) % i);
		struct draw_request t = d->request[i - 1];

		d->request[i - 1] = d->request[k];
		d->request[k] = t;
	}
}

#endif
