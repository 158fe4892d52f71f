/* The set of classes in force: those built in and those that the bundle brings. */
#ifndef ANALYST_CLASSES_H
#define ANALYST_CLASSES_H

#include "bundle/bundle.h"
#include "classify/classify.h"

/* b may be NULL, else it outlives the set. Classes of the bundle that this version does not
 * take (another made them) are left out: *refused. ERR_NOMEM. */
MUST_CHECK int
classes_make(const struct bundle *b, struct class_set **out, unsigned *refused);

#endif
