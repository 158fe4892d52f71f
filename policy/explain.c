/* explain: what a request would get, and why, from the engine itself. */
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "policy/address.h"
#include "policy/job.h"
#include "policy/parse.h"
#include "policy/trial.h"

#define ARENA_BYTES (8u << 20)

struct narrator {
	const struct options *o;
	const struct bundle *b;
	struct jsonw json;
	struct buf out;
	const char *last;
};

/* Text of a request may hold anything: nothing of it may steer a terminal. */
static void
put_plain(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_put_char(out, s.p[i]);
	}
}

/* What a rule wanted that did not get it: "NAME does not match" gains its condition. */
static void
put_condition(struct narrator *n, struct span text)
{
	static const struct span suffix = {" does not match", 15};

	if (!span_ends(text, suffix))
		return;
	text = span_head(text, text.n - suffix.n);
	for (uint32_t i = 0; i < n->b->rules; i++) {
		const struct bundle_rule *r = &n->b->rule[i];

		if (r->when.length == 0 || !span_eq(bundle_text(n->b, r->name), text))
			continue;
		buf_printf(&n->out, "%-10s   needs ", "");
		put_plain(&n->out, bundle_text(n->b, r->when));
		buf_put_char(&n->out, '\n');
	}
}

static void
narrate(void *ctx, const char *step, const char *text)
{
	struct narrator *n = ctx;

	if (n->o->json) {
		jsonw_object(&n->json);
		jsonw_kv_str(&n->json, "step", step);
		jsonw_kv_str(&n->json, "text", text);
		jsonw_object_end(&n->json);
		return;
	}
	buf_printf(&n->out, "%-10s ", n->last && strcmp(n->last, step) == 0 ? "" : step);
	put_plain(&n->out, span_str(text));
	buf_put_char(&n->out, '\n');
	put_condition(n, span_str(text));
	n->last = step;
}

static void
put_verdict(struct narrator *n, const struct verdict *v)
{
	struct buf *out = &n->out;

	buf_printf(out, "\n%s", action_name(v->action));
	if (v->status)
		buf_printf(out, " %u", v->status);
	if (v->rule.n) {
		buf_put_str(out, " by ");
		put_plain(out, v->rule);
	}
	if (v->reason.n) {
		buf_put_str(out, ": ");
		put_plain(out, v->reason);
	}
	buf_put_char(out, '\n');
	if (v->shadow_action) {
		buf_printf(out, "in shadow: %s by ", action_name(v->shadow_action));
		put_plain(out, v->shadow_rule);
		buf_put_char(out, '\n');
	}
}

static void
json_verdict(struct narrator *n, const struct verdict *v)
{
	struct jsonw *w = &n->json;

	jsonw_kv_str(w, "action", action_name(v->action));
	jsonw_kv_uint(w, "status", v->status);
	jsonw_kv_span(w, "rule", v->rule.n ? v->rule : SPAN_NONE);
	jsonw_kv_span(w, "reason", v->reason.n ? v->reason : SPAN_NONE);
	jsonw_kv_span(w, "service", v->service);
	jsonw_kv_span(w, "endpoint", v->endpoint_label);
	jsonw_kv_bool(w, "provisional", v->flags & VERDICT_PROVISIONAL);
	jsonw_kv_str(
	    w, "shadow_action", v->shadow_action ? action_name(v->shadow_action) : NULL);
	jsonw_kv_span(w, "shadow_rule", v->shadow_action ? v->shadow_rule : SPAN_NONE);
	jsonw_kv_uint(w, "revision", v->revision);
}

static int
read_address(const char *text, struct request_text *t, struct address *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (text == NULL)
		return EXIT_DONE;
	if (address_parse(span_str(text), a) != OK || a->bits != 128)
		return complain(EXIT_USAGE, "--src: expected an address");
	if (memcmp(a->bytes, mapped, sizeof mapped) == 0)
		t->source = span_make(a->bytes + 12, 4);
	else
		t->source = span_make(a->bytes, 16);
	return EXIT_DONE;
}

/* METHOD and URL: a whole URL, host/path, or a path. */
static void
read_url(const struct options *o, struct request_text *t)
{
	struct span url = span_str(o->argument[2]);
	size_t scheme = span_find_span(url, SPAN("://"));

	t->method = span_str(o->argument[1]);
	if (url.n && url.p[0] != '/') {
		t->tls = span_istarts(url, SPAN("https://"));
		url = span_from(url, scheme < url.n ? scheme + 3 : 0);
		t->host = span_head(url, span_find(url, '/'));
		url = span_from(url, t->host.n);
	}
	url = span_head(url, span_find(url, '#'));
	t->query = url.n ? url : SPAN("/");
	t->path = span_cut(&t->query, '?');
}

static void
tell(
    struct narrator *n, struct engine *e, struct pool *pool, const struct request_text *t)
{
	struct analysis seen;
	struct verdict v;
	struct request r;
	struct arena a;

	arena_init(&a, pool_alloc(pool, ARENA_BYTES), ARENA_BYTES);
	trial_request(pool, t, &r);
	jsonw_init(&n->json, &n->out);
	if (n->o->json) {
		jsonw_object(&n->json);
		jsonw_key(&n->json, "steps");
		jsonw_array(&n->json);
	}
	engine_decide_traced(e, &r, false, &a, &seen, &v, narrate, n);
	if (n->o->json) {
		jsonw_array_end(&n->json);
		json_verdict(n, &v);
		jsonw_object_end(&n->json);
		buf_put_char(&n->out, '\n');
	} else {
		put_verdict(n, &v);
	}
	if (buf_err(&n->out) == OK)
		fwrite(n->out.p, 1, n->out.n, stdout);
}

int
command_explain(struct options *o)
{
	struct narrator n = {.o = o};
	struct request_text t = {.body = span_str(o->body),
	    .headers = buf_span(&o->headers),
	    .sni = span_str(o->sni),
	    .verified = span_str(o->verified)};
	struct engine_options eo;
	struct engine *e = NULL;
	struct bundle_error why;
	struct address source;
	struct bundle b;
	struct job j;
	int rc;

	job_init(&j);
	read_url(o, &t);
	t.tls |= o->tls;
	if ((rc = read_address(o->source_address, &t, &source)) != EXIT_DONE ||
	    (rc = job_created(o, &t.now_us)) != EXIT_DONE ||
	    (rc = job_open(&j, o, o->argument[0], &b)) != EXIT_DONE)
		goto out;
	trial_options(&eo);
	if (engine_new(&b, &eo, &e, &why) != OK) {
		rc = complain(EXIT_FINDINGS, "%s: %s", o->argument[0], why.text);
		goto out;
	}
	n.b = &b;
	tell(&n, e, &j.pool, &t);
out:
	engine_free(e);
	buf_fini(&n.out);
	job_fini(&j);
	return rc;
}
