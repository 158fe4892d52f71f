-- Changes in how endpoints are used: four weeks of hours are written at once, then a
-- detector is asked at a time of our choosing.
select no_plan();

create temp table clock as select date_trunc('day', now(), 'UTC') - interval '2 days' as now;

create function pg_temp.endpoint(p_name text) returns integer language sql as $$
	select endpoint_id from yett.recorder_endpoints(array[hashtext(p_name)::bigint],
		array[0], array['shift.test'], array['GET'], array['/' || p_name], array[null::text],
		array[(select now from clock) - interval '60 days'], array[false], array['']) $$;
-- Exactly n identities.
create temp table people as
	select n.n, yett.distinct_merge(array_agg('\x0100'::bytea || int8send(g << 40 | g))) as packed
	from (values (1), (20)) as n (n), generate_series(1, n.n) as g (g) group by n.n;
-- A histogram of n answers of one size (bin 32 * octave).
create function pg_temp.hist(p_octave integer, n bigint) returns bytea language sql as $$
	select '\x01'::bytea || yett.varint(32 * p_octave) || yett.varint(n) where n > 0 $$;
-- One hour of an endpoint.
create function pg_temp.hour(p_endpoint integer, p_at timestamptz, p_ok bigint, p_refused bigint,
	p_failed bigint, p_anonymous bigint, p_bytes bigint, p_octave integer default 10,
	p_people integer default 20) returns void language sql as $$
	insert into yett.endpoint_hour (hour_at, endpoint_id, requests, watched, status_0, status_1,
		status_2, status_3, status_4, status_5, denied, limited, dropped, shadowed,
		inspected_none, inspected_partial, inspected_complete, undecided, unfinished,
		request_bytes, response_bytes, auth_mask, auth_none, first_at, last_at, response_size,
		identities)
	values (p_at, p_endpoint, p_ok + p_refused + p_failed, 0, 0, 0, p_ok, 0, p_refused, p_failed,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, p_bytes, 3, p_anonymous, p_at + interval '1 minute',
		p_at + interval '50 minutes', pg_temp.hist(p_octave, p_ok), (select packed from people where n = p_people)) $$;
-- Days of what hours hold, and when the endpoint was seen last: as the recorder does it.
create function pg_temp.close_days() returns void language sql as $$
	delete from yett.endpoint_day;
	insert into yett.endpoint_day (day_at, endpoint_id, requests, watched, status_0, status_1,
		status_2, status_3, status_4, status_5, denied, limited, dropped, shadowed,
		inspected_none, inspected_partial, inspected_complete, undecided, unfinished,
		request_bytes, response_bytes, auth_mask, auth_none, first_at, last_at)
	select date_trunc('day', h.hour_at, 'UTC'), h.endpoint_id, sum(h.requests), 0, 0, 0,
		sum(h.status_2), sum(h.status_3), sum(h.status_4), sum(h.status_5), 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, sum(h.response_bytes), 3, sum(h.auth_none), min(h.first_at), max(h.last_at)
	from yett.endpoint_hour as h group by 1, 2;
	update yett.endpoint as e set last_seen_at = x.last_at
	from (select h.endpoint_id, max(h.last_at) as last_at from yett.endpoint_hour as h group by 1) as x
	where x.endpoint_id = e.endpoint_id $$;
create function pg_temp.told(p_kind text, p_name text) returns bigint language sql as $$
	select count(*) from yett.change as c where c.kind = p_kind and c.label = 'GET /' || p_name $$;

-- Quiet: nightly pauses of 8 hours, a job every week, something rare.
select pg_temp.hour(pg_temp.endpoint(n.name), c.now - make_interval(days => d.d, hours => h.h),
	10, 0, 0, 0, 1000)
from clock as c, (values ('stops', 3), ('goes_on', 0), ('ignored', 3)) as n (name, last),
	generate_series(0, 27) as d (d), generate_series(1, 16) as h (h)
where d.d >= n.last;
select pg_temp.hour(pg_temp.endpoint('weekly'), c.now - make_interval(days => 8 + 7 * w.w), 30, 0, 0, 0, 1000)
from clock as c, generate_series(0, 3) as w (w);
select pg_temp.hour(pg_temp.endpoint('rare'), c.now - make_interval(days => 5 + 3 * w.w), 1, 0, 0, 0, 1000)
from clock as c, generate_series(0, 3) as w (w);
select yett.override_put('shift.test', 'GET', '/ignored', '', 0::smallint, 0::smallint, '', 'template', 'ignore');
select pg_temp.close_days();
analyze yett.endpoint_hour, yett.endpoint_day, yett.endpoint, yett.change;
select is(yett.changes_quiet(now - interval '3 days'), 0, 'nothing is quiet while it is in use') from clock;
select is(yett.changes_quiet(now), 1, 'one endpoint is quiet') from clock;
select is(pg_temp.told('endpoint_quiet', 'stops'), 1::bigint, 'the one that stopped');
select is(yett.changes_quiet(now + interval '1 hour'), 0, 'and is told of once') from clock;
select is((select evidence ->> 'longest_pause_s' from yett.change where kind = 'endpoint_quiet'),
	'29460', 'with its usual pause: eight hours and eleven minutes');
