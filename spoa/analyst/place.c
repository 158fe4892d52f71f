/* See place.h. */
#include "analyst/place.h"

#include <stdlib.h>

#include "analyst/look.h"
#include "base/map.h"
#include "http/target.h"

#define NAME_BYTES_MAX 64 /* longer ones are texts */
#define NAME_WORDS_MAX 6 /* more are sentences */
#define NAME_DIGITS_MAX 4 /* more are numbers of something */
#define SMALL_DIGITS_MAX 2 /* alone: a place in an enumeration, "1", "-1", "+1" */
#define BIT(c) (1u << (c))

/* What no API names its fields by. */
#define KEY_CLASSES                                                            \
	(BIT(SEG_NUMBER) | BIT(SEG_UUID) | BIT(SEG_OBJECTID) | BIT(SEG_ULID) | \
	    BIT(SEG_DATE) | BIT(SEG_DATETIME) | BIT(SEG_EMAIL) | BIT(SEG_IP) | \
	    BIT(SEG_PHONE) | BIT(SEG_JWT) | BIT(SEG_HEX) | BIT(SEG_DECIMAL) |  \
	    BIT(SEG_BASE64) | BIT(SEG_OVERFLOW))

struct places {
	struct map folded; /* objects that are maps */
	struct release *release;
	const struct class_set *classes;
};

int
places_new(uint32_t maps, struct release *release, struct places **out)
{
	struct places *p = calloc(1, sizeof(*p));
	int err;

	*out = NULL;
	if (!p)
		return ERR_NOMEM;
	p->release = release;
	err = map_init(&p->folded, maps);
	if (err) {
		free(p);
		return err;
	}
	*out = p;
	return OK;
}

void
places_free(struct places *p)
{
	if (!p)
		return;
	map_fini(&p->folded);
	free(p);
}

void
places_use(struct places *p, const struct class_set *classes)
{
	p->classes = classes;
}

static uint64_t
mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 32;
}

static bool
is_separator(char c)
{
	return memchr("[]:+@$/ (),#*\\=", c, 15) != NULL;
}

static bool
digits_only(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]))
			return false;
	return s.n > 0;
}

/* "q", "en", "1", "-1", "+1": too little to be anybody. */
static bool
is_small(struct span s)
{
	if (s.n == 1 && ascii_is_letter(s.p[0]))
		return true;
	if (s.n == 2 && ascii_is_letter(s.p[0]) && ascii_is_letter(s.p[1]))
		return true;
	if (s.n > 1 && (s.p[0] == '-' || s.p[0] == '+'))
		s = span_from(s, 1);
	return digits_only(s) && s.n <= SMALL_DIGITS_MAX;
}

/* "line" of "line_1" and "line2": one of a few. */
static struct span
without_place(struct span s)
{
	if (s.n < 3 || !ascii_is_digit(s.p[s.n - 1]) || ascii_is_digit(s.p[s.n - 2]))
		return s;
	s.n--;
	if (s.p[s.n - 1] == '_' || s.p[s.n - 1] == '-')
		s.n--;
	return s;
}

/* Whether every word of a name may be told. */
static bool
name_decided(const struct release *r, struct span name)
{
	unsigned words = 0, pieces = 0, digits = 0;

	if (name.n > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++)
		digits += ascii_is_digit(name.p[i]);
	if (digits > NAME_DIGITS_MAX)
		return release_certain(r, name);
	for (size_t i = 0, start = 0; i <= name.n; i++) {
		struct span piece;

		if (i < name.n && !is_separator(name.p[i]))
			continue;
		piece = span_make(name.p + start, i - start);
		start = i + 1;
		if (piece.n == 0)
			continue;
		if (++pieces > NAME_WORDS_MAX)
			return false;
		if (release_decided(r, piece) || release_decided(r, without_place(piece)))
			words++;
		else if (!digits_only(piece))
			return release_certain(r, name);
	}
	return words > 0 || release_certain(r, name);
}

/* A name that is a value: of a class with a check digit or the like, an address, an id. */
static bool
name_is_key(const struct places *p, struct span name, uint32_t mask)
{
	struct class_hits hits;

	if (mask & KEY_CLASSES)
		return true;
	if (!p->classes)
		return false;
	classify_value(p->classes, name, CLASS_STRING, true, &hits);
	for (unsigned i = 0; i < hits.n; i++)
		if (hits.hit[i].strength >= HIT_CHECKED)
			return true;
	return false;
}

