/*
 * The whole decision on arbitrary requests, with a policy that looks at everything. What
 * must hold: the verdict is one of those there are, the same request gets the same verdict
 * again whatever came between, and its ring record reads back.
 *
 * Input: a byte of bits (1 TLS, 2 body cut, 4 body not sent, 8 bodies off, 16 no policy),
 * then METHOD BLANK TARGET LF, header lines, an empty line, the body.
 * fuzz: runs=50000
 */
#include <stdio.h>
#include <stdlib.h>

#include "engine/request_record.h"
#include "engine/engine.h"
#include "policy/compile.h"

static const char services[] = "shop shop.example\nshop *.shop.example /api\napi *\n";

static const char endpoints[] =
    "shop GET /users/{number}\nshop GET /users/me\n"
    "shop * /users/{text}\nshop POST /login\n"
    "api POST /graphql\napi POST /graphql operation=query{viewer}\n"
    "api GET /Users({number})\napi POST /jobs/{number}:cancel\n"
    "api GET /a/{text}/b\napi GET /a/b/{uuid}\n";

static const char rules[] =
    "network \"net\" { when ip.src in {10.0.0.0/8} action deny reason \"x\" mode enforce "
    "}\n"
    "rule \"a\" { when endpoint eq \"POST /login\" and http.body.field[\"user\"] eq "
    "\"root\" "
    "action deny mode enforce }\n"
    "rule \"b\" { when http.arg[\"id\"] matches r\"^(\\d+,?)+$\" action drop mode shadow "
    "}\n"
    "rule \"c\" { when lower(http.user_agent) contains \"bot\" and not "
    "exists http.cookie[\"ok\"] action deny 404 mode enforce }\n"
    "rule \"d\" { when http.target.flags has double_encoded or count(http.arg[\"x\"]) gt "
    "3 "
    "or len(http.path) gt 200 action deny 400 mode enforce }\n"
    "rule \"e\" { when tls.ja3 eq \"00000000000000000000000000000000\" or tls.ja4 eq "
    "\"x\" "
    "or tls.print eq \"0000000000000000\" action allow mode enforce }\n"
    "rule \"f\" { when not (http.body.field[\"items[].price\"] eq \"7\") and "
    "http.body.kind in {\"json\" \"form\" \"xml\" \"multipart\"} action event mode "
    "enforce }\n"
    "rule \"g\" { when history.errors_1m gt 5 or http.header[\"x-a\"] eq \"b\" action "
    "deny "
    "mode enforce }\n"
    "rule \"h\" { when identity.weak and endpoint.known action watch mode enforce }\n"
    "rule \"i\" { when http.operation eq \"query{viewer}\" or http.body.fields gt 100 "
    "action "
    "deny mode enforce }\n"
    "limit \"l\" { by identity, http.header[\"x-tenant\"] rate 10/1m action rate mode "
    "enforce "
    "weak enforce }\n";

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_engine: %s\n", what);
	abort();
}

#define INPUT(k, name, text)                                    \
	{                                                       \
		k, {SPAN(name), {text, sizeof(text) - 1}}, NULL \
	}

static struct engine *
make_engine(bool policy, bool bodies_off)
{
	static struct bundle b;
	static struct buf out;
	struct pool pool = POOL_INIT;
	struct diags diags = {.pool = &pool};
	struct input in[] = {INPUT(INPUT_SERVICES, "s", services),
	    INPUT(INPUT_ENDPOINTS, "e", endpoints), INPUT(INPUT_RULES, "r", rules)};
	struct compile_options c = {
	    .revision = 1, .created_us = 1, .source = SPAN("fuzz")};
	struct engine_options o = {.identity_key = "fuzz",
	    .headers_max = 100,
	    .body = {32, 500, 1 << 20, 50},
	    .gateways = 1,
	    .bodies_off = bodies_off};
	struct bundle_error error;
	struct engine *e;

	if (out.n == 0 && compile(&pool, &diags, in, 3, &c, &out) != OK) {
		struct buf text = BUF_INIT;

		diag_print(&diags, false, &text);
		fprintf(stderr, "%s", text.p ? text.p : "");
		abort();
	}
	must(bundle_parse(buf_span(&out), &b, &error) == OK, error.text);
	must(engine_new(policy ? &b : NULL, &o, &e, &error) == OK, error.text);
	pool_fini(&pool);
	return e;
}

static void
put_varint_text(uint8_t *to, size_t *n, struct span s)
{
	uint64_t v = s.n;

	if (v < 240) {
		to[(*n)++] = (uint8_t)v;
	} else {
		to[(*n)++] = (uint8_t)(v | 240);
		for (v = (v - 240) >> 4; v >= 128; v = (v - 128) >> 7)
			to[(*n)++] = (uint8_t)(v | 128);
		to[(*n)++] = (uint8_t)v;
	}
	memcpy(to + *n, s.p, s.n);
	*n += s.n;
}

