/*
 * Points in time as people type them: an age (24h, 7d, 30m, 90s) or a date (RFC 3339); and
 * windows between two: 24h (up to now), 48h..24h, 2026-11-20..2026-11-21.
 */
#ifndef CTL_SINCE_H
#define CTL_SINCE_H

#include "base/clock.h"
#include "control/ctl/command.h"

#define SINCE_MAX CLOCK_TEXT_MAX

/* An age before `now`, or a date. ERR_MALFORMED. Pure. */
MUST_CHECK int since_parse(struct span text, int64_t now_us, int64_t *out);
/* A window: from one point to another, or to `now`; ERR_MALFORMED, also when it ends before
 * it begins. Pure. */
MUST_CHECK int
since_window(struct span text, int64_t now_us, int64_t *from_us, int64_t *to_us);
/* The option as a timestamp for SQL in *out (kept in text), NULL when it was not given.
 * EXIT_USAGE with the error printed. until_option: an age counts into the future. */
MUST_CHECK int since_option(const struct invocation *in, const char *option,
    char text[SINCE_MAX], const char **out);
MUST_CHECK int until_option(const struct invocation *in, const char *option,
    char text[SINCE_MAX], const char **out);

#endif
