-- What is known of the APIs beyond their endpoints: fields and the classes of data in them,
-- what people say of both, specifications and how they differ, what changed and when.
--
-- Facts are learned from records, come from a specification, or from people: column origin,
-- human beats spec beats learned. What people say stands in yett.override alone, keyed by
-- service, method, template, operation and field path, never by ids, so that it can be
-- promoted to another database; views apply it.

create table yett.data_class (
	name text constraint data_class_pkey primary key
		constraint data_class_name check (name ~ '^[a-z][a-z0-9_]{0,23}$'),
	title text not null,
	groups text[] not null default '{}'
		constraint data_class_groups check (groups <@ array['pci', 'pii', 'credential',
			'health', 'financial', 'custom']),
	mask text not null default 'token'
		constraint data_class_mask check (mask in ('token', 'last4', 'year', 'shape', 'nothing')),
	builtin boolean not null default false,
	pattern text constraint data_class_pattern check (length(pattern) between 1 and 1000),
	validator text,
	names text[] not null default '{}',
	enabled boolean not null default true,
	changed_at timestamptz not null default now(),
	changed_by text not null default session_user
);
comment on table yett.data_class is 'Classes of data: built in, and those that a customer defines';
comment on column yett.data_class.mask is 'how a value is shown as evidence';

