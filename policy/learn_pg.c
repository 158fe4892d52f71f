/*
 * The learning cycle's parts that are rows in and rows out: built-in classes, classes of
 * fields, changes. What is decided is decided in learn_class.c and in the database.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pg/array.h"
#include "pg/pg_sync.h"
#include "policy/classes.h"
#include "policy/learn.h"
#include "policy/learn_class.h"
#include "sketch/distinct.h"

/* Fields judged in one transaction: some megabytes of answer, locks for a moment. */
#define BATCH_ROWS 10000

static int
failed(int rc, const struct pg_error *from, struct source_error *e)
{
	snprintf(e->text, sizeof e->text, "database: %s%s",
	    rc == ERR_VERSION ? "no schema of Yett here, or an older one (yettctl init, "
				"yettctl migrate): "
			      : "",
	    from->text);
	return rc;
}

/* --- the set of classes ------------------------------------------------------------- */

/* Built-in classes and those of the database. A class of the customer's that is wrong is
 * left out: the compiler says so, and the others go on. */
static int
open_set(
    struct pg_sync *pg, struct pool *pool, struct class_set **out, struct source_error *e)
{
	struct class_custom custom[CLASS_CUSTOM_MAX];
	struct diags quiet = {.pool = pool};
	input_list inputs = {0};
	struct model m;
	uint32_t n = 0;
	char error[200];
	size_t at = 0;
	int rc;

	*out = NULL;
	rc = source_database(pool, pg, DATABASE_CLASSES, &inputs, e);
	if (rc != OK)
		return rc;
	model_init(&m, pool, &quiet);
	for (uint32_t i = 0; i < inputs.n; i++)
		classes_read(&m, &inputs.v[i].source);
	for (; n < m.classes.n; n++)
		class_custom_of(&m.classes.v[n], &custom[n]);
	while (
	    (rc = class_set_new(custom, n, out, &at, error)) == ERR_INVALID && at < n) {
		memmove(&custom[at], &custom[at + 1], (n - at - 1) * sizeof custom[0]);
		n--;
	}
	if (rc != OK)
		snprintf(e->text, sizeof e->text, "classes: %s", err_str(rc));
	return rc;
}

static void
put_class(const struct class_info *c, struct jsonw *w)
{
	jsonw_object(w);
	jsonw_kv_str(w, "name", c->name);
	jsonw_kv_str(w, "title", c->title);
	jsonw_kv_str(w, "mask", class_mask_name(c->mask));
	jsonw_key(w, "groups");
	jsonw_array(w);
	for (uint32_t bit = CLASS_PCI; bit <= CLASS_CUSTOM; bit <<= 1)
		if (c->groups & bit)
			jsonw_str(w, class_group_name((enum class_group)bit));
	jsonw_array_end(w);
	jsonw_object_end(w);
}

int
learn_sync_classes(struct pg_sync *pg, uint64_t *synced, struct source_error *e)
{
	struct class_set *set = NULL;
	struct buf text = BUF_INIT;
	PGresult *rows = NULL;
	struct pg_error why;
	const char *value;
	char error[200];
	struct jsonw w;
	size_t at;
	int rc;

	*synced = 0;
	if ((rc = class_set_new(NULL, 0, &set, &at, error)) != OK) {
		snprintf(e->text, sizeof e->text, "classes: %s", err_str(rc));
		return rc;
	}
	jsonw_init(&w, &text);
	jsonw_array(&w);
	for (unsigned i = 0; i < class_count(set); i++)
		put_class(class_get(set, i), &w);
	jsonw_array_end(&w);
	buf_put_char(&text, '\0');
	class_set_free(set);
	if ((rc = buf_err(&text)) != OK) {
		snprintf(e->text, sizeof e->text, "classes: %s", err_str(rc));
		goto out;
	}
	value = text.p;
	rc = pg_sync_query(
	    pg, "select yett.data_class_sync($1::jsonb)", 1, &value, &rows, &why);
	if (rc != OK)
		rc = failed(rc, &why, e);
	else if (span_u64(span_str(PQgetvalue(rows, 0, 0)), synced) != OK)
		*synced = 0;
	PQclear(rows);
out:
	buf_fini(&text);
	return rc;
}

