/* Runs yettc as a child and waits for it: yettctl knows no rule language of its own. */
#ifndef CTL_CHILD_H
#define CTL_CHILD_H

#include "control/ctl/session.h"

#define CHILD_ARGUMENTS_MAX 16

/* Where a program of ours is: beside this one, else found in PATH by its name. */
void child_find(const char *name, char *path, size_t n);
/* Runs path with arguments (NULL ends) and `input` on its stdin; what it prints on stdout
 * and stderr goes into *output (at most 1 MiB). *status is its exit code, 128 + signal if
 * one ended it. ERR_NOTFOUND: no such program; ERR_IO. Blocks. */
MUST_CHECK int child_run(const char *path, const char *const *arguments,
    struct span input, struct buf *output, int *status);

#endif
