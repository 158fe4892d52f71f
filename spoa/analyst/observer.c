/* See observer.h. */
#include "analyst/observer.h"

#include <stdlib.h>

#include "analyst/classes.h"
#include "analyst/endpoint_view.h"
#include "base/encode.h"
#include "http/headers.h"
#include "http/target.h"

#define NEW_PER_SECOND 2000 /* looks at requests of endpoints that are not known yet */
#define SECOND_US INT64_C(1000000)
#define TEST_ENVIRONMENT "prod" /* elsewhere published test numbers count */

struct observed {
	struct look_block *look; /* NULL: nothing */
	size_t bytes; /* of all of it */
	uint32_t weight;
	unsigned words;
	struct {
		uint16_t at, n; /* in text */
		uint8_t segment;
	} word[CHILDREN_SEGMENTS_MAX];
	char text[];
};

struct observer {
	struct observer_options o;
	struct fields *fields;
	struct children *children;
	struct class_set *classes;
	struct class_set *next; /* prepared, or NULL */
	unsigned refused; /* classes of the policy that are not in it */
	struct look look;
	unsigned pressure;
	size_t kept; /* bytes of observed ones */
	int64_t second_us; /* of the looks at unknown endpoints */
	unsigned news;
	/* of the message in hand */
	uint32_t endpoint;
	enum field_direction direction;
	int64_t now_us;
	struct arena arena; /* headers, target; not the look's own */
	void *memory;
	char *tap;
};

/* --- what look.h asks --------------------------------------------------------------- */

static struct look_wish
wanted(void *ctx, uint64_t key)
{
	struct observer *o = ctx;

	return fields_wish(o->fields, o->endpoint, o->direction, key, o->now_us);
}

static uint64_t
value_hash(void *ctx, struct span value)
{
	struct observer *o = ctx;

	return redact_value_hash(o->o.redactor, value, o->now_us);
}

static struct span
mask(void *ctx, uint32_t field, uint16_t cls, struct span value, bool contained,
    char text[LOOK_EVIDENCE_MAX])
{
	struct observer *o = ctx;

	return fields_mask(o->fields, field, cls, value, contained, o->now_us, text);
}

static uint64_t
endpoint_hash_of(void *ctx, uint32_t endpoint)
{
	struct observer *o = ctx;

	return endpoints_hash(o->o.endpoints, endpoint);
}

static uint32_t
endpoint_to(void *ctx, uint32_t endpoint)
{
	struct observer *o = ctx;

	return endpoints_moved(o->o.endpoints, endpoint);
}

/* --- life --------------------------------------------------------------------------- */

static int
look_make(struct observer *o)
{
	const struct settings *s = o->o.settings;
	struct look_options lo = {
	    .body = {.depth = (unsigned)s->request_body_depth,
		.fields = (unsigned)s->request_body_fields,
		.inflate_bytes = (size_t)s->request_inflate_bytes,
		.inflate_ratio = (unsigned)s->request_inflate_ratio},
	    .arena_bytes = (size_t)(s->request_arena_bytes + s->request_inflate_bytes),
	    .wanted = wanted,
	    .hash = value_hash,
	    .mask = mask,
	    .ctx = o,
	};

	return look_init(&o->look, &lo);
}

static int
tables_make(struct observer *o)
{
	const struct settings *s = o->o.settings;
	uint32_t endpoints = endpoints_limit(o->o.endpoints);
	struct fields_options fo = {
	    .settings = s,
	    .endpoints = endpoints,
	    .release = o->o.release,
	    .redactor = o->o.redactor,
	    .metric = o->o.metric,
	    .sink = o->o.sink,
	    .endpoint_hash = endpoint_hash_of,
	    .ctx = o,
	};
	struct children_options co = {
	    .endpoints = endpoints,
	    .places = endpoints,
	    .release = o->o.release,
	    .redactor = o->o.redactor,
	    .sink = o->o.sink,
	    .endpoint_hash = endpoint_hash_of,
	    .ctx = o,
	};
	int err = fields_new(&fo, &o->fields);

	return err ? err : children_new(&co, &o->children);
}

