-- What people say of endpoints and fields by their ids, and its way from one environment to
-- the next: facts, fields that are not classified, taking a promotion in and undoing it.

-- What may be said of templates: yett.override_check asks.
create function yett.template_covers(p_by text, p_template text) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select bool_and(t.part is not null and b.part is not null and (t.part = b.part
		or (b.part like '%{%' and b.part not like '%{~%')))
	from string_to_table(p_by, '/') with ordinality as b (part, n)
	full join string_to_table(p_template, '/') with ordinality as t (part, n) using (n)
$$;
comment on function yett.template_covers is 'Whether one template takes the paths of another: as many segments, each the same or a parameter';

create function yett.template_has_parameter(p_template text, p_segment text) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select count(*) filter (where t.part like '%{%') = 1 or p_segment <> ''
	from string_to_table(p_template, '/') with ordinality as t (part, n)
	where p_segment in ('', (t.n - 2)::text)
	having count(*) filter (where t.part like '%{%') > 0
$$;
comment on function yett.template_has_parameter is 'Whether the segment of a template, from 0, is a parameter; without one, whether there is one parameter only';

-- A person's word about an endpoint or a field stands in yett.override under its names.

create function yett.endpoint_say(p_endpoint_id integer, p_property text, p_value text,
	p_reason text default null, p_path text default '') returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	at record;
	before text;
begin
	select s.name as service, e.method, e.template, coalesce(e.operation, '') as operation
	into at
	from yett.endpoint as x
	join yett.endpoint as e on e.endpoint_id = coalesce(x.merged_into_id, x.endpoint_id)
	join yett.service as s on s.service_id = e.service_id
	where x.endpoint_id = p_endpoint_id;
	if not found then
		raise exception 'there is no endpoint %', p_endpoint_id using errcode = 'no_data_found';
	end if;
	select o.value into before from yett.override as o
	where o.service = at.service and o.method = at.method and o.template = at.template
		and o.operation = at.operation and o.direction = 0 and o.path = p_path
		and o.property = p_property;
	if p_value is not null then
		perform yett.override_put(at.service, at.method, at.template, at.operation,
			0::smallint, 0::smallint, p_path, p_property, p_value, p_reason);
	elsif before is not null then
		perform yett.override_remove(at.service, at.method, at.template, at.operation,
			0::smallint, 0::smallint, p_path, p_property);
	end if;
	return before;
end
$$;
comment on function yett.endpoint_say is 'A person''s word about an endpoint, kept under its names; null takes it back; returns what was said before';

create function yett.field_say(p_field_id integer, p_property text, p_value text,
	p_reason text default null) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	at record;
	before text;
begin
	select s.name as service, e.method, e.template, coalesce(e.operation, '') as operation,
		f.direction, f.location, f.path
	into at
	from yett.field as f
	join yett.endpoint as x using (endpoint_id)
	join yett.endpoint as e on e.endpoint_id = coalesce(x.merged_into_id, x.endpoint_id)
	join yett.service as s on s.service_id = e.service_id
	where f.field_id = p_field_id;
	if not found then
		raise exception 'there is no field %', p_field_id using errcode = 'no_data_found';
	end if;
	select o.value into before from yett.override as o
	where o.service = at.service and o.method = at.method and o.template = at.template
		and o.operation = at.operation and o.direction = at.direction
		and o.location = at.location and o.path = at.path and o.property = p_property;
	if p_value is not null then
		perform yett.override_put(at.service, at.method, at.template, at.operation,
			at.direction, at.location, at.path, p_property, p_value, p_reason);
	elsif before is not null then
		perform yett.override_remove(at.service, at.method, at.template, at.operation,
			at.direction, at.location, at.path, p_property);
	end if;
	return before;
end
$$;
comment on function yett.field_say is 'A person''s word about a field, kept under its names; null takes it back; returns what was said before';

-- What the learner of templates leaves to people, said as if a person had typed each part.
create function yett.template_proposal_accept(p_hash text, p_reason text default null)
returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one yett.template_proposal;
	member record;
	new text[];
	old text[];
	words text;
	said integer := 0;
