-- What people say of endpoints, fields, classes, changes and teams.
select no_plan();

-- fixtures: an endpoint of four days, one of an hour
create temp table e as select * from yett.recorder_endpoints(array[8001, 8002], array[0, 0],
	array['shop.example.com', 'shop.example.com'], array['GET', 'GET'],
	array['/users/{number}', '/fresh'], array[null, null],
	array[now() - interval '4 days', now() - interval '1 hour'], array[false, false], array['', '']);
create temp table old as select endpoint_id as id from e where hash = 8001;
create temp table young as select endpoint_id as id from e where hash = 8002;
create function pg_temp.observe(p_id integer, p_path text, p_at timestamptz, p_n bigint,
	p_distinct bytea, p_class text default null, p_hits bigint default 0, p_prior integer default 0)
returns void language sql as $$
	select yett.recorder_observations(array[p_id], array[2::smallint], array[1::smallint], array[p_path],
		array[p_at], array[p_at], array[p_n], array[p_n], array[p_n], array[1], array[4], array[9::bigint],
		array[p_distinct], case when p_class is not null then array[1] else '{}' end,
		case when p_class is not null then array[p_class] else '{}' end, array[p_hits], array[p_hits],
		array[0::bigint], array[0::bigint], array[p_prior]) $$;
create function pg_temp.suspect(p_id integer, p_path text, p_class text, p_at timestamptz default now(),
	p_score integer default 80) returns void language sql as $$
	select yett.recorder_suspects(array[p_id], array[2::smallint], array[1::smallint], array[p_path],
		array[p_class], array[p_at], array[5::bigint], array[5::bigint], array[p_score],
		array['************1111'], array['7F:1']) $$;


select pg_temp.observe(id, path, now() - interval '2 days', 1, null) from old, unnest(array['name', 'twice', 'card']) as path;
select pg_temp.suspect(id, path, class) from old, (values ('name', 'email'), ('twice', 'email'), ('card', 'card_number')) as v (path, class);
set local role yett_compiler;
select is(yett.data_class_sync('[{"name": "card_number", "title": "payment card number", "groups": ["pci", "financial"],
	"mask": "last4"}, {"name": "email", "title": "e-mail", "groups": ["pii"], "mask": "token"}]'), 2, 'classes are described');
reset role;
update yett.field_class set state = 'confirmed', judged_at = now() where class = 'card_number';
update yett.field_class as c set state = 'rejected', judged_at = now() from yett.field as f
where c.field_id = f.field_id and f.path = 'name';

-- what people say
create function tap.say(p_property text, p_value text, p_path text default '', p_template text default '/users/{number}')
returns text language sql as $$
	select yett.override_put('shop.example.com', case when p_template = '' then '' else 'GET' end, p_template, '',
		(case when p_path = '' then 0 else 2 end)::smallint, (case when p_path = '' then 0 else 1 end)::smallint,
		p_path, p_property, p_value, 'because') $$;
set local role yett_editor;
select is(tap.say('class.email', 'no', 'twice'), 'added', 'a false positive');
select is(tap.say('class.email', 'no', 'twice'), 'same', 'said again');
select is(tap.say('class.email', 'yes', 'name'), 'added', 'a class that was rejected');
select is(tap.say('class.email', 'no', 'not-seen-yet'), 'added', 'of a field nobody has seen');
select results_eq($$ select path, classes, suspected, groups from report.field where path in ('twice', 'name', 'card') order by path $$,
	$$ values ('card', array['card_number'], '{}'::text[], array['financial', 'pci']),
		('name', array['email'], '{}', array['pii']), ('twice', '{}', '{}', '{}') $$, 'beats what is learned');
reset role;
select pg_temp.suspect(id, 'not-seen-yet', 'email') from old;
select is_empty($$ select from report.change where path = 'not-seen-yet' and kind = 'class_suspected' $$, 'no alarm where a person said no');
set local role yett_editor;
select is(tap.say('class.email', 'yes', 'twice'), 'changed', 'another mind');
select is((select detail ->> 'before' from report.audit where action = 'override_put' order by audit_id desc limit 1), 'no',
	'is written down');
select ok(yett.override_remove('shop.example.com', 'GET', '/users/{number}', '', 2::smallint, 1::smallint, 'twice', 'class.email'),
	'taken back');
select ok(not yett.override_remove('shop.example.com', 'GET', '/users/{number}', '', 2::smallint, 1::smallint, 'twice', 'class.email'),
	'once');
