/*
 * How well templates are learned: traffic drawn from true templates goes through the
 * analyst's intake, its records into a merged view in memory, that into the learner, what
 * was learned through the compiler into a router; then every request is routed and what
 * it is routed to is compared with the template that it was drawn from.
 *
 *	template_accuracy [-s SHUFFLES] [-r ROUNDS] [-n REQUESTS] [-o PREFIX] [-v] <documents
 *
 * Documents come as lines of fields between tabs (tests/bench/templates writes them):
 *	D NAME          a document begins
 *	P KIND POOL VALUE…   parameter 0, 1, … of the document: kind of values to draw, how
 *	                many different ones, values that the document itself has
 *	T METHOD PATH   a template; {0} stands for parameter 0
 *	R N STATUS IDENTITY PATH   a recorded request of template N; then nothing is drawn
 *
 * Prints JSON lines per document and pooled; -v: what is wrong, on stderr; -o: what was
 * learned, a file each shuffle. Deterministic.
 */
#include <math.h>
#include <time.h>

#include "analyst/intake_state.h"
#include "engine/router.h"
#include "policy/compile.h"
#include "policy/learn_template.h"
#include "tests/bench/template_draw.h"
#include "tests/bench/template_merged.h"

/* --- the router ----------------------------------------------------------------------- */

struct routed {
	struct buf bytes;
	struct bundle b;
	struct router router;
};

static void
router_make(struct result *x, const struct span *label, uint32_t n, struct routed *out)
{
	static const uint8_t key[SIPHASH_KEY_BYTES] = "bench";
	struct compile_options o = {.revision = 1, .source = SPAN("bench")};
	struct diags diags = {.pool = &x->pool};
	struct buf text = BUF_INIT;
	struct input in[3] = {
	    {.kind = INPUT_CONF}, {.kind = INPUT_SERVICES}, {.kind = INPUT_ENDPOINTS}};
	struct bundle_error e;

	for (uint32_t i = 0; i < n; i++) {
		struct span rest = label[i], method = span_cut(&rest, ' ');

		if (is_decided(rest))
			buf_printf(&text, HOST " %.*s %.*s\n", (int)method.n, method.p,
			    (int)rest.n, rest.p);
	}
	in[0].source =
	    (struct source){SPAN("conf"), SPAN("[policy]\nenvironment = dev\n")};
	in[1].source = (struct source){SPAN("services"), SPAN("")};
	in[2].source = (struct source){SPAN("endpoints"), buf_span(&text)};
	*out = (struct routed){0};
	if (compile(&x->pool, &diags, in, 3, &o, &out->bytes) != OK) {
		struct buf why = BUF_INIT;

		diag_print(&diags, false, &why);
		fprintf(stderr, "%s\n", why.p);
		exit(1);
	}
	CHECK(bundle_parse(buf_span(&out->bytes), &out->b, &e) == OK);
	CHECK(router_init(&out->router, &out->b, key) == OK);
	buf_fini(&text);
}

static void
routed_fini(struct routed *r)
{
	if (r->b.nodes > 0)
		router_fini(&r->router);
	buf_fini(&r->bytes);
	*r = (struct routed){0};
}

/* The endpoint of the bundle, or BUNDLE_NONE. */
static uint32_t
route_bundle(
    const struct routed *routed, const struct draw *d, const struct draw_request *r)
{
	static char memory[1 << 16];
	struct target target;
	struct route route;
	struct arena a;

	if (routed->b.services == 0)
		return BUNDLE_NONE;
	arena_init(&a, memory, sizeof(memory));
	CHECK(target_parse(&target, span_str(d->text + r->path), SPAN_NONE, &a) == OK);
	router_find(
	    &routed->router, &routed->b, 0, &target, span_str(draw_method(d, r)), &route);
	return route.endpoint;
}

/* --- traffic -------------------------------------------------------------------------- */

