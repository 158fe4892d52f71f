/*
 * The canonical form of a value: what a token is made of, so that one value written in
 * several ways has one token.
 *
 *   CANON_AS_IS    the bytes
 *   CANON_DIGITS   digits alone: "4111 1111-1111 1111" is 4111111111111111
 *   CANON_UPPER    letters and digits alone, upper case: IBAN, passports, licences
 *   CANON_EMAIL    lower case (both parts: no provider of today tells them apart), without
 *                  "mailto:", angle brackets and a final dot; tags and dots stay
 *   CANON_PHONE    "+" and digits; "00" at the front is "+", "(0)" behind a country code
 *                  goes, an extension goes. A number without country code stays without:
 *                  nobody here knows the caller's country
 *   CANON_NAME     lower case, Latin letters without accents (composed or not), one blank
 *                  between words, typographic apostrophes and hyphens made plain; order of
 *                  words stays
 *
 * Full-width digits and letters (U+FF01 … U+FF5E) count as ASCII in all but the first. What a
 * form would leave nothing of is taken as it is. Pure.
 */
#ifndef REDACT_CANONICAL_H
#define REDACT_CANONICAL_H

#include "classify/classify.h"

#define CANONICAL_MAX 1024 /* longer values are taken as they are: no card, no name */

/* Points into value or out. No errors: bytes that are not UTF-8 are kept as they are. */
struct span
canonical_make(enum class_canonical form, struct span value, char out[CANONICAL_MAX]);

#endif
