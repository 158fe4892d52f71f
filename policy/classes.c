/* Classes of data: blocks of the rule language's words, see yett-rules(5). */
#include "policy/classes.h"

#include "bundle/format.h"
#include "policy/lex.h"
#include "policy/parser.h"
#include "policy/print.h"
#include "policy/suggest.h"

_Static_assert(CLASS_CUSTOM_MAX == BUNDLE_CLASSES_MAX &&
	CLASS_NAME_MAX == BUNDLE_CLASS_NAME_MAX &&
	MASK_NOTHING == BUNDLE_CLASS_MASK_MAX &&
	(CLASS_CUSTOM << 1) - 1 == BUNDLE_CLASS_GROUPS,
    "lib/bundle says the same as lib/classify");

#define CLASS_TEXT_MAX 1000 /* of pattern and names, as the database has it */
#define CLASS_TITLE_MAX 200

int
class_group_parse(struct span name, uint32_t *bit)
{
	for (*bit = CLASS_PCI; *bit <= CLASS_CUSTOM; *bit <<= 1)
		if (span_eq(name, span_str(class_group_name((enum class_group) * bit))))
			return OK;
	*bit = 0;
	return ERR_NOTFOUND;
}

int
class_mask_parse(struct span name, uint32_t *mask)
{
	for (*mask = MASK_TOKEN; *mask <= MASK_NOTHING; ++*mask)
		if (span_eq(name, span_str(class_mask_name((enum class_mask) * mask))))
			return OK;
	*mask = MASK_TOKEN;
	return ERR_NOTFOUND;
}

void
class_groups_print(uint32_t groups, const char *between, struct buf *out)
{
	bool some = false;

	for (uint32_t bit = CLASS_PCI; bit <= CLASS_CUSTOM; bit <<= 1) {
		if (!(groups & bit))
			continue;
		if (some)
			buf_put_str(out, between);
		buf_put_str(out, class_group_name((enum class_group)bit));
		some = true;
	}
}

void
class_print(struct span name, struct span title, struct span pattern,
    struct span validator, struct span names, uint32_t bits, uint32_t mask,
    struct buf *out)
{
	buf_put_str(out, "class ");
	lex_quote(out, name);
	buf_put_str(out, " {");
	print_item_text("title", title, out);
	print_item_text("pattern", pattern, out);
	if (validator.n) {
		print_item("validator", out);
		buf_put_span(out, validator);
	}
	print_item_text("names", names, out);
	if (bits) {
		print_item("groups", out);
		class_groups_print(bits, ", ", out);
	}
	print_item("mask", out);
	buf_put_str(out, class_mask_name((enum class_mask)mask));
	buf_put_str(out, "\n}\n");
}

void
class_custom_of(const struct data_class *from, struct class_custom *to)
{
	*to = (struct class_custom){
	    .name = from->name,
	    .title = from->title,
	    .pattern = from->pattern,
	    .validator = from->validator,
	    .names = from->names,
	    .groups = from->groups,
	    .mask = (enum class_mask)from->mask,
	};
}

/* --- items -------------------------------------------------------------------------- */

#define CLASS_ITEM_TABLE(X)     \
	X(TITLE, title)         \
	X(PATTERN, pattern)     \
	X(VALIDATOR, validator) \
	X(NAMES, names)         \
	X(GROUPS, groups)       \
	X(MASK, mask)
enum class_item {
#define X(id, name) CLASS_ITEM_##id,
	CLASS_ITEM_TABLE(X)
#undef X
	    CLASS_ITEMS
};
static const char *const items[] = {
#define X(id, name) #name,
    CLASS_ITEM_TABLE(X)
#undef X
};

/* CLASS_ITEMS: no item's name. */
static enum class_item
item_of(struct span word)
{
	unsigned i = 0;

	while (i < CLASS_ITEMS && !span_eq(word, span_str(items[i])))
		i++;
	return (enum class_item)i;
}

static int
parse_text(struct parser *p, size_t most, struct span *out)
{
	struct token t;
	int rc = parser_expect(p, TOKEN_STRING, "a text in quotes", &t);

	if (rc != OK)
		return rc;
	for (size_t i = 0; i < t.value.n; i++)
		if ((unsigned char)t.value.p[i] < 0x20 || t.value.p[i] == 0x7f) {
			diag_error(p->diags, t.at, "control byte in a class");
			return ERR_MALFORMED;
		}
	if (t.value.n == 0 || t.value.n > most) {
		diag_error(p->diags, t.at, "must have from 1 to %zu bytes", most);
		return ERR_MALFORMED;
	}
	*out = t.value;
	return OK;
}

static int
parse_groups(struct parser *p, uint32_t *out)
{
	struct token t;
	uint32_t bit;
	int rc;

	for (;;) {
		if ((rc = parser_expect(p, TOKEN_WORD, "a group", &t)) != OK)
			return rc;
		if (class_group_parse(t.text, &bit) != OK) {
			diag_error(p->diags, t.at,
			    "expected pci, pii, credential, health, financial or custom");
			return ERR_MALFORMED;
		}
		*out |= bit;
		if (p->now.kind != TOKEN_COMMA)
			return OK;
		parser_take(p);
	}
}

static int
parse_mask(struct parser *p, uint32_t *out)
{
	struct token t;
	int rc;

	if ((rc = parser_expect(p, TOKEN_WORD, "a mask", &t)) != OK)
		return rc;
	if (class_mask_parse(t.text, out) == OK)
		return OK;
	diag_error(p->diags, t.at, "expected token, last4, year, shape or nothing");
	return ERR_MALFORMED;
}

