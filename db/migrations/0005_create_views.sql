-- What people and programs read. Columns are only ever added.

create view report.installation as
select i.environment, i.created_at,
	(select max(m.version) from yett.schema_migration as m) as schema_version
from yett.installation as i;
comment on view report.installation is 'Environment and version of the schema';

create view report.migrations as
select m.version, m.name, m.sha256, m.applied_at from yett.schema_migration as m;
comment on view report.migrations is 'Migrations applied';

create view report.service as
select s.service_id, s.name as service, t.name as team,
	(select i.environment from yett.installation as i) as environment,
	s.origin, s.first_seen_at,
	(select count(*) from yett.endpoint as e where e.service_id = s.service_id
		and e.merged_into_id is null) as endpoints
from yett.service as s
left join yett.team as t using (team_id);
comment on view report.service is 'Services and their teams';

create view report.service_host as
select h.ordinal, h.host_pattern, h.path_prefix, s.name as service
from yett.service_host as h
join yett.service as s using (service_id)
order by h.ordinal, h.service_host_id;
comment on view report.service_host is 'Ordered mapping of hosts and path prefixes to services';

create view report.endpoint as
select e.endpoint_id, lpad(to_hex(e.hash), 16, '0') as hash,
	coalesce(s.name, '(not described yet)') as service, t.name as team,
	(select i.environment from yett.installation as i) as environment,
	e.method, e.template, e.operation, e.label, e.mode, e.provisional, e.origin,
	e.first_seen_at, greatest(e.last_seen_at, o.last_at) as last_seen_at
from yett.endpoint as e
left join yett.service as s using (service_id)
left join yett.team as t using (team_id)
left join (
	select h.endpoint_id, max(h.last_at) as last_at
	from part.endpoint_hour_open as h group by h.endpoint_id
) as o using (endpoint_id)
where e.merged_into_id is null;
comment on view report.endpoint is 'Inventory without figures; merged endpoints left out';

create view report.traffic_minute as
select m.minute_at as at, coalesce(e.merged_into_id, e.endpoint_id) as endpoint_id,
	sum(m.requests) as requests, coalesce(sum(m.status_0), 0) as status_none,
	coalesce(sum(m.status_1), 0) as status_1xx, coalesce(sum(m.status_2), 0) as status_2xx,
	coalesce(sum(m.status_3), 0) as status_3xx, coalesce(sum(m.status_4), 0) as status_4xx,
	coalesce(sum(m.status_5), 0) as status_5xx, coalesce(sum(m.denied), 0) as denied,
	coalesce(sum(m.limited), 0) as limited, coalesce(sum(m.dropped), 0) as dropped,
	coalesce(sum(m.shadowed), 0) as shadowed, coalesce(sum(m.undecided), 0) as undecided,
	coalesce(sum(m.unfinished), 0) as unfinished
from (
	select * from yett.endpoint_minute
	union all
	select * from part.endpoint_minute_open
) as m
join yett.endpoint as e using (endpoint_id)
group by 1, 2;
comment on view report.traffic_minute is 'Requests per endpoint and minute, the last 48 hours; give a range of at';

create view report.traffic as
select h.hour_at as at, coalesce(e.merged_into_id, e.endpoint_id) as endpoint_id,
	sum(h.requests)::bigint as requests, sum(h.watched)::bigint as watched,
	sum(h.status_0)::bigint as status_none, sum(h.status_1)::bigint as status_1xx,
	sum(h.status_2)::bigint as status_2xx, sum(h.status_3)::bigint as status_3xx,
	sum(h.status_4)::bigint as status_4xx, sum(h.status_5)::bigint as status_5xx,
	sum(h.denied)::bigint as denied, sum(h.limited)::bigint as limited,
	sum(h.dropped)::bigint as dropped, sum(h.shadowed)::bigint as shadowed,
	sum(h.inspected_none)::bigint as inspected_none,
	sum(h.inspected_partial)::bigint as inspected_partial,
	sum(h.inspected_complete)::bigint as inspected_complete,
	sum(h.undecided)::bigint as undecided, sum(h.unfinished)::bigint as unfinished,
	sum(h.request_bytes)::bigint as request_bytes,
	sum(h.response_bytes)::bigint as response_bytes,
	bit_or(h.auth_mask) as auth_mask, sum(h.auth_none)::bigint as auth_none,
	min(h.first_at) as first_at, max(h.last_at) as last_at,
	array_agg(h.latency) filter (where h.latency is not null) as latency,
	array_agg(h.request_size) filter (where h.request_size is not null) as request_size,
	array_agg(h.response_size) filter (where h.response_size is not null) as response_size,
	array_agg(h.identities) filter (where h.identities is not null) as identities
