/* Files, memory files, descriptor passing. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int
err_of_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR: return ERR_NOTFOUND;
	case EACCES:
	case EPERM: return ERR_DENIED;
	case ENOMEM: return ERR_NOMEM;
	case EAGAIN: return ERR_AGAIN;
	case ENOSPC:
	case EDQUOT: return ERR_FULL;
	case EPIPE:
	case ECONNRESET: return ERR_CLOSED;
	}
	return ERR_IO;
}

int
io_read_fd(int fd, size_t limit, struct buf *out)
{
	for (;;) {
		char *at;
		ssize_t n;
		size_t old = out->n;

		if ((at = buf_extend(out, 65536)) == NULL)
			return buf_err(out);
		n = read(fd, at, 65536);
		out->n = old + (n > 0 ? (size_t)n : 0);
		out->p[out->n] = '\0';
		if (n == 0)
			return OK;
		if (n < 0 && errno != EINTR)
			return err_of_errno();
		if (out->n > limit)
			return ERR_LIMIT;
	}
}

int
io_read_file(const char *path, size_t limit, struct buf *out)
{
	int fd, rc;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_of_errno();
	rc = io_read_fd(fd, limit, out);
	close(fd);
	return rc;
}

int
io_write_full(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_of_errno();
		at += w;
		n -= (size_t)w;
	}
	return OK;
}

static int
sync_folder(const char *path)
{
	char dir[4096];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	int fd, rc;

	if (n >= sizeof dir)
		return ERR_RANGE;
	if (slash == NULL)
		snprintf(dir, sizeof dir, ".");
	else
		snprintf(dir, sizeof dir, "%.*s", (int)(n ? n : 1), n ? path : "/");
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return err_of_errno();
	rc = fsync(fd) == 0 ? OK : err_of_errno();
	close(fd);
	return rc;
}

int
io_write_file(const char *path, struct span content, mode_t mode)
{
	char tmp[4096];
	int fd, rc;

	if ((size_t)snprintf(tmp, sizeof tmp, "%s.%d.tmp", path, (int)getpid()) >=
	    sizeof tmp)
		return ERR_RANGE;
	if ((fd = open(
		 tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)) < 0)
		return err_of_errno();
	rc = io_write_full(fd, content.p, content.n);
	if (rc == OK && (fchmod(fd, mode) || fsync(fd)))
		rc = err_of_errno();
	if (close(fd) && rc == OK)
		rc = err_of_errno();
	if (rc == OK && rename(tmp, path))
		rc = err_of_errno();
	if (rc != OK) {
		unlink(tmp);
		return rc;
	}
	return sync_folder(path);
}

int
io_memfd(const char *name, size_t size, int *fd)
{
	*fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return err_of_errno();
	if (ftruncate(*fd, (off_t)size)) {
		int rc = err_of_errno();

		close(*fd);
		*fd = -1;
		return rc;
	}
	return OK;
}

int
io_memfd_fixed(const char *name, size_t size, const void *head, size_t n, int *fd)
{
	int rc;

	if ((rc = io_memfd(name, size, fd)) != OK)
		return rc;
	rc = io_write_full(*fd, head, n);
	if (rc == OK &&
	    fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		rc = err_of_errno();
	if (rc != OK) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}

int
io_memfd_sealed(const char *name, struct span content, int *fd)
{
	int rc;

	if ((rc = io_memfd(name, 0, fd)) != OK)
		return rc;
	rc = io_write_full(*fd, content.p, content.n);
	if (rc == OK && fcntl(*fd, F_ADD_SEALS, SEALS))
		rc = err_of_errno();
	if (rc != OK) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}

bool
io_is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

int
io_send_fds(int sock, const void *p, size_t n, const int *fds, size_t nfds)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * IO_FDS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov = {(void *)(uintptr_t)p, n};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t sent;

	CHECK(nfds <= IO_FDS_MAX);
	if (nfds) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof control);
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return err_of_errno();
	return (size_t)sent == n ? OK : ERR_TRUNCATED;
}

int
io_recv_fds(int sock, void *p, size_t *n, int *fds, size_t *nfds)
{
	union {
		char space[CMSG_SPACE(sizeof(int) * IO_FDS_MAX)];
		struct cmsghdr align;
	} control;
	struct iovec iov = {p, *n};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.space,
	    .msg_controllen = sizeof control.space};
	size_t cap = *nfds;
	ssize_t got;
	int rc = OK;

	*n = *nfds = 0;
	do
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_of_errno();
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		size_t k = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < k; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
			if (*nfds < cap) {
				fds[(*nfds)++] = fd;
			} else {
				close(fd);
				rc = ERR_TRUNCATED;
			}
		}
	}
	if (got == 0)
		return ERR_CLOSED;
	*n = (size_t)got;
	return msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? ERR_TRUNCATED : rc;
}

int
io_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK))
		return err_of_errno();
	return OK;
}
