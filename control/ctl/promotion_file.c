/* Promotions as files: header, facts, checksum, signatures. */
#include "control/ctl/promotion.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "crypto/crypto.h"

#define MAGIC "yett-promotion 1"

static int
fail(struct promotion_error *e, int rc, unsigned line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	e->line = line;
	return rc;
}

void
promotion_init(struct promotion *p)
{
	*p = (struct promotion){.base = "-"};
}

void
promotion_fini(struct promotion *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->fact[i].line);
	free(p->fact);
	promotion_init(p);
}

static int
compare(const void *a, const void *b)
{
	const struct promotion_fact *x = a, *y = b;

	return span_cmp(x->key, y->key);
}

int
promotion_sort(struct promotion *p, struct promotion_error *error)
{
	if (p->n > 1)
		qsort(p->fact, p->n, sizeof *p->fact, compare);
	for (size_t i = 1; i < p->n; i++) {
		struct span key = p->fact[i].key;

		if (span_eq(key, p->fact[i - 1].key))
			return fail(error, ERR_EXISTS, 0, "two facts have the key %.*s",
			    (int)(key.n < 100 ? key.n : 100), key.p);
	}
	return OK;
}

const struct promotion_fact *
promotion_find(const struct promotion *p, struct span key)
{
	struct promotion_fact wanted = {.key = key};

	return p->n ? bsearch(&wanted, p->fact, p->n, sizeof wanted, compare) : NULL;
}

/* The line with another first word behind the kind. */
static int
rename_line(struct promotion_fact *f, struct span to, struct promotion *into)
{
	struct promotion_error ignored;
	struct buf line = BUF_INIT;
	struct span rest = span_str(f->line), kind = span_cut(&rest, ' ');
	size_t old = promotion_first_word(rest);
	int rc;

	buf_put_span(&line, kind);
	buf_put_char(&line, ' ');
	promotion_word_put(&line, to);
	buf_put_span(&line, span_from(rest, old));
	rc = buf_err(&line);
	if (rc == OK)
		rc = promotion_add_line(into, buf_span(&line), &ignored);
	buf_fini(&line);
	return rc;
}

int
promotion_rename(struct promotion *p, struct span from, struct span to)
{
	struct promotion one;
	struct buf word = BUF_INIT;
	int rc = OK;

	promotion_word_put(&word, from);
	rc = buf_err(&word);
	for (size_t i = 0; i < p->n && rc == OK; i++) {
		struct promotion_fact *f = &p->fact[i];
		struct span rest = span_str(f->line);

		(void)span_cut(&rest, ' ');
		if (f->kind == PROMOTION_CLASS ||
		    !span_eq(
			span_head(rest, promotion_first_word(rest)), buf_span(&word)))
			continue;
		promotion_init(&one);
		if ((rc = rename_line(f, to, &one)) == OK) {
			free(f->line);
			*f = one.fact[0];
			one.n = 0;
		}
		promotion_fini(&one);
	}
	buf_fini(&word);
	return rc;
}

/* --- writing --- */

static int
put_checksum(struct buf *out)
{
	uint8_t digest[SHA256_BYTES];
	char hex[HEX_LEN(SHA256_BYTES)];
	int rc = crypto_sha256(buf_span(out), digest);

	hex_encode(digest, sizeof digest, hex);
	buf_printf(out, "sha256 %.*s\n", (int)sizeof hex, hex);
	return rc;
}

static int
put_signatures(const struct signer *keys, unsigned n, struct buf *out)
{
	size_t covered = out->n;
	int rc = OK;

	for (unsigned i = 0; i < n && rc == OK; i++) {
		uint8_t bytes[ED25519_SIGNATURE_BYTES];
		char text[B64URL_LEN(ED25519_SIGNATURE_BYTES)];

		if (!keys[i].has_private)
			continue;
		rc = ed25519_sign(
		    keys[i].private, span_head(buf_span(out), covered), bytes);
		if (rc == OK) {
			b64url_encode(bytes, sizeof bytes, text);
			buf_printf(out, "signature %s %.*s\n", keys[i].id,
			    (int)sizeof text, text);
		}
	}
	return rc;
}

