/* Paths and servers. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "policy/spec_path.h"

#include <pcre2.h>

#include "http/utf8.h"

#define PATTERN_BYTES_MAX 1000
#define PATTERN_MATCH_LIMIT 10000
#define HINT_BYTES_MAX 2000 /* of one segment: longer lists of choices are none */

/* --- classes ------------------------------------------------------------------------ */

static bool
matches(const pcre2_code *code, const char *text)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	bool found = false;

	if (data && context) {
		pcre2_set_match_limit(context, PATTERN_MATCH_LIMIT);
		pcre2_set_depth_limit(context, PATTERN_MATCH_LIMIT);
		found = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, data,
			    context) >= 0;
	}
	pcre2_match_data_free(data);
	pcre2_match_context_free(context);
	return found;
}

/* The class whose values a pattern takes while it takes no words. */
static struct span
class_of_pattern(struct span pattern)
{
	static const char *const words[] = {
	    "users", "a", "some-name", "Some_Name", "abcd", "abcdef"};
	static const struct {
		const char *name, *text;
	} samples[] = {
	    {"number", "7"},
	    {"number", "42"},
	    {"number", "123"},
	    {"number", "1234"},
	    {"number", "12345"},
	    {"number", "123456"},
	    {"number", "12345678"},
	    {"number", "1234567890"},
	    {"uuid", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"},
	    {"objectid", "507f1f77bcf86cd799439011"},
	    {"date", "2026-11-22"},
	};
	struct span class = SPAN("text");
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	if (pattern.n == 0 || pattern.n > PATTERN_BYTES_MAX)
		return class;
	code = pcre2_compile(
	    (PCRE2_SPTR)pattern.p, pattern.n, PCRE2_UTF, &error, &offset, NULL);
	if (code == NULL)
		return class;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (matches(code, words[i]))
			goto out;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		if (matches(code, samples[i].text)) {
			class = span_str(samples[i].name);
			break;
		}
out:
	pcre2_code_free(code);
	return class;
}

static struct span
class_of_format(struct span format)
{
	static const struct {
		const char *format, *class;
	} known[] = {
	    {"uuid", "uuid"},
	    {"guid", "uuid"},
	    {"date", "date"},
	    {"date-time", "datetime"},
	    {"email", "email"},
	    {"ip", "ip"},
	    {"ipv4", "ip"},
	    {"ipv6", "ip"},
	    {"int32", "number"},
	    {"int64", "number"},
	    {"uint32", "number"},
	    {"uint64", "number"},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_ieq(format, span_str(known[i].format)))
			return span_str(known[i].class);
	return SPAN_NONE;
}

static bool
is_class(struct span name)
{
	for (int c = 0; c < SEGMENT_CLASSES; c++) {
		const char *known = segment_class_name((enum segment_class)c);

		if (known && span_eq(name, span_str(known)))
			return true;
	}
	return false;
}

struct span
spec_path_class(const struct spec_shape *shape)
{
	struct span class;

	if (shape->segment.n && is_class(shape->segment))
		return shape->segment;
	if (shape->is_array || shape->is_object)
		return SPAN("text"); /* joined by commas and the like */
	if (shape->types == FIELD_IS_INTEGER)
		return SPAN("number");
	if (shape->types == (FIELD_IS_INTEGER | FIELD_IS_FRACTION))
		return span_eq(shape->format, SPAN("float")) ||
			span_eq(shape->format, SPAN("double"))
		    ? SPAN("decimal")
		    : SPAN("number");
	class = class_of_format(shape->format);
	return class.n ? class : class_of_pattern(shape->pattern);
}

/* --- templates ---------------------------------------------------------------------- */

static void
put_literal(struct buf *out, struct span s)
{
	static const char hex[] = "0123456789ABCDEF";
	bool high = utf8_valid(s, NULL) == s.n;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 0x80 && !high) || c <= 0x20 || c == 0x7f ||
		    memchr("{}():%/?#\"\\", c, 11)) {
			buf_put_char(out, '%');
			buf_put_char(out, hex[c >> 4]);
			buf_put_char(out, hex[c & 15]);
		} else {
			buf_put_char(out, s.p[i]);
		}
	}
}

