/* Keys and configuration on this host: are they there, and whose are they? */
#include <errno.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "control/ctl/doctor_run.h"
#include "crypto/derive.h"
#include "crypto/keyfile.h"

#define SIGNERS_MAX 16
#define KEY_FILE_MAX 65536 /* bytes */

/* Who may hold a key file: root, or the user that the roles become. */
static bool
is_trusted(const struct settings *s, uid_t owner)
{
	const struct passwd *pw = s->agent_user[0] ? getpwnam(s->agent_user) : NULL;

	return owner == 0 || owner == geteuid() || s->agent_user[0] == 0 ||
	    (pw && pw->pw_uid == owner);
}

/* Reads a key file if it is ours to read; what is wrong with its guard is a finding. */
static bool
read_guarded(struct doctor *d, const struct settings *s, enum doctor_check check,
    const char *path, bool is_secret, struct buf *text)
{
	unsigned open = is_secret ? 0137 : 0022; /* 0640 is for root's files alone */
	struct stat st;
	int rc;

	if (stat(path, &st) < 0) {
		doctor_add(d, check, errno == EACCES ? DOCTOR_SKIP : DOCTOR_FAIL,
		    "%s: %s", path,
		    errno == EACCES ? "not ours to look at; run doctor as root"
				    : "not there");
		return false;
	}
	if (!is_trusted(s, st.st_uid))
		doctor_add(d, check, DOCTOR_FAIL, "%s belongs to somebody else (uid %u)",
		    path, (unsigned)st.st_uid);
	if ((st.st_mode & open) || (is_secret && st.st_uid != 0 && (st.st_mode & 0040)))
		doctor_add(d, check, DOCTOR_FAIL, "%s: mode %04o lets others %s", path,
		    (unsigned)(st.st_mode & 07777), is_secret ? "read it" : "change it");
	if ((rc = io_read_file(path, KEY_FILE_MAX, text)) == OK)
		return true;
	doctor_add(d, check, rc == ERR_DENIED ? DOCTOR_SKIP : DOCTOR_FAIL, "%s: %s", path,
	    rc == ERR_DENIED ? "not ours to read; run doctor as root" : err_str(rc));
	return false;
}

static void
check_keyring(
    struct doctor *d, const struct settings *s, const char *name, const char *path)
{
	struct buf text = BUF_INIT;
	struct keyring k;
	unsigned line = 0;

	if (path[0] == 0) {
		doctor_add(d, DR_KEYS, DOCTOR_WARN,
		    "keys.%s is empty: made anew at each start", name);
		return;
	}
	if (read_guarded(d, s, DR_KEYS, path, true, &text)) {
		if (keyring_parse(buf_span(&text), &k, &line) != OK)
			doctor_add(
			    d, DR_KEYS, DOCTOR_FAIL, "%s:%u: malformed", path, line);
		else if (keyring_current(&k, clock_wall_us()) == NULL)
			doctor_add(d, DR_KEYS, DOCTOR_FAIL,
			    "%s holds no secret that is current", path);
		crypto_wipe(&k, sizeof k);
	}
	if (text.p)
		crypto_wipe(text.p, text.cap);
	buf_fini(&text);
}

/* Whether one of the key's epochs gives this secret. */
static bool
gives(const struct keyring *k, struct span secret)
{
	char text[LINE_SECRET_TEXT];
	bool same = false;

	for (unsigned i = 0; i < k->n; i++)
		same |= secret.n == sizeof text &&
		    derive_line_secret(&k->secret[i], text) == OK &&
		    crypto_equal(text, secret.p, sizeof text);
	crypto_wipe(text, sizeof text);
	return same;
}

