-- The one step that may need a superuser (or a role with createrole that owns the
-- database): the group roles and the three schemas. May be run again at any time.
-- Everything after it is done by members of yett_owner.

do $$
declare
	role_name text;
begin
	foreach role_name in array array['yett_owner', 'yett_recorder', 'yett_reader',
		'yett_editor', 'yett_compiler']
	loop
		if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
			execute format('create role %I nologin', role_name);
		end if;
	end loop;
	if current_user <> 'yett_owner'
		and not pg_catalog.pg_has_role(current_user, 'yett_owner', 'member')
	then
		execute format('grant yett_owner to %I', current_user);
	end if;
	execute format('revoke all on database %I from public', current_database());
	execute format('grant connect on database %I to yett_owner, yett_recorder, '
		'yett_reader, yett_editor, yett_compiler', current_database());
end
$$;

create schema if not exists yett authorization yett_owner;
create schema if not exists part authorization yett_owner;
create schema if not exists report authorization yett_owner;
comment on schema yett is 'Yett: tables, and the functions that are the only way to write them';
comment on schema part is 'Yett: partitions and tables still being added to; nobody but the owner looks in';
comment on schema report is 'Yett: views that programs and people read; a stable contract';

grant usage on schema yett to yett_recorder, yett_reader, yett_editor, yett_compiler;
grant usage on schema report to yett_recorder, yett_reader, yett_editor, yett_compiler;

alter default privileges for role yett_owner revoke execute on functions from public;
