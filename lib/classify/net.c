/* Addresses: e-mail (RFC 5321's common part), IPv4, IPv6 (RFC 4291), MAC. */
#include "classify/internal.h"

#define LOCAL_MAX 64
#define DOMAIN_MAX 253

/* Top-level domains of countries (IANA), two letters each. */
static const char country_domains[] = "acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbi"
				      "bjbmbnbobrbsbtbwbybzcacccdcfcgchcickcl"
				      "cmcncocrcucvcwcxcyczdedjdkdmdodzeceeegereseteufifj"
				      "fkfmfofrgagdgegfggghgiglgmgngpgqgrgsgt"
				      "gugwgyhkhmhnhrhthuidieiliminioiqirisitjejmjojpkekg"
				      "khkikmknkpkrkwkykzlalblclilklrlsltlulv"
				      "lymamcmdmemgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymznanc"
				      "nenfngninlnonpnrnunzompapepfpgphpkplpm"
				      "pnprpsptpwpyqarerorsrurwsasbscsdsesgshsiskslsmsnso"
				      "srssstsusvsxsysztctdtftgthtjtktltmtntotr"
				      "tttvtwtzuaugukusuyuzvavcvevgvivnvuwfwsyeytzazmzw";

/* Others that people have mail at. */
static const char *const domains[] = {"com", "net", "org", "edu", "gov", "mil", "int",
    "info", "biz", "name", "pro", "mobi", "asia", "jobs", "tel", "travel", "coop", "aero",
    "museum", "cat", "post", "arpa", "app", "dev", "page", "cloud", "online", "site",
    "website", "tech", "store", "shop", "blog", "xyz", "club", "email", "mail", "life",
    "live", "world", "today", "news", "media", "agency", "digital", "design", "studio",
    "solutions", "services", "systems", "group", "team", "work", "works", "company",
    "global", "international", "network", "support", "center", "space", "top", "vip",
    "win", "fun", "icu", "health", "care", "clinic", "doctor", "hospital", "dental",
    "bank", "finance", "money", "insurance", "law", "legal", "school", "academy",
    "university", "education", "college", "church", "city", "london", "berlin", "paris",
    "nyc", "tokyo", "amsterdam", "koeln", "wien", "zone", "plus", "one", "link", "chat",
    "social", "family", "foundation", "ventures", "capital", "consulting", "engineering",
    "software", "industries", "energy", "house", "homes", "events", "photos",
    "photography", "art", "music", "games", "example", "test", "invalid", "local",
    "localhost", "internal", "corp", "lan", "home"};

static bool
is_top_domain(struct span s)
{
	char lower[16];

	if (s.n < 2 || s.n >= sizeof(lower))
		return false;
	for (size_t i = 0; i < s.n; i++)
		lower[i] = ascii_lower(s.p[i]);
	if (s.n == 2) {
		for (size_t i = 0; i + 1 < sizeof(country_domains); i += 2)
			if (memcmp(country_domains + i, lower, 2) == 0)
				return true;
		return false;
	}
	if (s.n > 4 && memcmp(lower, "xn--", 4) == 0)
		return true;
	for (unsigned i = 0; i < sizeof(domains) / sizeof(*domains); i++)
		if (domains[i][0] == lower[0] && strlen(domains[i]) == s.n &&
		    memcmp(domains[i], lower, s.n) == 0)
			return true;
	return false;
}

static bool
is_local_part(struct span s)
{
	if (s.n == 0 || s.n > LOCAL_MAX || s.p[0] == '.' || s.p[s.n - 1] == '.')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint16_t k = byte_kind[(uint8_t)s.p[i]];

		if (k &
		    (KIND_DIGIT | KIND_LETTER | KIND_DOT | KIND_DASH | KIND_UNDERSCORE |
			KIND_PLUS | KIND_HIGH))
			continue;
		if (strchr("'!#$%&*/=?^`{|}~", s.p[i]) == NULL || s.p[i] == '\0')
			return false;
	}
	return true;
}

static unsigned
count_digits(struct span s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ascii_is_digit(s.p[i]);
	return n;
}

int
net_email(struct span s)
{
	size_t at = span_find(s, '@');
	struct span domain, rest;
	struct span label = SPAN_NONE;
	unsigned labels = 0;

	if (at == s.n || !is_local_part(span_head(s, at)))
		return 0;
	domain = span_from(s, at + 1);
	if (domain.n < 4 || domain.n > DOMAIN_MAX)
		return 0;
	for (rest = domain; !span_absent(rest); labels++) {
		label = span_cut(&rest, '.');
		if (label.n == 0 || label.n > 63 || label.p[0] == '-' ||
		    label.p[label.n - 1] == '-')
			return 0;
		for (size_t i = 0; i < label.n; i++)
			if (!(byte_kind[(uint8_t)label.p[i]] &
				(KIND_DIGIT | KIND_LETTER | KIND_DASH | KIND_HIGH)))
				return 0;
	}
	if (labels < 2 || label.n < 2)
		return 0;
	if (!is_top_domain(label)) {
		for (size_t i = 0; i < label.n; i++)
			if (!(byte_kind[(uint8_t)label.p[i]] & (KIND_LETTER | KIND_HIGH)))
				return 0;
		return HIT_SHAPE;
	}
	/* A message's id looks like an address, too. */
	return at >= 20 && count_digits(span_head(s, at)) >= 8 ? HIT_CHECKED
							       : HIT_CERTAIN;
}