static void
feed_begin(struct feed *f, struct merged *m)
{
	struct intake_options io = {.workers = 2};
	struct forward_options fo = {.shards = 1};

	feed_open(f, NULL);
	forward_free(f->forward);
	intake_free(f->intake);
	CHECK(settings_parse(SPAN(""), &f->settings, &(struct conf_error){0}) == OK);
	io.settings = &f->settings;
	io.redactor = f->redactor;
	io.metric = &f->metric;
	io.sink = (struct sink){.put = put_record, .ctx = m};
	CHECK(intake_new(&io, &f->intake) == OK);
	fo.line_bytes = (size_t)f->settings.finish_line_bytes;
	fo.timeout_us = f->settings.finish_pending_timeout_s * INT64_C(1000000);
	fo.keys = &f->keys;
	fo.metric = &f->metric;
	fo.intake = f->intake;
	CHECK(forward_new(&fo, &f->forward) == OK);
}

/* As the worker does: by the policy in force if that has it. */
static void
feed_some(struct feed *f, const struct draw *d, const uint32_t *order, uint32_t n,
    const struct routed *routed)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct draw_request *r = &d->request[order[i]];
		struct feed_request q = {
		    draw_method(d, r), HOST, d->text + r->path, r->identity, 0, {0}};
		uint32_t at = route_bundle(routed, d, r);

		if (at != BUNDLE_NONE)
			q.verdict.endpoint_hash = routed->b.endpoint[at].hash;
		feed_pair(f, &q, r->status);
		if (i % 50000 == 49999)
			intake_flush(f->intake);
	}
	intake_flush(f->intake);
}

/* The template that a request ends at: of the router, or what the inventory has for what
 * cannot be routed as it is not decided. */
static struct span
route_of(struct feed *f, struct merged *m, const struct result *x,
    const struct routed *routed, const struct draw *d, const struct draw_request *r)
{
	static char memory[1 << 18];
	struct guess_policy none = {0};
	struct span path = span_str(d->text + r->path),
		    method = span_str(draw_method(d, r));
	uint32_t i = route_bundle(routed, d, r);
	struct arena a;
	struct guess g;

	if (i != BUNDLE_NONE)
		return bundle_text(&routed->b, routed->b.endpoint[i].template);
	arena_init(&a, memory, sizeof(memory));
	CHECK(guess_make(&none, SPAN_NONE, SPAN(HOST), method, path, SPAN_NONE, &a, &g) ==
	    OK);
	i = endpoints_find(
	    f->intake->endpoints, &g, services_find(f->intake->services, g.service));
	if (i == ENDPOINT_NONE)
		return SPAN_NONE;
	i = map_get(&m->by_hash, endpoints_hash(f->intake->endpoints, i));
	CHECK(i != MAP_NONE);
	i = x->row_at[row_root(m, &m->row[i]) - m->row];
	return i == UINT32_MAX ? SPAN_NONE : x->learned.template[i];
}

/* --- figures -------------------------------------------------------------------------- */

enum { SAID_LITERAL, SAID_PARAMETER, SAID_NOTHING, SAID };

struct truth {
	uint32_t seen;
	uint32_t said[SEGMENTS][SAID];
	struct span at; /* where most of its requests end */
	uint32_t at_n;
	uint32_t places; /* different ones */
};

struct figures {
	uint64_t templates, segments, right, undecided;
	uint64_t tp, fp, fn;
	uint64_t wrong; /* templates merged with another */
	uint64_t learned, places;
};

static unsigned
segments_cut(struct span t, struct span out[SEGMENTS])
{
	struct span rest = span_from(t, 1);
	unsigned n = 0;

	while (rest.n > 0 && n < SEGMENTS)
		out[n++] = span_cut(&rest, '/');
	return n;
}

static unsigned
said_of(struct span s)
{
	if (span_find_span(s, SPAN("{~")) < s.n)
		return SAID_NOTHING;
	return span_find(s, '{') < s.n ? SAID_PARAMETER : SAID_LITERAL;
}

/* One end of requests of a template. */
struct end {
	struct span template;
	uint32_t of, n;
};

static int
end_cmp(const void *a, const void *b)
{
	const struct end *x = a, *y = b;

	if (x->of != y->of)
		return x->of < y->of ? -1 : 1;
	return span_cmp(x->template, y->template);
}

