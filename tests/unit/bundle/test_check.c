/*
 * bundle_parse: each single thing in a section made wrong is refused. The hash of the
 * content is made right again each time, so that the structure alone is judged.
 */
#include "tests/unit/bundle/fixture.h"

#include "crypto/crypto.h"

struct damage {
	const char *what;
	size_t section; /* index in the table: id - 1 */
	size_t element;
	size_t offset; /* in the element */
	size_t width;
	uint64_t value;
};

#define BAD(section, n, type, member, value)                                           \
	{                                                                              \
#section "[" #n "]." #member " = " #value, section - 1, n,             \
		    offsetof(struct type, member), sizeof(((struct type *)0)->member), \
		    value                                                              \
	}

static const struct damage damages[] = {
    BAD(SECTION_META, 0, bundle_meta, default_mode, 3),
    BAD(SECTION_META, 0, bundle_meta, unmatched_service, 2),
    BAD(SECTION_META, 0, bundle_meta, note.offset, 0x7fffffff),
    BAD(SECTION_META, 0, bundle_meta, note.length, UINT32_MAX),
    BAD(SECTION_SERVICE, 0, bundle_service, name.length, 0),
    BAD(SECTION_SERVICE, 0, bundle_service, root, 1),
    BAD(SECTION_SERVICE, 1, bundle_service, root, 0),
    BAD(SECTION_SERVICE, 1, bundle_service, root, 9999),
    BAD(SECTION_HOST, 0, bundle_host, service, 2),
    BAD(SECTION_HOST, 1, bundle_host, prefix.length, 60000),
    BAD(SECTION_ENDPOINT, 0, bundle_endpoint, service, 2),
    BAD(SECTION_ENDPOINT, 0, bundle_endpoint, mode, 3),
    BAD(SECTION_ENDPOINT, 0, bundle_endpoint, flags, 4),
    BAD(SECTION_ENDPOINT, 0, bundle_endpoint, template.length, 0),
    BAD(SECTION_ENDPOINT, 0, bundle_endpoint, label.length, 1),
    BAD(SECTION_NODE, 0, bundle_node, literal, 1),
    BAD(SECTION_NODE, 0, bundle_node, literal_mask, 2),
    BAD(SECTION_NODE, 0, bundle_node, literal_mask, 0xffff),
    BAD(SECTION_NODE, 0, bundle_node, param, 1),
    BAD(SECTION_NODE, 0, bundle_node, params, 1),
    BAD(SECTION_NODE, 0, bundle_node, leaf, 1),
    BAD(SECTION_NODE, 0, bundle_node, leaves, 100),
    BAD(SECTION_PARAM, 0, bundle_param, child, 0),
    BAD(SECTION_PARAM, 0, bundle_param, class_mask, 0),
    BAD(SECTION_LEAF, 0, bundle_leaf, endpoint, 99),
    BAD(SECTION_LEAF, 0, bundle_leaf, verb.offset, UINT32_MAX),
    BAD(SECTION_SOURCE, 0, bundle_source, kind, 0),
    BAD(SECTION_SOURCE, 0, bundle_source, kind, 8),
    BAD(SECTION_SOURCE, 0, bundle_source, verified, 2),
    BAD(SECTION_PREDICATE, 0, bundle_predicate, op, 0),
    BAD(SECTION_PREDICATE, 0, bundle_predicate, op, 14),
    BAD(SECTION_PREDICATE, 0, bundle_predicate, transform, 4),
    BAD(SECTION_PREDICATE, 0, bundle_predicate, set, 99),
    BAD(SECTION_PREDICATE, 0, bundle_predicate, text.length, UINT32_MAX),
    BAD(SECTION_STEP, 0, bundle_step, predicate, 99),
    BAD(SECTION_STEP, 0, bundle_step, if_true, 0),
    BAD(SECTION_STEP, 0, bundle_step, if_false, 999),
    BAD(SECTION_SET, 0, bundle_set, kind, 0),
    BAD(SECTION_SET, 0, bundle_set, kind, 4),
    BAD(SECTION_SET, 0, bundle_set, slot, 1),
    BAD(SECTION_SET, 0, bundle_set, mask, UINT32_MAX),
    BAD(SECTION_SET, 0, bundle_set, n, 0),
    BAD(SECTION_SET, 0, bundle_set, n, 100),
    BAD(SECTION_SET_SLOT, 0, bundle_set_slot, number, 129),
    BAD(SECTION_SET_SLOT, 0, bundle_set_slot, number, 7),
    BAD(SECTION_SET_SLOT, 0, bundle_set_slot, used, 2),
    BAD(SECTION_RULE, 0, bundle_rule, name.length, 0),
    BAD(SECTION_RULE, 0, bundle_rule, name_hash, 1),
    BAD(SECTION_RULE, 0, bundle_rule, step, 1),
    BAD(SECTION_RULE, 0, bundle_rule, steps, 0),
    BAD(SECTION_RULE, 0, bundle_rule, steps, 65535),
    BAD(SECTION_RULE, 0, bundle_rule, flags, 32),
    BAD(SECTION_RULE, 0, bundle_rule, action, 0),
    BAD(SECTION_RULE, 0, bundle_rule, action, 7),
    BAD(SECTION_RULE, 0, bundle_rule, action, ACTION_RATE),
    BAD(SECTION_RULE, 0, bundle_rule, mode, 3),
    BAD(SECTION_RULE, 0, bundle_rule, status, 403),
    BAD(SECTION_RULE, 0, bundle_rule, key, 1),
    BAD(SECTION_RULE, 0, bundle_rule, keys, 1),
    BAD(SECTION_RULE, 0, bundle_rule, endpoint, 99),
    BAD(SECTION_RULE, 1, bundle_rule, priority, 101),
    BAD(SECTION_RULE, 4, bundle_rule, period_ns, 0),
    BAD(SECTION_RULE, 4, bundle_rule, period_ns, UINT64_MAX),
    BAD(SECTION_RULE, 4, bundle_rule, burst, 0),
    BAD(SECTION_RULE, 4, bundle_rule, keys, 0),
    BAD(SECTION_RULE, 4, bundle_rule, flags, 0),
    BAD(SECTION_KEY, 0, bundle_key, transform, 4),
    BAD(SECTION_KEY, 1, bundle_key, key.length, UINT32_MAX),
    BAD(SECTION_ANCHOR, 0, bundle_anchor, slot, 1),
    BAD(SECTION_ANCHOR, 0, bundle_anchor, mask, 2),
    BAD(SECTION_ANCHOR, 0, bundle_anchor, transform, 2),
    BAD(SECTION_SELFTEST, 0, bundle_selftest, action, 0),
    BAD(SECTION_SELFTEST, 0, bundle_selftest, action, 5),
    BAD(SECTION_SELFTEST, 0, bundle_selftest, endpoint, 99),
    BAD(SECTION_SELFTEST, 0, bundle_selftest, headers.length, UINT32_MAX),
    BAD(SECTION_CLASS, 0, bundle_class, name.length, 0),
    BAD(SECTION_CLASS, 0, bundle_class, name.length, 25),
    BAD(SECTION_CLASS, 0, bundle_class, name.offset, UINT32_MAX),
    BAD(SECTION_CLASS, 0, bundle_class, title.length, 0),
    BAD(SECTION_CLASS, 0, bundle_class, names.length, 0),
    BAD(SECTION_CLASS, 1, bundle_class, pattern.length, UINT32_MAX),
    BAD(SECTION_CLASS, 0, bundle_class, validator.offset, UINT32_MAX),
    BAD(SECTION_CLASS, 0, bundle_class, groups, 64),
    BAD(SECTION_CLASS, 1, bundle_class, mask, 5),
};

