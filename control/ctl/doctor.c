/* The doctor command: gathers what to look at, runs the checks, shows the findings. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <dirent.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "control/ctl/commands.h"
#include "control/ctl/control.h"
#include "control/ctl/doctor_run.h"
#include "control/ctl/text.h"

#define CONF_BYTES_MAX ((size_t)32 << 20)
#define ENV_FILE YETT_SYSCONFDIR "/yett/haproxy.env"

static const char *const dropin_folders[] = {"/etc/systemd/system/haproxy.service.d",
    "/run/systemd/system/haproxy.service.d", "/usr/lib/systemd/system/haproxy.service.d",
    "/lib/systemd/system/haproxy.service.d"};

static bool
file_exists(void *ctx, const char *path)
{
	struct stat st;

	(void)ctx;
	return stat(path, &st) == 0;
}

/* The unit's drop-ins, and what its environment file says; empty when there are none. */
static void
read_dropins(struct buf *out)
{
	for (size_t i = 0; i < sizeof dropin_folders / sizeof *dropin_folders; i++) {
		DIR *folder = opendir(dropin_folders[i]);
		struct dirent *e;
		char path[1024];

		while (folder && (e = readdir(folder)) != NULL) {
			struct buf text = BUF_INIT;

			if (!span_ends(span_str(e->d_name), SPAN(".conf")))
				continue;
			snprintf(
			    path, sizeof path, "%s/%s", dropin_folders[i], e->d_name);
			if (io_read_file(path, CONF_BYTES_MAX, &text) == OK)
				buf_put_span(out, buf_span(&text));
			buf_put_char(out, '\n');
			buf_fini(&text);
		}
		if (folder)
			closedir(folder);
	}
}

/* What HAProxy's own environment is: files named, else the installed one, and the running
 * process's when we may look. */
static void
read_environment(const struct invocation *in, struct span info, struct buf *out)
{
	const struct option_values *files = invocation_values(in, "haproxy-env");
	size_t at = span_find_span(info, SPAN("\nPid: "));
	struct buf text = BUF_INIT;
	char path[64];

	if (at < info.n) {
		snprintf(path, sizeof path, "/proc/%ld/environ",
		    strtol(info.p + at + 6, NULL, 10));
		if (io_read_file(path, 1 << 20, &text) == OK)
			buf_put_span(out, buf_span(&text));
		buf_put_char(out, '\n');
		buf_fini(&text);
	}
	for (unsigned i = 0; i < (files ? files->n : 1); i++) {
		if (io_read_file(files ? files->value[i] : ENV_FILE, 1 << 20, &text) ==
		    OK)
			buf_put_span(out, buf_span(&text));
		buf_put_char(out, '\n');
		buf_fini(&text);
	}
}

static int
parse_file(struct haproxy_conf *conf, const char *path)
{
	struct buf text = BUF_INIT;
	int rc = io_read_file(path, CONF_BYTES_MAX, &text);

	if (rc == OK)
		rc = haproxy_conf_parse(conf, path, buf_span(&text));
	buf_fini(&text);
	return rc;
}

static unsigned
given_version(const struct invocation *in)
{
	const char *text = invocation_option(in, "haproxy-version");
	char *end;
	unsigned long major = text ? strtoul(text, &end, 10) : 0;

	return major && *end == '.' ? (unsigned)(major * 100 + strtoul(end + 1, NULL, 10))
				    : 0;
}

/* Reads the files and runs the checks of the configuration; the agent's backend is kept. */
static void
look_at_conf(struct doctor *d, const struct session *s, const struct invocation *in,
    struct span info, unsigned version, char *backend, size_t n)
{
	const struct option_values *given = invocation_values(in, "haproxy-cfg");
	const struct option_values one = {
	    .n = 1, .value = {session_option(in, "haproxy-cfg", "YETT_HAPROXY_CFG")}};
	const struct option_values *files = given ? given : &one;
	struct buf environment = BUF_INIT, dropins = BUF_INIT;
	struct haproxy_conf conf = {.version = version}, spoe = {.version = version};
	struct doctor_haproxy h = {.conf = &conf,
	    .settings = &s->settings,
	    .version = version,
	    .processors = (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
	    .exists = file_exists};
	const struct haproxy_line *use;
	int rc = OK;

