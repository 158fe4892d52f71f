-- Endpoints with what they did since yesterday 00:00 UTC, busiest first, with the groups of
-- data in them (a question mark: only suspected) and how they stand to specifications: matched,
-- shadow, zombie or differs. Templates whose text is not decided yet stand together under a
-- placeholder, {…}, with their number. Ignored endpoints are left out.
--   psql -f inventory.sql [-v service=NAME] [-v limit=N] [-v provisional=on: each by its token]
\if :{?service} \else \set service '' \endif
\if :{?limit} \else \set limit 100 \endif
\if :{?provisional} \else \set provisional off \endif
\set QUIET 1
\pset null '-'
\unset QUIET
with undecided as (
	select e.service, regexp_replace(e.label, '\{~[^}]*\}', '{…}', 'g') as label,
		array_agg(e.endpoint_id) as ids, min(e.first_seen_at) as first_seen_at,
		max(e.last_seen_at) as last_seen_at, min(e.mode) as mode
	from report.endpoint as e
	where e.provisional and not :'provisional'::boolean
		and (:'service' = '' or e.service = :'service')
	group by 1, 2
), grouped as (
	select u.service, u.label, u.mode, cardinality(u.ids) as endpoints, u.first_seen_at,
		u.last_seen_at, t.*
	from undecided as u
	cross join lateral (
		select sum(d.requests)::bigint as requests, sum(d.status_4xx)::bigint as status_4xx,
			sum(d.status_5xx)::bigint as status_5xx,
			sum(d.denied + d.limited)::bigint as stopped,
			round(100.0 * sum(d.requests - d.auth_none) / nullif(sum(d.requests), 0), 1)
				as authenticated_percent,
			round(100.0 * sum(d.inspected_complete) / nullif(sum(d.requests), 0), 1)
				as inspected_percent
		from report.traffic_day as d
		where d.endpoint_id = any (u.ids)
			and d.at >= date_trunc('day', now(), 'UTC') - interval '1 day'
	) as t
	where t.requests > 0
), sketches as (
	select u.service, u.label,
		(select yett.distinct_count(array_agg(x))
		from report.traffic_day as d cross join unnest(d.identities) as x
		where d.endpoint_id = any (u.ids)
			and d.at >= date_trunc('day', now(), 'UTC') - interval '1 day') as identities,
		(select yett.hist_quantiles(array_agg(x), array[0.5, 0.99])
		from report.traffic_day as d cross join unnest(d.latency) as x
		where d.endpoint_id = any (u.ids)
			and d.at >= date_trunc('day', now(), 'UTC') - interval '1 day') as us
	from undecided as u
)
select i.id, i.service, i.endpoint, i.endpoints as n, i.mode, i.requests, i."4xx", i."5xx",
	i.stopped, i.identities, i."auth %", i."seen %", i.p50_ms, i.p99_ms, i.data, i.spec,
	i.first_seen, i.last_seen
from (
	select i.endpoint_id::text as id, i.service, coalesce(i.name, i.label) as endpoint,
		1 as endpoints, i.mode,
		i.requests, i.status_4xx as "4xx", i.status_5xx as "5xx",
		i.denied + i.limited as stopped, i.identities, i.authenticated_percent as "auth %",
		i.inspected_percent as "seen %", round(i.latency_p50_us / 1000.0, 1) as p50_ms,
		round(i.latency_p99_us / 1000.0, 1) as p99_ms,
		coalesce(nullif(array_to_string(i.groups, ' '), ''),
			case when i.suspected is not null then '?' end) as data,
		i.spec_state as spec,
		to_char(i.first_seen_at, 'YYYY-MM-DD') as first_seen,
		to_char(i.last_seen_at, 'YYYY-MM-DD HH24:MI') as last_seen
	from report.inventory as i
	where (:'service' = '' or i.service = :'service') and not i.ignored
		and (:'provisional'::boolean or not i.provisional)
	union all
	select null, g.service, g.label, g.endpoints, g.mode, g.requests, g.status_4xx,
		g.status_5xx, g.stopped, s.identities, g.authenticated_percent, g.inspected_percent,
		round(s.us[1] / 1000.0, 1), round(s.us[2] / 1000.0, 1), null, null,
		to_char(g.first_seen_at, 'YYYY-MM-DD'),
		to_char(g.last_seen_at, 'YYYY-MM-DD HH24:MI')
	from grouped as g
	join sketches as s using (service, label)
) as i
order by i.requests desc, i.endpoint
limit :limit;
