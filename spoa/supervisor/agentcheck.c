/*
 * HAProxy's agent-check: one line for whoever connects, then the connection is closed. For
 * HAProxy 3.1 and later, which balances each message: a share of nothing moves requests to
 * other agents while this one still answers; 2.6 to 3.0 balance connections, which live on.
 *
 *   serving                    up 100%
 *   asked to stop, draining    up 0%     for spop.check_drain_ms
 *   stopping, not yet ready    stopped
 *
 * Shares, not the words drain and ready: those would undo what an operator has set.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "supervisor/supervisor.h"

static const char *
answer(const struct supervisor *s)
{
	if (s->stopping)
		return s->stop_phase == ROLE_SUPERVISOR ? "up 0%\n" : "stopped\n";
	for (unsigned i = 0; i < s->children; i++)
		if (s->child[i].role == ROLE_WORKER && s->child[i].state == CHILD_READY)
			return "up 100%\n";
	return "stopped\n";
}

/* Any number of askers is one after the other: the line fits every socket's buffer. */
static void
on_asked(EV_P_ ev_io *w, int events)
{
	const char *line = answer(w->data);
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE)
			log_error("agent-check not answered", "errno=%d", errno);
		return;
	}
	(void)!send(fd, line, strlen(line), MSG_NOSIGNAL);
	close(fd);
}

static void
on_drained(EV_P_ ev_timer *w, int events)
{
	supervisor_stop_on(w->data);
}

void
agentcheck_init(struct supervisor *s)
{
	ev_timer_init(&s->drain, on_drained, 0., 0.);
	s->drain.data = s;
	if (s->agent_check.fd < 0)
		return;
	ev_io_init(&s->agent_check_io, on_asked, s->agent_check.fd, EV_READ);
	s->agent_check_io.data = s;
	ev_io_start(s->loop, &s->agent_check_io);
}

bool
agentcheck_drain(struct supervisor *s)
{
	if (s->agent_check.fd < 0 || s->settings.spop_check_drain_ms == 0)
		return false;
	log_info("draining", "ms=%lld", (long long)s->settings.spop_check_drain_ms);
	ev_timer_set(&s->drain, (double)s->settings.spop_check_drain_ms / 1e3, 0.);
	ev_timer_start(s->loop, &s->drain);
	return true;
}