static int
hex_digit(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A literal as the document writes it, percent-encoded or not, as templates write it. */
static void
put_encoded(struct pool *pool, struct buf *out, struct span s)
{
	char *to = pool_alloc(pool, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		to[n] = s.p[i];
		if (s.p[i] == '%' && s.n - i > 2 && hex_digit(s.p[i + 1]) >= 0 &&
		    hex_digit(s.p[i + 2]) >= 0) {
			to[n] =
			    (char)(hex_digit(s.p[i + 1]) * 16 + hex_digit(s.p[i + 2]));
			i += 2;
		}
		n++;
	}
	put_literal(out, span_make(to, n));
}

static void
put_class(struct buf *out, struct span name, const spec_param_types *types)
{
	struct span class = SPAN("text");

	for (uint32_t i = 0; types && i < types->n; i++)
		if (span_eq(types->v[i].name, name))
			class = types->v[i].cls;
	buf_printf(out, "{%.*s}", (int)class.n, class.p);
}

/* "{name}" alone. */
static bool
is_hole(struct span s, struct span *name)
{
	if (s.n < 3 || s.p[0] != '{' || span_find(s, '}') != s.n - 1 ||
	    span_find(span_from(s, 1), '{') != s.n - 1)
		return false;
	*name = span_make(s.p + 1, s.n - 2);
	if (name->p[0] == '+' || name->p[0] == '/') /* RFC 6570 */
		*name = span_from(*name, 1);
	return true;
}

/* "name({key})" or "name('{key}')". */
static bool
is_key(struct span s, struct span *before, struct span *name)
{
	size_t open = span_find(s, '(');
	struct span key;

	if (open == 0 || s.n < open + 5 || s.p[s.n - 1] != ')')
		return false;
	*before = span_head(s, open);
	key = span_make(s.p + open + 1, s.n - open - 2);
	if (key.n > 2 && key.p[0] == '\'' && key.p[key.n - 1] == '\'')
		key = span_make(key.p + 1, key.n - 2);
	return span_find(*before, '{') == before->n && is_hole(key, name);
}

/* Where the verb of a last segment starts: a colon outside braces, with text on both sides
 * and no braces behind it. s.n if there is none. */
static size_t
verb_at(struct span s)
{
	const char *brace = s.n ? memrchr(s.p, '}', s.n) : NULL;
	size_t from = brace ? (size_t)(brace - s.p) + 1 : 0;
	size_t colon = from + span_find(span_from(s, from), ':');

	return colon == 0 || colon + 1 >= s.n ? s.n : colon;
}

static void
put_segment(struct pool *pool, struct buf *out, struct span s,
    const spec_param_types *types, bool last)
{
	size_t colon = last ? verb_at(s) : s.n;
	struct span verb = span_from(s, colon), before, name;

	s = span_head(s, colon);
	buf_put_char(out, '/');
	if (is_hole(s, &name)) {
		put_class(out, name, types);
	} else if (is_key(s, &before, &name)) {
		put_encoded(pool, out, before);
		buf_put_char(out, '(');
		put_class(out, name, types);
		buf_put_char(out, ')');
	} else if (span_find(s, '{') < s.n) {
		buf_put_str(out, "{text}");
		return;
	} else {
		put_encoded(pool, out, s);
	}
	if (verb.n) {
		buf_put_char(out, ':');
		put_encoded(pool, out, span_from(verb, 1));
	}
}

static void
put_segments(struct pool *pool, struct buf *out, struct span path,
    const spec_param_types *types, bool last)
{
	path = span_head(path, span_find(path, '?'));
	path = span_head(path, span_find(path, '#'));
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	while (!span_absent(path)) {
		struct span s = span_cut(&path, '/');

		if (s.n)
			put_segment(pool, out, s, types, last && span_absent(path));
	}
}

int
spec_path_template(struct pool *pool, struct span base, struct span path,
    const spec_param_types *types, struct span *out)
{
	struct template_part part[TARGET_SEGMENTS_MAX];
	unsigned parts = TARGET_SEGMENTS_MAX;
	uint8_t memory[TEMPLATE_BYTES_MAX * 2 + 1024];
	struct buf text = BUF_INIT;
	struct span verb;
	struct arena a;
	int rc;

	*out = SPAN_NONE;
	arena_init(&a, memory, sizeof memory);
	put_segments(pool, &text, base, types, false);
	put_segments(pool, &text, path, types, true);
	if (text.n == 0)
		buf_put_char(&text, '/');
	if ((rc = buf_err(&text)) == OK)
		rc = text.n > TEMPLATE_BYTES_MAX
		    ? ERR_LIMIT
		    : template_parse(buf_span(&text), part, &parts, &verb, &a);
	if (rc == OK)
		*out = pool_copy(pool, buf_span(&text));
	buf_fini(&text);
	return rc == ERR_FULL ? ERR_LIMIT : rc;
}

/* "=a|b" of a parameter with choices. */
static struct span
hint_choices(struct pool *pool, const spec_param_types *types, struct span name)
{
	struct span hint = SPAN("");

	for (uint32_t i = 0; i < types->n; i++) {
		const span_list *choices = &types->v[i].choices;

		if (!span_eq(types->v[i].name, name))
			continue;
		for (uint32_t k = 0; k < choices->n; k++) {
			struct span c = choices->v[k];

			if (span_find(c, '|') < c.n || hint.n + c.n > HINT_BYTES_MAX)
				return SPAN("");
			hint = pool_printf(pool, "%.*s%c%.*s", (int)hint.n, hint.p,
			    k ? '|' : '=', (int)c.n, c.p);
		}
	}
	return hint;
}

/* "~report.*" of a segment that is text and parameters. */
static struct span
hint_mixed(struct pool *pool, struct span s)
{
	char *to = pool_alloc(pool, s.n + 2);
	size_t n = 0;

	if (s.n > HINT_BYTES_MAX || span_find(s, '*') < s.n)
		return SPAN("");
	to[n++] = '~';
	while (s.n) {
		size_t open = span_find(s, '{');

		memcpy(to + n, s.p, open);
		n += open;
		s = span_from(s, open);
		if (s.n == 0)
			break;
		to[n++] = '*';
		s = span_from(s, span_find(s, '}') + 1);
	}
	return span_make(to, n);
}

static void
add_hints(struct pool *pool, struct span path, const spec_param_types *types, bool last,
    span_list *hints)
{
	path = span_head(path, span_find(path, '?'));
	path = span_head(path, span_find(path, '#'));
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	while (!span_absent(path)) {
		struct span s = span_cut(&path, '/'), hint = SPAN(""), before, name;

		if (s.n == 0)
			continue;
		if (last && span_absent(path))
			s = span_head(s, verb_at(s));
		if (is_hole(s, &name))
			hint = hint_choices(pool, types, name);
		else if (!is_key(s, &before, &name) && span_find(s, '{') < s.n)
			hint = hint_mixed(pool, s);
		*VEC_ADD(pool, hints) = hint;
	}
}

void
spec_path_hints(struct pool *pool, struct span base, struct span path,
    const spec_param_types *types, span_list *hints)
{
	add_hints(pool, base, types, false, hints);
	add_hints(pool, path, types, true, hints);
	while (hints->n && hints->v[hints->n - 1].n == 0)
		hints->n--;
}

void
spec_path_words(struct pool *pool, struct span template_text, span_list *words)
{
	struct template_part part[TARGET_SEGMENTS_MAX];
	unsigned parts = TARGET_SEGMENTS_MAX;
	uint8_t memory[TEMPLATE_BYTES_MAX * 2 + 1024];
	struct arena a;
	struct span verb;

	arena_init(&a, memory, sizeof memory);
	if (template_parse(template_text, part, &parts, &verb, &a) != OK)
		return;
	for (unsigned i = 0; i < parts; i++)
		if (part[i].literal.n)
			*VEC_ADD(pool, words) = pool_copy(pool, part[i].literal);
	if (verb.n)
		*VEC_ADD(pool, words) = pool_copy(pool, verb);
}
