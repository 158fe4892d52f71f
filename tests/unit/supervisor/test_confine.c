/* Each way out of a confined process is tried from inside one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "supervisor/confine.h"

/* What the child has at hand, opened before it is confined. */
struct hand {
	int peer, sock; /* a connected TCP pair: peer is outside */
	int listening; /* with one connection waiting */
	int bell; /* listed as writable */
	int file, dir;
	int pipe[2];
	struct sockaddr_in address;
};

/* Results, written by the child: errno of an attempt, 0 when it went through. */
struct result {
	char name[32];
	int got;
};

static struct result *results;
static int *result_n;

static void
note(const char *name, long rc)
{
	struct result *r = &results[(*result_n)++];

	snprintf(r->name, sizeof r->name, "%s", name);
	r->got = rc < 0 ? errno : 0;
}

static void *
idle(void *arg)
{
	return arg;
}

static int
try_thread(void)
{
	pthread_t t;

	if ((errno = pthread_create(&t, NULL, idle, NULL)) != 0)
		return -1;
	return pthread_join(t, NULL);
}

static void
try_common(void)
{
	static char *const args[] = {(char *)(uintptr_t) "/bin/true", NULL};
	struct iovec v = {results, 8};
	char params[256] = {0};

	note("execve", execve(args[0], args, NULL));
	note("execveat", syscall(SYS_execveat, AT_FDCWD, args[0], args, NULL, 0));
	note("fork", fork());
	note("vfork", syscall(SYS_vfork));
	note("clone", syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
	note("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	note("process_vm_readv",
	    syscall(SYS_process_vm_readv, getppid(), &v, 1, &v, 1, 0));
	note("process_vm_writev",
	    syscall(SYS_process_vm_writev, getppid(), &v, 1, &v, 1, 0));
	note("pidfd_open", syscall(SYS_pidfd_open, getppid(), 0));
	note("kill", kill(getppid(), 0));
	note("tgkill", syscall(SYS_tgkill, getppid(), getppid(), 0));
	note("io_uring_setup", syscall(SYS_io_uring_setup, 8, params));
	note("io_setup", syscall(SYS_io_setup, 8, params));
	note("setns", setns(0, 0));
	note("unshare", unshare(CLONE_NEWUSER));
	note("bpf", syscall(SYS_bpf, 0, params, sizeof params));
	note("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
	note("setuid", setuid(0));
	note("mount", syscall(SYS_mount, "none", "/", NULL, 0, NULL));
	note("+thread", try_thread());
	note("+tgkill self", syscall(SYS_tgkill, getpid(), getpid(), 0));
	note("+mmap exec",
	    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		? -1
		: 0);
}

static void
try_sockets(const struct hand *h)
{
	int pair[2];

	note("socket", socket(AF_INET, SOCK_STREAM, 0));
	note("socket udp", socket(AF_INET, SOCK_DGRAM, 0));
	note("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	note("connect", connect(h->sock, (const void *)&h->address, sizeof h->address));
	note("bind", bind(h->sock, (const void *)&h->address, sizeof h->address));
	note("listen", listen(h->sock, 1));
}

static void
try_files(void)
{
	note("open", syscall(SYS_open, "/etc/passwd", O_RDONLY));
	note("openat", syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
	note("creat", syscall(SYS_creat, "/tmp/x", 0600));
	note("unlink", unlink("/nonexistent/x"));
	note("rename", rename("/nonexistent/x", "/nonexistent/y"));
	note("mkdir", mkdir("/nonexistent/x", 0700));
	note("symlink", symlink("x", "/nonexistent/y"));
	note("chmod", chmod("/nonexistent/x", 0600));
}

static void
try_sending(const struct hand *h)
{
	struct iovec v = {(void *)(uintptr_t) "secret", 6};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
	struct mmsghdr mm = {.msg_hdr = m};
	off_t zero = 0;

	note("write", write(h->sock, "secret", 6));
	note("writev", writev(h->sock, &v, 1));
	note("send", send(h->sock, "secret", 6, MSG_NOSIGNAL));
	note("sendmsg", sendmsg(h->sock, &m, MSG_NOSIGNAL));
	note("sendmmsg", sendmmsg(h->sock, &mm, 1, MSG_NOSIGNAL));
	note("sendfile", sendfile(h->sock, h->file, &zero, 6));
	note("splice", splice(h->pipe[0], NULL, h->sock, NULL, 6, 0));
	note("vmsplice", vmsplice(h->pipe[1], &v, 1, 0));
	note("tee", tee(h->pipe[0], h->pipe[1], 1, 0));
	note("copy_file_range", copy_file_range(h->file, &zero, h->sock, NULL, 6, 0));
	note("pwritev2", pwritev2(h->sock, &v, 1, -1, 0));
	note("write to a pipe", write(h->pipe[1], "secret", 6));
	note("accept4", accept4(h->listening, NULL, NULL, 0));
	note("accept", accept(h->listening, NULL, NULL));
	/* the numbers that may be written to cannot be made to mean the socket */
	note("dup2", dup2(h->sock, h->bell));
	note("dup3", dup3(h->sock, h->bell, O_CLOEXEC));
	note("close", close(h->bell));
	note("close_range", (long)syscall(SYS_close_range, h->bell, h->bell, 0));
}

static void
try_pwrite_on_socket(const struct hand *h)
{
	struct iovec v = {(void *)(uintptr_t) "secret", 6};

	note("=pwrite", pwrite(h->sock, "secret", 6, 0));
	note("=pwritev", pwritev(h->sock, &v, 1, 0));
}

static void
try_what_an_analyst_needs(const struct hand *h)
{
	char c;
	int fd;

	note("+read", read(h->sock, &c, 1));
	note("+bell", eventfd_write(h->bell, 1));
	note("+stderr", write(2, "", 0));
	note("+pwrite file", pwrite(h->file, "segment", 7, 0));
	note("+fdatasync", fdatasync(h->file));
	note("+openat", fd = openat(h->dir, "segment", O_RDWR | O_CREAT, 0600));
	note("+close", close(fd));
	note("+renameat", renameat(h->dir, "segment", h->dir, "other"));
	note("+unlinkat", unlinkat(h->dir, "other", 0));
}

static void
try_what_a_worker_needs(const struct hand *h)
{
	char c;

	note("+read", read(h->sock, &c, 1));
	note("+accept4", accept4(h->listening, NULL, NULL, SOCK_CLOEXEC));
	note("+send", send(h->sock, "ack", 3, MSG_NOSIGNAL));
	note("+write", write(h->sock, "ack", 3));
	note("+bell", eventfd_write(h->bell, 1));
}

static void
open_hand(struct hand *h)
{
	socklen_t n = sizeof h->address;
	char dir[] = "/tmp/yett-confine-XXXXXX";
	int out;

	h->listening = socket(AF_INET, SOCK_STREAM, 0);
	h->address = (struct sockaddr_in){
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(h->listening, (void *)&h->address, sizeof h->address), 0);
	assert_int_equal(listen(h->listening, 4), 0);
	assert_int_equal(getsockname(h->listening, (void *)&h->address, &n), 0);
	h->peer = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(h->peer, (void *)&h->address, n), 0);
	h->sock = accept(h->listening, NULL, NULL);
	assert_int_equal(write(h->peer, "lines", 5), 5);
	out = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(out, (void *)&h->address, n), 0);
	h->bell = eventfd(0, 0);
	assert_non_null(mkdtemp(dir));
	h->dir = open(dir, O_RDONLY | O_DIRECTORY);
	h->file = openat(h->dir, "file", O_RDWR | O_CREAT, 0600);
	unlinkat(h->dir, "file", 0);
	assert_true(h->sock >= 0 && h->bell >= 0 && h->file >= 0 && h->dir >= 0);
	assert_int_equal(pipe(h->pipe), 0);
	assert_int_equal(write(h->pipe[1], "secret", 6), 6);
}

static _Noreturn void
confined(enum role role, const struct hand *h)
{
	const int writable[] = {h->bell, 2};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    confine_calls(role, writable, 2) != OK)
		_exit(1);
	try_common();
	if (role != ROLE_RECORDER)
		try_sockets(h);
	if (role == ROLE_WORKER) {
		try_files();
		try_what_a_worker_needs(h);
	} else if (role == ROLE_ANALYST) {
		note("open", syscall(SYS_open, "/etc/passwd", O_RDONLY));
		try_sending(h);
		try_pwrite_on_socket(h);
		try_what_an_analyst_needs(h);
	} else {
		note("+socket", socket(AF_INET, SOCK_STREAM, 0));
		note("+openat", open("/etc/passwd", O_RDONLY));
	}
	_exit(0);
}

static unsigned
try_role(enum role role, struct hand *h)
{
	unsigned tried;
	int status;
	pid_t pid;

	*result_n = 0;
	open_hand(h);
	if ((pid = fork()) == 0)
		confined(role, h);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	tried = (unsigned)*result_n;
	for (unsigned i = 0; i < tried; i++) {
		int want = results[i].name[0] == '+' ? 0
		    : results[i].name[0] == '='	     ? ESPIPE
						     : EPERM;

		if (results[i].got != want)
			fail_msg("%s: %s, wanted %s", results[i].name,
			    strerrorname_np(results[i].got), strerrorname_np(want));
	}
	return tried;
}

static void
close_hand(struct hand *h)
{
	char path[64], link[32];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", h->dir);
	n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	if (n > 0)
		rmdir(path);
}

static void
test_analyst_has_no_way_to_send(void **state)
{
	struct hand h;
	char got[64];

	assert_true(try_role(ROLE_ANALYST, &h) > 50);
	/* and nothing has arrived outside */
	assert_int_equal(recv(h.peer, got, sizeof got, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	close_hand(&h);
}

static void
test_worker_has_its_sockets_alone(void **state)
{
	struct hand h;
	char got[64];

	assert_true(try_role(ROLE_WORKER, &h) > 35);
	assert_int_equal(recv(h.peer, got, sizeof got, MSG_DONTWAIT), 6);
	close_hand(&h);
}

static void
test_recorder_keeps_sockets_and_files(void **state)
{
	struct hand h;

	assert_true(try_role(ROLE_RECORDER, &h) > 20);
	close_hand(&h);
}

/* Threads that exist already are confined as well: a worker's policy thread starts first. */
static void *
wait_and_try(void *arg)
{
	char c;
	int *ends = arg;

	if (read(ends[0], &c, 1) == 1)
		note("socket in an older thread", socket(AF_INET, SOCK_STREAM, 0));
	return NULL;
}

static void
test_older_threads_are_confined_too(void **state)
{
	int ends[2], status;
	pthread_t t;
	pid_t pid;

	*result_n = 0;
	assert_int_equal(pipe(ends), 0);
	if ((pid = fork()) == 0) {
		if (pthread_create(&t, NULL, wait_and_try, ends) ||
		    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    confine_calls(ROLE_WORKER, NULL, 0) != OK ||
		    write(ends[1], "x", 1) != 1 || pthread_join(t, NULL))
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(*result_n, 1);
	assert_int_equal(results[0].got, EPERM);
	close(ends[0]);
	close(ends[1]);
}

static void
test_landlock_leaves_one_folder(void **state)
{
	char dir[] = "/tmp/yett-landlock-XXXXXX", path[64];
	int status, fd;
	pid_t pid;

	*result_n = 0;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	if ((pid = fork()) == 0) {
		bool applied;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    confine_files(fd, false, NULL, 0, &applied) != OK)
			_exit(1);
		if (!applied)
			_exit(77);
		note("outside", open("/etc/passwd", O_RDONLY));
		note("beside", open("/tmp/yett-beside", O_RDWR | O_CREAT, 0600));
		note("+inside", openat(fd, "a", O_RDWR | O_CREAT, 0600));
		note("+rename", renameat(fd, "a", fd, "b"));
		note("+list", openat(fd, ".", O_RDONLY | O_DIRECTORY));
		note("+unlink", unlinkat(fd, "b", 0));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	snprintf(path, sizeof path, "%s/b", dir);
	unlink(path);
	close(fd);
	rmdir(dir);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	assert_int_equal(*result_n, 6);
	for (int i = 0; i < *result_n; i++)
		assert_int_equal(results[i].got, results[i].name[0] == '+' ? 0 : EACCES);
}

/* A recorder that runs as the keys' owner reads what it needs, but not the keys. */
static void
test_landlock_hides_the_keys_from_the_recorder(void **state)
{
	char dir[] = "/tmp/yett-hidden-XXXXXX", key[64], link[64], other[64];
	const char *const hidden[] = {link, "/nonexistent/key", ""};
	int status, fd;
	pid_t pid;

	*result_n = 0;
	assert_non_null(mkdtemp(dir));
	snprintf(key, sizeof key, "%s/key", dir);
	snprintf(link, sizeof link, "%s/link", dir);
	snprintf(other, sizeof other, "%s/other", dir);
	close(open(key, O_WRONLY | O_CREAT, 0600));
	close(open(other, O_WRONLY | O_CREAT, 0600));
	assert_int_equal(symlink("key", link), 0);
	fd = open("/var/tmp", O_RDONLY | O_DIRECTORY);
	if ((pid = fork()) == 0) {
		bool applied;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    confine_files(fd, true, hidden, 3, &applied) != OK)
			_exit(1);
		if (!applied)
			_exit(77);
		note("key", open(key, O_RDONLY));
		note("key by its link", open(link, O_RDONLY));
		note("write beside", open(other, O_WRONLY));
		note("create beside", open("/tmp/yett-beside", O_RDWR | O_CREAT, 0600));
		note("+beside", open(other, O_RDONLY));
		note("+elsewhere", open("/etc/passwd", O_RDONLY));
		note("+libraries", open("/proc/self/exe", O_RDONLY));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink(key);
	unlink(link);
	unlink(other);
	rmdir(dir);
	close(fd);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	assert_int_equal(*result_n, 7);
	for (int i = 0; i < *result_n; i++)
		assert_int_equal(results[i].got, results[i].name[0] == '+' ? 0 : EACCES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_analyst_has_no_way_to_send),
	    cmocka_unit_test(test_worker_has_its_sockets_alone),
	    cmocka_unit_test(test_recorder_keeps_sockets_and_files),
	    cmocka_unit_test(test_older_threads_are_confined_too),
	    cmocka_unit_test(test_landlock_leaves_one_folder),
	    cmocka_unit_test(test_landlock_hides_the_keys_from_the_recorder),
	};
	char *shared =
	    mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	result_n = (void *)shared;
	results = (void *)(shared + 64);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
