-- Joins survive a rotation of the redaction key.
select no_plan();

create temp table e as select * from yett.recorder_endpoints(array[12001, 12002], array[0, 0],
	array['shop.example.com', 'shop.example.com'], array['GET', 'GET'],
	array['/users/{~text.1.aaa}', '/items/{number}'], array[null, null],
	array[now() - interval '4 days', now() - interval '4 days'], array[true, false],
	array['word:5:a', '']);
create temp table item as select endpoint_id as id from e where hash = 12002;
create function pg_temp.observe(p_path text, p_n bigint, p_class text default null)
returns void language sql as $$
	select yett.recorder_observations(array[id], array[2::smallint], array[1::smallint], array[p_path],
		array[now()], array[now()], array[p_n], array[p_n], array[p_n], array[1], array[4], array[9::bigint],
		array[null::bytea], case when p_class is not null then array[1] else '{}' end,
		case when p_class is not null then array[p_class] else '{}' end, array[p_n], array[p_n],
		array[0::bigint], array[0::bigint], array[0]) from item $$;
create function pg_temp.link(p_from text, p_to text) returns void language sql as $$
	select yett.recorder_links(array[p_from], array[p_to], array[now()]) $$;
create function pg_temp.child(p_word text, p_n bigint) returns void language sql as $$
	select yett.recorder_children(array[id], array[1], array[p_word], array[p_n], array[p_n],
		array[null::bytea], array[0::bigint]) from item $$;

-- chains
select pg_temp.link('email.1.aaa', 'email.2.bbb');
select pg_temp.link('email.2.bbb', 'email.3.ccc');
select is(yett.token_newest('email.1.aaa'), 'email.3.ccc', 'the newest over two rotations');
select is(yett.token_newest('email.3.ccc'), 'email.3.ccc', 'the newest is its own');
select is(yett.token_newest('email.9.zzz'), 'email.9.zzz', 'so is one without a link');
select set_eq($$ select yett.token_same('email.2.bbb') $$, array['email.1.aaa', 'email.2.bbb', 'email.3.ccc'],
	'all that a value has had');
select pg_temp.link('email.3.ccc', 'email.1.aaa');
select lives_ok($$ select yett.token_newest('email.1.aaa'), yett.token_same('email.1.aaa') $$, 'a circle ends');
select is(yett.tokens_renew('a.{~x.1.q}.b{~x.1.q}'), 'a.{~x.1.q}.b{~x.1.q}', 'a text without links is the same');

-- fields go on, with what is known of them
select pg_temp.observe('by.{~text.1.aaa}.card', 3, 'card');
update yett.field_class set state = 'confirmed' where class = 'card' and field_id = (
	select field_id from yett.field where path = 'by.{~text.1.aaa}.card');
create temp table was as select field_id from yett.field where path = 'by.{~text.1.aaa}.card';
select pg_temp.link('text.1.aaa', 'text.2.bbb');
select is((select path from yett.field join was using (field_id)), 'by.{~text.2.bbb}.card', 'a field keeps its id');
select is((select released_text from yett.undecided_word where token = 'text.2.bbb'), null, 'its word has the new token');
select is((select shape from yett.undecided_word where token = 'text.2.bbb'), 'word:5:a', 'and the shape');

-- a gateway without the new key yet, then the next link
select pg_temp.observe('by.{~text.1.aaa}.card', 4, 'card');
select pg_temp.link('text.1.ddd', 'text.2.eee');
select results_eq($$ select f.field_id, f.messages, c.hits, c.state from yett.field as f
	join yett.field_class as c using (field_id) where f.path like 'by.%' $$,
	$$ select field_id, 7::bigint, 7::bigint, 'confirmed' from was $$, 'a late one is added to it');

