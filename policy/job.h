/*
 * What commands share: reading a policy from where the command line says, compiling it,
 * reading bundles, loading keys, writing results. Does I/O; complains on stderr.
 */
#ifndef POLICY_JOB_H
#define POLICY_JOB_H

#include "crypto/keyfile.h"
#include "policy/compile.h"
#include "policy/options.h"
#include "policy/sources.h"

struct job {
	struct pool pool;
	struct diags diags;
	input_list inputs;
	struct span what; /* "files" or "database": a path would change the bytes */
	struct pg_sync *pg; /* NULL: no database */
	struct buf bundle;
};

void job_init(struct job *j);
void job_fini(struct job *j);
/* Connects to --database, or $YETT_DATABASE if `wanted`. Exit codes, having complained. */
MUST_CHECK int job_connect(struct job *j, const struct options *o, bool wanted);
/* Reads the policy: the folder that is the first argument, else the database. */
MUST_CHECK int job_read(struct job *j, const struct options *o);
/* Compiles what was read into j->bundle and shows the messages. */
MUST_CHECK int
job_compile(struct job *j, const struct options *o, const struct compile_options *c);
/* Messages to stderr, or to stdout as JSON. Returns EXIT_FINDINGS if there are errors (or
 * warnings, with --strict). */
MUST_CHECK int job_messages(struct job *j, const struct options *o);
/* --created, $SOURCE_DATE_EPOCH, or now. */
MUST_CHECK int job_created(const struct options *o, int64_t *out);

/* A bundle file, or a folder compiled to one in memory (with revision 1). The bytes are
 * the job's. */
MUST_CHECK int
job_open(struct job *j, const struct options *o, const char *path, struct bundle *out);
/* Reads a bundle file whatever its signatures. ERR_… of io and bundle_parse, silent. */
MUST_CHECK int job_read_bundle(
    const char *path, struct buf *bytes, struct bundle *out, struct bundle_error *e);

struct job_keys {
	struct signer signer[BUNDLE_SIGNATURES_MAX];
	unsigned n;
};
/* All --key files. Wipe with job_keys_wipe(). */
MUST_CHECK int job_keys_load(const struct options *o, struct job_keys *out);
void job_keys_wipe(struct job_keys *k);
/* Signs the bundle in place of j->bundle under a stamp. */
MUST_CHECK int job_stamp(struct job *j, const struct bundle_stamp *stamp);
/* Writes the whole file atomically; "-" is stdout. */
MUST_CHECK int job_write(const char *path, struct span content, unsigned mode);
/* One line about the bundle on stderr, or JSON on stdout. */
void job_summary(const struct options *o, const char *where, struct span bytes);

#endif
