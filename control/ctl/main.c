/* yettctl: the tool of every day. Parses, runs one command, writes the answer. */
#include "control/ctl/commands.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"

static int
print(struct buf *text)
{
	int rc = text->p ? io_write_full(STDOUT_FILENO, text->p, text->n) : OK;

	buf_fini(text);
	return rc == OK ? EXIT_DONE : EXIT_INCOMPLETE;
}

/* --version and --help: no settings, no connection. */
static int
print_about(const struct invocation *in)
{
	struct buf text = BUF_INIT;

	if (in->version)
		buf_put_str(&text, "yettctl " YETT_VERSION "\n");
	else
		command_help(in->noun, in->command, &text);
	return print(&text);
}

int
main(int argc, char **argv)
{
	struct invocation in;
	struct session s;
	struct buf error = BUF_INIT, list = BUF_INIT;
	int rc;

	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && strcmp(argv[1], "--list-commands") == 0) {
		command_list(&list);
		return print(&list);
	}
	rc = command_parse(argc, argv, &in, &error);
	if (rc != EXIT_DONE) {
		fprintf(stderr, "yettctl: %s\n", error.p ? error.p : "out of memory");
		buf_fini(&error);
		return rc;
	}
	buf_fini(&error);
	if (in.help || in.version)
		return print_about(&in);
	rc = session_open(&s, &in, argv[0]);
	if (rc == EXIT_DONE)
		rc = in.command->run(&s, &in);
	return session_close(&s, rc);
}
