/*
 * Classes of data: what a value may be, and what a field is.
 *
 *   value ─ classify_value ─► hits ──┐  summed up per field, mergeable over gateways
 *   names ─ classify_context ─► prior ┴─ class_judge ─► none, suspected, is, contains, not
 *
 * One value proves little: one in ten numbers passes Luhn. So values only count; the verdict
 * is a posterior over all values of a field (log-likelihood ratio in nats), with what the
 * names around it say as prior. The same code judges on a gateway (suspects at once) and in
 * yettc on the merged view (confirms). algorithms.md §2 has the facts; the numbers in
 * class.def are ours, fitted by tests/bench/classify.
 *
 * Pure: no I/O, clock, log. Values are read in place, nothing is kept of them; a set is
 * immutable once made and may be shared by threads. classify_value allocates nothing.
 */
#ifndef CLASSIFY_CLASSIFY_H
#define CLASSIFY_CLASSIFY_H

#include "base/span.h"

#define CLASS_NAME_MAX 24 /* [a-z][a-z0-9_]{0,23}, as redact/redact.h has it */
#define CLASS_CUSTOM_MAX 64
#define CLASS_HITS_MAX 16
#define CLASS_PRIORS_MAX 6
#define CLASS_NONE UINT16_MAX

/* What a class counts for; endpoints carry the union over their fields. */
enum class_group {
	CLASS_PCI = 1,
	CLASS_PII = 2,
	CLASS_CREDENTIAL = 4,
	CLASS_HEALTH = 8,
	CLASS_FINANCIAL = 16,
	CLASS_CUSTOM = 32,
};

/* How a value of the class is shown where evidence is: never a token and digits together. */
enum class_mask {
	MASK_TOKEN, /* consistent token of lib/redact */
	MASK_LAST4, /* "************1111": cards, accounts; never beside a token */
	MASK_YEAR, /* dates generalised to the year */
	MASK_SHAPE, /* redact_shape(): small domains and passwords, which a token would give away */
	MASK_NOTHING, /* CVV, PIN: exists in no form */
};

/* What kind of text a token of the class is made of, see redact/canonical.h. */
enum class_canonical {
	CANON_AS_IS,
	CANON_DIGITS, /* separators dropped */
	CANON_UPPER, /* alphanumerics only, upper case: IBAN, passports */
	CANON_EMAIL, /* domain and local part lower case */
	CANON_PHONE, /* "+" and digits */
	CANON_NAME, /* lower case, one blank between words */
};

enum class_strength {
	HIT_SHAPE = 1, /* looks like it; many other things do */
	HIT_CHECKED, /* a check digit or range test that few others pass did */
	HIT_CERTAIN, /* nothing else looks like it: prefix, checksum, structure */
};

struct class_info {
	const char *name; /* "card_number" */
	const char *title; /* "payment card number" */
	uint32_t groups; /* enum class_group */
	enum class_mask mask;
	enum class_canonical canonical;
	bool custom;
};

/* A class that a customer defines; texts must live as long as the set. */
struct class_custom {
	struct span name, title;
	struct span pattern; /* PCRE2, whole value; absent: by name alone */
	struct span validator; /* absent, "luhn", "mod97", "mod11_10", "verhoeff" */
	struct span names; /* words of field names, blank between: "employee staff_no" */
	uint32_t groups;
	enum class_mask mask;
};

struct class_set;

/* Built-in classes and n custom ones. On ERR_INVALID (a pattern that does not compile, a
 * name taken or malformed, an unknown validator) *at is the custom class and error says why.
 * ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int class_set_new(const struct class_custom *custom, size_t n,
    struct class_set **out, size_t *at, char error[200]);
void class_set_free(struct class_set *s);
unsigned class_count(const struct class_set *s);
const struct class_info *class_get(const struct class_set *s, unsigned id);
/* The words that tables and files have for them: "token" …, "pci" …. */
const char *class_mask_name(enum class_mask mask);
const char *class_group_name(enum class_group group);
/* CLASS_NONE: no such class. Ids are not stable over versions; names are. */
uint16_t class_find(const struct class_set *s, struct span name);

enum class_type { CLASS_STRING, CLASS_NUMBER, CLASS_BOOLEAN };

struct class_hit {
	uint16_t cls;
	uint8_t strength; /* enum class_strength */
	bool contained; /* found inside the value, bounded by non-alphanumerics */
};
struct class_hits {
	unsigned n;
	struct class_hit hit[CLASS_HITS_MAX]; /* strongest first, a class once */
};

/*
 * What one value may be. value: decoded text of a leaf, query argument, header, cookie or
 * path segment; type: as JSON wrote it (CLASS_STRING elsewhere). test_numbers: published test
 * numbers (cards of schemes' documentation, SSN 078-05-1120 …) count as real: outside PROD.
 * Values longer than 4 KB are looked at for contained ones in their first 4 KB.
 */
void classify_value(const struct class_set *s, struct span value, enum class_type type,
    bool test_numbers, struct class_hits *out);

/* What the names around a field say: log-odds in tenths of a nat per class, strongest first.
 * Classes not listed have CLASS_PRIOR_NONE, or `others` if the names speak against all. */
#define CLASS_PRIOR_NONE (-20)
struct class_context {
	unsigned n;
	struct {
		uint16_t cls;
		int16_t prior;
	} of[CLASS_PRIORS_MAX];
	int16_t others;
};

/* Names as they are on the wire, undecided ones too: this runs where raw values are.
 * path: the field's path ("user.cards[].number"), name its last part; template_text: the
 * endpoint's; siblings: names beside the field in its object, joined by blanks, may be
 * absent. Names are compared by whole words of camelCase, snake_case, kebab-case. */
void classify_context(const struct class_set *s, struct span path, struct span name,
    struct span template_text, struct span siblings, struct class_context *out);
int16_t class_prior(const struct class_context *c, uint16_t cls);

/* Whether a hit is worth counting for a field with these names: any but a mere shape that no
 * name speaks for (half of all texts have the shape of a password). Evidence of hits that
 * were never kept changes no verdict. */
static inline bool
class_hit_counts(const struct class_context *c, const struct class_hit *h)
{
	if (h->strength > HIT_SHAPE)
		return true;
	for (unsigned i = 0; i < c->n; i++)
		if (c->of[i].cls == h->cls)
			return c->of[i].prior > CLASS_PRIOR_NONE;
	return false;
}

/* What was seen of one field, for one class. */
struct class_evidence {
	uint64_t
	    values; /* values looked at that could have been it: not null, not empty */
	uint64_t hits; /* whole value, any strength */
	uint64_t checked; /* of these HIT_CHECKED or better */
	uint64_t certain; /* of these HIT_CERTAIN */
	uint64_t contained; /* hits inside longer values */
	uint64_t distinct; /* distinct values of the field */
	int32_t prior; /* tenths of a nat */
};

enum class_verdict {
	CLASSED_UNKNOWN, /* too little to say */
	CLASSED_NOT, /* enough was seen: it is not */
	CLASSED_SUSPECTED, /* likely; a person should know at once */
	CLASSED_CONTAINS, /* free text in which such values occur */
	CLASSED_IS,
};

/* The verdict and its score (posterior log-odds in nats). */
enum class_verdict class_judge(const struct class_set *s, uint16_t cls,
    const struct class_evidence *e, double *score);

#endif
