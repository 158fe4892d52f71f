-- Throughput, latency, errors and sizes of endpoints over the last hours, busiest first; then
-- beside the same number of hours before: which became slower, by how much, how sure.
--   psql -f performance.sql [-v hours=N] [-v service=NAME] [-v limit=N]
\if :{?hours} \else \set hours 24 \endif
\if :{?service} \else \set service '' \endif
\if :{?limit} \else \set limit 50 \endif
\set QUIET 1
\pset null '-'
\unset QUIET
select p.service, p.label as endpoint, p.requests, round(p.per_second::numeric, 2) as "per s",
	round(p.latency_p50_us / 1000.0, 1) as p50_ms, round(p.latency_p90_us / 1000.0, 1) as p90_ms,
	round(p.latency_p99_us / 1000.0, 1) as p99_ms, p.error_percent as "5xx %",
	p.refused_percent as "4xx %", p.request_p50_bytes as "p50 bytes in",
	p.response_p50_bytes as "p50 bytes out", p.response_p99_bytes as "p99 bytes out"
from yett.performance(now() - make_interval(hours => :hours), now(), nullif(:'service', ''),
	null, :limit) as p;
\echo 'Beside the hours before'
select c.service, c.label as endpoint, c.verdict, c.requests_a as before,
	c.requests_b as requests, round(c.p50_a_us / 1000.0, 1) as "p50 before",
	round(c.p50_b_us / 1000.0, 1) as p50_ms, c.p50_percent as "± %", c.p50_sure as sure,
	round(c.p99_a_us / 1000.0, 1) as "p99 before", round(c.p99_b_us / 1000.0, 1) as p99_ms,
	c.p99_percent as "± %", c.p99_sure as sure, c.error_percent_a as "5xx % before",
	c.error_percent_b as "5xx %"
from yett.performance_compare(now() - make_interval(hours => 2 * :hours),
	now() - make_interval(hours => :hours), now() - make_interval(hours => :hours), now(),
	nullif(:'service', ''), null, :limit) as c;
