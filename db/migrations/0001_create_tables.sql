-- The tables. Times are timestamptz; 64-bit hashes, boots and revisions are bigint with the
-- bits of the unsigned number. What grows is partitioned by time in schema part.

create table yett.schema_migration (
	version integer constraint schema_migration_pkey primary key,
	name text not null,
	sha256 text not null constraint schema_migration_sha256 check (sha256 ~ '^[0-9a-f]{64}$'),
	applied_at timestamptz not null default now()
);
comment on table yett.schema_migration is 'Migrations applied, with the checksum of their text';

create table yett.installation (
	only_row boolean not null default true
		constraint installation_pkey primary key
		constraint installation_only_row check (only_row),
	environment text not null
		constraint installation_environment check (environment in ('dev', 'qa', 'prod')),
	created_at timestamptz not null default now()
);
comment on table yett.installation is 'One row: one database is one environment';

create table yett.team (
	team_id integer generated always as identity constraint team_pkey primary key,
	name text not null constraint team_name_key unique
		constraint team_name check (name <> '' and length(name) <= 200),
	created_at timestamptz not null default now()
);
comment on table yett.team is 'Who answers for services';

create table yett.service (
	service_id integer generated always as identity constraint service_pkey primary key,
	name text not null constraint service_name_key unique
		constraint service_name check (name <> '' and length(name) <= 300),
	team_id integer constraint service_team_id_fkey references yett.team,
	origin text not null default 'learned'
		constraint service_origin check (origin in ('learned', 'spec', 'human')),
	first_seen_at timestamptz not null default now()
);
comment on table yett.service is 'A group of hosts and path prefixes with a name; team stands here and nowhere else';

create table yett.service_host (
	service_host_id integer generated always as identity constraint service_host_pkey primary key,
	ordinal integer not null,
	host_pattern text not null
		constraint service_host_pattern check (host_pattern <> '' and length(host_pattern) <= 300),
	path_prefix text not null default '/'
		constraint service_host_prefix check (path_prefix like '/%'),
	service_id integer not null
		constraint service_host_service_id_fkey references yett.service,
	constraint service_host_key unique (host_pattern, path_prefix)
);
comment on table yett.service_host is 'Ordered list that maps host and path prefix to a service; the first match wins';
comment on column yett.service_host.host_pattern is 'exact host, *.example.com or *';

create table yett.endpoint (
	endpoint_id integer generated always as identity constraint endpoint_pkey primary key,
	hash bigint not null constraint endpoint_hash_key unique,
	service_id integer constraint endpoint_service_id_fkey references yett.service,
	method text not null,
	template text not null,
	operation text,
	label text not null,
	mode text not null default 'enforce'
		constraint endpoint_mode check (mode in ('off', 'shadow', 'enforce')),
	provisional boolean not null,
	origin text not null default 'learned'
		constraint endpoint_origin check (origin in ('learned', 'spec', 'human')),
	first_seen_at timestamptz not null,
	last_seen_at timestamptz not null,
	merged_into_id integer constraint endpoint_merged_into_id_fkey references yett.endpoint,
	constraint endpoint_not_merged_into_itself check (merged_into_id <> endpoint_id)
);
comment on table yett.endpoint is 'Inventory: service, method, template and sub-operation; ids are never reused, rows never deleted';
comment on column yett.endpoint.hash is '64-bit key of service, method and template; below zero: made by a gateway from undecided text';
comment on column yett.endpoint.service_id is 'null: counted before its description came';
comment on column yett.endpoint.mode is 'upper bound for the mode of rules on this endpoint';
comment on column yett.endpoint.last_seen_at is 'at most ten minutes behind while open tables hold more; report.endpoint has the exact time';
comment on column yett.endpoint.merged_into_id is 'found to be the same as another; its past stays under its own id, views add both up';
create index endpoint_service_id_idx on yett.endpoint (service_id);
create index endpoint_resolved_idx on yett.endpoint (coalesce(merged_into_id, endpoint_id));

create table yett.endpoint_alias (
	hash bigint constraint endpoint_alias_pkey primary key,
	endpoint_id integer not null
		constraint endpoint_alias_endpoint_id_fkey references yett.endpoint,
	created_at timestamptz not null default now()
);
comment on table yett.endpoint_alias is 'Other hashes of an endpoint: records that carry them count for it';

create table yett.undecided_word (
	token text constraint undecided_word_pkey primary key
		constraint undecided_word_token check (length(token) <= 200),
	shape text,
	released_text text constraint undecided_word_text check (length(released_text) <= 1024),
	identities bigint not null default 0,
	first_seen_at timestamptz not null default now(),
	released_at timestamptz
);
comment on table yett.undecided_word is 'Path words that are neither vocabulary nor typed: a token until enough identities used them with success';

