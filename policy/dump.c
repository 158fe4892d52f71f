/* dump. */
#include "policy/dump.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "policy/classes.h"
#include "policy/field.h"
#include "policy/job.h"
#include "policy/lex.h"
#include "policy/parse.h"
#include "policy/print.h"

static void
put_limit(const struct bundle *b, const struct bundle_rule *r, struct buf *out)
{
	print_item("by", out);
	for (uint32_t i = 0; i < r->keys; i++) {
		const struct bundle_key *k = &b->key[r->key + i];

		if (i)
			buf_put_str(out, ", ");
		print_operand(span_str(k->field < FIELDS ? field_info(k->field)->name
							 : "unknown.field"),
		    k->transform, k->key.length > 0, bundle_text(b, k->key), out);
	}
	print_item("rate", out);
	print_rate(1, r->period_ns, out);
	print_item("burst", out);
	buf_printf(out, "%u", r->burst);
	print_item("weak", out);
	buf_put_str(out, r->flags & RULE_WEAK_TOO ? "enforce" : "shadow");
}

void
dump_rule(const struct bundle *b, uint32_t rule, struct buf *out)
{
	const struct bundle_rule *r = &b->rule[rule];

	buf_put_str(out,
	    r->flags & RULE_NETWORK	? "network "
		: r->flags & RULE_LIMIT ? "limit "
					: "rule ");
	lex_quote(out, bundle_text(b, r->name));
	buf_put_str(out, " {");
	if (r->when.length) {
		print_item("when", out);
		buf_put_span(out, bundle_text(b, r->when));
	}
	if (r->flags & RULE_LIMIT)
		put_limit(b, r, out);
	print_item("action", out);
	buf_put_str(out, action_name(r->action));
	if (r->action == ACTION_DENY)
		buf_printf(out, " %u", r->status);
	print_item("mode", out);
	buf_put_str(out, mode_name(r->mode));
	print_item("priority", out);
	buf_printf(out, "%d", r->priority);
	print_item_time("not_before", r->not_before_us, out);
	print_item_time("expires", r->expires_us, out);
	print_item_text("owner", bundle_text(b, r->owner), out);
	print_item_text("reason", bundle_text(b, r->reason), out);
	buf_put_str(out, "\n}\n");
}

static void
put_target(struct buf *out, uint16_t to)
{
	if (to == STEP_MATCH)
		buf_put_str(out, "match");
	else if (to == STEP_NO_MATCH)
		buf_put_str(out, "no");
	else
		buf_printf(out, "%u", to);
}

/* Comments, so that the dump still is a *.rules text. */
static void
dump_graph(const struct bundle *b, uint32_t rule, struct buf *out)
{
	const struct bundle_rule *r = &b->rule[rule];

	for (uint32_t i = 0; i < r->steps; i++) {
		const struct bundle_step *s = &b->step[r->step + i];

		buf_printf(out, "# %3u  ", i);
		print_predicate(b, s->predicate, out);
		buf_put_str(out, " ? ");
		put_target(out, s->if_true);
		buf_put_str(out, " : ");
		put_target(out, s->if_false);
		buf_put_char(out, '\n');
	}
	if (r->endpoint != BUNDLE_NONE) {
		buf_put_str(out, "#      only ");
		buf_put_span(out, bundle_text(b, b->endpoint[r->endpoint].label));
		buf_put_char(out, '\n');
	}
}

static void
dump_anchors(const struct bundle *b, struct buf *out)
{
	for (uint32_t i = 0; i < b->anchors; i++) {
		const struct bundle_anchor *a = &b->anchor[i];
		uint32_t values = 0;

		for (uint32_t k = 0; k <= a->mask; k++)
			values += b->anchor_slot[a->slot + k].hash != 0;
		buf_printf(out, "# anchor %u  ", i);
		print_operand(span_str(a->field < FIELDS ? field_info(a->field)->name
							 : "unknown.field"),
		    a->transform, a->key.length > 0, bundle_text(b, a->key), out);
		buf_printf(out, ": %u values\n", values);
	}
	for (uint32_t i = 0; i < b->free_rules; i++) {
		buf_put_str(out, "# asked always: ");
		buf_put_span(out, bundle_text(b, b->rule[b->free_rule[i]].name));
		buf_put_char(out, '\n');
	}
}

void
dump_source(const struct bundle *b, uint32_t source, struct buf *out)
{
	static const char *const kinds[] = {
	    "", "bearer", "jwt:", "header:", "query:", "cookie:", "client_cert", "basic"};
	const struct bundle_source *s = &b->source[source];

	buf_put_str(out, kinds[s->kind]);
	buf_put_span(out, bundle_text(b, s->name));
	if (s->verified)
		buf_put_str(out, " verified");
}