static void
truth_take(struct truth *t, const struct end *e, const struct draw_template *d)
{
	struct span got[SEGMENTS];
	unsigned n = span_absent(e->template) ? 0 : segments_cut(e->template, got);

	t->seen += e->n;
	t->places++;
	if (e->n > t->at_n) {
		t->at_n = e->n;
		t->at = e->template;
	}
	for (unsigned i = 0; i < d->segments; i++)
		t->said[i][n == d->segments ? said_of(got[i]) : SAID_NOTHING] += e->n;
}

static void
truth_judge(
    const struct truth *t, const struct draw_template *d, struct figures *f, bool verbose)
{
	bool wrong = false;

	f->templates++;
	f->places += t->places;
	for (unsigned i = 0; i < d->segments; i++) {
		const uint32_t *n = t->said[i];
		unsigned said = n[1] * 2 > t->seen ? SAID_PARAMETER
		    : n[0] * 2 >= t->seen	   ? SAID_LITERAL
						   : SAID_NOTHING;
		bool parameter = d->parameter[i];

		f->segments++;
		f->right += said == (unsigned)parameter;
		f->undecided += said == SAID_NOTHING;
		f->tp += parameter && said == SAID_PARAMETER;
		f->fn += parameter && said != SAID_PARAMETER;
		f->fp += !parameter && said == SAID_PARAMETER;
		wrong |= said != (unsigned)parameter;
	}
	if (wrong && verbose)
		fprintf(stderr, "segment: %s %s -> %.*s (%u of %u, %u places)\n",
		    d->method, d->path, (int)t->at.n, t->at.p ? t->at.p : "", t->at_n,
		    t->seen, t->places);
}

struct claim {
	struct span at, method;
	uint32_t template, seen;
};

static int
claim_cmp(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int c = span_cmp(x->method, y->method);

	if (c == 0)
		c = span_cmp(x->at, y->at);
	if (c == 0)
		c = (x->seen < y->seen) - (x->seen > y->seen);
	return c ? c : (x->template > y->template) - (x->template <y->template);
}

static void
merges_judge(const struct draw *d, const struct truth *t, struct figures *f, bool verbose)
{
	struct claim *c = calloc(d->templates + 1, sizeof(*c));
	uint32_t n = 0, first = 0;

	CHECK(c);
	for (uint32_t i = 0; i < d->templates; i++)
		if (t[i].seen > 0 && !span_absent(t[i].at))
			c[n++] = (struct claim){
			    t[i].at, span_str(d->template[i].method), i, t[i].seen};
	qsort(c, n, sizeof(*c), claim_cmp);
	for (uint32_t i = 1; i < n; i++) {
		if (!span_eq(c[i].at, c[first].at) ||
		    !span_eq(c[i].method, c[first].method)) {
			first = i;
			continue;
		}
		f->wrong++;
		if (verbose)
			fprintf(stderr, "merged: %.*s %s and %s as %.*s\n",
			    (int)c[i].method.n, c[i].method.p,
			    d->template[c[first].template].path,
			    d->template[c[i].template].path, (int)c[i].at.n, c[i].at.p);
	}
	free(c);
}

static void
judge(struct feed *f, struct merged *m, const struct result *x,
    const struct routed *routed, const struct draw *d, struct figures *out, bool verbose)
{
	struct truth *t = calloc(d->templates + 1, sizeof(*t));
	struct end *e = calloc(d->requests + 1, sizeof(*e));
	uint32_t n = 0;

	CHECK(t && e);
	for (uint32_t i = 0; i < d->requests; i++) {
		const struct draw_request *r = &d->request[i];

		if (r->template == DRAW_SCANNER || r->status >= 400)
			continue;
		e[n++] = (struct end){route_of(f, m, x, routed, d, r), r->template, 1};
	}
	qsort(e, n, sizeof(*e), end_cmp);
	for (uint32_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && end_cmp(&e[i], &e[end]) == 0; end++)
			e[i].n++;
		truth_take(&t[e[i].of], &e[i], &d->template[e[i].of]);
	}
	for (uint32_t i = 0; i < d->templates; i++)
		if (t[i].seen > 0)
			truth_judge(&t[i], &d->template[i], out, verbose);
	merges_judge(d, t, out, verbose);
	free(e);
	free(t);
}

