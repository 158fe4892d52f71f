/* From records and finish lines to fields, suspicions and children, through the intake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "feed.h"

static struct feed feed; /* large */

#define METRIC_IS(id, n) assert_int_equal(metric_get(&feed.metric, id), n)
#define CARD "4539578763621486"

static struct feed_field *
field(unsigned direction, unsigned location, const char *path)
{
	struct feed_field *f = feed_field(&feed, direction, location, path);

	if (!f)
		for (unsigned i = 0; i < feed.fields; i++)
			print_error("%u %u %s\n", feed.field[i].direction,
			    feed.field[i].location, feed.field[i].path);
	assert_non_null(f);
	return f;
}

static void
post(const char *path, const char *type, const char *body, int status)
{
	struct feed_request q = {"POST", "api.example", path, 1, 0, {0}};

	feed.more.header[0][0] = "content-type";
	feed.more.header[0][1] = type;
	feed.more.body = span_str(body);
	feed_pair(&feed, &q, status);
	feed.more.body = SPAN_NONE;
	feed.more.header[0][0] = NULL;
}

static void
test_fields_of_every_location_are_seen(void **state)
{
	feed_open(&feed, NULL);
	feed.more.query = "page=2&filter%5Bstatus%5D=open&ratio=1.5&active=true";
	feed.more.header[1][0] = "x-tenant";
	feed.more.header[1][1] = "north";
	feed.more.header[2][0] = "cookie";
	feed.more.header[2][1] = "session=abc; theme=dark";
	feed.more.header[3][0] = "user-agent";
	feed.more.header[3][1] = "curl";
	feed.more.header[0][0] = "content-type";
	feed.more.header[0][1] = "application/json";
	feed_answer(&feed,
	    "{\"id\":7,\"items\":[{\"price\":1.5,\"name\":null},"
	    "{\"price\":2}],\"open\":true,\"empty\":\"\"}");
	post("/users/41/orders", "application/json",
	    "{\"address\":{\"city\":\"Bern\"},\"tags\":[\"one\",\"two\"]}", 201);
	/* header[0] was given back by post(): the others came as well. */
	intake_flush(feed.intake);
	assert_int_equal(field(1, FIELD_PATH, "1")->types, FIELD_IS_INTEGER);
	assert_int_equal(field(1, FIELD_QUERY, "page")->types, FIELD_IS_INTEGER);
	assert_int_equal(field(1, FIELD_QUERY, "ratio")->types, FIELD_IS_FRACTION);
	assert_int_equal(field(1, FIELD_QUERY, "active")->types, FIELD_IS_BOOLEAN);
	assert_int_equal(field(1, FIELD_QUERY, "filter[status]")->types, FIELD_IS_STRING);
	assert_int_equal(field(1, FIELD_HEADER, "x-tenant")->present, 1);
	assert_int_equal(field(1, FIELD_COOKIE, "session")->present, 1);
	assert_int_equal(field(1, FIELD_COOKIE, "theme")->present, 1);
	assert_null(feed_field(&feed, 1, FIELD_HEADER, "user-agent"));
	assert_null(feed_field(&feed, 1, FIELD_HEADER, "cookie"));
	assert_null(feed_field(&feed, 1, FIELD_HEADER, "content-type"));
	assert_int_equal(field(1, FIELD_BODY, "address.city")->values, 1);
	assert_int_equal(field(1, FIELD_BODY, "tags[]")->values, 2);
	assert_int_equal(field(1, FIELD_BODY, "tags[]")->present, 1);
	assert_int_equal(field(1, FIELD_BODY, "tags[]")->distinct, 2);
	assert_int_equal(field(2, FIELD_BODY, "id")->types, FIELD_IS_INTEGER);
	assert_int_equal(field(2, FIELD_BODY, "items[].price")->types,
	    FIELD_IS_INTEGER | FIELD_IS_FRACTION);
	assert_int_equal(field(2, FIELD_BODY, "items[].name")->types, FIELD_IS_NULL);
	assert_int_equal(field(2, FIELD_BODY, "items[].name")->values, 0);
	assert_int_equal(field(2, FIELD_BODY, "open")->types, FIELD_IS_BOOLEAN);
	assert_int_equal(field(2, FIELD_BODY, "empty")->values, 0);
	assert_int_equal(field(2, FIELD_BODY, "id")->status, 1 << 2);
	METRIC_IS(M_LOOKS, 2);
	feed_close(&feed);
}