-- both were there before the link
select pg_temp.observe('{~text.1.one}.{~text.1.two}', 1);
select pg_temp.observe('{~text.2.one}.{~text.2.two}', 2);
select yett.recorder_links(array['text.1.one', 'text.1.two'], array['text.2.one', 'text.2.two'], array[now(), now()]);
select results_eq($$ select path, messages from yett.field where path like '%one%' $$,
	$$ values ('{~text.2.one}.{~text.2.two}', 3::bigint) $$, 'two tokens in one path, two fields become one');

-- values of parameters
select pg_temp.child('{~text.1.kid}', 5);
select pg_temp.child('{~text.2.kid}', 6);
select pg_temp.child('orders', 7);
select pg_temp.link('text.1.kid', 'text.2.kid');
select results_eq($$ select word, requests from yett.segment_child order by word collate "C" $$,
	$$ values ('orders', 7::bigint), ('{~text.2.kid}', 11::bigint) $$, 'values of parameters add up');

-- what people said
select yett.override_put('shop.example.com', 'GET', '/users/{~text.1.ovr}', '', 0::smallint, 0::smallint, '',
	'owner', 'ann', null);
select pg_temp.link('text.1.ovr', 'text.2.ovr');
select is((select template from yett.override where value = 'ann'), '/users/{~text.2.ovr}', 'an override follows');
select yett.override_put('shop.example.com', 'GET', '/users/{~text.1.ovs}', '', 0::smallint, 0::smallint, '',
	'owner', 'old', null);
select yett.override_put('shop.example.com', 'GET', '/users/{~text.2.ovs}', '', 0::smallint, 0::smallint, '',
	'owner', 'new', null);
select pg_temp.link('text.1.ovs', 'text.2.ovs');
select results_eq($$ select template, value from yett.override where template like '%ovs%' order by 1 $$,
	$$ values ('/users/{~text.1.ovs}', 'old'), ('/users/{~text.2.ovs}', 'new') $$, 'what was said of the newer one stays');

-- an endpoint follows by its alias
select yett.recorder_endpoints(array[12003, 12001], array[0, 12003],
	array['shop.example.com', 'shop.example.com'], array['GET', 'GET'],
	array['/users/{~text.2.bbb}', '/users/{~text.2.bbb}'], array[null, null],
	array[now(), now()], array[true, true], array['word:5:a', 'word:5:a']);
select is((select count(*) from report.endpoint where template like '/users/{~text%'), 1::bigint,
	'the inventory does not double');
select is((select newest_token from report.token where token = 'text.1.aaa'), 'text.2.bbb', 'the view says so');

-- a host that may be told
create temp table h as select * from yett.recorder_endpoints(array[12010], array[0],
	array['{~host.1.abc}'], array['GET'], array['/me'], array[null], array[now()], array[false], array['']);
update yett.service set team_id = yett.team_put('shop') where name = '{~host.1.abc}';
select yett.override_put('{~host.1.abc}', 'GET', '/me', '', 0::smallint, 0::smallint, '', 'owner', 'joe', null);
select is((select count(*) from report.service where service = '{~host.1.abc}'), 1::bigint, 'a hidden host is a service');
select yett.recorder_endpoints(array[12011, 12010], array[0, 12011], array['vandersloot.example', 'vandersloot.example'],
	array['GET', 'GET'], array['/me', '/me'], array[null, null], array[now(), now()], array[false, false], array['', '']);
select yett.recorder_words(array['host.1.abc'], array['vandersloot.example'], array[3::bigint], array[now()]);
select is((select service from yett.override where value = 'joe'), 'vandersloot.example', 'what was said of it follows');
select results_eq($$ select service, team, endpoints from report.service where service like 'vander%' or service like '{~%' $$,
	$$ values ('vandersloot.example', 'shop', 1::bigint) $$, 'the service has its name, its team and its endpoint');

set local role yett_reader;
select lives_ok($$ select yett.token_newest('a.1.b'), yett.token_same('a.1.b') $$, 'readers may join');
select throws_ok($$ select yett.field_merge(1, 2) $$, '42501', null, 'and merge nothing');
select * from finish();
