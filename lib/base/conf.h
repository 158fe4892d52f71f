/*
 * INI as PgBouncer's users know it: `key = value` under `[section]`, `;` or `#` comments
 * on their own line, no quoting, keys of type list may repeat. One table describes every
 * key; parser, `--help`, man page and the lint that compares them read the same table.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include "base/buf.h"

#define CONF_TEXT_MAX 512 /* bytes of one value, NUL included */
#define CONF_LIST_MAX 16

struct conf_list {
	unsigned n;
	char item[CONF_LIST_MAX][CONF_TEXT_MAX];
};

enum conf_type { CONF_STR, CONF_INT, CONF_BOOL, CONF_LIST };

enum conf_flag {
	CONF_RELOAD = 1, /* SIGHUP applies it; without: a restart is needed */
};

struct conf_key {
	const char *section;
	const char *name;
	enum conf_type type;
	size_t offset; /* in the struct that conf_parse fills: char[CONF_TEXT_MAX],
	                  int64_t, bool, struct conf_list */
	const char *preset; /* default, as it would stand in a file; "" for none */
	int64_t min, max; /* CONF_INT */
	const char *unit; /* bytes, ms, s, …; "" for none */
	unsigned flags;
	const char *doc; /* one sentence with the reason for the default */
};

/* Where and why a file was refused. */
struct conf_error {
	unsigned line; /* 1 based, 0: the whole file */
	char text[256];
};

/* Fills every key of table[0..n) with its default. */
void conf_defaults(const struct conf_key *table, size_t n, void *into);
/* Parses text over what `into` holds (defaults first). Unknown sections and keys, values
 * out of range, repeated scalars are errors: ERR_INVALID with *error set, `into` is then
 * partly filled and must be thrown away. Integers take suffixes k, m, g (1024) for bytes. */
MUST_CHECK int conf_parse(const struct conf_key *table, size_t n, struct span text,
    void *into, struct conf_error *error);
/* The value of a key in the form that conf_parse reads. */
void conf_print_value(const struct conf_key *key, const void *from, struct buf *out);

#endif
