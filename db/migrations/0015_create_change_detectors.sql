-- What changed in how endpoints are used: gone quiet and back, authentication appeared or
-- vanished, the mix of statuses or the size of answers shifted. Each function takes the time
-- from its caller (yett.learn_now: the latest in the data), looks at what stands in hours
-- and days before it, and notes what is new, once; it returns how many it noted.

create function yett.learn_endpoints() returns table (endpoint_id integer)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select e.endpoint_id from yett.endpoint as e
	join yett.service as s using (service_id)
	where not e.provisional and e.merged_into_id is null
		and not exists (select from yett.override as o
			where o.service = s.name and o.method = e.method and o.template = e.template
				and o.operation = coalesce(e.operation, '')
				and o.property = 'template' and o.value = 'ignore')
$$;
comment on function yett.learn_endpoints is 'Endpoints whose changes are told: known for good, not merged, not ignored by a person';

-- Hours of endpoints, those of endpoints merged into them included.
create function yett.learn_hours(p_endpoint_id integer[], p_from timestamptz, p_to timestamptz)
returns table (endpoint_id integer, hour_at timestamptz, requests bigint, accepted bigint,
	anonymous bigint, first_at timestamptz, last_at timestamptz, identities bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select coalesce(m.merged_into_id, m.endpoint_id), h.hour_at, h.requests,
		h.status_2 + h.status_3, h.auth_none, h.first_at, h.last_at, h.identities
	from yett.endpoint as m
	join yett.endpoint_hour as h using (endpoint_id)
	where coalesce(m.merged_into_id, m.endpoint_id) = any (p_endpoint_id)
		and h.hour_at >= p_from and h.hour_at < p_to
	union all
	select coalesce(m.merged_into_id, m.endpoint_id), h.hour_at, h.requests,
		h.status_2 + h.status_3, h.auth_none, h.first_at, h.last_at, h.identities
	from yett.endpoint as m
	join part.endpoint_hour_open as h using (endpoint_id)
	where coalesce(m.merged_into_id, m.endpoint_id) = any (p_endpoint_id)
		and h.hour_at >= p_from and h.hour_at < p_to
$$;
comment on function yett.learn_hours is 'What endpoints did in each hour of a range, open hours too';

-- Quiet and back ----------------------------------------------------------------------------

-- The usual pause of an endpoint is its longest of four weeks, so that nights and weekends
-- are usual. Who has no other pause than within hours has the shortest bound.
create function yett.changes_quiet(p_now timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	factor constant double precision := yett.setting_number('learn.quiet_factor');
	shortest constant interval := make_interval(secs => yett.setting_number('learn.quiet_min_s'));
	longest constant interval := make_interval(secs => yett.setting_number('learn.quiet_max_s'));
	least_requests constant bigint := yett.setting_number('learn.quiet_requests');
	silent integer[];
	one record;
	told integer := 0;
begin
	-- Whoever has been silent for twice the longest bound was told of, or never will be.
	select array_agg(e.endpoint_id) into silent
	from yett.learn_endpoints() as k
	join yett.endpoint as e using (endpoint_id)
	where e.last_seen_at <= p_now - shortest and e.last_seen_at > p_now - 2 * longest
		and not exists (select from yett.change as c
			where c.endpoint_id = e.endpoint_id and c.kind = 'endpoint_quiet'
				and c.at > e.last_seen_at);
	for one in
		select u.endpoint_id, u.requests, u.hours, u.last_at, u.pause
		from (
			select h.endpoint_id, sum(h.requests)::bigint as requests, count(*) as hours,
				max(h.last_at) as last_at, max(h.first_at - h.before) as pause
			from (
				select x.*, lag(x.last_at) over (partition by x.endpoint_id
					order by x.first_at, x.last_at) as before
				from yett.learn_hours(silent, p_now - 2 * longest - interval '28 days', p_now)
					as x
			) as h
			join yett.endpoint as e using (endpoint_id)
			where h.hour_at >= e.last_seen_at - interval '28 days'
			group by h.endpoint_id
		) as u
		where u.requests >= least_requests and u.hours >= 3
			and p_now - u.last_at >= least(longest, greatest(shortest, u.pause * factor))
		order by u.endpoint_id
	loop
		if yett.change_put('endpoint_quiet', p_now, one.endpoint_id, null, null,
			'in use', 'quiet since ' || to_char(one.last_at at time zone 'UTC',
				'YYYY-MM-DD HH24:MI') || ' UTC',
			jsonb_build_object('last_at', one.last_at, 'requests', one.requests,
				'longest_pause_s', round(extract(epoch from one.pause)),
				'silent_s', round(extract(epoch from p_now - one.last_at))),
			concat_ws(' ', 'endpoint_quiet', one.endpoint_id,
				floor(extract(epoch from one.last_at))))
			is not null
		then
			told := told + 1;
		end if;
	end loop;
	return told;
end
$$;
comment on function yett.changes_quiet is 'Notes endpoints that are called no more';

create function yett.changes_back(p_now timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one record;
	told integer := 0;
begin
	for one in
		select q.change_id, q.endpoint_id, q.at, h.first_at
		from (
			select distinct on (c.endpoint_id) c.change_id, c.endpoint_id, c.kind, c.at
			from yett.change as c
			where c.kind in ('endpoint_quiet', 'endpoint_back')
			order by c.endpoint_id, c.change_id desc
		) as q
		join yett.endpoint as e on e.endpoint_id = q.endpoint_id
			and e.merged_into_id is null
		cross join lateral (
			select min(x.first_at) as first_at
			from yett.learn_hours(array[q.endpoint_id], q.at - interval '1 hour', p_now) as x
			where x.last_at > q.at and x.last_at <= p_now
		) as h
		where q.kind = 'endpoint_quiet' and e.last_seen_at > q.at and h.first_at is not null
		order by q.endpoint_id
	loop
		if yett.change_put('endpoint_back', one.first_at, one.endpoint_id, null, null,
			'quiet', 'in use', jsonb_build_object('quiet_since_change', one.change_id),
			concat_ws(' ', 'endpoint_back', one.change_id)) is not null
		then
			told := told + 1;
		end if;
	end loop;
	return told;
end
$$;
comment on function yett.changes_back is 'Notes quiet endpoints that are called again';

-- Authentication ----------------------------------------------------------------------------

-- Hours tell how many requests were accepted and how many came on weak identities, not how
-- many were both. So bounds: at least accepted - authenticated ones were, at most the
-- smaller of the two. Refused scanners move neither.
create function yett.auth_bounds(p_requests numeric, p_accepted numeric, p_anonymous numeric,
	out at_least double precision, out at_most double precision)
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select (yett.wilson(greatest(0, p_accepted - (p_requests - p_anonymous))::double precision,
			p_accepted::double precision)).low,
		(yett.wilson(least(p_anonymous, p_accepted)::double precision,
			p_accepted::double precision)).high
$$;
comment on function yett.auth_bounds is 'Share of accepted requests without credentials: 95 % bounds';

-- The window's endpoints that are used without credentials (or, if p_authenticated, hardly),
-- with what they did in the days before it; the day in which the window begins by its hours.
-- Most endpoints stand in neither list for long: the past is looked up for these alone.
create function yett.auth_windows(p_begun timestamptz, p_to timestamptz, p_days integer,
	p_authenticated boolean, p_requests bigint)
returns table (endpoint_id integer, accepted numeric, at_least double precision,
	at_most double precision, accepted_before numeric, at_least_before double precision,
	at_most_before double precision)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	with recent as materialized (
		select coalesce(m.merged_into_id, m.endpoint_id) as endpoint_id, sum(h.requests) as r,
			sum(h.status_2 + h.status_3) as a, sum(h.auth_none) as n
		from (
			select * from yett.endpoint_hour
			union all
			select * from part.endpoint_hour_open
		) as h
		join yett.endpoint as m using (endpoint_id)
		join yett.learn_endpoints() as k
			on k.endpoint_id = coalesce(m.merged_into_id, m.endpoint_id)
		where h.hour_at >= p_begun and h.hour_at <= p_to
		group by 1
		having sum(h.status_2 + h.status_3) >= p_requests
	), near as materialized ( -- shares lie within their bounds
		select r.* from recent as r
		where r.a - (r.r - r.n) > 0.05 * r.a or (p_authenticated and r.n <= 0.1 * r.a)
	), moved as materialized (
		select r.endpoint_id, r.a, b.at_least, b.at_most
		from near as r
		cross join lateral yett.auth_bounds(r.r, r.a, r.n) as b
		where b.at_least > 0.05 or (p_authenticated and b.at_most <= 0.1)
	)
	select c.endpoint_id, c.a, c.at_least, c.at_most, u.a, before_b.at_least,
		before_b.at_most
	from moved as c
	cross join lateral (
		select sum(x.requests) as r, sum(x.status_2 + x.status_3) as a, sum(x.auth_none) as n
		from yett.endpoint as m
		cross join lateral (
			select d.requests, d.status_2, d.status_3, d.auth_none
			from yett.endpoint_day as d where d.endpoint_id = m.endpoint_id
				and d.day_at >= date_trunc('day', p_begun, 'UTC') - make_interval(days => p_days)
				and d.day_at < date_trunc('day', p_begun, 'UTC')
			union all
			select h.requests, h.status_2, h.status_3, h.auth_none
			from yett.endpoint_hour as h where h.endpoint_id = m.endpoint_id
				and h.hour_at >= date_trunc('day', p_begun, 'UTC') and h.hour_at < p_begun
			union all
			select o.requests, o.status_2, o.status_3, o.auth_none
			from part.endpoint_hour_open as o where o.endpoint_id = m.endpoint_id
				and o.hour_at < p_begun
		) as x
		where coalesce(m.merged_into_id, m.endpoint_id) = c.endpoint_id
	) as u
	cross join lateral yett.auth_bounds(u.r, u.a, u.n) as before_b
	where u.a >= p_requests
$$;
comment on function yett.auth_windows is 'Who was accepted without credentials since a time and in the days before';

create function yett.auth_expected(p_endpoint_id integer) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select o.value
	from yett.endpoint as e
	join yett.service as s using (service_id)
	join yett.override as o on o.service = s.name and o.property = 'auth'
		and ((o.method, o.template, o.operation)
				= (e.method, e.template, coalesce(e.operation, ''))
			or (o.method, o.template, o.operation) = ('', '', ''))
	where e.endpoint_id = p_endpoint_id
	order by o.template = '' limit 1
$$;
comment on function yett.auth_expected is 'What a person says of an endpoint''s authentication, else of its service''s';

create function yett.learn_identities(p_endpoint_id integer, p_from timestamptz,
	p_to timestamptz) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select coalesce(yett.distinct_count(array_agg(h.identities)
		filter (where h.identities is not null)), 0)
	from yett.learn_hours(array[p_endpoint_id], p_from, p_to) as h
$$;
comment on function yett.learn_identities is 'Identities of an endpoint in a range of hours';

create function yett.auth_put(p_kind text, p_now timestamptz, p_endpoint_id integer,
	p_before text, p_after text, p_evidence jsonb) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	if exists (select from yett.change as c
		where c.endpoint_id = p_endpoint_id and c.kind = p_kind
			and c.at > p_now - make_interval(secs => yett.setting_number('learn.repeat_s')))
	then
		return false;
	end if;
	return yett.change_put(p_kind, p_now, p_endpoint_id, null, null, p_before, p_after,
		p_evidence, concat_ws(' ', p_kind, p_endpoint_id, floor(extract(epoch from p_now))))
		is not null;
end
$$;
comment on function yett.auth_put is 'Notes a change of authentication unless the same was told lately';

create function yett.changes_authentication(p_now timestamptz,
	p_appeared boolean default true) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	begun constant timestamptz := date_trunc('hour', p_now, 'UTC') - interval '2 hours';
	least_requests constant bigint := yett.setting_number('learn.auth_requests');
	least_identities constant bigint := yett.setting_number('learn.auth_identities');
	one record;
	told integer := 0;
begin
	for one in
		select w.*, w.at_least > w.at_most_before as vanished
		from yett.auth_windows(begun, p_now, 7, p_appeared, least_requests) as w
		where (w.at_most_before <= 0.1 and w.at_least > 0.05 and w.at_least > w.at_most_before)
			or (w.at_least_before >= 0.5 and w.at_most <= 0.1)
		order by w.endpoint_id
	loop
		continue when yett.learn_identities(one.endpoint_id, begun, p_now) < least_identities
			or (one.vanished and yett.auth_expected(one.endpoint_id) in ('none', 'any', 'weak'));
		if yett.auth_put(
			case when one.vanished then 'authentication_vanished'
				else 'authentication_appeared' end, p_now, one.endpoint_id,
			case when one.vanished then 'at most ' || round(100 * one.at_most_before)
				else 'at least ' || round(100 * one.at_least_before) end
				|| ' % without credentials',
			case when one.vanished then 'at least ' || round(100 * one.at_least)
				else 'at most ' || round(100 * one.at_most) end || ' % without credentials',
			jsonb_build_object('from', begun, 'to', p_now, 'accepted', one.accepted,
				'accepted_before', one.accepted_before,
				'anonymous_before', array[round(one.at_least_before::numeric, 3),
					round(one.at_most_before::numeric, 3)],
				'anonymous', array[round(one.at_least::numeric, 3),
					round(one.at_most::numeric, 3)]))
		then
			told := told + 1;
		end if;
	end loop;
	return told;
end
$$;
comment on function yett.changes_authentication is 'Notes endpoints that are accepted without credentials and were not, or the reverse';

-- Shifts ------------------------------------------------------------------------------------

-- Sample 0 is the window that ends at p_to, the others are the same hours of the days before.
-- A whole day is compared with days as they are kept, without the day it begins in.
create function yett.shift_samples(p_to timestamptz, p_hours integer)
returns table (endpoint_id integer, sample integer, requests double precision,
	status double precision[], size double precision)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select x.endpoint_id, x.sample, x.s2 + x.s3 + x.s4 + x.s5, array[x.s2, x.s3, x.s4, x.s5],
		ln((x.bytes + 1) / (x.s2 + x.s3 + x.s4 + x.s5)) / ln(2.0)
	from (
		select coalesce(m.merged_into_id, m.endpoint_id) as endpoint_id, w.sample,
			sum(w.status_2::double precision) as s2, sum(w.status_3::double precision) as s3,
			sum(w.status_4::double precision) as s4, sum(w.status_5::double precision) as s5,
			sum(w.response_bytes::double precision) as bytes
		from (
			select h.endpoint_id, d.day as sample, h.status_2, h.status_3, h.status_4,
				h.status_5, h.response_bytes
			from generate_series(0, case when p_hours < 24 then 28 else 0 end) as d (day)
			join yett.endpoint_hour as h
				on h.hour_at >= p_to - make_interval(days => d.day, hours => p_hours)
				and h.hour_at < p_to - make_interval(days => d.day)
			union all
			select h.endpoint_id, 0, h.status_2, h.status_3, h.status_4, h.status_5,
				h.response_bytes
			from part.endpoint_hour_open as h
			where h.hour_at >= p_to - make_interval(hours => p_hours) and h.hour_at < p_to
			union all
			select d.endpoint_id,
				(extract(epoch from date_trunc('day', p_to, 'UTC') - d.day_at) / 86400)::integer,
				d.status_2, d.status_3, d.status_4, d.status_5, d.response_bytes
			from yett.endpoint_day as d
			where p_hours >= 24
				and d.day_at >= date_trunc('day', p_to, 'UTC') - interval '29 days'
				and d.day_at < date_trunc('day', p_to - make_interval(hours => p_hours), 'UTC')
		) as w
		join yett.endpoint as m using (endpoint_id)
		group by 1, 2
	) as x
	where x.s2 + x.s3 + x.s4 + x.s5 > 0
$$;
comment on function yett.shift_samples is 'Answers of a window and of the same hours of four weeks before: 2xx to 5xx, and the mean size as a power of two';

-- Population stability index of two histograms of counts. Half a thousandth more in every bin
-- keeps an empty one from being infinitely far, whatever the size of the windows.
create function yett.psi(p_before double precision[], p_after double precision[])
returns double precision
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select sum((a.share - b.share) * ln(a.share / b.share))
	from (select u.i, (u.n / nullif(sum(u.n) over (), 0) + 0.0005) / (1 + 0.0005 * count(*) over ()) as share
		from unnest(p_before) with ordinality as u (n, i)) as b
	join (select u.i, (u.n / nullif(sum(u.n) over (), 0) + 0.0005) / (1 + 0.0005 * count(*) over ()) as share
		from unnest(p_after) with ordinality as u (n, i)) as a using (i)
$$;
comment on function yett.psi is 'How far two distributions over the same bins differ: 0.1 is some, 0.25 is much';

-- Tail of one test so that a day's tests over all endpoints give the budget together: every
-- hour both windows and both kinds, four status classes or one size, both sides.
create function yett.shift_tail(p_endpoints bigint) returns double precision
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select yett.setting_number('learn.alerts_per_day')
		/ (24.0 * 2 * 5 * 2 * greatest(1, p_endpoints))
$$;
comment on function yett.shift_tail is 'Chance that one test of one endpoint may be wrong';

-- Beyond the budget a shift is noted and is no alert: an outage of everything is one thing.
create function yett.shift_put(p_kind text, p_now timestamptz, p_endpoint_id integer,
	p_before text, p_after text, p_evidence jsonb) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	told bigint;
	id bigint;
begin
	if exists (select from yett.change as c
		where c.endpoint_id = p_endpoint_id and c.kind = p_kind
			and c.at > p_now - make_interval(secs => yett.setting_number('learn.repeat_s')))
	then
		return false;
	end if;
	select count(*) into told from yett.change as c
	where c.kind in ('status_shift', 'size_shift') and c.alert
		and c.at > p_now - interval '1 day';
	id := yett.change_put(p_kind, p_now, p_endpoint_id, null, null, p_before, p_after,
		p_evidence || case when told >= yett.setting_number('learn.alerts_per_day')
			then '{"over_budget": true}'::jsonb else '{}'::jsonb end,
		concat_ws(' ', p_kind, p_endpoint_id, floor(extract(epoch from p_now))));
	if told >= yett.setting_number('learn.alerts_per_day') then
		update yett.change set alert = false where change_id = id;
	end if;
	return id is not null;
end
$$;
comment on function yett.shift_put is 'Notes a shift unless the same was told lately; over the day''s budget without alert';

create function yett.status_text(p_status double precision[]) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select string_agg(u.i + 1 || 'xx ' || round(100 * u.n
		/ nullif((select sum(x) from unnest(p_status) as x), 0)) || ' %', ', ' order by u.i)
	from unnest(p_status) with ordinality as u (n, i) where u.n > 0
$$;
comment on function yett.status_text is 'Shares of 2xx to 5xx in words';

-- Sizes by powers of two: 38 bins.
create function yett.size_octaves(p_packed bytea[]) returns double precision[]
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select array_agg(o.n order by o.octave)
	from (
		select (u.bin - 1) / 32 as octave, sum(u.n)::double precision as n
		from unnest(yett.hist_bins(p_packed)) with ordinality as u (n, bin)
		group by 1
	) as o
$$;
comment on function yett.size_octaves is 'A histogram by powers of two';

-- How a day's share and mean size usually differ from day to day, with what chance adds to a
-- share in a small window, says how far this window's may be off. Few days are a Student's
-- distribution.
create function yett.shift_candidates(p_to timestamptz, p_hours integer)
returns table (endpoint_id integer, days bigint, requests double precision,
	requests_before double precision, status double precision[],
	status_before double precision[], class integer, change double precision,
	status_z double precision, size double precision, size_before double precision,
	size_z double precision)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
	least_requests constant double precision := yett.setting_number('learn.shift_requests')
		/ case when p_hours < 24 then 4.0 else 1 end;
	least_days constant bigint := yett.setting_number('learn.shift_days');
	points constant double precision := yett.setting_number('learn.shift_points') / 100.0;
	octaves constant double precision :=
		ln(1 + yett.setting_number('learn.shift_size_percent') / 100.0) / ln(2.0);
begin
	return query
		with sample as materialized (
			select s.* from yett.shift_samples(p_to, p_hours) as s
			join yett.learn_endpoints() as k using (endpoint_id)
		), usual as (
			select s.endpoint_id, count(*) as days, sum(s.requests) as requests,
				array[sum(s.status[1]), sum(s.status[2]), sum(s.status[3]), sum(s.status[4])]
					as status,
				array[var_samp(s.status[1] / s.requests), var_samp(s.status[2] / s.requests),
					var_samp(s.status[3] / s.requests), var_samp(s.status[4] / s.requests)]
					as variance,
				avg(s.size) as size, var_samp(s.size) as size_variance
			from sample as s where s.sample > 0 and s.requests >= 20
			group by s.endpoint_id
			having count(*) >= least_days
		), tested as materialized (
			select u.*, s.requests as requests_now, s.status as status_now, s.size as size_now
			from usual as u
			join sample as s on s.endpoint_id = u.endpoint_id and s.sample = 0
			where s.requests >= least_requests
		), tail as materialized (
			select yett.shift_tail(count(*)) as share from tested
		), measured as (
			select t.*, c.class, c.change, c.z as status_z,
				(t.size_now - t.size) / sqrt((coalesce(t.size_variance, 0) + 0.01)
					* (1 + 1.0 / t.days)) as size_z
			from tested as t
			left join lateral (
				select y.class, y.change, y.change / sqrt((coalesce(t.variance[y.class], 0)
					+ 0.0001) * (1 + 1.0 / t.days) + y.usual * (1 - y.usual) / t.requests_now) as z
				from (
					select i.i as class, (t.status[i.i] + 0.5) / (t.requests + 1) as usual,
						(t.status_now[i.i] + 0.5) / (t.requests_now + 1)
							- (t.status[i.i] + 0.5) / (t.requests + 1) as change
					from generate_series(1, 4) as i (i)
				) as y
				where abs(y.change) >= points
				order by abs(y.change) desc, y.class desc
				limit 1
			) as c on true
			where c.class is not null or abs(t.size_now - t.size) >= octaves
		)
		select m.endpoint_id, m.days, m.requests_now, m.requests, m.status_now, m.status,
			case when abs(m.status_z) >= l.z then m.class end, m.change, m.status_z,
			m.size_now, m.size,
			case when abs(m.size_z) >= l.z and abs(m.size_now - m.size) >= octaves
				then m.size_z end
		from measured as m
		cross join tail as x
		cross join lateral (select yett.student_quantile(x.share, m.days - 1) as z) as l
		where abs(m.status_z) >= l.z
			or (abs(m.size_z) >= l.z and abs(m.size_now - m.size) >= octaves)
		order by m.endpoint_id;
end
$$;
comment on function yett.shift_candidates is 'Endpoints whose statuses (class, else null) or mean size (size_z, else null) are further from the usual than chance allows';

create function yett.changes_shift(p_now timestamptz, p_hours integer, out status integer,
	out size integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	until constant timestamptz := date_trunc('hour', p_now - interval '5 minutes', 'UTC');
	begun constant timestamptz := until - make_interval(hours => p_hours);
	facts jsonb;
	hist record;
	one record;
begin
	status := 0;
	size := 0;
	for one in select * from yett.shift_candidates(until, p_hours) loop
		continue when yett.learn_identities(one.endpoint_id, begun, until)
			< yett.setting_number('learn.shift_identities');
		facts := jsonb_build_object('from', begun, 'to', until, 'requests', one.requests,
			'requests_before', one.requests_before, 'days', one.days);
		if one.class is not null and yett.psi(one.status_before, one.status) >= 0.1 then
			status := status + yett.shift_put('status_shift', p_now, one.endpoint_id,
				yett.status_text(one.status_before), yett.status_text(one.status),
				facts || jsonb_build_object('status', one.class + 1 || 'xx',
					'points', round((100 * one.change)::numeric, 1),
					'deviations', round(one.status_z::numeric, 1),
					'psi', round(yett.psi(one.status_before, one.status)::numeric, 2)))::integer;
		end if;
		continue when one.size_z is null or exists ( -- other answers have other sizes
			select from yett.change as c
			where c.endpoint_id = one.endpoint_id and c.kind = 'status_shift'
				and c.at > p_now - interval '1 day');
		select yett.psi(yett.size_octaves(b.sizes), yett.size_octaves(a.sizes)) as psi,
			yett.hist_quantile(b.sizes, 0.5) as median_before,
			yett.hist_quantile(a.sizes, 0.5) as median
		into hist
		from (select array_agg(x.response_size) as sizes
			from yett.learn_sizes(one.endpoint_id, begun, until) as x) as a,
			(select array_agg(x.response_size) as sizes
			from yett.learn_sizes(one.endpoint_id, begun - interval '7 days', begun) as x) as b;
		if hist.psi >= 0.25 then -- one huge answer moves the mean alone
			size := size + yett.shift_put('size_shift', p_now, one.endpoint_id,
				round(power(2, one.size_before)) || ' bytes', round(power(2, one.size)) || ' bytes',
				facts || jsonb_build_object('deviations', round(one.size_z::numeric, 1),
					'psi', round(hist.psi::numeric, 2), 'median_before', hist.median_before,
					'median', hist.median))::integer;
		end if;
	end loop;
end
$$;
comment on function yett.changes_shift is 'Notes endpoints whose mix of status classes, or whose answers'' size, shifted in a window of so many hours';

create function yett.learn_sizes(p_endpoint_id integer, p_from timestamptz, p_to timestamptz)
returns table (response_size bytea)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select h.response_size
	from yett.endpoint as m
	join (
		select x.endpoint_id, x.hour_at, x.response_size from yett.endpoint_hour as x
		union all
		select x.endpoint_id, x.hour_at, x.response_size from part.endpoint_hour_open as x
	) as h using (endpoint_id)
	where coalesce(m.merged_into_id, m.endpoint_id) = p_endpoint_id
		and h.hour_at >= p_from and h.hour_at < p_to and h.response_size is not null
$$;
comment on function yett.learn_sizes is 'Histograms of answers'' sizes in a range of hours';

-- All of them ---------------------------------------------------------------------------------

create table yett.learn_mark (
	only_row boolean not null default true
		constraint learn_mark_pkey primary key
		constraint learn_mark_only_row check (only_row),
	hour_at timestamptz not null
);
comment on table yett.learn_mark is 'The last hour of the data whose shifts were looked for';

create function yett.learn_changes(p_now timestamptz, out quiet integer, out back integer,
	out authentication integer, out status integer, out size integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	hour constant timestamptz := date_trunc('hour', p_now - interval '5 minutes', 'UTC');
begin
	quiet := 0;
	status := 0;
	size := 0;
	back := yett.changes_back(p_now);
	if p_now is null or exists (select from yett.learn_mark as m where m.hour_at >= hour) then
		authentication := yett.changes_authentication(p_now, false);
		return;
	end if;
	-- Who is authenticated now is nearly everybody: their past is looked up now and then.
	authentication := yett.changes_authentication(p_now,
		extract(hour from hour at time zone 'UTC')::integer % 4 = 0);
	quiet := yett.changes_quiet(p_now);
	select sum(s.status), sum(s.size) into status, size
	from (values (24), (2)) as w (hours)
	cross join lateral yett.changes_shift(p_now, w.hours) as s;
	insert into yett.learn_mark (hour_at) values (hour)
	on conflict on constraint learn_mark_pkey do update set hour_at = excluded.hour_at;
end
$$;
comment on function yett.learn_changes is 'Looks for all changes in how endpoints are used; quiet ones and shifts once an hour of the data, authentication that appeared every four';

grant execute on function yett.changes_quiet, yett.changes_back,
	yett.changes_authentication, yett.changes_shift, yett.learn_changes
	to yett_compiler;
grant execute on function yett.psi to yett_recorder, yett_reader, yett_editor, yett_compiler;
