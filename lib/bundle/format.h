/*
 * The policy bundle on disk and in memory: one file, offsets instead of pointers, little
 * endian, every array aligned to 8, the file read-only from a sealed memfd. yett-bundle(5)
 * tells the same story for people.
 *
 *   0        header (struct bundle_header)
 *   128      section table: header.sections × struct bundle_section, ascending id
 *   …        sections, each at a multiple of 64, zero filled between
 *   end-N    signature block (struct bundle_signature) × header.signatures
 *
 * A signature is Ed25519 over all bytes from 0 to the first signature block. Strings are
 * (offset, length) pairs into SECTION_TEXT, not terminated. The same input gives the same
 * bytes: no clock, no pointer, no hash order enters (header.created_us comes from input).
 *
 * Ranges are laid out without gap or overlap: the ranges that services, nodes, sets, rules
 * and anchors own in other sections follow each other in the order of their owners, and a
 * trie's nodes in the order in which they are met (roots first, then the children of each
 * node, literals before params). So one pass in order checks all of it without memory.
 */
#ifndef BUNDLE_FORMAT_H
#define BUNDLE_FORMAT_H

#include <stdint.h>

#define BUNDLE_MAGIC "YETTBNDL"
#define BUNDLE_FORMAT 1
#define BUNDLE_BYTES_MAX (256u << 20)
#define BUNDLE_SIGNATURE_MAGIC "YETTSIG1"
#define BUNDLE_SIGNATURES_MAX 4
#define BUNDLE_NONE UINT32_MAX /* "no such index" everywhere */

struct bundle_header {
	char magic[8];
	uint32_t format;
	uint32_t sections;
	uint64_t revision; /* monotonic within an environment */
	int64_t created_us;
	int64_t not_before_us; /* 0: at once */
	int64_t expires_us; /* 0: never; expiry alarms and never stops enforcing */
	char environment[8]; /* dev, qa, prod; zero filled */
	uint32_t min_agent; /* major << 16 | minor << 8 | patch */
	uint32_t signatures;
	uint64_t total_bytes; /* of the whole file */
	uint64_t
	    parent; /* revision that this one replaced, or whose content it restores */
	uint8_t content[32]; /* SHA-256 of everything from the section table to the first
	                        signature block: same content, same value */
	uint8_t reserved[16];
};
_Static_assert(sizeof(struct bundle_header) == 128, "header layout");

struct bundle_section {
	uint32_t id;
	uint32_t stride; /* bytes of one element */
	uint64_t offset; /* from the file's start */
	uint64_t count; /* elements */
};
_Static_assert(sizeof(struct bundle_section) == 24, "section layout");

struct bundle_signature {
	char magic[8];
	char key_id[8];
	uint8_t signature[64];
};
_Static_assert(sizeof(struct bundle_signature) == 80, "signature layout");

struct bundle_text {
	uint32_t offset, length; /* in SECTION_TEXT */
};

/* id, value, element. Every section must be present, with count 0 if there is nothing;
 * unknown ids are refused. A file of an earlier compiler ends with an earlier section, but
 * not before BUNDLE_SECTIONS_MIN: what it lacks is empty, so that a newer agent goes on with
 * the policy in force. */
#define BUNDLE_SECTIONS_MIN 22
#define BUNDLE_SECTION_TABLE(X)                               \
	X(SECTION_TEXT, 1, char)                              \
	X(SECTION_META, 2, struct bundle_meta)                \
	X(SECTION_SERVICE, 3, struct bundle_service)          \
	X(SECTION_HOST, 4, struct bundle_host)                \
	X(SECTION_ENDPOINT, 5, struct bundle_endpoint)        \
	X(SECTION_NODE, 6, struct bundle_node)                \
	X(SECTION_LITERAL, 7, struct bundle_literal)          \
	X(SECTION_PARAM, 8, struct bundle_param)              \
	X(SECTION_LEAF, 9, struct bundle_leaf)                \
	X(SECTION_SOURCE, 10, struct bundle_source)           \
	X(SECTION_PREDICATE, 11, struct bundle_predicate)     \
	X(SECTION_STEP, 12, struct bundle_step)               \
	X(SECTION_SET, 13, struct bundle_set)                 \
	X(SECTION_SET_SLOT, 14, struct bundle_set_slot)       \
	X(SECTION_RULE, 15, struct bundle_rule)               \
	X(SECTION_KEY, 16, struct bundle_key)                 \
	X(SECTION_ANCHOR, 17, struct bundle_anchor)           \
	X(SECTION_ANCHOR_SLOT, 18, struct bundle_anchor_slot) \
	X(SECTION_POSTING, 19, uint32_t)                      \
	X(SECTION_FREE_RULE, 20, uint32_t)                    \
	X(SECTION_WORD, 21, uint64_t)                         \
	X(SECTION_SELFTEST, 22, struct bundle_selftest)       \
	X(SECTION_CLASS, 23, struct bundle_class)

enum bundle_section_id {
#define X(id, value, element) id = value,
	BUNDLE_SECTION_TABLE(X)
#undef X
	    SECTIONS_MAX = 32
};

