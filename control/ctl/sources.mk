ctl_SRC := text.c metrics_text.c table.c array.c command.c help.c commands.c since.c session.c database.c child.c rule_file.c \
	schema.c key.c trust.c find.c inventory.c say.c field.c data_class.c team.c change.c heatmap.c performance.c \
	promotion_text.c promotion_file.c promotion_merge.c promote_database.c promote.c promote_gate.c \
	rule.c setting.c policy.c gateway.c control.c json_view.c \
	haproxy_conf.c haproxy_look.c haproxy_cond.c doctor_findings.c doctor_spoe.c doctor_traffic.c doctor_log.c doctor_agent.c \
	doctor_live.c doctor_files.c doctor_database.c doctor.c