select results_eq($$ select suspected from report.field where path = 'twice' $$, $$ values (array['email']) $$, 'what was learned is back');
select is((select array_agg(property || ' ' || value order by property) from (
	select property, value, tap.say(property, value, path) from (values ('name', 'A user', ''), ('owner', 'team one', ''),
		('mode', 'shadow', ''), ('auth', 'bearer', ''), ('template', 'keep', ''), ('template.into', '/users/{text}', ''),
		('template.split', 'login logout', ''), ('field.ignore', 'yes', 'card')) as v (property, value, path)) as x),
	array['auth bearer', 'field.ignore yes', 'mode shadow', 'name A user', 'owner team one', 'template keep',
		'template.into /users/{text}', 'template.split login logout'], 'all that can be said');
select throws_ok(format('select tap.say(%L, %L, %L, %L)', property, value, path, template), '22023', null,
	'refused: ' || property || ' ' || value || ' ' || path || ' ' || template)
	from (values ('class.email', 'maybe', 'x', '/a'), ('class.email', 'no', '', '/a'), ('mode', 'on', '', '/a'),
		('mode', 'off', 'x', '/a'), ('auth', 'basic,bearer', '', '/a'), ('template', 'drop', '', '/a'), ('nonesuch', 'x', '', '/a'),
		('name', E'a\nb', '', '/a'), ('name', 'x', '', ''), ('field.ignore', 'no', 'x', '/a'), ('template.into', 'x', '', '/a'),
		('template.split', 'a/b', '', '/a/{text}'), ('template.split', 'a', '', '/a'), ('template.split', 'a', '', '/{text}/{text}'),
		('template.split', 'a', '0', '/a/{text}'), ('template.split', 'a', '9', '/a/{text}'), ('template.into', '/b/{text}', '', '/a/{number}'),
		('template.into', '/a/{text}', '', '/a'), ('template.into', '/a', '', '/a/{text}'), ('template.into', '/a/{~t}', '', '/a/b'),
		('mode', 'off', '', 'a')) as bad (property, value, path, template);
select throws_ok($$ select tap.say('class.nonesuch', 'no', 'x') $$, 'P0002', null, 'no such class');
select is(yett.override_put('other', 'GET', '/', '', 2::smallint, 1::smallint, 'x', 'class.later', 'no', null, 'promoted'), 'added',
	'but one that is promoted before its class is described');
select is(concat(yett.direction_of('response'), yett.location_of('cookie'), yett.location_of('')), '250', 'words to numbers');
select throws_ok($$ select yett.location_of('moon') $$, '22023', null, 'not any word');

reset role;
select pg_temp.suspect(id, 'card', 'email') from old;
select is((select count(*) from report.change where class = 'email' and path = 'card'), 0::bigint, 'no alarm in a field that is ignored');
select results_eq($$ select ignored, classes, suspected from report.field where path = 'card' $$,
	$$ values (true, '{}'::text[], '{}'::text[]) $$, 'nor is anything in force there');
set local role yett_editor;

-- endpoints as people say they are
select results_eq($$ select name, owner, auth, mode, ignored, pinned from report.endpoint where label = 'GET /users/{number}' $$,
	$$ values ('A user', 'team one', 'bearer', 'shadow', false, true) $$, 'endpoints show it');
select is((select mode from report.policy_endpoint where hash = 8001), 'shadow', 'the compiler sees it');
select results_eq($$ select template_decision, template_into, template_split from report.learn_endpoint where hash = 8001 $$,
	$$ values ('keep', '/users/{text}', 'login logout') $$, 'so do learners');
select is(tap.say('mode', 'off', '', ''), 'added', 'a service as a whole');
select is((select mode from report.policy_endpoint where hash = 8002), 'off', 'counts for all its endpoints');
select is((select mode from report.policy_endpoint where hash = 8001), 'shadow', 'but those that have their own');
select is(tap.say('template', 'ignore'), 'changed', 'ignored');
select is_empty($$ select from report.policy_endpoint where hash = 8001 $$, 'is not compiled');

-- classes of customers
select is(yett.data_class_put('staff_number', 'staff number', '{custom}', 'last4', '[A-Z]{2}[0-9]{6}', 'luhn', '{employee,"staff no"}'),
	'added', 'a class of one''s own');
select is(yett.data_class_put('staff_number', 'staff number', '{custom}', 'last4', '[A-Z]{2}[0-9]{6}', 'luhn', '{employee,"staff no"}'),
	'same', 'the same again');
