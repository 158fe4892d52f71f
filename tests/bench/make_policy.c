/*
 * Writes a policy folder of a wanted size, the same for the same numbers, for benchmarks
 * and fault tests:
 *
 *	make_policy [--endpoints N] [--rules N] [--bytes N] [--mode MODE] DIR
 *
 * Endpoints are /s/RESOURCE/{number}/… on host api.example.com, in the shapes that real
 * inventories have. Rules are the usual mix: most bound to an endpoint, some to prints,
 * headers, paths, patterns; none matches what the load generators send (they bear the
 * header x-attack: no). --bytes adds rules with large sets until the bundle is about that
 * large. `yettc compile DIR` makes the bundle.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"

#define VALUES_PER_RULE 20000 /* RULE_BYTES of bundle */
#define RULE_BYTES 2150000

struct size {
	uint64_t endpoints, rules, bytes;
	const char *mode;
};

static const char *const resources[] = {"users", "orders", "items", "carts", "payments",
    "invoices", "accounts", "sessions", "reports", "products", "reviews", "stores",
    "tickets", "messages", "devices", "events"};
static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "PATCH"};

/* The nth endpoint; method and template apart. */
static const char *
endpoint_method(uint64_t i)
{
	return methods[i % 5];
}

static void
put_template(struct buf *out, uint64_t i)
{
	uint64_t n = i / 5;
	const char *a = resources[n % 16], *b = resources[n / 16 % 16];
	uint64_t group = n / 1024;

	buf_printf(out, "/v1/s%" PRIu64 "/%s", group, a);
	switch (n / 256 % 4) {
	case 0: buf_printf(out, "/%s", b); break;
	case 1: buf_printf(out, "/{number}/%s", b); break;
	case 2: buf_printf(out, "/{uuid}/%s/{number}", b); break;
	default: buf_printf(out, "/{prefixed}/%s/{number}/detail", b); break;
	}
}

static void
put_condition(struct buf *out, uint64_t i, const struct size *size)
{
	uint64_t e = size->endpoints ? i * 7919 % size->endpoints : 0;

	if (size->endpoints && i % 20 < 12) {
		buf_printf(out, "endpoint eq \"%s ", endpoint_method(e));
		put_template(out, e);
		buf_put_str(out, "\" and http.header[\"x-attack\"] eq \"yes\"");
		return;
	}
	switch (i % 20) {
	case 12:
	case 13:
	case 14:
		buf_printf(out, "tls.ja3 in {\"%032" PRIx64 "\" \"%032" PRIx64 "\"}",
		    i * 0x9e3779b97f4a7c15, i * 0xc2b2ae3d27d4eb4f);
		break;
	case 15:
		buf_printf(out, "http.header[\"x-client\"] eq \"bad-%" PRIu64 "\"", i);
		break;
	case 16:
		buf_printf(out,
		    "http.user_agent eq \"scanner/%" PRIu64 "\" or http.user_agent eq "
		    "\"worm/%" PRIu64 "\"",
		    i, i);
		break;
	case 17:
		buf_printf(out,
		    "http.path eq \"/old/%" PRIu64
		    "\" and not tls and len(http.query) gt 10",
		    i);
		break;
	case 18:
		buf_printf(out,
		    "http.host eq \"h%" PRIu64
		    ".example.com\" and http.path matches r\"^/x\\d+/%" PRIu64 "$\"",
		    i, i);
		break;
	default:
		buf_printf(out,
		    "http.cookie[\"sid\"] in {\"a%" PRIu64 "\" \"b%" PRIu64 "\"}", i, i);
	}
}

static void
put_rule(struct buf *out, uint64_t i, const struct size *size)
{
	bool limit = i % 25 == 24;

	buf_printf(out, "%s \"r%06" PRIu64 "\" {\n\twhen ", limit ? "limit" : "rule", i);
	put_condition(out, i, size);
	if (limit)
		buf_put_str(out, "\n\tby identity rate 100/1m burst 20 action rate");
	else
		buf_put_str(out, "\n\taction deny 403");
	buf_printf(out, " mode %s priority %" PRIu64 "\n\towner \"bench\"\n}\n",
	    size->mode, 100 + i % 7);
}

static void
put_large_rule(struct buf *out, uint64_t i)
{
	buf_printf(
	    out, "rule \"large%03" PRIu64 "\" {\n\twhen http.header[\"x-key\"] in {", i);
	for (unsigned v = 0; v < VALUES_PER_RULE; v++)
		buf_printf(out, "\n\t\"k%03" PRIu64 "-%08x\"", i, v * 2654435761u);
	buf_put_str(out, "}\n\taction deny 403 mode shadow\n}\n");
}

static bool
write_file(const char *dir, const char *name, struct buf *text)
{
	char path[4096];
	bool good = buf_err(text) == OK &&
	    snprintf(path, sizeof path, "%s/%s", dir, name) < (int)sizeof path &&
	    io_write_file(path, buf_span(text), 0644) == OK;

	buf_fini(text);
	if (!good)
		fprintf(stderr, "make_policy: cannot write %s/%s\n", dir, name);
	return good;
}

static bool
write_policy(const char *dir, const struct size *size)
{
	struct buf text = BUF_INIT;
	uint64_t small, large = 0;

	if (mkdir(dir, 0755) && errno != EEXIST)
		perror(dir);
	buf_put_str(&text,
	    "[policy]\nenvironment = dev\n\n[identity]\nsource = bearer\n"
	    "source = header:x-api-key\n");
	if (!write_file(dir, "policy.conf", &text))
		return false;
	buf_put_str(&text, "api api.example.com\n");
	if (!write_file(dir, "bench.services", &text))
		return false;
	for (uint64_t i = 0; i < size->endpoints; i++) {
		buf_printf(&text, "api %s ", endpoint_method(i));
		put_template(&text, i);
		buf_printf(&text, " id=%" PRIu64 "\n", i + 1);
	}
	if (!write_file(dir, "bench.endpoints", &text))
		return false;
	for (uint64_t i = 0; i < size->rules; i++)
		put_rule(&text, i, size);
	if (!write_file(dir, "bench.rules", &text))
		return false;
	small = size->endpoints * 170 + size->rules * 200;
	if (size->bytes > small)
		large = (size->bytes - small + RULE_BYTES - 1) / RULE_BYTES;
	for (uint64_t i = 0; i < large; i++)
		put_large_rule(&text, i);
	return write_file(dir, "large.rules", &text);
}

int
main(int argc, char **argv)
{
	struct size size = {10000, 1000, 0, "enforce"};
	const char *dir = NULL;

	for (int i = 1; i < argc; i++) {
		uint64_t *to = strcmp(argv[i], "--endpoints") == 0 ? &size.endpoints
		    : strcmp(argv[i], "--rules") == 0		   ? &size.rules
		    : strcmp(argv[i], "--bytes") == 0		   ? &size.bytes
								   : NULL;

		if (to && i + 1 < argc && span_u64(span_str(argv[i + 1]), to) == OK)
			i++;
		else if (strcmp(argv[i], "--mode") == 0 && i + 1 < argc)
			size.mode = argv[++i];
		else if (dir == NULL && argv[i][0] != '-')
			dir = argv[i];
		else
			goto usage;
	}
	if (dir)
		return write_policy(dir, &size) ? 0 : 1;
usage:
	fprintf(stderr,
	    "usage: make_policy [--endpoints N] [--rules N] [--bytes N] "
	    "[--mode MODE] DIR\n");
	return 2;
}
