/* What the control socket tells: state and counters of all roles. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "supervisor/role.h"
#include "supervisor/supervisor.h"

static void
put_time(struct jsonw *w, const char *key, int64_t wall_us)
{
	char when[CLOCK_TEXT_MAX];

	jsonw_kv_span(w, key, wall_us > 0 ? clock_format(wall_us, when) : SPAN_NONE);
}

/* Microseconds since the role's loop woke up for work, 0: it waits. */
static int64_t
busy_us(const struct child *c)
{
	uint64_t busy = atomic_load(&c->slot->busy_ns);
	int64_t us = clock_mono_us() - (int64_t)(busy / 1000);

	return busy && us > 0 ? us : 0;
}

static void
put_roles(struct supervisor *s, struct jsonw *w)
{
	jsonw_key(w, "roles");
	jsonw_array(w);
	for (unsigned i = 0; i < s->children; i++) {
		const struct child *c = &s->child[i];

		jsonw_object(w);
		jsonw_kv_str(w, "role", role_name(c->role));
		jsonw_kv_uint(w, "instance", c->instance);
		jsonw_kv_int(w, "pid", c->pid);
		jsonw_kv_str(w, "state", children_state_name(c->state));
		jsonw_kv_uint(w, "restarts", atomic_load(&c->slot->restarts));
		jsonw_kv_str(w, "last_end", c->last_end[0] ? c->last_end : NULL);
		put_time(w, "started",
		    c->pid > 0 ? (int64_t)atomic_load(&c->slot->started_us) : 0);
		jsonw_kv_int(w, "busy_us", busy_us(c));
		if (c->role == ROLE_WORKER) {
			jsonw_kv_uint(w, "revision",
			    metric_get(&c->slot->metric, M_POLICY_REVISION));
			jsonw_kv_uint(w, "connections",
			    metric_get(&c->slot->metric, M_SPOP_CONNECTIONS));
		}
		jsonw_object_end(w);
	}
	jsonw_array_end(w);
}

static void
put_policy(struct supervisor *s, struct jsonw *w)
{
	const struct bundles *b = &s->bundles;
	bool any = b->fd >= 0;

	jsonw_kv_uint(w, "revision", b->revision);
	jsonw_kv_str(w, "environment", s->settings.agent_environment);
	put_time(w, "expires", any ? b->expires_us : 0);
	jsonw_kv_bool(
	    w, "expired", any && b->expires_us && clock_wall_us() >= b->expires_us);
	jsonw_key(w, "policy");
	jsonw_object(w);
	jsonw_kv_str(w, "source", any ? b->source : NULL);
	put_time(w, "since", any ? b->since_us : 0);
	jsonw_kv_uint(w, "bytes", b->bytes);
	jsonw_kv_uint(w, "newest_in_database", s->database_revision);
	jsonw_object_end(w);
	jsonw_key(w, "refused");
	if (b->refused.at_us == 0) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	put_time(w, "at", b->refused.at_us);
	jsonw_kv_str(w, "source", b->refused.source);
	jsonw_kv_str(w, "error", err_str(b->refused.err));
	jsonw_kv_str(w, "reason", b->refused.reason);
	jsonw_object_end(w);
}

static void
put_quarantine(struct supervisor *s, struct jsonw *w)
{
	int64_t until = (int64_t)atomic_load(&s->shared.quarantine->bodies_off_until_us);

	jsonw_key(w, "quarantine");
	jsonw_object(w);
	jsonw_kv_uint(w, "requests", shared_quarantine_count(&s->shared));
	put_time(w, "bodies_off_until", until > clock_wall_us() ? until : 0);
	jsonw_object_end(w);
}

static void
put_state(struct supervisor *s, struct jsonw *w)
{
	jsonw_key(w, "state");
	jsonw_object(w);
	jsonw_kv_uint(w, "generation", atomic_load(s->shared.generation));
	jsonw_kv_bool(w, "cold_start", s->cold);
	jsonw_kv_uint(w, "bytes", s->shared.bytes);
	jsonw_kv_uint(w, "identity_slots", s->shared.history.buckets * 4);
	jsonw_kv_uint(w, "limit_slots", s->shared.limits.buckets * LIMIT_WAYS);
	jsonw_object_end(w);
}

