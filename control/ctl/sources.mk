ctl_SRC := text.c metrics_text.c table.c command.c help.c commands.c since.c session.c database.c child.c rule_file.c \
	schema.c key.c inventory.c rule.c setting.c policy.c gateway.c control.c json_view.c \
	haproxy_conf.c haproxy_look.c haproxy_cond.c doctor_findings.c doctor_spoe.c doctor_traffic.c doctor_log.c doctor_agent.c \
	doctor_live.c doctor_files.c doctor_database.c doctor.c
