/* See trust.h. */
#include "control/ctl/trust.h"

#include "control/ctl/database.h"

int
trust_load(
    struct session *s, const char *file, struct signer keys[TRUST_KEYS_MAX], unsigned *n)
{
	const struct conf_list *list = &s->settings.policy_public_key;
	unsigned line;
	int rc;

	*n = 0;
	for (unsigned i = 0; i < (file ? 1 : list->n); i++) {
		unsigned room = TRUST_KEYS_MAX - *n;
		const char *path = file ? file : list->item[i];

		rc = signer_load(path, keys + *n, &room, &line);
		if (rc != OK)
			return session_error(database_exit(rc), NULL, "%s:%u: %s", path,
			    line, err_str(rc));
		*n += room;
	}
	return EXIT_DONE;
}
