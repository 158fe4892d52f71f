/* The table of yett.conf's keys. */
#include "base/settings.h"

#include <stdio.h>

#include "base/io.h"

const struct conf_key settings_table[] = {
#define SETTING(sec, nam, type, preset, min, max, unit, flags, doc)                    \
	{#sec, #nam, CONF_##type, offsetof(struct settings, sec##_##nam), preset, min, \
	    max, unit, flags, doc},
#include "base/settings.def"
#undef SETTING
};

const size_t settings_n = sizeof settings_table / sizeof *settings_table;

int
settings_parse(struct span text, struct settings *out, struct conf_error *error)
{
	conf_defaults(settings_table, settings_n, out);
	return conf_parse(settings_table, settings_n, text, out, error);
}

int
settings_load(const char *path, struct settings *out, struct conf_error *error)
{
	struct buf text;
	int rc;

	*error = (struct conf_error){0};
	if (path == NULL)
		return settings_parse(SPAN(""), out, error);
	buf_init(&text, 1 << 20);
	if ((rc = io_read_file(path, (1 << 20) - 1, &text)) != OK)
		snprintf(error->text, sizeof error->text, "cannot read the file: %s",
		    err_str(rc));
	else
		rc = settings_parse(buf_span(&text), out, error);
	buf_fini(&text);
	return rc;
}