static double
wilson(double k, double n, bool high)
{
	const double z = 1.96;
	double p = n > 0 ? k / n : 0, d = 1 + z * z / n;
	double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));

	if (n == 0)
		return high;
	return (p + z * z / (2 * n) + (high ? half : -half)) / d;
}

static double
f1(const struct figures *f)
{
	double d = (double)(2 * f->tp + f->fp + f->fn);

	return d > 0 ? (double)(2 * f->tp) / d : 1;
}

static void
print(const char *what, const char *name, double value, double low, double high,
    const char *goal, bool ok, const char *note)
{
	printf("{\"name\":\"%s %s\",\"value\":%.4f,\"unit\":\"share\",\"goal\":\"%s\","
	       "\"ok\":%s,\"note\":\"95 %% %.4f to %.4f; %s\"}\n",
	    what, name, value, goal, ok ? "true" : "false", low, high, note);
	fflush(stdout);
}

/* goals: only what is pooled has one. */
static void
report(const char *name, const struct figures *f, bool goals)
{
	double n = (double)(f->tp + f->fp + f->fn), t = (double)f->templates;
	double s = (double)f->segments, wrong = t > 0 ? (double)f->wrong / t : 0;
	double low = wilson((double)f->tp, n, false),
	       high = wilson((double)f->tp, n, true);
	char note[200];

	snprintf(note, sizeof(note),
	    "%llu templates, %llu segments: %llu parameters found, %llu missed, %llu "
	    "literals taken for one; %llu templates learned",
	    (unsigned long long)f->templates, (unsigned long long)f->segments,
	    (unsigned long long)f->tp, (unsigned long long)f->fn,
	    (unsigned long long)f->fp, (unsigned long long)f->learned);
	/* F1 = 2j / (1 + j) of the Jaccard index j, so has its interval. */
	print("templates_f1", name, f1(f), 2 * low / (1 + low), 2 * high / (1 + high),
	    goals ? ">= 0.98" : "", !goals || f1(f) >= 0.98, note);
	snprintf(note, sizeof(note), "%llu undecided count as wrong",
	    (unsigned long long)f->undecided);
	print("templates_segments_right", name, s > 0 ? (double)f->right / s : 1,
	    wilson((double)f->right, s, false), wilson((double)f->right, s, true),
	    goals ? ">= 0.98" : "", !goals || (double)f->right >= 0.98 * s, note);
	snprintf(note, sizeof(note), "%llu of %llu templates share one with another",
	    (unsigned long long)f->wrong, (unsigned long long)f->templates);
	print("templates_wrong_merges", name, wrong, wilson((double)f->wrong, t, false),
	    wilson((double)f->wrong, t, true), goals ? "<= 0.005" : "",
	    !goals || wrong <= 0.005, note);
}

static void
figures_add(struct figures *to, const struct figures *f)
{
	to->templates += f->templates;
	to->segments += f->segments;
	to->right += f->right;
	to->undecided += f->undecided;
	to->tp += f->tp;
	to->fp += f->fp;
	to->fn += f->fn;
	to->wrong += f->wrong;
	to->learned += f->learned;
	to->places += f->places;
}

/* --- documents ------------------------------------------------------------------------ */

struct options {
	unsigned shuffles, rounds, per_template;
	bool verbose;
	const char *dump; /* prefix of files with what was learned, one a shuffle */
};

static uint64_t
inventory_hash(const struct span *label, uint32_t n)
{
	static const uint8_t key[SIPHASH_KEY_BYTES] = "inventory";
	struct siphash h;

	siphash_init(&h, key, false);
	for (uint32_t i = 0; i < n; i++)
		siphash_update_span(&h, label[i]);
	return siphash_final64(&h);
}

/* The traffic in some order, learned from in rounds; returns what makes the result this
 * one. */