static void
dump_conf(const struct bundle *b, struct buf *out)
{
	const struct bundle_meta *m = b->meta;

	buf_printf(out, "# policy.conf\n# environment = %.8s\n# default_mode = %s\n",
	    b->header->environment, mode_name(m->default_mode));
	if (m->unmatched_service != BUNDLE_NONE) {
		buf_put_str(out, "# unmatched = ");
		buf_put_span(out, bundle_text(b, b->service[m->unmatched_service].name));
		buf_put_char(out, '\n');
	}
	for (uint32_t i = 0; i < b->sources; i++) {
		buf_put_str(out, "# source = ");
		dump_source(b, i, out);
		buf_put_char(out, '\n');
	}
}

void
dump_class(const struct bundle *b, uint32_t i, struct buf *out)
{
	struct bundle_class_info c;

	bundle_class_get(b, i, &c);
	class_print(
	    c.name, c.title, c.pattern, c.validator, c.names, c.groups, c.mask, out);
}

/* As comments: classes stand in another file than rules. */
static void
dump_classes(const struct bundle *b, struct buf *out)
{
	for (uint32_t i = 0; i < bundle_class_count(b); i++) {
		struct buf text = BUF_INIT;
		struct span rest, line;

		dump_class(b, i, &text);
		rest = buf_span(&text);
		if (i == 0)
			buf_put_str(out, "# classes\n");
		for (line = span_cut(&rest, '\n'); line.n; line = span_cut(&rest, '\n')) {
			buf_put_str(out, "#  ");
			buf_put_span(out, line);
			buf_put_char(out, '\n');
		}
		buf_fini(&text);
	}
}

static void
dump_lists(const struct bundle *b, struct buf *out)
{
	for (uint32_t i = 0; i < b->hosts; i++) {
		const struct bundle_host *h = &b->host[i];

		buf_put_str(out, i ? "#  " : "# services\n#  ");
		buf_put_span(out, bundle_text(b, b->service[h->service].name));
		buf_put_char(out, ' ');
		buf_put_span(out, bundle_text(b, h->pattern));
		if (h->prefix.length)
			buf_put_char(out, ' ');
		buf_put_span(out, bundle_text(b, h->prefix));
		buf_put_char(out, '\n');
	}
	for (uint32_t i = 0; i < b->endpoints; i++) {
		const struct bundle_endpoint *e = &b->endpoint[i];

		buf_put_str(out, i ? "#  " : "# endpoints\n#  ");
		buf_put_span(out, bundle_text(b, b->service[e->service].name));
		buf_put_char(out, ' ');
		buf_put_span(out, bundle_text(b, e->method));
		buf_put_char(out, ' ');
		buf_put_span(out, bundle_text(b, e->template));
		if (e->operation.length)
			buf_put_str(out, " operation=");
		buf_put_span(out, bundle_text(b, e->operation));
		if (e->id)
			buf_printf(out, " id=%u", e->id);
		if (e->mode != MODE_ENFORCE)
			buf_printf(out, " mode=%s", mode_name(e->mode));
		if (e->flags & ENDPOINT_WANT_BODY)
			buf_put_str(out, " body=yes");
		buf_put_char(out, '\n');
	}
	dump_classes(b, out);
	if (b->words)
		buf_printf(out, "# words: %u\n", b->words);
	if (b->selftests)
		buf_printf(out, "# self-tests: %u\n", b->selftests);
}

void
dump_content(const struct bundle *b, bool graphs, struct buf *out)
{
	dump_conf(b, out);
	dump_lists(b, out);
	for (uint32_t i = 0; i < b->rules; i++) {
		buf_put_char(out, '\n');
		dump_rule(b, i, out);
		if (graphs)
			dump_graph(b, i, out);
	}
	if (graphs)
		dump_anchors(b, out);
}

static void
put_date(struct buf *out, const char *what, int64_t us)
{
	char text[CLOCK_TEXT_MAX];

	if (us) {
		buf_printf(out, ", %s ", what);
		buf_put_span(out, clock_format(us, text));
	}
}

void
dump_header(const struct bundle *b, struct buf *out)
{
	const struct bundle_header *h = b->header;
	const struct bundle_signature *s =
	    (const void *)(b->bytes.p + b->bytes.n - h->signatures * sizeof *s);

	buf_printf(out, "# revision %llu", (unsigned long long)h->revision);
	if (h->parent)
		buf_printf(out, " after %llu", (unsigned long long)h->parent);
	put_date(out, "made", h->created_us);
	put_date(out, "not before", h->not_before_us);
	put_date(out, "expires", h->expires_us);
	buf_put_str(out, "\n# by ");
	buf_put_span(out, bundle_text(b, b->meta->compiler));
	buf_put_str(out, " from ");
	buf_put_span(out, bundle_text(b, b->meta->source));
	buf_printf(out, ", %zu bytes", b->bytes.n);
	if (h->signatures == 0)
		buf_put_str(out, ", not signed");
	for (uint32_t i = 0; i < h->signatures; i++)
		buf_printf(out, ", signed by %.8s", s[i].key_id);
	buf_put_char(out, '\n');
	if (b->meta->note.length) {
		buf_put_str(out, "# ");
		buf_put_span(out, bundle_text(b, b->meta->note));
		buf_put_char(out, '\n');
	}
}

