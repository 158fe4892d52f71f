/* Checking a configuration: `yett-agent -n`, and the first half of every start and reload. */
#ifndef SUPERVISOR_CHECK_H
#define SUPERVISOR_CHECK_H

#include "base/settings.h"

/* Reads and judges the settings, without opening what they name: values that the table
 * cannot judge (log level, environment, outcomes, addresses, user). why: file, line, cause. */
MUST_CHECK int
check_settings(const char *path, struct settings *out, char *why, size_t why_max);

/* -n: the settings, then keys, public keys and the policy file opened and self-tested.
 * Errors on stderr; verbose prints the settings in effect on stdout. Returns 0 or 2. */
int check_main(const char *path, bool verbose);

#endif
