-- What is known of the APIs, as people and programs read it, with what people say applied;
-- then what the compiler learns from; then the rights of 0008.

-- One row per endpoint that somebody said something of. What is said of a service is in the
-- rows without a method.
create view report.endpoint_decision as
select o.service, o.method, o.template, o.operation,
	max(o.value) filter (where o.property = 'name') as name,
	max(o.value) filter (where o.property = 'owner') as owner,
	max(o.value) filter (where o.property = 'auth') as auth,
	max(o.value) filter (where o.property = 'mode') as mode,
	max(o.value) filter (where o.property = 'template') as template_decision,
	max(o.value) filter (where o.property = 'template.into') as template_into,
	string_agg(o.value, ' ' order by o.path collate "C")
		filter (where o.property = 'template.split') as template_split
from yett.override as o
where o.location = 0
group by o.service, o.method, o.template, o.operation;
comment on view report.endpoint_decision is 'What people say of endpoints, and of services (without method and template)';

create or replace view report.endpoint as
select e.endpoint_id, lpad(to_hex(e.hash), 16, '0') as hash,
	coalesce(s.name, '(not described yet)') as service, coalesce(rt.name, t.name) as team,
	(select i.environment from yett.installation as i) as environment,
	e.method, e.template, e.operation, e.label,
	coalesce(d.mode, ds.mode, e.mode) as mode, e.provisional, e.origin,
	e.first_seen_at, greatest(e.last_seen_at, o.last_at) as last_seen_at,
	d.name, coalesce(d.owner, ds.owner) as owner, coalesce(d.auth, ds.auth) as auth,
	coalesce(d.template_decision = 'ignore', false) as ignored,
	coalesce(d.template_decision = 'keep', false) as pinned
from yett.endpoint as e
left join yett.service as s using (service_id)
left join yett.team as t using (team_id)
left join yett.team as rt on rt.team_id = case
	when exists (select from yett.team_rule as r where r.path_prefix <> '/')
	then yett.team_rule_of_endpoint(e.service_id, e.template) end
left join (
	select h.endpoint_id, max(h.last_at) as last_at
	from part.endpoint_hour_open as h group by h.endpoint_id
) as o using (endpoint_id)
left join report.endpoint_decision as d on d.service = s.name and d.method = e.method
	and d.template = e.template and d.operation = coalesce(e.operation, '')
left join report.endpoint_decision as ds on ds.service = s.name and ds.method = ''
	and ds.template = '' and ds.operation = ''
where e.merged_into_id is null;
comment on view report.endpoint is 'Inventory without figures; merged endpoints left out';

create or replace view report.policy_endpoint as
select e.endpoint_id, e.hash, s.name as service, e.method, e.template, e.operation, e.label,
	coalesce(d.mode, ds.mode, e.mode) as mode, e.origin, e.first_seen_at
from yett.endpoint as e
join yett.service as s using (service_id)
left join report.endpoint_decision as d on d.service = s.name and d.method = e.method
	and d.template = e.template and d.operation = coalesce(e.operation, '')
left join report.endpoint_decision as ds on ds.service = s.name and ds.method = ''
	and ds.template = '' and ds.operation = ''
where not e.provisional and e.merged_into_id is null
	and d.template_decision is distinct from 'ignore'
order by e.endpoint_id;
comment on view report.policy_endpoint is 'Compiler: endpoints that are known for good';

-- Fields -----------------------------------------------------------------------------------

create view report.data_class as
select c.name as class, c.title, c.groups, c.mask, c.builtin, c.pattern, c.validator,
	c.names, c.enabled, c.changed_at, c.changed_by
from yett.data_class as c;
comment on view report.data_class is 'Classes of data';

create view report.field_decision as
select x.field_id, v.property, v.value
from yett.override as v
join yett.service as s on s.name = v.service
join yett.endpoint as e on e.service_id = s.service_id and e.method = v.method
	and e.template = v.template and coalesce(e.operation, '') = v.operation
join yett.field as x on x.endpoint_id = e.endpoint_id and x.direction = v.direction
	and x.location = v.location and x.path = v.path
where v.location <> 0;
comment on view report.field_decision is 'What people say of fields that were seen: class.NAME yes or no, field.ignore yes';

