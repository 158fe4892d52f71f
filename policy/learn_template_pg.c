/*
 * Learning templates over a database: report.learn_template in, yett.learn_template_write
 * out, in one transaction (migration 0010).
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "pg/array.h"
#include "pg/pg_sync.h"
#include "policy/learn_template.h"
#include "policy/template_text.h"
#include "sketch/distinct.h"

struct cycle {
	struct pg_sync *pg;
	struct pool pool;
	struct source_error *error;
	int64_t now_us, epoch_us, last_epoch, epoch;
	VEC(struct learn_endpoint) endpoint;
	VEC(struct learn_child) child;
	VEC(struct learn_waiting) waiting;
};

static int
query(struct cycle *c, const char *sql, int n, const char *const *values, bool binary,
    PGresult **rows)
{
	struct pg_error e = {0};
	int rc =
	    pg_sync_query_binary(c->pg, sql, n, values, NULL, NULL, binary, rows, &e);

	if (rc != OK)
		snprintf(c->error->text, sizeof c->error->text, "database: %s%s",
		    rc == ERR_VERSION
			? "no schema of Yett here, or an older one (yettctl "
			  "init, yettctl migrate): "
			: "",
		    e.text);
	return rc;
}

/* --- cells of binary answers -------------------------------------------------------- */

static int64_t
cell_int(const PGresult *rows, int i, int column)
{
	return PQgetisnull(rows, i, column)
	    ? 0
	    : pg_get_int(PQgetvalue(rows, i, column), PQgetlength(rows, i, column));
}

static uint64_t
cell_count(const PGresult *rows, int i, int column)
{
	int64_t v = cell_int(rows, i, column);

	return v > 0 ? (uint64_t)v : 0;
}

static struct span
cell_raw(const PGresult *rows, int i, int column)
{
	if (PQgetisnull(rows, i, column))
		return SPAN_NONE;
	return span_make(
	    PQgetvalue(rows, i, column), (size_t)PQgetlength(rows, i, column));
}

static struct span
cell_text(struct cycle *c, const PGresult *rows, int i, int column)
{
	struct span s = cell_raw(rows, i, column);

	return span_absent(s) ? s : pool_copy(&c->pool, s);
}

static bool
cell_bool(const PGresult *rows, int i, int column)
{
	return !PQgetisnull(rows, i, column) && PQgetvalue(rows, i, column)[0] != 0;
}

static bool
take_int4(struct span *s, int32_t *v)
{
	if (s->n < 4)
		return false;
	*v = (int32_t)pg_get_int(s->p, 4);
	*s = span_from(*s, 4);
	return true;
}

/* An array of packed distinct counts as one: dimensions, flags, type, then per dimension
 * length and lower bound, then each element behind its length (-1: null). */
static struct span
cell_distinct(struct cycle *c, const PGresult *rows, int i, int column)
{
	struct span s = cell_raw(rows, i, column), out;
	int32_t dimensions, flags, type, n, low, length;
	struct buf packed = BUF_INIT;
	struct distinct d = {0};

	if (!take_int4(&s, &dimensions) || dimensions != 1 || !take_int4(&s, &flags) ||
	    !take_int4(&s, &type) || !take_int4(&s, &n) || !take_int4(&s, &low))
		return SPAN_NONE;
	for (int32_t k = 0; k < n && take_int4(&s, &length); k++) {
		if (length < 0)
			continue;
		if ((size_t)length > s.n ||
		    distinct_unpack(&d, span_head(s, (size_t)length)) != OK)
			return SPAN_NONE;
		s = span_from(s, (size_t)length);
	}
	distinct_pack(&d, &packed);
	out = pool_copy(&c->pool, buf_span(&packed));
	buf_fini(&packed);
	return out;
}

/* --- reading -------------------------------------------------------------------------- */

