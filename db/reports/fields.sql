-- Fields of requests and responses with their types and classes of data: in force, and
-- suspected with a question mark.
--   psql -f fields.sql [-v service=NAME] [-v endpoint=LABEL] [-v class=NAME]
--        [-v all=on: without a class as well]
\if :{?service} \else \set service '' \endif
\if :{?endpoint} \else \set endpoint '' \endif
\if :{?class} \else \set class '' \endif
\if :{?all} \else \set all off \endif
select f.service, regexp_replace(f.label, '\{~[^}]*\}', '{…}', 'g') as endpoint,
	f.direction, f.location, regexp_replace(f.path, '\{~[^}]*\}', '{…}', 'g') as path,
	array_to_string(f.types, ' ') as types,
	array_to_string(f.classes || array(select s || '?' from unnest(f.suspected) as s), ' ')
		as classes,
	array_to_string(f.groups, ' ') as groups, f.present_percent as "present %",
	f."values", f.distinct_values as "distinct ≈",
	to_char(f.first_seen_at, 'YYYY-MM-DD') as first_seen,
	to_char(f.last_seen_at, 'YYYY-MM-DD HH24:MI') as last_seen
from report.field as f
where (:'service' = '' or f.service = :'service')
	and (:'endpoint' = '' or f.label = :'endpoint')
	and (:'class' = '' or :'class' = any (f.classes || f.suspected))
	and (:'all'::boolean or f.classes <> '{}' or f.suspected <> '{}')
	and not f.ignored
order by f.service, f.label, f.direction, f.location, f.path;