static struct span
read_headers(struct span *rest)
{
	static uint8_t bin[1 << 20];
	size_t n = 0;

	while (!span_absent(*rest)) {
		struct span line = span_cut(rest, '\n');
		size_t colon = span_find(line, ':');

		if (line.n == 0)
			break;
		/* lengths take at most 4 bytes each */
		if (colon == 0 || colon == line.n || line.n + 10 > sizeof(bin) - n)
			continue;
		put_varint_text(bin, &n, span_head(line, colon));
		put_varint_text(bin, &n, span_trim(span_from(line, colon + 1)));
	}
	bin[n++] = 0;
	bin[n++] = 0;
	return span_make(bin, n);
}

static void
read_request(struct span in, unsigned bits, struct request *r)
{
	struct span rest = in, line = span_cut(&rest, '\n'), target = line;

	request_init(r);
	r->method = span_cut(&target, ' ');
	r->uri_head = span_head(target, 64);
	r->path = span_cut(&target, '?');
	r->query = target;
	r->version = SPAN("1.1");
	r->source = bits & 32 ? SPAN("\x0a\0\0\1") : SPAN("\xc0\0\2\1");
	r->headers = read_headers(&rest);
	if (rest.n && !(bits & 4))
		r->body = rest;
	r->body_visible = r->body_announced = (int64_t)rest.n + (bits & 2 ? 100 : 0);
	r->now_us = INT64_C(1790000000000000);
	r->mono_ns = 1000;
	if (!(bits & 1))
		return;
	r->tls = 1;
	r->tls_version = 771;
	r->sni = r->alpn = r->tls_ciphers = r->tls_extensions = r->tls_groups =
	    r->tls_formats = span_head(in, 40);
}

static void
must_be_sound(const struct engine *e, const struct request *r, const struct verdict *v)
{
	must(v->action >= ACTION_ALLOW && v->action <= ACTION_DROP, "action");
	must(v->action == ACTION_ALLOW || v->action == ACTION_DROP || v->status >= 400,
	    "status");
	must(v->endpoint == BUNDLE_NONE || v->endpoint < engine_bundle(e)->endpoints,
	    "endpoint");
	must(v->endpoint != BUNDLE_NONE || v->flags & VERDICT_PROVISIONAL ||
		v->endpoint_hash == 0,
	    "a known endpoint that is none");
	must(v->endpoint == BUNDLE_NONE || !(v->flags & VERDICT_PROVISIONAL) ||
		v->flags & VERDICT_OPERATION,
	    "a provisional endpoint that is known");
	must(!(v->exceptions >> EX_INTERNAL & 1) || r->query.n > 1000 ||
		r->body.n > 1000 || r->path.n > 1000,
	    "internal");
}

static void
must_record(const struct request *r, const struct verdict *v)
{
	size_t n = request_record_size(r, true);
	void *p = malloc(n);
	struct request_prelude prelude;
	struct request back;

	must(p != NULL, "memory");
	request_record_write(p, r, v, 1, 2, 3, 4, true);
	must(request_record_read(span_make(p, n), &prelude, &back) == OK, "record");
	for (unsigned i = 0; i < REQUEST_SPANS; i++)
		must(span_absent(back.span[i]) == span_absent(r->span[i]) &&
			span_eq(back.span[i], r->span[i]),
		    "record's span");
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct engine *engines[4];
	static uint8_t mem[4 << 20];
	struct engine *e;
	struct analysis seen;
	struct verdict v[2];
	struct request r;
	struct arena a;
	unsigned bits, which;

	if (size == 0)
		return 0;
	bits = data[0];
	which = (bits & 16 ? 1u : 0u) | (bits & 8 ? 2u : 0u);
	if (engines[which] == NULL)
		engines[which] = make_engine(!(which & 1), which & 2);
	e = engines[which];
	read_request(span_make(data + 1, size - 1), bits, &r);
	for (unsigned i = 0; i < 2; i++) {
		/* another arena content, another size: nothing may depend on it */
		memset(mem, i ? 0x5a : 0xa5, 4096);
		memset(&seen, i ? 0x5a : 0xa5, sizeof(seen));
		arena_init(&a, mem, sizeof(mem));
		engine_decide(e, &r, false, &a, &seen, &v[i]);
		must_be_sound(e, &r, &v[i]);
	}
	must(v[0].action == v[1].action && v[0].status == v[1].status &&
		v[0].exceptions == v[1].exceptions && v[0].flags == v[1].flags &&
		v[0].endpoint_hash == v[1].endpoint_hash &&
		v[0].rule_hash == v[1].rule_hash &&
		v[0].shadow_hash == v[1].shadow_hash &&
		hash128_eq(v[0].identity, v[1].identity),
	    "the second verdict differs");
	must_record(&r, &v[1]);
	return 0;
}
