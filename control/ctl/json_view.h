/*
 * Shows a JSON answer to people: plain members as "KEY  value" lines, arrays of objects as
 * tables below; counters and exceptions that are zero are left out. Whatever the agent
 * adds is shown without a change here.
 */
#ifndef CTL_JSON_VIEW_H
#define CTL_JSON_VIEW_H

#include "control/ctl/table.h"

/* ERR_MALFORMED: not one whole JSON document; ERR_NOMEM. */
MUST_CHECK int
json_view(struct span json, const struct table_style *style, struct buf *out);

#endif