/* --- classes of fields -------------------------------------------------------------- */

/* Columns of yett.learn_classes(). */
enum column {
	COL_FIELD,
	COL_CLASS,
	COL_VALUES,
	COL_HITS,
	COL_CHECKED,
	COL_CERTAIN,
	COL_CONTAINED,
	COL_DISTINCT,
	COL_PRIOR,
	COL_STATE,
	COL_HUMAN,
	COL_BASE_VALUES,
	COL_BASE_HITS,
	COL_BASE_CHECKED,
	COL_BASE_CERTAIN,
	COL_BASE_CONTAINED,
	COL_BASE_DISTINCT,
	COL_READ_AT,
	COLUMNS
};

/* Parameters of yett.learn_classes_write() after the time. */
enum parameter {
	OUT_FIELD,
	OUT_CLASS,
	OUT_STATE,
	OUT_SCORE,
	OUT_NEWS,
	OUT_VALUES,
	OUT_BASE_VALUES,
	OUT_BASE_HITS,
	OUT_BASE_CHECKED,
	OUT_BASE_CERTAIN,
	OUT_BASE_CONTAINED,
	OUT_BASE_DISTINCT,
	OUTS
};
static const enum pg_type out_type[OUTS] = {PG_INT4, PG_TEXT, PG_TEXT, PG_INT8, PG_BOOL,
    PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8, PG_INT8};

#define READ_SQL "select * from yett.learn_classes($1::integer, $2, $3::integer)"
/* The score travels as thousandths: arrays of numbers are integers. */
#define WRITE_SQL                                                                  \
	"select yett.learn_classes_write($1, $2, $3, $4, "                         \
	"(select array_agg((u.s / 1000.0)::real order by u.i) from "               \
	"unnest($5::bigint[]) with ordinality as u (s, i)), $6, $7, $8, $9, $10, " \
	"$11, $12, $13)"

struct judging {
	struct pg_sync *pg;
	const struct class_set *set;
	bool dry_run;
	struct learn_class_totals *totals;
	struct source_error *e;
	struct pg_array out[OUTS];
	int32_t after_field; /* where the next batch begins */
	char after_class[CLASS_NAME_MAX + 1];
};

static uint64_t
cell_count(const PGresult *rows, int i, int column)
{
	int64_t v = pg_get_int(PQgetvalue(rows, i, column), PQgetlength(rows, i, column));

	return v > 0 ? (uint64_t)v : 0;
}

static struct span
cell(const PGresult *rows, int i, int column)
{
	if (PQgetisnull(rows, i, column))
		return SPAN_NONE;
	return span_make(
	    PQgetvalue(rows, i, column), (size_t)PQgetlength(rows, i, column));
}

/* A sketch that cannot be read counts nothing: then the class is not confirmed by it. */
static uint64_t
count_distinct(struct span packed)
{
	struct distinct d = {0};

	if (span_absent(packed) || distinct_unpack(&d, packed) != OK)
		return 0;
	return distinct_count(&d);
}

static void
read_row(const PGresult *rows, int i, struct learn_class_field *f)
{
	*f = (struct learn_class_field){
	    .now = {.values = cell_count(rows, i, COL_VALUES),
		.hits = cell_count(rows, i, COL_HITS),
		.checked = cell_count(rows, i, COL_CHECKED),
		.certain = cell_count(rows, i, COL_CERTAIN),
		.contained = cell_count(rows, i, COL_CONTAINED),
		.distinct = count_distinct(cell(rows, i, COL_DISTINCT))},
	    .base = {.values = cell_count(rows, i, COL_BASE_VALUES),
		.hits = cell_count(rows, i, COL_BASE_HITS),
		.checked = cell_count(rows, i, COL_BASE_CHECKED),
		.certain = cell_count(rows, i, COL_BASE_CERTAIN),
		.contained = cell_count(rows, i, COL_BASE_CONTAINED),
		.distinct = cell_count(rows, i, COL_BASE_DISTINCT)},
	    .prior = (int32_t)pg_get_int(
		PQgetvalue(rows, i, COL_PRIOR), PQgetlength(rows, i, COL_PRIOR)),
	    .state = learn_class_parse(cell(rows, i, COL_STATE)),
	    .human = PQgetvalue(rows, i, COL_HUMAN)[0] != 0,
	};
}

