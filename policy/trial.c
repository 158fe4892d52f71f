/* Self-tests against the engine. */
#include "policy/trial.h"

#include <stdlib.h>

#include "base/settings.h"
#include "policy/parse.h"

#define ARENA_BYTES (4u << 20)

static void
put_varint(struct buf *out, uint64_t v)
{
	if (v < 240) {
		buf_put_char(out, (char)v);
		return;
	}
	buf_put_char(out, (char)(v | 240));
	for (v = (v - 240) >> 4; v >= 128; v = (v - 128) >> 7)
		buf_put_char(out, (char)(v | 128));
	buf_put_char(out, (char)v);
}

static void
put_text(struct buf *out, struct span s, bool lower)
{
	put_varint(out, s.n);
	for (size_t i = 0; i < s.n; i++)
		buf_put_char(out, lower ? ascii_lower(s.p[i]) : s.p[i]);
}

/* As req.hdrs_bin has them. */
static struct span
headers_bin(struct pool *pool, struct span host, struct span lines)
{
	struct buf out = BUF_INIT;
	struct span bin;

	if (host.n) {
		put_text(&out, SPAN("host"), false);
		put_text(&out, host, false);
	}
	while (lines.n) {
		struct span line = span_cut(&lines, '\n');
		size_t colon = span_find(line, ':');

		if (colon == 0 || colon == line.n)
			continue;
		put_text(&out, span_trim(span_head(line, colon)), true);
		put_text(&out, span_trim(span_from(line, colon + 1)), false);
	}
	put_text(&out, SPAN(""), false);
	put_text(&out, SPAN(""), false);
	CHECK(buf_err(&out) == OK);
	bin = pool_copy(pool, buf_span(&out));
	buf_fini(&out);
	return bin;
}

void
trial_request(struct pool *pool, const struct request_text *t, struct request *out)
{
	request_init(out);
	out->frontend = SPAN("explain");
	out->method = t->method;
	out->path = t->path;
	out->query = t->query;
	out->version = SPAN("1.1");
	out->headers = headers_bin(pool, t->host, t->headers);
	out->source = t->source;
	out->sni = t->sni;
	out->verified = t->verified;
	out->tls = t->tls;
	if (t->body.n) {
		out->body = t->body;
		out->body_visible = out->body_announced = (int64_t)t->body.n;
	}
	out->now_us = t->now_us;
	out->mono_ns = 1;
}

void
trial_options(struct engine_options *out)
{
	struct settings *s = calloc(1, sizeof *s);
	struct conf_error e;

	*out = (struct engine_options){.gateways = 1};
	if (s == NULL)
		return;
	CHECK(settings_parse(SPAN(""), s, &e) == OK);
	out->headers_max = (unsigned)s->request_headers_max;
	out->body = (struct body_limits){
	    .depth = (unsigned)s->request_body_depth,
	    .fields = (unsigned)s->request_body_fields,
	    .inflate_bytes = (size_t)s->request_inflate_bytes,
	    .inflate_ratio = (unsigned)s->request_inflate_ratio,
	};
	free(s);
}

/* Compares what a test got with what it expects. */
static void
judge(struct model *m, const struct bundle *b, const struct selftest *s,
    const struct verdict *v)
{
	struct span label = v->endpoint == BUNDLE_NONE
	    ? SPAN_NONE
	    : bundle_text(b, b->endpoint[v->endpoint].label);

	if (v->action != s->action || !span_eq(v->rule, s->rule))
		diag_error(m->diags, s->expect_at,
		    "expected %s%s%.*s, the request gets %s%s%.*s",
		    action_name(s->action), s->rule.n ? " by " : "", DIAG_SPAN(s->rule),
		    action_name(v->action), v->rule.n ? " by " : "", DIAG_SPAN(v->rule));
	if (s->names_endpoint && !span_eq(label, s->endpoint))
		diag_error(m->diags, s->endpoint_at,
		    "expected endpoint %.*s, the request reaches %.*s",
		    DIAG_SPAN(s->endpoint.n ? s->endpoint : SPAN("none")),
		    DIAG_SPAN(label.n ? label : SPAN("none")));
}

static void
run_one(struct model *m, struct tables *t, struct engine *e, const struct selftest *s,
    struct arena *a)
{
	const struct bundle *b = engine_bundle(e);
	struct request_text text = {
	    .method = s->method,
	    .host = s->host,
	    .path = s->path,
	    .query = s->query,
	    .headers = s->headers,
	    .body = s->body,
	    .now_us = b->header->created_us,
	};
	struct analysis seen;
	struct verdict v;
	struct request r;

	arena_reset(a);
	trial_request(m->pool, &text, &r);
	engine_decide(e, &r, false, a, &seen, &v);
	judge(m, b, s, &v);
	*VEC_ADD(t->pool, &t->selftest) = (struct bundle_selftest){
	    .method = tables_text(t, s->method),
	    .host = tables_text(t, s->host),
	    .path = tables_text(t, s->path),
	    .query = tables_text(t, s->query),
	    .headers = tables_text(t, s->headers),
	    .body = tables_text(t, s->body),
	    .rule = tables_text(t, s->rule),
	    .action = s->action,
	    .endpoint = v.endpoint,
	};
}

bool
trial_run(struct model *m, struct tables *t, struct span bytes)
{
	unsigned errors = m->diags->errors;
	struct engine_options o;
	struct bundle_error why;
	struct engine *e = NULL;
	struct arena a;
	struct bundle b;
	int rc;

	trial_options(&o);
	arena_init(&a, pool_alloc(m->pool, ARENA_BYTES), ARENA_BYTES);
	if ((rc = bundle_parse(bytes, &b, &why)) != OK ||
	    (rc = engine_new(&b, &o, &e, &why)) != OK) {
		diag_error(m->diags, (struct place){0}, "self-tests: %s: %s", err_str(rc),
		    why.text);
		return false;
	}
	for (uint32_t i = 0; i < m->selftests.n; i++)
		run_one(m, t, e, &m->selftests.v[i], &a);
	engine_free(e);
	return m->diags->errors == errors;
}