/* Every role's block, and the supervisor's. */
static size_t
blocks_of(struct supervisor *s, const struct metric_block **blocks, char (*labels)[32],
    const char **label)
{
	size_t n = 0;

	blocks[n] = &s->slot->metric;
	snprintf(labels[n], sizeof labels[n], "supervisor/0");
	label[n] = labels[n];
	n++;
	for (unsigned i = 0; i < s->children; i++, n++) {
		blocks[n] = &s->child[i].slot->metric;
		snprintf(labels[n], sizeof labels[n], "%s/%u",
		    role_name(s->child[i].role), s->child[i].instance);
		label[n] = labels[n];
	}
	return n;
}

static void
put_sums(struct supervisor *s, struct jsonw *w)
{
	const struct metric_block *blocks[SUPERVISOR_CHILDREN_MAX + 1];
	const char *label[SUPERVISOR_CHILDREN_MAX + 1];
	char labels[SUPERVISOR_CHILDREN_MAX + 1][32];
	size_t n = blocks_of(s, blocks, labels, label);

	jsonw_key(w, "counters");
	jsonw_object(w);
	metric_put_json(blocks, n, true, w);
	jsonw_object_end(w);
	jsonw_key(w, "exceptions");
	jsonw_object(w);
	exception_put_json(blocks, n, true, w);
	jsonw_object_end(w);
}

static uint64_t
connections(const struct supervisor *s)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < s->children; i++)
		n += metric_get(&s->child[i].slot->metric, M_SPOP_CONNECTIONS);
	return n;
}

void
overview_status(struct supervisor *s, struct buf *out)
{
	char boot[20];
	struct jsonw w;

	snprintf(boot, sizeof boot, "%016" PRIx64, s->boot);
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_kv_str(&w, "version", YETT_VERSION);
	jsonw_kv_str(&w, "boot", boot);
	jsonw_kv_str(
	    &w, "name", s->settings.agent_name[0] ? s->settings.agent_name : NULL);
	put_time(&w, "started", s->started_us);
	jsonw_kv_bool(&w, "stopping", s->stopping);
	put_policy(s, &w);
	put_roles(s, &w);
	put_quarantine(s, &w);
	put_state(s, &w);
	jsonw_key(&w, "database");
	jsonw_object(&w);
	jsonw_kv_bool(&w, "configured", s->settings.recorder_database[0] != '\0');
	jsonw_kv_bool(&w, "up", s->database_up);
	jsonw_object_end(&w);
	jsonw_kv_uint(&w, "connections", connections(s));
	put_sums(s, &w);
	jsonw_object_end(&w);
	buf_put_char(out, '\n');
}

void
overview_metrics(struct supervisor *s, struct buf *out)
{
	const struct metric_block *blocks[SUPERVISOR_CHILDREN_MAX + 1];
	const char *label[SUPERVISOR_CHILDREN_MAX + 1];
	char labels[SUPERVISOR_CHILDREN_MAX + 1][32];
	size_t n = blocks_of(s, blocks, labels, label);

	buf_printf(out,
	    "# HELP yett_build_info the running version\n# TYPE yett_build_info gauge\n"
	    "yett_build_info{version=\"%s\"} 1\n",
	    YETT_VERSION);
	buf_put_str(out,
	    "# HELP yett_role_up 1 while the role serves\n# TYPE yett_role_up gauge\n");
	for (unsigned i = 0; i < s->children; i++)
		buf_printf(out, "yett_role_up{role=\"%s\",instance=\"%u\"} %d\n",
		    role_name(s->child[i].role), s->child[i].instance,
		    s->child[i].state == CHILD_READY);
	metric_print(blocks, label, n, out);
}

void
overview_settings(struct supervisor *s, struct buf *out)
{
	const char *section = "";
	struct buf value = BUF_INIT;
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	for (size_t i = 0; i < settings_n; i++) {
		const struct conf_key *k = &settings_table[i];
		const void *at = (const char *)&s->settings + k->offset;

		if (strcmp(section, k->section) != 0) {
			if (section[0])
				jsonw_object_end(&w);
			jsonw_key(&w, k->section);
			jsonw_object(&w);
			section = k->section;
		}
		buf_clear(&value);
		conf_print_value(k, &s->settings, &value);
		jsonw_key(&w, k->name);
		if (k->type == CONF_INT)
			jsonw_int(&w, *(const int64_t *)at);
		else if (k->type == CONF_BOOL)
			jsonw_bool(&w, *(const bool *)at);
		else if (strcmp(k->section, "recorder") == 0 &&
		    strcmp(k->name, "database") == 0)
			jsonw_str(&w, value.n ? "(set)" : ""); /* may hold a password */
		else
			jsonw_span(&w, buf_span(&value));
	}
	if (section[0])
		jsonw_object_end(&w);
	jsonw_object_end(&w);
	buf_put_char(out, '\n');
	buf_fini(&value);
}
