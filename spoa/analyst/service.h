/*
 * The services seen, by name: those of the policy, and hosts that gave an accepted answer,
 * up to a limit; what comes after counts under `other`, which is index 0 and always there.
 * A host that only ever got errors never enters (scanners choose their Host header).
 *
 * A name of the policy is text that people wrote. A host is the client's choice, and where
 * each user has a host of his own it is the user's name: one that is not made of vocabulary
 * is shown as "{~host.1.k4…}" until enough identities have used it with success, and for good
 * where release_barred() says so. An address (IPv4, IPv6) says where the gateway listens and
 * is shown.
 */
#ifndef ANALYST_SERVICE_H
#define ANALYST_SERVICE_H

#include "analyst/release.h"
#include "base/map.h"
#include "crypto/siphash.h"
#include "record/record.h"
#include "redact/redact.h"

#define SERVICE_OTHER 0

struct services;

/* capacity: names beside `other`; identities: how many release a host. The redactor must
 * outlive it; NULL: every name is shown (tests of other parts). ERR_NOMEM. */
MUST_CHECK int services_new(uint32_t capacity, uint64_t identities,
    struct redactor *redactor, struct services **out);
void services_free(struct services *s);
/* Who knows what is never shown for being used; NULL: nobody. */
void services_guard(struct services *s, const struct release *release);
/* Index of a name; SERVICE_OTHER when it is not known (or absent). */
uint32_t services_find(const struct services *s, struct span name);
/* The same, and it is known from now on if there is room. */
uint32_t services_add(struct services *s, struct span name, int64_t now_us);
/* As it is to be shown; what was shown before stays good until it changes once more. */
struct span services_name(const struct services *s, uint32_t index);
#define SERVICE_TOKEN_MAX (TOKEN_TEXT_MAX + 3)
/* A token's text under the redaction epoch before, while epochs overlap; false: it is shown by
 * name, or they do not. */
bool services_name_before(
    struct services *s, uint32_t index, char text[SERVICE_TOKEN_MAX], struct span *out);
/* Names that fit beside `other`; indices go from 0 to this. */
uint32_t services_capacity(const struct services *s);
/* The policy's names, and hosts among its words, count as decided from now on; NULL: none. */
void services_bundle(struct services *s, const struct bundle *b);
/* An identity used it with success. True when its text is shown by this from now on: then
 * services_name() has changed, and *r says so (RECORD_WORD). */
bool services_used(struct services *s, uint32_t index, uint64_t identity, int64_t now_us,
    struct record *r);
/* True once for each service whose name has changed otherwise: the policy has it now, or the
 * redaction key has a new epoch. */
bool services_changed(struct services *s, int64_t now_us, uint32_t *index);

#endif
