/* The order of the stages, and the smaller sections. */
#include "policy/compile.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy/anchors.h"
#include "policy/classes.h"
#include "policy/emit.h"
#include "policy/graph.h"
#include "policy/print.h"
#include "policy/router.h"
#include "policy/trial.h"

/* Which endpoints a name (label, method and template, template) means. */
struct meaning {
	uint32_t endpoint, count;
};
struct endpoint_names {
	struct intern names;
	VEC(struct meaning) means;
};

static void
add_name(struct endpoint_names *x, struct pool *pool, struct span name, uint32_t endpoint)
{
	bool is_new;
	uint32_t i = intern_put(&x->names, name, &is_new);

	if (is_new)
		VEC_ADD(pool, &x->means);
	if (x->means.v[i].count && x->means.v[i].endpoint == endpoint)
		return;
	x->means.v[i].endpoint = endpoint;
	x->means.v[i].count++;
}

static void
name_endpoints(struct endpoint_names *x, struct model *m)
{
	intern_init(&x->names, m->pool);
	for (uint32_t i = 0; i < m->endpoints.n; i++) {
		const struct endpoint *e = &m->endpoints.v[i];

		add_name(x, m->pool, e->label, i);
		add_name(
		    x, m->pool, span_head(e->label, e->method.n + 1 + e->template.n), i);
		add_name(x, m->pool, e->template, i);
	}
}

/* --- rules -------------------------------------------------------------------------- */

static int
rule_cmp(const void *a, const void *b)
{
	const struct block *x = ((const struct rule *)a)->block;
	const struct block *y = ((const struct rule *)b)->block;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return span_cmp(x->name, y->name);
}

static void
check_names(struct model *m)
{
	struct intern names;

	intern_init(&names, m->pool);
	for (uint32_t i = 0; i < m->blocks.n; i++) {
		const struct block *b = &m->blocks.v[i], *first;
		unsigned line, column;
		bool is_new;

		(void)intern_put(&names, b->name, &is_new);
		if (is_new)
			continue;
		for (first = m->blocks.v; !span_eq(first->name, b->name); first++)
			continue;
		diag_where(first->at, &line, &column);
		diag_error(m->diags, b->name_at,
		    "name \"%.*s\" is taken by another block, at %.*s:%u",
		    DIAG_SPAN(b->name), DIAG_SPAN(first->at.source->name), line);
	}
}

static void
check_blocks(struct model *m, const struct endpoint_names *names, rule_list *out,
    const struct compile_options *o)
{
	struct known known = {
	    .endpoints = o->partial ? NULL : &names->names,
	    .services = m->conf.unmatched[0] && !o->partial ? &m->services : NULL,
	};

	check_names(m);
	for (uint32_t i = 0; i < m->blocks.n; i++) {
		const struct block *b = &m->blocks.v[i];
		struct rule r;

		if (check_rule(b, &known, m->diags, &r))
			*VEC_ADD(m->pool, out) = r;
		if (b->expires_us && b->expires_us <= o->created_us)
			diag_warn(m->diags,
			    b->seen & 1u << ITEM_EXPIRES ? b->item_at[ITEM_EXPIRES]
							 : b->at,
			    "it has expired already and is never asked again");
	}
	if (out->n)
		qsort(out->v, out->n, sizeof out->v[0], rule_cmp);
}

static uint32_t
endpoint_of_rule(
    struct tables *t, const struct endpoint_names *names, const struct rule *r)
{
	struct span text = anchors_endpoint(t->pool, r);
	uint32_t i = span_absent(text) ? UINT32_MAX : intern_get(&names->names, text);

	if (i == UINT32_MAX || names->means.v[i].count != 1)
		return BUNDLE_NONE;
	return names->means.v[i].endpoint;
}

static void
emit_keys(struct tables *t, const struct rule *r, struct bundle_rule *out)
{
	const struct block *b = r->block;

	out->key = t->key.n;
	out->keys = r->keys;
	for (unsigned i = 0; i < r->keys; i++)
		*VEC_ADD(t->pool, &t->key) = (struct bundle_key){
		    .field = (uint16_t)r->key[i].field,
		    .transform = (uint8_t)r->key[i].transform,
		    .key = tables_text(t, r->key[i].key),
		};
	if (r->keys) {
		out->period_ns = b->rate_period_ns / b->rate;
		out->burst = b->burst;
	}
}

static void
emit_rule(struct tables *t, const struct endpoint_names *names, const struct rule *r)
{
	const struct block *b = r->block;
	struct buf when = BUF_INIT;
	struct bundle_rule out = {
	    .name = tables_text(t, b->name),
	    .reason = tables_text(t, b->reason),
	    .owner = tables_text(t, b->owner),
	    .name_hash = bundle_hash(b->name),
	    .step = BUNDLE_NONE,
	    .flags = r->flags,
	    .action = (uint8_t)b->action,
	    .mode = (uint8_t)b->mode,
	    .status = (uint16_t)b->status,
	    .priority = b->priority,
	    .not_before_us = b->not_before_us,
	    .expires_us = b->expires_us,
	    .endpoint = endpoint_of_rule(t, names, r),
	};

	if (r->when) {
		print_condition(b->when, &when);
		CHECK(buf_err(&when) == OK);
		out.when = tables_text(t, buf_span(&when));
		buf_fini(&when);
		out.step = t->step.n;
		graph_build(t, r->when);
		out.steps = t->step.n - out.step;
	}
	emit_keys(t, r, &out);
	*VEC_ADD(t->pool, &t->rule) = out;
}

