/* Listening sockets. */
#include "supervisor/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"

struct address {
	bool local;
	char path[sizeof((struct sockaddr_un *)0)->sun_path];
	char host[256];
	char port[8];
};

static int
refuse(char *why, int err, const char *what, const char *address)
{
	snprintf(why, LISTENER_WHY_MAX, "%.500s: %s", address, what);
	return err;
}

/* PATH with its %d replaced. */
static int
parse_path(struct span text, unsigned instance, char *out, size_t cap)
{
	size_t at = span_find_span(text, SPAN("%d"));
	int n;

	if (at == text.n)
		n = snprintf(out, cap, "%.*s", (int)text.n, text.p);
	else
		n = snprintf(out, cap, "%.*s%u%.*s", (int)at, text.p, instance,
		    (int)(text.n - at - 2), text.p + at + 2);
	return n > 0 && (size_t)n < cap ? OK : ERR_RANGE;
}

static int
parse_tcp(struct span text, unsigned instance, struct address *out)
{
	size_t colon = text.n;
	struct span host;
	uint64_t port;

	while (colon && text.p[colon - 1] != ':')
		colon--;
	if (colon == 0 || span_u64(span_from(text, colon), &port) != OK ||
	    port + instance > 65535)
		return ERR_MALFORMED;
	host = span_head(text, colon - 1);
	if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = span_make(host.p + 1, host.n - 2);
	if (host.n >= sizeof out->host)
		return ERR_RANGE;
	snprintf(out->host, sizeof out->host, "%.*s", (int)host.n, host.p);
	snprintf(out->port, sizeof out->port, "%u", (unsigned)port + instance);
	return OK;
}

static int
parse(const char *address, unsigned instance, struct address *out, char *why)
{
	struct span text = span_str(address);
	int rc;

	*out = (struct address){.local = span_starts(text, SPAN("unix:"))};
	if (!out->local && !span_starts(text, SPAN("tcp:")))
		return refuse(
		    why, ERR_MALFORMED, "expected unix:PATH or tcp:HOST:PORT", address);
	if (out->local) {
		/* room for the suffix of the name it is bound under first */
		rc = parse_path(
		    span_from(text, 5), instance, out->path, sizeof out->path - 8);
		return rc == OK
		    ? OK
		    : refuse(why, ERR_MALFORMED,
			  "the path is empty or longer than 99 bytes", address);
	}
	rc = parse_tcp(span_from(text, 4), instance, out);
	return rc == OK ? OK : refuse(why, ERR_MALFORMED, "expected HOST:PORT", address);
}

int
listener_check(const char *address, unsigned instance, char why[LISTENER_WHY_MAX])
{
	struct address a;

	why[0] = '\0';
	return parse(address, instance, &a, why);
}

static void
give_to_group(const char *path, const char *group)
{
	struct group *g;

	if (group[0] == '\0')
		return;
	if ((g = getgrnam(group)) == NULL)
		log_warn("no such group", "group=%s socket=%s", group, path);
	else if (chown(path, (uid_t)-1, g->gr_gid))
		log_warn("socket keeps its group", "group=%s socket=%s errno=%d", group,
		    path, errno);
}

/* Whether a path may be taken: nothing there, or a socket nobody listens on. */
static int
path_is_free(const struct sockaddr_un *sa)
{
	struct stat st;
	int fd, rc = OK;

	if (lstat(sa->sun_path, &st))
		return errno == ENOENT ? OK : errno == EACCES ? ERR_DENIED : ERR_IO;
	if (!S_ISSOCK(st.st_mode))
		return ERR_INVALID;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) < 0)
		return ERR_IO;
	if (connect(fd, (const void *)sa, sizeof *sa) == 0 || errno == EAGAIN)
		rc = ERR_EXISTS;
	close(fd);
	return rc;
}