static void
count_result(struct learn_class_totals *t, enum learn_class_state was,
    const struct learn_class_result *r)
{
	t->judged++;
	if (r->state == was)
		return;
	t->confirmed += r->state == LEARN_CLASS_CONFIRMED;
	t->contains += r->state == LEARN_CLASS_CONTAINS;
	t->suspected += r->state == LEARN_CLASS_SUSPECTED;
	t->rejected += r->state == LEARN_CLASS_REJECTED;
}

static int64_t
thousandths(double score)
{
	if (!(score > -1e6))
		return -1000000000;
	return score < 1e6 ? (int64_t)(score * 1000) : 1000000000;
}

static void
put_row(struct judging *j, const PGresult *rows, int i, const struct learn_class_field *f,
    const struct learn_class_result *r)
{
	const uint64_t counts[] = {f->now.values, r->base.values, r->base.hits,
	    r->base.checked, r->base.certain, r->base.contained, r->base.distinct};

	pg_array_int(&j->out[OUT_FIELD], (int64_t)cell_count(rows, i, COL_FIELD));
	pg_array_bytes(&j->out[OUT_CLASS], cell(rows, i, COL_CLASS));
	pg_array_bytes(&j->out[OUT_STATE], span_str(learn_class_name(r->state)));
	pg_array_int(&j->out[OUT_SCORE], thousandths(r->score));
	pg_array_bool(&j->out[OUT_NEWS], r->news);
	for (unsigned k = 0; k < sizeof counts / sizeof counts[0]; k++)
		pg_array_int(&j->out[OUT_VALUES + k], (int64_t)counts[k]);
}

/* A class that this program does not know keeps its state and is noted as seen. */
static void
judge_row(struct judging *j, const PGresult *rows, int i)
{
	struct learn_class_result r;
	struct learn_class_field f;
	uint16_t cls = class_find(j->set, cell(rows, i, COL_CLASS));

	read_row(rows, i, &f);
	if (cls == CLASS_NONE)
		r = (struct learn_class_result){.state = f.state, .base = f.base};
	else
		learn_class_judge(j->set, cls, &f, &r);
	count_result(j->totals, f.state, &r);
	put_row(j, rows, i, &f, &r);
}

static int
write_batch(struct judging *j, const PGresult *read, int n)
{
	const char *values[1 + OUTS];
	int lengths[1 + OUTS], formats[1 + OUTS];
	PGresult *rows = NULL;
	struct pg_error why;
	uint64_t told = 0;
	int rc;

	values[0] = PQgetvalue(read, 0, COL_READ_AT); /* binary as it came */
	lengths[0] = PQgetlength(read, 0, COL_READ_AT);
	formats[0] = 1;
	for (unsigned k = 0; k < OUTS; k++) {
		if ((rc = pg_array_finish(&j->out[k], &values[1 + k], &lengths[1 + k])) !=
		    OK) {
			snprintf(j->e->text, sizeof j->e->text, "%s", err_str(rc));
			return rc;
		}
		formats[1 + k] = 1;
	}
	rc = pg_sync_query_binary(
	    j->pg, WRITE_SQL, 1 + OUTS, values, lengths, formats, 0, &rows, &why);
	if (rc != OK)
		return failed(rc, &why, j->e);
	if (span_u64(span_str(PQgetvalue(rows, 0, 0)), &told) == OK)
		j->totals->told += told;
	PQclear(rows);
	return OK;
}

