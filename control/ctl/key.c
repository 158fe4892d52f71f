/* The key commands. The keys themselves never reach stdout. */
#include "control/ctl/key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "crypto/derive.h"

static int
load(const char *path, struct keyring *k)
{
	unsigned line;
	int rc = keyring_load(path, k, &line);

	if (rc == OK)
		return EXIT_DONE;
	if (rc == ERR_DENIED)
		return session_error(EXIT_DENIED,
		    "it must belong to you or root and be readable by nobody else: chmod "
		    "0600",
		    "%s: not guarded well enough, or not yours", path);
	if (rc == ERR_MALFORMED)
		return session_error(
		    EXIT_FINDINGS, NULL, "%s: line %u is no key", path, line);
	return session_error(rc == ERR_NOTFOUND ? EXIT_NOTFOUND : EXIT_INCOMPLETE, NULL,
	    "%s: %s", path, err_str(rc));
}

/* The keyring that is in the file already, or an empty one. */
static int
load_existing(const char *path, struct keyring *k)
{
	unsigned line;

	if (keyring_load(path, k, &line) == ERR_NOTFOUND) {
		*k = (struct keyring){0};
		return EXIT_DONE;
	}
	return load(path, k);
}

/* Writes the ring back. What the file held before is overwritten in place afterwards, as far
 * as the file system lets it: journals and copies are the operator's. */
static int
store(const char *path, const struct keyring *k)
{
	struct buf text = BUF_INIT;
	int old = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW), rc;
	struct stat st;
	mode_t mode = 0600;

	if (old >= 0 && fstat(old, &st) == 0)
		mode = st.st_mode & 0640;
	keyring_print(k, &text);
	rc = buf_err(&text);
	if (rc == OK)
		rc = io_write_file(path, buf_span(&text), mode);
	if (rc == OK && old >= 0) {
		/* the same owner as before; failing that, the agent says it cannot read it */
		if (st.st_uid != geteuid() || st.st_gid != getegid())
			rc = chown(path, st.st_uid, st.st_gid) ? ERR_DENIED : OK;
		for (off_t at = 0; at < st.st_size; at++)
			if (pwrite(old, "", 1, at) != 1)
				break;
		(void)fsync(old);
	}
	if (old >= 0)
		close(old);
	if (text.p)
		crypto_wipe(text.p, text.cap);
	buf_fini(&text);
	return rc;
}

static int
store_error(const char *path, int rc)
{
	return session_error(rc == ERR_DENIED ? EXIT_DENIED : EXIT_INCOMPLETE, NULL,
	    "%s: %s", path, err_str(rc));
}

/* --epoch, or the one after the last; --from, or at once. */
static int
next_epoch(const struct invocation *in, const struct keyring *k, struct secret *out)
{
	const char *wanted = invocation_option(in, "epoch");
	const char *from = invocation_option(in, "from");
	uint64_t epoch = k->n ? k->secret[k->n - 1].epoch + 1 : 1;

	*out = (struct secret){0};
	if (wanted &&
	    (span_u64(span_str(wanted), &epoch) != OK || epoch < 1 || epoch > 65535))
		return session_error(
		    EXIT_USAGE, NULL, "--epoch is a number from 1 to 65535");
	if (k->n == KEYRING_MAX || (k->n && epoch <= k->secret[k->n - 1].epoch) ||
	    epoch > 65535)
		return session_error(EXIT_USAGE,
		    "retire the epochs that are over: yettctl key retire FILE EPOCH",
		    "%s: there is no room for epoch %u", in->argument[0],
		    (unsigned)epoch);
	if (from && clock_parse(span_str(from), &out->from_us) != OK)
		return session_error(EXIT_USAGE, NULL,
		    "--from is a time such as 2026-11-22 or 2026-11-22T10:00:00Z");
	if (from && k->n == 0)
		return session_error(EXIT_USAGE, NULL,
		    "%s: the first epoch begins at once", in->argument[0]);
	out->epoch = (uint32_t)epoch;
	return EXIT_DONE;
}

int
key_new(struct session *s, const struct invocation *in)
{
	const char *path = in->argument[0];
	struct keyring k, one;
	struct secret next;
	int code, rc;

	if ((code = load_existing(path, &k)) != EXIT_DONE)
		return code;
	code = next_epoch(in, &k, &next);
	if (code == EXIT_DONE && (rc = keyring_generate(next.epoch, &one)) != OK)
		code = session_error(
		    EXIT_INCOMPLETE, NULL, "no random bytes: %s", err_str(rc));
	if (code == EXIT_DONE) {
		one.secret[0].from_us = next.from_us;
		k.secret[k.n++] = one.secret[0];
		crypto_wipe(&one, sizeof one);
		if ((rc = store(path, &k)) != OK)
			code = store_error(path, rc);
	}
	crypto_wipe(&k, sizeof k);
	if (code == EXIT_DONE)
		session_say(s, "%s: made epoch %u", path, (unsigned)next.epoch);
	return code;
}

