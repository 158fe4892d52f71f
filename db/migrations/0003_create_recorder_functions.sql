-- What the recorder may do. Arrays come sorted and without repeated keys, and are sorted
-- again here, so that two recorders take row locks in the same order. Everything of a batch
-- happens in one transaction that begins with yett.stream_advance for each of its streams.

create function yett.recorder_agent(p_name text, p_environment text, p_version text,
	p_boot bigint, p_revision bigint, p_started_at timestamptz, p_cold_starts bigint,
	p_deaths bigint, p_counters jsonb) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	here text;
	id integer;
begin
	select i.environment into here from yett.installation as i;
	if here is distinct from p_environment then
		raise exception 'this database is environment %, the agent is set to %',
			coalesce(here, '(none)'), p_environment
			using errcode = 'object_not_in_prerequisite_state',
			hint = 'set environment in [agent] of yett.conf, or connect to another database';
	end if;
	insert into yett.agent as a (name, environment, version, boot, revision, started_at,
		cold_starts, deaths, counters)
	values (p_name, p_environment, p_version, p_boot, p_revision, p_started_at,
		p_cold_starts, p_deaths, coalesce(p_counters, '{}'))
	on conflict (name) do update set
		environment = excluded.environment, version = excluded.version,
		boot = excluded.boot, revision = excluded.revision,
		started_at = excluded.started_at, last_seen_at = now(),
		cold_starts = excluded.cold_starts, deaths = excluded.deaths,
		counters = excluded.counters
	returning a.agent_id into id;
	return id;
end
$$;
comment on function yett.recorder_agent is 'Says that an agent lives; its id';