static void
rehash(struct buf *bytes)
{
	size_t from = sizeof(struct bundle_header);
	struct bundle_header *h = (void *)bytes->p;

	assert_int_equal(
	    crypto_sha256(span_make(bytes->p + from, bytes->n - from), h->content), OK);
}

static int
parse_damaged(struct buf *bytes, struct bundle_error *e)
{
	struct bundle b;
	int rc;

	rehash(bytes);
	rc = bundle_parse(buf_span(bytes), &b, e);
	if (rc != OK)
		assert_null(b.header);
	return rc;
}

static void
test_parse_refuses_each_wrong_member(void **state)
{
	struct fixture f = {0};

	fixture_policy(&f);
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		const struct damage *d = &damages[i];
		struct bundle_section s;
		struct bundle_error e;
		char *at, was[8];

		memcpy(&s,
		    f.bytes.p + sizeof(struct bundle_header) + d->section * sizeof s,
		    sizeof s);
		assert_true(d->element < s.count);
		at = f.bytes.p + s.offset + d->element * s.stride + d->offset;
		memcpy(was, at, d->width);
		memcpy(at, &d->value, d->width);
		if (parse_damaged(&f.bytes, &e) != ERR_CORRUPT)
			fail_msg("%s was taken", d->what);
		assert_true(e.text[0] != '\0');
		memcpy(at, was, d->width);
	}
	assert_int_equal(parse_damaged(&f.bytes, &(struct bundle_error){{0}}), OK);
	fixture_fini(&f);
}

