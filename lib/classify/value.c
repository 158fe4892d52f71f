/*
 * One value: its bytes are looked at once, what they are made of chooses the detectors.
 */
#include "classify/internal.h"

#define LOOKED_MAX 200 /* bytes whose kinds are looked at; below 256, see look() */
#define INSIDE_MIN 10 /* bytes: nothing shorter holds something that is not the whole */

#define D KIND_DIGIT
#define U KIND_UPPER
#define L KIND_LOWER
#define O KIND_OTHER
#define H KIND_HIGH
#define B KIND_BOUND
#define EIGHT(k) k, k, k, k, k, k, k, k
#define SIXTEEN(k) EIGHT(k), EIGHT(k)
/* clang-format off */
const uint16_t byte_kind[256] = {
	EIGHT(O), O, KIND_BLANK | B, KIND_BLANK | B, O, O, KIND_BLANK | B, O, O, SIXTEEN(O),
	/*     !      "      #          $  %  &          ' */
	KIND_BLANK | B, O | B, O | B, KIND_NAME, O, O, KIND_NAME, KIND_NAME | B,
	/* (               )               *      +          ,              -          .         / */
	KIND_PAREN | B, KIND_PAREN | B, O | B, KIND_PLUS, KIND_NAME | B, KIND_DASH, KIND_DOT, KIND_SLASH,
	/* 0 … 9           :               ;      <      =      >      ? */
	EIGHT(D), D, D, KIND_COLON | B, O | B, O | B, O | B, O | B, O | B,
	/* @       A … Z                                           [      \\  ]      ^  _ */
	KIND_AT, EIGHT(U), EIGHT(U), EIGHT(U), U, U, O | B, O, O | B, O, KIND_UNDERSCORE,
	/* `       a … z                                           {      |      }      ~  DEL */
	O | B, EIGHT(L), EIGHT(L), EIGHT(L), L, L, O | B, O | B, O | B, O, O,
	SIXTEEN(H), SIXTEEN(H), SIXTEEN(H), SIXTEEN(H), SIXTEEN(H), SIXTEEN(H), SIXTEEN(H), SIXTEEN(H),
};
/* clang-format on */
#undef D
#undef U
#undef L
#undef O
#undef H
#undef B

/* Digits, letters and blanks as bytes of one word: up to 255 bytes summed do not run over. */
static const uint32_t byte_count[256] = {
    ['0' ... '9'] = 1,
    ['A' ... 'Z'] = 0x100,
    ['a' ... 'z'] = 0x100,
    [0x80 ... 0xff] = 0x100,
    [' '] = 0x10000,
    ['\t'] = 0x10000,
    ['\n'] = 0x10000,
    ['\r'] = 0x10000,
};

void
hits_add(struct class_hits *h, unsigned cls, enum class_strength strength, bool contained)
{
	struct class_hit hit = {(uint16_t)cls, (uint8_t)strength, contained};
	unsigned at = 0;

	for (; at < h->n && h->hit[at].cls != cls; at++)
		;
	if (at < h->n) {
		/* What the whole value is, counts before what stands in it. */
		if (h->hit[at].strength >= strength ||
		    (contained && !h->hit[at].contained &&
			h->hit[at].strength > HIT_SHAPE))
			return;
	} else if (h->n < CLASS_HITS_MAX) {
		h->n++;
	} else if (h->hit[--at].strength >= strength) {
		return;
	}
	for (; at > 0 && h->hit[at - 1].strength < strength; at--)
		h->hit[at] = h->hit[at - 1];
	h->hit[at] = hit;
}

static void
add(struct class_hits *h, enum class_id id, int strength)
{
	if (strength)
		hits_add(h, id, (enum class_strength)strength, false);
}

