/*
 * The stateless guess of an endpoint's template, the same code in worker and analyst:
 * typed segments become {class}, words and versions stay literal. `/users/42/orders/ord_7`
 * is `/users/{number}/orders/{prefixed}`. A verb follows as ":verb"; OData keys are split:
 * `Users(12)` is `Users({number})`. Pure.
 *
 * A template is text in this grammar, and that text is its identity:
 *   template = "/" | 1*( "/" part ) [ ":" verb ]      part = literal | "{" class "}"
 *              | literal "(" "{" class "}" ")"
 * A literal that contains one of {}():%/?#"\, a blank, a control byte or bytes that are not
 * UTF-8 has them percent-encoded. {text} and {any} are parameters that take any segment.
 * Learned and hand-written templates may also name parameters "{name:class}"; the name is
 * for people and is not part of the identity.
 */
#ifndef HTTP_TEMPLATE_H
#define HTTP_TEMPLATE_H

#include "http/target.h"

#define TEMPLATE_BYTES_MAX 1024 /* longer: cut to "/{overflow}" */
#define ENDPOINT_HASH_PROVISIONAL (UINT64_C(1) << 63)

struct template
{
	struct span text; /* in the arena */
	unsigned undecided; /* segments of class WORD, FILE or TEXT left literal */
	uint32_t
	    undecided_mask; /* bit i: segment i is undecided text; bit n: the verb is */
};

/* ERR_FULL: arena. */
MUST_CHECK int
template_guess(const struct target *t, struct template *out, struct arena *a);

/* The 64-bit key of (service, method, template): a fixed hash, the same on every gateway,
 * top bit clear. Method as received (case matters). */
uint64_t
endpoint_hash(struct span service, struct span method, struct span template_text);

/* One part of a template's text, for the router and the compiler. */
struct template_part {
	struct span
	    literal; /* decoded literal; with a class: the text before "(" or absent */
	struct span name; /* parameter's name or absent */
	int cls; /* enum segment_class, or -1: literal only, or -2: {text}/{any}: any segment */
};
/* Splits a template; *n holds the capacity on entry. ERR_MALFORMED, ERR_LIMIT. The verb is
 * absent when there is none. Decoded literals live in the arena. */
MUST_CHECK int template_parse(struct span text, struct template_part *parts, unsigned *n,
    struct span *verb, struct arena *a);

/* The host of a request as a service key: lower case, no port, no trailing dot, brackets of
 * IPv6 kept; absent and TARGET_HOST_* flags when there is no usable one. */
struct span host_normalise(struct span host, uint32_t *flags, struct arena *a);

#endif