/* Up to three digits, at most max; leading zeros are none of an address. */
static bool
read_octet(struct span *s, unsigned *v)
{
	size_t n = 0;

	*v = 0;
	while (n < s->n && n < 4 && ascii_is_digit(s->p[n]))
		*v = *v * 10 + (unsigned)(s->p[n++] - '0');
	if (n == 0 || n > 3 || *v > 255 || (n > 1 && s->p[0] == '0'))
		return false;
	*s = span_from(*s, n);
	return true;
}

/* "/24" or ":8080" or nothing. */
static bool
is_suffix(struct span s, char sign, unsigned most)
{
	uint64_t v;

	if (s.n == 0)
		return true;
	return s.p[0] == sign && s.n <= 6 && span_u64(span_from(s, 1), &v) == OK &&
	    v <= most;
}

int
net_ipv4(struct span s)
{
	unsigned octet[4], large = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (i > 0) {
			if (s.n == 0 || s.p[0] != '.')
				return 0;
			s = span_from(s, 1);
		}
		if (!read_octet(&s, &octet[i]))
			return 0;
		large += octet[i] >= 100;
	}
	if (!is_suffix(s, '/', 32) && !is_suffix(s, ':', 65535))
		return 0;
	if (octet[0] == 0 && (octet[1] | octet[2] | octet[3]) != 0)
		return 0;
	/* Nets that everybody knows, prefixes and ports: no version has these. */
	if (s.n > 0 || (octet[0] == 127 && octet[1] == 0) ||
	    (octet[0] == 192 && octet[1] == 168))
		return HIT_CERTAIN;
	return large >= 2 || (octet[0] >= 30 && large >= 1) ? HIT_CHECKED : HIT_SHAPE;
}

int
net_ipv6(struct span s)
{
	unsigned groups = 0, digits = 0;
	bool folded = false, colon = false;
	size_t i = 0;

	if (s.n < 3 || s.n > 49 || (s.p[0] == ':' && s.p[1] != ':'))
		return 0;
	for (; i < s.n && s.p[i] != '/' && s.p[i] != '%'; i++) {
		char c = ascii_lower(s.p[i]);

		if (ascii_is_digit(c) || (c >= 'a' && c <= 'f')) {
			groups += digits == 0;
			if (++digits > 4)
				return 0;
			colon = false;
		} else if (c == ':') {
			if (colon && folded)
				return 0;
			folded |= colon;
			colon = true;
			digits = 0;
		} else if (c == '.' && digits > 0 && groups > 0) {
			struct span tail = span_from(s, i - digits);

			/* ::ffff:192.0.2.1 */
			if (net_ipv4(tail) == 0)
				return 0;
			return groups - 1 == 6 || (folded && groups <= 6) ? HIT_CERTAIN
									  : 0;
		} else {
			return 0;
		}
	}
	if (i < s.n && s.p[i] == '/' && !is_suffix(span_from(s, i), '/', 128))
		return 0;
	if (colon && !(folded && i >= 2 && s.p[i - 2] == ':'))
		return 0;
	if (!folded)
		return groups == 8 ? HIT_CERTAIN : 0;
	if (groups > 7)
		return 0;
	return groups >= 2 || span_eq(s, SPAN("::1")) ? HIT_CERTAIN : HIT_SHAPE;
}

bool
net_is_mac(struct span s)
{
	static const char zeros[] = "000000000000", ones[] = "ffffffffffff";
	char digits[12];
	unsigned n = 0;

	if (s.n == 14) { /* 001a.2b3c.4d5e */
		if (s.p[4] != '.' || s.p[9] != '.')
			return false;
	} else if (s.n != 17 || (s.p[2] != ':' && s.p[2] != '-')) {
		return false;
	}
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_lower(s.p[i]);

		if (s.n == 14 ? i % 5 == 4 : i % 3 == 2) {
			if (c != (s.n == 14 ? '.' : s.p[2]))
				return false;
			continue;
		}
		if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return false;
		digits[n++] = c;
	}
	return memcmp(digits, zeros, 12) != 0 && memcmp(digits, ones, 12) != 0;
}
