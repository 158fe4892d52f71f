/*
 * Doctor: looks for what goes wrong silently. Each check has a name and a remedy (one table,
 * doctor.def); it answers ok, warn or fail with a reason, or is skipped with a reason. The
 * looking functions are pure where they can be: texts and values in, findings out.
 */
#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H

#include "base/settings.h"
#include "control/ctl/haproxy_conf.h"

enum doctor_check {
#define DOCTOR(id, name, seen, remedy) id,
#include "control/ctl/doctor.def"
#undef DOCTOR
	DOCTOR_CHECKS
};

enum doctor_verdict { DOCTOR_OK, DOCTOR_SKIP, DOCTOR_WARN, DOCTOR_FAIL };

#define DOCTOR_TEXT_MAX 320
#define DOCTOR_FINDINGS_MAX 512 /* a person reads them: more are not listed */

struct doctor_finding {
	enum doctor_check check;
	enum doctor_verdict verdict;
	char text[DOCTOR_TEXT_MAX];
};

struct doctor {
	unsigned n;
	struct doctor_finding finding[DOCTOR_FINDINGS_MAX];
};

const char *doctor_name(enum doctor_check check);
const char *doctor_seen(enum doctor_check check); /* what it looks for */
const char *doctor_remedy(enum doctor_check check);
const char *doctor_verdict_name(enum doctor_verdict verdict);
void doctor_add(struct doctor *d, enum doctor_check check, enum doctor_verdict verdict,
    const char *fmt, ...) PRINTF_LIKE(4, 5);
/* ok with the text unless the check has warned or failed already. */
void doctor_pass(struct doctor *d, enum doctor_check check, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Every check whose name starts so and that has not answered is skipped with the reason. */
void doctor_skip_rest(struct doctor *d, const char *prefix, const char *why);
enum doctor_verdict doctor_worst(const struct doctor *d, enum doctor_check check);

/* HAProxy's configuration as the checks see it. */
struct doctor_haproxy {
	const struct haproxy_conf *conf;
	const struct haproxy_conf *spoe; /* our SPOE file, NULL: could not be read */
	const char *spoe_file; /* its path, NULL: no filter names one */
	const char *engine; /* our engine's name, NULL: no filter */
	const struct settings *settings; /* yett.conf */
	unsigned version; /* 206 for 2.6, 0: unknown */
	unsigned processors; /* threads of a HAProxy that does not say nbthread */
	struct span dropins; /* texts of haproxy.service.d, concatenated */
	bool (*exists)(void *ctx, const char *path); /* a socket or file on this host */
	void *ctx;
};

/* Which SPOE engine is ours: its name and file from the first matching filter line (engine
 * or file named yett, else the only one). false: none. */
bool doctor_find_engine(
    const struct haproxy_conf *conf, const char **engine, const char **file);
bool doctor_is_filtered(const struct doctor_haproxy *h, const struct haproxy_section *s);

/* All of the configuration's checks: doctor_spoe.c, doctor_traffic.c, doctor_log.c. */
void doctor_haproxy_conf(struct doctor *d, const struct doctor_haproxy *h);
void doctor_haproxy_spoe(struct doctor *d, const struct doctor_haproxy *h);
void doctor_haproxy_backend(struct doctor *d, const struct doctor_haproxy *h);
void doctor_haproxy_traffic(struct doctor *d, const struct doctor_haproxy *h);
void doctor_haproxy_log(struct doctor *d, const struct doctor_haproxy *h);
void doctor_haproxy_tap(struct doctor *d, const struct doctor_haproxy *h);
/* `show info` and `show stat` of a running HAProxy. */
void doctor_haproxy_info(struct doctor *d, struct span info, const char *spoe_backend,
    struct span stat, unsigned *version);

/* The agent's Prometheus text. */
void doctor_agent_metrics(struct doctor *d, const struct settings *settings,
    struct span metrics, int64_t now_us);

#endif
