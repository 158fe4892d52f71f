/* seccomp filters and landlock rules of the roles. */
#include "supervisor/confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <limits.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Names, not numbers: one that this libseccomp or architecture lacks is skipped. */
static const char *const deny_all[] = {"execve", "execveat", "fork", "vfork", "ptrace",
    "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_open",
    "pidfd_getfd", "pidfd_send_signal", "kill", "tkill", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "io_setup", "io_submit", "bpf", "perf_event_open", "userfaultfd", "add_key",
    "request_key", "keyctl", "mount", "umount", "umount2", "mount_setattr", "move_mount",
    "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "pivot_root", "chroot",
    "unshare", "setns", "init_module", "finit_module", "delete_module", "kexec_load",
    "kexec_file_load", "reboot", "swapon", "swapoff", "syslog", "acct", "quotactl",
    "quotactl_fd", "fanotify_init", "fanotify_mark", "open_by_handle_at",
    "name_to_handle_at", "personality", "mknod", "mknodat", "setuid", "setgid",
    "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid",
    "capset", "iopl", "ioperm", "modify_ldt", "settimeofday", "clock_settime",
    "clock_adjtime", "adjtimex", "sethostname", "setdomainname", "vhangup",
    "lookup_dcookie", "uselib", "ustat", "sysfs", "nfsservctl", "remap_file_pages",
    "mbind", "move_pages", "migrate_pages", "set_mempolicy", "shmget", "shmat", "shmctl",
    "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semctl", "mq_open",
    "mq_unlink", NULL};

static const char *const deny_files[] = {"open", "openat", "openat2", "creat", "unlink",
    "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "chdir",
    "fchdir", NULL};

static const char *const deny_links[] = {"link", "linkat", "symlink", "symlinkat",
    "chmod", "fchmodat", "chown", "lchown", "fchown", "fchownat", "setxattr", "lsetxattr",
    "fsetxattr", NULL};

static const char *const deny_new_sockets[] = {
    "socket", "socketpair", "connect", "bind", "listen", NULL};

static const char *const deny_sending[] = {"accept", "accept4", "sendto", "sendmsg",
    "sendmmsg", "splice", "tee", "vmsplice", "sendfile", "sendfile64", "copy_file_range",
    "pwritev2", "dup2", "dup3", "open", "creat", "openat2", NULL};

static int
deny(scmp_filter_ctx f, const char *const *names)
{
	for (; *names; names++) {
		int nr = seccomp_syscall_resolve_name(*names);

		/* negative: a pseudo number of a call this architecture does not have */
		if (nr >= 0 && seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), nr, 0))
			return ERR_IO;
	}
	return OK;
}

/* Threads yes, processes no: clone without CLONE_THREAD is refused; clone3, whose flags a
 * filter cannot see, does not exist, and libc falls back to clone. Signals to oneself only. */
static int
deny_processes(scmp_filter_ctx f)
{
	int rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
	    SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	int clone3 = seccomp_syscall_resolve_name("clone3");

	if (rc == 0 && clone3 >= 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), clone3, 0);
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(tgkill), 1,
		    SCMP_A0_64(SCMP_CMP_NE, (scmp_datum_t)getpid(), 0));
	return rc ? ERR_IO : OK;
}

/* The listed descriptors stay what they are. */
static int
pin(scmp_filter_ctx f, const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(close), 1,
			SCMP_A0_32(SCMP_CMP_EQ, (scmp_datum_t)fds[i], 0)))
			return ERR_IO;
	if (seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(close_range), 0))
		return ERR_IO;
	return OK;
}

/* A second filter for write and writev alone: libseccomp cannot say "none of these". The
 * first one has refused other architectures by then. */
static int
bind_writing(const int *fds, size_t n)
{
	struct sock_filter code[CONFINE_WRITABLE_MAX + 8];
	struct sock_fprog program = {0, code};
	size_t at = 0;

	if (n > CONFINE_WRITABLE_MAX)
		return ERR_RANGE;
#define EMIT(...) code[at++] = (struct sock_filter)__VA_ARGS__
	EMIT(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
	EMIT(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 1, 0));
	EMIT(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_writev, 0, (uint8_t)(n + 2)));
	EMIT(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])));
	for (size_t i = 0; i < n; i++) /* to the allow behind the refusal */
		EMIT(BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)fds[i], (uint8_t)(n - i), 0));
	EMIT(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
	EMIT(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
#undef EMIT
	program.len = (unsigned short)at;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
		&program))
		return ERR_IO;
	return OK;
}

