/* Fields of the rule language as values of one request, each read at most once. */
#include "engine/work.h"

#include "base/encode.h"
#include "engine/hash.h"
#include "engine/identity.h"

const enum field_type field_types[FIELDS] = {
#define FIELD(id, name, type, keyed, group, doc) FIELD_##type,
#include "engine/field.def"
#undef FIELD
};

const enum field_group field_groups[FIELDS] = {
#define FIELD(id, name, type, keyed, group, doc) GROUP_##group,
#include "engine/field.def"
#undef FIELD
};

/* --- keys of map fields ----------------------------------------------------------- */

static struct key_values *
keys_find(const struct keys *k, struct span name)
{
	uint32_t h, i;

	if (!(k->lengths & keys_length_bit(name.n)))
		return NULL;
	h = hash_name(name);
	for (; (i = k->slot[h & k->mask]) != 0; h++)
		if (span_eq(k->name[i - 1], name))
			return &k->values[i - 1];
	return NULL;
}

void
keys_start(struct engine *e, enum keys_of which)
{
	e->keys[which].generation = e->generation;
	e->keys[which].overflow = false;
}

bool
keys_add(struct engine *e, enum keys_of which, struct span name, struct span text,
    bool copy, struct arena *a)
{
	struct key_values *kv = keys_find(&e->keys[which], name);
	struct value *v;

	if (kv == NULL)
		return true;
	v = arena_alloc(a, sizeof(*v));
	if (v != NULL && copy && !span_absent(text))
		text = arena_copy(a, text);
	if (v == NULL || span_absent(text)) {
		e->keys[which].overflow = true;
		return false;
	}
	*v = (struct value){.text = text, .head = text_head(text)};
	if (kv->generation != e->generation) {
		kv->generation = e->generation;
		kv->n = 0;
		kv->first = v;
	} else {
		kv->last->next = v;
	}
	kv->last = v;
	kv->n++;
	return true;
}

static void
collect_args(struct work *w)
{
	struct span rest = w->seen->target.query, name, value;
	uint32_t flags = 0;

	while (query_next(&rest, &name, &value)) {
		size_t mark = arena_mark(w->a);

		name = target_decode(name, true, &flags, w->a);
		if (span_absent(name) || keys_find(&w->e->keys[KEYS_ARG], name) == NULL) {
			w->e->keys[KEYS_ARG].overflow |= span_absent(name);
			arena_release(w->a, mark);
			continue;
		}
		if (span_absent(value))
			value = SPAN(""); /* "name" without "=" */
		value = target_decode(value, true, &flags, w->a);
		if (!keys_add(w->e, KEYS_ARG, name, value, false, w->a))
			return;
	}
}

static void
collect_headers(struct work *w)
{
	const struct headers *h = &w->seen->headers;

	for (unsigned i = 0; i < h->n; i++)
		if (!keys_add(
			w->e, KEYS_HEADER, h->h[i].name, h->h[i].value, false, w->a))
			return;
}

static void
collect_cookies(struct work *w)
{
	const struct headers *h = &w->seen->headers;
	struct span name, value;

	if (h->count[HDR_COOKIE] == 0)
		return;
	for (unsigned i = h->first[HDR_COOKIE] - 1u; i < h->n; i++) {
		struct span rest = h->h[i].value;

		if (h->h[i].id != HDR_COOKIE)
			continue;
		while (cookie_next(&rest, &name, &value))
			if (!keys_add(w->e, KEYS_COOKIE, name, value, false, w->a))
				return;
	}
}

/* The values of one key, from the collection of its field; that is made on first use. */
static void
read_key(struct work *w, enum keys_of which, uint32_t key, struct operand_memo *m)
{
	struct keys *k = &w->e->keys[which];
	struct key_values *kv = &k->values[key];

	if (k->generation != w->e->generation && which != KEYS_BODY) {
		keys_start(w->e, which);
		switch (which) {
		case KEYS_ARG: collect_args(w); break;
		case KEYS_HEADER: collect_headers(w); break;
		default: collect_cookies(w); break;
		}
		if (k->overflow)
			work_exception(w, EX_INTERNAL, true);
	}
	if (kv->generation == w->e->generation) {
		m->n = kv->n;
		m->first = kv->first;
	}
	m->unknown = k->generation == w->e->generation && k->overflow;
}

/* --- single values ---------------------------------------------------------------- */

static void
set_text(struct operand_memo *m, struct span text)
{
	if (span_absent(text))
		return;
	m->own = (struct value){.text = text, .head = text_head(text)};
	m->first = &m->own;
	m->n = 1;
}

static void
set_number(struct operand_memo *m, int64_t number)
{
	m->number = number;
	m->number_known = true;
}

static void
add_text(struct work *w, struct operand_memo *m, struct span text)
{
	struct value *v = arena_alloc(w->a, sizeof(*v));

	if (v == NULL) {
		m->unknown = true;
		work_exception(w, EX_INTERNAL, true);
		return;
	}
	*v = (struct value){.next = m->first, .text = text, .head = text_head(text)};
	m->first = v;
	m->n++;
}

