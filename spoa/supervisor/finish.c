/*
 * HAProxy's ring connects here; analyst 0 reads. The connection is accepted by the
 * supervisor because the analyst may accept nothing; it keeps both directions (half-closing
 * makes HAProxy 2.6 reconnect in a storm), and the analyst's seccomp filter leaves it no way
 * to write to one. While analyst 0 is down nothing is accepted: HAProxy's ring keeps the
 * lines.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "supervisor/supervisor.h"

/* Out of descriptors: accept() would fail again at once. */
#define PAUSE_S 0.2

static void
on_pause_end(EV_P_ ev_timer *w, int events)
{
	finish_update(w->data);
}

static void
on_connection(EV_P_ ev_io *w, int events)
{
	struct supervisor *s = w->data;
	struct child *analyst = children_find(s, ROLE_ANALYST, 0);
	int fd = accept4(s->finish.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	/* Closed by a reset, also when the analyst is killed: after a mere FIN HAProxy writes
	 * on, and loses what it writes. */
	const struct linger reset = {.l_onoff = 1};
	int rc;

	if (fd < 0) {
		if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
			return;
		log_error("finish connection not accepted", "errno=%d", errno);
		ev_io_stop(EV_A_ w);
		ev_timer_start(EV_A_ & s->finish_pause);
		return;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	rc = channel_send(analyst->channel, CHANNEL_FINISH_CONNECTION, NULL, 0, &fd, 1);
	if (rc == OK) {
		metric_add(&s->slot->metric, M_FINISH_CONNECTIONS, 1);
		log_info("finish connection accepted", NULL);
	} else {
		log_warn("finish connection refused", "error=\"%s\"", err_str(rc));
	}
	close(fd); /* the analyst has its own; refused: HAProxy comes again */
}

void
finish_init(struct supervisor *s)
{
	ev_io_init(&s->finish_io, on_connection, s->finish.fd, EV_READ);
	ev_timer_init(&s->finish_pause, on_pause_end, PAUSE_S, 0.);
	s->finish_io.data = s->finish_pause.data = s;
}

void
finish_stop(struct supervisor *s)
{
	if (s->finish.fd < 0)
		return;
	ev_io_stop(s->loop, &s->finish_io);
	ev_timer_stop(s->loop, &s->finish_pause);
	listener_close(&s->finish);
}

void
finish_update(struct supervisor *s)
{
	const struct child *analyst = children_find(s, ROLE_ANALYST, 0);

	if (s->finish.fd < 0)
		return;
	if (analyst && analyst->state == CHILD_READY)
		ev_io_start(s->loop, &s->finish_io);
	else
		ev_io_stop(s->loop, &s->finish_io);
}
