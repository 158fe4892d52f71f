/* SPOP frames against the bytes that HAProxy sends and expects (yett-spoe(7)). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/encode.h"
#include "spop/frame.h"

#define HELLO_CHECK                                                             \
	"010000000100001"                                                       \
	"2737570706f727465642d76657273696f6e730803322e300e6d61782d6672616d652d" \
	"73697a6503fcf0060c6361706162696c697469657308000b6865616c7468636865636b11"
#define AGENT_HELLO                                                              \
	"00000040650000000100000776657273696f6e0803322e300e6d61782d6672616d652d" \
	"73697a6503fcf0060c6361706162696c6974696573080a706970656c696e696e67"
#define AGENT_BYE            \
	"000000256600000001" \
	"00000b7374617475732d636f64650300076d65737361676508066e6f726d616c"

static struct span
unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	assert_int_equal(hex_decode(span_str(hex), out, n), OK);
	return span_make(out, n);
}

static void
assert_hex(const uint8_t *p, size_t n, const char *hex)
{
	char text[1024];

	assert_true(HEX_LEN(n) < sizeof(text));
	hex_encode(p, n, text);
	text[HEX_LEN(n)] = '\0';
	assert_string_equal(text, hex);
}

static const struct {
	uint64_t v;
	const char *hex;
} varints[] = {
    {0, "00"},
    {239, "ef"},
    {240, "f000"},
    {255, "ff00"},
    {256, "f001"},
    {2287, "ff7f"},
    {2288, "f08000"},
    {16380, "fcf006"},
    {65532, "fcf01e"},
    {264432, "f0808000"},
    {UINT32_MAX, "fff0fefe7e"},
    {UINT64_MAX, "fff0fefefefefefefe0e"},
};

static void
test_varint_round_trips_known_bytes(void **state)
{
	uint8_t bytes[16], out[16];

	for (size_t i = 0; i < sizeof(varints) / sizeof(*varints); i++) {
		struct span rest = unhex(varints[i].hex, bytes);
		struct spop_writer w = {.p = out, .cap = sizeof(out)};
		uint64_t v;

		assert_int_equal(spop_read_varint(&rest, &v), OK);
		assert_true(v == varints[i].v);
		assert_int_equal(rest.n, 0);
		spop_put_varint(&w, v);
		assert_false(w.full);
		assert_hex(out, w.n, varints[i].hex);
		for (size_t cut = 0; cut < strlen(varints[i].hex) / 2; cut++) {
			rest = span_make(bytes, cut);
			assert_int_equal(spop_read_varint(&rest, &v), ERR_TRUNCATED);
			assert_true(v == 0);
		}
	}
}

static void
test_varint_over_64_bits_is_refused(void **state)
{
	static const char *const bad[] = {
	    "fff0fefefefefefefe0f", /* 2^64 */
	    "ffffffffffffffffff7f",
	    "f0808080808080808080",
	    "f080808080808080808001",
	    "fff0fefefefefefefe10",
	};
	uint8_t bytes[16];
	uint64_t v;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct span rest = unhex(bad[i], bytes);

		assert_int_equal(spop_read_varint(&rest, &v), ERR_MALFORMED);
	}
}

