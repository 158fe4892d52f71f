/*
 * A growable byte buffer for everything off the request path: messages, SQL, JSON, files.
 * Growth that fails or passes the limit sets a sticky error; writers go on harmlessly and
 * the owner asks buf_err() once at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct buf {
	char *p; /* n bytes, kept NUL-terminated; NULL while empty */
	size_t n;
	size_t cap;
	size_t limit; /* bytes, 0: none */
	int err; /* OK, ERR_NOMEM or ERR_LIMIT, sticky */
};

#define BUF_INIT ((struct buf){0})

void buf_init(struct buf *b, size_t limit);
void buf_fini(struct buf *b); /* frees; b is BUF_INIT again, its limit kept */
void buf_clear(struct buf *b); /* empties, keeps the memory, clears the error */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_span(struct buf *b, struct span s);
void buf_put_str(struct buf *b, const char *s);
void buf_put_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
/* n uninitialised bytes at the end to be filled by the caller; NULL on error. */
void *buf_extend(struct buf *b, size_t n);
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);
MUST_CHECK int buf_err(const struct buf *b);

static inline struct span
buf_span(const struct buf *b)
{
	return span_make(b->p ? b->p : "", b->n);
}

#endif
