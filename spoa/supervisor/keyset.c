/* Secret keys and their distribution. */
#include "supervisor/keyset.h"

#include <stdio.h>

#include "base/io.h"
#include "base/log.h"

#define FIRST_EPOCH 1

static int
load_one(const char *name, const char *path, struct keyring *out, char *why)
{
	unsigned line = 0;
	int rc;

	if (path[0] == '\0') {
		log_notice("key made anew",
		    "key=keys.%s effect=\"tokens and identities change at each start\"",
		    name);
		return keyring_generate(FIRST_EPOCH, out);
	}
	if ((rc = keyring_load(path, out, &line)) == OK && out->n == 0)
		rc = ERR_NOTFOUND;
	if (rc == OK)
		return OK;
	if (line)
		snprintf(why, KEYSET_WHY_MAX, "keys.%s: %s:%u: %s", name, path, line,
		    err_str(rc));
	else
		snprintf(why, KEYSET_WHY_MAX, "keys.%s: %s: %s%s", name, path,
		    err_str(rc),
		    rc == ERR_DENIED
			? " (needs mode 0600 and the reader as owner, or 0640 and root)"
			: "");
	return rc;
}

int
keyset_load(const struct settings *s, struct keyset *out, char why[KEYSET_WHY_MAX])
{
	int rc;

	*out = (struct keyset){0};
	why[0] = '\0';
	/* a small RLIMIT_MEMLOCK is no reason to refuse */
	(void)crypto_guard(out, sizeof *out);
	if ((rc = load_one("identity", s->keys_identity, &out->identity, why)) != OK ||
	    (rc = load_one("line", s->keys_line, &out->line, why)) != OK ||
	    (rc = load_one("redaction", s->keys_redaction, &out->redaction, why)) != OK)
		keyset_wipe(out);
	return rc;
}

void
keyset_wipe(struct keyset *k)
{
	crypto_wipe(k, sizeof *k);
}

int
keyset_hand_out(const struct keyset *k, enum role role, int *fd)
{
	struct buf text = BUF_INIT;
	int rc;

	if (role == ROLE_WORKER || role == ROLE_ANALYST) {
		buf_put_str(&text, "[identity]\n");
		keyring_print(&k->identity, &text);
		buf_put_str(&text, "[line]\n");
		keyring_print(&k->line, &text);
	}
	if (role == ROLE_ANALYST) {
		buf_put_str(&text, "[redaction]\n");
		keyring_print(&k->redaction, &text);
	}
	*fd = -1;
	if ((rc = buf_err(&text)) == OK)
		rc = io_memfd_sealed("yett-keys", buf_span(&text), fd);
	if (text.p)
		crypto_wipe(text.p, text.n);
	buf_fini(&text);
	return rc;
}
