/* The log line. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static struct {
	const char *role;
	enum log_level level;
} log_state = {"-", LOG_INFO};

static const char *const level_names[] = {"debug", "info", "notice", "warn", "error"};

void
log_init(const char *role, enum log_level level)
{
	log_state.role = role;
	log_state.level = level;
}

void
log_set_level(enum log_level level)
{
	log_state.level = level;
}

int
log_level_parse(struct span text, enum log_level *out)
{
	*out = LOG_INFO;
	for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
		if (span_eq(text, span_str(level_names[i]))) {
			*out = (enum log_level)i;
			return OK;
		}
	return ERR_INVALID;
}

void
log_line(enum log_level level, const char *msg, const char *kv, ...)
{
	char line[2048], when[CLOCK_TEXT_MAX];
	int saved = errno;
	struct span t;
	size_t n;
	va_list ap;

	if (level < log_state.level)
		return;
	t = clock_format(clock_wall_us(), when);
	n = (size_t)snprintf(line, sizeof line,
	    "time=%.*s level=%s role=%s pid=%d msg=\"%s\"", (int)t.n, t.p,
	    level_names[level], log_state.role, (int)getpid(), msg);
	if (kv && n < sizeof line - 2) {
		line[n++] = ' ';
		va_start(ap, kv);
		n += (size_t)vsnprintf(line + n, sizeof line - n, kv, ap);
		va_end(ap);
	}
	if (n > sizeof line - 2)
		n = sizeof line - 2;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0) {
		/* a log that cannot be written must not end the daemon */
	}
	errno = saved;
}

const char *
log_quote(struct span s, char out[LOG_QUOTED_MAX])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	out[n++] = '"';
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (n > LOG_QUOTED_MAX - 10) {
			memcpy(out + n, "...", 3);
			n += 3;
			break;
		}
		if (c == '"' || c == '\\') {
			out[n++] = '\\';
			out[n++] = (char)c;
		} else if (c < 0x20 || c > 0x7e) {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[c >> 4];
			out[n++] = hex[c & 15];
		} else {
			out[n++] = (char)c;
		}
	}
	out[n++] = '"';
	out[n] = '\0';
	return out;
}
