/* A question and its answer over a UNIX socket. */
#include "control/ctl/control.h"

#include <errno.h>
#include <stdio.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define ANSWER_MAX ((size_t)16 << 20) /* bytes; counters of 80 processes are 2 MiB */
#define TIMEOUT_US 5000000 /* a person waits */

static int
connect_to(const char *path, int *fd)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct timeval tv = {TIMEOUT_US / 1000000, 0};
	int rc;

	*fd = -1;
	if (strlen(path) >= sizeof a.sun_path)
		return ERR_LIMIT;
	snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
	if ((*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
		return ERR_IO;
	(void)setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
	if (connect(*fd, (struct sockaddr *)&a, sizeof a) == 0)
		return OK;
	rc = errno == ENOENT	    ? ERR_NOTFOUND
	    : errno == EACCES	    ? ERR_DENIED
	    : errno == EAGAIN	    ? ERR_TIMEOUT
	    : errno == ECONNREFUSED ? ERR_CLOSED
				    : ERR_IO;
	close(*fd);
	*fd = -1;
	return rc;
}

static int
send_all(int fd, struct span request)
{
	while (request.n > 0) {
		ssize_t n = send(fd, request.p, request.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return errno == EAGAIN ? ERR_TIMEOUT : ERR_CLOSED;
		request = span_from(request, (size_t)n);
	}
	return OK;
}

static int
read_all(int fd, struct buf *answer)
{
	int64_t until = clock_mono_us() + TIMEOUT_US;
	char chunk[16384];

	for (;;) {
		struct pollfd p = {fd, POLLIN, 0};
		int64_t left = until - clock_mono_us();
		ssize_t n;

		if (left <= 0)
			return ERR_TIMEOUT;
		if (poll(&p, 1, (int)(left / 1000) + 1) <= 0)
			continue;
		n = recv(fd, chunk, sizeof chunk, 0);
		if (n == 0)
			return buf_err(answer);
		if (n < 0 && errno != EINTR)
			return errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
		if (n > 0 && answer->n + (size_t)n > ANSWER_MAX)
			return ERR_LIMIT;
		if (n > 0)
			buf_put(answer, chunk, (size_t)n);
	}
}

int
control_ask(const char *path, struct span request, struct buf *answer)
{
	int fd, rc = connect_to(path, &fd);

	if (rc != OK)
		return rc;
	rc = send_all(fd, request);
	if (rc == OK)
		rc = read_all(fd, answer);
	close(fd);
	return rc;
}