begin
	select * into one from yett.template_proposal as p
	where lpad(to_hex(p.hash), 16, '0') = p_hash and p.state = 'proposed'
	order by p.mature desc limit 1;
	if not found then
		raise exception 'there is no proposal %', p_hash using errcode = 'no_data_found';
	end if;
	new := string_to_array(one.template, '/');
	for member in
		select e.endpoint_id, e.template from yett.endpoint as e
		where e.hash = any (one.members) and e.merged_into_id is null
		order by e.endpoint_id
	loop
		if one.kind = 'merge' and member.template <> one.template then
			perform yett.endpoint_say(member.endpoint_id, 'template.into', one.template,
				p_reason);
			said := said + 1;
		end if;
		continue when one.kind = 'merge';
		old := string_to_array(member.template, '/');
		for i in 2 .. cardinality(old) loop -- the place that has a word of its own then
			continue when old[i] = new[i];
			select o.value into words from yett.override as o
			where o.service = one.service and o.method = one.method
				and o.template = member.template
				and o.operation = coalesce(one.operation, '')
				and o.property = 'template.split' and o.path = (i - 2)::text;
			if new[i] = any (string_to_array(words, ' ')) is not true then
				perform yett.endpoint_say(member.endpoint_id, 'template.split',
					concat_ws(' ', words, new[i]), p_reason, (i - 2)::text);
			end if;
			said := said + 1;
		end loop;
	end loop;
	return said;
end
$$;
comment on function yett.template_proposal_accept is 'What a proposal of the learner of templates wants, said by a person; how many endpoints it concerns';

-- The mode of an endpoint is a person's word like others, so that it can be promoted.
insert into yett.override (service, method, template, operation, property, value, reason)
select s.name, e.method, e.template, coalesce(e.operation, ''), 'mode', e.mode, null
from yett.endpoint as e
join yett.service as s using (service_id)
where e.mode <> 'enforce' and e.merged_into_id is null
on conflict on constraint override_key do nothing;
update yett.endpoint set mode = 'enforce' where mode <> 'enforce';

