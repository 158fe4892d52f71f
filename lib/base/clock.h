/* The two clocks. Nothing pure includes this: a `now` is handed in. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/span.h"

int64_t clock_wall_us(void); /* microseconds since 1970, may step */
int64_t
clock_mono_us(void); /* microseconds since some start, never steps, one per host */
int64_t clock_mono_ns(void);

#define CLOCK_TEXT_MAX 32
/* Wall time as 2026-11-22T10:00:00.123456Z (RFC 3339) into out; returns its span. */
struct span clock_format(int64_t wall_us, char out[CLOCK_TEXT_MAX]);
/* The reverse: date, or date and time with optional fraction and Z or +hh:mm. Pure.
 * ERR_MALFORMED with *out 0 otherwise. */
MUST_CHECK int clock_parse(struct span text, int64_t *wall_us);

#endif
