/* Blocks and their items. */
#include "policy/parse.h"

#include "base/clock.h"
#include "bundle/bundle.h"
#include "policy/parser.h"
#include "policy/suggest.h"

int
parser_expected(struct parser *p, const char *what)
{
	if (p->now.kind == TOKEN_END)
		diag_error(p->diags, p->now.at, "expected %s, found the end", what);
	else if (p->now.kind != TOKEN_BAD)
		diag_error(p->diags, p->now.at, "expected %s, found %.*s", what,
		    DIAG_SPAN(p->now.text));
	return ERR_MALFORMED;
}

int
parser_expect(struct parser *p, enum token_kind kind, const char *what, struct token *out)
{
	if (p->now.kind != kind)
		return parser_expected(p, what);
	*out = parser_take(p);
	return OK;
}

static int
wrong(struct parser *p, struct place at, const char *why)
{
	diag_error(p->diags, at, "%s", why);
	return ERR_MALFORMED;
}

static int
parse_number(struct parser *p, int64_t min, int64_t max, int64_t *out)
{
	struct token t;
	int rc;

	if ((rc = parser_expect(p, TOKEN_WORD, "a number", &t)) != OK)
		return rc;
	if (span_i64(t.text, out) == OK && *out >= min && *out <= max)
		return OK;
	diag_error(
	    p->diags, t.at, "must be from %lld to %lld", (long long)min, (long long)max);
	return ERR_MALFORMED;
}

static int
parse_time(struct parser *p, int64_t *out)
{
	struct token t;
	int rc;

	if ((rc = parser_expect(p, TOKEN_WORD, "a time", &t)) != OK)
		return rc;
	if (clock_parse(t.text, out) != OK || *out <= 0)
		return wrong(p, t.at, "expected a time such as 2027-01-01T00:00:00Z");
	return OK;
}

static int
parse_string(struct parser *p, struct span *out)
{
	struct token t;
	int rc = parser_expect(p, TOKEN_STRING, "a text in quotes", &t);

	if (rc == OK)
		*out = t.value;
	return rc;
}

static int
parse_mode(struct parser *p, enum mode *out)
{
	struct token t;
	int rc;

	if ((rc = parser_expect(p, TOKEN_WORD, "off, shadow or enforce", &t)) != OK)
		return rc;
	if (mode_parse(t.text, out) != OK)
		return wrong(p, t.at, "expected off, shadow or enforce");
	return OK;
}

/* " 400 401 …" */
#define LISTED_DENY(code) " " #code
#define LISTED_RATE(code) ""
#define STATUS(code, reason, action) LISTED_##action(code)
static const char listed_statuses[] =
#include "bundle/status.def"
    ;
#undef STATUS

static int
parse_action(struct parser *p, struct block *b)
{
	struct token t;
	uint64_t status;
	int rc;

	if ((rc = parser_expect(p, TOKEN_WORD, "an action", &t)) != OK)
		return rc;
	if (action_parse(t.text, &b->action) != OK)
		return wrong(p, t.at,
		    "expected an action: allow, deny, rate, drop, watch or event");
	if (b->action == ACTION_RATE) {
		b->status = 429;
		if (b->kind != BLOCK_LIMIT)
			return wrong(p, t.at,
			    "action rate belongs to limits: a rule cannot tell how fast "
			    "requests come");
	}
	if (b->action != ACTION_DENY)
		return OK;
	b->status = 403;
	if (p->now.kind != TOKEN_WORD || span_u64(p->now.text, &status) != OK)
		return OK;
	t = parser_take(p);
	if (status == 429)
		return wrong(p, t.at, "429 belongs to limits: write action rate");
	if (status > 999 || !bundle_status_listed((unsigned)status, ACTION_DENY)) {
		diag_error(p->diags, t.at, "status %.*s is not listed; there are%s",
		    DIAG_SPAN(t.text), listed_statuses);
		return ERR_MALFORMED;
	}
	b->status = (unsigned)status;
	return OK;
}

#define RATE_PERIOD_MAX_NS (UINT64_C(31) * 86400 * 1000000000)

