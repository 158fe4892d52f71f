/* Edit distance (Wagner, Fischer 1974) with swaps of neighbours, on short names. */
#include "policy/suggest.h"

#define NAME_MAX_BYTES 64 /* longer names are not compared */

void
suggest_init(struct suggestion *s, struct span wanted)
{
	/* A third of the name may be wrong. */
	*s = (struct suggestion){wanted, SPAN_NONE, (unsigned)(wanted.n / 3) + 2};
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned
distance(struct span a, struct span b)
{
	unsigned before[NAME_MAX_BYTES + 1], row[NAME_MAX_BYTES + 1];
	unsigned next[NAME_MAX_BYTES + 1];

	for (unsigned j = 0; j <= b.n; j++)
		row[j] = j, before[j] = 0;
	for (unsigned i = 1; i <= a.n; i++) {
		next[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			char x = ascii_lower(a.p[i - 1]), y = ascii_lower(b.p[j - 1]);

			next[j] =
			    least(least(next[j - 1], row[j]) + 1, row[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == ascii_lower(b.p[j - 2]) &&
			    y == ascii_lower(a.p[i - 2]))
				next[j] = least(next[j], before[j - 2] + 1);
		}
		memcpy(before, row, sizeof before);
		memcpy(row, next, sizeof row);
	}
	return row[b.n];
}

void
suggest_offer(struct suggestion *s, struct span name)
{
	size_t longer = name.n > s->wanted.n ? name.n : s->wanted.n;
	size_t shorter = name.n > s->wanted.n ? s->wanted.n : name.n;
	unsigned d;

	if (longer > NAME_MAX_BYTES || shorter == 0 || longer - shorter >= s->distance)
		return;
	d = distance(s->wanted, name);
	if (d < s->distance && d < name.n) {
		s->distance = d;
		s->best = name;
	}
}
