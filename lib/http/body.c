/* Which kind a body is, and the walk of whatever kind it is. */
#include "http/body.h"

#include "http/headers.h"
#include "http/json.h"
#include "http/utf8.h"

static bool
iends(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_ieq(span_from(s, s.n - suffix.n), suffix);
}

/* Kinds by whole media type; the others by prefix and suffix. */
static const struct {
	struct span media;
	enum body_kind kind;
} kinds[] = {
    {SPAN("application/json"), BODY_JSON},
    {SPAN("application/x-www-form-urlencoded"), BODY_FORM},
    {SPAN("multipart/form-data"), BODY_MULTIPART},
    {SPAN("application/xml"), BODY_XML},
    {SPAN("text/xml"), BODY_XML},
    {SPAN("text/json"), BODY_JSON},
    {SPAN("text/x-json"), BODY_JSON},
    {SPAN("application/x-json"), BODY_JSON},
    {SPAN("application/csp-report"), BODY_JSON},
    {SPAN("application/x-ndjson"), BODY_JSON},
    {SPAN("application/ndjson"), BODY_JSON},
    {SPAN("application/jsonl"), BODY_JSON},
    {SPAN("application/x-jsonlines"), BODY_JSON},
    {SPAN("application/graphql"), BODY_GRAPHQL},
};

static bool
is_lines(struct span media)
{
	return span_ieq(media, SPAN("application/x-ndjson")) ||
	    span_ieq(media, SPAN("application/ndjson")) ||
	    span_ieq(media, SPAN("application/jsonl")) ||
	    span_ieq(media, SPAN("application/x-jsonlines"));
}

enum body_kind
body_kind(struct span content_type)
{
	struct span media = media_type(content_type);

	if (media.n == 0)
		return BODY_NONE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (span_ieq(media, kinds[i].media))
			return kinds[i].kind;
	if (iends(media, SPAN("+json")))
		return BODY_JSON;
	if (iends(media, SPAN("+xml")))
		return BODY_XML;
	if (span_istarts(media, SPAN("application/grpc")))
		return BODY_GRPC;
	if (span_istarts(media, SPAN("multipart/")))
		return BODY_MULTIPART;
	if (span_istarts(media, SPAN("text/")))
		return BODY_TEXT;
	return BODY_BINARY;
}

/* Without a content type many servers look at the first byte; so must we. */
static enum body_kind
kind_by_content(struct span body)
{
	if (span_starts(body, SPAN("\xef\xbb\xbf")))
		body = span_from(body, 3);
	body = span_trim(body);
	if (body.n == 0)
		return BODY_NONE;
	switch (body.p[0]) {
	case '{':
	case '[': return BODY_JSON;
	case '<': return BODY_XML;
	default: return BODY_BINARY;
	}
}

enum body_kind
body_kind_likely(struct span content_type, struct span body)
{
	enum body_kind kind = body_kind(content_type), seen;

	if (kind != BODY_NONE && kind != BODY_TEXT && kind != BODY_FORM &&
	    kind != BODY_BINARY)
		return kind;
	seen = kind_by_content(body);
	return kind == BODY_NONE || seen == BODY_JSON ? seen : kind;
}

/* Text: one leaf without a path. What of it is visible was visited even if it is cut. */
static void
text_walk(struct span body, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r)
{
	struct field f = {
	    .path = SPAN(""),
	    .name = SPAN(""),
	    .value = body,
	    .type = VALUE_STRING,
	};
	bool ends_inside;

	*r = (struct body_result){.state = cut ? BODY_TRUNCATED : BODY_COMPLETE};
	r->offset = body.n;
	if (body.n == 0)
		return;
	if (limits->fields == 0) {
		*r =
		    (struct body_result){.state = BODY_MALFORMED, .flags = BODY_TOO_MANY};
		return;
	}
	if (utf8_valid(body, &ends_inside) != body.n && !(ends_inside && cut))
		r->flags |= BODY_BAD_UTF8;
	if (span_find(body, '\0') < body.n)
		r->flags |= BODY_NUL;
	r->fields = 1;
	if (visit(ctx, &f) != OK)
		r->state = BODY_TRUNCATED;
}

static int
walk_kind(enum body_kind kind, struct span body, struct span content_type, bool cut,
    const struct body_limits *limits, field_visit *visit, void *ctx,
    struct body_result *r, struct arena *a)
{
	switch (kind) {
	case BODY_JSON:
		if (is_lines(media_type(content_type)))
			return json_walk_lines(body, cut, limits, visit, ctx, r, a);
		return json_walk(body, cut, limits, visit, ctx, r, a);
	case BODY_FORM: return form_walk(body, cut, limits, visit, ctx, r, a);
	case BODY_MULTIPART:
		return multipart_walk(body,
		    media_parameter(content_type, SPAN("boundary")), cut, limits, visit,
		    ctx, r, a);
	case BODY_XML: return xml_walk(body, cut, limits, visit, ctx, r, a);
	case BODY_GRAPHQL:
	case BODY_TEXT: text_walk(body, cut, limits, visit, ctx, r); return OK;
	default:
		*r = (struct body_result){.state = BODY_COMPLETE, .offset = body.n};
		return OK;
	}
}

int
body_walk(struct span body, struct span content_type, struct span content_encoding,
    bool cut, const struct body_limits *limits, field_visit *visit, void *ctx,
    struct body_result *r, struct arena *a)
{
	enum body_kind kind = body_kind(content_type);
	struct body_result inflated = {0};
	int rc;

	*r = inflated;
	if (span_trim(content_encoding).n) {
		rc = body_inflate(body, content_encoding, limits, &body, &inflated, a);
		if (rc != OK)
			return rc;
		cut |= inflated.state != BODY_COMPLETE;
	}
	if (body.n == 0 && inflated.flags == 0 && !cut) {
		/* no bytes at all is no document, of whatever kind */
		return OK;
	}
	if (kind == BODY_NONE)
		kind = kind_by_content(body);
	rc = walk_kind(kind, body, content_type, cut, limits, visit, ctx, r, a);
	if (rc != OK)
		return rc;
	r->flags |= inflated.flags;
	if (inflated.state > r->state)
		r->state = inflated.state;
	return OK;
}
