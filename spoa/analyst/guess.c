/* See guess.h. */
#include "analyst/guess.h"

#include <stdlib.h>

#include "http/headers.h"

#define HEADERS_MAX 256 /* read for the host; HAProxy itself stops at 101 by default */

/* Methods are the client's choice: others than these are one, or they would carry text
 * into records and fill the table. RFC 9110, 5789, 4918, 3253, 4791, 8144. */
static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD",
    "OPTIONS", "CONNECT", "TRACE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",
    "LOCK", "UNLOCK", "REPORT", "SEARCH", "MKCALENDAR", "QUERY"};

static struct span
method_name(struct span method)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (span_eq(method, span_str(methods[i])))
			return span_str(methods[i]);
	return SPAN("OTHER");
}

static struct span
service_name(const struct guess_policy *policy, struct span host, struct span path)
{
	const struct bundle *b = policy->bundle;
	uint32_t service;

	if (!b)
		return host;
	service = service_find(policy->services, b, host, path);
	if (service == BUNDLE_NONE)
		service = b->meta->unmatched_service;
	return service == BUNDLE_NONE ? host : bundle_text(b, b->service[service].name);
}

static int
host_read(struct span headers, struct span *host, uint32_t *flags, struct arena *a)
{
	struct headers h;
	int err;

	if (!span_absent(headers)) {
		err = headers_parse(&h, headers, HEADERS_MAX, a);
		if (err == ERR_FULL)
			return err;
		*host = err ? SPAN_NONE : headers_known(&h, HDR_HOST);
	}
	if (!span_absent(*host))
		*host = host_normalise(*host, flags, a);
	return OK;
}

int
guess_make(const struct guess_policy *policy, struct span headers, struct span host,
    struct span method, struct span path, struct span operation, struct arena *a,
    struct guess *out)
{
	struct target *target = arena_alloc(a, sizeof(*target));
	struct template template;
	int err;

	*out = (struct guess){0};
	if (!target)
		return ERR_FULL;
	err = host_read(headers, &host, &out->flags, a);
	if (err == OK)
		err = target_parse(target, path, SPAN_NONE, a);
	if (err == OK)
		err = template_guess(target, &template, a);
	if (err) {
		*out = (struct guess){0};
		return err;
	}
	out->service = service_name(policy, host, target->path);
	out->method = method_name(method);
	out->operation = operation;
	out->text = template.text;
	out->undecided_mask = template.undecided_mask;
	out->flags |= target->flags;
	return OK;
}

static struct span
bytes_put(char **to, struct span s)
{
	struct span copy = span_make(*to, s.n);

	if (span_absent(s))
		return s;
	memcpy(*to, s.p, s.n);
	*to += s.n;
	return copy;
}

struct guess *
guess_copy(const struct guess *g)
{
	struct guess *copy = malloc(
	    sizeof(*copy) + g->service.n + g->method.n + g->text.n + g->operation.n);
	char *to;

	if (!copy)
		return NULL;
	to = (char *)(copy + 1);
	*copy = *g;
	copy->service = bytes_put(&to, g->service);
	copy->method = bytes_put(&to, g->method);
	copy->text = bytes_put(&to, g->text);
	copy->operation = bytes_put(&to, g->operation);
	return copy;
}

static unsigned
path_pieces(const struct guess *g, struct piece out[GUESS_PIECES_MAX])
{
	struct span rest = span_from(g->text, 1), verb;
	unsigned n = 0;

	if (rest.n == 0)
		return 0;
	while (!span_absent(rest) && n < GUESS_PIECES_MAX - 2) {
		struct span s = span_cut(&rest, '/');
		struct piece *p = &out[n];

		verb = s;
		s = span_cut(&verb, ':');
		*p = (struct piece){.word = s};
		p->undecided = n < 32 && (g->undecided_mask >> n & 1);
		if (p->undecided) {
			p->word = span_head(s, span_find(s, '('));
			p->rest = span_from(s, p->word.n);
		}
		if (++n < GUESS_PIECES_MAX - 1 && span_absent(rest) &&
		    !span_absent(verb)) {
			out[n] = (struct piece){.word = verb, .verb = true};
			out[n].undecided = true;
			n++;
		}
	}
	return n;
}

unsigned
guess_pieces(const struct guess *g, struct piece out[GUESS_PIECES_MAX])
{
	unsigned n = path_pieces(g, out);

	if (g->operation.n != 0)
		out[n++] = (struct piece){
		    .word = g->operation, .undecided = true, .operation = true};
	return n;
}