/* N/[N]UNIT. */
static int
parse_rate(struct parser *p, struct block *b)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000},
	    {"m", 60000000000}, {"h", 3600000000000}, {"d", 86400000000000}};
	struct span rest, count, number;
	uint64_t n = 0, periods = 1;
	size_t digits = 0;
	struct token t;
	int rc;

	if ((rc = parser_expect(p, TOKEN_WORD, "a rate such as 10/1m", &t)) != OK)
		return rc;
	rest = t.text;
	count = span_cut(&rest, '/');
	while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
		digits++;
	number = span_head(rest, digits);
	if (span_absent(rest) || span_u64(count, &n) != OK || n < 1 || n > 1000000000 ||
	    (digits && (span_u64(number, &periods) != OK || periods < 1)))
		return wrong(p, t.at, "expected a rate such as 10/1m");
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (span_eq(span_from(rest, digits), span_str(units[i].unit))) {
			if (periods > RATE_PERIOD_MAX_NS / units[i].ns)
				return wrong(p, t.at, "a period of more than 31 days");
			b->rate = (uint32_t)n;
			b->rate_period_ns = units[i].ns * periods;
			return OK;
		}
	return wrong(p, t.at,
	    "expected a rate such as 10/1m, with one of the units ns, us, ms, s, m, h "
	    "and d");
}

static int
parse_by(struct parser *p, struct block *b)
{
	int rc;

	for (;;) {
		if (b->keys == KEYS_MAX)
			return wrong(p, p->now.at, "more than 8 operands");
		if ((rc = parse_operand(p, &b->key[b->keys])) != OK)
			return rc;
		b->keys++;
		if (p->now.kind != TOKEN_COMMA)
			return OK;
		parser_take(p);
	}
}

static int
parse_weak(struct parser *p, struct block *b)
{
	enum mode m;
	int rc;

	if ((rc = parse_mode(p, &m)) == OK)
		b->weak_too = m == MODE_ENFORCE;
	return rc;
}

static int
parse_priority(struct parser *p, struct block *b)
{
	int64_t n;
	int rc = parse_number(p, -PRIORITY_MAX, PRIORITY_MAX, &n);

	if (rc == OK)
		b->priority = (int32_t)n;
	return rc;
}

static int
parse_burst(struct parser *p, struct block *b)
{
	int64_t n;
	int rc = parse_number(p, 1, 1000000000, &n);

	if (rc == OK)
		b->burst = (uint32_t)n;
	return rc;
}

static int
parse_item(struct parser *p, struct block *b, enum block_item item)
{
	switch (item) {
	case ITEM_WHEN: return parse_condition(p, &b->when);
	case ITEM_ACTION: return parse_action(p, b);
	case ITEM_MODE: return parse_mode(p, &b->mode);
	case ITEM_PRIORITY: return parse_priority(p, b);
	case ITEM_NOT_BEFORE: return parse_time(p, &b->not_before_us);
	case ITEM_EXPIRES: return parse_time(p, &b->expires_us);
	case ITEM_OWNER: return parse_string(p, &b->owner);
	case ITEM_REASON: return parse_string(p, &b->reason);
	case ITEM_BY: return parse_by(p, b);
	case ITEM_RATE: return parse_rate(p, b);
	case ITEM_BURST: return parse_burst(p, b);
	case ITEM_WEAK: return parse_weak(p, b);
	case ITEMS: break;
	}
	return ERR_INVALID;
}

/* The item whose word is in hand and may stand in this block, or ITEMS. */
static enum block_item
item_of(const struct parser *p, enum block_kind kind)
{
	unsigned n = kind == BLOCK_LIMIT ? ITEMS : ITEM_BY;

	for (unsigned i = 0; i < n; i++)
		if (parser_word(p, block_item_name(i)))
			return i;
	return ITEMS;
}

static int
unknown_item(struct parser *p, enum block_kind kind)
{
	unsigned n = kind == BLOCK_LIMIT ? ITEMS : ITEM_BY;
	struct suggestion s;

	if (p->now.kind != TOKEN_WORD)
		return parser_expected(p, "an item or }");
	suggest_init(&s, p->now.text);
	for (unsigned i = 0; i < n; i++)
		suggest_offer(&s, span_str(block_item_name(i)));
	diag_error(p->diags, p->now.at, "unknown item \"%.*s\" in a %s" SUGGEST_FMT,
	    DIAG_SPAN(p->now.text), block_kind_name(kind), SUGGEST_ARGS(s));
	return ERR_MALFORMED;
}

/* The block kind in hand. */
static bool
block_of(const struct parser *p, enum block_kind *kind)
{
	for (unsigned k = BLOCK_NETWORK; k <= BLOCK_LIMIT; k++)
		if (parser_word(p, block_kind_name(k))) {
			*kind = k;
			return true;
		}
	return false;
}