create view report.field_class as
select field_id, class, c.title, c.groups, coalesce(f.state, 'seen') as state, o.said,
	i.field_id is null and coalesce(o.said = 'yes', f.state in ('confirmed', 'contains'), false)
		as in_force,
	i.field_id is null and o.said is null and coalesce(f.state = 'suspected', false)
		as suspected,
	coalesce(f.hits, 0) as hits, coalesce(f.checked, 0) as checked,
	coalesce(f.certain, 0) as certain, coalesce(f.contained, 0) as contained,
	coalesce(f.prior, 0) as prior, f.score, f.evidence, f.suspected_at, f.judged_at
from yett.field_class as f
full join (
	select d.field_id, substr(d.property, 7) as class, d.value as said
	from report.field_decision as d where d.property like 'class.%'
) as o using (field_id, class)
join yett.data_class as c on c.name = class and c.enabled
left join (
	select d.field_id from report.field_decision as d where d.property = 'field.ignore'
) as i using (field_id);
comment on view report.field_class is 'What speaks for a class in a field, what the compiler made of it, what a person said, and what is in force: nothing in a field that is ignored';

create view report.field as
select f.field_id, e.endpoint_id, e.service, e.team, e.method, e.template, e.operation,
	e.label, yett.direction_name(f.direction) as direction,
	yett.location_name(f.location) as location, f.path, yett.type_names(f.types) as types,
	f.messages, f.present, round(100.0 * f.present / nullif(f.messages, 0), 1)
		as present_percent,
	f."values", yett.distinct_count(array[f."distinct"]) as distinct_values, f.bytes_max,
	f.status_mask, f.first_seen_at, f.last_seen_at,
	i.field_id is not null as ignored,
	coalesce(c.classes, '{}') as classes, coalesce(c.suspected, '{}') as suspected,
	coalesce(c.groups, '{}') as groups
from yett.field as f
join report.endpoint as e using (endpoint_id)
left join (
	select x.field_id,
		array_agg(x.class order by x.class collate "C") filter (where x.in_force) as classes,
		array_agg(x.class order by x.class collate "C") filter (where x.suspected) as suspected,
		(select array_agg(distinct g order by g) from unnest(
			string_to_array(string_agg(array_to_string(x.groups, ' '), ' ')
				filter (where x.in_force and x.groups <> '{}'), ' ')) as g) as groups
	from report.field_class as x
	group by x.field_id
) as c using (field_id)
left join (
	select d.field_id from report.field_decision as d where d.property = 'field.ignore'
) as i using (field_id);
comment on view report.field is 'Fields with their classes in force and suspected; groups: those of the classes in force';

create view report.endpoint_class as
select f.endpoint_id, e.service, e.team, e.label, yett.direction_name(f.direction)
		as direction, c.class, c.title, c.groups, bool_or(c.in_force) as in_force,
	count(*) as fields, array_agg(f.path order by f.path collate "C") as paths,
	min(c.suspected_at) as suspected_at
from report.field_class as c
join yett.field as f using (field_id)
join report.endpoint as e using (endpoint_id)
where c.in_force or c.suspected
group by f.endpoint_id, e.service, e.team, e.label, f.direction, c.class, c.title, c.groups;
comment on view report.endpoint_class is 'Classes of each endpoint and direction, in force or else suspected, with the fields';

create view report.sensitive as
select x.endpoint_id, x.service, x.team, x.label,
	(select array_agg(distinct g order by g) from unnest(string_to_array(
		string_agg(array_to_string(x.groups, ' '), ' ')
			filter (where x.in_force and x.groups <> '{}'), ' ')) as g) as groups,
	(select array_agg(distinct g order by g) from unnest(string_to_array(
		string_agg(array_to_string(x.groups, ' '), ' ')
			filter (where not x.in_force and x.groups <> '{}'), ' ')) as g)
		as suspected_groups,
	array_agg(distinct x.class) filter (where x.in_force) as classes,
	array_agg(distinct x.class) filter (where not x.in_force) as suspected,
	array_agg(distinct x.field) as fields
from (
	select c.endpoint_id, c.service, c.team, c.label, c.class, c.groups, c.in_force,
		c.direction || ' ' || p.path as field
	from report.endpoint_class as c cross join unnest(c.paths) as p (path)
) as x
group by x.endpoint_id, x.service, x.team, x.label;
comment on view report.sensitive is 'Endpoints with classes of data: groups and classes rolled up over their fields, those in force apart from suspected ones';

