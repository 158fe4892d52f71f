/* Text forms of bytes: hex and base64url (RFC 4648 §5, no padding). Pure. */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include "base/span.h"

#define HEX_LEN(n) (2 * (n))
#define B64URL_LEN(n) (((n)*4 + 2) / 3)

/* Writes HEX_LEN(n) lower-case digits, no NUL. */
void hex_encode(const void *src, size_t n, char *out);
/* Exactly n bytes from 2n digits of either case, else ERR_MALFORMED. */
MUST_CHECK int hex_decode(struct span text, void *out, size_t n);
/* Writes B64URL_LEN(n) characters, no NUL; returns their number. */
size_t b64url_encode(const void *src, size_t n, char *out);
/* Accepts the url and the standard alphabet, with or without padding. At most cap bytes
 * into out, their number in *n. ERR_MALFORMED, ERR_RANGE (does not fit). */
MUST_CHECK int b64_decode(struct span text, void *out, size_t cap, size_t *n);

#endif
