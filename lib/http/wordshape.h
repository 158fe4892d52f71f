/* Whether text reads as words, for segment.c. Pure. */
#ifndef HTTP_WORDSHAPE_H
#define HTTP_WORDSHAPE_H

#include "base/span.h"

/* *random (may be NULL): no words, and one of the tokens is long and irregular enough to be
 * taken for an identifier. */
bool wordshape_has(struct span s, bool *random);
/* Whether what follows prefix and a separator reads as a version or number of it: 2024
 * after report, v2, sms2 after send, 256 after sha. */
bool wordshape_is_version(struct span prefix, struct span tail);

#endif
