/*
 * The one list of errors. 0 is success, everything else negative; functions that can fail
 * are MUST_CHECK and set their out-parameters on success, zero them on failure.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* name, value, text for people */
#define ERR_TABLE(X)                                            \
	X(ERR_NOMEM, -1, "out of memory")                       \
	X(ERR_IO, -2, "input/output error")                     \
	X(ERR_INVALID, -3, "invalid value")                     \
	X(ERR_RANGE, -4, "out of range")                        \
	X(ERR_FULL, -5, "full")                                 \
	X(ERR_TRUNCATED, -6, "truncated")                       \
	X(ERR_MALFORMED, -7, "malformed")                       \
	X(ERR_LIMIT, -8, "over a configured limit")             \
	X(ERR_NOTFOUND, -9, "not found")                        \
	X(ERR_EXISTS, -10, "exists already")                    \
	X(ERR_AGAIN, -11, "not now, try again")                 \
	X(ERR_CLOSED, -12, "closed by peer")                    \
	X(ERR_VERSION, -13, "unsupported version")              \
	X(ERR_SIGNATURE, -14, "no valid signature")             \
	X(ERR_EXPIRED, -15, "expired")                          \
	X(ERR_EARLY, -16, "not valid yet")                      \
	X(ERR_ENVIRONMENT, -17, "made for another environment") \
	X(ERR_OLDER, -18, "older than what is in force")        \
	X(ERR_TIMEOUT, -19, "timed out")                        \
	X(ERR_DENIED, -20, "permission denied")                 \
	X(ERR_CORRUPT, -21, "corrupt")                          \
	X(ERR_UNSUPPORTED, -22, "not supported")                \
	X(ERR_CONFLICT, -23, "conflict")                        \
	X(ERR_SELFTEST, -24, "self-test failed")

enum err {
	OK = 0,
#define X(name, value, text) name = value,
	ERR_TABLE(X)
#undef X
};

/* The text of an error, never NULL; "unknown error" for what is not in the table. */
const char *err_str(int err);

/*
 * A broken invariant of our own: always compiled in, ends this process with a line on
 * stderr, the supervisor restarts it. Bytes from a peer, a file, a database or an operator
 * never reach CHECK(): they get an error.
 */
#define CHECK(cond)                                                  \
	do {                                                         \
		if (__builtin_expect(!(cond), 0))                    \
			err_check_failed(#cond, __FILE__, __LINE__); \
	} while (0)

_Noreturn void err_check_failed(const char *cond, const char *file, int line);

#endif
