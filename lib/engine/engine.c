/* An engine's life. */
#include "engine/work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int
engine_new(const struct bundle *b, const struct engine_options *o, struct engine **out,
    struct bundle_error *error)
{
	struct engine *e;
	int rc = OK;

	*out = NULL;
	error->text[0] = '\0';
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return ERR_NOMEM;
	e->b = b;
	e->o = *o;
	e->now_us = o->now_floor_us;
	if (b != NULL)
		rc = plan_make(e, error);
	if (rc != OK) {
		if (error->text[0] == '\0')
			snprintf(error->text, sizeof(error->text), "%s", err_str(rc));
		engine_free(e);
		return rc;
	}
	*out = e;
	return OK;
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	plan_free(e);
	free(e);
}

const struct bundle *
engine_bundle(const struct engine *e)
{
	return e->b;
}

int64_t
engine_now_us(const struct engine *e)
{
	return e->now_us;
}

void
work_say(struct work *w, const char *step, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->trace(w->trace_ctx, step, text);
}
