-- Endpoints with what they did since yesterday 00:00 UTC, busiest first.
--   psql -f inventory.sql [-v service=NAME] [-v limit=N] [-v provisional=on]
\if :{?service} \else \set service '' \endif
\if :{?limit} \else \set limit 100 \endif
\if :{?provisional} \else \set provisional off \endif
\pset null '-'
select i.endpoint_id as id, i.service, i.label as endpoint, i.mode,
	i.requests, i.status_4xx as "4xx", i.status_5xx as "5xx", i.denied + i.limited as stopped,
	i.identities, i.authenticated_percent as "auth %", i.inspected_percent as "seen %",
	round(i.latency_p50_us / 1000.0, 1) as p50_ms,
	round(i.latency_p99_us / 1000.0, 1) as p99_ms,
	to_char(i.first_seen_at, 'YYYY-MM-DD') as first_seen,
	to_char(i.last_seen_at, 'YYYY-MM-DD HH24:MI') as last_seen
from report.inventory as i
where (:'service' = '' or i.service = :'service')
	and (:'provisional'::boolean or not i.provisional)
order by i.requests desc, i.endpoint_id
limit :limit;
