/* Messages with their places. */
#include "policy/diag.h"

#include <stdio.h>

#include "base/jsonw.h"

#define TEXT_MAX 400
#define LINE_SHOWN 200 /* bytes of a source line */

static void PRINTF_LIKE(4, 0)
    add(struct diags *d, enum severity s, struct place at, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];
	struct diag *to;

	if (s == SEVERITY_ERROR)
		d->errors++;
	else
		d->warnings++;
	if (d->list.n == DIAGS_MAX)
		return;
	vsnprintf(text, sizeof text, fmt, ap);
	to = VEC_ADD(d->pool, &d->list);
	*to = (struct diag){s, at, pool_copy(d->pool, span_str(text))};
}

void
diag_error(struct diags *d, struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, SEVERITY_ERROR, at, fmt, ap);
	va_end(ap);
}

void
diag_warn(struct diags *d, struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, SEVERITY_WARNING, at, fmt, ap);
	va_end(ap);
}

struct place
diag_line(const struct source *s, unsigned line)
{
	struct span rest = s->text;

	while (line > 1 && !span_absent(rest)) {
		span_cut(&rest, '\n');
		line--;
	}
	return (struct place){
	    s, span_absent(rest) ? (uint32_t)s->text.n : (uint32_t)(rest.p - s->text.p)};
}

static struct span
line_of(struct place at, unsigned *line, unsigned *column)
{
	struct span text = at.source->text;
	size_t start = 0, offset = at.offset < text.n ? at.offset : text.n;
	struct span shown;

	*line = 1;
	for (size_t i = 0; i < offset; i++)
		if (text.p[i] == '\n') {
			++*line;
			start = i + 1;
		}
	*column = (unsigned)(offset - start) + 1;
	shown = span_from(text, start);
	return span_head(shown, span_find(shown, '\n'));
}

void
diag_where(struct place at, unsigned *line, unsigned *column)
{
	line_of(at, line, column);
}

/* Untrusted text for a terminal: control bytes become '?'. */
static void
put_plain(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_put_char(out, (c < 0x20 && c != '\t') || c == 0x7f ? '?' : s.p[i]);
	}
}

static const char *
severity_name(enum severity s)
{
	return s == SEVERITY_ERROR ? "error" : "warning";
}

static void
print_text(const struct diag *d, struct buf *out)
{
	unsigned line, column;
	struct span shown;

	if (d->at.source == NULL) {
		buf_printf(out, "yettc: %s: ", severity_name(d->severity));
		put_plain(out, d->text);
		buf_put_char(out, '\n');
		return;
	}
	shown = line_of(d->at, &line, &column);
	put_plain(out, d->at.source->name);
	buf_printf(out, ":%u:%u: %s: ", line, column, severity_name(d->severity));
	put_plain(out, d->text);
	buf_put_char(out, '\n');
	if (column > LINE_SHOWN || span_trim(shown).n == 0)
		return;
	put_plain(out, span_head(shown, LINE_SHOWN));
	buf_put_char(out, '\n');
	for (unsigned i = 0; i + 1 < column; i++)
		buf_put_char(out, i < shown.n && shown.p[i] == '\t' ? '\t' : ' ');
	buf_put_str(out, "^\n");
}

static void
print_json(const struct diag *d, struct buf *out)
{
	struct jsonw w;
	unsigned line, column;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_kv_str(&w, "severity", severity_name(d->severity));
	jsonw_kv_span(&w, "message", d->text);
	if (d->at.source) {
		line_of(d->at, &line, &column);
		jsonw_kv_span(&w, "file", d->at.source->name);
		jsonw_kv_uint(&w, "line", line);
		jsonw_kv_uint(&w, "column", column);
	}
	jsonw_object_end(&w);
	buf_put_char(out, '\n');
}

/* By source, then place; those of no place last. Equal ones stay as they came. */
static bool
comes_after(const struct diag *a, const struct diag *b)
{
	int c;

	if (a->at.source == NULL || b->at.source == NULL)
		return a->at.source == NULL && b->at.source != NULL;
	c = span_cmp(a->at.source->name, b->at.source->name);
	return c ? c > 0 : a->at.offset > b->at.offset;
}

/* A sort by insertion: there are at most DIAGS_MAX. */
static void
sort(struct diags *d)
{
	for (uint32_t i = 1; i < d->list.n; i++) {
		struct diag one = d->list.v[i];
		uint32_t at = i;

		for (; at > 0 && comes_after(&d->list.v[at - 1], &one); at--)
			d->list.v[at] = d->list.v[at - 1];
		d->list.v[at] = one;
	}
}

void
diag_print(struct diags *d, bool json, struct buf *out)
{
	unsigned more = d->errors + d->warnings - d->list.n;

	sort(d);
	for (uint32_t i = 0; i < d->list.n; i++)
		if (json)
			print_json(&d->list.v[i], out);
		else
			print_text(&d->list.v[i], out);
	if (more && !json)
		buf_printf(out, "yettc: and %u more\n", more);
}
