/* See report.h. */
#include "analyst/report.h"

#include "base/jsonw.h"

/* Of these the largest says more than the sum over processes. */
static bool
is_maximum(enum metric_id id)
{
	return id == M_POLICY_REVISION || id == M_BUNDLE_EXPIRY_S ||
	    id == M_DATABASE_UP || id == M_SHIP_LAG_S;
}

static uint64_t
over_roles(const struct shared *shared, enum metric_id id)
{
	uint64_t sum = 0, most = 0;

	for (unsigned i = 0; i < SHARED_ROLES_MAX; i++) {
		uint64_t v = metric_get(&shared->role[i].metric, id);

		sum += v;
		if (v > most)
			most = v;
	}
	return is_maximum(id) ? most : sum;
}

static void
counters_write(const struct shared *shared, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	for (int id = 0; id < METRICS; id++)
		jsonw_kv_uint(&w, metric_name((enum metric_id)id),
		    over_roles(shared, (enum metric_id)id));
	jsonw_key(&w, "exceptions");
	jsonw_object(&w);
	for (int id = 0; id < EXCEPTIONS; id++) {
		uint64_t n = 0;

		for (unsigned i = 0; i < SHARED_ROLES_MAX; i++)
			n += atomic_load_explicit(
			    &shared->role[i].metric.exception[id], memory_order_relaxed);
		jsonw_kv_uint(&w, exception_name((enum exception_id)id), n);
	}
	jsonw_object_end(&w);
	jsonw_object_end(&w);
}

void
report_agent(struct sink sink, const struct shared *shared, const struct settings *s,
    struct span name, int64_t now_us)
{
	const struct shared_role *supervisor =
	    &shared->role[shared_role_index(ROLE_SUPERVISOR, 0)];
	struct record r = {.kind = RECORD_AGENT};
	struct buf counters = BUF_INIT;

	counters_write(shared, &counters);
	if (buf_err(&counters) == OK) {
		r.agent.at_us = now_us;
		r.agent.name = name;
		r.agent.environment = span_str(s->agent_environment);
		r.agent.version = span_str(YETT_VERSION);
		r.agent.revision = over_roles(shared, M_POLICY_REVISION);
		r.agent.started_us = (int64_t)atomic_load(&supervisor->started_us);
		r.agent.cold_starts = over_roles(shared, M_COLD_STARTS);
		r.agent.deaths = over_roles(shared, M_DEATHS);
		r.agent.counters = buf_span(&counters);
		sink.put(sink.ctx, &r);
	}
	buf_fini(&counters);
}

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
	return over_roles(shared, M_RING_DROPPED);
}
