/* Words and lines of promotions: each text has exactly one way to be written. */
#include "control/ctl/promotion.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "control/ctl/text.h"

static const struct {
	const char *name;
	unsigned words;
} kinds[PROMOTION_KINDS] = {
    [PROMOTION_CLASS] = {"class", 2},
    [PROMOTION_ENDPOINT] = {"endpoint", 5},
    [PROMOTION_FIELD] = {"field", 8},
    [PROMOTION_OPEN] = {"open", 7},
    [PROMOTION_SERVICE] = {"service", 2},
    [PROMOTION_TEAM] = {"team", 2},
};

const char *
promotion_kind_name(enum promotion_kind kind)
{
	return kinds[kind].name;
}

unsigned
promotion_kind_words(enum promotion_kind kind)
{
	return kinds[kind].words;
}

/* Printable ASCII without what would need quotes, and not one of the marks. */
static bool
is_bare(struct span s)
{
	if (s.n == 0 || span_eq(s, SPAN("-")) || span_eq(s, SPAN("=")))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	}
	return true;
}

/* Whether s can be shown as it is: text_put changes what moves a cursor, hides or reorders,
 * and what is not UTF-8. */
static bool
is_clean(struct span s)
{
	struct buf shown = BUF_INIT;
	bool clean;

	text_put(&shown, s);
	clean = buf_err(&shown) == OK && span_eq(buf_span(&shown), s);
	buf_fini(&shown);
	return clean;
}

void
promotion_word_put(struct buf *out, struct span raw)
{
	bool clean;

	if (raw.n == 0) {
		buf_put_char(out, '-');
		return;
	}
	if (is_bare(raw)) {
		buf_put_span(out, raw);
		return;
	}
	clean = is_clean(raw);
	buf_put_char(out, '"');
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (clean || (c >= ' ' && c <= '~'))
			buf_put_char(out, c);
		else
			buf_printf(out, "\\x%02x", (unsigned char)c);
	}
	buf_put_char(out, '"');
}

/* What stands between the quotes. */
static int
unquote(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '"')
			return ERR_MALFORMED;
		if (c != '\\') {
			buf_put_char(out, c);
		} else if (s.n - i >= 2 && (s.p[i + 1] == '"' || s.p[i + 1] == '\\')) {
			buf_put_char(out, s.p[++i]);
		} else if (s.n - i >= 4 && s.p[i + 1] == 'x' &&
		    hex_decode(span_make(s.p + i + 2, 2), &c, 1) == OK && c) {
			buf_put_char(out, c);
			i += 3;
		} else {
			return ERR_MALFORMED;
		}
	}
	return OK;
}

int
promotion_word_read(struct span word, struct buf *out)
{
	struct buf again = BUF_INIT;
	size_t start = out->n;
	int rc = OK;

	if (word.n >= 2 && word.p[0] == '"' && word.p[word.n - 1] == '"')
		rc = unquote(span_make(word.p + 1, word.n - 2), out);
	else if (!span_eq(word, SPAN("-")))
		buf_put_span(out, word);
	if (rc == OK)
		rc = buf_err(out);
	if (rc != OK)
		return rc;
	promotion_word_put(&again, span_from(buf_span(out), start));
	if (!span_eq(buf_span(&again), word))
		rc = buf_err(&again) == OK ? ERR_MALFORMED : ERR_NOMEM;
	buf_fini(&again);
	return rc;
}

size_t
promotion_first_word(struct span line)
{
	size_t n;

	if (line.n == 0 || line.p[0] != '"')
		return span_find(line, ' ');
	for (n = 1; n < line.n && line.p[n] != '"'; n++)
		n += line.p[n] == '\\';
	return n < line.n ? n + 1 : line.n;
}

/* Cuts the next word of a line; one blank stands between words. */
static struct span
cut_word(struct span *rest)
{
	size_t n = promotion_first_word(*rest);
	struct span word = span_head(*rest, n);

	if (n == rest->n)
		*rest = SPAN_NONE;
	else if (rest->p[n] == ' ')
		*rest = span_from(*rest, n + 1);
	else
		word = SPAN_NONE; /* something sticks to a closing quote */
	return word;
}

/* The next word, checked; absent when there is none or it is not written in the one way. */
static struct span
next_word(struct span *rest, struct buf *scratch)
{
	struct span word = span_absent(*rest) ? SPAN_NONE : cut_word(rest);

	buf_clear(scratch);
	if (span_absent(word) || promotion_word_read(word, scratch) != OK)
		return SPAN_NONE;
	return word;
}

