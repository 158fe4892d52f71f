/* See report.h. */
#include "analyst/report.h"

void
report_restart(struct sink sink, const struct shared_role *slot, int64_t now_us)
{
	struct record r = {.kind = RECORD_GAP};
	uint64_t taken = metric_get(&slot->metric, M_ANALYSED) +
	    metric_get(&slot->metric, M_FINISH_UNDECIDED);
	uint64_t recorded = metric_get(&slot->metric, M_RECORDED);

	if (atomic_load(&slot->restarts) == 0)
		return;
	r.gap.from_us = (int64_t)atomic_load(&slot->sequence);
	if (r.gap.from_us == 0 || r.gap.from_us > now_us)
		r.gap.from_us = now_us;
	r.gap.to_us = now_us;
	r.gap.requests = taken > recorded ? taken - recorded : 0;
	r.gap.cause = SPAN("analyst restarted");
	sink.put(sink.ctx, &r);
}

uint64_t
report_ring_dropped(const struct shared *shared)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SHARED_WORKERS_MAX; i++) {
		unsigned at = shared_role_index(ROLE_WORKER, i);

		n += metric_get(&shared->role[at].metric, M_RING_DROPPED);
	}
	return n;
}