int
observer_new(const struct observer_options *options, struct observer **out)
{
	struct observer *o = calloc(1, sizeof(*o));
	size_t bytes = (size_t)options->settings->request_arena_bytes;
	int err = ERR_NOMEM;

	*out = NULL;
	if (!o)
		return err;
	o->o = *options;
	o->memory = malloc(bytes);
	o->tap = malloc((size_t)options->settings->finish_line_bytes);
	if (o->memory && o->tap) {
		arena_init(&o->arena, o->memory, bytes);
		err = look_make(o);
	}
	if (err == OK)
		err = tables_make(o);
	if (err == OK)
		err = observer_prepare(o, NULL);
	if (err) {
		observer_free(o);
		return err;
	}
	observer_bundle(o, 0);
	*out = o;
	return OK;
}

void
observer_free(struct observer *o)
{
	if (!o)
		return;
	fields_free(o->fields);
	children_free(o->children);
	look_fini(&o->look);
	release_classes(o->o.release, NULL);
	class_set_free(o->classes);
	class_set_free(o->next);
	free(o->memory);
	free(o->tap);
	free(o);
}

int
observer_prepare(struct observer *o, const struct bundle *b)
{
	struct class_set *fresh;
	int err = classes_make(b, &fresh, &o->refused);

	if (err)
		return err;
	class_set_free(o->next);
	o->next = fresh;
	return OK;
}

void
observer_bundle(struct observer *o, int64_t now_us)
{
	bool tests = strcmp(o->o.settings->agent_environment, TEST_ENVIRONMENT) != 0;
	struct class_set *fresh = o->next;

	CHECK(fresh);
	o->next = NULL;
	metric_set(o->o.metric, M_CLASSES_REFUSED, o->refused);
	fields_use(o->fields, fresh);
	look_use(&o->look, fresh, tests);
	release_classes(o->o.release, fresh);
	class_set_free(o->classes);
	o->classes = fresh;
	fields_renew(o->fields, true, now_us);
}

const struct class_info *
observer_class(const struct observer *o, struct span name)
{
	uint16_t id = class_find(o->classes, name);

	return id == CLASS_NONE ? NULL : class_get(o->classes, id);
}

void
observer_pressure(struct observer *o, unsigned pressure)
{
	o->pressure = pressure;
}

/* --- counting ----------------------------------------------------------------------- */

static void
looked(struct observer *o)
{
	static const struct {
		enum look_flag flag;
		enum metric_id id;
	} of[] = {
	    {LOOK_TRUNCATED, M_LOOK_TRUNCATED},
	    {LOOK_MALFORMED, M_LOOK_MALFORMED},
	    {LOOK_ENCODED, M_LOOK_ENCODED},
	    {LOOK_DEEP, M_LOOK_DEEP},
	    {LOOK_MANY, M_LOOK_MANY},
	    {LOOK_UNREAD, M_LOOK_UNREAD},
	};

	metric_add(o->o.metric, M_LOOKS, 1);
	for (size_t i = 0; o->look.flags && i < sizeof(of) / sizeof(*of); i++)
		if (o->look.flags & of[i].flag)
			metric_add(o->o.metric, of[i].id, 1);
}

/* --- requests ----------------------------------------------------------------------- */

/* A hash of the names in a query, cheap; never 0. */
static uint64_t
query_shape(struct span query)
{
	uint64_t sum = 1, h = 0;
	bool name = true;

	for (size_t i = 0; i <= query.n; i++) {
		char c = i < query.n ? query.p[i] : '&';

		if (c == '&') {
			sum += (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
			h = 0;
			name = true;
		} else if (c == '=') {
			name = false;
		} else if (name) {
			h = (h ^ (uint8_t)c) * UINT64_C(0x9e3779b97f4a7c15);
		}
	}
	return sum | 1;
}

static bool
is_wanted(struct observer *o, const struct request_prelude *p, const struct request *r,
    uint32_t *weight)
{
	*weight = 1;
	if (o->endpoint == ENDPOINT_NONE) {
		if (o->now_us - o->second_us >= SECOND_US || o->now_us < o->second_us) {
			o->second_us = o->now_us;
			o->news = 0;
		}
		if (o->pressure == 0 && ++o->news <= NEW_PER_SECOND)
			return true;
		metric_add(o->o.metric, M_LOOKS_SHED, 1);
		return false;
	}
	if (endpoints_is_overflow(o->o.endpoints, o->endpoint))
		return false;
	/* Watched ones come with their answer: what both show belongs together. */
	return fields_wanted(o->fields, o->endpoint, FIELD_REQUEST,
	    span_absent(r->body) && !(p->flags & VERDICT_WATCH) ? query_shape(r->query)
								: 0,
	    o->pressure, o->now_us, weight);
}

/* Whether a segment stands in templates as it is. */
static bool
is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((uint8_t)s.p[i] <= ' ' || memchr("{}():%/?#\"\\\x7f", s.p[i], 12))
			return false;
	return s.n > 0;
}

