/* JSON and YAML differ in what stands between values, and in keys. */
#include "policy/spec_write.h"

#include "http/utf8.h"

void
spec_write_init(struct spec_writer *w, struct buf *out, bool yaml)
{
	*w = (struct spec_writer){.out = out, .yaml = yaml};
}

static void
put_indent(struct spec_writer *w)
{
	for (unsigned i = w->yaml ? 1 : 0; i < w->depth; i++)
		buf_put_str(w->out, "  ");
}

static void
put_quoted(struct buf *out, struct span s)
{
	buf_put_char(out, '"');
	while (s.n) {
		unsigned char c = (unsigned char)s.p[0];
		size_t whole =
		    c < 0x80 ? 1 : utf8_valid(span_head(s, UTF8_BYTES_MAX), NULL);

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\u%04x", c);
		else if (c < 0x80)
			buf_put_char(out, (char)c);
		else if (whole)
			buf_put(out, s.p, whole);
		else
			buf_put_str(out, "\\ufffd");
		s = span_from(s, c < 0x80 || whole == 0 ? 1 : whole);
	}
	buf_put_char(out, '"');
}

/* A word that YAML takes for text without quotes, whichever version of it reads. */
static bool
is_plain(struct span s)
{
	static const char *const others[] = {
	    "null", "true", "false", "yes", "no", "on", "off", "y", "n"};

	if (s.n == 0 || s.n > 60 || !ascii_is_letter(s.p[0]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_letter(s.p[i]) && !ascii_is_digit(s.p[i]) &&
		    s.p[i] != '_' && s.p[i] != '-')
			return false;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (span_ieq(s, span_str(others[i])))
			return false;
	return true;
}

/* What stands before an entry of a map or a value of a list. */
static void
put_separator(struct spec_writer *w)
{
	if (w->depth == 0)
		return;
	if (!w->yaml && w->level[w->depth - 1].any)
		buf_put_char(w->out, ',');
	if (!w->yaml || w->depth > 1 || w->level[0].any)
		buf_put_char(w->out, '\n');
	w->level[w->depth - 1].any = true;
	put_indent(w);
}

void
spec_write_key(struct spec_writer *w, struct span key)
{
	put_separator(w);
	if (w->yaml && is_plain(key))
		buf_put_span(w->out, key);
	else
		put_quoted(w->out, key);
	buf_put_char(w->out, ':');
}

/* Before any value: in a list it is an entry of its own, behind a key there is a blank. */
static void
before_value(struct spec_writer *w)
{
	if (w->depth && !w->level[w->depth - 1].map) {
		put_separator(w);
		if (w->yaml)
			buf_put_char(w->out, '-');
	}
}

static void
before_scalar(struct spec_writer *w)
{
	before_value(w);
	if (w->depth && (w->yaml || w->level[w->depth - 1].map))
		buf_put_char(w->out, ' ');
}

static void
open_level(struct spec_writer *w, bool map)
{
	before_value(w);
	CHECK(w->depth < SPEC_WRITE_DEPTH_MAX);
	if (!w->yaml) {
		if (w->depth && w->level[w->depth - 1].map)
			buf_put_char(w->out, ' ');
		buf_put_char(w->out, map ? '{' : '[');
	}
	w->level[w->depth].map = map;
	w->level[w->depth++].any = false;
}

void
spec_write_map(struct spec_writer *w)
{
	open_level(w, true);
}

void
spec_write_list(struct spec_writer *w)
{
	open_level(w, false);
}

void
spec_write_end(struct spec_writer *w)
{
	bool map, any;

	CHECK(w->depth > 0);
	w->depth--;
	map = w->level[w->depth].map;
	any = w->level[w->depth].any;
	if (w->yaml) {
		if (!any)
			buf_put_str(w->out, map ? " {}" : " []");
	} else {
		if (any) {
			buf_put_char(w->out, '\n');
			put_indent(w);
		}
		buf_put_char(w->out, map ? '}' : ']');
	}
	if (w->depth == 0)
		buf_put_char(w->out, '\n');
}

void
spec_write_text(struct spec_writer *w, struct span s)
{
	before_scalar(w);
	put_quoted(w->out, s);
}

void
spec_write_bool(struct spec_writer *w, bool v)
{
	before_scalar(w);
	buf_put_str(w->out, v ? "true" : "false");
}

void
spec_write_kv(struct spec_writer *w, const char *key, struct span value)
{
	spec_write_key(w, span_str(key));
	spec_write_text(w, value);
}

void
spec_write_kv_bool(struct spec_writer *w, const char *key, bool v)
{
	spec_write_key(w, span_str(key));
	spec_write_bool(w, v);
}
