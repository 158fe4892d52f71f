/* What roles are given: rings, bells, folders, settings, keys, the bundle. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "state/ring.h"
#include "supervisor/notify.h"
#include "supervisor/role.h"
#include "supervisor/supervisor.h"

#define STARTS_MAX (IO_FDS_MAX * 8)

/* Makes a folder if it is missing, for agent.user when we are root. */
static int
make_folder(const char *path, mode_t mode, const char *user, char *why, size_t why_max)
{
	struct passwd *pw;

	if (mkdir(path, mode) && errno != EEXIST) {
		snprintf(why, why_max, "%s: %s", path, strerrorname_np(errno));
		return errno == EACCES ? ERR_DENIED : ERR_IO;
	}
	if (geteuid() != 0 || user[0] == '\0' || (pw = getpwnam(user)) == NULL)
		return OK;
	if (chown(path, pw->pw_uid, pw->pw_gid)) {
		snprintf(why, why_max, "%s: chown: %s", path, strerrorname_np(errno));
		return ERR_IO;
	}
	return OK;
}

static int
open_folder(const char *path, int *fd, char *why, size_t why_max)
{
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd >= 0)
		return OK;
	snprintf(why, why_max, "%s: %s", path, strerrorname_np(errno));
	return ERR_IO;
}

static int
open_folders(struct supervisor *s, char *why, size_t why_max)
{
	const struct settings *set = &s->settings;
	const char *user = set->agent_user;
	char path[CONF_TEXT_MAX + 32];
	int rc;

	if ((rc = make_folder(set->agent_run_dir, 0755, "", why, why_max)) != OK ||
	    (rc = make_folder(set->agent_state_dir, 0750, user, why, why_max)) != OK)
		return rc;
	snprintf(s->bundles.folder, sizeof s->bundles.folder, "%s/bundles",
	    set->agent_state_dir);
	if ((rc = make_folder(s->bundles.folder, 0700, "", why, why_max)) != OK)
		return rc;
	if (!set->agent_record)
		return OK;
	if ((rc = open_folder(
		 set->agent_state_dir, &s->handout.state_dir, why, why_max)) != OK)
		return rc;
	snprintf(path, sizeof path, "%s/spool", set->agent_state_dir);
	rc = make_folder(path, 0700, user, why, why_max);
	for (int i = 0; rc == OK && i < set->agent_analysts; i++) {
		snprintf(path, sizeof path, "%s/spool/%d", set->agent_state_dir, i);
		if ((rc = make_folder(path, 0700, user, why, why_max)) == OK)
			rc = open_folder(path, &s->handout.spool[i], why, why_max);
	}
	return rc;
}

/* That of the program before us where it fits: analysts of before read what workers of now
 * write, until they are replaced. */
static int
open_ring(const char *name, uint64_t bytes, int *fd)
{
	int kept = notify_take(name);
	struct ring ring;

	if (kept >= 0 && ring_attach(kept, -1, &ring) == OK) {
		bool fits = ring.size >= bytes && ring.size / 2 < bytes;

		ring_detach(&ring);
		if (fits) {
			*fd = kept;
			return OK;
		}
	}
	if (kept >= 0)
		close(kept);
	return ring_create(bytes, fd);
}

static int
open_bell(const char *name, int *fd)
{
	if ((*fd = notify_take(name)) < 0)
		*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return *fd >= 0 ? OK : ERR_IO;
}

/* Calls each with every ring and bell between roles, until one fails. */
static int
each_way(struct supervisor *s,
    int (*each)(void *ctx, const char *name, int *fd, bool ring), void *ctx)
{
	struct handout *h = &s->handout;
	char name[NOTIFY_NAME_MAX];
	int rc = OK;

	for (int a = 0; rc == OK && a < s->settings.agent_analysts; a++) {
		snprintf(name, sizeof name, "yett-bell-%d", a);
		rc = each(ctx, name, &h->bell[a], false);
		for (int w = 0; rc == OK && w < s->settings.agent_workers; w++) {
			snprintf(name, sizeof name, "yett-ring-%d-%d", w, a);
			rc = each(ctx, name, &h->ring[w][a], true);
		}
		if (rc == OK && a > 0) {
			snprintf(name, sizeof name, "yett-forward-%d", a);
			rc = each(ctx, name, &h->forward[a], true);
		}
	}
	return rc;
}

static int
open_one(void *ctx, const char *name, int *fd, bool ring)
{
	const uint64_t *bytes = ctx;

	return ring ? open_ring(name, *bytes, fd) : open_bell(name, fd);
}

static int
hand_down_one(void *ctx, const char *name, int *fd, bool ring)
{
	notify_hand_down(ctx, name, *fd);
	return OK;
}

void
handout_hand_down(struct supervisor *s, struct buf *text)
{
	if (s->settings.agent_record)
		(void)each_way(s, hand_down_one, text);
}

