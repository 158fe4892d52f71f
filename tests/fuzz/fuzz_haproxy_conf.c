/* HAProxy's configuration language as doctor reads it, and all checks over it.
 * fuzz: runs=20000 (a run is some 20 KB of configuration, read twice) */
#include <stdlib.h>

#include "control/ctl/doctor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct doctor d;
	static struct settings settings;
	static bool ready;
	struct conf_error error;
	struct haproxy_conf conf = {.environment = SPAN("YETT_FAIL=closed\n")};
	struct haproxy_conf spoe = {.outer = &conf};
	struct span text = span_make(data, size);
	struct doctor_haproxy h = {
	    .conf = &conf, .settings = &settings, .processors = 2, .dropins = SPAN("")};

	if (!ready && settings_parse(SPAN(""), &settings, &error) != OK)
		abort();
	ready = true;
	d.n = 0;
	if (haproxy_conf_parse(&conf, "a", text) == OK &&
	    haproxy_conf_parse(&spoe, "b", text) == OK) {
		if (doctor_find_engine(&conf, &h.engine, &h.spoe_file))
			h.spoe = &spoe;
		doctor_haproxy_conf(&d, &h);
	}
	haproxy_conf_free(&spoe);
	haproxy_conf_free(&conf);
	return 0;
}
