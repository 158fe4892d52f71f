/* Reading promotions: what is read prints as it was, and renaming and merging it ends. */
#include <stdlib.h>

#include "base/encode.h"
#include "control/ctl/promotion.h"
#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The body with the checksum that belongs to it: mutations get past it. */
static void
seal(const uint8_t *data, size_t size, struct buf *out)
{
	struct span body = span_make(data, size);
	uint8_t digest[SHA256_BYTES];
	char hex[HEX_LEN(SHA256_BYTES)];

	buf_put_span(out, span_head(body, span_find_span(body, SPAN("sha256 "))));
	if (crypto_sha256(buf_span(out), digest) != OK)
		abort();
	hex_encode(digest, sizeof digest, hex);
	buf_printf(out, "sha256 %.*s\n", (int)sizeof hex, hex);
}

static void
merge(const struct promotion *p)
{
	struct promotion empty;
	struct promotion_change *change;
	size_t n;

	promotion_init(&empty);
	if (promotion_merge(&empty, p, p, PROMOTION_ASK, &change, &n) != OK)
		abort();
	for (size_t i = 0; i < n; i++) {
		struct buf words = BUF_INIT;

		if (change[i].step != PROMOTION_SAME)
			abort();
		promotion_label(change[i].ours, &words);
		promotion_say(&change[i], "qa", &words);
		if (promotion_judge(change[i].ours, p, p) != PROMOTION_PASSES)
			abort();
		buf_fini(&words);
	}
	free(change);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct promotion_error error;
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct promotion p;

	if (promotion_read(span_make(data, size), &p, &error) != OK && error.text[0] == 0)
		abort();
	promotion_fini(&p);
	seal(data, size, &text);
	if (promotion_read(buf_span(&text), &p, &error) == OK) {
		if (promotion_print(&p, NULL, 0, &again) != OK ||
		    !span_eq(buf_span(&text), buf_span(&again)))
			abort();
		merge(&p);
		if (promotion_rename(&p, SPAN("shop"), SPAN("\"")) != OK ||
		    (promotion_sort(&p, &error) != OK && error.text[0] == 0))
			abort();
	} else if (error.text[0] == 0) {
		abort();
	}
	promotion_fini(&p);
	buf_fini(&again);
	buf_fini(&text);
	return 0;
}
