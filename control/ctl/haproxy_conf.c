/* Words, lines, sections, inheritance from defaults. */
#include "control/ctl/haproxy_conf.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const kinds[] = {"global", "defaults", "frontend", "backend", "listen",
    "ring", "peers", "resolvers", "userlist", "mailers", "cache", "program",
    "http-errors", "fcgi-app", "log-forward", "log-profile", "crt-store", "traces",
    "spoe-agent", "spoe-message", "spoe-group"};

static bool
is_kind(const char *word)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcmp(word, kinds[i]) == 0)
			return true;
	}
	return false;
}

/* In the environment that HAProxy was started with. */
static struct span
outside(struct span environment, const char *name)
{
	size_t n = strlen(name);

	while (!span_absent(environment) && environment.n > 0) {
		size_t end = 0;
		struct span line;

		while (end < environment.n && environment.p[end] &&
		    environment.p[end] != '\n')
			end++;
		line = span_trim(span_head(environment, end));
		environment = span_from(environment, end + 1);
		if (line.n > n && line.p[n] == '=' && strncmp(line.p, name, n) == 0) {
			line = span_from(line, n + 1);
			if (line.n > 1 && (line.p[0] == '"' || line.p[0] == '\'') &&
			    line.p[line.n - 1] == line.p[0])
				line = span_head(span_from(line, 1), line.n - 2);
			return line;
		}
	}
	return SPAN_NONE;
}

struct span
haproxy_variable(const struct haproxy_conf *conf, const char *name)
{
	struct span value = conf->outer ? haproxy_variable(conf->outer, name)
					: outside(conf->environment, name);

	for (unsigned s = 0; s < conf->sections; s++) {
		const struct haproxy_section *section = &conf->section[s];

		for (unsigned i = 0; i < section->lines; i++) {
			const struct haproxy_line *l = &section->line[i];

			if (l->words < 2 || strcmp(l->word[1], name) != 0)
				continue;
			if (strcmp(l->word[0], "unsetenv") == 0)
				value = SPAN_NONE;
			else if (l->words > 2 &&
			    (strcmp(l->word[0], "setenv") == 0 ||
				(strcmp(l->word[0], "presetenv") == 0 &&
				    span_absent(value))))
				value = span_str(l->word[2]);
		}
	}
	return value;
}

struct reader {
	struct haproxy_conf *conf;
	struct span in;
	bool quoted; /* inside "…" */
};

static void
put(struct haproxy_conf *conf, char c)
{
	if (conf->text_n < conf->text_size)
		conf->text[conf->files - 1][conf->text_n++] = c;
}

/* "$NAME" or "${NAME}" or "${NAME-default}" inside double quotes. */
static void
read_variable(struct reader *r)
{
	struct span name;
	size_t n = 0;
	char text[128];
	struct span value;
	bool braces = r->in.n > 0 && r->in.p[0] == '{';

	if (braces)
		r->in = span_from(r->in, 1);
	while (n < r->in.n &&
	    (r->in.p[n] == '_' || (r->in.p[n] >= 'A' && r->in.p[n] <= 'Z') ||
		(r->in.p[n] >= 'a' && r->in.p[n] <= 'z') ||
		(r->in.p[n] >= '0' && r->in.p[n] <= '9')))
		n++;
	name = span_head(r->in, n);
	r->in = span_from(r->in, n);
	snprintf(text, sizeof text, "%.*s", (int)(name.n < 127 ? name.n : 127), name.p);
	value = haproxy_variable(r->conf, text);
	if (braces && r->in.n > 0 && r->in.p[0] == '-' && value.n == 0) {
		r->in = span_from(r->in, 1);
		while (r->in.n > 0 && r->in.p[0] != '}') {
			put(r->conf, r->in.p[0]);
			r->in = span_from(r->in, 1);
		}
	}
	for (size_t i = 0; i < value.n; i++)
		put(r->conf, value.p[i]);
	while (braces && r->in.n > 0) {
		char c = r->in.p[0];

		r->in = span_from(r->in, 1);
		if (c == '}')
			break;
	}
}

