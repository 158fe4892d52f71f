/*
 * The services seen, by name: those of the policy, and hosts that gave an accepted answer,
 * up to a limit; what comes after counts under `other`, which is index 0 and always there.
 * A host that only ever got errors never enters (scanners choose their Host header).
 */
#ifndef ANALYST_SERVICE_H
#define ANALYST_SERVICE_H

#include "base/map.h"
#include "crypto/siphash.h"

#define SERVICE_OTHER 0

struct services;

/* capacity: names beside `other`. ERR_NOMEM. */
MUST_CHECK int services_new(uint32_t capacity, struct services **out);
void services_free(struct services *s);
/* Index of a name; SERVICE_OTHER when it is not known (or absent). */
uint32_t services_find(const struct services *s, struct span name);
/* The same, and it is known from now on if there is room. */
uint32_t services_add(struct services *s, struct span name);
struct span services_name(const struct services *s, uint32_t index);
/* Names that fit beside `other`; indices go from 0 to this. */
uint32_t services_capacity(const struct services *s);

#endif
