/* Looking things up in a configuration that was read: lines, sections, times and sizes. */
#include "control/ctl/haproxy_conf.h"

bool
haproxy_line_is(
    const struct haproxy_line *line, const char *a, const char *b, const char *c)
{
	const char *want[] = {a, b, c};

	for (unsigned i = 0; i < 3 && want[i]; i++) {
		if (i >= line->words || strcmp(line->word[i], want[i]) != 0)
			return false;
	}
	return true;
}

const char *
haproxy_line_value(const struct haproxy_line *line, const char *name)
{
	for (unsigned i = 0; i + 1 < line->words; i++) {
		if (strcmp(line->word[i], name) == 0)
			return line->word[i + 1];
	}
	return NULL;
}

bool
haproxy_line_has(const struct haproxy_line *line, const char *word)
{
	for (unsigned i = 0; i < line->words; i++) {
		if (strcmp(line->word[i], word) == 0)
			return true;
	}
	return false;
}

void
haproxy_line_join(const struct haproxy_line *line, unsigned from, struct buf *out)
{
	for (unsigned i = from; i < line->words; i++)
		buf_printf(out, "%s%s", i > from ? " " : "", line->word[i]);
}

const struct haproxy_line *
haproxy_find_own(
    const struct haproxy_section *s, const char *a, const char *b, const char *c)
{
	const struct haproxy_line *found = NULL;

	for (unsigned i = 0; s && i < s->lines; i++) {
		if (haproxy_line_is(&s->line[i], a, b, c))
			found = &s->line[i];
		else if (haproxy_line_is(&s->line[i], "no", a, b))
			found = NULL;
	}
	return found;
}

const struct haproxy_line *
haproxy_find(const struct haproxy_section *s, const char *a, const char *b, const char *c)
{
	const struct haproxy_line *found = NULL;

	for (unsigned i = 0; s && i < s->lines; i++) {
		if (haproxy_line_is(&s->line[i], "no", a, b))
			return NULL;
	}
	if (s)
		found = haproxy_find_own(s, a, b, c);
	return found || s == NULL ? found : haproxy_find(s->parent, a, b, c);
}

const struct haproxy_section *
haproxy_section(const struct haproxy_conf *conf, const char *kind, const char *name)
{
	for (unsigned i = 0; i < conf->sections; i++) {
		const struct haproxy_section *s = &conf->section[i];

		if (strcmp(s->kind, kind) == 0 &&
		    (name == NULL || strcmp(s->name, name) == 0))
			return s;
	}
	return NULL;
}

bool
haproxy_is_frontend(const struct haproxy_section *s)
{
	return strcmp(s->kind, "frontend") == 0 || strcmp(s->kind, "listen") == 0;
}

bool
haproxy_is_backend(const struct haproxy_section *s)
{
	return strcmp(s->kind, "backend") == 0 || strcmp(s->kind, "listen") == 0;
}

/* Digits and a unit out of a table of names and factors. */
struct unit {
	const char *name;
	int64_t factor;
};

static int64_t
number_with_unit(const char *text, const struct unit *units)
{
	struct span s = span_str(text);
	uint64_t v;
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	if (n == 0 || span_u64(span_head(s, n), &v) != OK || v > (uint64_t)1 << 40)
		return -1;
	for (; units->name; units++) {
		if (span_ieq(span_from(s, n), span_str(units->name)))
			return (int64_t)v * units->factor;
	}
	return -1;
}

int64_t
haproxy_time_ms(const char *text)
{
	static const struct unit units[] = {{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60000},
	    {"h", 3600000}, {"d", 86400000}, {NULL, 0}};

	if (text && strlen(text) > 2 && strcmp(text + strlen(text) - 2, "us") == 0)
		return 1;
	return text ? number_with_unit(text, units) : -1;
}

int64_t
haproxy_size(const char *text)
{
	static const struct unit units[] = {
	    {"", 1}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {NULL, 0}};

	return text ? number_with_unit(text, units) : -1;
}