static void
test_value_reads_each_type(void **state)
{
	static const struct {
		const char *hex;
		int err;
		enum spop_data type;
		int64_t number;
		int bytes; /* -1: absent */
	} cases[] = {
	    {"00", OK, SPOP_NULL, 0, -1},
	    {"01", OK, SPOP_BOOL, 0, -1},
	    {"11", OK, SPOP_BOOL, 1, -1},
	    {"02efff", OK, SPOP_INT32, 239, -1},
	    {"03fff0fefe7e", OK, SPOP_UINT32, UINT32_MAX, -1},
	    {"03f0f1fefe7e", ERR_MALFORMED, 0, 0, -1}, /* 2^32 */
	    {"02fff0fefe7e", ERR_MALFORMED, 0, 0, -1},
	    {"02fff0fefefefefefefe0e", OK, SPOP_INT32, -1, -1},
	    {"04fff0fefefefefefefe0e", OK, SPOP_INT64, -1, -1},
	    {"0501", OK, SPOP_UINT64, 1, -1},
	    {"067f000001", OK, SPOP_IPV4, 0, 4},
	    {"067f0000", ERR_TRUNCATED, 0, 0, -1},
	    {"0700000000000000000000000000000001", OK, SPOP_IPV6, 0, 16},
	    {"070000", ERR_TRUNCATED, 0, 0, -1},
	    {"0803616263", OK, SPOP_STRING, 0, 3},
	    {"0800", OK, SPOP_STRING, 0, 0},
	    {"0900", OK, SPOP_BINARY, 0, 0},
	    {"08036162", ERR_TRUNCATED, 0, 0, -1},
	    {"08fff0fefefefefefefe0e", ERR_TRUNCATED, 0, 0, -1},
	    {"1803616263", ERR_MALFORMED, 0, 0, -1}, /* flags on a string */
	    {"10", ERR_MALFORMED, 0, 0, -1},
	    {"21", ERR_MALFORMED, 0, 0, -1},
	    {"0a", ERR_MALFORMED, 0, 0, -1},
	    {"0f", ERR_MALFORMED, 0, 0, -1},
	    {"", ERR_TRUNCATED, 0, 0, -1},
	};
	uint8_t bytes[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct span rest = unhex(cases[i].hex, bytes);
		struct spop_value v;

		assert_int_equal(spop_read_value(&rest, &v), cases[i].err);
		if (cases[i].err != OK)
			continue;
		assert_int_equal(v.type, cases[i].type);
		assert_true(v.number == cases[i].number);
		assert_int_equal(span_absent(v.bytes), cases[i].bytes < 0);
		if (cases[i].bytes >= 0)
			assert_int_equal(v.bytes.n, cases[i].bytes);
	}
}

static void
test_frame_reads_ids_and_flags(void **state)
{
	uint8_t bytes[64];
	struct spop_frame f;

	assert_int_equal(spop_read_frame(unhex("0300000001f0000201ff", bytes), &f), OK);
	assert_int_equal(f.type, SPOP_NOTIFY);
	assert_int_equal(f.flags, SPOP_FIN);
	assert_int_equal(f.stream, 240);
	assert_int_equal(f.frame, 2);
	assert_int_equal(f.payload.n, 2);
	/* stream 0 is a stream like another */
	assert_int_equal(spop_read_frame(unhex("03000000010001", bytes), &f), OK);
	assert_int_equal(f.stream, 0);
	assert_int_equal(f.payload.n, 0);
	for (size_t cut = 0; cut < SPOP_FRAME_MIN; cut++)
		assert_int_equal(
		    spop_read_frame(span_make(bytes, cut), &f), ERR_TRUNCATED);
}

static void
test_hello_of_the_health_check(void **state)
{
	uint8_t bytes[128];
	struct span frame = unhex(HELLO_CHECK, bytes);
	struct spop_frame f;
	struct spop_hello h;
	enum spop_status status;

	assert_int_equal(frame.n, 0x4e);
	assert_int_equal(spop_read_frame(frame, &f), OK);
	assert_int_equal(f.type, SPOP_HAPROXY_HELLO);
	assert_int_equal(spop_read_hello(f.payload, &h, &status), OK);
	assert_int_equal(status, SPOP_NORMAL);
	assert_int_equal(h.max_frame, 16380);
	assert_true(h.healthcheck);
	assert_false(h.pipelining);
	assert_true(span_absent(h.engine_id));
}

static void
test_hello_cut_anywhere_is_refused(void **state)
{
	uint8_t bytes[128];
	struct span frame = unhex(HELLO_CHECK, bytes);
	struct spop_hello h;
	enum spop_status status;

	/* up to the last mandatory key; the health check's key comes after it */
	for (size_t cut = 7; cut < frame.n - 13; cut++) {
		assert_int_not_equal(
		    spop_read_hello(span_make(bytes + 7, cut - 7), &h, &status), OK);
		assert_int_not_equal(status, SPOP_NORMAL);
	}
}

