-- What people read of the APIs, and what the compiler learns from.
select no_plan();

create temp table e as select * from yett.recorder_endpoints(array[9001, 9002, 9003], array[0, 0, 0],
	array['shop', 'shop', 'shop'], array['GET', 'POST', 'GET'], array['/cards', '/cards', '/plain'], array[null, null, null],
	array[now(), now(), now()], array[false, false, false], array['', '', '']);
select is(yett.data_class_sync('[{"name": "card_number", "title": "payment card number", "groups": ["pci", "financial"],
	"mask": "last4"}, {"name": "email", "title": "e-mail", "groups": ["pii"], "mask": "token"},
	{"name": "order_number", "title": "order number", "groups": [], "mask": "shape"}]'), 3, 'classes');
select yett.recorder_observations(array_agg(e.endpoint_id), array[2, 2, 1, 1]::smallint[], array[1, 1, 1, 2]::smallint[],
	array['items[].pan', 'items[].mail', 'pan', 'page'], array[now(), now(), now(), now()], array[now(), now(), now(), now()],
	array[10, 10, 4, 4], array[5, 10, 4, 1], array[50, 10, 4, 1], array[1, 1, 1, 2], array[4, 4, 4, 4], array[19, 30, 19, 2],
	array[null, null, null, null]::bytea[], array[1, 2, 3, 3, 4], array['card_number', 'email', 'card_number', 'email', 'order_number'],
	array[50, 9, 4, 1, 1], array[50, 0, 4, 0, 0], array[0, 0, 0, 0, 0], array[0, 0, 0, 1, 0], array[60, 20, 60, -20, 5])
from (values (9001, 1), (9001, 2), (9002, 3), (9002, 4)) as u (hash, n) join e using (hash);
update yett.field_class as c set state = s.state, judged_at = now() - interval '1 minute'
from (values ('items[].pan', 'card_number', 'confirmed'), ('items[].mail', 'email', 'suspected'),
	('pan', 'card_number', 'rejected'), ('pan', 'email', 'contains')) as s (path, class, state), yett.field as f
where c.field_id = f.field_id and f.path = s.path and c.class = s.class;

select results_eq($$ select label, direction, location, path, types, present_percent, classes, suspected, groups from report.field
	order by label, path $$, $$ values
	('GET /cards', 'response', 'body', 'items[].mail', array['string'], 100.0, '{}'::text[], array['email'], '{}'::text[]),
	('GET /cards', 'response', 'body', 'items[].pan', array['string'], 50.0, array['card_number'], '{}', array['financial', 'pci']),
	('POST /cards', 'request', 'query', 'page', array['integer'], 25.0, '{}', '{}', '{}'),
	('POST /cards', 'request', 'body', 'pan', array['string'], 100.0, array['email'], '{}', array['pii']) $$, 'fields');
select results_eq($$ select label, direction, class, in_force, fields from report.endpoint_class order by 1, 2, 3 $$, $$ values
	('GET /cards', 'response', 'card_number', true, 1::bigint), ('GET /cards', 'response', 'email', false, 1),
	('POST /cards', 'request', 'email', true, 1) $$, 'classes of endpoints');
select results_eq($$ select label, groups, suspected_groups, classes, suspected, fields from report.sensitive order by 1 $$, $$ values
	('GET /cards', array['financial', 'pci'], array['pii'], array['card_number'], array['email'],
		array['response items[].mail', 'response items[].pan']),
	('POST /cards', array['pii'], null, array['email'], null, array['request pan']) $$, 'endpoints rolled up');
select results_eq($$ select label, groups, classes, suspected, spec_state, findings from report.inventory order by 1 $$, $$ values
	('GET /cards', array['financial', 'pci'], array['card_number'], array['email'], null, 0::bigint),
	('GET /plain', null, null, null, null, 0), ('POST /cards', array['pii'], array['email'], null, null, 0) $$, 'and in the inventory');
select is(yett.override_put('shop', 'GET', '/cards', '', 2::smallint, 1::smallint, 'items[].pan', 'class.card_number', 'no'), 'added',
	'a person says no');
select is(yett.override_put('shop', 'GET', '/cards', '', 2::smallint, 1::smallint, 'items[].mail', 'class.order_number', 'yes'), 'added',
	'and yes to a class that nothing speaks for');
select is((select array_agg(classes::text || suspected::text order by path) from report.field where label = 'GET /cards'),
	array['{order_number}{email}', '{}{}'], 'that is in force');
