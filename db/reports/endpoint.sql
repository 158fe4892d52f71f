-- One endpoint: what it is, and its days and hours.
--   psql -f endpoint.sql -v id=ENDPOINT_ID [-v hours=N] [-v days=N]
\if :{?id} \else \set id 1 \endif
\if :{?hours} \else \set hours 24 \endif
\if :{?days} \else \set days 14 \endif
\set QUIET 1
\pset null '-'
\unset QUIET
\x on
select * from report.endpoint where endpoint_id = :id;
\x off
\echo
\echo 'By hour'
select to_char(t.at, 'MM-DD HH24:MI') as hour, t.requests, t.status_2xx as "2xx",
	t.status_4xx as "4xx", t.status_5xx as "5xx", t.denied, t.limited, t.shadowed,
	yett.distinct_count(t.identities) as identities,
	round(yett.hist_quantile(t.latency, 0.5) / 1000.0, 1) as p50_ms,
	round(yett.hist_quantile(t.latency, 0.99) / 1000.0, 1) as p99_ms,
	yett.hist_quantile(t.response_size, 0.5) as p50_bytes
from report.traffic as t
where t.endpoint_id = :id and t.at >= now() - make_interval(hours => :hours)
order by t.at;
\echo 'By day'
select to_char(t.at, 'YYYY-MM-DD') as day, t.requests, t.status_2xx as "2xx",
	t.status_4xx as "4xx", t.status_5xx as "5xx", t.denied, t.limited, t.shadowed,
	yett.distinct_count(t.identities) as identities,
	round(yett.hist_quantile(t.latency, 0.5) / 1000.0, 1) as p50_ms,
	round(yett.hist_quantile(t.latency, 0.99) / 1000.0, 1) as p99_ms
from report.traffic_day as t
where t.endpoint_id = :id and t.at >= now() - make_interval(days => :days)
order by t.at;
