/* The functions behind the command table, by file. Each returns an exit code. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "control/ctl/session.h"

typedef int command_function(struct session *s, const struct invocation *in);

/* schema.c */
command_function command_init, command_migrate;
/* inventory.c */
command_function command_endpoint_list, command_endpoint_show, command_endpoint_mode,
    command_service_list, command_service_map, command_service_unmap;
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