int
promotion_print(
    const struct promotion *p, const struct signer *keys, unsigned n, struct buf *out)
{
	int rc;

	buf_printf(out, MAGIC "\nenvironment %s\nbase %s\n\n", p->environment, p->base);
	for (size_t i = 0; i < p->n; i++) {
		buf_put_str(out, p->fact[i].line);
		buf_put_char(out, '\n');
	}
	if (p->n)
		buf_put_char(out, '\n');
	if (out->n > PROMOTION_BYTES_MAX)
		return ERR_LIMIT;
	if ((rc = buf_err(out)) != OK || (rc = put_checksum(out)) != OK ||
	    (rc = put_signatures(keys, n, out)) != OK)
		return rc;
	return buf_err(out);
}

/* --- reading --- */

struct reader {
	struct span text, rest;
	unsigned line;
	struct promotion *out;
	struct promotion_error *error;
};

/* The next whole line; absent at the end, or when the last has no newline. */
static struct span
next_line(struct reader *r)
{
	size_t n = span_find(r->rest, '\n');
	struct span line;

	if (n == r->rest.n)
		return SPAN_NONE;
	line = span_head(r->rest, n);
	r->rest = span_from(r->rest, n + 1);
	r->line++;
	return line;
}

/* What follows a word that the line must start with; absent if it does not. */
static struct span
after(struct span line, struct span word)
{
	if (span_absent(line) || !span_starts(line, word))
		return SPAN_NONE;
	return span_from(line, word.n);
}

static bool
is_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_digit(s.p[i]) && (s.p[i] < 'a' || s.p[i] > 'f'))
			return false;
	}
	return s.n == HEX_LEN(SHA256_BYTES);
}

static int
read_header(struct reader *r)
{
	struct span line = next_line(r), v;

	if (!span_eq(line, SPAN(MAGIC)))
		return span_starts(line, SPAN("yett-promotion "))
		    ? fail(r->error, ERR_VERSION, 1,
			  "a promotion of another version than 1")
		    : fail(r->error, ERR_MALFORMED, 1,
			  "not a promotion: expected \"" MAGIC "\"");
	v = after(next_line(r), SPAN("environment "));
	if (!span_eq(v, SPAN("dev")) && !span_eq(v, SPAN("qa")) &&
	    !span_eq(v, SPAN("prod")))
		return fail(r->error, ERR_MALFORMED, r->line,
		    "expected environment dev, qa or prod");
	memcpy(r->out->environment, v.p, v.n);
	v = after(next_line(r), SPAN("base "));
	if (!is_hex(v) && !span_eq(v, SPAN("-")))
		return fail(
		    r->error, ERR_MALFORMED, r->line, "expected base and a checksum");
	memcpy(r->out->base, v.p, v.n);
	r->out->base[v.n] = 0;
	if (next_line(r).n != 0)
		return fail(
		    r->error, ERR_MALFORMED, r->line, "expected an empty line here");
	return OK;
}

static int
read_facts(struct reader *r)
{
	struct promotion *p = r->out;
	struct span line;
	int rc;

	while (!span_starts(r->rest, SPAN("sha256 "))) {
		line = next_line(r);
		if (span_absent(line))
			return fail(r->error, ERR_MALFORMED, r->line + 1,
			    "the file ends before its checksum");
		if (line.n == 0 && p->n > 0) {
			if (span_starts(r->rest, SPAN("sha256 ")))
				return OK;
			return fail(r->error, ERR_MALFORMED, r->line,
			    "an empty line among the facts");
		}
		if ((rc = promotion_add_line(p, line, r->error)) != OK) {
			r->error->line = r->line;
			return rc;
		}
		if (p->n > 1 &&
		    span_cmp(p->fact[p->n - 2].key, p->fact[p->n - 1].key) >= 0)
			return fail(r->error, ERR_MALFORMED, r->line,
			    "facts are not in order, or one stands twice");
	}
	return p->n == 0
	    ? OK
	    : fail(r->error, ERR_MALFORMED, r->line, "no empty line before the checksum");
}

