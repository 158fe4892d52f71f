/* Names of counters and exceptions, and their Prometheus text (exposition format 0.0.4). */
#include "metric/metric.h"

#include <inttypes.h>
#include <stdio.h>

enum kind { COUNTER, GAUGE, LARGEST };

static const struct {
	const char *name;
	enum kind kind;
	const char *role;
	const char *help;
} metrics[] = {
#define METRIC(id, name, kind, role, help) {name, kind, role, help},
#include "metric/metric.def"
#undef METRIC
};

static const struct {
	const char *name;
	const char *reason;
	size_t setting; /* offset of the outcome's text in struct settings */
} exceptions[] = {
#define EXCEPTION(id, name, reason) \
	{#name, reason, offsetof(struct settings, exceptions_##name)},
#include "metric/exception.def"
#undef EXCEPTION
};

const char *
metric_name(enum metric_id id)
{
	return metrics[id].name;
}

bool
metric_is_gauge(enum metric_id id)
{
	return metrics[id].kind != COUNTER;
}

const char *
exception_name(enum exception_id id)
{
	return exceptions[id].name;
}

const char *
exception_reason(enum exception_id id)
{
	return exceptions[id].reason;
}

int
exception_policy_parse(
    const struct settings *s, struct exception_policy *out, const char **which)
{
	static const char *const outcomes[] = {[OUTCOME_ALLOW] = "allow",
	    [OUTCOME_DENY] = "deny",
	    [OUTCOME_SHADOW] = "shadow"};

	*out = (struct exception_policy){0};
	*which = NULL;
	for (int i = 0; i < EXCEPTIONS; i++) {
		const char *text = (const char *)s + exceptions[i].setting;
		int o = 0;

		while (o < 3 && strcmp(text, outcomes[o]) != 0)
			o++;
		if (o == 3) {
			*out = (struct exception_policy){0};
			*which = exceptions[i].name;
			return ERR_INVALID;
		}
		out->outcome[i] = (enum exception_outcome)o;
	}
	return OK;
}

uint64_t
metric_over(const struct metric_block *const *blocks, size_t n, enum metric_id id)
{
	uint64_t sum = 0, most = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t v = metric_get(blocks[i], id);

		sum += v;
		most = v > most ? v : most;
	}
	return metrics[id].kind == LARGEST ? most : sum;
}

static uint64_t
read_exception(const struct metric_block *b, unsigned index)
{
	return atomic_load_explicit(&b->exception[index], memory_order_relaxed);
}

void
metric_put_json(
    const struct metric_block *const *blocks, size_t n, bool zeros, struct jsonw *w)
{
	for (enum metric_id id = 0; id < METRICS; id++) {
		uint64_t v = metric_over(blocks, n, id);

		if (v > 0 || zeros)
			jsonw_kv_uint(w, metrics[id].name, v);
	}
}

void
exception_put_json(
    const struct metric_block *const *blocks, size_t n, bool zeros, struct jsonw *w)
{
	for (unsigned id = 0; id < EXCEPTIONS; id++) {
		uint64_t sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += read_exception(blocks[i], id);
		if (sum > 0 || zeros)
			jsonw_kv_uint(w, exceptions[id].name, sum);
	}
}

struct series {
	const struct metric_block *const *blocks;
	const char *const *labels;
	size_t n;
	struct buf *out;
};

/* Reads one cell of a block. */
typedef uint64_t read_cell(const struct metric_block *b, unsigned index);

static uint64_t
read_metric(const struct metric_block *b, unsigned index)
{
	return metric_get(b, (enum metric_id)index);
}

/* Whether a label "role/instance" is of this role; *instance is what follows. */
static bool
label_is(const char *label, const char *role, const char **instance)
{
	size_t n = strlen(role);

	*instance = label + n + 1;
	return strncmp(label, role, n) == 0 && label[n] == '/';
}

/* The lines of one name: `more` is a label that all of them carry, or "". */
static void
print_series(const struct series *s, const char *name, const char *role, read_cell *read,
    unsigned index, const char *more)
{
	const char *instance;

	for (size_t i = 0; i < s->n; i++)
		if (label_is(s->labels[i], role, &instance))
			buf_printf(s->out,
			    "%s{%s%srole=\"%s\",instance=\"%s\"} %" PRIu64 "\n", name,
			    more, more[0] ? "," : "", role, instance,
			    read(s->blocks[i], index));
}

static void
print_head(struct buf *out, const char *name, const char *kind, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* All workers together: a histogram a worker would be 64 series each. */
static void
print_decisions(const struct series *s)
{
	uint64_t below = 0, total_ns = 0;

	print_head(s->out, "yett_decision_seconds", "histogram",
	    "time from frame read to ACK queued");
	for (unsigned bin = 0; bin < METRIC_BINS; bin++) {
		double bound = (double)(1ull << bin / 2) *
		    (bin % 2	  ? 2
			    : bin ? 1.5
				  : 2) /
		    1e9;

		for (size_t i = 0; i < s->n; i++)
			below += atomic_load_explicit(
			    &s->blocks[i]->decision_hist[bin], memory_order_relaxed);
		/* 128 ns to 34 ms say it all; the last bin holds what is beyond */
		if (bin >= 14 && bin < 50)
			buf_printf(s->out,
			    "yett_decision_seconds_bucket{le=\"%.9g\"} %" PRIu64 "\n",
			    bound, below);
	}
	for (size_t i = 0; i < s->n; i++)
		total_ns += metric_get(s->blocks[i], M_DECISION_NS);
	buf_printf(s->out,
	    "yett_decision_seconds_bucket{le=\"+Inf\"} %" PRIu64
	    "\nyett_decision_seconds_sum %.9f\nyett_decision_seconds_count %" PRIu64 "\n",
	    below, (double)total_ns / 1e9, below);
}

void
metric_print(const struct metric_block *const *blocks, const char *const *labels,
    size_t n, struct buf *out)
{
	struct series s = {blocks, labels, n, out};
	char label[96], name[96];

	for (unsigned id = 0; id < METRICS; id++) {
		snprintf(name, sizeof name, "yett_%s", metrics[id].name);
		print_head(out, name,
		    metric_is_gauge((enum metric_id)id) ? "gauge" : "counter",
		    metrics[id].help);
		print_series(&s, name, metrics[id].role, read_metric, id, "");
	}
	print_head(out, "yett_exceptions_total", "counter",
	    "requests with a named exception, see exceptions in yett.conf(5)");
	for (unsigned id = 0; id < EXCEPTIONS; id++) {
		snprintf(label, sizeof label, "exception=\"%s\"", exceptions[id].name);
		print_series(
		    &s, "yett_exceptions_total", "worker", read_exception, id, label);
	}
	print_decisions(&s);
}
