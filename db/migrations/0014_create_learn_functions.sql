-- What the compiler's learning cycle needs: settings, evidence of classes to be judged and
-- the verdicts, and what the changes of an endpoint are told from. Nothing here reads the
-- clock to decide: a time is handed in; judged_at and evidence_at alone are this server's.

insert into yett.setting_number (key, value, low, high, unit, doc) values
	('learn.interval_s', 60, 1, 86400, 's',
		'time between learning cycles: a minute is what gateways need to ship summaries; suspects wake it at once'),
	('learn.quiet_factor', 3, 2, 100, 'gaps',
		'an endpoint is quiet after so many of its own longest pause of four weeks: nights and weekends are pauses'),
	('learn.quiet_min_s', 86400, 60, 31536000, 's',
		'nothing is called quiet before: within a day people just sleep'),
	('learn.quiet_max_s', 2592000, 3600, 31536000, 's',
		'whatever was in use is quiet by then: a monthly job has missed its month'),
	('learn.quiet_requests', 20, 1, 1000000, 'requests',
		'fewer in four weeks are no use that could end'),
	('learn.auth_requests', 20, 1, 1000000, 'accepted requests',
		'fewer in a window say nothing of who may call'),
	('learn.auth_identities', 3, 1, 1000000, 'identities',
		'fewer in a window may be one person''s mistake'),
	('learn.shift_requests', 200, 20, 100000000, 'requests',
		'in a window of a day, a quarter of it in the short one; fewer show shifts that are none'),
	('learn.shift_identities', 5, 1, 1000000, 'identities',
		'fewer are somebody''s odd client, not the endpoint'),
	('learn.shift_days', 7, 5, 28, 'days',
		'days of the past to compare with: a week has its weekend'),
	('learn.shift_points', 10, 1, 100, 'percent points',
		'a share of a status class that moved by less is no shift to anybody'),
	('learn.shift_size_percent', 100, 10, 10000, 'percent',
		'growth of the mean answer (or as much shrinking) that is a shift: twice the size'),
	('learn.alerts_per_day', 5, 1, 1000, 'alerts',
		'false-alarm budget of status and size shifts for the whole installation: sets their thresholds, and what is over is no alert'),
	('learn.repeat_s', 604800, 3600, 31536000, 's',
		'the same kind of shift of the same endpoint is told once in this time');

insert into yett.change_policy (kind, class_group, severity, alert, doc) values
	('class_more', '', 'info', false, 'a class that the endpoint has already is confirmed in another field');

create index change_endpoint_id_idx on yett.change (endpoint_id, kind, at);
-- Hours are written in the order of time: a summary of each range of pages finds a day.
create index endpoint_hour_at_idx on yett.endpoint_hour using brin (hour_at)
	with (pages_per_range = 16);

-- One learner at a time ---------------------------------------------------------------------

create function yett.learn_lock() returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
	select pg_try_advisory_lock(2036692084, -3)
$$;
comment on function yett.learn_lock is 'The lock of the learning cycle, held by the session; false: somebody else learns';

create function yett.learn_unlock() returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
	select pg_advisory_unlock(2036692084, -3)
$$;
comment on function yett.learn_unlock is 'Gives the lock of the learning cycle back';

-- Classes -----------------------------------------------------------------------------------

create table yett.field_window (
	field_id integer not null,
	class text not null,
	"values" bigint not null,
	base_values bigint not null,
	base_hits bigint not null,
	base_checked bigint not null,
	base_certain bigint not null,
	base_contained bigint not null,
	base_distinct bigint not null,
	constraint field_window_pkey primary key (field_id, class),
	constraint field_window_field_class_fkey foreign key (field_id, class)
		references yett.field_class on delete cascade
) with (fillfactor = 70);
comment on table yett.field_window is 'Counts of a field''s class when its last window of judging began: what came since is judged by itself, too';
comment on column yett.field_window."values" is 'of the field when it was judged last';

