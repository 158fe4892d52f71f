/* See finish.h. One pass; names are told apart as numbers, none is longer than 6 bytes. */
#include "analyst/finish.h"

#define NAME_BYTES_MAX 6
#define COUNT_DIGITS_MAX 7
#define HEADER_FIELDS 5 /* time, host, application, process, message id */

/* A name as a number, to be compared at once. */
static inline uint64_t
name_key(const char *p, size_t n)
{
	uint64_t key = 0;

	for (size_t i = 0; i < n; i++)
		key = key << 8 | (uint8_t)p[i];
	return key;
}

static void
finish_init(struct finish *f)
{
	*f = (struct finish){0};
#define X(f_, name) f->f_ = FINISH_ABSENT;
	FINISH_NUMBER_TABLE(X)
#undef X
}

/* "<PRI>1 " and the fields up to the structured data. */
static int
header_skip(struct span *s)
{
	size_t close = span_find(*s, '>');

	if (s->n == 0 || s->p[0] != '<' || close < 2 || close > 4)
		return ERR_MALFORMED;
	for (size_t i = 1; i < close; i++)
		if (s->p[i] < '0' || s->p[i] > '9')
			return ERR_MALFORMED;
	*s = span_from(*s, close + 1);
	if (!span_starts(*s, SPAN("1 ")))
		return ERR_MALFORMED;
	*s = span_from(*s, 2);
	for (unsigned i = 0; i < HEADER_FIELDS; i++) {
		size_t blank = span_find(*s, ' ');

		if (blank == 0 || blank == s->n)
			return ERR_MALFORMED;
		*s = span_from(*s, blank + 1);
	}
	return OK;
}

/* Undoes the escapes of a value that has some. */
static int
value_unescape(struct span *value, struct arena *a)
{
	char *to = arena_text(a, value->n);
	size_t n = 0;

	if (!to)
		return ERR_FULL;
	for (size_t i = 0; i < value->n; i++) {
		if (value->p[i] == '\\')
			i++;
		to[n++] = value->p[i];
	}
	*value = span_make(to, n);
	return OK;
}

/* The value up to its closing quote. */
static int
value_read(struct span *s, struct span *value, struct arena *a)
{
	bool escaped = false;

	for (size_t i = 0; i < s->n; i++) {
		char c = s->p[i];

		if (c == '"') {
			*value = span_head(*s, i);
			*s = span_from(*s, i + 1);
			return escaped ? value_unescape(value, a) : OK;
		}
		if (c == ']')
			return ERR_MALFORMED;
		if (c != '\\')
			continue;
		if (++i == s->n)
			return ERR_MALFORMED;
		if (s->p[i] != '"' && s->p[i] != '\\' && s->p[i] != ']')
			return ERR_MALFORMED;
		escaped = true;
	}
	return ERR_MALFORMED;
}

static int
number_read(struct span value, int64_t *out)
{
	/* option logasap marks an unfinished count with a plus sign */
	if (value.n > 0 && value.p[0] == '+')
		value = span_from(value, 1);
	return span_i64(value, out) == OK && *out != FINISH_ABSENT ? OK : ERR_MALFORMED;
}

static int
span_store(struct span *at, struct span value)
{
	if (!span_absent(*at))
		return ERR_MALFORMED;
	if (value.n > 0 && !(value.n == 1 && value.p[0] == '-'))
		*at = value;
	return OK;
}

static int
number_store(int64_t *at, struct span value)
{
	if (*at != FINISH_ABSENT)
		return ERR_MALFORMED;
	if (value.n == 0 || (value.n == 1 && value.p[0] == '-'))
		return OK;
	return number_read(value, at);
}

static int
field_store(struct finish *f, struct span name, struct span value)
{
	uint64_t key = name_key(name.p, name.n);

#define X(f_, text)                                  \
	if (key == name_key(text, sizeof(text) - 1)) \
		return span_store(&f->f_, value);
	FINISH_SPAN_TABLE(X)
#undef X
#define X(f_, text)                                  \
	if (key == name_key(text, sizeof(text) - 1)) \
		return number_store(&f->f_, value);
	FINISH_NUMBER_TABLE(X)
#undef X
	return OK;
}

static bool
name_ok(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] < 'a' || name.p[i] > 'z')
			return false;
	return true;
}

/* `name="value"` pairs up to the closing bracket. */
static int
element_read(struct span *s, struct arena *a, struct finish *out)
{
	int err;

	while (s->n > 0 && s->p[0] == ' ') {
		struct span name, value;
		size_t equals;

		*s = span_from(*s, 1);
		equals = span_find(span_head(*s, NAME_BYTES_MAX + 1), '=');
		if (equals == 0 || equals > NAME_BYTES_MAX || equals + 1 >= s->n ||
		    s->p[equals] != '=' || s->p[equals + 1] != '"')
			return ERR_MALFORMED;
		name = span_head(*s, equals);
		if (!name_ok(name))
			return ERR_MALFORMED;
		*s = span_from(*s, equals + 2);
		err = value_read(s, &value, a);
		if (err == OK)
			err = field_store(out, name, value);
		if (err)
			return err;
	}
	return s->n > 0 && s->p[0] == ']' ? OK : ERR_MALFORMED;
}

int
finish_parse(struct span msg, struct arena *a, struct finish *out)
{
	static const struct span id = {"[yett@32473", 11};
	int err;

	finish_init(out);
	err = header_skip(&msg);
	if (err == OK && !span_starts(msg, id))
		err = ERR_MALFORMED;
	if (err == OK) {
		msg = span_from(msg, id.n);
		err = element_read(&msg, a, out);
	}
	if (err == OK && out->version != FINISH_VERSION)
		err = out->version == FINISH_ABSENT ? ERR_MALFORMED : ERR_VERSION;
	if (err)
		finish_init(out);
	return err;
}

enum tap_state
finish_tap_state(const struct finish *f)
{
	if (span_eq(f->tap_state, SPAN("complete")))
		return TAP_COMPLETE;
	if (span_eq(f->tap_state, SPAN("cut")))
		return TAP_CUT;
	if (span_eq(f->tap_state, SPAN("gzip")))
		return TAP_GZIP;
	return TAP_NONE;
}

size_t
finish_tap_bytes(const struct finish *f)
{
	struct span s = f->tap;

	while (s.n > 0 && s.p[s.n - 1] == '=')
		s.n--;
	return s.n / 4 * 3 + (s.n % 4 > 1 ? s.n % 4 - 1 : 0);
}

int
finish_frame(struct span *stream, size_t max, struct span *msg)
{
	uint64_t count;
	size_t blank = span_find(span_head(*stream, COUNT_DIGITS_MAX + 1), ' ');

	*msg = SPAN_NONE;
	if (blank > COUNT_DIGITS_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < blank; i++)
		if (stream->p[i] < '0' || stream->p[i] > '9')
			return ERR_MALFORMED;
	if (blank == stream->n)
		return ERR_AGAIN;
	if (blank == 0 || stream->p[0] == '0')
		return ERR_MALFORMED;
	if (span_u64(span_head(*stream, blank), &count))
		return ERR_MALFORMED;
	if (count > max)
		return ERR_LIMIT;
	if (count > stream->n - blank - 1)
		return ERR_AGAIN;
	*msg = span_make(stream->p + blank + 1, (size_t)count);
	*stream = span_from(*stream, blank + 1 + (size_t)count);
	return OK;
}
