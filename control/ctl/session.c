/* Options, settings, output. The database: database.c. */
#include "control/ctl/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/jsonw.h"
#include "control/ctl/text.h"

#define CONFIG_FILE YETT_SYSCONFDIR "/yett/yett.conf"

static const char *
environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *
session_option(const struct invocation *in, const char *option, const char *name)
{
	const char *value = invocation_option(in, option);

	return value ? value : environment(name);
}

int
session_error(int code, const char *hint, const char *fmt, ...)
{
	struct buf raw = BUF_INIT, line = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	buf_put_str(&line, "yettctl: ");
	for (struct span rest = buf_span(&raw), part; !span_absent(rest);) {
		part = span_cut(&rest, '\n');
		if (part.n == 0)
			continue;
		text_put(&line, part);
		buf_put_char(&line, '\n');
	}
	if (hint)
		buf_printf(&line, "  %s\n", hint);
	fwrite(line.p ? line.p : "", 1, line.n, stderr);
	buf_fini(&raw);
	buf_fini(&line);
	return code;
}

void
session_say(struct session *s, const char *fmt, ...)
{
	struct buf raw = BUF_INIT, line = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	if (s->said.n > 0)
		buf_put_char(&s->said, '\n');
	buf_put_span(&s->said, buf_span(&raw));
	text_put(&line, buf_span(&raw));
	if (!s->quiet)
		fprintf(stderr, "%s\n", line.p ? line.p : "");
	buf_fini(&raw);
	buf_fini(&line);
}

int
session_confirm(const struct session *s, const char *question)
{
	char answer[16];

	if (s->yes)
		return EXIT_DONE;
	if (!isatty(STDIN_FILENO))
		return session_error(
		    EXIT_USAGE, "add --yes to go on without a question.", "%s", question);
	fprintf(stderr, "%s [y/N] ", question);
	if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return EXIT_DONE;
	return session_error(EXIT_USAGE, NULL, "nothing was done");
}

static int
load_settings(struct session *s)
{
	struct conf_error error;
	const char *path = s->config;
	int rc;

	if (path == NULL && access(CONFIG_FILE, R_OK) == 0)
		path = s->config = CONFIG_FILE;
	if ((rc = settings_load(path, &s->settings, &error)) == OK)
		return EXIT_DONE;
	return session_error(rc == ERR_DENIED ? EXIT_DENIED
		: rc == ERR_NOTFOUND	      ? EXIT_NOTFOUND
					      : EXIT_USAGE,
	    "yett-agent -n -c FILE checks a configuration.", "%s:%u: %s", path,
	    error.line, error.text);
}

static void
choose_style(struct session *s, bool no_color)
{
	const char *term = getenv("TERM");
	struct winsize w = {0};

	if (!isatty(STDOUT_FILENO))
		return;
	s->style.color =
	    !no_color && !environment("NO_COLOR") && !(term && strcmp(term, "dumb") == 0);
	s->style.width =
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : 80;
}

int
session_open(struct session *s, const struct invocation *in, const char *program)
{
	const char *database = session_option(in, "database", "YETT_DATABASE");
	const char *control = session_option(in, "control", "YETT_CONTROL");
	int rc;

	*s = (struct session){.program = program};
	s->json = invocation_option(in, "json") != NULL;
	s->quiet = invocation_option(in, "quiet") != NULL;
	s->yes = invocation_option(in, "yes") != NULL;
	s->config = session_option(in, "config", "YETT_CONFIG");
	buf_init(&s->out, (size_t)1 << 30);
	buf_init(&s->said, (size_t)1 << 20);
	choose_style(s, invocation_option(in, "no-color") != NULL);
	if ((rc = load_settings(s)) != EXIT_DONE)
		return rc;
	snprintf(s->database, sizeof s->database, "%s",
	    database ? database : s->settings.recorder_database);
	snprintf(s->control, sizeof s->control, "%s",
	    control ? control : s->settings.control_socket);
	s->control_named = control || s->config;
	return EXIT_DONE;
}

/* The answer as JSON where the command wrote none. */
static void
answer_as_json(struct session *s)
{
	struct buf whole;
	struct jsonw w;

	if (s->out.n > 0 && !s->plain)
		return;
	buf_init(&whole, (size_t)1 << 30);
	jsonw_init(&w, &whole);
	jsonw_object(&w);
	if (s->plain)
		jsonw_kv_span(&w, "text", buf_span(&s->out));
	else
		jsonw_kv_span(&w, "message", buf_span(&s->said));
	jsonw_object_end(&w);
	buf_put_char(&whole, '\n');
	buf_fini(&s->out);
	s->out = whole;
}

int
session_close(struct session *s, int code)
{
	struct span text;

	pg_sync_close(s->pg);
	s->pg = NULL;
	if (s->json && code == EXIT_DONE && buf_err(&s->out) == OK)
		answer_as_json(s);
	text = buf_span(&s->out);
	if (buf_err(&s->out) != OK)
		code = session_error(
		    EXIT_INCOMPLETE, NULL, "the answer does not fit memory");
	else if (text.n > 0 && io_write_full(STDOUT_FILENO, text.p, text.n) != OK)
		code = code == EXIT_DONE ? EXIT_INCOMPLETE : code;
	buf_fini(&s->out);
	buf_fini(&s->said);
	return code;
}

int
session_show(struct session *s, const struct table *t, const char *nothing)
{
	if (table_err(t) != OK)
		return session_error(
		    EXIT_INCOMPLETE, NULL, "the answer does not fit memory");
	if (s->json)
		table_print_json(t, &s->out);
	else if (t->rows > 0)
		table_print(t, &s->style, &s->out);
	else if (nothing)
		session_say(s, "%s", nothing);
	return EXIT_DONE;
}

int
session_show_record(struct session *s, const struct table *t, const char *missing)
{
	if (table_err(t) != OK)
		return session_error(
		    EXIT_INCOMPLETE, NULL, "the answer does not fit memory");
	if (t->rows == 0)
		return session_error(EXIT_NOTFOUND, NULL, "%s", missing);
	if (s->json)
		table_print_json_record(t, 0, &s->out);
	else
		table_print_record(t, 0, &s->style, &s->out);
	return EXIT_DONE;
}