select results_eq($$ select path, class, said, fresh from report.learn_field order by path, class collate "C" $$, $$ values
	('items[].mail', 'email', null, true), ('items[].pan', 'card_number', 'no', true), ('page', 'order_number', null, true),
	('pan', 'card_number', null, true), ('pan', 'email', null, true) $$, 'the compiler reads both');
update yett.field_class set judged_at = now() + interval '1 second' where class = 'email';
select is((select count(*) from report.learn_field where fresh), 3::bigint, 'what was judged since is not fresh');

-- specifications
insert into yett.spec (service, name, version, format, file, sha256) values ('shop', 'shop', '2', 'openapi-3.1', 'shop.yaml', 'x');
insert into yett.spec_operation (spec_id, method, template, spec_path, line, deprecated)
	select spec_id, 'GET', '/cards', '/cards', 7, true from yett.spec;
insert into yett.finding (kind, service, label, endpoint_id, spec_id, file, line, detail, resolved_at)
	select f.kind, 'shop', f.label, e.endpoint_id, s.spec_id, 'shop.yaml', 7, 'why', f.resolved
	from (values ('shadow', 'GET /plain', 9003, null), ('zombie', 'GET /cards', 9001, null), ('type_mismatch', 'GET /cards', 9001, null),
		('undeclared_field', 'POST /cards', 9002, now())) as f (kind, label, hash, resolved)
	join e using (hash) cross join yett.spec as s;
select results_eq($$ select label, spec_state, findings from report.inventory order by 1 $$, $$ values
	('GET /cards', 'zombie', 2::bigint), ('GET /plain', 'shadow', 1), ('POST /cards', 'matched', 0) $$, 'how endpoints stand to them');
select results_eq($$ select current, operations, deprecated from report.spec $$, $$ values (true, 1::bigint, 1::bigint) $$, 'a specification');
select is((select count(*) from report.finding where open and spec = 'shop' and version = '2'), 3::bigint, 'open findings');

-- merged endpoints
select ok(yett.endpoint_merge(9003, 9001) is not null, 'merged');
select is((select e.label from report.endpoint as e join report.finding as f using (endpoint_id) where f.kind = 'shadow'), 'GET /cards',
	'findings follow');
select is((select count(*) from report.learn_endpoint), 2::bigint, 'learners see what is left');

-- learners
create temp table h as select date_trunc('hour', now()) as at;
select yett.recorder_hours_write(array[h.at], array[e.endpoint_id], array[10], array[0], array[0], array[0], array[6], array[1], array[2],
	array[1], array[0], array[0], array[0], array[0], array[0], array[0], array[10], array[0], array[0], array[1], array[1], array[2],
	array[0], array[h.at], array[h.at + interval '1 second'], array[null::bytea], array[null::bytea], array[null::bytea],
	array['\x01000100000000000000'::bytea]) from h, e where hash in (9001, 9003);
select results_eq($$ select requests, accepted, status_4xx, yett.distinct_count(identities) from report.learn_endpoint where hash = 9001 $$,
	$$ values (20::bigint, 14::bigint, 4::bigint, 1::bigint) $$, 'endpoints with those merged into them');
select yett.recorder_words(array['text.1.abc'], array['hello'], array[20], array[now()]);
select yett.recorder_children(array[endpoint_id, endpoint_id], array[1, 1], array['{~text.1.abc}', 'login'], array[3, 5], array[3, 5],
	array[null, null]::bytea[], array[0, 4]) from e where hash = 9002;
select results_eq($$ select word, released_text, requests, shape from report.learn_child $$,
	$$ values ('login', null, 5::bigint, 4::bigint), ('hello', null, 3, 0) $$, 'values, with the text once it is released');

-- rights
set local role yett_reader;
select lives_ok('select * from report.' || quote_ident(v), v || ' is for readers') from unnest(array['field', 'sensitive', 'learn_field',
	'learn_endpoint', 'endpoint', 'inventory', 'change', 'segment_child', 'setting']) as v;
select throws_ok($$ select yett.override_put('s', 'GET', '/', '', 0::smallint, 0::smallint, '', 'mode', 'off') $$, '42501', null,
	'a reader says nothing');
reset role;
set local role yett_recorder;
select throws_ok($$ select yett.data_class_sync('[]') $$, '42501', null, 'a recorder is no compiler');
reset role;
set local role yett_compiler;
select throws_ok($$ select yett.recorder_links('{}', '{}', '{}') $$, '42501', null, 'nor the reverse');
select throws_ok($$ select yett.override_put('s', 'GET', '/', '', 0::smallint, 0::smallint, '', 'mode', 'off') $$, '42501', null,
	'nor a person');
select * from finish();
