/*
 * Judges fields as the analyst does, for tests/bench/classify. On stdin, per field:
 *
 *	path \t name \t template \t siblings \t n \n     then n times     type length \n bytes \n
 *
 * type is s, n or b (string, number, boolean). Prints one line a field, classes that were
 * suspected or found: name:verdict:score …; with -l all that were counted. With -s it prints
 * instead how long a value and a field's names take, CPU nanoseconds, best of several rounds.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "classify/classify.h"
#include "crypto/siphash.h"

#define HEADER_MAX 65536
#define ROUNDS 7

struct value {
	struct span text;
	enum class_type type;
};

struct field {
	struct span path, name, template_text, siblings;
	struct value *value;
	unsigned n;
};

static struct field *field;
static size_t fields, values;

static void *
need(void *p)
{
	if (p == NULL) {
		fprintf(stderr, "classify_fields: out of memory or bad input\n");
		exit(1);
	}
	return p;
}

static struct span
copy(struct span s)
{
	char *p = need(malloc(s.n + 1));

	memcpy(p, s.p, s.n);
	return span_make(p, s.n);
}

static void
read_value(struct value *v)
{
	char head[64], *bytes;
	size_t n;

	need(fgets(head, sizeof(head), stdin));
	n = strtoul(head + 2, NULL, 10);
	bytes = need(malloc(n + 1));
	if (fread(bytes, 1, n + 1, stdin) != n + 1)
		need(NULL);
	v->text = span_make(bytes, n);
	v->type = head[0] == 'n' ? CLASS_NUMBER
	    : head[0] == 'b'	 ? CLASS_BOOLEAN
				 : CLASS_STRING;
}

static void
read_fields(void)
{
	static char head[HEADER_MAX];

	while (fgets(head, sizeof(head), stdin) != NULL) {
		struct span rest = span_make(head, strcspn(head, "\n"));
		struct field *f;

		if (fields % 1024 == 0)
			field = need(realloc(field, (fields + 1024) * sizeof(*field)));
		f = &field[fields++];
		f->path = copy(span_cut(&rest, '\t'));
		f->name = copy(span_cut(&rest, '\t'));
		f->template_text = copy(span_cut(&rest, '\t'));
		f->siblings = copy(span_cut(&rest, '\t'));
		f->n = (unsigned)strtoul(rest.p, NULL, 10);
		f->value = need(calloc(f->n + 1, sizeof(*f->value)));
		for (unsigned i = 0; i < f->n; i++)
			read_value(&f->value[i]);
		values += f->n;
	}
}

static int
by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t
distinct(const struct field *f)
{
	static const uint8_t key[SIPHASH_KEY_BYTES];
	uint64_t *hash = need(calloc(f->n + 1, sizeof(*hash)));
	uint64_t n = 0;

	for (unsigned i = 0; i < f->n; i++)
		hash[i] = siphash64(key, f->value[i].text.p, f->value[i].text.n);
	qsort(hash, f->n, sizeof(*hash), by_hash);
	for (unsigned i = 0; i < f->n; i++)
		n += i == 0 || hash[i] != hash[i - 1];
	free(hash);
	return n;
}

static void
count(const struct class_hit *h, struct class_evidence *e)
{
	if (h->contained) {
		e->contained++;
		return;
	}
	e->hits++;
	e->checked += h->strength >= HIT_CHECKED;
	e->certain += h->strength >= HIT_CERTAIN;
}

static void
judge(const struct class_set *s, const struct field *f, bool all)
{
	struct class_evidence *e = need(calloc(class_count(s), sizeof(*e)));
	struct class_context c;
	struct class_hits h;
	uint64_t kinds = distinct(f);
	double score;

	classify_context(s, f->path, f->name, f->template_text, f->siblings, &c);
	for (unsigned i = 0; i < f->n; i++) {
		classify_value(s, f->value[i].text, f->value[i].type, true, &h);
		for (unsigned k = 0; k < h.n; k++)
			if (class_hit_counts(&c, &h.hit[k]))
				count(&h.hit[k], &e[h.hit[k].cls]);
	}
	for (unsigned i = 0; i < class_count(s); i++) {
		enum class_verdict v;

		e[i].values = f->n;
		e[i].distinct = kinds;
		e[i].prior = class_prior(&c, (uint16_t)i);
		v = class_judge(s, (uint16_t)i, &e[i], &score);
		if (v >= CLASSED_SUSPECTED || (all && e[i].hits + e[i].contained > 0))
			printf("%s:%d:%.1f ", class_get(s, i)->name, v, score);
	}
	printf("\n");
	free(e);
}

static double
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
speed(const struct class_set *s)
{
	double value_ns = 1e18, names_ns = 1e18;
	struct class_context c;
	struct class_hits h;
	unsigned seen = 0;

	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = cpu_ns(), took;

		for (size_t i = 0; i < fields; i++)
			for (unsigned k = 0; k < field[i].n; k++) {
				classify_value(s, field[i].value[k].text,
				    field[i].value[k].type, true, &h);
				seen += h.n;
			}
		took = cpu_ns() - start;
		value_ns = took < value_ns ? took : value_ns;
		start = cpu_ns();
		for (size_t i = 0; i < fields; i++) {
			classify_context(s, field[i].path, field[i].name,
			    field[i].template_text, field[i].siblings, &c);
			seen += c.n;
		}
		took = cpu_ns() - start;
		names_ns = took < names_ns ? took : names_ns;
	}
	printf("%.1f %.1f %zu %zu %u\n", value_ns / (double)values,
	    names_ns / (double)fields, values, fields, seen);
}

int
main(int argc, char **argv)
{
	bool all = argc > 1 && strcmp(argv[1], "-l") == 0;
	struct class_set *s;
	char error[200];
	size_t at;

	if (class_set_new(NULL, 0, &s, &at, error) != OK)
		need(NULL);
	read_fields();
	if (argc > 1 && strcmp(argv[1], "-s") == 0)
		speed(s);
	else
		for (size_t i = 0; i < fields; i++)
			judge(s, &field[i], all);
	class_set_free(s);
	return 0;
}
