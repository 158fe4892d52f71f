/* The functions behind the command table, by file. Each returns an exit code. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "control/ctl/session.h"

typedef int command_function(struct session *s, const struct invocation *in);

/* schema.c */
command_function command_init, command_migrate;
/* inventory.c */
command_function command_endpoint_list, command_endpoint_show, command_service_list,
    command_service_map, command_service_unmap;
/* say.c */
command_function command_endpoint_name, command_endpoint_owner, command_endpoint_auth,
    command_endpoint_mode, command_endpoint_pin, command_endpoint_ignore,
    command_endpoint_merge, command_endpoint_split, command_endpoint_proposals,
    command_endpoint_accept, command_override_list, command_override_remove;
/* field.c */
command_function command_field_list, command_field_show, command_field_class,
    command_field_ignore, command_sensitive;
/* data_class.c */
command_function command_class_list, command_class_put, command_class_remove;
/* team.c */
command_function command_team_list, command_team_put, command_team_rule,
    command_team_unrule;
/* change.c */
command_function command_changes, command_change_ack, command_spec_list,
    command_spec_findings;
/* performance.c */
command_function command_performance, command_performance_heatmap;
/* promote.c, promote_gate.c */
command_function command_promote_export, command_promote_diff, command_promote_import,
    command_promote_gate, command_promote_undo, command_promote_history;
/* rule.c */
command_function command_rule_list, command_rule_show, command_rule_add,
    command_rule_mode, command_rule_remove;
/* setting.c */
command_function command_setting_list, command_setting_put, command_setting_remove;
/* Below a list that shows modes: that default_mode, when it is set, bounds them. */
void setting_say_bound(struct session *s);
/* policy.c */
command_function command_policy_status, command_policy_publish, command_policy_rollback,
    command_policy_history;
/* gateway.c */
command_function command_status, command_metrics, command_agent_list, command_token;
/* doctor.c */
command_function command_doctor;
/* help.c */
command_function command_completion_print;

#endif
