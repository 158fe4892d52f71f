/* Key files: what is read, what is refused, and who may have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"
#include "crypto/derive.h"

#define K1 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void
test_keyring_sorts_epochs_and_picks_current(void **state)
{
	struct keyring k;
	unsigned line;

	(void)state;
	assert_int_equal(
	    keyring_parse(SPAN("# two epochs\nsecret 7 " K1 " from=2026-02-01\n"
			       "secret 6 " K1 " until=2026-03-01T00:00:00Z\n"),
		&k, &line),
	    OK);
	assert_int_equal(k.n, 2);
	assert_int_equal(k.secret[0].epoch, 6);
	int64_t jan = 1768000000000000, feb15 = 1771100000000000,
		april = 1775100000000000;
	assert_int_equal(keyring_current(&k, jan)->epoch, 6);
	assert_int_equal(keyring_current(&k, feb15)->epoch, 7);
	assert_int_equal(keyring_current(&k, april)->epoch, 7);
}

static void
test_keyring_refuses_what_is_wrong(void **state)
{
	static const char *const bad[] = {"", "# nothing\n", "secret 1\n",
	    "secret 0 " K1 "\n", "secret 65536 " K1 "\n", "secret 1 AAEC\n",
	    "secret 1 " K1 "A\n", "secret x " K1 "\n", "public 1 " K1 "\n",
	    "secret 1 " K1 " until=soon\n", "secret 1 " K1 " owner=me\n",
	    "secret 1 " K1 "\nsecret 1 " K1 "\n"};
	struct keyring k;
	unsigned line;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(
		    keyring_parse(span_str(bad[i]), &k, &line), ERR_MALFORMED);
		assert_int_equal(k.n, 0);
	}
}

static void
test_keyring_prints_what_it_reads(void **state)
{
	struct keyring a, b;
	struct buf text = BUF_INIT;
	unsigned line;

	(void)state;
	assert_int_equal(keyring_generate(3, &a), OK);
	a.secret[0].until_us = 1771100000000000;
	keyring_print(&a, &text);
	assert_int_equal(keyring_parse(buf_span(&text), &b, &line), OK);
	assert_memory_equal(&a, &b, sizeof a);
	buf_fini(&text);
}

static void
test_signer_checks_id_against_key(void **state)
{
	uint8_t secret[32], public[32], digest[32];
	char text[64], id[8];
	struct buf file = BUF_INIT;
	struct signer s[2];
	unsigned n = 2, line;

	(void)state;
	assert_int_equal(ed25519_keygen(secret, public), OK);
	assert_int_equal(crypto_sha256(span_make(public, 32), digest), OK);
	hex_encode(digest, 4, id);
	buf_printf(&file, "private %.8s %.*s dev\n", id,
	    (int)b64url_encode(secret, 32, text), text);
	buf_printf(&file, "public %.8s %.*s prod until=2030-01-01\n", id,
	    (int)b64url_encode(public, 32, text), text);
	assert_int_equal(signer_parse(buf_span(&file), s, &n, &line), OK);
	assert_int_equal(n, 2);
	assert_true(s[0].has_private && !s[1].has_private);
	assert_memory_equal(s[0].public, s[1].public, 32);
	assert_string_equal(s[0].environment, "dev");
	file.p[8] ^= 1; /* a digit of the id */
	n = 2;
	assert_int_equal(signer_parse(buf_span(&file), s, &n, &line), ERR_MALFORMED);
	assert_int_equal(line, 1);
	buf_fini(&file);
}

static void
test_secret_files_must_be_guarded(void **state)
{
	char dir[] = "/tmp/keyfile.XXXXXX", path[64];
	struct keyring k;
	unsigned line;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(io_write_file(path, SPAN("secret 1 " K1 "\n"), 0600), OK);
	assert_int_equal(keyring_load(path, &k, &line), OK);
	assert_int_equal(chmod(path, 0604), 0);
	assert_int_equal(keyring_load(path, &k, &line), ERR_DENIED);
	assert_int_equal(chmod(path, 0620), 0);
	assert_int_equal(keyring_load(path, &k, &line), ERR_DENIED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(keyring_load(path, &k, &line), ERR_NOTFOUND);
	assert_int_equal(rmdir(dir), 0);
}

/* Owner, mode and kind, each way that is too open. */
static void
test_each_way_of_being_too_open_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		uid_t owner;
		int want;
	} cases[] = {
	    {0600, 0, OK}, {0400, 0, OK},
	    {0640, 0, OK}, /* root's, for the group of the agent */
	    {0660, 0, ERR_DENIED}, {0604, 0, ERR_DENIED}, {0602, 0, ERR_DENIED},
	    {0644, 0, ERR_DENIED}, {0600, 65534, ERR_DENIED}, /* somebody else's */
	};
	char dir[] = "/tmp/keyfile.XXXXXX", path[64];
	struct keyring k;
	unsigned line;

	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(io_write_file(path, SPAN("secret 1 " K1 "\n"), 0600), OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(chown(path, cases[i].owner, 0), 0);
		assert_int_equal(chmod(path, cases[i].mode), 0);
		assert_int_equal(keyring_load(path, &k, &line), cases[i].want);
		assert_int_equal(k.n, cases[i].want == OK);
	}
	assert_int_equal(unlink(path), 0);
	/* a pipe that nobody writes to would wait for ever */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(keyring_load(path, &k, &line), ERR_DENIED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(keyring_load(dir, &k, &line), ERR_DENIED);
	assert_int_equal(rmdir(dir), 0);
}

