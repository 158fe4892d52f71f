/*
 * Classes that a customer defines: a pattern for the whole value, a check digit, names.
 * Matching is bounded and allocates nothing: match data is made with the set, one for each
 * of a few callers at a time; who finds none free waits for one.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "classify/checksum.h"
#include "classify/internal.h"

#define MATCH_LIMIT \
	20000 /* far beyond what a pattern of an identifier needs; some 100 µs */
#define DEPTH_LIMIT 1000
#define HEAP_KIB 256
#define CALLERS 4 /* threads that may match one class at a time */
#define VALUE_MAX 1024 /* bytes: longer values are no identifiers */

enum validator { CHECK_NOTHING, CHECK_LUHN, CHECK_MOD97, CHECK_MOD11_10, CHECK_VERHOEFF };

struct custom_pattern {
	pcre2_code *code; /* NULL: by name alone */
	pcre2_match_context *limits;
	enum validator validator;
	struct {
		pcre2_match_data *data;
		atomic_flag taken;
	} caller[CALLERS];
};

static int
read_validator(struct span s, enum validator *out)
{
	static const char *const names[] = {"", "luhn", "mod97", "mod11_10", "verhoeff"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (span_eq(s, span_str(names[i]))) {
			*out = (enum validator)i;
			return OK;
		}
	return ERR_INVALID;
}

static int
compile(struct custom_pattern *p, struct span pattern, char error[200])
{
	PCRE2_UCHAR message[120];
	PCRE2_SIZE at;
	int code;

	p->code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
	    PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
		PCRE2_NEVER_BACKSLASH_C,
	    &code, &at, NULL);
	if (p->code == NULL) {
		if (pcre2_get_error_message(code, message, sizeof(message)) < 0)
			message[0] = '\0';
		snprintf(error, 200, "pattern: %s at offset %zu", (const char *)message,
		    (size_t)at);
		return ERR_INVALID;
	}
	/* Where the kernel forbids it, the interpreter runs instead. */
	(void)pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	p->limits = pcre2_match_context_create(NULL);
	if (p->limits == NULL)
		return ERR_NOMEM;
	(void)pcre2_set_match_limit(p->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(p->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(p->limits, HEAP_KIB);
	for (unsigned i = 0; i < CALLERS; i++) {
		p->caller[i].data = pcre2_match_data_create(1, NULL);
		if (p->caller[i].data == NULL)
			return ERR_NOMEM;
	}
	return OK;
}

int
custom_new(const struct class_custom *c, size_t n, struct custom_pattern **out,
    size_t *at, char error[200])
{
	struct custom_pattern *all = calloc(n ? n : 1, sizeof(*all));
	int err = all == NULL ? ERR_NOMEM : OK;

	*out = NULL;
	for (size_t i = 0; err == OK && i < n; i++) {
		*at = i;
		for (unsigned k = 0; k < CALLERS; k++)
			atomic_flag_clear(&all[i].caller[k].taken);
		err = read_validator(c[i].validator, &all[i].validator);
		if (err != OK)
			snprintf(
			    error, 200, "validator: luhn, mod97, mod11_10 or verhoeff");
		else if (c[i].pattern.n > 0)
			err = compile(&all[i], c[i].pattern, error);
	}
	if (err != OK) {
		custom_free(all, n);
		return err;
	}
	*out = all;
	return OK;
}

void
custom_free(struct custom_pattern *p, size_t n)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < CALLERS; k++)
			pcre2_match_data_free(p[i].caller[k].data);
		pcre2_match_context_free(p[i].limits);
		pcre2_code_free(p[i].code);
	}
	free(p);
}

static bool
matches(struct custom_pattern *p, struct span v)
{
	unsigned i = 0;
	int rc;

	while (
	    atomic_flag_test_and_set_explicit(&p->caller[i].taken, memory_order_acquire))
		i = (i + 1) % CALLERS;
	rc = pcre2_match(
	    p->code, (PCRE2_SPTR)v.p, v.n, 0, 0, p->caller[i].data, p->limits);
	atomic_flag_clear_explicit(&p->caller[i].taken, memory_order_release);
	return rc >= 0;
}

static bool
is_valid(enum validator validator, struct span v)
{
	char text[64];
	unsigned n = 0, digits = 0;

	if (validator == CHECK_NOTHING)
		return true;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (!ascii_is_digit(c) && !ascii_is_letter(c))
			continue;
		if (n == sizeof(text))
			return false;
		digits += ascii_is_digit(c);
		text[n++] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
	}
	if (n < 2 || (validator != CHECK_MOD97 && digits != n))
		return false;
	switch (validator) {
	case CHECK_LUHN: return checksum_luhn(text, n);
	case CHECK_MOD11_10: return checksum_mod11_10(text, n);
	case CHECK_VERHOEFF: return checksum_verhoeff(text, n);
	default: return checksum_mod97(text, n) == 1;
	}
}

void
custom_hits(const struct class_set *s, const struct facts *f, struct class_hits *h)
{
	for (unsigned i = 0; i < s->n - CLASS_BUILTIN; i++) {
		struct custom_pattern *p = &s->custom[i];
		bool checked = p->validator != CHECK_NOTHING;

		if (f->v.n > VALUE_MAX || (p->code != NULL && !matches(p, f->v)) ||
		    !is_valid(p->validator, f->v))
			continue;
		hits_add(h, CLASS_BUILTIN + i,
		    p->code == NULL && !checked	     ? HIT_SHAPE
			: p->code != NULL && checked ? HIT_CERTAIN
						     : HIT_CHECKED,
		    false);
	}
}