static int
read_checksum(struct reader *r)
{
	size_t covered = (size_t)(r->rest.p - r->text.p);
	struct span v = after(next_line(r), SPAN("sha256 "));
	uint8_t digest[SHA256_BYTES];
	char hex[HEX_LEN(SHA256_BYTES)];

	if (!is_hex(v))
		return fail(
		    r->error, ERR_MALFORMED, r->line, "expected sha256 and a checksum");
	if (crypto_sha256(span_head(r->text, covered), digest) != OK)
		return fail(r->error, ERR_IO, 0, "SHA-256 failed");
	hex_encode(digest, sizeof digest, hex);
	if (memcmp(hex, v.p, sizeof hex) != 0)
		return fail(r->error, ERR_CORRUPT, r->line,
		    "the checksum does not hold: the file was changed after export");
	memcpy(r->out->sha256, hex, sizeof hex);
	r->out->covered = (size_t)(r->rest.p - r->text.p);
	return OK;
}

static int
read_signatures(struct reader *r)
{
	struct promotion *p = r->out;

	while (r->rest.n > 0) {
		struct promotion_signature *s = &p->signature[p->signatures];
		struct span v = after(next_line(r), SPAN("signature ")), id;
		size_t n = 0;

		id = span_absent(v) ? SPAN_NONE : span_cut(&v, ' ');
		if (id.n != 8 || v.n != B64URL_LEN(ED25519_SIGNATURE_BYTES) ||
		    p->signatures == PROMOTION_SIGNATURES_MAX ||
		    b64_decode(v, s->bytes, sizeof s->bytes, &n) != OK ||
		    n != sizeof s->bytes)
			return fail(r->error, ERR_MALFORMED, r->line,
			    "expected at most %d lines: signature, key, base64url",
			    PROMOTION_SIGNATURES_MAX);
		memcpy(s->id, id.p, id.n);
		p->signatures++;
	}
	return OK;
}

int
promotion_read(struct span text, struct promotion *out, struct promotion_error *error)
{
	struct reader r = {.text = text, .rest = text, .out = out, .error = error};
	int rc;

	promotion_init(out);
	*error = (struct promotion_error){0};
	if (text.n > PROMOTION_BYTES_MAX)
		return fail(
		    error, ERR_LIMIT, 0, "more than %u MiB", PROMOTION_BYTES_MAX >> 20);
	if ((rc = read_header(&r)) == OK && (rc = read_facts(&r)) == OK &&
	    (rc = read_checksum(&r)) == OK)
		rc = read_signatures(&r);
	if (rc == ERR_NOMEM)
		fail(error, rc, 0, "out of memory");
	return rc;
}

int
promotion_verify(const struct promotion *p, struct span text, const struct signer *keys,
    unsigned n, int64_t now_us, const struct signer **by)
{
	int rc = ERR_SIGNATURE;

	*by = NULL;
	for (unsigned i = 0; i < n; i++) {
		const struct signer *k = &keys[i];

		if (k->until_us && k->until_us <= now_us)
			continue;
		for (unsigned s = 0; s < p->signatures; s++) {
			if (strcmp(p->signature[s].id, k->id) != 0 ||
			    ed25519_verify(k->public, span_head(text, p->covered),
				p->signature[s].bytes) != OK)
				continue;
			if (strcmp(k->environment, "any") == 0 ||
			    strcmp(k->environment, p->environment) == 0) {
				*by = k;
				return OK;
			}
			rc = ERR_ENVIRONMENT;
		}
	}
	return rc;
}
