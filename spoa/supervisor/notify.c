/* systemd. */
#include "supervisor/notify.h"

#include <fcntl.h>
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
		if (kept_n == NOTIFY_KEPT_MAX || names == NULL || names[i] == NULL) {
			close(moved);
			continue;
		}
		kept[kept_n].fd = moved;
		snprintf(kept[kept_n++].name, NOTIFY_NAME_MAX, "%s", names[i]);
	}
	for (int i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
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
