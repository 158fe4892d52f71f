/* Addresses and networks as the language writes them; v4 counts as ::ffff:a.b.c.d. Pure. */
#ifndef POLICY_ADDRESS_H
#define POLICY_ADDRESS_H

#include "base/span.h"

struct address {
	uint8_t bytes[16]; /* bits behind the prefix are 0 */
	uint8_t bits; /* prefix, 0 to 128 */
};

#define ADDRESS_TEXT_MAX 64

/* ERR_MALFORMED; ERR_RANGE: a prefix that is too long; ERR_INVALID: bits behind the prefix
 * are set, *out has the network. */
MUST_CHECK int address_parse(struct span text, struct address *out);
struct span address_print(const struct address *a, char out[ADDRESS_TEXT_MAX]);
int address_cmp(const struct address *a, const struct address *b);
/* Sorts and drops what another one covers; returns how many are left. */
uint32_t address_reduce(struct address *a, uint32_t n);

#endif
