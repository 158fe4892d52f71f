/*
 * Between the files of this folder: the set, the facts about one value that detectors
 * share, and the detectors.
 */
#ifndef CLASSIFY_INTERNAL_H
#define CLASSIFY_INTERNAL_H

#include "classify/classify.h"

enum class_id {
#define CLASS(id, ...) ID_##id,
#include "classify/class.def"
#undef CLASS
	CLASS_BUILTIN
};

#define TEXT_SCANNED 4096 /* bytes of a value that are looked at */
#define WHOLE_MAX 72 /* bytes of the longest value that is all number, name or address */
#define SECRET_MIN 12 /* bytes of the shortest token of a provider */
#define DIGITS_MAX 24 /* digits of the longest number with a meaning here, and some */

/* Kinds of bytes, see facts_of(). */
enum byte_kind {
	KIND_DIGIT = 1,
	KIND_UPPER = 2,
	KIND_LOWER = 4,
	KIND_BLANK = 8,
	KIND_DASH = 0x10,
	KIND_DOT = 0x20,
	KIND_AT = 0x40,
	KIND_COLON = 0x80,
	KIND_SLASH = 0x100,
	KIND_PLUS = 0x200,
	KIND_PAREN = 0x400,
	KIND_UNDERSCORE = 0x800,
	KIND_HIGH = 0x1000, /* not ASCII */
	KIND_NAME = 0x2000, /* ' , # & as names and addresses have them */
	KIND_OTHER = 0x4000,
	KIND_BOUND =
	    0x8000, /* ends what stands before it in a text; of no use in facts */
	KIND_LETTER = KIND_UPPER | KIND_LOWER,
};
extern const uint16_t byte_kind[256];

/* One value, looked at once. */
struct facts {
	struct span v; /* without blanks at its ends */
	enum class_type type;
	bool test_numbers;
	uint32_t kinds; /* enum byte_kind, of all bytes when v.n <= WHOLE_MAX */
	unsigned digits, letters, blanks; /* counts, as above */
	/* Of values that are digits and separators, or a compacted identifier: */
	unsigned n; /* digits (number) or letters and digits (identifier) */
	uint64_t layout; /* lengths of groups, a hex digit each: 3-2-4 is 0x324 */
	char first_separator, last_separator; /* NUL: none */
	char text[DIGITS_MAX + 16]; /* digits, or upper-case letters and digits */
};

struct class_builtin {
	struct class_info info;
	double p1, shape, checked, certain, cap_shape, cap_checked;
};

/* What hits and misses of a class are worth, in nats. */
struct class_weights {
	float shape, checked, certain, miss;
	float cap_shape, cap_checked;
	float chance; /* that a text in which no such value belongs, holds one */
};

struct custom_pattern; /* custom.c */
struct phrases; /* phrases.h */

struct class_set {
	unsigned n; /* built-in and custom */
	struct class_info *info;
	struct class_weights *weights;
	struct custom_pattern *custom; /* n - CLASS_BUILTIN */
	char (*texts)[160]; /* names and titles of custom classes */
	struct phrases *phrases;
	struct people *people;
	struct secrets *secrets;
};

/* --- value.c ------------------------------------------------------------------------ */

/* A hit more; a class stands once, with its best. */
void hits_add(
    struct class_hits *h, unsigned cls, enum class_strength strength, bool contained);

/* What a value of digits and separators may be; kinds and digits of f are set. */
void value_numbers(struct facts *f, struct class_hits *h);

/* --- context.c ---------------------------------------------------------------------- */

struct words; /* phrases.h */
/* The words of a text right before and behind a value; those from *from on may name it. */
void context_around(const struct class_set *s, struct span before, struct span after,
    struct words *w, unsigned *from);
/* Whether they name the class: "passport no.: …". */
bool context_says(
    const struct class_set *s, const struct words *w, unsigned from, unsigned cls);

/* --- number.c: digits with or without separators -------------------------------------- */

/* Fills n, layout, separators and text of a value of digits and separators; false when it is
 * no number in groups (a decimal, two separators in a row, too long). */
