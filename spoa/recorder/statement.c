/* See statement.h. The order of the columns is that of the SQL functions' parameters. */
#include "recorder/statement.h"

#include <endian.h>

static const char *const sql[] = {
#define STATEMENT(id, text) [id] = text,
#include "recorder/statements.def"
#undef STATEMENT
};

const char *
statement_sql(enum statement_id id)
{
	CHECK(id < STATEMENTS);
	return sql[id];
}

void
statement_init(struct statement_params *p)
{
	*p = (struct statement_params){0};
}

void
statement_fini(struct statement_params *p)
{
	for (int i = 0; i < STATEMENT_PARAMS_MAX; i++)
		pg_array_fini(&p->array[i]);
	buf_fini(&p->scratch);
}

void
statement_begin(struct statement_params *p)
{
	p->n = 0;
	p->err = OK;
}

static void
scalar(struct statement_params *p, const void *v, int length)
{
	CHECK(p->n < STATEMENT_PARAMS_MAX);
	memcpy(p->scalar[p->n], v, (size_t)length);
	p->value[p->n] = p->scalar[p->n];
	p->length[p->n] = length;
	p->format[p->n] = 1;
	p->n++;
}

void
statement_int8(struct statement_params *p, int64_t v)
{
	char be[8];

	pg_put_int8(be, v);
	scalar(p, be, 8);
}

void
statement_int4(struct statement_params *p, int32_t v)
{
	uint32_t be = htobe32((uint32_t)v);

	scalar(p, &be, 4);
}

void
statement_int2(struct statement_params *p, int16_t v)
{
	uint16_t be = htobe16((uint16_t)v);

	scalar(p, &be, 2);
}

void
statement_time(struct statement_params *p, int64_t wall_us)
{
	char be[8];

	pg_put_time(be, wall_us);
	scalar(p, be, 8);
}

void
statement_text(struct statement_params *p, const char *s)
{
	CHECK(p->n < STATEMENT_PARAMS_MAX);
	p->value[p->n] = s;
	p->length[p->n] = 0;
	p->format[p->n] = 0;
	p->n++;
}

/* An array's memory is kept from one statement to the next. */
struct pg_array *
statement_array(struct statement_params *p, enum pg_type type)
{
	struct pg_array *a;

	CHECK(p->n < STATEMENT_PARAMS_MAX);
	a = &p->array[p->n];
	pg_array_start(a, type);
	p->value[p->n] = NULL; /* to be finished */
	p->format[p->n] = 1;
	p->length[p->n] = -1;
	p->n++;
	return a;
}

int
statement_finish(struct statement_params *p)
{
	for (int i = 0; i < p->n && p->err == OK; i++)
		if (p->format[i] == 1 && p->length[i] < 0)
			p->err =
			    pg_array_finish(&p->array[i], &p->value[i], &p->length[i]);
	return p->err;
}

/* --- columns ------------------------------------------------------------------------- */

/* One array parameter from one field of each element of a list. */
#define COLUMN(p, list, type, put, expression)                           \
	do {                                                             \
		struct pg_array *column_ = statement_array(p, type);     \
		for (size_t i = 0; i < (list).n; i++) {                  \
			const __typeof__((list).v[0]) *e = &(list).v[i]; \
			put(column_, expression);                        \
		}                                                        \
	} while (0)

/* Minutes store null for none: most columns of most rows are. */
static void
put_some(struct pg_array *a, uint64_t v)
{
	if (v == 0)
		pg_array_null(a);
	else
		pg_array_int(a, v > INT32_MAX ? INT32_MAX : (int64_t)v);
}