static char
unescape(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

/* One character of a word; false where the word ends. */
static bool
read_char(struct reader *r)
{
	char c = r->in.p[0];

	if (!r->quoted && (c == ' ' || c == '\t' || c == '#'))
		return false;
	r->in = span_from(r->in, 1);
	if (c == '"') {
		r->quoted = !r->quoted;
	} else if (c == '\'' && !r->quoted) {
		size_t end = span_find(r->in, '\'');

		for (size_t i = 0; i < end && i < r->in.n; i++)
			put(r->conf, r->in.p[i]);
		r->in = span_from(r->in, end + 1);
	} else if (c == '\\' && r->in.n > 0) {
		put(r->conf, unescape(r->in.p[0]));
		r->in = span_from(r->in, 1);
	} else if (c == '$' && r->quoted) {
		read_variable(r);
	} else {
		put(r->conf, c);
	}
	return true;
}

static void
read_line(struct haproxy_conf *conf, struct span text, struct haproxy_line *out)
{
	struct reader r = {conf, text, false};

	for (;;) {
		const char *start;

		r.in = span_trim(r.in);
		if (r.in.n == 0 || r.in.p[0] == '#' || out->words == HAPROXY_WORDS_MAX)
			return;
		start = conf->text[conf->files - 1] + conf->text_n;
		r.quoted = false;
		while (r.in.n > 0 && read_char(&r))
			;
		put(conf, 0);
		out->word[out->words++] = start;
	}
}

static int
add_section(struct haproxy_conf *conf, const char *file, const struct haproxy_line *line)
{
	struct haproxy_section *s =
	    realloc(conf->section, (conf->sections + 1) * sizeof *conf->section);

	const char *from = haproxy_line_value(line, "from");

	if (s == NULL)
		return ERR_NOMEM;
	conf->section = s;
	conf->section[conf->sections++] = (struct haproxy_section){.kind = line->word[0],
	    .name = line->words > 1 ? line->word[1] : "",
	    .from = from ? from : "",
	    .file = file,
	    .number = line->number};
	return OK;
}

static int
add_line(struct haproxy_section *s, const struct haproxy_line *line)
{
	if ((s->lines & (s->lines - 1)) == 0) {
		unsigned room = s->lines ? s->lines * 2 : 1;
		struct haproxy_line *l = realloc(s->line, room * sizeof *l);

		if (l == NULL)
			return ERR_NOMEM;
		s->line = l;
	}
	s->line[s->lines++] = *line;
	return OK;
}

/* Which defaults hold: the last before it, or the one it names. */
static void
adopt(struct haproxy_conf *conf)
{
	const struct haproxy_section *last = NULL;

	for (unsigned i = 0; i < conf->sections; i++) {
		struct haproxy_section *s = &conf->section[i];

		if (strcmp(s->kind, "defaults") == 0) {
			s->parent = haproxy_section(conf, "defaults", s->from);
			s->parent = *s->from && s->parent != s ? s->parent : NULL;
			last = s;
		} else if (haproxy_is_frontend(s) || haproxy_is_backend(s)) {
			s->parent =
			    *s->from ? haproxy_section(conf, "defaults", s->from) : last;
		}
	}
}

/* All words of a text fit its length, a NUL each, and what variables bring. */
static int
make_room(struct haproxy_conf *conf, size_t n)
{
	char *text;

	if (conf->files == HAPROXY_FILES_MAX)
		return ERR_LIMIT;
	if ((text = calloc(1, 2 * n + 65536 + 1)) == NULL)
		return ERR_NOMEM;
	conf->text[conf->files++] = text;
	conf->text_n = 0;
	conf->text_size = 2 * n + 65536;
	return OK;
}

/* The branches of .if around the line being read. */
#define NESTING_MAX 32
struct branches {
	unsigned depth;
	struct {
		bool active; /* this branch is read */
		bool done; /* one before it was */
	} at[NESTING_MAX + 1];
};

/* A line that begins with a dot. ERR_LIMIT: nested too deep. */
static int
take_branch(
    struct branches *b, const struct haproxy_conf *conf, const struct haproxy_line *l)
{
	struct buf text = BUF_INIT;
	const char *what = l->word[0];
	bool above, holds;

	haproxy_line_join(l, 1, &text);
	holds = text.n == 0 || haproxy_condition(conf, text.p) != 0;
	buf_fini(&text);
	if (strcmp(what, ".if") == 0) {
		if (b->depth == NESTING_MAX)
			return ERR_LIMIT;
		above = b->at[b->depth].active;
		b->depth++;
		b->at[b->depth].active = above && holds;
		b->at[b->depth].done = holds;
	} else if (b->depth > 0 &&
	    (strcmp(what, ".elif") == 0 || strcmp(what, ".else") == 0)) {
		above = b->at[b->depth - 1].active;
		b->at[b->depth].active = above && holds && !b->at[b->depth].done;
		b->at[b->depth].done |= holds;
	} else if (b->depth > 0 && strcmp(what, ".endif") == 0) {
		b->depth--;
	}
	return OK;
}

int
haproxy_conf_parse(struct haproxy_conf *conf, const char *file, struct span text)
{
	struct branches branches = {.at[0].active = true};
	unsigned number = 0;
	int rc;

	if ((rc = make_room(conf, text.n)) != OK)
		return rc;
	while (!span_absent(text) && rc == OK) {
		struct haproxy_line line = {.number = ++number};

		if (number > HAPROXY_LINES_MAX)
			return ERR_LIMIT;
		read_line(conf, span_cut(&text, '\n'), &line);
		if (line.words == 0)
			continue;
		if (line.word[0][0] == '.')
			rc = take_branch(&branches, conf, &line);
		else if (!branches.at[branches.depth].active)
			continue;
		else if (is_kind(line.word[0]) || line.word[0][0] == '[')
			rc = add_section(conf, file, &line);
		else if (conf->sections > 0)
			rc = add_line(&conf->section[conf->sections - 1], &line);
	}
	if (rc != OK)
		return rc;
	adopt(conf);
	return conf->text_n < conf->text_size ? OK : ERR_LIMIT;
}

void
haproxy_conf_free(struct haproxy_conf *conf)
{
	for (unsigned i = 0; i < conf->sections; i++)
		free(conf->section[i].line);
	free(conf->section);
	for (unsigned i = 0; i < conf->files; i++)
		free(conf->text[i]);
	*conf = (struct haproxy_conf){0};
}
