-- What the tables refuse by themselves, and what every kind of change is worth.
select no_plan();

create temp table e as select * from yett.recorder_endpoints(array[7001], array[0], array['t7'],
	array['GET'], array['/a'], array[null], array[now()], array[false], array['']);
prepare field (smallint, smallint, text) as insert into yett.field (endpoint_id, direction, location,
	path, first_seen_at, last_seen_at) select endpoint_id, $1, $2, $3, now(), now() from e;
select lives_ok($$ execute field(1::smallint, 1::smallint, 'a.b[]') $$, 'a field');
select throws_ok($$ execute field(1::smallint, 1::smallint, 'a.b[]') $$, '23505', null, 'once');
select throws_ok($$ execute field(3::smallint, 1::smallint, 'a') $$, '23514', null, 'no such direction');
select throws_ok($$ execute field(1::smallint, 6::smallint, 'a') $$, '23514', null, 'no such location');
select throws_ok($$ execute field(1::smallint, 1::smallint, '') $$, '23514', null, 'no path');
select throws_ok($$ execute field(1::smallint, 1::smallint, repeat('ü', 513)) $$, '23514', null,
	'a path too long for an index');
select throws_ok($$ insert into yett.field_class (field_id, class) values (1, 'nonesuch') $$, '23503', null,
	'a class that is not there');
select throws_ok($$ insert into yett.data_class (name, title) values ('Card', 'x') $$, '23514', null, 'names are lower case');
select throws_ok($$ insert into yett.data_class (name, title, groups) values ('card', 'x', '{secret}') $$, '23514', null,
	'groups are listed');
select is_empty($$ select kind from yett.change_policy group by kind having count(*) filter (where class_group = '') <> 1 $$,
	'every kind of change has a severity without a group');
select is_empty($$ select from yett.change_policy where class_group = '' and doc = '' $$, 'and says what it is');
select is_empty($$ select from yett.setting_number where unit = '' or doc = '' $$, 'numbers have a unit and a reason');
select * from finish();