enum mode { MODE_OFF, MODE_SHADOW, MODE_ENFORCE };

/* One element. */
struct bundle_meta {
	struct bundle_text compiler; /* "yettc 0.1.0" */
	struct bundle_text source; /* where it was compiled from */
	struct bundle_text note; /* what the operator said */
	uint32_t
	    unmatched_service; /* a service index for unmatched hosts, or BUNDLE_NONE:
	                               each normalised host is a service of its own */
	uint32_t
	    default_mode; /* enum mode: upper bound for every rule (a global shadow) */
};

/* Services and the ordered list of (host pattern, path prefix) that maps to them; the first
 * that matches wins. Host pattern: exact, "*.example.com", or "*". */
struct bundle_service {
	struct bundle_text name;
	uint32_t root; /* node of its router, or BUNDLE_NONE */
	uint32_t pad;
};
struct bundle_host {
	struct bundle_text pattern;
	struct bundle_text
	    prefix; /* normalised path prefix, matched at a segment's end */
	uint32_t service;
	uint32_t pad;
};

struct bundle_endpoint {
	uint64_t hash; /* endpoint_hash(service, method, template) */
	uint32_t id; /* PostgreSQL's u32, 0: none assigned */
	uint32_t service;
	struct bundle_text method;
	struct bundle_text template;
	struct bundle_text label; /* "GET /users/{number}", the ACK's `endpoint`: method,
	                             blank, template, and behind another blank the
	                             sub-operation if there is one */
	struct bundle_text operation; /* sub-operation, length 0: the URL itself */
	uint32_t mode; /* enum mode: upper bound for rules on this endpoint */
	uint32_t flags; /* enum endpoint_flag */
};
enum endpoint_flag {
	ENDPOINT_WANT_BODY = 1, /* the analyst asked for every body (discovery) */
	ENDPOINT_OPERATIONS =
	    2, /* sub-operations of this URL are endpoints of their own */
};

/*
 * Router: a trie over segments. A node's literals are an open hash of 2^k slots; its
 * params are sorted narrowest first and accept segments whose class mask meets class_mask.
 * Literal before typed parameter before {text}, depth first with backtracking.
 */
struct bundle_node {
	uint32_t literal; /* first slot in SECTION_LITERAL */
	uint32_t literal_mask; /* slots - 1, BUNDLE_NONE: no literals */
	uint32_t param; /* first in SECTION_PARAM */
	uint32_t params;
	uint32_t leaf; /* first in SECTION_LEAF: endpoints that end here */
	uint32_t leaves;
};
struct bundle_literal {
	uint64_t
	    hash; /* bundle_hash of the decoded literal; slot (hash & mask), linear probing */
	struct bundle_text text; /* length 0 and child NONE: an empty slot */
	uint32_t child;
	uint32_t pad;
};
struct bundle_param {
	uint32_t class_mask; /* 1 << enum segment_class; UINT32_MAX: any segment */
	uint32_t child;
	struct bundle_text
	    before; /* OData: "Users" of Users({number}); length 0: whole segment */
};
struct bundle_leaf {
	struct bundle_text method; /* length 0: any */
	struct bundle_text verb; /* ":verb", length 0: none */
	struct bundle_text operation; /* sub-operation, length 0: the URL itself */
	uint32_t endpoint;
	uint32_t pad;
};

/* Credential sources in the order they are tried. */
enum source_kind {
	SOURCE_BEARER = 1,
	SOURCE_JWT_CLAIM,
	SOURCE_HEADER,
	SOURCE_QUERY,
	SOURCE_COOKIE,
	SOURCE_CLIENT_CERT,
	SOURCE_BASIC_USER,
};
struct bundle_source {
	uint32_t kind;
	uint32_t
	    verified; /* 1: verified_by = haproxy: a value counts only if HAProxy says so */
	struct bundle_text name; /* header, parameter, cookie or claim */
};

/*
 * A predicate compares one field with a constant. Equal predicates are one element, so a
 * request evaluates each at most once however many rules share it.
 */
enum predicate_op {
	OP_EXISTS = 1,
	OP_EQ,
	OP_IN,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_CONTAINS,
	OP_STARTS,
	OP_ENDS,
	OP_MATCHES, /* PCRE2, UTF off, unanchored unless the pattern says so */
	OP_HAS, /* a named bit of a flags field */
	OP_TRUE, /* a boolean field as it stands */
};
enum predicate_transform {
	TRANSFORM_NONE,
	TRANSFORM_LOWER,
	TRANSFORM_LEN,
	TRANSFORM_COUNT
};
struct bundle_predicate {
	uint16_t field; /* enum field_id of engine/field.def */
	uint8_t op;
	uint8_t transform;
	uint32_t set; /* OP_IN: set index */
	struct bundle_text key; /* map fields: header name, parameter, JSON path */
	struct bundle_text text; /* constant string, pattern; addresses in text form */
	int64_t number; /* constant integer, or mask of OP_HAS */
};

/* A rule's condition is a decision graph over predicates: test one, go on. */
#define STEP_MATCH 0xffff
#define STEP_NO_MATCH 0xfffe
struct bundle_step {
	uint32_t predicate;
	uint16_t if_true,
	    if_false; /* steps relative to the rule's first, always forward */
};

