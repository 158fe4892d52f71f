/*
 * Text for a terminal. Everything shown may have been written by an attacker (paths, hosts,
 * rule names): what could move a cursor, colour, hide or reorder text is shown as an
 * escape, never sent. Pure.
 */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include "base/buf.h"

/* s with C0, C1, DEL, bidirectional and zero-width marks and bytes that are not UTF-8 as
 * \xHH or \u{HHHH}; nothing else is changed. */
void text_put(struct buf *out, struct span s);
/* Columns that text_put's output takes: one per code point, two for wide ones. */
size_t text_width(struct span clean);
/* The first part of clean text that fits width columns, ending in … if it was cut. */
void text_put_cut(struct buf *out, struct span clean, size_t width);

/* Edits that turn one word into another (insert, remove, replace, swap neighbours), for
 * "did you mean"; words above 63 bytes are never alike. */
unsigned text_distance(const char *a, const char *b);

#endif
