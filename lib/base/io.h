/* Files, memory files and descriptors passed between processes. All calls are EINTR-safe. */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <sys/types.h>

#include "base/buf.h"

/* The whole file into out. ERR_NOTFOUND, ERR_DENIED, ERR_LIMIT (longer than limit bytes),
 * ERR_IO with errno. Blocks. */
MUST_CHECK int io_read_file(const char *path, size_t limit, struct buf *out);
MUST_CHECK int io_read_fd(int fd, size_t limit, struct buf *out);
/* Replaces path atomically (temporary file beside it, fsync, rename, fsync of the folder). */
MUST_CHECK int io_write_file(const char *path, struct span content, mode_t mode);
/* All of it or an error. */
MUST_CHECK int io_write_full(int fd, const void *p, size_t n);

/* An anonymous memory file of size bytes, close-on-exec, sealable. */
MUST_CHECK int io_memfd(const char *name, size_t size, int *fd);
/* The same with head[0..n) at its front, and of this size for ever: to be written by many. */
MUST_CHECK int
io_memfd_fixed(const char *name, size_t size, const void *head, size_t n, int *fd);
/* A memory file that holds content and can be neither changed nor resized by anybody. */
MUST_CHECK int io_memfd_sealed(const char *name, struct span content, int *fd);
/* Whether fd carries all seals that io_memfd_sealed sets. */
bool io_is_sealed(int fd);

#define IO_FDS_MAX 32
/* One datagram over a SOCK_SEQPACKET socket with up to IO_FDS_MAX descriptors; the caller
 * keeps its own copies. ERR_AGAIN when the peer's queue is full, ERR_CLOSED. */
MUST_CHECK int
io_send_fds(int sock, const void *p, size_t n, const int *fds, size_t nfds);
/* The reverse; *n and *nfds hold capacities on entry, counts after. Received descriptors
 * are close-on-exec and the caller's. ERR_AGAIN, ERR_CLOSED, ERR_TRUNCATED. */
MUST_CHECK int io_recv_fds(int sock, void *p, size_t *n, int *fds, size_t *nfds);

MUST_CHECK int io_set_nonblock(int fd);

#endif