static void
test_bodies_of_every_kind_are_read(void **state)
{
	static const struct {
		const char *type, *body, *path;
	} cases[] = {
	    {"application/x-www-form-urlencoded", "city=Bern&zip=3000", "city"},
	    {"multipart/form-data; boundary=x",
		"--x\r\nContent-Disposition: form-data; name=\"city\"\r\n\r\nBern\r\n"
		"--x--\r\n",
		"city"},
	    {"application/xml", "<order><city>Bern</city></order>", "order.city"},
	    {"text/plain", "Bern", "$"},
	    {"application/vnd.api+json", "{\"data\":{\"city\":1}}", "data.city"},
	    {"application/x-www-form-urlencoded",
		"variables=%7B%22input%22%3A%7B%22city%22%3A%22Bern%22%7D%7D",
		"variables.input.city"},
	    {"application/json", "{\"variables\":{\"input\":{\"city\":\"Bern\"}}}",
		"variables.input.city"},
	    {"application/json", "[[1,2],[3]]", "[][]"},
	    {"application/json", "[{\"city\":\"x\"}]", "[].city"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		feed_open(&feed, NULL);
		post("/orders", cases[i].type, cases[i].body, 200);
		intake_flush(feed.intake);
		assert_int_equal(field(1, FIELD_BODY, cases[i].path)->present, 1);
		feed_close(&feed);
	}
}

static void
test_refused_requests_teach_nothing(void **state)
{
	static const int refused[] = {400, 401, 404, 500, -1};

	feed_open(&feed, NULL);
	post("/orders", "application/json", "{\"total\":1}", 200);
	intake_flush(feed.intake);
	assert_int_equal(feed.fields, 1);
	feed_answer(&feed, "{\"error\":\"no\"}");
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		post("/orders", "application/json", "{\"scan\":1}", refused[i]);
	post("/unknown", "application/json", "{\"scan\":1}", 404);
	intake_flush(feed.intake);
	intake_drain(feed.intake);
	assert_int_equal(feed.fields, 1);
	feed_close(&feed);
}

static void
test_card_numbers_are_suspected_at_once(void **state)
{
	const struct feed_suspect *s = feed.suspect;

	feed_open(&feed, NULL);
	feed_answer(&feed, "{\"cardNumber\":\"" CARD "\"}");
	feed_get(&feed, "/payments/17", 1, 200);
	/* Before any flush of sums: an alert. */
	assert_int_equal(feed.suspects, 1);
	assert_int_equal(intake_flush_decisions(feed.intake), 1);
	assert_int_equal(intake_flush_decisions(feed.intake), 0);
	assert_string_equal(s->path, "cardNumber");
	assert_string_equal(s->cls, "card_number");
	assert_int_equal(s->direction, FIELD_RESPONSE);
	assert_string_equal(s->evidence, "************1486");
	/* Once. */
	for (int i = 0; i < 50; i++)
		feed_get(&feed, "/payments/17", 1, 200);
	assert_int_equal(feed.suspects, 1);
	METRIC_IS(M_SUSPECTS, 1);
	feed_close(&feed);
}

/* A token beside the last digits of the same value lets who has one digit more try the rest. */
static void
test_a_value_that_may_be_two_things_is_shown_in_one_form(void **state)
{
	bool digits = false, token = false;

	feed_open(&feed, NULL);
	feed_answer(&feed, "{\"insurance_card_number\":\"" CARD "\"}");
	for (int i = 0; i < 20; i++)
		feed_get(&feed, "/people/17", 1, 200);
	feed_answer(&feed,
	    "{\"health_insurance_number\":[\"" CARD "\",\"5425233430109903"
	    "\",\"6011000990139424\"]}");
	for (int i = 0; i < 20; i++)
		feed_get(&feed, "/persons/17", 1, 200);
	for (unsigned i = 0; i < feed.suspects; i++) {
		const char *e = feed.suspect[i].evidence;

		digits |= strcmp(e, "************1486") == 0;
		token |= strlen(e) > 24;
	}
	assert_true(digits);
	assert_false(token);
	feed_close(&feed);
}

static void
test_card_numbers_of_requests_wait_for_their_answer(void **state)
{
	feed_open(&feed, NULL);
	post("/payments", "application/json", "{\"cardNumber\":\"" CARD "\"}", 401);
	assert_int_equal(feed.suspects, 0);
	post("/payments", "application/json", "{\"cardNumber\":\"" CARD "\"}", 201);
	assert_int_equal(feed.suspects, 1);
	assert_int_equal(feed.suspect[0].direction, FIELD_REQUEST);
	assert_string_equal(feed.suspect[0].evidence, "************1486");
	feed_close(&feed);
}

static void
test_field_that_was_clean_for_long_is_suspected(void **state)
{
	feed_open(&feed, NULL);
	feed_answer(&feed, "{\"cardNumber\":\"none\"}");
	for (int i = 0; i < 20000; i++)
		feed_get(&feed, "/payments/17", 1, 200);
	assert_int_equal(feed.suspects, 0);
	/* Once a minute from now on. */
	for (int i = 0; i < 10; i++) {
		char body[64];

		feed.now_us += 60000000;
		snprintf(body, sizeof(body), "{\"cardNumber\":\"%s\"}",
		    i % 2 ? CARD : "5425233430109903");
		feed_answer(&feed, body);
		feed_get(&feed, "/payments/17", 1, 200);
		if (feed.suspects)
			break;
	}
	assert_int_equal(feed.suspects, 1);
	assert_string_equal(feed.suspect[0].cls, "card_number");
	feed_close(&feed);
}

/* Every form in which a value could stand somewhere. */
static void
assert_absent(struct span bytes, const char *value)
{
	char text[256];
	size_t n = strlen(value);

	assert_true(span_find_span(bytes, span_str(value)) == bytes.n);
	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", (unsigned char)value[i]);
	assert_true(span_find_span(bytes, span_str(text)) == bytes.n);
	for (size_t skip = 0; skip < 3 && n > 8 + skip; skip++) {
		/* The part that does not depend on what follows. */
		size_t whole = (n - skip) / 3 * 3;
		size_t b64 = b64url_encode(value + skip, whole, text);

		assert_true(span_find_span(bytes, span_make(text, b64)) == bytes.n);
	}
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = value[i];
		text[2 * i + 1] = '\0';
	}
	assert_true(span_find_span(bytes, span_make(text, 2 * n)) == bytes.n);
}

