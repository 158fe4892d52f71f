/*
 * What a command answers: rows of named columns, shown as a table for people or as JSON for
 * machines. A column's key is its JSON name; its title is the key in capitals. Cells are
 * copied in raw; escaping happens when they are shown.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include "base/buf.h"
#include "base/jsonw.h"

#define TABLE_COLUMNS_MAX 48

enum cell_kind {
	CELL_TEXT,
	CELL_NUMBER, /* text of a JSON number: shown to the right */
	CELL_BOOL, /* t or f, as PostgreSQL writes it: shown as yes or no */
	CELL_JSON, /* JSON text, shown as it is */
	CELL_LIST, /* a PostgreSQL array of text: shown as words, an array in JSON */
};

struct column {
	char key[48];
	enum cell_kind kind;
	size_t most; /* columns on a terminal before it is cut; 0: never */
};

struct table {
	unsigned columns;
	struct column column[TABLE_COLUMNS_MAX];
	size_t rows;
	struct buf bytes; /* all cells, one after the other */
	struct buf cells; /* struct cell × rows × columns */
};

struct table_style {
	bool color; /* bold titles, colours for known words (ok, warn, fail …) */
	size_t width; /* of the terminal; 0: nothing is cut */
};

void table_init(struct table *t);
void table_fini(struct table *t);
/* Before the first row; more than TABLE_COLUMNS_MAX are ignored. */
void table_column(struct table *t, const char *key, enum cell_kind kind, size_t most);
/* Cells are added from left to right, row by row. An absent span is NULL: shown as -. */
void table_cell(struct table *t, struct span value);
void table_cell_str(struct table *t, const char *value); /* NULL: absent */
void table_cell_number(struct table *t, int64_t value);
struct span table_get(const struct table *t, size_t row, unsigned column);
/* Whether memory sufficed: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int table_err(const struct table *t);

/* One line of titles, one line a row; nothing at all for no rows. */
void table_print(const struct table *t, const struct table_style *style, struct buf *out);
/* "KEY  value" lines of one row, for `show` commands. */
void table_print_record(
    const struct table *t, size_t row, const struct table_style *style, struct buf *out);
/* An array with one object a line. */
void table_print_json(const struct table *t, struct buf *out);
void table_print_json_record(const struct table *t, size_t row, struct buf *out);

/* text between the codes for a word's colour (ok green, warn yellow, fail red …), or as it
 * is. */
void table_put_word(struct buf *out, const char *word, bool color);

#endif
