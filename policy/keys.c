/* keygen and sign. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "crypto/crypto.h"
#include "policy/job.h"

#define PATH_BYTES 4096

static void
put_key(struct buf *out, const char *kind, const char id[8], const uint8_t key[32],
    const char *environment)
{
	char text[B64URL_LEN(32)];

	b64url_encode(key, 32, text);
	buf_printf(
	    out, "%s %.8s %.*s %s\n", kind, id, (int)sizeof text, text, environment);
	crypto_wipe(text, sizeof text);
}

static int
write_pair(const struct options *o, const uint8_t secret[32], const uint8_t public[32],
    const char *environment)
{
	struct buf half = BUF_INIT;
	uint8_t digest[SHA256_BYTES];
	char path[PATH_BYTES], id[8];
	int rc;

	if (snprintf(path, sizeof path, "%s.pub", o->output) >= (int)sizeof path)
		return complain(EXIT_USAGE, "the file's name is too long");
	if (access(o->output, F_OK) == 0 || access(path, F_OK) == 0)
		return complain(EXIT_USAGE,
		    "%s or %s exists already; keys are not replaced", o->output, path);
	if (crypto_sha256(span_make(public, 32), digest) != OK)
		return complain(EXIT_INCOMPLETE, "SHA-256 failed");
	hex_encode(digest, 4, id);
	put_key(&half, "private", id, secret, environment);
	rc = job_write(o->output, buf_span(&half), 0600);
	if (half.p)
		crypto_wipe(half.p, half.cap);
	buf_clear(&half);
	if (rc == EXIT_DONE) {
		put_key(&half, "public", id, public, environment);
		rc = job_write(path, buf_span(&half), 0644);
	}
	buf_fini(&half);
	if (rc == EXIT_DONE && !o->quiet)
		printf("key %.8s for %s: sign with %s, give %s to gateways "
		       "(policy.public_key)\n",
		    id, environment, o->output, path);
	return rc;
}

int
command_keygen(struct options *o)
{
	const char *environment = o->environment ? o->environment : "any";
	uint8_t secret[ED25519_SECRET_BYTES], public[ED25519_PUBLIC_BYTES];
	int rc;

	if (o->output == NULL || strcmp(o->output, "-") == 0)
		return complain(EXIT_USAGE, "keygen needs -o FILE");
	if (strcmp(environment, "any") != 0 && strcmp(environment, "dev") != 0 &&
	    strcmp(environment, "qa") != 0 && strcmp(environment, "prod") != 0)
		return complain(EXIT_USAGE, "--environment: dev, qa, prod or any");
	if (ed25519_keygen(secret, public) != OK)
		return complain(EXIT_INCOMPLETE, "no key could be made");
	rc = write_pair(o, secret, public, environment);
	crypto_wipe(secret, sizeof secret);
	return rc;
}

int
command_sign(struct options *o)
{
	const char *path = o->argument[0];
	struct job_keys keys = {.n = 0};
	struct bundle_stamp stamp;
	struct bundle_error e;
	struct bundle b;
	struct job j;
	int rc;

	if (o->keys == 0)
		return complain(EXIT_USAGE, "sign needs --key FILE");
	job_init(&j);
	if ((rc = job_read_bundle(path, &j.bundle, &b, &e)) != OK) {
		rc = complain(exit_of(rc), "%s: %s%s%s", path, err_str(rc),
		    e.text[0] ? ": " : "", e.text);
		goto out;
	}
	bundle_stamp_of(&b, &stamp);
	if (o->revision) {
		stamp.parent = stamp.revision;
		stamp.revision = o->revision;
	}
	if (o->created && (rc = job_created(o, &stamp.created_us)) != EXIT_DONE)
		goto out;
	if ((rc = job_keys_load(o, &keys)) != EXIT_DONE)
		goto out;
	stamp.keys = keys.signer;
	stamp.n = keys.n;
	if ((rc = job_stamp(&j, &stamp)) == EXIT_DONE)
		rc = job_write(o->output ? o->output : path, buf_span(&j.bundle), 0644);
	if (rc == EXIT_DONE)
		job_summary(o, o->output ? o->output : path, buf_span(&j.bundle));
out:
	job_keys_wipe(&keys);
	job_fini(&j);
	return rc;
}
