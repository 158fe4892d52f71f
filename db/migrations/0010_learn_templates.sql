-- Learned templates: what the compiler wants to merge and split, epoch by epoch; how it is
-- done with ids and history kept; and templates as people read them. See yett-sql(7).

insert into yett.setting_number (key, value, low, high, unit, doc) values
	('learn.epoch_s', 300, 0, 86400, 's',
		'templates change when two epochs in a row want it: what a short burst looks like does not last; 0: each cycle is an epoch');

insert into yett.change_policy (kind, class_group, severity, alert, doc) values
	('template_flood', '', 'medium', true, 'paths that are used once fill the inventory');

create table yett.template_epoch (
	only_row boolean not null default true
		constraint template_epoch_pkey primary key
		constraint template_epoch_only_row check (only_row),
	epoch bigint not null,
	at timestamptz not null
);
comment on table yett.template_epoch is 'The epoch in which templates were learned last';

create table yett.template_proposal (
	hash bigint not null,
	kind text not null constraint template_proposal_kind check (kind in ('merge', 'split')),
	mature boolean not null,
	service text not null,
	method text not null,
	template text not null,
	operation text,
	members bigint[] not null,
	requests bigint not null,
	identities bigint not null,
	score real not null,
	reason text not null,
	epochs integer not null,
	epoch bigint not null,
	state text not null constraint template_proposal_state
		check (state in ('waiting', 'proposed', 'applied')),
	first_at timestamptz not null,
	last_at timestamptz not null,
	constraint template_proposal_pkey primary key (hash, kind, mature)
);
comment on table yett.template_proposal is 'What the learner of templates wants, and what it did; gone when it wants it no more';
comment on column yett.template_proposal.hash is 'of the endpoint that there will be';
comment on column yett.template_proposal.mature is 'concerns what was decided more than a week ago or by people: waits for people';
comment on column yett.template_proposal.members is 'merge: hashes of the endpoints that become one; split: of the endpoint with the parameter';
comment on column yett.template_proposal.score is 'log-odds of the weakest decision, in nats';
comment on column yett.template_proposal.epochs is 'epochs in a row that wanted it';

-- Templates as people read them --------------------------------------------------------------

