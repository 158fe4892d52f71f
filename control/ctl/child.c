/* fork, execvp, two pipes. */
#include "control/ctl/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"

#define OUTPUT_MAX (1 << 20) /* bytes: a person reads them */
#define NOT_STARTED 127

void
child_find(const char *name, char *path, size_t n)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	snprintf(path, n, "%s", name);
	if (len <= 0)
		return;
	self[len] = 0;
	if ((slash = strrchr(self, '/')) == NULL)
		return;
	slash[1] = 0;
	if (strlen(self) + strlen(name) + 1 > n)
		return;
	snprintf(path, n, "%s%s", self, name);
	if (access(path, X_OK) != 0)
		snprintf(path, n, "%s", name);
}

static _Noreturn void
become(const char *path, const char *const *arguments, int in, int out)
{
	char *argv[CHILD_ARGUMENTS_MAX + 2] = {(char *)path};

	for (unsigned i = 0; i < CHILD_ARGUMENTS_MAX && arguments[i]; i++)
		argv[i + 1] = (char *)arguments[i];
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(NOT_STARTED);
	execvp(path, argv);
	_exit(NOT_STARTED);
}

/* Feeds and drains the child until it has closed its output. */
static int
talk(int to, int from, struct span input, struct buf *output)
{
	char chunk[4096];
	ssize_t n;

	while (from >= 0) {
		struct pollfd p[2] = {
		    {from, POLLIN, 0}, {input.n > 0 ? to : -1, POLLOUT, 0}};

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return ERR_IO;
		if (p[1].revents) {
			n = write(to, input.p, input.n);
			if (n < 0 && errno != EINTR && errno != EAGAIN)
				input.n = 0; /* it does not want to hear more */
			else if (n > 0)
				input = span_from(input, (size_t)n);
		}
		if (input.n == 0 && to >= 0) {
			close(to);
			to = -1;
		}
		if (!p[0].revents)
			continue;
		n = read(from, chunk, sizeof chunk);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0 && output->n + (size_t)n <= OUTPUT_MAX)
			buf_put(output, chunk, (size_t)n);
	}
	if (to >= 0)
		close(to);
	return buf_err(output);
}

int
child_run(const char *path, const char *const *arguments, struct span input,
    struct buf *output, int *status)
{
	int to[2], from[2], state, rc;
	pid_t pid;

	*status = NOT_STARTED;
	if (pipe2(to, O_CLOEXEC) < 0)
		return ERR_IO;
	if (pipe2(from, O_CLOEXEC) < 0) {
		close(to[0]);
		close(to[1]);
		return ERR_IO;
	}
	if ((pid = fork()) == 0)
		become(path, arguments, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	if (pid < 0) {
		close(to[1]);
		close(from[0]);
		return ERR_IO;
	}
	rc = io_set_nonblock(to[1]);
	if (rc == OK)
		rc = talk(to[1], from[0], input, output);
	close(from[0]);
	while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
		;
	*status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
	return rc != OK				       ? rc
	    : *status == NOT_STARTED && output->n == 0 ? ERR_NOTFOUND
						       : OK;
}