/* The length of the name at the front of a path, without "[]" and the dot behind it. */
static size_t
name_bytes(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '.' ||
		    (s.p[i] == '[' && i + 1 < s.n && s.p[i + 1] == ']'))
			return i;
	}
	return s.n;
}

struct maker {
	struct places *p;
	uint64_t root;
	int64_t now_us;
	char *out;
	size_t n;
	struct field_place *place;
};

static int
put(struct maker *m, struct span s)
{
	if (s.n > PLACE_BYTES_MAX - m->n)
		return ERR_LIMIT;
	if (s.n > 0)
		memcpy(m->out + m->n, s.p, s.n);
	m->n += s.n;
	return OK;
}

/* An undecided name: its token, or {key} in a map. */
static int
undecided_put(struct maker *m, struct span name, uint32_t mask)
{
	struct places *p = m->p;
	struct place_held *h = &m->place->held[m->place->n];
	int err;

	if (m->place->n == PLACE_HELD_MAX)
		return ERR_LIMIT;
	*h = (struct place_held){
	    .node = mix(m->root, release_key(p->release, span_make(m->out, m->n))),
	    .word = release_key(p->release, name),
	    .word_like = (mask & BIT(SEG_WORD)) != 0};
	if (map_get(&p->folded, h->node) != MAP_NONE)
		return put(m, SPAN("{key}"));
	err = release_hold_name(p->release, name, m->now_us, &h->held);
	if (err)
		return err == ERR_FULL ? put(m, SPAN("{key}")) : err;
	m->place->n++;
	err = put(m, SPAN("{~"));
	if (err == OK)
		err = put(m, release_token(p->release, h->held));
	return err ? err : put(m, SPAN("}"));
}

static int
name_put(struct maker *m, struct span raw)
{
	char plain[KEY_BYTES_MAX];
	struct span name = look_name(raw, plain);
	uint32_t mask;

	if (name.n == 0 || span_eq(name, SPAN("$")) || is_small(name))
		return put(m, raw);
	mask = segment_classify(name, TARGET_SEGMENTS_MAX);
	/* The narrowest class counts. */
	mask &= ~mask + 1;
	if (name_is_key(m->p, name, mask) && !release_certain(m->p->release, name))
		return put(m, SPAN("{key}"));
	if (name_decided(m->p->release, name))
		return put(m, raw);
	return undecided_put(m, name, mask);
}

/* Names of arguments, cookies and form fields are paths as they came, and their dots cut
 * values in pieces: "jane.doe@quill.example" as a whole is one, "jane" alone is a word. */
static bool
path_is_key(const struct places *p, struct span path)
{
	bool mail = memchr(path.p, '@', path.n) != NULL;
	struct class_hits hits;

	if (!p->classes || path.n > KEY_BYTES_MAX ||
	    memchr(path.p, '.', path.n) == NULL || memchr(path.p, '\\', path.n) != NULL)
		return false;
	for (size_t i = 0; i < path.n && !mail; i++)
		if (ascii_is_letter(path.p[i]))
			return false;
	classify_value(p->classes, path, CLASS_STRING, true, &hits);
	for (unsigned i = 0; i < hits.n; i++)
		if (hits.hit[i].strength >= HIT_CHECKED)
			return true;
	return false;
}

int
places_make(struct places *p, uint64_t root, struct span path, int64_t now_us,
    char out[PLACE_BYTES_MAX], struct field_place *place)
{
	struct maker m = {p, root, now_us, out, 0, place};
	int err = OK;

	*place = (struct field_place){.n = 0};
	if (path.n > 0 && path_is_key(p, path)) {
		err = put(&m, SPAN("{key}"));
		path.n = 0;
	}
	while (err == OK && path.n > 0) {
		size_t n = name_bytes(path);

		err = name_put(&m, span_head(path, n));
		path = span_from(path, n);
		while (err == OK && span_starts(path, SPAN("[]"))) {
			err = put(&m, SPAN("[]"));
			path = span_from(path, 2);
		}
		if (err == OK && path.n > 0 && path.p[0] == '.') {
			err = put(&m, SPAN("."));
			path = span_from(path, 1);
		}
	}
	if (err) {
		places_put(p, place->held, place->n);
		*place = (struct field_place){.n = 0};
		return err;
	}
	place->text = span_make(out, m.n);
	return OK;
}

void
places_put(struct places *p, const struct place_held *held, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		release_put(p->release, held[i].held);
}

void
places_fold(struct places *p, uint64_t node)
{
	/* What is forgotten is found out again. */
	if (map_put(&p->folded, node, 0) == ERR_FULL)
		map_clear(&p->folded);
}