static void
test_no_value_is_in_any_record(void **state)
{
	static const char *const value[] = {CARD, "078-05-1121", "DE89370400440532013000",
	    "jane.miller@example.org", "hunter2hunter2", "Zephyrine Quillfeather",
	    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJxdWlsbCJ9.c2lnbmF0dXJlc2lnbmF0dXJl",
	    "ghp_0123456789abcdefghijklmnopqrstuvwxyz", "+41791234567", "qvzxkw"};
	char text[1024];

	feed_open(&feed, NULL);
	for (size_t i = 0; i < sizeof(value) / sizeof(*value); i++) {
		const char *v = value[i];

		for (unsigned round = 0; round < 3; round++) {
			snprintf(text, sizeof(text),
			    "{\"cardNumber\":\"%s\",\"ssn\":\"%s\",\"note\":\"see %s, "
			    "please\",\"password\":\"%s\",\"map\":{\"%s\":{\"x\":1}},"
			    "\"%s\":true,\"list\":[\"%s\"],\"number\":\"%s\"}",
			    v, v, v, v, v, v, v, v);
			feed_answer(&feed, text);
			feed.more.header[1][0] = "authorization";
			feed.more.header[1][1] = v;
			feed.more.header[2][0] = "x-api-key";
			feed.more.header[2][1] = v;
			post("/orders", "application/json", text, 200);
			snprintf(text, sizeof(text), "q=%s&%s=1", v, v);
			feed.more.query = text;
			post("/orders", "text/plain", v, 200);
			snprintf(text, sizeof(text), "sid=%s; %s=1", v, v);
			feed.more.header[3][0] = "cookie";
			feed.more.header[3][1] = text;
			feed.more.query = NULL;
			post("/orders", "text/plain", v, 200);
			feed.more.header[3][0] = NULL;
			snprintf(text, sizeof(text), "/things/%s/parts", v);
			for (int k = 0; k < 6; k++)
				feed_get(&feed, text, 1, 200);
		}
	}
	intake_flush(feed.intake);
	intake_drain(feed.intake);
	assert_true(feed.suspects > 5);
	assert_true(feed.fields > 30);
	/* The test can fail: what is no secret is found. */
	assert_true(
	    span_find_span(buf_span(&feed.packed), SPAN("cardNumber")) < feed.packed.n);
	for (size_t i = 0; i < sizeof(value) / sizeof(*value); i++)
		assert_absent(buf_span(&feed.packed), value[i]);
	feed_close(&feed);
}

