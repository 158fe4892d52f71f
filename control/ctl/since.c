/* Ages and dates. */
#include "control/ctl/since.h"

#include "control/ctl/session.h"

static int
parse_age(struct span text, int64_t *us)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	uint64_t n;

	if (text.n < 2 || span_u64(span_head(text, text.n - 1), &n) != OK || n > 100000)
		return ERR_MALFORMED;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (text.p[text.n - 1] == units[i].unit) {
			*us = (int64_t)n * units[i].seconds * 1000000;
			return OK;
		}
	}
	return ERR_MALFORMED;
}

int
since_parse(struct span text, int64_t now_us, int64_t *out)
{
	int64_t age;

	if (parse_age(text, &age) == OK) {
		*out = now_us - age;
		return OK;
	}
	return clock_parse(text, out);
}

int
since_window(struct span text, int64_t now_us, int64_t *from_us, int64_t *to_us)
{
	size_t at = span_find_span(text, SPAN(".."));
	int rc = since_parse(span_head(text, at), now_us, from_us);

	*to_us = now_us;
	if (rc == OK && at < text.n)
		rc = since_parse(span_from(text, at + 2), now_us, to_us);
	return rc == OK && *from_us < *to_us ? OK : ERR_MALFORMED;
}

static int
option(const struct invocation *in, const char *name, bool ahead, char text[SINCE_MAX],
    const char **out)
{
	const char *given = invocation_option(in, name);
	int64_t at, age, now = clock_wall_us();

	*out = NULL;
	if (given == NULL)
		return EXIT_DONE;
	if (ahead && parse_age(span_str(given), &age) == OK)
		at = now + age;
	else if (since_parse(span_str(given), now, &at) != OK)
		return session_error(EXIT_USAGE,
		    "such as 24h, 7d, 2026-11-22 or 2026-11-22T10:00:00Z.",
		    "--%s: \"%s\" is no time", name, given);
	(void)clock_format(at, text);
	*out = text;
	return EXIT_DONE;
}

int
since_option(
    const struct invocation *in, const char *name, char text[SINCE_MAX], const char **out)
{
	return option(in, name, false, text, out);
}

int
until_option(
    const struct invocation *in, const char *name, char text[SINCE_MAX], const char **out)
{
	return option(in, name, true, text, out);
}
