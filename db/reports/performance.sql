-- Throughput, latency, errors and sizes of endpoints over the last hours, beside the same
-- number of hours before; the ones that became slower first.
--   psql -f performance.sql [-v hours=N] [-v service=NAME] [-v limit=N]
\if :{?hours} \else \set hours 24 \endif
\if :{?service} \else \set service '' \endif
\if :{?limit} \else \set limit 50 \endif
\set QUIET 1
\pset null '-'
\unset QUIET
with span as (
	select t.endpoint_id, t.at >= date_trunc('hour', now()) - make_interval(hours => :hours - 1)
		as now, t.requests, t.status_4xx, t.status_5xx, t.latency, t.response_size
	from report.traffic as t
	where t.at >= date_trunc('hour', now()) - make_interval(hours => 2 * :hours - 1)
), total as (
	select s.endpoint_id, s.now, sum(s.requests) as requests,
		round(100.0 * sum(s.status_4xx) / sum(s.requests), 2) as refused,
		round(100.0 * sum(s.status_5xx) / sum(s.requests), 2) as errors
	from span as s group by 1, 2
), latency as (
	select s.endpoint_id, s.now,
		yett.hist_quantiles(array_agg(l.packed), array[0.5, 0.9, 0.99]) as us
	from span as s cross join unnest(s.latency) as l (packed) group by 1, 2
), size as (
	select s.endpoint_id, s.now, yett.hist_quantile(array_agg(r.packed), 0.5) as bytes
	from span as s cross join unnest(s.response_size) as r (packed) group by 1, 2
), one as (
	select t.*, l.us, z.bytes
	from total as t
	left join latency as l using (endpoint_id, now)
	left join size as z using (endpoint_id, now)
)
select e.service, e.label as endpoint, n.requests,
	round(n.requests / (3600.0 * :hours), 2) as "per s",
	round(n.us[1] / 1000.0, 1) as p50_ms, round(n.us[2] / 1000.0, 1) as p90_ms,
	round(n.us[3] / 1000.0, 1) as p99_ms, round(b.us[1] / 1000.0, 1) as p50_before,
	round(b.us[3] / 1000.0, 1) as p99_before,
	round(100.0 * n.us[1] / nullif(b.us[1], 0) - 100) as "p50 ± %",
	n.errors as "5xx %", b.errors as "5xx % before", n.refused as "4xx %",
	n.bytes as p50_bytes, b.bytes as bytes_before
from one as n
join report.endpoint as e using (endpoint_id)
left join one as b on b.endpoint_id = n.endpoint_id and not b.now
where n.now and (:'service' = '' or e.service = :'service')
order by n.us[1]::numeric / nullif(b.us[1], 0) desc nulls last, n.requests desc
limit :limit;