from (
	select * from yett.endpoint_hour
	union all
	select * from part.endpoint_hour_open
) as h
join yett.endpoint as e using (endpoint_id)
group by 1, 2;
comment on view report.traffic is 'Per endpoint and hour, the last 90 days; sketches as arrays for yett.hist_quantile and yett.distinct_count; give a range of at';

create view report.traffic_day as
select d.at, coalesce(e.merged_into_id, e.endpoint_id) as endpoint_id,
	sum(d.requests)::bigint as requests, sum(d.watched)::bigint as watched,
	sum(d.status_0)::bigint as status_none, sum(d.status_1)::bigint as status_1xx,
	sum(d.status_2)::bigint as status_2xx, sum(d.status_3)::bigint as status_3xx,
	sum(d.status_4)::bigint as status_4xx, sum(d.status_5)::bigint as status_5xx,
	sum(d.denied)::bigint as denied, sum(d.limited)::bigint as limited,
	sum(d.dropped)::bigint as dropped, sum(d.shadowed)::bigint as shadowed,
	sum(d.inspected_none)::bigint as inspected_none,
	sum(d.inspected_partial)::bigint as inspected_partial,
	sum(d.inspected_complete)::bigint as inspected_complete,
	sum(d.undecided)::bigint as undecided, sum(d.unfinished)::bigint as unfinished,
	sum(d.request_bytes)::bigint as request_bytes,
	sum(d.response_bytes)::bigint as response_bytes,
	bit_or(d.auth_mask) as auth_mask, sum(d.auth_none)::bigint as auth_none,
	min(d.first_at) as first_at, max(d.last_at) as last_at,
	array_agg(d.latency) filter (where d.latency is not null) as latency,
	array_agg(d.request_size) filter (where d.request_size is not null) as request_size,
	array_agg(d.response_size) filter (where d.response_size is not null) as response_size,
	array_agg(d.identities) filter (where d.identities is not null) as identities
from (
	select day_at as at, x.* from yett.endpoint_day as x
	union all
	select date_trunc('day', hour_at, 'UTC'), x.* from part.endpoint_hour_open as x
) as d
join yett.endpoint as e using (endpoint_id)
group by 1, 2;
comment on view report.traffic_day is 'Per endpoint and day (UTC), for good; today without gaps';

create view report.inventory as
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
	coalesce(a.requests, 0) as requests_total
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
) as q on true;
comment on view report.inventory is 'Every endpoint with what it did since yesterday 00:00 UTC: days keep sketches few';

create view report.decisions as
select d.minute_at as at, a.name as agent, e.endpoint_id,
	coalesce(s.name, '(not described yet)') as service, e.label,
	case when d.rule like 'exception:%' then substr(d.rule, 11) end as exception,
	case when d.rule not like 'exception:%' then d.rule end as rule,
	(array['none', 'allow', 'deny', 'rate', 'drop', 'watch', 'event'])[d.action + 1] as action,
	(array['none', 'allow', 'deny', 'rate', 'drop', 'watch', 'event'])[d.shadow_action + 1]
		as shadow_action,
	d.status, d.revision, d.reason, d.requests, d.first_at, d.last_at,
	yett.distinct_count(array[d.identities]) as identities,
	encode(d.sample_identity, 'hex') as sample_identity, d.sample_id
from yett.decision_event as d
join yett.agent as a using (agent_id)
join yett.endpoint as x on x.endpoint_id = d.endpoint_id
join yett.endpoint as e on e.endpoint_id = coalesce(x.merged_into_id, x.endpoint_id)
left join yett.service as s on s.service_id = e.service_id;
comment on view report.decisions is 'Requests that were not simply allowed, added up per minute; give a range of at';

create view report.coverage as
select c.minute_at as at, a.name as agent, c.service, t.name as team, c.requests,
	c.decided, c.undecided, c.unfinished, c.body_partial, c.body_none, c.ring_dropped,
	c.pending_evicted, c.finish_bad, c.tap_seen, c.tap_cut, c.tap_gzip, c.overflow
