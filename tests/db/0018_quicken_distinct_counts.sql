-- Distinct counts by their bytes; tests/db/run compares many more with lib/sketch.
select no_plan();

select is(yett.distinct_merge('{}'), '\x0100'::bytea, 'nothing is an empty count');
select is(yett.distinct_merge(array[null, '\x0100', null]::bytea[]), '\x0100'::bytea, 'as is nothing at all');
select is(yett.distinct_merge(array['\x01000200000000000000', '\x01000100000000000000']::bytea[]),
	'\x010001000000000000000200000000000000'::bytea, 'hashes are in the order of numbers');
select is(yett.distinct_merge(array['\x0100ff00000000000000', '\x01000001000000000000']::bytea[]),
	'\x0100ff000000000000000001000000000000'::bytea, 'low bytes first');
select is(yett.distinct_merge(array['\x0100ffffffffffffffff', '\x01000100000000000080', '\x0100ffffffffffffffff']::bytea[]),
	'\x01000100000000000080ffffffffffffffff'::bytea, 'without a sign, each once');
create function pg_temp.many(p_from integer, p_to integer) returns bytea language sql as $$
	select '\x0100'::bytea || string_agg(set_byte(set_byte('\x0000000000000000'::bytea, 7, n / 8), 0, n), '' order by n / 8, n)
	from generate_series(p_from, p_to) as n $$;
select is(yett.distinct_count(array[pg_temp.many(1, 20), pg_temp.many(11, 32)]), 32::bigint, '32 are counted exactly');
select is(get_byte(yett.distinct_merge(array[pg_temp.many(1, 20), pg_temp.many(11, 33)]), 1), 1, 'more become registers');
select is(yett.distinct_merge(array[pg_temp.many(1, 20), pg_temp.many(11, 33)]),
	yett.distinct_merge(array[pg_temp.many(20, 33), pg_temp.many(1, 19)]), 'the same however they came');
select is(yett.distinct_merge(array[yett.distinct_merge(array[pg_temp.many(1, 20), pg_temp.many(11, 33)]), pg_temp.many(5, 9)]),
	yett.distinct_merge(array[pg_temp.many(1, 20), pg_temp.many(11, 33)]), 'what is in it changes nothing');
select throws_ok($$ select yett.distinct_merge(array['\x0200'::bytea]) $$, '22000', null, 'another version is refused');
select throws_ok($$ select yett.distinct_merge(array['\x01'::bytea]) $$, '22000', null, 'so is less than a head');
select * from finish();
