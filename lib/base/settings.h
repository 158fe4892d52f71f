/*
 * yett.conf as a struct: one field per line of settings.def, named section_name. Read by
 * yett-agent, yettctl and yettc; see yett.conf(5).
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/conf.h"

typedef char setting_STR[CONF_TEXT_MAX];
typedef int64_t setting_INT;
typedef bool setting_BOOL;
typedef struct conf_list setting_LIST;

struct settings {
#define SETTING(section, name, type, preset, min, max, unit, flags, doc) \
	setting_##type section##_##name;
#include "base/settings.def"
#undef SETTING
};

extern const struct conf_key settings_table[];
extern const size_t settings_n;

/* Defaults, then the file's text over them. ERR_INVALID with *error set. Pure. */
MUST_CHECK int
settings_parse(struct span text, struct settings *out, struct conf_error *error);
/* Reads and parses a file; a NULL path gives the defaults. Blocks. Errors of io_read_file
 * and settings_parse, *error always says what to tell the operator. */
MUST_CHECK int
settings_load(const char *path, struct settings *out, struct conf_error *error);

#endif
