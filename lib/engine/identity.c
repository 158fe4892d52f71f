/* Credential sources in order; what an identity is made of stands in identity.h. */
#include "engine/identity.h"

#include "base/encode.h"
#include "engine/work.h"

/* One source as it stands in the bundle, or one of the built-in list. */
struct credential {
	enum source_kind kind;
	bool verified; /* a value counts only if HAProxy says so */
	struct span name;
};

/* Where credentials usually are; used when the policy lists none. */
static const struct credential built_in[] = {
    {SOURCE_BEARER, false, {NULL, 0}},
    {SOURCE_HEADER, false, {"x-api-key", 9}},
    {SOURCE_CLIENT_CERT, true, {NULL, 0}},
    {SOURCE_BASIC_USER, false, {NULL, 0}},
    {SOURCE_COOKIE, false, {"session", 7}},
    {SOURCE_COOKIE, false, {"sessionid", 9}},
    {SOURCE_COOKIE, false, {"JSESSIONID", 10}},
    {SOURCE_COOKIE, false, {"PHPSESSID", 9}},
    {SOURCE_COOKIE, false, {"connect.sid", 11}},
};

const char *
identity_kind_name(enum identity_kind kind)
{
	static const char *const name[] = {
	    [IDENTITY_WEAK] = "weak",
	    [IDENTITY_BEARER] = "bearer",
	    [IDENTITY_JWT] = "jwt",
	    [IDENTITY_HEADER] = "header",
	    [IDENTITY_QUERY] = "query",
	    [IDENTITY_COOKIE] = "cookie",
	    [IDENTITY_CLIENT_CERT] = "client_cert",
	    [IDENTITY_BASIC] = "basic",
	};

	return name[kind];
}

void
identity_hex(struct hash128 identity, char out[32])
{
	uint64_t half[2] = {identity.hi, identity.lo};

	for (unsigned i = 0; i < 32; i++)
		out[i] = "0123456789abcdef"[half[i / 16] >> (60 - 4 * (i % 16)) & 15];
}

static enum identity_kind
kind_of(enum source_kind kind)
{
	switch (kind) {
	case SOURCE_BEARER: return IDENTITY_BEARER;
	case SOURCE_JWT_CLAIM: return IDENTITY_JWT;
	case SOURCE_HEADER: return IDENTITY_HEADER;
	case SOURCE_QUERY: return IDENTITY_QUERY;
	case SOURCE_COOKIE: return IDENTITY_COOKIE;
	case SOURCE_CLIENT_CERT: return IDENTITY_CLIENT_CERT;
	case SOURCE_BASIC_USER: return IDENTITY_BASIC;
	}
	return IDENTITY_WEAK;
}

/* Whether HAProxy's list names the source: "jwt" or "header:x-api-key". */
static bool
is_verified(const struct work *w, const struct credential *c)
{
	struct span rest = w->r->verified, item;
	struct span kind = span_str(identity_kind_name(kind_of(c->kind)));

	if (c->kind == SOURCE_CLIENT_CERT)
		return true; /* sent only then */
	while (!span_absent(rest)) {
		item = span_trim(span_cut(&rest, ','));
		if (!span_starts(item, kind))
			continue;
		item = span_from(item, kind.n);
		if (item.n == 0 ||
		    (item.p[0] == ':' && span_eq(span_from(item, 1), c->name)))
			return true;
	}
	return false;
}

static struct span
query_value(struct work *w, struct span wanted)
{
	struct span rest = w->seen->target.query, name, value;
	uint32_t flags = 0;

	while (query_next(&rest, &name, &value))
		if (span_eq(target_decode(name, true, &flags, w->a), wanted))
			return target_decode(value, true, &flags, w->a);
	return SPAN_NONE;
}

static struct span
credential_value(struct work *w, const struct credential *c)
{
	const struct headers *h = &w->seen->headers;
	struct span authorization;

	switch (c->kind) {
	case SOURCE_HEADER: return headers_get(h, c->name);
	case SOURCE_QUERY: return query_value(w, c->name);
	case SOURCE_COOKIE: return cookie_get(h, c->name);
	case SOURCE_CLIENT_CERT: return w->r->client_cert;
	default: break;
	}
	authorization = headers_known(h, HDR_AUTHORIZATION);
	if (span_absent(authorization))
		return SPAN_NONE;
	switch (c->kind) {
	case SOURCE_BEARER: return authorization_bearer(authorization);
	case SOURCE_JWT_CLAIM:
		authorization = authorization_bearer(authorization);
		return span_absent(authorization)
		    ? SPAN_NONE
		    : jwt_claim(authorization, c->name, w->a);
	case SOURCE_BASIC_USER: return authorization_basic_user(authorization, w->a);
	default: return SPAN_NONE;
	}
}

/* The address without what one client may change: /24, or /48 of IPv6. */
static void
update_prefix(struct siphash *s, struct span source)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (source.n == 16 && memcmp(source.p, mapped, sizeof(mapped)) == 0)
		source = span_from(source, 12);
	if (source.n == 4)
		source = span_head(source, 3);
	else if (source.n == 16)
		source = span_head(source, 6);
	siphash_update_span(s, source);
}

static void
update_features(struct siphash *s, struct work *w)
{
	uint64_t feature[2] = {work_tls_print(w), w->seen->headers.order_hash};

	siphash_update(s, feature, sizeof(feature));
	update_prefix(s, w->r->source);
}

static bool
credential_take(struct work *w, const struct credential *c)
{
	struct span value = credential_value(w, c);
	bool claim = c->kind == SOURCE_JWT_CLAIM || c->kind == SOURCE_BASIC_USER;
	/* whole words: the hash then runs without carrying bytes over */
	uint64_t kind = c->kind;
	struct siphash s;
	bool verified;

	if (value.n == 0)
		return false;
	verified = is_verified(w, c);
	if (c->verified && !verified)
		return false;
	siphash_init(&s, w->e->o.identity_key, true);
	siphash_update(&s, &kind, sizeof(kind));
	siphash_update_span(&s, c->name);
	siphash_update_span(&s, value);
	if (claim && !verified)
		update_features(&s, w);
	w->v->identity = siphash_final128(&s);
	w->v->identity_kind = kind_of(c->kind);
	if (verified)
		w->v->flags |= VERDICT_VERIFIED;
	return true;
}

static void
identity_weak(struct work *w)
{
	uint64_t kind = 0;
	struct siphash s;

	siphash_init(&s, w->e->o.identity_key, true);
	siphash_update(&s, &kind, sizeof(kind));
	update_features(&s, w);
	w->v->identity = siphash_final128(&s);
	w->v->identity_kind = IDENTITY_WEAK;
	w->v->flags |= VERDICT_WEAK;
}

void
identity_find(struct work *w)
{
	const struct bundle *b = w->b;
	unsigned n = sizeof(built_in) / sizeof(*built_in);

	if (b != NULL && b->sources != 0) {
		for (uint32_t i = 0; i < b->sources; i++) {
			const struct bundle_source *s = &b->source[i];
			struct credential c = {(enum source_kind)s->kind,
			    s->verified != 0, bundle_text(b, s->name)};

			if (credential_take(w, &c))
				return;
		}
	} else {
		for (unsigned i = 0; i < n; i++)
			if (credential_take(w, &built_in[i]))
				return;
	}
	identity_weak(w);
}
