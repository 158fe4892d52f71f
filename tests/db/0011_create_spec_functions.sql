-- Specifications in and out, findings that come and go, and what gateways get of them.
select no_plan();

create function pg_temp.put(p_version text, p_methods text[], p_templates text[], p_words text[] default '{users}')
returns table (spec_id integer, spec_operation_id integer, was text) language sql as $$
	select * from yett.spec_put('shop', 'shop-api', p_version, 'openapi-3.0', 'shop.yaml', repeat('ab', 32), '{/v1}',
		p_methods, p_templates, p_templates, array_fill(7, array[cardinality(p_methods)]),
		array_fill(null::text, array[cardinality(p_methods)]), array_fill(false, array[cardinality(p_methods)]),
		array_fill(E'bearer\nheader:x-api-key'::text, array[cardinality(p_methods)]),
		array_fill(E'\n=a|b'::text, array[cardinality(p_methods)]), array_fill(''::text, array[cardinality(p_methods)]),
		array_fill('application/json'::text, array[cardinality(p_methods)]), array_fill(''::text, array[cardinality(p_methods)]),
		(select array_agg(9000 + length(m || t)) from unnest(p_methods, p_templates) as u (m, t)), p_words) $$;

select ok(has_function_privilege('yett_compiler', f, 'execute'), 'the compiler may ' || f) from (values
	('yett.findings_replace(text, text[], text[], integer[], integer[], text[], text[], integer[], text[], integer[], integer[])'),
	('yett.spec_remove(text, text, text)')) as x (f);
select results_eq($$ select was from pg_temp.put('1', '{GET,POST}', '{/v1/users,/v1/carts}') $$,
	$$ values ('added'), ('added') $$, 'a specification');
select results_eq($$ select name, version, current, operations from report.spec $$,
	$$ values ('shop-api', '1', true, 2::bigint) $$, 'is there');
select results_eq($$ select security, hints, statuses, request_types from report.spec_operation where method = 'GET' $$,
	$$ values ('{bearer,header:x-api-key}'::text[], array['', '=a|b'], '{}'::text[], '{application/json}'::text[]) $$,
	'lists are lines, and nothing is an empty list');
select results_eq($$ select label, origin from report.endpoint where service = 'shop' order by label $$,
	$$ values ('GET /v1/users', 'spec'), ('POST /v1/carts', 'spec') $$, 'its operations are endpoints');
select is((select count(*) from report.policy_endpoint where service = 'shop'), 2::bigint, 'that gateways route to');
select is((select origin from report.service where service = 'shop'), 'spec', 'of a service that it made');
select ok('users' in (select word from report.policy_word), 'its words may leave hosts');
select lives_ok($$ select yett.spec_fields_put((select array[spec_operation_id] from report.spec_operation where method = 'GET'),
	'{2}', '{1}', '{id}', '{2}', '{true}', '{false}', '{9}') $$, 'fields');
select results_eq($$ select path, types, required, open, line from report.spec_field $$,
	$$ values ('id', 2, true, false, 9) $$, 'are there');

-- the same version anew, and a later one
select results_eq($$ select distinct was from pg_temp.put('1', '{GET}', '{/v1/users}') $$, $$ values ('changed') $$, 'another content');
select results_eq($$ select version, current, operations from report.spec order by version $$,
	$$ values ('1', true, 1::bigint), ('1~1', false, 1::bigint) $$, 'leaves what is gone as an earlier version');
select results_eq($$ select distinct was from pg_temp.put('2', '{GET}', '{/v1/users}', '{members}') $$, $$ values ('added') $$, 'a later version');
select results_eq($$ select version from report.spec where current $$, $$ values ('2') $$, 'replaces the one before');
select results_eq($$ select distinct was from pg_temp.put('1', '{GET}', '{/v1/users}') $$, $$ values ('current again') $$, 'and back');
select results_eq($$ select version from report.spec where current $$, $$ values ('1') $$, 'is current');
select throws_ok($$ select yett.spec_put('shop', 'a b', '1', 'openapi-3.0', 'f', 'x', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
	'{}', '{}', '{}', '{}', '{}', '{}', '{}') $$, '22023', null, 'a name has no blanks');

-- findings
create temp view ids as select (select spec_id from report.spec where current) as spec,
	(select endpoint_id from report.endpoint where label = 'GET /v1/users') as users,
	(select spec_operation_id from report.spec_operation where current and method = 'GET') as operation;
select results_eq($$ select f.* from ids, yett.findings_replace('shop', '{shadow,orphan}', '{GET /x,GET /v1/users}', array[0, 0],
	array[0, spec], array['', ''], array['shop.yaml', 'shop.yaml'], array[3, 7], '{new,never}', array[users], array[operation]) as f $$, $$ values (2::bigint, 2::bigint, 0::bigint) $$, 'two findings');
select results_eq($$ select at, detail from report.spec_finding order by kind $$,
	$$ values ('shop.yaml:7', 'never'), ('shop.yaml:3', 'new') $$, 'with file and line');
select results_eq($$ select label, file, line from report.endpoint_spec join report.endpoint using (endpoint_id) $$,
	$$ values ('GET /v1/users', 'shop.yaml', 7) $$, 'and where the endpoint stands');
update yett.finding set first_at = first_at - interval '1 hour', last_at = last_at - interval '1 hour';
select results_eq($$ select f.* from yett.findings_replace('shop', '{shadow}', '{GET /x}', array[0], array[0], array[''],
	array['shop.yaml'], array[4], '{still}', '{}', '{}') as f $$, $$ values (1::bigint, 0::bigint, 1::bigint) $$,
	'what is there no more is resolved');
select results_eq($$ select detail, at, first_at < now() from report.spec_finding where resolved_at is null $$,
	$$ values ('still', 'shop.yaml:4', true) $$, 'what stays keeps its beginning');
select is_empty($$ select from report.endpoint_spec $$, 'what is no operation any more is none');
select results_eq($$ select f.* from ids, yett.findings_replace('shop', '{orphan}', '{GET /v1/users}', array[0], array[spec], array[''],
	array['shop.yaml'], array[7], '{again}', '{}', '{}') as f $$, $$ values (1::bigint, 1::bigint, 1::bigint) $$,
	'what comes back is new');

-- removing
set local role yett_editor;
select is(yett.spec_remove('shop', 'shop-api'), 3, 'all versions are taken back');
select is_empty($$ select from report.spec_operation $$, 'nothing of them counts');
select is_empty($$ select from report.policy_word where word = 'users' $$, 'nor their words');
select is_empty($$ select from report.policy_endpoint where service = 'shop' $$, 'endpoints that nobody called leave the router');
select is_empty($$ select from report.spec_finding where resolved_at is null $$, 'its findings are resolved');
select throws_ok($$ select yett.spec_remove('shop', 'shop-api') $$, 'P0002', null, 'once');
select ok(count(*) >= 5, 'it is all written down') from report.audit where action like 'spec_%';
reset role;
set local role yett_reader;
select throws_ok($$ select yett.spec_remove('shop', 'shop-api') $$, '42501', null, 'a reader changes nothing');
