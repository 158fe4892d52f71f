/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. Pure. */
#ifndef HTTP_UTF8_H
#define HTTP_UTF8_H

#include "base/span.h"

#define UTF8_BYTES_MAX 4

/* Offset of the first byte that does not belong to a whole, valid character; s.n if all do.
 * *cut (may be NULL): the bytes from there on begin a character that the end cut off. */
size_t utf8_valid(struct span s, bool *cut);
/* Writes code (≤ 0x10ffff) to out, returns its bytes. */
size_t utf8_put(uint32_t code, char out[UTF8_BYTES_MAX]);

#endif
