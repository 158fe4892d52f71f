/*
 * The verdict on a field. Each value that hits adds ln(p1/p0) of its strength, each that
 * does not adds ln((1-p1)/(1-p0)); values seen twice count once. What hits may add is capped
 * by strength (class.def says why), what names say comes on top.
 */
#include <math.h>

#include "classify/internal.h"

#define SUSPECTED_AT 3.5 /* nats: odds of 33 to 1 */
#define IS_AT 6.0
#define IS_AT_ONCE 9.0 /* whatever the number of values */
#define IS_VALUES 5
#define IS_DISTINCT 3
#define NOT_AT (-7.0)
#define NOT_VALUES 20
#define CERTAIN_CAP 30.0
#define FLOOR (-60.0)
/* How much better a share f of n values fits "some of them are" than chance p0 does. */
static double
share_ratio(double n, double f, double p0)
{
	if (f <= p0)
		return 0;
	if (f >= 1)
		return n * log(1 / p0);
	return n * (f * log(f / p0) + (1 - f) * log((1 - f) / (1 - p0)));
}

static double
share(uint64_t part, uint64_t of)
{
	return of == 0 ? 0 : part >= of ? 1 : (double)part / (double)of;
}

enum class_verdict
class_judge(const struct class_set *s, uint16_t cls, const struct class_evidence *e,
    double *score)
{
	const struct class_weights *w;
	double n, shape, checked, certain, miss, net, cap, contains, mixed;
	uint64_t values = e->values > e->hits ? e->values : e->hits;
	uint64_t distinct = e->distinct < values ? e->distinct : values;

	*score = 0;
	if (cls >= s->n || values == 0)
		return CLASSED_UNKNOWN;
	w = &s->weights[cls];
	n = (double)(distinct ? distinct : 1);
	certain = share(e->certain, values);
	checked = share(e->checked > e->certain ? e->checked - e->certain : 0, values);
	shape = share(e->hits > e->checked ? e->hits - e->checked : 0, values);
	miss = 1 - share(e->hits, values);
	net = n *
	    (certain * w->certain + checked * w->checked + shape * w->shape +
		miss * w->miss);
	if (net > 0) {
		double hits = certain + checked + shape;

		cap = (certain * CERTAIN_CAP + checked * w->cap_checked +
			  shape * w->cap_shape) /
		    hits;
		net = net < cap ? net : cap;
	}
	*score = e->prior / 10.0 + net;
	if (*score < FLOOR)
		*score = FLOOR;
	if (e->hits > 0 && *score >= SUSPECTED_AT) {
		if (*score >= IS_AT_ONCE)
			return CLASSED_IS;
		return *score >= IS_AT && values >= IS_VALUES && distinct >= IS_DISTINCT
		    ? CLASSED_IS
		    : CLASSED_SUSPECTED;
	}
	contains = share_ratio(n, share(e->contained, values), w->chance) - 2.0;
	mixed = share_ratio(n, certain, w->chance) - 2.0 +
	    (e->prior < 0 ? e->prior / 10.0 : 0);
	if (e->contained > 0 && contains >= SUSPECTED_AT - 1) {
		*score = contains;
		return CLASSED_CONTAINS;
	}
	if (e->certain > 0 && mixed >= SUSPECTED_AT - 1) {
		*score = mixed;
		return CLASSED_CONTAINS;
	}
	return values >= NOT_VALUES && *score <= NOT_AT ? CLASSED_NOT : CLASSED_UNKNOWN;
}
