-- Performance over any window: days inside, hours at the edges, the open hour; comparison;
-- heat map. The sketches are made by hand: bins of 100 ms and 200 ms.
select no_plan();

create temp table clock as select date_trunc('day', now(), 'UTC') - interval '3 days' as day;
create temp table e as select endpoint_id as id from yett.recorder_endpoints(array[8001],
	array[0], array['fast.test'], array['GET'], array['/x'], array[null::text],
	array[now() - interval '9 days'], array[false], array['']);
create temp table bins as select 32 * 12 + 16 as quick, 32 * 13 + 16 as slow, 32 * 16 as late;
create function pg_temp.hist(p_bins integer[], p_counts bigint[]) returns bytea language sql as $$
	select yett.hist_merge(array_agg('\x01'::bytea || yett.varint(b) || yett.varint(n)))
	from unnest(p_bins, p_counts) as u (b, n) $$;
create function pg_temp.row(p_table text, p_at timestamptz, n bigint, p_latency bytea) returns void
language plpgsql as $$
begin
	execute format('insert into %s values ($1, (select id from e), $2, 0, 0, 0, $3, 0, $4, $5, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 10 * $2, 1000 * $2, 1, 0, $1, $1, $6, null, $7, null)', p_table)
	using p_at, n, n - n / 10 - n / 100, n / 10, n / 100, p_latency, pg_temp.hist(array[320], array[n]);
end $$;
select pg_temp.row('yett.endpoint_hour', c.day + make_interval(hours => h), 100,
	pg_temp.hist(array[b.quick, b.late], array[95, 5])) from clock as c, bins as b, generate_series(0, 47) as h;
select pg_temp.row('yett.endpoint_day', c.day + make_interval(days => d), 2400,
	pg_temp.hist(array[b.quick, b.late], array[2280, 120])) from clock as c, bins as b, generate_series(0, 1) as d;
select pg_temp.row('part.endpoint_hour_open', c.day + interval '2 days', 200,
	pg_temp.hist(array[b.slow, b.late], array[190, 10])) from clock as c, bins as b;

select results_eq($$ select * from yett.performance_window('2026-01-01 10:20+00', '2026-01-03 01:00+00') $$,
	$$ values ('2026-01-01 00:00+00'::timestamptz, '2026-01-03 00:00+00'::timestamptz + interval '1 day',
		'2026-01-01'::timestamptz, '2026-01-04'::timestamptz) $$, 'old windows become days')
where now() > '2026-06-01';
select throws_ok($$ select * from yett.performance(now(), now()) $$, '22023', null, 'an empty window is refused');
set local timezone = 'Asia/Kolkata';
select results_eq($$ select from_at = (select day from clock) + interval '10 hours',
		to_at = (select day from clock) + interval '13 hours', requests, per_second
	from yett.performance((select day from clock) + interval '10 hours 20 minutes',
		(select day from clock) + interval '12 hours 1 minute') $$,
	$$ values (true, true, 300::bigint, 300 / 10800.0::double precision) $$, 'a window is widened to hours (of UTC)');
reset timezone;
select is((select requests from yett.performance(day + interval '12 hours', day + interval '2 days 1 hour')), 
	1200 + 2400 + 200::bigint, 'hours, a day and the open hour add up') from clock;
select is((select requests from yett.performance(day, day + interval '2 days')), 4800::bigint,
	'whole days are not counted twice') from clock;
select results_eq($$ select latency_p50_us, latency_p90_us, latency_p99_us, error_percent, refused_percent,
		request_bytes, response_p50_bytes, response_bytes
	from yett.performance((select day from clock), (select day from clock) + interval '1 day') $$,
	$$ select yett.hist_mid(quick), yett.hist_mid(quick), yett.hist_mid(late), 1.00, 10.00, 24000::bigint,
		yett.hist_mid(320), 2400000::bigint from bins $$, 'quantiles, shares, sizes');
select is_empty($$ select from yett.performance(now() - interval '1 day', now() + interval '1 hour', 'other.test') $$,
	'of one service');

-- comparison
select results_eq($$ select requests_a, requests_b, p50_percent > 90, p50_sure, p99_percent, verdict
	from yett.performance_compare((select day from clock), (select day from clock) + interval '1 day',
		(select day from clock) + interval '2 days', (select day from clock) + interval '2 days 1 hour') $$,
	$$ values (2400::bigint, 200::bigint, true, 1.0000, 0.0, 'slower') $$, 'twice the time is slower, surely');
select is((select verdict from yett.performance_compare(day + interval '2 days', day + interval '2 days 1 hour',
	day, day + interval '1 day')), 'faster', 'the other way round') from clock;
select results_eq($$ select p50_percent, p50_sure, verdict
	from yett.performance_compare((select day from clock), (select day from clock) + interval '1 day',
		(select day from clock) + interval '1 day', (select day from clock) + interval '2 days') $$,
	$$ values (0.0, 0.0000, 'same') $$, 'the same is the same');
select is(c.sure < 0.99, true, 'three of ten prove nothing')
from bins as b, yett.hist_compare(array[pg_temp.hist(array[b.quick, b.slow], array[10, 1])],
	array[pg_temp.hist(array[b.quick, b.slow], array[4, 6])], 0.5) as c;
select is(c.sure > 0.999 and c.percent > 50, true, 'the same shares of many prove it')
from bins as b, yett.hist_compare(array[pg_temp.hist(array[b.quick, b.slow], array[1000, 100])],
	array[pg_temp.hist(array[b.quick, b.slow], array[400, 600])], 0.5) as c;
select is(c.a, null, 'nothing compares to nothing') from yett.hist_compare('{}', '{}', 0.5) as c;

-- heat map
select is((select count(distinct at) from yett.performance_heatmap(id, day, day + interval '1 day')),
	24::bigint, 'a row of bands each hour') from clock, e;
select results_eq($$ select band_us, requests from e, clock, yett.performance_heatmap(id, day, day + interval '1 hour') $$,
	$$ select yett.hist_low(quick), 95::bigint from bins union all select yett.hist_low(late), 5 from bins $$,
	'bands by their lowest value');
select is((select sum(requests) from yett.performance_heatmap(id, day - interval '20 days', day + interval '3 days')),
	5000::numeric, 'long windows by day') from clock, e;
select is(yett.hist_low(g) <= yett.hist_mid(g) and yett.hist_low(g + 1) > yett.hist_mid(g), true, 'bin ' || g)
from unnest(array[0, 31, 32, 63, 64, 500, 1182]) as g;
select * from finish();
