-- What people change, and that it is written down.
select no_plan();
set local role yett_editor;

select is(yett.rule_put('r1', 'text'), 'added', 'a new rule');
select is(yett.rule_put('r1', 'text'), 'same', 'the same again');
select is(yett.rule_put('r1', 'other', 'shadow'), 'changed', 'another text');
select is(yett.rule_set_mode('r1', 'enforce'), 'shadow', 'the mode before is told');
select throws_ok($$ select yett.rule_set_mode('r1', 'maybe') $$, '22023', null, 'a mode is one of three');
select throws_ok($$ select yett.rule_set_mode('nobody', 'off') $$, 'P0002', null, 'no such rule');
select is((select mode from report.policy_rule where name = 'r1'), 'enforce', 'the compiler sees it');
select lives_ok($$ select yett.rule_set_enabled('r1', false) $$, 'kept but not compiled');
select is_empty($$ select from report.policy_rule $$, 'the compiler does not see it');
select lives_ok($$ select yett.rule_remove('r1') $$, 'taken away');
select is_empty($$ select from report.rules $$, 'gone');
select is((select count(*) from report.audit where object = 'r1'), 5::bigint, 'five changes are written down');
select is((select detail -> 'before' ->> 'text' from report.audit where action = 'rule_remove'), 'other',
	'with the text that went');

select ok(yett.service_host_put('shop', 'Shop.Example.COM') > 0, 'a host');
select ok(yett.service_host_put('pay', '*.example.com', '/pay', 5) > 0, 'one before it');
select results_eq($$ select host_pattern, path_prefix, service from report.policy_service_host $$,
	$$ values ('*.example.com', '/pay', 'pay'), ('shop.example.com', '/', 'shop') $$, 'in order');
select ok(yett.service_host_remove('shop.example.com'), 'removed');
select ok(not yett.service_host_remove('shop.example.com'), 'once');
select ok(yett.service_put('shop', 'team one') > 0, 'a team on the service');
select is((select team from report.service where service = 'shop'), 'team one', 'is shown');

select is(yett.setting_put('identity.source', 'bearer'), null, 'a setting');
select is(yett.setting_put('identity.source', 'cookie:sid, jwt:sub verified'), 'bearer', 'the value before is told');
select ok(yett.setting_remove('identity.source'), 'back to the default');
select throws_ok(format('select yett.setting_put(%L, %L)', key, value), '22023', null, key || ' refused: ' || value)
	from (values ('default_mode', 'maybe'), ('default_mod', 'shadow'), ('expires', 'soon'), ('expires', '2027-02-30'),
		('not_before', '2027-01-01T10:00:00'), ('identity.source', 'jwt'), ('identity.source', 'bearer, cookie'),
		('identity.source', 'bearer maybe'), ('unmatched', 'a b'), ('note', E'a\nb'), ('identity.sorce', 'bearer')) as bad (key, value);
select lives_ok(format('select yett.setting_put(%L, %L)', key, value), key || ' taken: ' || value)
	from (values ('default_mode', 'shadow'), ('expires', '2027-01-01'), ('not_before', '2026-01-01T10:00:00+01:00'),
		('identity.source', E'bearer\nheader:x-api-key verified'), ('unmatched', ''), ('note', 'why'),
		('somebody.elses', 'value'), ('selftest.one', E'request GET /\nexpect allow')) as good (key, value);
select throws_ok(format('select yett.service_host_put(%L, %L, %L)', name, host, prefix), '22023', null,
	'mapping refused: ' || name || ' ' || host || ' ' || prefix)
	from (values ('a b', 'x', '/'), ('', 'x', '/'), ('#a', 'x', '/'), ('a', 'b!', '/'), ('a', '*x', '/'), ('a', 'x y', '/'),
		('a', 'x', 'pay'), ('a', 'x', '/a b')) as bad (name, host, prefix);
select ok(yett.service_host_put('all', '*') > 0, 'any host');
select throws_ok($$ select yett.endpoint_set_mode(4711, 'maybe') $$, '22023', null, 'a mode of an endpoint, too');
select throws_ok($$ select yett.endpoint_set_mode(4711, 'off') $$, 'P0002', null, 'no such endpoint');
select ok(yett.endpoint_put(77, 'shop', 'GET', '/spec', null, 'spec') > 0, 'an endpoint of a specification');
select is((select origin from report.policy_endpoint where hash = 77), 'spec', 'is the compiler''s');
select is(yett.endpoint_set_mode((select endpoint_id from report.policy_endpoint where hash = 77), 'shadow'),
	'enforce', 'its mode');

reset role;
set local role yett_compiler;
listen yett_bundle;
select is(yett.bundle_next_revision(), 1::bigint, 'the first revision');
select lives_ok($$ select yett.bundle_put(1, 0, null, 'dev', decode(repeat('ab', 32), 'hex'), '\x01', 'one') $$, 'kept');
select throws_ok($$ select yett.bundle_put(1, 0, null, 'dev', decode(repeat('ab', 32), 'hex'), '\x01', 'one') $$,
	'23505', null, 'a revision is used once');
select throws_ok($$ select yett.bundle_put(2, 0, null, 'prod', decode(repeat('ab', 32), 'hex'), '\x01', 'one') $$,
	'55000', null, 'a bundle of another environment is refused');
select throws_ok($$ select yett.bundle_publish(9) $$, 'P0002', null, 'no such bundle');
select lives_ok($$ select yett.bundle_publish(1) $$, 'published');
select throws_ok($$ select yett.bundle_publish(1) $$, '55000', null, 'once');
select lives_ok($$ select yett.bundle_put(3, 1, null, 'dev', decode(repeat('cd', 32), 'hex'), '\x03', 'three') $$, 'the next');
select lives_ok($$ select yett.bundle_put(2, 1, 1, 'dev', decode(repeat('ab', 32), 'hex'), '\x02', 'two') $$, 'one below');
select lives_ok($$ select yett.bundle_publish(3) $$, 'published');
select throws_ok($$ select yett.bundle_publish(2) $$, '55000', null, 'never an older one');
select results_eq($$ select revision from report.bundles where active $$, $$ values (3::bigint) $$, 'one is active');

reset role;
set local role yett_recorder;
select results_eq($$ select revision, bytes from yett.bundle_fetch(1) $$, $$ values (3::bigint, '\x03'::bytea) $$,
	'a gateway fetches it');
select is_empty($$ select from yett.bundle_fetch(3) $$, 'once');

reset role;
set local role yett_owner;
select is((select made from yett.partition_maintain()), 0, 'partitions are there');
insert into yett.partition_plan values ('nonesuch', 'day', '1 day');
delete from yett.partition_plan where table_name = 'nonesuch';
create table part.endpoint_minute_20200101 partition of yett.endpoint_minute
	for values from ('2020-01-01 00:00+00') to ('2020-01-02 00:00+00');
select is((select dropped from yett.partition_maintain()), 1, 'what is past retention is dropped');
select is_empty($$ select from pg_class where relname = 'endpoint_minute_20200101' $$, 'gone');
select is((select count(*)::integer from pg_inherits as i join pg_class as c on c.oid = i.inhrelid
	where i.inhparent = 'yett.endpoint_minute'::regclass and c.relname > 'endpoint_minute_'
		|| to_char(now() at time zone 'UTC', 'YYYYMMDD')), 14, 'two weeks of days ahead');
select * from finish();
