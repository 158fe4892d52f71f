/*
 * HAProxy's connections between two workers: one that stops gives them up; systemd keeps
 * them with the sockets over a restart, we do until a successor is ready. A connection is
 * nothing but its socket between two frames; what HAProxy sends meanwhile waits in it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "supervisor/notify.h"
#include "supervisor/role.h"
#include "supervisor/supervisor.h"

#define NAME "yett-conn-"

static struct {
	int fd[NOTIFY_CONNECTIONS_MAX]; /* -1: given */
	unsigned worker[NOTIFY_CONNECTIONS_MAX]; /* that had it */
	unsigned n;
} kept;

static bool
hold(unsigned worker, int fd)
{
	unsigned i = 0;

	while (i < kept.n && kept.fd[i] >= 0)
		i++;
	if (i == NOTIFY_CONNECTIONS_MAX || fd < 0)
		return false;
	kept.n += i == kept.n;
	kept.fd[i] = fd;
	kept.worker[i] = worker;
	return true;
}

void
connections_hold(unsigned worker, const int *fds, size_t n)
{
	size_t held = 0;

	for (size_t i = 0; i < n; i++) {
		int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);

		if (hold(worker, fd))
			held++;
		else if (fd >= 0)
			close(fd);
	}
	if (held < n)
		log_warn("connections not handed over", "connections=%zu", n - held);
}

void
connections_take(struct supervisor *s)
{
	bool seen[SHARED_WORKERS_MAX] = {false};
	char name[NOTIFY_NAME_MAX];
	int fd;

	while ((fd = notify_take_next(NAME, name)) >= 0) {
		unsigned long worker = strtoul(name + strlen(NAME), NULL, 10);

		if (worker >= SHARED_WORKERS_MAX || !hold((unsigned)worker, fd)) {
			close(fd);
			continue;
		}
		/* a copy in the store would keep it open when we close it */
		if (!seen[worker])
			notify_forget(name);
		seen[worker] = true;
	}
	if (kept.n)
		log_info("connections kept", "connections=%u", kept.n);
}

void
connections_give(struct supervisor *s, struct child *c)
{
	int fds[IO_FDS_MAX], rc = OK;
	size_t n = 0;

	for (unsigned i = 0; i < kept.n; i++) {
		/* a worker that there is no more leaves them to the others */
		if (kept.fd[i] >= 0 &&
		    kept.worker[i] % (unsigned)s->settings.agent_workers == c->instance) {
			fds[n++] = kept.fd[i];
			kept.fd[i] = -1;
		}
		if (n == 0 || (n < IO_FDS_MAX && i + 1 < kept.n))
			continue;
		if (rc == OK)
			rc = channel_send(
			    c->channel, CHANNEL_CONNECTIONS, NULL, 0, fds, n);
		while (n > 0)
			close(fds[--n]);
	}
	if (rc != OK)
		log_warn("connections not handed over", "instance=%u error=\"%s\"",
		    c->instance, err_str(rc));
}

unsigned
connections_room(const struct supervisor *s)
{
	if (!s->settings.state_fdstore || !notify_is_heard())
		return 0;
	return NOTIFY_CONNECTIONS_MAX / (unsigned)s->settings.agent_workers;
}

void
connections_keep(struct supervisor *s, unsigned worker, const int *fds, size_t n)
{
	char name[NOTIFY_NAME_MAX];

	snprintf(name, sizeof name, NAME "%u", worker);
	notify_keep_connections(name, fds, n);
}
