-- Evidence of classes to be judged, verdicts, what people said, one change an endpoint; and
-- the few functions of chance.
select no_plan();

select yett.data_class_sync('[{"name": "ssn", "title": "SSN", "groups": ["pii"], "mask": "last4"},
	{"name": "email", "title": "e-mail", "groups": ["pii"], "mask": "token"}]');
create function pg_temp.endpoint(p_hash bigint, p_path text) returns integer language sql as $$
	select endpoint_id from yett.recorder_endpoints(array[p_hash], array[0], array['a.test'],
		array['GET'], array[p_path], array[null::text], array[now() - interval '9 days'],
		array[false], array['']) $$;
create function pg_temp.observe(p_endpoint integer, p_path text, p_class text, p_hits bigint,
	p_values bigint default 100, p_direction integer default 2) returns void language sql as $$
	select yett.recorder_observations(array[p_endpoint], array[p_direction::smallint],
		array[1::smallint], array[p_path], array[now()], array[now()], array[p_values],
		array[p_values], array[p_values], array[1], array[4], array[11::bigint],
		array['\x01000100000000000000'::bytea], array[1], array[p_class], array[p_hits],
		array[p_hits], array[0::bigint], array[0::bigint], array[60]) $$;
-- As the compiler judges: everything becomes p_state, n of them news.
create function pg_temp.judge(p_state text, p_news boolean default true) returns integer language sql as $$
	select yett.learn_classes_write(max(r.read_at), array_agg(r.field_id), array_agg(r.class),
		array_agg(p_state), array_agg(9.5::real), array_agg(p_news), array_agg(r."values"),
		array_agg(r.base_values), array_agg(r.base_hits), array_agg(r.base_checked),
		array_agg(r.base_certain), array_agg(r.base_contained), array_agg(r.base_distinct))
	from yett.learn_classes(0, '', 1000) as r $$;
create temp table e as select pg_temp.endpoint(7001, '/users/{number}') as id;
create temp table e2 as select pg_temp.endpoint(7002, '/me') as id;

select pg_temp.observe(id, 'user.ssn', 'ssn', 100) from e;
select results_eq($$ select class, "values", hits, prior, state, human, base_values
	from yett.learn_classes(0, '', 10) $$, $$ values ('ssn', 100::bigint, 100::bigint, 60,
	'seen', false, 0::bigint) $$, 'new evidence is told');
select is_empty($$ select from yett.learn_classes((select max(field_id) from yett.field), 'ssn', 10) $$,
	'from behind a place on');
select is(pg_temp.judge('confirmed'), 1, 'a class is new to the endpoint');
select results_eq($$ select kind, label, class, after, severity, alert, evidence ->> 'says'
	from yett.change where class is not null $$, $$ values ('class_new', 'GET /users/{number}', 'ssn',
	'response body user.ssn', 'high', true, 'GET /users/{number} now returns ssn') $$, 'in words');
select is_empty($$ select from yett.learn_classes(0, '', 10) $$, 'what was judged is judged');
select is((select state from yett.field_class), 'confirmed', 'the verdict stands');

select pg_temp.observe(id, 'user.ssn', 'ssn', 1, 1) from e;
update yett.field_class set evidence_at = now() + interval '1 s';
select is((select count(*) from yett.learn_classes(0, '', 10)), 1::bigint, 'new evidence is judged again');
select is(pg_temp.judge('confirmed'), 0, 'and is no news');
update yett.field_class set judged_at = now() + interval '1 min';
select is_empty($$ select from yett.learn_classes(0, '', 10) $$, 'nothing new');
update yett.field set "values" = "values" + 20;
select isnt_empty($$ select from yett.learn_classes(0, '', 10) $$, 'values without hits are evidence, too');
select is(pg_temp.judge('confirmed'), 0, 'judged');
update yett.field_class set judged_at = now() + interval '1 min';

-- a second field, another direction, another endpoint
select pg_temp.observe(id, 'spouse.ssn', 'ssn', 50) from e;
select is(pg_temp.judge('contains'), 0, 'a second field of the same class is no alarm');
select results_eq($$ select kind, alert, severity from yett.change where after like '%spouse%' and class is not null $$,
	$$ values ('class_more', false, 'info') $$, 'but is on record');