static void
test_maps_are_folded(void **state)
{
	char body[256];

	feed_open(&feed, NULL);
	/* Typed names at once, others when there are too many. */
	feed_answer(&feed,
	    "{\"users\":{\"8412\":{\"name\":1},\"77120\":{\"name\":1},"
	    "\"a@b.example\":{\"name\":1}},\"reactions\":{\"-1\":2,\"+1\":3}}");
	feed_get(&feed, "/users", 1, 200);
	for (int i = 0; i < 200; i++) {
		snprintf(body, sizeof(body), "{\"map\":{\"zq%cx%cw\":{\"name\":1}}}",
		    'a' + i % 26, 'a' + i / 26);
		feed_answer(&feed, body);
		feed_get(&feed, "/maps", 1, 200);
		feed_get(&feed, "/maps", 1, 200);
	}
	intake_flush(feed.intake);
	assert_int_equal(field(2, FIELD_BODY, "users.{key}.name")->present, 1);
	assert_int_equal(field(2, FIELD_BODY, "reactions.-1")->present, 1);
	assert_int_equal(field(2, FIELD_BODY, "reactions.+1")->present, 1);
	assert_true(field(2, FIELD_BODY, "map.{key}.name")->present > 100);
	assert_true(feed.fields < 80);
	feed_close(&feed);
}

static void
test_keys_of_maps_are_values(void **state)
{
	feed_open(&feed, NULL);
	feed_answer(&feed,
	    "{\"cards\":{\"" CARD "\":{\"limit\":1},"
	    "\"5425233430109903\":{\"limit\":2}},"
	    "\"mails\":{\"jane@quill.example\":7}}");
	feed_get(&feed, "/limits", 1, 200);
	feed_get(&feed, "/limits", 1, 200);
	intake_flush(feed.intake);
	assert_string_equal(feed.suspect[0].path, "cards.{key}");
	assert_string_equal(feed.suspect[0].cls, "card_number");
	assert_int_equal(field(2, FIELD_BODY, "cards.{key}.limit")->present, 2);
	assert_int_equal(field(2, FIELD_BODY, "mails.{key}")->present, 2);
	feed_close(&feed);
}

static void
few_identities(struct settings *s)
{
	s->discovery_release_identities = 3;
}

static void
test_names_are_told_when_enough_used_them(void **state)
{
	const char *token;

	feed_open(&feed, few_identities);
	feed_answer(&feed, "{\"zorblat\":1}");
	for (uint64_t i = 1; i <= 2; i++)
		feed_get(&feed, "/things", i, 200);
	intake_flush(feed.intake);
	assert_int_equal(feed.fields, 1);
	token = feed.field[0].path;
	assert_memory_equal(token, "{~text.1.", 9);
	feed_get(&feed, "/things", 3, 200);
	assert_int_equal(feed.words, 1);
	assert_string_equal(feed.word[0], "zorblat");
	feed_get(&feed, "/things", 4, 200);
	intake_flush(feed.intake);
	assert_int_equal(field(2, FIELD_BODY, "zorblat")->present, 1);
	assert_int_equal(feed.field[0].present, 3);
	feed_close(&feed);
}

static void
test_records_grow_with_the_logarithm(void **state)
{
	struct feed_field *f;

	feed_open(&feed, NULL);
	for (int i = 0; i < 10000; i++) {
		char body[64];

		snprintf(body, sizeof(body), "{\"total\":%d}", i);
		feed_answer(&feed, body);
		feed_get(&feed, "/orders", 1, 200);
		if (i % 10 == 0)
			intake_flush(feed.intake);
	}
	intake_drain(feed.intake);
	f = field(2, FIELD_BODY, "total");
	assert_int_equal(f->messages, 10000);
	assert_int_equal(f->present, 10000);
	assert_true(f->values >= 64 && f->values < 1200);
	assert_true(f->records < 20);
	assert_int_equal(f->types, FIELD_IS_INTEGER);
	feed_close(&feed);
}

