-- How the inventory and specifications differ, with file and line; open findings.
--   psql -f spec_findings.sql [-v service=NAME] [-v kind=KIND] [-v all=on: resolved ones as well]
\if :{?service} \else \set service '' \endif
\if :{?kind} \else \set kind '' \endif
\if :{?all} \else \set all off \endif
\set QUIET 1
\pset null ''
\unset QUIET
select s.service, s.name as spec, s.version, s.format, s.file, s.operations, s.deprecated,
	s.current, to_char(s.imported_at, 'YYYY-MM-DD HH24:MI') as imported
from report.spec as s
where :'service' = '' or s.service = :'service'
order by s.service, s.name, s.imported_at;
\echo 'Findings'
select f.service, f.kind, regexp_replace(f.label, '\{~[^}]*\}', '{…}', 'g') as endpoint,
	f.place, f.detail,
	f.file || ':' || f.line as file, to_char(f.first_at, 'YYYY-MM-DD') as since,
	to_char(f.resolved_at, 'YYYY-MM-DD') as resolved
from report.finding as f
where (f.open or :'all'::boolean)
	and (:'service' = '' or f.service = :'service')
	and (:'kind' = '' or f.kind = :'kind')
order by f.service, array_position(array['shadow', 'zombie', 'undeclared_authentication',
	'undeclared_parameter', 'undeclared_field', 'undeclared_status',
	'undeclared_content_type', 'type_mismatch', 'orphan'], f.kind), f.label, f.place;
