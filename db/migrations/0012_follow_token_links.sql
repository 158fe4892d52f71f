-- After a rotation of the redaction key one value has two tokens, and gateways tell which two.
-- What is kept under the older goes on under the newer: words, fields, values of parameters, and
-- what people said of them. Endpoints follow by the aliases that gateways tell beside. Old
-- tokens elsewhere (evidence, changes, the audit) stay as they were written and are joined by
-- yett.token_newest() and yett.token_same().

create index field_token_idx on yett.field (field_id) where path like '%{~%';
create index segment_child_token_idx on yett.segment_child (word) where word like '{~%';

create function yett.token_newest(p_token text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	with recursive later (token, depth) as (
		values (p_token, 0)
		union
		select l.to_token, t.depth + 1
		from later as t join yett.token_link as l on l.from_token = t.token
		where t.depth < 100 -- more rotations than a key file has room for
	)
	select token from later order by depth desc, token limit 1
$$;
comment on function yett.token_newest is 'The token that a value has now, as far as links tell; the token itself without one';

create function yett.token_same(p_token text) returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	with recursive same (token) as (
		values (p_token)
		union
		select x.token
		from same as s
		cross join lateral (
			select l.to_token as token from yett.token_link as l where l.from_token = s.token
			union all
			select l.from_token from yett.token_link as l where l.to_token = s.token
		) as x
	)
	select token from same
$$;
comment on function yett.token_same is 'All tokens that one value has had, this one included';

create function yett.tokens_renew(p_text text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
	one text;
	renewed text := p_text;
begin
	for one in
		select distinct m[1] from regexp_matches(p_text, '\{~([^{}]+)\}', 'g') as m
	loop
		renewed := replace(renewed, '{~' || one || '}', '{~' || yett.token_newest(one) || '}');
	end loop;
	return renewed;
end
$$;
comment on function yett.tokens_renew is 'A path or template with the newest tokens in it';

create function yett.token_links_follow() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one record;
	twin integer;
begin
	insert into yett.undecided_word as w (token, shape, released_text, identities,
		first_seen_at, released_at)
	select yett.token_newest(o.token), max(o.shape), max(o.released_text), max(o.identities),
		min(o.first_seen_at), min(o.released_at)
	from fresh as l
	join yett.undecided_word as o on o.token = l.from_token
	group by 1 order by 1
	on conflict on constraint undecided_word_pkey do update set
		shape = coalesce(w.shape, excluded.shape),
		released_text = coalesce(w.released_text, excluded.released_text),
		identities = greatest(w.identities, excluded.identities),
		first_seen_at = least(w.first_seen_at, excluded.first_seen_at),
		released_at = coalesce(w.released_at, excluded.released_at);

	-- Not only the fresh ones: a gateway that got the new key late tells the old token again.
	for one in
		select f.field_id, f.endpoint_id, f.direction, f.location,
			yett.tokens_renew(f.path) as path
		from yett.field as f
		where f.path like '%{~%' and exists (
			select from regexp_matches(f.path, '\{~([^{}]+)\}', 'g') as m
			join yett.token_link as l on l.from_token = m[1])
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
		delete from yett.segment_child as c
		using yett.token_link as l
		where c.word like '{~%' and c.word = '{~' || l.from_token || '}'
		returning c.*
	), added as (
		select g.endpoint_id, g.segment, yett.tokens_renew(g.word) as word,
			sum(g.requests)::bigint as requests, sum(g.accepted)::bigint as accepted,
			array_agg(g.identities) filter (where g.identities is not null) as identities,
			max(g.shape) as shape, max(g.last_seen_at) as last_seen_at
		from gone as g
		group by g.endpoint_id, g.segment, yett.tokens_renew(g.word)
	)
	insert into yett.segment_child as t (endpoint_id, segment, word, requests, accepted,
		identities, shape, last_seen_at)
	select a.endpoint_id, a.segment, a.word, a.requests, a.accepted,
		case cardinality(a.identities) when 1 then a.identities[1]
			else yett.distinct_merge(a.identities) end, a.shape, a.last_seen_at
	from added as a
	order by a.endpoint_id, a.segment, a.word collate "C"
	on conflict on constraint segment_child_pkey do update set
		requests = t.requests + excluded.requests, accepted = t.accepted + excluded.accepted,
		identities = case when t.identities is null then excluded.identities
			when excluded.identities is null then t.identities
			else yett.distinct_merge(array[t.identities, excluded.identities]) end,
		last_seen_at = greatest(t.last_seen_at, excluded.last_seen_at);

	-- What people said of the newer one already counts.
	update yett.override as o set template = n.template, path = n.path, service = n.service
	from (
		select x.override_id, yett.tokens_renew(x.template) as template,
			yett.tokens_renew(x.path) as path, yett.tokens_renew(x.service) as service
		from yett.override as x
		where x.template like '%{~%' or x.path like '%{~%' or x.service like '%{~%'
	) as n
	where o.override_id = n.override_id
		and (o.template, o.path, o.service) is distinct from (n.template, n.path, n.service)
		and not exists (
			select from yett.override as y
			where y.service = n.service and y.method = o.method and y.template = n.template
				and y.operation = o.operation and y.direction = o.direction
				and y.location = o.location and y.path = n.path and y.property = o.property);
	return null;
end
$$;
comment on function yett.token_links_follow is 'Trigger: what is known under older tokens goes on under the newer ones';

create trigger token_link_follow after insert on yett.token_link
	referencing new table as fresh
	for each statement execute function yett.token_links_follow();

-- A host may be told from now on: what people said of its service goes on under its name.
create function yett.host_released_follow() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	update yett.override as o set service = new.released_text
	where o.service = '{~' || new.token || '}' and not exists (
		select from yett.override as y
		where y.service = new.released_text and y.method = o.method
			and y.template = o.template and y.operation = o.operation
			and y.direction = o.direction and y.location = o.location
			and y.path = o.path and y.property = o.property);
	update yett.service as s set team_id = h.team_id
	from yett.service as h
	where h.name = '{~' || new.token || '}' and h.team_id is not null
		and s.name = new.released_text and s.team_id is null;
	return null;
end
$$;
comment on function yett.host_released_follow is 'Trigger: a service that was shown as a token has a name';

create trigger undecided_word_host_released after insert or update on yett.undecided_word
	for each row when (new.token like 'host.%' and new.released_text is not null)
	execute function yett.host_released_follow();

-- A service that was shown as a token, and whose endpoints have all moved on, is none.
create or replace view report.service as
select s.service_id, s.name as service, t.name as team,
	(select i.environment from yett.installation as i) as environment,
	s.origin, s.first_seen_at,
	(select count(*) from yett.endpoint as e where e.service_id = s.service_id
		and e.merged_into_id is null) as endpoints
from yett.service as s
left join yett.team as t using (team_id)
where s.name not like '{~%' or exists (
	select from yett.endpoint as e
	where e.service_id = s.service_id and e.merged_into_id is null);

create view report.token as
select l.from_token as token, yett.token_newest(l.from_token) as newest_token, l.at
from yett.token_link as l;
comment on view report.token is 'Tokens that have a newer one: join what was written before a rotation of the key by newest_token';

grant execute on function yett.token_newest, yett.token_same, yett.tokens_renew
	to yett_recorder, yett_reader, yett_editor, yett_compiler;
