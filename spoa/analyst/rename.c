/*
 * Endpoints that are the same and are shown otherwise from now on: their host may be told, or
 * the redaction key has a new epoch and with it every token another text. Each keeps its
 * index; it is described under its new hash, and an alias record leads there from the old one.
 *
 *   live      GET {~host.1.a} /users/{~text.1.b}  ──►  … {~host.2.c} /users/{~text.2.d}
 *   restart   while epochs overlap, what is described first also tells the hash that it had
 *             under the epoch before, so that the inventory does not double
 */
#include "analyst/endpoint_table.h"

/* The endpoint has the new hash already; was is the one before. */
static void
tell(struct endpoints *t, struct endpoint *e, const struct canon *c, uint64_t was)
{
	endpoint_describe(t, e, c, e->hash, 0);
	endpoint_describe(t, e, c, was, e->hash);
}

static void
traffic_rename(struct endpoints *t, uint32_t i, int64_t now_us)
{
	struct endpoint *e = &t->e[i];
	uint64_t was = e->hash;
	struct canon c;

	canon_make(&c, e->guess, e->service, t->o.release, t->tree, false);
	if (c.key != e->key) /* its node is being folded: that describes it anew */
		return;
	t->o.retire(t->o.ctx, i);
	if (endpoint_take(t, e, &c, now_us) != OK || e->hash == was)
		return;
	if (map_get(&t->by_hash, was) == i)
		(void)map_remove(&t->by_hash, was);
	/* Where the policy's own endpoint has the new hash, both are one in the records. */
	if (c.n == 0 && map_get(&t->by_hash, e->hash) == MAP_NONE)
		CHECK(map_put(&t->by_hash, e->hash, i) == OK);
	tell(t, e, &c, was);
}

static void
overflow_rename(struct endpoints *t, uint32_t i)
{
	struct endpoint *e = &t->e[i];
	struct record r = {.kind = RECORD_ENDPOINT};
	uint64_t was = e->hash;

	t->o.retire(t->o.ctx, i);
	r.endpoint.service = services_name(t->o.services, e->service);
	r.endpoint.method = SPAN("*");
	r.endpoint.template_text = SPAN("/{overflow}");
	r.endpoint.shapes = SPAN("");
	r.endpoint.first_us = e->first_us;
	r.endpoint.hash = e->hash = endpoint_hash(
	    r.endpoint.service, r.endpoint.method, r.endpoint.template_text);
	if (e->hash == was)
		return;
	t->o.sink.put(t->o.sink.ctx, &r);
	r.endpoint.hash = was;
	r.endpoint.alias_of = e->hash;
	t->o.sink.put(t->o.sink.ctx, &r);
}

void
endpoints_rename(struct endpoints *t, uint32_t service, int64_t now_us)
{
	for (uint32_t i = 0; i < t->limit; i++) {
		const struct endpoint *e = &t->e[i];

		if (e->moved != ENDPOINT_NONE || e->service != service)
			continue;
		if (e->kind == ENDPOINT_TRAFFIC)
			traffic_rename(t, i, now_us);
		else if (e->kind == ENDPOINT_OVERFLOW && service != SERVICE_OTHER)
			overflow_rename(t, i);
	}
}

void
endpoints_renew(struct endpoints *t, int64_t now_us)
{
	uint32_t service;

	while (services_changed(t->o.services, now_us, &service))
		endpoints_rename(t, service, now_us);
	if (!release_renew(t->o.release, now_us))
		return;
	for (uint32_t i = 0; i < t->limit; i++)
		if (t->e[i].kind == ENDPOINT_TRAFFIC && t->e[i].n > 0 &&
		    t->e[i].moved == ENDPOINT_NONE)
			traffic_rename(t, i, now_us);
}

/* The text of the endpoint in hand with its words' tokens of the epoch before; false when
 * there is no such epoch any more. */
static bool
text_before(struct endpoints *t, const struct endpoint *e, struct buf *out)
{
	struct span rest = buf_span(&t->text);

	for (unsigned k = 0; k < e->n; k++) {
		struct span now = release_token(t->o.release, e->undecided[k].held);
		size_t at = span_find_span(rest, now);
		char text[TOKEN_TEXT_MAX];
		struct span before;

		if (at == rest.n ||
		    !release_token_before(
			t->o.release, e->undecided[k].held, text, &before))
			return false;
		buf_put_span(out, span_head(rest, at));
		buf_put_span(out, before);
		rest = span_from(rest, at + now.n);
	}
	buf_put_span(out, rest);
	return buf_err(out) == OK;
}

void
endpoint_describe_before(
    struct endpoints *t, const struct endpoint *e, const struct canon *c)
{
	struct span service = services_name(t->o.services, e->service), before;
	char name[SERVICE_TOKEN_MAX];
	struct buf text = BUF_INIT;
	uint64_t was = 0;

	if (services_name_before(t->o.services, e->service, name, &before))
		service = before;
	else if (e->n == 0)
		return;
	if (text_before(t, e, &text)) {
		was = endpoint_hash(service, e->guess->method, buf_span(&text));
		if (e->n > 0)
			was |= ENDPOINT_HASH_PROVISIONAL;
	}
	buf_fini(&text);
	if (was != 0 && was != e->hash)
		endpoint_describe(t, e, c, was, e->hash);
}
