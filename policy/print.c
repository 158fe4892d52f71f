/* Blocks and predicates as text. */
#include "policy/print.h"

#include "base/clock.h"
#include "bundle/bundle.h"
#include "policy/address.h"
#include "policy/field.h"
#include "policy/lex.h"
#include "policy/parse.h"

#define SET_SHOWN 8 /* values of a bundle's set that are shown */

void
print_operand(struct span name, enum predicate_transform transform, bool has_key,
    struct span key, struct buf *out)
{
	static const char *const functions[] = {"", "lower(", "len(", "count("};

	buf_put_str(out, functions[transform]);
	buf_put_span(out, name);
	if (has_key) {
		buf_put_char(out, '[');
		lex_quote(out, key);
		buf_put_char(out, ']');
	}
	if (transform != TRANSFORM_NONE)
		buf_put_char(out, ')');
}

static void
put_operand(const struct operand *o, struct buf *out)
{
	print_operand(o->name, o->transform, o->has_key, o->key, out);
}

static void
put_constant(const struct constant *c, struct buf *out)
{
	if (c->quoted)
		lex_quote(out, c->text);
	else
		buf_put_span(out, c->text);
}

static void
put_test(const struct test *t, struct buf *out)
{
	if (t->op == TEST_EXISTS) {
		buf_put_str(out, "exists ");
		put_operand(&t->operand, out);
		return;
	}
	put_operand(&t->operand, out);
	if (t->op == TEST_BARE)
		return;
	buf_printf(out, " %s ", test_op_name(t->op));
	if (t->op == TEST_IN)
		buf_put_char(out, '{');
	for (uint32_t i = 0; i < t->values.n; i++) {
		if (i)
			buf_put_char(out, ' ');
		put_constant(&t->values.v[i], out);
	}
	if (t->op == TEST_IN)
		buf_put_char(out, '}');
}

void
print_condition(const struct expr *e, struct buf *out)
{
	if (e->kind == EXPR_TEST) {
		put_test(e->test, out);
		return;
	}
	if (e->kind == EXPR_NOT)
		buf_put_str(out, "not ");
	for (const struct expr *kid = e->kid; kid; kid = kid->next) {
		/* or binds least, so all but a test and what binds closer is grouped. */
		bool group = kid->kind != EXPR_TEST && kid->kind != EXPR_NOT &&
		    !(e->kind == EXPR_OR && kid->kind == EXPR_AND);

		if (kid != e->kid)
			buf_put_str(out, e->kind == EXPR_AND ? " and " : " or ");
		if (group)
			buf_put_char(out, '(');
		print_condition(kid, out);
		if (group)
			buf_put_char(out, ')');
	}
}

void
print_rate(uint32_t count, uint64_t period_ns, struct buf *out)
{
	static const struct {
		char unit[3];
		uint64_t ns;
	} units[] = {{"d", 86400000000000}, {"h", 3600000000000}, {"m", 60000000000},
	    {"s", 1000000000}, {"ms", 1000000}};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (period_ns % units[i].ns == 0) {
			buf_printf(out, "%u/", count);
			if (period_ns != units[i].ns)
				buf_printf(out, "%llu",
				    (unsigned long long)(period_ns / units[i].ns));
			buf_put_str(out, units[i].unit);
			return;
		}
	buf_printf(out, "%u/%lluns", count, (unsigned long long)period_ns);
}

void
print_item(const char *name, struct buf *out)
{
	buf_printf(out, "\n\t%-10s ", name);
}

void
print_item_time(const char *name, int64_t wall_us, struct buf *out)
{
	char text[CLOCK_TEXT_MAX];

	if (wall_us == 0)
		return;
	print_item(name, out);
	buf_put_span(out, clock_format(wall_us, text));
}

void
print_item_text(const char *name, struct span text, struct buf *out)
{
	if (text.n == 0)
		return;
	print_item(name, out);
	lex_quote(out, text);
}

