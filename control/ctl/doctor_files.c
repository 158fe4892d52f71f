/* Keys and configuration on this host: are they there, and whose are they? */
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "control/ctl/doctor_run.h"
#include "crypto/keyfile.h"

#define SIGNERS_MAX 16

static void
check_keyring(struct doctor *d, const char *name, const char *path)
{
	struct keyring k;
	unsigned line = 0;
	int rc;

	if (path[0] == 0) {
		doctor_add(d, DR_KEYS, DOCTOR_WARN,
		    "keys.%s is empty: made anew at each start", name);
		return;
	}
	rc = keyring_load(path, &k, &line);
	if (rc == OK && keyring_current(&k, clock_wall_us()) == NULL)
		doctor_add(
		    d, DR_KEYS, DOCTOR_FAIL, "%s holds no secret that is current", path);
	else if (rc == ERR_DENIED)
		doctor_add(d, DR_KEYS, DOCTOR_FAIL,
		    "%s: its mode or owner is too open, or it is not ours to read", path);
	else if (rc != OK)
		doctor_add(d, DR_KEYS, DOCTOR_FAIL, "%s:%u: %s", path, line, err_str(rc));
	crypto_wipe(&k, sizeof k);
}

static void
check_public(struct doctor *d, const struct settings *s, const char *path)
{
	struct signer keys[SIGNERS_MAX];
	unsigned n = SIGNERS_MAX, line = 0;
	int rc = signer_load(path, keys, &n, &line);

	if (rc != OK) {
		doctor_add(
		    d, DR_PUBLIC_KEYS, DOCTOR_FAIL, "%s:%u: %s", path, line, err_str(rc));
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		const char *of = keys[i].environment;

		if (strcmp(of, "any") != 0 && strcmp(of, s->agent_environment) != 0)
			doctor_add(d, DR_PUBLIC_KEYS, DOCTOR_FAIL,
			    "key %s of %s is for environment %s, this agent is %s",
			    keys[i].id, path, of, s->agent_environment);
		if (keys[i].has_private)
			doctor_add(d, DR_PUBLIC_KEYS, DOCTOR_FAIL,
			    "%s holds a private key: gateways need the public one alone",
			    path);
		if (keys[i].until_us && keys[i].until_us < clock_wall_us())
			doctor_add(d, DR_PUBLIC_KEYS, DOCTOR_WARN, "key %s of %s is over",
			    keys[i].id, path);
	}
	crypto_wipe(keys, sizeof keys);
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
	check_keyring(d, "identity", set->keys_identity);
	check_keyring(d, "redaction", set->keys_redaction);
	check_keyring(d, "line", set->keys_line);
	doctor_pass(d, DR_KEYS, "three, well kept");
	if (set->policy_public_key.n == 0)
		doctor_add(d, DR_PUBLIC_KEYS, DOCTOR_FAIL,
		    "policy.public_key is empty: every policy is refused");
	for (unsigned i = 0; i < set->policy_public_key.n; i++)
		check_public(d, set, set->policy_public_key.item[i]);
	doctor_pass(d, DR_PUBLIC_KEYS, "%u", set->policy_public_key.n);
}