static int
parse_item(struct parser *p, struct data_class *c, enum class_item item)
{
	struct token t;
	int rc;

	switch (item) {
	case CLASS_ITEM_TITLE: return parse_text(p, CLASS_TITLE_MAX, &c->title);
	case CLASS_ITEM_PATTERN: return parse_text(p, CLASS_TEXT_MAX, &c->pattern);
	case CLASS_ITEM_NAMES: return parse_text(p, CLASS_TEXT_MAX, &c->names);
	case CLASS_ITEM_GROUPS: return parse_groups(p, &c->groups);
	case CLASS_ITEM_MASK: return parse_mask(p, &c->mask);
	case CLASS_ITEM_VALIDATOR:
		if ((rc = parser_expect(p, TOKEN_WORD, "a validator", &t)) == OK)
			c->validator = t.text;
		return rc;
	case CLASS_ITEMS: break;
	}
	return ERR_INVALID;
}

/* One item; what cannot be read is said and passed over up to the next word or brace. */
static bool
take_item(struct parser *p, struct data_class *c, unsigned *seen)
{
	enum class_item item = item_of(p->now.text);
	struct suggestion s;
	struct token word;

	if (p->now.kind != TOKEN_WORD) {
		parser_expected(p, "an item or }");
		parser_take(p);
		return false;
	}
	word = parser_take(p);
	if (item == CLASS_ITEMS) {
		suggest_init(&s, word.text);
		for (size_t i = 0; i < CLASS_ITEMS; i++)
			suggest_offer(&s, span_str(items[i]));
		diag_error(p->diags, word.at,
		    "unknown item \"%.*s\" in a class" SUGGEST_FMT, DIAG_SPAN(word.text),
		    SUGGEST_ARGS(s));
	} else if (*seen & 1u << item) {
		diag_error(
		    p->diags, word.at, "%s stands twice in this class", items[item]);
	} else {
		*seen |= 1u << item;
		if (parse_item(p, c, item) == OK)
			return true;
	}
	while (p->now.kind != TOKEN_WORD && p->now.kind != TOKEN_CLOSE &&
	    p->now.kind != TOKEN_END)
		parser_take(p);
	return false;
}

static bool
good_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool letter = s.p[i] >= 'a' && s.p[i] <= 'z';

		if (!letter &&
		    (i == 0 || ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '_')))
			return false;
	}
	return s.n >= 1 && s.n <= CLASS_NAME_MAX;
}

/* The block whose word "class" is in hand. False if the reading cannot go on in it. */
static bool
parse_class(struct parser *p, struct data_class *c, bool *good)
{
	unsigned seen = 0;
	struct token t;

	*good = false;
	c->at = parser_take(p).at;
	if (parser_expect(p, TOKEN_STRING, "a name in quotes", &t) != OK)
		return false;
	c->at = t.at;
	c->name = t.value;
	*good = good_name(c->name);
	if (!*good)
		diag_error(p->diags, t.at,
		    "a class's name has 1 to %d small letters, digits and _, the first a "
		    "letter",
		    CLASS_NAME_MAX);
	if (parser_expect(p, TOKEN_OPEN, "{", &t) != OK)
		return false;
	while (p->now.kind != TOKEN_CLOSE) {
		if (p->now.kind == TOKEN_END) {
			parser_expected(p, "}");
			return false;
		}
		*good &= take_item(p, c, &seen);
	}
	parser_take(p);
	if (*good && !c->pattern.n && !c->names.n) {
		diag_error(p->diags, c->at, "this class needs pattern or names");
		*good = false;
	}
	return true;
}

void
classes_read(struct model *m, const struct source *s)
{
	struct parser p = {.diags = m->diags};

	lex_init(&p.lexer, s, m->diags);
	p.now = lex_next(&p.lexer);
	while (p.now.kind != TOKEN_END) {
		struct data_class c = {.mask = MASK_TOKEN};
		bool good;

		if (!parser_word(&p, "class")) {
			parser_expected(&p, "class");
			return;
		}
		if (!parse_class(&p, &c, &good))
			return;
		if (!good)
			continue;
		if (c.title.n == 0)
			c.title = c.name;
		c.groups |= CLASS_CUSTOM;
		if (m->classes.n == CLASS_CUSTOM_MAX) {
			diag_error(m->diags, c.at, "more than %d classes of one's own",
			    CLASS_CUSTOM_MAX);
			return;
		}
		*VEC_ADD(m->pool, &m->classes) = c;
	}
}

void
classes_check(struct model *m)
{
	struct class_custom custom[CLASS_CUSTOM_MAX];
	struct class_set *set = NULL;
	char error[200];
	size_t at = 0;
	int rc;

	if (m->classes.n == 0)
		return;
	for (uint32_t i = 0; i < m->classes.n; i++)
		class_custom_of(&m->classes.v[i], &custom[i]);
	rc = class_set_new(custom, m->classes.n, &set, &at, error);
	class_set_free(set);
	if (rc == ERR_INVALID && at < m->classes.n)
		diag_error(m->diags, m->classes.v[at].at, "class %.*s: %s",
		    DIAG_SPAN(m->classes.v[at].name), error);
	else if (rc != OK)
		diag_error(m->diags, (struct place){0}, "classes: %s", err_str(rc));
}
