/* diff: things are matched by name; each property that changed is one difference. */
#include "policy/diff.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "policy/dump.h"
#include "policy/field.h"
#include "policy/intern.h"
#include "policy/job.h"
#include "policy/parse.h"
#include "policy/print.h"

struct differ {
	struct pool *pool;
	const struct bundle *a, *b;
	bool json;
	struct buf *out;
	unsigned n;
};

/* from and to absent: the thing itself came (b) or went (a). */
static void
say_json(struct differ *d, const char *kind, struct span name, const char *property,
    struct span from, struct span to, const char *change)
{
	struct jsonw w;

	jsonw_init(&w, d->out);
	jsonw_object(&w);
	jsonw_kv_str(&w, "kind", kind);
	jsonw_kv_span(&w, "name", name);
	jsonw_kv_str(&w, "change", change);
	if (property) {
		jsonw_kv_str(&w, "property", property);
		jsonw_kv_span(&w, "from", from);
		jsonw_kv_span(&w, "to", to);
	}
	jsonw_object_end(&w);
	buf_put_char(d->out, '\n');
}

static void
say_presence(
    struct differ *d, const char *kind, struct span name, bool added, struct span what)
{
	d->n++;
	if (d->json) {
		say_json(d, kind, name, NULL, SPAN_NONE, SPAN_NONE,
		    added ? "added" : "removed");
		return;
	}
	buf_printf(d->out, "%c %s %.*s", added ? '+' : '-', kind, (int)name.n, name.p);
	if (what.n)
		buf_printf(d->out, " (%.*s)", (int)what.n, what.p);
	buf_put_char(d->out, '\n');
}

static void
say_change(struct differ *d, const char *kind, struct span name, const char *property,
    struct span from, struct span to)
{
	if (span_eq(from, to))
		return;
	d->n++;
	if (d->json) {
		say_json(d, kind, name, property, from, to, "changed");
		return;
	}
	if (from.n == 0)
		from = SPAN("(none)");
	if (to.n == 0)
		to = SPAN("(none)");
	buf_printf(d->out, "  %s%s%.*s: %s %.*s \xe2\x86\x92 %.*s\n", kind,
	    name.n ? " " : "", (int)name.n, name.n ? name.p : "", property, (int)from.n,
	    from.p, (int)to.n, to.p);
}

/* --- properties as text ------------------------------------------------------------- */

static struct span
time_text(struct differ *d, int64_t us)
{
	char text[CLOCK_TEXT_MAX];

	return us ? pool_copy(d->pool, clock_format(us, text)) : SPAN_NONE;
}

static struct span
keep(struct differ *d, struct buf *text)
{
	struct span s;

	CHECK(buf_err(text) == OK);
	s = pool_copy(d->pool, buf_span(text));
	buf_fini(text);
	return s;
}

static struct span
action_text(struct differ *d, const struct bundle_rule *r)
{
	if (r->action == ACTION_DENY)
		return pool_printf(d->pool, "deny %u", r->status);
	return span_str(action_name(r->action));
}

static struct span
limit_text(struct differ *d, const struct bundle *b, const struct bundle_rule *r)
{
	struct buf text = BUF_INIT;

	if (!(r->flags & RULE_LIMIT))
		return SPAN_NONE;
	print_rate(1, r->period_ns, &text);
	buf_printf(&text, " burst %u by", r->burst);
	for (uint32_t i = 0; i < r->keys; i++) {
		const struct bundle_key *k = &b->key[r->key + i];

		buf_put_char(&text, ' ');
		print_operand(
		    span_str(k->field < FIELDS ? field_info(k->field)->name : "?"),
		    k->transform, k->key.length > 0, bundle_text(b, k->key), &text);
	}
	return keep(d, &text);
}

/* Steps with their predicates: what is decided, where `when` is only text. */
static struct span
graph_text(struct differ *d, const struct bundle *b, const struct bundle_rule *r)
{
	struct buf text = BUF_INIT;

	for (uint32_t i = 0; i < r->steps; i++) {
		const struct bundle_step *s = &b->step[r->step + i];

		print_predicate(b, s->predicate, &text);
		buf_printf(&text, " %u %u;", s->if_true, s->if_false);
	}
	return keep(d, &text);
}

