/*
 * Promotions in a database: what it states, what was promoted last, and taking changes in.
 * Each prints its error and returns an exit code; out-parameters are sorted sets that the
 * caller gives back with promotion_fini in every case.
 */
#ifndef CTL_PROMOTE_DATABASE_H
#define CTL_PROMOTE_DATABASE_H

#include "control/ctl/promotion.h"
#include "control/ctl/session.h"

/* Everything that a promotion of this database carries, with its environment and base. */
MUST_CHECK int promote_read_facts(struct session *s, struct promotion *out);
/* Adds the fields that are not classified; values: how many settle a field, NULL: the
 * database's setting. */
MUST_CHECK int
promote_read_open(struct session *s, const char *values, struct promotion *out);
/* The facts of the promotion taken in last from an environment; none: an empty set. */
MUST_CHECK int
promote_read_base(struct session *s, const char *environment, struct promotion *out);
/* Takes changes in, all or nothing; *id is what undo calls them. */
MUST_CHECK int promote_apply(struct session *s, const struct promotion *theirs,
    const struct promotion_change *change, size_t n, struct buf *id);

#endif
