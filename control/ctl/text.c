/*
 * Escaping and measuring text for a terminal; the distance is Damerau's (restricted) over
 * three rows.
 */
#include "control/ctl/text.h"

struct range {
	uint32_t from, to;
};

/* Invisible, or able to change what stands around them. */
static const struct range unsafe[] = {
    {0x0000, 0x001f},
    {0x007f, 0x009f},
    {0x00ad, 0x00ad},
    {0x061c, 0x061c},
    {0x180e, 0x180e},
    {0x200b, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},
    {0xe0000, 0xe007f},
};

/* East Asian wide and emoji blocks: enough for columns to stand. */
static const struct range wide[] = {
    {0x1100, 0x115f},
    {0x2e80, 0x303e},
    {0x3041, 0x33ff},
    {0x3400, 0x4dbf},
    {0x4e00, 0x9fff},
    {0xa000, 0xa4cf},
    {0xac00, 0xd7a3},
    {0xf900, 0xfaff},
    {0xfe30, 0xfe6f},
    {0xff00, 0xff60},
    {0xffe0, 0xffe6},
    {0x1f300, 0x1faff},
    {0x20000, 0x3fffd},
};

static const struct range combining[] = {
    {0x0300, 0x036f},
    {0x0483, 0x0489},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f},
};

#define IN(table, c) in_table(table, sizeof(table) / sizeof *(table), c)

static bool
in_table(const struct range *table, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= table[i].from && c <= table[i].to)
			return true;
	}
	return false;
}

/* One code point; its length, 0 when s does not start with well-formed UTF-8. */
static size_t
decode(struct span s, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char b = (unsigned char)s.p[0];
	size_t n = b < 0x80	    ? 1
	    : b >= 0xc2 && b < 0xe0 ? 2
	    : (b & 0xf0) == 0xe0    ? 3
	    : b >= 0xf0 && b < 0xf5 ? 4
				    : 0;

	if (n == 0 || n > s.n)
		return 0;
	*c = n == 1 ? b : b & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s.p[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | ((unsigned char)s.p[i] & 0x3f);
	}
	if (*c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return n;
}

void
text_put(struct buf *out, struct span s)
{
	while (s.n > 0) {
		uint32_t c = 0;
		size_t n = decode(s, &c);

		if (n == 0) {
			buf_printf(out, "\\x%02x", (unsigned char)s.p[0]);
			n = 1;
		} else if (!IN(unsafe, c)) {
			buf_put(out, s.p, n);
		} else if (c < 0x100) {
			buf_printf(out, "\\x%02x", (unsigned)c);
		} else {
			buf_printf(out, "\\u{%04x}", (unsigned)c);
		}
		s = span_from(s, n);
	}
}

static size_t
width_of(uint32_t c)
{
	return IN(combining, c) ? 0 : IN(wide, c) ? 2 : 1;
}

size_t
text_width(struct span clean)
{
	size_t width = 0;

	while (clean.n > 0) {
		uint32_t c = 0;
		size_t n = decode(clean, &c);

		width += n ? width_of(c) : 1;
		clean = span_from(clean, n ? n : 1);
	}
	return width;
}

void
text_put_cut(struct buf *out, struct span clean, size_t width)
{
	size_t used = 0;

	if (text_width(clean) <= width) {
		buf_put_span(out, clean);
		return;
	}
	while (clean.n > 0) {
		uint32_t c = 0;
		size_t n = decode(clean, &c), w = n ? width_of(c) : 1;

		if (used + w + 1 > width)
			break;
		buf_put(out, clean.p, n ? n : 1);
		used += w;
		clean = span_from(clean, n ? n : 1);
	}
	buf_put_str(out, "…");
}

unsigned
text_distance(const char *a, const char *b)
{
	enum { MAX = 64 };
	unsigned rows[3][MAX];
	size_t na = strlen(a), nb = strlen(b);

	if (na >= MAX || nb >= MAX)
		return MAX;
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *row = rows[i % 3], *up = rows[(i - 1) % 3];
		const unsigned *up2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned d = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < d)
				d = up[j] + 1;
			if (row[j - 1] + 1 < d)
				d = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && up2[j - 2] + 1 < d)
				d = up2[j - 2] + 1;
			row[j] = d;
		}
	}
	return rows[na % 3][nb];
}