update yett.field_class set judged_at = now() + interval '1 min';
select pg_temp.observe(id, 'ssn', 'ssn', 50, 50, 1) from e;
select is(pg_temp.judge('confirmed'), 1, 'requests are another thing');
select is((select evidence ->> 'says' from yett.change where after = 'request body ssn' and class is not null),
	'GET /users/{number} now takes ssn', 'in words');
update yett.field_class set judged_at = now() + interval '1 min';
select pg_temp.observe(id, 'ssn', 'ssn', 50) from e2;
select is(pg_temp.judge('confirmed'), 1, 'so is another endpoint');
update yett.field_class set judged_at = now() + interval '1 min';

-- what people say
select yett.override_put('a.test', 'GET', '/me', '', 2::smallint, 1::smallint, 'mail', 'class.email', 'no', 'a handle');
select pg_temp.observe(id, 'mail', 'email', 50) from e2;
select is((select human from yett.learn_classes(0, '', 10)), true, 'a person has said something');
select is(pg_temp.judge('confirmed'), 0, 'so a verdict is no news');
select is((select c.state from yett.field_class as c where c.class = 'email'), 'seen', 'and changes nothing');
update yett.field_class set judged_at = now() + interval '1 min';
select yett.override_put('a.test', 'GET', '/me', '', 2::smallint, 1::smallint, 'noise', 'field.ignore', 'yes');
select pg_temp.observe(id, 'noise', 'email', 50) from e2;
select is((select human from yett.learn_classes(0, '', 10)), true, 'an ignored field is such a word, too');
select pg_temp.judge('seen', false);
update yett.field_class set judged_at = now() + interval '1 min';

-- a class out of use, a merged endpoint
select yett.data_class_put('staff', 'staff', array['custom'], 'token', null, null, array['staff']);
select pg_temp.observe(id, 'staff', 'staff', 50) from e2;
select yett.data_class_remove('staff');
select is_empty($$ select from yett.learn_classes(0, '', 10) $$, 'a class out of use is not judged');
select pg_temp.observe(id, 'user.ssn', 'ssn', 50) from e2;
select pg_temp.judge('seen', false);
update yett.field_class set judged_at = now() - interval '1 min', evidence_at = now() - interval '2 min';
select is_empty($$ select from yett.learn_classes(0, '', 10) $$, 'all is judged');
select yett.endpoint_merge(7002, 7001);
select is_empty($$ select from yett.field where endpoint_id = (select id from e2) $$,
	'what was known of a merged endpoint moves');
select results_eq($$ select endpoint_id, path, "values" from yett.learn_classes(0, '', 10)
	join yett.field as f using (field_id, "values") $$,
	$$ select id, 'user.ssn', 221::bigint from e $$, 'and is judged with what was known there');
select lives_ok($$ select pg_temp.judge('confirmed', false) $$, 'with its windows');

-- one learner
select ok(yett.learn_lock(), 'the lock is free');
select ok(yett.learn_unlock(), 'and given back');

-- chance
select is(round((yett.wilson(0, 10)).high::numeric, 3), 0.278, 'Wilson: none of ten');
select is(round((yett.wilson(5, 10)).low::numeric, 3), 0.237, 'Wilson: half of ten');
select is((yett.wilson(0, 0)).low, null, 'Wilson: of nothing');
select is(round(yett.normal_cdf(z)::numeric, 5), p, 'normal: ' || z)
from (values (0, 0.5), (1.96, 0.97500), (-1.96, 0.02500), (4, 0.99997)) as n (z, p);
select is(abs(yett.normal_quantile(p) - z) < 0.001, true, 'normal tail: ' || p)
from (values (0.5, 0), (0.025, 1.95996), (1e-6, 4.75342)) as n (p, z);
select is(abs(yett.student_quantile(p, f) / t - 1) < 0.12, true, 'Student: ' || p || ' of ' || f)
from (values (0.025, 6, 2.4469), (1e-4, 6, 8.0248), (1e-5, 27, 5.1524)) as n (p, f, t);
select is(yett.normal_quantile(0) > 30, true, 'no chance is no error');
select * from finish();
