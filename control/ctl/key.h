/* Secret key files: making, showing and destroying epochs, and what HAProxy must be told of
 * the line key. */
#ifndef CTL_KEY_H
#define CTL_KEY_H

#include "control/ctl/session.h"

/* key new FILE [--epoch N] [--from TIME]: a new file of one random secret, mode 0600. With an
 * existing file the secret is added as the next epoch, in force from that time on, so that
 * both are accepted. */
int key_new(struct session *s, const struct invocation *in);
/* key list FILE: the epochs and which is in force; never the secrets. */
int key_list(struct session *s, const struct invocation *in);
/* key retire FILE EPOCH: destroys an epoch that a newer one in force has taken over from. */
int key_retire(struct session *s, const struct invocation *in);
/* key line-secret FILE: the text that HAProxy puts on finish lines (YETT_LINE_SECRET). */
int key_line_secret(struct session *s, const struct invocation *in);

#endif