create or replace function yett.endpoint_set_mode(p_endpoint_id integer, p_mode text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	perform yett.mode_check(p_mode);
	return coalesce(yett.endpoint_say(p_endpoint_id, 'mode', p_mode), 'enforce');
end
$$;

-- --- facts ------------------------------------------------------------------------------

insert into yett.setting_number (key, value, low, high, unit, doc) values
	('promote.values', 10, 1, 1000000, 'values',
		'values of a field without a hit of any class that settle that it has none: above a quarter of values of a class would have shown with a chance of 19 in 20');

create view report.promotion_fact as
with learned as (
	select s.name as service, e.method, e.template, coalesce(e.operation, '') as operation,
		f.direction, f.location, f.path, 'class.' || c.class as property,
		case when bool_or(c.state in ('confirmed', 'contains')) then 'yes' else 'no' end
			as value,
		max(c.judged_at) as changed_at
	from yett.field_class as c
	join yett.data_class as d on d.name = c.class and d.enabled
	join yett.field as f using (field_id)
	join yett.endpoint as x using (endpoint_id)
	join yett.endpoint as e on e.endpoint_id = coalesce(x.merged_into_id, x.endpoint_id)
	join yett.service as s on s.service_id = e.service_id
	where not e.provisional and f.path !~ '\{~'
	group by 1, 2, 3, 4, 5, 6, 7, 8
	having bool_or(c.state in ('confirmed', 'contains'))
		or bool_and(c.state = 'rejected' or (c.state = 'seen' and c.hits + c.contained = 0))
			and bool_or(c.state = 'rejected')
)
select 'class'::text as kind, d.name, ''::text as method, ''::text as template,
	''::text as operation, ''::text as direction, ''::text as location, ''::text as path,
	p.property, p.value, false as learned, null::text as reason, d.changed_at, d.changed_by
from yett.data_class as d
cross join lateral (values ('title', d.title), ('groups', array_to_string(d.groups, ',')),
	('mask', d.mask), ('pattern', d.pattern), ('validator', d.validator),
	('names', array_to_string(d.names, ','))) as p (property, value)
where not d.builtin and d.enabled and p.value <> ''
union all
select 'team', r.host_pattern, '', r.path_prefix, '', '', '', '', '',
	t.name || ' at ' || r.ordinal, false, null, null, null
from yett.team_rule as r
join yett.team as t using (team_id)
union all
select case when o.direction > 0 or o.path <> '' then 'field' when o.method || o.template <> '' then 'endpoint'
		else 'service' end,
	o.service, o.method, o.template, o.operation,
	coalesce(yett.direction_name(o.direction), ''), coalesce(yett.location_name(o.location), ''),
	o.path, o.property, o.value, false, o.reason, o.changed_at, o.changed_by
from yett.override as o
where o.template !~ '\{~' and o.path !~ '\{~'
union all
select 'field', l.service, l.method, l.template, l.operation,
	yett.direction_name(l.direction), yett.location_name(l.location), l.path, l.property,
	l.value, true, null, l.changed_at, null
from learned as l
where not exists (select from yett.override as o
	where o.service = l.service and o.method = l.method and o.template = l.template
		and o.operation = l.operation and o.direction = l.direction
		and o.location = l.location and o.path = l.path and o.property = l.property)
	and not exists (select from yett.override as o
	where o.service = l.service and o.method = l.method and o.template = l.template
		and o.operation = l.operation and o.direction = 0
		and o.property = 'template' and o.value = 'ignore');
comment on view report.promotion_fact is 'What a promotion of this database carries: overrides, classes confirmed or rejected, classes and team rules of people';

-- Some classes can never be ruled out by values that fit them (any number may be a latitude):
-- judged as less likely than 1 in 20, or than not where another class is found, is settled.
create function yett.fields_open(
	p_values bigint default yett.setting_number('promote.values'))
returns table (service text, method text, template text, operation text, direction text,
	location text, path text, why text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	with place as (
		select f.field_id, s.name as service, e.method, e.template,
			coalesce(e.operation, '') as operation, f.direction, f.location, f.path,
			f."values", e.provisional
		from yett.field as f
		join yett.endpoint as x using (endpoint_id)
		join yett.endpoint as e on e.endpoint_id = coalesce(x.merged_into_id, x.endpoint_id)
		join yett.service as s on s.service_id = e.service_id
		where (f."values" > 0 or exists (select from yett.field_class as c
				where c.field_id = f.field_id and c.state = 'suspected'))
			and not exists (select from yett.override as o
				where o.service = s.name and o.method = e.method
					and o.template = e.template
					and o.operation = coalesce(e.operation, '')
					and (o.direction = 0 and o.property = 'template'
						and o.value = 'ignore'
					or o.direction = f.direction and o.location = f.location
						and o.path = f.path and o.property = 'field.ignore'
						and o.value = 'yes'))
	), judged as (
		select p.field_id, p.service, p.method, p.template, p.operation, p.direction,
			p.location, p.path, p."values", p.provisional, c.class, c.state,
			o.value is not null as said,
			o.value is null and (c.state = 'suspected'
				or c.state = 'seen' and c.hits + c.contained > 0
				and not (p."values" >= p_values and c.judged_at is not null
					and (c.score <= -3 or (c.score < 0 and c.beside)))) as undecided
		from place as p
		left join (
			select x.*, bool_or(x.state in ('confirmed', 'contains'))
				over (partition by x.field_id) as beside
			from yett.field_class as x
			join yett.data_class as d on d.name = x.class and d.enabled
		) as c using (field_id)
		left join yett.override as o on o.service = p.service and o.method = p.method
			and o.template = p.template and o.operation = p.operation
			and o.direction = p.direction and o.location = p.location and o.path = p.path
			and o.property = 'class.' || c.class
	), one as (
		select j.service, j.method, j.template, j.operation, j.direction, j.location, j.path,
			bool_or(j.provisional) as provisional,
			max(j."values") as "values",
			bool_or(j.state in ('confirmed', 'contains', 'rejected') or j.said) as settled,
			string_agg(distinct j.class, ', ') filter (where j.undecided) as classes,
			bool_or(j.undecided and j.state = 'suspected') as suspected
		from judged as j
		group by 1, 2, 3, 4, 5, 6, 7
	), told as (
		select o.*, case
			when o.provisional or o.path ~ '\{~' then 'names not decided'
			when o.suspected then 'suspected: ' || o.classes
			when o.classes is not null then 'not judged: ' || o.classes
			when coalesce(o.settled, false) then null
			when exists (select from yett.override as v
				where v.service = o.service and v.method = o.method
					and v.template = o.template and v.operation = o.operation
					and v.direction = o.direction and v.location = o.location
					and v.path = o.path and v.property like 'class.%') then null
			when o."values" < p_values then 'too few values' end as why
		from one as o
	)
	select distinct t.service, t.method, regexp_replace(t.template, '\{~[^}]*\}', '{?}', 'g'),
		t.operation, yett.direction_name(t.direction), yett.location_name(t.location),
		regexp_replace(t.path, '\{~[^}]*\}', '{?}', 'g'), t.why
	from told as t
	where t.why is not null
$$;
comment on function yett.fields_open is 'Fields with values that are not classified: a class is suspected or not judged, or fewer than so many values were seen and none was judged';

-- --- taking a promotion in --------------------------------------------------------------

-- A change names its fact by kind and words, as a promotion writes them: class NAME PROPERTY,
-- team HOST PREFIX, service SERVICE PROPERTY, endpoint SERVICE METHOD TEMPLATE OPERATION
-- PROPERTY, field SERVICE METHOD TEMPLATE OPERATION DIRECTION LOCATION PATH PROPERTY.

create function yett.promotion_place(p_kind text, p_words text[]) returns yett.override
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
	at yett.override;
	n integer := cardinality(p_words);
begin
	if n is distinct from (case p_kind when 'service' then 2 when 'endpoint' then 5
		when 'field' then 8 end)
	then
		raise exception 'no such fact: % %', p_kind, p_words
			using errcode = 'invalid_parameter_value';
	end if;
	at.service := p_words[1];
	at.property := p_words[n];
	at.method := case when n > 2 then p_words[2] else '' end;
	at.template := case when n > 2 then p_words[3] else '' end;
	at.operation := case when n > 2 then p_words[4] else '' end;
	at.direction := yett.direction_of(case when n = 8 then p_words[5] else '' end);
	at.location := yett.location_of(case when n = 8 then p_words[6] else '' end);
	at.path := case when n = 8 then p_words[7] else '' end;
	return at;
end
$$;
comment on function yett.promotion_place is 'Key of an override from the words of a fact';

create function yett.promotion_state(p_kind text, p_words text[]) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
	at yett.override;
	now jsonb;
begin
	if p_kind = 'class' then
		select jsonb_build_object('value', case p_words[2] when 'title' then d.title
			when 'groups' then array_to_string(d.groups, ',') when 'mask' then d.mask
			when 'pattern' then d.pattern when 'validator' then d.validator
			when 'names' then array_to_string(d.names, ',') end)
		into now from yett.data_class as d
		where d.name = p_words[1] and not d.builtin and d.enabled;
		return case when now ->> 'value' <> '' then now end;
	elsif p_kind = 'team' then
		select jsonb_build_object('value', t.name || ' at ' || r.ordinal)
		into now from yett.team_rule as r
		join yett.team as t using (team_id)
		where r.host_pattern = p_words[1] and r.path_prefix = p_words[2];
		return now;
	end if;
	at := yett.promotion_place(p_kind, p_words);
	select jsonb_build_object('value', o.value, 'reason', o.reason, 'origin', o.origin)
	into now from yett.override as o
	where o.service = at.service and o.method = at.method and o.template = at.template
		and o.operation = at.operation and o.direction = at.direction
		and o.location = at.location and o.path = at.path and o.property = at.property;
	return now;
end
$$;
comment on function yett.promotion_state is 'What is stated here about a fact: value, reason, origin; null: nothing';

-- The title goes last and comes last: without it there is no class.
create function yett.promotion_set_class(p_name text, p_property text, p_value text)
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
	class yett.data_class;
begin
	if exists (select from yett.data_class as d where d.name = p_name and d.builtin) then
		raise exception 'class % is built in here', p_name
			using errcode = 'object_not_in_prerequisite_state';
	end if;
	if p_value is null and p_property = 'title' then
		perform yett.data_class_remove(p_name);
		return;
	end if;
	if p_value is not null then
		insert into yett.data_class (name, title, enabled) values (p_name, p_name, false)
		on conflict on constraint data_class_pkey do nothing;
	end if;
	update yett.data_class as d set
		title = case p_property when 'title' then p_value else d.title end,
		groups = case p_property when 'groups'
			then coalesce(string_to_array(p_value, ','), '{}') else d.groups end,
		mask = case p_property when 'mask' then coalesce(p_value, 'token') else d.mask end,
		pattern = case p_property when 'pattern' then p_value else d.pattern end,
		validator = case p_property when 'validator' then p_value else d.validator end,
		names = case p_property when 'names'
			then coalesce(string_to_array(p_value, ','), '{}') else d.names end,
		enabled = d.enabled or p_property = 'title',
		changed_at = now(), changed_by = session_user
	where d.name = p_name;
	if p_property = 'title' then -- the last: the class is whole
		select * into class from yett.data_class as d where d.name = p_name;
		perform yett.data_class_put(p_name, class.title, class.groups, class.mask,
			class.pattern, class.validator, class.names);
	end if;
	perform pg_notify('yett_learn', 'class');
end
$$;
comment on function yett.promotion_set_class is 'One property of a class that people defined; null takes it away, of title the class';

create function yett.promotion_set(p_kind text, p_words text[], p_value text,
	p_reason text, p_origin text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
	at yett.override;
	team text[];
begin
	if p_kind = 'class' then
		perform yett.promotion_set_class(p_words[1], p_words[2], p_value);
		return;
	elsif p_kind = 'team' and p_value is null then
		perform yett.team_rule_remove(p_words[1], p_words[2]);
		return;
	elsif p_kind = 'team' then
		team := regexp_match(p_value, '^(.+) at ([0-9]{1,9})$');
		if team is null then
			raise exception 'no team and place: %', p_value
				using errcode = 'invalid_parameter_value';
		end if;
		perform yett.team_rule_put(p_words[1], p_words[2], team[1], team[2]::integer);
		return;
	end if;
	at := yett.promotion_place(p_kind, p_words);
	if p_value is null then
		perform yett.override_remove(at.service, at.method, at.template, at.operation,
			at.direction, at.location, at.path, at.property);
		return;
	end if;
	perform yett.override_put(at.service, at.method, at.template, at.operation,
		at.direction, at.location, at.path, at.property, p_value, p_reason, p_origin);
end
$$;
comment on function yett.promotion_set is 'States a fact, or takes it back; checked as if a person had said it';

create function yett.promotion_apply(p_source_environment text, p_sha256 text, p_base jsonb,
	p_changes jsonb) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one jsonb;
	words text[];
	before jsonb;
	undo jsonb[] := '{}';
	id bigint;
begin
	lock table yett.override, yett.data_class, yett.team_rule in share row exclusive mode;
	for one in
		select c.value from jsonb_array_elements(p_changes) with ordinality as c (value, i)
		order by c.value ->> 'kind' = 'class' desc, -- before what names them
			c.value -> 'words' ->> 1 = 'title', c.i
	loop
		words := array(select w.value from jsonb_array_elements_text(one -> 'words')
			with ordinality as w (value, i) order by w.i);
		before := yett.promotion_state(one ->> 'kind', words);
		if before ->> 'value' is distinct from one ->> 'before' then
			raise exception 'somebody changed % while this promotion was read',
				array_to_string(words, ' ') using errcode = 'serialization_failure';
		end if;
		perform yett.promotion_set(one ->> 'kind', words, one ->> 'value',
			one ->> 'reason', 'promoted');
		undo := undo || jsonb_build_object('kind', one ->> 'kind', 'words', one -> 'words',
			'before', before, 'after', one ->> 'value');
	end loop;
	insert into yett.promotion (source_environment, sha256, base, undo)
	values (p_source_environment, p_sha256, p_base, to_jsonb(undo))
	returning promotion_id into id;
	perform yett.audit_put('promotion_apply', id::text, jsonb_build_object(
		'source', p_source_environment, 'sha256', p_sha256, 'changes', cardinality(undo)));
	return id;
end
$$;
comment on function yett.promotion_apply is 'Takes a promotion in: changes against what was read before, all or nothing; base is what the next merge starts from';

create function yett.promotion_undo(p_promotion_id bigint default null)
returns table (promotion_id bigint, fact text, result text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	last yett.promotion;
	one jsonb;
	words text[];
	was jsonb;
begin
	lock table yett.override, yett.data_class, yett.team_rule in share row exclusive mode;
	select * into last from yett.promotion as p where p.undone_at is null
	order by p.promotion_id desc limit 1 for update;
	if last.promotion_id is null then
		raise exception 'there is no promotion to undo' using errcode = 'no_data_found';
	elsif last.promotion_id <> p_promotion_id then
		raise exception 'promotion % is not the last one, which is %', p_promotion_id,
			last.promotion_id using errcode = 'object_not_in_prerequisite_state',
			hint = 'undo the later ones first';
	end if;
	promotion_id := last.promotion_id;
	for one in
		select u.value from jsonb_array_elements(last.undo) with ordinality as u (value, i)
		order by u.value ->> 'kind' = 'class', u.value -> 'words' ->> 1 = 'title', u.i desc
	loop
		words := array(select w.value from jsonb_array_elements_text(one -> 'words')
			with ordinality as w (value, i) order by w.i);
		was := nullif(one -> 'before', 'null');
		fact := one ->> 'kind' || ' ' || array_to_string(array_remove(words, ''), ' ');
		if yett.promotion_state(one ->> 'kind', words) ->> 'value'
			is distinct from one ->> 'after'
		then
			result := 'left: changed since';
		else
			perform yett.promotion_set(one ->> 'kind', words, was ->> 'value',
				was ->> 'reason', coalesce(was ->> 'origin', 'human'));
			result := case when was is null then 'removed' else 'as it was' end;
		end if;
		return next;
	end loop;
	update yett.promotion as p set undone_at = now()
	where p.promotion_id = last.promotion_id;
	perform yett.audit_put('promotion_undo', last.promotion_id::text,
		jsonb_build_object('sha256', last.sha256));
end
$$;
comment on function yett.promotion_undo is 'Takes the last promotion back, but for what was changed since';

create view report.promotion_base as
select b.source_environment, l.line
from (
	select distinct on (p.source_environment) p.source_environment, p.base
	from yett.promotion as p where p.undone_at is null
	order by p.source_environment, p.promotion_id desc
) as b
cross join lateral jsonb_array_elements_text(b.base) as l (line);
comment on view report.promotion_base is 'Facts of the promotion taken in last from each environment, a line each as its file had them';

grant select on report.promotion_fact, report.promotion_base
	to yett_recorder, yett_reader, yett_editor, yett_compiler;
grant execute on function yett.fields_open
	to yett_recorder, yett_reader, yett_editor, yett_compiler;
grant execute on function yett.endpoint_say, yett.field_say,
	yett.template_proposal_accept, yett.promotion_apply,
	yett.promotion_undo to yett_editor;
