/* systemd. */
#include "supervisor/notify.h"

#include <fcntl.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

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

int
notify_take_state(void)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names), found = -1;

	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (found < 0 && names && names[i] &&
		    strcmp(names[i], NOTIFY_STATE_NAME) == 0)
			/* away from the low numbers: 3 is the roles' channel */
			found = fcntl(fd, F_DUPFD_CLOEXEC, SD_LISTEN_FDS_START + n);
		close(fd);
	}
	for (int i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
	return found;
}

void
notify_keep_state(int fd, bool replace)
{
	if (replace)
		(void)sd_notify(0, "FDSTOREREMOVE=1\nFDNAME=" NOTIFY_STATE_NAME);
	if (sd_pid_notify_with_fds(0, 0, "FDSTORE=1\nFDNAME=" NOTIFY_STATE_NAME, &fd, 1) <
	    0)
		log_warn("shared state is not kept over a restart", NULL);
}
