/*
 * Targets: what comes out is normal (no dot segments, no empty segments, everything inside
 * the path), a second pass over it changes nothing, and the guessed template reads back.
 */
#include "http/template.h"
#include "tests/fuzz/fuzz_http.h"

static void
must_be_normal(const struct target *t, const struct arena *a)
{
	size_t n = 0;

	must(t->n <= TARGET_SEGMENTS_MAX);
	must(is_part(t->path, a->base, a->used) && t->path.n && t->path.p[0] == '/');
	for (unsigned i = 0; i < t->n; i++) {
		const struct segment *s = &t->segment[i];

		must(is_part(s->text, t->path.p, t->path.n) && s->text.n > 0);
		must(i + 1 == TARGET_SEGMENTS_MAX ||
		    (!span_eq(s->text, SPAN(".")) && !span_eq(s->text, SPAN(".."))));
		must(s->mask != 0 && s->mask < 1u << SEGMENT_CLASSES);
		must(s->narrowest == (enum segment_class)__builtin_ctz(s->mask));
		n += 1 + s->text.n;
	}
	if (!span_absent(t->verb))
		n += 1 + t->verb.n;
	must(t->n == 0 ? t->path.n == 1 : t->path.n == n);
}

/* What needs no second reading has none, and no reading is longer than the path. */
static void
must_read_otherwise(struct span path, const struct target *t, struct arena *a)
{
	struct span other = target_lenient(path, a);
	struct target again;

	if (span_absent(other)) {
		must(!(t->flags &
		    (TARGET_DOUBLE_ENCODED | TARGET_ENCODED_SLASH | TARGET_BACKSLASH |
			TARGET_NUL | TARGET_BAD_UTF8)));
		return;
	}
	must(other.n <= path.n);
	must(span_find(other, '\\') == other.n && span_find(other, '\0') == other.n);
	must(target_parse(&again, other, SPAN_NONE, a) == OK);
	must_be_normal(&again, a);
}

/* Nothing that means something to a decoder is left: reading it again is the same. */
static void
must_be_stable(const struct target *t, struct arena *a)
{
	const uint32_t ambiguous = TARGET_DOUBLE_ENCODED | TARGET_BAD_PERCENT |
	    TARGET_ENCODED_SLASH | TARGET_TOO_MANY_SEGMENTS | TARGET_NO_SLASH;
	struct target again;

	if (t->flags & ambiguous || span_find(t->path, '%') < t->path.n ||
	    span_find(t->path, ';') < t->path.n || span_find(t->path, '?') < t->path.n ||
	    span_find(t->path, '#') < t->path.n)
		return;
	must(target_parse(&again, t->path, SPAN_NONE, a) == OK);
	must(span_eq(again.path, t->path) && again.n == t->n);
}

static void
must_read_back(const struct target *t, struct arena *a)
{
	struct template_part part[TARGET_SEGMENTS_MAX];
	unsigned n = TARGET_SEGMENTS_MAX;
	struct template guess;
	struct span verb;

	must(template_guess(t, &guess, a) == OK);
	must(guess.text.n > 0 && guess.text.n <= TEMPLATE_BYTES_MAX);
	must(template_parse(guess.text, part, &n, &verb, a) == OK);
	must(!(endpoint_hash(SPAN("s"), SPAN("GET"), guess.text) &
	    ENDPOINT_HASH_PROVISIONAL));
	if (span_eq(guess.text, SPAN("/{overflow}")))
		return;
	must(n == t->n && span_eq(verb, t->verb));
	for (unsigned i = 0; i < n; i++)
		if (part[i].cls == -1)
			must(span_eq(part[i].literal, t->segment[i].text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_make(data, size), path = all, query = SPAN_NONE, verb;
	struct arena *a = fuzz_arena();
	struct template_part part[8];
	struct target t;
	uint32_t flags = 0;
	unsigned n = 8;

	/* a line end parts path and query */
	if (span_find(all, '\n') < size) {
		query = all;
		path = span_cut(&query, '\n');
	}
	must(target_parse(&t, path, query, a) == OK);
	must_be_normal(&t, a);
	must_be_stable(&t, a);
	must_read_back(&t, a);
	must_read_otherwise(path, &t, a);
	must_live(target_decode(all, true, &flags, a), data, size, a);
	(void)host_normalise(all, &flags, a);
	if (template_parse(all, part, &n, &verb, a) != OK)
		must(n == 0);
	return 0;
}
