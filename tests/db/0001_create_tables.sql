-- Tables: documented, and out of reach for everybody but the owner.
select no_plan();

select is_empty($$
	select n.nspname || '.' || c.relname from pg_class as c
	join pg_namespace as n on n.oid = c.relnamespace
	where n.nspname in ('yett', 'part', 'report') and c.relkind in ('r', 'p', 'v')
		and not c.relispartition and obj_description(c.oid, 'pg_class') is null
$$, 'every table and view has a comment');

select is_empty($$
	select n.nspname || '.' || c.relname || ' ' || r.rolname from pg_class as c
	join pg_namespace as n on n.oid = c.relnamespace
	cross join pg_roles as r
	where n.nspname in ('yett', 'part') and c.relkind in ('r', 'p')
		and r.rolname in ('yett_recorder', 'yett_reader', 'yett_editor', 'yett_compiler')
		and has_table_privilege(r.oid, c.oid, 'select,insert,update,delete,truncate')
$$, 'no role touches a table');

select is_empty($$
	select r.rolname from pg_roles as r
	where r.rolname in ('yett_recorder', 'yett_reader', 'yett_editor', 'yett_compiler')
		and has_schema_privilege(r.oid, 'part', 'usage')
$$, 'no role looks into part');

select is_empty($$
	select c.conname from pg_constraint as c
	join pg_namespace as n on n.oid = c.connamespace
	where n.nspname = 'yett' and c.conname ~ '^[0-9]|check[0-9]*$'
		and not exists (select from pg_class as t where t.oid = c.conrelid and t.relispartition)
$$, 'constraints have names that somebody chose');

select throws_ok($$ insert into yett.endpoint (hash, method, template, label, provisional,
	first_seen_at, last_seen_at, mode) values (1, '', '', '', true, now(), now(), 'on') $$,
	'23514', null, 'modes are off, shadow or enforce');
select throws_ok($$ insert into yett.rule (name, text) values ('no blanks', 'x') $$,
	'23514', null, 'rule names are words');
select throws_ok($$ insert into yett.installation (environment) values ('qa') $$,
	'23505', null, 'a database is one environment');
select * from finish();
