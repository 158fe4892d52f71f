/*
 * Bundles: whatever the structure check lets through, every accessor stays inside and the
 * engine decides with it. Length and hash of the content are made right first, so that
 * mutations reach the checks behind them; a bundle_open() of the same bytes must refuse.
 * Most mutations break the layout at once, so each input also stands for a few changed bytes
 * (drawn from its hash) of a bundle that is whole.
 */
#include <stdlib.h>

#include "crypto/crypto.h"
#include "engine/engine.h"
#include "policy/compile.h"

#define ARENA_BYTES (256u << 10)
#define INPUT_BYTES_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
inside(const struct bundle *b, struct bundle_text t)
{
	struct span s = bundle_text(b, t);
	volatile char sum = 0;

	CHECK(s.n == 0 || (s.p >= b->text && s.p + s.n <= b->text + b->text_bytes));
	CHECK(b->text_bytes <= b->bytes.n);
	for (size_t i = 0; i < s.n; i++)
		sum = (char)(sum + s.p[i]);
}

static void
read_texts(const struct bundle *b)
{
	for (uint32_t i = 0; i < b->services; i++)
		inside(b, b->service[i].name);
	for (uint32_t i = 0; i < bundle_class_count(b); i++) {
		const struct bundle_class *c = &b->cls[i];

		inside(b, c->name);
		inside(b, c->title);
		inside(b, c->pattern);
		inside(b, c->validator);
		inside(b, c->names);
	}
	for (uint32_t i = 0; i < b->hosts; i++) {
		inside(b, b->host[i].pattern);
		inside(b, b->service[b->host[i].service].name);
	}
	for (uint32_t i = 0; i < b->endpoints; i++) {
		inside(b, b->endpoint[i].label);
		inside(b, b->service[b->endpoint[i].service].name);
	}
	for (uint32_t i = 0; i < b->leaves; i++)
		inside(b, b->endpoint[b->leaf[i].endpoint].template);
	for (uint32_t i = 0; i < b->steps; i++)
		inside(b, b->predicate[b->step[i].predicate].key);
	for (uint32_t i = 0; i < b->rules; i++) {
		inside(b, b->rule[i].when);
		inside(b, b->rule[i].reason);
	}
	for (uint32_t i = 0; i < b->selftests; i++)
		inside(b, b->selftest[i].headers);
}

static void
look_up(const struct bundle *b)
{
	static const uint8_t address[16] = {[10] = 0xff, [11] = 0xff, [12] = 10};
	uint32_t n;

	for (uint32_t i = 0; i < b->sets; i++) {
		(void)bundle_set_has_text(b, i, bundle_hash(SPAN("A")), SPAN("A"));
		(void)bundle_set_has_number(b, i, 3);
		(void)bundle_set_has_address(b, i, address);
	}
	for (uint32_t i = 0; i < b->anchors; i++) {
		const uint32_t *rule =
		    bundle_anchor_find(b, i, bundle_hash(SPAN("POST /login")), &n);

		for (uint32_t k = 0; rule && k < n; k++)
			CHECK(rule[k] < b->rules);
	}
	(void)bundle_has_word(b, SPAN("alpha"));
}

static void
decide(const struct bundle *b)
{
	static const char *const paths[] = {"/login", "/users/1",
	    "/pay/x/0b5c2e5a-7f7e-4c8e-9d0a-111111111111", "/graphql"};
	static uint8_t memory[ARENA_BYTES];
	struct engine_options o = {.headers_max = 16,
	    .gateways = 1,
	    .body = {
		.depth = 8, .fields = 16, .inflate_bytes = 4096, .inflate_ratio = 10}};
	struct bundle_error why;
	struct engine *e;

	if (engine_new(b, &o, &e, &why) != OK)
		return;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct analysis seen;
		struct request r;
		struct verdict v;
		struct arena a;

		arena_init(&a, memory, sizeof memory);
		request_init(&r);
		r.method = SPAN("POST");
		r.path = span_str(paths[i]);
		r.headers = SPAN("\4host\11shop.test\1x\1"
				 "1\0\0");
		r.source = SPAN("\12\0\0\1");
		r.now_us = INT64_C(1795305600000000);
		engine_decide(e, &r, false, &a, &seen, &v);
		CHECK(v.action >= ACTION_ALLOW && v.action <= ACTION_DROP);
		CHECK(v.endpoint == BUNDLE_NONE || v.endpoint < b->endpoints);
	}
	engine_free(e);
}

