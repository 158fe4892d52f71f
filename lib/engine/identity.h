/*
 * Who sent the request: the first configured credential source that is present, as a keyed
 * 128-bit hash. A claim that nobody verified (JWT claim, Basic user) is combined with the
 * source features, so that it cannot spend another's limit. Without any credential the
 * source features alone (TLS print, header order, address prefix /24 or /48) make a weak
 * identity. The same on every gateway that holds the same key.
 *
 * HAProxy says which sources it verified in `vfy`, comma separated: the kind's name
 * (bearer, jwt, header, query, cookie, client_cert, basic) or kind:name ("header:x-api-key").
 */
#ifndef ENGINE_IDENTITY_H
#define ENGINE_IDENTITY_H

#include "engine/verdict.h"

struct work;

/* Sets identity, identity_kind and VERDICT_WEAK, _VERIFIED of the verdict in hand. */
void identity_find(struct work *w);
/* "bearer", … "weak": identity.source of the rule language. */
const char *identity_kind_name(enum identity_kind kind);
/* 32 lower-case hex digits, high half first, no NUL. */
void identity_hex(struct hash128 identity, char out[32]);

#endif