/* --- the rest ----------------------------------------------------------------------- */

static int
word_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
emit_words(struct tables *t, const struct model *m)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < m->words.key.n; i++)
		*VEC_ADD(t->pool, &t->word) = bundle_hash(m->words.key.v[i]);
	if (t->word.n)
		qsort(t->word.v, t->word.n, sizeof t->word.v[0], word_cmp);
	for (uint32_t i = 0; i < t->word.n; i++)
		if (kept == 0 || t->word.v[kept - 1] != t->word.v[i])
			t->word.v[kept++] = t->word.v[i];
	t->word.n = kept;
}

static int
class_cmp(const void *a, const void *b)
{
	return span_cmp(
	    ((const struct data_class *)a)->name, ((const struct data_class *)b)->name);
}

static void
emit_classes(struct tables *t, struct model *m)
{
	if (m->classes.n)
		qsort(m->classes.v, m->classes.n, sizeof m->classes.v[0], class_cmp);
	for (uint32_t i = 0; i < m->classes.n; i++) {
		const struct data_class *c = &m->classes.v[i];

		*VEC_ADD(t->pool, &t->cls) = (struct bundle_class){
		    .name = tables_text(t, c->name),
		    .title = tables_text(t, c->title),
		    .pattern = tables_text(t, c->pattern),
		    .validator = tables_text(t, c->validator),
		    .names = tables_text(t, c->names),
		    .groups = c->groups,
		    .mask = c->mask,
		};
	}
}

static void
emit_meta(struct tables *t, struct model *m, const struct compile_options *o)
{
	struct span unmatched = span_str(m->conf.unmatched);

	t->meta.compiler = tables_text(t, SPAN("yettc " YETT_VERSION));
	t->meta.source = tables_text(t, o->source);
	t->meta.note = tables_text(t, span_str(m->conf.note));
	t->meta.default_mode = m->conf.mode;
	t->meta.unmatched_service =
	    unmatched.n ? intern_get(&m->services, unmatched) : BUNDLE_NONE;
	for (uint32_t i = 0; i < m->credentials.n; i++)
		*VEC_ADD(t->pool, &t->source) = (struct bundle_source){
		    m->credentials.v[i].kind, m->credentials.v[i].verified,
		    tables_text(t, m->credentials.v[i].name)};
}

static void
header_of(const struct model *m, const struct compile_options *o, struct bundle_header *h)
{
	*h = (struct bundle_header){
	    .revision = o->revision,
	    .parent = o->parent,
	    .created_us = o->created_us,
	    .not_before_us = m->conf.not_before_us,
	    .expires_us = m->conf.expires_us,
	    .min_agent = COMPILE_MIN_AGENT,
	};
	memcpy(h->environment, m->conf.environment,
	    strnlen(m->conf.environment, sizeof h->environment - 1));
}

static int
emit(struct tables *t, const struct model *m, const struct compile_options *o,
    struct buf *out)
{
	struct bundle_header h;
	int rc;

	header_of(m, o, &h);
	buf_clear(out);
	if ((rc = emit_bundle(t, &h, out)) != OK)
		diag_error(m->diags, (struct place){0}, "the bundle: %s", err_str(rc));
	return rc;
}

int
compile(struct pool *pool, struct diags *diags, const struct input *inputs, uint32_t n,
    const struct compile_options *o, struct buf *out)
{
	struct endpoint_names names = {0};
	struct tables t;
	rule_list rules = {0};
	struct model m;
	bool is_new;

	model_init(&m, pool, diags);
	tables_init(&t, pool);
	model_read(&m, inputs, n);
	if (m.conf.unmatched[0])
		(void)intern_put(&m.services, span_str(m.conf.unmatched), &is_new);
	router_build(&t, &m);
	name_endpoints(&names, &m);
	check_blocks(&m, &names, &rules, o);
	classes_check(&m);
	if (diags->errors)
		return ERR_INVALID;
	for (uint32_t i = 0; i < rules.n; i++)
		emit_rule(&t, &names, &rules.v[i]);
	anchors_build(&t, rules.v, rules.n);
	emit_words(&t, &m);
	emit_classes(&t, &m);
	emit_meta(&t, &m, o);
	if (emit(&t, &m, o, out) != OK)
		return ERR_INVALID;
	if (m.selftests.n == 0)
		return OK;
	/* What the tests must get is found out by running them on what there is. */
	if (!trial_run(&m, &t, buf_span(out)) || emit(&t, &m, o, out) != OK)
		return ERR_INVALID;
	return OK;
}
