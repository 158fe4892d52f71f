/*
 * yettc, the policy compiler: see yettc(1). This file chooses the command; commands do the
 * reading and writing, the stages behind them (compile.h) are pure.
 */
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "policy/options.h"

int
main(int argc, char **argv)
{
	struct options o;
	int rc;

	log_init("yettc", LOG_INFO);
	signal(SIGPIPE, SIG_IGN);
	if ((rc = options_parse(argc, argv, &o)) == EXIT_DONE)
		rc = o.command->run(&o);
	buf_fini(&o.headers);
	return rc < 0 ? EXIT_DONE : rc;
}
