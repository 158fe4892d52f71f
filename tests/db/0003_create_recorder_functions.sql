-- The recorder's write path: guard, ids, aliases, minutes, hours, decisions.
select no_plan();

select ok(yett.recorder_agent('gw', 'dev', '1', 5, 0, now(), 0, 0, '{}') > 0, 'an agent gets an id');
select is(yett.recorder_agent('gw', 'dev', '2', 6, 3, now(), 1, 2, '{"a": 1}'),
	(select agent_id from report.agents where agent = 'gw'), 'and keeps it');
select is((select version from report.agents where agent = 'gw'), '2', 'the row follows');
select throws_ok($$ select yett.recorder_agent('gw', 'prod', '1', 5, 0, now(), 0, 0, '{}') $$,
	'55000', null, 'an agent of another environment is refused');

create temp table a as select agent_id as id from report.agents where agent = 'gw';

select ok(yett.stream_advance(id, 7, 0, 1::smallint, 1, 10), 'the first records') from a;
select ok(not yett.stream_advance(id, 7, 0, 1::smallint, 1, 10), 'not twice') from a;
select ok(not yett.stream_advance(id, 7, 0, 1::smallint, 10, 12), 'nor one of them') from a;
select ok(yett.stream_advance(id, 7, 0, 1::smallint, 15, 20), 'a hole is passed over') from a;
select ok(yett.stream_advance(id, 7, 0, 2::smallint, 1, 1), 'alerts are another stream') from a;
select ok(yett.stream_advance(id, 8, 0, 1::smallint, 1, 1), 'so is another boot') from a;
select results_eq($$ select boot, kind, seq from yett.recorder_streams((select id from a)) order by 1, 2 $$,
	$$ values (7::bigint, 1::smallint, 20::bigint), (7, 2::smallint, 1), (8, 1::smallint, 1) $$, 'positions are told');

-- ids
create temp table e as select * from yett.recorder_endpoints(array[100, 200, -300], array[0, 0, 0],
	array['s', 's', 't'], array['GET', 'PUT', 'GET'], array['/a', '/a', '/x/{~text.1.abc}'],
	array[null, 'op', null], array[now(), now(), now()], array[false, false, true],
	array['', '', 'Aa9']);
select is((select count(*) from e), 3::bigint, 'three endpoints');
select results_eq($$ select hash, endpoint_id from yett.endpoint_ids(array[100, 200, -300]) order by 1 $$,
	$$ select * from e order by 1 $$, 'the same ids again');
select is((select label from report.endpoint where endpoint_id = (select endpoint_id from e where hash = 200)),
	'PUT /a op', 'a label has the operation');
select is((select shape from report.words where token = 'text.1.abc'), 'Aa9', 'the word is noted');
select isnt_empty($$ select from yett.endpoint_ids(array[999]) $$, 'a hash nobody described gets an id');
select is((select service from report.endpoint where hash = lpad(to_hex(999), 16, '0')),
	'(not described yet)', 'and says so');
select lives_ok($$ select yett.recorder_endpoints(array[999], array[0], array['s'], array['GET'],
	array['/late'], array[null], array[now()], array[false], array['']) $$, 'until its description comes');
select is((select label from report.endpoint where hash = lpad(to_hex(999), 16, '0')), 'GET /late',
	'which is taken');

-- an undecided word was released: the literal is the endpoint, the token an alias of it
select lives_ok($$ select yett.recorder_endpoints(array[400, -300], array[0, 400], array['t', 't'],
	array['GET', 'GET'], array['/x/hello', '/x/{~text.1.abc}'], array[null, null],
	array[now(), now()], array[false, true], array['', 'Aa9']) $$, 'an alias');
select is((select endpoint_id from yett.endpoint_ids(array[-300])),
	(select endpoint_id from yett.endpoint_ids(array[400])), 'the alias counts for its endpoint');
select is_empty($$ select from report.endpoint where template like '%{~%' $$, 'the old one is merged');
select lives_ok($$ select yett.recorder_endpoints(array[400], array[-300], array['t'], array['GET'],
	array['/x/hello'], array[null], array[now()], array[false], array['']) $$,
	'the reverse alias does no harm');
select is((select count(*) from report.endpoint where template = '/x/hello'), 1::bigint, 'nothing is lost');

-- minutes
create temp table m as select date_trunc('minute', now()) - interval '10 minutes' as at,
	(select endpoint_id from e where hash = 100) as id;
create function pg_temp.minute(n integer) returns void language sql as $$
	select yett.recorder_minutes(array[at], array[id], array[n], array[null::integer],
		array[null::integer], array[n], array[null::integer], array[null::integer],
		array[null::integer], array[1], array[null::integer], array[null::integer],
		array[null::integer], array[null::integer], array[null::integer]) from m $$;
