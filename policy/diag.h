/*
 * What the compiler has to say about its input: each message has a place; all are collected
 * and shown together, with the source line and a caret. Pure.
 */
#ifndef POLICY_DIAG_H
#define POLICY_DIAG_H

#include "base/buf.h"
#include "policy/pool.h"

#define DIAGS_MAX 100 /* kept; more are counted only */

/* A text that was read, and what to call it: a path, or a row of the database. */
struct source {
	struct span name;
	struct span text;
};

struct place {
	const struct source *source; /* NULL: nowhere in particular */
	uint32_t offset; /* in its text */
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct diag {
	enum severity severity;
	struct place at;
	struct span text;
};

struct diags {
	struct pool *pool;
	VEC(struct diag) list;
	unsigned errors, warnings; /* those not kept included */
};

void diag_error(struct diags *d, struct place at, const char *fmt, ...) PRINTF_LIKE(3, 4);
void diag_warn(struct diags *d, struct place at, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The place where a line (1 based) starts. */
struct place diag_line(const struct source *s, unsigned line);
/* Line and column, both 1 based; columns count bytes. */
void diag_where(struct place at, unsigned *line, unsigned *column);
/* In the order of files and places: text for people, or one JSON object a line. */
void diag_print(struct diags *d, bool json, struct buf *out);

/* "%.*s" of a span, cut at 60 bytes. */
#define DIAG_SPAN(s) (int)((s).n > 60 ? 60 : (s).n), (s).p ? (s).p : ""

#endif
