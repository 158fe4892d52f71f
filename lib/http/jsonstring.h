/* Strings of JSON, for the walker: finding their end and decoding them. Pure. */
#ifndef HTTP_JSONSTRING_H
#define HTTP_JSONSTRING_H

#include "http/body.h"

/* *at: the byte after the opening quote. OK: *at is the closing quote, *escaped says whether
 * there are backslashes, *high whether there are bytes ≥ 0x80 (not checked). ERR_TRUNCATED,
 * ERR_MALFORMED (*at is where). */
MUST_CHECK int
json_string_scan(const char **at, const char *end, bool *escaped, bool *high);

/* Decodes what was scanned into out, which has room for raw.n bytes; returns the bytes
 * written. Sets BODY_NUL and BODY_BAD_UTF8 (a lone surrogate becomes U+FFFD). */
size_t json_string_decode(struct span raw, char *out, uint32_t *flags);

#endif
