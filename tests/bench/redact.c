/*
 * The price of redaction, CPU time: a token of a value as it came (canonical form and HMAC), the
 * same while two epochs overlap and the pair is told, the hash for sketches, masks.
 *
 * Values are drawn before; medians of rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "redact/canonical.h"
#include "redact/mask.h"

#define VALUES 4096u
#define ROUNDS 15u
#define PER_ROUND 40000u
#define NOW INT64_C(1700000000000000)

static struct class_set *classes;
static struct redactor *redactor;
static char value[VALUES][32];
static uint64_t seed = 88172645463325252u;
static uint64_t sum; /* so that nothing is left out */
static unsigned long links;

static double
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
draw(void)
{
	for (unsigned i = 0; i < VALUES; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		snprintf(value[i], sizeof(value[i]), "4%03u-%04u-%04u-%04u",
		    (unsigned)(seed >> 8) % 1000, (unsigned)(seed >> 20) % 10000,
		    (unsigned)(seed >> 36) % 10000, (unsigned)(seed >> 48) % 10000);
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
figure(const char *name, double goal, const char *note, void (*one)(struct span))
{
	double round[ROUNDS];

	for (unsigned r = 0; r < ROUNDS; r++) {
		double start = cpu_ns();

		for (unsigned i = 0; i < PER_ROUND; i++)
			one(span_str(value[i % VALUES]));
		round[r] = (cpu_ns() - start) / PER_ROUND;
	}
	qsort(round, ROUNDS, sizeof(*round), compare);
	printf("{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"ns\",\"goal\":\"<= %.0f\","
	       "\"ok\":%s,\"note\":\"%s\"}\n",
	    name, round[ROUNDS / 2], goal, round[ROUNDS / 2] <= goal ? "true" : "false",
	    note);
	fflush(stdout);
}

static void
make_token(struct span v)
{
	char text[TOKEN_TEXT_MAX];
	struct span out;

	CHECK(redact_token(redactor, "text", v, NOW, text, &out) == OK);
	sum += (uint8_t)out.p[out.n - 1];
}

static void
make_value(struct span v)
{
	static const struct class_info *card;
	char text[TOKEN_TEXT_MAX];
	struct span out;

	if (!card)
		card = class_get(classes, class_find(classes, SPAN("card_number")));
	CHECK(redact_value(redactor, card, v, NOW, text, &out) == OK);
	sum += (uint8_t)out.p[out.n - 1];
}

static void
make_hash(struct span v)
{
	sum += redact_value_hash(redactor, v, NOW);
}

static void
make_mask(struct span v)
{
	const struct class_info cls = {.name = "card_number", .mask = MASK_LAST4};
	char text[MASK_TEXT_MAX];
	struct span out;

	CHECK(redact_mask(redactor, &cls, v, NOW, text, &out) == OK);
	sum += out.n;
}

static void
count_link(void *ctx, struct span from, struct span to, int64_t now_us)
{
	links++;
}

int
main(void)
{
	struct keyring k = {.n = 2};
	char why[200];
	size_t at;

	k.secret[0].epoch = 1;
	k.secret[1].epoch = 2;
	k.secret[1].from_us = NOW - 1;
	memset(k.secret[0].key, 3, SECRET_BYTES);
	memset(k.secret[1].key, 4, SECRET_BYTES);
	CHECK(class_set_new(NULL, 0, &classes, &at, why) == OK);
	CHECK(redactor_new(&k, &redactor) == OK);
	draw();
	figure("redact_token", 1000, "word of 19 bytes, key schedule done", make_token);
	figure("redact_value", 1200, "card with dashes: canonical form and token",
	    make_value);
	figure("redact_value_hash", 100, "SipHash of 19 bytes", make_hash);
	figure("redact_mask", 200, "last four of a card", make_mask);
	CHECK(redactor_overlap(redactor, 1000000, count_link, NULL) == OK);
	figure("redact_token_overlap", 1500, "while epochs overlap, pairs told before",
	    make_token);
	CHECK(links == VALUES);
	redactor_free(redactor);
	class_set_free(classes);
	return sum == 0;
}