/* Makes length and hash right, as far as there is room for them. */
static void
mend(uint8_t *copy, size_t size)
{
	struct bundle_header *h = (void *)copy;
	size_t signatures;

	if (size < sizeof *h)
		return;
	memcpy(h->magic, BUNDLE_MAGIC, sizeof h->magic);
	h->total_bytes = size;
	signatures = h->signatures <= BUNDLE_SIGNATURES_MAX
	    ? h->signatures * sizeof(struct bundle_signature)
	    : 0;
	if (signatures <= size - sizeof *h)
		CHECK(crypto_sha256(
			  span_make(copy + sizeof *h, size - sizeof *h - signatures),
			  h->content) == OK);
}

static void
try(uint8_t *copy, size_t size)
{
	struct bundle_trust trust = {.environment = "dev"};
	struct bundle_error e;
	struct bundle b;

	mend(copy, size);
	CHECK(bundle_open(span_make(copy, size), &trust, &b, &e) == ERR_SIGNATURE);
	if (bundle_parse(span_make(copy, size), &b, &e) == OK) {
		read_texts(&b);
		look_up(&b);
		decide(&b);
	} else {
		CHECK(b.header == NULL && e.text[0] != '\0');
	}
}

/* A whole bundle with something in each section, made once. */
static struct span
whole_bundle(void)
{
	static const struct input inputs[] = {
	    {INPUT_ENDPOINTS,
		{SPAN("e"),
		    SPAN("shop.test POST /login\nshop.test GET /users/{number}\n"
			 "shop.test POST /graphql operation=query{a}\n"
			 "shop.test * /pay/{text}/{uuid} body=yes\n")},
		NULL},
	    {INPUT_WORDS, {SPAN("w"), SPAN("alpha\nbeta\n")}, NULL},
	    {INPUT_RULES,
		{SPAN("r"),
		    SPAN(
			"rule \"a\" { when http.method in {\"POST\" \"B\"} and not tls "
			"and "
			"http.path matches \"^/p\" action deny }"
			"rule \"b\" { when http.body.size in {0 3 5} and (tls or "
			"exists http.header[\"x\"]) action drop mode enforce }"
			"network \"c\" { when ip.src in {10.0.0.0/8} action event reason "
			"\"r\" }"
			"limit \"d\" { when endpoint eq \"POST /login\" by identity rate "
			"10/1m action rate }")},
		NULL},
	    {INPUT_SELFTESTS, {SPAN("s"), SPAN("request GET /x\nexpect allow\n")}, NULL},
	};
	static struct buf whole;
	struct compile_options o = {.revision = 1, .created_us = 1};
	struct pool pool = POOL_INIT;
	struct diags diags = {.pool = &pool};

	if (whole.n == 0)
		CHECK(compile(&pool, &diags, inputs, sizeof inputs / sizeof inputs[0], &o,
			  &whole) == OK);
	pool_fini(&pool);
	return buf_span(&whole);
}

static void
change_a_few_bytes(uint8_t *copy, size_t size, uint64_t seed)
{
	for (unsigned edits = 1 + seed % 4; edits > 0; edits--) {
		size_t at;

		seed = bundle_hash_number((int64_t)seed);
		at = sizeof(struct bundle_header) +
		    (seed >> 16) % (size - sizeof(struct bundle_header));
		copy[at] =
		    seed & 0x100 ? (uint8_t)seed : (uint8_t)(copy[at] ^ 1u << (seed & 7));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span whole = whole_bundle();
	uint8_t *copy;

	if (size > INPUT_BYTES_MAX || (copy = malloc(size ? size : 1)) == NULL)
		return 0;
	memcpy(copy, data, size);
	try(copy, size);
	free(copy);
	if ((copy = malloc(whole.n)) == NULL)
		return 0;
	memcpy(copy, whole.p, whole.n);
	change_a_few_bytes(copy, whole.n, bundle_hash(span_make(data, size)));
	try(copy, whole.n);
	free(copy);
	return 0;
}
