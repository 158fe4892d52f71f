/* Sets of classes: the built-in table, a customer's own, and what is prepared from them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "classify/phrases.h"

static const struct class_builtin builtin[CLASS_BUILTIN] = {
#define CLASS(id, name, title, groups, mask, canonical, p1, shape, checked, certain, \
    cap_shape, cap_checked)                                                          \
	{{name, title, groups, mask, canonical, false}, p1, shape, checked, certain, \
	    cap_shape, cap_checked},
#include "classify/class.def"
#undef CLASS
};

/* A customer's pattern is taken to be as telling as a check of two digits. */
static const struct class_builtin custom_like = {.p1 = 0.95,
    .shape = 0.5,
    .checked = 0.01,
    .certain = 0.001,
    .cap_shape = 1,
    .cap_checked = 8};

#define CHANCE_MAX 0.004 /* inside.c reports only what is well bounded */

static struct class_weights
weigh(const struct class_builtin *b)
{
	/* Values that do not hit: others of the field's kind hit at times, too. */
	double others = b->checked < 0.5 ? b->checked : 0.5;
	double chance = b->certain < 1 ? b->certain : b->checked;

	return (struct class_weights){
	    .shape = b->shape < 1 ? (float)log(b->p1 / b->shape) : 0,
	    .checked = b->checked < 1 ? (float)log(b->p1 / b->checked) : 0,
	    .certain = b->certain < 1 ? (float)log(b->p1 / b->certain) : 0,
	    .miss = (float)log((1 - b->p1) / (1 - others)),
	    .cap_shape = (float)b->cap_shape,
	    .cap_checked = (float)b->cap_checked,
	    .chance = (float)(chance < CHANCE_MAX ? chance : CHANCE_MAX),
	};
}

static bool
is_name(struct span s)
{
	if (s.n == 0 || s.n > CLASS_NAME_MAX || s.p[0] < 'a' || s.p[0] > 'z')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'z') &&
		    s.p[i] != '_')
			return false;
	return true;
}

static int
add_custom(struct class_set *s, const struct class_custom *c, size_t i, char error[200])
{
	struct class_info *info = &s->info[s->n];
	char *name = s->texts[i];
	char *title = name + CLASS_NAME_MAX + 1;
	size_t n = c->title.n < 120 ? c->title.n : 120;

	if (!is_name(c->name)) {
		snprintf(error, 200, "name: [a-z][a-z0-9_]{0,23}");
		return ERR_INVALID;
	}
	if (class_find(s, c->name) != CLASS_NONE) {
		snprintf(
		    error, 200, "name: there is a class %.*s", (int)c->name.n, c->name.p);
		return ERR_INVALID;
	}
	memcpy(name, c->name.p, c->name.n);
	name[c->name.n] = '\0';
	if (n > 0)
		memcpy(title, c->title.p, n);
	title[n] = '\0';
	*info = (struct class_info){.name = name,
	    .title = n ? title : name,
	    .groups = c->groups | CLASS_CUSTOM,
	    .mask = c->mask,
	    .custom = true};
	s->weights[s->n] = weigh(&custom_like);
	s->n++;
	return OK;
}

int
class_set_new(const struct class_custom *custom, size_t n, struct class_set **out,
    size_t *at, char error[200])
{
	struct class_set *s;
	int err;

	*out = NULL;
	*at = 0;
	error[0] = '\0';
	if (n > CLASS_CUSTOM_MAX) {
		snprintf(error, 200, "more than %d classes", CLASS_CUSTOM_MAX);
		return ERR_LIMIT;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ERR_NOMEM;
	s->info = calloc(CLASS_BUILTIN + n, sizeof(*s->info));
	s->weights = calloc(CLASS_BUILTIN + n, sizeof(*s->weights));
	s->texts = calloc(n + 1, sizeof(*s->texts));
	err = s->info == NULL || s->weights == NULL || s->texts == NULL ? ERR_NOMEM : OK;
	if (err != OK)
		goto out;
	for (; s->n < CLASS_BUILTIN; s->n++) {
		s->info[s->n] = builtin[s->n].info;
		s->weights[s->n] = weigh(&builtin[s->n]);
	}
	for (size_t i = 0; i < n; i++) {
		*at = i;
		if ((err = add_custom(s, &custom[i], i, error)) != OK)
			goto out;
	}
	if ((err = custom_new(custom, n, &s->custom, at, error)) != OK)
		goto out;
	if ((err = people_new(&s->people)) != OK)
		goto out;
	if ((err = phrases_new(custom, n, &s->phrases)) != OK)
		goto out;
	if ((err = secrets_new(&s->secrets)) != OK)
		goto out;
	*at = 0;
	*out = s;
	return OK;
out:
	class_set_free(s);
	return err;
}

void
class_set_free(struct class_set *s)
{
	if (s == NULL)
		return;
	custom_free(s->custom, s->n - CLASS_BUILTIN);
	people_free(s->people);
	phrases_free(s->phrases);
	secrets_free(s->secrets);
	free(s->texts);
	free(s->weights);
	free(s->info);
	free(s);
}

unsigned
class_count(const struct class_set *s)
{
	return s->n;
}

const struct class_info *
class_get(const struct class_set *s, unsigned id)
{
	return id < s->n ? &s->info[id] : NULL;
}

uint16_t
class_find(const struct class_set *s, struct span name)
{
	for (unsigned i = 0; i < s->n; i++)
		if (span_eq(name, span_str(s->info[i].name)))
			return (uint16_t)i;
	return CLASS_NONE;
}

const char *
class_mask_name(enum class_mask mask)
{
	static const char *const names[] = {"token", "last4", "year", "shape", "nothing"};

	return names[mask];
}

const char *
class_group_name(enum class_group group)
{
	switch (group) {
	case CLASS_PCI: return "pci";
	case CLASS_PII: return "pii";
	case CLASS_CREDENTIAL: return "credential";
	case CLASS_HEALTH: return "health";
	case CLASS_FINANCIAL: return "financial";
	default: return "custom";
	}
}
