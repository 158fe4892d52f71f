/* Rows for people and for machines. */
#include "control/ctl/table.h"

#include <stdio.h>

#include "control/ctl/array.h"
#include "control/ctl/text.h"

#define GAP 2 /* blanks between columns */

struct cell {
	size_t offset, n;
	bool absent;
};

void
table_init(struct table *t)
{
	*t = (struct table){0};
	buf_init(&t->bytes, (size_t)1 << 30);
	buf_init(&t->cells, (size_t)1 << 30);
}

void
table_fini(struct table *t)
{
	buf_fini(&t->bytes);
	buf_fini(&t->cells);
	t->rows = 0;
}

void
table_column(struct table *t, const char *key, enum cell_kind kind, size_t most)
{
	struct column *c;

	if (t->columns == TABLE_COLUMNS_MAX)
		return;
	c = &t->column[t->columns++];
	snprintf(c->key, sizeof c->key, "%s", key);
	c->kind = kind;
	c->most = most;
}

static size_t
cells(const struct table *t)
{
	return t->cells.n / sizeof(struct cell);
}

void
table_cell(struct table *t, struct span value)
{
	struct cell c = {t->bytes.n, value.n, span_absent(value)};

	buf_put_span(&t->bytes, value);
	buf_put(&t->cells, &c, sizeof c);
	t->rows = t->columns ? cells(t) / t->columns : 0;
}

void
table_cell_str(struct table *t, const char *value)
{
	table_cell(t, span_str(value));
}

void
table_cell_number(struct table *t, int64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", (long long)value);
	table_cell(t, span_str(text));
}

struct span
table_get(const struct table *t, size_t row, unsigned column)
{
	size_t at = row * t->columns + column;
	struct cell c;

	if (column >= t->columns || at >= cells(t))
		return SPAN_NONE;
	memcpy(&c, t->cells.p + at * sizeof c, sizeof c);
	if (c.absent)
		return SPAN_NONE;
	return span_make((t->bytes.p ? t->bytes.p : "") + c.offset, c.n);
}

int
table_err(const struct table *t)
{
	int rc = buf_err(&t->bytes);

	return rc != OK ? rc : buf_err(&t->cells);
}

static void
put_title(struct buf *out, const char *key)
{
	for (; *key; key++)
		buf_put_char(out,
		    *key == '_'			     ? ' '
			: *key >= 'a' && *key <= 'z' ? *key - 32
						     : *key);
}

/* "one two", or "-" for none; an element with blanks stands between quotes. */
static void
put_words(struct buf *into, struct span list)
{
	struct span rest = array_begin(list);
	struct buf one = BUF_INIT;

	if (span_absent(rest))
		buf_put_char(into, '-');
	for (bool first = true; array_next(&rest, &one); first = false) {
		bool blank = span_find(buf_span(&one), ' ') < one.n;

		buf_put_str(into, first ? "" : " ");
		buf_put_str(into, blank ? "\"" : "");
		text_put(into, buf_span(&one));
		buf_put_str(into, blank ? "\"" : "");
		buf_clear(&one);
	}
	buf_fini(&one);
}

/* A cell as people see it, escaped; into an emptied buf. */
static struct span
shown(const struct table *t, size_t row, unsigned column, struct buf *into)
{
	struct span v = table_get(t, row, column);

	buf_clear(into);
	if (span_absent(v))
		buf_put_char(into, '-');
	else if (t->column[column].kind == CELL_BOOL)
		buf_put_str(into, span_eq(v, SPAN("t")) ? "yes" : "no");
	else if (t->column[column].kind == CELL_LIST)
		put_words(into, v);
	else
		text_put(into, v);
	return buf_span(into);
}

static const char *
color_of(struct span word)
{
	static const struct {
		const char *word, *code;
	} known[] = {
	    {"ok", "\033[32m"},
	    {"allow", "\033[32m"},
	    {"enforce", "\033[32m"},
	    {"yes", "\033[32m"},
	    {"up", "\033[32m"},
	    {"warn", "\033[33m"},
	    {"shadow", "\033[33m"},
	    {"rate", "\033[33m"},
	    {"fail", "\033[31m"},
	    {"deny", "\033[31m"},
	    {"drop", "\033[31m"},
	    {"down", "\033[31m"},
	    {"skip", "\033[2m"},
	    {"off", "\033[2m"},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (span_eq(word, span_str(known[i].word)))
			return known[i].code;
	}
	return NULL;
}

static void
put_colored(struct buf *out, struct span text, bool color)
{
	const char *code = color ? color_of(text) : NULL;

	if (code)
		buf_put_str(out, code);
	buf_put_span(out, text);
	if (code)
		buf_put_str(out, "\033[0m");
}

void
table_put_word(struct buf *out, const char *word, bool color)
{
	put_colored(out, span_str(word), color);
}

static void
pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_put_char(out, ' ');
}