-- Specifications and what differs ----------------------------------------------------------

create view report.spec as
select s.spec_id, s.service, t.name as team, s.name, s.version, s.format, s.file, s.sha256,
	s.base_paths, s.imported_at, s.imported_by, s.retired_at,
	s.retired_at is null as current,
	(select count(*) from yett.spec_operation as o where o.spec_id = s.spec_id) as operations,
	(select count(*) from yett.spec_operation as o where o.spec_id = s.spec_id
		and o.deprecated) as deprecated
from yett.spec as s
left join yett.service as v on v.name = s.service
left join yett.team as t using (team_id);
comment on view report.spec is 'Specifications as imported; current: neither replaced nor retired';

create view report.finding as
select f.finding_id, f.kind, f.service, t.name as team, f.label,
	coalesce(e.merged_into_id, e.endpoint_id) as endpoint_id, f.spec_id, s.name as spec,
	s.version, f.place, f.file, f.line, f.detail, f.first_at, f.last_at, f.resolved_at,
	f.resolved_at is null as open
from yett.finding as f
left join yett.endpoint as e using (endpoint_id)
left join yett.spec as s using (spec_id)
left join yett.service as v on v.name = f.service
left join yett.team as t on t.team_id = v.team_id;
comment on view report.finding is 'How inventory and specifications differ, with file and line';

-- Changes and what people say --------------------------------------------------------------

create view report.change as
select c.change_id, c.at, c.kind, c.service, t.name as team, c.label,
	coalesce(e.merged_into_id, e.endpoint_id) as endpoint_id, c.field_id,
	yett.direction_name(f.direction) as direction, yett.location_name(f.location) as location,
	f.path, c.class, d.title, c.before, c.after, c.evidence, c.severity, c.alert,
	c.disposition, c.key
from yett.change as c
left join yett.endpoint as e using (endpoint_id)
left join yett.field as f using (field_id)
left join yett.data_class as d on d.name = c.class
left join yett.service as v on v.name = c.service
left join yett.team as t using (team_id);
comment on view report.change is 'What changed in the APIs, with redacted evidence; give a range of at';

create view report.change_policy as
select p.kind, p.class_group, p.severity, p.alert,
	coalesce(nullif(p.doc, ''), (select x.doc from yett.change_policy as x
		where x.kind = p.kind and x.class_group = '')) as doc
from yett.change_policy as p;
comment on view report.change_policy is 'How severe each kind of change is and whether it is an alert';

create view report.override as
select o.override_id, o.service, o.method, o.template, o.operation,
	coalesce(yett.direction_name(o.direction), '') as direction,
	coalesce(yett.location_name(o.location), '') as location, o.path, o.property, o.value,
	o.reason, o.origin, o.changed_at, o.changed_by
from yett.override as o;
comment on view report.override is 'What people say; empty direction and location: of the endpoint itself; empty method and template: of the service';

create view report.team_rule as
select r.ordinal, r.host_pattern, r.path_prefix, t.name as team
from yett.team_rule as r
join yett.team as t using (team_id)
order by r.ordinal, r.team_rule_id;
comment on view report.team_rule is 'Which team answers for which hosts and paths, in order';

create view report.promotion as
select p.promotion_id, p.at, p.actor, p.source_environment, p.sha256, p.base, p.undo,
	p.undone_at
from yett.promotion as p;
comment on view report.promotion is 'Promotions taken in';

create view report.setting as
select n.key, coalesce(s.value, n.value::text) as value, s.value is null as is_default,
	n.value as default_value, n.low, n.high, n.unit, n.doc
from yett.setting_number as n
left join yett.setting as s using (key);
comment on view report.setting is 'Settings that are numbers: value in force, default, range, unit and reason';

create view report.segment_child as
select coalesce(e.merged_into_id, e.endpoint_id) as endpoint_id, c.segment, c.word,
	w.released_text, c.requests, c.accepted,
	yett.distinct_count(array[c.identities]) as identities, to_hex(c.shape) as shape,
	c.last_seen_at
from yett.segment_child as c
join yett.endpoint as e using (endpoint_id)
left join yett.undecided_word as w on c.word = '{~' || w.token || '}';
comment on view report.segment_child is 'Values most seen at the parameters of templates';