select throws_ok($$ select yett.data_class_put('email', 'mine', '{custom}', 'token', '.*') $$, '55000', null, 'not a built-in one');
select throws_ok($$ select yett.data_class_put('x', 'x', '{}') $$, '22023', null, 'by something it must be known');
select throws_ok($$ select yett.data_class_put('x', 'x', '{}', 'token', 'a', 'crc') $$, '22023', null, 'no such validator');
reset role;
select pg_temp.observe(id, 'staff', now(), 1, null, 'staff_number', 1) from old;
set local role yett_editor;
select ok(yett.data_class_remove('staff_number'), 'out of use');
select ok(not yett.data_class_remove('staff_number'), 'once');
select is_empty($$ select from report.field_class where class = 'staff_number' $$, 'what was seen of it is not shown');
reset role;
select pg_temp.observe(id, 'staff', now(), 1, null, 'staff_number', 1) from old;
select is((select messages from report.field where path = 'staff'), 2::bigint, 'the field goes on');
select is((select hits from yett.field_class where class = 'staff_number'), 1::bigint, 'without it');
set local role yett_editor;
select throws_ok($$ select yett.data_class_remove('email') $$, '55000', null, 'a built-in one stays');

-- dispositions and policy
select is(yett.change_disposition_put(change_id, 'false', 'test data'), null, 'an alert is judged')
	from report.change where kind = 'class_suspected' and path = 'card';
select is(yett.change_disposition_put(change_id, 'true'), 'false', 'and again')
	from report.change where kind = 'class_suspected' and path = 'card';
select throws_ok($$ select yett.change_disposition_put(0, 'true') $$, 'P0002', null, 'no such change');
select throws_ok($$ select yett.change_disposition_put(0, 'maybe') $$, '22023', null, 'no such disposition');
select lives_ok($$ select yett.change_policy_put('field_new', '', 'high', true) $$, 'a kind is an alert');
select lives_ok($$ select yett.change_policy_put('class_new', 'financial', 'critical', true) $$, 'a group has its own severity');
select throws_ok($$ select yett.change_policy_put('nonesuch', '', 'low', false) $$, 'P0002', null, 'no such kind');
select throws_ok($$ select yett.change_policy_put('field_new', 'pci', 'low', false) $$, '22023', null, 'fields have no group');
select throws_ok($$ select yett.change_policy_put('field_new', '', 'awful', false) $$, '23514', null, 'no such severity');
reset role;
select pg_temp.observe(id, 'alarming', now(), 1, null) from old;
select results_eq($$ select severity, alert from report.change where path = 'alarming' $$, $$ values ('high', true) $$,
	'from then on');

-- teams
select lives_ok($$ select yett.recorder_endpoints(array[8003, 8005], array[0, 0], array['pay.example.com', 'pay.example.com'],
	array['GET', 'GET'], array['/new', '/late'], array[null, null], array[now(), now()], array[false, false], array['', '']) $$,
	'endpoints of another service');
set local role yett_editor;
select ok(yett.team_rule_put('*.example.com', '/', 'all') > 0, 'a rule for a domain');
select is((select team from report.service where service = 'pay.example.com'), 'all', 'counts at once');
select ok(yett.team_rule_put('pay.example.com', '/', 'payments', 5) > 0, 'a narrower one before it');
select is((select team from report.service where service = 'pay.example.com'), 'payments', 'comes first');
select lives_ok($$ select yett.service_put('shop.example.com', 'people') $$, 'a person says a team');
select ok(yett.team_rule_put('shop.example.com', '/', 'rulers', 1) > 0, 'whom no rule');
select is((select team from report.service where service = 'shop.example.com'), 'people', 'overrules');
select ok(yett.team_rule_put('pay.example.com', '/late', 'latecomers') > 0, 'a rule for a prefix');
select results_eq($$ select label, team from report.endpoint where service = 'pay.example.com' order by 1 $$,
	$$ values ('GET /late', 'latecomers'), ('GET /new', 'payments') $$, 'is for some endpoints');
select ok(yett.team_rule_remove('pay.example.com'), 'taken away');
select is((select team from report.service where service = 'pay.example.com'), 'all', 'the next one counts');
select ok(not yett.team_rule_remove('pay.example.com'), 'once');
select throws_ok($$ select yett.team_rule_put('a b', '/', 'x') $$, '22023', null, 'a host is a host');
select throws_ok($$ select yett.team_rule_put('a', 'x', 'x') $$, '22023', null, 'a prefix is a prefix');
select ok(yett.service_host_put('billing', 'pay.example.org', '/bill/') > 0, 'a service by host and prefix');
select ok(yett.team_rule_put('pay.example.org', '/bill', 'billers', 2) > 0, 'a rule on both');
select is((select team from report.service where service = 'billing'), 'billers', 'matches it');
reset role;
select lives_ok($$ select yett.recorder_endpoints(array[8006], array[0], array['new.example.com'], array['GET'], array['/'],
	array[null], array[now()], array[false], array['']) $$, 'a service that a gateway finds');
select is((select team from report.service where service = 'new.example.com'), 'all', 'gets its team by itself');
select * from finish();