create table yett.field (
	field_id integer generated always as identity constraint field_pkey primary key,
	endpoint_id integer not null constraint field_endpoint_id_fkey references yett.endpoint,
	messages bigint not null default 0,
	present bigint not null default 0,
	"values" bigint not null default 0,
	bytes_max bigint not null default 0,
	first_seen_at timestamptz not null,
	last_seen_at timestamptz not null,
	types integer not null default 0,
	status_mask integer not null default 0,
	direction smallint not null constraint field_direction check (direction in (1, 2)),
	location smallint not null constraint field_location check (location between 1 and 5),
	path text not null constraint field_path check (octet_length(path) between 1 and 1024),
	"distinct" bytea,
	constraint field_key unique (endpoint_id, direction, location, path)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
comment on table yett.field is 'Fields of requests and responses that were looked at; a row goes only when its endpoint is found to be one that has the field as well';
comment on column yett.field.direction is '1 request, 2 response';
comment on column yett.field.location is '1 body, 2 query, 3 path, 4 header, 5 cookie';
comment on column yett.field.path is 'names joined by dots, [] for array levels, {key} for the names of a map, {~token} for undecided names; in a path the number of the parameter';
comment on column yett.field.messages is 'messages of the endpoint and direction that were looked at since the field was first seen';
comment on column yett.field.present is 'messages with the field';
comment on column yett.field."values" is 'values that were neither null nor empty; an array gives several a message';
comment on column yett.field.types is 'bits: 1 string, 2 integer, 4 fraction, 8 boolean, 16 null, 32 file';
comment on column yett.field.status_mask is 'bit per status class of the answers';
comment on column yett.field."distinct" is 'distinct values as lib/sketch packs them';

create table yett.field_class (
	field_id integer not null constraint field_class_field_id_fkey references yett.field,
	class text not null constraint field_class_class_fkey references yett.data_class,
	hits bigint not null default 0,
	checked bigint not null default 0,
	certain bigint not null default 0,
	contained bigint not null default 0,
	prior integer not null default 0,
	state text not null default 'seen'
		constraint field_class_state check (state in ('seen', 'suspected', 'contains', 'confirmed', 'rejected')),
	score real,
	evidence text constraint field_class_evidence check (length(evidence) <= 1000),
	suspected_at timestamptz,
	judged_at timestamptz,
	evidence_at timestamptz not null default now(),
	constraint field_class_pkey primary key (field_id, class)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
comment on table yett.field_class is 'What speaks for a class in a field, over all gateways, and the verdict';
comment on column yett.field_class.prior is 'what the names around say: tenths of a nat';
comment on column yett.field_class.score is 'posterior log-odds in nats';
comment on column yett.field_class.evidence is 'masked values as the class has it';
comment on column yett.field_class.evidence_at is 'when counts grew last, by the clock of this server: later than judged_at means judge again';
comment on column yett.field_class.state is 'seen: undecided; suspected: by a gateway; contains, confirmed, rejected: by the compiler on the merged view';

create table yett.segment_child (
	endpoint_id integer not null constraint segment_child_endpoint_id_fkey references yett.endpoint,
	segment integer not null constraint segment_child_segment check (segment between 0 and 64),
	word text not null constraint segment_child_word check (octet_length(word) between 1 and 1200),
	requests bigint not null,
	accepted bigint not null,
	identities bytea,
	shape bigint not null default 0,
	last_seen_at timestamptz not null default now(),
	constraint segment_child_pkey primary key (endpoint_id, segment, word)
) with (fillfactor = 70);
comment on table yett.segment_child is 'The values most seen at a parameter: which of them are words of their own';
comment on column yett.segment_child.segment is 'place in the path, from 0';
comment on column yett.segment_child.word is 'vocabulary as text, else {~token}';
comment on column yett.segment_child.shape is 'of the last accepted answer: hash of its field paths, 0: none';

create table yett.token_link (
	from_token text not null constraint token_link_from_token check (length(from_token) <= 200),
	to_token text not null constraint token_link_to_token check (length(to_token) <= 200),
	at timestamptz not null,
	constraint token_link_pkey primary key (from_token, to_token)
);
comment on table yett.token_link is 'Tokens of the same value under the key before and after a rotation';
create index token_link_to_token_idx on yett.token_link (to_token);

create table yett.override (
	override_id bigint generated always as identity constraint override_pkey primary key,
	service text not null,
	method text not null default '',
	template text not null default '',
	operation text not null default '',
	direction smallint not null default 0,
	location smallint not null default 0,
	path text not null default '',
	property text not null constraint override_property check (property ~ '^[a-z][a-z0-9_.]{0,60}$'),
	value text not null constraint override_value check (length(value) <= 4096),
	reason text,
	origin text not null default 'human'
		constraint override_origin check (origin in ('human', 'promoted')),
	changed_at timestamptz not null default now(),
	changed_by text not null default session_user,
	constraint override_key unique (service, method, template, operation, direction, location,
		path, property)
);
comment on table yett.override is 'What people say, keyed by names that mean the same in every environment; beats what is learned, is never overwritten by it';
comment on column yett.override.method is 'empty, with template and operation: the whole service';
comment on column yett.override.direction is '0 with location and path: the endpoint itself';
comment on column yett.override.property is 'class.NAME yes|no · field.ignore yes · auth none|any|KIND · name TEXT · owner TEXT · mode off|shadow|enforce · template keep|ignore · template.into TEMPLATE · template.split WORD ...';

create table yett.team_rule (
	team_rule_id integer generated always as identity constraint team_rule_pkey primary key,
	ordinal integer not null,
	host_pattern text not null,
	path_prefix text not null default '/' constraint team_rule_prefix check (path_prefix like '/%'),
	team_id integer not null constraint team_rule_team_id_fkey references yett.team,
	constraint team_rule_key unique (host_pattern, path_prefix)
);
comment on table yett.team_rule is 'Which team answers for services of a host and path prefix, new ones as well; the first match wins';
comment on column yett.team_rule.host_pattern is 'exact host, *.example.com or *';

alter table yett.service add column team_by text
	constraint service_team_by check (team_by in ('human', 'rule'));
comment on column yett.service.team_by is 'who gave the team: a person, whom no rule overrules, or a rule';
update yett.service set team_by = 'human' where team_id is not null;

create table yett.spec (
	spec_id integer generated always as identity constraint spec_pkey primary key,
	service text not null,
	name text not null,
	version text not null,
	format text not null constraint spec_format check (format in ('openapi-3.1', 'openapi-3.0', 'swagger-2.0')),
	file text not null,
	sha256 text not null,
	base_paths text[] not null default '{}',
	imported_at timestamptz not null default now(),
	imported_by text not null default session_user,
	retired_at timestamptz,
	constraint spec_key unique (service, name, version)
);
comment on table yett.spec is 'Specifications as imported; the latest import of a name is its current version';
comment on column yett.spec.retired_at is 'a later version has replaced it, or a person has';

create table yett.spec_operation (
	spec_operation_id integer generated always as identity constraint spec_operation_pkey primary key,
	spec_id integer not null constraint spec_operation_spec_id_fkey references yett.spec,
	method text not null,
	template text not null,
	spec_path text not null,
	line integer not null,
	operation_id text,
	deprecated boolean not null default false,
	security text[] not null default '{}',
	statuses text[] not null default '{}',
	request_types text[] not null default '{}',
	response_types text[] not null default '{}',
	constraint spec_operation_key unique (spec_id, method, template)
);
comment on table yett.spec_operation is 'Operations of a specification; template in the grammar of endpoints, with the base path, parameters typed';

create table yett.spec_field (
	spec_operation_id integer not null
		constraint spec_field_spec_operation_id_fkey references yett.spec_operation on delete cascade,
	direction smallint not null,
	location smallint not null,
	path text not null,
	types integer not null,
	required boolean not null,
	open boolean not null default false,
	line integer not null,
	constraint spec_field_pkey primary key (spec_operation_id, direction, location, path)
);
comment on table yett.spec_field is 'Fields that a specification declares, written like yett.field.path';
comment on column yett.spec_field.open is 'further fields may stand below it: additionalProperties, a schema without properties';

create table yett.finding (
	finding_id bigint generated always as identity constraint finding_pkey primary key,
	kind text not null constraint finding_kind check (kind in ('shadow', 'zombie', 'orphan',
		'undeclared_parameter', 'undeclared_field', 'undeclared_status',
		'undeclared_content_type', 'type_mismatch', 'undeclared_authentication')),
	service text not null,
	label text not null,
	endpoint_id integer constraint finding_endpoint_id_fkey references yett.endpoint,
	spec_id integer constraint finding_spec_id_fkey references yett.spec,
	place text not null default '',
	file text,
	line integer,
	detail text not null,
	first_at timestamptz not null default now(),
	last_at timestamptz not null default now(),
	resolved_at timestamptz,
	constraint finding_key unique nulls not distinct (kind, service, label, spec_id, place)
);
comment on table yett.finding is 'How inventory and specifications differ; resolved ones stay';
comment on column yett.finding.place is 'direction, location and path of the field, status, or content type';

create table yett.change (
	change_id bigint generated always as identity constraint change_pkey primary key,
	at timestamptz not null,
	kind text not null,
	service text not null,
	label text not null,
	endpoint_id integer constraint change_endpoint_id_fkey references yett.endpoint,
	field_id integer constraint change_field_id_fkey references yett.field,
	class text,
	before text,
	after text,
	evidence jsonb not null default '{}',
	severity text not null constraint change_severity check (severity in ('info', 'low', 'medium', 'high', 'critical')),
	alert boolean not null,
	disposition text constraint change_disposition check (disposition in ('true', 'false', 'benign')),
	key text not null constraint change_key unique
);
comment on table yett.change is 'What changed in the APIs, with redacted evidence; kept for good';
comment on column yett.change.label is 'of the endpoint when it happened';
comment on column yett.change.key is 'what makes it the same change: one row however many gateways saw it';
create index change_at_idx on yett.change (at);
create index change_field_id_idx on yett.change (field_id) where field_id is not null;

create table yett.change_policy (
	kind text not null,
	class_group text not null default '',
	severity text not null constraint change_policy_severity check (severity in ('info', 'low', 'medium', 'high', 'critical')),
	alert boolean not null,
	doc text not null,
	constraint change_policy_pkey primary key (kind, class_group)
);
comment on table yett.change_policy is 'How severe each kind of change is and whether it is an alert; for class kinds by group, the most severe counts';
insert into yett.change_policy (kind, class_group, severity, alert, doc) values
	('endpoint_new', '', 'info', false, 'an endpoint was seen for the first time'),
	('endpoint_quiet', '', 'low', false, 'an endpoint that was in use is called no more'),
	('endpoint_back', '', 'info', false, 'a quiet endpoint is called again'),
	('field_new', '', 'low', false, 'a field that a mature endpoint did not have'),
	('class_suspected', '', 'medium', true, 'a gateway suspects a class in a field'),
	('class_suspected', 'pii', 'high', true, ''),
	('class_suspected', 'pci', 'critical', true, ''),
	('class_suspected', 'credential', 'critical', true, ''),
	('class_suspected', 'health', 'high', true, ''),
	('class_new', '', 'medium', true, 'a class is confirmed in a field'),
	('class_new', 'pii', 'high', true, ''),
	('class_new', 'pci', 'critical', true, ''),
	('class_new', 'credential', 'critical', true, ''),
	('class_new', 'health', 'high', true, ''),
	('authentication_appeared', '', 'info', false, 'an endpoint used without credentials now has them'),
	('authentication_vanished', '', 'critical', true, 'an endpoint that was authenticated is used without credentials'),
	('status_shift', '', 'medium', true, 'the mix of status classes has shifted'),
	('size_shift', '', 'medium', true, 'answers have become much larger or smaller'),
	('template_merged', '', 'info', false, 'endpoints were found to be one'),
	('template_split', '', 'info', false, 'a value of a parameter is an endpoint of its own');

create table yett.promotion (
	promotion_id bigint generated always as identity constraint promotion_pkey primary key,
	at timestamptz not null default now(),
	actor text not null default session_user,
	source_environment text not null,
	sha256 text not null,
	base jsonb not null,
	undo jsonb not null,
	undone_at timestamptz
);
comment on table yett.promotion is 'Promotions taken in: their content is the common ground of the next three-way merge';
comment on column yett.promotion.undo is 'overrides as they were before';

create table yett.setting_number (
	key text constraint setting_number_pkey primary key
		constraint setting_number_key check (key ~ '^[a-z][a-z0-9_.-]{0,99}$'),
	value bigint not null,
	low bigint not null,
	high bigint not null,
	unit text not null,
	doc text not null,
	constraint setting_number_range check (value between low and high)
);
comment on table yett.setting_number is 'Settings that are a number, with default, range, unit and reason; yett.setting holds what was set';
comment on column yett.setting_number.value is 'the default';
insert into yett.setting_number (key, value, low, high, unit, doc) values
	('learn.mature_s', 86400, 0, 31536000, 's',
		'age from which a new field of an endpoint is a change: by then a day''s round has been seen'),
	('learn.fields_max', 2048, 16, 100000, 'fields',
		'fields kept of one endpoint: four times what one gateway keeps, so that a flood of random names ends'),
	('learn.children_max', 64, 16, 4096, 'values',
		'values kept of one path parameter: four times what one gateway reports');
