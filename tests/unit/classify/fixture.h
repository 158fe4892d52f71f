/* What the tests of lib/classify share: a set of the built-in classes, and one value's hits.
 * Values are copied to their exact size, so that a sanitizer sees a byte read too many. */
#ifndef UNIT_CLASSIFY_FIXTURE_H
#define UNIT_CLASSIFY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "classify/internal.h"

static struct class_set *set;

static inline int
make_set(void **state)
{
	char error[200];
	size_t at;

	(void)state;
	return class_set_new(NULL, 0, &set, &at, error);
}

static inline int
free_set(void **state)
{
	(void)state;
	class_set_free(set);
	return 0;
}

static inline struct class_hits
hits_as(const char *value, enum class_type type, bool test_numbers)
{
	size_t n = strlen(value);
	char *copy = malloc(n + 1);
	struct class_hits h;

	assert_non_null(copy);
	memcpy(copy, value, n);
	classify_value(set, span_make(copy, n), type, test_numbers, &h);
	free(copy);
	return h;
}

/* Strength of a class in a string; contained ones count from 10: 12 is a contained checked. */
static inline int
strength(const char *value, const char *cls)
{
	struct class_hits h = hits_as(value, CLASS_STRING, true);

	for (unsigned i = 0; i < h.n; i++)
		if (strcmp(class_get(set, h.hit[i].cls)->name, cls) == 0)
			return h.hit[i].strength + (h.hit[i].contained ? 10 : 0);
	return 0;
}

struct value_case {
	const char *cls, *value;
	int strength;
};

static inline void
check_values(const struct value_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int got = strength(c[i].value, c[i].cls);

		if (got != c[i].strength)
			fail_msg("%s as %s: %d, not %d", c[i].value, c[i].cls, got,
			    c[i].strength);
	}
}

/* Another last character that is no separator: what it was, it is no longer. */
static inline void
check_near_misses(const struct value_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char near[200];
		size_t last = strlen(c[i].value) - 1;

		while (!ascii_is_digit(c[i].value[last]) &&
		    !ascii_is_letter(c[i].value[last]))
			last--;
		snprintf(near, sizeof(near), "%s", c[i].value);
		near[last] = near[last] == '9' ? '0'
		    : near[last] == 'Z'	       ? 'A'
		    : near[last] == 'z'	       ? 'a'
					       : (char)(near[last] + 1);
		if (strength(near, c[i].cls) % 10 >= c[i].strength % 10)
			fail_msg("%s passes as %s", near, c[i].cls);
	}
}

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

#endif