static const char *
kind_text(const struct bundle_rule *r)
{
	return r->flags & RULE_NETWORK ? "network"
	    : r->flags & RULE_LIMIT    ? "limit"
				       : "rule";
}

/* --- rules -------------------------------------------------------------------------- */

static void
diff_rule(struct differ *d, const struct bundle_rule *x, const struct bundle_rule *y)
{
	struct span name = bundle_text(d->b, y->name);
	const char *kind = kind_text(y);
	struct span when_x = bundle_text(d->a, x->when),
		    when_y = bundle_text(d->b, y->when);

	say_change(d, kind, name, "kind", span_str(kind_text(x)), span_str(kind));
	say_change(d, kind, name, "mode", span_str(mode_name(x->mode)),
	    span_str(mode_name(y->mode)));
	say_change(d, kind, name, "action", action_text(d, x), action_text(d, y));
	say_change(d, kind, name, "when", when_x, when_y);
	if (span_eq(when_x, when_y) &&
	    !span_eq(graph_text(d, d->a, x), graph_text(d, d->b, y)))
		say_change(d, kind, name, "meaning of the condition", SPAN("one"),
		    SPAN("another"));
	say_change(
	    d, kind, name, "limit", limit_text(d, d->a, x), limit_text(d, d->b, y));
	say_change(d, kind, name, "weak identities",
	    x->flags & RULE_WEAK_TOO ? SPAN("enforce") : SPAN("shadow"),
	    y->flags & RULE_WEAK_TOO ? SPAN("enforce") : SPAN("shadow"));
	say_change(d, kind, name, "priority", pool_printf(d->pool, "%d", x->priority),
	    pool_printf(d->pool, "%d", y->priority));
	say_change(d, kind, name, "not_before", time_text(d, x->not_before_us),
	    time_text(d, y->not_before_us));
	say_change(d, kind, name, "expires", time_text(d, x->expires_us),
	    time_text(d, y->expires_us));
	say_change(d, kind, name, "owner", bundle_text(d->a, x->owner),
	    bundle_text(d->b, y->owner));
	say_change(d, kind, name, "reason", bundle_text(d->a, x->reason),
	    bundle_text(d->b, y->reason));
}

static void
diff_rules(struct differ *d)
{
	struct intern names;
	bool is_new;

	intern_init(&names, d->pool);
	for (uint32_t i = 0; i < d->a->rules; i++)
		(void)intern_put(&names, bundle_text(d->a, d->a->rule[i].name), &is_new);
	for (uint32_t i = 0; i < d->b->rules; i++) {
		const struct bundle_rule *r = &d->b->rule[i];
		struct span name = bundle_text(d->b, r->name);
		uint32_t at = intern_get(&names, name);

		if (at == UINT32_MAX)
			say_presence(d, kind_text(r), name, true,
			    pool_printf(d->pool, "%s, %.*s", mode_name(r->mode),
				(int)action_text(d, r).n, action_text(d, r).p));
		else
			diff_rule(d, &d->a->rule[at], r);
	}
	intern_init(&names, d->pool);
	for (uint32_t i = 0; i < d->b->rules; i++)
		(void)intern_put(&names, bundle_text(d->b, d->b->rule[i].name), &is_new);
	for (uint32_t i = 0; i < d->a->rules; i++) {
		const struct bundle_rule *r = &d->a->rule[i];

		if (intern_get(&names, bundle_text(d->a, r->name)) == UINT32_MAX)
			say_presence(d, kind_text(r), bundle_text(d->a, r->name), false,
			    SPAN_NONE);
	}
}

/* --- endpoints ---------------------------------------------------------------------- */

#define ENDPOINTS_LISTED 20 /* that came or went; more are counted, but for JSON */

static struct span
endpoint_name(struct differ *d, const struct bundle *b, uint32_t i)
{
	const struct bundle_endpoint *e = &b->endpoint[i];
	struct span service = bundle_text(b, b->service[e->service].name);
	struct span label = bundle_text(b, e->label);

	return pool_printf(
	    d->pool, "%.*s %.*s", (int)service.n, service.p, (int)label.n, label.p);
}

