/*
 * What evidence shows of a value, by the class's mask. One form for a class, always: a token
 * beside digits of the same value would let who has the one find the other.
 *
 *   MASK_TOKEN    card.3.k4…          MASK_YEAR    1980
 *   MASK_LAST4    ************1111    MASK_SHAPE   Aa9*a     MASK_NOTHING   (empty)
 *
 * Truncation keeps within PCI SSC FAQ 1091 and below: the last four of twelve or more
 * characters, the last two of eight or more, else none; never the first ones. A date whose
 * year cannot be told apart shows nothing. Shapes say of punctuation only that it is there.
 */
#ifndef REDACT_MASK_H
#define REDACT_MASK_H

#include "redact/redact.h"

#define MASK_TEXT_MAX TOKEN_TEXT_MAX

/* *out spans at most MASK_TEXT_MAX characters of text; empty where nothing may be said.
 * Errors of redact_token() for MASK_TOKEN, with *out empty. */
MUST_CHECK int redact_mask(struct redactor *r, const struct class_info *cls,
    struct span value, int64_t now_us, char text[MASK_TEXT_MAX], struct span *out);

#endif
