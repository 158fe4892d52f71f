/* Servers: hosts and base paths. */
#include "policy/spec_path.h"

#define URL_BYTES_MAX 2048
#define FILLS_MAX 256 /* of variables into one server's address */

struct span
spec_path_base(struct pool *pool, struct span path)
{
	struct buf text = BUF_INIT;
	struct span out;

	path = span_head(path, span_find(path, '?'));
	path = span_head(path, span_find(path, '#'));
	while (!span_absent(path)) {
		struct span s = span_cut(&path, '/');

		if (s.n == 0 || span_eq(s, SPAN(".")))
			continue;
		buf_put_char(&text, '/');
		buf_put_span(&text, s);
	}
	out = pool_copy(pool, buf_span(&text));
	buf_fini(&text);
	return out;
}

struct span
spec_path_host(struct pool *pool, struct span host)
{
	uint8_t memory[1024];
	uint32_t flags = 0;
	struct arena a;
	struct span name;

	arena_init(&a, memory, sizeof memory);
	name = host_normalise(host, &flags, &a);
	return span_absent(name) || flags & TARGET_HOST_BAD ? SPAN_NONE
							    : pool_copy(pool, name);
}

/* An address with all variables filled in. */
static void
add_server(struct pool *pool, struct span url, bool exact, spec_server_list *out)
{
	struct spec_server s = {.host = SPAN_NONE};
	size_t scheme = span_find_span(url, SPAN("://"));
	struct span rest = url;

	if (scheme < url.n || span_starts(url, SPAN("//"))) {
		rest = span_from(url, scheme < url.n ? scheme + 3 : 2);
		if (exact)
			s.host =
			    spec_path_host(pool, span_head(rest, span_find(rest, '/')));
		rest = span_from(rest, span_find(rest, '/'));
	}
	s.base = spec_path_base(pool, rest);
	for (uint32_t i = 0; i < out->n; i++)
		if (span_eq(out->v[i].host, s.host) && span_eq(out->v[i].base, s.base))
			return;
	if (out->n < SPEC_BASES_MAX)
		*VEC_ADD(pool, out) = s;
}

/* Fills in the first variable and goes on with the rest, FILLS_MAX times in all. */
static void
fill(struct pool *pool, struct span url, const struct spec_node *variables, bool exact,
    unsigned *fills, spec_server_list *out)
{
	size_t open = span_find(url, '{');
	size_t close = open + span_find(span_from(url, open), '}');
	size_t scheme = span_find_span(url, SPAN("://"));
	size_t host_end, n = 0;
	const struct spec_node *variable, *choices;
	struct span name;

	if (close >= url.n || ++*fills > FILLS_MAX || url.n > URL_BYTES_MAX) {
		add_server(pool, url, exact && close >= url.n, out);
		return;
	}
	name = span_make(url.p + open + 1, close - open - 1);
	variable = spec_node_find(variables, name);
	choices = spec_node_get(variable, "enum");
	host_end = scheme < url.n ? scheme + 3 : 0;
	host_end += span_find(span_from(url, host_end), '/');
	if (choices && choices->kind == NODE_LIST && choices->n)
		SPEC_EACH (x, choices) {
			if (x->kind != NODE_SCALAR || n++ == SPEC_BASES_MAX)
				continue;
			fill(pool,
			    pool_printf(pool, "%.*s%.*s%.*s", (int)open, url.p,
				(int)x->text.n, x->text.p, (int)(url.n - close - 1),
				url.p + close + 1),
			    variables, exact, fills, out);
		}
	if (n == 0) {
		struct span value = spec_node_text(variable, "default");

		/* an open variable of the host: which host it is remains unknown */
		fill(pool,
		    pool_printf(pool, "%.*s%.*s%.*s", (int)open, url.p, (int)value.n,
			value.p ? value.p : "", (int)(url.n - close - 1),
			url.p + close + 1),
		    variables, exact && (open < scheme || open >= host_end), fills, out);
	}
}

void
spec_path_server(struct pool *pool, const struct spec_node *server, spec_server_list *out)
{
	struct span url = spec_node_text(server, "url");

	unsigned fills = 0;

	if (url.n)
		fill(pool, url, spec_node_get(server, "variables"), true, &fills, out);
}
