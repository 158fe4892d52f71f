/* systemd. */
#include "supervisor/notify.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

bool
notify_is_heard(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

void
notify_ready(const char *status)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void
notify_reloading(void)
{
	(void)sd_notifyf(
	    0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us());
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1\nSTATUS=stopping");
}

void
notify_status(const char *status)
{
	(void)sd_notifyf(0, "STATUS=%s", status);
}

void
notify_watchdog(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

uint64_t
notify_watchdog_us(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? us : 0;
}

static struct {
	int fd; /* -1: handed out */
	char name[NOTIFY_NAME_MAX];
} kept[NOTIFY_KEPT_MAX];
static unsigned kept_n;

static bool upgrade;

static void
add_kept(const char *name, size_t n, int fd)
{
	if (kept_n == NOTIFY_KEPT_MAX || n >= NOTIFY_NAME_MAX) {
		close(fd);
		return;
	}
	kept[kept_n].fd = fd;
	snprintf(kept[kept_n++].name, NOTIFY_NAME_MAX, "%.*s", (int)n, name);
}

/* What the program before us handed down. */
static void
take_handed_down(void)
{
	struct span rest = span_str(getenv(NOTIFY_ENVIRONMENT));

	upgrade = !span_absent(rest);
	while (!span_absent(rest)) {
		struct span value = span_cut(&rest, ':'), name = span_cut(&value, '=');
		uint64_t fd;

		if (span_u64(value, &fd) == OK && fd <= INT_MAX &&
		    fcntl((int)fd, F_SETFD, FD_CLOEXEC) == 0)
			add_kept((const char *)name.p, name.n, (int)fd);
	}
	unsetenv(NOTIFY_ENVIRONMENT);
}

void
notify_take_start(void)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i, moved;

		/* away from the low numbers: 3 is the roles' channel */
		moved = fcntl(fd, F_DUPFD_CLOEXEC, SD_LISTEN_FDS_START + n);
		close(fd);
		if (moved < 0)
			continue;
		if (names == NULL || names[i] == NULL)
			close(moved);
		else
			add_kept(names[i], strlen(names[i]), moved);
	}
	for (int i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
	take_handed_down();
}

bool
notify_is_upgrade(void)
{
	return upgrade;
}

int
notify_take_next(const char *prefix, char name[NOTIFY_NAME_MAX])
{
	size_t n = strlen(prefix);

	for (unsigned i = 0; i < kept_n; i++)
		if (kept[i].fd >= 0 && strncmp(kept[i].name, prefix, n) == 0) {
			int fd = kept[i].fd;

			kept[i].fd = -1;
			memcpy(name, kept[i].name, NOTIFY_NAME_MAX);
			return fd;
		}
	name[0] = '\0';
	return -1;
}

int
notify_take(const char *name)
{
	for (unsigned i = 0; i < kept_n; i++)
		if (kept[i].fd >= 0 && strcmp(kept[i].name, name) == 0) {
			int fd = kept[i].fd;

			kept[i].fd = -1;
			return fd;
		}
	return -1;
}

void
notify_forget(const char *name)
{
	(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name);
}

void
notify_take_end(void)
{
	for (unsigned i = 0; i < kept_n; i++)
		if (kept[i].fd >= 0) {
			(void)sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", kept[i].name);
			close(kept[i].fd);
		}
	kept_n = 0;
}

void
notify_keep(const char *name, int fd)
{
	char text[NOTIFY_NAME_MAX + 40];

	notify_forget(name);
	snprintf(text, sizeof text, "FDSTORE=1\nFDNAME=%s", name);
	if (sd_pid_notify_with_fds(0, 0, text, &fd, 1) < 0)
		log_warn("descriptor is not kept over a restart", "name=%s", name);
}

void
notify_keep_connections(const char *name, const int *fds, size_t n)
{
	char text[NOTIFY_NAME_MAX + 40];

	snprintf(text, sizeof text, "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", name);
	if (sd_pid_notify_with_fds(0, 0, text, fds, (unsigned)n) < 0)
		log_warn("descriptor is not kept over a restart", "name=%s", name);
}

void
notify_hand_down(struct buf *text, const char *name, int fd)
{
	if (fd < 0 || fcntl(fd, F_SETFD, 0))
		return;
	buf_printf(text, "%s%s=%d", text->n ? ":" : "", name, fd);
}
