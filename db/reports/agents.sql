-- Gateways: alive, and with which policy.
--   psql -f agents.sql
\set QUIET 1
\pset null '-'
\unset QUIET
select a.agent, a.version, a.environment, a.revision as policy, a.current,
	date_trunc('second', now() - a.last_seen_at) as silent,
	date_trunc('second', now() - a.started_at) as up, a.deaths, a.cold_starts,
	a.records_lost, (a.counters ->> 'decisions_total')::bigint as decisions
from report.agents as a
order by a.agent;
