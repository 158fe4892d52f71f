/* fuzz: runs=100000
 *
 * What redaction makes of any value: canonical forms that fit, tokens that are tokens, and
 * masks that show no more than they may. Nothing of it is taken for sensitive data with a
 * check digit or a certain form. The first byte chooses class and mask.
 */
#include <stdlib.h>

#include "redact/canonical.h"
#include "redact/mask.h"

#define NOW INT64_C(1700000000000000)

static struct redactor *redactor;
static struct class_set *classes;

static void
begin(void)
{
	struct keyring k = {.n = 1};
	char why[200];
	size_t at;

	k.secret[0].epoch = 1;
	memset(k.secret[0].key, 5, SECRET_BYTES);
	if (redactor_new(&k, &redactor) != OK ||
	    class_set_new(NULL, 0, &classes, &at, why) != OK)
		abort();
}

static void
harmless(struct span s)
{
	struct class_hits hits;

	if (redact_is_token(s))
		return; /* as random as a secret */
	classify_value(classes, s, CLASS_STRING, true, &hits);
	for (unsigned i = 0; i < hits.n; i++)
		if (hits.hit[i].strength >= HIT_CHECKED &&
		    hits.hit[i].cls != class_find(classes, SPAN("secret")))
			abort();
}

/* Four characters of a value at most, or a year. */
static void
check_mask(const struct class_info *cls, struct span value, struct span out)
{
	size_t shown = 0;

	if (cls->mask == MASK_TOKEN && !redact_is_token(out))
		abort();
	if (cls->mask == MASK_NOTHING && out.n > 0)
		abort();
	if (cls->mask != MASK_LAST4 && cls->mask != MASK_YEAR)
		return;
	for (size_t i = 0; i < out.n; i++)
		shown += out.p[i] != '*';
	if (shown > 4 || (cls->mask == MASK_LAST4 && shown * 3 > value.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char canonical[CANONICAL_MAX], text[MASK_TEXT_MAX];
	struct class_info cls;
	struct span value, out;

	if (!redactor)
		begin();
	if (size == 0)
		return 0;
	value = span_make(data + 1, size - 1);
	cls = *class_get(classes, data[0] % class_count(classes));
	for (int form = CANON_AS_IS; form <= CANON_NAME; form++) {
		out = canonical_make((enum class_canonical)form, value, canonical);
		if (out.n > value.n)
			abort();
	}
	for (int mask = MASK_TOKEN; mask <= MASK_NOTHING; mask++) {
		cls.mask = (enum class_mask)mask;
		if (redact_mask(redactor, &cls, value, NOW, text, &out) != OK ||
		    out.n > MASK_TEXT_MAX)
			abort();
		check_mask(&cls, value, out);
		harmless(out);
	}
	if (redact_request_id(redactor, value, NOW, text).n > TOKEN_TEXT_MAX)
		abort();
	(void)redact_value_hash(redactor, value, NOW);
	return 0;
}