void
doctor_line_secret(struct doctor *d, const struct settings *s, struct span secret)
{
	const char *path = s->keys_line;
	struct buf text = BUF_INIT;
	struct keyring k;
	unsigned line;

	if (path[0] == 0) {
		doctor_add(
		    d, DR_LINE_SECRET, DOCTOR_SKIP, "no line key: keys.line is empty");
	} else if (io_read_file(path, KEY_FILE_MAX, &text) != OK ||
	    keyring_parse(buf_span(&text), &k, &line) != OK) {
		doctor_add(d, DR_LINE_SECRET, DOCTOR_SKIP, "%s cannot be read", path);
	} else {
		if (secret.n == 0 || span_eq(secret, SPAN("none")))
			doctor_add(d, DR_LINE_SECRET, DOCTOR_FAIL,
			    "HAProxy's environment has no YETT_LINE_SECRET");
		else if (!gives(&k, secret))
			doctor_add(d, DR_LINE_SECRET, DOCTOR_FAIL,
			    "YETT_LINE_SECRET is not of %s", path);
		doctor_pass(d, DR_LINE_SECRET, "of %s", path);
		crypto_wipe(&k, sizeof k);
	}
	if (text.p)
		crypto_wipe(text.p, text.cap);
	buf_fini(&text);
}

static void
check_signer(
    struct doctor *d, const struct settings *s, const char *path, const struct signer *k)
{
	if (strcmp(k->environment, "any") != 0 &&
	    strcmp(k->environment, s->agent_environment) != 0)
		doctor_add(d, DR_PUBLIC_KEYS, DOCTOR_FAIL,
		    "key %s of %s is for environment %s, this agent is %s", k->id, path,
		    k->environment, s->agent_environment);
	if (k->has_private)
		doctor_add(d, DR_PUBLIC_KEYS, DOCTOR_FAIL,
		    "%s holds a private key: gateways need the public one alone", path);
	if (k->until_us && k->until_us < clock_wall_us())
		doctor_add(
		    d, DR_PUBLIC_KEYS, DOCTOR_WARN, "key %s of %s is over", k->id, path);
}

static void
check_public(struct doctor *d, const struct settings *s, const char *path)
{
	struct signer keys[SIGNERS_MAX];
	unsigned n = SIGNERS_MAX, line = 0;
	struct buf text = BUF_INIT;

	if (read_guarded(d, s, DR_PUBLIC_KEYS, path, false, &text)) {
		if (signer_parse(buf_span(&text), keys, &n, &line) != OK) {
			doctor_add(d, DR_PUBLIC_KEYS, DOCTOR_FAIL, "%s:%u: malformed",
			    path, line);
			n = 0;
		}
		for (unsigned i = 0; i < n; i++)
			check_signer(d, s, path, &keys[i]);
		crypto_wipe(keys, sizeof keys);
	}
	buf_fini(&text);
}

static void
check_conf(struct doctor *d, const struct session *s)
{
	bool secret = strstr(s->settings.recorder_database, "password") != NULL;
	struct stat st;

	if (s->config == NULL || stat(s->config, &st) < 0)
		doctor_add(d, DR_CONF_MODE, DOCTOR_SKIP, "no yett.conf is used");
	else if (st.st_mode & S_IWOTH)
		doctor_add(
		    d, DR_CONF_MODE, DOCTOR_FAIL, "everybody can write %s", s->config);
	else if (secret && (st.st_mode & S_IROTH))
		doctor_add(d, DR_CONF_MODE, DOCTOR_FAIL,
		    "%s holds a password and everybody can read it", s->config);
	else
		doctor_pass(d, DR_CONF_MODE, "%s", s->config);
}

void
doctor_files(struct doctor *d, const struct session *s)
{
	const struct settings *set = &s->settings;

	check_conf(d, s);
	if (s->config == NULL) {
		doctor_skip_rest(d, "files.", "no yett.conf is used: give --config FILE");
		return;
	}
	check_keyring(d, set, "identity", set->keys_identity);
	check_keyring(d, set, "redaction", set->keys_redaction);
	check_keyring(d, set, "line", set->keys_line);
	doctor_pass(d, DR_KEYS, "three, well kept");
	if (set->policy_public_key.n == 0)
		doctor_add(d, DR_PUBLIC_KEYS, DOCTOR_FAIL,
		    "policy.public_key is empty: every policy is refused");
	for (unsigned i = 0; i < set->policy_public_key.n; i++)
		check_public(d, set, set->policy_public_key.item[i]);
	doctor_pass(d, DR_PUBLIC_KEYS, "%u", set->policy_public_key.n);
}