static void
put_int(struct pg_array *a, uint64_t v)
{
	pg_array_int(a, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

static void
put_text(struct pg_array *a, struct span s)
{
	pg_array_bytes(a, span_absent(s) ? SPAN("") : s);
}

void
statement_endpoints(struct statement_params *p, const struct batch *b)
{
	statement_begin(p);
	COLUMN(p, b->endpoints, PG_INT8, pg_array_int, (int64_t)e->hash);
	COLUMN(p, b->endpoints, PG_INT8, pg_array_int, (int64_t)e->alias_of);
	COLUMN(p, b->endpoints, PG_TEXT, put_text,
	    e->service.n ? e->service : SPAN("other"));
	COLUMN(p, b->endpoints, PG_TEXT, put_text, e->method);
	COLUMN(p, b->endpoints, PG_TEXT, put_text, e->template_text);
	COLUMN(p, b->endpoints, PG_TEXT, pg_array_bytes,
	    e->operation.n ? e->operation : SPAN_NONE);
	COLUMN(p, b->endpoints, PG_TIMESTAMPTZ, pg_array_time, e->first_us);
	COLUMN(p, b->endpoints, PG_BOOL, pg_array_bool, e->provisional != 0);
	COLUMN(p, b->endpoints, PG_TEXT, put_text, e->shapes);
}

void
statement_minutes(struct statement_params *p, const struct batch *b)
{
	statement_begin(p);
	COLUMN(p, b->minutes, PG_TIMESTAMPTZ, pg_array_time, e->minute_us);
	COLUMN(p, b->minutes, PG_INT4, pg_array_int, e->endpoint_id);
	COLUMN(p, b->minutes, PG_INT4, put_int, e->requests);
	for (unsigned k = 0; k < 6; k++)
		COLUMN(p, b->minutes, PG_INT4, put_some, e->status[k]);
	COLUMN(p, b->minutes, PG_INT4, put_some, e->denied);
	COLUMN(p, b->minutes, PG_INT4, put_some, e->limited);
	COLUMN(p, b->minutes, PG_INT4, put_some, e->dropped);
	COLUMN(p, b->minutes, PG_INT4, put_some, e->shadowed);
	COLUMN(p, b->minutes, PG_INT4, put_some, e->undecided);
	COLUMN(p, b->minutes, PG_INT4, put_some, e->unfinished);
}

void
statement_hours_read(struct statement_params *p, const struct batch *b)
{
	statement_begin(p);
	COLUMN(p, b->hours, PG_TIMESTAMPTZ, pg_array_time, e->sum.minute_us);
	COLUMN(p, b->hours, PG_INT4, pg_array_int, e->endpoint_id);
}

void
statement_put_hist(struct statement_params *p, struct pg_array *a, const struct hist *h)
{
	if (h->n == 0) {
		pg_array_null(a);
		return;
	}
	buf_clear(&p->scratch);
	hist_pack(h, &p->scratch);
	if (buf_err(&p->scratch) != OK)
		p->err = buf_err(&p->scratch);
	pg_array_bytes(a, buf_span(&p->scratch));
}

void
statement_put_distinct(
    struct statement_params *p, struct pg_array *a, const struct distinct *d)
{
	if (d->n == 0) {
		pg_array_null(a);
		return;
	}
	buf_clear(&p->scratch);
	distinct_pack(d, &p->scratch);
	if (buf_err(&p->scratch) != OK)
		p->err = buf_err(&p->scratch);
	pg_array_bytes(a, buf_span(&p->scratch));
}

#define HOUR_COLUMN(expression) COLUMN(p, b->hours, PG_INT8, put_int, expression)
void
statement_hours_write(struct statement_params *p, const struct batch *b)
{
	struct pg_array *a;

	statement_hours_read(p, b);
	HOUR_COLUMN(e->sum.requests);
	HOUR_COLUMN(e->sum.watched);
	for (unsigned k = 0; k < 6; k++)
		HOUR_COLUMN(e->sum.status[k]);
	HOUR_COLUMN(e->sum.denied);
	HOUR_COLUMN(e->sum.limited);
	HOUR_COLUMN(e->sum.dropped);
	HOUR_COLUMN(e->sum.shadowed);
	for (unsigned k = 0; k < 3; k++)
		HOUR_COLUMN(e->sum.inspected[k]);
	HOUR_COLUMN(e->sum.undecided);
	HOUR_COLUMN(e->sum.unfinished);
	HOUR_COLUMN(e->sum.request_bytes);
	HOUR_COLUMN(e->sum.response_bytes);
	COLUMN(p, b->hours, PG_INT4, pg_array_int, (int32_t)e->sum.auth_mask);
	HOUR_COLUMN(e->sum.auth_none);
	COLUMN(p, b->hours, PG_TIMESTAMPTZ, pg_array_time, e->sum.first_us);
	COLUMN(p, b->hours, PG_TIMESTAMPTZ, pg_array_time, e->sum.last_us);
	a = statement_array(p, PG_BYTEA);
	for (size_t i = 0; i < b->hours.n; i++)
		statement_put_hist(p, a, &b->hours.v[i].sum.latency_us);
	a = statement_array(p, PG_BYTEA);
	for (size_t i = 0; i < b->hours.n; i++)
		statement_put_hist(p, a, &b->hours.v[i].sum.request_size);
	a = statement_array(p, PG_BYTEA);
	for (size_t i = 0; i < b->hours.n; i++)
		statement_put_hist(p, a, &b->hours.v[i].sum.response_size);
	a = statement_array(p, PG_BYTEA);
	for (size_t i = 0; i < b->hours.n; i++)
		statement_put_distinct(p, a, &b->hours.v[i].sum.identities);
}

static void
put_identity(struct pg_array *a, const struct record_decision *d)
{
	char be[16];

	pg_put_int8(be, (int64_t)d->sample_identity_hi);
	pg_put_int8(be + 8, (int64_t)d->sample_identity_lo);
	if (d->sample_identity_hi == 0 && d->sample_identity_lo == 0)
		pg_array_null(a);
	else
		pg_array_bytes(a, span_make(be, sizeof(be)));
}

void
statement_decisions(struct statement_params *p, const struct batch *b, int32_t agent_id)
{
	struct pg_array *a;

	statement_begin(p);
	statement_int4(p, agent_id);
	COLUMN(p, b->decisions, PG_TIMESTAMPTZ, pg_array_time, e->d.minute_us);
	COLUMN(p, b->decisions, PG_INT4, pg_array_int, e->endpoint_id);
	COLUMN(p, b->decisions, PG_TEXT, put_text, e->d.rule);
	COLUMN(p, b->decisions, PG_INT2, pg_array_int, e->d.action);
	COLUMN(p, b->decisions, PG_INT2, pg_array_int, e->d.shadow_action);
	COLUMN(p, b->decisions, PG_INT2, pg_array_int, e->d.status);
	COLUMN(p, b->decisions, PG_INT8, pg_array_int, (int64_t)e->d.revision);
	COLUMN(p, b->decisions, PG_TEXT, put_text, e->d.reason);
	COLUMN(p, b->decisions, PG_INT8, put_int, e->d.requests);
	COLUMN(p, b->decisions, PG_TIMESTAMPTZ, pg_array_time, e->d.first_us);
	COLUMN(p, b->decisions, PG_TIMESTAMPTZ, pg_array_time, e->d.last_us);
	a = statement_array(p, PG_BYTEA);
	for (size_t i = 0; i < b->decisions.n; i++)
		statement_put_distinct(p, a, &b->decisions.v[i].d.identities);
	a = statement_array(p, PG_BYTEA);
	for (size_t i = 0; i < b->decisions.n; i++)
		put_identity(a, &b->decisions.v[i].d);
	COLUMN(p, b->decisions, PG_TEXT, pg_array_bytes, e->d.sample_id);
}

#define COVERAGE_COLUMN(name) COLUMN(p, b->coverage, PG_INT8, put_int, e->name)
void
statement_coverage(struct statement_params *p, const struct batch *b, int32_t agent_id)
{
	statement_begin(p);
	statement_int4(p, agent_id);
	COLUMN(p, b->coverage, PG_TIMESTAMPTZ, pg_array_time, e->minute_us);
	COLUMN(p, b->coverage, PG_TEXT, put_text, e->service);
	COVERAGE_COLUMN(requests);
	COVERAGE_COLUMN(decided);
	COVERAGE_COLUMN(undecided);
	COVERAGE_COLUMN(unfinished);
	COVERAGE_COLUMN(body_partial);
	COVERAGE_COLUMN(body_none);
	COVERAGE_COLUMN(ring_dropped);
	COVERAGE_COLUMN(pending_evicted);
	COVERAGE_COLUMN(finish_bad);
	COVERAGE_COLUMN(tap_seen);
	COVERAGE_COLUMN(tap_cut);
	COVERAGE_COLUMN(tap_gzip);
	COVERAGE_COLUMN(overflow);
}

void
statement_gaps(struct statement_params *p, const struct batch *b, int32_t agent_id)
{
	statement_begin(p);
	statement_int4(p, agent_id);
	COLUMN(p, b->gaps, PG_INT4, pg_array_int, e->shard);
	COLUMN(p, b->gaps, PG_TIMESTAMPTZ, pg_array_time, e->gap.from_us);
	COLUMN(p, b->gaps, PG_TIMESTAMPTZ, pg_array_time, e->gap.to_us);
	COLUMN(p, b->gaps, PG_INT8, put_int, e->gap.records);
	COLUMN(p, b->gaps, PG_INT8, put_int, e->gap.requests);
	COLUMN(p, b->gaps, PG_TEXT, put_text, e->gap.cause);
}

void
statement_words(struct statement_params *p, const struct batch *b)
{
	statement_begin(p);
	COLUMN(p, b->words, PG_TEXT, put_text, e->token);
	COLUMN(p, b->words, PG_TEXT, put_text, e->text);
	COLUMN(p, b->words, PG_INT8, put_int, e->identities);
	COLUMN(p, b->words, PG_TIMESTAMPTZ, pg_array_time, e->at_us);
}

#define PLACE_COLUMNS(list, member)                                             \
	do {                                                                    \
		COLUMN(p, list, PG_INT4, pg_array_int, e->endpoint_id);         \
		COLUMN(p, list, PG_INT2, pg_array_int, e->member.at.direction); \
		COLUMN(p, list, PG_INT2, pg_array_int, e->member.at.location);  \
		COLUMN(p, list, PG_TEXT, put_text, e->member.at.path);          \
	} while (0)

#define CLASS_COLUMN(expression) COLUMN(p, b->classes, PG_INT8, put_int, expression)
void
statement_observations(struct statement_params *p, const struct batch *b)
{
	struct pg_array *a;

	statement_begin(p);
	PLACE_COLUMNS(b->observations, o);
	COLUMN(p, b->observations, PG_TIMESTAMPTZ, pg_array_time, e->o.first_us);
	COLUMN(p, b->observations, PG_TIMESTAMPTZ, pg_array_time, e->o.last_us);
	COLUMN(p, b->observations, PG_INT8, put_int, e->o.messages);
	COLUMN(p, b->observations, PG_INT8, put_int, e->o.present);
	COLUMN(p, b->observations, PG_INT8, put_int, e->o.values);
	COLUMN(p, b->observations, PG_INT4, pg_array_int, (int32_t)e->o.types);
	COLUMN(p, b->observations, PG_INT4, pg_array_int, (int32_t)e->o.status_mask);
	COLUMN(p, b->observations, PG_INT8, put_int, e->o.bytes_max);
	a = statement_array(p, PG_BYTEA);
	for (size_t i = 0; i < b->observations.n; i++)
		statement_put_distinct(p, a, &b->observations.v[i].o.distinct);
	COLUMN(p, b->classes, PG_INT4, pg_array_int, (int64_t)e->observation + 1);
	COLUMN(p, b->classes, PG_TEXT, put_text, e->name);
	CLASS_COLUMN(e->hits);
	CLASS_COLUMN(e->checked);
	CLASS_COLUMN(e->certain);
	CLASS_COLUMN(e->contained);
	COLUMN(p, b->classes, PG_INT4, pg_array_int, e->prior);
}

void
statement_suspects(struct statement_params *p, const struct batch *b)
{
	statement_begin(p);
	PLACE_COLUMNS(b->suspects, s);
	COLUMN(p, b->suspects, PG_TEXT, put_text, e->s.cls);
	COLUMN(p, b->suspects, PG_TIMESTAMPTZ, pg_array_time, e->s.at_us);
	COLUMN(p, b->suspects, PG_INT8, put_int, e->s.values);
	COLUMN(p, b->suspects, PG_INT8, put_int, e->s.hits);
	COLUMN(p, b->suspects, PG_INT4, pg_array_int, e->s.score);
	COLUMN(p, b->suspects, PG_TEXT, pg_array_bytes, e->s.evidence);
	COLUMN(p, b->suspects, PG_TEXT, pg_array_bytes, e->s.sample_id);
}

void
statement_children(struct statement_params *p, const struct batch *b)
{
	struct pg_array *a;

	statement_begin(p);
	COLUMN(p, b->children, PG_INT4, pg_array_int, e->endpoint_id);
	COLUMN(p, b->children, PG_INT4, pg_array_int, e->c.segment);
	COLUMN(p, b->children, PG_TEXT, put_text, e->c.word);
	COLUMN(p, b->children, PG_INT8, put_int, e->c.requests);
	COLUMN(p, b->children, PG_INT8, put_int, e->c.accepted);
	a = statement_array(p, PG_BYTEA);
	for (size_t i = 0; i < b->children.n; i++)
		statement_put_distinct(p, a, &b->children.v[i].c.identities);
	COLUMN(p, b->children, PG_INT8, pg_array_int, (int64_t)e->c.shape);
}

void
statement_links(struct statement_params *p, const struct batch *b)
{
	statement_begin(p);
	COLUMN(p, b->links, PG_TEXT, put_text, e->from);
	COLUMN(p, b->links, PG_TEXT, put_text, e->to);
	COLUMN(p, b->links, PG_TIMESTAMPTZ, pg_array_time, e->at_us);
}
