/* The INI reader over a table of keys. */
#include "base/conf.h"

#include <inttypes.h>
#include <stdio.h>

static void *
field_of(const struct conf_key *key, void *into)
{
	return (char *)into + key->offset;
}

static int
set_text(char *dst, struct span v)
{
	if (v.n >= CONF_TEXT_MAX)
		return ERR_RANGE;
	memcpy(dst, v.p, v.n);
	dst[v.n] = '\0';
	return OK;
}

static int
set_int(const struct conf_key *key, int64_t *dst, struct span v)
{
	int64_t scale = 1, n;
	int rc;

	if (v.n && strcmp(key->unit, "bytes") == 0) {
		char c = ascii_lower(v.p[v.n - 1]);

		scale = c == 'k' ? 1024
		    : c == 'm'	 ? 1024 * 1024
		    : c == 'g'	 ? 1024 * 1024 * 1024
				 : 1;
		if (scale > 1)
			v = span_trim(span_head(v, v.n - 1));
	}
	if ((rc = span_i64(v, &n)) != OK)
		return rc;
	if (n > INT64_MAX / scale || n < INT64_MIN / scale)
		return ERR_RANGE;
	n *= scale;
	if (n < key->min || n > key->max)
		return ERR_RANGE;
	*dst = n;
	return OK;
}

static int
set_bool(bool *dst, struct span v)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};

	for (size_t i = 0; i < 4; i++) {
		if (span_ieq(v, span_str(yes[i])))
			return *dst = true, OK;
		if (span_ieq(v, span_str(no[i])))
			return *dst = false, OK;
	}
	return ERR_MALFORMED;
}

static int
set_value(const struct conf_key *key, void *into, struct span v)
{
	void *at = field_of(key, into);
	struct conf_list *list = at;

	switch (key->type) {
	case CONF_STR: return set_text(at, v);
	case CONF_INT: return set_int(key, at, v);
	case CONF_BOOL: return set_bool(at, v);
	case CONF_LIST:
		if (list->n == CONF_LIST_MAX)
			return ERR_FULL;
		return set_text(list->item[list->n++], v);
	}
	return ERR_INVALID;
}

void
conf_defaults(const struct conf_key *table, size_t n, void *into)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].type == CONF_LIST)
			((struct conf_list *)field_of(&table[i], into))->n = 0;
		if (table[i].preset[0] == '\0' && table[i].type == CONF_LIST)
			continue;
		CHECK(set_value(&table[i], into, span_str(table[i].preset)) == OK);
	}
}

static int
refuse(struct conf_error *e, unsigned line, const char *why, struct span what)
{
	e->line = line;
	snprintf(e->text, sizeof e->text, "%s: %.*s", why,
	    (int)(what.n > 100 ? 100 : what.n), what.p ? what.p : "");
	return ERR_INVALID;
}

static const struct conf_key *
find_key(const struct conf_key *table, size_t n, struct span section, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(section, span_str(table[i].section)) &&
		    span_eq(name, span_str(table[i].name)))
			return &table[i];
	return NULL;
}

static bool
known_section(const struct conf_key *table, size_t n, struct span section)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(section, span_str(table[i].section)))
			return true;
	return false;
}

static int
refuse_value(struct conf_error *e, unsigned line, const struct conf_key *key, int why)
{
	e->line = line;
	if (why == ERR_RANGE && key->type == CONF_INT)
		snprintf(e->text, sizeof e->text,
		    "%s: must be from %" PRId64 " to %" PRId64 "%s%s", key->name,
		    key->min, key->max, key->unit[0] ? " " : "", key->unit);
	else if (key->type == CONF_BOOL)
		snprintf(e->text, sizeof e->text, "%s: must be yes or no", key->name);
	else
		snprintf(e->text, sizeof e->text, "%s: %s", key->name, err_str(why));
	return ERR_INVALID;
}

int
conf_parse(const struct conf_key *table, size_t n, struct span text, void *into,
    struct conf_error *error)
{
	struct span rest = text, section = SPAN_NONE;
	bool seen[512] = {false};
	unsigned line = 0;

	*error = (struct conf_error){0};
	CHECK(n <= sizeof seen);
	while (!span_absent(rest)) {
		struct span l = span_trim(span_cut(&rest, '\n')), name, value;
		const struct conf_key *key;
		size_t eq;
		int rc;

		line++;
		if (l.n == 0 || l.p[0] == ';' || l.p[0] == '#')
			continue;
		if (l.p[0] == '[') {
			if (l.p[l.n - 1] != ']')
				return refuse(error, line, "a section ends with ]", l);
			section = span_trim(span_make(l.p + 1, l.n - 2));
			if (!known_section(table, n, section))
				return refuse(error, line, "unknown section", section);
			continue;
		}
		if ((eq = span_find(l, '=')) == l.n)
			return refuse(error, line, "expected key = value", l);
		name = span_trim(span_head(l, eq));
		value = span_trim(span_from(l, eq + 1));
		if ((key = find_key(table, n, section, name)) == NULL)
			return refuse(error, line, "unknown key in this section", name);
		if (memchr(value.p, '\0', value.n))
			return refuse(error, line, "NUL byte in the value of", name);
		if (key->type != CONF_LIST && seen[key - table])
			return refuse(error, line, "key stands twice", name);
		if (key->type == CONF_LIST && !seen[key - table])
			((struct conf_list *)field_of(key, into))->n = 0;
		seen[key - table] = true;
		if ((rc = set_value(key, into, value)) != OK)
			return refuse_value(error, line, key, rc);
	}
	return OK;
}

void
conf_print_value(const struct conf_key *key, const void *from, struct buf *out)
{
	const void *at = (const char *)from + key->offset;
	const struct conf_list *list = at;

	switch (key->type) {
	case CONF_STR: buf_put_str(out, at); break;
	case CONF_INT: buf_printf(out, "%" PRId64, *(const int64_t *)at); break;
	case CONF_BOOL: buf_put_str(out, *(const bool *)at ? "yes" : "no"); break;
	case CONF_LIST:
		for (unsigned i = 0; i < list->n; i++)
			buf_printf(out, "%s%s", i ? ", " : "", list->item[i]);
		break;
	}
}
