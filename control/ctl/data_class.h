/* Definitions of classes, checked before a database has them. */
#ifndef CTL_DATA_CLASS_H
#define CTL_DATA_CLASS_H

#include "control/ctl/session.h"

/* What yettc would refuse for the whole policy is refused here, where somebody is told;
 * pattern, validator and names (commas between) may be NULL. An exit code. */
MUST_CHECK int data_class_check(
    const char *name, const char *pattern, const char *validator, const char *names);

#endif
