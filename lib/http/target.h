/*
 * The request target, normalised once: percent-decoded once, dot segments resolved,
 * duplicate slashes collapsed; every confusion that two servers might read differently is
 * *flagged*, never mended in silence. Rules and router judge on the normalised segments,
 * and rules can test the flags. Pure; memory from the arena.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "base/arena.h"
#include "base/span.h"

#define TARGET_SEGMENTS_MAX \
	32 /* more: TARGET_TOO_MANY_SEGMENTS, the rest is one segment */
#define SEGMENT_BYTES_MAX 255 /* longer: TARGET_LONG_SEGMENT, class SEG_OVERFLOW */
#define TARGET_BYTES_MAX 65535

/* flag, bit, name in rules (`http.target.flags`) and reports */
#define TARGET_FLAG_TABLE(X)                                                          \
	X(TARGET_DOT_SEGMENT, 0, "dot_segment") /* . or .. also when encoded */       \
	X(TARGET_DOUBLE_ENCODED, 1, "double_encoded") /* %25XX */                     \
	X(TARGET_BAD_PERCENT, 2, "bad_percent") /* % without two hex digits */        \
	X(TARGET_ENCODED_SLASH, 3, "encoded_slash") /* %2f or %5c in a segment */     \
	X(TARGET_BACKSLASH, 4, "backslash")                                           \
	X(TARGET_EMPTY_SEGMENT, 5, "empty_segment") /* // */                          \
	X(TARGET_MATRIX, 6, "matrix") /* ;name=value, cut from the segment */         \
	X(TARGET_NUL, 7, "nul")                                                       \
	X(TARGET_CONTROL, 8, "control") /* byte < 0x20 or 0x7f */                     \
	X(TARGET_BAD_UTF8, 9, "bad_utf8") /* also overlong forms and surrogates */    \
	X(TARGET_ABSOLUTE_FORM, 10, "absolute_form") /* http://host/… in HTTP/1 */  \
	X(TARGET_FRAGMENT, 11, "fragment") /* # in the target */                      \
	X(TARGET_TOO_MANY_SEGMENTS, 12, "too_many_segments")                          \
	X(TARGET_LONG_SEGMENT, 13, "long_segment")                                    \
	X(TARGET_TOO_LONG, 14, "too_long") /* the path was cut at TARGET_BYTES_MAX */ \
	X(TARGET_NO_SLASH, 15, "no_slash") /* does not start with /; also `*` */      \
	X(TARGET_TRAILING_SLASH, 16, "trailing_slash")                                \
	X(TARGET_ENCODED_UNRESERVED, 17, "encoded_unreserved") /* %61dmin */          \
	X(TARGET_NON_ASCII, 18, "non_ascii")                                          \
	X(TARGET_ABOVE_ROOT, 19, "above_root") /* more .. than segments */            \
	X(TARGET_HOST_MISSING, 20, "host_missing")                                    \
	X(TARGET_HOST_BAD, 21, "host_bad") /* several Host headers, bad characters */ \
	X(TARGET_SNI_MISMATCH, 22, "sni_mismatch")

enum target_flag {
#define X(id, bit, name) id = 1 << bit,
	TARGET_FLAG_TABLE(X)
#undef X
};

/*
 * What one segment looks like. A segment has a *mask* of every class that fits it and one
 * narrowest class, the first of this table in the mask. Name: how it stands in a template,
 * NULL for classes whose text stays literal.
 */