select results_eq($$ select severity, alert, before from yett.change where kind = 'endpoint_quiet' $$,
	$$ values ('low', false, 'in use') $$, 'by the table of severities');
select is(yett.changes_quiet(now + interval '12 days'), 1, 'twelve days later') from clock;
select is(pg_temp.told('endpoint_quiet', 'weekly'), 0::bigint, 'the weekly one has its own measure');
select is(pg_temp.told('endpoint_quiet', 'goes_on'), 1::bigint, 'what was in use yesterday has not');
select is(yett.changes_quiet(now + interval '13 days 1 hour'), 1, 'three weeks are too long even for it') from clock;
select is(pg_temp.told('endpoint_quiet', 'weekly'), 1::bigint, 'so it is told');
select is(pg_temp.told('endpoint_quiet', 'rare') + pg_temp.told('endpoint_quiet', 'ignored'), 0::bigint,
	'never what was hardly used or a person ignores');
select is(yett.changes_back(now + interval '13 days'), 0, 'nobody is back') from clock;
update clock set now = now + interval '1 day';
select pg_temp.hour(pg_temp.endpoint('stops'), now - interval '1 hour', 5, 0, 0, 0, 1000) from clock;
select pg_temp.close_days();
analyze yett.endpoint_hour, yett.endpoint_day, yett.endpoint, yett.change;
select is(yett.changes_back(now), 1, 'until it is called again') from clock;
select is(pg_temp.told('endpoint_back', 'stops'), 1::bigint, 'it is told');
select is(yett.changes_back(now + interval '1 hour'), 0, 'once') from clock;
select is(yett.changes_quiet(now + interval '14 days'), 1, 'and may go quiet again, by another measure') from clock;
select is(pg_temp.told('endpoint_quiet', 'stops'), 2::bigint, 'as another change');

-- Authentication: a week with it, then two hours.
select pg_temp.hour(pg_temp.endpoint(n.name), c.now - make_interval(hours => h.h),
	case when h.h <= 2 then n.ok_now else 30 end, case when h.h <= 2 then n.refused_now else 2 end, 0,
	case when h.h <= 2 then n.anonymous_now else n.anonymous end, 1000)
from clock as c, generate_series(1, 168) as h (h),
	(values ('opened', 2, 30, 2, 25), ('scanned', 2, 30, 500, 500), ('public', 30, 30, 0, 30),
		('closed', 30, 100, 1, 1), ('as_ever', 2, 30, 2, 2), ('expected', 2, 30, 2, 25))
		as n (name, anonymous, ok_now, refused_now, anonymous_now);
select pg_temp.hour(pg_temp.endpoint('lonely'), c.now - make_interval(hours => h.h), 30, 0, 0,
	case when h.h <= 2 then 30 else 0 end, 1000, 10, case when h.h <= 2 then 1 else 20 end)
from clock as c, generate_series(1, 168) as h (h);
select yett.override_put('shift.test', 'GET', '/expected', '', 0::smallint, 0::smallint, '', 'auth', 'any');
select pg_temp.close_days();
analyze yett.endpoint_hour, yett.endpoint_day, yett.endpoint, yett.change;
select is(yett.changes_authentication(now - interval '3 hours'), 0, 'a week of the same is no change') from clock;
select is(yett.changes_authentication(now), 2, 'two endpoints changed') from clock;
select is(pg_temp.told('authentication_vanished', 'opened'), 1::bigint, 'one is open now');
select results_eq($$ select severity, alert, before from yett.change where kind = 'authentication_vanished' $$,
	$$ values ('critical', true, 'at most 7 % without credentials') $$, 'which is critical');
select is(pg_temp.told('authentication_appeared', 'closed'), 1::bigint, 'one is closed now');
select is(pg_temp.told('authentication_vanished', 'scanned'), 0::bigint, 'refused scanners are no users');
select is(pg_temp.told('authentication_vanished', 'lonely'), 0::bigint, 'one identity may be a mistake');
select is(pg_temp.told('authentication_vanished', 'expected'), 0::bigint, 'what a person expects is no alarm');
select is(yett.changes_authentication(now + interval '10 minutes'), 0, 'told once') from clock;

-- Shifts: four weeks whose shares and sizes waver by the day, then one day.
create function pg_temp.waver(n integer) returns double precision language sql immutable as $$
	select sin(n * 12.9898) $$;
select pg_temp.hour(pg_temp.endpoint(n.name), c.now - make_interval(hours => h.h),
	n.rate - o.off, 0, o.off,
	0, (n.rate * 1000 * (1 + 0.2 * pg_temp.waver(h.h))
		* case when h.h <= 24 then n.grown else 1 end)::bigint
		+ case when h.h = 3 then n.once else 0 end,
	case when h.h <= 24 and n.grown > 1 then 12 else 10 end)
