/* Points in time as people type them: an age (24h, 7d, 30m, 90s) or a date (RFC 3339). */
#ifndef CTL_SINCE_H
#define CTL_SINCE_H

#include "base/clock.h"
#include "control/ctl/command.h"

#define SINCE_MAX CLOCK_TEXT_MAX

/* An age before `now`, or a date. ERR_MALFORMED. Pure. */
MUST_CHECK int since_parse(struct span text, int64_t now_us, int64_t *out);
/* The option as a timestamp for SQL in *out (kept in text), NULL when it was not given.
 * EXIT_USAGE with the error printed. until_option: an age counts into the future. */
MUST_CHECK int since_option(const struct invocation *in, const char *option,
    char text[SINCE_MAX], const char **out);
MUST_CHECK int until_option(const struct invocation *in, const char *option,
    char text[SINCE_MAX], const char **out);

#endif