/* Group may read what root owns; what is the agent's own nobody else may. */
static void
test_own_files_are_for_nobody_else(void **state)
{
	char dir[] = "/tmp/keyfile.XXXXXX", path[64];
	struct keyring k;
	unsigned line;
	pid_t pid;
	int status;

	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/key", dir);
	assert_int_equal(io_write_file(path, SPAN("secret 1 " K1 "\n"), 0600), OK);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(chown(dir, 65534, 65534), 0);
	if ((pid = fork()) == 0) {
		int bad = setgid(65534) || setuid(65534);

		bad |= keyring_load(path, &k, &line) != OK;
		bad |= chmod(path, 0640) || keyring_load(path, &k, &line) != ERR_DENIED;
		_exit(bad);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
test_the_epoch_before_overlaps_for_a_while(void **state)
{
	const int64_t day = INT64_C(86400000000);
	struct keyring k = {.n = 3};

	for (unsigned i = 0; i < 3; i++)
		k.secret[i].epoch = i + 1;
	k.secret[1].from_us = 10 * day;
	k.secret[2].from_us = 20 * day;
	assert_null(keyring_before(&k, 5 * day, 3 * day));
	assert_int_equal(keyring_before(&k, 10 * day, 3 * day)->epoch, 1);
	assert_int_equal(keyring_before(&k, 13 * day - 1, 3 * day)->epoch, 1);
	assert_null(keyring_before(&k, 13 * day, 3 * day));
	assert_int_equal(keyring_before(&k, 21 * day, 3 * day)->epoch, 2);
	k.secret[1].until_us =
	    21 * day; /* its own end comes first; so the one before it */
	assert_int_equal(keyring_before(&k, 21 * day, 3 * day)->epoch, 1);
	assert_null(keyring_before(&k, 21 * day, 0));
	k.secret[2].from_us = 0; /* no beginning: as long as an older one is there */
	assert_int_equal(keyring_before(&k, 99 * day, 3 * day)->epoch, 1);
	k.n = 1;
	assert_null(keyring_before(&k, 99 * day, 3 * day));
}

static void
test_derived_keys_differ_by_use_and_secret(void **state)
{
	struct keyring a, b;
	uint8_t ka[16], kb[16], kc[16];
	char line[LINE_SECRET_TEXT];

	(void)state;
	assert_int_equal(keyring_generate(1, &a), OK);
	assert_int_equal(keyring_generate(1, &b), OK);
	assert_int_equal(derive_identity_key(&a.secret[0], ka), OK);
	assert_int_equal(derive_ctx_key(&a.secret[0], kb), OK);
	assert_int_equal(derive_identity_key(&b.secret[0], kc), OK);
	assert_memory_not_equal(ka, kb, 16);
	assert_memory_not_equal(ka, kc, 16);
	assert_int_equal(derive_line_secret(&a.secret[0], line), OK);
	for (size_t i = 0; i < sizeof line; i++)
		assert_true(line[i] >= '-' && line[i] <= 'z');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keyring_sorts_epochs_and_picks_current),
	    cmocka_unit_test(test_keyring_refuses_what_is_wrong),
	    cmocka_unit_test(test_keyring_prints_what_it_reads),
	    cmocka_unit_test(test_signer_checks_id_against_key),
	    cmocka_unit_test(test_secret_files_must_be_guarded),
	    cmocka_unit_test(test_each_way_of_being_too_open_is_refused),
	    cmocka_unit_test(test_own_files_are_for_nobody_else),
	    cmocka_unit_test(test_the_epoch_before_overlaps_for_a_while),
	    cmocka_unit_test(test_derived_keys_differ_by_use_and_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
