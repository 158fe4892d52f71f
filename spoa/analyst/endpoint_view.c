/* See endpoint_view.h. */
#include "analyst/endpoint_view.h"

#include "analyst/endpoint_table.h"

/* Segments with a class in them; literals have their braces encoded. */
static uint32_t
parameters_of(struct span text)
{
	struct span rest = span_from(text, 1);
	uint32_t mask = 0;

	for (unsigned i = 0; i < TARGET_SEGMENTS_MAX && !span_absent(rest); i++) {
		struct span s = span_cut(&rest, '/');
		size_t open = span_find(s, '{');

		if (open + 1 < s.n && s.p[open + 1] != '~')
			mask |= UINT32_C(1) << i;
	}
	return mask;
}

void
guess_view(const struct guess *g, struct endpoint_view *out)
{
	unsigned segments = 0;

	*out = (struct endpoint_view){.template_text = g->text};
	if (g->text.n <= 1)
		return;
	out->parameters = parameters_of(g->text);
	/* Pieces that became {text}: segments come first, then verb and sub-operation. */
	for (size_t i = 0; i < g->text.n; i++)
		segments += g->text.p[i] == '/';
	if (segments < 32)
		out->parameters |=
		    (uint32_t)g->text_mask & ((UINT32_C(1) << segments) - 1);
	else
		out->parameters |= (uint32_t)g->text_mask;
}

void
endpoints_view(const struct endpoints *t, uint32_t index, struct endpoint_view *out)
{
	const struct endpoint *e = &t->e[index];
	uint32_t at;

	*out = (struct endpoint_view){0};
	if (e->guess) {
		guess_view(e->guess, out);
		return;
	}
	at = t->bundle ? map_get(&t->bundle_map, e->hash) : MAP_NONE;
	if (at == MAP_NONE)
		return;
	out->template_text = bundle_text(t->bundle, t->bundle->endpoint[at].template);
	if (out->template_text.n > 1)
		out->parameters = parameters_of(out->template_text);
}
