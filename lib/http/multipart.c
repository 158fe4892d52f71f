/*
 * multipart bodies (RFC 2046 §5.1, RFC 7578), read strictly: parsers that mend what is not
 * quite a delimiter disagree with each other, and what one of them takes for a file another
 * takes for a field. Malformed is therefore: a delimiter that is not a whole line, lines
 * without CR, a header line without a colon, two Content-Dispositions, two names.
 *
 *   [preamble CRLF] --boundary CRLF headers CRLF CRLF value CRLF
 *                   --boundary CRLF … CRLF --boundary-- [CRLF epilogue]
 */
#include "http/body.h"

#include "http/headers.h"
#include "http/utf8.h"

#define BOUNDARY_BYTES_MAX 70 /* RFC 2046 §5.1.1 */
#define PART_HEADER_BYTES_MAX 8192 /* of one part; real ones have some 200 */
#define STOP 1

struct multipart {
	struct span body;
	size_t at;
	char delimiter[4 + BOUNDARY_BYTES_MAX]; /* CRLF "--" boundary */
	size_t delimiter_n;
	bool cut;
	const struct body_limits *limits;
	field_visit *visit;
	void *ctx;
	struct body_result *r;
};

static int
stop(struct multipart *m, enum body_state state, uint32_t flag, size_t at)
{
	m->r->state = state;
	m->r->flags |= flag;
	m->r->offset = at;
	return STOP;
}

/* The bytes ended where more must come. */
static int
ended(struct multipart *m, size_t at)
{
	return stop(m, BODY_TRUNCATED, 0, at);
}

/* After a delimiter: CRLF (*last false) or "--" (*last true), perhaps after blanks. */
static int
delimiter_end(struct multipart *m, size_t start, bool *last)
{
	struct span s = span_from(m->body, m->at);

	*last = span_starts(s, SPAN("--"));
	if (*last) {
		m->at += 2;
		return OK;
	}
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_from(s, 1);
	m->at = m->body.n - s.n;
	if (s.n < 2 && (s.n == 0 || s.p[0] == '\r' || s.p[0] == '-'))
		return ended(m, start);
	if (!span_starts(s, SPAN("\r\n")))
		return stop(m, BODY_MALFORMED, 0, m->at);
	m->at += 2;
	return OK;
}

/* The first delimiter, at the start or after a preamble. */
static int
first_delimiter(struct multipart *m, bool *last)
{
	struct span delimiter = span_make(m->delimiter, m->delimiter_n);
	size_t at;

	if (span_starts(m->body, span_from(delimiter, 2))) {
		m->at = m->delimiter_n - 2;
		return delimiter_end(m, 0, last);
	}
	at = span_find_span(m->body, delimiter);
	if (at == m->body.n)
		return ended(m, 0);
	m->at = at + m->delimiter_n;
	return delimiter_end(m, at, last);
}

/* Content-Disposition: form-data; name="x"; filename="y". */
static bool
disposition(struct span value, struct field *f)
{
	struct span second, rest;

	if (!span_absent(f->name) || span_find(value, '\0') < value.n)
		return false;
	f->name = media_parameter(value, SPAN("name"));
	f->filename = media_parameter(value, SPAN("filename"));
	if (span_absent(f->filename))
		f->filename = media_parameter(value, SPAN("filename*"));
	if (span_absent(f->name)) {
		f->name = span_head(value, 0);
		return true;
	}
	/* a second name would be another one to another parser */
	rest = span_from(value, (size_t)(f->name.p + f->name.n - value.p));
	second = media_parameter(rest, SPAN("name"));
	return span_absent(second);
}

/* One header line of a part. */
static bool
part_header(struct span line, struct field *f)
{
	size_t colon = span_find(line, ':');
	struct span name = span_head(line, colon);

	if (colon == 0 || colon == line.n || span_find(line, '\r') < line.n ||
	    span_find(line, '\n') < line.n)
		return false;
	if (span_ieq(name, SPAN("content-disposition")))
		return disposition(span_trim(span_from(line, colon + 1)), f);
	if (span_ieq(name, SPAN("content-type")))
		f->media = span_trim(span_from(line, colon + 1));
	return true;
}

/* The header lines up to the empty one. */
static int
part_headers(struct multipart *m, struct field *f)
{
	size_t start = m->at;

	for (;;) {
		struct span s = span_from(m->body, m->at), line;
		size_t n = span_find_span(s, SPAN("\r\n"));

		if (m->at - start + n > PART_HEADER_BYTES_MAX)
			return stop(m, BODY_MALFORMED, 0, m->at);
		if (n == s.n)
			return ended(m, start);
		m->at += n + 2;
		if (n == 0)
			return OK;
		line = span_head(s, n);
		if (!part_header(line, f))
			return stop(m, BODY_MALFORMED, 0, m->at - n - 2);
	}
}

static int
part(struct multipart *m, bool *last)
{
	struct field f = {.type = VALUE_STRING, .depth = 1};
	size_t start = m->at, value, n;
	int rc;

	if (m->r->fields >= m->limits->fields)
		return stop(m, BODY_MALFORMED, BODY_TOO_MANY, start);
	if ((rc = part_headers(m, &f)) != OK)
		return rc;
	/* the CR LF of an empty value is that of the header's end */
	value = m->at - 2;
	n = span_find_span(
	    span_from(m->body, value), span_make(m->delimiter, m->delimiter_n));
	if (n == m->body.n - value)
		return ended(m, start);
	f.value =
	    n < 2 ? span_make(m->body.p + m->at, 0) : span_make(m->body.p + m->at, n - 2);
	m->at = value + n + m->delimiter_n;
	if ((rc = delimiter_end(m, start, last)) != OK)
		return rc;
	if (span_absent(f.name))
		f.name = span_head(f.value, 0);
	f.path = f.name;
	if (utf8_valid(f.name, NULL) != f.name.n)
		m->r->flags |= BODY_BAD_UTF8;
	if (span_absent(f.filename)) {
		if (utf8_valid(f.value, NULL) != f.value.n)
			m->r->flags |= BODY_BAD_UTF8;
		if (span_find(f.value, '\0') < f.value.n)
			m->r->flags |= BODY_NUL;
	}
	m->r->fields++;
	if (m->visit(m->ctx, &f) != OK)
		return stop(m, BODY_TRUNCATED, 0, m->at);
	return OK;
}

static int
run(struct multipart *m)
{
	bool last = false;
	int rc = first_delimiter(m, &last);

	while (rc == OK && !last)
		rc = part(m, &last);
	if (rc != OK)
		return rc;
	if (m->cut)
		return stop(m, BODY_TRUNCATED, 0, m->body.n);
	if (span_trim(span_from(m->body, m->at)).n)
		m->r->flags |= BODY_TRAILING;
	return stop(m, BODY_COMPLETE, 0, m->body.n);
}

int
multipart_walk(struct span body, struct span boundary, bool cut,
    const struct body_limits *limits, field_visit *visit, void *ctx,
    struct body_result *r, struct arena *a)
{
	struct multipart m = {
	    .body = body.n ? body : SPAN(""),
	    .cut = cut,
	    .limits = limits,
	    .visit = visit,
	    .ctx = ctx,
	    .r = r,
	};

	*r = (struct body_result){0};
	if (boundary.n == 0 || boundary.n > BOUNDARY_BYTES_MAX) {
		r->state = BODY_MALFORMED;
		return OK;
	}
	memcpy(m.delimiter, "\r\n--", 4);
	memcpy(m.delimiter + 4, boundary.p, boundary.n);
	m.delimiter_n = 4 + boundary.n;
	(void)run(&m);
	return OK;
}
