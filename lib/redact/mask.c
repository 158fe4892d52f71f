/* See mask.h. */
#include "redact/mask.h"

#define STARS_MAX 28 /* longer values show no longer row: their length says too much */
#define YEAR_FIRST 1850
#define YEAR_LAST 2199

static bool
is_alnum(char c)
{
	return ascii_is_digit(c) || ascii_is_letter(c);
}

static size_t
shown_of(size_t n)
{
	return n >= 12 ? 4 : n >= 8 ? 2 : 0;
}

static struct span
mask_last(struct span value, char *text)
{
	size_t n = 0, skip, stars;

	for (size_t i = 0; i < value.n; i++)
		n += is_alnum(value.p[i]);
	skip = n - shown_of(n);
	stars = skip < STARS_MAX ? skip : STARS_MAX;
	memset(text, '*', stars);
	n = stars;
	for (size_t i = 0; i < value.n; i++) {
		if (!is_alnum(value.p[i]))
			continue;
		if (skip > 0)
			skip--;
		else
			text[n++] = value.p[i];
	}
	return span_make(text, n);
}

static unsigned
number_at(struct span digits)
{
	unsigned v = 0;

	for (size_t i = 0; i < digits.n; i++)
		v = v * 10 + (unsigned)(digits.p[i] - '0');
	return v;
}

/* Of a run of digits: a year of four, or of eight that begin with one and go on with a month
 * and a day. */
static bool
year_of(struct span run, struct span *year)
{
	unsigned y, month, day;

	*year = span_head(run, 4);
	if (run.n != 4 && run.n != 8)
		return false;
	y = number_at(*year);
	if (y < YEAR_FIRST || y > YEAR_LAST)
		return false;
	if (run.n == 4)
		return true;
	month = number_at(span_head(span_from(run, 4), 2));
	day = number_at(span_from(run, 6));
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static struct span
mask_year(struct span value, char *text)
{
	for (size_t i = 0; i < value.n;) {
		size_t n = 0;
		struct span year;

		while (i + n < value.n && ascii_is_digit(value.p[i + n]))
			n++;
		if (year_of(span_make(value.p + i, n), &year)) {
			memcpy(text, year.p, year.n);
			return span_make(text, year.n);
		}
		i += n ? n : 1;
	}
	return SPAN("");
}

static struct span
mask_shape(struct span value, char *text)
{
	struct span s = redact_shape(value, text);

	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(text[i]))
			text[i] = '*';
	return s;
}

int
redact_mask(struct redactor *r, const struct class_info *cls, struct span value,
    int64_t now_us, char text[MASK_TEXT_MAX], struct span *out)
{
	int err = OK;

	*out = SPAN("");
	switch (cls->mask) {
	case MASK_TOKEN:
		err = redact_value(r, cls, value, now_us, text, out);
		if (err)
			*out = SPAN("");
		break;
	case MASK_LAST4: *out = mask_last(value, text); break;
	case MASK_YEAR: *out = mask_year(value, text); break;
	case MASK_SHAPE: *out = mask_shape(value, text); break;
	case MASK_NOTHING: break;
	}
	return err;
}
