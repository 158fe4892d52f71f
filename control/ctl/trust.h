/* Public keys that signed files are verified with. */
#ifndef CTL_TRUST_H
#define CTL_TRUST_H

#include "control/ctl/session.h"
#include "crypto/keyfile.h"

#define TRUST_KEYS_MAX 16

/* Keys of a file, or without one those of policy.public_key; *n is their number, 0 when none
 * is configured. Prints the error and returns its exit code. */
MUST_CHECK int trust_load(
    struct session *s, const char *file, struct signer keys[TRUST_KEYS_MAX], unsigned *n);

#endif
