/*
 * Records that PostgreSQL refused, or that nobody can read, are set aside in the state
 * folder: refused.ndjson, one JSON object a line with the record in base64url, so that
 * nothing blocks the stream and nothing disappears. Bounded: at 16 MB the file becomes
 * refused.1.ndjson, replacing the one before.
 */
#ifndef RECORDER_REFUSED_H
#define RECORDER_REFUSED_H

#include "recorder/batch.h"

/* ERR_IO. Blocks. */
MUST_CHECK int refused_put(int state_dir, const struct batch_refused *r, int64_t now_us);

#endif