static int
find_kind(struct span word)
{
	for (int k = 0; k < PROMOTION_KINDS; k++) {
		if (span_eq(word, span_str(kinds[k].name)))
			return k;
	}
	return -1;
}

static const char *
cut_line(struct promotion_fact *f, struct span line, struct buf *scratch)
{
	struct span rest = line, word = cut_word(&rest);
	int kind = find_kind(word);

	if (kind < 0)
		return "starts with no kind of fact";
	f->kind = (enum promotion_kind)kind;
	for (unsigned i = 0; i < kinds[kind].words; i++) {
		word = next_word(&rest, scratch);
		if (span_absent(word))
			return "too few words, or one that export would not write so";
	}
	f->key = span_make(line.p, (size_t)(word.p + word.n - line.p));
	if (span_absent(rest) || !span_eq(cut_word(&rest), SPAN("=")))
		return "expected = behind the key";
	f->value = next_word(&rest, scratch);
	if (span_absent(f->value))
		return "expected a value behind =, written as export does";
	if (!span_absent(rest) && span_starts(rest, SPAN("learned"))) {
		f->learned = true;
		word = cut_word(&rest);
		if (!span_eq(word, SPAN("learned")))
			return "expected learned or reason behind the value";
	}
	if (span_absent(rest))
		return NULL;
	if (!span_eq(cut_word(&rest), SPAN("reason")))
		return "expected learned or reason behind the value";
	f->reason = next_word(&rest, scratch);
	if (span_absent(f->reason) || span_eq(f->reason, SPAN("-")) || !span_absent(rest))
		return "expected one word behind reason";
	return NULL;
}

/* Fills f from its own line. */
static int
read_line(struct promotion_fact *f, size_t n, struct promotion_error *error)
{
	struct buf scratch = BUF_INIT;
	const char *wrong = cut_line(f, span_make(f->line, n), &scratch);

	buf_fini(&scratch);
	if (wrong == NULL)
		return OK;
	snprintf(error->text, sizeof error->text, "%s", wrong);
	return ERR_MALFORMED;
}

static struct promotion_fact *
new_fact(struct promotion *p)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct promotion_fact *more = realloc(p->fact, cap * sizeof *more);

		if (more == NULL)
			return NULL;
		p->fact = more;
		p->cap = cap;
	}
	p->fact[p->n] = (struct promotion_fact){0};
	return &p->fact[p->n];
}

int
promotion_add_line(struct promotion *p, struct span line, struct promotion_error *error)
{
	struct promotion_fact *f;
	int rc;

	if (line.n > PROMOTION_LINE_MAX) {
		snprintf(error->text, sizeof error->text, "a line of more than %d bytes",
		    PROMOTION_LINE_MAX);
		return ERR_LIMIT;
	}
	if ((f = new_fact(p)) == NULL || (f->line = malloc(line.n + 1)) == NULL)
		return ERR_NOMEM;
	memcpy(f->line, line.p, line.n);
	f->line[line.n] = 0;
	if ((rc = read_line(f, line.n, error)) == OK)
		p->n++;
	else
		free(f->line);
	return rc;
}

int
promotion_add(struct promotion *p, enum promotion_kind kind, const struct span *words,
    struct span value, bool learned, struct span reason)
{
	struct promotion_error ignored;
	struct buf line = BUF_INIT;
	int rc;

	buf_put_str(&line, kinds[kind].name);
	for (unsigned i = 0; i < kinds[kind].words; i++) {
		buf_put_char(&line, ' ');
		promotion_word_put(&line, words[i]);
	}
	buf_put_str(&line, " = ");
	promotion_word_put(&line, value);
	if (learned)
		buf_put_str(&line, " learned");
	if (reason.n) {
		buf_put_str(&line, " reason ");
		promotion_word_put(&line, reason);
	}
	rc = buf_err(&line);
	if (rc == OK)
		rc = promotion_add_line(p, buf_span(&line), &ignored);
	buf_fini(&line);
	return rc;
}

int
promotion_words(const struct promotion_fact *f, struct buf *memory,
    struct span words[PROMOTION_WORDS_MAX])
{
	size_t end[PROMOTION_WORDS_MAX], from = 0;
	unsigned n = kinds[f->kind].words;
	struct span rest = f->key;
	int rc = OK;

	buf_clear(memory);
	(void)cut_word(&rest);
	for (unsigned i = 0; i < n && rc == OK; i++) {
		rc = promotion_word_read(cut_word(&rest), memory);
		end[i] = memory->n;
	}
	for (unsigned i = 0; i < n && rc == OK; i++) {
		words[i] = span_make(buf_span(memory).p + from, end[i] - from);
		from = end[i];
	}
	return rc;
}