create view report.token_link as
select l.from_token, l.to_token, l.at from yett.token_link as l;
comment on view report.token_link is 'Tokens of one value under the key before and after a rotation';

-- The inventory, with what is sensitive and what specifications say.
create or replace view report.inventory as
select e.endpoint_id, e.service, e.team, e.environment, e.method, e.template,
	e.operation, e.label, e.mode, e.provisional, e.origin, e.first_seen_at, e.last_seen_at,
	coalesce(t.requests, 0) as requests, coalesce(t.status_2xx, 0) as status_2xx,
	coalesce(t.status_3xx, 0) as status_3xx, coalesce(t.status_4xx, 0) as status_4xx,
	coalesce(t.status_5xx, 0) as status_5xx, coalesce(t.denied, 0) as denied,
	coalesce(t.limited, 0) as limited, coalesce(t.dropped, 0) as dropped,
	coalesce(t.shadowed, 0) as shadowed, coalesce(t.auth_mask, 0) as auth_mask,
	round(100.0 * (t.requests - t.auth_none) / nullif(t.requests, 0), 1)
		as authenticated_percent,
	round(100.0 * t.inspected_complete / nullif(t.requests, 0), 1) as inspected_percent,
	t.request_bytes, t.response_bytes,
	q.us[1] as latency_p50_us, q.us[2] as latency_p95_us, q.us[3] as latency_p99_us,
	yett.distinct_count(t.identities) as identities,
	coalesce(a.requests, 0) as requests_total,
	e.name, e.owner, e.auth, e.ignored, e.pinned, n.groups, n.classes, n.suspected,
	case when p.shadow then 'shadow' when p.zombie then 'zombie'
		when not exists (select from yett.spec as s
			where s.service = e.service and s.retired_at is null) then null
		when p.findings > 0 then 'differs' else 'matched' end as spec_state,
	coalesce(p.findings, 0) as findings
from report.endpoint as e
left join (
	select coalesce(m.merged_into_id, m.endpoint_id) as endpoint_id,
		sum(h.requests)::bigint as requests, sum(h.status_2)::bigint as status_2xx,
		sum(h.status_3)::bigint as status_3xx, sum(h.status_4)::bigint as status_4xx,
		sum(h.status_5)::bigint as status_5xx, sum(h.denied)::bigint as denied,
		sum(h.limited)::bigint as limited, sum(h.dropped)::bigint as dropped,
		sum(h.shadowed)::bigint as shadowed, bit_or(h.auth_mask) as auth_mask,
		sum(h.auth_none)::bigint as auth_none,
		sum(h.inspected_complete)::bigint as inspected_complete,
		sum(h.request_bytes)::bigint as request_bytes,
		sum(h.response_bytes)::bigint as response_bytes,
		array_agg(h.latency) filter (where h.latency is not null) as latency,
		array_agg(h.identities) filter (where h.identities is not null) as identities
	from (
		select * from yett.endpoint_day
		union all
		select * from part.endpoint_hour_open
	) as h
	join yett.endpoint as m using (endpoint_id)
	where h.day_at >= date_trunc('day', now(), 'UTC') - interval '1 day'
	group by 1
) as t using (endpoint_id)
left join (
	select coalesce(m.merged_into_id, m.endpoint_id) as endpoint_id,
		sum(d.requests)::bigint as requests
	from (
		select endpoint_id, requests from yett.endpoint_day
		union all
		select endpoint_id, requests from part.endpoint_hour_open
	) as d
	join yett.endpoint as m using (endpoint_id)
	group by 1
) as a using (endpoint_id)
left join lateral (
	select yett.hist_quantiles(t.latency, array[0.5, 0.95, 0.99]) as us
	where t.latency is not null
) as q on true
left join report.sensitive as n using (endpoint_id)
left join (
	select coalesce(m.merged_into_id, m.endpoint_id) as endpoint_id, count(*) as findings,
		bool_or(f.kind = 'shadow') as shadow, bool_or(f.kind = 'zombie') as zombie
	from yett.finding as f
	join yett.endpoint as m using (endpoint_id)
	where f.resolved_at is null
	group by 1
) as p using (endpoint_id);
comment on view report.inventory is 'Every endpoint with what it did since yesterday 00:00 UTC (days keep sketches few), its classes of data, and how it stands to specifications';