static struct span
hex_of(uint64_t v, char out[16])
{
	for (unsigned i = 0; i < 16; i++)
		out[i] = "0123456789abcdef"[v >> (60 - 4 * i) & 15];
	return span_make(out, 16);
}

uint64_t
work_tls_print(struct work *w)
{
	if (!w->has_tls_print) {
		w->tls_print = print_tls(w->r);
		w->has_tls_print = true;
	}
	return w->tls_print;
}

static struct span
read_header_print(struct work *w, enum field_id field)
{
	const struct print_cache_slot *p;

	if (span_absent(w->r->tls_ciphers))
		return SPAN_NONE;
	p = print_cached(w->e->print_cache, w->e->o.identity_key, w->r);
	if (field == F_TLS_JA3)
		return p->ja3_bytes ? span_make(p->ja3, p->ja3_bytes) : SPAN_NONE;
	return p->ja4_bytes ? span_make(p->ja4, p->ja4_bytes) : SPAN_NONE;
}

static struct span
read_cert(struct work *w)
{
	if (w->r->client_cert.n != 20)
		return SPAN_NONE;
	hex_encode(w->r->client_cert.p, 20, w->cert_hex);
	return span_make(w->cert_hex, sizeof(w->cert_hex));
}

static struct span
lower(struct work *w, struct span s, struct operand_memo *m)
{
	char *p;
	size_t i;

	for (i = 0; i < s.n && s.p[i] == ascii_lower(s.p[i]); i++)
		;
	if (i == s.n)
		return s;
	p = arena_text(w->a, s.n);
	if (p == NULL) {
		m->unknown = true;
		work_exception(w, EX_INTERNAL, true);
		return SPAN_NONE;
	}
	for (i = 0; i < s.n; i++)
		p[i] = ascii_lower(s.p[i]);
	return span_make(p, s.n);
}

/* The first text that stands for an endpoint: its label without the sub-operation. */
static void
read_endpoint(struct work *w, struct operand_memo *m)
{
	const struct bundle *b = w->b;
	uint32_t index = w->v->endpoint;
	const struct bundle_endpoint *ep;
	struct span label;

	if (index == BUNDLE_NONE)
		return;
	ep = &b->endpoint[index];
	label = bundle_text(b, ep->label);
	if (ep->operation.length != 0 && label.n > ep->operation.length) {
		add_text(w, m, label);
		label = span_head(label, label.n - ep->operation.length - 1);
	}
	add_text(w, m, bundle_text(b, ep->template));
	add_text(w, m, label);
}

static const char *
body_state_name(enum body_state s)
{
	return s == BODY_COMPLETE ? "complete"
	    : s == BODY_TRUNCATED ? "truncated"
				  : "malformed";
}

static const char *
body_kind_name(enum body_kind k)
{
	static const char *const name[] = {"none", "json", "form", "multipart", "xml",
	    "grpc", "graphql", "text", "binary"};

	return name[k];
}

static void
read_header(struct work *w, const struct operand *o, struct operand_memo *m)
{
	const struct headers *h = &w->seen->headers;

	if (o->header < 0) {
		read_key(w, KEYS_HEADER, o->key, m);
		return;
	}
	if (h->count[o->header] <= 1) {
		set_text(m, headers_known(h, (enum header_id)o->header));
		return;
	}
	for (unsigned i = 0; i < h->n; i++)
		if (h->h[i].id == o->header)
			add_text(w, m, h->h[i].value);
}

static void
read_body(struct work *w, const struct operand *o, struct operand_memo *m)
{
	struct analysis *s = w->seen;

	switch (o->field) {
	case F_BODY_STATE:
		if (s->body_read)
			set_text(m, span_str(body_state_name(s->body.state)));
		else if (!w->has_body)
			set_text(m, SPAN("complete"));
		break;
	case F_BODY_FIELD: read_key(w, KEYS_BODY, o->key, m); break;
	case F_BODY_FIELDS:
		if (s->body_read || !w->has_body)
			set_number(m, s->body_read ? (int64_t)s->body.fields : 0);
		break;
	default:
		if (!w->operation_read)
			body_operation(w);
		set_text(m, s->operation);
		break;
	}
	m->unknown |= w->body_unknown || (w->has_body && !w->body_open);
	if (o->field == F_BODY_STATE || o->field == F_BODY_FIELDS)
		m->unknown = w->has_body && !s->body_read;
}

static void
read_history(struct work *w, enum field_id field, struct operand_memo *m)
{
	const struct history_view *h = &w->seen->history;

	if (field == F_HISTORY_COMPLETE) {
		set_number(m, h->found && h->complete);
		return;
	}
	if (!h->found || (field == F_HISTORY_ERRORS && !h->complete)) {
		m->unknown = true;
		return;
	}
	switch (field) {
	case F_HISTORY_AGE: set_number(m, (int64_t)h->age_s); break;
	case F_HISTORY_REQUESTS: set_number(m, (int64_t)h->requests); break;
	case F_HISTORY_MINUTE: set_number(m, (int64_t)h->requests_1m); break;
	case F_HISTORY_ERRORS: set_number(m, (int64_t)h->errors_1m); break;
	default: set_number(m, (int64_t)h->denied_1m); break;
	}
}

