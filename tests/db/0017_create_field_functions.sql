-- What gateways say of fields, classes, values of parameters and tokens.
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

select lives_ok($$ select yett.recorder_observations('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
	'{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}') $$, 'nothing seen is nothing');

-- observations
select pg_temp.observe(id, 'name', now() - interval '4 days', 3, '\x01000100000000000000') from old;
select pg_temp.observe(id, 'name', now() - interval '1 day', 4, '\x01000200000000000000', 'email', 2, -20) from old;
select pg_temp.observe(id, 'name', now(), 5, '\x01000100000000000000', 'email', 1, 20) from old;
select results_eq($$ select messages, "values", types, distinct_values, bytes_max from report.field where path = 'name' $$,
	$$ values (12::bigint, 12::bigint, array['string'], 2::bigint, 9::bigint) $$, 'counts add up, distinct values are united');
select results_eq($$ select hits, checked, prior, state from report.field_class where class = 'email' $$,
	$$ values (3::bigint, 3::bigint, 20, 'seen') $$, 'so do classes; of equal priors the one for it');
select pg_temp.observe(id, 'name', now(), 1, null, 'email', 0, -60) from old;
select is((select prior from report.field_class where class = 'email'), -60, 'the prior that says more stays');
select ok((select fresh from report.learn_field where class = 'email'), 'to be judged');
select is((select builtin from report.data_class where class = 'email'), true, 'a class nobody described has a place');

-- one batch with an alias: two rows of one field
select lives_ok($$ select yett.recorder_observations(array[id, id], array[1, 1]::smallint[], array[2, 2]::smallint[],
	array['q', 'q'], array[now(), now()], array[now(), now()], array[1, 2], array[1, 2], array[1, 2],
	array[1, 2], array[4, 8], array[1, 7], array[null, '\x01000100000000000000'::bytea], array[1, 2],
	array['phone', 'phone'], array[1, 1], array[0, 0], array[0, 0], array[0, 0], array[-5, 5]) from young $$,
	'one field twice in a batch');
select results_eq($$ select messages, types, status_mask from report.field where path = 'q' $$,
	$$ values (3::bigint, array['string', 'integer'], 12) $$, 'is one row');
select results_eq($$ select hits, prior from report.field_class where class = 'phone' $$,
	$$ values (2::bigint, 5) $$, 'of its class, too');

-- field_new
select pg_temp.observe(id, 'ssn', now(), 1, null) from old;
select pg_temp.observe(id, 'ssn', now(), 1, null) from old;
select pg_temp.observe(id, 'other', now(), 1, null) from young;
select results_eq($$ select label, direction, location, path, severity, alert from report.change where kind = 'field_new' $$,
	$$ values ('GET /users/{number}', 'response', 'body', 'ssn', 'low', false) $$, 'a mature endpoint has a new field, once');
select is(yett.setting_put('learn.mature_s', '1800'), null, 'mature sooner');
select pg_temp.observe(id, 'third', now() - interval '50 minutes', 1, null) from young;
select pg_temp.observe(id, 'fourth', now(), 1, null) from young;
select is((select count(*) from report.change where kind = 'field_new'), 2::bigint, 'then an hour is enough');
select throws_ok($$ select yett.setting_put('learn.mature_s', 'soon') $$, '22023', null, 'a number is a number');
select throws_ok($$ select yett.setting_put('learn.mature_s', '99999999999') $$, '22023', null, 'in its range');
select lives_ok($$ select yett.setting_put('default_mode', 'shadow') $$, 'other settings are checked as before');
select results_eq($$ select value, is_default, unit from report.setting where key = 'learn.mature_s' $$,
	$$ values ('1800', false, 's') $$, 'settings are shown');
select is(yett.setting_put('learn.fields_max', '16'), null, 'few fields an endpoint');
select pg_temp.observe(id, 'flood' || n, now(), 1, null) from young, generate_series(1, 40) as n;
select is((select count(*) from report.field join young on endpoint_id = id), 16::bigint, 'a flood of names ends');
select pg_temp.observe(id, 'q', now(), 1, null) from young;
select ok(yett.setting_remove('learn.fields_max'), 'as many as before');

