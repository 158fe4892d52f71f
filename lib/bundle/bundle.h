/*
 * Opening a bundle: bundle_open() is the one way in (signature first, then structure), so
 * there is no unsigned path. After it every offset, count, index and cross-reference has
 * been checked: readers index without tests. Pure: bytes and a `now` in.
 */
#ifndef BUNDLE_BUNDLE_H
#define BUNDLE_BUNDLE_H

#include "base/buf.h"
#include "base/span.h"
#include "bundle/format.h"
#include "crypto/keyfile.h"

struct bundle {
	struct span bytes; /* owner: the caller, must outlive this */
	const struct bundle_header *header;
	const char *text;
	size_t text_bytes;
	const struct bundle_meta *meta;
	/* Each section: array and count. */
	const struct bundle_service *service;
	const struct bundle_host *host;
	const struct bundle_endpoint *endpoint;
	const struct bundle_node *node;
	const struct bundle_literal *literal;
	const struct bundle_param *param;
	const struct bundle_leaf *leaf;
	const struct bundle_source *source;
	const struct bundle_predicate *predicate;
	const struct bundle_step *step;
	const struct bundle_set *set;
	const struct bundle_set_slot *set_slot;
	const struct bundle_rule *rule;
	const struct bundle_key *key;
	const struct bundle_anchor *anchor;
	const struct bundle_anchor_slot *anchor_slot;
	const uint32_t *posting;
	const uint32_t *free_rule;
	const uint64_t *word;
	const struct bundle_selftest *selftest;
	const struct bundle_class *cls;
	uint32_t services, hosts, endpoints, nodes, literals, params, leaves, sources,
	    predicates, steps, sets, set_slots, rules, keys, anchors, anchor_slots,
	    postings, free_rules, words, selftests, classes;
	char key_id[9]; /* the key whose signature held */
};

/* What the opener demands. */
struct bundle_trust {
	const struct signer *keys;
	unsigned n;
	const char
	    *environment; /* must equal the header's; a key made for another environment
	                            (keygen --dev) signs nothing else */
	uint32_t agent_version; /* major << 16 | minor << 8 | patch */
	uint64_t
	    revision_now; /* what is in force; a lower or equal revision is ERR_OLDER,
	                          unless the content is the same; 0: none */
	int64_t now_us;
	uint8_t content_now[32]; /* header.content of what is in force; zeros: none */
};

struct bundle_error {
	char text[200]; /* what and where, for people */
};

/* ERR_SIGNATURE (absent, unknown key, broken: all the same), ERR_ENVIRONMENT, ERR_EARLY,
 * ERR_OLDER, ERR_VERSION, ERR_CORRUPT (structure), ERR_LIMIT. An expired bundle opens:
 * it alarms and goes on being enforced. bytes.p must be aligned to 8 (a mapping or an allocation is);
 * ERR_INVALID if not. Allocates nothing. */
MUST_CHECK int bundle_open(struct span bytes, const struct bundle_trust *trust,
    struct bundle *out, struct bundle_error *error);

/* Structure alone, for the compiler, `yettc dump` and the fuzzer: never for enforcing. */
MUST_CHECK int
bundle_parse(struct span bytes, struct bundle *out, struct bundle_error *error);

static inline struct span
bundle_text(const struct bundle *b, struct bundle_text t)
{
	return span_make(b->text + t.offset, t.length);
}

/* The fixed hash of the format's tables (not keyed; SipHash with a constant key). Never 0. */
uint64_t bundle_hash(struct span s);
uint64_t bundle_hash_number(int64_t v);

/* Looks a value up in a set. hash: bundle_hash(value), which the caller has at hand. */
bool bundle_set_has_text(
    const struct bundle *b, uint32_t set, uint64_t hash, struct span value);
bool bundle_set_has_number(const struct bundle *b, uint32_t set, int64_t value);
bool
bundle_set_has_address(const struct bundle *b, uint32_t set, const uint8_t address[16]);
/* Postings of a value at an anchor, NULL and 0 if none. */
const uint32_t *
bundle_anchor_find(const struct bundle *b, uint32_t anchor, uint64_t hash, uint32_t *n);
bool bundle_has_word(const struct bundle *b, struct span word);

/* The customer's classes of data, ascending by name; what is not said is absent. Numbers as
 * in enum class_group and enum class_mask of classify/classify.h, which nothing here knows.
 * The spans live as long as the bundle's bytes. */
struct bundle_class_info {
	struct span name, title, pattern, validator, names;
	uint32_t groups, mask;
};
uint32_t bundle_class_count(const struct bundle *b); /* ≤ BUNDLE_CLASSES_MAX */
void bundle_class_get(const struct bundle *b, uint32_t i, struct bundle_class_info *out);

/*
 * Restamping: the same content under another revision, signed anew. The one way in which a
 * bundle's header changes after it was compiled: sign, publish and rollback.
 */
struct bundle_stamp {
	uint64_t revision; /* ≥ 1 */
	uint64_t parent; /* revision it replaces, or whose content it restores; 0: none */
	int64_t created_us, not_before_us, expires_us; /* as in the header */
	const struct signer *keys; /* with private halves; each signs */
	unsigned n; /* 0: leaves the bundle unsigned, which nothing can load */
};

/* The stamp that a bundle bears, without keys. */
void bundle_stamp_of(const struct bundle *b, struct bundle_stamp *out);
/* Appends the restamped bundle to *out. ERR_ENVIRONMENT (a key made for another one),
 * ERR_LIMIT (more than BUNDLE_SIGNATURES_MAX keys), ERR_INVALID (no private half, revision
 * 0, dates that contradict), ERR_NOMEM, ERR_IO, and the errors of bundle_parse. */
MUST_CHECK int bundle_stamp(struct span bytes, const struct bundle_stamp *stamp,
    struct buf *out, struct bundle_error *error);

/* Whether a rule may answer with this status, as action says (status.def). */
bool bundle_status_listed(unsigned status, enum rule_action action);

#endif
