/*
 * From (host, path) to a service: the first entry of SECTION_HOST that matches. Exact hosts
 * are found by a hash made with the engine, patterns ("*.example.com", "*") are few and
 * tried in order; the earlier entry wins. Pure after service_index_init().
 */
#ifndef ENGINE_SERVICE_H
#define ENGINE_SERVICE_H

#include "bundle/bundle.h"

struct service_index {
	uint32_t *slot; /* first entry of a host + 1, 0: empty */
	uint32_t *next; /* per entry: next with the same host, or BUNDLE_NONE */
	uint32_t *pattern; /* entries with a pattern, ascending */
	uint32_t patterns;
	uint32_t mask; /* slots - 1 */
};

MUST_CHECK int service_index_init(struct service_index *x, const struct bundle *b);
void service_index_fini(struct service_index *x);
/* host: normalised, may be absent; path: normalised. BUNDLE_NONE when nothing matches. */
uint32_t service_find(const struct service_index *x, const struct bundle *b,
    struct span host, struct span path);

#endif