create function yett.recorder_streams(p_agent_id integer)
returns table (boot bigint, shard integer, kind smallint, seq bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select s.boot, s.shard, s.kind, s.seq from yett.agent_stream as s
	where s.agent_id = p_agent_id
$$;
comment on function yett.recorder_streams is 'How far each stream of an agent has come';

create function yett.stream_advance(p_agent_id integer, p_boot bigint, p_shard integer,
	p_kind smallint, p_from bigint, p_to bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	insert into yett.agent_stream as s (agent_id, boot, shard, kind, seq)
	values (p_agent_id, p_boot, p_shard, p_kind, p_to)
	on conflict on constraint agent_stream_pkey do update
		set seq = excluded.seq, applied_at = now()
		where s.seq < p_from;
	return found;
end
$$;
comment on function yett.stream_advance is 'The guard: true if no record from p_from on has been applied; false: start over from recorder_streams';

-- Ids of hashes, through aliases; unknown ones get a row that waits for its description.
create function yett.endpoint_ids(p_hash bigint[])
returns table (hash bigint, endpoint_id integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	insert into yett.endpoint (hash, method, template, label, provisional,
		first_seen_at, last_seen_at)
	select u.hash, '', '', 'not described yet', true, now(), now()
	from (select distinct x.hash from unnest(p_hash) as x (hash)) as u
	where not exists (select from yett.endpoint as e where e.hash = u.hash)
		and not exists (select from yett.endpoint_alias as a where a.hash = u.hash)
	order by u.hash
	on conflict on constraint endpoint_hash_key do nothing;
	return query
		select u.hash, coalesce(a.endpoint_id, e.merged_into_id, e.endpoint_id)
		from (select distinct x.hash from unnest(p_hash) as x (hash)) as u
		left join yett.endpoint_alias as a on a.hash = u.hash
		left join yett.endpoint as e on e.hash = u.hash;
end
$$;
comment on function yett.endpoint_ids is 'Ids of endpoint hashes; an unknown one gets an id at once';

create function yett.endpoint_merge(p_hash bigint, p_into bigint) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	target integer;
	old integer;
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
		update yett.endpoint set merged_into_id = target
		where (endpoint_id = old or merged_into_id = old)
			and merged_into_id is distinct from target;
		update yett.endpoint_alias set endpoint_id = target where endpoint_id = old;
	end if;
	return target;
end
$$;
comment on function yett.endpoint_merge is 'From now on the first hash counts for the endpoint of the second';

create function yett.recorder_endpoints(p_hash bigint[], p_alias_of bigint[],
	p_service text[], p_method text[], p_template text[], p_operation text[],
	p_first_at timestamptz[], p_provisional boolean[], p_shapes text[])
returns table (hash bigint, endpoint_id integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	merge record;
begin
	insert into yett.service (name)
	select distinct u.name from unnest(p_service) as u (name)
	where not exists (select from yett.service as s where s.name = u.name)
	order by u.name
	on conflict on constraint service_name_key do nothing;

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
comment on function yett.recorder_endpoints is 'Descriptions of endpoints: new ones get ids, known ones stay as they are, merged ones become aliases';

create function yett.recorder_minutes(p_minute_at timestamptz[], p_endpoint_id integer[],
	p_requests integer[], p_status_0 integer[], p_status_1 integer[], p_status_2 integer[],
	p_status_3 integer[], p_status_4 integer[], p_status_5 integer[], p_denied integer[],
	p_limited integer[], p_dropped integer[], p_shadowed integer[], p_undecided integer[],
	p_unfinished integer[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into part.endpoint_minute_open as m
	select u.*
	from unnest(p_minute_at, p_endpoint_id, p_requests, p_status_0, p_status_1, p_status_2,
		p_status_3, p_status_4, p_status_5, p_denied, p_limited, p_dropped, p_shadowed,
		p_undecided, p_unfinished)
		as u (minute_at, endpoint_id, requests, status_0, status_1, status_2, status_3,
			status_4, status_5, denied, limited, dropped, shadowed, undecided, unfinished)
	where u.minute_at >= now() - interval '48 hours'
	order by u.minute_at, u.endpoint_id
	on conflict on constraint endpoint_minute_open_pkey do update set
		requests = m.requests + excluded.requests,
		status_0 = nullif(coalesce(m.status_0, 0) + coalesce(excluded.status_0, 0), 0),
		status_1 = nullif(coalesce(m.status_1, 0) + coalesce(excluded.status_1, 0), 0),
		status_2 = nullif(coalesce(m.status_2, 0) + coalesce(excluded.status_2, 0), 0),
		status_3 = nullif(coalesce(m.status_3, 0) + coalesce(excluded.status_3, 0), 0),
		status_4 = nullif(coalesce(m.status_4, 0) + coalesce(excluded.status_4, 0), 0),
		status_5 = nullif(coalesce(m.status_5, 0) + coalesce(excluded.status_5, 0), 0),
		denied = nullif(coalesce(m.denied, 0) + coalesce(excluded.denied, 0), 0),
		limited = nullif(coalesce(m.limited, 0) + coalesce(excluded.limited, 0), 0),
		dropped = nullif(coalesce(m.dropped, 0) + coalesce(excluded.dropped, 0), 0),
		shadowed = nullif(coalesce(m.shadowed, 0) + coalesce(excluded.shadowed, 0), 0),
		undecided = nullif(coalesce(m.undecided, 0) + coalesce(excluded.undecided, 0), 0),
		unfinished = nullif(coalesce(m.unfinished, 0) + coalesce(excluded.unfinished, 0), 0)
$$;
comment on function yett.recorder_minutes is 'Adds counts to minutes; null is none; minutes older than 48 hours are left to their hour and day';

create function yett.recorder_minutes_close(
	p_before timestamptz default now() - interval '3 minutes') returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	moved bigint;
begin
	with quiet as (
		select o.minute_at, o.endpoint_id from part.endpoint_minute_open as o
		where o.minute_at < p_before
		order by o.minute_at, o.endpoint_id
		limit 20000
		for update skip locked
	), gone as (
		delete from part.endpoint_minute_open as o using quiet as q
		where o.minute_at = q.minute_at and o.endpoint_id = q.endpoint_id
		returning o.*
	), kept as (
		insert into yett.endpoint_minute as m
		select g.* from gone as g
		where g.minute_at >= now() - interval '48 hours'
		order by g.minute_at, g.endpoint_id
		on conflict on constraint endpoint_minute_pkey do update set
			requests = m.requests + excluded.requests,
			status_0 = nullif(coalesce(m.status_0, 0) + coalesce(excluded.status_0, 0), 0),
			status_1 = nullif(coalesce(m.status_1, 0) + coalesce(excluded.status_1, 0), 0),
			status_2 = nullif(coalesce(m.status_2, 0) + coalesce(excluded.status_2, 0), 0),
			status_3 = nullif(coalesce(m.status_3, 0) + coalesce(excluded.status_3, 0), 0),
			status_4 = nullif(coalesce(m.status_4, 0) + coalesce(excluded.status_4, 0), 0),
			status_5 = nullif(coalesce(m.status_5, 0) + coalesce(excluded.status_5, 0), 0),
			denied = nullif(coalesce(m.denied, 0) + coalesce(excluded.denied, 0), 0),
			limited = nullif(coalesce(m.limited, 0) + coalesce(excluded.limited, 0), 0),
			dropped = nullif(coalesce(m.dropped, 0) + coalesce(excluded.dropped, 0), 0),
			shadowed = nullif(coalesce(m.shadowed, 0) + coalesce(excluded.shadowed, 0), 0),
			undecided = nullif(coalesce(m.undecided, 0) + coalesce(excluded.undecided, 0), 0),
			unfinished = nullif(coalesce(m.unfinished, 0) + coalesce(excluded.unfinished, 0), 0)
	)
	select count(*) into moved from gone;
	return moved;
end
$$;
comment on function yett.recorder_minutes_close is 'Moves minutes before a time, by default three minutes ago, into their partition';

-- Held to the end of the transaction: whoever merges sketches of an hour is alone with it.
create function yett.hour_lock(p_hour_at timestamptz) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	select pg_advisory_xact_lock(2036692084, (extract(epoch from p_hour_at) / 3600)::integer)
$$;
comment on function yett.hour_lock is 'Lock of one hour for merging its sketches outside PostgreSQL';

create function yett.recorder_hours_read(p_hour_at timestamptz[], p_endpoint_id integer[])
returns table (hour_at timestamptz, endpoint_id integer, latency bytea,
	request_size bytea, response_size bytea, identities bytea)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	hour timestamptz;
begin
	for hour in select distinct u.h from unnest(p_hour_at) as u (h) order by u.h loop
		perform yett.hour_lock(hour);
	end loop;
	return query
		select h.hour_at, h.endpoint_id, h.latency, h.request_size, h.response_size,
			h.identities
		from unnest(p_hour_at, p_endpoint_id) as u (hour_at, endpoint_id)
		join part.endpoint_hour_open as h using (hour_at, endpoint_id);
end
$$;
comment on function yett.recorder_hours_read is 'Locks hours and returns the sketches that are there already';

create function yett.recorder_hours_write(p_hour_at timestamptz[], p_endpoint_id integer[],
	p_requests bigint[], p_watched bigint[], p_status_0 bigint[], p_status_1 bigint[],
	p_status_2 bigint[], p_status_3 bigint[], p_status_4 bigint[], p_status_5 bigint[],
	p_denied bigint[], p_limited bigint[], p_dropped bigint[], p_shadowed bigint[],
	p_inspected_none bigint[], p_inspected_partial bigint[], p_inspected_complete bigint[],
	p_undecided bigint[], p_unfinished bigint[], p_request_bytes bigint[],
	p_response_bytes bigint[], p_auth_mask integer[], p_auth_none bigint[],
	p_first_at timestamptz[], p_last_at timestamptz[], p_latency bytea[],
	p_request_size bytea[], p_response_size bytea[], p_identities bytea[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	insert into part.endpoint_hour_open as h
	select u.*
	from unnest(p_hour_at, p_endpoint_id, p_requests, p_watched, p_status_0, p_status_1,
		p_status_2, p_status_3, p_status_4, p_status_5, p_denied, p_limited, p_dropped,
		p_shadowed, p_inspected_none, p_inspected_partial, p_inspected_complete,
		p_undecided, p_unfinished, p_request_bytes, p_response_bytes, p_auth_mask,
		p_auth_none, p_first_at, p_last_at, p_latency, p_request_size, p_response_size,
		p_identities) as u (hour_at, endpoint_id)
	order by u.hour_at, u.endpoint_id
	on conflict on constraint endpoint_hour_open_pkey do update set
		requests = h.requests + excluded.requests, watched = h.watched + excluded.watched,
		status_0 = h.status_0 + excluded.status_0, status_1 = h.status_1 + excluded.status_1,
		status_2 = h.status_2 + excluded.status_2, status_3 = h.status_3 + excluded.status_3,
		status_4 = h.status_4 + excluded.status_4, status_5 = h.status_5 + excluded.status_5,
		denied = h.denied + excluded.denied, limited = h.limited + excluded.limited,
		dropped = h.dropped + excluded.dropped, shadowed = h.shadowed + excluded.shadowed,
		inspected_none = h.inspected_none + excluded.inspected_none,
		inspected_partial = h.inspected_partial + excluded.inspected_partial,
		inspected_complete = h.inspected_complete + excluded.inspected_complete,
		undecided = h.undecided + excluded.undecided,
		unfinished = h.unfinished + excluded.unfinished,
		request_bytes = h.request_bytes + excluded.request_bytes,
		response_bytes = h.response_bytes + excluded.response_bytes,
		auth_mask = h.auth_mask | excluded.auth_mask,
		auth_none = h.auth_none + excluded.auth_none,
		first_at = least(h.first_at, excluded.first_at),
		last_at = greatest(h.last_at, excluded.last_at),
		latency = excluded.latency, request_size = excluded.request_size,
		response_size = excluded.response_size, identities = excluded.identities;

	update yett.endpoint as e set last_seen_at = u.last_at
	from (
		select x.endpoint_id, max(x.last_at) as last_at
		from unnest(p_endpoint_id, p_last_at) as x (endpoint_id, last_at)
		group by x.endpoint_id order by x.endpoint_id
	) as u
	where e.endpoint_id = u.endpoint_id and e.last_seen_at < u.last_at - interval '10 minutes';
end
$$;
comment on function yett.recorder_hours_write is 'Adds counts to hours and puts the merged sketches; after recorder_hours_read in the same transaction';

create function yett.recorder_hours_close_read(p_limit integer)
returns table (hour_at timestamptz, endpoint_id integer,
	latency bytea, request_size bytea, response_size bytea, identities bytea,
	hour_latency bytea, hour_request_size bytea, hour_response_size bytea, hour_identities bytea,
	day_latency bytea, day_request_size bytea, day_response_size bytea, day_identities bytea)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	hour timestamptz;
begin
	select min(o.hour_at) into hour from part.endpoint_hour_open as o
	where o.hour_at < now() - interval '70 minutes';
	if hour is null or not pg_try_advisory_xact_lock(2036692084, -1) then
		return;
	end if;
	perform yett.hour_lock(hour);
	return query
		select o.hour_at, o.endpoint_id, o.latency, o.request_size, o.response_size,
			o.identities, h.latency, h.request_size, h.response_size, h.identities,
			d.latency, d.request_size, d.response_size, d.identities
		from part.endpoint_hour_open as o
		left join yett.endpoint_hour as h
			on h.endpoint_id = o.endpoint_id and h.hour_at = hour
		left join yett.endpoint_day as d on d.endpoint_id = o.endpoint_id
			and d.day_at = date_trunc('day', hour, 'UTC')
		where o.hour_at = hour
		order by o.endpoint_id
		limit p_limit;
end
$$;
comment on function yett.recorder_hours_close_read is 'Rows of the oldest open hour that ended ten minutes ago, with what their hour and day hold';

create function yett.recorder_hours_close_write(p_hour_at timestamptz,
	p_endpoint_id integer[], p_latency bytea[], p_request_size bytea[],
	p_response_size bytea[], p_identities bytea[], p_day_latency bytea[],
	p_day_request_size bytea[], p_day_response_size bytea[], p_day_identities bytea[])
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	insert into yett.endpoint_hour as h
	select o.hour_at, o.endpoint_id, o.requests, o.watched, o.status_0, o.status_1,
		o.status_2, o.status_3, o.status_4, o.status_5, o.denied, o.limited, o.dropped,
		o.shadowed, o.inspected_none, o.inspected_partial, o.inspected_complete,
		o.undecided, o.unfinished, o.request_bytes, o.response_bytes, o.auth_mask,
		o.auth_none, o.first_at, o.last_at, u.latency, u.request_size, u.response_size,
		u.identities
	from unnest(p_endpoint_id, p_latency, p_request_size, p_response_size, p_identities)
		as u (endpoint_id, latency, request_size, response_size, identities)
	join part.endpoint_hour_open as o
		on o.hour_at = p_hour_at and o.endpoint_id = u.endpoint_id
	where o.hour_at >= now() - interval '90 days'
	order by o.endpoint_id
	on conflict on constraint endpoint_hour_pkey do update set
		requests = h.requests + excluded.requests, watched = h.watched + excluded.watched,
		status_0 = h.status_0 + excluded.status_0, status_1 = h.status_1 + excluded.status_1,
		status_2 = h.status_2 + excluded.status_2, status_3 = h.status_3 + excluded.status_3,
		status_4 = h.status_4 + excluded.status_4, status_5 = h.status_5 + excluded.status_5,
		denied = h.denied + excluded.denied, limited = h.limited + excluded.limited,
		dropped = h.dropped + excluded.dropped, shadowed = h.shadowed + excluded.shadowed,
		inspected_none = h.inspected_none + excluded.inspected_none,
		inspected_partial = h.inspected_partial + excluded.inspected_partial,
		inspected_complete = h.inspected_complete + excluded.inspected_complete,
		undecided = h.undecided + excluded.undecided,
		unfinished = h.unfinished + excluded.unfinished,
		request_bytes = h.request_bytes + excluded.request_bytes,
		response_bytes = h.response_bytes + excluded.response_bytes,
		auth_mask = h.auth_mask | excluded.auth_mask,
		auth_none = h.auth_none + excluded.auth_none,
		first_at = least(h.first_at, excluded.first_at),
		last_at = greatest(h.last_at, excluded.last_at),
		latency = excluded.latency, request_size = excluded.request_size,
		response_size = excluded.response_size, identities = excluded.identities;

	insert into yett.endpoint_day as d
	select date_trunc('day', o.hour_at, 'UTC'), o.endpoint_id, o.requests, o.watched,
		o.status_0, o.status_1, o.status_2, o.status_3, o.status_4, o.status_5, o.denied,
		o.limited, o.dropped, o.shadowed, o.inspected_none, o.inspected_partial,
		o.inspected_complete, o.undecided, o.unfinished, o.request_bytes,
		o.response_bytes, o.auth_mask, o.auth_none, o.first_at, o.last_at, u.latency,
		u.request_size, u.response_size, u.identities
	from unnest(p_endpoint_id, p_day_latency, p_day_request_size, p_day_response_size,
		p_day_identities) as u (endpoint_id, latency, request_size, response_size, identities)
	join part.endpoint_hour_open as o
		on o.hour_at = p_hour_at and o.endpoint_id = u.endpoint_id
	order by o.endpoint_id
	on conflict on constraint endpoint_day_pkey do update set
		requests = d.requests + excluded.requests, watched = d.watched + excluded.watched,
		status_0 = d.status_0 + excluded.status_0, status_1 = d.status_1 + excluded.status_1,
		status_2 = d.status_2 + excluded.status_2, status_3 = d.status_3 + excluded.status_3,
		status_4 = d.status_4 + excluded.status_4, status_5 = d.status_5 + excluded.status_5,
		denied = d.denied + excluded.denied, limited = d.limited + excluded.limited,
		dropped = d.dropped + excluded.dropped, shadowed = d.shadowed + excluded.shadowed,
		inspected_none = d.inspected_none + excluded.inspected_none,
		inspected_partial = d.inspected_partial + excluded.inspected_partial,
		inspected_complete = d.inspected_complete + excluded.inspected_complete,
		undecided = d.undecided + excluded.undecided,
		unfinished = d.unfinished + excluded.unfinished,
		request_bytes = d.request_bytes + excluded.request_bytes,
		response_bytes = d.response_bytes + excluded.response_bytes,
		auth_mask = d.auth_mask | excluded.auth_mask,
		auth_none = d.auth_none + excluded.auth_none,
		first_at = least(d.first_at, excluded.first_at),
		last_at = greatest(d.last_at, excluded.last_at),
		latency = excluded.latency, request_size = excluded.request_size,
		response_size = excluded.response_size, identities = excluded.identities;

	delete from part.endpoint_hour_open as o
	where o.hour_at = p_hour_at and o.endpoint_id = any (p_endpoint_id);
end
$$;
comment on function yett.recorder_hours_close_write is 'Moves rows of an open hour into hour and day with the sketches merged by the caller';

create function yett.recorder_decisions(p_agent_id integer, p_minute_at timestamptz[],
	p_endpoint_id integer[], p_rule text[], p_action smallint[], p_shadow_action smallint[],
	p_status smallint[], p_revision bigint[], p_reason text[], p_requests bigint[],
	p_first_at timestamptz[], p_last_at timestamptz[], p_identities bytea[],
	p_sample_identity bytea[], p_sample_id text[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.decision_event as d (minute_at, agent_id, endpoint_id, rule, action,
		shadow_action, status, revision, reason, requests, first_at, last_at, identities,
		sample_identity, sample_id)
	select u.minute_at, p_agent_id, u.endpoint_id, u.rule, u.action, u.shadow_action,
		u.status, u.revision, u.reason, u.requests, u.first_at, u.last_at, u.identities,
		u.sample_identity, u.sample_id
	from unnest(p_minute_at, p_endpoint_id, p_rule, p_action, p_shadow_action, p_status,
		p_revision, p_reason, p_requests, p_first_at, p_last_at, p_identities,
		p_sample_identity, p_sample_id)
		as u (minute_at, endpoint_id, rule, action, shadow_action, status, revision,
			reason, requests, first_at, last_at, identities, sample_identity, sample_id)
	order by u.minute_at, u.endpoint_id, u.rule, u.action, u.shadow_action, u.status,
		u.revision
	on conflict on constraint decision_event_pkey do update set
		requests = d.requests + excluded.requests,
		first_at = least(d.first_at, excluded.first_at),
		last_at = greatest(d.last_at, excluded.last_at),
		identities = yett.distinct_merge(array[d.identities, excluded.identities])
$$;
comment on function yett.recorder_decisions is 'Adds decision events';

create function yett.recorder_coverage(p_agent_id integer, p_minute_at timestamptz[],
	p_service text[], p_requests bigint[], p_decided bigint[], p_undecided bigint[],
	p_unfinished bigint[], p_body_partial bigint[], p_body_none bigint[],
	p_ring_dropped bigint[], p_pending_evicted bigint[], p_finish_bad bigint[],
	p_tap_seen bigint[], p_tap_cut bigint[], p_tap_gzip bigint[], p_overflow bigint[])
returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.coverage_minute as c
	select u.minute_at, p_agent_id, u.service, u.requests, u.decided, u.undecided,
		u.unfinished, u.body_partial, u.body_none, u.ring_dropped, u.pending_evicted,
		u.finish_bad, u.tap_seen, u.tap_cut, u.tap_gzip, u.overflow
	from unnest(p_minute_at, p_service, p_requests, p_decided, p_undecided, p_unfinished,
		p_body_partial, p_body_none, p_ring_dropped, p_pending_evicted, p_finish_bad,
		p_tap_seen, p_tap_cut, p_tap_gzip, p_overflow)
		as u (minute_at, service, requests, decided, undecided, unfinished, body_partial,
			body_none, ring_dropped, pending_evicted, finish_bad, tap_seen, tap_cut,
			tap_gzip, overflow)
	order by u.minute_at, u.service
	on conflict on constraint coverage_minute_pkey do update set
		requests = c.requests + excluded.requests, decided = c.decided + excluded.decided,
		undecided = c.undecided + excluded.undecided,
		unfinished = c.unfinished + excluded.unfinished,
		body_partial = c.body_partial + excluded.body_partial,
		body_none = c.body_none + excluded.body_none,
		ring_dropped = c.ring_dropped + excluded.ring_dropped,
		pending_evicted = c.pending_evicted + excluded.pending_evicted,
		finish_bad = c.finish_bad + excluded.finish_bad,
		tap_seen = c.tap_seen + excluded.tap_seen, tap_cut = c.tap_cut + excluded.tap_cut,
		tap_gzip = c.tap_gzip + excluded.tap_gzip, overflow = c.overflow + excluded.overflow
$$;
comment on function yett.recorder_coverage is 'Adds what could not be seen';

create function yett.recorder_gaps(p_agent_id integer, p_shard integer[],
	p_from_at timestamptz[], p_to_at timestamptz[], p_records bigint[],
	p_requests bigint[], p_cause text[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.gap (agent_id, shard, from_at, to_at, records, requests, cause)
	select p_agent_id, u.* from unnest(p_shard, p_from_at, p_to_at, p_records, p_requests,
		p_cause) as u
$$;
comment on function yett.recorder_gaps is 'Notes what never arrived';

create function yett.recorder_words(p_token text[], p_text text[], p_identities bigint[],
	p_at timestamptz[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.undecided_word as w (token, released_text, identities, first_seen_at,
		released_at)
	select u.token, u.text, u.identities, least(u.at, now()), least(u.at, now())
	from unnest(p_token, p_text, p_identities, p_at) as u (token, text, identities, at)
	order by u.token
	on conflict on constraint undecided_word_pkey do update set
		released_text = excluded.released_text,
		identities = greatest(w.identities, excluded.identities),
		released_at = coalesce(w.released_at, excluded.released_at)
$$;
comment on function yett.recorder_words is 'Words whose text may be known from now on';

create function yett.bundle_fetch(p_known bigint)
returns table (revision bigint, bytes bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select b.revision, b.bytes from yett.bundle as b
	where b.revision = (
		select max(x.revision) from yett.bundle as x where x.published_at is not null
	) and b.revision > p_known and b.bytes is not null
$$;
comment on function yett.bundle_fetch is 'The bundle in force if its revision is above the known one';
