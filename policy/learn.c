/* The order of the learning cycle. */
#include "policy/learn.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pg/pg_sync.h"

static const char *const part_names[] = {
#define X(id, name) name,
    LEARN_PART_TABLE(X)
#undef X
};

static int
run_part(struct pg_sync *pg, const struct learn_options *o, enum learn_part part,
    struct learn_result *r)
{
	struct learn_template_options templates = {.dry_run = o->dry_run};
	struct source_error *e = &r->why[part];

	switch (part) {
	case LEARN_PART_SYNC:
		return o->dry_run ? OK : learn_sync_classes(pg, &r->synced, e);
	case LEARN_PART_TEMPLATES:
		return learn_templates(pg, &templates, &r->templates, e);
	case LEARN_PART_CLASSES: return learn_classes(pg, o->dry_run, &r->classes, e);
	case LEARN_PART_SPECS:
		return o->dry_run ? OK : spec_compare_all(pg, &r->specs, e);
	case LEARN_PART_CHANGES: return learn_changes(pg, o->dry_run, &r->changes, e);
	case LEARN_PARTS: break;
	}
	return ERR_INVALID;
}

/* One boolean of a statement. */
static int
ask(struct pg_sync *pg, const char *sql, bool *yes, struct source_error *e)
{
	PGresult *rows = NULL;
	struct pg_error why;
	int rc = pg_sync_query(pg, sql, 0, NULL, &rows, &why);

	*yes = rc == OK && PQgetvalue(rows, 0, 0)[0] == 't';
	PQclear(rows);
	if (rc != OK)
		snprintf(e->text, sizeof e->text, "database: %s%s",
		    rc == ERR_VERSION
			? "no schema of Yett here, or an older one (yettctl init, "
			  "yettctl migrate): "
			: "",
		    why.text);
	return rc;
}

int
learn_cycle(struct pg_sync *pg, const struct learn_options *o, struct learn_result *out,
    struct source_error *e)
{
	struct source_error unlocking;
	int64_t begun = clock_mono_us();
	bool mine, was_mine;
	int rc;

	*out = (struct learn_result){0};
	e->text[0] = '\0';
	if ((rc = ask(pg, "select yett.learn_lock()", &mine, e)) != OK)
		return rc;
	if (!mine) {
		snprintf(e->text, sizeof e->text,
		    "another yettc learns from this database at the moment");
		return ERR_AGAIN;
	}
	for (unsigned part = 0; part < LEARN_PARTS; part++) {
		int64_t at = clock_mono_us();

		rc = run_part(pg, o, part, out);
		pg_sync_rollback(pg); /* whatever a part that failed left open */
		out->error[part] = rc;
		out->us[part] = clock_mono_us() - at;
		if (rc == ERR_CLOSED || rc == ERR_VERSION || rc == ERR_DENIED) {
			*e = out->why[part];
			break;
		}
		rc = OK;
	}
	if (rc != ERR_CLOSED &&
	    ask(pg, "select yett.learn_unlock()", &was_mine, &unlocking) != OK &&
	    rc == OK) {
		*e = unlocking;
		rc = ERR_CLOSED; /* the lock lasts as long as the connection */
	}
	out->total_us = clock_mono_us() - begun;
	return rc;
}

bool
learn_changed(const struct learn_result *r)
{
	return r->synced || r->templates.merged || r->templates.split;
}

/* --- what is told ------------------------------------------------------------------- */

static void
put_count(struct buf *out, uint64_t n, const char *what)
{
	if (n)
		buf_printf(
		    out, "%s%llu %s", out->n ? ", " : "", (unsigned long long)n, what);
}

void
learn_print(const struct learn_result *r, struct buf *out)
{
	const struct learn_template_result *t = &r->templates;
	const struct learn_class_totals *c = &r->classes;
	const struct learn_change_totals *x = &r->changes;

	put_count(out, r->synced, "classes described");
	put_count(out, t->absorbed, "endpoints of known templates");
	put_count(out, t->merged, "templates merged");
	put_count(out, t->split, "templates split");
	put_count(out, t->waiting, "templates waiting");
	put_count(out, t->proposals, "templates proposed");
	put_count(out, t->alarms, "floods of paths");
	put_count(out, c->judged, "classes of fields judged");
	put_count(out, c->confirmed, "confirmed");
	put_count(out, c->contains, "contained");
	put_count(out, c->rejected, "rejected");
	put_count(out, c->told, "new to an endpoint");
	put_count(out, r->specs.opened, "findings opened");
	put_count(out, r->specs.resolved, "findings resolved");
	put_count(out, x->quiet, "endpoints gone quiet");
	put_count(out, x->back, "endpoints back");
	put_count(out, x->authentication, "changes of authentication");
	put_count(out, x->status, "shifts of status");
	put_count(out, x->size, "shifts of size");
}

static void
put_parts(const struct learn_result *r, struct jsonw *w)
{
	jsonw_key(w, "seconds");
	jsonw_object(w);
	for (unsigned i = 0; i < LEARN_PARTS; i++)
		jsonw_kv_double(w, part_names[i], (double)r->us[i] / 1e6);
	jsonw_kv_double(w, "all", (double)r->total_us / 1e6);
	jsonw_object_end(w);
	jsonw_key(w, "errors");
	jsonw_object(w);
	for (unsigned i = 0; i < LEARN_PARTS; i++)
		if (r->error[i] != OK)
			jsonw_kv_str(w, part_names[i], r->why[i].text);
	jsonw_object_end(w);
}

void
learn_json(const struct learn_result *r, bool dry_run, struct jsonw *w)
{
	const struct learn_template_result *t = &r->templates;
	const struct learn_class_totals *c = &r->classes;
	const struct spec_compare_result *s = &r->specs;
	const struct learn_change_totals *x = &r->changes;
	const struct {
		const char *key;
		uint64_t n;
	} counts[] = {{"classes_synced", r->synced}, {"endpoints", t->endpoints},
	    {"templates", t->templates}, {"absorbed", t->absorbed}, {"merged", t->merged},
	    {"split", t->split}, {"waiting", t->waiting}, {"proposals", t->proposals},
	    {"floods", t->alarms}, {"judged", c->judged}, {"confirmed", c->confirmed},
	    {"contains", c->contains}, {"suspected", c->suspected},
	    {"rejected", c->rejected}, {"class_new", c->told}, {"specs", s->specs},
	    {"findings", s->findings}, {"findings_opened", s->opened},
	    {"findings_resolved", s->resolved}, {"quiet", x->quiet}, {"back", x->back},
	    {"authentication", x->authentication}, {"status_shift", x->status},
	    {"size_shift", x->size}};

	jsonw_object(w);
	jsonw_kv_bool(w, "dry_run", dry_run);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		jsonw_kv_uint(w, counts[i].key, counts[i].n);
	put_parts(r, w);
	jsonw_object_end(w);
}
