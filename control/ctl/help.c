/* What people read of the command table: help, completion, the list for the lint. */
#include "control/ctl/commands.h"
#include "control/ctl/doctor.h"

#define HELP_COLUMN 36

static void
put_usage(const struct command *c, struct buf *out)
{
	buf_printf(out, "%s%s%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "",
	    *c->arguments ? " " : "", c->arguments);
}

static void
put_aligned(struct buf *out, size_t start, const char *help)
{
	size_t used = out->n - start;

	if (used + 2 > HELP_COLUMN) {
		buf_put_char(out, '\n');
		used = 0;
	}
	do
		buf_put_char(out, ' ');
	while (++used < HELP_COLUMN);
	buf_printf(out, "%s\n", help);
}

static void
put_options(const struct command_option *o, struct buf *out)
{
	for (; o->name; o++) {
		size_t start = out->n;

		buf_printf(out, "  --%s%s%s", o->name, o->argument ? " " : "",
		    o->argument ? o->argument : "");
		put_aligned(out, start, o->help);
	}
}

static void
put_commands(const char *noun, struct buf *out)
{
	for (size_t i = 0; i < commands_n; i++) {
		size_t start = out->n;

		if (noun && strcmp(noun, commands[i].noun) != 0)
			continue;
		buf_put_str(out, "  ");
		put_usage(&commands[i], out);
		put_aligned(out, start, commands[i].help);
	}
}

/* A noun that stands alone may have verbs, too. */
static void
put_verbs(const struct command *command, struct buf *out)
{
	bool first = true;

	for (const struct command *c = commands; command->verb == NULL && c < command;
	     c++) {
		size_t start;

		if (strcmp(c->noun, command->noun) != 0)
			continue;
		buf_put_str(out, first ? "\nAlso:\n" : "");
		start = out->n;
		buf_put_str(out, "  ");
		put_usage(c, out);
		put_aligned(out, start, c->help);
		first = false;
	}
}

static void
put_exits(struct buf *out)
{
	buf_put_str(out, "\nExit codes:\n");
#define X(name, meaning) buf_printf(out, "  %-4d%s\n", name, meaning);
	EXIT_TABLE(X)
#undef X
}

void
command_help(const char *noun, const struct command *command, struct buf *out)
{
	buf_put_str(out, "Usage: yettctl [options] ");
	if (command) {
		put_usage(command, out);
		buf_printf(out, "\n\n%s\n", command->help);
		if (command->options[0].name) {
			buf_put_str(out, "\nOptions:\n");
			put_options(command->options, out);
		}
		put_verbs(command, out);
	} else {
		buf_put_str(out, noun ? noun : "command");
		buf_put_str(out,
		    noun ? " …\n\nCommands:\n"
			 : " …\n\nExamples:\n"
			   "  yettctl status\n"
			   "  yettctl endpoint list --service shop.example.com\n"
			   "  yettctl rule add login.rules\n"
			   "  yettctl doctor --haproxy-cfg /etc/haproxy/haproxy.cfg\n"
			   "\nCommands:\n");
		put_commands(noun, out);
	}
	buf_put_str(out, "\nOptions of every command:\n");
	put_options(command_globals, out);
	buf_put_str(out, "  --help, --version\n");
	if (command == NULL && noun == NULL)
		put_exits(out);
	buf_put_str(out, "\nMore: man yettctl\n");
}

static bool
first_of_noun(size_t i)
{
	return i == 0 || strcmp(commands[i].noun, commands[i - 1].noun) != 0;
}

static void
put_completion_options(const struct command_option *o, struct buf *out)
{
	for (; o->name; o++)
		buf_printf(out, " --%s", o->name);
}

void
command_completion(struct buf *out)
{
	buf_put_str(out,
	    "# bash completion of yettctl; made by: yettctl completion\n"
	    "_yettctl() {\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} noun= verb= i words=\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	    "\t\tcase ${COMP_WORDS[i]} in -*) continue ;; esac\n"
	    "\t\tif [ -z \"$noun\" ]; then noun=${COMP_WORDS[i]}\n"
	    "\t\telif [ -z \"$verb\" ]; then verb=${COMP_WORDS[i]}; fi\n"
	    "\tdone\n"
	    "\tcase $noun:$verb in\n\t:) words='");
	for (size_t i = 0; i < commands_n; i++) {
		if (first_of_noun(i))
			buf_printf(out, "%s%s", i ? " " : "", commands[i].noun);
	}
	buf_put_str(out, "' ;;\n");
	for (size_t i = 0; i < commands_n; i++) {
		const struct command *c = &commands[i];

		if (first_of_noun(i) && c->verb) {
			buf_printf(out, "\t%s:) words='", c->noun);
			for (size_t k = i; k < commands_n && commands[k].verb &&
			     strcmp(commands[k].noun, c->noun) == 0;
			     k++)
				buf_printf(
				    out, "%s%s", k > i ? " " : "", commands[k].verb);
			buf_put_str(out, "' ;;\n");
		}
		if (c->options[0].name) {
			buf_printf(
			    out, "\t%s:%s) words='", c->noun, c->verb ? c->verb : "*");
			put_completion_options(c->options, out);
			buf_put_str(out, "' ;;\n");
		}
	}
	buf_put_str(out, "\tesac\n\tcase $cur in -*) words=\"$words");
	put_completion_options(command_globals, out);
	buf_put_str(out,
	    " --help\" ;; esac\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	    "\t[ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$cur\"))\n"
	    "}\ncomplete -F _yettctl yettctl\n");
}

void
command_list(struct buf *out)
{
	for (size_t i = 0; i < commands_n; i++) {
		buf_printf(out, "command %s%s%s\n", commands[i].noun,
		    commands[i].verb ? " " : "",
		    commands[i].verb ? commands[i].verb : "");
		for (const struct command_option *o = commands[i].options; o->name; o++)
			buf_printf(out, "option %s\n", o->name);
	}
	for (const struct command_option *o = command_globals; o->name; o++)
		buf_printf(out, "option %s\n", o->name);
#define X(name, meaning) buf_printf(out, "exit %d %s\n", name, meaning);
	EXIT_TABLE(X)
#undef X
	for (int c = 0; c < DOCTOR_CHECKS; c++)
		buf_printf(out, "check %s\n", doctor_name((enum doctor_check)c));
}

int
command_completion_print(struct session *s, const struct invocation *in)
{
	s->plain = true;
	command_completion(&s->out);
	return EXIT_DONE;
}
