/* Self-tests: a request and what it must get. */
#include "policy/model.h"
#include "policy/parse.h"
#include "policy/template_text.h"

#define HEADERS_BYTES_MAX 16384

/* What follows the first word of the line. */
static struct span
after_word(const struct line *l, unsigned words)
{
	struct span last = l->word[words - 1];
	size_t skip = (size_t)(last.p + last.n - l->text.p);

	return span_trim(span_from(l->text, skip));
}

/* "POST http://host/path?query" or with a path alone. */
static bool
read_request(struct model *m, const struct line *l, struct selftest *t)
{
	struct span url;

	t->method = l->word[l->n > 1];
	if (l->n != 3) {
		diag_error(m->diags, l->at, "expected request METHOD URL");
		return false;
	}
	url = l->word[2];
	if (url.p[0] != '/') {
		size_t scheme = span_find_span(url, SPAN("://"));

		url = span_from(url, scheme < url.n ? scheme + 3 : 0);
		t->host = span_head(url, span_find(url, '/'));
		url = span_from(url, t->host.n);
	}
	t->query = url.n ? url : SPAN("/");
	t->path = span_cut(&t->query, '?');
	return true;
}

static bool
read_header(struct model *m, const struct line *l, struct selftest *t)
{
	struct span line = after_word(l, 1);

	if (span_find(line, ':') == line.n || line.p[0] == ':' ||
	    t->headers.n + line.n > HEADERS_BYTES_MAX) {
		diag_error(m->diags, l->at, "expected header NAME: VALUE");
		return false;
	}
	t->headers = pool_printf(m->pool, "%.*s%.*s\n", (int)t->headers.n,
	    t->headers.n ? t->headers.p : "", (int)line.n, line.p);
	return true;
}

static bool
read_expect(struct model *m, const struct line *l, struct selftest *t)
{
	if (l->n < 2 || l->n > 3 || action_parse(l->word[1], &t->action) != OK ||
	    t->action > ACTION_DROP) {
		diag_error(m->diags, l->at,
		    "expected expect allow|deny|rate|drop and the block's name, if one "
		    "decides");
		return false;
	}
	t->expects = true;
	t->expect_at = l->n == 3 ? line_word_at(l, 2) : l->at;
	t->rule = l->n == 3 ? l->word[2] : SPAN_NONE;
	return true;
}

static bool
read_endpoint(struct model *m, const struct line *l, struct selftest *t)
{
	struct span label = after_word(l, 1);

	t->names_endpoint = true;
	t->endpoint_at = l->at;
	t->endpoint = SPAN_NONE;
	if (span_eq(label, SPAN("none")))
		return true;
	if (template_label(m->pool, label, true, &t->endpoint) == OK)
		return true;
	diag_error(m->diags, l->at, "expected endpoint METHOD TEMPLATE, or none");
	return false;
}

static bool
read_line(struct model *m, const struct line *l, struct selftest *t)
{
	if (span_eq(l->word[0], SPAN("header")))
		return read_header(m, l, t);
	if (span_eq(l->word[0], SPAN("body"))) {
		t->body = after_word(l, 1);
		return true;
	}
	if (span_eq(l->word[0], SPAN("expect")))
		return read_expect(m, l, t);
	if (span_eq(l->word[0], SPAN("endpoint")))
		return read_endpoint(m, l, t);
	diag_error(m->diags, l->at, "expected request, header, body, expect or endpoint");
	return false;
}

static void
finish(struct model *m, const struct selftest *t, bool good)
{
	if (t->method.n == 0)
		return;
	if (good && !t->expects)
		diag_error(m->diags, t->at, "this test has no expect line");
	else if (good)
		*VEC_ADD(m->pool, &m->selftests) = *t;
}

void
selftests_read(struct model *m, const struct source *s)
{
	struct span rest = s->text;
	struct selftest t = {0};
	bool good = false;
	struct line l;

	while (line_next(s, &rest, &l)) {
		if (!span_eq(l.word[0], SPAN("request"))) {
			if (t.method.n == 0)
				diag_error(m->diags, l.at, "expected request METHOD URL");
			else
				good &= read_line(m, &l, &t);
			continue;
		}
		finish(m, &t, good);
		t = (struct selftest){.at = l.at};
		good = read_request(m, &l, &t);
	}
	finish(m, &t, good);
}