-- suspects
listen yett_learn;
select pg_temp.suspect(id, 'card', 'card_number') from old;
select pg_temp.suspect(id, 'card', 'card_number') from old;
select results_eq($$ select state, score, evidence from report.field_class where class = 'card_number' $$,
	$$ values ('suspected', 8::real, '************1111') $$, 'a suspicion');
select results_eq($$ select label, path, class, severity, alert, evidence ->> 'evidence' from report.change
	where kind = 'class_suspected' $$,
	$$ values ('GET /users/{number}', 'card', 'card_number', 'medium', true, '************1111') $$,
	'is one alert however many saw it');
select is((select count(*) from report.change where kind = 'field_new' and path = 'card'), 1::bigint, 'of a new field');
set local role yett_compiler;
select is(yett.data_class_sync('[{"name": "card_number", "title": "payment card number", "groups": ["pci", "financial"],
	"mask": "last4"}, {"name": "email", "title": "e-mail", "groups": ["pii"], "mask": "token"}]'), 2, 'classes are described');
select is(yett.data_class_sync('[{"name": "card_number", "title": "payment card number", "groups": ["pci", "financial"],
	"mask": "last4"}]'), 0, 'once');
reset role;
select is((select severity from report.change where kind = 'class_suspected'), 'critical', 'and what was suspected is as severe');
update yett.field_class set state = 'confirmed', judged_at = now() where class = 'card_number';
select pg_temp.suspect(id, 'card', 'card_number') from old;
select is((select state from report.field_class where class = 'card_number'), 'confirmed', 'what is judged stays');
update yett.field_class set state = 'rejected', judged_at = now() where class = 'email';
select pg_temp.suspect(id, 'name', 'email') from old;
select is((select state from report.field_class where class = 'email'), 'rejected', 'either way');
select is((select count(*) from report.change where kind = 'class_suspected'), 1::bigint, 'without an alert');
select pg_temp.suspect(id, 'name', 'email', now() + interval '2 days') from old;
select pg_temp.suspect(id, 'name', 'email', now() + interval '2 days') from old;
select is((select state from report.field_class where class = 'email'), 'suspected', 'but a rejection does not last for ever');
select is((select count(*) from report.change where kind = 'class_suspected' and path = 'name'), 1::bigint, 'that is told once');
update yett.field_class set state = 'rejected' where class = 'email';
select lives_ok($$ select yett.recorder_suspects(array[id, id], array[2, 2]::smallint[], array[1, 1]::smallint[],
	array['twice', 'twice'], array['email', 'email'], array[now(), now()], array[1, 2], array[1, 2], array[71, 90],
	array['a', 'b'], array[null, null]) from old $$, 'two suspicions of one field in a batch');
select results_eq($$ select c.score, c.evidence from report.field_class as c join report.field as f using (field_id)
	where f.path = 'twice' $$, $$ values (9::real, 'b') $$, 'the surest stays');

-- children and links
create function pg_temp.child(p_id integer, p_word text, p_n bigint, p_shape bigint, p_identity bytea) returns void language sql as $$
	select yett.recorder_children(array[p_id], array[1], array[p_word], array[p_n], array[p_n - 1], array[p_identity], array[p_shape]) $$;
select pg_temp.child(id, 'login', 3, 7, '\x01000100000000000000') from old;
select pg_temp.child(id, 'login', 4, 0, '\x01000200000000000000') from old;
select pg_temp.child(id, '{~text.1.abc}', 1, 9, null) from old;
select results_eq($$ select word, requests, accepted, identities, shape from report.segment_child order by requests desc $$,
	$$ values ('login', 7::bigint, 5::bigint, 2::bigint, '7'), ('{~text.1.abc}', 1, 0, 0, '9') $$, 'values of parameters add up');
select yett.setting_put('learn.children_max', '16');
select pg_temp.child(id, 'word' || n, n, 0, null) from old, generate_series(1, 30) as n;
select is((select count(*) from report.segment_child), 16::bigint, 'the most seen ones stay');
select is((select min(requests) from report.segment_child), 15::bigint, 'those');
update yett.segment_child set last_seen_at = now() - interval '2 days';
select pg_temp.child(id, 'fresh', 1, 0, null) from old;
select is((select requests from report.segment_child where word = 'fresh'), 1::bigint, 'and what is seen now');
select yett.recorder_links(array['a', 'a', 'b'], array['b', 'b', 'b'], array[now(), now(), now()]);
select yett.recorder_links(array['a'], array['b'], array[now()]);
select results_eq($$ select from_token, to_token from report.token_link $$, $$ values ('a', 'b') $$, 'a link is one row');

