/* See classes.h. */
#include "analyst/classes.h"

static size_t
custom_read(const struct bundle *b, struct class_custom *out)
{
	size_t n = b ? bundle_class_count(b) : 0;

	if (n > CLASS_CUSTOM_MAX)
		n = CLASS_CUSTOM_MAX;
	for (uint32_t i = 0; i < n; i++) {
		struct bundle_class_info c;

		bundle_class_get(b, i, &c);
		out[i] = (struct class_custom){.name = c.name,
		    .title = c.title,
		    .pattern = c.pattern,
		    .validator = c.validator,
		    .names = c.names,
		    .groups = c.groups | CLASS_CUSTOM,
		    .mask = (enum class_mask)c.mask};
	}
	return n;
}

int
classes_make(const struct bundle *b, struct class_set **out, unsigned *refused)
{
	struct class_custom custom[CLASS_CUSTOM_MAX];
	size_t n = custom_read(b, custom), at;
	char error[200];
	int err;

	*refused = 0;
	while (
	    (err = class_set_new(custom, n, out, &at, error)) == ERR_INVALID && at < n) {
		memmove(custom + at, custom + at + 1, (n - at - 1) * sizeof(*custom));
		n--;
		++*refused;
	}
	return err;
}
