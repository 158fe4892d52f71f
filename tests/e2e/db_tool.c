/*
 * lib/pg for test scripts:
 *
 *   db_tool init CONNINFO ENVIRONMENT   roles, schemas, migrations
 *   db_tool migrate CONNINFO            migrations; prints how many were applied
 *   db_tool status CONNINFO             prints "applied built_in"
 *   db_tool sketches SEED N             pgTAP lines that compare SQL's sketches with C's
 *
 * Exit status 1 with the message on stderr.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "pg/migrate.h"
#include "sketch/distinct.h"
#include "sketch/hist.h"

static uint64_t
rng(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

static void
print_hex(struct span s)
{
	char *hex = malloc(HEX_LEN(s.n) + 1);

	if (!hex)
		exit(1);
	hex_encode(s.p, s.n, hex);
	printf("'\\x%.*s'::bytea", (int)HEX_LEN(s.n), hex);
	free(hex);
}

/* Two histograms, packed; their merge and quantiles as C has them. */
static void
compare_hist(uint64_t *seed)
{
	struct hist one[2] = {{0}, {0}}, both = {0};
	struct buf packed[2] = {BUF_INIT, BUF_INIT}, merged = BUF_INIT;
	static const double share[] = {0.01, 0.5, 0.95, 0.999};

	for (unsigned k = 0; k < 2; k++) {
		unsigned n = (unsigned)(rng(seed) % 60) + k;

		for (unsigned i = 0; i < n; i++) {
			uint64_t v = rng(seed) >> (22 + rng(seed) % 42);

			if (hist_add(&one[k], v, (uint32_t)(rng(seed) % 70000 + 1)) != OK)
				exit(1);
		}
		hist_pack(&one[k], &packed[k]);
		if (hist_merge(&both, &one[k]) != OK)
			exit(1);
	}
	hist_pack(&both, &merged);
	printf("select is(yett.hist_merge(array[");
	print_hex(buf_span(&packed[0]));
	printf(",");
	print_hex(buf_span(&packed[1]));
	printf("]), ");
	print_hex(buf_span(&merged));
	printf(", 'histograms merge as in C');\n");
	for (unsigned i = 0; i < 4; i++) {
		printf("select is(yett.hist_quantile(array[");
		print_hex(buf_span(&merged));
		printf("], %g), %llu::bigint, 'quantile %g');\n", share[i],
		    (unsigned long long)hist_quantile(&both, share[i]), share[i]);
	}
	for (unsigned k = 0; k < 2; k++) {
		hist_fini(&one[k]);
		buf_fini(&packed[k]);
	}
	hist_fini(&both);
	buf_fini(&merged);
}

static void
compare_distinct(uint64_t *seed, unsigned first, unsigned second)
{
	struct distinct one[2] = {{0}, {0}}, both;
	struct buf packed[2] = {BUF_INIT, BUF_INIT}, merged = BUF_INIT;
	const unsigned n[2] = {first, second};

	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < n[k]; i++)
			distinct_add(&one[k], rng(seed) * UINT64_C(0x9e3779b97f4a7c15));
		distinct_pack(&one[k], &packed[k]);
	}
	both = one[0];
	distinct_merge(&both, &one[1]);
	distinct_pack(&both, &merged);
	printf("select is(yett.distinct_merge(array[");
	print_hex(buf_span(&packed[0]));
	printf(",");
	print_hex(buf_span(&packed[1]));
	printf("]), ");
	print_hex(buf_span(&merged));
	printf(", 'distinct counts of %u and %u merge as in C');\n", first, second);
	printf("select is(yett.distinct_count(array[");
	print_hex(buf_span(&merged));
	printf("]), %llu::bigint, 'and count as in C');\n",
	    (unsigned long long)distinct_count(&both));
	for (unsigned k = 0; k < 2; k++)
		buf_fini(&packed[k]);
	buf_fini(&merged);
}

static void
sketches(uint64_t seed, unsigned rounds)
{
	static const unsigned n[][2] = {
	    {0, 0}, {1, 0}, {20, 12}, {20, 13}, {40, 3}, {3, 300}, {500, 3000}};

	printf("select no_plan();\n");
	for (unsigned i = 0; i < rounds; i++) {
		compare_hist(&seed);
		compare_distinct(&seed, n[i % 7][0], n[i % 7][1]);
	}
	printf("select * from finish();\n");
}

int
main(int argc, char **argv)
{
	struct pg_sync *p = NULL;
	struct pg_error error = {0};
	struct migrate_status status;
	unsigned applied = 0;
	int err;

	if (argc == 4 && strcmp(argv[1], "sketches") == 0) {
		sketches(strtoull(argv[2], NULL, 10) | 1,
		    (unsigned)strtoull(argv[3], NULL, 10));
		return 0;
	}
	if (argc < 3)
		return 2;
	err = pg_sync_open(argv[2], "db_tool", &p, &error);
	if (err == OK && strcmp(argv[1], "init") == 0 && argc == 4)
		err = migrate_init(p, argv[3], &error);
	else if (err == OK && strcmp(argv[1], "migrate") == 0) {
		err = migrate_apply(p, &applied, &error);
		if (err == OK)
			printf("%u\n", applied);
	} else if (err == OK && strcmp(argv[1], "status") == 0) {
		err = migrate_status_read(p, &status, &error);
		if (err == OK)
			printf("%u %u\n", status.applied, status.built_in);
	}
	if (err)
		fprintf(stderr, "%s (%s %s)\n", error.text, err_str(err), error.sqlstate);
	pg_sync_close(p);
	return err ? 1 : 0;
}
