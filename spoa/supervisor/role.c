/* The first steps of every role. */
#include "supervisor/role.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "supervisor/confine.h"

/* A role holds fewer descriptors than this when it begins to serve. */
#define FDS_AT_START_MAX 1024
#define TEXT_MAX (1u << 20) /* of settings and of keys */

static const char *const names[] = {[ROLE_SUPERVISOR] = "supervisor",
    [ROLE_WORKER] = "worker",
    [ROLE_ANALYST] = "analyst",
    [ROLE_RECORDER] = "recorder"};

const char *
role_name(enum role role)
{
	return names[role];
}

int
role_parse(const char *name, enum role *out)
{
	*out = ROLE_SUPERVISOR;
	for (unsigned i = ROLE_WORKER; i <= ROLE_RECORDER; i++)
		if (strcmp(name, names[i]) == 0) {
			*out = (enum role)i;
			return OK;
		}
	return ERR_INVALID;
}

static _Noreturn void
give_up(const char *what, int err)
{
	log_error("role cannot start", "step=\"%s\" error=\"%s\"", what, err_str(err));
	exit(EXIT_HOPELESS);
}

static int
read_sealed(int fd, struct buf *out)
{
	if (!io_is_sealed(fd) || lseek(fd, 0, SEEK_SET) < 0)
		return ERR_INVALID;
	return io_read_fd(fd, TEXT_MAX, out);
}

/* "[name]" starts a section; a section's lines are a keyring in its own syntax. */
static int
read_keys(struct span text, struct role_start *out)
{
	struct {
		struct span name;
		struct keyring *ring;
	} const known[] = {{SPAN("[identity]"), &out->identity},
	    {SPAN("[line]"), &out->line}, {SPAN("[redaction]"), &out->redaction}};
	struct span rest = text;

	while (!span_absent(rest)) {
		struct span name = span_trim(span_cut(&rest, '\n'));
		size_t end = span_absent(rest) ? 0 : span_find(rest, '[');
		unsigned line;
		int rc;

		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (span_eq(name, known[i].name) &&
			    (rc = keyring_parse(
				 span_head(rest, end), known[i].ring, &line)) != OK)
				return rc;
		if (!span_absent(rest))
			rest = end < rest.n ? span_from(rest, end) : SPAN_NONE;
	}
	return OK;
}

static int
read_settings(int fd, struct settings *out)
{
	struct conf_error error;
	struct buf text = BUF_INIT;
	int rc = read_sealed(fd, &text);

	if (rc == OK)
		rc = settings_parse(buf_span(&text), out, &error);
	buf_fini(&text);
	return rc;
}

static void
apply_log_level(const struct settings *s)
{
	enum log_level level;

	if (log_level_parse(span_str(s->agent_log_level), &level) == OK)
		log_set_level(level);
}

int
role_reload(int fd, struct settings *out)
{
	int rc = read_settings(fd, out);

	if (rc == OK)
		apply_log_level(out);
	else
		log_error("settings refused", "error=\"%s\"", err_str(rc));
	return rc;
}

/* Datagrams of CHANNEL_START until all descriptors that this role's kind needs are here.
 * The settings come with the first: they say whether rings exist at all. */
static int
receive(enum role role, struct role_start *out, int *fds, size_t *nfds)
{
	static uint8_t body[CHANNEL_BODY_MAX];
	size_t want = SIZE_MAX;
	int rc = OK;

	*nfds = 0;
	while (rc == OK && *nfds < want) {
		size_t n = sizeof body, got = IO_FDS_MAX;
		enum channel_type type;
		int part[IO_FDS_MAX];

		if ((rc = channel_recv(CHANNEL_FD, &type, body, &n, part, &got)) != OK)
			break;
		if (type != CHANNEL_START || n != sizeof out->start || got == 0 ||
		    *nfds + got > 3 + sizeof out->fds / sizeof *out->fds)
			return ERR_MALFORMED;
		memcpy(fds + *nfds, part, got * sizeof *part);
		*nfds += got;
		if (want != SIZE_MAX)
			continue;
		memcpy(&out->start, body, sizeof out->start);
		if (out->start.role != role || *nfds < 3)
			return ERR_MALFORMED;
		rc = read_settings(fds[0], &out->settings);
		want = channel_start_fds(role, out->start.instance, out->start.workers,
		    out->start.analysts, out->settings.agent_record);
	}
	return rc == OK && *nfds != want ? ERR_MALFORMED : rc;
}

static int
receive_all(enum role role, struct role_start *out)
{
	int fds[3 + sizeof out->fds / sizeof *out->fds];
	struct buf keys = BUF_INIT;
	size_t n;
	int rc;

	if ((rc = receive(role, out, fds, &n)) != OK)
		return rc;
	out->nfds = n - 3;
	memcpy(out->fds, fds + 3, out->nfds * sizeof *fds);
	if ((rc = shared_attach(fds[1], &out->settings, &out->shared)) == OK &&
	    (rc = read_sealed(fds[2], &keys)) == OK)
		rc = read_keys(buf_span(&keys), out);
	if (keys.p)
		crypto_wipe(keys.p, keys.n);
	buf_fini(&keys);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	return rc;
}

