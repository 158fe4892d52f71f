/* HAProxy's binary headers, and every cutter over each value: all inside the input. */
#include "http/headers.h"
#include "tests/fuzz/fuzz_http.h"

static void
read_value(struct span value, const uint8_t *data, size_t size, struct arena *a)
{
	struct span rest = value, name, text;

	while (query_next(&rest, &name, &text)) {
		must_live(name, data, size, a);
		must_live(text, data, size, a);
	}
	rest = value;
	while (cookie_next(&rest, &name, &text)) {
		must_live(name, data, size, a);
		must_live(text, data, size, a);
	}
	must_live(media_type(value), data, size, a);
	must_live(media_parameter(value, SPAN("charset")), data, size, a);
	must_live(media_parameter(value, SPAN("")), data, size, a);
	must_live(authorization_bearer(value), data, size, a);
	must_live(authorization_basic_user(value, a), data, size, a);
	must_live(jwt_claim(value, SPAN("sub"), a), data, size, a);
	must(body_kind(value) <= BODY_BINARY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = fuzz_arena();
	struct headers h;
	unsigned known = 0;
	int rc = headers_parse(&h, span_make(data, size), 64, a);

	if (rc != OK) {
		must(rc == ERR_MALFORMED && h.n == 0 && h.h == NULL);
		read_value(span_make(data, size), data, size, a);
		return 0;
	}
	must(h.n <= 64);
	for (unsigned i = 0; i < h.n; i++) {
		must(h.h[i].name.n > 0 && is_part(h.h[i].name, data, size));
		must(is_part(h.h[i].value, data, size));
		must(h.h[i].id >= -1 && h.h[i].id < HEADER_KNOWN);
		known += h.h[i].id >= 0;
		read_value(h.h[i].value, data, size, a);
		must(!span_absent(headers_get(&h, h.h[i].name)));
	}
	for (int id = 0; id < HEADER_KNOWN; id++) {
		must(h.first[id] <= h.n && (h.first[id] > 0) == (h.count[id] > 0));
		must(!h.first[id] || h.h[h.first[id] - 1].id == id);
		known -= h.count[id];
	}
	must(known == 0);
	must_live(cookie_get(&h, SPAN("a")), data, size, a);
	return 0;
}
