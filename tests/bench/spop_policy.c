/*
 * Writes the policy folder that the engine's and the worker's figures decide by
 * (policy_text.h): spop_policy ENDPOINTS RULES DIR.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "tests/bench/policy_text.h"

static int
write_part(const char *dir, const char *name, struct buf *text)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return buf_err(text) != OK ? buf_err(text)
				   : io_write_file(path, buf_span(text), 0644);
}

int
main(int argc, char **argv)
{
	struct buf endpoints = BUF_INIT, rules = BUF_INIT;
	unsigned n, m;
	int err;

	if (argc != 4) {
		fprintf(stderr, "usage: spop_policy ENDPOINTS RULES DIR\n");
		return 2;
	}
	n = (unsigned)strtoul(argv[1], NULL, 10);
	m = (unsigned)strtoul(argv[2], NULL, 10);
	if (n == 0)
		return 2;
	policy_text_endpoints(&endpoints, n);
	policy_text_rules(&rules, m, n);
	mkdir(argv[3], 0755);
	err = write_part(argv[3], "bench.endpoints", &endpoints);
	if (err == OK)
		err = write_part(argv[3], "bench.rules", &rules);
	if (err != OK)
		fprintf(stderr, "spop_policy: %s: %s\n", argv[3], err_str(err));
	buf_fini(&endpoints);
	buf_fini(&rules);
	return err == OK ? 0 : 1;
}