/* The parameters of a path, and where they stand. */
static unsigned
parameters_read(struct observer *o, const struct request *r,
    const struct endpoint_view *view, struct look_parameter *out, uint8_t *segment)
{
	struct target *t;
	unsigned n = 0;

	if (view->parameters == 0)
		return 0;
	t = arena_alloc(&o->arena, sizeof(*t));
	if (!t || target_parse(t, r->path, SPAN_NONE, &o->arena) != OK)
		return 0;
	for (unsigned i = 0; i < t->n && n < TARGET_SEGMENTS_MAX; i++) {
		struct span name, key, text = t->segment[i].text;

		if (!(view->parameters >> i & 1))
			continue;
		out[n].name = SPAN("");
		if (segment_key(text, &name, &key) != 0) {
			out[n].name = name;
			text = key;
		} else if (i > 0 && !(view->parameters >> (i - 1) & 1)) {
			out[n].name = t->segment[i - 1].text;
		}
		out[n].value = text;
		segment[n++] = (uint8_t)i;
	}
	return n;
}

static struct observed *
observed_make(struct observer *o, const struct look_parameter *parameter,
    const uint8_t *segment, unsigned n, uint32_t weight)
{
	struct observed *seen;
	size_t text = 0, block;

	for (unsigned i = 0; i < n; i++)
		text += parameter[i].value.n;
	seen = malloc(sizeof(*seen) + text);
	if (!seen)
		return NULL;
	*seen = (struct observed){.weight = weight};
	seen->look = look_keep(&o->look, &block);
	seen->bytes = sizeof(*seen) + text + block;
	text = 0;
	for (unsigned i = 0; i < n && seen->words < CHILDREN_SEGMENTS_MAX; i++) {
		struct span v = parameter[i].value;

		if (!is_plain(v))
			continue;
		memcpy(seen->text + text, v.p, v.n);
		seen->word[seen->words].at = (uint16_t)text;
		seen->word[seen->words].n = (uint16_t)v.n;
		seen->word[seen->words++].segment = segment[i];
		text += v.n;
	}
	o->kept += seen->bytes;
	return seen;
}

struct observed *
observer_request(struct observer *o, const struct request_prelude *p,
    const struct request *r, uint32_t endpoint, const struct guess *g)
{
	struct look_parameter parameter[TARGET_SEGMENTS_MAX];
	uint8_t segment[TARGET_SEGMENTS_MAX];
	struct endpoint_view view = {0};
	struct headers headers;
	struct look_request lr = {
	    .headers = &headers, .query = r->query, .parameter = parameter};
	uint32_t weight;

	o->endpoint = endpoint;
	o->direction = FIELD_REQUEST;
	o->now_us = p->time_us;
	if (p->action != ACTION_ALLOW || !is_wanted(o, p, r, &weight))
		return NULL;
	if (o->kept >= (size_t)o->o.settings->fields_pending_bytes) {
		metric_add(o->o.metric, M_LOOKS_SHED, 1);
		return NULL;
	}
	arena_reset(&o->arena);
	if (endpoint != ENDPOINT_NONE)
		endpoints_view(o->o.endpoints, endpoint, &view);
	else if (g)
		guess_view(g, &view);
	if (headers_parse(&headers, r->headers,
		(unsigned)o->o.settings->request_headers_max, &o->arena) != OK)
		headers = (struct headers){0};
	lr.parameters = parameters_read(o, r, &view, parameter, segment);
	lr.body = r->body;
	lr.cut = r->body_visible > (int64_t)r->body.n ||
	    r->body_announced > (int64_t)r->body.n;
	look_request(&o->look, &lr);
	looked(o);
	return observed_make(o, parameter, segment, lr.parameters, weight);
}

