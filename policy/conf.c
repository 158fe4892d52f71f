/* policy.conf: what holds for the whole policy. */
#include "base/clock.h"
#include "policy/model.h"
#include "policy/parse.h"

#define KEY(section, name, type, preset, doc)                                            \
	{                                                                                \
		section, #name, CONF_##type, offsetof(struct policy_conf, name), preset, \
		    0, 0, "", 0, doc                                                     \
	}

static const struct conf_key table[] = {
    KEY("policy", environment, STR, "dev", "environment that may load the bundle"),
    KEY("policy", default_mode, STR, "enforce", "upper bound for every block"),
    KEY("policy", unmatched, STR, "", "service of hosts that nothing maps"),
    KEY("policy", not_before, STR, "", "time from which gateways take the bundle"),
    KEY("policy", expires, STR, "", "time from which they alarm"),
    KEY("policy", note, STR, "", "text shown with the bundle"),
    KEY("identity", source, LIST, "", "credential sources in order"),
};
#define KEYS (sizeof table / sizeof table[0])

void
conf_read(struct model *m, const struct source *s)
{
	struct conf_error e;

	if (m->conf_source) {
		diag_error(m->diags, (struct place){s, 0}, "a second policy.conf");
		return;
	}
	m->conf_source = s;
	conf_defaults(table, KEYS, &m->conf);
	if (conf_parse(table, KEYS, s->text, &m->conf, &e) != OK)
		diag_error(m->diags, e.line ? diag_line(s, e.line) : (struct place){s, 0},
		    "%s", e.text);
}

/* Where a key's nth value stands, for messages. */
static struct place
key_place(const struct model *m, const char *key, unsigned nth)
{
	struct span rest, name = span_str(key);

	if (m->conf_source == NULL)
		return (struct place){0};
	rest = m->conf_source->text;
	while (!span_absent(rest)) {
		struct span line = span_trim(span_cut(&rest, '\n'));

		if (span_starts(line, name) && nth-- == 0)
			return (struct place){
			    m->conf_source, (uint32_t)(line.p - m->conf_source->text.p)};
	}
	return (struct place){m->conf_source, 0};
}

static void
read_time(struct model *m, const char *key, const char *text, int64_t *out)
{
	*out = 0;
	if (text[0] && (clock_parse(span_str(text), out) != OK || *out <= 0))
		diag_error(m->diags, key_place(m, key, 0),
		    "%s: expected a time such as 2027-01-01T00:00:00Z", key);
}

/* "jwt:sub verified". */
static void
read_credential(struct model *m, const char *text, unsigned nth)
{
	static const struct {
		const char *name;
		uint8_t kind;
		bool named;
	} kinds[] = {{"bearer", SOURCE_BEARER, false}, {"jwt", SOURCE_JWT_CLAIM, true},
	    {"header", SOURCE_HEADER, true}, {"query", SOURCE_QUERY, true},
	    {"cookie", SOURCE_COOKIE, true}, {"client_cert", SOURCE_CLIENT_CERT, false},
	    {"basic", SOURCE_BASIC_USER, false}};
	struct span rest = span_str(text), word = span_cut(&rest, ' '), kind, name;
	struct credential *c;

	name = word;
	kind = span_cut(&name, ':');
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!span_eq(kind, span_str(kinds[i].name)))
			continue;
		if (kinds[i].named != (name.n > 0) ||
		    (!span_absent(rest) && !span_eq(span_trim(rest), SPAN("verified"))))
			break;
		c = VEC_ADD(m->pool, &m->credentials);
		c->kind = kinds[i].kind;
		c->verified = !span_absent(rest);
		c->name = pool_copy(m->pool, name);
		if (c->kind == SOURCE_HEADER)
			for (size_t k = 0; k < c->name.n; k++)
				((char *)(uintptr_t)c->name.p)[k] =
				    ascii_lower(c->name.p[k]);
		return;
	}
	diag_error(m->diags, key_place(m, "source", nth),
	    "source: expected bearer, jwt:CLAIM, header:NAME, query:NAME, cookie:NAME, "
	    "client_cert or basic, and verified or nothing behind it");
}

void
conf_finish(struct model *m)
{
	struct policy_conf *c = &m->conf;
	struct span environment;

	if (m->conf_source == NULL)
		conf_defaults(table, KEYS, c);
	environment = span_str(c->environment);
	if (!span_eq(environment, SPAN("dev")) && !span_eq(environment, SPAN("qa")) &&
	    !span_eq(environment, SPAN("prod")))
		diag_error(m->diags, key_place(m, "environment", 0),
		    "environment: expected dev, qa or prod");
	if (mode_parse(span_str(c->default_mode), &c->mode) != OK)
		diag_error(m->diags, key_place(m, "default_mode", 0),
		    "default_mode: expected off, shadow or enforce");
	read_time(m, "not_before", c->not_before, &c->not_before_us);
	read_time(m, "expires", c->expires, &c->expires_us);
	if (c->expires_us && c->expires_us <= c->not_before_us)
		diag_error(
		    m->diags, key_place(m, "expires", 0), "expires before it begins");
	for (unsigned i = 0; i < c->source.n; i++)
		read_credential(m, c->source.item[i], i);
	if (c->source.n == 0) {
		VEC_ADD(m->pool, &m->credentials)->kind = SOURCE_BEARER;
		VEC_ADD(m->pool, &m->credentials)->kind = SOURCE_BASIC_USER;
	}
}