create table yett.agent (
	agent_id integer generated always as identity constraint agent_pkey primary key,
	name text not null constraint agent_name_key unique
		constraint agent_name check (name <> '' and length(name) <= 200),
	environment text,
	version text,
	boot bigint,
	revision bigint not null default 0,
	started_at timestamptz,
	first_seen_at timestamptz not null default now(),
	last_seen_at timestamptz not null default now(),
	cold_starts bigint not null default 0,
	deaths bigint not null default 0,
	counters jsonb not null default '{}'
) with (fillfactor = 50);
comment on table yett.agent is 'Gateways that report here';
comment on column yett.agent.revision is 'policy revision in force there; 0: none';

create table yett.agent_stream (
	agent_id integer not null constraint agent_stream_agent_id_fkey references yett.agent,
	boot bigint not null,
	shard integer not null,
	kind smallint not null constraint agent_stream_kind check (kind in (1, 2)),
	seq bigint not null constraint agent_stream_seq check (seq >= 0),
	applied_at timestamptz not null default now(),
	constraint agent_stream_pkey primary key (agent_id, boot, shard, kind)
) with (fillfactor = 50);
comment on table yett.agent_stream is 'Guard of exactly once: the last record of each stream that is in this database';
comment on column yett.agent_stream.kind is '1 summaries, 2 alerts';

create table yett.gap (
	gap_id bigint generated always as identity constraint gap_pkey primary key,
	agent_id integer not null constraint gap_agent_id_fkey references yett.agent,
	shard integer not null,
	from_at timestamptz not null,
	to_at timestamptz not null,
	records bigint not null,
	requests bigint not null,
	cause text not null constraint gap_cause check (length(cause) <= 200),
	received_at timestamptz not null default now()
);
comment on table yett.gap is 'What never arrived: thinned, lost or refused records';
create index gap_to_at_idx on yett.gap (to_at);

