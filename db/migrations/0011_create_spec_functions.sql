-- Specifications: how they come in, how they are compared, what the compiler takes from them.

alter table yett.spec_operation add column hints text[] not null default '{}';
comment on column yett.spec_operation.hints is 'by number of the path''s segment: =a|b one of these values, ~report.* mixed text, nothing';

create table yett.spec_word (
	spec_id integer not null constraint spec_word_spec_id_fkey references yett.spec,
	word text not null constraint spec_word_word check (length(word) between 1 and 200),
	constraint spec_word_pkey primary key (spec_id, word)
);
comment on table yett.spec_word is 'Words of specifications: literals of paths, names of parameters and fields; they may leave hosts';

create table yett.endpoint_spec (
	endpoint_id integer not null constraint endpoint_spec_endpoint_id_fkey references yett.endpoint,
	spec_operation_id integer not null
		constraint endpoint_spec_spec_operation_id_fkey references yett.spec_operation on delete cascade,
	constraint endpoint_spec_pkey primary key (endpoint_id, spec_operation_id)
);
comment on table yett.endpoint_spec is 'Which operations of current specifications an endpoint is, as the last comparison found';
create index endpoint_spec_spec_operation_id_idx on yett.endpoint_spec (spec_operation_id);

create index endpoint_provisional_idx on yett.endpoint (service_id)
	where provisional and merged_into_id is null;
create index endpoint_merged_into_id_idx on yett.endpoint (merged_into_id)
	where merged_into_id is not null;
create index endpoint_alias_endpoint_id_idx on yett.endpoint_alias (endpoint_id);

-- Lists inside of arrays travel as lines.
create function yett.lines(p_text text) returns text[]
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select case when p_text = '' then '{}' else string_to_array(p_text, E'\n') end
$$;
comment on function yett.lines is 'A text as an array of its lines; nothing is none';