static int
open_local(
    const char *path, const struct listener_options *o, struct listener *out, char *why)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX}, tmp = {.sun_family = AF_UNIX};
	struct stat st;
	int rc;

	snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
	if ((size_t)snprintf(tmp.sun_path, sizeof tmp.sun_path, "%s.new", path) >=
	    sizeof tmp.sun_path)
		return refuse(why, ERR_RANGE, "too long", path);
	if ((rc = path_is_free(&sa)) != OK)
		return refuse(why, rc,
		    rc == ERR_EXISTS	    ? "somebody listens there already"
			: rc == ERR_INVALID ? "is there and is not a socket"
					    : err_str(rc),
		    path);
	unlink(tmp.sun_path);
	out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (out->fd < 0 || bind(out->fd, (const void *)&tmp, sizeof tmp))
		return refuse(why, errno == EACCES ? ERR_DENIED : ERR_IO,
		    strerrorname_np(errno), path);
	give_to_group(tmp.sun_path, o->group);
	if (chmod(tmp.sun_path, o->mode) || listen(out->fd, o->backlog) ||
	    lstat(tmp.sun_path, &st) || rename(tmp.sun_path, path)) {
		rc = refuse(why, ERR_IO, strerrorname_np(errno), path);
		unlink(tmp.sun_path);
		return rc;
	}
	snprintf(out->path, sizeof out->path, "%s", path);
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return OK;
}

static int
open_tcp(const struct address *a, const struct listener_options *o, struct listener *out,
    const char *address, char *why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *list = NULL;
	const int on = 1;
	int rc;

	rc = getaddrinfo(a->host[0] ? a->host : NULL, a->port, &hints, &list);
	if (rc)
		return refuse(why, ERR_NOTFOUND, gai_strerror(rc), address);
	out->fd = socket(
	    list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	if (out->fd < 0 ||
	    setsockopt(out->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
	    setsockopt(out->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) ||
	    bind(out->fd, list->ai_addr, list->ai_addrlen) || listen(out->fd, o->backlog))
		rc = refuse(why, errno == EADDRINUSE ? ERR_EXISTS : ERR_IO,
		    strerrorname_np(errno), address);
	freeaddrinfo(list);
	return rc;
}

int
listener_open(const char *address, unsigned instance, const struct listener_options *o,
    struct listener *out, char why[LISTENER_WHY_MAX])
{
	struct address a;
	int rc;

	*out = (struct listener){.fd = -1};
	why[0] = '\0';
	if ((rc = parse(address, instance, &a, why)) != OK)
		return rc;
	rc = a.local ? open_local(a.path, o, out, why)
		     : open_tcp(&a, o, out, address, why);
	if (rc != OK && out->fd >= 0) {
		close(out->fd);
		out->fd = -1;
	}
	return rc;
}

/* A UNIX socket knows the name it was bound under, not the one it was renamed to. */
static bool
is_bound_to(int fd, const struct address *a, struct listener *out)
{
	struct sockaddr_storage bound = {0};
	const struct sockaddr_un *local = (const void *)&bound;
	char host[INET6_ADDRSTRLEN], port[8], tmp[sizeof local->sun_path + 8];
	socklen_t n = sizeof bound;
	struct stat st;

	if (getsockname(fd, (void *)&bound, &n))
		return false;
	if (!a->local)
		return getnameinfo((void *)&bound, n, host, sizeof host, port,
			   sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0 &&
		    strcmp(host, a->host) == 0 && strcmp(port, a->port) == 0;
	snprintf(tmp, sizeof tmp, "%s.new", a->path);
	if (bound.ss_family != AF_UNIX || strcmp(local->sun_path, tmp) != 0 ||
	    lstat(a->path, &st) || !S_ISSOCK(st.st_mode))
		return false;
	snprintf(out->path, sizeof out->path, "%s", a->path);
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return true;
}

int
listener_adopt(const char *address, unsigned instance, int fd, struct listener *out)
{
	char why[LISTENER_WHY_MAX];
	struct address a;
	int listens = 0;
	socklen_t n = sizeof listens;

	*out = (struct listener){.fd = -1};
	if (parse(address, instance, &a, why) != OK ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &n) || !listens ||
	    !is_bound_to(fd, &a, out))
		return ERR_INVALID;
	out->fd = fd;
	return OK;
}

void
listener_leave(struct listener *l)
{
	l->path[0] = '\0';
	listener_close(l);
}

void
listener_close(struct listener *l)
{
	struct stat st;

	if (l->fd >= 0)
		close(l->fd);
	if (l->path[0] && lstat(l->path, &st) == 0 && st.st_dev == l->dev &&
	    st.st_ino == l->ino)
		unlink(l->path);
	*l = (struct listener){.fd = -1};
}