static void
read_request(struct work *w, const struct operand *o, struct operand_memo *m)
{
	const struct request *r = w->r;
	const struct analysis *s = w->seen;

	switch ((enum field_id)o->field) {
	case F_METHOD: set_text(m, r->method); break;
	case F_HOST: set_text(m, s->host); break;
	case F_PATH: set_text(m, s->target.path); break;
	case F_RAW_PATH: set_text(m, r->path); break;
	case F_QUERY: set_text(m, s->target.query); break;
	case F_ARG: read_key(w, KEYS_ARG, o->key, m); break;
	case F_HEADER: read_header(w, o, m); break;
	case F_COOKIE: read_key(w, KEYS_COOKIE, o->key, m); break;
	case F_USER_AGENT: set_text(m, headers_known(&s->headers, HDR_USER_AGENT)); break;
	case F_VERSION: set_text(m, r->version); break;
	case F_HEADER_ORDER:
		set_text(m, hex_of(s->headers.order_hash, w->order_hex));
		break;
	case F_TARGET_FLAGS: set_number(m, s->target.flags); break;
	case F_SEGMENT_COUNT: set_number(m, s->target.n); break;
	case F_CONTENT_TYPE:
		set_text(m,
		    lower(
			w, media_type(headers_known(&s->headers, HDR_CONTENT_TYPE)), m));
		break;
	case F_BODY_SIZE:
		set_number(m,
		    r->body_announced >= 0    ? r->body_announced
			: r->body_visible > 0 ? r->body_visible
					      : (int64_t)r->body.n);
		break;
	case F_BODY_TRUNCATED: set_number(m, w->body_cut); break;
	case F_BODY_KIND: set_text(m, span_str(body_kind_name(s->body_kind))); break;
	case F_SOURCE: set_text(m, r->source); break;
	case F_SOURCE_PORT:
		if (r->source_port >= 0)
			set_number(m, r->source_port);
		break;
	case F_FRONTEND: set_text(m, r->frontend); break;
	case F_TLS: set_number(m, r->tls == 1); break;
	case F_TLS_SNI: set_text(m, r->sni); break;
	case F_TLS_ALPN: set_text(m, r->alpn); break;
	case F_TLS_JA3:
	case F_TLS_JA4: set_text(m, read_header_print(w, o->field)); break;
	case F_TLS_PRINT:
		if (work_tls_print(w) != 0)
			set_text(m, hex_of(w->tls_print, w->print_hex));
		break;
	case F_CLIENT_CERT: set_text(m, read_cert(w)); break;
	default: break;
	}
}

static void
read_other(struct work *w, enum field_id field, struct operand_memo *m)
{
	const struct verdict *v = w->v;

	switch (field) {
	case F_SERVICE: set_text(m, v->service); break;
	case F_ENDPOINT: read_endpoint(w, m); break;
	case F_ENDPOINT_KNOWN: set_number(m, v->endpoint != BUNDLE_NONE); break;
	case F_ENDPOINT_TEMPLATE: set_text(m, w->seen->template_text); break;
	case F_ENDPOINT_LABEL: set_text(m, v->endpoint_label); break;
	case F_IDENTITY:
		identity_hex(v->identity, w->identity_hex);
		set_text(m, span_make(w->identity_hex, sizeof(w->identity_hex)));
		break;
	case F_IDENTITY_SOURCE:
		set_text(m, span_str(identity_kind_name(v->identity_kind)));
		break;
	case F_IDENTITY_WEAK: set_number(m, (v->flags & VERDICT_WEAK) != 0); break;
	case F_IDENTITY_VERIFIED:
		set_number(m, (v->flags & VERDICT_VERIFIED) != 0);
		break;
	default: break;
	}
}

/* --- transforms ------------------------------------------------------------------- */

static void
lower_values(struct work *w, struct operand_memo *m)
{
	struct value *v = m->first;

	m->first = NULL;
	m->n = 0;
	for (; v != NULL; v = v->next) {
		struct span text = lower(w, v->text, m);

		if (v == &m->own) {
			set_text(m, text);
			return;
		}
		if (!span_absent(text))
			add_text(w, m, text);
	}
}

const struct operand_memo *
operand_fill(struct work *w, uint32_t operand)
{
	const struct operand *o = &w->e->operand[operand];
	struct operand_memo *m = &w->e->memo[operand];

	m->generation = w->e->generation;
	m->unknown = m->number_known = false;
	m->n = 0;
	m->first = NULL;
	switch (field_groups[o->field]) {
	case GROUP_REQUEST: read_request(w, o, m); break;
	case GROUP_BODY: read_body(w, o, m); break;
	case GROUP_HISTORY: read_history(w, o->field, m); break;
	default: read_other(w, o->field, m); break;
	}
	if (o->transform == TRANSFORM_LOWER)
		lower_values(w, m);
	else if (o->transform == TRANSFORM_COUNT)
		set_number(m, m->n);
	return m;
}