create function yett.learn_classes(p_after_field integer, p_after_class text, p_limit integer)
returns table (field_id integer, class text, "values" bigint, hits bigint, checked bigint,
	certain bigint, contained bigint, "distinct" bytea, prior integer, state text,
	human boolean, base_values bigint, base_hits bigint, base_checked bigint,
	base_certain bigint, base_contained bigint, base_distinct bigint, read_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select f.field_id, c.class, f."values", c.hits, c.checked, c.certain, c.contained,
		f."distinct", c.prior, c.state, o.said, coalesce(w.base_values, 0),
		coalesce(w.base_hits, 0), coalesce(w.base_checked, 0), coalesce(w.base_certain, 0),
		coalesce(w.base_contained, 0), coalesce(w.base_distinct, 0), now()
	from yett.field_class as c
	join yett.field as f using (field_id)
	join yett.endpoint as e using (endpoint_id)
	join yett.data_class as d on d.name = c.class and d.enabled
	left join yett.service as s using (service_id)
	left join yett.field_window as w on w.field_id = c.field_id and w.class = c.class
	cross join lateral (
		select count(*) > 0 as said from yett.override as x
		where x.service = s.name and x.method = e.method and x.template = e.template
			and x.operation = coalesce(e.operation, '') and x.direction = f.direction
			and x.location = f.location and x.path = f.path
			and x.property in ('class.' || c.class, 'field.ignore')
	) as o
	where (c.field_id, c.class) > (p_after_field, p_after_class)
		and (c.judged_at is null or c.evidence_at > c.judged_at or w.field_id is null
			or f."values" > w."values" + w."values" / 8)
	order by c.field_id, c.class
	limit p_limit
$$;
comment on function yett.learn_classes is 'Fields and classes with evidence that was not judged yet, in order, from behind a place on';

create function yett.learn_classes_write(p_at timestamptz, p_field_id integer[],
	p_class text[], p_state text[], p_score real[], p_news boolean[], p_values bigint[],
	p_base_values bigint[], p_base_hits bigint[], p_base_checked bigint[],
	p_base_certain bigint[], p_base_contained bigint[], p_base_distinct bigint[])
returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	one record;
	told integer := 0;
begin
	-- A gateway that merges endpoints meanwhile moves rows away: those that are left stay.
	perform from unnest(p_field_id, p_class) as u (field_id, class)
	join yett.field_class as c using (field_id, class)
	order by u.field_id, u.class
	for update of c;

	insert into yett.field_window as w (field_id, class, "values", base_values, base_hits,
		base_checked, base_certain, base_contained, base_distinct)
	select u.*
	from unnest(p_field_id, p_class, p_values, p_base_values, p_base_hits, p_base_checked,
		p_base_certain, p_base_contained, p_base_distinct) as u (field_id, class)
	join yett.field_class as c using (field_id, class)
	order by u.field_id, u.class
	on conflict on constraint field_window_pkey do update set
		"values" = excluded."values", base_values = excluded.base_values,
		base_hits = excluded.base_hits, base_checked = excluded.base_checked,
		base_certain = excluded.base_certain, base_contained = excluded.base_contained,
		base_distinct = excluded.base_distinct;

	with said as materialized ( -- since the evidence was read
		select f.field_id, v.property
		from yett.override as v
		join yett.service as s on s.name = v.service
		join yett.endpoint as e on e.service_id = s.service_id and e.method = v.method
			and e.template = v.template and coalesce(e.operation, '') = v.operation
		join yett.field as f on f.endpoint_id = e.endpoint_id and f.direction = v.direction
			and f.location = v.location and f.path = v.path
		where v.property like 'class.%'
	)
	update yett.field_class as c set judged_at = p_at, score = u.score,
		state = case when o.field_id is null then u.state else c.state end
	from unnest(p_field_id, p_class, p_state, p_score) as u (field_id, class, state, score)
	left join said as o on o.field_id = u.field_id and o.property = 'class.' || u.class
	where c.field_id = u.field_id and c.class = u.class;

	for one in
		select u.class, f.field_id, f.endpoint_id, f.direction, f.last_seen_at, e.label,
			yett.direction_name(f.direction) as way, f."values", f."distinct", c.hits,
			c.contained, c.score, c.state, c.evidence,
			concat_ws(' ', yett.direction_name(f.direction),
				yett.location_name(f.location), f.path) as place
		from unnest(p_field_id, p_class, p_news) as u (field_id, class, news)
		join yett.field as f using (field_id)
		join yett.field_class as c on c.field_id = f.field_id and c.class = u.class
		join yett.endpoint as e using (endpoint_id)
		where u.news and yett.override_class(f.field_id, u.class) is null
		order by f.endpoint_id, f.direction, u.class, c.score desc nulls last, f.field_id
	loop
		if yett.learn_class_new(one.endpoint_id, one.field_id, one.direction, one.class,
			one.last_seen_at, one.place, jsonb_strip_nulls(jsonb_build_object(
				'says', concat_ws(' ', one.label, 'now',
					case one.way when 'request' then 'takes' else 'returns' end, one.class),
				'place', one.place, 'state', one.state, 'values', one."values",
				'distinct', yett.distinct_count(array[one."distinct"]),
				'hits', one.hits, 'contained', nullif(one.contained, 0),
				'score', round(one.score::numeric, 1), 'evidence', one.evidence)))
		then
			told := told + 1;
		end if;
	end loop;
	return told;
end
$$;
comment on function yett.learn_classes_write is 'Verdicts on fields and classes: what a person said stands; how many classes are new to their endpoints';

-- One change an endpoint, direction and class; further fields are noted, not alarmed. Where a
-- gateway's suspicion was the alarm, its confirmation is told and not raised once more.
create function yett.learn_class_new(p_endpoint_id integer, p_field_id integer,
	p_direction smallint, p_class text, p_at timestamptz, p_place text, p_evidence jsonb)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	subject text := yett.change_subject(p_endpoint_id);
	id bigint := yett.change_put('class_new', p_at, p_endpoint_id, p_field_id, p_class,
		null, p_place, p_evidence, concat_ws(' ', 'class_new', subject, p_direction, p_class));
begin
	if id is not null then
		update yett.change as c set alert = false
		where c.change_id = id and c.alert and exists (select from yett.change as s
			where s.kind = 'class_suspected' and s.class = p_class and s.alert
				and s.disposition is distinct from 'false'
				and starts_with(s.key, concat_ws(' ', 'class_suspected', subject,
					p_direction, '')));
		return true;
	end if;
	if subject = p_endpoint_id::text and not exists (select from yett.change as c
		where c.kind = 'class_new' and c.endpoint_id = p_endpoint_id
			and c.field_id = p_field_id and c.class = p_class)
	then
		perform yett.change_put('class_more', p_at, p_endpoint_id, p_field_id, p_class, null,
			p_place, p_evidence, concat_ws(' ', 'class_more', p_field_id, p_class));
	end if;
	return false;
end
$$;
comment on function yett.learn_class_new is 'Notes that a class is confirmed in a field; true if the endpoint did not have it';

-- Time and chance ---------------------------------------------------------------------------

create function yett.learn_now() returns timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select coalesce(
		(select max(o.last_at) from part.endpoint_hour_open as o),
		(select max(e.last_seen_at) from yett.endpoint as e))
$$;
comment on function yett.learn_now is 'The latest time in the data: if no gateway reports, time stands still and nothing goes quiet';

create function yett.wilson(p_hits double precision, p_of double precision,
	p_z double precision default 1.96, out low double precision, out high double precision)
language sql immutable parallel safe as $$
	select case when p_of > 0 then greatest(0, (p.share + p.zz / 2 - p.half) / (1 + p.zz)) end,
		case when p_of > 0 then least(1, (p.share + p.zz / 2 + p.half) / (1 + p.zz)) end
	from (
		select s.share, z.zz, sqrt(s.share * (1 - s.share) * z.zz + z.zz * z.zz / 4) as half
		from (select p_hits / nullif(p_of, 0) as share) as s,
			(select p_z * p_z / nullif(p_of, 0) as zz) as z
	) as p
$$;
comment on function yett.wilson is 'Wilson bounds of a share; null without any';

-- Abramowitz and Stegun 7.1.26 and 26.2.23: wrong by less than 2e-7 and 5e-4.
create function yett.normal_cdf(p_z double precision) returns double precision
language sql immutable parallel safe as $$
	select case when p_z < 0 then b.above else 1 - b.above end
	from (
		select 0.5 * exp(-power(least(37, abs(p_z)), 2) / 2) * t.t * (0.254829592 + t.t * (-0.284496736
			+ t.t * (1.421413741 + t.t * (-1.453152027 + t.t * 1.061405429)))) as above
		from (select 1 / (1 + 0.3275911 * abs(p_z) / sqrt(2::double precision)) as t) as t
	) as b
$$;
comment on function yett.normal_cdf is 'Share of a normal distribution below so many deviations';

create function yett.normal_quantile(p_tail double precision) returns double precision
language sql immutable parallel safe as $$
	select t.t - (2.515517 + t.t * (0.802853 + t.t * 0.010328))
		/ (1 + t.t * (1.432788 + t.t * (0.189269 + t.t * 0.001308)))
	from (select sqrt(-2 * ln(least(0.5, greatest(1e-300, p_tail)))) as t) as t
$$;
comment on function yett.normal_quantile is 'Deviations beyond which a tail of a normal distribution has this share, at most a half';

-- Fisher and Cornish 1960, three terms.
create function yett.student_quantile(p_tail double precision, p_freedom double precision)
returns double precision
language sql immutable parallel safe as $$
	select q.z + (power(q.z, 3) + q.z) / (4 * p_freedom)
		+ (5 * power(q.z, 5) + 16 * power(q.z, 3) + 3 * q.z) / (96 * p_freedom * p_freedom)
		+ (3 * power(q.z, 7) + 19 * power(q.z, 5) + 17 * power(q.z, 3) - 15 * q.z)
			/ (384 * power(p_freedom, 3))
	from (select yett.normal_quantile(p_tail) as z) as q
$$;
comment on function yett.student_quantile is 'The same of Student''s distribution: few days say less of what is usual';

grant execute on function yett.learn_lock, yett.learn_unlock, yett.learn_classes,
	yett.learn_classes_write, yett.learn_now
	to yett_compiler;
grant execute on function yett.wilson, yett.normal_cdf, yett.normal_quantile,
	yett.student_quantile
	to yett_recorder, yett_reader, yett_editor, yett_compiler;
