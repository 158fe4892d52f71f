/*
 * Who holds which key (SECURITY.md): workers identity and line, analysts those and
 * redaction, the recorder none. Loaded once at start; a file that is not configured is
 * replaced by a fresh secret, which is said in the log.
 */
#ifndef SUPERVISOR_KEYSET_H
#define SUPERVISOR_KEYSET_H

#include "base/settings.h"
#include "crypto/keyfile.h"
#include "state/shared.h"

struct keyset {
	struct keyring identity, line, redaction;
};

#define KEYSET_WHY_MAX 700

/* Blocks. why names key, file and line. Locks its memory where it may. */
MUST_CHECK int
keyset_load(const struct settings *s, struct keyset *out, char why[KEYSET_WHY_MAX]);
void keyset_wipe(struct keyset *k);
/* A sealed memory file with the sections that a role may hold (see channel.h). */
MUST_CHECK int keyset_hand_out(const struct keyset *k, enum role role, int *fd);

#endif