select pg_temp.minute(5);
select pg_temp.minute(7);
select results_eq($$ select requests, status_2xx, status_4xx, denied from report.traffic_minute
	where endpoint_id = (select id from m) $$, $$ values (12::bigint, 12::bigint, 0::bigint, 2::bigint) $$,
	'counts add up');
select is(yett.recorder_minutes_close(), 1::bigint, 'a quiet minute is closed');
select pg_temp.minute(1);
select results_eq($$ select requests, denied from report.traffic_minute
	where endpoint_id = (select id from m) $$, $$ values (13::bigint, 3::bigint) $$,
	'what comes late is added by the view');
select is(yett.recorder_minutes_close(), 1::bigint, 'and closed again');
select results_eq($$ select requests, denied from report.traffic_minute
	where endpoint_id = (select id from m) $$, $$ values (13::bigint, 3::bigint) $$, 'once');

-- hours: sketches are merged by the caller
create temp table h as select date_trunc('hour', now()) - interval '3 hours' as at;
create function pg_temp.hour(n bigint, p_latency bytea) returns void language sql as $$
	select yett.recorder_hours_write(array[h.at], array[m.id], array[n], array[0], array[0],
		array[0], array[n], array[0], array[0], array[0], array[0], array[0], array[0], array[0],
		array[0], array[0], array[n], array[0], array[0], array[n * 10], array[n * 100], array[2],
		array[0], array[h.at + interval '1 minute'], array[h.at + interval '2 minutes'],
		array[p_latency], array[null::bytea], array[null::bytea], array['\x01000100000000000000'::bytea])
	from h, m $$;
select is_empty($$ select latency from yett.recorder_hours_read(array[(select at from h)],
	array[(select id from m)]) $$, 'nothing there yet');
select pg_temp.hour(3, '\x010a03');
select is((select latency from yett.recorder_hours_read(array[(select at from h)],
	array[(select id from m)])), '\x010a03'::bytea, 'then it is read back');
select pg_temp.hour(4, '\x010a07');
select results_eq($$ select requests, request_bytes, yett.hist_count(latency) from report.traffic
	where endpoint_id = (select id from m) $$, $$ values (7::bigint, 70::bigint, 7::bigint) $$,
	'counts add up, sketches are replaced');
select is((select count(*) from yett.recorder_hours_close_read(10)), 1::bigint, 'an hour to close');
select lives_ok($$ select yett.recorder_hours_close_write((select at from h), array[(select id from m)],
	array['\x010a07'::bytea], array[null::bytea], array[null::bytea], array[null::bytea],
	array['\x010a07'::bytea], array[null::bytea], array[null::bytea], array[null::bytea]) $$, 'closed');
select is_empty($$ select from yett.recorder_hours_close_read(10) $$, 'nothing more to close');
select results_eq($$ select requests, yett.hist_count(latency) from report.traffic
	where endpoint_id = (select id from m) $$, $$ values (7::bigint, 7::bigint) $$, 'the hour stays');
select results_eq($$ select requests, yett.hist_count(latency) from report.traffic_day
	where endpoint_id = (select id from m) $$, $$ values (7::bigint, 7::bigint) $$, 'the day has it');

-- decisions, coverage, gaps, words
create function pg_temp.decide(n bigint, p_identity bytea) returns void language sql as $$
	select yett.recorder_decisions((select id from a), array[at], array[id], array['r'],
		array[2::smallint], array[0::smallint], array[403::smallint], array[1], array['why'],
		array[n], array[at], array[at], array[p_identity], array[null::bytea], array['x']) from m $$;
select pg_temp.decide(2, '\x01000100000000000000');
select pg_temp.decide(3, '\x01000200000000000000');
select results_eq($$ select rule, action, requests, identities from report.decisions $$,
	$$ values ('r', 'deny', 5::bigint, 2::bigint) $$, 'decisions add up, identities are united');
select throws_ok($$ select yett.recorder_decisions((select id from a), array[at], array[id], array['r'],
	array[77::smallint], array[0::smallint], array[403::smallint], array[1], array['why'],
	array[1], array[at], array[at], array[null::bytea], array[null::bytea], array['x']) from m $$,
	'23514', null, 'an action nobody knows is refused');
select lives_ok($$ select yett.recorder_gaps((select id from a), array[0], array[now()], array[now()],
	array[3], array[30], array['spool full']) $$, 'a gap');
select is((select records_lost from report.agents where agent = 'gw'), 3::bigint, 'is shown');
select lives_ok($$ select yett.recorder_words(array['text.1.abc'], array['hello'], array[20], array[now()]) $$,
	'a word is released');
select is((select word from report.policy_word), 'hello', 'and the compiler knows it');
select * from finish();