static uint64_t
run(const struct draw *d, const uint32_t *order, struct figures *out, unsigned rounds,
    bool verbose, FILE *dump)
{
	static struct feed feed;
	struct routed slot[2] = {0}, *routed = &slot[0];
	struct merged m;
	struct result x;
	struct span *label = NULL;
	uint32_t n = 0, from = 0;
	uint64_t same;

	merged_open(&m);
	feed_begin(&feed, &m);
	for (unsigned round = 1; round <= rounds; round++) {
		uint32_t to = (uint32_t)((uint64_t)d->requests * round / rounds);
		struct routed *old = routed;

		feed_some(&feed, d, order + from, to - from, routed);
		from = to;
		if (round > 1)
			pool_fini(&x.pool);
		learn(&m, &x);
		apply(&m, &x);
		n = inventory(&x, false, &label);
		routed = &slot[round % 2];
		router_make(&x, label, n, routed);
		CHECK(intake_bundle(feed.intake, &routed->b) == OK);
		routed_fini(old);
	}
	same = inventory_hash(label, n);
	if (out) {
		judge(&feed, &m, &x, routed, d, out, verbose);
		out->learned = routed->b.endpoints;
	}
	if (dump)
		for (uint32_t i = 0; i < n; i++)
			fprintf(dump, "%s\t%.*s\n", d->name, (int)label[i].n, label[i].p);
	pool_fini(&x.pool);
	merged_close(&m);
	feed_close(&feed);
	routed_fini(routed);
	return same;
}

static void
shuffle(uint32_t *order, uint32_t n, uint64_t seed)
{
	struct rng r = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1};

	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	for (uint32_t i = n; i > 1 && seed > 0; i--) {
		uint32_t k = (uint32_t)(rng_next(&r) % i), t = order[i - 1];

		order[i - 1] = order[k];
		order[k] = t;
	}
}

static FILE *
dump_open(const struct options *o, unsigned i)
{
	char path[4096];
	FILE *f = NULL;

	if (o->dump) {
		snprintf(path, sizeof(path), "%s.%u", o->dump, i);
		f = fopen(path, "a");
		CHECK(f);
	}
	return f;
}

static bool
document(struct draw *d, const struct options *o, struct figures *all, unsigned *differ)
{
	struct figures f = {0};
	uint32_t *order;
	uint64_t first = 0;

	draw_traffic(d, o->per_template, IDENTITIES);
	order = calloc(d->requests + 1, sizeof(*order));
	CHECK(order);
	for (unsigned i = 0; i <= o->shuffles; i++) {
		FILE *dump = dump_open(o, i);
		uint64_t same;

		shuffle(order, d->requests, i);
		same = run(d, order, i ? NULL : &f, o->rounds, o->verbose, dump);
		if (dump)
			fclose(dump);
		if (i == 0) {
			first = same;
			report(d->name, &f, false);
		} else if (same != first) {
			++*differ;
			fprintf(stderr, "template_accuracy: %s: shuffle %u differs\n",
			    d->name, i);
		}
	}
	figures_add(all, &f);
	free(order);
	return true;
}

int
main(int argc, char **argv)
{
	struct options o = {.rounds = 1, .per_template = 150};
	struct figures all = {0};
	unsigned documents = 0, differ = 0;
	struct draw d;
	int c;

	while ((c = getopt(argc, argv, "s:r:n:o:v")) != -1) {
		switch (c) {
		case 's': o.shuffles = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'r': o.rounds = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'n': o.per_template = (unsigned)strtoul(optarg, NULL, 10); break;
		case 'o': o.dump = optarg; break;
		case 'v': o.verbose = true; break;
		default: return 2;
		}
	}
	while (draw_read(&d, stdin)) {
		if (d.templates > 0) {
			document(&d, &o, &all, &differ);
			documents++;
		}
		draw_fini(&d);
	}
	report("pooled", &all, true);
	printf("{\"name\":\"templates_documents\",\"value\":%u,\"unit\":\"documents\","
	       "\"goal\":\"\",\"ok\":true,\"note\":\"\"}\n",
	    documents);
	if (o.shuffles > 0)
		printf("{\"name\":\"templates_shuffles_differ\",\"value\":%u,\"unit\":"
		       "\"runs\",\"goal\":\"0\",\"ok\":%s,\"note\":\"%u shuffles of each "
		       "document's traffic\"}\n",
		    differ, differ ? "false" : "true", o.shuffles);
	return 0;
}
