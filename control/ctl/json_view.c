/* See json_view.h. Objects of one array should have the same members in the same order. */
#include "control/ctl/json_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/ctl/text.h"
#include "http/body.h"

#define ARENA_BYTES (1 << 20)
#define GROUPS_MAX 8 /* arrays of one answer: more are not shown */
#define KEY_WIDTH 40

struct group {
	char name[64];
	struct table t;
	unsigned at; /* next column of the current row */
	unsigned done; /* whole rows */
};

struct view {
	struct buf *out;
	unsigned groups;
	struct group group[GROUPS_MAX];
};

static void
put_key(struct buf *out, struct span key)
{
	size_t start = out->n;

	for (size_t i = 0; i < key.n; i++)
		buf_put_char(out, strchr("_.", key.p[i]) ? ' ' : key.p[i]);
	do
		buf_put_char(out, ' ');
	while (out->n - start < KEY_WIDTH);
}

static struct span
value_of(const struct field *f)
{
	switch (f->type) {
	case VALUE_TRUE: return SPAN("yes");
	case VALUE_FALSE: return SPAN("no");
	case VALUE_NULL: return SPAN_NONE;
	default: return f->value;
	}
}

static struct group *
find_group(struct view *v, struct span name)
{
	struct group *g;

	for (unsigned i = 0; i < v->groups; i++) {
		if (span_eq(name, span_str(v->group[i].name)))
			return &v->group[i];
	}
	if (v->groups == GROUPS_MAX)
		return NULL;
	g = &v->group[v->groups++];
	snprintf(
	    g->name, sizeof g->name, "%.*s", (int)(name.n < 63 ? name.n : 63), name.p);
	table_init(&g->t);
	g->at = g->done = 0;
	return g;
}

/* Puts a cell under its column; what stands between is absent. */
static void
put_cell(struct group *g, struct span key, const struct field *f)
{
	unsigned c = 0;
	char text[48];

	while (c < g->t.columns && !span_eq(key, span_str(g->t.column[c].key)))
		c++;
	if (c == g->t.columns) {
		if (g->done > 0 || g->at < c)
			return; /* a member that the first object did not have */
		snprintf(
		    text, sizeof text, "%.*s", (int)(key.n < 47 ? key.n : 47), key.p);
		table_column(
		    &g->t, text, f->type == VALUE_NUMBER ? CELL_NUMBER : CELL_TEXT, 0);
	}
	if (c < g->at) { /* the next object begins */
		while (g->at < g->t.columns) {
			table_cell(&g->t, SPAN_NONE);
			g->at++;
		}
		g->at = 0;
		g->done++;
	}
	while (g->at < c) {
		table_cell(&g->t, SPAN_NONE);
		g->at++;
	}
	table_cell(&g->t, value_of(f));
	g->at++;
}

/* Counters that are zero tell nothing to people; `yettctl metrics` has all. */
static bool
is_quiet(const struct field *f)
{
	return f->type == VALUE_NUMBER && span_eq(f->value, SPAN("0")) &&
	    (span_starts(f->path, SPAN("counters.")) ||
		span_starts(f->path, SPAN("exceptions.")));
}

static int
visit(void *ctx, const struct field *f)
{
	struct view *v = ctx;
	size_t array = span_find_span(f->path, SPAN("[]"));
	struct span key = span_from(f->path, array + 3);
	struct group *g;

	if (is_quiet(f))
		return OK;
	if (array == f->path.n) {
		put_key(v->out, f->path);
		if (span_absent(value_of(f)))
			buf_put_char(v->out, '-');
		else
			text_put(v->out, value_of(f));
		buf_put_char(v->out, '\n');
		return OK;
	}
	g = find_group(v, span_head(f->path, array));
	if (g)
		put_cell(g, key.n ? key : SPAN("value"), f);
	return OK;
}

static void
print_groups(struct view *v, const struct table_style *style)
{
	for (unsigned i = 0; i < v->groups; i++) {
		struct group *g = &v->group[i];

		while (g->at > 0 && g->at < g->t.columns) {
			table_cell(&g->t, SPAN_NONE);
			g->at++;
		}
		buf_printf(v->out, "%s%s\n", v->out->n ? "\n" : "", g->name);
		table_print(&g->t, style, v->out);
	}
}

int
json_view(struct span json, const struct table_style *style, struct buf *out)
{
	static const struct body_limits limits = {16, 10000, 0, 0};
	struct view v = {.out = out};
	struct body_result r;
	struct arena a;
	void *memory = malloc(ARENA_BYTES);
	int rc;

	if (memory == NULL)
		return ERR_NOMEM;
	arena_init(&a, memory, ARENA_BYTES);
	rc = json_walk(json, false, &limits, visit, &v, &r, &a);
	if (rc == OK && r.state != BODY_COMPLETE)
		rc = ERR_MALFORMED;
	if (rc == OK)
		print_groups(&v, style);
	for (unsigned i = 0; i < v.groups; i++)
		table_fini(&v.group[i].t);
	free(memory);
	return rc;
}
