/*
 * The life of a bundle on its gateway: offered (by a file, the recorder, or the folder of
 * kept ones), copied into a memory file, sealed, verified, self-tested, and only then in
 * force; or refused, which changes nothing and says why. What is in force is the sealed
 * copy: a file rewritten afterwards changes nothing.
 *
 *   STATE/bundles/REVISION.bundle   the last five good ones
 *   STATE/bundles/current           symbolic link to the one in force, replaced by rename
 *   STATE/bundles/refused           why the last one was refused (one JSON object)
 */
#ifndef SUPERVISOR_BUNDLES_H
#define SUPERVISOR_BUNDLES_H

#include "base/settings.h"
#include "bundle/bundle.h"
#include "crypto/keyfile.h"
#include "metric/metric.h"

#define BUNDLES_KEPT 5
#define BUNDLES_KEYS_MAX 32

struct bundles_refusal {
	int64_t at_us; /* wall; 0: none refused */
	int err;
	char source[CONF_TEXT_MAX];
	char reason[300];
};

struct bundles {
	const struct settings *settings;
	const uint8_t *identity_key; /* for the self-test */
	struct metric_block *metric; /* may be NULL (yett-agent -n) */
	struct signer key[BUNDLES_KEYS_MAX];
	unsigned keys;
	char folder[CONF_TEXT_MAX + 16]; /* "": nothing is kept */
	/* in force: */
	int fd; /* sealed, -1: none */
	uint64_t revision;
	uint64_t bytes;
	int64_t expires_us;
	int64_t since_us; /* wall */
	uint8_t content[32];
	char environment[9];
	char source[CONF_TEXT_MAX];
	bool expiry_told;
	struct bundles_refusal refused;
};

/* settings, key and metric are borrowed. */
void bundles_init(struct bundles *b, const struct settings *s,
    const uint8_t *identity_key, struct metric_block *metric);
void bundles_fini(struct bundles *b);
/* Reads policy.public_key; on error the old keys stay and why names the file. Blocks. */
MUST_CHECK int bundles_load_keys(struct bundles *b, char *why, size_t why_max);

/* Each: OK there is a new one in force; ERR_EXISTS it is in force already; otherwise it was
 * refused, logged and noted in b->refused. Block for as long as reading and self-test take. */
MUST_CHECK int bundles_offer_file(struct bundles *b, const char *path, int64_t now_us);
MUST_CHECK int
bundles_offer_fd(struct bundles *b, int fd, const char *source, int64_t now_us);
/* The newest good one of the folder. ERR_NOTFOUND: none. */
MUST_CHECK int bundles_restore(struct bundles *b, int64_t now_us);
/* Logs once when the one in force has expired. It goes on being enforced. */
void bundles_check_expiry(struct bundles *b, int64_t now_us);

#endif