static void
put_time(struct table *t, int64_t us)
{
	char text[CLOCK_TEXT_MAX];

	table_cell(t, us ? clock_format(us, text) : SPAN_NONE);
}

int
key_list(struct session *s, const struct invocation *in)
{
	int64_t now_us = clock_wall_us();
	const struct secret *current;
	struct keyring k;
	struct table t;
	int code;

	if ((code = load(in->argument[0], &k)) != EXIT_DONE)
		return code;
	current = keyring_current(&k, now_us);
	table_init(&t);
	table_column(&t, "epoch", CELL_NUMBER, 0);
	table_column(&t, "state", CELL_TEXT, 0);
	table_column(&t, "from", CELL_TEXT, 0);
	table_column(&t, "until", CELL_TEXT, 0);
	for (unsigned i = 0; i < k.n; i++) {
		const struct secret *e = &k.secret[i];

		table_cell_number(&t, e->epoch);
		table_cell_str(&t,
		    e == current			       ? "current"
			: e->from_us > now_us		       ? "to come"
			: e->until_us && e->until_us <= now_us ? "over"
							       : "old");
		put_time(&t, e->from_us);
		put_time(&t, e->until_us);
	}
	crypto_wipe(&k, sizeof k);
	code = session_show(s, &t, "no epoch");
	table_fini(&t);
	return code;
}

/* Where in the ring an epoch stands that may go: a newer one has to be in force. */
static int
find_retirable(
    const char *path, const struct keyring *k, const char *wanted, unsigned *at)
{
	const struct secret *current = keyring_current(k, clock_wall_us());
	uint64_t epoch;

	*at = 0;
	if (span_u64(span_str(wanted), &epoch) != OK)
		return session_error(
		    EXIT_USAGE, NULL, "\"%s\" is no number of an epoch", wanted);
	while (*at < k->n && k->secret[*at].epoch != epoch)
		++*at;
	if (*at == k->n)
		return session_error(EXIT_NOTFOUND, "yettctl key list FILE shows them.",
		    "%s: there is no epoch %s", path, wanted);
	if (!current || current->epoch <= epoch)
		return session_error(EXIT_FINDINGS,
		    "make the next one first: yettctl key new FILE --from TIME",
		    "%s: no newer epoch than %s is in force", path, wanted);
	return EXIT_DONE;
}

int
key_retire(struct session *s, const struct invocation *in)
{
	const char *path = in->argument[0];
	int64_t overlap_us = s->settings.keys_overlap_s * INT64_C(1000000);
	const struct secret *before;
	struct keyring k;
	unsigned at;
	int code, rc;

	if ((code = load(path, &k)) != EXIT_DONE)
		return code;
	code = find_retirable(path, &k, in->argument[1], &at);
	if (code == EXIT_DONE) {
		before = keyring_before(&k, clock_wall_us(), overlap_us);
		if (before == &k.secret[at])
			session_say(s,
			    "epochs still overlap (keys.overlap_s): values that have not "
			    "come again since the new one began lose their past");
		code = session_confirm(
		    s, "Destroy the key of this epoch? There is no way back.");
	}
	if (code == EXIT_DONE) {
		for (k.n--; at < k.n; at++)
			k.secret[at] = k.secret[at + 1];
		crypto_wipe(&k.secret[k.n], sizeof *k.secret);
		if ((rc = store(path, &k)) != OK)
			code = store_error(path, rc);
	}
	crypto_wipe(&k, sizeof k);
	if (code == EXIT_DONE)
		session_say(s,
		    "%s: epoch %s is destroyed here; do so on every gateway and restart "
		    "the "
		    "agents. Its tokens stay in the database: linked ones go on as their "
		    "newer ones, the others can never be computed again",
		    path, in->argument[1]);
	return code;
}

int
key_line_secret(struct session *s, const struct invocation *in)
{
	char text[LINE_SECRET_TEXT];
	const struct secret *now;
	struct keyring k;
	int code;

	if ((code = load(in->argument[0], &k)) != EXIT_DONE)
		return code;
	now = keyring_current(&k, clock_wall_us());
	if (now == NULL)
		code = session_error(EXIT_FINDINGS, "add one: yettctl key new FILE",
		    "%s: no epoch is in force now", in->argument[0]);
	else if (derive_line_secret(now, text) != OK)
		code =
		    session_error(EXIT_INCOMPLETE, NULL, "the secret cannot be derived");
	else
		buf_printf(&s->out, "%.*s\n", (int)sizeof text, text);
	s->plain = true;
	crypto_wipe(&k, sizeof k);
	return code;
}