static int
read_state(struct cycle *c, const struct learn_template_options *o)
{
	PGresult *rows = NULL;
	int rc = query(c,
	    "select now_us, epoch_s, last_epoch from yett.learn_template_state()", 0,
	    NULL, true, &rows);

	if (rc == OK && PQntuples(rows) == 1) {
		c->now_us = o->now_us ? o->now_us : cell_int(rows, 0, 0);
		c->epoch_us = cell_int(rows, 0, 1) * 1000000;
		c->last_epoch = cell_int(rows, 0, 2);
		if (o->epoch_us)
			c->epoch_us = o->epoch_us;
		c->epoch = c->epoch_us > 0 ? c->now_us / c->epoch_us : c->last_epoch + 1;
	}
	PQclear(rows);
	return rc;
}

static enum learn_origin
origin_of(struct span name)
{
	return span_eq(name, SPAN("human")) ? LEARN_HUMAN
	    : span_eq(name, SPAN("spec"))   ? LEARN_SPEC
					    : LEARN_LEARNED;
}

enum {
	COL_HASH,
	COL_SERVICE,
	COL_METHOD,
	COL_TEMPLATE,
	COL_OPERATION,
	COL_ORIGIN,
	COL_PROVISIONAL,
	COL_KEEP,
	COL_IGNORED,
	COL_INTO,
	COL_REQUESTS,
	COL_ACCEPTED,
	COL_FIRST,
	COL_LAST,
	COL_IDENTITIES,
	COL_RELEASED,
	COL_SHAPES,
	COL_MERGED,
};
#define ENDPOINT_SQL                                                                     \
	"select hash, service, method, template, operation, origin, provisional, "       \
	"keep, ignored, template_into, requests, accepted, first_seen_at, "              \
	"last_seen_at, identities, released, shapes, merged from report.learn_template " \
	"where service is not null and template like '/%'"

static int
read_endpoints(struct cycle *c)
{
	PGresult *rows = NULL;
	int rc = query(c, ENDPOINT_SQL, 0, NULL, true, &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct learn_endpoint *e = VEC_ADD(&c->pool, &c->endpoint);
		struct span into = cell_raw(rows, i, COL_INTO);

		e->hash = (uint64_t)cell_int(rows, i, COL_HASH);
		e->service = cell_text(c, rows, i, COL_SERVICE);
		e->method = cell_text(c, rows, i, COL_METHOD);
		e->template = cell_text(c, rows, i, COL_TEMPLATE);
		e->operation = cell_text(c, rows, i, COL_OPERATION);
		e->origin = origin_of(cell_raw(rows, i, COL_ORIGIN));
		e->provisional = cell_bool(rows, i, COL_PROVISIONAL);
		e->keep = cell_bool(rows, i, COL_KEEP);
		e->ignore = cell_bool(rows, i, COL_IGNORED);
		e->requests = cell_count(rows, i, COL_REQUESTS);
		e->accepted = cell_count(rows, i, COL_ACCEPTED);
		e->first_us = pg_get_time(PQgetvalue(rows, i, COL_FIRST));
		e->last_us = pg_get_time(PQgetvalue(rows, i, COL_LAST));
		e->identities = cell_distinct(c, rows, i, COL_IDENTITIES);
		e->released = cell_text(c, rows, i, COL_RELEASED);
		e->shapes = cell_text(c, rows, i, COL_SHAPES);
		e->merged = (uint32_t)cell_count(rows, i, COL_MERGED);
		/* One that cannot be read is as if nobody had said it. */
		if (into.n && template_canonical(&c->pool, into, &e->into) != OK)
			e->into = SPAN_NONE;
	}
	PQclear(rows);
	return rc;
}

static int
read_children(struct cycle *c)
{
	PGresult *rows = NULL;
	int rc = query(c,
	    "select hash, segment, word, requests, accepted, identities, shape "
	    "from report.learn_template_child",
	    0, NULL, true, &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct learn_child *x = VEC_ADD(&c->pool, &c->child);
		struct span packed = cell_raw(rows, i, 5);
		struct distinct d = {0};

		x->hash = (uint64_t)cell_int(rows, i, 0);
		x->segment = (unsigned)cell_count(rows, i, 1);
		x->word = cell_text(c, rows, i, 2);
		x->requests = cell_count(rows, i, 3);
		x->accepted = cell_count(rows, i, 4);
		if (packed.n && distinct_unpack(&d, packed) == OK)
			x->identities = distinct_count(&d);
		x->shape = (uint64_t)cell_int(rows, i, 6);
	}
	PQclear(rows);
	return rc;
}