static void
look(struct facts *f)
{
	size_t whole = f->v.n <= WHOLE_MAX ? f->v.n : WHOLE_MAX + 1;
	uint32_t kinds = 0, count = 0;

	for (size_t i = 0; i < whole; i++) {
		kinds |= byte_kind[(uint8_t)f->v.p[i]];
		count += byte_count[(uint8_t)f->v.p[i]];
	}
	f->digits = count & 0xff;
	f->letters = count >> 8 & 0xff;
	f->blanks = count >> 16;
	for (size_t i = whole; i < f->v.n && i < LOOKED_MAX; i++) {
		uint32_t k = byte_kind[(uint8_t)f->v.p[i]];

		kinds |= k;
		f->blanks += (k & KIND_BLANK) != 0;
	}
	/* What follows may be anything. */
	if (f->v.n > LOOKED_MAX)
		kinds = UINT16_MAX;
	f->kinds = kinds;
}

/* Digits and what stands between them. */
void
value_numbers(struct facts *f, struct class_hits *h)
{
	if (f->kinds & KIND_DOT || f->digits <= 3) {
		add(h, ID_GEO_POSITION, person_coordinate(f->v));
		if (f->kinds & KIND_DOT && f->type == CLASS_STRING)
			add(h, ID_IP_ADDRESS, net_ipv4(f->v));
	}
	if (f->digits < 3 || !number_read(f))
		return;
	number_hits(f, h);
	if (f->kinds & KIND_PLUS || f->type == CLASS_STRING || f->layout == f->n)
		add(h, ID_PHONE, person_phone(f));
	if (f->type == CLASS_STRING && person_is_date(f->v))
		add(h, ID_BIRTH_DATE, HIT_SHAPE);
	else if (f->type == CLASS_NUMBER && f->n >= 8 && f->n <= 13)
		add(h, ID_BIRTH_DATE, HIT_SHAPE);
}

/* What stands behind "Bearer " and the like, absent: no such value. */
static struct span
after_scheme(const struct facts *f)
{
	static const struct span schemes[] = {
	    {"bearer ", 7}, {"basic ", 6}, {"token ", 6}, {"apikey ", 7}};

	for (unsigned i = 0; f->blanks == 1 && i < sizeof(schemes) / sizeof(*schemes);
	     i++)
		if (span_istarts(f->v, schemes[i]))
			return span_trim(span_from(f->v, schemes[i].n));
	return SPAN_NONE;
}

/* Credentials, whole. */
static void
secrets(const struct class_set *s, const struct facts *f, struct class_hits *h)
{
	struct span v = f->v;
	bool known = false;

	if (v.n >= 12 && f->blanks == 0) {
		if (v.p[0] == 'e' && secret_jwt(v) == v.n) {
			add(h, ID_JWT, HIT_CERTAIN);
			known = true;
		} else if (secret_may_begin(s->secrets, v) &&
		    secret_provider(s->secrets, v, f->test_numbers) == v.n) {
			add(h, ID_PROVIDER_KEY, HIT_CERTAIN);
			known = true;
		} else if (v.n >= 36 && f->kinds & (KIND_DASH | KIND_DOT | KIND_COLON) &&
		    secret_is_shaped(v)) {
			add(h, ID_PROVIDER_KEY, HIT_CERTAIN);
			known = true;
		}
	}
	if (v.p[0] == '-' && secret_is_pem(v)) {
		add(h, ID_PRIVATE_KEY, HIT_CERTAIN);
		known = true;
	} else if ((v.p[0] == '$' || v.p[0] == 'p' || v.p[0] == '{') &&
	    secret_is_hash(v)) {
		add(h, ID_PASSWORD, HIT_CERTAIN);
		known = true;
	}
	if (known || f->type != CLASS_STRING || secret_is_placeholder(v))
		return;
	if (after_scheme(f).n >= 8)
		add(h, ID_SECRET, HIT_CHECKED);
	if (v.n <= 128)
		add(h, ID_PASSWORD, HIT_SHAPE);
	add(h, ID_SECRET, secret_generic(f));
	if (v.n >= 40 && f->blanks * 20 < v.n)
		add(h, ID_PRIVATE_KEY, HIT_SHAPE);
}