/* After an error: on to the next item, the block's end, or the next block. */
static void
recover(struct parser *p, enum block_kind kind)
{
	unsigned depth = 0;
	enum block_kind other;

	while (p->now.kind != TOKEN_END) {
		if (depth == 0 &&
		    (p->now.kind == TOKEN_CLOSE || item_of(p, kind) != ITEMS))
			return;
		if (block_of(p, &other)) {
			struct lexer ahead = p->lexer;
			struct diags quiet = {.pool = p->diags->pool};

			ahead.diags = &quiet;
			if (lex_next(&ahead).kind == TOKEN_STRING)
				return;
		}
		if (p->now.kind == TOKEN_OPEN)
			depth++;
		else if (p->now.kind == TOKEN_CLOSE)
			depth--;
		parser_take(p);
	}
}

static int
take_item(struct parser *p, struct block *b)
{
	enum block_item item = item_of(p, b->kind);
	int rc;

	if (item == ITEMS) {
		rc = unknown_item(p, b->kind);
		if (p->now.kind != TOKEN_END)
			parser_take(p);
		return rc;
	}
	rc = OK;
	if (b->seen & 1u << item) {
		diag_error(p->diags, p->now.at, "%s stands twice in this block",
		    block_item_name(item));
		rc = ERR_MALFORMED;
	}
	b->seen |= 1u << item;
	b->item_at[item] = parser_take(p).at;
	return rc == OK ? parse_item(p, b, item) : rc;
}

/* What a block must have beside correct items. */
static bool
complete(struct parser *p, struct block *b)
{
	static const unsigned needed[] = {
	    [BLOCK_NETWORK] = 1 << ITEM_WHEN | 1 << ITEM_ACTION | 1 << ITEM_REASON,
	    [BLOCK_RULE] = 1 << ITEM_WHEN | 1 << ITEM_ACTION,
	    [BLOCK_LIMIT] = 1 << ITEM_ACTION | 1 << ITEM_BY | 1 << ITEM_RATE,
	};
	unsigned missing = needed[b->kind] & ~b->seen;

	for (unsigned i = 0; i < ITEMS; i++)
		if (missing & 1u << i)
			diag_error(p->diags, b->at, "this %s needs %s",
			    block_kind_name(b->kind), block_item_name(i));
	if (b->expires_us && b->not_before_us >= b->expires_us) {
		diag_error(
		    p->diags, b->item_at[ITEM_EXPIRES], "expires before it begins");
		return false;
	}
	return missing == 0;
}

/* As the database has it, too. */
static bool
good_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_lower(s.p[i]);
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (!letter && (i == 0 || (c != '_' && c != '.' && c != '-')))
			return false;
	}
	return s.n >= 1 && s.n <= 100;
}

/* One block, its kind in hand. False if nothing can be said of it. */
static bool
parse_block(struct parser *p, struct block *b)
{
	bool good = true;
	struct token t;

	b->at = parser_take(p).at;
	b->mode = MODE_SHADOW;
	b->priority = PRIORITY_DEFAULT;
	if (parser_expect(p, TOKEN_STRING, "a name in quotes", &t) != OK)
		return false;
	b->name_at = t.at;
	b->name = t.value;
	if (!good_name(b->name)) {
		diag_error(p->diags, t.at,
		    "a name has 1 to 100 letters, digits and _ . -, the first a letter "
		    "or "
		    "digit");
		return false;
	}
	if (parser_expect(p, TOKEN_OPEN, "{", &t) != OK)
		return false;
	while (p->now.kind != TOKEN_CLOSE) {
		enum block_kind other;

		if (p->now.kind == TOKEN_END || block_of(p, &other)) {
			parser_expected(p, "}");
			return false;
		}
		if (take_item(p, b) != OK) {
			good = false;
			recover(p, b->kind);
		}
	}
	parser_take(p);
	if (b->burst == 0)
		b->burst = b->rate;
	b->broken = !good || !complete(p, b);
	return true;
}

void
rules_parse(const struct source *source, struct diags *diags, block_list *out)
{
	struct parser p = {.diags = diags};
	bool complained = false;

	if (source->text.n > RULES_TEXT_MAX) {
		diag_error(diags, (struct place){source, 0}, "more than %u bytes",
		    RULES_TEXT_MAX);
		return;
	}
	lex_init(&p.lexer, source, diags);
	p.now = lex_next(&p.lexer);
	while (p.now.kind != TOKEN_END) {
		struct block b = {0};

		if (block_of(&p, &b.kind)) {
			complained = !parse_block(&p, &b);
			if (!complained)
				*VEC_ADD(diags->pool, out) = b;
			continue;
		}
		if (!complained)
			parser_expected(&p, "rule, limit or network");
		complained = true;
		parser_take(&p);
	}
}