-- new endpoints
create temp table f as select * from yett.recorder_endpoints(array[8003, -8004], array[0, 0], array['pay.example.com', 'pay.example.com'],
	array['GET', 'GET'], array['/new', '/x/{~text.1.zz}'], array[null, null], array[now(), now()], array[false, true], array['', 'zz']);
select lives_ok($$ select yett.recorder_endpoints(array[8003], array[0], array['pay.example.com'], array['GET'], array['/new'],
	array[null], array[now()], array[false], array['']) $$, 'described again');
select results_eq($$ select label, severity, alert from report.change where kind = 'endpoint_new' and service = 'pay.example.com' $$,
	$$ values ('GET /new', 'info', false) $$, 'a new endpoint is one change, a provisional one none');
select isnt_empty($$ select from yett.endpoint_ids(array[8005]) $$, 'counted before it was described');
select lives_ok($$ select yett.recorder_endpoints(array[8005], array[0], array['pay.example.com'], array['GET'], array['/late'],
	array[null], array[now()], array[false], array['']) $$, 'then described');
select is((select count(*) from report.change where kind = 'endpoint_new' and label = 'GET /late'), 1::bigint, 'is new then');

-- merging takes along what is known
create temp table g as select (select endpoint_id from f where hash = 8003) as target,
	(select endpoint_id from f where hash = -8004) as gone;
select pg_temp.observe(target, 'both', now(), 1, '\x01000100000000000000', 'email', 1) from g;
select pg_temp.observe(gone, 'both', now(), 2, '\x01000200000000000000', 'email', 2) from g;
select pg_temp.observe(gone, 'its own', now(), 4, null) from g;
select pg_temp.suspect(gone, 'both', 'email') from g;
select pg_temp.child(gone, 'x', 5, 1, null) from g;
select ok(yett.endpoint_merge(-8004, 8003) is not null, 'two endpoints are one');
select results_eq($$ select path, messages, distinct_values from report.field join g on endpoint_id = target order by path $$,
	$$ values ('both', 3::bigint, 2::bigint), ('its own', 4, 0) $$, 'fields add up');
select results_eq($$ select hits, state from report.field_class join report.field using (field_id) join g on endpoint_id = target $$,
	$$ values (3::bigint, 'suspected') $$, 'classes, too');
select is((select count(*) from report.change join g on endpoint_id = target where kind = 'class_suspected' and path = 'both'), 1::bigint,
	'the change goes along');
select is((select requests from report.segment_child join g on endpoint_id = target), 5::bigint, 'values as well');
select pg_temp.observe(gone, 'both', now(), 8, null) from g;
select is((select messages from report.field join g on endpoint_id = target where path = 'both'), 11::bigint,
	'a gateway that knows the old id counts for the new one');
select lives_ok($$ select yett.recorder_endpoints(array[-8004], array[0], array['pay.example.com'], array['GET'],
	array['/x/{~text.1.zz}'], array[null], array[now()], array[true], array['zz']) $$, 'a gateway that describes it again');
select is_empty($$ select from report.endpoint where template like '/x/%' and service = 'pay.example.com' $$, 'does not bring it back');

-- parameters of paths are called by their number
create temp table n as select hash, endpoint_id as id from yett.recorder_endpoints(array[-8011, 8012],
	array[0, 0], array['pay.example.com', 'pay.example.com'], array['GET', 'GET'],
	array['/o/{~text.1.qq}/u/{number}/{uuid}', '/o/{text}/u/{number}/{uuid}'], array[null::text, null],
	array[now(), now()], array[true, false], array['qq', '']);
select yett.recorder_observations(array[id, id], array[1, 1]::smallint[], array[3, 3]::smallint[], array['1', '2'],
	array[now(), now()], array[now(), now()], array[10, 10], array[10, 10], array[10, 10], array[2, 1], array[4, 4],
	array[9, 36], array[null, null]::bytea[], '{}', '{}', '{}', '{}', '{}', '{}', '{}') from n where hash = -8011;
select yett.recorder_observations(array[id], array[1]::smallint[], array[3]::smallint[], array['1'],
	array[now()], array[now()], array[3], array[3], array[3], array[1], array[4],
	array[5], array[null]::bytea[], '{}', '{}', '{}', '{}', '{}', '{}', '{}') from n where hash = 8012;
