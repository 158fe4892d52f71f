-- What changed in the APIs, newest first; alerts are marked with !.
--   psql -f changes.sql [-v days=N] [-v service=NAME] [-v kind=KIND] [-v alerts=on: open alerts alone]
\if :{?days} \else \set days 7 \endif
\if :{?service} \else \set service '' \endif
\if :{?kind} \else \set kind '' \endif
\if :{?alerts} \else \set alerts off \endif
\set QUIET 1
\pset null ''
\unset QUIET
select c.change_id as id, to_char(c.at, 'YYYY-MM-DD HH24:MI') as at,
	case when c.alert then '!' end as "!", c.severity, c.kind, c.service,
	regexp_replace(c.label, '\{~[^}]*\}', '{…}', 'g') as endpoint,
	regexp_replace(concat_ws(' ', c.direction, c.location, c.path), '\{~[^}]*\}', '{…}',
		'g') as field, c.class,
	concat_ws(' → ', c.before, c.after) as change, c.evidence ->> 'evidence' as evidence,
	c.disposition
from report.change as c
where c.at >= now() - make_interval(days => :days)
	and (:'service' = '' or c.service = :'service')
	and (:'kind' = '' or c.kind = :'kind')
	and (not :'alerts'::boolean or (c.alert and c.disposition is null))
order by c.at desc, c.change_id desc
limit 200;