/* --- JSON --------------------------------------------------------------------------- */

static void
json_rule(const struct bundle *b, const struct bundle_rule *r, struct jsonw *w)
{
	jsonw_object(w);
	jsonw_kv_str(w, "kind",
	    r->flags & RULE_NETWORK	? "network"
		: r->flags & RULE_LIMIT ? "limit"
					: "rule");
	jsonw_kv_span(w, "name", bundle_text(b, r->name));
	jsonw_kv_str(w, "action", action_name(r->action));
	jsonw_kv_uint(w, "status", r->status);
	jsonw_kv_str(w, "mode", mode_name(r->mode));
	jsonw_kv_int(w, "priority", r->priority);
	jsonw_kv_int(w, "expires_us", r->expires_us);
	jsonw_kv_span(w, "when", bundle_text(b, r->when));
	jsonw_kv_span(w, "owner", bundle_text(b, r->owner));
	jsonw_kv_span(w, "reason", bundle_text(b, r->reason));
	if (r->flags & RULE_LIMIT) {
		jsonw_kv_uint(w, "period_ns", r->period_ns);
		jsonw_kv_uint(w, "burst", r->burst);
	}
	jsonw_object_end(w);
}

static void
json_class(const struct bundle *b, uint32_t i, struct jsonw *w)
{
	struct bundle_class_info c;
	struct buf groups = BUF_INIT;

	bundle_class_get(b, i, &c);
	class_groups_print(c.groups, " ", &groups);
	jsonw_object(w);
	jsonw_kv_span(w, "name", c.name);
	jsonw_kv_span(w, "title", c.title);
	jsonw_kv_span(w, "pattern", c.pattern);
	jsonw_kv_span(w, "validator", c.validator);
	jsonw_kv_span(w, "names", c.names);
	jsonw_kv_span(w, "groups", buf_span(&groups));
	jsonw_kv_str(w, "mask", class_mask_name((enum class_mask)c.mask));
	jsonw_object_end(w);
	buf_fini(&groups);
}

void
dump_json(const struct bundle *b, struct buf *out)
{
	struct jsonw w;

	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_kv_uint(&w, "revision", b->header->revision);
	jsonw_kv_uint(&w, "parent", b->header->parent);
	jsonw_kv_int(&w, "created_us", b->header->created_us);
	jsonw_kv_str(&w, "environment", b->header->environment);
	jsonw_kv_str(&w, "default_mode", mode_name(b->meta->default_mode));
	jsonw_kv_uint(&w, "signatures", b->header->signatures);
	jsonw_key(&w, "endpoints");
	jsonw_array(&w);
	for (uint32_t i = 0; i < b->endpoints; i++) {
		const struct bundle_endpoint *e = &b->endpoint[i];

		jsonw_object(&w);
		jsonw_kv_uint(&w, "id", e->id);
		jsonw_kv_span(&w, "service", bundle_text(b, b->service[e->service].name));
		jsonw_kv_span(&w, "label", bundle_text(b, e->label));
		jsonw_kv_str(&w, "mode", mode_name(e->mode));
		jsonw_object_end(&w);
	}
	jsonw_array_end(&w);
	jsonw_key(&w, "classes");
	jsonw_array(&w);
	for (uint32_t i = 0; i < bundle_class_count(b); i++)
		json_class(b, i, &w);
	jsonw_array_end(&w);
	jsonw_key(&w, "rules");
	jsonw_array(&w);
	for (uint32_t i = 0; i < b->rules; i++)
		json_rule(b, &b->rule[i], &w);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	buf_put_char(out, '\n');
}

/* Texts of a bundle are operators' and clients' words: nothing may steer a terminal. */
static void
show(struct buf *out)
{
	for (size_t i = 0; i < out->n; i++) {
		unsigned char c = (unsigned char)out->p[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			out->p[i] = '?';
	}
	if (buf_err(out) == OK)
		fwrite(out->p, 1, out->n, stdout);
}

int
command_dump(struct options *o)
{
	struct buf out = BUF_INIT;
	struct bundle b;
	struct job j;
	int rc;

	job_init(&j);
	if ((rc = job_open(&j, o, o->argument[0], &b)) == EXIT_DONE) {
		if (o->json) {
			dump_json(&b, &out);
		} else {
			dump_header(&b, &out);
			dump_content(&b, o->graph, &out);
		}
		show(&out);
	}
	buf_fini(&out);
	job_fini(&j);
	return rc;
}