int
handout_open(struct supervisor *s, char *why, size_t why_max)
{
	const struct settings *set = &s->settings;
	uint64_t bytes = (uint64_t)set->ring_bytes;
	struct handout *h = &s->handout;
	int rc;

	memset(h, 0xff, sizeof *h); /* every descriptor -1 */
	if ((rc = open_folders(s, why, why_max)) != OK || !set->agent_record)
		return rc;
	if ((rc = each_way(s, open_one, &bytes)) != OK)
		snprintf(why, why_max, "rings: %s", err_str(rc));
	return rc;
}

void
handout_close(struct supervisor *s)
{
	int *fd = (int *)&s->handout;

	for (size_t i = 0; i < sizeof s->handout / sizeof *fd; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	memset(&s->handout, 0xff, sizeof s->handout);
}

void
handout_settings_text(const struct settings *s, struct buf *out)
{
	const char *section = "";

	for (size_t i = 0; i < settings_n; i++) {
		const struct conf_key *k = &settings_table[i];
		const struct conf_list *list =
		    (const void *)((const char *)s + k->offset);

		if (strcmp(section, k->section) != 0)
			buf_printf(out, "[%s]\n", k->section);
		section = k->section;
		if (k->type != CONF_LIST) {
			buf_printf(out, "%s = ", k->name);
			conf_print_value(k, s, out);
			buf_put_char(out, '\n');
			continue;
		}
		for (unsigned n = 0; n < list->n; n++)
			buf_printf(out, "%s = %s\n", k->name, list->item[n]);
	}
}

/* A file of its own for each role: a descriptor's offset is shared by all who hold it. */
static int
settings_file(struct supervisor *s, int *fd)
{
	struct buf text = BUF_INIT;
	int rc;

	*fd = -1;
	handout_settings_text(&s->settings, &text);
	if ((rc = buf_err(&text)) == OK)
		rc = io_memfd_sealed("yett-settings", buf_span(&text), fd);
	buf_fini(&text);
	if (rc == OK && lseek(*fd, 0, SEEK_SET) < 0)
		rc = ERR_IO;
	return rc;
}

/* The role's own descriptors, in the order of channel.h. */
static size_t
role_fds(struct supervisor *s, const struct child *c, int *fds)
{
	const struct handout *h = &s->handout;
	unsigned workers = (unsigned)s->settings.agent_workers;
	unsigned analysts = (unsigned)s->settings.agent_analysts;
	size_t n = 0;

	if (c->role == ROLE_RECORDER) {
		fds[n++] = h->state_dir;
	} else if (c->role == ROLE_WORKER) {
		fds[n++] = s->spop[c->instance].fd;
		for (unsigned a = 0; s->settings.agent_record && a < analysts; a++) {
			fds[n++] = h->ring[c->instance][a];
			fds[n++] = h->bell[a];
		}
	} else {
		fds[n++] = h->spool[c->instance];
		fds[n++] = h->bell[c->instance];
		for (unsigned w = 0; w < workers; w++)
			fds[n++] = h->ring[w][c->instance];
		for (unsigned a = 1; c->instance == 0 && a < analysts; a++) {
			fds[n++] = h->forward[a];
			fds[n++] = h->bell[a];
		}
		if (c->instance > 0)
			fds[n++] = h->forward[c->instance];
	}
	return n;
}

int
handout_start(struct supervisor *s, struct child *c)
{
	const struct channel_start start = {.role = c->role,
	    .instance = c->instance,
	    .workers = (uint32_t)s->settings.agent_workers,
	    .analysts = (uint32_t)s->settings.agent_analysts,
	    .boot = s->boot};
	int fds[STARTS_MAX], keys = -1, settings = -1, rc;
	size_t n;

	if ((rc = settings_file(s, &settings)) != OK ||
	    (rc = keyset_hand_out(&s->keys, c->role, &keys)) != OK)
		goto out;
	fds[0] = settings;
	fds[1] = s->shared_fd;
	fds[2] = keys;
	n = 3 + role_fds(s, c, fds + 3);
	CHECK(n ==
	    channel_start_fds(c->role, c->instance, start.workers, start.analysts,
		s->settings.agent_record));
	if ((rc = channel_send_start(c->channel, &start, fds, n)) == OK)
		rc = handout_bundle(s, c);
out:
	if (settings >= 0)
		close(settings);
	if (keys >= 0)
		close(keys);
	return rc;
}

int
handout_bundle(struct supervisor *s, struct child *c)
{
	const struct channel_bundle body = {s->bundles.revision, s->bundles.expires_us};

	if (s->bundles.fd < 0 || c->role == ROLE_RECORDER)
		return OK;
	return channel_send(
	    c->channel, CHANNEL_BUNDLE, &body, sizeof body, &s->bundles.fd, 1);
}

int
handout_reload(struct supervisor *s, struct child *c)
{
	int fd, rc = settings_file(s, &fd);

	if (rc == OK)
		rc = channel_send(c->channel, CHANNEL_RELOAD, NULL, 0, &fd, 1);
	if (fd >= 0)
		close(fd);
	return rc;
}
