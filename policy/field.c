/* The field table with what only the compiler needs beside it. */
#include "policy/field.h"

#include "http/target.h"

static const char *const http_versions[] = {"1.0", "1.1", "2.0", "3.0", NULL};
static const char *const body_states[] = {"complete", "truncated", "malformed", NULL};
static const char *const body_kinds[] = {"none", "json", "form", "multipart", "xml",
    "grpc", "graphql", "text", "binary", NULL};
static const char *const identity_sources[] = {
    "bearer", "jwt", "header", "query", "cookie", "client_cert", "basic", "weak", NULL};

static struct field_info table[FIELDS] = {
#define FIELD(id, name, type, keyed, group, doc) \
	[id] = {name, FIELD_##type, keyed, GROUP_##group, doc, false, 0, NULL},
#include "engine/field.def"
#undef FIELD
};

/* How rare one value is among requests; body fields and histories are no anchors, for an
 * anchor is read for every request. */
static uint8_t
selective(enum field_id field)
{
	switch (field) {
	case F_IDENTITY: return 10;
	case F_CLIENT_CERT: return 10;
	case F_TLS_JA3:
	case F_TLS_JA4:
	case F_TLS_PRINT: return 9;
	case F_ENDPOINT: return 8;
	case F_ENDPOINT_LABEL: return 8;
	case F_ENDPOINT_TEMPLATE: return 8;
	case F_PATH:
	case F_RAW_PATH: return 8;
	case F_HEADER_ORDER: return 7;
	case F_HEADER:
	case F_COOKIE: return 6;
	case F_USER_AGENT: return 6;
	case F_ARG: return 4;
	case F_TLS_SNI:
	case F_HOST: return 5;
	case F_SERVICE: return 5;
	case F_CONTENT_TYPE: return 3;
	case F_FRONTEND: return 2;
	case F_TLS_ALPN:
	case F_VERSION:
	case F_IDENTITY_SOURCE: return 1;
	case F_METHOD: return 2;
	default: return 0;
	}
}

static const char *const *
values_of(enum field_id field)
{
	switch (field) {
	case F_VERSION: return http_versions;
	case F_BODY_STATE: return body_states;
	case F_BODY_KIND: return body_kinds;
	case F_IDENTITY_SOURCE: return identity_sources;
	default: return NULL;
	}
}

const struct field_info *
field_info(enum field_id field)
{
	struct field_info *f;

	CHECK(field < FIELDS);
	f = &table[field];
	f->address = field == F_SOURCE || field == F_SOURCE_PORT;
	f->selective = selective(field);
	f->values = values_of(field);
	return f;
}

enum field_id
field_find(struct span name, struct suggestion *s)
{
	suggest_init(s, name);
	for (enum field_id f = 0; f < FIELDS; f++) {
		if (span_eq(name, span_str(table[f].name)))
			return f;
		suggest_offer(s, span_str(table[f].name));
	}
	return FIELDS;
}

const char *
field_type_name(enum field_type t)
{
	static const char *const names[] = {
	    "a text", "a number", "yes or no", "an address", "a set of flags"};

	return names[t];
}

static const struct {
	const char *name;
	int64_t mask;
} flags[] = {
#define X(id, bit, name) {name, INT64_C(1) << bit},
    TARGET_FLAG_TABLE(X)
#undef X
};

int64_t
field_flag(struct span name, struct suggestion *s)
{
	suggest_init(s, name);
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		if (span_eq(name, span_str(flags[i].name)))
			return flags[i].mask;
		suggest_offer(s, span_str(flags[i].name));
	}
	return 0;
}

const char *
field_flag_name(int64_t mask)
{
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (flags[i].mask == mask)
			return flags[i].name;
	return NULL;
}