static int
read_splits(struct cycle *c)
{
	PGresult *rows = NULL;
	int rc =
	    query(c, "select hash, coalesce(segment, -1), word from report.learn_split",
		0, NULL, true, &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct learn_child *x = VEC_ADD(&c->pool, &c->child);
		int64_t segment = cell_int(rows, i, 1);

		x->hash = (uint64_t)cell_int(rows, i, 0);
		x->segment = segment < 0 ? LEARN_LAST_PARAMETER : (unsigned)segment;
		x->word = cell_text(c, rows, i, 2);
		x->human = true;
	}
	PQclear(rows);
	return rc;
}

static int
waiting_cmp(const void *a, const void *b)
{
	const struct learn_waiting *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	return x->mature - y->mature;
}

static int
read_waiting(struct cycle *c)
{
	PGresult *rows = NULL;
	int rc = query(c,
	    "select hash, kind, mature, epochs, epoch from report.learn_proposal", 0,
	    NULL, true, &rows);

	for (int i = 0; rc == OK && i < PQntuples(rows); i++) {
		struct learn_waiting *w = VEC_ADD(&c->pool, &c->waiting);

		w->hash = (uint64_t)cell_int(rows, i, 0);
		w->kind = span_eq(cell_raw(rows, i, 1), SPAN("split")) ? LEARN_SPLIT
								       : LEARN_MERGE;
		w->mature = cell_bool(rows, i, 2);
		w->epochs = (unsigned)cell_count(rows, i, 3);
		w->epoch = cell_int(rows, i, 4);
	}
	PQclear(rows);
	if (c->waiting.n > 0)
		qsort(c->waiting.v, c->waiting.n, sizeof(struct learn_waiting),
		    waiting_cmp);
	return rc;
}

/* --- writing -------------------------------------------------------------------------- */

static void
put_action(struct jsonw *w, const struct learn_action *a, const struct learn_settled *s)
{
	static const char *const verdict[] = {
	    [LEARN_WAIT] = "wait", [LEARN_APPLY] = "apply", [LEARN_PROPOSE] = "propose"};

	jsonw_object(w);
	jsonw_kv_int(w, "hash", (int64_t)a->hash);
	jsonw_kv_str(w, "kind", a->kind == LEARN_SPLIT ? "split" : "merge");
	jsonw_kv_bool(w, "mature", a->mature);
	jsonw_kv_span(w, "service", a->service);
	jsonw_kv_span(w, "method", a->method);
	jsonw_kv_span(w, "template", a->template);
	jsonw_kv_span(w, "operation", a->operation);
	jsonw_key(w, "members");
	jsonw_array(w);
	for (uint32_t i = 0; i < a->n; i++)
		jsonw_int(w, (int64_t)a->from[i]);
	jsonw_array_end(w);
	jsonw_kv_uint(w, "requests", a->requests);
	jsonw_kv_uint(w, "identities", a->identities);
	jsonw_kv_double(w, "score", a->score);
	jsonw_kv_span(w, "reason", a->reason);
	jsonw_kv_uint(w, "epochs", s->epochs);
	jsonw_kv_str(w, "verdict", verdict[s->verdict]);
	jsonw_object_end(w);
}

static int
write_actions(
    struct cycle *c, const struct learned *l, const struct learn_settled *settled)
{
	char epoch[24], at[24];
	const char *values[3] = {epoch, at};
	struct buf text = BUF_INIT;
	struct jsonw w;
	int rc;

	jsonw_init(&w, &text);
	jsonw_array(&w);
	for (uint32_t i = 0; i < l->actions.n; i++)
		put_action(&w, &l->actions.v[i], &settled[i]);
	jsonw_array_end(&w);
	if ((rc = buf_err(&text)) == OK) {
		snprintf(epoch, sizeof epoch, "%lld", (long long)c->epoch);
		snprintf(at, sizeof at, "%lld", (long long)c->now_us);
		values[2] = text.p;
		rc = query(c,
		    "select yett.learn_template_write($1::bigint, "
		    "to_timestamp($2::bigint / 1000000.0), $3::jsonb)",
		    3, values, false, NULL);
	} else {
		snprintf(c->error->text, sizeof c->error->text, "%s", err_str(rc));
	}
	buf_fini(&text);
	return rc;
}

