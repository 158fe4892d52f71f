/*
 * Root fields of GraphQL documents, by a scanner that knows tokens and balanced brackets
 * and no more of the language (GraphQL specification, October 2021, §2). First all
 * definitions are noted, then each operation's selection set is read one level deep; inline
 * fragments and spreads at that level are followed, each fragment once. Aliases, arguments
 * and directives are skipped, an operation's name too: it is the client's choice.
 */
#include "http/graphql.h"

#define DEFINITIONS_MAX 64 /* operations and fragments of one document */
#define FIELDS_MAX 64 /* root fields of one operation; more are written as "*" */
#define NESTING_MAX 16 /* of inline fragments and spreads at the root */

enum token { T_END, T_BAD, T_NAME, T_SPREAD, T_STRING, T_NUMBER, T_PUNCT };

struct scanner {
	struct span rest;
	enum token token; /* the current one */
	struct span text;
	char c; /* of T_PUNCT */
};

struct definition {
	struct span kind; /* query, mutation, subscription or fragment */
	struct span name; /* of a fragment */
	struct scanner at; /* its '{' is the current token */
};

struct document {
	struct definition definition[DEFINITIONS_MAX];
	unsigned n;
	uint64_t followed; /* fragments, by index */
	struct span field[FIELDS_MAX];
	unsigned fields;
	bool many;
};