from yett.coverage_minute as c
join yett.agent as a using (agent_id)
left join yett.service as s on s.name = c.service
left join yett.team as t using (team_id);
comment on view report.coverage is 'What could not be seen, per service and minute; give a range of at';

create view report.gaps as
select g.received_at, a.name as agent, g.shard, g.from_at, g.to_at, g.records, g.requests,
	g.cause
from yett.gap as g
join yett.agent as a using (agent_id);
comment on view report.gaps is 'What never arrived, and why';

create view report.agents as
select a.agent_id, a.name as agent, a.environment, a.version,
	lpad(to_hex(a.boot), 16, '0') as boot, a.revision,
	a.revision = coalesce(b.revision, 0) as current, a.started_at, a.first_seen_at,
	a.last_seen_at, a.cold_starts, a.deaths, a.counters,
	coalesce((select sum(g.records) from yett.gap as g where g.agent_id = a.agent_id), 0)::bigint
		as records_lost
from yett.agent as a
left join (
	select max(x.revision) as revision from yett.bundle as x where x.published_at is not null
) as b on true;
comment on view report.agents is 'Gateways: when they were heard last and which policy they enforce';

create view report.agent_streams as
select a.name as agent, lpad(to_hex(s.boot), 16, '0') as boot, s.shard,
	case s.kind when 1 then 'summary' else 'alert' end as stream, s.seq, s.applied_at
from yett.agent_stream as s
join yett.agent as a using (agent_id);
comment on view report.agent_streams is 'How far each stream of records has come';

create view report.bundles as
select b.revision, b.parent, b.restores, b.environment, encode(b.content, 'hex') as content,
	b.size_bytes, b.bytes is not null as kept, b.note, b.created_at, b.created_by,
	b.published_at, b.published_by,
	b.revision = (select max(x.revision) from yett.bundle as x
		where x.published_at is not null) as active
from yett.bundle as b;
comment on view report.bundles is 'Policy bundles; active: in force';

create view report.rules as
select r.name, r.text, r.mode, r.owner, r.reason, r.expires_at, r.enabled, r.version,
	r.created_at, r.created_by, r.changed_at, r.changed_by
from yett.rule as r;
comment on view report.rules is 'Rules; null means as the text says';

create view report.words as
select w.token, w.shape, w.released_text, w.identities, w.first_seen_at, w.released_at
from yett.undecided_word as w;
comment on view report.words is 'Undecided path words: token, shape, and the text once it is released';

create view report.audit as
select l.audit_id, l.at, l.actor, l.action, l.object, l.detail
from yett.audit_log as l;
comment on view report.audit is 'Who changed what';

-- What the compiler reads: one row set per kind, in the order it should see them.

create view report.policy_setting as
select s.key, s.value from yett.setting as s order by s.key;
comment on view report.policy_setting is 'Compiler: settings of the environment';

create view report.policy_service as
select s.name as service, s.origin, t.name as team
from yett.service as s
left join yett.team as t using (team_id)
order by s.name;
comment on view report.policy_service is 'Compiler: services';

create view report.policy_service_host as
select h.ordinal, h.host_pattern, h.path_prefix, h.service from report.service_host as h
order by h.ordinal;
comment on view report.policy_service_host is 'Compiler: mapping of hosts to services, in order';

create view report.policy_endpoint as
select e.endpoint_id, e.hash, s.name as service, e.method, e.template, e.operation, e.label,
	e.mode, e.origin, e.first_seen_at
from yett.endpoint as e
join yett.service as s using (service_id)
where not e.provisional and e.merged_into_id is null
order by e.endpoint_id;
comment on view report.policy_endpoint is 'Compiler: endpoints that are known for good';

create view report.policy_rule as
select r.name, r.text, r.mode, r.owner, r.reason, r.expires_at, r.version
from yett.rule as r
where r.enabled
order by r.name;
comment on view report.policy_rule is 'Compiler: rules that are enabled';

create view report.policy_word as
select w.released_text as word from yett.undecided_word as w
where w.released_text is not null
order by w.released_text collate "C";
comment on view report.policy_word is 'Compiler: words that may leave hosts';