static int
write_alarms(struct cycle *c, const struct learned *l)
{
	int rc = OK;

	for (uint32_t i = 0; rc == OK && i < l->alarms.n; i++) {
		const struct learn_alarm *a = &l->alarms.v[i];
		const char *values[5] = {
		    pool_printf(&c->pool, "%lld", (long long)c->now_us).p,
		    pool_printf(&c->pool, "%.*s", (int)a->service.n, a->service.p).p,
		    pool_printf(&c->pool, "%llu", (unsigned long long)a->templates).p,
		    pool_printf(&c->pool, "%llu", (unsigned long long)a->requests).p,
		    pool_printf(&c->pool, "%.*s", (int)a->reason.n, a->reason.p).p};

		rc = query(c,
		    "select yett.learn_template_alarm(to_timestamp($1::bigint / "
		    "1000000.0), $2, $3::bigint, $4::bigint, $5)",
		    5, values, false, NULL);
	}
	return rc;
}

static void
count(const struct learned *l, const struct learn_settled *settled,
    struct learn_template_result *out)
{
	out->templates = l->templates;
	out->alarms = l->alarms.n;
	for (uint32_t i = 0; i < l->actions.n; i++)
		switch (settled[i].verdict) {
		case LEARN_WAIT: out->waiting++; break;
		case LEARN_PROPOSE: out->proposals++; break;
		case LEARN_APPLY:
			if (l->actions.v[i].kind == LEARN_SPLIT)
				out->split++;
			else
				out->merged++;
			break;
		}
}

/* What needs no learning. */
static int
absorb(struct cycle *c, struct learn_template_result *out)
{
	PGresult *rows = NULL;
	int rc = query(c, "select yett.endpoints_absorb()", 0, NULL, true, &rows);

	if (rc == OK)
		out->absorbed = (uint32_t)cell_count(rows, 0, 0);
	PQclear(rows);
	return rc;
}

static int
learn_and_write(struct cycle *c, bool dry_run, struct learn_template_result *out)
{
	struct learn_view view = {
	    c->endpoint.v, c->endpoint.n, c->child.v, c->child.n, c->now_us};
	struct learn_settled *settled;
	struct learned l;
	int rc = OK;

	learn_template(&c->pool, &view, &l);
	settled = pool_alloc(&c->pool, (l.actions.n + 1) * sizeof *settled);
	learn_template_settle(
	    &l, c->waiting.v, c->waiting.n, c->last_epoch, c->epoch, settled);
	if (!dry_run && (rc = write_actions(c, &l, settled)) == OK)
		rc = write_alarms(c, &l);
	if (rc == OK) {
		out->endpoints = c->endpoint.n;
		count(&l, settled, out);
	}
	return rc;
}

int
learn_templates(struct pg_sync *pg, const struct learn_template_options *o,
    struct learn_template_result *out, struct source_error *e)
{
	struct cycle c = {.pg = pg, .error = e};
	struct pg_error why = {0};
	int rc;

	*out = (struct learn_template_result){0};
	e->text[0] = '\0';
	if ((rc = pg_sync_begin(pg, &why)) != OK) {
		snprintf(e->text, sizeof e->text, "database: %s", why.text);
		return rc;
	}
	if ((rc = absorb(&c, out)) == OK && (rc = read_state(&c, o)) == OK &&
	    (rc = read_endpoints(&c)) == OK && (rc = read_children(&c)) == OK &&
	    (rc = read_splits(&c)) == OK && (rc = read_waiting(&c)) == OK)
		rc = learn_and_write(&c, o->dry_run, out);
	if (rc == OK && !o->dry_run && (rc = pg_sync_commit(pg, &why)) != OK)
		snprintf(e->text, sizeof e->text, "database: %s", why.text);
	pg_sync_rollback(pg);
	if (rc != OK)
		*out = (struct learn_template_result){0};
	pool_fini(&c.pool);
	return rc;
}