static bool
is_name_start(char c)
{
	return c == '_' || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

static bool
is_name_char(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9');
}

/* Bytes that mean nothing: blanks, commas, comments, a byte order mark. */
static void
skip_ignored(struct span *s)
{
	for (;;) {
		if (s->n &&
		    (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == '\n' ||
			s->p[0] == '\r' || s->p[0] == ','))
			*s = span_from(*s, 1);
		else if (span_starts(*s, SPAN("\xef\xbb\xbf")))
			*s = span_from(*s, 3);
		else if (s->n && s->p[0] == '#')
			while (s->n && s->p[0] != '\n' && s->p[0] != '\r')
				*s = span_from(*s, 1);
		else
			return;
	}
}

/* Length of the string at the start of s, 0 if it does not end. */
static size_t
string_length(struct span s)
{
	struct span block = SPAN("\"\"\"");

	if (span_starts(s, block)) {
		for (size_t i = 3; i < s.n; i++) {
			if (!span_starts(span_from(s, i), block))
				continue;
			if (s.p[i - 1] != '\\')
				return i + 3;
			i += 2;
		}
		return 0;
	}
	for (size_t i = 1; i < s.n && s.p[i] != '\n' && s.p[i] != '\r'; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

static void
next(struct scanner *s)
{
	size_t n = 1;
	char c;

	skip_ignored(&s->rest);
	s->token = T_END;
	if (s->rest.n == 0)
		return;
	c = s->rest.p[0];
	s->c = 0;
	if (is_name_start(c)) {
		s->token = T_NAME;
		while (n < s->rest.n && is_name_char(s->rest.p[n]))
			n++;
	} else if (c == '"') {
		n = string_length(s->rest);
		s->token = n ? T_STRING : T_BAD;
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		s->token = T_NUMBER;
		while (n < s->rest.n &&
		    (is_name_char(s->rest.p[n]) || s->rest.p[n] == '.' ||
			s->rest.p[n] == '-' || s->rest.p[n] == '+'))
			n++;
	} else if (span_starts(s->rest, SPAN("..."))) {
		s->token = T_SPREAD;
		n = 3;
	} else {
		s->token = memchr("!$&():=@[]{|}", c, 13) ? T_PUNCT : T_BAD;
		s->c = c;
	}
	s->text = span_head(s->rest, n);
	s->rest = span_from(s->rest, n);
}

static bool
is_punct(const struct scanner *s, char c)
{
	return s->token == T_PUNCT && s->c == c;
}

/* From an opening bracket to the token after the one that closes it. Kinds of brackets are
 * counted together: a document that mixes them up is refused by its server. */
static bool
skip_balanced(struct scanner *s)
{
	unsigned depth = 0;

	do {
		if (s->token == T_END || s->token == T_BAD)
			return false;
		if (s->token == T_PUNCT && (s->c == '{' || s->c == '(' || s->c == '['))
			depth++;
		if (s->token == T_PUNCT && (s->c == '}' || s->c == ')' || s->c == ']'))
			depth--;
		next(s);
	} while (depth);
	return true;
}

/* Arguments and directives, up to the next token of another kind. */
static bool
skip_decoration(struct scanner *s)
{
	for (;;) {
		if (is_punct(s, '(')) {
			if (!skip_balanced(s))
				return false;
		} else if (is_punct(s, '@')) {
			next(s);
			if (s->token != T_NAME)
				return false;
			next(s);
		} else {
			return true;
		}
	}
}

/* Notes one definition and goes past it. */
static int
read_definition(struct document *d, struct scanner *s)
{
	struct definition *def;
	bool fragment;

	if (d->n == DEFINITIONS_MAX)
		return ERR_LIMIT;
	def = &d->definition[d->n++];
	*def = (struct definition){.kind = SPAN("query")};
	if (s->token == T_NAME) {
		def->kind = s->text;
		fragment = span_eq(s->text, SPAN("fragment"));
		if (!fragment && !span_eq(s->text, SPAN("query")) &&
		    !span_eq(s->text, SPAN("mutation")) &&
		    !span_eq(s->text, SPAN("subscription")))
			return ERR_MALFORMED;
		next(s);
		if (s->token == T_NAME) {
			if (fragment)
				def->name = s->text;
			next(s);
		}
		if (fragment) {
			if (s->token != T_NAME || !span_eq(s->text, SPAN("on")))
				return ERR_MALFORMED;
			next(s);
			next(s);
		}
		if (!skip_decoration(s))
			return ERR_MALFORMED;
	}
	if (!is_punct(s, '{'))
		return ERR_MALFORMED;
	def->at = *s;
	return skip_balanced(s) ? OK : ERR_MALFORMED;
}

static void
add_field(struct document *d, struct span name)
{
	unsigned i;

	for (i = 0; i < d->fields; i++) {
		int c = span_cmp(name, d->field[i]);

		if (c == 0)
			return;
		if (c < 0)
			break;
	}
	if (d->fields == FIELDS_MAX) {
		d->many = true;
		return;
	}
	memmove(&d->field[i + 1], &d->field[i], (d->fields - i) * sizeof(d->field[0]));
	d->field[i] = name;
	d->fields++;
}

static bool collect(struct document *d, struct scanner *s, unsigned nesting);

/* After "...": a fragment's name, or an inline fragment. */
static bool
collect_spread(struct document *d, struct scanner *s, unsigned nesting)
{
	if (s->token == T_NAME && !span_eq(s->text, SPAN("on"))) {
		struct span name = s->text;

		next(s);
		if (!skip_decoration(s))
			return false;
		for (unsigned i = 0; i < d->n; i++) {
			struct scanner at = d->definition[i].at;

			if (!span_eq(d->definition[i].name, name) ||
			    span_absent(d->definition[i].name) || d->followed >> i & 1)
				continue;
			d->followed |= UINT64_C(1) << i;
			if (!collect(d, &at, nesting + 1))
				return false;
		}
		return true;
	}
	if (s->token == T_NAME) {
		next(s);
		if (s->token != T_NAME)
			return false;
		next(s);
	}
	return skip_decoration(s) && collect(d, s, nesting + 1);
}

/* A selection set whose '{' is the current token, to the token after its '}'. */
static bool
collect(struct document *d, struct scanner *s, unsigned nesting)
{
	if (!is_punct(s, '{') || nesting > NESTING_MAX)
		return false;
	next(s);
	while (!is_punct(s, '}')) {
		struct span name = s->text;

		if (s->token == T_SPREAD) {
			next(s);
			if (!collect_spread(d, s, nesting))
				return false;
			continue;
		}
		if (s->token != T_NAME)
			return false;
		next(s);
		if (is_punct(s, ':')) {
			next(s);
			if (s->token != T_NAME)
				return false;
			name = s->text;
			next(s);
		}
		add_field(d, name);
		if (!skip_decoration(s) || (is_punct(s, '{') && !skip_balanced(s)))
			return false;
	}
	next(s);
	return true;
}

/* "query{user,viewer}" */
static struct span
write_operation(const struct document *d, struct span kind, struct arena *a)
{
	size_t n = kind.n + 4, o = 0;
	char *p;

	for (unsigned i = 0; i < d->fields; i++)
		n += d->field[i].n + 1;
	p = arena_text(a, n);
	if (p == NULL)
		return SPAN_NONE;
	memcpy(p, kind.p, kind.n);
	o = kind.n;
	p[o++] = '{';
	for (unsigned i = 0; i < d->fields; i++) {
		if (i)
			p[o++] = ',';
		memcpy(p + o, d->field[i].p, d->field[i].n);
		o += d->field[i].n;
	}
	if (d->many) {
		p[o++] = ',';
		p[o++] = '*';
	}
	p[o++] = '}';
	return span_make(p, o);
}

int
graphql_operations(struct span text, struct span out[GRAPHQL_OPERATIONS_MAX], unsigned *n,
    struct arena *a)
{
	struct scanner s = {.rest = text};
	struct document d;
	int rc;

	d.n = 0;
	*n = 0;
	for (next(&s); s.token != T_END;)
		if ((rc = read_definition(&d, &s)) != OK)
			return rc;
	for (unsigned i = 0; i < d.n; i++) {
		struct scanner at = d.definition[i].at;

		if (span_eq(d.definition[i].kind, SPAN("fragment")))
			continue;
		d.followed = 0;
		d.fields = 0;
		d.many = false;
		rc = ERR_MALFORMED;
		if (!collect(&d, &at, 0) || d.fields == 0)
			goto fail;
		rc = ERR_LIMIT;
		if (*n == GRAPHQL_OPERATIONS_MAX)
			goto fail;
		rc = ERR_FULL;
		out[*n] = write_operation(&d, d.definition[i].kind, a);
		if (span_absent(out[*n]))
			goto fail;
		++*n;
	}
	return *n ? OK : ERR_MALFORMED;
fail:
	*n = 0;
	return rc;
}
