-- Who may do what. No role but the owner touches a table: programs and people read views
-- of schema report and call functions of schema yett.

grant select on all tables in schema report
	to yett_recorder, yett_reader, yett_editor, yett_compiler;
alter default privileges in schema report grant select on tables
	to yett_recorder, yett_reader, yett_editor, yett_compiler;

grant execute on function
	yett.hist_bins(bytea[]), yett.hist_mid(integer),
	yett.hist_quantiles(bytea[], double precision[]),
	yett.hist_quantile(bytea[], double precision), yett.hist_count(bytea[]),
	yett.hist_merge(bytea[]), yett.varint(bigint), yett.distinct_rank(bytea),
	yett.distinct_hashes(bytea), yett.distinct_registers(bytea[]),
	yett.distinct_merge(bytea[]), yett.distinct_count(bytea[])
	to yett_recorder, yett_reader, yett_editor, yett_compiler;

grant execute on function
	yett.recorder_agent, yett.recorder_streams, yett.stream_advance, yett.endpoint_ids,
	yett.recorder_endpoints, yett.recorder_minutes, yett.recorder_minutes_close,
	yett.recorder_hours_read, yett.recorder_hours_write, yett.recorder_hours_close_read,
	yett.recorder_hours_close_write, yett.recorder_decisions, yett.recorder_coverage,
	yett.recorder_gaps, yett.recorder_words, yett.bundle_fetch, yett.partition_maintain
	to yett_recorder;

grant execute on function
	yett.audit_put, yett.team_put, yett.service_put, yett.service_host_put,
	yett.service_host_remove, yett.endpoint_set_mode, yett.endpoint_put,
	yett.endpoint_merge, yett.rule_put, yett.rule_set_mode, yett.rule_set_enabled,
	yett.rule_remove, yett.setting_put, yett.setting_remove, yett.bundle_next_revision,
	yett.bundle_publish, yett.bundle_bytes, yett.partition_maintain
	to yett_editor;

grant execute on function
	yett.bundle_next_revision, yett.bundle_put, yett.bundle_publish, yett.bundle_bytes,
	yett.endpoint_put, yett.audit_put
	to yett_compiler;
