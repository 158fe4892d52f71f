/* Query pairs, cookies, media types and Authorization: cutting, no decoding but Basic's. */
#include "base/encode.h"
#include "http/headers.h"

#define BASIC_BYTES_MAX 1024 /* of a decoded Basic credential; real ones stay under 200 */

/* Cuts "name=value"; a pair without '=' has an empty value. */
static void
cut_pair(struct span pair, struct span *name, struct span *value)
{
	size_t at = span_find(pair, '=');

	*name = span_head(pair, at);
	*value = span_from(pair, at + 1);
}

bool
query_next(struct span *rest, struct span *name, struct span *value)
{
	while (!span_absent(*rest)) {
		struct span pair = span_cut(rest, '&');

		if (pair.n == 0)
			continue;
		cut_pair(pair, name, value);
		return true;
	}
	*name = *value = SPAN_NONE;
	return false;
}

bool
cookie_next(struct span *rest, struct span *name, struct span *value)
{
	while (!span_absent(*rest)) {
		struct span pair = span_trim(span_cut(rest, ';'));

		if (pair.n == 0)
			continue;
		cut_pair(pair, name, value);
		*name = span_trim(*name);
		*value = span_trim(*value);
		if (value->n >= 2 && value->p[0] == '"' && value->p[value->n - 1] == '"')
			*value = span_make(value->p + 1, value->n - 2);
		return true;
	}
	*name = *value = SPAN_NONE;
	return false;
}

struct span
cookie_get(const struct headers *h, struct span wanted)
{
	for (unsigned i = h->first[HDR_COOKIE]; i && i <= h->n; i++) {
		struct span rest = h->h[i - 1].value, name, value;

		if (h->h[i - 1].id != HDR_COOKIE)
			continue;
		while (cookie_next(&rest, &name, &value))
			if (span_eq(name, wanted))
				return value;
	}
	return SPAN_NONE;
}

struct span
media_type(struct span content_type)
{
	if (span_absent(content_type))
		return SPAN_NONE;
	return span_trim(span_head(content_type, span_find(content_type, ';')));
}

/* Takes one parameter off *s, which starts after a ';'. Quotes are removed, escapes stay. */
static bool
parameter_next(struct span *s, struct span *name, struct span *value)
{
	size_t end = 0;

	*name = span_head(*s, 0);
	while (end < s->n && s->p[end] != '=' && s->p[end] != ';')
		end++;
	*name = span_trim(span_head(*s, end));
	*value = span_head(*s, 0);
	if (end < s->n && s->p[end] == '=') {
		*s = span_trim(span_from(*s, end + 1));
		if (s->n && s->p[0] == '"') {
			for (end = 1; end < s->n && s->p[end] != '"'; end++)
				if (s->p[end] == '\\' && end + 1 < s->n)
					end++;
			*value = span_make(s->p + 1, (end < s->n ? end : s->n) - 1);
			*s = span_from(*s, end + 1);
			end = span_find(*s, ';');
		} else {
			end = span_find(*s, ';');
			*value = span_trim(span_head(*s, end));
		}
	}
	*s = end < s->n ? span_from(*s, end + 1) : SPAN_NONE;
	return true;
}

struct span
media_parameter(struct span content_type, struct span wanted)
{
	size_t at = span_find(content_type, ';');
	struct span rest, name, value;

	if (at == content_type.n)
		return SPAN_NONE;
	rest = span_from(content_type, at + 1);
	while (!span_absent(rest) && parameter_next(&rest, &name, &value))
		if (span_ieq(name, wanted))
			return value;
	return SPAN_NONE;
}

/* What follows the scheme, absent if it is another one or nothing follows. */
static struct span
scheme_rest(struct span value, struct span scheme)
{
	struct span rest;

	value = span_trim(value);
	if (!span_istarts(value, scheme) || value.n <= scheme.n ||
	    (value.p[scheme.n] != ' ' && value.p[scheme.n] != '\t'))
		return SPAN_NONE;
	rest = span_trim(span_from(value, scheme.n));
	return rest.n ? rest : SPAN_NONE;
}

struct span
authorization_bearer(struct span value)
{
	return scheme_rest(value, SPAN("bearer"));
}

struct span
authorization_basic_user(struct span value, struct arena *a)
{
	struct span text = scheme_rest(value, SPAN("basic")), user;
	size_t n, colon, mark = arena_mark(a), room = text.n / 4 * 3 + 3;
	char *out;

	if (span_absent(text) || room > BASIC_BYTES_MAX)
		return SPAN_NONE;
	out = arena_text(a, room);
	if (out == NULL)
		return SPAN_NONE;
	if (b64_decode(text, out, room, &n) != OK) {
		arena_release(a, mark);
		return SPAN_NONE;
	}
	user = span_make(out, n);
	colon = span_find(user, ':');
	if (colon == n) {
		arena_release(a, mark);
		return SPAN_NONE;
	}
	arena_release(a, mark + colon);
	return span_head(user, colon);
}
