-- How fast, how much, how large: an endpoint over any window, by adding up days inside it
-- and hours at its edges, and merging their histograms. A window is widened to whole hours
-- (whole days where hours are no longer kept); what it became is told with the figures.

create function yett.performance_window(p_from timestamptz, p_to timestamptz,
	out from_at timestamptz, out to_at timestamptz, out days_from timestamptz,
	out days_to timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
	if p_from is null or p_to is null or p_from >= p_to then
		raise exception 'a window must end after it begins'
			using errcode = 'invalid_parameter_value';
	end if;
	from_at := date_trunc('hour', p_from, 'UTC');
	if from_at < now() - interval '90 days' then
		from_at := date_trunc('day', p_from, 'UTC');
	end if;
	to_at := date_trunc('hour', p_to + interval '1 hour' - interval '1 microsecond', 'UTC');
	if to_at < now() - interval '90 days' then
		to_at := date_trunc('day', p_to + interval '1 day' - interval '1 microsecond', 'UTC');
	end if;
	days_from := date_trunc('day', from_at + interval '1 day' - interval '1 microsecond', 'UTC');
	days_to := date_trunc('day', to_at, 'UTC');
	if days_to <= days_from then -- no whole day in it
		days_from := to_at;
		days_to := to_at;
	end if;
end
$$;
comment on function yett.performance_window is 'A window widened to hours, and the whole days (UTC) in it';

-- One row an endpoint and day or hour; merged endpoints under the one that they became.
create function yett.performance_rows(p_from timestamptz, p_to timestamptz,
	p_endpoint_id integer default null, p_days boolean default true)
returns table (endpoint_id integer, at timestamptz, requests bigint, status_4 bigint,
	status_5 bigint, request_bytes bigint, response_bytes bigint, latency bytea,
	request_size bytea, response_size bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
	w record;
begin
	select * into w from yett.performance_window(p_from, p_to);
	if not p_days and w.from_at >= now() - interval '90 days' then
		w.days_from := w.to_at;
		w.days_to := w.to_at;
	end if;
	return query
		select coalesce(m.merged_into_id, m.endpoint_id), d.day_at, d.requests, d.status_4,
			d.status_5, d.request_bytes, d.response_bytes, d.latency, d.request_size,
			d.response_size
		from yett.endpoint_day as d
		join yett.endpoint as m using (endpoint_id)
		where d.day_at >= w.days_from and d.day_at < w.days_to
			and (p_endpoint_id is null
				or coalesce(m.merged_into_id, m.endpoint_id) = p_endpoint_id)
		union all
		select coalesce(m.merged_into_id, m.endpoint_id), h.hour_at, h.requests, h.status_4,
			h.status_5, h.request_bytes, h.response_bytes, h.latency, h.request_size,
			h.response_size
		from yett.endpoint_hour as h
		join yett.endpoint as m using (endpoint_id)
		where ((h.hour_at >= w.from_at and h.hour_at < w.days_from)
				or (h.hour_at >= w.days_to and h.hour_at < w.to_at))
			and (p_endpoint_id is null
				or coalesce(m.merged_into_id, m.endpoint_id) = p_endpoint_id)
		union all
		select coalesce(m.merged_into_id, m.endpoint_id), o.hour_at, o.requests, o.status_4,
			o.status_5, o.request_bytes, o.response_bytes, o.latency, o.request_size,
			o.response_size
		from part.endpoint_hour_open as o -- no day has these yet
		join yett.endpoint as m using (endpoint_id)
		where o.hour_at >= w.from_at and o.hour_at < w.to_at
			and (p_endpoint_id is null
				or coalesce(m.merged_into_id, m.endpoint_id) = p_endpoint_id);
end
$$;
comment on function yett.performance_rows is 'Days and hours of a window, as they are kept; without days: hours alone, if they are still kept';

create function yett.performance(p_from timestamptz, p_to timestamptz,
	p_service text default null, p_endpoint_id integer default null,
	p_limit integer default 100)
returns table (endpoint_id integer, service text, label text, from_at timestamptz,
	to_at timestamptz, requests bigint, per_second double precision, latency_p50_us bigint,
	latency_p90_us bigint, latency_p99_us bigint, error_percent numeric,
	refused_percent numeric, request_p50_bytes bigint, request_p99_bytes bigint,
	response_p50_bytes bigint, response_p99_bytes bigint, request_bytes bigint,
	response_bytes bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	with busy as (
		select r.endpoint_id, s.name as service, e.label, sum(r.requests)::bigint as requests,
			sum(r.status_4) as refused, sum(r.status_5) as errors,
			sum(r.request_bytes)::bigint as request_bytes,
			sum(r.response_bytes)::bigint as response_bytes, array_agg(r.latency) as latency,
			array_agg(r.request_size) as request_size,
			array_agg(r.response_size) as response_size
		from yett.performance_rows(p_from, p_to, p_endpoint_id) as r
		join yett.endpoint as e using (endpoint_id)
		join yett.service as s using (service_id)
		where p_service is null or s.name = p_service
		group by r.endpoint_id, s.name, e.label
		order by requests desc, r.endpoint_id
		limit p_limit
	)
	select b.endpoint_id, b.service, b.label, w.from_at, w.to_at, b.requests,
		b.requests / extract(epoch from w.to_at - w.from_at)::double precision,
		l.q[1], l.q[2], l.q[3], round(100.0 * b.errors / nullif(b.requests, 0), 2),
		round(100.0 * b.refused / nullif(b.requests, 0), 2), i.q[1], i.q[2], o.q[1], o.q[2],
		b.request_bytes, b.response_bytes
	from busy as b
	cross join yett.performance_window(p_from, p_to) as w
	cross join lateral (select yett.hist_quantiles(b.latency, array[0.5, 0.9, 0.99]) as q) as l
	cross join lateral (select yett.hist_quantiles(b.request_size, array[0.5, 0.99]) as q) as i
	cross join lateral (select yett.hist_quantiles(b.response_size, array[0.5, 0.99]) as q) as o
	order by b.requests desc, b.endpoint_id
$$;
comment on function yett.performance is 'What endpoints did in a window, busiest first: rate, latency, errors (5xx), refused (4xx), sizes';

-- Whether a quantile moved. Up to the lower of the two quantiles both windows have the same
-- share of their requests, unless it did; the shares' binomial errors say how sure that is.
create function yett.hist_compare(p_a bytea[], p_b bytea[], p_share double precision,
	out a bigint, out b bigint, out percent double precision, out sure double precision)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	bins_a constant bigint[] := yett.hist_bins(p_a);
	bins_b constant bigint[] := yett.hist_bins(p_b);
	n_a double precision := 0;
	n_b double precision := 0;
	upto_a double precision := 0;
	upto_b double precision := 0;
	share_a double precision;
	share_b double precision;
	pooled double precision;
begin
	for i in 1 .. cardinality(bins_a) loop
		n_a := n_a + bins_a[i];
		n_b := n_b + bins_b[i];
	end loop;
	if n_a = 0 or n_b = 0 then
		return;
	end if;
	for i in 1 .. cardinality(bins_a) loop
		upto_a := upto_a + bins_a[i];
		upto_b := upto_b + bins_b[i];
		if a is null and upto_a >= p_share * n_a then
			a := yett.hist_mid(i - 1);
		end if;
		if b is null and upto_b >= p_share * n_b then
			b := yett.hist_mid(i - 1);
		end if;
		if share_a is null and (a is not null or b is not null) then
			share_a := upto_a / n_a;
			share_b := upto_b / n_b;
		end if;
		exit when a is not null and b is not null;
	end loop;
	percent := 100.0 * (b - a) / greatest(a, 1);
	pooled := (share_a * n_a + share_b * n_b) / (n_a + n_b);
	if a = b or pooled <= 0 or pooled >= 1
		or least(n_a, n_b) * (1 - p_share) < 5 -- too few beyond the quantile to know it
	then
		sure := 0;
	else
		sure := 2 * yett.normal_cdf(abs(share_a - share_b)
			/ sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))) - 1;
	end if;
end
$$;
comment on function yett.hist_compare is 'A quantile in two sets of histograms, its growth in percent, and how sure it is that it moved at all (0 to 1)';

create function yett.performance_compare(p_a_from timestamptz, p_a_to timestamptz,
	p_b_from timestamptz, p_b_to timestamptz, p_service text default null,
	p_endpoint_id integer default null, p_limit integer default 100)
returns table (endpoint_id integer, service text, label text, requests_a bigint,
	requests_b bigint, p50_a_us bigint, p50_b_us bigint, p50_percent numeric, p50_sure numeric,
	p90_a_us bigint, p90_b_us bigint, p90_percent numeric, p90_sure numeric,
	p99_a_us bigint, p99_b_us bigint, p99_percent numeric, p99_sure numeric,
	error_percent_a numeric, error_percent_b numeric, verdict text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	with a as (
		select r.endpoint_id, sum(r.requests)::bigint as requests, sum(r.status_5) as errors,
			array_agg(r.latency) as latency
		from yett.performance_rows(p_a_from, p_a_to, p_endpoint_id) as r group by 1
	), b as (
		select r.endpoint_id, sum(r.requests)::bigint as requests, sum(r.status_5) as errors,
			array_agg(r.latency) as latency
		from yett.performance_rows(p_b_from, p_b_to, p_endpoint_id) as r group by 1
	), both_seen as (
		select e.endpoint_id, s.name as service, e.label, a.requests as requests_a,
			b.requests as requests_b, a.errors as errors_a, b.errors as errors_b,
			a.latency as latency_a, b.latency as latency_b
		from a join b using (endpoint_id)
		join yett.endpoint as e using (endpoint_id)
		join yett.service as s using (service_id)
		where p_service is null or s.name = p_service
		order by b.requests desc, e.endpoint_id
		limit p_limit
	), compared as (
		select x.*, h.a as p50_a, h.b as p50_b, h.percent as p50_by, h.sure as p50_sure,
			n.a as p90_a, n.b as p90_b, n.percent as p90_by, n.sure as p90_sure,
			t.a as p99_a, t.b as p99_b, t.percent as p99_by, t.sure as p99_sure
		from both_seen as x
		cross join lateral yett.hist_compare(x.latency_a, x.latency_b, 0.5) as h
		cross join lateral yett.hist_compare(x.latency_a, x.latency_b, 0.9) as n
		cross join lateral yett.hist_compare(x.latency_a, x.latency_b, 0.99) as t
	)
	select c.endpoint_id, c.service, c.label, c.requests_a, c.requests_b,
		c.p50_a, c.p50_b, round(c.p50_by::numeric, 1), round(c.p50_sure::numeric, 4),
		c.p90_a, c.p90_b, round(c.p90_by::numeric, 1), round(c.p90_sure::numeric, 4),
		c.p99_a, c.p99_b, round(c.p99_by::numeric, 1), round(c.p99_sure::numeric, 4),
		round(100.0 * c.errors_a / nullif(c.requests_a, 0), 2),
		round(100.0 * c.errors_b / nullif(c.requests_b, 0), 2),
		case when (c.p50_by >= 10 and c.p50_sure >= 0.999)
				or (c.p90_by >= 10 and c.p90_sure >= 0.999)
				or (c.p99_by >= 10 and c.p99_sure >= 0.999) then 'slower'
			when (c.p50_by <= -10 and c.p50_sure >= 0.999)
				or (c.p90_by <= -10 and c.p90_sure >= 0.999)
				or (c.p99_by <= -10 and c.p99_sure >= 0.999) then 'faster'
			when least(c.requests_a, c.requests_b) < 100 then 'unsure'
			else 'same' end
	from compared as c
	order by greatest(c.p50_by * c.p50_sure, c.p90_by * c.p90_sure, c.p99_by * c.p99_sure)
		desc nulls last, c.endpoint_id
$$;
comment on function yett.performance_compare is 'Latency of endpoints in two windows, those that became slowest first: by how much, how sure (0 to 1), and slower, faster, same or unsure in a word';

create function yett.hist_low(p_bin integer) returns bigint
language sql immutable parallel safe as $$
	select case when p_bin < 32 then p_bin::bigint
		else (32 + p_bin % 32)::bigint << (p_bin / 32 - 1) end
$$;
comment on function yett.hist_low(integer) is 'Lowest value of a bin';

create function yett.performance_heatmap(p_endpoint_id integer, p_from timestamptz,
	p_to timestamptz)
returns table (at timestamptz, band_us bigint, requests bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select r.at, yett.hist_low((16 * ((u.bin - 1) / 16))::integer), sum(u.n)::bigint
	from (
		select x.at, array_agg(x.latency) as latency
		from yett.performance_rows(p_from, p_to, p_endpoint_id,
			p_to - p_from > interval '14 days') as x
		where x.latency is not null
		group by x.at
	) as r
	cross join lateral unnest(yett.hist_bins(r.latency)) with ordinality as u (n, bin)
	where u.n > 0
	group by 1, 2
	order by 1, 2
$$;
comment on function yett.performance_heatmap is 'Requests of an endpoint by hour (by day where whole days lie in windows of over two weeks) and band of latency: bands are half powers of two, named by their lowest value';

grant execute on function yett.performance_window, yett.performance,
	yett.performance_compare, yett.performance_heatmap, yett.hist_compare, yett.hist_low
	to yett_recorder, yett_reader, yett_editor, yett_compiler;
