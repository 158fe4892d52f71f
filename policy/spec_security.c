/* Security schemes by what a gateway can see of them. */
#include "policy/spec_read.h"

static struct span
kind_of_http(struct spec_reader *r, struct span scheme)
{
	if (span_ieq(scheme, SPAN("bearer")))
		return SPAN("bearer");
	if (span_ieq(scheme, SPAN("basic")))
		return SPAN("basic");
	return pool_printf(r->pool, "http:%.*s", DIAG_SPAN(scheme));
}

static struct span
kind_of_key(struct spec_reader *r, const struct spec_node *n)
{
	struct span in = spec_node_text(n, "in"), name = spec_node_text(n, "name");
	struct span kind = pool_printf(r->pool, "%.*s:%.*s", DIAG_SPAN(in),
	    (int)(name.n > 200 ? 200 : name.n), name.p ? name.p : "");

	if (span_eq(in, SPAN("header"))) {
		/* an API key in Authorization is a bearer to whoever looks at it */
		if (span_ieq(name, SPAN("authorization")))
			return SPAN("bearer");
		for (size_t i = 0; i < kind.n; i++)
			((char *)(uintptr_t)kind.p)[i] = ascii_lower(kind.p[i]);
	}
	return kind;
}

static struct span
kind_of(struct spec_reader *r, const struct spec_node *n)
{
	struct span type = spec_node_text(n, "type");

	if (span_eq(type, SPAN("http")))
		return kind_of_http(r, spec_node_text(n, "scheme"));
	if (span_eq(type, SPAN("basic")))
		return SPAN("basic");
	if (span_eq(type, SPAN("apiKey")))
		return kind_of_key(r, n);
	if (span_eq(type, SPAN("oauth2")) || span_eq(type, SPAN("openIdConnect")))
		return SPAN("bearer");
	if (span_eq(type, SPAN("mutualTLS")))
		return SPAN("client_cert");
	return SPAN("other");
}

void
spec_read_schemes(struct spec_reader *r)
{
	const struct spec_node *schemes = r->spec->format == SPEC_SWAGGER_20
	    ? spec_node_get(r->root, "securityDefinitions")
	    : spec_node_get(spec_node_get(r->root, "components"), "securitySchemes");

	SPEC_EACH (x, schemes) {
		const struct spec_node *n = spec_ref_follow(&r->refs, x);

		if (x->key.n)
			*VEC_ADD(r->pool, &r->schemes) =
			    (struct spec_scheme){x->key, kind_of(r, n)};
	}
}

static struct span
scheme_kind(struct spec_reader *r, const struct spec_node *n)
{
	for (uint32_t i = 0; i < r->schemes.n; i++)
		if (span_eq(r->schemes.v[i].name, n->key))
			return r->schemes.v[i].kind;
	diag_warn(r->diags, spec_reader_at(r, n), "there is no security scheme \"%.*s\"",
	    DIAG_SPAN(n->key));
	return SPAN("other");
}

void
spec_read_security(struct spec_reader *r, const struct spec_node *op, span_list *out)
{
	const struct spec_node *security = spec_node_get(op, "security");

	if (security == NULL)
		security = spec_node_get(r->root, "security");
	if (security == NULL || security->kind != NODE_LIST)
		return;
	if (security->n == 0)
		*VEC_ADD(r->pool, out) = SPAN("none");
	SPEC_EACH (x, security) {
		struct span all = SPAN_NONE;

		SPEC_EACH (y, x) {
			struct span kind = scheme_kind(r, y);

			all = span_absent(all)
			    ? kind
			    : pool_printf(r->pool, "%.*s+%.*s", (int)all.n, all.p,
				  (int)kind.n, kind.p);
		}
		*VEC_ADD(r->pool, out) = span_absent(all) ? SPAN("none") : all;
	}
}
