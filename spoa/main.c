/*
 * yett-agent: the supervisor, or with -R the role that the supervisor starts it as (its
 * channel on descriptor 3). See yett-agent(8).
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/settings.h"
#include "supervisor/role.h"
#include "supervisor/supervisor.h"

#define EXIT_USAGE 2

#ifdef YETT_SANITIZED
/* The leak checker of sanitizer builds traces its own process, which a role may not be. */
int __lsan_is_turned_off(void);

static int confined;

int
__lsan_is_turned_off(void)
{
	return confined;
}
#endif

static const char usage[] =
    "usage: yett-agent [-nv] [-c file]\n"
    "       yett-agent --settings | --version | --help\n"
    "\n"
    "  -c, --config file  settings; without it the defaults of yett.conf(5)\n"
    "  -f, --foreground   stay in the foreground (always so; accepted for habit)\n"
    "  -n, --check        check settings, keys and policy, then exit: 0 fine, 2 not\n"
    "  -v, --verbose      log debug lines; with -n: print the settings in effect\n"
    "      --settings     print every key with default, range, unit and meaning\n"
    "      --version      print the version\n"
    "  -h, --help         this text\n";

/* Tab separated, for people's eyes and the lint of yett.conf(5). */
static void
print_settings(void)
{
	for (size_t i = 0; i < settings_n; i++) {
		const struct conf_key *k = &settings_table[i];
		static const char *const types[] = {[CONF_STR] = "text",
		    [CONF_INT] = "number",
		    [CONF_BOOL] = "yes|no",
		    [CONF_LIST] = "list"};

		printf("%s.%s\t%s\t%s\t", k->section, k->name, types[k->type], k->preset);
		if (k->type == CONF_INT)
			printf("%lld\t%lld\t", (long long)k->min, (long long)k->max);
		else
			printf("\t\t");
		printf("%s\t%s\t%s\n", k->unit,
		    k->flags & CONF_RELOAD ? "reload" : "restart", k->doc);
	}
}

static int
run_role(const char *name)
{
	enum role role;

	if (role_parse(name, &role) != OK) {
		fprintf(stderr, "yett-agent: no such role: %s\n", name);
		return EXIT_USAGE;
	}
	switch (role) {
	case ROLE_WORKER: return worker_main();
	case ROLE_ANALYST: return analyst_main();
	case ROLE_RECORDER: return recorder_main();
	case ROLE_SUPERVISOR: break;
	}
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	enum { OPT_SETTINGS = 256, OPT_VERSION };
	static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
	    {"foreground", no_argument, NULL, 'f'}, {"check", no_argument, NULL, 'n'},
	    {"verbose", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'},
	    {"settings", no_argument, NULL, OPT_SETTINGS},
	    {"version", no_argument, NULL, OPT_VERSION}, {NULL, 0, NULL, 0}};
	struct supervisor_options o = {.argv = (const char *const *)argv};
	int c;

	/* only the supervisor says -R, as the first word: ROLE INSTANCE follow */
	if (argc >= 3 && strcmp(argv[1], "-R") == 0) {
#ifdef YETT_SANITIZED
		confined = 1;
#endif
		return run_role(argv[2]);
	}
	while ((c = getopt_long(argc, argv, "c:fhnv", longs, NULL)) != -1) {
		switch (c) {
		case 'c': o.config = optarg; break;
		case 'f': break;
		case 'n': o.check = true; break;
		case 'v': o.verbose = true; break;
		case 'h': fputs(usage, stdout); return 0;
		case OPT_SETTINGS: print_settings(); return 0;
		case OPT_VERSION: printf("yett-agent %s\n", YETT_VERSION); return 0;
		default: fputs(usage, stderr); return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "yett-agent: unexpected: %s\n%s", argv[optind], usage);
		return EXIT_USAGE;
	}
	return supervisor_main(&o);
}
