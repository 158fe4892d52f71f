-- What was not simply allowed, by rule or exception and endpoint.
--   psql -f decisions.sql [-v hours=N] [-v service=NAME]
\if :{?service} \else \set service '' \endif
\if :{?hours} \else \set hours 24 \endif
\set QUIET 1
\pset null '-'
\unset QUIET
select coalesce(d.rule, 'exception: ' || d.exception) as rule, d.service,
	d.label as endpoint, d.action, nullif(d.shadow_action, 'none') as "would have",
	nullif(d.status, 0) as status, sum(d.requests) as requests,
	max(d.identities) as "identities ≥", max(d.reason) as reason,
	to_char(max(d.last_at), 'YYYY-MM-DD HH24:MI:SS') as last
from report.decisions as d
where d.at >= now() - make_interval(hours => :hours)
	and (:'service' = '' or d.service = :'service')
group by 1, 2, 3, 4, 5, 6
order by sum(d.requests) desc
limit 100;