#define SEGMENT_CLASS_TABLE(X)                                                            \
	X(SEG_VERSION, 0,                                                                 \
	    NULL) /* v1, v2.1, 2024-01-31 and 1.0 in the first two segments */            \
	X(SEG_SELF, 1, NULL) /* me, self, current, mine: never a parameter */             \
	X(SEG_NUMBER, 2, "number") /* up to 19 digits, optional minus */                  \
	X(SEG_UUID, 3, "uuid")                                                            \
	X(SEG_OBJECTID, 4, "objectid") /* 24 hex digits with a digit and a letter */      \
	X(SEG_ULID, 5, "ulid") /* 26 Crockford characters, first 0-7, a digit */          \
	X(SEG_DATE, 6, "date") /* 2026-11-22 */                                           \
	X(SEG_DATETIME, 7, "datetime")                                                    \
	X(SEG_EMAIL, 8, "email")                                                          \
	X(SEG_IP, 9, "ip") /* v4 or v6 */                                                 \
	X(SEG_PHONE, 10, "phone") /* + and 8 to 15 digits */                              \
	X(SEG_JWT, 11, "jwt")                                                             \
	X(SEG_HEX, 12, "hex") /* ≥ 8 hex digits, a digit and a letter, one case */      \
	X(SEG_DECIMAL, 13, "decimal") /* 1.5, -0.25: coordinates, amounts */              \
	X(SEG_PREFIXED, 14, "prefixed") /* ord_1001, cus_N1x…, ab-12: see segment.c */  \
	X(SEG_BASE64, 15, "base64") /* ≥ 16 url-safe characters, mixed, high entropy */ \
	X(SEG_MIXED, 16, "id") /* letters and digits mixed, no word shape: segment.c */   \
	X(SEG_WORD, 17, NULL) /* letters with - _ . between; undecided text */            \
	X(SEG_FILE, 18, NULL) /* word with a known extension */                           \
	X(SEG_TEXT, 19, NULL) /* anything else: undecided text */                         \
	X(SEG_OVERFLOW, 20, "overflow")

enum segment_class {
#define X(id, bit, name) id = bit,
	SEGMENT_CLASS_TABLE(X)
#undef X
	    SEGMENT_CLASSES
};

/* The template name of a class, NULL when its text stays literal. */
const char *segment_class_name(enum segment_class c);
/* Every class that fits text, bit 1 << class; position counts segments from 0. Never 0.
 * target_parse() adds SEG_VERSION to a small number after "api", which takes its context. */
uint32_t segment_classify(struct span text, unsigned position);

/* An OData key: splits `Users(12)` or `Users('x')` into name and key (quotes removed) and
 * returns segment_classify() of the key; 0 and both absent when text has no such form. */
uint32_t segment_key(struct span text, struct span *name, struct span *key);

struct segment {
	struct span text; /* decoded, without matrix parameters */
	uint32_t mask; /* segment_classify() */
	enum segment_class narrowest;
};

struct target {
	uint32_t flags; /* enum target_flag */
	unsigned n; /* segments; 0 for "/" */
	struct segment segment[TARGET_SEGMENTS_MAX]; /* the first n are valid */
	struct span path; /* the normalised path: "/" and segments, in the arena */
	struct span verb; /* "cancel" of a last segment "1:cancel", else absent; then the
	                     segment's text is what stands before the colon */
	struct span query; /* as received, without '?' */
	struct span raw; /* the path as received */
};

/* path as HAProxy's `path` gives it (not decoded), query as `query` gives it (may be
 * absent). Only ERR_FULL (arena); every oddity of the bytes is a flag. */
MUST_CHECK int
target_parse(struct target *t, struct span path, struct span query, struct arena *a);

/* Percent-decodes once (and '+' to blank if plus) into the arena; without anything to
 * decode returns s itself. Malformed escapes stay as they are, flags gets TARGET_BAD_PERCENT,
 * TARGET_DOUBLE_ENCODED where they apply. Absent when the arena is full. */
struct span target_decode(struct span s, bool plus, uint32_t *flags, struct arena *a);

/* The path as a careless server reads it: escapes decoded again and again, backslashes and
 * encoded slashes as slashes, overlong UTF-8 short, cut at a NUL; to be handed to
 * target_parse(), which may find it the same path all the same. Absent when nothing in the
 * path could be read in two ways, or the arena is full. */
struct span target_lenient(struct span path, struct arena *a);

#endif
