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
add_finding(struct gate *g, const char *finding, const struct promotion_fact *there,
    const struct promotion_fact *here)
{
	struct buf text = BUF_INIT;

	table_cell_str(&g->t, finding);
	promotion_label(there, &text);
	table_cell(&g->t, buf_span(&text));
	promote_cell(&g->t, there);
	if (here)
		promote_cell(&g->t, here);
	else
		table_cell_str(&g->t, there->kind == PROMOTION_OPEN ? NULL : "nothing");
	buf_fini(&text);
}

static void
judge(struct gate *g, const struct promotion *theirs, const struct promotion *ours)
{
	for (size_t i = 0; i < theirs->n; i++) {
		const struct promotion_fact *f = &theirs->fact[i];

		switch (promotion_judge(f, ours)) {
		case PROMOTION_UNCLASSIFIED:
			g->unclassified++;
			add_finding(g, "unclassified", f, NULL);
			break;
		case PROMOTION_DIFFERS:
			g->differs++;
			add_finding(g, "differs", f, promotion_find(ours, f->key));
			break;
		default: break;
		}
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