/* What each column takes, after cutting to its own limit. */
static void
measure(const struct table *t, const struct table_style *style, size_t *width)
{
	struct buf cell = BUF_INIT;

	for (unsigned c = 0; c < t->columns; c++) {
		width[c] = strlen(t->column[c].key);
		for (size_t r = 0; r < t->rows; r++) {
			size_t w = text_width(shown(t, r, c, &cell));

			if (w > width[c])
				width[c] = w;
		}
		if (style->width && t->column[c].most && width[c] > t->column[c].most)
			width[c] = t->column[c].most;
	}
	buf_fini(&cell);
}

/* The last column takes what is left of the line, never less than 16. */
static void
fit_last(const struct table *t, const struct table_style *style, size_t *width)
{
	size_t used = 0, last = t->columns - 1;

	if (!style->width)
		return;
	for (unsigned c = 0; c < last; c++)
		used += width[c] + GAP;
	if (used + width[last] > style->width)
		width[last] = style->width > used + 16 ? style->width - used : 16;
}

static void
print_line(
    const struct table *t, size_t row, const size_t *width, bool color, struct buf *out)
{
	struct buf cell = BUF_INIT, cut = BUF_INIT;

	for (unsigned c = 0; c < t->columns; c++) {
		bool right = t->column[c].kind == CELL_NUMBER, last = c + 1 == t->columns;
		size_t w;

		buf_clear(&cut);
		text_put_cut(&cut, shown(t, row, c, &cell), width[c]);
		w = text_width(buf_span(&cut));
		if (right)
			pad(out, width[c] - w);
		put_colored(out, buf_span(&cut), color);
		if (!right && !last)
			pad(out, width[c] - w);
		if (!last)
			pad(out, GAP);
	}
	buf_put_char(out, '\n');
	buf_fini(&cell);
	buf_fini(&cut);
}

void
table_print(const struct table *t, const struct table_style *style, struct buf *out)
{
	size_t width[TABLE_COLUMNS_MAX];

	if (t->columns == 0 || t->rows == 0)
		return;
	measure(t, style, width);
	fit_last(t, style, width);
	if (style->color)
		buf_put_str(out, "\033[1m");
	for (unsigned c = 0; c < t->columns; c++) {
		size_t gap = width[c] - strlen(t->column[c].key);
		bool right = t->column[c].kind == CELL_NUMBER, last = c + 1 == t->columns;

		pad(out, right ? gap : 0);
		put_title(out, t->column[c].key);
		pad(out, last ? 0 : GAP + (right ? 0 : gap));
	}
	buf_put_str(out, style->color ? "\033[0m\n" : "\n");
	for (size_t r = 0; r < t->rows; r++)
		print_line(t, r, width, style->color, out);
}

void
table_print_record(
    const struct table *t, size_t row, const struct table_style *style, struct buf *out)
{
	struct buf cell = BUF_INIT;
	size_t most = 0;

	for (unsigned c = 0; c < t->columns; c++) {
		if (strlen(t->column[c].key) > most)
			most = strlen(t->column[c].key);
	}
	for (unsigned c = 0; c < t->columns; c++) {
		put_title(out, t->column[c].key);
		pad(out, most - strlen(t->column[c].key) + GAP);
		put_colored(out, shown(t, row, c, &cell), style->color);
		buf_put_char(out, '\n');
	}
	buf_fini(&cell);
}

/* Whether text is a number that JSON knows (PostgreSQL also writes NaN and Infinity). */
static bool
is_json_number(struct span v)
{
	size_t i = 0;

	if (i < v.n && v.p[i] == '-')
		i++;
	if (i == v.n || v.p[i] < '0' || v.p[i] > '9')
		return false;
	for (; i < v.n; i++) {
		if (!strchr("0123456789.eE+-", v.p[i]))
			return false;
	}
	return v.p[v.n - 1] != '.';
}

static void
put_json_list(struct jsonw *w, struct span list)
{
	struct span rest = array_begin(list);
	struct buf one = BUF_INIT;

	jsonw_array(w);
	while (array_next(&rest, &one)) {
		jsonw_span(w, buf_span(&one));
		buf_clear(&one);
	}
	jsonw_array_end(w);
	buf_fini(&one);
}

static void
put_json_row(const struct table *t, size_t row, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	for (unsigned c = 0; c < t->columns; c++) {
		struct span v = table_get(t, row, c);
		enum cell_kind kind = t->column[c].kind;

		jsonw_key(&w, t->column[c].key);
		if (kind == CELL_LIST) {
			put_json_list(&w, v);
		} else if (span_absent(v)) {
			jsonw_null(&w);
		} else if (kind == CELL_BOOL) {
			jsonw_bool(&w, span_eq(v, SPAN("t")));
		} else if (kind == CELL_JSON ||
		    (kind == CELL_NUMBER && is_json_number(v))) {
			buf_put_span(out, v);
			w.after_key = false;
		} else {
			jsonw_span(&w, v);
		}
	}
	jsonw_object_end(&w);
}

void
table_print_json(const struct table *t, struct buf *out)
{
	buf_put_char(out, '[');
	for (size_t r = 0; r < t->rows; r++) {
		buf_put_str(out, r ? ",\n " : "");
		put_json_row(t, r, out);
	}
	buf_put_str(out, "]\n");
}

void
table_print_json_record(const struct table *t, size_t row, struct buf *out)
{
	put_json_row(t, row, out);
	buf_put_char(out, '\n');
}
