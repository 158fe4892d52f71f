/*
 * Reads HAProxy's configuration language, as far as a doctor needs it: sections, lines,
 * words. Quoting, comments, environment variables and .if as in HAProxy's manual (sections
 * 2.2 to 2.4); of a condition that is not understood every branch is read. Pure. SPOE
 * files have the same language.
 */
#ifndef CTL_HAPROXY_CONF_H
#define CTL_HAPROXY_CONF_H

#include "base/buf.h"

#define HAPROXY_WORDS_MAX 64
#define HAPROXY_LINES_MAX 100000 /* lines of a file: larger ones are generated maps */
#define HAPROXY_FILES_MAX 64

struct haproxy_line {
	unsigned number; /* 1 based, in its file */
	unsigned words;
	const char *word[HAPROXY_WORDS_MAX]; /* unquoted, NUL-terminated */
};

struct haproxy_section {
	const char
	    *kind; /* global, defaults, frontend, backend, listen, ring, spoe-agent … */
	const char *name; /* "" for none */
	const char *from; /* named defaults, "" for none */
	const char *file;
	unsigned number;
	unsigned lines;
	struct haproxy_line *line;
	const struct haproxy_section *parent; /* the defaults that hold for it, or NULL */
};

struct haproxy_conf {
	/* Set by the caller before parsing: */
	unsigned version; /* 206 for 2.6; 0: read .if as 2.6 would */
	struct span environment; /* HAProxy's own: NAME=VALUE, each ended by LF or NUL */
	const struct haproxy_conf
	    *outer; /* its setenv and presetenv hold here too, or NULL */
	/* Filled by it: */
	unsigned sections;
	struct haproxy_section *section;
	unsigned files;
	char *text[HAPROXY_FILES_MAX]; /* unquoted words of each file */
	size_t text_n, text_size; /* of the last */
};

/* One file; call it again to append another. file is kept by reference, text is not.
 * ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int
haproxy_conf_parse(struct haproxy_conf *conf, const char *file, struct span text);
void haproxy_conf_free(struct haproxy_conf *conf);

/* A variable as HAProxy sees it at the end of what was parsed; absent: not set. */
struct span haproxy_variable(const struct haproxy_conf *conf, const char *name);
/* Whether the text of an .if holds: 1 or 0, -1 when it is not understood. */
int haproxy_condition(const struct haproxy_conf *conf, const char *text);

/* Is this line "a b c …" (up to three words, NULL ends)? */
bool haproxy_line_is(
    const struct haproxy_line *line, const char *a, const char *b, const char *c);
/* The word after the first that equals name, NULL if none. */
const char *haproxy_line_value(const struct haproxy_line *line, const char *name);
bool haproxy_line_has(const struct haproxy_line *line, const char *word);
/* All words from the given one on, joined by blanks, into out. */
void haproxy_line_join(const struct haproxy_line *line, unsigned from, struct buf *out);

/* The last line of the section, else of its defaults, that starts so; NULL if none. A line
 * "no a b" after it takes it back. */
const struct haproxy_line *haproxy_find(
    const struct haproxy_section *s, const char *a, const char *b, const char *c);
/* The same in the section alone. */
const struct haproxy_line *haproxy_find_own(
    const struct haproxy_section *s, const char *a, const char *b, const char *c);
const struct haproxy_section *
haproxy_section(const struct haproxy_conf *conf, const char *kind, const char *name);
bool haproxy_is_frontend(const struct haproxy_section *s); /* frontend or listen */
bool haproxy_is_backend(const struct haproxy_section *s); /* backend or listen */

/* A time (default unit ms) as milliseconds, a size (k, m, g) as bytes; -1 when malformed. */
int64_t haproxy_time_ms(const char *text);
int64_t haproxy_size(const char *text);

#endif
