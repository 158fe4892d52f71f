-- What people say by ids, what a promotion carries, taking it in and undoing it.
select no_plan();
select lives_ok($$ select count(*) from yett.recorder_endpoints(array[-901, 902]::bigint[], array[0, 0],
	array['s', 's'], array['GET', 'GET'], array['/p/{~t}', '/u/{number}'], array[null, null]::text[],
	array[now(), now()], array[true, false], array['word:4:a', '']) $$, 'endpoints');
select is(yett.data_class_sync('[{"name": "k_email", "title": "e-mail", "groups": ["pii"], "mask": "token"}]'), 1, 'a class');
select lives_ok($$ select yett.recorder_observations(
	(select array_agg(e.endpoint_id order by u.n) from unnest(array[902, 902, 902, -901]::bigint[]) with ordinality as u (hash, n)
		join yett.endpoint as e using (hash)),
	array[2, 2, 1, 2]::smallint[], array[1, 1, 2, 1]::smallint[], array['mail', 'few', 'q', 'x'],
	array_fill(now(), array[4]), array_fill(now(), array[4]), array[50, 9, 50, 50]::bigint[], array[50, 9, 50, 50]::bigint[],
	array[50, 9, 50, 50]::bigint[], array[1, 1, 1, 1], array[4, 4, 4, 4], array[9, 9, 9, 9]::bigint[],
	array[null, null, null, null]::bytea[], array[1], array['k_email'], array[40]::bigint[], array[40]::bigint[],
	array[0]::bigint[], array[0]::bigint[], array[30]) $$, 'fields');

set local role yett_editor;
select results_eq($$ select path, why from yett.fields_open() order by path $$,
	$$ values ('few', 'too few values'), ('mail', 'not judged: k_email'), ('x', 'names not decided') $$, 'fields that are not classified');
reset role;
update yett.field_class set judged_at = now(), score = -2 where class = 'k_email';
select is((select why from yett.fields_open() where path = 'mail'), 'not judged: k_email', 'judged as possible');
update yett.field_class set score = -4 where class = 'k_email';
select is_empty($$ select from yett.fields_open() where path = 'mail' $$, 'judged as hardly possible');
update yett.field_class set judged_at = null, score = null where class = 'k_email';
set local role yett_editor;
select results_eq($$ select path from yett.fields_open(9) order by path $$, $$ values ('mail'), ('x') $$, 'with another measure');
select is((select template from yett.fields_open() where path = 'x'), '/p/{?}', 'undecided names have no text');
select field_id, endpoint_id from report.field where path = 'mail' \gset
select is(yett.field_say(:field_id, 'class.k_email', 'no', 'test'), null, 'a false positive');
select is(yett.field_say(:field_id, 'class.k_email', 'yes', 'after all'), 'no', 'what was said before is told');
select is_empty($$ select from yett.fields_open() where path = 'mail' $$, 'it is classified');
select is((select classes from report.field where path = 'mail'), array['k_email'], 'and of the class');
select throws_ok($$ select yett.field_say((select field_id from report.field where path = 'mail'), 'class.k_email', 'perhaps') $$, '22023', null, 'yes or no');
select throws_ok($$ select yett.field_say(-1, 'class.k_email', 'yes') $$, 'P0002', null, 'no such field');
select throws_ok($$ select yett.endpoint_say(-1, 'name', 'x') $$, 'P0002', null, 'no such endpoint');
select is(yett.field_say(:field_id, 'class.k_email', null), 'yes', 'taken back');
select is(yett.field_say(:field_id, 'class.k_email', null), null, 'once');
select is(yett.endpoint_set_mode(:endpoint_id, 'shadow'), 'enforce', 'a mode is an override');
select is((select mode from report.endpoint where endpoint_id = :endpoint_id), 'shadow', 'in force');
select is((select value from report.override where property = 'mode' and template = '/u/{number}'), 'shadow', 'to be promoted');
select is(yett.endpoint_say((select endpoint_id from report.endpoint where template = '/p/{~t}'), 'owner', 'me'), null, 'on tokens');
reset role;
insert into yett.template_proposal (hash, kind, mature, service, method, template, members, requests, identities, score,
	reason, epochs, epoch, state, first_at, last_at)
values (77, 'merge', true, 's', 'GET', '/p/{text}', '{-901, 4711}', 1, 1, 1, 'r', 2, 2, 'proposed', now(), now()),
	(78, 'split', true, 's', 'GET', '/u/7', '{902}', 1, 1, 1, 'r', 2, 2, 'proposed', now(), now()),
	(79, 'split', false, 's', 'GET', '/u/8', '{902}', 1, 1, 1, 'r', 1, 2, 'waiting', now(), now());
set local role yett_editor;
select is(yett.template_proposal_accept('000000000000004d', 'ok'), 1, 'a merge that learning left to people');
select is((select value from report.override where property = 'template.into'), '/p/{text}', 'is said');
select is(yett.template_proposal_accept('000000000000004e'), 1, 'a split');
select is(yett.endpoint_say(:endpoint_id, 'template.split', '9', null, '1'), '7', 'is said of the place');
select is(yett.template_proposal_accept('000000000000004e'), 1, 'again');
select is((select value from report.override where property = 'template.split' and path = '1'), '9 7', 'beside what was said before');
select throws_ok($$ select yett.template_proposal_accept('000000000000004f') $$, 'P0002', null, 'one that still waits');
select is(yett.endpoint_say(:endpoint_id, 'template.split', null, null, '1'), '9 7', 'taken back');
select is_empty($$ select from report.promotion_fact where template like '%~%' $$, 'such words are not carried');