/* A set of constants: an open hash of strings, or of integers, or a sorted list of
 * addresses with prefix lengths (scanned). */
enum set_kind { SET_TEXT = 1, SET_NUMBER, SET_ADDRESS };
struct bundle_set {
	uint32_t kind;
	uint32_t slot; /* first in SECTION_SET_SLOT */
	uint32_t mask; /* slots - 1 (hash) or count - 1 (addresses) */
	uint32_t n; /* values */
};
struct bundle_set_slot {
	uint64_t hash; /* bundle_hash of the text or of the 8 bytes of the number */
	struct bundle_text text;
	int64_t number; /* SET_ADDRESS: prefix length in bits */
	uint8_t address[16]; /* v4 as ::ffff:a.b.c.d */
	uint32_t used, pad;
};

enum rule_action {
	ACTION_ALLOW = 1,
	ACTION_DENY,
	ACTION_RATE,
	ACTION_DROP,
	ACTION_WATCH, /* asks for a watch, decides nothing */
	ACTION_EVENT, /* a decision event, decides nothing */
};
enum rule_flag {
	RULE_NETWORK = 1, /* a network exception: the only place for bare addresses */
	RULE_WEAK_TOO = 2, /* a limit that enforces on weak identities as well */
	RULE_HISTORY = 4, /* reads history: abstains when it is incomplete */
	RULE_BODY = 8, /* reads the body */
	RULE_LIMIT = 16, /* counts; matches only what is over */
};
struct
    bundle_rule { /* in the order of decision: network exceptions, rules, limits; each by
                     priority, then name */
	struct bundle_text name; /* unique */
	struct bundle_text reason;
	struct bundle_text owner;
	uint64_t name_hash; /* bundle_hash(name): stable key of counters and limits */
	uint32_t step; /* first; BUNDLE_NONE: always matches */
	uint32_t steps;
	uint32_t flags;
	uint8_t action;
	uint8_t mode;
	uint16_t status; /* deny: one of the listed statuses */
	int32_t priority; /* lower first */
	uint32_t key; /* limit: first in SECTION_KEY */
	uint32_t keys;
	int64_t not_before_us, expires_us; /* 0: open */
	uint64_t period_ns; /* limit: time for one (T of GCRA) */
	uint32_t burst; /* limit: at once, ≥ 1 */
	uint32_t endpoint; /* the only endpoint it can match, or BUNDLE_NONE */
	struct bundle_text when; /* condition as text, for people; the steps decide */
};
struct bundle_key { /* what a limit counts by */
	uint16_t field;
	uint8_t transform;
	uint8_t pad[5];
	struct bundle_text key;
};

/*
 * Which rules can match at all: an anchor is a field (and key) that some rules compare
 * with constants by eq or in, in a place where the rule cannot match otherwise. The
 * request's value finds the postings of rule numbers; rules without an anchor are listed
 * in SECTION_FREE_RULE. Ascending rule numbers. A rule in mode off stands in neither.
 * Only fields with one value, http.header and http.cookie are anchors; no body field.
 */
#define BUNDLE_ANCHORS_MAX 32
struct bundle_anchor {
	uint16_t field;
	uint8_t transform;
	uint8_t pad;
	uint32_t slot; /* first in SECTION_ANCHOR_SLOT */
	uint32_t mask; /* slots - 1 */
	uint32_t pad2;
	struct bundle_text key;
};
struct bundle_anchor_slot {
	uint64_t
	    hash; /* bundle_hash of the text, or of the 8 bytes of the number; 0: empty */
	uint32_t posting; /* first in SECTION_POSTING */
	uint32_t postings;
};

/* SECTION_WORD: sorted bundle_hash of undecided words that may leave hosts. */

/* A request in text and the verdict it must get; run by the supervisor before use. */
struct bundle_selftest {
	struct bundle_text method, host, path, query;
	struct bundle_text headers; /* "name: value\n" lines */
	struct bundle_text body;
	struct bundle_text rule; /* expected rule, length 0: none */
	uint32_t action; /* expected, enum rule_action with ACTION_ALLOW for none */
	uint32_t endpoint; /* expected index or BUNDLE_NONE */
};

/* A class of data that the customer defines, beside those built into lib/classify, which
 * tells what groups and mask mean. Ascending by name. */
#define BUNDLE_CLASSES_MAX 64
#define BUNDLE_CLASS_NAME_MAX 24
#define BUNDLE_CLASS_GROUPS 63u /* all bits of enum class_group */
#define BUNDLE_CLASS_MASK_MAX 4u /* the last of enum class_mask */
struct bundle_class {
	struct bundle_text name; /* [a-z][a-z0-9_]{0,23} */
	struct bundle_text title;
	struct bundle_text pattern; /* PCRE2, whole value; length 0: by name alone */
	struct bundle_text validator; /* length 0: none */
	struct bundle_text
	    names; /* words of field names, blank between; length 0: none */
	uint32_t groups; /* enum class_group */
	uint32_t mask; /* enum class_mask */
};

#endif
