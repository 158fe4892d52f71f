/* The numbers that take more than a byte. */
#include "base/varint.h"

int
varint_read_long(struct span *rest, uint64_t *v)
{
	const uint8_t *p = (const uint8_t *)rest->p;
	uint64_t sum, add;
	unsigned shift = 4;

	*v = 0;
	if (rest->n == 0)
		return ERR_TRUNCATED;
	sum = p[0];
	for (size_t i = 1; i < VARINT_MAX; i++, shift += 7) {
		if (i >= rest->n)
			return ERR_TRUNCATED;
		add = (uint64_t)p[i] << shift;
		if (add >> shift != p[i] || sum + add < sum)
			return ERR_MALFORMED;
		sum += add;
		if (p[i] < 128) {
			*v = sum;
			rest->p += i + 1;
			rest->n -= i + 1;
			return OK;
		}
	}
	return ERR_MALFORMED;
}
