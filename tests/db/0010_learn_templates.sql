-- Learned templates: what is wanted, done and left to people.
select no_plan();

create temp table e as select * from yett.recorder_endpoints(array[10001, 10002, 10003, 10004], array[0, 0, 0, 0],
	array['shop', 'shop', 'shop', 'shop'], array['GET', 'GET', 'GET', 'GET'],
	array['/users/{~text.1.aaa}', '/users/{~text.1.bbb}', '/users/{number}', '/users/search'], array[null, null, null, null],
	array[now() - interval '3 days', now() - interval '2 days', now() - interval '1 day', now()],
	array[true, true, false, false], array['word:4:a', 'text:9:a-a9', '', '']);
create temp table id as select hash, endpoint_id from e;
select yett.recorder_words(array['text.1.aaa'], array['jane'], array[20], array[now()]);
select yett.recorder_children(array[endpoint_id], array[1], array['7'], array[9], array[9], array['\x01000100000000000000'::bytea], array[5])
	from id where hash = 10003;

-- as people read them
select is(yett.template_show('GET /users/{~text.1.aaa}/x'), 'GET /users/jane/x', 'a released word is shown');
select is(yett.template_show('/users/{~text.1.bbb}/{~text.1.zzz}'), '/users/{?9:a-a9}/{?}', 'others have a placeholder');
select is(yett.template_show('/users/{number}'), '/users/{number}', 'types stay');

-- what the learner reads
select results_eq($$ select hash, template, released, shapes, keep, ignored from report.learn_template where service = 'shop' order by hash $$,
	$$ values (10001::bigint, '/users/{~text.1.aaa}', '/users/jane', null, false, false),
	(10002, '/users/{~text.1.bbb}', null, 'text:9:a-a9', false, false),
	(10003, '/users/{number}', null, null, false, false), (10004, '/users/search', null, null, false, false) $$, 'endpoints');
select results_eq($$ select hash, segment, word, requests, shape from report.learn_template_child $$,
	$$ values (10003::bigint, 1, '7', 9::bigint, 5::bigint) $$, 'values of parameters');
select results_eq($$ select epoch_s, last_epoch from yett.learn_template_state() $$, $$ values (300::bigint, -1::bigint) $$,
	'no cycle has been');
select lives_ok($$ select yett.setting_put('learn.epoch_s', '0') $$, 'an epoch may be a cycle');
select throws_ok($$ select yett.setting_put('learn.epoch_s', '-1') $$, '22023', null, 'not less');
select yett.override_put('shop', 'GET', '/users/search', '', 0::smallint, 0::smallint, '', 'template', 'keep', 'it is one');
select yett.override_put('shop', 'GET', '/users/{number}', '', 0::smallint, 0::smallint, '1', 'template.split', '7 8', null);
select results_eq($$ select hash, keep from report.learn_template where keep $$, $$ values (10004::bigint, true) $$, 'a person keeps one');
select results_eq($$ select hash, segment, word from report.learn_split $$, $$ values (10003::bigint, 1, '7'), (10003, 1, '8') $$,
	'and splits others');

-- waiting, then done
create function pg_temp.wanted(p_hash bigint, p_kind text, p_template text, p_members text, p_verdict text, p_mature boolean default false)
returns jsonb language sql as $$
	select jsonb_build_object('hash', p_hash, 'kind', p_kind, 'mature', p_mature, 'service', 'shop', 'method', 'GET',
		'template', p_template, 'operation', '', 'members', p_members::jsonb, 'requests', 100, 'identities', 40,
		'score', 3.5, 'reason', 'used alike', 'epochs', 1, 'verdict', p_verdict) $$;
select yett.learn_template_write(7, now(), jsonb_build_array(pg_temp.wanted(10010, 'merge', '/users/{text}', '[10001, 10002]', 'wait'),
	pg_temp.wanted(10011, 'split', '/users/7', '[10003]', 'wait')));
select results_eq($$ select kind, state, label, members, of from report.template_proposal order by kind $$,
	$$ values ('merge', 'waiting', 'GET /users/{text}', 2, array['GET /users/jane', 'GET /users/{?9:a-a9}']),
	('split', 'waiting', 'GET /users/7', 1, array['GET /users/{number}']) $$, 'what waits');
