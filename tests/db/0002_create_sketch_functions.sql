-- Sketches in SQL; db_tool compares many more with what C makes of them.
select no_plan();

select is(yett.hist_quantile(array['\x010001'::bytea], 0.5), 0::bigint, 'one zero');
select is(yett.hist_quantile('{}'::bytea[], 0.5), null, 'nothing has no quantile');
select is(yett.hist_quantile(array[null, '\x010501'::bytea], 1), 5::bigint, 'null counts for nothing');
select is(yett.hist_count(array['\x0105ac02'::bytea]), 300::bigint, 'counts of several bytes');
select is(yett.hist_merge(array['\x01'::bytea]), '\x01'::bytea, 'an empty one stays empty');
select throws_ok($$ select yett.hist_count(array['\x020001'::bytea]) $$, '22000', null,
	'another version is refused');
select throws_ok($$ select yett.hist_count(array['\x0105'::bytea]) $$, '2202E', null,
	'half a pair is refused');
select is(yett.hist_mid(g), case when g < 64 then yett.hist_mid(g) else
	(select ((32 + g % 32)::bigint << (g / 32 - 1)) + (1::bigint << (g / 32 - 2))) end, 'bin ' || g)
	from unnest(array[0, 31, 32, 63, 64, 500, 1183]) as g;

select is(yett.distinct_count(array[null::bytea]), 0::bigint, 'nobody');
select is(yett.distinct_count(array['\x01000100000000000000'::bytea,
	'\x01000100000000000000'::bytea]), 1::bigint, 'the same twice is one');
select throws_ok($$ select yett.distinct_count(array['\x0201'::bytea]) $$, '22000', null,
	'another version is refused');
select * from finish();
