/* See outlet.h. */
#include "analyst/outlet.h"

#include "base/clock.h"
#include "base/log.h"

#define LOG_EVERY_US INT64_C(60000000)

int
outlet_open(struct outlet *o, int dir_fd, const struct spool_options *options,
    struct metric_block *metric)
{
	int err = spool_open(dir_fd, options, &o->spool);

	o->metric = metric;
	return err ? err : syncer_start(o->spool, &o->syncer);
}

static void
trouble(struct outlet *o, const char *what, int err)
{
	int64_t now_us = clock_wall_us();

	metric_add(o->metric, M_SPOOL_ERRORS, 1);
	if (now_us >= o->trouble_us && now_us - o->trouble_us < LOG_EVERY_US)
		return;
	o->trouble_us = now_us;
	log_error("spool in trouble", "step=%s error=\"%s\"", what, err_str(err));
}

/* A record stands for so many requests; those of endpoints are in the coverage as well. */
static uint64_t
record_requests(const struct record *r)
{
	if (r->kind == RECORD_COVERAGE)
		return r->coverage.requests;
	return r->kind == RECORD_GAP ? r->gap.requests : 0;
}

static void
record_put(void *ctx, const struct record *r)
{
	struct outlet *o = ctx;
	int err;

	buf_clear(&o->packed);
	record_pack(r, &o->packed);
	err = buf_err(&o->packed);
	if (err == OK)
		err = spool_append(
		    o->spool, record_stream_of(r->kind), buf_span(&o->packed));
	if (err == OK)
		metric_add(o->metric, M_SPOOL_RECORDS, 1);
	if (err == OK)
		o->requests += record_requests(r);
	else
		trouble(o, "append", err);
	o->waiting = true;
}

struct sink
outlet_sink(struct outlet *o)
{
	return (struct sink){.put = record_put, .ctx = o};
}

void
outlet_set_max(struct outlet *o, uint64_t max_bytes)
{
	spool_set_max(o->spool, max_bytes);
}

void
outlet_push(struct outlet *o)
{
	uint64_t failed;
	int err;

	if (!o->waiting)
		return;
	err = spool_write(o->spool);
	o->waiting = err != OK; /* the next push tries again */
	if (err != OK)
		trouble(o, "write", err);
	else
		metric_add(o->metric, M_RECORDED, o->requests);
	o->requests = err ? o->requests : 0;
	syncer_request(o->syncer);
	failed = syncer_errors(o->syncer);
	if (failed != o->sync_errors)
		trouble(o, "sync", ERR_IO);
	o->sync_errors = failed;
	metric_set(o->metric, M_SPOOL_BYTES, spool_bytes(o->spool));
	metric_set(o->metric, M_SPOOL_THINNED, spool_thinned(o->spool));
}

void
outlet_close(struct outlet *o)
{
	syncer_stop(o->syncer);
	spool_close(o->spool);
	buf_fini(&o->packed);
	*o = (struct outlet){0};
}