create function yett.template_released(p_template text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
	word record;
	released text := p_template;
begin
	if p_template not like '%{~%' then
		return p_template;
	end if;
	for word in
		select w.token, w.released_text
		from regexp_matches(p_template, '\{~([^{}]+)\}', 'g') as m
		join yett.undecided_word as w on w.token = m[1]
		where w.released_text is not null
	loop
		released := replace(released, '{~' || word.token || '}', word.released_text);
	end loop;
	return released;
end
$$;
comment on function yett.template_released is 'A template with the words that were released since it was seen';

create function yett.template_show(p_template text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
	word record;
	shown text := yett.template_released(p_template);
begin
	if shown not like '%{~%' then
		return shown;
	end if;
	for word in
		select m[1] as token, (
			select w.shape from yett.undecided_word as w where w.token = m[1]
		) as shape
		from regexp_matches(shown, '\{~([^{}]+)\}', 'g') as m
	loop
		shown := replace(shown, '{~' || word.token || '}',
			'{?' || coalesce(regexp_replace(word.shape, '^[a-z]+:', ''), '') || '}');
	end loop;
	return shown;
end
$$;
comment on function yett.template_show is 'A template or label for people: words that were not released stand as {?length:shape}';

-- What the compiler reads --------------------------------------------------------------------

create view report.learn_template as
select e.hash, e.service, e.method, e.template, coalesce(e.operation, '') as operation,
	e.origin, e.provisional,
	coalesce(e.template_decision = 'keep', false) or exists (
		select from yett.template_proposal as p
		where p.hash = e.hash and p.kind = 'split' and p.state = 'applied') as keep,
	coalesce(e.template_decision = 'ignore', false) as ignored,
	e.template_into, e.requests, e.accepted, e.first_seen_at, e.last_seen_at, e.identities,
	case when e.template like '%{~%' then nullif(yett.template_released(e.template), e.template)
		end as released,
	case when e.template like '%{~%' then (
		select string_agg(coalesce(w.shape, '::'), ' ' order by m.i)
		from regexp_matches(yett.template_released(e.template), '\{~([^{}]+)\}', 'g')
			with ordinality as m (token, i)
		left join yett.undecided_word as w on w.token = m.token[1]
	) end as shapes,
	coalesce(m.merged, 0) as merged
from report.learn_endpoint as e
left join (
	select x.merged_into_id as endpoint_id, count(*) as merged
	from yett.endpoint as x where x.merged_into_id is not null group by 1
) as m using (endpoint_id)
order by e.hash;
comment on view report.learn_template is 'Compiler: endpoints as the learner of templates sees them';

create view report.learn_split as
select e.hash, nullif(o.path, '')::integer as segment, u.word
from yett.override as o
join yett.service as s on s.name = o.service
join yett.endpoint as e on e.service_id = s.service_id and e.method = o.method
	and e.template = o.template and coalesce(e.operation, '') = o.operation
cross join lateral regexp_split_to_table(o.value, ' +') as u (word)
where o.property = 'template.split' and (o.path = '' or o.path ~ '^\d{1,2}$')
	and e.merged_into_id is null
order by e.hash, o.path, u.word collate "C";
comment on view report.learn_split is 'Compiler: values of parameters that people made endpoints of their own';

create view report.learn_template_child as
select e.hash, c.segment, coalesce(c.released_text, c.word) as word, c.requests, c.accepted,
	c.identities, c.shape
from report.learn_child as c
join yett.endpoint as e using (endpoint_id)
order by e.hash, c.segment, c.word collate "C";
comment on view report.learn_template_child is 'Compiler: values most seen at parameters, by the hash of the endpoint';

create view report.learn_proposal as
select p.hash, p.kind, p.mature, p.epochs, p.epoch from yett.template_proposal as p
order by p.hash, p.kind, p.mature;
comment on view report.learn_proposal is 'Compiler: what the learner of templates wanted before';

create view report.template_proposal as
select p.kind, p.state, p.mature, p.service, yett.template_show(
		concat_ws(' ', p.method, p.template, p.operation)) as label,
	cardinality(p.members) as members, (
		select array_agg(yett.template_show(e.label) order by e.label collate "C")
		from (select x.label from yett.endpoint as x where x.hash = any (p.members)
			order by x.label collate "C" limit 20) as e
	) as of, p.requests, p.identities, p.score, p.reason, p.epochs, p.first_at, p.last_at,
	lpad(to_hex(p.hash), 16, '0') as hash
from yett.template_proposal as p;
comment on view report.template_proposal is 'What the learner of templates wants (waiting), leaves to people (proposed: yettctl endpoint merge and split) and did (applied); of: at most 20';

-- What the compiler does ---------------------------------------------------------------------

create function yett.learn_template_state(out now_us bigint, out epoch_s bigint,
	out last_epoch bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select (extract(epoch from now()) * 1000000)::bigint, yett.setting_number('learn.epoch_s'),
		coalesce((select t.epoch from yett.template_epoch as t), -1)
$$;
comment on function yett.learn_template_state is 'Time, length of an epoch and the epoch of the last cycle, -1: there was none';

-- An endpoint found by the learner.
create function yett.learn_template_endpoint(p_hash bigint, p_service text, p_method text,
	p_template text, p_operation text, p_from bigint[], p_at timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	service integer;
	id integer;
	first_at timestamptz;
	least_mode text;
begin
	select s.service_id into service from yett.service as s where s.name = p_service;
	if service is null then
		raise exception 'there is no service "%"', p_service using errcode = 'no_data_found';
	end if;
	select min(e.first_seen_at), (array['off', 'shadow', 'enforce'])[min(array_position(
		array['off', 'shadow', 'enforce'], e.mode))]
	into first_at, least_mode
	from yett.endpoint as e where e.hash = any (p_from);
	delete from yett.endpoint_alias as a where a.hash = p_hash;
	insert into yett.endpoint as e (hash, service_id, method, template, operation, label,
		mode, provisional, first_seen_at, last_seen_at)
	values (p_hash, service, p_method, p_template, nullif(p_operation, ''),
		concat_ws(' ', p_method, p_template, nullif(p_operation, '')),
		coalesce(least_mode, 'enforce'), false, coalesce(first_at, p_at), p_at)
	on conflict on constraint endpoint_hash_key do update set
		service_id = excluded.service_id, method = excluded.method,
		template = excluded.template, operation = excluded.operation,
		label = excluded.label, provisional = false, merged_into_id = null,
		first_seen_at = least(e.first_seen_at, excluded.first_seen_at)
	returning e.endpoint_id into id;
	return id;
end
$$;
comment on function yett.learn_template_endpoint is 'The endpoint of a learned template; its mode is the strictest of those it comes from';

create function yett.learn_template_merge(p_hash bigint, p_service text, p_method text,
	p_template text, p_operation text, p_from bigint[], p_at timestamptz, p_evidence jsonb)
returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	id integer;
	labels text[];
	one bigint;
begin
	-- What became part of another meanwhile takes what comes with it.
	select coalesce(a.endpoint_id, e.merged_into_id) into id
	from (values (p_hash)) as h (hash)
	left join yett.endpoint_alias as a using (hash)
	left join yett.endpoint as e using (hash);
	id := coalesce(id, yett.learn_template_endpoint(p_hash, p_service, p_method, p_template,
		p_operation, p_from, p_at));
	select array_agg(yett.template_show(e.label) order by e.label collate "C") into labels
	from (select x.label from yett.endpoint as x where x.hash = any (p_from)
		order by x.label collate "C" limit 10) as e;
	foreach one in array p_from loop
		continue when one = p_hash;
		perform yett.endpoint_merge(one, p_hash);
	end loop;
	perform yett.change_put('template_merged', p_at, id, null, null,
		array_to_string(labels, ', '), concat_ws(' ', p_method, p_template,
		nullif(p_operation, '')), p_evidence || jsonb_build_object('merged',
		cardinality(p_from)), 'template_merged ' || id);
	return id;
end
$$;
comment on function yett.learn_template_merge is 'Endpoints become one: their hashes are its aliases, their ids and past stay';

create function yett.learn_template_split(p_hash bigint, p_service text, p_method text,
	p_template text, p_operation text, p_from bigint, p_at timestamptz, p_evidence jsonb)
returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	id integer := yett.learn_template_endpoint(p_hash, p_service, p_method, p_template,
		p_operation, array[p_from], p_at);
	parameter text;
begin
	select e.label into parameter from yett.endpoint as e where e.hash = p_from;
	update yett.endpoint set first_seen_at = p_at
	where endpoint_id = id and last_seen_at = p_at and merged_into_id is null;
	perform yett.change_put('template_split', p_at, id, null, null, parameter,
		concat_ws(' ', p_method, p_template, nullif(p_operation, '')), p_evidence,
		'template_split ' || id);
	return id;
end
$$;
comment on function yett.learn_template_split is 'A value of a parameter becomes an endpoint, again if it was one before; what was counted with the parameter stays there';

-- One cycle: all that is wanted now, a row each in p_actions; see yett.template_proposal and
-- verdict: wait, apply, propose.
create function yett.learn_template_write(p_epoch bigint, p_at timestamptz, p_actions jsonb)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one record;
	members bigint[];
	evidence jsonb;
begin
	insert into yett.template_epoch (epoch, at) values (p_epoch, p_at)
	on conflict on constraint template_epoch_pkey do update set
		epoch = excluded.epoch, at = excluded.at;
	delete from yett.template_proposal as p
	where p.state <> 'applied' and not exists (
		select from jsonb_to_recordset(p_actions) as j (hash bigint, kind text,
			mature boolean)
		where j.hash = p.hash and j.kind = p.kind and j.mature = p.mature);
	for one in
		select * from jsonb_to_recordset(p_actions) as j (hash bigint, kind text,
			mature boolean, service text, method text, template text, operation text,
			members jsonb, requests bigint, identities bigint, score real, reason text,
			epochs integer, verdict text)
		order by j.hash, j.kind, j.mature
	loop
		select array_agg(m.value::bigint) into members
		from jsonb_array_elements_text(one.members) as m;
		insert into yett.template_proposal as p (hash, kind, mature, service, method,
			template, operation, members, requests, identities, score, reason, epochs,
			epoch, state, first_at, last_at)
		values (one.hash, one.kind, one.mature, one.service, one.method, one.template,
			nullif(one.operation, ''), members, one.requests, one.identities, one.score,
			one.reason, one.epochs, p_epoch, case one.verdict when 'apply' then 'applied'
			when 'propose' then 'proposed' else 'waiting' end, p_at, p_at)
		on conflict on constraint template_proposal_pkey do update set
			members = excluded.members, requests = excluded.requests,
			identities = excluded.identities, score = excluded.score,
			reason = excluded.reason, epochs = excluded.epochs, epoch = excluded.epoch,
			state = case when p.state = 'applied' then p.state else excluded.state end,
			last_at = excluded.last_at;
		continue when one.verdict <> 'apply';
		evidence := jsonb_build_object('requests', one.requests, 'identities',
			one.identities, 'score', one.score, 'reason', one.reason);
		if one.kind = 'merge' then
			perform yett.learn_template_merge(one.hash, one.service, one.method,
				one.template, one.operation, members, p_at, evidence);
		else
			perform yett.learn_template_split(one.hash, one.service, one.method,
				one.template, one.operation, members[1], p_at, evidence);
		end if;
	end loop;
end
$$;
comment on function yett.learn_template_write is 'What the learner of templates wants now: remembered, left to people or done';

create function yett.learn_template_alarm(p_at timestamptz, p_service text,
	p_templates bigint, p_requests bigint, p_reason text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	judged record;
begin
	select * into judged from yett.change_severity('template_flood', null);
	insert into yett.change (at, kind, service, label, evidence, severity, alert, key)
	values (p_at, 'template_flood', p_service, '', jsonb_build_object('templates',
		p_templates, 'requests', p_requests, 'reason', p_reason), judged.severity,
		judged.alert, concat_ws(' ', 'template_flood',
		to_char(p_at at time zone 'UTC', 'YYYY-MM-DD'), p_service))
	on conflict on constraint change_key do nothing;
	return found;
end
$$;
comment on function yett.learn_template_alarm is 'A flood of paths, once a day and service; false if it was told';

grant execute on function yett.template_released, yett.template_show
	to yett_recorder, yett_reader, yett_editor, yett_compiler;
grant execute on function
	yett.learn_template_state, yett.learn_template_write, yett.learn_template_alarm
	to yett_compiler;
