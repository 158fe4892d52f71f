/*
 * The rule language: any text gives either messages or rules; rules print to a text that
 * gives the same print; and what is free of errors becomes a bundle that parses.
 */
#include <stdlib.h>

#include "policy/compile.h"
#include "policy/parse.h"
#include "policy/print.h"

#define INPUT_BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
print_all(const block_list *blocks, struct buf *out)
{
	for (uint32_t i = 0; i < blocks->n; i++)
		print_block(&blocks->v[i], out);
	CHECK(buf_err(out) == OK);
}

static unsigned
parse(struct pool *pool, struct span text, struct source *source, block_list *blocks)
{
	struct diags diags = {.pool = pool};

	*source = (struct source){SPAN("fuzz.rules"), text};
	rules_parse(source, &diags, blocks);
	return diags.errors;
}

static void
print_and_parse_again(struct pool *pool, const block_list *blocks)
{
	struct buf first = BUF_INIT, second = BUF_INIT;
	block_list again = {0};
	struct source source;

	print_all(blocks, &first);
	CHECK(parse(pool, buf_span(&first), &source, &again) == 0);
	print_all(&again, &second);
	CHECK(span_eq(buf_span(&first), buf_span(&second)));
	buf_fini(&first);
	buf_fini(&second);
}

static void
compile_it(struct pool *pool, struct span text)
{
	struct compile_options o = {.revision = 1, .created_us = 1};
	struct diags diags = {.pool = pool};
	struct buf bundle = BUF_INIT, messages = BUF_INIT;
	struct input in = {.kind = INPUT_RULES};
	struct bundle_error e;
	struct bundle b;
	int rc;

	in.source = (struct source){SPAN("fuzz.rules"), text};
	rc = compile(pool, &diags, &in, 1, &o, &bundle);
	CHECK((rc == OK) == (diags.errors == 0));
	diag_print(&diags, false, &messages);
	CHECK(messages.n > 0 || diags.errors + diags.warnings == 0);
	if (rc == OK)
		CHECK(bundle_parse(buf_span(&bundle), &b, &e) == OK);
	buf_fini(&bundle);
	buf_fini(&messages);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool pool = POOL_INIT;
	block_list blocks = {0};
	struct source source;

	if (size > INPUT_BYTES_MAX)
		return 0;
	if (parse(&pool, span_make(data, size), &source, &blocks) == 0)
		print_and_parse_again(&pool, &blocks);
	compile_it(&pool, span_make(data, size));
	pool_fini(&pool);
	return 0;
}