static void
addresses(const struct facts *f, struct class_hits *h)
{
	struct span v = f->v;

	if (f->kinds & KIND_AT)
		add(h, ID_EMAIL, net_email(v));
	if (f->kinds & KIND_COLON) {
		add(h, ID_IP_ADDRESS, net_ipv6(v));
		if (f->digits >= 4)
			add(h, ID_IP_ADDRESS, net_ipv4(v));
	} else if (f->kinds & KIND_SLASH && f->kinds & KIND_DOT) {
		add(h, ID_IP_ADDRESS, net_ipv4(v));
	}
	if ((v.n == 17 || v.n == 14) && net_is_mac(v))
		add(h, ID_MAC_ADDRESS, HIT_CERTAIN);
}

/* Whole values up to WHOLE_MAX bytes, by what they are made of. */
static void
whole(const struct class_set *s, struct facts *f, struct class_hits *h)
{
	const uint32_t separators =
	    KIND_BLANK | KIND_DASH | KIND_DOT | KIND_SLASH | KIND_PLUS | KIND_PAREN;
	uint32_t made = f->kinds & ~(uint32_t)KIND_BOUND;

	if (f->digits > 0 && !(made & ~(KIND_DIGIT | separators))) {
		value_numbers(f, h);
	} else if (f->digits >= 2 &&
	    !(made & ~(KIND_DIGIT | KIND_LETTER | separators | KIND_NAME))) {
		if (!(made & (KIND_SLASH | KIND_PLUS | KIND_NAME)) && f->v.n <= 42 &&
		    identifier_read(f))
			identifier_hits(f, h);
		if (f->v.n >= 26 && !(made & ~(KIND_DIGIT | KIND_LETTER)))
			identifier_wallet_hits(f, h);
		if (f->v.n <= 35 && (made & (KIND_DASH | KIND_SLASH | KIND_DOT)))
			add(h, ID_BIRTH_DATE, person_is_date(f->v) ? HIT_SHAPE : 0);
	} else if (f->digits >= 10 && made & KIND_COLON && f->v.n <= 35) {
		add(h, ID_BIRTH_DATE, person_is_date(f->v) ? HIT_SHAPE : 0);
	}
	if (f->type != CLASS_STRING)
		return;
	if (made & (KIND_AT | KIND_COLON | KIND_SLASH | KIND_DASH | KIND_DOT))
		addresses(f, h);
	if (f->digits >= 6 && (made & KIND_DOT) && person_is_position(f->v))
		add(h, ID_GEO_POSITION, HIT_CERTAIN);
	add(h, ID_PERSON_NAME, person_name(s, f));
	add(h, ID_ADDRESS, person_address(s, f));
}

void
classify_value(const struct class_set *s, struct span value, enum class_type type,
    bool test_numbers, struct class_hits *out)
{
	/* Nothing that is found inside others does without one of these, and without what
	 * divides it from the others. */
	const uint32_t hints = KIND_DIGIT | KIND_AT | KIND_UNDERSCORE | KIND_DASH;
	struct facts f = {
	    .v = span_trim(span_head(value, TEXT_SCANNED)),
	    .type = type,
	    .test_numbers = test_numbers,
	};

	out->n = 0;
	if (f.v.n == 0 || type == CLASS_BOOLEAN)
		return;
	look(&f);
	if (f.v.n <= WHOLE_MAX)
		whole(s, &f, out);
	else if (type == CLASS_STRING) {
		if (f.kinds & KIND_AT)
			add(out, ID_EMAIL, net_email(f.v));
		add(out, ID_ADDRESS, person_address(s, &f));
	}
	if (type == CLASS_STRING) {
		secrets(s, &f, out);
		if (f.v.n >= INSIDE_MIN && f.kinds & hints && f.kinds & KIND_BOUND &&
		    !person_is_date(f.v))
			inside_hits(s, &f, out);
	}
	if (s->n > CLASS_BUILTIN)
		custom_hits(s, &f, out);
}