static int
fill(scmp_filter_ctx f, enum role role, const int *writable, size_t n)
{
	int rc;

	if (seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1))
		return ERR_IO;
	if ((rc = deny(f, deny_all)) != OK || (rc = deny_processes(f)) != OK)
		return rc;
	if (role == ROLE_RECORDER)
		return OK;
	if ((rc = deny(f, deny_links)) != OK || (rc = deny(f, deny_new_sockets)) != OK)
		return rc;
	if (role == ROLE_WORKER)
		return deny(f, deny_files);
	if ((rc = deny(f, deny_sending)) != OK)
		return rc;
	return pin(f, writable, n);
}

int
confine_calls(enum role role, const int *writable, size_t n)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int rc;

	if (f == NULL)
		return ERR_NOMEM;
	rc = fill(f, role, writable, n);
	if (rc == OK && seccomp_load(f))
		rc = ERR_IO;
	seccomp_release(f);
	if (rc == OK && role == ROLE_ANALYST)
		rc = bind_writing(writable, n);
	return rc;
}

/* --- landlock: no wrappers in libc ------------------------------------------------- */

#define READ_RIGHTS                                                  \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
	    LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS                                                       \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |   \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_REG)
/* Rights of the first version of landlock: all kernels that have it know them. */
#define HANDLED_RIGHTS                                                    \
	(READ_RIGHTS | WRITE_RIGHTS | LANDLOCK_ACCESS_FS_MAKE_CHAR |      \
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* Rights that a file can have; others are refused for it. */
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)

struct hidden {
	char path[CONFINE_HIDDEN_MAX][PATH_MAX];
	size_t n;
};

static int
allow(int rules, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr beneath = {
	    .allowed_access = rights, .parent_fd = fd};

	if (syscall(
		SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0))
		return ERR_IO;
	return OK;
}

/* Whether path is hidden itself, or on the way to something hidden. */
static bool
is_hidden(const struct hidden *h, const char *path, bool *on_the_way)
{
	size_t n = strlen(path);

	*on_the_way = false;
	for (size_t i = 0; i < h->n; i++) {
		if (strcmp(h->path[i], path) == 0)
			return true;
		*on_the_way |=
		    strncmp(h->path[i], path, n) == 0 && (n == 1 || h->path[i][n] == '/');
	}
	return false;
}

static int allow_reading(int rules, const struct hidden *h, const char *path);

/* Each entry of a folder that holds, or leads to, something hidden. Rules only ever add
 * rights, so the folder itself cannot have one. */
static int
allow_entries(int rules, const struct hidden *h, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int rc = OK;

	while (rc == OK && dir && (e = readdir(dir)) != NULL) {
		char entry[PATH_MAX];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(entry, sizeof entry, "%s/%s",
			strcmp(path, "/") == 0 ? "" : path, e->d_name) < sizeof entry)
			rc = allow_reading(rules, h, entry);
	}
	if (dir)
		closedir(dir);
	return rc;
}

/* Reading of path and what lies beneath. A link needs no rule: what it points to counts. */
static int
allow_reading(int rules, const struct hidden *h, const char *path)
{
	struct stat st;
	bool on_the_way;
	int fd, rc = OK;

	if (is_hidden(h, path, &on_the_way))
		return OK;
	if (on_the_way)
		return allow_entries(rules, h, path);
	if ((fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return OK; /* out of our reach anyway, or gone */
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		rc = allow(rules, fd, READ_RIGHTS);
	else if (!S_ISLNK(st.st_mode))
		rc = allow(rules, fd, FILE_RIGHTS);
	close(fd);
	return rc;
}

int
confine_files(
    int dir_fd, bool read_all, const char *const *hidden, size_t hidden_n, bool *applied)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = HANDLED_RIGHTS};
	static struct hidden h; /* large */
	int rules, rc = OK;

	*applied = false;
	rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (rules < 0)
		return OK; /* not built in, or switched off */
	h.n = 0;
	for (size_t i = 0; i < hidden_n && h.n < CONFINE_HIDDEN_MAX; i++)
		h.n += hidden[i][0] && realpath(hidden[i], h.path[h.n]) != NULL;
	if (dir_fd >= 0)
		rc = allow(rules, dir_fd, READ_RIGHTS | WRITE_RIGHTS);
	if (rc == OK && read_all)
		rc = allow_reading(rules, &h, "/");
	if (rc == OK && syscall(SYS_landlock_restrict_self, rules, 0))
		rc = ERR_IO;
	close(rules);
	*applied = rc == OK;
	return rc;
}