static void
test_parse_refuses_each_wrong_section(void **state)
{
	struct fixture f = {0};
	struct bundle_section *table;
	struct bundle_error e;

	fixture_policy(&f);
	table = (void *)(f.bytes.p + sizeof(struct bundle_header));
	for (unsigned i = 0; i < f.b.header->sections; i++) {
		struct bundle_section was = table[i];
		struct bundle_section wrong[] = {
		    {was.id + 1, was.stride, was.offset, was.count},
		    {was.id, was.stride + 1, was.offset, was.count},
		    {was.id, was.stride, was.offset + 1, was.count},
		    {was.id, was.stride, was.offset + 64, was.count},
		    {was.id, was.stride, was.offset - 64, was.count},
		    {was.id, was.stride, UINT64_MAX - 63, was.count},
		    {was.id, was.stride, was.offset, was.count + (1 << 20)},
		    {was.id, was.stride, was.offset, UINT64_MAX},
		};

		for (unsigned k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
			table[i] = wrong[k];
			assert_int_equal(parse_damaged(&f.bytes, &e), ERR_CORRUPT);
		}
		table[i] = was;
	}
	assert_int_equal(parse_damaged(&f.bytes, &e), OK);
	fixture_fini(&f);
}

/* What no check looks at (text, constants) may change; nothing may read outside. */
static void
test_parse_survives_every_flipped_byte(void **state)
{
	struct fixture f = {0};
	struct bundle_error e;
	unsigned taken = 0, refused = 0;

	fixture_policy(&f);
	for (size_t i = sizeof(struct bundle_header); i < f.bytes.n; i++) {
		f.bytes.p[i] = (char)~f.bytes.p[i];
		if (parse_damaged(&f.bytes, &e) == OK)
			taken++;
		else
			refused++;
		f.bytes.p[i] = (char)~f.bytes.p[i];
	}
	assert_true(taken > 0 && refused > taken);
	fixture_fini(&f);
}

static void
test_parse_wants_alignment(void **state)
{
	struct fixture f = {0};
	struct bundle_error e;
	struct bundle b;

	fixture_policy(&f);
	assert_int_equal(
	    bundle_parse(span_from(buf_span(&f.bytes), 4), &b, &e), ERR_INVALID);
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse_refuses_each_wrong_member),
	    cmocka_unit_test(test_parse_refuses_each_wrong_section),
	    cmocka_unit_test(test_parse_survives_every_flipped_byte),
	    cmocka_unit_test(test_parse_wants_alignment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
