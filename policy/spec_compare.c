/* What differs: endpoints, statuses, credentials, and operations that nobody calls. */
#include "policy/spec_compare.h"

#include <stdio.h>
#include <time.h>

#include "engine/verdict.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define COMMON_SEGMENTS_MAX 64

static struct span
label_of(
    struct pool *pool, struct span method, struct span template, struct span operation)
{
	return pool_printf(pool, "%.*s %.*s%s%.*s", (int)method.n, method.p,
	    (int)template.n, template.p, operation.n ? " " : "", (int)operation.n,
	    operation.n ? operation.p : "");
}

static struct span
day_of(struct pool *pool, int64_t us)
{
	time_t s = (time_t)(us / 1000000);
	struct tm tm;

	if (us <= 0 || gmtime_r(&s, &tm) == NULL)
		return SPAN("never");
	return pool_printf(
	    pool, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* "/x/{~text.1.b5}" as people see it: "/x/{…}". */
static struct span
hide_tokens(struct pool *pool, struct span template_text)
{
	struct span out = SPAN(""), rest = template_text;

	while (rest.n) {
		size_t token = span_find_span(rest, SPAN("{~"));

		out = pool_printf(pool, "%.*s%.*s%s", (int)out.n, out.p, (int)token,
		    rest.p, token < rest.n ? "{…}" : "");
		rest = span_from(rest, token);
		rest = span_from(rest, rest.n ? span_find(rest, '}') + 1 : 0);
	}
	return out;
}

void
spec_finding_add(struct spec_comparison *c, const char *kind, struct span place,
    const struct spec_match *m, unsigned line, struct span detail)
{
	const struct spec_endpoint *e = c->endpoint;

	*VEC_ADD(c->pool, c->out) = (struct spec_finding){.kind = kind,
	    .label = label_of(c->pool, e->method,
		e->provisional ? hide_tokens(c->pool, e->template) : e->template,
		e->provisional ? hide_tokens(c->pool, e->operation) : e->operation),
	    .place = place,
	    .file = m && m->spec ? m->spec->file : SPAN_NONE,
	    .detail = detail,
	    .endpoint = e->id,
	    .spec = m && m->spec ? m->spec->id : 0,
	    .line = line};
}

/* --- shadows and zombies ------------------------------------------------------------ */

/* Leading segments that two paths share. */
static unsigned
common_segments(struct span a, struct span b)
{
	unsigned n = 0;

	while (!span_absent(a) && !span_absent(b) && n < COMMON_SEGMENTS_MAX) {
		struct span x = span_cut(&a, '/'), y = span_cut(&b, '/');

		if (!span_eq(x, y) && !(x.n && x.p[0] == '{' && y.n && y.p[0] == '{'))
			break;
		n++;
	}
	return n;
}

/* Where in the current specifications the endpoint would stand. */
static struct spec_match
nearest(const struct spec_comparison *c)
{
	struct spec_match best = {0};
	unsigned most = 0;

	for (uint32_t i = 0; i < c->service->specs.n; i++) {
		const struct spec *s = &c->service->specs.v[i];

		for (uint32_t k = 0; s->current && k < s->operations.n; k++) {
			const struct spec_operation *o = &s->operations.v[k];
			unsigned n =
			    2 * common_segments(o->template, c->endpoint->template) +
			    span_eq(o->template, c->endpoint->template);

			if (best.spec == NULL || n > most) {
				best = (struct spec_match){s, o, 0};
				most = n;
			}
		}
	}
	return best;
}

static void
add_shadow(struct spec_comparison *c)
{
	const struct spec_endpoint *e = c->endpoint;
	struct spec_match near = nearest(c);
	struct span detail;

	detail = near.operation
	    ? pool_printf(c->pool,
		  "in no specification of %.*s; accepted %lld times, last on %.*s; the "
		  "nearest is %.*s %.*s",
		  (int)c->service->name.n, c->service->name.p,
		  (long long)spec_accepted(e), (int)day_of(c->pool, e->last_us).n,
		  day_of(c->pool, e->last_us).p, (int)near.operation->method.n,
		  near.operation->method.p, (int)near.operation->path.n,
		  near.operation->path.p)
	    : pool_printf(c->pool, "in no specification of %.*s", (int)c->service->name.n,
		  c->service->name.p);
	spec_finding_add(c, "shadow", SPAN(""), &near,
	    near.operation ? near.operation->line : 0, detail);
	/* it is in none of them, whichever is the nearest today */
	c->out->v[c->out->n - 1].spec = 0;
}

static void
add_zombie(struct spec_comparison *c, const struct spec_match *m, const char *why)
{
	const struct spec_endpoint *e = c->endpoint;
	struct span day = day_of(c->pool, e->last_us);

	if (spec_accepted(e) == 0 ||
	    e->last_us < c->service->now_us - SPEC_ZOMBIE_DAYS * DAY_US)
		return;
	spec_finding_add(c, "zombie", SPAN(""), m, m->operation->line,
	    pool_printf(c->pool, "%s %.*s %.*s, still called: %lld times, last on %.*s",
		why, (int)m->spec->name.n, m->spec->name.p, (int)m->spec->version.n,
		m->spec->version.p, (long long)spec_accepted(e), (int)day.n, day.p));
}

/* In front of a status in a header's path: which statuses there were. */
#define STATUS SPAN("status=")

/* --- statuses ----------------------------------------------------------------------- */

/* Bit per class, or all of them. */
static unsigned
declared_classes(const struct spec_operation *o)
{
	unsigned mask = 0;

	if (o->statuses.n == 0)
		return UINT32_MAX;
	for (uint32_t i = 0; i < o->statuses.n; i++) {
		struct span s = o->statuses.v[i];

		if (span_eq(s, SPAN("default")))
			return UINT32_MAX;
		if (s.n == 3 && ascii_is_digit(s.p[0]))
			mask |= 1u << (s.p[0] - '0');
	}
	return mask;
}

/* Whether an operation declares "404" or "4XX". */
static bool
declares_status(const struct spec_operation *o, struct span status)
{
	for (uint32_t i = 0; i < o->statuses.n; i++) {
		struct span s = o->statuses.v[i];

		if (span_eq(s, status) || span_eq(s, SPAN("default")) ||
		    (s.n == 3 && s.p[0] == status.p[0] &&
			(s.p[1] == 'X' || s.p[1] == 'x')))
			return true;
	}
	return o->statuses.n == 0;
}

/* One status that gateways told exactly. */
static void
compare_status(struct spec_comparison *c, struct span status)
{
	const struct spec_endpoint *e = c->endpoint;
	const struct spec_match *m = &e->match[0];

	for (unsigned i = 0; i < e->matches; i++)
		if (declares_status(e->match[i].operation, status))
			return;
	spec_finding_add(c, "undeclared_status", status, m, m->operation->line,
	    pool_printf(c->pool, "answers of %.*s, which %.*s %.*s does not declare",
		(int)status.n, status.p, (int)m->operation->method.n,
		m->operation->method.p, (int)m->operation->path.n, m->operation->path.p));
}

/* Statuses by what gateways told exactly; by class where they told none of the class. */
static void
compare_statuses(struct spec_comparison *c)
{
	const struct spec_endpoint *e = c->endpoint;
	const struct spec_match *m = &e->match[0];
	unsigned mask = 0;

	for (uint32_t i = 0; i < e->fields.n; i++) {
		const struct spec_seen *f = &e->fields.v[i];
		struct span status = f->path;

		if (f->location != FIELD_HEADER || f->direction != FIELD_RESPONSE ||
		    !span_starts(f->path, STATUS) || f->path.n != STATUS.n + 3)
			continue;
		status = span_from(f->path, STATUS.n);
		if (!ascii_is_digit(status.p[0]))
			continue;
		mask |= 1u << (status.p[0] - '0');
		compare_status(c, status);
	}

	for (unsigned i = 0; i < e->matches; i++)
		mask |= declared_classes(e->match[i].operation);
	for (unsigned k = 1; k <= 5; k++) {
		int64_t n = e->status[k] - (k == 4 ? e->refused_here : 0);

		if (n > 0 && !(mask >> k & 1))
			spec_finding_add(c, "undeclared_status",
			    pool_printf(c->pool, "%uxx", k), m, m->operation->line,
			    pool_printf(c->pool,
				"%lld answers of %uxx, of which %.*s %.*s declares none",
				(long long)n, k, (int)m->operation->method.n,
				m->operation->method.p, (int)m->operation->path.n,
				m->operation->path.p));
	}
}

/* --- types of the path --------------------------------------------------------------- */

/* Parameters of the path whose values are of another type than declared. */
static void
compare_path(struct spec_comparison *c)
{
	const struct spec_match *m = &c->endpoint->match[0];
	struct span declared = m->operation->template, seen = c->endpoint->template;
	unsigned number = 0;

	for (unsigned i = 0; !span_absent(declared) && !span_absent(seen); i++) {
		struct span d = span_cut(&declared, '/'), s = span_cut(&seen, '/');

		number += d.n && d.p[0] == '{';
		/* the first piece stands before the first slash */
		if (i == 0 || i > 31 || d.n == 0 || d.p[0] != '{' ||
		    (m->score >> (62 - 2 * (i - 1)) & 3) != 1)
			continue;
		spec_finding_add(c, "type_mismatch",
		    pool_printf(c->pool, "request path %u", number), m,
		    m->operation->line,
		    pool_printf(c->pool, "declared as %.*s, seen as %.*s", (int)d.n, d.p,
			(int)s.n, s.p));
	}
}

/* --- authentication ----------------------------------------------------------------- */

static const struct {
	enum identity_kind kind;
	const char *name, *declared; /* prefix of what declares it */
} seen_kinds[] = {
    {IDENTITY_BEARER, "bearer", "bearer"},
    {IDENTITY_JWT, "bearer", "bearer"},
    {IDENTITY_HEADER, "header", "header:"},
    {IDENTITY_QUERY, "query", "query:"},
    {IDENTITY_COOKIE, "cookie", "cookie:"},
    {IDENTITY_CLIENT_CERT, "client_cert", "client_cert"},
    {IDENTITY_BASIC, "basic", "basic"},
};

struct wanted {
	bool says; /* anything at all */
	bool none; /* works without */
	bool hidden; /* something that gateways are not told to look for */
	unsigned kinds; /* bit per entry of seen_kinds */
};

/* Whether gateways look for a credential of this kind. */
static bool
is_source(const struct spec_comparison *c, struct span kind)
{
	for (uint32_t i = 0; i < c->service->sources.n; i++) {
		struct span s = c->service->sources.v[i];

		if (span_ieq(s, kind) ||
		    (span_starts(s, SPAN("jwt:")) && span_eq(kind, SPAN("bearer"))))
			return true;
	}
	return false;
}

static void
add_wanted(
    const struct spec_comparison *c, struct wanted *w, const struct spec_operation *o)
{
	for (uint32_t i = 0; i < o->security.n; i++) {
		struct span rest = o->security.v[i];

		w->says = true;
		while (!span_absent(rest)) {
			struct span kind = span_cut(&rest, '+');
			unsigned before = w->kinds;

			w->none |= span_eq(kind, SPAN("none"));
			for (unsigned k = 0; k < 7; k++)
				if (span_starts(kind, span_str(seen_kinds[k].declared)))
					w->kinds |= 1u << k;
			w->hidden |= !span_eq(kind, SPAN("none")) &&
			    (before == w->kinds || !is_source(c, kind));
		}
	}
}

static void
add_undeclared_kinds(struct spec_comparison *c, const struct wanted *w)
{
	const struct spec_endpoint *e = c->endpoint;
	const struct spec_match *m = &e->match[0];

	for (unsigned k = 0; k < 7; k++) {
		if (!(e->auth_mask >> seen_kinds[k].kind & 1) || w->kinds >> k & 1)
			continue;
		/* an API key that looks like a JWT, and the reverse, are one header */
		if (k == 1 && e->auth_mask >> IDENTITY_BEARER & 1)
			continue;
		spec_finding_add(c, "undeclared_authentication",
		    span_str(seen_kinds[k].name), m, m->operation->line,
		    pool_printf(c->pool,
			"callers use %s, which %.*s %.*s does not declare",
			seen_kinds[k].name, (int)m->operation->method.n,
			m->operation->method.p, (int)m->operation->path.n,
			m->operation->path.p));
	}
}

static void
compare_authentication(struct spec_comparison *c)
{
	const struct spec_endpoint *e = c->endpoint;
	const struct spec_match *m = &e->match[0];
	int64_t open = e->auth_none - e->status[4] - e->status[5] - e->status[0];
	struct wanted w = {0};

	for (unsigned i = 0; i < e->matches; i++)
		add_wanted(c, &w, e->match[i].operation);
	if (e->said_auth || e->requests <= 0)
		return;
	if (w.says && !w.none && !w.hidden && open > 0)
		spec_finding_add(c, "undeclared_authentication", SPAN("none"), m,
		    m->operation->line,
		    pool_printf(c->pool,
			"at least %lld requests were accepted without any of the "
			"credentials that %.*s %.*s asks for",
			(long long)open, (int)m->operation->method.n,
			m->operation->method.p, (int)m->operation->path.n,
			m->operation->path.p));
	/* Where nothing is asked for, clients may send a credential all the same. */
	if ((w.kinds && !w.hidden) ||
	    (w.kinds == 0 && !w.hidden &&
		(e->requests - e->auth_none) * 100 >=
		    e->requests * SPEC_AUTHENTICATED_PERCENT))
		add_undeclared_kinds(c, &w);
}

/* --- orphans ------------------------------------------------------------------------ */

/* The path as the document has it, without this base; absent if it has another. */
static struct span
without_base(struct span path, struct span base)
{
	return span_starts(path, base) ? span_from(path, base.n) : SPAN_NONE;
}

/* An operation stands once for each base path. */
static bool
same_operation(
    const struct spec *s, const struct spec_operation *a, const struct spec_operation *b)
{
	if (a == b)
		return true;
	if (a->line != b->line || !span_eq(a->method, b->method))
		return false;
	for (uint32_t i = 0; i < s->bases.n; i++)
		for (uint32_t k = 0; k < s->bases.n; k++) {
			struct span x = without_base(a->path, s->bases.v[i]);
			struct span y = without_base(b->path, s->bases.v[k]);

			if (i != k && !span_absent(x) && !span_absent(y) && span_eq(x, y))
				return true;
		}
	return false;
}

struct use {
	int64_t accepted, requests;
};

/* How often each operation of a specification was called, by its place in the list. */
static struct use *
uses_of(const struct spec_comparison *c, const struct spec *s)
{
	struct use *uses =
	    pool_alloc(c->pool, (s->operations.n + 1) * sizeof(struct use));

	for (uint32_t i = 0; i < c->service->endpoints.n; i++) {
		const struct spec_endpoint *e = &c->service->endpoints.v[i];

		for (unsigned k = 0; k < e->matches; k++) {
			struct use *u;

			if (e->match[k].spec != s)
				continue;
			u = &uses[e->match[k].operation - s->operations.v];
			u->accepted += spec_accepted(e);
			u->requests += e->requests;
		}
	}
	return uses;
}

static void
add_orphan(struct spec_comparison *c, const struct spec *s,
    const struct spec_operation *o, int64_t requests)
{
	int64_t first = c->service->first_us, now = c->service->now_us;
	struct span day = day_of(c->pool, first), detail;
	struct spec_finding *f;

	if (first == 0)
		detail = SPAN("never seen; no gateway has seen this service yet");
	else
		detail = pool_printf(c->pool,
		    "never accepted in %lld days of watching, since %.*s%s",
		    (long long)((now - first) / DAY_US), (int)day.n, day.p,
		    requests ? "; asked for, and refused" : "");
	f = VEC_ADD(c->pool, c->out);
	*f = (struct spec_finding){.kind = "orphan",
	    .label = label_of(c->pool, o->method, o->template, SPAN("")),
	    .place = SPAN(""),
	    .file = s->file,
	    .detail = detail,
	    .spec = s->id,
	    .line = o->line};
}

static void
compare_orphans(struct spec_comparison *c, const struct spec *s)
{
	const struct use *uses = uses_of(c, s);

	/* base paths of one operation stand side by side */
	for (uint32_t i = 0; i < s->operations.n;) {
		const struct spec_operation *o = &s->operations.v[i];
		struct use sum = {0};

		for (; i < s->operations.n && same_operation(s, o, &s->operations.v[i]);
		     i++) {
			sum.accepted += uses[i].accepted;
			sum.requests += uses[i].requests;
		}
		if (sum.accepted == 0 && !o->deprecated)
			add_orphan(c, s, o, sum.requests);
	}
}

/* --- shadows of undecided words ------------------------------------------------------- */

/* What one finding tells: all endpoints that people cannot tell apart. */
static void
group_add(struct spec_endpoint *group, const struct spec_endpoint *e)
{
	if (group->method.n == 0) {
		*group = *e;
		return;
	}
	group->id = 0;
	for (unsigned i = 0; i < 6; i++)
		group->status[i] += e->status[i];
	if (e->last_us > group->last_us)
		group->last_us = e->last_us;
}

static void
compare_undecided(struct spec_comparison *c)
{
	VEC(struct spec_endpoint) group = {0};
	struct intern labels;

	intern_init(&labels, c->pool);
	for (uint32_t i = 0; i < c->service->endpoints.n; i++) {
		const struct spec_endpoint *e = &c->service->endpoints.v[i];
		struct span label;
		bool is_new;
		uint32_t at;

		if (e->state != SPEC_SHADOW || !e->provisional)
			continue;
		label = label_of(c->pool, e->method, hide_tokens(c->pool, e->template),
		    hide_tokens(c->pool, e->operation));
		at = intern_put(&labels, label, &is_new);
		if (is_new)
			*VEC_ADD(c->pool, &group) = (struct spec_endpoint){0};
		group_add(&group.v[at], e);
	}
	for (uint32_t i = 0; i < group.n; i++) {
		c->endpoint = &group.v[i];
		add_shadow(c);
	}
}

/* --- all ---------------------------------------------------------------------------- */

static void
compare_endpoint(struct spec_comparison *c)
{
	const struct spec_endpoint *e = c->endpoint;
	bool deprecated = e->matches > 0;

	for (unsigned i = 0; i < e->matches; i++)
		deprecated &= e->match[i].operation->deprecated;
	if (e->state == SPEC_SHADOW && !e->provisional)
		add_shadow(c);
	if (e->state == SPEC_ZOMBIE)
		add_zombie(c, &e->match[0], "in an earlier version only:");
	if (e->state != SPEC_MATCHED)
		return;
	if (deprecated)
		add_zombie(c, &e->match[0], "deprecated in");
	compare_path(c);
	compare_statuses(c);
	compare_authentication(c);
	spec_compare_fields(c);
}

void
spec_compare_service(
    struct pool *pool, const struct spec_service *s, spec_finding_list *out)
{
	struct spec_comparison c = {.pool = pool, .service = s, .out = out};

	for (uint32_t i = 0; i < s->endpoints.n; i++) {
		c.endpoint = &s->endpoints.v[i];
		compare_endpoint(&c);
	}
	compare_undecided(&c);
	for (uint32_t i = 0; i < s->specs.n; i++)
		if (s->specs.v[i].current)
			compare_orphans(&c, &s->specs.v[i]);
}