from clock as c, generate_series(1, 29 * 24) as h (h),
	(values ('steady', 100, 0.02, 1.0, 0), ('failing', 100, 0.3, 1.0, 0), ('wavering', 100, 0.06, 1.0, 0),
		('small', 2, 0.5, 1.0, 0), ('grown', 100, 0.02, 4.0, 0), ('one_huge', 100, 0.02, 1.0, 2000000000))
		as n (name, rate, failing, grown, once)
cross join lateral (select round(n.rate * case when h.h <= 24 then n.failing
	else 0.02 + 0.01 * pg_temp.waver(h.h / 24) end)::bigint as off) as o;
select pg_temp.close_days();
analyze yett.endpoint_hour, yett.endpoint_day, yett.endpoint, yett.change;
select is(yett.changes_shift(now - interval '1 day', 24), (0, 0), 'wavering is no shift') from clock;
select is(yett.changes_shift(now + interval '10 minutes', 24), (1, 1), 'one mix has shifted, and one size') from clock;
select results_eq($$ select label, before, after, severity, alert from yett.change where kind = 'status_shift' $$,
	$$ values ('GET /failing', '2xx 98 %, 5xx 2 %', '2xx 70 %, 5xx 30 %', 'medium', true) $$, 'with what it was and is');
select is(pg_temp.told('size_shift', 'grown'), 1::bigint, 'answers of four times the size');
select is(yett.changes_shift(now, 2), (0, 0), 'of a short window neither') from clock;
select is(pg_temp.told('size_shift', 'one_huge'), 0::bigint, 'not one huge answer');
select is(yett.psi(array[900, 100, 0], array[9, 1, 0]) < 0.01, true, 'few of the same are the same');
select is(yett.psi(array[90, 10], array[50, 50]) between 0.8 and 0.9, true, 'much is much');
select is(pg_temp.told('status_shift', 'small'), 0::bigint, 'few requests say nothing');
select is(yett.changes_shift(now + interval '70 minutes', 24), (0, 0), 'told once') from clock;
select is(yett.changes_shift(now + interval '10 minutes', 2), (0, 0), 'the short window says the same: told') from clock;

-- The budget: an outage of everything is some alerts, and all of it is on record.
select pg_temp.hour(pg_temp.endpoint('outage' || n.n), c.now - make_interval(hours => h.h),
	case when h.h <= 24 then 0 else 100 end, 0, case when h.h <= 24 then 100 else 0 end, 0, 100000)
from clock as c, generate_series(1, 29 * 24) as h (h), generate_series(1, 8) as n (n);
select pg_temp.close_days();
analyze yett.endpoint_hour, yett.endpoint_day, yett.endpoint, yett.change;
select is((yett.changes_shift(now + interval '10 minutes', 24)).status, 8, 'eight fail') from clock;
select is((select count(*) from yett.change where kind in ('status_shift', 'size_shift') and alert),
	5::bigint, 'five alerts a day');
select is((select count(*) from yett.change where evidence ? 'over_budget'), 5::bigint, 'the rest says why it is none');

-- Chance: two weeks of noise over 40 endpoints stay within the budget; here, none at all.
select setseed(0.42);
select pg_temp.hour(pg_temp.endpoint('noise' || n.n), c.now - make_interval(hours => h.h),
	100 - o.off, 0, o.off, 0, (100000 * exp(0.3 * (random() + random() - 1)))::bigint)
from clock as c, generate_series(1, 42 * 24, 3) as h (h), generate_series(1, 40) as n (n)
cross join lateral (select (20 * random() * random())::bigint + 0 * (h.h + n.n) as off) as o;
select pg_temp.close_days();
analyze yett.endpoint_hour, yett.endpoint_day, yett.endpoint, yett.change;
create temp table before_noise as select count(*) as n from yett.change;
select yett.changes_shift(c.now - make_interval(days => d.d), w.hours)
from clock as c, generate_series(0, 13) as d (d), (values (24), (2)) as w (hours);
select is((select count(*) from yett.change where label like '%noise%' and kind like '%shift'), 0::bigint,
	'two weeks of noise raise no alarm');

-- All of it: shifts once an hour of the data.
select is((yett.learn_changes(null)).status, 0, 'without data there is no time');
select lives_ok($$ select yett.learn_changes((select now from clock)) $$, 'a cycle');
select is((select hour_at from yett.learn_mark), now - interval '1 hour', 'marks its hour') from clock;
select pg_temp.hour(pg_temp.endpoint('late'), now - interval '1 day', 1, 0, 0, 0, 1) from clock;
select is((yett.learn_changes(now + interval '3 days')).quiet > 0, true, 'another hour is looked at') from clock;
select is((yett.learn_changes(now + interval '3 days')).quiet, 0, 'once') from clock;
select * from finish();
