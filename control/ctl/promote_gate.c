/*
 * promote gate: may code that was tested in one environment go to this one? Not while a
 * field seen there is unclassified, or is here not what it is there.
 */
#include "control/ctl/promote.h"

#include <stdio.h>

#include "control/ctl/database.h"
#include "control/ctl/promote_database.h"

struct gate {
	struct table t;
	size_t unclassified, differs;
};

/* The other environment's facts, through a connection of their own. */
static int
read_other(
    struct session *s, const char *conninfo, const char *values, struct promotion *out)
{
	struct session other = *s;
	int rc;

	other.pg = NULL;
	snprintf(other.database, sizeof other.database, "%s", conninfo);
	rc = promote_read_facts(&other, out);
	if (rc == EXIT_DONE)
		rc = promote_read_open(&other, values, out);
	pg_sync_close(other.pg);
	return rc;
}

static void
add_side(struct gate *g, const struct promotion_fact *f)
{
	if (f)
		promote_cell(&g->t, f);
	else
		table_cell_str(&g->t, "nothing");
}

static void
add_differs(
    struct gate *g, const struct promotion_fact *there, const struct promotion_fact *here)
{
	struct buf text = BUF_INIT;

	g->differs++;
	table_cell_str(&g->t, "differs");
	promotion_label(there ? there : here, &text);
	table_cell(&g->t, buf_span(&text));
	add_side(g, there);
	add_side(g, here);
	buf_fini(&text);
}

static void
add_unclassified(struct gate *g, const struct promotion_fact *there)
{
	struct buf text = BUF_INIT;

	g->unclassified++;
	table_cell_str(&g->t, "unclassified");
	promotion_label(there, &text);
	table_cell(&g->t, buf_span(&text));
	promote_cell(&g->t, there);
	table_cell_str(&g->t, NULL);
	buf_fini(&text);
}

static void
judge(struct gate *g, const struct promotion *theirs, const struct promotion *ours)
{
	for (size_t i = 0; i < theirs->n; i++) {
		const struct promotion_fact *f = &theirs->fact[i];

		switch (promotion_judge(f, theirs, ours)) {
		case PROMOTION_UNCLASSIFIED: add_unclassified(g, f); break;
		case PROMOTION_DIFFERS:
			add_differs(g, f, promotion_find(ours, f->key));
			break;
		default: break;
		}
	}
	for (size_t i = 0; i < ours->n; i++) { /* what a class has here alone */
		const struct promotion_fact *f = &ours->fact[i];

		if (f->kind == PROMOTION_CLASS && !promotion_find(theirs, f->key) &&
		    promotion_judge(f, theirs, ours) == PROMOTION_DIFFERS)
			add_differs(g, NULL, f);
	}
}

/* Fields of this database alone: nothing to compare with. */
static int
judge_alone(struct session *s, const char *values, struct gate *g)
{
	struct promotion open;
	int rc = promote_read_facts(s, &open);

	if (rc == EXIT_DONE)
		rc = promote_read_open(s, values, &open);
	if (rc == EXIT_DONE)
		judge(g, &open, &open);
	if (rc == EXIT_DONE && g->unclassified == 0)
		session_say(s,
		    "every field seen in %s is classified; it was compared with "
		    "no other environment",
		    open.environment);
	promotion_fini(&open);
	return rc;
}

static int
judge_pair(
    struct session *s, const struct invocation *in, const char *values, struct gate *g)
{
	const char *from = invocation_option(in, "from"),
		   *conninfo = invocation_option(in, "from-database");
	struct promotion ours, theirs;
	int rc = promote_read_facts(s, &ours);

	promotion_init(&theirs);
	if (rc == EXIT_DONE && from) {
		rc = promote_read_file(s, in, from, ours.environment, &theirs);
	} else if (rc == EXIT_DONE) {
		rc = read_other(s, conninfo, values, &theirs);
		if (rc == EXIT_DONE)
			rc = promote_rename(&theirs, in);
	}
	if (rc == EXIT_DONE && strcmp(ours.environment, theirs.environment) == 0)
		rc = session_error(EXIT_USAGE,
		    "--database names where the code goes, --from or --from-database "
		    "where "
		    "it was tested.",
		    "both are %s: a gate stands between two environments",
		    ours.environment);
	if (rc == EXIT_DONE)
		judge(g, &theirs, &ours);
	if (rc == EXIT_DONE && g->unclassified + g->differs == 0)
		session_say(s,
		    "every field seen in %s is classified, and in %s it is the "
		    "same",
		    theirs.environment, ours.environment);
	promotion_fini(&theirs);
	promotion_fini(&ours);
	return rc;
}

int
command_promote_gate(struct session *s, const struct invocation *in)
{
	const char *from = invocation_option(in, "from"),
		   *conninfo = invocation_option(in, "from-database"),
		   *values = invocation_option(in, "values");
	struct gate g = {.unclassified = 0};
	int rc;

	if (from && (conninfo || values))
		return session_error(EXIT_USAGE, NULL,
		    "--from FILE goes without --from-database and --values");
	table_init(&g.t);
	table_column(&g.t, "finding", CELL_TEXT, 0);
	table_column(&g.t, "fact", CELL_TEXT, 0);
	table_column(&g.t, "there", CELL_TEXT, 0);
	table_column(&g.t, "here", CELL_TEXT, 0);
	rc =
	    from || conninfo ? judge_pair(s, in, values, &g) : judge_alone(s, values, &g);
	if (rc == EXIT_DONE)
		rc = session_show(s, &g.t, NULL);
	if (rc == EXIT_DONE && g.unclassified + g.differs > 0)
		rc = session_error(EXIT_FINDINGS,
		    g.unclassified
			? "let learning see more values, or say it: yettctl field class, "
			  "yettctl field ignore, there; then promote."
			: "yettctl promote import, or change one side.",
		    "%zu fields are not classified, %zu facts differ", g.unclassified,
		    g.differs);
	table_fini(&g.t);
	return rc;
}
