/*
 * SIGHUP: the file is read whole and judged whole; then what may change is taken over and
 * told to the roles, and what may not is named. A file that is wrong changes nothing.
 */
#include <stdio.h>

#include "base/log.h"
#include "supervisor/check.h"
#include "supervisor/notify.h"
#include "supervisor/supervisor.h"

#define WHY_MAX 1400

static size_t
field_bytes(const struct conf_key *k)
{
	switch (k->type) {
	case CONF_STR: return CONF_TEXT_MAX;
	case CONF_INT: return sizeof(int64_t);
	case CONF_BOOL: return sizeof(bool);
	case CONF_LIST: break;
	}
	return sizeof(struct conf_list);
}

static bool
differs(const struct conf_key *k, const struct settings *a, const struct settings *b)
{
	struct buf x = BUF_INIT, y = BUF_INIT;
	bool differ;

	conf_print_value(k, a, &x);
	conf_print_value(k, b, &y);
	differ = !span_eq(buf_span(&x), buf_span(&y));
	buf_fini(&x);
	buf_fini(&y);
	return differ;
}

/* Takes over what a reload may change; names what needs a restart. */
static void
merge(struct settings *into, const struct settings *fresh)
{
	for (size_t i = 0; i < settings_n; i++) {
		const struct conf_key *k = &settings_table[i];

		if (!differs(k, into, fresh))
			continue;
		if (k->flags & CONF_RELOAD)
			memcpy((char *)into + k->offset, (const char *)fresh + k->offset,
			    field_bytes(k));
		else
			log_warn("needs a restart", "key=%s.%s", k->section, k->name);
	}
}

void
supervisor_reload(struct supervisor *s)
{
	static struct settings fresh; /* large */
	char why[WHY_MAX];
	enum log_level level;
	bool ok = check_settings(s->config, &fresh, why, sizeof why) == OK;

	notify_reloading();
	if (ok) {
		merge(&s->settings, &fresh);
		if (log_level_parse(span_str(s->settings.agent_log_level), &level) == OK)
			log_set_level(level);
		if (bundles_load_keys(&s->bundles, why, sizeof why) != OK)
			log_error("public keys stay as they were", "error=\"%s\"", why);
		sources_watch(s);
		children_send_reload(s);
		log_notice("reloaded", NULL);
	} else {
		log_error("settings stay as they were", "error=\"%s\"", why);
	}
	sources_offer_file(s);
	supervisor_tell_status(s);
}