void
observed_free(struct observer *o, struct observed *seen)
{
	if (!seen)
		return;
	o->kept -= seen->bytes;
	free(seen->look);
	free(seen);
}

/* --- answers ------------------------------------------------------------------------ */

/* The answer as it was tapped. False: it was not, or is not to be looked at. */
static bool
answer_look(struct observer *o, const struct observer_answer *a)
{
	const struct finish *f = a->line;
	enum tap_state state = finish_tap_state(f);
	struct look_answer la = {
	    .content_type = f->content_type,
	    .content_encoding = f->content_encoding,
	    .location = f->location,
	    .cookies = f->cookies,
	    .cut = state != TAP_COMPLETE,
	};
	uint32_t weight;
	size_t n = 0;

	if (state == TAP_NONE && finish_tap_bytes(f) == 0)
		return false;
	o->direction = FIELD_RESPONSE;
	o->endpoint = a->endpoint;
	o->now_us = a->now_us;
	if (!fields_wanted(o->fields, a->endpoint, FIELD_RESPONSE, 0, o->pressure,
		a->now_us, &weight))
		return false;
	if (b64_decode(f->tap, o->tap, (size_t)o->o.settings->finish_line_bytes, &n) !=
	    OK)
		n = 0;
	la.body = span_make(o->tap, n);
	look_answer(&o->look, &la);
	/* Encoded, and not copied. */
	if (state == TAP_GZIP && n == 0)
		o->look.flags = LOOK_ENCODED;
	looked(o);
	return true;
}

static void
words_note(struct observer *o, const struct observed *seen,
    const struct observer_answer *a, bool accepted, uint64_t shape)
{
	for (unsigned i = 0; seen && i < seen->words; i++)
		children_note(o->children, a->endpoint, seen->word[i].segment,
		    span_make(seen->text + seen->word[i].at, seen->word[i].n),
		    a->identity, accepted, shape, seen->weight);
}

void
observer_refused(
    struct observer *o, const struct observed *seen, const struct observer_answer *a)
{
	words_note(o, seen, a, false, 0);
}

void
observer_status(struct observer *o, const struct observer_answer *a)
{
	if (!endpoints_is_overflow(o->o.endpoints, a->endpoint))
		fields_status(o->fields, a->endpoint, a->line->status, a->now_us);
}

void
observer_accepted(
    struct observer *o, const struct observed *seen, const struct observer_answer *a)
{
	struct endpoint_view view;
	struct fields_message m = {
	    .endpoint = a->endpoint,
	    .direction = FIELD_REQUEST,
	    .status_class = a->line->status >= 300 ? 3 : 2,
	    .identity = a->identity,
	    .id = a->line->id,
	    .now_us = a->now_us,
	};
	uint64_t shape = 0;

	if (endpoints_is_overflow(o->o.endpoints, a->endpoint))
		return;
	endpoints_view(o->o.endpoints, a->endpoint, &view);
	m.template_text = view.template_text;
	if (seen) {
		look_recall(&o->look, seen->look);
		(void)fields_take(o->fields, &o->look, &m);
	}
	if (answer_look(o, a)) {
		m.direction = FIELD_RESPONSE;
		shape = fields_take(o->fields, &o->look, &m);
	}
	words_note(o, seen, a, true, shape);
}

/* --- out ---------------------------------------------------------------------------- */

void
observer_moved(struct observer *o)
{
	fields_moved(o->fields, endpoint_to, o);
	children_moved(o->children, endpoint_to, o);
}

uint32_t
observer_flush(struct observer *o, bool all, int64_t now_us)
{
	fields_renew(o->fields, false, now_us);
	return fields_flush(o->fields, all) + children_flush(o->children, all, now_us);
}

uint32_t
observer_suspects(struct observer *o)
{
	return fields_suspects(o->fields);
}

bool
observer_waiting(const struct observer *o)
{
	return fields_waiting(o->fields);
}
