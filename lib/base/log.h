/*
 * One line per event on stderr, logfmt: `time level role pid msg key=value…`. Only layers
 * that do I/O log, once, at the origin. Untrusted text goes through log_quote(), which is
 * the one place that escapes; never a body, a credential or a raw sensitive value.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARN, LOG_ERROR };

/* role: a literal kept by reference. Called once per process, before anything logs. */
void log_init(const char *role, enum log_level level);
void log_set_level(enum log_level level);
/* debug, info, notice, warn, error. ERR_INVALID otherwise. */
MUST_CHECK int log_level_parse(struct span text, enum log_level *out);

/* msg: a constant; kv: logfmt pairs such as "path=%s bytes=%zu", or NULL. */
void
log_line(enum log_level level, const char *msg, const char *kv, ...) PRINTF_LIKE(3, 4);

#define log_debug(msg, ...) log_line(LOG_DEBUG, msg, __VA_ARGS__)
#define log_info(msg, ...) log_line(LOG_INFO, msg, __VA_ARGS__)
#define log_notice(msg, ...) log_line(LOG_NOTICE, msg, __VA_ARGS__)
#define log_warn(msg, ...) log_line(LOG_WARN, msg, __VA_ARGS__)
#define log_error(msg, ...) log_line(LOG_ERROR, msg, __VA_ARGS__)

#define LOG_QUOTED_MAX 512
/* s as a double-quoted logfmt value: quotes, backslashes, control and non-ASCII bytes as
 * \xHH, cut with … at LOG_QUOTED_MAX. Returns out. */
const char *log_quote(struct span s, char out[LOG_QUOTED_MAX]);

#endif
