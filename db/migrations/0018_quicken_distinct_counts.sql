-- The functions of 0002 for distinct counts, by the bytes, without a query inside: each
-- observation of a field merges one. Results are the same, bit by bit, as those of lib/sketch.

create function yett.distinct_key(p_packed bytea, p_at integer) returns bigint
language sql immutable parallel safe as $$
	select (get_byte(p_packed, p_at + 7)::bigint << 48)
		| (get_byte(p_packed, p_at + 6)::bigint << 40)
		| (get_byte(p_packed, p_at + 5)::bigint << 32)
		| (get_byte(p_packed, p_at + 4)::bigint << 24)
		| (get_byte(p_packed, p_at + 3)::bigint << 16)
		| (get_byte(p_packed, p_at + 2)::bigint << 8)
		| get_byte(p_packed, p_at + 1)::bigint
$$;
comment on function yett.distinct_key(bytea, integer) is 'The upper 56 bits of a hash in an exact distinct count';

-- Puts each hash of the smaller one into its place in the larger one.
create function yett.distinct_merge_exact(p_one bytea, p_other bytea) returns bytea
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	merged bytea := case when length(p_one) >= length(p_other) then p_one else p_other end;
	added bytea := case when length(p_one) >= length(p_other) then p_other else p_one end;
	key bigint;
	low integer;
	high integer;
	middle integer;
	order_of bigint;
begin
	for at in 2 .. length(added) - 8 by 8 loop
		key := yett.distinct_key(added, at);
		low := 0;
		high := (length(merged) - 2) / 8;
		while low < high loop
			middle := (low + high) / 2;
			order_of := yett.distinct_key(merged, 2 + 8 * middle) - key;
			if order_of = 0 then
				order_of := get_byte(merged, 2 + 8 * middle) - get_byte(added, at);
			end if;
			exit when order_of = 0;
			if order_of < 0 then
				low := middle + 1;
			else
				high := middle;
			end if;
		end loop;
		if low = high then
			merged := substr(merged, 1, 2 + 8 * low) || substr(added, at + 1, 8)
				|| substr(merged, 3 + 8 * low);
		end if;
	end loop;
	return merged;
end
$$;
comment on function yett.distinct_merge_exact(bytea, bytea) is 'One exact distinct count of two, of any length';

create or replace function yett.distinct_registers(p_packed bytea[]) returns integer[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	registers integer[] := array_fill(0, array[256]);
	packed bytea;
	at integer;
	c integer;
	before integer;
	rank integer;
begin
	foreach packed in array coalesce(p_packed, '{}') loop
		continue when packed is null;
		if length(packed) < 2 or get_byte(packed, 0) <> 1 then
			raise exception 'not a packed distinct count of version 1'
				using errcode = 'data_exception';
		end if;
		if get_byte(packed, 1) = 0 then
			for i in 2 .. length(packed) - 8 by 8 loop
				rank := 1;
				for k in reverse 7 .. 1 loop
					c := get_byte(packed, i + k);
					if c = 0 then
						rank := rank + 8;
						continue;
					end if;
					rank := rank + case when c >= 128 then 0 when c >= 64 then 1
						when c >= 32 then 2 when c >= 16 then 3 when c >= 8 then 4
						when c >= 4 then 5 when c >= 2 then 6 else 7 end;
					exit;
				end loop;
				at := get_byte(packed, i) + 1;
				if registers[at] < rank then
					registers[at] := rank;
				end if;
			end loop;
			continue;
		end if;
		at := 1;
		for i in 2 .. length(packed) - 1 loop
			c := get_byte(packed, i);
			if c < 64 then
				before := c;
				if registers[at] < c then
					registers[at] := c;
				end if;
				at := at + 1;
			else
				for j in at .. at + c - 64 loop
					if registers[j] < before then
						registers[j] := before;
					end if;
				end loop;
				at := at + c - 63;
			end if;
		end loop;
	end loop;
	return registers;
end
$$;

create or replace function yett.distinct_merge(p_packed bytea[]) returns bytea
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
	packed bytea;
	merged bytea := '\x0100';
	registers integer[];
	run integer;
	at integer := 1;
begin
	foreach packed in array coalesce(p_packed, '{}') loop
		continue when packed is null;
		if length(packed) < 2 or get_byte(packed, 0) <> 1 then
			raise exception 'not a packed distinct count of version 1'
				using errcode = 'data_exception';
		end if;
		if length(merged) = 2 then
			merged := packed;
		elsif get_byte(packed, 1) = 0 and get_byte(merged, 1) = 0 then
			merged := yett.distinct_merge_exact(merged, packed);
		elsif length(packed) > 2 then
			merged := null; -- registers are merged together below
			exit;
		end if;
	end loop;
	if merged is not null and (get_byte(merged, 1) <> 0 or length(merged) <= 2 + 32 * 8) then
		return merged;
	end if;
	registers := yett.distinct_registers(p_packed);
	merged := '\x0101';
	while at <= 256 loop
		merged := merged || set_byte('\x00', 0, registers[at]);
		run := 0;
		at := at + 1;
		while at <= 256 and registers[at] = registers[at - 1] and run < 192 loop
			run := run + 1;
			at := at + 1;
		end loop;
		if run > 0 then
			merged := merged || set_byte('\x00', 0, 63 + run);
		end if;
	end loop;
	return merged;
end
$$;

grant execute on function
	yett.distinct_key(bytea, integer), yett.distinct_merge_exact(bytea, bytea)
	to yett_recorder, yett_reader, yett_editor, yett_compiler;