static int
judge_batch(struct judging *j, int *n)
{
	char field[16], limit[16];
	const char *values[3] = {field, j->after_class, limit};
	PGresult *rows = NULL;
	struct pg_error why;
	struct span cls;
	int rc;

	snprintf(field, sizeof field, "%d", j->after_field);
	snprintf(limit, sizeof limit, "%d", BATCH_ROWS);
	*n = 0;
	rc = pg_sync_query_binary(j->pg, READ_SQL, 3, values, NULL, NULL, 1, &rows, &why);
	if (rc != OK)
		return failed(rc, &why, j->e);
	if ((*n = PQntuples(rows)) == 0)
		goto out;
	if (PQnfields(rows) != COLUMNS) {
		snprintf(j->e->text, sizeof j->e->text,
		    "database: yett.learn_classes has other columns than this program");
		rc = ERR_VERSION;
		goto out;
	}
	for (unsigned k = 0; k < OUTS; k++)
		pg_array_start(&j->out[k], out_type[k]);
	for (int i = 0; i < *n; i++)
		judge_row(j, rows, i);
	j->after_field = (int32_t)cell_count(rows, *n - 1, COL_FIELD);
	cls = cell(rows, *n - 1, COL_CLASS);
	snprintf(j->after_class, sizeof j->after_class, "%.*s", (int)cls.n, cls.p);
	if (!j->dry_run)
		rc = write_batch(j, rows, *n);
out:
	PQclear(rows);
	return rc;
}

int
learn_classes(struct pg_sync *pg, bool dry_run, struct learn_class_totals *out,
    struct source_error *e)
{
	struct judging j = {.pg = pg, .dry_run = dry_run, .totals = out, .e = e};
	struct class_set *set = NULL;
	struct pool pool = POOL_INIT;
	int rc, n = BATCH_ROWS;

	*out = (struct learn_class_totals){0};
	rc = open_set(pg, &pool, &set, e);
	j.set = set;
	while (rc == OK && n == BATCH_ROWS)
		rc = judge_batch(&j, &n);
	for (unsigned k = 0; k < OUTS; k++)
		pg_array_fini(&j.out[k]);
	class_set_free(set);
	pool_fini(&pool);
	return rc;
}

/* --- changes ------------------------------------------------------------------------ */

#define CHANGES_SQL                                         \
	"select quiet, back, authentication, status, size " \
	"from yett.learn_changes(yett.learn_now())"

int
learn_changes(struct pg_sync *pg, bool dry_run, struct learn_change_totals *out,
    struct source_error *e)
{
	uint64_t *const into[] = {
	    &out->quiet, &out->back, &out->authentication, &out->status, &out->size};
	PGresult *rows = NULL;
	struct pg_error why;
	int rc;

	*out = (struct learn_change_totals){0};
	if ((rc = pg_sync_begin(pg, &why)) != OK)
		return failed(rc, &why, e);
	rc = pg_sync_query(pg, CHANGES_SQL, 0, NULL, &rows, &why);
	for (int i = 0; rc == OK && i < 5; i++)
		if (span_u64(span_str(PQgetvalue(rows, 0, i)), into[i]) != OK)
			*into[i] = 0;
	PQclear(rows);
	if (rc == OK && !dry_run)
		rc = pg_sync_commit(pg, &why);
	if (rc != OK)
		failed(rc, &why, e);
	pg_sync_rollback(pg);
	return rc;
}

uint64_t
learn_interval_s(struct pg_sync *pg)
{
	PGresult *rows = NULL;
	struct pg_error why;
	uint64_t s = 60;

	if (pg_sync_query(pg, "select yett.setting_number('learn.interval_s')", 0, NULL,
		&rows, &why) == OK &&
	    (PQntuples(rows) != 1 ||
		span_u64(span_str(PQgetvalue(rows, 0, 0)), &s) != OK || s == 0))
		s = 60;
	PQclear(rows);
	return s;
}