static void
few_fields(struct settings *s)
{
	s->fields_per_endpoint = 16;
}

static void
test_flood_of_fields_is_bounded(void **state)
{
	char query[64];

	feed_open(&feed, few_fields);
	feed.more.query = "page=1";
	feed_get(&feed, "/orders", 1, 200);
	feed_get(&feed, "/orders", 1, 200);
	for (int i = 0; i < 2000; i++) {
		snprintf(query, sizeof(query), "zq%dx=%d&total%d=1", i, i, i);
		feed.more.query = query;
		feed_get(&feed, "/orders", 1, 200);
	}
	feed.more.query = "page=1";
	feed_get(&feed, "/orders", 1, 200);
	intake_flush(feed.intake);
	intake_drain(feed.intake);
	assert_true(metric_get(&feed.metric, M_FIELDS) <= 16);
	assert_true(metric_get(&feed.metric, M_FIELDS_OVERFLOW) > 0);
	/* What was known stays. */
	assert_int_equal(field(1, FIELD_QUERY, "page")->present, 3);
	feed_close(&feed);
}

static void
test_what_cannot_be_read_is_counted(void **state)
{
	feed_open(&feed, NULL);
	post("/orders", "application/json", "{\"a\":", 200);
	METRIC_IS(M_LOOK_TRUNCATED, 1);
	post("/orders", "application/json", "{\"a\":1,}", 200);
	METRIC_IS(M_LOOK_MALFORMED, 1);
	post("/orders", "application/octet-stream", "\x01\x02", 200);
	METRIC_IS(M_LOOK_UNREAD, 1);
	feed_tap(&feed, "", 0, "gzip");
	feed_get(&feed, "/orders", 1, 200);
	METRIC_IS(M_LOOK_ENCODED, 1);
	feed_tap(&feed, "{\"id\":1,\"na", 11, "cut");
	feed_get(&feed, "/orders", 1, 200);
	METRIC_IS(M_LOOK_TRUNCATED, 2);
	intake_flush(feed.intake);
	assert_int_equal(field(2, FIELD_BODY, "id")->present, 1);
	assert_int_equal(feed_field(&feed, 2, FIELD_BODY, "na") != NULL, 0);
	feed_close(&feed);
}

static void
test_load_is_shed_by_looking_at_less(void **state)
{
	uint64_t looks;

	feed_open(&feed, NULL);
	feed_answer(&feed, "{\"total\":1}");
	for (int i = 0; i < 100; i++)
		feed_get(&feed, "/orders", 1, 200);
	looks = metric_get(&feed.metric, M_LOOKS);
	intake_pressure(feed.intake, 4);
	for (int i = 0; i < 1000; i++)
		feed_get(&feed, "/orders", 1, 200);
	looks = metric_get(&feed.metric, M_LOOKS) - looks;
	assert_true(looks >= 1 && looks < 30);
	assert_true(metric_get(&feed.metric, M_LOOKS_SHED) > 900);
	/* A new endpoint is looked at all the same, once it is one. */
	feed_get(&feed, "/invoices", 1, 200);
	feed_get(&feed, "/invoices", 1, 200);
	intake_flush(feed.intake);
	assert_true(feed_find(&feed, "/invoices") != NULL);
	assert_int_equal(field(2, FIELD_BODY, "total")->location, FIELD_BODY);
	feed_close(&feed);
}

static void
test_values_of_parameters_are_told(void **state)
{
	const struct feed_child *c;
	char path[64];

	feed_open(&feed, NULL);
	feed_answer(&feed, "{\"total\":1}");
	for (uint64_t i = 0; i < 400; i++) {
		/* One id in four requests, all others once. */
		snprintf(path, sizeof(path), "/users/%u/orders",
		    i % 4 ? 1000 + (unsigned)i : 7777u);
		feed_get(&feed, path, i, 200);
	}
	feed_get(&feed, "/users/7777/orders", 1, 404);
	intake_flush(feed.intake);
	intake_drain(feed.intake);
	assert_true(feed.children >= 1);
	c = &feed.child[0];
	assert_memory_equal(c->word, "{~text.1.", 9);
	assert_int_equal(c->segment, 1);
	assert_in_range(c->requests, 25, 200);
	assert_int_equal(c->requests, c->accepted);
	assert_true(c->identities > 5);
	assert_true(c->shape != 0);
	feed_close(&feed);
}

