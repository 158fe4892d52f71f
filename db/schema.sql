--
-- PostgreSQL database dump
--

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: part; Type: SCHEMA; Schema: -; Owner: yett_owner
--

CREATE SCHEMA part;

ALTER SCHEMA part OWNER TO yett_owner;

--
-- Name: SCHEMA part; Type: COMMENT; Schema: -; Owner: yett_owner
--

COMMENT ON SCHEMA part IS 'Yett: partitions and tables still being added to; nobody but the owner looks in';

--
-- Name: report; Type: SCHEMA; Schema: -; Owner: yett_owner
--

CREATE SCHEMA report;

ALTER SCHEMA report OWNER TO yett_owner;

--
-- Name: SCHEMA report; Type: COMMENT; Schema: -; Owner: yett_owner
--

COMMENT ON SCHEMA report IS 'Yett: views that programs and people read; a stable contract';

--
-- Name: yett; Type: SCHEMA; Schema: -; Owner: yett_owner
--

CREATE SCHEMA yett;

ALTER SCHEMA yett OWNER TO yett_owner;

--
-- Name: SCHEMA yett; Type: COMMENT; Schema: -; Owner: yett_owner
--

COMMENT ON SCHEMA yett IS 'Yett: tables, and the functions that are the only way to write them';

--
-- Name: audit_put(text, text, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.audit_put(p_action text, p_object text, p_detail jsonb DEFAULT '{}'::jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	insert into yett.audit_log (action, object, detail)
	values (p_action, p_object, jsonb_strip_nulls(p_detail))
$$;

ALTER FUNCTION yett.audit_put(p_action text, p_object text, p_detail jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION audit_put(p_action text, p_object text, p_detail jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.audit_put(p_action text, p_object text, p_detail jsonb) IS 'Notes an act in the audit log, in the name of the session''s user';

--
-- Name: bundle_bytes(bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.bundle_bytes(p_revision bigint) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select b.bytes from yett.bundle as b where b.revision = p_revision
$$;

ALTER FUNCTION yett.bundle_bytes(p_revision bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION bundle_bytes(p_revision bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.bundle_bytes(p_revision bigint) IS 'A bundle as it was signed; null if unknown or no longer kept';

--
-- Name: bundle_fetch(bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.bundle_fetch(p_known bigint) RETURNS TABLE(revision bigint, bytes bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select b.revision, b.bytes from yett.bundle as b
	where b.revision = (
		select max(x.revision) from yett.bundle as x where x.published_at is not null
	) and b.revision > p_known and b.bytes is not null
$$;

ALTER FUNCTION yett.bundle_fetch(p_known bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION bundle_fetch(p_known bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.bundle_fetch(p_known bigint) IS 'The bundle in force if its revision is above the known one';

--
-- Name: bundle_next_revision(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.bundle_next_revision() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select coalesce(max(b.revision), 0) + 1 from yett.bundle as b
$$;

ALTER FUNCTION yett.bundle_next_revision() OWNER TO yett_owner;

--
-- Name: FUNCTION bundle_next_revision(); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.bundle_next_revision() IS 'The lowest revision that is still free';

--
-- Name: bundle_publish(bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.bundle_publish(p_revision bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	newest bigint;
	one yett.bundle;
begin
	lock table yett.bundle in share row exclusive mode;
	select * into one from yett.bundle as b where b.revision = p_revision;
	if one.revision is null then
		raise exception 'there is no bundle of revision %', p_revision
			using errcode = 'no_data_found';
	end if;
	select max(b.revision) into newest from yett.bundle as b where b.published_at is not null;
	if newest >= p_revision then
		raise exception 'revision % is not above %, which is published', p_revision, newest
			using errcode = 'object_not_in_prerequisite_state',
			hint = 'a rollback is a new revision with old content';
	end if;
	if one.bytes is null then
		raise exception 'the bytes of revision % are no longer kept', p_revision
			using errcode = 'object_not_in_prerequisite_state';
	end if;
	update yett.bundle set published_at = now(), published_by = session_user
	where revision = p_revision;
	perform yett.audit_put(
		case when one.restores is null then 'bundle_publish' else 'bundle_rollback' end,
		p_revision::text, jsonb_build_object('restores', one.restores));
	perform pg_notify('yett_bundle', p_revision::text);
end
$$;

ALTER FUNCTION yett.bundle_publish(p_revision bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION bundle_publish(p_revision bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.bundle_publish(p_revision bigint) IS 'Puts a bundle in force on every gateway; its revision must be the highest';

--
-- Name: bundle_put(bigint, bigint, bigint, text, bytea, bytea, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.bundle_put(p_revision bigint, p_parent bigint, p_restores bigint, p_environment text, p_content bytea, p_bytes bytea, p_note text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	here text;
begin
	select i.environment into here from yett.installation as i;
	if here is distinct from p_environment then
		raise exception 'the bundle is for environment %, this database is %',
			p_environment, coalesce(here, '(none)')
			using errcode = 'object_not_in_prerequisite_state';
	end if;
	insert into yett.bundle (revision, parent, restores, environment, content, size_bytes,
		bytes, note)
	values (p_revision, p_parent, p_restores, p_environment, p_content, length(p_bytes),
		p_bytes, p_note);
	perform yett.audit_put('bundle_put', p_revision::text, jsonb_build_object(
		'parent', p_parent, 'restores', p_restores, 'bytes', length(p_bytes),
		'content', encode(p_content, 'hex'), 'note', p_note));
end
$$;

ALTER FUNCTION yett.bundle_put(p_revision bigint, p_parent bigint, p_restores bigint, p_environment text, p_content bytea, p_bytes bytea, p_note text) OWNER TO yett_owner;

--
-- Name: FUNCTION bundle_put(p_revision bigint, p_parent bigint, p_restores bigint, p_environment text, p_content bytea, p_bytes bytea, p_note text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.bundle_put(p_revision bigint, p_parent bigint, p_restores bigint, p_environment text, p_content bytea, p_bytes bytea, p_note text) IS 'Keeps a signed bundle without putting it in force';

--
-- Name: distinct_count(bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.distinct_count(p_packed bytea[]) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.distinct_count(p_packed bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION distinct_count(p_packed bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.distinct_count(p_packed bytea[]) IS 'How many different values packed distinct counts saw together';

--
-- Name: distinct_hashes(bytea); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.distinct_hashes(p_packed bytea) RETURNS SETOF bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select decode(string_agg(substr(encode(p_packed, 'hex'), 5 + 16 * h.i + 2 * b.i, 2), ''
		order by b.i desc), 'hex')
	from generate_series(0, (length(p_packed) - 2) / 8 - 1) as h (i),
		generate_series(0, 7) as b (i)
	where get_byte(p_packed, 1) = 0
	group by h.i
$$;

ALTER FUNCTION yett.distinct_hashes(p_packed bytea) OWNER TO yett_owner;

--
-- Name: FUNCTION distinct_hashes(p_packed bytea); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.distinct_hashes(p_packed bytea) IS 'Hashes of an exact distinct count, high byte first';

--
-- Name: distinct_merge(bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.distinct_merge(p_packed bytea[]) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.distinct_merge(p_packed bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION distinct_merge(p_packed bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.distinct_merge(p_packed bytea[]) IS 'One packed distinct count of many';

--
-- Name: distinct_rank(bytea); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.distinct_rank(p_hash bytea) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
	for i in 0 .. 55 loop
		if (get_byte(p_hash, i / 8) & (128 >> (i % 8))) <> 0 then
			return i + 1;
		end if;
	end loop;
	return 57;
end
$$;

ALTER FUNCTION yett.distinct_rank(p_hash bytea) OWNER TO yett_owner;

--
-- Name: FUNCTION distinct_rank(p_hash bytea); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.distinct_rank(p_hash bytea) IS 'Rank of a hash in its register';

--
-- Name: distinct_registers(bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.distinct_registers(p_packed bytea[]) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.distinct_registers(p_packed bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION distinct_registers(p_packed bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.distinct_registers(p_packed bytea[]) IS 'The 256 registers of packed distinct counts taken together';

--
-- Name: endpoint_ids(bigint[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.endpoint_ids(p_hash bigint[]) RETURNS TABLE(hash bigint, endpoint_id integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.endpoint_ids(p_hash bigint[]) OWNER TO yett_owner;

--
-- Name: FUNCTION endpoint_ids(p_hash bigint[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.endpoint_ids(p_hash bigint[]) IS 'Ids of endpoint hashes; an unknown one gets an id at once';

--
-- Name: endpoint_merge(bigint, bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.endpoint_merge(p_hash bigint, p_into bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.endpoint_merge(p_hash bigint, p_into bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION endpoint_merge(p_hash bigint, p_into bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.endpoint_merge(p_hash bigint, p_into bigint) IS 'From now on the first hash counts for the endpoint of the second';

--
-- Name: endpoint_put(bigint, text, text, text, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.endpoint_put(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_origin text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	id integer;
	service integer;
begin
	if p_origin not in ('spec', 'human') then
		raise exception 'origin must be spec or human' using errcode = 'check_violation';
	end if;
	select s.service_id into service from yett.service as s where s.name = p_service;
	if service is null then
		service := yett.service_put(p_service);
	end if;
	insert into yett.endpoint as e (hash, service_id, method, template, operation, label,
		provisional, origin, first_seen_at, last_seen_at)
	values (p_hash, service, p_method, p_template, p_operation,
		concat_ws(' ', p_method, p_template, p_operation), false, p_origin, now(), now())
	on conflict on constraint endpoint_hash_key do update set
		service_id = excluded.service_id, method = excluded.method,
		template = excluded.template, operation = excluded.operation,
		label = excluded.label, provisional = false,
		origin = case when e.origin = 'human' then 'human' else excluded.origin end
	returning e.endpoint_id into id;
	perform yett.audit_put('endpoint_put', id::text, jsonb_build_object(
		'service', p_service, 'method', p_method, 'template', p_template));
	return id;
end
$$;

ALTER FUNCTION yett.endpoint_put(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_origin text) OWNER TO yett_owner;

--
-- Name: FUNCTION endpoint_put(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_origin text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.endpoint_put(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_origin text) IS 'An endpoint that a person or a specification says exists';

--
-- Name: endpoint_set_mode(integer, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.endpoint_set_mode(p_endpoint_id integer, p_mode text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before text;
begin
	perform yett.mode_check(p_mode);
	select e.mode into before from yett.endpoint as e
	where e.endpoint_id = p_endpoint_id for update;
	if not found then
		raise exception 'there is no endpoint %', p_endpoint_id using errcode = 'no_data_found';
	end if;
	update yett.endpoint set mode = p_mode where endpoint_id = p_endpoint_id;
	perform yett.audit_put('endpoint_set_mode', p_endpoint_id::text,
		jsonb_build_object('mode', p_mode, 'before', before));
	return before;
end
$$;

ALTER FUNCTION yett.endpoint_set_mode(p_endpoint_id integer, p_mode text) OWNER TO yett_owner;

--
-- Name: FUNCTION endpoint_set_mode(p_endpoint_id integer, p_mode text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.endpoint_set_mode(p_endpoint_id integer, p_mode text) IS 'Upper bound for rules on an endpoint; returns what it was';

--
-- Name: hist_bins(bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hist_bins(p_packed bytea[]) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.hist_bins(p_packed bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION hist_bins(p_packed bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hist_bins(p_packed bytea[]) IS 'Counts of the 1184 bins of packed histograms, added up';

--
-- Name: hist_count(bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hist_count(p_packed bytea[]) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select sum(u.n)::bigint from unnest(yett.hist_bins(p_packed)) as u (n)
$$;

ALTER FUNCTION yett.hist_count(p_packed bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION hist_count(p_packed bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hist_count(p_packed bytea[]) IS 'Values in packed histograms';

--
-- Name: hist_merge(bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hist_merge(p_packed bytea[]) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.hist_merge(p_packed bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION hist_merge(p_packed bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hist_merge(p_packed bytea[]) IS 'One packed histogram of many';

--
-- Name: hist_mid(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hist_mid(p_bin integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case
		when p_bin < 32 then p_bin::bigint
		when p_bin < 64 then (32 + p_bin % 32)::bigint
		else ((32 + p_bin % 32)::bigint << (p_bin / 32 - 1)) + (1::bigint << (p_bin / 32 - 2))
	end
$$;

ALTER FUNCTION yett.hist_mid(p_bin integer) OWNER TO yett_owner;

--
-- Name: FUNCTION hist_mid(p_bin integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hist_mid(p_bin integer) IS 'Middle value of a bin';

--
-- Name: hist_quantile(bytea[], double precision); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hist_quantile(p_packed bytea[], p_share double precision) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select (yett.hist_quantiles(p_packed, array[p_share]))[1]
$$;

ALTER FUNCTION yett.hist_quantile(p_packed bytea[], p_share double precision) OWNER TO yett_owner;

--
-- Name: FUNCTION hist_quantile(p_packed bytea[], p_share double precision); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hist_quantile(p_packed bytea[], p_share double precision) IS 'One quantile of packed histograms taken together';

--
-- Name: hist_quantiles(bytea[], double precision[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hist_quantiles(p_packed bytea[], p_shares double precision[]) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.hist_quantiles(p_packed bytea[], p_shares double precision[]) OWNER TO yett_owner;

--
-- Name: FUNCTION hist_quantiles(p_packed bytea[], p_shares double precision[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hist_quantiles(p_packed bytea[], p_shares double precision[]) IS 'Quantiles (shares 0 to 1) of packed histograms taken together; null without any value';

--
-- Name: hour_lock(timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hour_lock(p_hour_at timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select pg_advisory_xact_lock(2036692084, (extract(epoch from p_hour_at) / 3600)::integer)
$$;

ALTER FUNCTION yett.hour_lock(p_hour_at timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION hour_lock(p_hour_at timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hour_lock(p_hour_at timestamp with time zone) IS 'Lock of one hour for merging its sketches outside PostgreSQL';

--
-- Name: installation_set(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.installation_set(p_environment text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	here text;
begin
	select i.environment into here from yett.installation as i;
	if here = p_environment then
		return;
	end if;
	if here is not null then
		raise exception 'this database is environment % already', here
			using errcode = 'object_not_in_prerequisite_state',
			hint = 'one database is one environment; make another database';
	end if;
	insert into yett.installation (environment) values (p_environment);
	perform yett.audit_put('installation_set', p_environment);
end
$$;

ALTER FUNCTION yett.installation_set(p_environment text) OWNER TO yett_owner;

--
-- Name: FUNCTION installation_set(p_environment text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.installation_set(p_environment text) IS 'Says, once, which environment this database is';

--
-- Name: mode_check(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.mode_check(p_mode text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
	if p_mode not in ('off', 'shadow', 'enforce') then
		raise exception 'mode %: expected off, shadow or enforce', p_mode
			using errcode = 'invalid_parameter_value';
	end if;
end
$$;

ALTER FUNCTION yett.mode_check(p_mode text) OWNER TO yett_owner;

--
-- Name: FUNCTION mode_check(p_mode text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.mode_check(p_mode text) IS 'Refuses what is no mode; null passes';

--
-- Name: partition_maintain(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.partition_maintain() RETURNS TABLE(made integer, dropped integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $$
declare
	plan yett.partition_plan;
	old record;
	low timestamp;
	high timestamp;
	width interval;
	form text;
	part_name text;
	bundles_kept constant integer := 20;
begin
	made := 0;
	dropped := 0;
	perform pg_advisory_xact_lock(2036692084, -2);
	for plan in select * from yett.partition_plan order by table_name loop
		width := ('1 ' || plan.step)::interval;
		form := case plan.step when 'day' then 'YYYYMMDD' when 'month' then 'YYYYMM'
			else 'YYYY' end;
		low := date_trunc(plan.step, (now() at time zone 'UTC')
			- coalesce(plan.keep, interval '400 days'));
		high := (now() at time zone 'UTC') + greatest(width, interval '14 days');
		while low <= high loop
			part_name := plan.table_name || '_' || to_char(low, form);
			if to_regclass('part.' || quote_ident(part_name)) is null then
				begin
					execute format('create table part.%I partition of yett.%I '
						'for values from (%L) to (%L)', part_name,
						plan.table_name, low::text || '+00',
						(low + width)::text || '+00');
					made := made + 1;
				exception when lock_not_available then -- a long query reads: next time
					exit;
				end;
			end if;
			low := low + width;
		end loop;
		continue when plan.keep is null;
		part_name := plan.table_name || '_' || to_char(date_trunc(plan.step,
			(now() at time zone 'UTC') - plan.keep), form);
		for old in
			select c.relname from pg_inherits as i
			join pg_class as c on c.oid = i.inhrelid
			where i.inhparent = to_regclass('yett.' || quote_ident(plan.table_name))
				and c.relname < part_name
		loop
			begin
				execute format('drop table part.%I', old.relname);
				dropped := dropped + 1;
			exception when lock_not_available then
				exit;
			end;
		end loop;
	end loop;
	update yett.bundle as b set bytes = null
	where b.bytes is not null and b.revision not in (
		select x.revision from yett.bundle as x order by x.revision desc limit bundles_kept);
	delete from yett.agent_stream as s where s.applied_at < now() - interval '30 days';
	return next;
end
$$;

ALTER FUNCTION yett.partition_maintain() OWNER TO yett_owner;

--
-- Name: FUNCTION partition_maintain(); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.partition_maintain() IS 'Makes partitions ahead, drops those past retention, lets go of the bytes of old bundles and of streams silent for a month';

--
-- Name: recorder_agent(text, text, text, bigint, bigint, timestamp with time zone, bigint, bigint, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_agent(p_name text, p_environment text, p_version text, p_boot bigint, p_revision bigint, p_started_at timestamp with time zone, p_cold_starts bigint, p_deaths bigint, p_counters jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_agent(p_name text, p_environment text, p_version text, p_boot bigint, p_revision bigint, p_started_at timestamp with time zone, p_cold_starts bigint, p_deaths bigint, p_counters jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_agent(p_name text, p_environment text, p_version text, p_boot bigint, p_revision bigint, p_started_at timestamp with time zone, p_cold_starts bigint, p_deaths bigint, p_counters jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_agent(p_name text, p_environment text, p_version text, p_boot bigint, p_revision bigint, p_started_at timestamp with time zone, p_cold_starts bigint, p_deaths bigint, p_counters jsonb) IS 'Says that an agent lives; its id';

--
-- Name: recorder_coverage(integer, timestamp with time zone[], text[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_coverage(p_agent_id integer, p_minute_at timestamp with time zone[], p_service text[], p_requests bigint[], p_decided bigint[], p_undecided bigint[], p_unfinished bigint[], p_body_partial bigint[], p_body_none bigint[], p_ring_dropped bigint[], p_pending_evicted bigint[], p_finish_bad bigint[], p_tap_seen bigint[], p_tap_cut bigint[], p_tap_gzip bigint[], p_overflow bigint[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_coverage(p_agent_id integer, p_minute_at timestamp with time zone[], p_service text[], p_requests bigint[], p_decided bigint[], p_undecided bigint[], p_unfinished bigint[], p_body_partial bigint[], p_body_none bigint[], p_ring_dropped bigint[], p_pending_evicted bigint[], p_finish_bad bigint[], p_tap_seen bigint[], p_tap_cut bigint[], p_tap_gzip bigint[], p_overflow bigint[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_coverage(p_agent_id integer, p_minute_at timestamp with time zone[], p_service text[], p_requests bigint[], p_decided bigint[], p_undecided bigint[], p_unfinished bigint[], p_body_partial bigint[], p_body_none bigint[], p_ring_dropped bigint[], p_pending_evicted bigint[], p_finish_bad bigint[], p_tap_seen bigint[], p_tap_cut bigint[], p_tap_gzip bigint[], p_overflow bigint[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_coverage(p_agent_id integer, p_minute_at timestamp with time zone[], p_service text[], p_requests bigint[], p_decided bigint[], p_undecided bigint[], p_unfinished bigint[], p_body_partial bigint[], p_body_none bigint[], p_ring_dropped bigint[], p_pending_evicted bigint[], p_finish_bad bigint[], p_tap_seen bigint[], p_tap_cut bigint[], p_tap_gzip bigint[], p_overflow bigint[]) IS 'Adds what could not be seen';

--
-- Name: recorder_decisions(integer, timestamp with time zone[], integer[], text[], smallint[], smallint[], smallint[], bigint[], text[], bigint[], timestamp with time zone[], timestamp with time zone[], bytea[], bytea[], text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_decisions(p_agent_id integer, p_minute_at timestamp with time zone[], p_endpoint_id integer[], p_rule text[], p_action smallint[], p_shadow_action smallint[], p_status smallint[], p_revision bigint[], p_reason text[], p_requests bigint[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_identities bytea[], p_sample_identity bytea[], p_sample_id text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_decisions(p_agent_id integer, p_minute_at timestamp with time zone[], p_endpoint_id integer[], p_rule text[], p_action smallint[], p_shadow_action smallint[], p_status smallint[], p_revision bigint[], p_reason text[], p_requests bigint[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_identities bytea[], p_sample_identity bytea[], p_sample_id text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_decisions(p_agent_id integer, p_minute_at timestamp with time zone[], p_endpoint_id integer[], p_rule text[], p_action smallint[], p_shadow_action smallint[], p_status smallint[], p_revision bigint[], p_reason text[], p_requests bigint[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_identities bytea[], p_sample_identity bytea[], p_sample_id text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_decisions(p_agent_id integer, p_minute_at timestamp with time zone[], p_endpoint_id integer[], p_rule text[], p_action smallint[], p_shadow_action smallint[], p_status smallint[], p_revision bigint[], p_reason text[], p_requests bigint[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_identities bytea[], p_sample_identity bytea[], p_sample_id text[]) IS 'Adds decision events';

--
-- Name: recorder_endpoints(bigint[], bigint[], text[], text[], text[], text[], timestamp with time zone[], boolean[], text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_endpoints(p_hash bigint[], p_alias_of bigint[], p_service text[], p_method text[], p_template text[], p_operation text[], p_first_at timestamp with time zone[], p_provisional boolean[], p_shapes text[]) RETURNS TABLE(hash bigint, endpoint_id integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_endpoints(p_hash bigint[], p_alias_of bigint[], p_service text[], p_method text[], p_template text[], p_operation text[], p_first_at timestamp with time zone[], p_provisional boolean[], p_shapes text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_endpoints(p_hash bigint[], p_alias_of bigint[], p_service text[], p_method text[], p_template text[], p_operation text[], p_first_at timestamp with time zone[], p_provisional boolean[], p_shapes text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_endpoints(p_hash bigint[], p_alias_of bigint[], p_service text[], p_method text[], p_template text[], p_operation text[], p_first_at timestamp with time zone[], p_provisional boolean[], p_shapes text[]) IS 'Descriptions of endpoints: new ones get ids, known ones stay as they are, merged ones become aliases';

--
-- Name: recorder_gaps(integer, integer[], timestamp with time zone[], timestamp with time zone[], bigint[], bigint[], text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_gaps(p_agent_id integer, p_shard integer[], p_from_at timestamp with time zone[], p_to_at timestamp with time zone[], p_records bigint[], p_requests bigint[], p_cause text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	insert into yett.gap (agent_id, shard, from_at, to_at, records, requests, cause)
	select p_agent_id, u.* from unnest(p_shard, p_from_at, p_to_at, p_records, p_requests,
		p_cause) as u
$$;

ALTER FUNCTION yett.recorder_gaps(p_agent_id integer, p_shard integer[], p_from_at timestamp with time zone[], p_to_at timestamp with time zone[], p_records bigint[], p_requests bigint[], p_cause text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_gaps(p_agent_id integer, p_shard integer[], p_from_at timestamp with time zone[], p_to_at timestamp with time zone[], p_records bigint[], p_requests bigint[], p_cause text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_gaps(p_agent_id integer, p_shard integer[], p_from_at timestamp with time zone[], p_to_at timestamp with time zone[], p_records bigint[], p_requests bigint[], p_cause text[]) IS 'Notes what never arrived';

--
-- Name: recorder_hours_close_read(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_hours_close_read(p_limit integer) RETURNS TABLE(hour_at timestamp with time zone, endpoint_id integer, latency bytea, request_size bytea, response_size bytea, identities bytea, hour_latency bytea, hour_request_size bytea, hour_response_size bytea, hour_identities bytea, day_latency bytea, day_request_size bytea, day_response_size bytea, day_identities bytea)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_hours_close_read(p_limit integer) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_hours_close_read(p_limit integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_hours_close_read(p_limit integer) IS 'Rows of the oldest open hour that ended ten minutes ago, with what their hour and day hold';

--
-- Name: recorder_hours_close_write(timestamp with time zone, integer[], bytea[], bytea[], bytea[], bytea[], bytea[], bytea[], bytea[], bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_hours_close_write(p_hour_at timestamp with time zone, p_endpoint_id integer[], p_latency bytea[], p_request_size bytea[], p_response_size bytea[], p_identities bytea[], p_day_latency bytea[], p_day_request_size bytea[], p_day_response_size bytea[], p_day_identities bytea[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_hours_close_write(p_hour_at timestamp with time zone, p_endpoint_id integer[], p_latency bytea[], p_request_size bytea[], p_response_size bytea[], p_identities bytea[], p_day_latency bytea[], p_day_request_size bytea[], p_day_response_size bytea[], p_day_identities bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_hours_close_write(p_hour_at timestamp with time zone, p_endpoint_id integer[], p_latency bytea[], p_request_size bytea[], p_response_size bytea[], p_identities bytea[], p_day_latency bytea[], p_day_request_size bytea[], p_day_response_size bytea[], p_day_identities bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_hours_close_write(p_hour_at timestamp with time zone, p_endpoint_id integer[], p_latency bytea[], p_request_size bytea[], p_response_size bytea[], p_identities bytea[], p_day_latency bytea[], p_day_request_size bytea[], p_day_response_size bytea[], p_day_identities bytea[]) IS 'Moves rows of an open hour into hour and day with the sketches merged by the caller';

--
-- Name: recorder_hours_read(timestamp with time zone[], integer[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_hours_read(p_hour_at timestamp with time zone[], p_endpoint_id integer[]) RETURNS TABLE(hour_at timestamp with time zone, endpoint_id integer, latency bytea, request_size bytea, response_size bytea, identities bytea)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_hours_read(p_hour_at timestamp with time zone[], p_endpoint_id integer[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_hours_read(p_hour_at timestamp with time zone[], p_endpoint_id integer[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_hours_read(p_hour_at timestamp with time zone[], p_endpoint_id integer[]) IS 'Locks hours and returns the sketches that are there already';

--
-- Name: recorder_hours_write(timestamp with time zone[], integer[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], integer[], bigint[], timestamp with time zone[], timestamp with time zone[], bytea[], bytea[], bytea[], bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_hours_write(p_hour_at timestamp with time zone[], p_endpoint_id integer[], p_requests bigint[], p_watched bigint[], p_status_0 bigint[], p_status_1 bigint[], p_status_2 bigint[], p_status_3 bigint[], p_status_4 bigint[], p_status_5 bigint[], p_denied bigint[], p_limited bigint[], p_dropped bigint[], p_shadowed bigint[], p_inspected_none bigint[], p_inspected_partial bigint[], p_inspected_complete bigint[], p_undecided bigint[], p_unfinished bigint[], p_request_bytes bigint[], p_response_bytes bigint[], p_auth_mask integer[], p_auth_none bigint[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_latency bytea[], p_request_size bytea[], p_response_size bytea[], p_identities bytea[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_hours_write(p_hour_at timestamp with time zone[], p_endpoint_id integer[], p_requests bigint[], p_watched bigint[], p_status_0 bigint[], p_status_1 bigint[], p_status_2 bigint[], p_status_3 bigint[], p_status_4 bigint[], p_status_5 bigint[], p_denied bigint[], p_limited bigint[], p_dropped bigint[], p_shadowed bigint[], p_inspected_none bigint[], p_inspected_partial bigint[], p_inspected_complete bigint[], p_undecided bigint[], p_unfinished bigint[], p_request_bytes bigint[], p_response_bytes bigint[], p_auth_mask integer[], p_auth_none bigint[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_latency bytea[], p_request_size bytea[], p_response_size bytea[], p_identities bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_hours_write(p_hour_at timestamp with time zone[], p_endpoint_id integer[], p_requests bigint[], p_watched bigint[], p_status_0 bigint[], p_status_1 bigint[], p_status_2 bigint[], p_status_3 bigint[], p_status_4 bigint[], p_status_5 bigint[], p_denied bigint[], p_limited bigint[], p_dropped bigint[], p_shadowed bigint[], p_inspected_none bigint[], p_inspected_partial bigint[], p_inspected_complete bigint[], p_undecided bigint[], p_unfinished bigint[], p_request_bytes bigint[], p_response_bytes bigint[], p_auth_mask integer[], p_auth_none bigint[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_latency bytea[], p_request_size bytea[], p_response_size bytea[], p_identities bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_hours_write(p_hour_at timestamp with time zone[], p_endpoint_id integer[], p_requests bigint[], p_watched bigint[], p_status_0 bigint[], p_status_1 bigint[], p_status_2 bigint[], p_status_3 bigint[], p_status_4 bigint[], p_status_5 bigint[], p_denied bigint[], p_limited bigint[], p_dropped bigint[], p_shadowed bigint[], p_inspected_none bigint[], p_inspected_partial bigint[], p_inspected_complete bigint[], p_undecided bigint[], p_unfinished bigint[], p_request_bytes bigint[], p_response_bytes bigint[], p_auth_mask integer[], p_auth_none bigint[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_latency bytea[], p_request_size bytea[], p_response_size bytea[], p_identities bytea[]) IS 'Adds counts to hours and puts the merged sketches; after recorder_hours_read in the same transaction';

--
-- Name: recorder_minutes(timestamp with time zone[], integer[], integer[], integer[], integer[], integer[], integer[], integer[], integer[], integer[], integer[], integer[], integer[], integer[], integer[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_minutes(p_minute_at timestamp with time zone[], p_endpoint_id integer[], p_requests integer[], p_status_0 integer[], p_status_1 integer[], p_status_2 integer[], p_status_3 integer[], p_status_4 integer[], p_status_5 integer[], p_denied integer[], p_limited integer[], p_dropped integer[], p_shadowed integer[], p_undecided integer[], p_unfinished integer[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_minutes(p_minute_at timestamp with time zone[], p_endpoint_id integer[], p_requests integer[], p_status_0 integer[], p_status_1 integer[], p_status_2 integer[], p_status_3 integer[], p_status_4 integer[], p_status_5 integer[], p_denied integer[], p_limited integer[], p_dropped integer[], p_shadowed integer[], p_undecided integer[], p_unfinished integer[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_minutes(p_minute_at timestamp with time zone[], p_endpoint_id integer[], p_requests integer[], p_status_0 integer[], p_status_1 integer[], p_status_2 integer[], p_status_3 integer[], p_status_4 integer[], p_status_5 integer[], p_denied integer[], p_limited integer[], p_dropped integer[], p_shadowed integer[], p_undecided integer[], p_unfinished integer[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_minutes(p_minute_at timestamp with time zone[], p_endpoint_id integer[], p_requests integer[], p_status_0 integer[], p_status_1 integer[], p_status_2 integer[], p_status_3 integer[], p_status_4 integer[], p_status_5 integer[], p_denied integer[], p_limited integer[], p_dropped integer[], p_shadowed integer[], p_undecided integer[], p_unfinished integer[]) IS 'Adds counts to minutes; null is none; minutes older than 48 hours are left to their hour and day';

--
-- Name: recorder_minutes_close(timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_minutes_close(p_before timestamp with time zone DEFAULT (now() - '00:03:00'::interval)) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_minutes_close(p_before timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_minutes_close(p_before timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_minutes_close(p_before timestamp with time zone) IS 'Moves minutes before a time, by default three minutes ago, into their partition';

--
-- Name: recorder_streams(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_streams(p_agent_id integer) RETURNS TABLE(boot bigint, shard integer, kind smallint, seq bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select s.boot, s.shard, s.kind, s.seq from yett.agent_stream as s
	where s.agent_id = p_agent_id
$$;

ALTER FUNCTION yett.recorder_streams(p_agent_id integer) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_streams(p_agent_id integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_streams(p_agent_id integer) IS 'How far each stream of an agent has come';

--
-- Name: recorder_words(text[], text[], bigint[], timestamp with time zone[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_words(p_token text[], p_text text[], p_identities bigint[], p_at timestamp with time zone[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_words(p_token text[], p_text text[], p_identities bigint[], p_at timestamp with time zone[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_words(p_token text[], p_text text[], p_identities bigint[], p_at timestamp with time zone[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_words(p_token text[], p_text text[], p_identities bigint[], p_at timestamp with time zone[]) IS 'Words whose text may be known from now on';

--
-- Name: rule_put(text, text, text, text, text, timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.rule_put(p_name text, p_text text, p_mode text DEFAULT NULL::text, p_owner text DEFAULT NULL::text, p_reason text DEFAULT NULL::text, p_expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before yett.rule;
begin
	perform yett.mode_check(p_mode);
	select * into before from yett.rule as r where r.name = p_name for update;
	if not found then
		insert into yett.rule (name, text, mode, owner, reason, expires_at)
		values (p_name, p_text, p_mode, p_owner, p_reason, p_expires_at);
		perform yett.audit_put('rule_put', p_name, jsonb_build_object('text', p_text,
			'mode', p_mode, 'owner', p_owner, 'reason', p_reason, 'expires_at', p_expires_at));
		return 'added';
	end if;
	if (before.text, before.mode, before.owner, before.reason, before.expires_at)
		is not distinct from (p_text, p_mode, p_owner, p_reason, p_expires_at)
		and before.enabled
	then
		return 'same';
	end if;
	update yett.rule as r set text = p_text, mode = p_mode, owner = p_owner,
		reason = p_reason, expires_at = p_expires_at, enabled = true,
		version = r.version + 1, changed_at = now(), changed_by = session_user
	where r.name = p_name;
	perform yett.audit_put('rule_put', p_name, jsonb_build_object('text', p_text,
		'mode', p_mode, 'owner', p_owner, 'reason', p_reason, 'expires_at', p_expires_at,
		'before', to_jsonb(before)));
	return 'changed';
end
$$;

ALTER FUNCTION yett.rule_put(p_name text, p_text text, p_mode text, p_owner text, p_reason text, p_expires_at timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION rule_put(p_name text, p_text text, p_mode text, p_owner text, p_reason text, p_expires_at timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.rule_put(p_name text, p_text text, p_mode text, p_owner text, p_reason text, p_expires_at timestamp with time zone) IS 'Adds or replaces a rule: added, changed or same; null leaves a property to the text';

--
-- Name: rule_remove(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.rule_remove(p_name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before yett.rule;
begin
	delete from yett.rule as r where r.name = p_name returning * into before;
	if not found then
		raise exception 'there is no rule %', p_name using errcode = 'no_data_found';
	end if;
	perform yett.audit_put('rule_remove', p_name, jsonb_build_object('before', to_jsonb(before)));
end
$$;

ALTER FUNCTION yett.rule_remove(p_name text) OWNER TO yett_owner;

--
-- Name: FUNCTION rule_remove(p_name text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.rule_remove(p_name text) IS 'Takes a rule away; its text stays in the audit log';

--
-- Name: rule_set_enabled(text, boolean); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.rule_set_enabled(p_name text, p_enabled boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
	update yett.rule as r set enabled = p_enabled, version = r.version + 1,
		changed_at = now(), changed_by = session_user
	where r.name = p_name;
	if not found then
		raise exception 'there is no rule %', p_name using errcode = 'no_data_found';
	end if;
	perform yett.audit_put('rule_set_enabled', p_name,
		jsonb_build_object('enabled', p_enabled));
end
$$;

ALTER FUNCTION yett.rule_set_enabled(p_name text, p_enabled boolean) OWNER TO yett_owner;

--
-- Name: FUNCTION rule_set_enabled(p_name text, p_enabled boolean); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.rule_set_enabled(p_name text, p_enabled boolean) IS 'Whether a rule is compiled at all';

--
-- Name: rule_set_mode(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.rule_set_mode(p_name text, p_mode text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before text;
begin
	perform yett.mode_check(p_mode);
	select r.mode into before from yett.rule as r where r.name = p_name for update;
	if not found then
		raise exception 'there is no rule %', p_name using errcode = 'no_data_found';
	end if;
	update yett.rule as r set mode = p_mode, version = r.version + 1,
		changed_at = now(), changed_by = session_user
	where r.name = p_name;
	perform yett.audit_put('rule_set_mode', p_name,
		jsonb_build_object('mode', p_mode, 'before', before));
	return before;
end
$$;

ALTER FUNCTION yett.rule_set_mode(p_name text, p_mode text) OWNER TO yett_owner;

--
-- Name: FUNCTION rule_set_mode(p_name text, p_mode text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.rule_set_mode(p_name text, p_mode text) IS 'Mode of a rule from the next bundle on; returns what was set before';

--
-- Name: service_host_put(text, text, text, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.service_host_put(p_service text, p_host_pattern text, p_path_prefix text DEFAULT '/'::text, p_ordinal integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
	id integer;
	service integer;
begin
	if lower(p_host_pattern) !~ '^([*]|([*][.])?[]a-z0-9._:[-]{1,253})$' then
		raise exception 'host "%": expected a host, *.example.com or *', p_host_pattern
			using errcode = 'invalid_parameter_value';
	end if;
	if p_path_prefix !~ '^/[^[:space:][:cntrl:]]*$' then
		raise exception 'prefix "%": a path prefix starts with / and has no blanks', p_path_prefix
			using errcode = 'invalid_parameter_value';
	end if;
	service := yett.service_put(p_service);
	insert into yett.service_host as h (ordinal, host_pattern, path_prefix, service_id)
	values (coalesce(p_ordinal, (select coalesce(max(x.ordinal), 0) + 10
		from yett.service_host as x)), lower(p_host_pattern), p_path_prefix, service)
	on conflict on constraint service_host_key do update set
		ordinal = coalesce(p_ordinal, h.ordinal), service_id = excluded.service_id
	returning h.service_host_id into id;
	perform yett.audit_put('service_host_put', p_service, jsonb_build_object(
		'host', p_host_pattern, 'prefix', p_path_prefix, 'ordinal', p_ordinal));
	return id;
end
$_$;

ALTER FUNCTION yett.service_host_put(p_service text, p_host_pattern text, p_path_prefix text, p_ordinal integer) OWNER TO yett_owner;

--
-- Name: FUNCTION service_host_put(p_service text, p_host_pattern text, p_path_prefix text, p_ordinal integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.service_host_put(p_service text, p_host_pattern text, p_path_prefix text, p_ordinal integer) IS 'Maps a host pattern and path prefix to a service; without ordinal: last';

--
-- Name: service_host_remove(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.service_host_remove(p_host_pattern text, p_path_prefix text DEFAULT '/'::text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
	delete from yett.service_host as h
	where h.host_pattern = lower(p_host_pattern) and h.path_prefix = p_path_prefix;
	if not found then
		return false;
	end if;
	perform yett.audit_put('service_host_remove', p_host_pattern,
		jsonb_build_object('prefix', p_path_prefix));
	return true;
end
$$;

ALTER FUNCTION yett.service_host_remove(p_host_pattern text, p_path_prefix text) OWNER TO yett_owner;

--
-- Name: FUNCTION service_host_remove(p_host_pattern text, p_path_prefix text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.service_host_remove(p_host_pattern text, p_path_prefix text) IS 'Takes a mapping away; false if there was none';

--
-- Name: service_put(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.service_put(p_name text, p_team text DEFAULT NULL::text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
	id integer;
	team integer;
begin
	if p_name !~ '^[]A-Za-z0-9._:[-]{1,253}$' then
		raise exception 'service "%": a name has 1 to 253 letters, digits and . _ : - [ ]', p_name
			using errcode = 'invalid_parameter_value';
	end if;
	if p_team is not null then
		team := yett.team_put(p_team);
	end if;
	insert into yett.service as s (name, team_id, origin) values (p_name, team, 'human')
	on conflict on constraint service_name_key do update set
		team_id = coalesce(excluded.team_id, s.team_id), origin = 'human'
	returning s.service_id into id;
	perform yett.audit_put('service_put', p_name, jsonb_build_object('team', p_team));
	return id;
end
$_$;

ALTER FUNCTION yett.service_put(p_name text, p_team text) OWNER TO yett_owner;

--
-- Name: FUNCTION service_put(p_name text, p_team text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.service_put(p_name text, p_team text) IS 'A service by name, made if it is new; gives it to a team if one is named';

--
-- Name: setting_check(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.setting_check(p_key text, p_value text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
	source text;
	good boolean := p_value !~ '\n';
	wanted text := 'one line';
begin
	case
	when p_key = 'default_mode' then
		perform yett.mode_check(p_value);
	when p_key in ('not_before', 'expires') then
		wanted := 'a time such as 2027-01-01T00:00:00Z';
		good := p_value ~ '^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d([.]\d+)?([Zz]|[+-]\d\d:\d\d))?$';
		if good then
			begin
				perform p_value::timestamptz;
			exception when data_exception then
				good := false;
			end;
		end if;
	when p_key = 'identity.source' then
		wanted := 'bearer, jwt:CLAIM, header:NAME, query:NAME, cookie:NAME, client_cert or basic, '
			'and verified or nothing behind it';
		good := true;
		foreach source in array regexp_split_to_array(p_value, '[,\n]') loop
			good := good and btrim(source) ~ ('^((bearer|client_cert|basic)'
				'|(jwt|header|query|cookie):[^[:space:]]+)( +verified)?$|^$');
		end loop;
	when p_key = 'unmatched' then
		wanted := 'the name of a service, or nothing';
		good := p_value ~ '^[]A-Za-z0-9._:[-]{0,253}$';
	when p_key = 'note' then
		null;
	when p_key like 'selftest.%' or (p_key like '_%.%' and p_key not like 'identity.%') then
		good := true; -- or another program's
	else
		raise exception 'there is no setting "%"', p_key
			using errcode = 'invalid_parameter_value', hint = 'there are default_mode, '
			'unmatched, not_before, expires, note, identity.source and selftest.NAME';
	end case;
	if not good then
		raise exception '%: expected %', p_key, wanted
			using errcode = 'invalid_parameter_value';
	end if;
end
$_$;

ALTER FUNCTION yett.setting_check(p_key text, p_value text) OWNER TO yett_owner;

--
-- Name: FUNCTION setting_check(p_key text, p_value text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.setting_check(p_key text, p_value text) IS 'Refuses settings that would keep a policy from being compiled';

--
-- Name: setting_put(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.setting_put(p_key text, p_value text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before text;
begin
	perform yett.setting_check(p_key, p_value);
	select s.value into before from yett.setting as s where s.key = p_key for update;
	insert into yett.setting (key, value) values (p_key, p_value)
	on conflict on constraint setting_pkey do update set
		value = excluded.value, changed_at = now(), changed_by = session_user;
	perform yett.audit_put('setting_put', p_key,
		jsonb_build_object('value', p_value, 'before', before));
	return before;
end
$$;

ALTER FUNCTION yett.setting_put(p_key text, p_value text) OWNER TO yett_owner;

--
-- Name: FUNCTION setting_put(p_key text, p_value text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.setting_put(p_key text, p_value text) IS 'Sets a policy setting; returns what it was';

--
-- Name: setting_remove(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.setting_remove(p_key text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before text;
begin
	delete from yett.setting as s where s.key = p_key returning s.value into before;
	if not found then
		return false;
	end if;
	perform yett.audit_put('setting_remove', p_key, jsonb_build_object('before', before));
	return true;
end
$$;

ALTER FUNCTION yett.setting_remove(p_key text) OWNER TO yett_owner;

--
-- Name: FUNCTION setting_remove(p_key text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.setting_remove(p_key text) IS 'Takes a setting back to its default; false if it was not set';

--
-- Name: stream_advance(integer, bigint, integer, smallint, bigint, bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.stream_advance(p_agent_id integer, p_boot bigint, p_shard integer, p_kind smallint, p_from bigint, p_to bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
	insert into yett.agent_stream as s (agent_id, boot, shard, kind, seq)
	values (p_agent_id, p_boot, p_shard, p_kind, p_to)
	on conflict on constraint agent_stream_pkey do update
		set seq = excluded.seq, applied_at = now()
		where s.seq < p_from;
	return found;
end
$$;

ALTER FUNCTION yett.stream_advance(p_agent_id integer, p_boot bigint, p_shard integer, p_kind smallint, p_from bigint, p_to bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION stream_advance(p_agent_id integer, p_boot bigint, p_shard integer, p_kind smallint, p_from bigint, p_to bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.stream_advance(p_agent_id integer, p_boot bigint, p_shard integer, p_kind smallint, p_from bigint, p_to bigint) IS 'The guard: true if no record from p_from on has been applied; false: start over from recorder_streams';

--
-- Name: team_put(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.team_put(p_name text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	id integer;
begin
	select t.team_id into id from yett.team as t where t.name = p_name;
	if id is null then
		insert into yett.team (name) values (p_name) returning team_id into id;
		perform yett.audit_put('team_put', p_name);
	end if;
	return id;
end
$$;

ALTER FUNCTION yett.team_put(p_name text) OWNER TO yett_owner;

--
-- Name: FUNCTION team_put(p_name text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.team_put(p_name text) IS 'A team by name, made if it is new';

--
-- Name: varint(bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.varint(p_value bigint) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.varint(p_value bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION varint(p_value bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.varint(p_value bigint) IS 'LEB128 of a number that is not negative';

SET default_tablespace = '';

--
-- Name: coverage_minute; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.coverage_minute (
    minute_at timestamp with time zone NOT NULL,
    agent_id integer NOT NULL,
    service text NOT NULL,
    requests bigint NOT NULL,
    decided bigint NOT NULL,
    undecided bigint NOT NULL,
    unfinished bigint NOT NULL,
    body_partial bigint NOT NULL,
    body_none bigint NOT NULL,
    ring_dropped bigint NOT NULL,
    pending_evicted bigint NOT NULL,
    finish_bad bigint NOT NULL,
    tap_seen bigint NOT NULL,
    tap_cut bigint NOT NULL,
    tap_gzip bigint NOT NULL,
    overflow bigint NOT NULL,
    CONSTRAINT coverage_minute_service CHECK ((length(service) <= 300))
)
PARTITION BY RANGE (minute_at);

ALTER TABLE yett.coverage_minute OWNER TO yett_owner;

--
-- Name: TABLE coverage_minute; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.coverage_minute IS 'What could not be seen, per service and minute';

--
-- Name: decision_event; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.decision_event (
    minute_at timestamp with time zone NOT NULL,
    agent_id integer NOT NULL,
    endpoint_id integer NOT NULL,
    rule text NOT NULL,
    action smallint NOT NULL,
    shadow_action smallint NOT NULL,
    status smallint NOT NULL,
    revision bigint NOT NULL,
    reason text NOT NULL,
    requests bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    identities bytea,
    sample_identity bytea,
    sample_id text,
    CONSTRAINT decision_event_action CHECK (((action >= 0) AND (action <= 6))),
    CONSTRAINT decision_event_reason CHECK ((length(reason) <= 1000)),
    CONSTRAINT decision_event_rule CHECK ((length(rule) <= 200)),
    CONSTRAINT decision_event_sample_id CHECK ((length(sample_id) <= 200)),
    CONSTRAINT decision_event_shadow_action CHECK (((shadow_action >= 0) AND (shadow_action <= 6))),
    CONSTRAINT decision_event_status CHECK (((status >= 0) AND (status <= 999)))
)
PARTITION BY RANGE (minute_at);

ALTER TABLE yett.decision_event OWNER TO yett_owner;

--
-- Name: TABLE decision_event; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.decision_event IS 'Requests that were not simply allowed: by a rule, a rule in shadow, or an exception; added up per minute';

--
-- Name: COLUMN decision_event.rule; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.decision_event.rule IS 'name of the rule; with exception: before it, of the exception';

--
-- Name: COLUMN decision_event.action; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.decision_event.action IS '0 none, 1 allow, 2 deny, 3 rate, 4 drop, 5 watch, 6 event';

--
-- Name: COLUMN decision_event.identities; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.decision_event.identities IS 'distinct count as lib/sketch packs it';

--
-- Name: endpoint_day; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.endpoint_day (
    day_at timestamp with time zone NOT NULL,
    endpoint_id integer NOT NULL,
    requests bigint NOT NULL,
    watched bigint NOT NULL,
    status_0 bigint NOT NULL,
    status_1 bigint NOT NULL,
    status_2 bigint NOT NULL,
    status_3 bigint NOT NULL,
    status_4 bigint NOT NULL,
    status_5 bigint NOT NULL,
    denied bigint NOT NULL,
    limited bigint NOT NULL,
    dropped bigint NOT NULL,
    shadowed bigint NOT NULL,
    inspected_none bigint NOT NULL,
    inspected_partial bigint NOT NULL,
    inspected_complete bigint NOT NULL,
    undecided bigint NOT NULL,
    unfinished bigint NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    auth_mask integer NOT NULL,
    auth_none bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    latency bytea,
    request_size bytea,
    response_size bytea,
    identities bytea
)
PARTITION BY RANGE (day_at);

ALTER TABLE yett.endpoint_day OWNER TO yett_owner;

--
-- Name: TABLE endpoint_day; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.endpoint_day IS 'What an endpoint did in one day (UTC), without hours still open; kept for good';

--
-- Name: endpoint_hour; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.endpoint_hour (
    hour_at timestamp with time zone NOT NULL,
    endpoint_id integer NOT NULL,
    requests bigint NOT NULL,
    watched bigint NOT NULL,
    status_0 bigint NOT NULL,
    status_1 bigint NOT NULL,
    status_2 bigint NOT NULL,
    status_3 bigint NOT NULL,
    status_4 bigint NOT NULL,
    status_5 bigint NOT NULL,
    denied bigint NOT NULL,
    limited bigint NOT NULL,
    dropped bigint NOT NULL,
    shadowed bigint NOT NULL,
    inspected_none bigint NOT NULL,
    inspected_partial bigint NOT NULL,
    inspected_complete bigint NOT NULL,
    undecided bigint NOT NULL,
    unfinished bigint NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    auth_mask integer NOT NULL,
    auth_none bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    latency bytea,
    request_size bytea,
    response_size bytea,
    identities bytea
)
PARTITION BY RANGE (hour_at);

ALTER TABLE yett.endpoint_hour OWNER TO yett_owner;

--
-- Name: TABLE endpoint_hour; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.endpoint_hour IS 'What an endpoint did in one hour; sketches as lib/sketch packs them; kept 90 days';

--
-- Name: COLUMN endpoint_hour.auth_mask; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.endpoint_hour.auth_mask IS 'bit per kind of identity: weak, bearer, jwt, header, query, cookie, client_cert, basic';

--
-- Name: COLUMN endpoint_hour.latency; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.endpoint_hour.latency IS 'histogram of microseconds';

SET default_table_access_method = heap;

--
-- Name: endpoint_hour_open; Type: TABLE; Schema: part; Owner: yett_owner
--

CREATE TABLE part.endpoint_hour_open (
    hour_at timestamp with time zone NOT NULL,
    endpoint_id integer NOT NULL,
    requests bigint NOT NULL,
    watched bigint NOT NULL,
    status_0 bigint NOT NULL,
    status_1 bigint NOT NULL,
    status_2 bigint NOT NULL,
    status_3 bigint NOT NULL,
    status_4 bigint NOT NULL,
    status_5 bigint NOT NULL,
    denied bigint NOT NULL,
    limited bigint NOT NULL,
    dropped bigint NOT NULL,
    shadowed bigint NOT NULL,
    inspected_none bigint NOT NULL,
    inspected_partial bigint NOT NULL,
    inspected_complete bigint NOT NULL,
    undecided bigint NOT NULL,
    unfinished bigint NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    auth_mask integer NOT NULL,
    auth_none bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    latency bytea,
    request_size bytea,
    response_size bytea,
    identities bytea
)
WITH (fillfactor='40', toast_tuple_target='8160', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='20000');

ALTER TABLE part.endpoint_hour_open OWNER TO yett_owner;

--
-- Name: TABLE endpoint_hour_open; Type: COMMENT; Schema: part; Owner: yett_owner
--

COMMENT ON TABLE part.endpoint_hour_open IS 'Hours still being added to';

--
-- Name: endpoint_minute; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.endpoint_minute (
    minute_at timestamp with time zone NOT NULL,
    endpoint_id integer NOT NULL,
    requests integer NOT NULL,
    status_0 integer,
    status_1 integer,
    status_2 integer,
    status_3 integer,
    status_4 integer,
    status_5 integer,
    denied integer,
    limited integer,
    dropped integer,
    shadowed integer,
    undecided integer,
    unfinished integer
)
PARTITION BY RANGE (minute_at);

ALTER TABLE yett.endpoint_minute OWNER TO yett_owner;

--
-- Name: TABLE endpoint_minute; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.endpoint_minute IS 'Requests per endpoint and minute; null is none; kept 48 hours';

--
-- Name: COLUMN endpoint_minute.status_0; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.endpoint_minute.status_0 IS 'requests whose status was not seen; then 1xx to 5xx';

--
-- Name: endpoint_minute_open; Type: TABLE; Schema: part; Owner: yett_owner
--

CREATE TABLE part.endpoint_minute_open (
    minute_at timestamp with time zone NOT NULL,
    endpoint_id integer NOT NULL,
    requests integer NOT NULL,
    status_0 integer,
    status_1 integer,
    status_2 integer,
    status_3 integer,
    status_4 integer,
    status_5 integer,
    denied integer,
    limited integer,
    dropped integer,
    shadowed integer,
    undecided integer,
    unfinished integer
)
WITH (fillfactor='40', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='20000');

ALTER TABLE part.endpoint_minute_open OWNER TO yett_owner;

--
-- Name: TABLE endpoint_minute_open; Type: COMMENT; Schema: part; Owner: yett_owner
--

COMMENT ON TABLE part.endpoint_minute_open IS 'Minutes still being added to';

--
-- Name: agent; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.agent (
    agent_id integer NOT NULL,
    name text NOT NULL,
    environment text,
    version text,
    boot bigint,
    revision bigint DEFAULT 0 NOT NULL,
    started_at timestamp with time zone,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    cold_starts bigint DEFAULT 0 NOT NULL,
    deaths bigint DEFAULT 0 NOT NULL,
    counters jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT agent_name CHECK (((name <> ''::text) AND (length(name) <= 200)))
)
WITH (fillfactor='50');

ALTER TABLE yett.agent OWNER TO yett_owner;

--
-- Name: TABLE agent; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.agent IS 'Gateways that report here';

--
-- Name: COLUMN agent.revision; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.agent.revision IS 'policy revision in force there; 0: none';

--
-- Name: agent_stream; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.agent_stream (
    agent_id integer NOT NULL,
    boot bigint NOT NULL,
    shard integer NOT NULL,
    kind smallint NOT NULL,
    seq bigint NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT agent_stream_kind CHECK ((kind = ANY (ARRAY[1, 2]))),
    CONSTRAINT agent_stream_seq CHECK ((seq >= 0))
)
WITH (fillfactor='50');

ALTER TABLE yett.agent_stream OWNER TO yett_owner;

--
-- Name: TABLE agent_stream; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.agent_stream IS 'Guard of exactly once: the last record of each stream that is in this database';

--
-- Name: COLUMN agent_stream.kind; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.agent_stream.kind IS '1 summaries, 2 alerts';

--
-- Name: agent_streams; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.agent_streams AS
 SELECT a.name AS agent,
    lpad(to_hex(s.boot), 16, '0'::text) AS boot,
    s.shard,
        CASE s.kind
            WHEN 1 THEN 'summary'::text
            ELSE 'alert'::text
        END AS stream,
    s.seq,
    s.applied_at
   FROM (yett.agent_stream s
     JOIN yett.agent a USING (agent_id));

ALTER TABLE report.agent_streams OWNER TO yett_owner;

--
-- Name: VIEW agent_streams; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.agent_streams IS 'How far each stream of records has come';

--
-- Name: bundle; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.bundle (
    revision bigint NOT NULL,
    parent bigint DEFAULT 0 NOT NULL,
    restores bigint,
    environment text NOT NULL,
    content bytea NOT NULL,
    size_bytes bigint NOT NULL,
    bytes bytea,
    note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text DEFAULT SESSION_USER NOT NULL,
    published_at timestamp with time zone,
    published_by text,
    CONSTRAINT bundle_content CHECK ((length(content) = 32)),
    CONSTRAINT bundle_environment CHECK ((environment = ANY (ARRAY['dev'::text, 'qa'::text, 'prod'::text]))),
    CONSTRAINT bundle_revision CHECK ((revision > 0))
);
ALTER TABLE ONLY yett.bundle ALTER COLUMN bytes SET STORAGE EXTERNAL;

ALTER TABLE yett.bundle OWNER TO yett_owner;

--
-- Name: TABLE bundle; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.bundle IS 'Signed policy bundles; the published one with the highest revision is in force';

--
-- Name: COLUMN bundle.restores; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.bundle.restores IS 'a rollback: the revision whose content this one has';

--
-- Name: COLUMN bundle.content; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.bundle.content IS 'SHA-256 of the content without header: the same content has the same value';

--
-- Name: COLUMN bundle.bytes; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.bundle.bytes IS 'null: too old to be kept';

--
-- Name: gap; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.gap (
    gap_id bigint NOT NULL,
    agent_id integer NOT NULL,
    shard integer NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    records bigint NOT NULL,
    requests bigint NOT NULL,
    cause text NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT gap_cause CHECK ((length(cause) <= 200))
);

ALTER TABLE yett.gap OWNER TO yett_owner;

--
-- Name: TABLE gap; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.gap IS 'What never arrived: thinned, lost or refused records';

--
-- Name: agents; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.agents AS
 SELECT a.agent_id,
    a.name AS agent,
    a.environment,
    a.version,
    lpad(to_hex(a.boot), 16, '0'::text) AS boot,
    a.revision,
    (a.revision = COALESCE(b.revision, (0)::bigint)) AS current,
    a.started_at,
    a.first_seen_at,
    a.last_seen_at,
    a.cold_starts,
    a.deaths,
    a.counters,
    (COALESCE(( SELECT sum(g.records) AS sum
           FROM yett.gap g
          WHERE (g.agent_id = a.agent_id)), (0)::numeric))::bigint AS records_lost
   FROM (yett.agent a
     LEFT JOIN ( SELECT max(x.revision) AS revision
           FROM yett.bundle x
          WHERE (x.published_at IS NOT NULL)) b ON (true));

ALTER TABLE report.agents OWNER TO yett_owner;

--
-- Name: VIEW agents; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.agents IS 'Gateways: when they were heard last and which policy they enforce';

--
-- Name: audit_log; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.audit_log (
    audit_id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor text DEFAULT SESSION_USER NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE yett.audit_log OWNER TO yett_owner;

--
-- Name: TABLE audit_log; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.audit_log IS 'Every change made by people and programs, with who made it';

--
-- Name: audit; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.audit AS
 SELECT l.audit_id,
    l.at,
    l.actor,
    l.action,
    l.object,
    l.detail
   FROM yett.audit_log l;

ALTER TABLE report.audit OWNER TO yett_owner;

--
-- Name: VIEW audit; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.audit IS 'Who changed what';

--
-- Name: bundles; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.bundles AS
 SELECT b.revision,
    b.parent,
    b.restores,
    b.environment,
    encode(b.content, 'hex'::text) AS content,
    b.size_bytes,
    (b.bytes IS NOT NULL) AS kept,
    b.note,
    b.created_at,
    b.created_by,
    b.published_at,
    b.published_by,
    (b.revision = ( SELECT max(x.revision) AS max
           FROM yett.bundle x
          WHERE (x.published_at IS NOT NULL))) AS active
   FROM yett.bundle b;

ALTER TABLE report.bundles OWNER TO yett_owner;

--
-- Name: VIEW bundles; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.bundles IS 'Policy bundles; active: in force';

--
-- Name: service; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.service (
    service_id integer NOT NULL,
    name text NOT NULL,
    team_id integer,
    origin text DEFAULT 'learned'::text NOT NULL,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT service_name CHECK (((name <> ''::text) AND (length(name) <= 300))),
    CONSTRAINT service_origin CHECK ((origin = ANY (ARRAY['learned'::text, 'spec'::text, 'human'::text])))
);

ALTER TABLE yett.service OWNER TO yett_owner;

--
-- Name: TABLE service; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.service IS 'A group of hosts and path prefixes with a name; team stands here and nowhere else';

--
-- Name: team; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.team (
    team_id integer NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT team_name CHECK (((name <> ''::text) AND (length(name) <= 200)))
);

ALTER TABLE yett.team OWNER TO yett_owner;

--
-- Name: TABLE team; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.team IS 'Who answers for services';

--
-- Name: coverage; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.coverage AS
 SELECT c.minute_at AS at,
    a.name AS agent,
    c.service,
    t.name AS team,
    c.requests,
    c.decided,
    c.undecided,
    c.unfinished,
    c.body_partial,
    c.body_none,
    c.ring_dropped,
    c.pending_evicted,
    c.finish_bad,
    c.tap_seen,
    c.tap_cut,
    c.tap_gzip,
    c.overflow
   FROM (((yett.coverage_minute c
     JOIN yett.agent a USING (agent_id))
     LEFT JOIN yett.service s ON ((s.name = c.service)))
     LEFT JOIN yett.team t USING (team_id));

ALTER TABLE report.coverage OWNER TO yett_owner;

--
-- Name: VIEW coverage; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.coverage IS 'What could not be seen, per service and minute; give a range of at';

--
-- Name: endpoint; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.endpoint (
    endpoint_id integer NOT NULL,
    hash bigint NOT NULL,
    service_id integer,
    method text NOT NULL,
    template text NOT NULL,
    operation text,
    label text NOT NULL,
    mode text DEFAULT 'enforce'::text NOT NULL,
    provisional boolean NOT NULL,
    origin text DEFAULT 'learned'::text NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    merged_into_id integer,
    CONSTRAINT endpoint_mode CHECK ((mode = ANY (ARRAY['off'::text, 'shadow'::text, 'enforce'::text]))),
    CONSTRAINT endpoint_not_merged_into_itself CHECK ((merged_into_id <> endpoint_id)),
    CONSTRAINT endpoint_origin CHECK ((origin = ANY (ARRAY['learned'::text, 'spec'::text, 'human'::text])))
);

ALTER TABLE yett.endpoint OWNER TO yett_owner;

--
-- Name: TABLE endpoint; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.endpoint IS 'Inventory: service, method, template and sub-operation; ids are never reused, rows never deleted';

--
-- Name: COLUMN endpoint.hash; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.endpoint.hash IS '64-bit key of service, method and template; below zero: made by a gateway from undecided text';

--
-- Name: COLUMN endpoint.service_id; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.endpoint.service_id IS 'null: counted before its description came';

--
-- Name: COLUMN endpoint.mode; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.endpoint.mode IS 'upper bound for the mode of rules on this endpoint';

--
-- Name: COLUMN endpoint.last_seen_at; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.endpoint.last_seen_at IS 'at most ten minutes behind while open tables hold more; report.endpoint has the exact time';

--
-- Name: COLUMN endpoint.merged_into_id; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.endpoint.merged_into_id IS 'found to be the same as another; its past stays under its own id, views add both up';

--
-- Name: decisions; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.decisions AS
 SELECT d.minute_at AS at,
    a.name AS agent,
    e.endpoint_id,
    COALESCE(s.name, '(not described yet)'::text) AS service,
    e.label,
        CASE
            WHEN (d.rule ~~ 'exception:%'::text) THEN substr(d.rule, 11)
            ELSE NULL::text
        END AS exception,
        CASE
            WHEN (d.rule !~~ 'exception:%'::text) THEN d.rule
            ELSE NULL::text
        END AS rule,
    (ARRAY['none'::text, 'allow'::text, 'deny'::text, 'rate'::text, 'drop'::text, 'watch'::text, 'event'::text])[(d.action + 1)] AS action,
    (ARRAY['none'::text, 'allow'::text, 'deny'::text, 'rate'::text, 'drop'::text, 'watch'::text, 'event'::text])[(d.shadow_action + 1)] AS shadow_action,
    d.status,
    d.revision,
    d.reason,
    d.requests,
    d.first_at,
    d.last_at,
    yett.distinct_count(ARRAY[d.identities]) AS identities,
    encode(d.sample_identity, 'hex'::text) AS sample_identity,
    d.sample_id
   FROM ((((yett.decision_event d
     JOIN yett.agent a USING (agent_id))
     JOIN yett.endpoint x ON ((x.endpoint_id = d.endpoint_id)))
     JOIN yett.endpoint e ON ((e.endpoint_id = COALESCE(x.merged_into_id, x.endpoint_id))))
     LEFT JOIN yett.service s ON ((s.service_id = e.service_id)));

ALTER TABLE report.decisions OWNER TO yett_owner;

--
-- Name: VIEW decisions; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.decisions IS 'Requests that were not simply allowed, added up per minute; give a range of at';

--
-- Name: installation; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.installation (
    only_row boolean DEFAULT true NOT NULL,
    environment text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT installation_environment CHECK ((environment = ANY (ARRAY['dev'::text, 'qa'::text, 'prod'::text]))),
    CONSTRAINT installation_only_row CHECK (only_row)
);

ALTER TABLE yett.installation OWNER TO yett_owner;

--
-- Name: TABLE installation; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.installation IS 'One row: one database is one environment';

--
-- Name: endpoint; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.endpoint AS
 SELECT e.endpoint_id,
    lpad(to_hex(e.hash), 16, '0'::text) AS hash,
    COALESCE(s.name, '(not described yet)'::text) AS service,
    t.name AS team,
    ( SELECT i.environment
           FROM yett.installation i) AS environment,
    e.method,
    e.template,
    e.operation,
    e.label,
    e.mode,
    e.provisional,
    e.origin,
    e.first_seen_at,
    GREATEST(e.last_seen_at, o.last_at) AS last_seen_at
   FROM (((yett.endpoint e
     LEFT JOIN yett.service s USING (service_id))
     LEFT JOIN yett.team t USING (team_id))
     LEFT JOIN ( SELECT h.endpoint_id,
            max(h.last_at) AS last_at
           FROM part.endpoint_hour_open h
          GROUP BY h.endpoint_id) o USING (endpoint_id))
  WHERE (e.merged_into_id IS NULL);

ALTER TABLE report.endpoint OWNER TO yett_owner;

--
-- Name: VIEW endpoint; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.endpoint IS 'Inventory without figures; merged endpoints left out';

--
-- Name: gaps; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.gaps AS
 SELECT g.received_at,
    a.name AS agent,
    g.shard,
    g.from_at,
    g.to_at,
    g.records,
    g.requests,
    g.cause
   FROM (yett.gap g
     JOIN yett.agent a USING (agent_id));

ALTER TABLE report.gaps OWNER TO yett_owner;

--
-- Name: VIEW gaps; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.gaps IS 'What never arrived, and why';

--
-- Name: schema_migration; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.schema_migration (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schema_migration_sha256 CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE yett.schema_migration OWNER TO yett_owner;

--
-- Name: TABLE schema_migration; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.schema_migration IS 'Migrations applied, with the checksum of their text';

--
-- Name: installation; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.installation AS
 SELECT i.environment,
    i.created_at,
    ( SELECT max(m.version) AS max
           FROM yett.schema_migration m) AS schema_version
   FROM yett.installation i;

ALTER TABLE report.installation OWNER TO yett_owner;

--
-- Name: VIEW installation; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.installation IS 'Environment and version of the schema';

--
-- Name: inventory; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.inventory AS
 SELECT e.endpoint_id,
    e.service,
    e.team,
    e.environment,
    e.method,
    e.template,
    e.operation,
    e.label,
    e.mode,
    e.provisional,
    e.origin,
    e.first_seen_at,
    e.last_seen_at,
    COALESCE(t.requests, (0)::bigint) AS requests,
    COALESCE(t.status_2xx, (0)::bigint) AS status_2xx,
    COALESCE(t.status_3xx, (0)::bigint) AS status_3xx,
    COALESCE(t.status_4xx, (0)::bigint) AS status_4xx,
    COALESCE(t.status_5xx, (0)::bigint) AS status_5xx,
    COALESCE(t.denied, (0)::bigint) AS denied,
    COALESCE(t.limited, (0)::bigint) AS limited,
    COALESCE(t.dropped, (0)::bigint) AS dropped,
    COALESCE(t.shadowed, (0)::bigint) AS shadowed,
    COALESCE(t.auth_mask, 0) AS auth_mask,
    round(((100.0 * ((t.requests - t.auth_none))::numeric) / (NULLIF(t.requests, 0))::numeric), 1) AS authenticated_percent,
    round(((100.0 * (t.inspected_complete)::numeric) / (NULLIF(t.requests, 0))::numeric), 1) AS inspected_percent,
    t.request_bytes,
    t.response_bytes,
    q.us[1] AS latency_p50_us,
    q.us[2] AS latency_p95_us,
    q.us[3] AS latency_p99_us,
    yett.distinct_count(t.identities) AS identities,
    COALESCE(a.requests, (0)::bigint) AS requests_total
   FROM (((report.endpoint e
     LEFT JOIN ( SELECT COALESCE(m.merged_into_id, m.endpoint_id) AS endpoint_id,
            (sum(h.requests))::bigint AS requests,
            (sum(h.status_2))::bigint AS status_2xx,
            (sum(h.status_3))::bigint AS status_3xx,
            (sum(h.status_4))::bigint AS status_4xx,
            (sum(h.status_5))::bigint AS status_5xx,
            (sum(h.denied))::bigint AS denied,
            (sum(h.limited))::bigint AS limited,
            (sum(h.dropped))::bigint AS dropped,
            (sum(h.shadowed))::bigint AS shadowed,
            bit_or(h.auth_mask) AS auth_mask,
            (sum(h.auth_none))::bigint AS auth_none,
            (sum(h.inspected_complete))::bigint AS inspected_complete,
            (sum(h.request_bytes))::bigint AS request_bytes,
            (sum(h.response_bytes))::bigint AS response_bytes,
            array_agg(h.latency) FILTER (WHERE (h.latency IS NOT NULL)) AS latency,
            array_agg(h.identities) FILTER (WHERE (h.identities IS NOT NULL)) AS identities
           FROM (( SELECT endpoint_day.day_at,
                    endpoint_day.endpoint_id,
                    endpoint_day.requests,
                    endpoint_day.watched,
                    endpoint_day.status_0,
                    endpoint_day.status_1,
                    endpoint_day.status_2,
                    endpoint_day.status_3,
                    endpoint_day.status_4,
                    endpoint_day.status_5,
                    endpoint_day.denied,
                    endpoint_day.limited,
                    endpoint_day.dropped,
                    endpoint_day.shadowed,
                    endpoint_day.inspected_none,
                    endpoint_day.inspected_partial,
                    endpoint_day.inspected_complete,
                    endpoint_day.undecided,
                    endpoint_day.unfinished,
                    endpoint_day.request_bytes,
                    endpoint_day.response_bytes,
                    endpoint_day.auth_mask,
                    endpoint_day.auth_none,
                    endpoint_day.first_at,
                    endpoint_day.last_at,
                    endpoint_day.latency,
                    endpoint_day.request_size,
                    endpoint_day.response_size,
                    endpoint_day.identities
                   FROM yett.endpoint_day
                UNION ALL
                 SELECT endpoint_hour_open.hour_at,
                    endpoint_hour_open.endpoint_id,
                    endpoint_hour_open.requests,
                    endpoint_hour_open.watched,
                    endpoint_hour_open.status_0,
                    endpoint_hour_open.status_1,
                    endpoint_hour_open.status_2,
                    endpoint_hour_open.status_3,
                    endpoint_hour_open.status_4,
                    endpoint_hour_open.status_5,
                    endpoint_hour_open.denied,
                    endpoint_hour_open.limited,
                    endpoint_hour_open.dropped,
                    endpoint_hour_open.shadowed,
                    endpoint_hour_open.inspected_none,
                    endpoint_hour_open.inspected_partial,
                    endpoint_hour_open.inspected_complete,
                    endpoint_hour_open.undecided,
                    endpoint_hour_open.unfinished,
                    endpoint_hour_open.request_bytes,
                    endpoint_hour_open.response_bytes,
                    endpoint_hour_open.auth_mask,
                    endpoint_hour_open.auth_none,
                    endpoint_hour_open.first_at,
                    endpoint_hour_open.last_at,
                    endpoint_hour_open.latency,
                    endpoint_hour_open.request_size,
                    endpoint_hour_open.response_size,
                    endpoint_hour_open.identities
                   FROM part.endpoint_hour_open) h
             JOIN yett.endpoint m USING (endpoint_id))
          WHERE (h.day_at >= (date_trunc('day'::text, now(), 'UTC'::text) - '1 day'::interval))
          GROUP BY COALESCE(m.merged_into_id, m.endpoint_id)) t USING (endpoint_id))
     LEFT JOIN ( SELECT COALESCE(m.merged_into_id, m.endpoint_id) AS endpoint_id,
            (sum(d.requests))::bigint AS requests
           FROM (( SELECT endpoint_day.endpoint_id,
                    endpoint_day.requests
                   FROM yett.endpoint_day
                UNION ALL
                 SELECT endpoint_hour_open.endpoint_id,
                    endpoint_hour_open.requests
                   FROM part.endpoint_hour_open) d
             JOIN yett.endpoint m USING (endpoint_id))
          GROUP BY COALESCE(m.merged_into_id, m.endpoint_id)) a USING (endpoint_id))
     LEFT JOIN LATERAL ( SELECT yett.hist_quantiles(t.latency, (ARRAY[0.5, 0.95, 0.99])::double precision[]) AS us
          WHERE (t.latency IS NOT NULL)) q ON (true));

ALTER TABLE report.inventory OWNER TO yett_owner;

--
-- Name: VIEW inventory; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.inventory IS 'Every endpoint with what it did since yesterday 00:00 UTC: days keep sketches few';

--
-- Name: migrations; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.migrations AS
 SELECT m.version,
    m.name,
    m.sha256,
    m.applied_at
   FROM yett.schema_migration m;

ALTER TABLE report.migrations OWNER TO yett_owner;

--
-- Name: VIEW migrations; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.migrations IS 'Migrations applied';

--
-- Name: policy_endpoint; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.policy_endpoint AS
 SELECT e.endpoint_id,
    e.hash,
    s.name AS service,
    e.method,
    e.template,
    e.operation,
    e.label,
    e.mode,
    e.origin,
    e.first_seen_at
   FROM (yett.endpoint e
     JOIN yett.service s USING (service_id))
  WHERE ((NOT e.provisional) AND (e.merged_into_id IS NULL))
  ORDER BY e.endpoint_id;

ALTER TABLE report.policy_endpoint OWNER TO yett_owner;

--
-- Name: VIEW policy_endpoint; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.policy_endpoint IS 'Compiler: endpoints that are known for good';

--
-- Name: rule; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.rule (
    rule_id integer NOT NULL,
    name text NOT NULL,
    text text NOT NULL,
    mode text,
    owner text,
    reason text,
    expires_at timestamp with time zone,
    enabled boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text DEFAULT SESSION_USER NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT rule_mode CHECK ((mode = ANY (ARRAY['off'::text, 'shadow'::text, 'enforce'::text]))),
    CONSTRAINT rule_name CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$'::text)),
    CONSTRAINT rule_text CHECK (((length(text) >= 1) AND (length(text) <= 65536)))
);

ALTER TABLE yett.rule OWNER TO yett_owner;

--
-- Name: TABLE rule; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.rule IS 'Rules in the language of yett-rules(5)';

--
-- Name: COLUMN rule.mode; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.rule.mode IS 'null: as the text says; so for owner, reason and expires_at';

--
-- Name: COLUMN rule.enabled; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.rule.enabled IS 'false: kept here, not compiled';

--
-- Name: policy_rule; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.policy_rule AS
 SELECT r.name,
    r.text,
    r.mode,
    r.owner,
    r.reason,
    r.expires_at,
    r.version
   FROM yett.rule r
  WHERE r.enabled
  ORDER BY r.name;

ALTER TABLE report.policy_rule OWNER TO yett_owner;

--
-- Name: VIEW policy_rule; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.policy_rule IS 'Compiler: rules that are enabled';

--
-- Name: policy_service; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.policy_service AS
 SELECT s.name AS service,
    s.origin,
    t.name AS team
   FROM (yett.service s
     LEFT JOIN yett.team t USING (team_id))
  ORDER BY s.name;

ALTER TABLE report.policy_service OWNER TO yett_owner;

--
-- Name: VIEW policy_service; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.policy_service IS 'Compiler: services';

--
-- Name: service_host; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.service_host (
    service_host_id integer NOT NULL,
    ordinal integer NOT NULL,
    host_pattern text NOT NULL,
    path_prefix text DEFAULT '/'::text NOT NULL,
    service_id integer NOT NULL,
    CONSTRAINT service_host_pattern CHECK (((host_pattern <> ''::text) AND (length(host_pattern) <= 300))),
    CONSTRAINT service_host_prefix CHECK ((path_prefix ~~ '/%'::text))
);

ALTER TABLE yett.service_host OWNER TO yett_owner;

--
-- Name: TABLE service_host; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.service_host IS 'Ordered list that maps host and path prefix to a service; the first match wins';

--
-- Name: COLUMN service_host.host_pattern; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.service_host.host_pattern IS 'exact host, *.example.com or *';

--
-- Name: service_host; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.service_host AS
 SELECT h.ordinal,
    h.host_pattern,
    h.path_prefix,
    s.name AS service
   FROM (yett.service_host h
     JOIN yett.service s USING (service_id))
  ORDER BY h.ordinal, h.service_host_id;

ALTER TABLE report.service_host OWNER TO yett_owner;

--
-- Name: VIEW service_host; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.service_host IS 'Ordered mapping of hosts and path prefixes to services';

--
-- Name: policy_service_host; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.policy_service_host AS
 SELECT h.ordinal,
    h.host_pattern,
    h.path_prefix,
    h.service
   FROM report.service_host h
  ORDER BY h.ordinal;

ALTER TABLE report.policy_service_host OWNER TO yett_owner;

--
-- Name: VIEW policy_service_host; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.policy_service_host IS 'Compiler: mapping of hosts to services, in order';

--
-- Name: setting; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.setting (
    key text NOT NULL,
    value text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT setting_key CHECK ((key ~ '^[a-z][a-z0-9_.-]{0,99}$'::text)),
    CONSTRAINT setting_value CHECK ((length(value) <= 65536))
);

ALTER TABLE yett.setting OWNER TO yett_owner;

--
-- Name: TABLE setting; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.setting IS 'Policy settings of this environment, such as the ordered identity sources';

--
-- Name: policy_setting; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.policy_setting AS
 SELECT s.key,
    s.value
   FROM yett.setting s
  ORDER BY s.key;

ALTER TABLE report.policy_setting OWNER TO yett_owner;

--
-- Name: VIEW policy_setting; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.policy_setting IS 'Compiler: settings of the environment';

--
-- Name: undecided_word; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.undecided_word (
    token text NOT NULL,
    shape text,
    released_text text,
    identities bigint DEFAULT 0 NOT NULL,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    released_at timestamp with time zone,
    CONSTRAINT undecided_word_text CHECK ((length(released_text) <= 1024)),
    CONSTRAINT undecided_word_token CHECK ((length(token) <= 200))
);

ALTER TABLE yett.undecided_word OWNER TO yett_owner;

--
-- Name: TABLE undecided_word; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.undecided_word IS 'Path words that are neither vocabulary nor typed: a token until enough identities used them with success';

--
-- Name: policy_word; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.policy_word AS
 SELECT w.released_text AS word
   FROM yett.undecided_word w
  WHERE (w.released_text IS NOT NULL)
  ORDER BY (w.released_text COLLATE "C");

ALTER TABLE report.policy_word OWNER TO yett_owner;

--
-- Name: VIEW policy_word; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.policy_word IS 'Compiler: words that may leave hosts';

--
-- Name: rules; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.rules AS
 SELECT r.name,
    r.text,
    r.mode,
    r.owner,
    r.reason,
    r.expires_at,
    r.enabled,
    r.version,
    r.created_at,
    r.created_by,
    r.changed_at,
    r.changed_by
   FROM yett.rule r;

ALTER TABLE report.rules OWNER TO yett_owner;

--
-- Name: VIEW rules; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.rules IS 'Rules; null means as the text says';

--
-- Name: service; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.service AS
 SELECT s.service_id,
    s.name AS service,
    t.name AS team,
    ( SELECT i.environment
           FROM yett.installation i) AS environment,
    s.origin,
    s.first_seen_at,
    ( SELECT count(*) AS count
           FROM yett.endpoint e
          WHERE ((e.service_id = s.service_id) AND (e.merged_into_id IS NULL))) AS endpoints
   FROM (yett.service s
     LEFT JOIN yett.team t USING (team_id));

ALTER TABLE report.service OWNER TO yett_owner;

--
-- Name: VIEW service; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.service IS 'Services and their teams';

--
-- Name: traffic; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.traffic AS
 SELECT h.hour_at AS at,
    COALESCE(e.merged_into_id, e.endpoint_id) AS endpoint_id,
    (sum(h.requests))::bigint AS requests,
    (sum(h.watched))::bigint AS watched,
    (sum(h.status_0))::bigint AS status_none,
    (sum(h.status_1))::bigint AS status_1xx,
    (sum(h.status_2))::bigint AS status_2xx,
    (sum(h.status_3))::bigint AS status_3xx,
    (sum(h.status_4))::bigint AS status_4xx,
    (sum(h.status_5))::bigint AS status_5xx,
    (sum(h.denied))::bigint AS denied,
    (sum(h.limited))::bigint AS limited,
    (sum(h.dropped))::bigint AS dropped,
    (sum(h.shadowed))::bigint AS shadowed,
    (sum(h.inspected_none))::bigint AS inspected_none,
    (sum(h.inspected_partial))::bigint AS inspected_partial,
    (sum(h.inspected_complete))::bigint AS inspected_complete,
    (sum(h.undecided))::bigint AS undecided,
    (sum(h.unfinished))::bigint AS unfinished,
    (sum(h.request_bytes))::bigint AS request_bytes,
    (sum(h.response_bytes))::bigint AS response_bytes,
    bit_or(h.auth_mask) AS auth_mask,
    (sum(h.auth_none))::bigint AS auth_none,
    min(h.first_at) AS first_at,
    max(h.last_at) AS last_at,
    array_agg(h.latency) FILTER (WHERE (h.latency IS NOT NULL)) AS latency,
    array_agg(h.request_size) FILTER (WHERE (h.request_size IS NOT NULL)) AS request_size,
    array_agg(h.response_size) FILTER (WHERE (h.response_size IS NOT NULL)) AS response_size,
    array_agg(h.identities) FILTER (WHERE (h.identities IS NOT NULL)) AS identities
   FROM (( SELECT endpoint_hour.hour_at,
            endpoint_hour.endpoint_id,
            endpoint_hour.requests,
            endpoint_hour.watched,
            endpoint_hour.status_0,
            endpoint_hour.status_1,
            endpoint_hour.status_2,
            endpoint_hour.status_3,
            endpoint_hour.status_4,
            endpoint_hour.status_5,
            endpoint_hour.denied,
            endpoint_hour.limited,
            endpoint_hour.dropped,
            endpoint_hour.shadowed,
            endpoint_hour.inspected_none,
            endpoint_hour.inspected_partial,
            endpoint_hour.inspected_complete,
            endpoint_hour.undecided,
            endpoint_hour.unfinished,
            endpoint_hour.request_bytes,
            endpoint_hour.response_bytes,
            endpoint_hour.auth_mask,
            endpoint_hour.auth_none,
            endpoint_hour.first_at,
            endpoint_hour.last_at,
            endpoint_hour.latency,
            endpoint_hour.request_size,
            endpoint_hour.response_size,
            endpoint_hour.identities
           FROM yett.endpoint_hour
        UNION ALL
         SELECT endpoint_hour_open.hour_at,
            endpoint_hour_open.endpoint_id,
            endpoint_hour_open.requests,
            endpoint_hour_open.watched,
            endpoint_hour_open.status_0,
            endpoint_hour_open.status_1,
            endpoint_hour_open.status_2,
            endpoint_hour_open.status_3,
            endpoint_hour_open.status_4,
            endpoint_hour_open.status_5,
            endpoint_hour_open.denied,
            endpoint_hour_open.limited,
            endpoint_hour_open.dropped,
            endpoint_hour_open.shadowed,
            endpoint_hour_open.inspected_none,
            endpoint_hour_open.inspected_partial,
            endpoint_hour_open.inspected_complete,
            endpoint_hour_open.undecided,
            endpoint_hour_open.unfinished,
            endpoint_hour_open.request_bytes,
            endpoint_hour_open.response_bytes,
            endpoint_hour_open.auth_mask,
            endpoint_hour_open.auth_none,
            endpoint_hour_open.first_at,
            endpoint_hour_open.last_at,
            endpoint_hour_open.latency,
            endpoint_hour_open.request_size,
            endpoint_hour_open.response_size,
            endpoint_hour_open.identities
           FROM part.endpoint_hour_open) h
     JOIN yett.endpoint e USING (endpoint_id))
  GROUP BY h.hour_at, COALESCE(e.merged_into_id, e.endpoint_id);

ALTER TABLE report.traffic OWNER TO yett_owner;

--
-- Name: VIEW traffic; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.traffic IS 'Per endpoint and hour, the last 90 days; sketches as arrays for yett.hist_quantile and yett.distinct_count; give a range of at';

--
-- Name: traffic_day; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.traffic_day AS
 SELECT d.at,
    COALESCE(e.merged_into_id, e.endpoint_id) AS endpoint_id,
    (sum(d.requests))::bigint AS requests,
    (sum(d.watched))::bigint AS watched,
    (sum(d.status_0))::bigint AS status_none,
    (sum(d.status_1))::bigint AS status_1xx,
    (sum(d.status_2))::bigint AS status_2xx,
    (sum(d.status_3))::bigint AS status_3xx,
    (sum(d.status_4))::bigint AS status_4xx,
    (sum(d.status_5))::bigint AS status_5xx,
    (sum(d.denied))::bigint AS denied,
    (sum(d.limited))::bigint AS limited,
    (sum(d.dropped))::bigint AS dropped,
    (sum(d.shadowed))::bigint AS shadowed,
    (sum(d.inspected_none))::bigint AS inspected_none,
    (sum(d.inspected_partial))::bigint AS inspected_partial,
    (sum(d.inspected_complete))::bigint AS inspected_complete,
    (sum(d.undecided))::bigint AS undecided,
    (sum(d.unfinished))::bigint AS unfinished,
    (sum(d.request_bytes))::bigint AS request_bytes,
    (sum(d.response_bytes))::bigint AS response_bytes,
    bit_or(d.auth_mask) AS auth_mask,
    (sum(d.auth_none))::bigint AS auth_none,
    min(d.first_at) AS first_at,
    max(d.last_at) AS last_at,
    array_agg(d.latency) FILTER (WHERE (d.latency IS NOT NULL)) AS latency,
    array_agg(d.request_size) FILTER (WHERE (d.request_size IS NOT NULL)) AS request_size,
    array_agg(d.response_size) FILTER (WHERE (d.response_size IS NOT NULL)) AS response_size,
    array_agg(d.identities) FILTER (WHERE (d.identities IS NOT NULL)) AS identities
   FROM (( SELECT x.day_at AS at,
            x.day_at,
            x.endpoint_id,
            x.requests,
            x.watched,
            x.status_0,
            x.status_1,
            x.status_2,
            x.status_3,
            x.status_4,
            x.status_5,
            x.denied,
            x.limited,
            x.dropped,
            x.shadowed,
            x.inspected_none,
            x.inspected_partial,
            x.inspected_complete,
            x.undecided,
            x.unfinished,
            x.request_bytes,
            x.response_bytes,
            x.auth_mask,
            x.auth_none,
            x.first_at,
            x.last_at,
            x.latency,
            x.request_size,
            x.response_size,
            x.identities
           FROM yett.endpoint_day x
        UNION ALL
         SELECT date_trunc('day'::text, x.hour_at, 'UTC'::text) AS date_trunc,
            x.hour_at,
            x.endpoint_id,
            x.requests,
            x.watched,
            x.status_0,
            x.status_1,
            x.status_2,
            x.status_3,
            x.status_4,
            x.status_5,
            x.denied,
            x.limited,
            x.dropped,
            x.shadowed,
            x.inspected_none,
            x.inspected_partial,
            x.inspected_complete,
            x.undecided,
            x.unfinished,
            x.request_bytes,
            x.response_bytes,
            x.auth_mask,
            x.auth_none,
            x.first_at,
            x.last_at,
            x.latency,
            x.request_size,
            x.response_size,
            x.identities
           FROM part.endpoint_hour_open x) d
     JOIN yett.endpoint e USING (endpoint_id))
  GROUP BY d.at, COALESCE(e.merged_into_id, e.endpoint_id);

ALTER TABLE report.traffic_day OWNER TO yett_owner;

--
-- Name: VIEW traffic_day; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.traffic_day IS 'Per endpoint and day (UTC), for good; today without gaps';

--
-- Name: traffic_minute; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.traffic_minute AS
 SELECT m.minute_at AS at,
    COALESCE(e.merged_into_id, e.endpoint_id) AS endpoint_id,
    sum(m.requests) AS requests,
    COALESCE(sum(m.status_0), (0)::bigint) AS status_none,
    COALESCE(sum(m.status_1), (0)::bigint) AS status_1xx,
    COALESCE(sum(m.status_2), (0)::bigint) AS status_2xx,
    COALESCE(sum(m.status_3), (0)::bigint) AS status_3xx,
    COALESCE(sum(m.status_4), (0)::bigint) AS status_4xx,
    COALESCE(sum(m.status_5), (0)::bigint) AS status_5xx,
    COALESCE(sum(m.denied), (0)::bigint) AS denied,
    COALESCE(sum(m.limited), (0)::bigint) AS limited,
    COALESCE(sum(m.dropped), (0)::bigint) AS dropped,
    COALESCE(sum(m.shadowed), (0)::bigint) AS shadowed,
    COALESCE(sum(m.undecided), (0)::bigint) AS undecided,
    COALESCE(sum(m.unfinished), (0)::bigint) AS unfinished
   FROM (( SELECT endpoint_minute.minute_at,
            endpoint_minute.endpoint_id,
            endpoint_minute.requests,
            endpoint_minute.status_0,
            endpoint_minute.status_1,
            endpoint_minute.status_2,
            endpoint_minute.status_3,
            endpoint_minute.status_4,
            endpoint_minute.status_5,
            endpoint_minute.denied,
            endpoint_minute.limited,
            endpoint_minute.dropped,
            endpoint_minute.shadowed,
            endpoint_minute.undecided,
            endpoint_minute.unfinished
           FROM yett.endpoint_minute
        UNION ALL
         SELECT endpoint_minute_open.minute_at,
            endpoint_minute_open.endpoint_id,
            endpoint_minute_open.requests,
            endpoint_minute_open.status_0,
            endpoint_minute_open.status_1,
            endpoint_minute_open.status_2,
            endpoint_minute_open.status_3,
            endpoint_minute_open.status_4,
            endpoint_minute_open.status_5,
            endpoint_minute_open.denied,
            endpoint_minute_open.limited,
            endpoint_minute_open.dropped,
            endpoint_minute_open.shadowed,
            endpoint_minute_open.undecided,
            endpoint_minute_open.unfinished
           FROM part.endpoint_minute_open) m
     JOIN yett.endpoint e USING (endpoint_id))
  GROUP BY m.minute_at, COALESCE(e.merged_into_id, e.endpoint_id);

ALTER TABLE report.traffic_minute OWNER TO yett_owner;

--
-- Name: VIEW traffic_minute; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.traffic_minute IS 'Requests per endpoint and minute, the last 48 hours; give a range of at';

--
-- Name: words; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.words AS
 SELECT w.token,
    w.shape,
    w.released_text,
    w.identities,
    w.first_seen_at,
    w.released_at
   FROM yett.undecided_word w;

ALTER TABLE report.words OWNER TO yett_owner;

--
-- Name: VIEW words; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.words IS 'Undecided path words: token, shape, and the text once it is released';

--
-- Name: agent_agent_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.agent ALTER COLUMN agent_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.agent_agent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: audit_log_audit_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.audit_log ALTER COLUMN audit_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.audit_log_audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: endpoint_alias; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.endpoint_alias (
    hash bigint NOT NULL,
    endpoint_id integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE yett.endpoint_alias OWNER TO yett_owner;

--
-- Name: TABLE endpoint_alias; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.endpoint_alias IS 'Other hashes of an endpoint: records that carry them count for it';

--
-- Name: endpoint_endpoint_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.endpoint ALTER COLUMN endpoint_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.endpoint_endpoint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: gap_gap_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.gap ALTER COLUMN gap_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.gap_gap_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: partition_plan; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.partition_plan (
    table_name text NOT NULL,
    step text NOT NULL,
    keep interval,
    CONSTRAINT partition_plan_step CHECK ((step = ANY (ARRAY['day'::text, 'month'::text, 'year'::text])))
);

ALTER TABLE yett.partition_plan OWNER TO yett_owner;

--
-- Name: TABLE partition_plan; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.partition_plan IS 'Partitioned tables: width of a partition, and how long its rows are kept at least';

--
-- Name: COLUMN partition_plan.keep; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.partition_plan.keep IS 'null: for good';

--
-- Name: rule_rule_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.rule ALTER COLUMN rule_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.rule_rule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: service_host_service_host_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.service_host ALTER COLUMN service_host_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.service_host_service_host_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: service_service_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.service ALTER COLUMN service_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.service_service_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: team_team_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.team ALTER COLUMN team_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.team_team_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: endpoint_hour_open endpoint_hour_open_pkey; Type: CONSTRAINT; Schema: part; Owner: yett_owner
--

ALTER TABLE ONLY part.endpoint_hour_open
    ADD CONSTRAINT endpoint_hour_open_pkey PRIMARY KEY (hour_at, endpoint_id);

--
-- Name: endpoint_minute_open endpoint_minute_open_pkey; Type: CONSTRAINT; Schema: part; Owner: yett_owner
--

ALTER TABLE ONLY part.endpoint_minute_open
    ADD CONSTRAINT endpoint_minute_open_pkey PRIMARY KEY (minute_at, endpoint_id);

--
-- Name: agent agent_name_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.agent
    ADD CONSTRAINT agent_name_key UNIQUE (name);

--
-- Name: agent agent_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.agent
    ADD CONSTRAINT agent_pkey PRIMARY KEY (agent_id);

--
-- Name: agent_stream agent_stream_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.agent_stream
    ADD CONSTRAINT agent_stream_pkey PRIMARY KEY (agent_id, boot, shard, kind);

--
-- Name: audit_log audit_log_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (audit_id);

--
-- Name: bundle bundle_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.bundle
    ADD CONSTRAINT bundle_pkey PRIMARY KEY (revision);

--
-- Name: coverage_minute coverage_minute_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.coverage_minute
    ADD CONSTRAINT coverage_minute_pkey PRIMARY KEY (minute_at, agent_id, service);

--
-- Name: decision_event decision_event_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.decision_event
    ADD CONSTRAINT decision_event_pkey PRIMARY KEY (minute_at, agent_id, endpoint_id, rule, action, shadow_action, status, revision);

--
-- Name: endpoint_alias endpoint_alias_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint_alias
    ADD CONSTRAINT endpoint_alias_pkey PRIMARY KEY (hash);

--
-- Name: endpoint_day endpoint_day_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint_day
    ADD CONSTRAINT endpoint_day_pkey PRIMARY KEY (endpoint_id, day_at);

--
-- Name: endpoint endpoint_hash_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint
    ADD CONSTRAINT endpoint_hash_key UNIQUE (hash);

--
-- Name: endpoint_hour endpoint_hour_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint_hour
    ADD CONSTRAINT endpoint_hour_pkey PRIMARY KEY (endpoint_id, hour_at);

--
-- Name: endpoint_minute endpoint_minute_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint_minute
    ADD CONSTRAINT endpoint_minute_pkey PRIMARY KEY (endpoint_id, minute_at);

--
-- Name: endpoint endpoint_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint
    ADD CONSTRAINT endpoint_pkey PRIMARY KEY (endpoint_id);

--
-- Name: gap gap_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.gap
    ADD CONSTRAINT gap_pkey PRIMARY KEY (gap_id);

--
-- Name: installation installation_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (only_row);

--
-- Name: partition_plan partition_plan_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.partition_plan
    ADD CONSTRAINT partition_plan_pkey PRIMARY KEY (table_name);

--
-- Name: rule rule_name_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.rule
    ADD CONSTRAINT rule_name_key UNIQUE (name);

--
-- Name: rule rule_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.rule
    ADD CONSTRAINT rule_pkey PRIMARY KEY (rule_id);

--
-- Name: schema_migration schema_migration_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (version);

--
-- Name: service_host service_host_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.service_host
    ADD CONSTRAINT service_host_key UNIQUE (host_pattern, path_prefix);

--
-- Name: service_host service_host_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.service_host
    ADD CONSTRAINT service_host_pkey PRIMARY KEY (service_host_id);

--
-- Name: service service_name_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.service
    ADD CONSTRAINT service_name_key UNIQUE (name);

--
-- Name: service service_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.service
    ADD CONSTRAINT service_pkey PRIMARY KEY (service_id);

--
-- Name: setting setting_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (key);

--
-- Name: team team_name_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.team
    ADD CONSTRAINT team_name_key UNIQUE (name);

--
-- Name: team team_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.team
    ADD CONSTRAINT team_pkey PRIMARY KEY (team_id);

--
-- Name: undecided_word undecided_word_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.undecided_word
    ADD CONSTRAINT undecided_word_pkey PRIMARY KEY (token);

--
-- Name: audit_log_at_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX audit_log_at_idx ON yett.audit_log USING btree (at);

--
-- Name: endpoint_resolved_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_resolved_idx ON yett.endpoint USING btree (COALESCE(merged_into_id, endpoint_id));

--
-- Name: endpoint_service_id_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_service_id_idx ON yett.endpoint USING btree (service_id);

--
-- Name: gap_to_at_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX gap_to_at_idx ON yett.gap USING btree (to_at);

--
-- Name: agent_stream agent_stream_agent_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.agent_stream
    ADD CONSTRAINT agent_stream_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES yett.agent(agent_id);

--
-- Name: endpoint_alias endpoint_alias_endpoint_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint_alias
    ADD CONSTRAINT endpoint_alias_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES yett.endpoint(endpoint_id);

--
-- Name: endpoint endpoint_merged_into_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint
    ADD CONSTRAINT endpoint_merged_into_id_fkey FOREIGN KEY (merged_into_id) REFERENCES yett.endpoint(endpoint_id);

--
-- Name: endpoint endpoint_service_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint
    ADD CONSTRAINT endpoint_service_id_fkey FOREIGN KEY (service_id) REFERENCES yett.service(service_id);

--
-- Name: gap gap_agent_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.gap
    ADD CONSTRAINT gap_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES yett.agent(agent_id);

--
-- Name: service_host service_host_service_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.service_host
    ADD CONSTRAINT service_host_service_id_fkey FOREIGN KEY (service_id) REFERENCES yett.service(service_id);

--
-- Name: service service_team_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.service
    ADD CONSTRAINT service_team_id_fkey FOREIGN KEY (team_id) REFERENCES yett.team(team_id);

--
-- PostgreSQL database dump complete
--

