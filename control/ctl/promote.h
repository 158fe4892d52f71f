/* What the commands of promote share. */
#ifndef CTL_PROMOTE_H
#define CTL_PROMOTE_H

#include "control/ctl/commands.h"
#include "control/ctl/promotion.h"

/* Reads a promotion from a file ("-": stdin) and applies --rename. here: the environment of
 * this database: the signature is verified for it; NULL: it is not. Prints the error and
 * returns its exit code; promotion_fini in every case. */
MUST_CHECK int promote_read_file(struct session *s, const struct invocation *in,
    const char *path, const char *here, struct promotion *out);
/* Applies --rename. Prints the error. */
MUST_CHECK int promote_rename(struct promotion *p, const struct invocation *in);
/* A cell with what a fact says, absent for NULL. */
void promote_cell(struct table *t, const struct promotion_fact *f);

#endif
