/* key new, key line-secret. The keys themselves never reach stdout. */
#include "control/ctl/key.h"

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

int
key_new(struct session *s, const struct invocation *in)
{
	const char *path = in->argument[0], *wanted = invocation_option(in, "epoch");
	struct keyring k, one;
	struct buf text = BUF_INIT;
	uint64_t epoch;
	int code, rc;

	if ((code = load_existing(path, &k)) != EXIT_DONE)
		return code;
	epoch = k.n ? k.secret[k.n - 1].epoch + 1 : 1;
	if (wanted &&
	    (span_u64(span_str(wanted), &epoch) != OK || epoch < 1 || epoch > 65535))
		return session_error(
		    EXIT_USAGE, NULL, "--epoch is a number from 1 to 65535");
	if (k.n == KEYRING_MAX || (k.n && epoch <= k.secret[k.n - 1].epoch) ||
	    epoch > 65535)
		return session_error(EXIT_USAGE,
		    "remove the epochs that are over from the file",
		    "%s: there is no room for epoch %u", path, (unsigned)epoch);
	if ((rc = keyring_generate((uint32_t)epoch, &one)) != OK)
		return session_error(
		    EXIT_INCOMPLETE, NULL, "no random bytes: %s", err_str(rc));
	k.secret[k.n++] = one.secret[0];
	keyring_print(&k, &text);
	rc = buf_err(&text) != OK ? buf_err(&text)
				  : io_write_file(path, buf_span(&text), 0600);
	if (text.p)
		crypto_wipe(text.p, text.cap);
	buf_fini(&text);
	crypto_wipe(&k, sizeof k);
	crypto_wipe(&one, sizeof one);
	if (rc != OK)
		return session_error(rc == ERR_DENIED ? EXIT_DENIED : EXIT_INCOMPLETE,
		    NULL, "%s: %s", path, err_str(rc));
	session_say(s, "%s: made epoch %u", path, (unsigned)epoch);
	return EXIT_DONE;
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
