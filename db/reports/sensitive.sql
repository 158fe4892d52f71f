-- Endpoints with sensitive data, by group: those in force, then suspected ones.
--   psql -f sensitive.sql [-v service=NAME] [-v group=pci|pii|credential|health|financial|custom]
\if :{?service} \else \set service '' \endif
\if :{?group} \else \set group '' \endif
\set QUIET 1
\pset null ''
\unset QUIET
select s.service, s.team, regexp_replace(s.label, '\{~[^}]*\}', '{…}', 'g') as endpoint,
	array_to_string(s.groups, ' ') as groups,
	array_to_string(s.classes, ' ') as classes,
	array_to_string(s.suspected, ' ') as suspected, cardinality(s.fields) as fields
from report.sensitive as s
where (:'service' = '' or s.service = :'service')
	and (:'group' = '' or :'group' = any (s.groups || s.suspected_groups))
order by cardinality(s.groups) desc nulls last, s.service, s.label;
\echo 'By service'
select s.service, g.name as group, count(*) filter (where g.in_force) as endpoints,
	count(*) filter (where not g.in_force) as suspected
from report.sensitive as s
cross join lateral (
	select u.name, true as in_force from unnest(s.groups) as u (name)
	union all
	select u.name, false from unnest(s.suspected_groups) as u (name)
	where not u.name = any (coalesce(s.groups, '{}'))
) as g
where (:'service' = '' or s.service = :'service')
	and (:'group' = '' or :'group' = g.name)
group by s.service, g.name
order by s.service, g.name;