static void
put_limit(const struct block *b, struct buf *out)
{
	print_item("by", out);
	for (unsigned i = 0; i < b->keys; i++) {
		if (i)
			buf_put_str(out, ", ");
		put_operand(&b->key[i], out);
	}
	print_item("rate", out);
	print_rate(b->rate, b->rate_period_ns, out);
	print_item("burst", out);
	buf_printf(out, "%u", b->burst);
	print_item("weak", out);
	buf_put_str(out, b->weak_too ? "enforce" : "shadow");
}

void
print_block(const struct block *b, struct buf *out)
{
	buf_printf(out, "%s ", block_kind_name(b->kind));
	lex_quote(out, b->name);
	buf_put_str(out, " {");
	if (b->when) {
		print_item("when", out);
		print_condition(b->when, out);
	}
	if (b->kind == BLOCK_LIMIT)
		put_limit(b, out);
	print_item("action", out);
	buf_put_str(out, action_name(b->action));
	if (b->action == ACTION_DENY)
		buf_printf(out, " %u", b->status);
	print_item("mode", out);
	buf_put_str(out, mode_name(b->mode));
	print_item("priority", out);
	buf_printf(out, "%d", b->priority);
	print_item_time("not_before", b->not_before_us, out);
	print_item_time("expires", b->expires_us, out);
	print_item_text("owner", b->owner, out);
	print_item_text("reason", b->reason, out);
	buf_put_str(out, "\n}\n");
}

/* --- of a bundle -------------------------------------------------------------------- */

static void
put_set(const struct bundle *b, const struct bundle_set *s, struct buf *out)
{
	uint32_t slots = s->mask + 1, shown = 0;

	buf_put_char(out, '{');
	for (uint32_t i = 0; i < slots && shown < SET_SHOWN; i++) {
		const struct bundle_set_slot *v = &b->set_slot[s->slot + i];
		struct address a = {.bits = (uint8_t)v->number};
		char text[ADDRESS_TEXT_MAX];

		if (!v->used)
			continue;
		if (shown++)
			buf_put_char(out, ' ');
		memcpy(a.bytes, v->address, sizeof a.bytes);
		if (s->kind == SET_TEXT)
			lex_quote(out, bundle_text(b, v->text));
		else if (s->kind == SET_NUMBER)
			buf_printf(out, "%lld", (long long)v->number);
		else
			buf_put_span(out, address_print(&a, text));
	}
	if (s->n > shown)
		buf_printf(out, " ... %u more", s->n - shown);
	buf_put_char(out, '}');
}

void
print_predicate(const struct bundle *b, uint32_t predicate, struct buf *out)
{
	static const char *const ops[] = {[OP_EXISTS] = "exists",
	    [OP_EQ] = "eq",
	    [OP_IN] = "in",
	    [OP_LT] = "lt",
	    [OP_LE] = "le",
	    [OP_GT] = "gt",
	    [OP_GE] = "ge",
	    [OP_CONTAINS] = "contains",
	    [OP_STARTS] = "starts_with",
	    [OP_ENDS] = "ends_with",
	    [OP_MATCHES] = "matches",
	    [OP_HAS] = "has",
	    [OP_TRUE] = ""};
	const struct bundle_predicate *p = &b->predicate[predicate];
	const struct field_info *f = p->field < FIELDS ? field_info(p->field) : NULL;
	bool number = p->transform == TRANSFORM_LEN || p->transform == TRANSFORM_COUNT ||
	    (f && f->type == FIELD_NUMBER);

	if (p->op == OP_EXISTS)
		buf_put_str(out, "exists ");
	print_operand(span_str(f ? f->name : "unknown.field"), p->transform,
	    p->key.length > 0, bundle_text(b, p->key), out);
	if (p->op == OP_EXISTS || p->op == OP_TRUE)
		return;
	buf_printf(out, " %s ", ops[p->op]);
	if (p->op == OP_IN)
		put_set(b, &b->set[p->set], out);
	else if (p->op == OP_HAS)
		buf_printf(out, "\"%s\"",
		    field_flag_name(p->number) ? field_flag_name(p->number) : "?");
	else if (number)
		buf_printf(out, "%lld", (long long)p->number);
	else
		lex_quote(out, bundle_text(b, p->text));
}