/* Becomes agent.user when started by root; there is no way back. */
static int
drop_user(const char *user)
{
	struct passwd *pw;

	if (geteuid() != 0 || user[0] == '\0')
		return OK;
	errno = 0;
	if ((pw = getpwnam(user)) == NULL) {
		log_error("no such user", "agent.user=%s", user);
		return ERR_NOTFOUND;
	}
	if (setgroups(0, NULL) || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return ERR_DENIED;
	if (pw->pw_uid != 0 && (setuid(0) == 0 || setgid(0) == 0))
		return ERR_DENIED;
	return OK;
}

static int
harden(enum role role, const struct role_start *r)
{
	/* the recorder may run as the user that owns them */
	const char *const hidden[] = {
	    r->settings.keys_identity, r->settings.keys_line, r->settings.keys_redaction};
	const struct rlimit none = {0, 0};
	bool applied;
	int rc;

	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return ERR_IO;
	/* Landlock binds the calling thread and those it makes: before there are others. The
	 * folder of analyst and recorder is the first of their own descriptors. */
	rc = confine_files(role == ROLE_WORKER ? -1 : r->fds[0], role == ROLE_RECORDER,
	    hidden, sizeof hidden / sizeof *hidden, &applied);
	if (rc == OK && !applied)
		log_debug("no landlock in this kernel", NULL);
	return rc;
}

/* Keys are to reach neither swap nor a core; a small RLIMIT_MEMLOCK is no reason not to
 * serve. */
static void
lock_keys(enum role role, struct role_start *r)
{
	struct keyring *rings[] = {&r->identity, &r->line, &r->redaction};

	/* the recorder holds none */
	for (size_t i = 0; role != ROLE_RECORDER && i < sizeof rings / sizeof *rings; i++)
		if (!crypto_guard(rings[i], sizeof *rings[i]))
			log_debug("keys may be swapped", "errno=%d", errno);
}

void
role_begin(enum role role, struct role_start *out)
{
	int rc;

	memset(out, 0, sizeof *out);
	log_init(names[role], LOG_INFO);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* a terminal's ^C reaches the whole group; the supervisor stops us in order */
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_NAME, names[role], 0, 0, 0);
	if (close_range(CHANNEL_FD + 1, ~0u, 0))
		give_up("close descriptors", ERR_IO);
	/* Before there are keys; harden() again, as a change of user resets it. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	lock_keys(role, out);
	if ((rc = receive_all(role, out)) != OK)
		give_up("receive", rc);
	apply_log_level(&out->settings);
	if ((rc = drop_user(out->settings.agent_user)) != OK)
		give_up("become agent.user", rc);
	if ((rc = harden(role, out)) != OK)
		give_up("harden", rc);
	if ((rc = io_set_nonblock(CHANNEL_FD)) != OK)
		give_up("channel", rc);
	out->slot = &out->shared.role[shared_role_index(role, out->start.instance)];
	atomic_store(&out->slot->busy_ns, 0);
	atomic_store(&out->slot->role, role);
	atomic_store(&out->slot->started_us, (uint64_t)clock_wall_us());
	atomic_store(&out->slot->pid, (uint32_t)getpid());
}

/* Descriptors that an analyst goes on writing to: the log, the channel, and what only wakes
 * somebody up (its own bell, those of other shards, the loop's), which are the anonymous
 * inodes: neither file nor socket nor pipe. */
static size_t
list_writable(int *out, size_t max)
{
	size_t n = 0;

	out[n++] = STDERR_FILENO;
	out[n++] = CHANNEL_FD;
	for (int fd = CHANNEL_FD + 1; fd < FDS_AT_START_MAX && n < max; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == 0)
			out[n++] = fd;
	}
	return n;
}

void
role_confine(const struct role_start *r)
{
	int writable[CONFINE_WRITABLE_MAX];
	size_t n = list_writable(writable, CONFINE_WRITABLE_MAX);
	int rc = confine_calls((enum role)r->start.role, writable, n);

	if (rc != OK)
		give_up("seccomp", rc);
}

bool
role_hear(role_handler *handle, void *ctx)
{
	static uint8_t body[CHANNEL_BODY_MAX];

	for (;;) {
		size_t n = sizeof body, nfds = IO_FDS_MAX;
		int fds[IO_FDS_MAX];
		enum channel_type type;
		int rc = channel_recv(CHANNEL_FD, &type, body, &n, fds, &nfds);
		bool fine;

		if (rc != OK)
			return rc == ERR_AGAIN;
		fine = handle(ctx, type, span_make(body, n), fds, nfds);
		for (size_t i = 0; i < nfds; i++)
			if (fds[i] >= 0)
				close(fds[i]);
		if (!fine)
			return false;
	}
}

static void
on_waiting(EV_P_ ev_prepare *w, int events)
{
	struct shared_role *slot = w->data;

	atomic_store_explicit(&slot->busy_ns, 0, memory_order_relaxed);
}

static void
on_woken(EV_P_ ev_check *w, int events)
{
	struct shared_role *slot = w->data;

	atomic_store_explicit(
	    &slot->busy_ns, (uint64_t)clock_mono_ns(), memory_order_relaxed);
}

void
role_heartbeat(struct ev_loop *loop, struct shared_role *slot)
{
	static ev_prepare waiting;
	static ev_check woken;

	ev_prepare_init(&waiting, on_waiting);
	ev_check_init(&woken, on_woken);
	waiting.data = woken.data = slot;
	/* last before the wait, first after it */
	ev_set_priority(&waiting, EV_MINPRI);
	ev_set_priority(&woken, EV_MAXPRI);
	ev_prepare_start(loop, &waiting);
	ev_check_start(loop, &woken);
	ev_unref(loop);
	ev_unref(loop);
}