static void
diff_endpoint(struct differ *d, struct span name, const struct bundle_endpoint *x,
    const struct bundle_endpoint *y)
{
	say_change(d, "endpoint", name, "mode", span_str(mode_name(x->mode)),
	    span_str(mode_name(y->mode)));
	say_change(d, "endpoint", name, "body",
	    x->flags & ENDPOINT_WANT_BODY ? SPAN("yes") : SPAN("no"),
	    y->flags & ENDPOINT_WANT_BODY ? SPAN("yes") : SPAN("no"));
	say_change(d, "endpoint", name, "id", pool_printf(d->pool, "%u", x->id),
	    pool_printf(d->pool, "%u", y->id));
}

/* One that came or went. */
static void
say_endpoint(struct differ *d, struct span name, bool added, unsigned *said)
{
	if (d->json || *said < ENDPOINTS_LISTED)
		say_presence(d, "endpoint", name, added, SPAN_NONE);
	else
		d->n++;
	++*said;
}

static void
say_rest(struct differ *d, bool added, unsigned said)
{
	if (!d->json && said > ENDPOINTS_LISTED)
		buf_printf(d->out, "%c %u more endpoints\n", added ? '+' : '-',
		    said - ENDPOINTS_LISTED);
}

static void
diff_endpoints(struct differ *d)
{
	unsigned added = 0, removed = 0;
	struct intern names;
	uint32_t before;
	bool is_new;

	intern_init(&names, d->pool);
	for (uint32_t i = 0; i < d->a->endpoints; i++)
		(void)intern_put(&names, endpoint_name(d, d->a, i), &is_new);
	before = names.key.n;
	for (uint32_t i = 0; i < d->b->endpoints; i++) {
		struct span name = endpoint_name(d, d->b, i);
		uint32_t at = intern_get(&names, name);

		if (at >= before)
			say_endpoint(d, name, true, &added);
		else
			diff_endpoint(d, name, &d->a->endpoint[at], &d->b->endpoint[i]);
	}
	intern_init(&names, d->pool);
	for (uint32_t i = 0; i < d->b->endpoints; i++)
		(void)intern_put(&names, endpoint_name(d, d->b, i), &is_new);
	for (uint32_t i = 0; i < d->a->endpoints; i++) {
		struct span name = endpoint_name(d, d->a, i);

		if (intern_get(&names, name) == UINT32_MAX)
			say_endpoint(d, name, false, &removed);
	}
	say_rest(d, true, added);
	say_rest(d, false, removed);
}

/* --- the rest ----------------------------------------------------------------------- */

/* Ordered lists are compared as one text. */
static struct span
hosts_text(struct differ *d, const struct bundle *b)
{
	struct buf text = BUF_INIT;

	for (uint32_t i = 0; i < b->hosts; i++) {
		buf_put_str(&text, i ? ", " : "");
		buf_put_span(&text, bundle_text(b, b->service[b->host[i].service].name));
		buf_put_char(&text, ' ');
		buf_put_span(&text, bundle_text(b, b->host[i].pattern));
		buf_put_span(&text, bundle_text(b, b->host[i].prefix));
	}
	return keep(d, &text);
}

static struct span
sources_text(struct differ *d, const struct bundle *b)
{
	struct buf text = BUF_INIT;

	for (uint32_t i = 0; i < b->sources; i++) {
		buf_put_str(&text, i ? ", " : "");
		dump_source(b, i, &text);
	}
	return keep(d, &text);
}

static struct span
unmatched_text(const struct bundle *b)
{
	uint32_t s = b->meta->unmatched_service;

	return s == BUNDLE_NONE ? SPAN("each host") : bundle_text(b, b->service[s].name);
}

static void
diff_words(struct differ *d)
{
	unsigned added = 0, removed = 0;
	uint32_t i = 0, k = 0;

	while (i < d->a->words || k < d->b->words) {
		bool a_first = k == d->b->words ||
		    (i < d->a->words && d->a->word[i] < d->b->word[k]);
		bool same = !a_first && i < d->a->words && d->a->word[i] == d->b->word[k];

		removed += a_first;
		added += !a_first && !same;
		i += a_first || same;
		k += !a_first;
	}
	if (added)
		say_presence(
		    d, "words", pool_printf(d->pool, "%u", added), true, SPAN_NONE);
	if (removed)
		say_presence(
		    d, "words", pool_printf(d->pool, "%u", removed), false, SPAN_NONE);
}

