/* From inputs to a model. */
#include "policy/model.h"

#include "policy/parse.h"

void
model_init(struct model *m, struct pool *pool, struct diags *diags)
{
	*m = (struct model){.pool = pool, .diags = diags};
	diags->pool = pool;
	intern_init(&m->services, pool);
	intern_init(&m->words, pool);
}

static struct place
word_place(const struct source *s, struct span word)
{
	return (struct place){s, (uint32_t)(word.p - s->text.p)};
}

bool
line_next(const struct source *s, struct span *rest, struct line *out)
{
	while (!span_absent(*rest)) {
		struct span text = span_trim(span_cut(rest, '\n')), left = text;

		*out = (struct line){.text = text};
		while (left.n) {
			size_t n = 0;

			while (n < left.n && left.p[n] != ' ' && left.p[n] != '\t')
				n++;
			if (left.p[0] == '#')
				break;
			if (out->n < LINE_WORDS_MAX)
				out->word[out->n] = span_head(left, n);
			out->n++;
			left = span_trim(span_from(left, n));
		}
		if (out->n == 0)
			continue;
		out->at = word_place(s, text);
		return true;
	}
	return false;
}

struct place
line_word_at(const struct line *l, unsigned i)
{
	return word_place(l->at.source, l->word[i]);
}

/* What the database's columns say over the text. */
static void
override(struct model *m, const struct overrides *o, struct block *b)
{
	if (!span_eq(o->name, b->name))
		diag_error(m->diags, b->name_at,
		    "the text's name is \"%.*s\", the row's name is \"%.*s\"",
		    DIAG_SPAN(b->name), DIAG_SPAN(o->name));
	if (!span_absent(o->mode) && mode_parse(o->mode, &b->mode) != OK)
		diag_error(m->diags, b->at, "mode \"%.*s\" of the row is none",
		    DIAG_SPAN(o->mode));
	if (!span_absent(o->owner))
		b->owner = o->owner;
	if (!span_absent(o->reason))
		b->reason = o->reason;
	if (o->expires_us)
		b->expires_us = o->expires_us;
}

static void
rules_read(struct model *m, const struct input *in)
{
	uint32_t before = m->blocks.n;
	unsigned errors = m->diags->errors;

	rules_parse(&in->source, m->diags, &m->blocks);
	if (in->overrides == NULL || m->diags->errors != errors)
		return;
	if (m->blocks.n != before + 1) {
		diag_error(m->diags, (struct place){&in->source, 0},
		    "expected one block, found %u", m->blocks.n - before);
		return;
	}
	override(m, in->overrides, &m->blocks.v[before]);
}

static void
read_one(struct model *m, const struct input *in)
{
	switch (in->kind) {
	case INPUT_CONF: conf_read(m, &in->source); break;
	case INPUT_SERVICES: services_read(m, &in->source); break;
	case INPUT_ENDPOINTS: endpoints_read(m, &in->source); break;
	case INPUT_WORDS: words_read(m, &in->source); break;
	case INPUT_CLASSES: classes_read(m, &in->source); break;
	case INPUT_RULES: rules_read(m, in); break;
	case INPUT_SELFTESTS: selftests_read(m, &in->source); break;
	case INPUT_KINDS: break;
	}
}

void
model_read(struct model *m, const struct input *inputs, uint32_t n)
{
	for (unsigned kind = 0; kind < INPUT_KINDS; kind++) {
		for (uint32_t i = 0; i < n; i++)
			if (inputs[i].kind == kind)
				read_one(m, &inputs[i]);
		if (kind == INPUT_CONF)
			conf_finish(m);
	}
}
