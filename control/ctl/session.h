/*
 * What every command of one run shares: options, settings, the database connection (opened
 * by the first command that needs it), the output. Commands return exit codes; whoever
 * finds an error prints it, with what to do next, and the layers above stay silent.
 */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include "base/settings.h"
#include "control/ctl/command.h"
#include "control/ctl/table.h"
#include "pg/pg_sync.h"

struct session {
	bool json, quiet, yes;
	const char *config; /* file, NULL: none */
	struct settings settings;
	char database[CONF_TEXT_MAX]; /* conninfo, "" when nobody said */
	char control[CONF_TEXT_MAX]; /* path of the agent's control socket */
	bool control_named; /* by somebody, not by default */
	struct table_style style;
	const char *program; /* argv[0] */
	struct pg_sync *pg; /* NULL until a command needs it */
	struct buf out; /* written to stdout at the end */
	bool plain; /* out is text even with --json: written as {"text": …} then */
	struct buf said; /* sentences: the answer of a command that has no other */
};

/* Reads options, environment (YETT_DATABASE, YETT_CONTROL, YETT_CONFIG) and yett.conf, in
 * this order of precedence. A configuration file that was named and cannot be read is an
 * error; the standard one may be absent. */
MUST_CHECK int
session_open(struct session *s, const struct invocation *in, const char *program);
/* Writes the output, closes the connection; code unless writing failed. With --json what
 * succeeds always writes one document: {"message": sentences} where nothing else was said. */
MUST_CHECK int session_close(struct session *s, int code);

/* The value of an option, else of an environment variable, else NULL. */
const char *
session_option(const struct invocation *in, const char *option, const char *variable);

/* "yettctl: what" on stderr, and "  hint" below it when not NULL. Returns code. */
int session_error(int code, const char *hint, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A sentence about what was changed, on stderr unless --quiet. */
void session_say(struct session *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Asks on a terminal, or wants --yes elsewhere: EXIT_DONE to go on, else EXIT_USAGE. */
MUST_CHECK int session_confirm(const struct session *s, const char *question);

/* Shows rows as a table or JSON. Nothing found says so on stderr. */
int session_show(struct session *s, const struct table *t, const char *nothing);
/* Shows the first row as a record; EXIT_NOTFOUND with the message when there is none. */
int session_show_record(struct session *s, const struct table *t, const char *missing);

#endif
