/*
 * An endpoint as fields see it: the text of its template and which segments of a path are
 * parameters. Texts may hold undecided words as they came: for this process alone.
 */
#ifndef ANALYST_ENDPOINT_VIEW_H
#define ANALYST_ENDPOINT_VIEW_H

#include "analyst/endpoint.h"

struct endpoint_view {
	struct span template_text; /* absent: not known here */
	uint32_t parameters; /* bit per segment of the path */
};

/* Good until the table changes. */
void endpoints_view(const struct endpoints *t, uint32_t index, struct endpoint_view *out);
/* The same of a guess that is no endpoint yet. */
void guess_view(const struct guess *g, struct endpoint_view *out);

#endif
