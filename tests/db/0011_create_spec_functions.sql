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

-- provisional endpoints that a specification makes known
select is(yett.word_shape(w), shape, 'the shape of ' || w) from (values ('login', '5:a'), ('Ab12-_x', '7:Aa9-_a'),
	('a..b', '4:a.a')) as x (w, shape);
create function pg_temp.seen(p_hash bigint, p_template text, p_shapes text, p_method text default 'GET') returns void language sql as $$
	select yett.recorder_endpoints(array[p_hash], array[0::bigint], array['app'], array[p_method], array[p_template],
		array[null::text], array[now() - interval '1 day'], array[true], array[p_shapes]) $$;
select pg_temp.seen(-11, '/users/{~text.1.a}', 'text:9:a9');
select pg_temp.seen(-12, '/users/{~text.1.b}', 'word:5:a');
select pg_temp.seen(-13, '/users/{~text.1.a}/posts/{~text.1.c}', 'text:9:a9 text:4:a');
select pg_temp.seen(-14, '/{~text.1.d}', 'word:7:a');
select pg_temp.seen(-15, '/users/{~text.1.a}', 'text:9:a9', 'PUT');
select pg_temp.seen(-16, '/users/{~text.1.e}', 'word:5:a');
select pg_temp.seen(-17, '/users/{~text.1.f}', 'word:6:a');
select pg_temp.seen(-18, '/users/{~text.1.f}/posts/{~text.1.c}', 'word:6:a text:4:a');
select yett.recorder_words(array['text.1.e', 'text.1.f'], array['known', 'famous'], array[20, 20], array[now(), now()]);
select yett.recorder_hours_write(array[date_trunc('hour', now())], array[i.endpoint_id], array[7], array[0], array[0], array[0],
	array[7], array[0], array[0], array[0], array[0], array[0], array[0], array[0], array[0], array[0], array[7], array[0],
	array[0], array[10], array[100], array[2], array[0], array[now()], array[now()], array[null::bytea], array[null::bytea],
	array[null::bytea], array[null::bytea]) from yett.endpoint_ids(array[-11]) as i;
create function pg_temp.app(p_methods text[], p_templates text[], p_hashes bigint[]) returns bigint language sql as $$
	select count(*) from yett.spec_put('app', 'app', '1', 'openapi-3.0', 'app.yaml', md5(p_templates::text), '{}',
		p_methods, p_templates, p_templates, array_fill(7, array[cardinality(p_methods)]),
		array_fill(null::text, array[cardinality(p_methods)]), array_fill(false, array[cardinality(p_methods)]),
		array_fill(''::text, array[cardinality(p_methods)]), array_fill(''::text, array[cardinality(p_methods)]),
		array_fill(''::text, array[cardinality(p_methods)]), array_fill(''::text, array[cardinality(p_methods)]),
		array_fill(''::text, array[cardinality(p_methods)]), p_hashes, '{users}') $$;
create temp view rest as select e.hash from yett.endpoint as e join yett.service as s using (service_id)
	where s.name = 'app' and e.merged_into_id is null and e.provisional order by e.hash desc;
create function pg_temp.into(p_hash bigint) returns text language sql as $$
	select t.template from yett.endpoint as e join yett.endpoint as t on t.endpoint_id = e.merged_into_id where e.hash = p_hash $$;
select is(pg_temp.app('{GET,GET,GET,GET,GET}', array['/users/{text}', '/users/login', '/users/known', '/users/{text}/posts/{text}', '/users/famous/posts/{any}'],
	array[7001, 7002, 7003, 7004, 7005]), 5::bigint, 'a specification of what was seen before');
select results_eq('select * from rest', 'values (-12::bigint), (-14), (-15)',
	'what fits goes on as its endpoints, another method does not, nor what may be a literal that is new');
select is(pg_temp.into(-11), '/users/{text}', 'a token is what a parameter takes');
select is(pg_temp.into(-13), '/users/{text}/posts/{text}', 'so are two');
select is(pg_temp.into(-16), '/users/known', 'a released word is the literal that it is');
select is(pg_temp.into(-17), '/users/{text}', 'or what the parameter takes');
select is(pg_temp.into(-18), '/users/famous/posts/{any}', 'with most literals');
select results_eq($$ select requests from report.learn_endpoint where hash = 7001 $$, 'values (7::bigint)',
	'what was counted is counted there');
select is((select (detail ->> 'absorbed')::integer from report.audit where action = 'spec_put' order by audit_id desc limit 1), 5, 'it is written down');
select is(yett.endpoints_absorb(), 0, 'nothing is left to do');
select pg_temp.seen(-11, '/users/{~text.1.a}', 'text:9:a9');
select results_eq('select * from rest', 'values (-12::bigint), (-14), (-15)', 'a gateway that tells it again does not bring it back');
select pg_temp.seen(-19, '/users/{~text.1.g}', 'text:9:a9');
set local role yett_compiler;
select is(yett.endpoints_absorb(), 1, 'one that comes late follows');
reset role;
update yett.endpoint set first_seen_at = now() - interval '2 hours' where hash in (7002, 7003);
select is(yett.endpoints_absorb(), 1, 'once gateways know the literals, what is none is a value');
select is(pg_temp.into(-12), '/users/{text}', 'of the parameter');
select isnt(yett.endpoint_put(7006, 'app', 'PUT', '/users/{text}', null, 'human'), null, 'a person says so');
select results_eq('select * from rest', 'values (-14::bigint)', 'that counts the same');
select isnt(yett.endpoint_put(7007, 'app', 'GET', '/{any}', null, 'human'), null, 'two parameters');
select is(pg_temp.into(-14), '/{any}', 'of any kind');
insert into yett.endpoint (hash, service_id, method, template, label, provisional, first_seen_at, last_seen_at)
select 7008, service_id, 'GET', '/learned/{text}', 'GET /learned/{text}', false, now(), now() from yett.service where name = 'app';
select pg_temp.seen(-20, '/learned/{~text.1.a}', 'text:9:a9');
select is(yett.endpoints_absorb(), 0, 'beside a learned parameter the learner weighs each word');
select yett.override_put('app', 'GET', '/learned/{text}', '', 0::smallint, 0::smallint, '', 'template', 'keep');
select is(yett.endpoints_absorb(), 1, 'unless people say that it is one');

set local role yett_reader;
select throws_ok($$ select yett.spec_remove('shop', 'shop-api') $$, '42501', null, 'a reader changes nothing');
