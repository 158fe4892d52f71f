-- Each role does its own work and no other's.
select no_plan();

select is_empty($$
	select p.proname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
	where n.nspname = 'yett' and has_function_privilege('public', p.oid, 'execute')
$$, 'nothing is for everybody');

select is_empty($$
	select p.proname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
	where n.nspname = 'yett' and p.prosecdef
		and not exists (select from unnest(p.proconfig) as c where c like 'search_path=%')
$$, 'functions with the owner''s rights pin search_path');

select is_empty($$
	select p.proname from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
	where n.nspname = 'yett' and p.provolatile = 'v'
		and has_function_privilege('yett_reader', p.oid, 'execute')
$$, 'a reader changes nothing');

set local role yett_reader;
select throws_ok('select yett.rule_put(''r'', ''t'')', '42501', null, 'a reader adds no rule');
select throws_ok('select * from yett.rule', '42501', null, 'and reads no table');
select throws_ok('select * from part.endpoint_hour_open', '42501', null, 'nor a partition');
reset role;
set local role yett_recorder;
select throws_ok('select yett.rule_put(''r'', ''t'')', '42501', null, 'a recorder adds no rule');
select throws_ok('select yett.bundle_publish(1)', '42501', null, 'and publishes nothing');
reset role;
set local role yett_editor;
select throws_ok('select yett.stream_advance(1, 1, 0, 1::smallint, 1, 1)', '42501', null,
	'an editor is no recorder');
select throws_ok('select yett.bundle_put(1, 0, null, ''dev'', '''', '''', '''')', '42501', null,
	'nor a compiler');
select * from finish();