static struct span
class_text(struct differ *d, const struct bundle *b, uint32_t i)
{
	struct buf text = BUF_INIT;
	struct span s;

	dump_class(b, i, &text);
	s = keep(d, &text);
	for (size_t k = 0; k < s.n; k++)
		if (s.p[k] == '\n' || s.p[k] == '\t')
			((char *)(uintptr_t)s.p)[k] = ' ';
	return span_trim(s);
}

/* Both are sorted by name. */
static void
diff_classes(struct differ *d)
{
	uint32_t i = 0, k = 0;

	while (i < d->a->classes || k < d->b->classes) {
		struct bundle_class_info x = {0}, y = {0};
		int order;

		if (i < d->a->classes)
			bundle_class_get(d->a, i, &x);
		if (k < d->b->classes)
			bundle_class_get(d->b, k, &y);
		order = i == d->a->classes ? 1
		    : k == d->b->classes   ? -1
					   : span_cmp(x.name, y.name);
		if (order < 0)
			say_presence(d, "class", x.name, false, SPAN_NONE);
		else if (order > 0)
			say_presence(d, "class", y.name, true, SPAN_NONE);
		else
			say_change(d, "class", x.name, "definition",
			    class_text(d, d->a, i), class_text(d, d->b, k));
		i += order <= 0;
		k += order >= 0;
	}
}

static struct span
environment_text(const struct bundle *b)
{
	const char *e = b->header->environment;

	return span_make(e, strnlen(e, sizeof b->header->environment));
}

unsigned
diff_bundles(struct pool *pool, const struct bundle *a, const struct bundle *b, bool json,
    struct buf *out)
{
	struct differ d = {pool, a, b, json, out, 0};
	struct span none = SPAN("");

	say_change(
	    &d, "policy", none, "environment", environment_text(a), environment_text(b));
	say_change(&d, "policy", none, "default_mode",
	    span_str(mode_name(a->meta->default_mode)),
	    span_str(mode_name(b->meta->default_mode)));
	say_change(&d, "policy", none, "unmatched", unmatched_text(a), unmatched_text(b));
	say_change(&d, "policy", none, "not_before",
	    time_text(&d, a->header->not_before_us),
	    time_text(&d, b->header->not_before_us));
	say_change(&d, "policy", none, "expires", time_text(&d, a->header->expires_us),
	    time_text(&d, b->header->expires_us));
	say_change(
	    &d, "policy", none, "sources", sources_text(&d, a), sources_text(&d, b));
	say_change(&d, "policy", none, "services", hosts_text(&d, a), hosts_text(&d, b));
	diff_endpoints(&d);
	diff_rules(&d);
	diff_words(&d);
	diff_classes(&d);
	say_change(&d, "policy", none, "self-tests",
	    pool_printf(pool, "%u", a->selftests), pool_printf(pool, "%u", b->selftests));
	return d.n;
}

int
command_diff(struct options *o)
{
	struct buf out = BUF_INIT;
	struct bundle a, b;
	struct job ja, jb;
	unsigned n = 0;
	int rc;

	job_init(&ja);
	job_init(&jb);
	if ((rc = job_open(&ja, o, o->argument[0], &a)) == EXIT_DONE &&
	    (rc = job_open(&jb, o, o->argument[1], &b)) == EXIT_DONE) {
		n = diff_bundles(&ja.pool, &a, &b, o->json, &out);
		if (n && buf_err(&out) == OK)
			fwrite(out.p, 1, out.n, stdout);
		else if (!o->quiet && !o->json)
			fputs("no difference\n", stderr);
		rc = n ? EXIT_FINDINGS : EXIT_DONE;
	} else if (rc == EXIT_FINDINGS) {
		rc = EXIT_INCOMPLETE; /* 1 says that both were read and differ */
	}
	buf_fini(&out);
	job_fini(&jb);
	job_fini(&ja);
	return rc;
}
