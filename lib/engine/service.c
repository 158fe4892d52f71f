/* Hosts to services. */
#include "engine/service.h"

#include <stdlib.h>

#include "engine/hash.h"

static bool
is_pattern(struct span p)
{
	return p.n != 0 && p.p[0] == '*';
}

static void
index_entry(struct service_index *x, const struct bundle *b, uint32_t entry)
{
	struct span host = bundle_text(b, b->host[entry].pattern);
	uint32_t h = hash_name(host), at;

	x->next[entry] = BUNDLE_NONE;
	if (is_pattern(host)) {
		x->pattern[x->patterns++] = entry;
		return;
	}
	for (;; h++) {
		if (x->slot[h & x->mask] == 0) {
			x->slot[h & x->mask] = entry + 1;
			return;
		}
		at = x->slot[h & x->mask] - 1;
		if (span_eq(bundle_text(b, b->host[at].pattern), host))
			break;
	}
	while (x->next[at] != BUNDLE_NONE)
		at = x->next[at];
	x->next[at] = entry;
}

int
service_index_init(struct service_index *x, const struct bundle *b)
{
	size_t slots = 16;

	*x = (struct service_index){0};
	while (slots < 2 * (size_t)b->hosts)
		slots *= 2;
	x->mask = (uint32_t)(slots - 1);
	x->slot = calloc(slots, sizeof(*x->slot));
	x->next = calloc((size_t)b->hosts + 1, sizeof(*x->next));
	x->pattern = calloc((size_t)b->hosts + 1, sizeof(*x->pattern));
	if (x->slot == NULL || x->next == NULL || x->pattern == NULL) {
		service_index_fini(x);
		return ERR_NOMEM;
	}
	for (uint32_t i = 0; i < b->hosts; i++)
		index_entry(x, b, i);
	return OK;
}

void
service_index_fini(struct service_index *x)
{
	free(x->slot);
	free(x->next);
	free(x->pattern);
	*x = (struct service_index){0};
}

/* "*.example.com" takes every name below it, "*" also a missing host. */
static bool
pattern_takes(struct span pattern, struct span host)
{
	if (pattern.n == 1)
		return true;
	return host.n >= pattern.n && span_ends(host, span_from(pattern, 1));
}

/* A prefix ends where a segment ends: /api takes /api and /api/x, not /apix. */
static bool
prefix_takes(struct span prefix, struct span path)
{
	if (prefix.n == 0 || (prefix.n == 1 && prefix.p[0] == '/'))
		return true;
	if (!span_starts(path, prefix))
		return false;
	return path.n == prefix.n || prefix.p[prefix.n - 1] == '/' ||
	    path.p[prefix.n] == '/';
}

uint32_t
service_find(const struct service_index *x, const struct bundle *b, struct span host,
    struct span path)
{
	uint32_t best = BUNDLE_NONE, entry;

	if (!span_absent(host)) {
		for (uint32_t h = hash_name(host); x->slot[h & x->mask]; h++) {
			entry = x->slot[h & x->mask] - 1;
			if (!span_eq(bundle_text(b, b->host[entry].pattern), host))
				continue;
			for (; entry != BUNDLE_NONE; entry = x->next[entry])
				if (prefix_takes(
					bundle_text(b, b->host[entry].prefix), path))
					break;
			best = entry;
			break;
		}
	}
	for (uint32_t i = 0; i < x->patterns && x->pattern[i] < best; i++) {
		entry = x->pattern[i];
		if (pattern_takes(bundle_text(b, b->host[entry].pattern), host) &&
		    prefix_takes(bundle_text(b, b->host[entry].prefix), path)) {
			best = entry;
			break;
		}
	}
	return best == BUNDLE_NONE ? BUNDLE_NONE : b->host[best].service;
}
