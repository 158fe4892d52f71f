-- The packed sketches of lib/sketch, read and merged in SQL. For reports and for the few
-- rows that merge inside PostgreSQL; the recorder merges hours and days in C.
--
-- Histogram: byte 1 (version), then { gap, count } in LEB128 per bin that is not empty, gap
-- counted from the bin after the one before. Below 32 a bin is a value; above, 32 bins per
-- power of two. Distinct count: byte 1 (version), byte 0 and hashes of 8 bytes, low byte
-- first, ascending; or byte 1 and 256 registers, where a byte of 64 and more repeats the
-- register before it (byte - 63) times.

create function yett.hist_bins(p_packed bytea[]) returns bigint[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	bins bigint[] := array_fill(0::bigint, array[1184]);
	packed bytea;
	at integer;
	size integer;
	bin integer;
	c integer;
	v bigint;
	shift integer;
begin
	foreach packed in array coalesce(p_packed, '{}') loop
		continue when packed is null;
		size := length(packed);
		if size = 0 or get_byte(packed, 0) <> 1 then
			raise exception 'not a packed histogram of version 1'
				using errcode = 'data_exception';
		end if;
		at := 1;
		bin := 1;
		while at < size loop
			c := get_byte(packed, at);
			at := at + 1;
			if c < 128 then
				bin := bin + c;
			else
				bin := bin + (c & 127) + (get_byte(packed, at) << 7);
				at := at + 1;
			end if;
			c := get_byte(packed, at);
			at := at + 1;
			if c < 128 then
				bins[bin] := bins[bin] + c;
			else
				v := c & 127;
				shift := 7;
				loop
					c := get_byte(packed, at);
					at := at + 1;
					v := v | ((c & 127)::bigint << shift);
					exit when c < 128;
					shift := shift + 7;
				end loop;
				bins[bin] := bins[bin] + v;
			end if;
			bin := bin + 1;
		end loop;
	end loop;
	return bins;
end
$$;
comment on function yett.hist_bins(bytea[]) is 'Counts of the 1184 bins of packed histograms, added up';

create function yett.hist_mid(p_bin integer) returns bigint
language sql immutable parallel safe as $$
	select case
		when p_bin < 32 then p_bin::bigint
		when p_bin < 64 then (32 + p_bin % 32)::bigint
		else ((32 + p_bin % 32)::bigint << (p_bin / 32 - 1)) + (1::bigint << (p_bin / 32 - 2))
	end
$$;
comment on function yett.hist_mid(integer) is 'Middle value of a bin';

create function yett.hist_quantiles(p_packed bytea[], p_shares double precision[])
returns bigint[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	bin_of integer[];
	upto bigint[];
	total bigint;
	share double precision;
	result bigint[] := '{}';
begin
	select array_agg(b.bin order by b.bin), array_agg(b.seen order by b.bin), max(b.seen)
	into bin_of, upto, total
	from (
		select u.bin - 1 as bin, sum(u.n) over (order by u.bin)::bigint as seen
		from unnest(yett.hist_bins(p_packed)) with ordinality as u (n, bin)
		where u.n > 0
	) as b;
	if total is null then
		return null;
	end if;
	foreach share in array p_shares loop
		for i in 1 .. cardinality(upto) loop
			if upto[i] >= share * total then
				result := result || yett.hist_mid(bin_of[i]);
				exit;
			end if;
		end loop;
	end loop;
	return result;
end
$$;
comment on function yett.hist_quantiles(bytea[], double precision[]) is 'Quantiles (shares 0 to 1) of packed histograms taken together; null without any value';

create function yett.hist_quantile(p_packed bytea[], p_share double precision) returns bigint
language sql immutable parallel safe as $$
	select (yett.hist_quantiles(p_packed, array[p_share]))[1]
$$;
comment on function yett.hist_quantile(bytea[], double precision) is 'One quantile of packed histograms taken together';

create function yett.hist_count(p_packed bytea[]) returns bigint
language sql immutable parallel safe as $$
	select sum(u.n)::bigint from unnest(yett.hist_bins(p_packed)) as u (n)
$$;
comment on function yett.hist_count(bytea[]) is 'Values in packed histograms';

create function yett.varint(p_value bigint) returns bytea
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	v bigint := p_value;
	packed bytea := '';
begin
	while v >= 128 loop
		packed := packed || set_byte('\x00', 0, ((v & 127) | 128)::integer);
		v := v >> 7;
	end loop;
	return packed || set_byte('\x00', 0, v::integer);
end
$$;
comment on function yett.varint(bigint) is 'LEB128 of a number that is not negative';

create function yett.hist_merge(p_packed bytea[]) returns bytea
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	packed bytea := '\x01';
	next_bin bigint := 1;
	one record;
begin
	for one in
		select u.bin, least(u.n, 4294967295) as n
		from unnest(yett.hist_bins(p_packed)) with ordinality as u (n, bin)
		where u.n > 0 order by u.bin
	loop
		packed := packed || yett.varint(one.bin - next_bin) || yett.varint(one.n);
		next_bin := one.bin + 1;
	end loop;
	return packed;
end
$$;
comment on function yett.hist_merge(bytea[]) is 'One packed histogram of many';

-- Register and rank of a hash given as 8 bytes, high byte first.
create function yett.distinct_rank(p_hash bytea) returns integer
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
	for i in 0 .. 55 loop
		if (get_byte(p_hash, i / 8) & (128 >> (i % 8))) <> 0 then
			return i + 1;
		end if;
	end loop;
	return 57;
end
$$;
comment on function yett.distinct_rank(bytea) is 'Rank of a hash in its register';

create function yett.distinct_hashes(p_packed bytea) returns setof bytea
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
	select decode(string_agg(substr(encode(p_packed, 'hex'), 5 + 16 * h.i + 2 * b.i, 2), ''
		order by b.i desc), 'hex')
	from generate_series(0, (length(p_packed) - 2) / 8 - 1) as h (i),
		generate_series(0, 7) as b (i)
	where get_byte(p_packed, 1) = 0
	group by h.i
$$;
comment on function yett.distinct_hashes(bytea) is 'Hashes of an exact distinct count, high byte first';

create function yett.distinct_registers(p_packed bytea[]) returns integer[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	registers integer[] := array_fill(0, array[256]);
	packed bytea;
	hash bytea;
	at integer;
	c integer;
	before integer;
begin
	foreach packed in array coalesce(p_packed, '{}') loop
		continue when packed is null;
		if length(packed) < 2 or get_byte(packed, 0) <> 1 then
			raise exception 'not a packed distinct count of version 1'
				using errcode = 'data_exception';
		end if;
		if get_byte(packed, 1) = 0 then
			for hash in select * from yett.distinct_hashes(packed) loop
				at := get_byte(hash, 7) + 1;
				registers[at] := greatest(registers[at], yett.distinct_rank(hash));
			end loop;
			continue;
		end if;
		at := 1;
		for i in 2 .. length(packed) - 1 loop
			c := get_byte(packed, i);
			if c < 64 then
				before := c;
				registers[at] := greatest(registers[at], c);
				at := at + 1;
			else
				for j in 1 .. c - 63 loop
					registers[at] := greatest(registers[at], before);
					at := at + 1;
				end loop;
			end if;
		end loop;
	end loop;
	return registers;
end
$$;
comment on function yett.distinct_registers(bytea[]) is 'The 256 registers of packed distinct counts taken together';

create function yett.distinct_merge(p_packed bytea[]) returns bytea
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	packed bytea;
	registers integer[];
	run integer;
	at integer := 1;
begin
	if not exists (select from unnest(p_packed) as u (p) where get_byte(u.p, 1) <> 0) then
		select string_agg(decode(r.reversed, 'hex'), '' order by r.hash) into packed
		from (
			select d.hash, string_agg(substr(encode(d.hash, 'hex'), 15 - 2 * b.i, 2), ''
				order by b.i) as reversed
			from (
				select distinct h.hash from unnest(p_packed) as u (p),
					yett.distinct_hashes(u.p) as h (hash)
			) as d, generate_series(0, 7) as b (i)
			group by d.hash
		) as r;
		if coalesce(length(packed), 0) <= 32 * 8 then
			return '\x0100'::bytea || coalesce(packed, '');
		end if;
	end if;
	registers := yett.distinct_registers(p_packed);
	packed := '\x0101';
	while at <= 256 loop
		packed := packed || set_byte('\x00', 0, registers[at]);
		run := 0;
		at := at + 1;
		while at <= 256 and registers[at] = registers[at - 1] and run < 192 loop
			run := run + 1;
			at := at + 1;
		end loop;
		if run > 0 then
			packed := packed || set_byte('\x00', 0, 63 + run);
		end if;
	end loop;
	return packed;
end
$$;
comment on function yett.distinct_merge(bytea[]) is 'One packed distinct count of many';

create function yett.distinct_count(p_packed bytea[]) returns bigint
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	merged bytea;
	estimate double precision;
	zeros integer;
begin
	merged := yett.distinct_merge(p_packed);
	if get_byte(merged, 1) = 0 then
		return (length(merged) - 2) / 8;
	end if;
	select 0.7213 / (1 + 1.079 / 256) * 256 * 256 / sum(power(2::double precision, -r.v)),
		count(*) filter (where r.v = 0)
	into estimate, zeros
	from unnest(yett.distinct_registers(array[merged])) as r (v);
	if estimate <= 2.5 * 256 and zeros > 0 then
		estimate := 256 * ln(256::double precision / zeros);
	end if;
	return round(estimate)::bigint;
end
$$;
comment on function yett.distinct_count(bytea[]) is 'How many different values packed distinct counts saw together';