#define V "12737570706f727465642d76657273696f6e73"
#define M "0e6d61782d6672616d652d73697a65"
#define C "0c6361706162696c6974696573"

static void
test_hello_says_what_is_wrong(void **state)
{
	static const struct {
		const char *hex;
		enum spop_status status;
	} cases[] = {
	    {V "0803322e30" M "03fcf006" C "0800", SPOP_NORMAL},
	    {C "0800" M "03fcf006" V "0803322e30", SPOP_NORMAL}, /* any order */
	    {V "0808312e302c20322e30" M "03fcf006" C "0800",
		SPOP_NORMAL}, /* "1.0, 2.0" */
	    {"0178"
	     "0801"
	     "79" V "0803322e30" M "03fcf006" C "0800",
		SPOP_NORMAL},
	    {M "03fcf006" C "0800", SPOP_NO_VERSION},
	    {V "0803322e30" C "0800", SPOP_NO_FRAME_SIZE},
	    {V "0803322e30" M "03fcf006", SPOP_NO_CAPABILITIES},
	    {V "0803312e30" M "03fcf006" C "0800", SPOP_BAD_VERSION},
	    {V "0804322e3030" M "03fcf006" C "0800", SPOP_BAD_VERSION},
	    {V "0803322e30" M "03ff00" C "0800", SPOP_BAD_FRAME_SIZE}, /* 255 */
	    {V "0803322e30" M "03f001" C "0800", SPOP_NORMAL}, /* 256 */
	    {V "0803322e30" M "04fff0fefefefefefefe0e" C "0800", SPOP_INVALID},
	    {V "0302" M "03fcf006" C "0800", SPOP_INVALID},
	    {V "0803322e30" M "0801"
	       "31" C "0800",
		SPOP_INVALID},
	    {V "0803322e30" M "03fcf006" C "0302", SPOP_INVALID},
	    {V "0803322e30" M "03fcf006" C "08", SPOP_INVALID},
	    {"", SPOP_NO_VERSION},
	};
	uint8_t bytes[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct spop_hello h;
		enum spop_status status;
		int err = spop_read_hello(unhex(cases[i].hex, bytes), &h, &status);

		assert_int_equal(status, cases[i].status);
		assert_int_equal(err == OK, cases[i].status == SPOP_NORMAL);
	}
}

static void
test_hello_reads_pipelining_among_others(void **state)
{
	uint8_t bytes[160];
	struct spop_hello h;
	enum spop_status status;

	assert_int_equal(spop_read_hello(unhex(V "0803322e30" M "03fcf006" C
						 "0810706970656c696e696e672c6173796e63"
						 "09656e67696e652d6964"
						 "0802"
						 "6162",
					     bytes),
			     &h, &status),
	    OK);
	assert_true(h.pipelining);
	assert_false(h.healthcheck);
	assert_true(span_eq(h.engine_id, SPAN("ab")));
}

static void
test_disconnect_reads_code_and_message(void **state)
{
	uint8_t bytes[64];
	struct span frame = unhex(AGENT_BYE, bytes), message;
	uint64_t code;

	assert_int_equal(spop_read_disconnect(span_from(frame, 11), &code, &message), OK);
	assert_int_equal(code, SPOP_NORMAL);
	assert_true(span_eq(message, SPAN("normal")));
	assert_int_equal(spop_read_disconnect(SPAN_NONE, &code, &message), OK);
	assert_int_equal(code, SPOP_UNKNOWN);
	assert_int_equal(
	    spop_read_disconnect(span_make(bytes + 11, frame.n - 12), &code, &message),
	    ERR_TRUNCATED);
}