-- The endpoints that a specification says exist; what people said of them stays.
create function yett.spec_endpoints(p_service_id integer, p_hash bigint[], p_method text[],
	p_template text[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.endpoint as e (hash, service_id, method, template, operation, label,
		provisional, origin, first_seen_at, last_seen_at)
	select distinct on (u.hash) u.hash, p_service_id, u.method, u.template, null,
		u.method || ' ' || u.template, false, 'spec', now(), now()
	from unnest(p_hash, p_method, p_template) as u (hash, method, template)
	where not exists (select from yett.endpoint_alias as a where a.hash = u.hash)
	order by u.hash
	on conflict on constraint endpoint_hash_key do update set
		service_id = excluded.service_id, method = excluded.method,
		template = excluded.template, label = excluded.label, provisional = false,
		origin = case when e.origin = 'human' then 'human' else 'spec' end
		where e.origin = 'learned' or e.provisional
$$;
comment on function yett.spec_endpoints is 'Makes the endpoints of a specification''s operations known';

-- What a word that did not leave its host can be: the middle of yett.undecided_word.shape.
create function yett.word_shape(p_word text) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select octet_length(p_word) || ':' || left(regexp_replace(regexp_replace(regexp_replace(
		regexp_replace(p_word, '[a-z]+', 'a', 'g'), '[A-Z]+', 'A', 'g'),
		'[0-9]+', '9', 'g'), '([^aA9])\1+', '\1', 'g'), 24)
$$;
comment on function yett.word_shape is 'Length and shape of a word, as gateways tell them of one that they may not tell';

-- Provisional endpoints that a specification or a person has made known meanwhile. Tokens are
-- what parameters take; a word that was released is first looked for as it is. A token that
-- may be a literal which only came with the specification waits until gateways know that word:
-- then they tell which it is, and what is left is a value. Beside learned parameters the
-- learner weighs each word by itself: it may be a literal there.
create function yett.endpoints_absorb(p_service_id integer default null) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one record;
	merged integer := 0;
begin
	for one in
		with said as materialized (
			select e.hash, e.service_id, e.method, coalesce(e.operation, '') as operation,
				e.template, e.first_seen_at
			from yett.endpoint as e
			join yett.service as s using (service_id)
			left join yett.override as o on o.service = s.name and o.method = e.method
				and o.template = e.template and o.operation = coalesce(e.operation, '')
				and o.property = 'template'
			where not e.provisional and e.merged_into_id is null
				and e.service_id = coalesce(p_service_id, e.service_id)
				and (e.origin <> 'learned' or o.value = 'keep')
				and o.value is distinct from 'ignore'
		), waiting as materialized (
			select e.hash, e.service_id, e.method, coalesce(e.operation, '') as operation,
				e.template, yett.template_released(e.template) as told
			from yett.endpoint as e
			join yett.service as s using (service_id)
			where e.provisional and e.merged_into_id is null and e.template like '%{~%'
				and e.service_id in (select x.service_id from said as x)
				and not exists (
					select from yett.override as o
					where o.service = s.name and o.method = e.method
						and o.template = e.template and o.operation = coalesce(e.operation, '')
						and o.property like 'template%')
		), parameter as (
			select x.*, replace(x.template, '{any}', '{text}') as key from said as x
		), fit as (
			select w.hash, w.told, d.hash as target, 1 as rank
			from waiting as w
			join parameter as d using (service_id, method, operation)
			where d.key = regexp_replace(w.told, '\{~[^{}]+\}', '{text}', 'g')
			union all
			select w.hash, w.told, d.hash, 2
			from waiting as w
			join parameter as d using (service_id, method, operation)
			where w.told <> w.template
				and d.key = regexp_replace(w.template, '\{~[^{}]+\}', '{text}', 'g')
				and not exists (
					select from yett.endpoint as l
					where l.service_id = w.service_id and l.method = w.method
						and coalesce(l.operation, '') = w.operation and l.template = w.told
						and not l.provisional and l.merged_into_id is null)
		), literal as materialized (
			select d.service_id, d.method, d.operation, p.i, yett.word_shape(a.part[p.i]) as shape,
				array_to_string(a.part[:p.i - 1] || '{text}'::text || a.part[p.i + 1:], '/') as key
			from parameter as d
			cross join lateral (select string_to_array(d.key, '/') as part) as a
			cross join lateral generate_subscripts(a.part, 1) as p (i)
			where d.first_seen_at > now() - interval '1 hour' and a.part[p.i] <> ''
				and a.part[p.i] not like '%{%'
		), doubtful as (
			select w.hash
			from waiting as w
			join literal as l using (service_id, method, operation)
			left join yett.undecided_word as u
				on split_part(w.told, '/', l.i) = '{~' || u.token || '}'
			where l.key = regexp_replace(w.told, '\{~[^{}]+\}', '{text}', 'g')
				and split_part(w.told, '/', l.i) like '{~%}'
				and regexp_replace(coalesce(u.shape, ''), '^[a-z]+:', '') in ('', l.shape)
		)
		select f.hash, min(f.target) as target
		from (
			select x.*, min(x.rank) over (partition by x.hash) as best from fit as x
		) as f
		where f.rank = f.best and f.hash not in (select d.hash from doubtful as d)
		group by f.hash
		having count(*) = 1
		order by f.hash
	loop
		perform yett.endpoint_merge(one.hash, one.target);
		merged := merged + 1;
	end loop;
	return merged;
end
$$;
comment on function yett.endpoints_absorb is 'Provisional endpoints become part of those that a specification or a person made known, of one service or all; returns how many';

create function yett.spec_put(p_service text, p_name text, p_version text, p_format text,
	p_file text, p_sha256 text, p_base_paths text[], p_method text[], p_template text[],
	p_spec_path text[], p_line integer[], p_operation_id text[], p_deprecated boolean[],
	p_security text[], p_hints text[], p_statuses text[], p_request_types text[],
	p_response_types text[], p_hash bigint[], p_words text[])
returns table (spec_id integer, spec_operation_id integer, was text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	id integer;
	service integer;
	before yett.spec;
	state text := 'added';
begin
	if p_name !~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$' then
		raise exception 'specification "%": a name has 1 to 100 letters, digits and . _ -', p_name
			using errcode = 'invalid_parameter_value';
	end if;
	if p_version !~ '^[^[:cntrl:]]{1,100}$' then
		raise exception 'version "%": expected 1 to 100 characters', p_version
			using errcode = 'invalid_parameter_value';
	end if;
	-- one import of a service at a time
	perform pg_advisory_xact_lock(2036692084, hashtext(p_service));
	select s.service_id into service from yett.service as s where s.name = p_service;
	if service is null then
		service := yett.service_put(p_service);
		update yett.service as s set origin = 'spec' where s.service_id = service;
	end if;
	select s.* into before from yett.spec as s
	where s.service = p_service and s.name = p_name and s.version = p_version;
	if found then
		state := case when before.retired_at is null then 'changed' else 'current again' end;
		delete from yett.spec_word as w where w.spec_id = before.spec_id;
		delete from yett.spec_operation as o where o.spec_id = before.spec_id
			and exists (select from unnest(p_method, p_template) as u (method, template)
				where u.method = o.method and u.template = o.template);
		-- what is gone without a new number of the version is an earlier version
		if exists (select from yett.spec_operation as o where o.spec_id = before.spec_id) then
			insert into yett.spec (service, name, version, format, file, sha256, base_paths,
				imported_at, imported_by, retired_at)
			select before.service, before.name, before.version || '~' || (1 + (select count(*)
					from yett.spec as s where s.service = before.service
					and s.name = before.name
					and starts_with(s.version, before.version || '~'))),
				before.format, before.file, before.sha256, before.base_paths,
				before.imported_at, before.imported_by, now()
			returning yett.spec.spec_id into id;
			update yett.spec_operation as o set spec_id = id
			where o.spec_id = before.spec_id;
		end if;
	end if;
	insert into yett.spec as s (service, name, version, format, file, sha256, base_paths)
	values (p_service, p_name, p_version, p_format, p_file, p_sha256, p_base_paths)
	on conflict on constraint spec_key do update set
		format = excluded.format, file = excluded.file, sha256 = excluded.sha256,
		base_paths = excluded.base_paths, imported_at = now(), imported_by = session_user,
		retired_at = null
	returning s.spec_id into id;
	update yett.spec as s set retired_at = now()
	where s.service = p_service and s.name = p_name and s.spec_id <> id
		and s.retired_at is null;
	insert into yett.spec_word (spec_id, word)
	select id, w.word from unnest(p_words) as w (word) group by w.word order by w.word;
	perform yett.spec_endpoints(service, p_hash, p_method, p_template);
	perform yett.audit_put('spec_put', p_service || ' ' || p_name, jsonb_build_object(
		'version', p_version, 'file', p_file, 'sha256', p_sha256,
		'operations', cardinality(p_method), 'before', before.sha256,
		'absorbed', yett.endpoints_absorb(service)));
	perform pg_notify('yett_learn', 'spec');
	return query
	with added as (
		insert into yett.spec_operation as o (spec_id, method, template, spec_path, line,
			operation_id, deprecated, security, hints, statuses, request_types,
			response_types)
		select id, u.method, u.template, u.spec_path, u.line, u.operation_id, u.deprecated,
			yett.lines(u.security), yett.lines(u.hints), yett.lines(u.statuses),
			yett.lines(u.request_types), yett.lines(u.response_types)
		from unnest(p_method, p_template, p_spec_path, p_line, p_operation_id,
			p_deprecated, p_security, p_hints, p_statuses, p_request_types,
			p_response_types)
			as u (method, template, spec_path, line, operation_id, deprecated, security,
				hints, statuses, request_types, response_types)
		returning o.spec_operation_id, o.method, o.template
	)
	select id, a.spec_operation_id, state
	from unnest(p_method, p_template) with ordinality as u (method, template, n)
	join added as a using (method, template)
	order by u.n;
end
$$;
comment on function yett.spec_put is 'Takes a specification in, or in anew, as the current version of its name, and makes its endpoints and words known; lists inside of arrays are lines; returns the ids of its operations in their order';

create function yett.spec_fields_put(p_spec_operation_id integer[], p_direction smallint[],
	p_location smallint[], p_path text[], p_types integer[], p_required boolean[],
	p_open boolean[], p_line integer[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.spec_field (spec_operation_id, direction, location, path, types,
		required, open, line)
	select * from unnest(p_spec_operation_id, p_direction, p_location, p_path, p_types,
		p_required, p_open, p_line)
$$;
comment on function yett.spec_fields_put is 'Fields of operations that spec_put has just taken in';

create function yett.spec_remove(p_service text, p_name text, p_version text default null)
returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	ids integer[];
	service integer;
begin
	select array_agg(s.spec_id) into ids from yett.spec as s
	where s.service = p_service and s.name = p_name
		and s.version = coalesce(p_version, s.version)
		and exists (select from yett.spec_operation as o where o.spec_id = s.spec_id);
	if ids is null then
		raise exception 'service % has no specification %', p_service,
			concat_ws(' ', p_name, p_version) using errcode = 'no_data_found';
	end if;
	select s.service_id into service from yett.service as s where s.name = p_service;
	-- what nothing else vouches for and nobody called leaves the router
	update yett.endpoint as e set provisional = true
	where e.service_id = service and e.origin = 'spec'
		and exists (select from yett.spec_operation as o where o.spec_id = any(ids)
			and o.method = e.method and o.template = e.template)
		and not exists (select from yett.spec_operation as o
			join yett.spec as s on s.spec_id = o.spec_id
			where s.service = p_service and not s.spec_id = any(ids)
				and s.retired_at is null
				and o.method = e.method and o.template = e.template)
		and not exists (select from yett.endpoint_day as d where d.endpoint_id = e.endpoint_id)
		and not exists (select from part.endpoint_hour_open as h
			where h.endpoint_id = e.endpoint_id);
	delete from yett.spec_operation as o where o.spec_id = any(ids);
	delete from yett.spec_word as w where w.spec_id = any(ids);
	update yett.spec as s set retired_at = coalesce(s.retired_at, now())
	where s.spec_id = any(ids);
	update yett.finding as f set resolved_at = now()
	where f.spec_id = any(ids) and f.resolved_at is null;
	perform yett.audit_put('spec_remove', p_service || ' ' || p_name,
		jsonb_build_object('version', p_version, 'specifications', cardinality(ids)));
	perform pg_notify('yett_learn', 'spec');
	return cardinality(ids);
end
$$;
comment on function yett.spec_remove is 'Takes back all versions of a specification, or one: it counts no more, neither as current nor as an earlier one; its row stays';

create function yett.findings_replace(p_service text, p_kind text[], p_label text[],
	p_endpoint_id integer[], p_spec_id integer[], p_place text[], p_file text[],
	p_line integer[], p_detail text[], p_match_endpoint_id integer[],
	p_match_operation_id integer[])
returns table (open bigint, opened bigint, resolved bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	before bigint[];
	after bigint[];
begin
	perform pg_advisory_xact_lock(2036692084, hashtext(p_service));
	select array_agg(f.finding_id) into before from yett.finding as f
	where f.service = p_service and f.resolved_at is null;
	with found as (
		insert into yett.finding as f (kind, service, label, endpoint_id, spec_id, place, file,
			line, detail)
		select distinct on (u.kind, u.label, u.spec_id, u.place) u.kind, p_service, u.label,
			nullif(u.endpoint_id, 0), nullif(u.spec_id, 0), u.place, u.file,
			nullif(u.line, 0), u.detail
		from unnest(p_kind, p_label, p_endpoint_id, p_spec_id, p_place, p_file, p_line,
			p_detail)
			as u (kind, label, endpoint_id, spec_id, place, file, line, detail)
		order by u.kind, u.label, u.spec_id, u.place
		on conflict on constraint finding_key do update set
			endpoint_id = excluded.endpoint_id, file = excluded.file, line = excluded.line,
			detail = excluded.detail, last_at = now(), resolved_at = null,
			first_at = case when f.resolved_at is null then f.first_at else now() end
		returning f.finding_id
	)
	select array_agg(x.finding_id) into after from found as x;
	update yett.finding as f set resolved_at = now()
	where f.service = p_service and f.resolved_at is null
		and f.finding_id <> all(coalesce(after, '{}'));
	get diagnostics resolved = row_count;
	select count(*), count(*) filter (where not f.finding_id = any(coalesce(before, '{}')))
	into open, opened
	from yett.finding as f where f.service = p_service and f.resolved_at is null;

	delete from yett.endpoint_spec as x using yett.endpoint as e, yett.service as s
	where x.endpoint_id = e.endpoint_id and e.service_id = s.service_id
		and s.name = p_service
		and not exists (select from unnest(p_match_endpoint_id, p_match_operation_id)
			as u (endpoint_id, operation_id) where u.endpoint_id = x.endpoint_id
			and u.operation_id = x.spec_operation_id);
	insert into yett.endpoint_spec (endpoint_id, spec_operation_id)
	select * from unnest(p_match_endpoint_id, p_match_operation_id)
	on conflict do nothing;
	return next;
end
$$;
comment on function yett.findings_replace is 'What a comparison of one service found: what is there no more is resolved; and which endpoints are which operations';

-- Views ------------------------------------------------------------------------------------

create view report.spec_operation as
select o.spec_operation_id, o.spec_id, s.service, s.name as spec, s.version,
	s.retired_at is null as current, o.method, o.template, o.spec_path, s.file, o.line,
	o.operation_id, o.deprecated, o.security, o.hints, o.statuses, o.request_types,
	o.response_types,
	(select count(*) from yett.endpoint_spec as x
		where x.spec_operation_id = o.spec_operation_id) as endpoints
from yett.spec_operation as o
join yett.spec as s using (spec_id);
comment on view report.spec_operation is 'Operations of specifications; endpoints: how many were found to be it';

create view report.spec_field as
select f.spec_operation_id, f.direction, f.location, f.path, f.types, f.required, f.open, f.line
from yett.spec_field as f;
comment on view report.spec_field is 'Fields that specifications declare';

create view report.endpoint_spec as
select x.endpoint_id, o.spec_operation_id, s.spec_id, s.service, s.name as spec, s.version,
	s.file, o.line, o.method, o.spec_path, o.operation_id, o.deprecated
from yett.endpoint_spec as x
join yett.spec_operation as o using (spec_operation_id)
join yett.spec as s using (spec_id);
comment on view report.endpoint_spec is 'Where endpoints stand in specifications, as the last comparison found';

create view report.spec_finding as
select f.finding_id, f.kind, f.service, f.team, f.label, f.endpoint_id, f.spec, f.version,
	f.place, f.file || coalesce(':' || f.line, '') as at, f.detail, f.first_at, f.last_at,
	f.resolved_at
from report.finding as f;
comment on view report.spec_finding is 'How inventory and specifications differ; at: file and line of the specification';

-- What a comparison reads ------------------------------------------------------------------

-- Days by their key, so that one service is read without the others; open hours are few.
create view report.learn_spec_endpoint as
select e.endpoint_id, s.name as service, e.method, t.template, coalesce(e.operation, '')
		as operation,
	exists (select from yett.override as v where v.service = s.name and v.property = 'auth'
		and ((v.method = e.method and v.template = e.template
			and v.operation = coalesce(e.operation, '')) or v.template = '')) as said_auth,
	coalesce(d.requests, 0) + coalesce(o.requests, 0) as requests,
	coalesce(d.status_0, 0) + coalesce(o.status_0, 0) as status_none,
	coalesce(d.status_1, 0) + coalesce(o.status_1, 0) as status_1xx,
	coalesce(d.status_2, 0) + coalesce(o.status_2, 0) as status_2xx,
	coalesce(d.status_3, 0) + coalesce(o.status_3, 0) as status_3xx,
	coalesce(d.status_4, 0) + coalesce(o.status_4, 0) as status_4xx,
	coalesce(d.status_5, 0) + coalesce(o.status_5, 0) as status_5xx,
	coalesce(d.refused, 0) + coalesce(o.refused, 0) as refused,
	coalesce(d.auth_mask, 0) | coalesce(o.auth_mask, 0) as auth_mask,
	coalesce(d.auth_none, 0) + coalesce(o.auth_none, 0) as auth_none,
	least(d.first_at, o.first_at) as first_at, greatest(d.last_at, o.last_at) as last_at,
	e.provisional, case when t.template like '%{~%' then (
		select string_agg(coalesce(w.shape, '::'), ' ' order by m.i)
		from regexp_matches(t.template, '\{~([^{}]+)\}', 'g') with ordinality as m (token, i)
		left join yett.undecided_word as w on w.token = m.token[1]
	) end as shapes
from yett.endpoint as e
join yett.service as s using (service_id)
cross join lateral (
	select case when e.provisional then yett.template_released(e.template) else e.template end
		as template
) as t
left join lateral (
	select sum(h.requests)::bigint as requests, sum(h.status_0)::bigint as status_0,
		sum(h.status_1)::bigint as status_1, sum(h.status_2)::bigint as status_2,
		sum(h.status_3)::bigint as status_3, sum(h.status_4)::bigint as status_4,
		sum(h.status_5)::bigint as status_5, sum(h.denied + h.limited)::bigint as refused,
		bit_or(h.auth_mask) as auth_mask, sum(h.auth_none)::bigint as auth_none,
		min(h.first_at) as first_at, max(h.last_at) as last_at
	from yett.endpoint as m
	join yett.endpoint_day as h using (endpoint_id)
	where coalesce(m.merged_into_id, m.endpoint_id) = e.endpoint_id
) as d on true
left join (
	select coalesce(m.merged_into_id, m.endpoint_id) as endpoint_id,
		sum(h.requests)::bigint as requests, sum(h.status_0)::bigint as status_0,
		sum(h.status_1)::bigint as status_1, sum(h.status_2)::bigint as status_2,
		sum(h.status_3)::bigint as status_3, sum(h.status_4)::bigint as status_4,
		sum(h.status_5)::bigint as status_5, sum(h.denied + h.limited)::bigint as refused,
		bit_or(h.auth_mask) as auth_mask, sum(h.auth_none)::bigint as auth_none,
		min(h.first_at) as first_at, max(h.last_at) as last_at
	from part.endpoint_hour_open as h
	join yett.endpoint as m using (endpoint_id)
	group by 1
) as o using (endpoint_id)
where e.merged_into_id is null
	and not exists (select from yett.override as v where v.service = s.name
		and v.method = e.method and v.template = e.template
		and v.operation = coalesce(e.operation, '') and v.property = 'template'
		and v.value = 'ignore');
comment on view report.learn_spec_endpoint is 'Compiler: endpoints with all that they ever did, for comparing them with specifications; give a service';

create view report.learn_spec_field as
select coalesce(e.merged_into_id, e.endpoint_id) as endpoint_id, s.name as service,
	f.field_id, f.direction, f.location, f.path, f.types, f.present, f.messages,
	f.first_seen_at, f.last_seen_at
from yett.field as f
join yett.endpoint as e using (endpoint_id)
join yett.service as s using (service_id)
left join yett.override as v on v.service = s.name and v.method = e.method
	and v.template = e.template and v.operation = coalesce(e.operation, '')
	and v.direction = f.direction and v.location = f.location and v.path = f.path
	and v.property = 'field.ignore'
where v.override_id is null;
comment on view report.learn_spec_field is 'Compiler: fields that were seen, for comparing them with specifications; give a service';

create or replace view report.policy_word as
select a.word from (
	select w.released_text as word from yett.undecided_word as w
	where w.released_text is not null
	union
	select x.word from yett.spec_word as x
) as a
order by a.word collate "C";
comment on view report.policy_word is 'Compiler: words that may leave hosts: released ones, and those of specifications';

grant execute on function
	yett.spec_put, yett.spec_fields_put, yett.spec_remove
	to yett_editor, yett_compiler;
grant execute on function yett.findings_replace to yett_compiler, yett_editor;
grant execute on function yett.endpoints_absorb to yett_compiler;
