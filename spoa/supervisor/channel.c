/* Messages between supervisor and roles. */
#include "supervisor/channel.h"

#include <errno.h>
#include <unistd.h>

#define FIXED_FDS 3 /* settings, shared state, keys */

size_t
channel_start_fds(
    enum role role, unsigned instance, unsigned workers, unsigned analysts, bool record)
{
	switch (role) {
	case ROLE_WORKER: return FIXED_FDS + 1 + (record ? 2 * (size_t)analysts : 0);
	case ROLE_ANALYST:
		return FIXED_FDS + 2 + workers +
		    (instance == 0 ? 2 * ((size_t)analysts - 1) : 1);
	case ROLE_RECORDER: return FIXED_FDS + 1;
	case ROLE_SUPERVISOR: break;
	}
	return 0;
}

static int
write_datagram(int sock, const void *p, size_t n)
{
	ssize_t w;

	do
		w = write(sock, p, n);
	while (w < 0 && errno == EINTR);
	if (w >= 0)
		return (size_t)w == n ? OK : ERR_TRUNCATED;
	switch (errno) {
	case EAGAIN: return ERR_AGAIN;
	case EPIPE:
	case ECONNRESET: return ERR_CLOSED;
	}
	return ERR_IO;
}

int
channel_send(int sock, enum channel_type type, const void *body, size_t n, const int *fds,
    size_t nfds)
{
	uint8_t message[sizeof(struct channel_head) + CHANNEL_BODY_MAX];
	struct channel_head head = {(uint32_t)type, (uint32_t)n};

	if (n > CHANNEL_BODY_MAX || nfds > IO_FDS_MAX)
		return ERR_RANGE;
	memcpy(message, &head, sizeof head);
	if (n)
		memcpy(message + sizeof head, body, n);
	if (nfds == 0)
		return write_datagram(sock, message, sizeof head + n);
	return io_send_fds(sock, message, sizeof head + n, fds, nfds);
}

int
channel_send_start(
    int sock, const struct channel_start *start, const int *fds, size_t nfds)
{
	for (size_t at = 0; at < nfds;) {
		size_t part = nfds - at < IO_FDS_MAX ? nfds - at : IO_FDS_MAX;
		int rc = channel_send(
		    sock, CHANNEL_START, start, sizeof *start, fds + at, part);

		if (rc != OK)
			return rc;
		at += part;
	}
	return OK;
}

int
channel_recv(
    int sock, enum channel_type *type, void *body, size_t *n, int *fds, size_t *nfds)
{
	uint8_t message[sizeof(struct channel_head) + CHANNEL_BODY_MAX];
	struct channel_head head = {0};
	size_t got = sizeof message;
	int rc = io_recv_fds(sock, message, &got, fds, nfds);

	*type = 0;
	*n = 0;
	if (rc == OK && got < sizeof head)
		rc = ERR_MALFORMED;
	if (rc == OK) {
		memcpy(&head, message, sizeof head);
		if (head.length != got - sizeof head)
			rc = ERR_MALFORMED;
	}
	if (rc != OK) {
		for (size_t i = 0; i < *nfds; i++)
			close(fds[i]);
		*nfds = 0;
		return rc == ERR_TRUNCATED ? ERR_MALFORMED : rc;
	}
	*type = (enum channel_type)head.type;
	*n = head.length;
	memcpy(body, message + sizeof head, head.length);
	return OK;
}
