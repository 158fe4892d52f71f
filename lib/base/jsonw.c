/* The JSON writer. */
#include "base/jsonw.h"

#include <inttypes.h>
#include <math.h>

void
jsonw_init(struct jsonw *w, struct buf *out)
{
	*w = (struct jsonw){.out = out};
	w->first[0] = true;
}

static void
separate(struct jsonw *w)
{
	if (w->after_key)
		w->after_key = false;
	else if (w->first[w->depth])
		w->first[w->depth] = false;
	else
		buf_put_char(w->out, ',');
}

static void
open_level(struct jsonw *w, char c)
{
	separate(w);
	buf_put_char(w->out, c);
	CHECK(w->depth + 1 < JSONW_DEPTH_MAX);
	w->first[++w->depth] = true;
}

static void
close_level(struct jsonw *w, char c)
{
	CHECK(w->depth > 0);
	w->depth--;
	buf_put_char(w->out, c);
}

void
jsonw_object(struct jsonw *w)
{
	open_level(w, '{');
}

void
jsonw_object_end(struct jsonw *w)
{
	close_level(w, '}');
}

void
jsonw_array(struct jsonw *w)
{
	open_level(w, '[');
}

void
jsonw_array_end(struct jsonw *w)
{
	close_level(w, ']');
}

/* Length of the valid UTF-8 sequence at p, 0 if there is none. */
static size_t
utf8_len(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (n >= 2 && p[0] >= 0xc2 && p[0] <= 0xdf && (p[1] & 0xc0) == 0x80)
		return 2;
	if (n >= 3 && (p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 &&
	    (p[2] & 0xc0) == 0x80 && !(p[0] == 0xe0 && p[1] < 0xa0) &&
	    !(p[0] == 0xed && p[1] > 0x9f))
		return 3;
	if (n >= 4 && p[0] >= 0xf0 && p[0] <= 0xf4 && (p[1] & 0xc0) == 0x80 &&
	    (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80 &&
	    !(p[0] == 0xf0 && p[1] < 0x90) && !(p[0] == 0xf4 && p[1] > 0x8f))
		return 4;
	return 0;
}

static void
put_string(struct buf *b, struct span s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	buf_put_char(b, '"');
	for (size_t i = 0; i < s.n;) {
		size_t len = utf8_len(p + i, s.n - i);

		if (len == 0) {
			buf_put_str(b, "\\ufffd");
			i++;
		} else if (len > 1) {
			buf_put(b, p + i, len);
			i += len;
		} else {
			unsigned char c = p[i++];

			if (c == '"' || c == '\\')
				buf_printf(b, "\\%c", c);
			else if (c == '\n')
				buf_put_str(b, "\\n");
			else if (c < 0x20 || c == 0x7f)
				buf_printf(b, "\\u%04x", c);
			else
				buf_put_char(b, (char)c);
		}
	}
	buf_put_char(b, '"');
}

void
jsonw_key(struct jsonw *w, const char *key)
{
	separate(w);
	put_string(w->out, span_str(key));
	buf_put_char(w->out, ':');
	w->after_key = true;
}

void
jsonw_span(struct jsonw *w, struct span s)
{
	separate(w);
	if (span_absent(s))
		buf_put_str(w->out, "null");
	else
		put_string(w->out, s);
}

void
jsonw_str(struct jsonw *w, const char *s)
{
	jsonw_span(w, span_str(s));
}

void
jsonw_int(struct jsonw *w, int64_t v)
{
	separate(w);
	buf_printf(w->out, "%" PRId64, v);
}

void
jsonw_uint(struct jsonw *w, uint64_t v)
{
	separate(w);
	buf_printf(w->out, "%" PRIu64, v);
}

void
jsonw_double(struct jsonw *w, double v)
{
	separate(w);
	if (isfinite(v))
		buf_printf(w->out, "%.6g", v);
	else
		buf_put_str(w->out, "null");
}

void
jsonw_bool(struct jsonw *w, bool v)
{
	separate(w);
	buf_put_str(w->out, v ? "true" : "false");
}

void
jsonw_null(struct jsonw *w)
{
	separate(w);
	buf_put_str(w->out, "null");
}

#define KV(suffix, type, call)                                           \
	void jsonw_kv_##suffix(struct jsonw *w, const char *key, type v) \
	{                                                                \
		jsonw_key(w, key);                                       \
		call(w, v);                                              \
	}
KV(span, struct span, jsonw_span)
KV(str, const char *, jsonw_str)
KV(int, int64_t, jsonw_int)
KV(uint, uint64_t, jsonw_uint)
KV(double, double, jsonw_double)
KV(bool, bool, jsonw_bool)
