/*
 * Values, names and counts: the first line is a field's path, the second its siblings and
 * endpoint, the rest the value. Every type of value, every verdict of what was found.
 */
#include <stdlib.h>

#include "classify/classify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static const struct class_set *
classes(void)
{
	static const struct class_custom own[] = {
	    {.name = {"own", 3},
		.pattern = {"[A-Z]{2}-\\d+", 11},
		.names = {"own_no", 6}},
	    {.name = {"checked", 7}, .validator = {"mod97", 5}},
	};
	static struct class_set *set;
	char error[200];
	size_t at;

	if (set == NULL)
		must(class_set_new(own, 2, &set, &at, error) == OK);
	return set;
}

static void
judge_all(const struct class_hits *h, const struct class_context *c)
{
	for (unsigned i = 0; i < h->n; i++) {
		const struct class_hit *hit = &h->hit[i];
		const bool whole = !hit->contained;
		const struct class_evidence e = {
		    .values = 1,
		    .hits = whole,
		    .checked = whole && hit->strength >= HIT_CHECKED,
		    .certain = whole && hit->strength >= HIT_CERTAIN,
		    .contained = hit->contained,
		    .distinct = 1,
		    .prior = class_prior(c, hit->cls),
		};
		double score;

		must(hit->cls < class_count(classes()));
		must(hit->strength >= HIT_SHAPE && hit->strength <= HIT_CERTAIN);
		must(i == 0 || h->hit[i - 1].strength >= hit->strength);
		/* Shapes inside text are no hits at all. */
		must(whole || hit->strength > HIT_SHAPE);
		(void)class_judge(classes(), hit->cls, &e, &score);
		must(score == score && score > -1000 && score < 1000);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_make(data, size);
	struct span path = span_cut(&rest, '\n');
	struct span around = span_cut(&rest, '\n');
	struct span name = path;
	struct class_context c;
	struct class_hits h;

	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '.')
			name = span_from(path, i + 1);
	classify_context(classes(), path, name, around, around, &c);
	must(c.n <= CLASS_PRIORS_MAX);
	for (unsigned i = 0; i < c.n; i++) {
		must(c.of[i].cls < class_count(classes()));
		must(i == 0 || c.of[i - 1].prior >= c.of[i].prior);
	}
	for (unsigned type = CLASS_STRING; type <= CLASS_BOOLEAN; type++) {
		classify_value(classes(), rest, (enum class_type)type, type == 0, &h);
		must(h.n <= CLASS_HITS_MAX);
		judge_all(&h, &c);
	}
	return 0;
}
