/* See check.h. */
#include "supervisor/check.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/derive.h"
#include "metric/metric.h"
#include "supervisor/bundles.h"
#include "supervisor/keyset.h"
#include "supervisor/listener.h"
#include "supervisor/supervisor.h"

static int
check_words(const struct settings *s, char *why, size_t why_max)
{
	static const char *const environments[] = {"dev", "qa", "prod"};
	struct exception_policy outcomes;
	enum log_level level;
	const char *which;
	bool known = false;

	if (log_level_parse(span_str(s->agent_log_level), &level) != OK) {
		snprintf(why, why_max,
		    "agent.log_level: %s: expected debug, info, notice, warn or error",
		    s->agent_log_level);
		return ERR_INVALID;
	}
	for (size_t i = 0; i < 3; i++)
		known |= strcmp(s->agent_environment, environments[i]) == 0;
	if (!known) {
		snprintf(why, why_max, "agent.environment: %s: expected dev, qa or prod",
		    s->agent_environment);
		return ERR_INVALID;
	}
	if (strcmp(s->state_affinity, "identity") != 0 &&
	    strcmp(s->state_affinity, "none") != 0) {
		snprintf(why, why_max, "state.affinity: %s: expected identity or none",
		    s->state_affinity);
		return ERR_INVALID;
	}
	if (exception_policy_parse(s, &outcomes, &which) != OK) {
		snprintf(
		    why, why_max, "exceptions.%s: expected allow, deny or shadow", which);
		return ERR_INVALID;
	}
	if (geteuid() == 0 && s->agent_user[0] && getpwnam(s->agent_user) == NULL) {
		snprintf(why, why_max,
		    "agent.user: no user %s (empty: roles stay what they are)",
		    s->agent_user);
		return ERR_NOTFOUND;
	}
	return OK;
}

static int
check_addresses(const struct settings *s, char *why, size_t why_max)
{
	char address[CONF_TEXT_MAX + 8], cause[LISTENER_WHY_MAX];
	const char *key = "control.socket";
	int rc;

	snprintf(address, sizeof address, "unix:%s", s->control_socket);
	rc = listener_check(address, 0, cause);
	for (int i = 0; rc == OK && i < s->agent_workers; i++) {
		key = "spop.listen";
		rc = listener_check(s->spop_listen, (unsigned)i, cause);
	}
	if (rc == OK && s->agent_workers > 1 &&
	    span_starts(span_str(s->spop_listen), SPAN("unix:")) &&
	    strstr(s->spop_listen, "%d") == NULL) {
		snprintf(cause, sizeof cause, "%s: needs a %%d for the worker's number",
		    s->spop_listen);
		rc = ERR_INVALID;
	}
	if (rc == OK && s->agent_record) {
		key = "finish.listen";
		rc = listener_check(s->finish_listen, 0, cause);
	}
	if (rc != OK)
		snprintf(why, why_max, "%s: %s", key, cause);
	return rc;
}

int
check_settings(const char *path, struct settings *out, char *why, size_t why_max)
{
	struct conf_error error;
	int rc = settings_load(path, out, &error);

	why[0] = '\0';
	if (rc == OK) {
		if ((rc = check_words(out, why, why_max)) != OK)
			return rc;
		return check_addresses(out, why, why_max);
	}
	if (error.line)
		snprintf(why, why_max, "%s:%u: %s", path, error.line, error.text);
	else
		snprintf(why, why_max, "%s: %s", path ? path : "defaults", error.text);
	return rc;
}

/* Keys, public keys, the policy file: as a start would take them. */
static int
check_files(const struct settings *s, char *why, size_t why_max)
{
	static struct keyset keys;
	static struct bundles bundles; /* large */
	uint8_t identity_key[SIPHASH_KEY_BYTES] = {0};
	const struct secret *secret;
	int rc;

	if ((rc = keyset_load(s, &keys, why)) != OK)
		return rc;
	secret = keyring_current(&keys.identity, clock_wall_us());
	rc = secret ? derive_identity_key(secret, identity_key) : ERR_NOTFOUND;
	keyset_wipe(&keys);
	if (rc != OK) {
		snprintf(why, why_max, "keys.identity: no secret is valid now");
		return rc;
	}
	bundles_init(&bundles, s, identity_key, NULL);
	rc = bundles_load_keys(&bundles, why, why_max);
	if (rc == OK && s->policy_file[0]) {
		rc = bundles_offer_file(&bundles, s->policy_file, clock_wall_us());
		if (rc != OK)
			snprintf(why, why_max, "policy.file: %s: %s", s->policy_file,
			    bundles.refused.reason);
	}
	bundles_fini(&bundles);
	return rc;
}

int
check_main(const char *path, bool verbose)
{
	static struct settings settings; /* large */
	struct buf text = BUF_INIT;
	char why[1400];
	int rc;

	log_init("check", verbose ? LOG_INFO : LOG_ERROR + 1);
	rc = check_settings(path, &settings, why, sizeof why);
	if (rc == OK)
		rc = check_files(&settings, why, sizeof why);
	if (rc != OK) {
		fprintf(stderr, "yett-agent: %s\n", why[0] ? why : err_str(rc));
		return 2;
	}
	if (verbose) {
		handout_settings_text(&settings, &text);
		fwrite(text.p, 1, text.n, stdout);
		buf_fini(&text);
	}
	return 0;
}
