/* The JSON walker's second way in, for body.c: see body.h for json_walk(). Pure. */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include "http/body.h"

/* One document a line (ndjson): documents joined by white space, each with its own root. */
MUST_CHECK int
json_walk_lines(struct span body, bool cut, const struct body_limits *limits,
    field_visit *visit, void *ctx, struct body_result *r, struct arena *a);

#endif
