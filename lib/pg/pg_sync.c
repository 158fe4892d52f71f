/* See pg_sync.h. */
#include "pg/pg_sync.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct pg_sync {
	PGconn *conn;
};

int
pg_error_of(const char *sqlstate)
{
	static const struct {
		const char *prefix;
		int err;
	} table[] = {
	    {"08", ERR_CLOSED},
	    {"57P", ERR_CLOSED},
	    {"28", ERR_DENIED},
	    {"42501", ERR_DENIED},
	    {"23505", ERR_EXISTS},
	    {"P0002", ERR_NOTFOUND},
	    {"22", ERR_INVALID},
	    {"23", ERR_INVALID},
	    {"P0001", ERR_INVALID},
	    {"55000", ERR_CONFLICT},
	    {"40", ERR_AGAIN},
	    {"55P03", ERR_AGAIN},
	    {"3F000", ERR_VERSION},
	    {"42P01", ERR_VERSION},
	    {"42883", ERR_VERSION},
	    {"42703", ERR_VERSION},
	    {"53", ERR_FULL},
	};

	if (!sqlstate || !*sqlstate)
		return ERR_CLOSED;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strncmp(sqlstate, table[i].prefix, strlen(table[i].prefix)) == 0)
			return table[i].err;
	return ERR_IO;
}

/* The text without the newline that libpq ends it with. */
static void
text_set(struct pg_error *error, const char *text)
{
	size_t n;

	snprintf(error->text, sizeof(error->text), "%s", text);
	n = strlen(error->text);
	while (n > 0 && error->text[n - 1] == '\n')
		error->text[--n] = '\0';
}

static void
text_add(struct pg_error *error, const char *before, const char *text)
{
	size_t n = strlen(error->text);

	if (text && *text)
		snprintf(error->text + n, sizeof(error->text) - n, "%s%s", before, text);
}

/* A connection that broke: what libpq says, without a SQLSTATE. */
static int
connection_error(const PGconn *conn, struct pg_error *error)
{
	const char *text = conn ? PQerrorMessage(conn) : "out of memory";

	if (error) {
		error->sqlstate[0] = '\0';
		text_set(error, text && *text ? text : "the connection was lost");
	}
	return ERR_CLOSED;
}

int
pg_result_error(const PGresult *result, struct pg_error *error)
{
	ExecStatusType status = PQresultStatus(result);
	const char *state, *primary;

	if (error)
		*error = (struct pg_error){0};
	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ||
	    status == PGRES_SINGLE_TUPLE)
		return OK;
	state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	if (error) {
		snprintf(
		    error->sqlstate, sizeof(error->sqlstate), "%s", state ? state : "");
		text_set(error, primary ? primary : PQresultErrorMessage(result));
		text_add(error, ": ", PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL));
		text_add(error, "; ", PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
		if (!*error->text)
			text_set(error, "the connection was lost");
	}
	return pg_error_of(state);
}

/* libpq would print what the server remarks. */
static void
notice_ignore(void *arg, const PGresult *result)
{
}

int
pg_sync_open(const char *conninfo, const char *application, struct pg_sync **out,
    struct pg_error *error)
{
	/* What stands first counts less: conninfo may set any of these. */
	const char *const keys[] = {"connect_timeout", "client_encoding", "dbname",
	    "fallback_application_name", NULL};
	const char *const values[] = {"10", "UTF8", conninfo, application, NULL};
	struct pg_sync *p = calloc(1, sizeof(*p));
	const char *state;
	int err;

	*out = NULL;
	*error = (struct pg_error){0};
	if (!p)
		return ERR_NOMEM;
	p->conn = PQconnectdbParams(keys, values, 1);
	if (p->conn && PQstatus(p->conn) == CONNECTION_OK) {
		PQsetNoticeReceiver(p->conn, notice_ignore, NULL);
		*out = p;
		return OK;
	}
	/* libpq keeps no SQLSTATE of a refused start; asking for a password says enough. */
	err = connection_error(p->conn, error);
	state = p->conn && PQconnectionNeedsPassword(p->conn) ? "28P01" : "";
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", state);
	if (*state)
		err = ERR_DENIED;
	pg_sync_close(p);
	return err;
}

void
pg_sync_close(struct pg_sync *p)
{
	if (!p)
		return;
	PQfinish(p->conn);
	free(p);
}

/* Hands a finished result to the caller or turns it into an error. */
static int
finish(struct pg_sync *p, PGresult *result, PGresult **out, struct pg_error *error)
{
	int err;

	if (out)
		*out = NULL;
	if (!result)
		return connection_error(p->conn, error);
	err = pg_result_error(result, error);
	if (err == OK && out)
		*out = result;
	else
		PQclear(result);
	return err;
}

int
pg_sync_query_binary(struct pg_sync *p, const char *sql, int nparams,
    const char *const *values, const int *lengths, const int *formats, int answer_binary,
    PGresult **out, struct pg_error *error)
{
	PGresult *result = PQexecParams(
	    p->conn, sql, nparams, NULL, values, lengths, formats, answer_binary);

	return finish(p, result, out, error);
}

int
pg_sync_query(struct pg_sync *p, const char *sql, int nparams, const char *const *values,
    PGresult **out, struct pg_error *error)
{
	return pg_sync_query_binary(p, sql, nparams, values, NULL, NULL, 0, out, error);
}

int
pg_sync_script(struct pg_sync *p, const char *sql, struct pg_error *error)
{
	return finish(p, PQexec(p->conn, sql), NULL, error);
}

int
pg_sync_begin(struct pg_sync *p, struct pg_error *error)
{
	return pg_sync_script(p, "begin", error);
}

int
pg_sync_commit(struct pg_sync *p, struct pg_error *error)
{
	PGresult *result = PQexec(p->conn, "commit");

	/* Of a failed transaction the server commits nothing and says ROLLBACK. */
	if (result && strcmp(PQcmdStatus(result), "ROLLBACK") == 0) {
		PQclear(result);
		*error = (struct pg_error){.text = "the transaction had failed before"};
		return ERR_CONFLICT;
	}
	return finish(p, result, NULL, error);
}

void
pg_sync_rollback(struct pg_sync *p)
{
	PGTransactionStatusType status = PQtransactionStatus(p->conn);

	if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
		PQclear(PQexec(p->conn, "rollback"));
}

int
pg_sync_listen(struct pg_sync *p, const char *channel, struct pg_error *error)
{
	char *name = PQescapeIdentifier(p->conn, channel, strlen(channel));
	char sql[200];

	if (name == NULL)
		return connection_error(p->conn, error);
	snprintf(sql, sizeof sql, "listen %s", name);
	PQfreemem(name);
	return pg_sync_script(p, sql, error);
}

/* False if the connection is gone. */
static bool
take_notifications(struct pg_sync *p, bool *told)
{
	PGnotify *n;

	if (!PQconsumeInput(p->conn))
		return false;
	while ((n = PQnotifies(p->conn))) {
		*told = true;
		PQfreemem(n);
	}
	return PQstatus(p->conn) == CONNECTION_OK;
}

int
pg_sync_wait(struct pg_sync *p, int timeout_ms, bool *told, struct pg_error *error)
{
	struct pollfd fd = {.fd = PQsocket(p->conn), .events = POLLIN};

	*told = false;
	if (!take_notifications(p, told))
		return connection_error(p->conn, error);
	if (*told)
		return OK;
	if (poll(&fd, 1, timeout_ms) < 0 && errno != EINTR) {
		text_set(error, "poll failed");
		return ERR_IO;
	}
	return take_notifications(p, told) ? OK : connection_error(p->conn, error);
}