static void
test_watched_requests_are_looked_at_with_their_answers(void **state)
{
	struct feed_request q = {
	    "GET", "api.example", "/users/7/orders", 1, 0, {.flags = VERDICT_WATCH}};

	feed_open(&feed, NULL);
	feed_answer(&feed, "{\"total\":1}");
	feed_get(&feed, "/users/7/orders", 1, 200);
	for (int i = 0; i < 500; i++)
		feed_pair(&feed, &q, 200);
	intake_drain(feed.intake);
	assert_int_equal(field(1, FIELD_PATH, "1")->present, 501);
	assert_int_equal(feed.child[0].requests, 501);
	assert_true(feed.child[0].shape != 0);
	feed_close(&feed);
}

static void
few_children(struct settings *s)
{
	s->discovery_children = 4;
	s->discovery_release_identities = 1000;
}

static void
test_folded_words_are_a_parameter(void **state)
{
	char path[64];
	bool found = false;

	feed_open(&feed, few_children);
	feed_answer(&feed, "{\"total\":1}");
	for (uint64_t i = 0; i < 20; i++) {
		/* Letters as words have them, and no word. */
		snprintf(path, sizeof(path), "/people/zorb%c%cat",
		    'a' + (int)(i / 8 % 26), 'a' + (int)(i % 8));
		feed_get(&feed, path, i, 200);
	}
	for (uint64_t i = 0; i < 20; i++)
		feed_get(&feed, "/people/zorbulat", i, 200);
	intake_flush(feed.intake);
	assert_non_null(feed_find(&feed, "/people/{text}"));
	assert_true(field(1, FIELD_PATH, "1")->present > 30);
	assert_int_equal(field(1, FIELD_PATH, "1")->types, FIELD_IS_STRING);
	for (unsigned i = 0; i < feed.children; i++)
		found |= feed.child[i].segment == 1 && feed.child[i].requests >= 16;
	assert_true(found);
	feed_close(&feed);
}

static void
production(struct settings *s)
{
	memcpy(s->agent_environment, "prod", 5);
}

static void
test_published_numbers_count_outside_production(void **state)
{
	static const char body[] = "{\"cardNumber\":\"4111111111111111\"}";

	feed_open(&feed, NULL);
	feed_answer(&feed, body);
	feed_get(&feed, "/payments", 1, 200);
	assert_int_equal(feed.suspects, 1);
	feed_close(&feed);
	feed_open(&feed, production);
	feed_answer(&feed, body);
	feed_get(&feed, "/payments", 1, 200);
	assert_int_equal(feed.suspects, 0);
	feed_close(&feed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields_of_every_location_are_seen),
	    cmocka_unit_test(test_bodies_of_every_kind_are_read),
	    cmocka_unit_test(test_refused_requests_teach_nothing),
	    cmocka_unit_test(test_card_numbers_are_suspected_at_once),
	    cmocka_unit_test(test_a_value_that_may_be_two_things_is_shown_in_one_form),
	    cmocka_unit_test(test_card_numbers_of_requests_wait_for_their_answer),
	    cmocka_unit_test(test_field_that_was_clean_for_long_is_suspected),
	    cmocka_unit_test(test_no_value_is_in_any_record),
	    cmocka_unit_test(test_maps_are_folded),
	    cmocka_unit_test(test_keys_of_maps_are_values),
	    cmocka_unit_test(test_names_are_told_when_enough_used_them),
	    cmocka_unit_test(test_records_grow_with_the_logarithm),
	    cmocka_unit_test(test_flood_of_fields_is_bounded),
	    cmocka_unit_test(test_what_cannot_be_read_is_counted),
	    cmocka_unit_test(test_load_is_shed_by_looking_at_less),
	    cmocka_unit_test(test_values_of_parameters_are_told),
	    cmocka_unit_test(test_watched_requests_are_looked_at_with_their_answers),
	    cmocka_unit_test(test_folded_words_are_a_parameter),
	    cmocka_unit_test(test_published_numbers_count_outside_production),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