reset role;
update yett.field_class set state = 'confirmed', judged_at = now() where class = 'k_email';
set local role yett_editor;
select results_eq($$ select kind, path, property, value, learned from report.promotion_fact where path = 'mail' $$,
	$$ values ('field', 'mail', 'class.k_email', 'yes', true) $$, 'a class confirmed is carried');
select is(yett.field_say(:field_id, 'class.k_email', 'no', 'test'), null, 'overruled');
select results_eq($$ select value, learned, reason from report.promotion_fact where path = 'mail' $$,
	$$ values ('no', false, 'test') $$, 'a person is carried instead');

select ok(yett.promotion_apply('qa', repeat('a', 64), '["service s owner = web"]', '[
	{"kind": "service", "words": ["s", "owner"], "value": "web", "reason": "why"},
	{"kind": "field", "words": ["s", "GET", "/u/{number}", "", "response", "body", "mail", "class.k_email"], "before": "no", "value": "yes"},
	{"kind": "class", "words": ["k_staff", "title"], "value": "staff"},
	{"kind": "class", "words": ["k_staff", "names"], "value": "staff no,badge"},
	{"kind": "class", "words": ["k_staff", "groups"], "value": "pii,custom"},
	{"kind": "team", "words": ["s", "/"], "value": "the team at 20"}]') > 0, 'taken in');
select is((select owner from report.endpoint where template = '/u/{number}'), 'web', 'the service''s owner');
select is((select team from report.endpoint where template = '/u/{number}'), 'the team', 'its team');
select is((select (names, groups, enabled)::text from report.data_class where class = 'k_staff'),
	'("{""staff no"",badge}","{pii,custom}",t)', 'the class');
select is((select origin from report.override where path = 'mail'), 'promoted', 'said by promotion');
select results_eq($$ select source_environment, line from report.promotion_base $$, $$ values ('qa', 'service s owner = web') $$, 'the base of the next from there');
select throws_ok($$ select yett.promotion_apply('qa', repeat('b', 64), '[]',
	'[{"kind": "service", "words": ["s", "owner"], "before": "other", "value": "x"}]') $$, '40001', null, 'somebody was quicker');
select throws_ok($$ select yett.promotion_apply('qa', repeat('b', 64), '[]',
	'[{"kind": "service", "words": ["s"], "value": "x"}]') $$, '22023', null, 'too few words');
select throws_ok($$ select yett.promotion_apply('qa', repeat('b', 64), '[]',
	'[{"kind": "field", "words": ["s", "GET", "/", "", "up", "body", "x", "field.ignore"], "value": "yes"}]') $$, '22023', null, 'no such direction');
select throws_ok($$ select yett.promotion_apply('qa', repeat('b', 64), '[]',
	'[{"kind": "class", "words": ["k_email", "title"], "value": "x"}]') $$, '55000', null, 'a class that is built in here');
select throws_ok($$ select yett.promotion_apply('qa', repeat('b', 64), '[]',
	'[{"kind": "class", "words": ["k_new", "title"], "value": "x"}]') $$, '22023', null, 'a class that could never be found');
select is((select count(*) from report.promotion), 1::bigint, 'nothing of these');
select lives_ok($$ select yett.endpoint_say((select endpoint_id from report.field where path = 'mail'), 'mode', null) $$, 'something else changes');
select is((select count(*) from yett.promotion_undo() where result like 'left%'), 0::bigint, 'undone');
select is((select (value, reason, origin)::text from report.override where path = 'mail'), '(no,test,human)', 'as it was');
select is((select enabled from report.data_class where class = 'k_staff'), false, 'the class is out of use');
select is_empty($$ select from report.team_rule where host_pattern = 's' $$, 'no team rule');
select is_empty($$ select from report.promotion_base $$, 'no base');
select throws_ok($$ select yett.promotion_undo() $$, 'P0002', null, 'nothing to undo');
select is((select count(*) from report.audit where action in ('promotion_apply', 'promotion_undo')), 2::bigint, 'written down');
select ok(yett.promotion_apply('dev', repeat('c', 64), '["service s owner = a"]', '[]')
	< yett.promotion_apply('prod', repeat('d', 64), '["service s owner = b"]', '[]'), 'from two environments');
select results_eq($$ select source_environment, line from report.promotion_base order by 1 $$,
	$$ values ('dev', 'service s owner = a'), ('prod', 'service s owner = b') $$, 'each has its own base');
select lives_ok($$ select count(*) from yett.promotion_undo() $$, 'of which one is undone');
select results_eq($$ select source_environment from report.promotion_base $$, $$ values ('dev') $$, 'and the other stays');
reset role;
set local role yett_reader;
select throws_ok($$ select yett.promotion_undo() $$, '42501', null, 'readers only read');
select throws_ok($$ select yett.field_say(1, 'field.ignore', 'yes') $$, '42501', null, 'and say nothing');
select lives_ok($$ select count(*) from yett.fields_open() $$, 'what is open is for all');
