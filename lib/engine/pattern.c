/* PCRE2 behind three calls. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "engine/pattern.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

struct pattern {
	pcre2_code *code;
};

int
pattern_set_init(struct pattern_set *set)
{
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	pcre2_jit_stack *stack =
	    pcre2_jit_stack_create(32 << 10, PATTERN_JIT_STACK_MAX, NULL);

	*set = (struct pattern_set){context, data, stack};
	if (context == NULL || data == NULL) {
		pattern_set_fini(set);
		return ERR_NOMEM;
	}
	(void)pcre2_set_match_limit(context, PATTERN_MATCH_LIMIT);
	(void)pcre2_set_depth_limit(context, PATTERN_DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(context, PATTERN_HEAP_KIB);
	/* No stack: PCRE2 was built without JIT, and uses none. */
	if (stack != NULL)
		pcre2_jit_stack_assign(context, NULL, stack);
	return OK;
}

void
pattern_set_fini(struct pattern_set *set)
{
	if (set->stack != NULL)
		pcre2_jit_stack_free(set->stack);
	if (set->data != NULL)
		pcre2_match_data_free(set->data);
	if (set->context != NULL)
		pcre2_match_context_free(set->context);
	*set = (struct pattern_set){0};
}

int
pattern_new(struct span text, struct pattern **out, char *why, size_t why_n)
{
	struct pattern *p;
	PCRE2_SIZE at;
	PCRE2_UCHAR message[120];
	int code;

	*out = NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ERR_NOMEM;
	p->code = pcre2_compile((PCRE2_SPTR)text.p, text.n,
	    PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C, &code, &at,
	    NULL);
	if (p->code == NULL) {
		if (pcre2_get_error_message(code, message, sizeof(message)) < 0)
			message[0] = '\0';
		snprintf(
		    why, why_n, "%s at offset %zu", (const char *)message, (size_t)at);
		free(p);
		return ERR_UNSUPPORTED;
	}
	/* Where the kernel forbids it, the interpreter runs instead. */
	(void)pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE);
	*out = p;
	return OK;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_code_free(p->code);
	free(p);
}

enum pattern_result
pattern_match(struct pattern_set *set, const struct pattern *p, struct span subject)
{
	int rc = pcre2_match(p->code, (PCRE2_SPTR)(subject.p ? subject.p : ""), subject.n,
	    0, 0, set->data, set->context);

	if (rc >= 0)
		return PATTERN_YES;
	return rc == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_SPENT;
}
