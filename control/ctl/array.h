/* Arrays as PostgreSQL writes them: {one,"two words",NULL}. One dimension. Pure. */
#ifndef CTL_ARRAY_H
#define CTL_ARRAY_H

#include "base/buf.h"

/* The elements between the braces; the text itself when it is no array. */
struct span array_begin(struct span text);
/* Cuts the next element off *rest (absent afterwards when it was the last) and appends what
 * it means to *out. false: there is none. */
bool array_next(struct span *rest, struct buf *out);

#endif
