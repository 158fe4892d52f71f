/* Commands, options, help. */
#include "policy/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/suggest.h"

const struct command verbs[] = {
    {"compile", "[DIR]", "okrtDjqs", 0, 1, command_compile,
	"make a bundle from the folder or the database"},
    {"check", "[DIR | FILE ...]", "Djqs", 0, ARGUMENTS_MAX, command_check,
	"say what is wrong with a policy or with files of it"},
    {"explain", "BUNDLE|DIR METHOD URL", "HdSTnvtj", 3, 3, command_explain,
	"show what a request would get, step by step"},
    {"dump", "BUNDLE|DIR", "jg", 1, 1, command_dump, "write a bundle as text"},
    {"diff", "A B", "jq", 2, 2, command_diff, "say in words what differs"},
    {"sign", "BUNDLE", "okrtq", 1, 1, command_sign,
	"sign a bundle anew, with another revision if wanted"},
    {"keygen", "", "oeVq", 0, 0, command_keygen, "make a pair of keys"},
    {"watch", "[DIR]", "okDiqN", 0, 1, command_watch,
	"compile and publish whenever the policy changes"},
    {"learn", "", "D1yjq", 0, 0, command_learn,
	"judge what gateways reported, on the merged view"},
    {"spec", "import FILE | list | remove NAME | compare | export", "DWARBYyojqs", 1, 2,
	command_spec, "what specifications publish, compared with what was seen"},
    {NULL, NULL, NULL, 0, 0, NULL, NULL},
};

static const struct option {
	char letter; /* in struct command.options */
	char shown; /* 0: long only */
	const char *name;
	const char *value; /* NULL: none */
	const char *doc;
} table[] = {
    {'o', 'o', "output", "FILE", "where to write"},
    {'k', 'k', "key", "FILE", "sign with this private key; repeatable"},
    {'r', 'r', "revision", "N", "number of the bundle; by default one more than before"},
    {'t', 0, "created", "TIME", "time that stands in the bundle; by default now"},
    {'D', 0, "database", "CONNINFO", "read the policy from PostgreSQL"},
    {'N', 0, "note", "TEXT", "what history shows of the bundle"},
    {'H', 'H', "header", "LINE", "a header, \"name: value\"; repeatable"},
    {'d', 'd', "data", "TEXT", "the body"},
    {'S', 0, "src", "ADDRESS", "the client's address"},
    {'T', 0, "tls", NULL, "the request came over TLS"},
    {'n', 0, "sni", "NAME", "server name of the handshake"},
    {'v', 0, "verified", "SOURCES", "credential sources that HAProxy verified"},
    {'e', 'e', "environment", "ENV",
	"environment that the key signs for: dev, qa, prod, any"},
    {'V', 0, "dev", NULL, "the same as --environment dev"},
    {'W', 'S', "service", "NAME", "the service that a specification is of"},
    {'A', 0, "name", "NAME", "what a specification is called"},
    {'R', 0, "version", "TEXT", "which version of it"},
    {'B', 0, "base", "PATH", "base path, in place of the document's servers"},
    {'Y', 0, "yaml", NULL, "write YAML, not JSON"},
    {'y', 'n', "dry-run", NULL, "change nothing"},
    {'i', 'i', "interval", "SECONDS", "how often to look for changes; default 2"},
    {'1', 0, "once", NULL, "one cycle, then end"},
    {'g', 'g', "graph", NULL, "show the decision graphs too"},
    {'s', 0, "strict", NULL, "take warnings for errors"},
    {'j', 0, "json", NULL, "write JSON, one object a line"},
    {'q', 'q', "quiet", NULL, "say nothing when all is well"},
};
#define OPTIONS (sizeof table / sizeof table[0])

