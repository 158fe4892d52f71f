/* The parts of doctor that look at the world: files, sockets, the database. */
#ifndef CTL_DOCTOR_RUN_H
#define CTL_DOCTOR_RUN_H

#include "control/ctl/doctor.h"
#include "control/ctl/session.h"

/* What HAProxy puts on finish lines (YETT_LINE_SECRET) against the key of yett.conf. */
void doctor_line_secret(struct doctor *d, const struct settings *s, struct span secret);
void doctor_files(struct doctor *d, const struct session *s);
void doctor_database(struct doctor *d, struct session *s);
/* HAProxy's configuration files and stats socket, as the options name them. */
void
doctor_haproxy(struct doctor *d, const struct session *s, const struct invocation *in);
void doctor_agent(struct doctor *d, const struct session *s);

#endif