-- What the compiler learns from ------------------------------------------------------------

create view report.learn_field as
select f.field_id, f.endpoint_id, s.name as service, e.method, e.template, e.operation,
	e.label, e.provisional, f.direction, f.location, f.path, c.class, f."values", c.hits,
	c.checked, c.certain, c.contained, yett.distinct_count(array[f."distinct"])
		as distinct_values,
	c.prior, c.state, c.score, coalesce(o.value, case when i.value = 'yes' then 'no' end) as said,
	c.evidence,
	c.suspected_at, c.judged_at, c.judged_at is null or c.evidence_at >= c.judged_at as fresh,
	f.first_seen_at, f.last_seen_at
from yett.field_class as c
join yett.field as f using (field_id)
join yett.endpoint as e using (endpoint_id)
join yett.service as s using (service_id)
join yett.data_class as d on d.name = c.class and d.enabled
left join report.field_decision as o
	on o.field_id = c.field_id and o.property = 'class.' || c.class
left join report.field_decision as i
	on i.field_id = c.field_id and i.property = 'field.ignore'
where e.merged_into_id is null;
comment on view report.learn_field is 'Compiler: counts of each class in each field over all gateways; fresh: not judged since they grew';

create view report.learn_endpoint as
select e.endpoint_id, e.hash, s.name as service, e.method, e.template, e.operation,
	e.provisional, e.origin, coalesce(t.requests, 0) as requests,
	coalesce(t.status_2, 0) + coalesce(t.status_3, 0) as accepted,
	coalesce(t.status_2, 0) as status_2xx, coalesce(t.status_3, 0) as status_3xx,
	coalesce(t.status_4, 0) as status_4xx, coalesce(t.status_5, 0) as status_5xx,
	t.identities, e.first_seen_at, greatest(e.last_seen_at, t.last_at) as last_seen_at,
	d.template_decision, d.template_into, d.template_split, d.name
from yett.endpoint as e
join yett.service as s using (service_id)
left join (
	select coalesce(m.merged_into_id, m.endpoint_id) as endpoint_id,
		sum(h.requests)::bigint as requests, sum(h.status_2)::bigint as status_2,
		sum(h.status_3)::bigint as status_3, sum(h.status_4)::bigint as status_4,
		sum(h.status_5)::bigint as status_5, max(h.last_at) as last_at,
		array_agg(h.identities) filter (where h.identities is not null) as identities
	from (
		select * from yett.endpoint_day
		union all
		select * from part.endpoint_hour_open
	) as h
	join yett.endpoint as m using (endpoint_id)
	where h.day_at >= now() - interval '30 days'
	group by 1
) as t using (endpoint_id)
left join report.endpoint_decision as d on d.service = s.name and d.method = e.method
	and d.template = e.template and d.operation = coalesce(e.operation, '')
where e.merged_into_id is null
order by e.endpoint_id;
comment on view report.learn_endpoint is 'Compiler: endpoints with 30 days of requests, identities as packed sketches, and what people say of the template';

create view report.learn_child as
select c.endpoint_id, c.segment, c.word, w.released_text, c.requests, c.accepted,
	c.identities, c.shape, c.last_seen_at
from yett.segment_child as c
join yett.endpoint as e using (endpoint_id)
left join yett.undecided_word as w on c.word = '{~' || w.token || '}'
where e.merged_into_id is null
order by c.endpoint_id, c.segment, c.requests desc, c.word collate "C";
comment on view report.learn_child is 'Compiler: values most seen at parameters, identities as a packed sketch';

-- Rights -----------------------------------------------------------------------------------

grant execute on function
	yett.direction_name, yett.direction_of, yett.location_name, yett.location_of,
	yett.type_names, yett.setting_number, yett.change_severity, yett.override_class,
	yett.host_matches, yett.path_has_prefix, yett.team_rule_of_endpoint
	to yett_recorder, yett_reader, yett_editor, yett_compiler;

grant execute on function
	yett.override_put, yett.override_remove, yett.data_class_put, yett.data_class_remove,
	yett.team_rule_put, yett.team_rule_remove, yett.team_rules_apply,
	yett.change_disposition_put, yett.change_policy_put
	to yett_editor;

grant execute on function
	yett.data_class_sync, yett.change_put
	to yett_compiler;