bool number_read(struct facts *f);
/* Everything that such a value may be. */
void number_hits(const struct facts *f, struct class_hits *h);
/* Scheme's range and length, and Luhn: 0, HIT_SHAPE (Luhn alone) or HIT_CHECKED. */
int number_card(const char *digits, unsigned n);
bool number_is_test_card(const char *digits, unsigned n);
/* Area, group and serial as the SSA gave them out, 9 digits. */
bool number_is_ssn(const char *digits, bool test_numbers);
bool number_is_itin(const char *digits);

/* --- national.c, national_letters.c: identity numbers of countries ---------------------- */

void national_hits(const struct facts *f, struct class_hits *h);
/* Identifiers with letters: f->text is upper case, n its length. */
void national_letter_hits(const struct facts *f, struct class_hits *h);

/* --- identifier.c: letters and digits with or without separators ------------------------ */

bool identifier_read(struct facts *f);
void identifier_hits(const struct facts *f, struct class_hits *h);
/* Addresses of crypto currencies: letters and digits alone, 26 bytes or more. */
void identifier_wallet_hits(const struct facts *f, struct class_hits *h);
/* An IBAN without separators, upper case. Its country's length and mod 97. */
bool identifier_is_iban(const char *text, unsigned n);

/* --- net.c: addresses of people and machines ----------------------------------------------- */

/* 0, HIT_SHAPE (unknown top domain), HIT_CERTAIN. */
int net_email(struct span s);
/* 0 or a strength. Version numbers look like short IPv4 addresses. */
int net_ipv4(struct span s);
int net_ipv6(struct span s);
bool net_is_mac(struct span s);

/* --- person.c: telephones, dates, places, names ---------------------------------------------- */

int person_phone(const struct facts *f);
bool person_is_date(struct span s);
/* "48.8566,2.3522" and the like. */
bool person_is_position(struct span s);
/* A single coordinate: 0, HIT_SHAPE, HIT_CHECKED (four decimals or more). */
int person_coordinate(struct span s);
int person_name(const struct class_set *s, const struct facts *f);
int person_address(const struct class_set *s, const struct facts *f);

struct people;
MUST_CHECK int people_new(struct people **out);
void people_free(struct people *p);

/* --- secret.c ------------------------------------------------------------------------------------ */

/* Pictures by what they begin with. */
struct secrets {
	uint64_t begin[64]; /* bit for each first three bytes, hashed */
	uint8_t first[257]; /* where those with a first byte begin in order */
	uint8_t order[255];
};
MUST_CHECK int secrets_new(struct secrets **out);
void secrets_free(struct secrets *p);
/* Whether secret_provider() may find something: most words are told by three bytes. */
static inline bool
secret_may_begin(const struct secrets *p, struct span s)
{
	unsigned h;

	if (s.n < SECRET_MIN)
		return false;
	h = ((uint8_t)s.p[0] * 37u ^ (uint8_t)s.p[1] * 151u ^ (uint8_t)s.p[2] * 1021u) &
	    4095;
	return p->begin[h >> 6] >> (h & 63) & 1;
}
/* A provider's key at the start of s: its length, 0 when it is none. */
size_t secret_provider(const struct secrets *p, struct span s, bool test_numbers);
/* Kinds without a fixed beginning (whole value). */
bool secret_is_shaped(struct span s);
/* A JWT or JWE at the start of s: its length. */
size_t secret_jwt(struct span s);
/* "-----BEGIN … PRIVATE KEY-----" at the start of s with something behind it. */
bool secret_is_pem(struct span s);
/* A stored password: crypt(3), bcrypt, argon2, scrypt, pbkdf2. */
bool secret_is_hash(struct span s);
/* A text as secrets are: 0, HIT_SHAPE, HIT_CHECKED (random letters and digits). */
int secret_generic(const struct facts *f);
/* Made of x or *, or said to be a placeholder: "xxxx", "<password>", "${TOKEN}", "changeme". */
bool secret_is_placeholder(struct span s);

/* --- inside.c: what stands inside longer text ------------------------------------------------------- */

void inside_hits(const struct class_set *s, const struct facts *f, struct class_hits *h);

/* --- custom.c ------------------------------------------------------------------------------------------ */

MUST_CHECK int custom_new(const struct class_custom *c, size_t n,
    struct custom_pattern **out, size_t *at, char error[200]);
void custom_free(struct custom_pattern *p, size_t n);
void custom_hits(const struct class_set *s, const struct facts *f, struct class_hits *h);

#endif
