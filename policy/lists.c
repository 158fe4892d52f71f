/* Services, endpoints and words: one a line. */
#include "policy/model.h"
#include "policy/parse.h"
#include "policy/suggest.h"
#include "policy/template_text.h"

#define ENDPOINTS_MAX 1000000

static bool
plain_host(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') ||
			(s.p[i] >= '0' && s.p[i] <= '9') ||
			(s.p[i] && strchr("-_.:[]", s.p[i]))))
			return false;
	return s.n > 0 && s.n <= 255;
}

static bool
good_pattern(struct span s)
{
	if (s.n && s.p[0] == '*')
		return s.n == 1 ||
		    (s.n > 2 && s.p[1] == '.' && plain_host(span_from(s, 2)));
	return plain_host(s);
}

static struct span
lower_copy(struct pool *pool, struct span s)
{
	struct span to = pool_copy(pool, s);

	for (size_t i = 0; i < to.n; i++)
		((char *)(uintptr_t)to.p)[i] = ascii_lower(to.p[i]);
	return to;
}

void
services_read(struct model *m, const struct source *s)
{
	struct span rest = s->text;
	struct line l;
	bool is_new;

	while (line_next(s, &rest, &l)) {
		struct host_map h = {0};

		if (l.n < 2 || l.n > 3) {
			diag_error(m->diags, l.at, "expected NAME HOST [PREFIX]");
			continue;
		}
		h.pattern = lower_copy(m->pool, l.word[1]);
		h.prefix = l.n == 3 ? l.word[2] : SPAN_NONE;
		while (h.prefix.n && h.prefix.p[h.prefix.n - 1] == '/')
			h.prefix.n--;
		if (!good_pattern(h.pattern)) {
			diag_error(m->diags, line_word_at(&l, 1),
			    "expected a host, *.example.com or *");
			continue;
		}
		if (l.n == 3 && l.word[2].p[0] != '/') {
			diag_error(
			    m->diags, line_word_at(&l, 2), "a path prefix starts with /");
			continue;
		}
		h.service = intern_put(&m->services, l.word[0], &is_new);
		*VEC_ADD(m->pool, &m->hosts) = h;
	}
}

/* id=, mode=, operation=, body=. */
static bool
read_option(struct model *m, const struct line *l, unsigned i, struct endpoint *e)
{
	struct span value = l->word[i], name = span_cut(&value, '=');
	uint64_t id;

	if (span_eq(name, SPAN("id")) && span_u64(value, &id) == OK && id >= 1 &&
	    id <= UINT32_MAX)
		e->id = (uint32_t)id;
	else if (span_eq(name, SPAN("mode")) && mode_parse(value, &e->mode) == OK)
		return true;
	else if (span_eq(name, SPAN("operation")) && value.n)
		e->operation = value;
	else if (span_eq(name, SPAN("body")) && span_eq(value, SPAN("yes")))
		e->want_body = true;
	else {
		diag_error(m->diags, line_word_at(l, i),
		    "unknown option; there are id=NUMBER, mode=off|shadow|enforce, "
		    "operation=TEXT and body=yes");
		return false;
	}
	return true;
}

/* A service that no line maps is a host of that name. */
static uint32_t
service_of(struct model *m, const struct line *l)
{
	bool mapped = m->hosts.n > 0, is_new;
	struct span name = l->word[0];
	uint32_t index = intern_put(&m->services, name, &is_new);
	struct suggestion s;

	if (!is_new)
		return index;
	suggest_init(&s, name);
	for (uint32_t i = 0; i < index; i++)
		suggest_offer(&s, m->services.key.v[i]);
	if (!plain_host(name))
		diag_error(m->diags, line_word_at(l, 0),
		    "unknown service \"%.*s\", and no host has such a name" SUGGEST_FMT,
		    DIAG_SPAN(name), SUGGEST_ARGS(s));
	else if (mapped && span_find(name, '.') == name.n)
		diag_warn(m->diags, line_word_at(l, 0),
		    "no line maps service \"%.*s\": taken as a host of that "
		    "name" SUGGEST_FMT,
		    DIAG_SPAN(name), SUGGEST_ARGS(s));
	*VEC_ADD(m->pool, &m->hosts) =
	    (struct host_map){.pattern = name, .service = index};
	return index;
}

static bool
good_method(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f)
			return false;
	return s.n <= 32 && s.p[0] != '/';
}

void
endpoints_read(struct model *m, const struct source *s)
{
	struct span rest = s->text;
	struct line l;

	while (line_next(s, &rest, &l)) {
		struct endpoint e = {.at = l.at, .mode = MODE_ENFORCE};
		bool good = true;
		int rc;

		if (l.n < 3 || l.n > LINE_WORDS_MAX || !good_method(l.word[1])) {
			diag_error(m->diags, l.at,
			    "expected SERVICE METHOD TEMPLATE [option ...]");
			continue;
		}
		if (m->endpoints.n == ENDPOINTS_MAX) {
			diag_error(
			    m->diags, l.at, "more than %u endpoints", ENDPOINTS_MAX);
			return;
		}
		for (unsigned i = 3; i < l.n; i++)
			good &= read_option(m, &l, i, &e);
		rc = template_canonical(m->pool, l.word[2], &e.template);
		if (rc != OK) {
			diag_error(m->diags, line_word_at(&l, 2), "template: %s",
			    rc == ERR_LIMIT ? "too many segments" : err_str(rc));
			continue;
		}
		if (!good)
			continue;
		e.service = service_of(m, &l);
		e.method = l.word[1];
		e.label = pool_printf(m->pool, "%.*s %.*s%s%.*s", (int)e.method.n,
		    e.method.p, (int)e.template.n, e.template.p, e.operation.n ? " " : "",
		    (int)e.operation.n, e.operation.n ? e.operation.p : "");
		*VEC_ADD(m->pool, &m->endpoints) = e;
	}
}

void
words_read(struct model *m, const struct source *s)
{
	struct span rest = s->text;
	struct line l;
	bool is_new;

	while (line_next(s, &rest, &l))
		if (l.n == 1)
			intern_put(&m->words, l.word[0], &is_new);
		else
			diag_error(m->diags, l.at, "expected one word a line");
}