create table yett.rule (
	rule_id integer generated always as identity constraint rule_pkey primary key,
	name text not null constraint rule_name_key unique
		constraint rule_name check (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'),
	text text not null constraint rule_text check (length(text) between 1 and 65536),
	mode text constraint rule_mode check (mode in ('off', 'shadow', 'enforce')),
	owner text,
	reason text,
	expires_at timestamptz,
	enabled boolean not null default true,
	version integer not null default 1,
	created_at timestamptz not null default now(),
	created_by text not null default session_user,
	changed_at timestamptz not null default now(),
	changed_by text not null default session_user
);
comment on table yett.rule is 'Rules in the language of yett-rules(5)';
comment on column yett.rule.mode is 'null: as the text says; so for owner, reason and expires_at';
comment on column yett.rule.enabled is 'false: kept here, not compiled';

create table yett.setting (
	key text constraint setting_pkey primary key
		constraint setting_key check (key ~ '^[a-z][a-z0-9_.-]{0,99}$'),
	value text not null constraint setting_value check (length(value) <= 65536),
	changed_at timestamptz not null default now(),
	changed_by text not null default session_user
);
comment on table yett.setting is 'Policy settings of this environment, such as the ordered identity sources';

create table yett.bundle (
	revision bigint constraint bundle_pkey primary key
		constraint bundle_revision check (revision > 0),
	parent bigint not null default 0,
	restores bigint,
	environment text not null
		constraint bundle_environment check (environment in ('dev', 'qa', 'prod')),
	content bytea not null constraint bundle_content check (length(content) = 32),
	size_bytes bigint not null,
	bytes bytea,
	note text not null default '',
	created_at timestamptz not null default now(),
	created_by text not null default session_user,
	published_at timestamptz,
	published_by text
);
alter table yett.bundle alter column bytes set storage external;
comment on table yett.bundle is 'Signed policy bundles; the published one with the highest revision is in force';
comment on column yett.bundle.content is 'SHA-256 of the content without header: the same content has the same value';
comment on column yett.bundle.restores is 'a rollback: the revision whose content this one has';
comment on column yett.bundle.bytes is 'null: too old to be kept';

create table yett.audit_log (
	audit_id bigint generated always as identity constraint audit_log_pkey primary key,
	at timestamptz not null default now(),
	actor text not null default session_user,
	action text not null,
	object text not null,
	detail jsonb not null default '{}'
);
comment on table yett.audit_log is 'Every change made by people and programs, with who made it';
create index audit_log_at_idx on yett.audit_log (at);

-- What grows with traffic. A minute, an hour: rows are added to in an open table and written
-- once, packed, into their partition when they are quiet; see yett-sql(7).

create table part.endpoint_minute_open (
	minute_at timestamptz not null,
	endpoint_id integer not null,
	requests integer not null,
	status_0 integer, status_1 integer, status_2 integer,
	status_3 integer, status_4 integer, status_5 integer,
	denied integer, limited integer, dropped integer, shadowed integer,
	undecided integer, unfinished integer,
	constraint endpoint_minute_open_pkey primary key (minute_at, endpoint_id)
) with (fillfactor = 40, autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0,
	autovacuum_analyze_threshold = 20000);
comment on table part.endpoint_minute_open is 'Minutes still being added to';

create table yett.endpoint_minute (
	minute_at timestamptz not null,
	endpoint_id integer not null,
	requests integer not null,
	status_0 integer, status_1 integer, status_2 integer,
	status_3 integer, status_4 integer, status_5 integer,
	denied integer, limited integer, dropped integer, shadowed integer,
	undecided integer, unfinished integer,
	constraint endpoint_minute_pkey primary key (endpoint_id, minute_at)
) partition by range (minute_at);
comment on table yett.endpoint_minute is 'Requests per endpoint and minute; null is none; kept 48 hours';
comment on column yett.endpoint_minute.status_0 is 'requests whose status was not seen; then 1xx to 5xx';

create table part.endpoint_hour_open (
	hour_at timestamptz not null,
	endpoint_id integer not null,
	requests bigint not null,
	watched bigint not null,
	status_0 bigint not null, status_1 bigint not null, status_2 bigint not null,
	status_3 bigint not null, status_4 bigint not null, status_5 bigint not null,
	denied bigint not null, limited bigint not null,
	dropped bigint not null, shadowed bigint not null,
	inspected_none bigint not null, inspected_partial bigint not null,
	inspected_complete bigint not null,
	undecided bigint not null, unfinished bigint not null,
	request_bytes bigint not null, response_bytes bigint not null,
	auth_mask integer not null, auth_none bigint not null,
	first_at timestamptz not null, last_at timestamptz not null,
	latency bytea, request_size bytea, response_size bytea, identities bytea,
	constraint endpoint_hour_open_pkey primary key (hour_at, endpoint_id)
) with (fillfactor = 40, toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0,
	autovacuum_analyze_threshold = 20000);
comment on table part.endpoint_hour_open is 'Hours still being added to';

create table yett.endpoint_hour (
	like part.endpoint_hour_open,
	constraint endpoint_hour_pkey primary key (endpoint_id, hour_at)
) partition by range (hour_at);
comment on table yett.endpoint_hour is 'What an endpoint did in one hour; sketches as lib/sketch packs them; kept 90 days';
comment on column yett.endpoint_hour.auth_mask is 'bit per kind of identity: weak, bearer, jwt, header, query, cookie, client_cert, basic';
comment on column yett.endpoint_hour.latency is 'histogram of microseconds';

create table yett.endpoint_day (
	like part.endpoint_hour_open,
	constraint endpoint_day_pkey primary key (endpoint_id, hour_at)
) partition by range (hour_at);
alter table yett.endpoint_day rename column hour_at to day_at;
comment on table yett.endpoint_day is 'What an endpoint did in one day (UTC), without hours still open; kept for good';

create table yett.decision_event (
	minute_at timestamptz not null,
	agent_id integer not null,
	endpoint_id integer not null,
	rule text not null constraint decision_event_rule check (length(rule) <= 200),
	action smallint not null constraint decision_event_action check (action between 0 and 6),
	shadow_action smallint not null
		constraint decision_event_shadow_action check (shadow_action between 0 and 6),
	status smallint not null constraint decision_event_status check (status between 0 and 999),
	revision bigint not null,
	reason text not null constraint decision_event_reason check (length(reason) <= 1000),
	requests bigint not null,
	first_at timestamptz not null,
	last_at timestamptz not null,
	identities bytea,
	sample_identity bytea,
	sample_id text constraint decision_event_sample_id check (length(sample_id) <= 200),
	constraint decision_event_pkey primary key
		(minute_at, agent_id, endpoint_id, rule, action, shadow_action, status, revision)
) partition by range (minute_at);
comment on table yett.decision_event is 'Requests that were not simply allowed: by a rule, a rule in shadow, or an exception; added up per minute';
comment on column yett.decision_event.rule is 'name of the rule; with exception: before it, of the exception';
comment on column yett.decision_event.action is '0 none, 1 allow, 2 deny, 3 rate, 4 drop, 5 watch, 6 event';
comment on column yett.decision_event.identities is 'distinct count as lib/sketch packs it';

create table yett.coverage_minute (
	minute_at timestamptz not null,
	agent_id integer not null,
	service text not null constraint coverage_minute_service check (length(service) <= 300),
	requests bigint not null, decided bigint not null, undecided bigint not null,
	unfinished bigint not null, body_partial bigint not null, body_none bigint not null,
	ring_dropped bigint not null, pending_evicted bigint not null,
	finish_bad bigint not null, tap_seen bigint not null, tap_cut bigint not null,
	tap_gzip bigint not null, overflow bigint not null,
	constraint coverage_minute_pkey primary key (minute_at, agent_id, service)
) partition by range (minute_at);
comment on table yett.coverage_minute is 'What could not be seen, per service and minute';

create table yett.partition_plan (
	table_name text constraint partition_plan_pkey primary key,
	step text not null constraint partition_plan_step check (step in ('day', 'month', 'year')),
	keep interval
);
comment on table yett.partition_plan is 'Partitioned tables: width of a partition, and how long its rows are kept at least';
comment on column yett.partition_plan.keep is 'null: for good';
insert into yett.partition_plan (table_name, step, keep) values
	('endpoint_minute', 'day', '48 hours'),
	('endpoint_hour', 'month', '90 days'),
	('endpoint_day', 'year', null),
	('decision_event', 'month', '400 days'),
	('coverage_minute', 'month', '90 days');