int
complain(int code, const char *fmt, ...)
{
	va_list ap;

	fputs("yettc: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return code;
}

int
exit_of(int rc)
{
	switch (rc) {
	case OK: return EXIT_DONE;
	case ERR_NOTFOUND: return EXIT_NOTFOUND;
	case ERR_DENIED: return EXIT_DENIED;
	case ERR_CLOSED:
	case ERR_TIMEOUT: return EXIT_UNAVAILABLE;
	case ERR_AGAIN: return EXIT_RETRY;
	case ERR_NOMEM: return EXIT_NO_MEMORY;
	case ERR_IO:
	case ERR_FULL: return EXIT_INCOMPLETE;
	default: return EXIT_FINDINGS;
	}
}

/* --- help --------------------------------------------------------------------------- */

static void
help_command(const struct command *c)
{
	printf("usage: yettc %s %s%s[option ...]\n  %s\n", c->name, c->arguments,
	    c->arguments[0] ? " " : "", c->doc);
	for (size_t i = 0; i < OPTIONS; i++) {
		char left[64];

		if (!strchr(c->options, table[i].letter))
			continue;
		snprintf(left, sizeof left, "%c%c%s--%s%s%s", table[i].shown ? '-' : ' ',
		    table[i].shown ? table[i].shown : ' ', table[i].shown ? ", " : "  ",
		    table[i].name, table[i].value ? " " : "",
		    table[i].value ? table[i].value : "");
		printf("  %-28s %s\n", left, table[i].doc);
	}
}

static void
help(void)
{
	puts("usage: yettc COMMAND [argument ...]\n\n"
	     "  yettc keygen --dev -o policy.key\n"
	     "  yettc compile policy/ --key policy.key -o policy.bundle\n"
	     "  yettc explain policy/ POST http://shop.example.com/login\n");
	for (const struct command *c = verbs; c->name; c++)
		printf("  %-9s %s\n", c->name, c->doc);
	puts("\nyettc COMMAND --help lists its options; yettc(1) and yett-rules(5) tell "
	     "more.\n"
	     "exit codes:");
#define X(name, meaning) printf("  %3d  %s\n", name, meaning);
	YETTC_EXIT_TABLE(X)
#undef X
}

/* --- parsing ------------------------------------------------------------------------ */

static int
set_number(const char *name, const char *value, uint64_t *out)
{
	if (span_u64(span_str(value), out) == OK && *out >= 1 && *out <= INT64_MAX)
		return EXIT_DONE;
	return complain(EXIT_USAGE, "--%s: expected a number from 1 on", name);
}

static int
set_option(struct options *o, const struct option *t, const char *value)
{
	switch (t->letter) {
	case 'o': o->output = value; break;
	case 'k':
		if (o->keys == KEY_FILES_MAX)
			return complain(EXIT_USAGE, "at most %d keys", KEY_FILES_MAX);
		o->key[o->keys++] = value;
		break;
	case 'r': return set_number(t->name, value, &o->revision);
	case 'i': return set_number(t->name, value, &o->interval_s);
	case 't': o->created = value; break;
	case 'D': o->database = value; break;
	case 'N': o->note = value; break;
	case 'H':
		buf_put_str(&o->headers, value);
		buf_put_char(&o->headers, '\n');
		break;
	case 'd': o->body = value; break;
	case 'S': o->source_address = value; break;
	case 'T': o->tls = true; break;
	case 'n': o->sni = value; break;
	case 'v': o->verified = value; break;
	case 'e': o->environment = value; break;
	case 'V': o->environment = "dev"; break;
	case '1': o->once = true; break;
	case 'g': o->graph = true; break;
	case 'W': o->service = value; break;
	case 'A': o->name = value; break;
	case 'R': o->version = value; break;
	case 'B': o->base = value; break;
	case 'Y': o->yaml = true; break;
	case 'y': o->dry_run = true; break;
	case 's': o->strict = true; break;
	case 'j': o->json = true; break;
	case 'q': o->quiet = true; break;
	}
	return EXIT_DONE;
}

static const struct option *
find_option(const struct command *c, struct span word, bool is_long)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		bool same = is_long ? span_eq(word, span_str(table[i].name))
				    : table[i].shown && word.p[0] == table[i].shown;

		if (same && strchr(c->options, table[i].letter))
			return &table[i];
	}
	return NULL;
}

static int
unknown_option(const struct command *c, const char *word)
{
	struct suggestion s;

	suggest_init(&s, span_str(word + strspn(word, "-")));
	for (size_t i = 0; i < OPTIONS; i++)
		if (strchr(c->options, table[i].letter))
			suggest_offer(&s, span_str(table[i].name));
	return complain(EXIT_USAGE, "%s has no option %s" SUGGEST_FMT, c->name, word,
	    SUGGEST_ARGS(s));
}

/* Takes the option at argv[*i], and its value if that is the next word. */
static int
take_option(struct options *o, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	bool is_long = word[1] == '-';
	struct span value = span_str(word + (is_long ? 2 : 1)), name = value;
	const struct option *t;

	if (is_long)
		name = span_cut(&value, '=');
	else
		value = name.n > 1 ? span_from(name, 1) : SPAN_NONE;
	if ((t = find_option(o->command, name, is_long)) == NULL)
		return unknown_option(o->command, word);
	if (t->value == NULL && !span_absent(value))
		return complain(EXIT_USAGE, "--%s takes no value", t->name);
	if (t->value && span_absent(value)) {
		if (*i + 1 == argc)
			return complain(EXIT_USAGE, "--%s needs %s", t->name, t->value);
		value = span_str(argv[++*i]);
	}
	return set_option(o, t, value.p);
}

static const struct command *
find_command(const char *name)
{
	struct suggestion s;

	suggest_init(&s, span_str(name));
	for (const struct command *c = verbs; c->name; c++) {
		if (strcmp(c->name, name) == 0)
			return c;
		suggest_offer(&s, span_str(c->name));
	}
	complain(EXIT_USAGE, "unknown command \"%s\"" SUGGEST_FMT, name, SUGGEST_ARGS(s));
	return NULL;
}

static bool
is_help(const char *word)
{
	return strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 ||
	    strcmp(word, "help") == 0;
}

int
options_parse(int argc, char **argv, struct options *out)
{
	bool only_arguments = false;

	*out = (struct options){.interval_s = 2};
	if (argc < 2) {
		help();
		return EXIT_USAGE;
	}
	if (is_help(argv[1])) {
		help();
		return -1;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("yettc " YETT_VERSION);
		return -1;
	}
	if ((out->command = find_command(argv[1])) == NULL)
		return EXIT_USAGE;
	for (int i = 2; i < argc; i++) {
		int rc;

		if (!only_arguments && is_help(argv[i]) && argv[i][0] == '-') {
			help_command(out->command);
			return -1;
		}
		if (!only_arguments && strcmp(argv[i], "--") == 0) {
			only_arguments = true;
		} else if (!only_arguments && argv[i][0] == '-' && argv[i][1]) {
			if ((rc = take_option(out, argc, argv, &i)) != EXIT_DONE)
				return rc;
		} else {
			if (out->arguments == out->command->max)
				return complain(EXIT_USAGE,
				    "too many arguments; %s takes %s", out->command->name,
				    out->command->arguments);
			out->argument[out->arguments++] = argv[i];
		}
	}
	if (out->arguments < out->command->min)
		return complain(EXIT_USAGE, "%s needs %s", out->command->name,
		    out->command->arguments);
	return EXIT_DONE;
}
