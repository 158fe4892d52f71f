-- What gateways say of fields, their classes, values of parameters and tokens: added up, in the
-- order of keys, so that two recorders take row locks alike; and what happens to it when
-- endpoints turn out to be one, or words are released.

-- Fields that a mature endpoint did not have. Mature is what was looked at for a day: an
-- endpoint that came with an older schema has no fields from before, and answers may be
-- watched only since today.
create function yett.field_new_put(p_field_id integer[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.change (at, kind, service, label, endpoint_id, field_id, after, evidence,
		severity, alert, key)
	select f.first_seen_at, 'field_new', s.name, e.label, e.endpoint_id, f.field_id,
		concat_ws(' ', yett.direction_name(f.direction), yett.location_name(f.location), f.path),
		jsonb_build_object('types', to_jsonb(yett.type_names(f.types)), 'present', f.present),
		v.severity, v.alert, concat_ws(' ', 'field_new', e.endpoint_id, f.direction,
		f.location, f.path)
	from yett.field as f
	join yett.endpoint as e using (endpoint_id)
	join yett.service as s using (service_id)
	cross join make_interval(secs => yett.setting_number('learn.mature_s')) as mature
	cross join yett.change_severity('field_new', null) as v
	where f.field_id = any (p_field_id) and not e.provisional
		and e.first_seen_at < f.first_seen_at - mature
		and ((f.direction = 1 and e.first_seen_at > (select m.applied_at
				from yett.schema_migration as m where m.version = 8))
			or exists (select from yett.field as x
				where x.endpoint_id = f.endpoint_id and x.direction = f.direction
					and x.first_seen_at < f.first_seen_at - mature))
	order by f.field_id
	on conflict on constraint change_key do nothing
$$;
comment on function yett.field_new_put is 'Notes those of the fields that their mature endpoints did not have';

-- A word that was released stands in the names of fields from now on as gateways will write
-- it: with a '\' before what parts names.
create function yett.path_released(p_path text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
	word record;
	released text := p_path;
begin
	for word in
		select w.token, regexp_replace(w.released_text, '([.[\\])', '\\\1', 'g') as name
		from regexp_matches(p_path, '\{~([^{}]+)\}', 'g') as m
		join yett.undecided_word as w on w.token = m[1]
		where w.released_text is not null
	loop
		released := replace(released, '{~' || word.token || '}', word.name);
	end loop;
	return case when octet_length(released) <= 1024 then released else p_path end;
end
$$;
comment on function yett.path_released is 'A field''s path with the names that were released since it was seen';

create function yett.recorder_observations(p_endpoint_id integer[], p_direction smallint[],
	p_location smallint[], p_path text[], p_first_at timestamptz[], p_last_at timestamptz[],
	p_messages bigint[], p_present bigint[], p_values bigint[], p_types integer[],
	p_status_mask integer[], p_bytes_max bigint[], p_distinct bytea[],
	p_class_at integer[], p_class text[], p_hits bigint[], p_checked bigint[],
	p_certain bigint[], p_contained bigint[], p_prior integer[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	most constant bigint := yett.setting_number('learn.fields_max');
	fresh integer[];
begin
	perform yett.data_class_note(p_class);
	with place as materialized (
		select u.*, coalesce(e.merged_into_id, e.endpoint_id) as id,
			case when u.told like '%{~%' then yett.path_released(u.told) else u.told end as path
		from unnest(p_endpoint_id, p_direction, p_location, p_path, p_first_at, p_last_at,
			p_messages, p_present, p_values, p_types, p_status_mask, p_bytes_max, p_distinct)
			with ordinality as u (endpoint_id, direction, location, told, first_at, last_at,
			messages, present, "values", types, status_mask, bytes_max, "distinct", n)
		join yett.endpoint as e using (endpoint_id)
	), seen as (
		select p.id, p.direction, p.location, p.path, min(p.first_at) as first_at,
			max(p.last_at) as last_at, sum(p.messages)::bigint as messages,
			sum(p.present)::bigint as present, sum(p."values")::bigint as "values",
			bit_or(p.types) as types, bit_or(p.status_mask) as status_mask,
			max(p.bytes_max) as bytes_max,
			case count(p."distinct") when 0 then null
				when 1 then (array_agg(p."distinct") filter (where p."distinct" is not null))[1]
				else yett.distinct_merge(array_agg(p."distinct")
					filter (where p."distinct" is not null)) end as "distinct"
		from place as p
		group by p.id, p.direction, p.location, p.path
	), numbered as (
		select s.*, f.field_id is not null as known,
			row_number() over (partition by s.id, f.field_id is null
				order by s.messages desc, s.direction, s.location, s.path collate "C") as nth
		from seen as s
		left join yett.field as f on f.endpoint_id = s.id and f.direction = s.direction
			and f.location = s.location and f.path = s.path
	), put as (
		insert into yett.field as f (endpoint_id, direction, location, path, messages, present,
			"values", types, status_mask, bytes_max, "distinct", first_seen_at, last_seen_at)
		select s.id, s.direction, s.location, s.path, s.messages, s.present, s."values",
			s.types, s.status_mask, s.bytes_max, s."distinct", s.first_at, s.last_at
		from numbered as s
		where s.known or s.nth + (select count(*) from yett.field as x
			where x.endpoint_id = s.id) <= most
		order by s.id, s.direction, s.location, s.path collate "C"
		on conflict on constraint field_key do update set
			messages = f.messages + excluded.messages, present = f.present + excluded.present,
			"values" = f."values" + excluded."values", types = f.types | excluded.types,
			status_mask = f.status_mask | excluded.status_mask,
			bytes_max = greatest(f.bytes_max, excluded.bytes_max),
			"distinct" = case when f."distinct" is null then excluded."distinct"
				when excluded."distinct" is null or excluded."distinct" = f."distinct"
					then f."distinct"
				else yett.distinct_merge(array[f."distinct", excluded."distinct"]) end,
			first_seen_at = least(f.first_seen_at, excluded.first_seen_at),
			last_seen_at = greatest(f.last_seen_at, excluded.last_seen_at)
		returning f.field_id, f.endpoint_id, f.direction, f.location, f.path, f.xmax = 0 as fresh
	), judged as (
		select p.field_id, u.class, sum(u.hits)::bigint as hits,
			sum(u.checked)::bigint as checked, sum(u.certain)::bigint as certain,
			sum(u.contained)::bigint as contained,
			(array_agg(u.prior order by abs(u.prior) desc, u.prior desc))[1] as prior
		from unnest(p_class_at, p_class, p_hits, p_checked, p_certain, p_contained, p_prior)
			as u (n, class, hits, checked, certain, contained, prior)
		join yett.data_class as d on d.name = u.class and d.enabled
		join place as x on x.n = u.n
		join put as p on p.endpoint_id = x.id and p.direction = x.direction
			and p.location = x.location and p.path = x.path
		group by p.field_id, u.class
	), counted as (
		insert into yett.field_class as c (field_id, class, hits, checked, certain, contained,
			prior)
		select j.field_id, j.class, j.hits, j.checked, j.certain, j.contained, j.prior
		from judged as j
		order by j.field_id, j.class collate "C"
		on conflict on constraint field_class_pkey do update set
			hits = c.hits + excluded.hits, checked = c.checked + excluded.checked,
			certain = c.certain + excluded.certain,
			contained = c.contained + excluded.contained,
			prior = case when abs(excluded.prior) > abs(c.prior)
				or (abs(excluded.prior) = abs(c.prior) and excluded.prior > c.prior)
				then excluded.prior else c.prior end,
			evidence_at = now()
	)
	select array_agg(p.field_id) filter (where p.fresh) into fresh from put as p;
	if fresh is not null then
		perform yett.field_new_put(fresh);
		perform pg_notify('yett_learn', 'field');
	end if;
end
$$;
comment on function yett.recorder_observations is 'Adds what was seen of fields; class_at says which observation, from 1, a class belongs to';

create function yett.recorder_suspects(p_endpoint_id integer[], p_direction smallint[],
	p_location smallint[], p_path text[], p_class text[], p_at timestamptz[],
	p_values bigint[], p_hits bigint[], p_score integer[], p_evidence text[],
	p_sample_id text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one record;
	id integer;
	fresh boolean;
	before record;
	mature constant interval := make_interval(secs => yett.setting_number('learn.mature_s'));
begin
	perform yett.data_class_note(p_class);
	for one in
		select distinct on (endpoint_id, u.direction, u.location, u.path collate "C",
				u.class collate "C")
			coalesce(e.merged_into_id, e.endpoint_id) as endpoint_id, u.direction,
			u.location, u.path, u.class, u.at, u."values", u.hits, u.score / 10.0 as score,
			left(u.evidence, 1000) as evidence, left(u.sample_id, 200) as sample_id
		from unnest(p_endpoint_id, p_direction, p_location, array(
				select case when t.path like '%{~%' then yett.path_released(t.path)
					else t.path end
				from unnest(p_path) with ordinality as t (path, n) order by t.n),
			p_class, p_at, p_values, p_hits, p_score, p_evidence, p_sample_id)
			as u (id, direction, location, path, class, at, "values", hits, score, evidence,
			sample_id)
		join yett.endpoint as e on e.endpoint_id = u.id
		join yett.data_class as d on d.name = u.class and d.enabled
		order by endpoint_id, u.direction, u.location, u.path collate "C",
			u.class collate "C", u.score desc
	loop
		insert into yett.field (endpoint_id, direction, location, path, first_seen_at,
			last_seen_at)
		select one.endpoint_id, one.direction, one.location, one.path, one.at, one.at
		where (select count(*) from yett.field as f where f.endpoint_id = one.endpoint_id)
			< yett.setting_number('learn.fields_max')
		on conflict on constraint field_key do nothing
		returning field_id into id;
		fresh := found;
		if not fresh then
			select f.field_id into id from yett.field as f
			where f.endpoint_id = one.endpoint_id and f.direction = one.direction
				and f.location = one.location and f.path = one.path;
		end if;
		continue when id is null;
		if fresh then
			perform yett.field_new_put(array[id]);
		end if;
		continue when yett.override_class(id, one.class) is not null;
		select c.state, c.judged_at into before from yett.field_class as c
		where c.field_id = id and c.class = one.class for update;
		-- What was no such thing a day ago may be one now: then it is told once more.
		continue when before.state in ('suspected', 'contains', 'confirmed')
			or (before.state = 'rejected' and before.judged_at > one.at - mature);
		insert into yett.field_class as c (field_id, class, state, score, evidence,
			suspected_at)
		values (id, one.class, 'suspected', one.score, one.evidence, one.at)
		on conflict on constraint field_class_pkey do update set
			state = 'suspected', score = excluded.score, evidence = excluded.evidence,
			suspected_at = excluded.suspected_at, evidence_at = now()
			where c.state in ('seen', 'rejected');
		continue when not found;
		perform yett.change_put('class_suspected', one.at, one.endpoint_id, id, one.class,
			null, one.class, jsonb_strip_nulls(jsonb_build_object(
				'place', concat_ws(' ', yett.direction_name(one.direction),
					yett.location_name(one.location), one.path),
				'values', one."values", 'hits', one.hits,
				'score', round(one.score, 1), 'evidence', one.evidence,
				'sample_id', one.sample_id)),
			concat_ws(' ', 'class_suspected', yett.change_subject(one.endpoint_id),
				one.direction, one.location,
				one.class, one.path, case when before.state = 'rejected'
				then to_char(before.judged_at at time zone 'UTC', 'YYYY-MM-DD') end));
		perform pg_notify('yett_learn', 'suspect');
	end loop;
end
$$;
comment on function yett.recorder_suspects is 'Classes that fields have not had before, as a gateway sees it, with the score in tenths of a nat; what is judged already stays (a rejection for a day), and what a person said';

create function yett.recorder_children(p_endpoint_id integer[], p_segment integer[],
	p_word text[], p_requests bigint[], p_accepted bigint[], p_identities bytea[],
	p_shape bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	insert into yett.segment_child as c (endpoint_id, segment, word, requests, accepted,
		identities, shape)
	select coalesce(e.merged_into_id, e.endpoint_id), u.segment, w.word,
		sum(u.requests), sum(u.accepted),
		case count(u.identities) when 0 then null
			when 1 then (array_agg(u.identities) filter (where u.identities is not null))[1]
			else yett.distinct_merge(array_agg(u.identities)
				filter (where u.identities is not null)) end,
		coalesce((array_agg(u.shape) filter (where u.shape <> 0))[1], 0)
	from unnest(p_endpoint_id, p_segment, p_word, p_requests, p_accepted, p_identities,
		p_shape) as u (endpoint_id, segment, word, requests, accepted, identities, shape)
	join yett.endpoint as e using (endpoint_id)
	cross join lateral (
		select coalesce((
			select left(r.released_text, 300) from yett.undecided_word as r
			where u.word like '{~%}' and r.token = substr(u.word, 3, length(u.word) - 3)
				and r.released_text <> ''), u.word) as word
	) as w
	group by 1, 2, 3
	order by 1, 2, w.word collate "C"
	on conflict on constraint segment_child_pkey do update set
		requests = c.requests + excluded.requests, accepted = c.accepted + excluded.accepted,
		identities = case when c.identities is null then excluded.identities
			when excluded.identities is null or excluded.identities = c.identities
				then c.identities
			else yett.distinct_merge(array[c.identities, excluded.identities]) end,
		shape = case when excluded.shape <> 0 then excluded.shape else c.shape end,
		last_seen_at = now();

	delete from yett.segment_child as c
	using (
		select x.endpoint_id, x.segment, x.word, row_number() over (
			partition by x.endpoint_id, x.segment
			order by x.last_seen_at > now() - interval '1 day' desc, x.requests desc,
				x.word collate "C") as nth
		from yett.segment_child as x
		where (x.endpoint_id, x.segment) in (
			select coalesce(e.merged_into_id, e.endpoint_id), u.segment
			from unnest(p_endpoint_id, p_segment) as u (endpoint_id, segment)
			join yett.endpoint as e using (endpoint_id))
	) as r
	where r.nth > yett.setting_number('learn.children_max')
		and c.endpoint_id = r.endpoint_id and c.segment = r.segment and c.word = r.word;
end
$$;
comment on function yett.recorder_children is 'Adds values seen most at parameters; of each parameter those of the last day and the most seen ones are kept';

create function yett.recorder_links(p_from text[], p_to text[], p_at timestamptz[])
returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.token_link (from_token, to_token, at)
	select u.f, u.t, min(u.at) from unnest(p_from, p_to, p_at) as u (f, t, at)
	where u.f <> u.t
	group by u.f, u.t
	order by u.f, u.t
	on conflict on constraint token_link_pkey do nothing
$$;
comment on function yett.recorder_links is 'Tokens of one value under the key before and after a rotation';

create function yett.field_merge(p_from integer, p_into integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	update yett.field as t set messages = t.messages + f.messages,
		present = t.present + f.present, "values" = t."values" + f."values",
		types = t.types | f.types, status_mask = t.status_mask | f.status_mask,
		bytes_max = greatest(t.bytes_max, f.bytes_max),
		first_seen_at = least(t.first_seen_at, f.first_seen_at),
		last_seen_at = greatest(t.last_seen_at, f.last_seen_at),
		"distinct" = case when t."distinct" is null then f."distinct"
			when f."distinct" is null then t."distinct"
			else yett.distinct_merge(array[t."distinct", f."distinct"]) end
	from yett.field as f
	where t.field_id = p_into and f.field_id = p_from;
	insert into yett.field_class as t (field_id, class, hits, checked, certain, contained,
		prior, state, score, evidence, suspected_at, judged_at)
	select p_into, c.class, c.hits, c.checked, c.certain, c.contained, c.prior, c.state,
		c.score, c.evidence, c.suspected_at, c.judged_at
	from yett.field_class as c where c.field_id = p_from
	on conflict on constraint field_class_pkey do update set
		hits = t.hits + excluded.hits, checked = t.checked + excluded.checked,
		certain = t.certain + excluded.certain, contained = t.contained + excluded.contained,
		prior = case when abs(excluded.prior) > abs(t.prior) then excluded.prior
			else t.prior end,
		state = case when t.state in ('seen', 'suspected') then excluded.state else t.state end,
		score = coalesce(t.score, excluded.score),
		evidence = coalesce(t.evidence, excluded.evidence),
		suspected_at = least(t.suspected_at, excluded.suspected_at),
		judged_at = greatest(t.judged_at, excluded.judged_at), evidence_at = now();
	update yett.change set field_id = p_into where field_id = p_from;
	delete from yett.field_class where field_id = p_from;
	delete from yett.field where field_id = p_from;
end
$$;
comment on function yett.field_merge is 'A field turned out to be another: counts are added, verdicts kept';

create function yett.words_follow(p_token text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one record;
	twin integer;
begin
	for one in
		select f.field_id, f.endpoint_id, f.direction, f.location,
			yett.path_released(f.path) as path
		from yett.field as f
		where f.path like '%{~%' and exists (
			select from regexp_matches(f.path, '\{~([^{}]+)\}', 'g') as m
			where m[1] = any (p_token))
		order by f.field_id
	loop
		select f.field_id into twin from yett.field as f
		where f.endpoint_id = one.endpoint_id and f.direction = one.direction
			and f.location = one.location and f.path = one.path;
		if twin is null then
			update yett.field set path = one.path where field_id = one.field_id;
		elsif twin <> one.field_id then
			perform yett.field_merge(one.field_id, twin);
		end if;
	end loop;

	with gone as (
		delete from yett.segment_child as c using yett.undecided_word as w
		where w.token = any (p_token) and w.released_text <> ''
			and c.word like '{~%' and c.word = '{~' || w.token || '}'
		returning c.*, w.released_text
	)
	insert into yett.segment_child as t (endpoint_id, segment, word, requests, accepted,
		identities, shape, last_seen_at)
	select g.endpoint_id, g.segment, left(g.released_text, 300), g.requests, g.accepted,
		g.identities, g.shape, g.last_seen_at
	from gone as g
	order by g.endpoint_id, g.segment, g.released_text collate "C"
	on conflict on constraint segment_child_pkey do update set
		requests = t.requests + excluded.requests, accepted = t.accepted + excluded.accepted,
		identities = case when t.identities is null then excluded.identities
			when excluded.identities is null then t.identities
			else yett.distinct_merge(array[t.identities, excluded.identities]) end,
		last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at);

	update yett.override as o set path = n.path
	from (
		select x.override_id, yett.path_released(x.path) as path from yett.override as x
		where x.location <> 0 and x.path like '%{~%'
	) as n
	where o.override_id = n.override_id and o.path <> n.path
		and not exists (
			select from yett.override as y
			where y.service = o.service and y.method = o.method and y.template = o.template
				and y.operation = o.operation and y.direction = o.direction
				and y.location = o.location and y.path = n.path and y.property = o.property);
end
$$;
comment on function yett.words_follow is 'Fields, values of parameters and what people said of them go on under the words that were released';

create or replace function yett.recorder_words(p_token text[], p_text text[],
	p_identities bigint[], p_at timestamptz[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.undecided_word as w (token, released_text, identities, first_seen_at,
		released_at)
	select u.token, u.text, u.identities, least(u.at, now()), least(u.at, now())
	from unnest(p_token, p_text, p_identities, p_at) as u (token, text, identities, at)
	order by u.token
	on conflict on constraint undecided_word_pkey do update set
		released_text = excluded.released_text,
		identities = greatest(w.identities, excluded.identities),
		released_at = coalesce(w.released_at, excluded.released_at);
	select yett.words_follow(p_token)
$$;

-- Fields of path parameters are called by their number: /a/{~x}/b/{number} has one parameter,
-- /a/{text}/b/{number}, which it becomes, has two.
create function yett.template_parameters(p_template text) returns integer[]
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select array_agg(s.n::integer order by s.n)
	from string_to_table(p_template, '/') with ordinality as s (segment, n)
	where s.segment ~ '\{[^~]'
$$;
comment on function yett.template_parameters is 'Segments of a template that hold its parameters, in their order';

create function yett.parameters_renumber(p_from integer, p_into integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	here constant integer[] := (select yett.template_parameters(e.template)
		from yett.endpoint as e where e.endpoint_id = p_from);
	there constant integer[] := (select yett.template_parameters(e.template)
		from yett.endpoint as e where e.endpoint_id = p_into);
begin
	if here is not distinct from there then
		return;
	end if;
	update yett.field as f set path = '#' || array_position(there, here[f.path::integer])
	where f.endpoint_id = p_from and f.location = 3 and f.path ~ '^[1-9][0-9]?$'
		and array_position(there, here[f.path::integer]) <> f.path::integer;
	update yett.field as f set path = substr(f.path, 2)
	where f.endpoint_id = p_from and f.location = 3 and f.path like '#%';
end
$$;
comment on function yett.parameters_renumber is 'Calls the path parameters of an endpoint by the numbers that they have in another template';

-- What is known of one endpoint goes to another that it was found to be.
create function yett.knowledge_move(p_from integer, p_into integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	perform yett.parameters_renumber(p_from, p_into);
	perform yett.field_merge(f.field_id, t.field_id)
	from yett.field as f
	join yett.field as t on t.endpoint_id = p_into and t.direction = f.direction
		and t.location = f.location and t.path = f.path
	where f.endpoint_id = p_from;
	update yett.field set endpoint_id = p_into where endpoint_id = p_from;

	insert into yett.segment_child as t (endpoint_id, segment, word, requests, accepted,
		identities, shape, last_seen_at)
	select p_into, c.segment, c.word, c.requests, c.accepted, c.identities, c.shape,
		c.last_seen_at
	from yett.segment_child as c where c.endpoint_id = p_from
	on conflict on constraint segment_child_pkey do update set
		requests = t.requests + excluded.requests, accepted = t.accepted + excluded.accepted,
		identities = case when t.identities is null then excluded.identities
			when excluded.identities is null then t.identities
			else yett.distinct_merge(array[t.identities, excluded.identities]) end,
		last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at);
	delete from yett.segment_child where endpoint_id = p_from;
end
$$;
comment on function yett.knowledge_move is 'Fields, classes and values of parameters of an endpoint are added to those of another';

create or replace function yett.endpoint_merge(p_hash bigint, p_into bigint) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	target integer;
	old integer;
	moved integer;
begin
	if p_hash = p_into then
		return null;
	end if;
	select i.endpoint_id into target from yett.endpoint_ids(array[p_into]) as i;
	select e.endpoint_id into old from yett.endpoint as e where e.hash = p_hash;
	if old = target then -- it was merged the other way round before
		return target;
	end if;
	insert into yett.endpoint_alias as a (hash, endpoint_id) values (p_hash, target)
	on conflict on constraint endpoint_alias_pkey do update
		set endpoint_id = excluded.endpoint_id
		where a.endpoint_id <> excluded.endpoint_id;
	if old is not null then
		for moved in
			update yett.endpoint set merged_into_id = target
			where (endpoint_id = old or merged_into_id = old)
				and merged_into_id is distinct from target
			returning endpoint_id
		loop
			perform yett.knowledge_move(moved, target);
		end loop;
		update yett.endpoint_alias set endpoint_id = target where endpoint_id = old;
	end if;
	return target;
end
$$;

create or replace function yett.recorder_endpoints(p_hash bigint[], p_alias_of bigint[],
	p_service text[], p_method text[], p_template text[], p_operation text[],
	p_first_at timestamptz[], p_provisional boolean[], p_shapes text[])
returns table (hash bigint, endpoint_id integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	merge record;
	made integer[];
	known bigint[];
begin
	with put as (
		insert into yett.service as s (name)
		select distinct u.name from unnest(p_service) as u (name)
		where not exists (select from yett.service as x where x.name = u.name)
		order by u.name
		on conflict on constraint service_name_key do nothing
		returning s.service_id
	)
	select array_agg(p.service_id) into made from put as p;
	if made is not null then
		perform yett.team_rules_apply(made);
	end if;

	select array_agg(e.hash) into known from yett.endpoint as e
	where e.hash = any (p_hash) and e.service_id is not null;
	insert into yett.endpoint as e (hash, service_id, method, template, operation, label,
		provisional, first_seen_at, last_seen_at)
	select u.hash, s.service_id, u.method, u.template, u.operation,
		concat_ws(' ', u.method, u.template, u.operation), u.provisional,
		least(u.first_at, now()), least(u.first_at, now())
	from unnest(p_hash, p_alias_of, p_service, p_method, p_template, p_operation,
		p_first_at, p_provisional)
		as u (hash, alias_of, service, method, template, operation, first_at, provisional)
	join yett.service as s on s.name = u.service
	where u.alias_of = 0
		and not exists (select from yett.endpoint_alias as a where a.hash = u.hash)
	order by u.hash
	on conflict on constraint endpoint_hash_key do update set
		service_id = case when e.service_id is null then excluded.service_id else e.service_id end,
		method = case when e.service_id is null then excluded.method else e.method end,
		template = case when e.service_id is null then excluded.template else e.template end,
		operation = case when e.service_id is null then excluded.operation else e.operation end,
		label = case when e.service_id is null then excluded.label else e.label end,
		provisional = case when e.service_id is null then excluded.provisional else e.provisional end,
		first_seen_at = least(e.first_seen_at, excluded.first_seen_at)
		where e.service_id is null or excluded.first_seen_at < e.first_seen_at;

	for merge in
		select u.hash, u.alias_of from unnest(p_hash, p_alias_of) as u (hash, alias_of)
		where u.alias_of <> 0 order by u.hash
	loop
		perform yett.endpoint_merge(merge.hash, merge.alias_of);
	end loop;

	insert into yett.change (at, kind, service, label, endpoint_id, severity, alert, key)
	select e.first_seen_at, 'endpoint_new', s.name, e.label, e.endpoint_id, v.severity,
		v.alert, 'endpoint_new ' || e.endpoint_id
	from yett.endpoint as e
	join yett.service as s using (service_id)
	cross join yett.change_severity('endpoint_new', null) as v
	where e.hash = any (p_hash) and not (e.hash = any (coalesce(known, '{}')))
		and not e.provisional and e.merged_into_id is null
	order by e.endpoint_id
	on conflict on constraint change_key do nothing;

	insert into yett.undecided_word (token, shape)
	select w.token, max(w.shape)
	from (
		select t.m[1] as token, (string_to_array(u.shapes, ' '))[t.i] as shape
		from unnest(p_template, p_shapes) as u (template, shapes),
			regexp_matches(u.template, '\{~([^{}]+)\}', 'g') with ordinality as t (m, i)
		where u.template like '%{~%'
	) as w
	where length(w.token) <= 200
	group by w.token order by w.token
	on conflict on constraint undecided_word_pkey do nothing;

	return query select * from yett.endpoint_ids(p_hash);
end
$$;

grant execute on function
	yett.recorder_observations, yett.recorder_suspects, yett.recorder_children,
	yett.recorder_links
	to yett_recorder;