select yett.endpoint_merge(-8011, 8012);
select results_eq($$ select path, messages, bytes_max from yett.field join n on endpoint_id = id where hash = 8012
	order by path $$, $$ values ('1', 3::bigint, 5::bigint), ('2', 10, 9), ('3', 10, 36) $$,
	'and get the numbers of the template that they go to');

-- words that are released
create temp table w as select endpoint_id as id from yett.endpoint_ids(array[8003]);
select pg_temp.observe(id, path, now(), 1, null, 'email', 1) from w, unnest(array['a.{~text.1.ff}[]', 'a.na\.me[]',
	'b.{~text.1.ff}.{~text.1.gg}', 'c.{~text.1.hh}']) as path;
select pg_temp.child(id, word, 3, 1, null) from w, unnest(array['{~text.1.ff}', 'na.me']) as word;
select yett.override_put('pay.example.com', 'GET', '/new', '', 2::smallint, 1::smallint, 'a.{~text.1.ff}[]', 'class.email', 'no');
select yett.recorder_words(array['text.1.ff'], array['na.me'], array[20], array[now()]);
select results_eq($$ select path, messages, classes from report.field join w on endpoint_id = id where path like '_.%' order by path $$,
	$$ values ('a.na\.me[]', 2::bigint, '{}'::text[]), ('b.na\.me.{~text.1.gg}', 1, '{}'), ('c.{~text.1.hh}', 1, '{}') $$,
	'fields go on under them, as gateways write names');
select is((select path from report.override where property = 'class.email' and service = 'pay.example.com'), 'a.na\.me[]',
	'so does what people said');
select is((select requests from report.segment_child join w on endpoint_id = id where word = 'na.me'), 6::bigint,
	'and values of parameters');
select pg_temp.observe(id, 'a.{~text.1.ff}[]', now(), 4, null, 'email', 1) from w;
select pg_temp.observe(id, 'late.{~text.1.ff}.{~text.1.gg}', now(), 1, null) from w;
select pg_temp.suspect(id, 'late.{~text.1.ff}', 'email') from w;
select pg_temp.child(id, '{~text.1.ff}', 2, 1, null) from w;
select results_eq($$ select path, messages from report.field join w on endpoint_id = id
	where path like '_.%' or path like 'late.%' order by path $$,
	$$ values ('a.na\.me[]', 6::bigint), ('b.na\.me.{~text.1.gg}', 1), ('c.{~text.1.hh}', 1), ('late.na\.me', 0),
		('late.na\.me.{~text.1.gg}', 1) $$, 'a token that comes after its word is written as the word');
select is((select sum(hits) from report.field_class join report.field using (field_id) join w on endpoint_id = id
	where path = 'a.na\.me[]' and class = 'email'), 3::numeric, 'so are its classes');
select is((select requests from report.segment_child join w on endpoint_id = id where word = 'na.me'), 8::bigint,
	'and values of parameters that come late');
select lives_ok($$ select yett.recorder_observations(array[id, id], array[2, 2]::smallint[], array[1, 1]::smallint[],
	array['x.{~text.1.ff}', 'x.na\.me'], array[now(), now()], array[now(), now()], array[1, 2], array[1, 2], array[1, 2],
	array[1, 2], array[4, 8], array[1, 7], array[null, null]::bytea[], array[1, 2], array['phone', 'phone'], array[1, 1],
	array[0, 0], array[0, 0], array[0, 0], array[5, 5]) from w $$, 'token and word in one batch');
select results_eq($$ select path, messages from report.field join w on endpoint_id = id where path like 'x.%' $$,
	$$ values ('x.na\.me', 3::bigint) $$, 'are one field');
-- as two recorders at once may leave it
insert into yett.field (endpoint_id, direction, location, path, messages, first_seen_at, last_seen_at)
select id, 2, 1, 'x.{~text.1.ff}', 10, now(), now() from w;
select yett.recorder_words(array['text.1.ff'], array['na.me'], array[30], array[now()]);
select results_eq($$ select path, messages from report.field join w on endpoint_id = id where path like 'x.%' $$,
	$$ values ('x.na\.me', 13::bigint) $$, 'rows that exist twice become one when the word comes again');

select * from finish();