static void
test_messages_are_walked_to_the_end(void **state)
{
	/* m1 (a: NULL, "": BOOL), m2 without arguments */
	uint8_t bytes[64];
	struct span rest = unhex("026d31020161000011"
				 "026d3200",
			bytes),
		    name;
	struct spop_value v;
	unsigned n;

	assert_int_equal(spop_read_message(&rest, &name, &n), OK);
	assert_true(span_eq(name, SPAN("m1")));
	assert_int_equal(n, 2);
	assert_int_equal(spop_read_argument(&rest, &name, &v), OK);
	assert_true(span_eq(name, SPAN("a")));
	assert_int_equal(v.type, SPOP_NULL);
	assert_int_equal(spop_read_argument(&rest, &name, &v), OK);
	assert_int_equal(name.n, 0);
	assert_int_equal(v.type, SPOP_BOOL);
	assert_int_equal(spop_read_message(&rest, &name, &n), OK);
	assert_true(span_eq(name, SPAN("m2")));
	assert_int_equal(n, 0);
	assert_int_equal(spop_read_message(&rest, &name, &n), ERR_NOTFOUND);
	rest = unhex("026d31", bytes);
	assert_int_equal(spop_read_message(&rest, &name, &n), ERR_TRUNCATED);
}

static void
test_written_frames_equal_known_bytes(void **state)
{
	uint8_t out[256];
	struct spop_writer w = {.p = out, .cap = sizeof(out)};

	spop_put_agent_hello(&w, 16380);
	assert_hex(out, w.n, AGENT_HELLO);
	w.n = 0;
	spop_put_agent_disconnect(&w, SPOP_NORMAL);
	assert_hex(out, w.n, AGENT_BYE);
	w.n = 0;
	spop_begin(&w, SPOP_ACK, 2, 1);
	spop_set_text(&w, SPOP_TXN, SPAN("seen_mreq"), SPAN("yes"));
	spop_end(&w);
	assert_hex(out, w.n,
	    "00000019670000000102010103020973"
	    "65656e5f6d7265710803796573");
	w.n = 0;
	spop_begin(&w, SPOP_ACK, 0, 1);
	spop_set_number(&w, SPOP_TXN, SPAN("n"), -1);
	spop_set_bool(&w, SPOP_TXN, SPAN("t"), true);
	spop_set_bool(&w, SPOP_TXN, SPAN("f"), false);
	spop_end(&w);
	assert_hex(out, w.n,
	    "00000023"
	    "67000000010001"
	    "010302016e04fff0fefefefefefefe0e"
	    "010302017411"
	    "010302016601");
}

static void
test_frame_that_does_not_fit_vanishes(void **state)
{
	uint8_t out[256];
	struct spop_writer w = {.p = out, .cap = 40};
	size_t before;

	spop_begin(&w, SPOP_ACK, 1, 1);
	spop_set_bool(&w, SPOP_TXN, SPAN("first"), true);
	spop_end(&w);
	before = w.n;
	assert_true(before > 0);
	spop_begin(&w, SPOP_ACK, 2, 1);
	spop_set_text(&w, SPOP_TXN, SPAN("second"), SPAN("0123456789012345678"));
	spop_set_bool(&w, SPOP_TXN, SPAN("x"), true);
	spop_end(&w);
	assert_true(w.full);
	assert_int_equal(w.n, before);
	/* sticky: what follows does not appear either */
	spop_begin(&w, SPOP_ACK, 3, 1);
	spop_end(&w);
	assert_int_equal(w.n, before);
}

static void
test_every_status_has_its_text(void **state)
{
	for (int i = SPOP_NORMAL; i <= SPOP_RESOURCE; i++)
		assert_string_not_equal(
		    spop_status_text(i), spop_status_text(SPOP_UNKNOWN));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_varint_round_trips_known_bytes),
	    cmocka_unit_test(test_varint_over_64_bits_is_refused),
	    cmocka_unit_test(test_value_reads_each_type),
	    cmocka_unit_test(test_frame_reads_ids_and_flags),
	    cmocka_unit_test(test_hello_of_the_health_check),
	    cmocka_unit_test(test_hello_cut_anywhere_is_refused),
	    cmocka_unit_test(test_hello_says_what_is_wrong),
	    cmocka_unit_test(test_hello_reads_pipelining_among_others),
	    cmocka_unit_test(test_disconnect_reads_code_and_message),
	    cmocka_unit_test(test_messages_are_walked_to_the_end),
	    cmocka_unit_test(test_written_frames_equal_known_bytes),
	    cmocka_unit_test(test_frame_that_does_not_fit_vanishes),
	    cmocka_unit_test(test_every_status_has_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