select is((select last_epoch from yett.learn_template_state()), 7::bigint, 'the epoch is remembered');
select is((select count(*) from report.change where kind like 'template%'), 0::bigint, 'nothing happened');
select yett.learn_template_write(8, now(), jsonb_build_array(pg_temp.wanted(10010, 'merge', '/users/{text}', '[10001, 10002]', 'apply'),
	pg_temp.wanted(10012, 'merge', '/users/{number}', '[10004]', 'propose', true)));
select results_eq($$ select kind, state, mature from report.template_proposal order by kind, mature $$,
	$$ values ('merge', 'applied', false), ('merge', 'proposed', true) $$, 'what nobody wants any more is gone');
select results_eq($$ select label, provisional, first_seen_at = now() - interval '3 days' from report.endpoint
	where label like '%{text}' $$, $$ values ('GET /users/{text}', false, true) $$, 'the merged endpoint is as old as the oldest');
select is((select count(*) from yett.endpoint_ids(array[10001, 10002, 10010]) as i join report.endpoint as n using (endpoint_id)
	where n.label = 'GET /users/{text}'), 3::bigint, 'old hashes count for it');
select is((select count(*) from yett.endpoint as e join id using (endpoint_id) where e.hash in (10001, 10002)), 2::bigint, 'ids stay');
select results_eq($$ select kind, label, before, after, evidence ->> 'merged' from report.change where kind like 'template%' $$,
	$$ values ('template_merged', 'GET /users/{text}', 'GET /users/jane, GET /users/{?9:a-a9}', 'GET /users/{text}', '2') $$, 'it is told');
select ok(exists (select from report.policy_endpoint where template = '/users/{text}'), 'the compiler sees it');
select is((select merged from report.learn_template where hash = 10010), 2::bigint, 'and how many it comes from');
select yett.learn_template_write(9, now(), jsonb_build_array(pg_temp.wanted(10010, 'merge', '/users/{text}', '[10001]', 'apply')));
select is((select count(*) from report.change where kind = 'template_merged'), 1::bigint, 'stragglers are told no more');

-- splits
select yett.learn_template_write(10, now(), jsonb_build_array(pg_temp.wanted(10011, 'split', '/users/7', '[10003]', 'apply')));
select results_eq($$ select template, keep from report.learn_template where hash = 10011 $$, $$ values ('/users/7', true) $$,
	'a split endpoint is never merged again by the learner');
select results_eq($$ select kind, before, after from report.change where kind = 'template_split' $$,
	$$ values ('template_split', 'GET /users/{number}', 'GET /users/7') $$, 'it is told');
select yett.learn_template_write(11, now(), jsonb_build_array(pg_temp.wanted(10001, 'split', '/users/jane', '[10010]', 'apply')));
select is((select n.endpoint_id from report.endpoint as n where n.label = 'GET /users/jane'), (select endpoint_id from id where hash = 10001),
	'what was merged away and is split again has its old id');
select is((select i.endpoint_id from yett.endpoint_ids(array[10001]) as i), (select endpoint_id from id where hash = 10001),
	'and its hash is its own');
select yett.endpoint_merge(10010, 10003);
select yett.learn_template_write(12, now(), jsonb_build_array(pg_temp.wanted(10010, 'merge', '/users/{text}', '[10002]', 'apply')));
select is((select count(*) from report.endpoint where label = 'GET /users/{text}'), 0::bigint, 'what a person merged stays so');

-- alarms
select ok(yett.learn_template_alarm('2026-11-22T10:00:00Z', 'shop', 5000, 5100, 'once'), 'a flood is told');
select ok(not yett.learn_template_alarm('2026-11-22T12:00:00Z', 'shop', 5000, 5100, 'once'), 'once a day');
select ok(yett.learn_template_alarm('2026-11-23T12:00:00Z', 'shop', 5000, 5100, 'once'), 'and again the day after');

-- rights
set local role yett_reader;
select lives_ok($$ select * from report.template_proposal $$, 'readers see proposals');
select throws_ok($$ select yett.learn_template_write(1, now(), '[]') $$, '42501', null, 'and learn nothing');
reset role;
set local role yett_compiler;
select lives_ok($$ select * from report.learn_template, report.learn_split, report.learn_template_child, report.learn_proposal $$,
	'the compiler reads');
select lives_ok($$ select yett.learn_template_write(13, now(), '[]') $$, 'and writes');
select * from finish();