	read_environment(in, info, &environment);
	read_dropins(&dropins);
	conf.environment = buf_span(&environment);
	spoe.outer = &conf;
	h.dropins = buf_span(&dropins);
	for (unsigned i = 0; i < files->n && rc == OK; i++) {
		rc = parse_file(&conf, files->value[i]);
		if (rc != OK)
			doctor_add(d, DR_FILTER, DOCTOR_FAIL, "%s: %s", files->value[i],
			    err_str(rc));
	}
	if (rc == OK) {
		if (doctor_find_engine(&conf, &h.engine, &h.spoe_file) &&
		    parse_file(&spoe, h.spoe_file) == OK)
			h.spoe = &spoe;
		doctor_haproxy_conf(d, &h);
		if (h.engine)
			doctor_line_secret(
			    d, &s->settings, haproxy_variable(&conf, "YETT_LINE_SECRET"));
		use = h.spoe ? haproxy_find(haproxy_section(&spoe, "spoe-agent", NULL),
				   "use-backend", NULL, NULL)
			     : NULL;
		snprintf(backend, n, "%s", use && use->words > 1 ? use->word[1] : "");
	}
	haproxy_conf_free(&spoe);
	haproxy_conf_free(&conf);
	buf_fini(&dropins);
	buf_fini(&environment);
}

void
doctor_haproxy(struct doctor *d, const struct session *s, const struct invocation *in)
{
	const char *socket = session_option(in, "haproxy-socket", "YETT_HAPROXY_SOCKET");
	struct buf info = BUF_INIT, stat = BUF_INIT;
	struct doctor early = {0};
	unsigned version = given_version(in), running = 0;
	char backend[256] = "";
	int rc = OK;

	if (socket && (rc = control_ask(socket, SPAN("show info\n"), &info)) == OK)
		rc = control_ask(socket, SPAN("show stat\n"), &stat);
	if (rc != OK) {
		doctor_add(d, DR_HAPROXY_UP, DOCTOR_FAIL, "%s: %s", socket, err_str(rc));
		doctor_skip_rest(
		    d, "haproxy.version", "HAProxy's stats socket does not answer");
		doctor_skip_rest(
		    d, "haproxy.dropped", "HAProxy's stats socket does not answer");
	} else if (socket) {
		/* the version first: it decides how the configuration is read */
		doctor_haproxy_info(&early, buf_span(&info), NULL, SPAN(""), &running);
		version = version ? version : running;
	}
	if (session_option(in, "haproxy-cfg", "YETT_HAPROXY_CFG"))
		look_at_conf(d, s, in, buf_span(&info), version, backend, sizeof backend);
	if (socket && rc == OK)
		doctor_haproxy_info(d, buf_span(&info), backend[0] ? backend : NULL,
		    buf_span(&stat), &running);
	doctor_skip_rest(d, "haproxy.servers", "give --haproxy-socket PATH");
	doctor_skip_rest(d, "haproxy.version", "give --haproxy-socket PATH");
	doctor_skip_rest(d, "haproxy.dropped", "give --haproxy-socket PATH");
	doctor_skip_rest(d, "haproxy.", "give --haproxy-cfg FILE");
	buf_fini(&stat);
	buf_fini(&info);
}

void
doctor_agent(struct doctor *d, const struct session *s)
{
	struct buf metrics = BUF_INIT;
	int rc = control_ask(s->control, SPAN("metrics\n"), &metrics);

	if (rc == ERR_NOTFOUND && !s->control_named)
		doctor_add(d, DR_AGENT, DOCTOR_SKIP,
		    "no agent on this host: give --control PATH");
	else if (rc != OK)
		doctor_add(d, DR_AGENT, DOCTOR_FAIL, "%s: %s", s->control, err_str(rc));
	else
		doctor_agent_metrics(
		    d, &s->settings, buf_span(&metrics), clock_wall_us());
	doctor_skip_rest(
	    d, "agent.", rc != OK ? "the agent does not answer" : "nothing to see");
	buf_fini(&metrics);
}

static bool
wanted(const char *only, enum doctor_check check)
{
	return only == NULL || strncmp(doctor_name(check), only, strlen(only)) == 0;
}

/* Can a check of this group be wanted? */
static bool
group_wanted(const char *only, const char *group)
{
	size_t n = only ? strlen(only) : 0;

	return strncmp(only ? only : "", group, n < strlen(group) ? n : strlen(group)) ==
	    0;
}

static void
fill(const struct doctor *d, const char *only, struct table *t)
{
	table_init(t);
	table_column(t, "check", CELL_TEXT, 0);
	table_column(t, "result", CELL_TEXT, 0);
	table_column(t, "reason", CELL_TEXT, 0);
	table_column(t, "remedy", CELL_TEXT, 0);
	for (int c = 0; c < DOCTOR_CHECKS; c++) {
		for (unsigned i = 0; i < d->n; i++) {
			const struct doctor_finding *f = &d->finding[i];
			bool bad = f->verdict >= DOCTOR_WARN;

			if (f->check != (enum doctor_check)c || !wanted(only, f->check))
				continue;
			table_cell_str(t, doctor_name(f->check));
			table_cell_str(t, doctor_verdict_name(f->verdict));
			table_cell_str(t, f->text);
			table_cell_str(t, bad ? doctor_remedy(f->check) : NULL);
		}
	}
}

/* A line a finding; below a warning or a failure what to do. */
static void
print(struct session *s, const struct table *t)
{
	for (size_t r = 0; r < t->rows; r++) {
		struct span name = table_get(t, r, 0), verdict = table_get(t, r, 1);
		struct span remedy = table_get(t, r, 3);
		char word[8];

		snprintf(word, sizeof word, "%.*s", (int)verdict.n, verdict.p);
		table_put_word(&s->out, word, s->style.color);
		buf_printf(&s->out, "%*s%-26.*s ", (int)(6 - verdict.n), "", (int)name.n,
		    name.p);
		text_put(&s->out, table_get(t, r, 2));
		buf_put_char(&s->out, '\n');
		if (!span_absent(remedy))
			buf_printf(&s->out, "      -> %.*s\n", (int)remedy.n, remedy.p);
	}
}

static int
list_checks(struct session *s)
{
	struct table t;
	int rc;

	table_init(&t);
	table_column(&t, "check", CELL_TEXT, 0);
	table_column(&t, "looks_for", CELL_TEXT, 0);
	for (int c = 0; c < DOCTOR_CHECKS; c++) {
		table_cell_str(&t, doctor_name((enum doctor_check)c));
		table_cell_str(&t, doctor_seen((enum doctor_check)c));
	}
	rc = session_show(s, &t, NULL);
	table_fini(&t);
	return rc;
}

int
command_doctor(struct session *s, const struct invocation *in)
{
	const char *only = invocation_option(in, "only");
	unsigned count[4] = {0};
	struct doctor *d;
	struct table t;

	if (invocation_option(in, "checks"))
		return list_checks(s);
	if ((d = calloc(1, sizeof *d)) == NULL)
		return session_error(EXIT_INCOMPLETE, NULL, "out of memory");
	if (group_wanted(only, "haproxy."))
		doctor_haproxy(d, s, in);
	if (group_wanted(only, "database.") || group_wanted(only, "agent."))
		doctor_database(d, s);
	doctor_skip_rest(d, "agent.clock", "needs the database");
	if (group_wanted(only, "agent."))
		doctor_agent(d, s);
	if (group_wanted(only, "files."))
		doctor_files(d, s);
	fill(d, only, &t);
	for (unsigned i = 0; i < d->n; i++)
		count[d->finding[i].verdict] += wanted(only, d->finding[i].check);
	free(d);
	if (table_err(&t) != OK) {
		table_fini(&t);
		return session_error(
		    EXIT_INCOMPLETE, NULL, "the answer does not fit memory");
	}
	if (s->json)
		table_print_json(&t, &s->out);
	else
		print(s, &t);
	table_fini(&t);
	session_say(s, "%u ok, %u warn, %u fail, %u skip", count[DOCTOR_OK],
	    count[DOCTOR_WARN], count[DOCTOR_FAIL], count[DOCTOR_SKIP]);
	return count[DOCTOR_FAIL] ? EXIT_FINDINGS : EXIT_DONE;
}
