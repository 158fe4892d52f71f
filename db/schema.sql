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
-- Name: auth_bounds(numeric, numeric, numeric); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.auth_bounds(p_requests numeric, p_accepted numeric, p_anonymous numeric, OUT at_least double precision, OUT at_most double precision) RETURNS record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select (yett.wilson(greatest(0, p_accepted - (p_requests - p_anonymous))::double precision,
			p_accepted::double precision)).low,
		(yett.wilson(least(p_anonymous, p_accepted)::double precision,
			p_accepted::double precision)).high
$$;

ALTER FUNCTION yett.auth_bounds(p_requests numeric, p_accepted numeric, p_anonymous numeric, OUT at_least double precision, OUT at_most double precision) OWNER TO yett_owner;

--
-- Name: FUNCTION auth_bounds(p_requests numeric, p_accepted numeric, p_anonymous numeric, OUT at_least double precision, OUT at_most double precision); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.auth_bounds(p_requests numeric, p_accepted numeric, p_anonymous numeric, OUT at_least double precision, OUT at_most double precision) IS 'Share of accepted requests without credentials: 95 % bounds';

--
-- Name: auth_expected(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.auth_expected(p_endpoint_id integer) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.auth_expected(p_endpoint_id integer) OWNER TO yett_owner;

--
-- Name: FUNCTION auth_expected(p_endpoint_id integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.auth_expected(p_endpoint_id integer) IS 'What a person says of an endpoint''s authentication, else of its service''s';

--
-- Name: auth_put(text, timestamp with time zone, integer, text, text, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.auth_put(p_kind text, p_now timestamp with time zone, p_endpoint_id integer, p_before text, p_after text, p_evidence jsonb) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.auth_put(p_kind text, p_now timestamp with time zone, p_endpoint_id integer, p_before text, p_after text, p_evidence jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION auth_put(p_kind text, p_now timestamp with time zone, p_endpoint_id integer, p_before text, p_after text, p_evidence jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.auth_put(p_kind text, p_now timestamp with time zone, p_endpoint_id integer, p_before text, p_after text, p_evidence jsonb) IS 'Notes a change of authentication unless the same was told lately';

--
-- Name: auth_windows(timestamp with time zone, timestamp with time zone, integer, boolean, bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.auth_windows(p_begun timestamp with time zone, p_to timestamp with time zone, p_days integer, p_authenticated boolean, p_requests bigint) RETURNS TABLE(endpoint_id integer, accepted numeric, at_least double precision, at_most double precision, accepted_before numeric, at_least_before double precision, at_most_before double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.auth_windows(p_begun timestamp with time zone, p_to timestamp with time zone, p_days integer, p_authenticated boolean, p_requests bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION auth_windows(p_begun timestamp with time zone, p_to timestamp with time zone, p_days integer, p_authenticated boolean, p_requests bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.auth_windows(p_begun timestamp with time zone, p_to timestamp with time zone, p_days integer, p_authenticated boolean, p_requests bigint) IS 'Who was accepted without credentials since a time and in the days before';

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
-- Name: change_disposition_put(bigint, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.change_disposition_put(p_change_id bigint, p_disposition text, p_reason text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before text;
begin
	if p_disposition not in ('true', 'false', 'benign') then
		raise exception 'disposition %: expected true, false or benign', p_disposition
			using errcode = 'invalid_parameter_value';
	end if;
	select c.disposition into before from yett.change as c
	where c.change_id = p_change_id for update;
	if not found then
		raise exception 'there is no change %', p_change_id using errcode = 'no_data_found';
	end if;
	update yett.change set disposition = p_disposition where change_id = p_change_id;
	perform yett.audit_put('change_disposition_put', p_change_id::text, jsonb_build_object(
		'disposition', p_disposition, 'before', before, 'reason', p_reason));
	return before;
end
$$;

ALTER FUNCTION yett.change_disposition_put(p_change_id bigint, p_disposition text, p_reason text) OWNER TO yett_owner;

--
-- Name: FUNCTION change_disposition_put(p_change_id bigint, p_disposition text, p_reason text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.change_disposition_put(p_change_id bigint, p_disposition text, p_reason text) IS 'What a person found an alert to be: true, false, benign, null for open again; returns what it was';

--
-- Name: change_policy_put(text, text, text, boolean); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.change_policy_put(p_kind text, p_class_group text, p_severity text, p_alert boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before yett.change_policy;
begin
	if not exists (select from yett.change_policy as p where p.kind = p_kind) then
		raise exception 'there is no kind of change "%"', p_kind
			using errcode = 'no_data_found';
	end if;
	if p_class_group <> '' and (p_kind not like 'class\_%' or p_class_group not in ('pci',
		'pii', 'credential', 'health', 'financial', 'custom'))
	then
		raise exception 'group "%": expected pci, pii, credential, health, financial or custom, and a kind about classes', p_class_group
			using errcode = 'invalid_parameter_value';
	end if;
	select * into before from yett.change_policy as p
	where p.kind = p_kind and p.class_group = p_class_group for update;
	insert into yett.change_policy (kind, class_group, severity, alert, doc)
	values (p_kind, p_class_group, p_severity, p_alert, '')
	on conflict on constraint change_policy_pkey do update set
		severity = excluded.severity, alert = excluded.alert;
	perform yett.audit_put('change_policy_put', concat_ws(' ', p_kind,
		nullif(p_class_group, '')), jsonb_build_object('severity', p_severity,
		'alert', p_alert, 'before', to_jsonb(before)));
end
$$;

ALTER FUNCTION yett.change_policy_put(p_kind text, p_class_group text, p_severity text, p_alert boolean) OWNER TO yett_owner;

--
-- Name: FUNCTION change_policy_put(p_kind text, p_class_group text, p_severity text, p_alert boolean); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.change_policy_put(p_kind text, p_class_group text, p_severity text, p_alert boolean) IS 'How severe a kind of change is and whether it is an alert, from now on';

--
-- Name: change_put(text, timestamp with time zone, integer, integer, text, text, text, jsonb, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.change_put(p_kind text, p_at timestamp with time zone, p_endpoint_id integer, p_field_id integer, p_class text, p_before text, p_after text, p_evidence jsonb, p_key text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	judged record;
	id bigint;
begin
	select * into judged from yett.change_severity(p_kind, p_class);
	if judged.severity is null then
		raise exception 'there is no kind of change "%"', p_kind
			using errcode = 'no_data_found';
	end if;
	insert into yett.change (at, kind, service, label, endpoint_id, field_id, class, before,
		after, evidence, severity, alert, key)
	select p_at, p_kind, coalesce(s.name, ''), e.label, e.endpoint_id, p_field_id, p_class,
		p_before, p_after, coalesce(p_evidence, '{}'), judged.severity, judged.alert, p_key
	from yett.endpoint as e
	left join yett.service as s using (service_id)
	where e.endpoint_id = p_endpoint_id
	on conflict on constraint change_key do nothing
	returning change_id into id;
	return id;
end
$$;

ALTER FUNCTION yett.change_put(p_kind text, p_at timestamp with time zone, p_endpoint_id integer, p_field_id integer, p_class text, p_before text, p_after text, p_evidence jsonb, p_key text) OWNER TO yett_owner;

--
-- Name: FUNCTION change_put(p_kind text, p_at timestamp with time zone, p_endpoint_id integer, p_field_id integer, p_class text, p_before text, p_after text, p_evidence jsonb, p_key text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.change_put(p_kind text, p_at timestamp with time zone, p_endpoint_id integer, p_field_id integer, p_class text, p_before text, p_after text, p_evidence jsonb, p_key text) IS 'Notes a change of an endpoint; null if its key is there already: one row however many saw it';

--
-- Name: change_severity(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.change_severity(p_kind text, p_class text, OUT severity text, OUT alert boolean) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select p.severity, p.alert
	from yett.change_policy as p
	left join yett.data_class as c on c.name = p_class
	where p.kind = p_kind and (p.class_group = '' or p.class_group = any (c.groups))
	order by array_position(array['info', 'low', 'medium', 'high', 'critical'], p.severity)
		desc, p.alert desc
	limit 1
$$;

ALTER FUNCTION yett.change_severity(p_kind text, p_class text, OUT severity text, OUT alert boolean) OWNER TO yett_owner;

--
-- Name: FUNCTION change_severity(p_kind text, p_class text, OUT severity text, OUT alert boolean); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.change_severity(p_kind text, p_class text, OUT severity text, OUT alert boolean) IS 'What yett.change_policy says of a kind of change; for a class by its groups, the most severe counts';

--
-- Name: change_subject(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.change_subject(p_endpoint_id integer) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select case when e.provisional
		then concat_ws(' ', e.service_id, regexp_replace(e.label, '\{~[^}]*\}', '{…}', 'g'))
		else e.endpoint_id::text end
	from yett.endpoint as e where e.endpoint_id = p_endpoint_id
$$;

ALTER FUNCTION yett.change_subject(p_endpoint_id integer) OWNER TO yett_owner;

--
-- Name: FUNCTION change_subject(p_endpoint_id integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.change_subject(p_endpoint_id integer) IS 'What keys of changes call an endpoint: its id, or its placeholder while its words are undecided';

--
-- Name: changes_authentication(timestamp with time zone, boolean); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.changes_authentication(p_now timestamp with time zone, p_appeared boolean DEFAULT true) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.changes_authentication(p_now timestamp with time zone, p_appeared boolean) OWNER TO yett_owner;

--
-- Name: FUNCTION changes_authentication(p_now timestamp with time zone, p_appeared boolean); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.changes_authentication(p_now timestamp with time zone, p_appeared boolean) IS 'Notes endpoints that are accepted without credentials and were not, or the reverse';

--
-- Name: changes_back(timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.changes_back(p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.changes_back(p_now timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION changes_back(p_now timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.changes_back(p_now timestamp with time zone) IS 'Notes quiet endpoints that are called again';

--
-- Name: changes_quiet(timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.changes_quiet(p_now timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.changes_quiet(p_now timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION changes_quiet(p_now timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.changes_quiet(p_now timestamp with time zone) IS 'Notes endpoints that are called no more';

--
-- Name: changes_shift(timestamp with time zone, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.changes_shift(p_now timestamp with time zone, p_hours integer, OUT status integer, OUT size integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.changes_shift(p_now timestamp with time zone, p_hours integer, OUT status integer, OUT size integer) OWNER TO yett_owner;

--
-- Name: FUNCTION changes_shift(p_now timestamp with time zone, p_hours integer, OUT status integer, OUT size integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.changes_shift(p_now timestamp with time zone, p_hours integer, OUT status integer, OUT size integer) IS 'Notes endpoints whose mix of status classes, or whose answers'' size, shifted in a window of so many hours';

--
-- Name: data_class_note(text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.data_class_note(p_class text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	insert into yett.data_class (name, title, builtin)
	select distinct u.class, u.class, true
	from unnest(p_class) as u (class)
	where not exists (select from yett.data_class as c where c.name = u.class)
	order by u.class
	on conflict on constraint data_class_pkey do nothing
$$;

ALTER FUNCTION yett.data_class_note(p_class text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION data_class_note(p_class text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.data_class_note(p_class text[]) IS 'Keeps a place for classes that are not known here yet';

--
-- Name: data_class_put(text, text, text[], text, text, text, text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.data_class_put(p_name text, p_title text, p_groups text[], p_mask text DEFAULT 'token'::text, p_pattern text DEFAULT NULL::text, p_validator text DEFAULT NULL::text, p_names text[] DEFAULT '{}'::text[]) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
	before yett.data_class;
begin
	if p_pattern is null and cardinality(p_names) = 0 then
		raise exception 'class "%": a pattern, words of names, or both are needed', p_name
			using errcode = 'invalid_parameter_value';
	end if;
	if not p_groups <@ array['pci', 'pii', 'credential', 'health', 'financial', 'custom'] then
		raise exception 'groups "%": expected pci, pii, credential, health, financial or custom', array_to_string(p_groups, ',')
			using errcode = 'invalid_parameter_value';
	end if;
	if p_mask not in ('token', 'last4', 'year', 'shape', 'nothing') then
		raise exception 'mask "%": expected token, last4, year, shape or nothing', p_mask
			using errcode = 'invalid_parameter_value';
	end if;
	if p_validator not in ('luhn', 'mod97', 'mod11_10', 'verhoeff') then
		raise exception 'validator "%": expected luhn, mod97, mod11_10 or verhoeff', p_validator
			using errcode = 'invalid_parameter_value';
	end if;
	if exists (select from unnest(p_names) as u (word) where u.word !~ '^[a-z0-9_ ]{1,64}$') then
		raise exception 'class "%": words of names are lower-case letters and digits', p_name
			using errcode = 'invalid_parameter_value';
	end if;
	select * into before from yett.data_class as c where c.name = p_name for update;
	if before.builtin then
		raise exception 'class "%" is built in', p_name
			using errcode = 'object_not_in_prerequisite_state',
			hint = 'choose another name';
	end if;
	if (before.title, before.groups, before.mask, before.pattern, before.validator,
		before.names, before.enabled) is not distinct from (p_title, p_groups, p_mask,
		p_pattern, p_validator, p_names, true)
	then
		return 'same';
	end if;
	insert into yett.data_class (name, title, groups, mask, pattern, validator, names)
	values (p_name, p_title, p_groups, p_mask, p_pattern, p_validator, p_names)
	on conflict on constraint data_class_pkey do update set
		title = excluded.title, groups = excluded.groups, mask = excluded.mask,
		pattern = excluded.pattern, validator = excluded.validator,
		names = excluded.names, enabled = true, changed_at = now(),
		changed_by = session_user;
	perform yett.audit_put('data_class_put', p_name, jsonb_build_object('title', p_title,
		'groups', p_groups, 'mask', p_mask, 'pattern', p_pattern, 'validator', p_validator,
		'names', p_names, 'before', to_jsonb(before)));
	perform pg_notify('yett_learn', 'class');
	return case when before.name is null then 'added' else 'changed' end;
end
$_$;

ALTER FUNCTION yett.data_class_put(p_name text, p_title text, p_groups text[], p_mask text, p_pattern text, p_validator text, p_names text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION data_class_put(p_name text, p_title text, p_groups text[], p_mask text, p_pattern text, p_validator text, p_names text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.data_class_put(p_name text, p_title text, p_groups text[], p_mask text, p_pattern text, p_validator text, p_names text[]) IS 'Adds or replaces a class that a customer defines: added, changed or same';

--
-- Name: data_class_remove(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.data_class_remove(p_name text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before yett.data_class;
begin
	select * into before from yett.data_class as c
	where c.name = p_name and c.enabled for update;
	if not found then
		return false;
	end if;
	if before.builtin then
		raise exception 'class "%" is built in', p_name
			using errcode = 'object_not_in_prerequisite_state',
			hint = 'say class.NAME no for the fields where it is wrong';
	end if;
	-- a later definition starts from nothing, also one that comes property by property
	update yett.data_class as c set enabled = false, groups = '{}', mask = 'token',
		pattern = null, validator = null, names = '{}', changed_at = now(),
		changed_by = session_user
	where c.name = p_name;
	perform yett.audit_put('data_class_remove', p_name,
		jsonb_build_object('before', to_jsonb(before)));
	perform pg_notify('yett_learn', 'class');
	return true;
end
$$;

ALTER FUNCTION yett.data_class_remove(p_name text) OWNER TO yett_owner;

--
-- Name: FUNCTION data_class_remove(p_name text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.data_class_remove(p_name text) IS 'Takes a customer''s class out of use; the row stays, so that what gateways still say of it is passed over';

--
-- Name: data_class_sync(jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.data_class_sync(p_classes jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	synced integer;
begin
	with given as (
		select j.name, j.title, j.groups, j.mask
		from jsonb_to_recordset(p_classes) as j (name text, title text, groups text[], mask text)
	), put as (
		insert into yett.data_class as c (name, title, groups, mask, builtin)
		select g.name, g.title, coalesce(g.groups, '{}'), g.mask, true from given as g
		order by g.name
		on conflict on constraint data_class_pkey do update set
			title = excluded.title, groups = excluded.groups, mask = excluded.mask,
			changed_at = now(), changed_by = session_user
			where c.builtin and (c.title, c.groups, c.mask)
				is distinct from (excluded.title, excluded.groups, excluded.mask)
		returning c.name
	)
	select count(*) into synced from put;
	-- A gateway may have named a class before its groups were known here.
	update yett.change as x set severity = s.severity, alert = s.alert
	from (
		select c.change_id, v.severity, v.alert
		from yett.change as c
		cross join lateral yett.change_severity(c.kind, c.class) as v
		where synced > 0 and c.class is not null and c.disposition is null
	) as s
	where x.change_id = s.change_id
		and (x.severity, x.alert) is distinct from (s.severity, s.alert);
	return synced;
end
$$;

ALTER FUNCTION yett.data_class_sync(p_classes jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION data_class_sync(p_classes jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.data_class_sync(p_classes jsonb) IS 'Built-in classes as the compiler has them: [{"name", "title", "groups": [], "mask"}]; how many were new or other; a customer''s class of the same name stays';

--
-- Name: direction_name(smallint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.direction_name(p_direction smallint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case p_direction when 1 then 'request' when 2 then 'response' end
$$;

ALTER FUNCTION yett.direction_name(p_direction smallint) OWNER TO yett_owner;

--
-- Name: FUNCTION direction_name(p_direction smallint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.direction_name(p_direction smallint) IS 'request or response; null for 0';

--
-- Name: direction_of(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.direction_of(p_name text) RETURNS smallint
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	direction integer := case p_name when '' then 0
		else array_position(array['request', 'response'], p_name) end;
begin
	if direction is null then
		raise exception 'direction "%": expected request or response', p_name
			using errcode = 'invalid_parameter_value';
	end if;
	return direction;
end
$$;

ALTER FUNCTION yett.direction_of(p_name text) OWNER TO yett_owner;

--
-- Name: FUNCTION direction_of(p_name text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.direction_of(p_name text) IS 'Number of a direction; 0 for an empty name';

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
-- Name: distinct_key(bytea, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.distinct_key(p_packed bytea, p_at integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select (get_byte(p_packed, p_at + 7)::bigint << 48)
		| (get_byte(p_packed, p_at + 6)::bigint << 40)
		| (get_byte(p_packed, p_at + 5)::bigint << 32)
		| (get_byte(p_packed, p_at + 4)::bigint << 24)
		| (get_byte(p_packed, p_at + 3)::bigint << 16)
		| (get_byte(p_packed, p_at + 2)::bigint << 8)
		| get_byte(p_packed, p_at + 1)::bigint
$$;

ALTER FUNCTION yett.distinct_key(p_packed bytea, p_at integer) OWNER TO yett_owner;

--
-- Name: FUNCTION distinct_key(p_packed bytea, p_at integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.distinct_key(p_packed bytea, p_at integer) IS 'The upper 56 bits of a hash in an exact distinct count';

--
-- Name: distinct_merge(bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.distinct_merge(p_packed bytea[]) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.distinct_merge(p_packed bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION distinct_merge(p_packed bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.distinct_merge(p_packed bytea[]) IS 'One packed distinct count of many';

--
-- Name: distinct_merge_exact(bytea, bytea); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.distinct_merge_exact(p_one bytea, p_other bytea) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.distinct_merge_exact(p_one bytea, p_other bytea) OWNER TO yett_owner;

--
-- Name: FUNCTION distinct_merge_exact(p_one bytea, p_other bytea); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.distinct_merge_exact(p_one bytea, p_other bytea) IS 'One exact distinct count of two, of any length';

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
	perform yett.endpoints_absorb(service);
	return id;
end
$$;

ALTER FUNCTION yett.endpoint_put(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_origin text) OWNER TO yett_owner;

--
-- Name: FUNCTION endpoint_put(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_origin text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.endpoint_put(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_origin text) IS 'An endpoint that a person or a specification says exists';

--
-- Name: endpoint_say(integer, text, text, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.endpoint_say(p_endpoint_id integer, p_property text, p_value text, p_reason text DEFAULT NULL::text, p_path text DEFAULT ''::text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	at record;
	before text;
begin
	select s.name as service, e.method, e.template, coalesce(e.operation, '') as operation
	into at
	from yett.endpoint as x
	join yett.endpoint as e on e.endpoint_id = coalesce(x.merged_into_id, x.endpoint_id)
	join yett.service as s on s.service_id = e.service_id
	where x.endpoint_id = p_endpoint_id;
	if not found then
		raise exception 'there is no endpoint %', p_endpoint_id using errcode = 'no_data_found';
	end if;
	select o.value into before from yett.override as o
	where o.service = at.service and o.method = at.method and o.template = at.template
		and o.operation = at.operation and o.direction = 0 and o.path = p_path
		and o.property = p_property;
	if p_value is not null then
		perform yett.override_put(at.service, at.method, at.template, at.operation,
			0::smallint, 0::smallint, p_path, p_property, p_value, p_reason);
	elsif before is not null then
		perform yett.override_remove(at.service, at.method, at.template, at.operation,
			0::smallint, 0::smallint, p_path, p_property);
	end if;
	return before;
end
$$;

ALTER FUNCTION yett.endpoint_say(p_endpoint_id integer, p_property text, p_value text, p_reason text, p_path text) OWNER TO yett_owner;

--
-- Name: FUNCTION endpoint_say(p_endpoint_id integer, p_property text, p_value text, p_reason text, p_path text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.endpoint_say(p_endpoint_id integer, p_property text, p_value text, p_reason text, p_path text) IS 'A person''s word about an endpoint, kept under its names; null takes it back; returns what was said before';

--
-- Name: endpoint_set_mode(integer, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.endpoint_set_mode(p_endpoint_id integer, p_mode text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
	perform yett.mode_check(p_mode);
	return coalesce(yett.endpoint_say(p_endpoint_id, 'mode', p_mode), 'enforce');
end
$$;

ALTER FUNCTION yett.endpoint_set_mode(p_endpoint_id integer, p_mode text) OWNER TO yett_owner;

--
-- Name: FUNCTION endpoint_set_mode(p_endpoint_id integer, p_mode text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.endpoint_set_mode(p_endpoint_id integer, p_mode text) IS 'Upper bound for rules on an endpoint; returns what it was';

--
-- Name: endpoints_absorb(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.endpoints_absorb(p_service_id integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.endpoints_absorb(p_service_id integer) OWNER TO yett_owner;

--
-- Name: FUNCTION endpoints_absorb(p_service_id integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.endpoints_absorb(p_service_id integer) IS 'Provisional endpoints become part of those that a specification or a person made known, of one service or all; returns how many';

--
-- Name: field_merge(integer, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.field_merge(p_from integer, p_into integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.field_merge(p_from integer, p_into integer) OWNER TO yett_owner;

--
-- Name: FUNCTION field_merge(p_from integer, p_into integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.field_merge(p_from integer, p_into integer) IS 'A field turned out to be another: counts are added, verdicts kept';

--
-- Name: field_new_put(integer[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.field_new_put(p_field_id integer[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.field_new_put(p_field_id integer[]) OWNER TO yett_owner;

--
-- Name: FUNCTION field_new_put(p_field_id integer[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.field_new_put(p_field_id integer[]) IS 'Notes those of the fields that their mature endpoints did not have';

--
-- Name: field_say(integer, text, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.field_say(p_field_id integer, p_property text, p_value text, p_reason text DEFAULT NULL::text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	at record;
	before text;
begin
	select s.name as service, e.method, e.template, coalesce(e.operation, '') as operation,
		f.direction, f.location, f.path
	into at
	from yett.field as f
	join yett.endpoint as x using (endpoint_id)
	join yett.endpoint as e on e.endpoint_id = coalesce(x.merged_into_id, x.endpoint_id)
	join yett.service as s on s.service_id = e.service_id
	where f.field_id = p_field_id;
	if not found then
		raise exception 'there is no field %', p_field_id using errcode = 'no_data_found';
	end if;
	select o.value into before from yett.override as o
	where o.service = at.service and o.method = at.method and o.template = at.template
		and o.operation = at.operation and o.direction = at.direction
		and o.location = at.location and o.path = at.path and o.property = p_property;
	if p_value is not null then
		perform yett.override_put(at.service, at.method, at.template, at.operation,
			at.direction, at.location, at.path, p_property, p_value, p_reason);
	elsif before is not null then
		perform yett.override_remove(at.service, at.method, at.template, at.operation,
			at.direction, at.location, at.path, p_property);
	end if;
	return before;
end
$$;

ALTER FUNCTION yett.field_say(p_field_id integer, p_property text, p_value text, p_reason text) OWNER TO yett_owner;

--
-- Name: FUNCTION field_say(p_field_id integer, p_property text, p_value text, p_reason text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.field_say(p_field_id integer, p_property text, p_value text, p_reason text) IS 'A person''s word about a field, kept under its names; null takes it back; returns what was said before';

--
-- Name: setting_number(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.setting_number(p_key text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
	select coalesce(case when s.value ~ '^\d{1,18}$' then s.value::bigint end, n.value)
	from yett.setting_number as n
	left join yett.setting as s using (key)
	where n.key = p_key
$_$;

ALTER FUNCTION yett.setting_number(p_key text) OWNER TO yett_owner;

--
-- Name: FUNCTION setting_number(p_key text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.setting_number(p_key text) IS 'A setting that is a number: as set, else its default';

--
-- Name: fields_open(bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.fields_open(p_values bigint DEFAULT yett.setting_number('promote.values'::text)) RETURNS TABLE(service text, method text, template text, operation text, direction text, location text, path text, why text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	with place as (
		select f.field_id, s.name as service, e.method, e.template,
			coalesce(e.operation, '') as operation, f.direction, f.location, f.path,
			f."values", e.provisional
		from yett.field as f
		join yett.endpoint as x using (endpoint_id)
		join yett.endpoint as e on e.endpoint_id = coalesce(x.merged_into_id, x.endpoint_id)
		join yett.service as s on s.service_id = e.service_id
		where (f."values" > 0 or exists (select from yett.field_class as c
				where c.field_id = f.field_id and c.state = 'suspected'))
			and not exists (select from yett.override as o
				where o.service = s.name and o.method = e.method
					and o.template = e.template
					and o.operation = coalesce(e.operation, '')
					and (o.direction = 0 and o.property = 'template'
						and o.value = 'ignore'
					or o.direction = f.direction and o.location = f.location
						and o.path = f.path and o.property = 'field.ignore'
						and o.value = 'yes'))
	), judged as (
		select p.field_id, p.service, p.method, p.template, p.operation, p.direction,
			p.location, p.path, p."values", p.provisional, c.class, c.state,
			o.value is not null as said,
			o.value is null and (c.state = 'suspected'
				or c.state = 'seen' and c.hits + c.contained > 0
				and not (p."values" >= p_values and c.judged_at is not null
					and (c.score <= -3 or (c.score < 0 and c.beside)))) as undecided
		from place as p
		left join (
			select x.*, bool_or(x.state in ('confirmed', 'contains'))
				over (partition by x.field_id) as beside
			from yett.field_class as x
			join yett.data_class as d on d.name = x.class and d.enabled
		) as c using (field_id)
		left join yett.override as o on o.service = p.service and o.method = p.method
			and o.template = p.template and o.operation = p.operation
			and o.direction = p.direction and o.location = p.location and o.path = p.path
			and o.property = 'class.' || c.class
	), one as (
		select j.service, j.method, j.template, j.operation, j.direction, j.location, j.path,
			bool_or(j.provisional) as provisional,
			max(j."values") as "values",
			bool_or(j.state in ('confirmed', 'contains', 'rejected') or j.said) as settled,
			string_agg(distinct j.class, ', ') filter (where j.undecided) as classes,
			bool_or(j.undecided and j.state = 'suspected') as suspected
		from judged as j
		group by 1, 2, 3, 4, 5, 6, 7
	), told as (
		select o.*, case
			when o.provisional or o.path ~ '\{~' then 'names not decided'
			when o.suspected then 'suspected: ' || o.classes
			when o.classes is not null then 'not judged: ' || o.classes
			when coalesce(o.settled, false) then null
			when exists (select from yett.override as v
				where v.service = o.service and v.method = o.method
					and v.template = o.template and v.operation = o.operation
					and v.direction = o.direction and v.location = o.location
					and v.path = o.path and v.property like 'class.%') then null
			when o."values" < p_values then 'too few values' end as why
		from one as o
	)
	select distinct t.service, t.method, regexp_replace(t.template, '\{~[^}]*\}', '{?}', 'g'),
		t.operation, yett.direction_name(t.direction), yett.location_name(t.location),
		regexp_replace(t.path, '\{~[^}]*\}', '{?}', 'g'), t.why
	from told as t
	where t.why is not null
$$;

ALTER FUNCTION yett.fields_open(p_values bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION fields_open(p_values bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.fields_open(p_values bigint) IS 'Fields with values that are not classified: a class is suspected or not judged, or fewer than so many values were seen and none was judged';

--
-- Name: findings_replace(text, text[], text[], integer[], integer[], text[], text[], integer[], text[], integer[], integer[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.findings_replace(p_service text, p_kind text[], p_label text[], p_endpoint_id integer[], p_spec_id integer[], p_place text[], p_file text[], p_line integer[], p_detail text[], p_match_endpoint_id integer[], p_match_operation_id integer[]) RETURNS TABLE(open bigint, opened bigint, resolved bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.findings_replace(p_service text, p_kind text[], p_label text[], p_endpoint_id integer[], p_spec_id integer[], p_place text[], p_file text[], p_line integer[], p_detail text[], p_match_endpoint_id integer[], p_match_operation_id integer[]) OWNER TO yett_owner;

--
-- Name: FUNCTION findings_replace(p_service text, p_kind text[], p_label text[], p_endpoint_id integer[], p_spec_id integer[], p_place text[], p_file text[], p_line integer[], p_detail text[], p_match_endpoint_id integer[], p_match_operation_id integer[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.findings_replace(p_service text, p_kind text[], p_label text[], p_endpoint_id integer[], p_spec_id integer[], p_place text[], p_file text[], p_line integer[], p_detail text[], p_match_endpoint_id integer[], p_match_operation_id integer[]) IS 'What a comparison of one service found: what is there no more is resolved; and which endpoints are which operations';

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
-- Name: hist_compare(bytea[], bytea[], double precision); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hist_compare(p_a bytea[], p_b bytea[], p_share double precision, OUT a bigint, OUT b bigint, OUT percent double precision, OUT sure double precision) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.hist_compare(p_a bytea[], p_b bytea[], p_share double precision, OUT a bigint, OUT b bigint, OUT percent double precision, OUT sure double precision) OWNER TO yett_owner;

--
-- Name: FUNCTION hist_compare(p_a bytea[], p_b bytea[], p_share double precision, OUT a bigint, OUT b bigint, OUT percent double precision, OUT sure double precision); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hist_compare(p_a bytea[], p_b bytea[], p_share double precision, OUT a bigint, OUT b bigint, OUT percent double precision, OUT sure double precision) IS 'A quantile in two sets of histograms, its growth in percent, and how sure it is that it moved at all (0 to 1)';

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
-- Name: hist_low(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.hist_low(p_bin integer) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case when p_bin < 32 then p_bin::bigint
		else (32 + p_bin % 32)::bigint << (p_bin / 32 - 1) end
$$;

ALTER FUNCTION yett.hist_low(p_bin integer) OWNER TO yett_owner;

--
-- Name: FUNCTION hist_low(p_bin integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.hist_low(p_bin integer) IS 'Lowest value of a bin';

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
-- Name: host_matches(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.host_matches(p_host text, p_pattern text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select p_pattern = '*' or p_host = p_pattern
		or (p_pattern like '*.%' and right(p_host, length(p_pattern) - 1) = substr(p_pattern, 2))
$$;

ALTER FUNCTION yett.host_matches(p_host text, p_pattern text) OWNER TO yett_owner;

--
-- Name: FUNCTION host_matches(p_host text, p_pattern text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.host_matches(p_host text, p_pattern text) IS 'Whether a host, or a narrower pattern, falls under a host pattern';

--
-- Name: host_released_follow(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.host_released_follow() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.host_released_follow() OWNER TO yett_owner;

--
-- Name: FUNCTION host_released_follow(); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.host_released_follow() IS 'Trigger: a service that was shown as a token has a name';

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
-- Name: knowledge_move(integer, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.knowledge_move(p_from integer, p_into integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.knowledge_move(p_from integer, p_into integer) OWNER TO yett_owner;

--
-- Name: FUNCTION knowledge_move(p_from integer, p_into integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.knowledge_move(p_from integer, p_into integer) IS 'Fields, classes and values of parameters of an endpoint are added to those of another';

--
-- Name: learn_changes(timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_changes(p_now timestamp with time zone, OUT quiet integer, OUT back integer, OUT authentication integer, OUT status integer, OUT size integer) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.learn_changes(p_now timestamp with time zone, OUT quiet integer, OUT back integer, OUT authentication integer, OUT status integer, OUT size integer) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_changes(p_now timestamp with time zone, OUT quiet integer, OUT back integer, OUT authentication integer, OUT status integer, OUT size integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_changes(p_now timestamp with time zone, OUT quiet integer, OUT back integer, OUT authentication integer, OUT status integer, OUT size integer) IS 'Looks for all changes in how endpoints are used; quiet ones and shifts once an hour of the data, authentication that appeared every four';

--
-- Name: learn_class_new(integer, integer, smallint, text, timestamp with time zone, text, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_class_new(p_endpoint_id integer, p_field_id integer, p_direction smallint, p_class text, p_at timestamp with time zone, p_place text, p_evidence jsonb) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.learn_class_new(p_endpoint_id integer, p_field_id integer, p_direction smallint, p_class text, p_at timestamp with time zone, p_place text, p_evidence jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_class_new(p_endpoint_id integer, p_field_id integer, p_direction smallint, p_class text, p_at timestamp with time zone, p_place text, p_evidence jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_class_new(p_endpoint_id integer, p_field_id integer, p_direction smallint, p_class text, p_at timestamp with time zone, p_place text, p_evidence jsonb) IS 'Notes that a class is confirmed in a field; true if the endpoint did not have it';

--
-- Name: learn_classes(integer, text, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_classes(p_after_field integer, p_after_class text, p_limit integer) RETURNS TABLE(field_id integer, class text, "values" bigint, hits bigint, checked bigint, certain bigint, contained bigint, "distinct" bytea, prior integer, state text, human boolean, base_values bigint, base_hits bigint, base_checked bigint, base_certain bigint, base_contained bigint, base_distinct bigint, read_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.learn_classes(p_after_field integer, p_after_class text, p_limit integer) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_classes(p_after_field integer, p_after_class text, p_limit integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_classes(p_after_field integer, p_after_class text, p_limit integer) IS 'Fields and classes with evidence that was not judged yet, in order, from behind a place on';

--
-- Name: learn_classes_write(timestamp with time zone, integer[], text[], text[], real[], boolean[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_classes_write(p_at timestamp with time zone, p_field_id integer[], p_class text[], p_state text[], p_score real[], p_news boolean[], p_values bigint[], p_base_values bigint[], p_base_hits bigint[], p_base_checked bigint[], p_base_certain bigint[], p_base_contained bigint[], p_base_distinct bigint[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.learn_classes_write(p_at timestamp with time zone, p_field_id integer[], p_class text[], p_state text[], p_score real[], p_news boolean[], p_values bigint[], p_base_values bigint[], p_base_hits bigint[], p_base_checked bigint[], p_base_certain bigint[], p_base_contained bigint[], p_base_distinct bigint[]) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_classes_write(p_at timestamp with time zone, p_field_id integer[], p_class text[], p_state text[], p_score real[], p_news boolean[], p_values bigint[], p_base_values bigint[], p_base_hits bigint[], p_base_checked bigint[], p_base_certain bigint[], p_base_contained bigint[], p_base_distinct bigint[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_classes_write(p_at timestamp with time zone, p_field_id integer[], p_class text[], p_state text[], p_score real[], p_news boolean[], p_values bigint[], p_base_values bigint[], p_base_hits bigint[], p_base_checked bigint[], p_base_certain bigint[], p_base_contained bigint[], p_base_distinct bigint[]) IS 'Verdicts on fields and classes: what a person said stands; how many classes are new to their endpoints';

--
-- Name: learn_endpoints(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_endpoints() RETURNS TABLE(endpoint_id integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select e.endpoint_id from yett.endpoint as e
	join yett.service as s using (service_id)
	where not e.provisional and e.merged_into_id is null
		and not exists (select from yett.override as o
			where o.service = s.name and o.method = e.method and o.template = e.template
				and o.operation = coalesce(e.operation, '')
				and o.property = 'template' and o.value = 'ignore')
$$;

ALTER FUNCTION yett.learn_endpoints() OWNER TO yett_owner;

--
-- Name: FUNCTION learn_endpoints(); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_endpoints() IS 'Endpoints whose changes are told: known for good, not merged, not ignored by a person';

--
-- Name: learn_hours(integer[], timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_hours(p_endpoint_id integer[], p_from timestamp with time zone, p_to timestamp with time zone) RETURNS TABLE(endpoint_id integer, hour_at timestamp with time zone, requests bigint, accepted bigint, anonymous bigint, first_at timestamp with time zone, last_at timestamp with time zone, identities bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.learn_hours(p_endpoint_id integer[], p_from timestamp with time zone, p_to timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_hours(p_endpoint_id integer[], p_from timestamp with time zone, p_to timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_hours(p_endpoint_id integer[], p_from timestamp with time zone, p_to timestamp with time zone) IS 'What endpoints did in each hour of a range, open hours too';

--
-- Name: learn_identities(integer, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_identities(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select coalesce(yett.distinct_count(array_agg(h.identities)
		filter (where h.identities is not null)), 0)
	from yett.learn_hours(array[p_endpoint_id], p_from, p_to) as h
$$;

ALTER FUNCTION yett.learn_identities(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_identities(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_identities(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) IS 'Identities of an endpoint in a range of hours';

--
-- Name: learn_lock(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_lock() RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select pg_try_advisory_lock(2036692084, -3)
$$;

ALTER FUNCTION yett.learn_lock() OWNER TO yett_owner;

--
-- Name: FUNCTION learn_lock(); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_lock() IS 'The lock of the learning cycle, held by the session; false: somebody else learns';

--
-- Name: learn_now(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select coalesce(
		(select max(o.last_at) from part.endpoint_hour_open as o),
		(select max(e.last_seen_at) from yett.endpoint as e))
$$;

ALTER FUNCTION yett.learn_now() OWNER TO yett_owner;

--
-- Name: FUNCTION learn_now(); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_now() IS 'The latest time in the data: if no gateway reports, time stands still and nothing goes quiet';

--
-- Name: learn_sizes(integer, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_sizes(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) RETURNS TABLE(response_size bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.learn_sizes(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_sizes(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_sizes(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) IS 'Histograms of answers'' sizes in a range of hours';

--
-- Name: learn_template_alarm(timestamp with time zone, text, bigint, bigint, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_template_alarm(p_at timestamp with time zone, p_service text, p_templates bigint, p_requests bigint, p_reason text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	judged record;
begin
	select * into judged from yett.change_severity('template_flood', null);
	insert into yett.change (at, kind, service, label, evidence, severity, alert, key)
	values (p_at, 'template_flood', p_service, '', jsonb_build_object('templates',
		p_templates, 'requests', p_requests, 'reason', p_reason), judged.severity,
		judged.alert, concat_ws(' ', 'template_flood',
		to_char(p_at at time zone 'UTC', 'YYYY-MM-DD'), p_service))
	on conflict on constraint change_key do nothing;
	return found;
end
$$;

ALTER FUNCTION yett.learn_template_alarm(p_at timestamp with time zone, p_service text, p_templates bigint, p_requests bigint, p_reason text) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_template_alarm(p_at timestamp with time zone, p_service text, p_templates bigint, p_requests bigint, p_reason text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_template_alarm(p_at timestamp with time zone, p_service text, p_templates bigint, p_requests bigint, p_reason text) IS 'A flood of paths, once a day and service; false if it was told';

--
-- Name: learn_template_endpoint(bigint, text, text, text, text, bigint[], timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_template_endpoint(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint[], p_at timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	service integer;
	id integer;
	first_at timestamptz;
	least_mode text;
begin
	select s.service_id into service from yett.service as s where s.name = p_service;
	if service is null then
		raise exception 'there is no service "%"', p_service using errcode = 'no_data_found';
	end if;
	select min(e.first_seen_at), (array['off', 'shadow', 'enforce'])[min(array_position(
		array['off', 'shadow', 'enforce'], e.mode))]
	into first_at, least_mode
	from yett.endpoint as e where e.hash = any (p_from);
	delete from yett.endpoint_alias as a where a.hash = p_hash;
	insert into yett.endpoint as e (hash, service_id, method, template, operation, label,
		mode, provisional, first_seen_at, last_seen_at)
	values (p_hash, service, p_method, p_template, nullif(p_operation, ''),
		concat_ws(' ', p_method, p_template, nullif(p_operation, '')),
		coalesce(least_mode, 'enforce'), false, coalesce(first_at, p_at), p_at)
	on conflict on constraint endpoint_hash_key do update set
		service_id = excluded.service_id, method = excluded.method,
		template = excluded.template, operation = excluded.operation,
		label = excluded.label, provisional = false, merged_into_id = null,
		first_seen_at = least(e.first_seen_at, excluded.first_seen_at)
	returning e.endpoint_id into id;
	return id;
end
$$;

ALTER FUNCTION yett.learn_template_endpoint(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint[], p_at timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_template_endpoint(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint[], p_at timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_template_endpoint(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint[], p_at timestamp with time zone) IS 'The endpoint of a learned template; its mode is the strictest of those it comes from';

--
-- Name: learn_template_merge(bigint, text, text, text, text, bigint[], timestamp with time zone, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_template_merge(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint[], p_at timestamp with time zone, p_evidence jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	id integer;
	labels text[];
	one bigint;
begin
	-- What became part of another meanwhile takes what comes with it.
	select coalesce(a.endpoint_id, e.merged_into_id) into id
	from (values (p_hash)) as h (hash)
	left join yett.endpoint_alias as a using (hash)
	left join yett.endpoint as e using (hash);
	id := coalesce(id, yett.learn_template_endpoint(p_hash, p_service, p_method, p_template,
		p_operation, p_from, p_at));
	select array_agg(yett.template_show(e.label) order by e.label collate "C") into labels
	from (select x.label from yett.endpoint as x where x.hash = any (p_from)
		order by x.label collate "C" limit 10) as e;
	foreach one in array p_from loop
		continue when one = p_hash;
		perform yett.endpoint_merge(one, p_hash);
	end loop;
	perform yett.change_put('template_merged', p_at, id, null, null,
		array_to_string(labels, ', '), concat_ws(' ', p_method, p_template,
		nullif(p_operation, '')), p_evidence || jsonb_build_object('merged',
		cardinality(p_from)), 'template_merged ' || id);
	return id;
end
$$;

ALTER FUNCTION yett.learn_template_merge(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint[], p_at timestamp with time zone, p_evidence jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_template_merge(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint[], p_at timestamp with time zone, p_evidence jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_template_merge(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint[], p_at timestamp with time zone, p_evidence jsonb) IS 'Endpoints become one: their hashes are its aliases, their ids and past stay';

--
-- Name: learn_template_split(bigint, text, text, text, text, bigint, timestamp with time zone, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_template_split(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint, p_at timestamp with time zone, p_evidence jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	id integer := yett.learn_template_endpoint(p_hash, p_service, p_method, p_template,
		p_operation, array[p_from], p_at);
	parameter text;
begin
	select e.label into parameter from yett.endpoint as e where e.hash = p_from;
	update yett.endpoint set first_seen_at = p_at
	where endpoint_id = id and last_seen_at = p_at and merged_into_id is null;
	perform yett.change_put('template_split', p_at, id, null, null, parameter,
		concat_ws(' ', p_method, p_template, nullif(p_operation, '')), p_evidence,
		'template_split ' || id);
	return id;
end
$$;

ALTER FUNCTION yett.learn_template_split(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint, p_at timestamp with time zone, p_evidence jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_template_split(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint, p_at timestamp with time zone, p_evidence jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_template_split(p_hash bigint, p_service text, p_method text, p_template text, p_operation text, p_from bigint, p_at timestamp with time zone, p_evidence jsonb) IS 'A value of a parameter becomes an endpoint, again if it was one before; what was counted with the parameter stays there';

--
-- Name: learn_template_state(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_template_state(OUT now_us bigint, OUT epoch_s bigint, OUT last_epoch bigint) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select (extract(epoch from now()) * 1000000)::bigint, yett.setting_number('learn.epoch_s'),
		coalesce((select t.epoch from yett.template_epoch as t), -1)
$$;

ALTER FUNCTION yett.learn_template_state(OUT now_us bigint, OUT epoch_s bigint, OUT last_epoch bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_template_state(OUT now_us bigint, OUT epoch_s bigint, OUT last_epoch bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_template_state(OUT now_us bigint, OUT epoch_s bigint, OUT last_epoch bigint) IS 'Time, length of an epoch and the epoch of the last cycle, -1: there was none';

--
-- Name: learn_template_write(bigint, timestamp with time zone, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_template_write(p_epoch bigint, p_at timestamp with time zone, p_actions jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	one record;
	members bigint[];
	evidence jsonb;
begin
	insert into yett.template_epoch (epoch, at) values (p_epoch, p_at)
	on conflict on constraint template_epoch_pkey do update set
		epoch = excluded.epoch, at = excluded.at;
	delete from yett.template_proposal as p
	where p.state <> 'applied' and not exists (
		select from jsonb_to_recordset(p_actions) as j (hash bigint, kind text,
			mature boolean)
		where j.hash = p.hash and j.kind = p.kind and j.mature = p.mature);
	for one in
		select * from jsonb_to_recordset(p_actions) as j (hash bigint, kind text,
			mature boolean, service text, method text, template text, operation text,
			members jsonb, requests bigint, identities bigint, score real, reason text,
			epochs integer, verdict text)
		order by j.hash, j.kind, j.mature
	loop
		select array_agg(m.value::bigint) into members
		from jsonb_array_elements_text(one.members) as m;
		insert into yett.template_proposal as p (hash, kind, mature, service, method,
			template, operation, members, requests, identities, score, reason, epochs,
			epoch, state, first_at, last_at)
		values (one.hash, one.kind, one.mature, one.service, one.method, one.template,
			nullif(one.operation, ''), members, one.requests, one.identities, one.score,
			one.reason, one.epochs, p_epoch, case one.verdict when 'apply' then 'applied'
			when 'propose' then 'proposed' else 'waiting' end, p_at, p_at)
		on conflict on constraint template_proposal_pkey do update set
			members = excluded.members, requests = excluded.requests,
			identities = excluded.identities, score = excluded.score,
			reason = excluded.reason, epochs = excluded.epochs, epoch = excluded.epoch,
			state = case when p.state = 'applied' then p.state else excluded.state end,
			last_at = excluded.last_at;
		continue when one.verdict <> 'apply';
		evidence := jsonb_build_object('requests', one.requests, 'identities',
			one.identities, 'score', one.score, 'reason', one.reason);
		if one.kind = 'merge' then
			perform yett.learn_template_merge(one.hash, one.service, one.method,
				one.template, one.operation, members, p_at, evidence);
		else
			perform yett.learn_template_split(one.hash, one.service, one.method,
				one.template, one.operation, members[1], p_at, evidence);
		end if;
	end loop;
end
$$;

ALTER FUNCTION yett.learn_template_write(p_epoch bigint, p_at timestamp with time zone, p_actions jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION learn_template_write(p_epoch bigint, p_at timestamp with time zone, p_actions jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_template_write(p_epoch bigint, p_at timestamp with time zone, p_actions jsonb) IS 'What the learner of templates wants now: remembered, left to people or done';

--
-- Name: learn_unlock(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.learn_unlock() RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select pg_advisory_unlock(2036692084, -3)
$$;

ALTER FUNCTION yett.learn_unlock() OWNER TO yett_owner;

--
-- Name: FUNCTION learn_unlock(); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.learn_unlock() IS 'Gives the lock of the learning cycle back';

--
-- Name: lines(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.lines(p_text text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select case when p_text = '' then '{}' else string_to_array(p_text, E'\n') end
$$;

ALTER FUNCTION yett.lines(p_text text) OWNER TO yett_owner;

--
-- Name: FUNCTION lines(p_text text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.lines(p_text text) IS 'A text as an array of its lines; nothing is none';

--
-- Name: location_name(smallint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.location_name(p_location smallint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select (array['body', 'query', 'path', 'header', 'cookie'])[p_location]
$$;

ALTER FUNCTION yett.location_name(p_location smallint) OWNER TO yett_owner;

--
-- Name: FUNCTION location_name(p_location smallint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.location_name(p_location smallint) IS 'Where a field stands; null for 0';

--
-- Name: location_of(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.location_of(p_name text) RETURNS smallint
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	location integer := case p_name when '' then 0
		else array_position(array['body', 'query', 'path', 'header', 'cookie'], p_name) end;
begin
	if location is null then
		raise exception 'location "%": expected body, query, path, header or cookie', p_name
			using errcode = 'invalid_parameter_value';
	end if;
	return location;
end
$$;

ALTER FUNCTION yett.location_of(p_name text) OWNER TO yett_owner;

--
-- Name: FUNCTION location_of(p_name text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.location_of(p_name text) IS 'Number of a location; 0 for an empty name';

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
-- Name: normal_cdf(double precision); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.normal_cdf(p_z double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case when p_z < 0 then b.above else 1 - b.above end
	from (
		select 0.5 * exp(-power(least(37, abs(p_z)), 2) / 2) * t.t * (0.254829592 + t.t * (-0.284496736
			+ t.t * (1.421413741 + t.t * (-1.453152027 + t.t * 1.061405429)))) as above
		from (select 1 / (1 + 0.3275911 * abs(p_z) / sqrt(2::double precision)) as t) as t
	) as b
$$;

ALTER FUNCTION yett.normal_cdf(p_z double precision) OWNER TO yett_owner;

--
-- Name: FUNCTION normal_cdf(p_z double precision); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.normal_cdf(p_z double precision) IS 'Share of a normal distribution below so many deviations';

--
-- Name: normal_quantile(double precision); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.normal_quantile(p_tail double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select t.t - (2.515517 + t.t * (0.802853 + t.t * 0.010328))
		/ (1 + t.t * (1.432788 + t.t * (0.189269 + t.t * 0.001308)))
	from (select sqrt(-2 * ln(least(0.5, greatest(1e-300, p_tail)))) as t) as t
$$;

ALTER FUNCTION yett.normal_quantile(p_tail double precision) OWNER TO yett_owner;

--
-- Name: FUNCTION normal_quantile(p_tail double precision); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.normal_quantile(p_tail double precision) IS 'Deviations beyond which a tail of a normal distribution has this share, at most a half';

--
-- Name: override_check(text, text, text, text, smallint, smallint, text, text, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.override_check(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text, p_value text, p_origin text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
	of_field boolean := p_property like 'class.%' or p_property = 'field.ignore';
	of_service boolean := p_property in ('auth', 'owner', 'mode');
	line constant text := '^[^[:cntrl:]]{1,200}$';
	good boolean;
	wanted text;
begin
	if p_service !~ '^[^[:space:][:cntrl:]]+$' or length(p_service) > 300 then
		raise exception 'service "%": a name without blanks is needed', p_service
			using errcode = 'invalid_parameter_value';
	end if;
	if not (of_service and p_method = '' and p_template = '' and p_operation = '')
		and (p_method !~ '^[!-~]{1,32}$' or p_template !~ '^/[^[:cntrl:]]*$')
	then
		raise exception '%: expected a method and a template%', p_property,
			case when of_service then ', or none of both for the whole service' else '' end
			using errcode = 'invalid_parameter_value';
	end if;
	if of_field and (p_direction not in (1, 2) or p_location not between 1 and 5
		or octet_length(p_path) not between 1 and 1024)
	then
		raise exception '%: expected direction, location and path of a field', p_property
			using errcode = 'invalid_parameter_value';
	end if;
	if not of_field and (p_direction <> 0 or p_location <> 0
		or (p_path <> '' and p_property <> 'template.split'))
	then
		raise exception '%: belongs to an endpoint, not to a field', p_property
			using errcode = 'invalid_parameter_value';
	end if;
	case
	when p_property like 'class.%' then
		wanted := 'yes or no';
		good := p_value in ('yes', 'no');
		if p_origin = 'human' and not exists (select from yett.data_class as c
			where c.name = substr(p_property, 7) and c.enabled)
		then
			raise exception 'there is no class "%"', substr(p_property, 7)
				using errcode = 'no_data_found',
				hint = 'report.data_class lists them; yettc learn brings in the built-in ones';
		end if;
	when p_property = 'field.ignore' then
		wanted := 'yes';
		good := p_value = 'yes';
	when p_property = 'auth' then
		wanted := 'none, any, weak, bearer, jwt, header, query, cookie, client_cert or basic';
		good := p_value in ('none', 'any', 'weak', 'bearer', 'jwt', 'header', 'query',
			'cookie', 'client_cert', 'basic');
	when p_property in ('name', 'owner') then
		wanted := 'one line of at most 200 characters';
		good := p_value ~ line;
	when p_property = 'mode' then
		wanted := 'off, shadow or enforce';
		good := p_value in ('off', 'shadow', 'enforce');
	when p_property = 'template' then
		wanted := 'keep or ignore';
		good := p_value in ('keep', 'ignore');
	when p_property = 'template.into' then
		wanted := 'a template';
		good := p_value ~ '^/[^[:space:][:cntrl:]]*$' and length(p_value) <= 2000;
		if good and not yett.template_covers(p_value, p_template) then
			raise exception 'template %: does not take the paths of %', p_value, p_template
				using errcode = 'invalid_parameter_value', hint = 'it has as many '
				'segments, each the same or a parameter such as {text}';
		end if;
	when p_property = 'template.split' then
		if yett.template_has_parameter(p_template, p_path) is not true then
			raise exception 'template.split: %', case when p_path <> ''
				then format('segment %s of %s is no parameter', p_path, p_template)
				when p_template like '%{%'
				then p_template || ' has several parameters: say which segment'
				else p_template || ' has no parameter' end
				using errcode = 'invalid_parameter_value', hint = 'segments are counted '
				'from 0: 1 is {text} of /users/{text}';
		end if;
		wanted := 'words of a path with blanks between them';
		good := p_value ~ '^[^[:space:][:cntrl:]/]+( [^[:space:][:cntrl:]/]+)*$';
	else
		raise exception 'there is no property "%"', p_property
			using errcode = 'invalid_parameter_value', hint = 'there are class.NAME, '
			'field.ignore, auth, name, owner, mode, template, template.into and template.split';
	end case;
	if not coalesce(good, false) then
		raise exception '%: expected %', p_property, wanted
			using errcode = 'invalid_parameter_value';
	end if;
end
$_$;

ALTER FUNCTION yett.override_check(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text, p_value text, p_origin text) OWNER TO yett_owner;

--
-- Name: FUNCTION override_check(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text, p_value text, p_origin text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.override_check(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text, p_value text, p_origin text) IS 'Refuses what no view and no program would understand';

--
-- Name: override_class(integer, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.override_class(p_field_id integer, p_class text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select case o.property when 'field.ignore' then 'no' else o.value end
	from yett.field as f
	join yett.endpoint as e using (endpoint_id)
	join yett.service as s using (service_id)
	join yett.override as o on o.service = s.name and o.method = e.method
		and o.template = e.template and o.operation = coalesce(e.operation, '')
		and o.direction = f.direction and o.location = f.location and o.path = f.path
		and o.property in ('class.' || p_class, 'field.ignore')
	where f.field_id = p_field_id
	order by o.property = 'field.ignore'
	limit 1
$$;

ALTER FUNCTION yett.override_class(p_field_id integer, p_class text) OWNER TO yett_owner;

--
-- Name: FUNCTION override_class(p_field_id integer, p_class text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.override_class(p_field_id integer, p_class text) IS 'Whether a person says that a field is of a class';

--
-- Name: override_put(text, text, text, text, smallint, smallint, text, text, text, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.override_put(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text, p_value text, p_reason text DEFAULT NULL::text, p_origin text DEFAULT 'human'::text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before yett.override;
begin
	perform yett.override_check(p_service, p_method, p_template, p_operation, p_direction,
		p_location, p_path, p_property, p_value, p_origin);
	if p_property like 'class.%' then
		perform yett.data_class_note(array[substr(p_property, 7)]);
	end if;
	select * into before from yett.override as o
	where (o.service, o.method, o.template, o.operation, o.direction, o.location, o.path,
		o.property) = (p_service, p_method, p_template, p_operation, p_direction, p_location,
		p_path, p_property)
	for update;
	if (before.value, before.reason, before.origin)
		is not distinct from (p_value, p_reason, p_origin)
	then
		return 'same';
	end if;
	insert into yett.override (service, method, template, operation, direction, location,
		path, property, value, reason, origin)
	values (p_service, p_method, p_template, p_operation, p_direction, p_location, p_path,
		p_property, p_value, p_reason, p_origin)
	on conflict on constraint override_key do update set
		value = excluded.value, reason = excluded.reason, origin = excluded.origin,
		changed_at = now(), changed_by = session_user;
	perform yett.audit_put('override_put', concat_ws(' ', p_service, nullif(p_method, ''),
		nullif(p_template, ''), nullif(p_operation, '')), jsonb_build_object(
		'direction', yett.direction_name(p_direction),
		'location', yett.location_name(p_location), 'path', nullif(p_path, ''),
		'property', p_property, 'value', p_value, 'reason', p_reason, 'origin', p_origin,
		'before', before.value));
	perform pg_notify('yett_learn', 'override');
	return case when before.override_id is null then 'added' else 'changed' end;
end
$$;

ALTER FUNCTION yett.override_put(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text, p_value text, p_reason text, p_origin text) OWNER TO yett_owner;

--
-- Name: FUNCTION override_put(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text, p_value text, p_reason text, p_origin text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.override_put(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text, p_value text, p_reason text, p_origin text) IS 'What a person says of a service, an endpoint or a field: added, changed or same';

--
-- Name: override_remove(text, text, text, text, smallint, smallint, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.override_remove(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	before yett.override;
begin
	delete from yett.override as o
	where (o.service, o.method, o.template, o.operation, o.direction, o.location, o.path,
		o.property) = (p_service, p_method, p_template, p_operation, p_direction, p_location,
		p_path, p_property)
	returning * into before;
	if not found then
		return false;
	end if;
	perform yett.audit_put('override_remove', concat_ws(' ', p_service,
		nullif(p_method, ''), nullif(p_template, ''), nullif(p_operation, '')),
		jsonb_build_object('property', p_property, 'before', to_jsonb(before)));
	perform pg_notify('yett_learn', 'override');
	return true;
end
$$;

ALTER FUNCTION yett.override_remove(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text) OWNER TO yett_owner;

--
-- Name: FUNCTION override_remove(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.override_remove(p_service text, p_method text, p_template text, p_operation text, p_direction smallint, p_location smallint, p_path text, p_property text) IS 'Takes back what a person said; false if nobody did';

--
-- Name: parameters_renumber(integer, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.parameters_renumber(p_from integer, p_into integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
$_$;

ALTER FUNCTION yett.parameters_renumber(p_from integer, p_into integer) OWNER TO yett_owner;

--
-- Name: FUNCTION parameters_renumber(p_from integer, p_into integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.parameters_renumber(p_from integer, p_into integer) IS 'Calls the path parameters of an endpoint by the numbers that they have in another template';

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
-- Name: path_has_prefix(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.path_has_prefix(p_path text, p_prefix text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select p_prefix = '/' or p_path = rtrim(p_prefix, '/')
		or starts_with(p_path, rtrim(p_prefix, '/') || '/')
$$;

ALTER FUNCTION yett.path_has_prefix(p_path text, p_prefix text) OWNER TO yett_owner;

--
-- Name: FUNCTION path_has_prefix(p_path text, p_prefix text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.path_has_prefix(p_path text, p_prefix text) IS 'Whether a path lies under a prefix, by whole segments';

--
-- Name: path_released(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.path_released(p_path text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.path_released(p_path text) OWNER TO yett_owner;

--
-- Name: FUNCTION path_released(p_path text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.path_released(p_path text) IS 'A field''s path with the names that were released since it was seen';

--
-- Name: performance(timestamp with time zone, timestamp with time zone, text, integer, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.performance(p_from timestamp with time zone, p_to timestamp with time zone, p_service text DEFAULT NULL::text, p_endpoint_id integer DEFAULT NULL::integer, p_limit integer DEFAULT 100) RETURNS TABLE(endpoint_id integer, service text, label text, from_at timestamp with time zone, to_at timestamp with time zone, requests bigint, per_second double precision, latency_p50_us bigint, latency_p90_us bigint, latency_p99_us bigint, error_percent numeric, refused_percent numeric, request_p50_bytes bigint, request_p99_bytes bigint, response_p50_bytes bigint, response_p99_bytes bigint, request_bytes bigint, response_bytes bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.performance(p_from timestamp with time zone, p_to timestamp with time zone, p_service text, p_endpoint_id integer, p_limit integer) OWNER TO yett_owner;

--
-- Name: FUNCTION performance(p_from timestamp with time zone, p_to timestamp with time zone, p_service text, p_endpoint_id integer, p_limit integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.performance(p_from timestamp with time zone, p_to timestamp with time zone, p_service text, p_endpoint_id integer, p_limit integer) IS 'What endpoints did in a window, busiest first: rate, latency, errors (5xx), refused (4xx), sizes';

--
-- Name: performance_compare(timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone, text, integer, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.performance_compare(p_a_from timestamp with time zone, p_a_to timestamp with time zone, p_b_from timestamp with time zone, p_b_to timestamp with time zone, p_service text DEFAULT NULL::text, p_endpoint_id integer DEFAULT NULL::integer, p_limit integer DEFAULT 100) RETURNS TABLE(endpoint_id integer, service text, label text, requests_a bigint, requests_b bigint, p50_a_us bigint, p50_b_us bigint, p50_percent numeric, p50_sure numeric, p90_a_us bigint, p90_b_us bigint, p90_percent numeric, p90_sure numeric, p99_a_us bigint, p99_b_us bigint, p99_percent numeric, p99_sure numeric, error_percent_a numeric, error_percent_b numeric, verdict text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.performance_compare(p_a_from timestamp with time zone, p_a_to timestamp with time zone, p_b_from timestamp with time zone, p_b_to timestamp with time zone, p_service text, p_endpoint_id integer, p_limit integer) OWNER TO yett_owner;

--
-- Name: FUNCTION performance_compare(p_a_from timestamp with time zone, p_a_to timestamp with time zone, p_b_from timestamp with time zone, p_b_to timestamp with time zone, p_service text, p_endpoint_id integer, p_limit integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.performance_compare(p_a_from timestamp with time zone, p_a_to timestamp with time zone, p_b_from timestamp with time zone, p_b_to timestamp with time zone, p_service text, p_endpoint_id integer, p_limit integer) IS 'Latency of endpoints in two windows, those that became slowest first: by how much, how sure (0 to 1), and slower, faster, same or unsure in a word';

--
-- Name: performance_heatmap(integer, timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.performance_heatmap(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) RETURNS TABLE(at timestamp with time zone, band_us bigint, requests bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.performance_heatmap(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION performance_heatmap(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.performance_heatmap(p_endpoint_id integer, p_from timestamp with time zone, p_to timestamp with time zone) IS 'Requests of an endpoint by hour (by day where whole days lie in windows of over two weeks) and band of latency: bands are half powers of two, named by their lowest value';

--
-- Name: performance_rows(timestamp with time zone, timestamp with time zone, integer, boolean); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.performance_rows(p_from timestamp with time zone, p_to timestamp with time zone, p_endpoint_id integer DEFAULT NULL::integer, p_days boolean DEFAULT true) RETURNS TABLE(endpoint_id integer, at timestamp with time zone, requests bigint, status_4 bigint, status_5 bigint, request_bytes bigint, response_bytes bigint, latency bytea, request_size bytea, response_size bytea)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.performance_rows(p_from timestamp with time zone, p_to timestamp with time zone, p_endpoint_id integer, p_days boolean) OWNER TO yett_owner;

--
-- Name: FUNCTION performance_rows(p_from timestamp with time zone, p_to timestamp with time zone, p_endpoint_id integer, p_days boolean); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.performance_rows(p_from timestamp with time zone, p_to timestamp with time zone, p_endpoint_id integer, p_days boolean) IS 'Days and hours of a window, as they are kept; without days: hours alone, if they are still kept';

--
-- Name: performance_window(timestamp with time zone, timestamp with time zone); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.performance_window(p_from timestamp with time zone, p_to timestamp with time zone, OUT from_at timestamp with time zone, OUT to_at timestamp with time zone, OUT days_from timestamp with time zone, OUT days_to timestamp with time zone) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.performance_window(p_from timestamp with time zone, p_to timestamp with time zone, OUT from_at timestamp with time zone, OUT to_at timestamp with time zone, OUT days_from timestamp with time zone, OUT days_to timestamp with time zone) OWNER TO yett_owner;

--
-- Name: FUNCTION performance_window(p_from timestamp with time zone, p_to timestamp with time zone, OUT from_at timestamp with time zone, OUT to_at timestamp with time zone, OUT days_from timestamp with time zone, OUT days_to timestamp with time zone); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.performance_window(p_from timestamp with time zone, p_to timestamp with time zone, OUT from_at timestamp with time zone, OUT to_at timestamp with time zone, OUT days_from timestamp with time zone, OUT days_to timestamp with time zone) IS 'A window widened to hours, and the whole days (UTC) in it';

--
-- Name: promotion_apply(text, text, jsonb, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.promotion_apply(p_source_environment text, p_sha256 text, p_base jsonb, p_changes jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	one jsonb;
	words text[];
	before jsonb;
	undo jsonb[] := '{}';
	id bigint;
begin
	lock table yett.override, yett.data_class, yett.team_rule in share row exclusive mode;
	for one in
		select c.value from jsonb_array_elements(p_changes) with ordinality as c (value, i)
		order by c.value ->> 'kind' = 'class' desc, -- before what names them
			c.value -> 'words' ->> 1 = 'title', c.i
	loop
		words := array(select w.value from jsonb_array_elements_text(one -> 'words')
			with ordinality as w (value, i) order by w.i);
		before := yett.promotion_state(one ->> 'kind', words);
		if before ->> 'value' is distinct from one ->> 'before' then
			raise exception 'somebody changed % while this promotion was read',
				array_to_string(words, ' ') using errcode = 'serialization_failure';
		end if;
		perform yett.promotion_set(one ->> 'kind', words, one ->> 'value',
			one ->> 'reason', 'promoted');
		undo := undo || jsonb_build_object('kind', one ->> 'kind', 'words', one -> 'words',
			'before', before, 'after', one ->> 'value');
	end loop;
	insert into yett.promotion (source_environment, sha256, base, undo)
	values (p_source_environment, p_sha256, p_base, to_jsonb(undo))
	returning promotion_id into id;
	perform yett.audit_put('promotion_apply', id::text, jsonb_build_object(
		'source', p_source_environment, 'sha256', p_sha256, 'changes', cardinality(undo)));
	return id;
end
$$;

ALTER FUNCTION yett.promotion_apply(p_source_environment text, p_sha256 text, p_base jsonb, p_changes jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION promotion_apply(p_source_environment text, p_sha256 text, p_base jsonb, p_changes jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.promotion_apply(p_source_environment text, p_sha256 text, p_base jsonb, p_changes jsonb) IS 'Takes a promotion in: changes against what was read before, all or nothing; base is what the next merge starts from';

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: override; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.override (
    override_id bigint NOT NULL,
    service text NOT NULL,
    method text DEFAULT ''::text NOT NULL,
    template text DEFAULT ''::text NOT NULL,
    operation text DEFAULT ''::text NOT NULL,
    direction smallint DEFAULT 0 NOT NULL,
    location smallint DEFAULT 0 NOT NULL,
    path text DEFAULT ''::text NOT NULL,
    property text NOT NULL,
    value text NOT NULL,
    reason text,
    origin text DEFAULT 'human'::text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT override_origin CHECK ((origin = ANY (ARRAY['human'::text, 'promoted'::text]))),
    CONSTRAINT override_property CHECK ((property ~ '^[a-z][a-z0-9_.]{0,60}$'::text)),
    CONSTRAINT override_value CHECK ((length(value) <= 4096))
);

ALTER TABLE yett.override OWNER TO yett_owner;

--
-- Name: TABLE override; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.override IS 'What people say, keyed by names that mean the same in every environment; beats what is learned, is never overwritten by it';

--
-- Name: COLUMN override.method; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.override.method IS 'empty, with template and operation: the whole service';

--
-- Name: COLUMN override.direction; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.override.direction IS '0 with location and path: the endpoint itself';

--
-- Name: COLUMN override.property; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.override.property IS 'class.NAME yes|no · field.ignore yes · auth none|any|KIND · name TEXT · owner TEXT · mode off|shadow|enforce · template keep|ignore · template.into TEMPLATE · template.split WORD ...';

--
-- Name: promotion_place(text, text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.promotion_place(p_kind text, p_words text[]) RETURNS yett.override
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	at yett.override;
	n integer := cardinality(p_words);
begin
	if n is distinct from (case p_kind when 'service' then 2 when 'endpoint' then 5
		when 'field' then 8 end)
	then
		raise exception 'no such fact: % %', p_kind, p_words
			using errcode = 'invalid_parameter_value';
	end if;
	at.service := p_words[1];
	at.property := p_words[n];
	at.method := case when n > 2 then p_words[2] else '' end;
	at.template := case when n > 2 then p_words[3] else '' end;
	at.operation := case when n > 2 then p_words[4] else '' end;
	at.direction := yett.direction_of(case when n = 8 then p_words[5] else '' end);
	at.location := yett.location_of(case when n = 8 then p_words[6] else '' end);
	at.path := case when n = 8 then p_words[7] else '' end;
	return at;
end
$$;

ALTER FUNCTION yett.promotion_place(p_kind text, p_words text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION promotion_place(p_kind text, p_words text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.promotion_place(p_kind text, p_words text[]) IS 'Key of an override from the words of a fact';

--
-- Name: promotion_set(text, text[], text, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.promotion_set(p_kind text, p_words text[], p_value text, p_reason text, p_origin text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
	at yett.override;
	team text[];
begin
	if p_kind = 'class' then
		perform yett.promotion_set_class(p_words[1], p_words[2], p_value);
		return;
	elsif p_kind = 'team' and p_value is null then
		perform yett.team_rule_remove(p_words[1], p_words[2]);
		return;
	elsif p_kind = 'team' then
		team := regexp_match(p_value, '^(.+) at ([0-9]{1,9})$');
		if team is null then
			raise exception 'no team and place: %', p_value
				using errcode = 'invalid_parameter_value';
		end if;
		perform yett.team_rule_put(p_words[1], p_words[2], team[1], team[2]::integer);
		return;
	end if;
	at := yett.promotion_place(p_kind, p_words);
	if p_value is null then
		perform yett.override_remove(at.service, at.method, at.template, at.operation,
			at.direction, at.location, at.path, at.property);
		return;
	end if;
	perform yett.override_put(at.service, at.method, at.template, at.operation,
		at.direction, at.location, at.path, at.property, p_value, p_reason, p_origin);
end
$_$;

ALTER FUNCTION yett.promotion_set(p_kind text, p_words text[], p_value text, p_reason text, p_origin text) OWNER TO yett_owner;

--
-- Name: FUNCTION promotion_set(p_kind text, p_words text[], p_value text, p_reason text, p_origin text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.promotion_set(p_kind text, p_words text[], p_value text, p_reason text, p_origin text) IS 'States a fact, or takes it back; checked as if a person had said it';

--
-- Name: promotion_set_class(text, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.promotion_set_class(p_name text, p_property text, p_value text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	class yett.data_class;
begin
	if exists (select from yett.data_class as d where d.name = p_name and d.builtin) then
		raise exception 'class % is built in here', p_name
			using errcode = 'object_not_in_prerequisite_state';
	end if;
	if p_value is null and p_property = 'title' then
		perform yett.data_class_remove(p_name);
		return;
	end if;
	if p_value is not null then
		insert into yett.data_class (name, title, enabled) values (p_name, p_name, false)
		on conflict on constraint data_class_pkey do nothing;
	end if;
	update yett.data_class as d set
		title = case p_property when 'title' then p_value else d.title end,
		groups = case p_property when 'groups'
			then coalesce(string_to_array(p_value, ','), '{}') else d.groups end,
		mask = case p_property when 'mask' then coalesce(p_value, 'token') else d.mask end,
		pattern = case p_property when 'pattern' then p_value else d.pattern end,
		validator = case p_property when 'validator' then p_value else d.validator end,
		names = case p_property when 'names'
			then coalesce(string_to_array(p_value, ','), '{}') else d.names end,
		enabled = d.enabled or p_property = 'title',
		changed_at = now(), changed_by = session_user
	where d.name = p_name;
	if p_property = 'title' then -- the last: the class is whole
		select * into class from yett.data_class as d where d.name = p_name;
		perform yett.data_class_put(p_name, class.title, class.groups, class.mask,
			class.pattern, class.validator, class.names);
	end if;
	perform pg_notify('yett_learn', 'class');
end
$$;

ALTER FUNCTION yett.promotion_set_class(p_name text, p_property text, p_value text) OWNER TO yett_owner;

--
-- Name: FUNCTION promotion_set_class(p_name text, p_property text, p_value text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.promotion_set_class(p_name text, p_property text, p_value text) IS 'One property of a class that people defined; null takes it away, of title the class';

--
-- Name: promotion_state(text, text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.promotion_state(p_kind text, p_words text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	at yett.override;
	now jsonb;
begin
	if p_kind = 'class' then
		select jsonb_build_object('value', case p_words[2] when 'title' then d.title
			when 'groups' then array_to_string(d.groups, ',') when 'mask' then d.mask
			when 'pattern' then d.pattern when 'validator' then d.validator
			when 'names' then array_to_string(d.names, ',') end)
		into now from yett.data_class as d
		where d.name = p_words[1] and not d.builtin and d.enabled;
		return case when now ->> 'value' <> '' then now end;
	elsif p_kind = 'team' then
		select jsonb_build_object('value', t.name || ' at ' || r.ordinal)
		into now from yett.team_rule as r
		join yett.team as t using (team_id)
		where r.host_pattern = p_words[1] and r.path_prefix = p_words[2];
		return now;
	end if;
	at := yett.promotion_place(p_kind, p_words);
	select jsonb_build_object('value', o.value, 'reason', o.reason, 'origin', o.origin)
	into now from yett.override as o
	where o.service = at.service and o.method = at.method and o.template = at.template
		and o.operation = at.operation and o.direction = at.direction
		and o.location = at.location and o.path = at.path and o.property = at.property;
	return now;
end
$$;

ALTER FUNCTION yett.promotion_state(p_kind text, p_words text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION promotion_state(p_kind text, p_words text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.promotion_state(p_kind text, p_words text[]) IS 'What is stated here about a fact: value, reason, origin; null: nothing';

--
-- Name: promotion_undo(bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.promotion_undo(p_promotion_id bigint DEFAULT NULL::bigint) RETURNS TABLE(promotion_id bigint, fact text, result text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	last yett.promotion;
	one jsonb;
	words text[];
	was jsonb;
begin
	lock table yett.override, yett.data_class, yett.team_rule in share row exclusive mode;
	select * into last from yett.promotion as p where p.undone_at is null
	order by p.promotion_id desc limit 1 for update;
	if last.promotion_id is null then
		raise exception 'there is no promotion to undo' using errcode = 'no_data_found';
	elsif last.promotion_id <> p_promotion_id then
		raise exception 'promotion % is not the last one, which is %', p_promotion_id,
			last.promotion_id using errcode = 'object_not_in_prerequisite_state',
			hint = 'undo the later ones first';
	end if;
	promotion_id := last.promotion_id;
	for one in
		select u.value from jsonb_array_elements(last.undo) with ordinality as u (value, i)
		order by u.value ->> 'kind' = 'class', u.value -> 'words' ->> 1 = 'title', u.i desc
	loop
		words := array(select w.value from jsonb_array_elements_text(one -> 'words')
			with ordinality as w (value, i) order by w.i);
		was := nullif(one -> 'before', 'null');
		fact := one ->> 'kind' || ' ' || array_to_string(array_remove(words, ''), ' ');
		if yett.promotion_state(one ->> 'kind', words) ->> 'value'
			is distinct from one ->> 'after'
		then
			result := 'left: changed since';
		else
			perform yett.promotion_set(one ->> 'kind', words, was ->> 'value',
				was ->> 'reason', coalesce(was ->> 'origin', 'human'));
			result := case when was is null then 'removed' else 'as it was' end;
		end if;
		return next;
	end loop;
	update yett.promotion as p set undone_at = now()
	where p.promotion_id = last.promotion_id;
	perform yett.audit_put('promotion_undo', last.promotion_id::text,
		jsonb_build_object('sha256', last.sha256));
end
$$;

ALTER FUNCTION yett.promotion_undo(p_promotion_id bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION promotion_undo(p_promotion_id bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.promotion_undo(p_promotion_id bigint) IS 'Takes the last promotion back, but for what was changed since';

--
-- Name: psi(double precision[], double precision[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.psi(p_before double precision[], p_after double precision[]) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select sum((a.share - b.share) * ln(a.share / b.share))
	from (select u.i, (u.n / nullif(sum(u.n) over (), 0) + 0.0005) / (1 + 0.0005 * count(*) over ()) as share
		from unnest(p_before) with ordinality as u (n, i)) as b
	join (select u.i, (u.n / nullif(sum(u.n) over (), 0) + 0.0005) / (1 + 0.0005 * count(*) over ()) as share
		from unnest(p_after) with ordinality as u (n, i)) as a using (i)
$$;

ALTER FUNCTION yett.psi(p_before double precision[], p_after double precision[]) OWNER TO yett_owner;

--
-- Name: FUNCTION psi(p_before double precision[], p_after double precision[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.psi(p_before double precision[], p_after double precision[]) IS 'How far two distributions over the same bins differ: 0.1 is some, 0.25 is much';

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
-- Name: recorder_children(integer[], integer[], text[], bigint[], bigint[], bytea[], bigint[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_children(p_endpoint_id integer[], p_segment integer[], p_word text[], p_requests bigint[], p_accepted bigint[], p_identities bytea[], p_shape bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_children(p_endpoint_id integer[], p_segment integer[], p_word text[], p_requests bigint[], p_accepted bigint[], p_identities bytea[], p_shape bigint[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_children(p_endpoint_id integer[], p_segment integer[], p_word text[], p_requests bigint[], p_accepted bigint[], p_identities bytea[], p_shape bigint[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_children(p_endpoint_id integer[], p_segment integer[], p_word text[], p_requests bigint[], p_accepted bigint[], p_identities bytea[], p_shape bigint[]) IS 'Adds values seen most at parameters; of each parameter those of the last day and the most seen ones are kept';

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
-- Name: recorder_links(text[], text[], timestamp with time zone[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_links(p_from text[], p_to text[], p_at timestamp with time zone[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	insert into yett.token_link (from_token, to_token, at)
	select u.f, u.t, min(u.at) from unnest(p_from, p_to, p_at) as u (f, t, at)
	where u.f <> u.t
	group by u.f, u.t
	order by u.f, u.t
	on conflict on constraint token_link_pkey do nothing
$$;

ALTER FUNCTION yett.recorder_links(p_from text[], p_to text[], p_at timestamp with time zone[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_links(p_from text[], p_to text[], p_at timestamp with time zone[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_links(p_from text[], p_to text[], p_at timestamp with time zone[]) IS 'Tokens of one value under the key before and after a rotation';

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
-- Name: recorder_observations(integer[], smallint[], smallint[], text[], timestamp with time zone[], timestamp with time zone[], bigint[], bigint[], bigint[], integer[], integer[], bigint[], bytea[], integer[], text[], bigint[], bigint[], bigint[], bigint[], integer[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_observations(p_endpoint_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_messages bigint[], p_present bigint[], p_values bigint[], p_types integer[], p_status_mask integer[], p_bytes_max bigint[], p_distinct bytea[], p_class_at integer[], p_class text[], p_hits bigint[], p_checked bigint[], p_certain bigint[], p_contained bigint[], p_prior integer[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_observations(p_endpoint_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_messages bigint[], p_present bigint[], p_values bigint[], p_types integer[], p_status_mask integer[], p_bytes_max bigint[], p_distinct bytea[], p_class_at integer[], p_class text[], p_hits bigint[], p_checked bigint[], p_certain bigint[], p_contained bigint[], p_prior integer[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_observations(p_endpoint_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_messages bigint[], p_present bigint[], p_values bigint[], p_types integer[], p_status_mask integer[], p_bytes_max bigint[], p_distinct bytea[], p_class_at integer[], p_class text[], p_hits bigint[], p_checked bigint[], p_certain bigint[], p_contained bigint[], p_prior integer[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_observations(p_endpoint_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_first_at timestamp with time zone[], p_last_at timestamp with time zone[], p_messages bigint[], p_present bigint[], p_values bigint[], p_types integer[], p_status_mask integer[], p_bytes_max bigint[], p_distinct bytea[], p_class_at integer[], p_class text[], p_hits bigint[], p_checked bigint[], p_certain bigint[], p_contained bigint[], p_prior integer[]) IS 'Adds what was seen of fields; class_at says which observation, from 1, a class belongs to';

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
-- Name: recorder_suspects(integer[], smallint[], smallint[], text[], text[], timestamp with time zone[], bigint[], bigint[], integer[], text[], text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.recorder_suspects(p_endpoint_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_class text[], p_at timestamp with time zone[], p_values bigint[], p_hits bigint[], p_score integer[], p_evidence text[], p_sample_id text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.recorder_suspects(p_endpoint_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_class text[], p_at timestamp with time zone[], p_values bigint[], p_hits bigint[], p_score integer[], p_evidence text[], p_sample_id text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION recorder_suspects(p_endpoint_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_class text[], p_at timestamp with time zone[], p_values bigint[], p_hits bigint[], p_score integer[], p_evidence text[], p_sample_id text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.recorder_suspects(p_endpoint_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_class text[], p_at timestamp with time zone[], p_values bigint[], p_hits bigint[], p_score integer[], p_evidence text[], p_sample_id text[]) IS 'Classes that fields have not had before, as a gateway sees it, with the score in tenths of a nat; what is judged already stays (a rejection for a day), and what a person said';

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
		released_at = coalesce(w.released_at, excluded.released_at);
	select yett.words_follow(p_token)
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
	perform yett.team_rules_apply();
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
	perform yett.team_rules_apply();
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
	insert into yett.service as s (name, team_id, team_by, origin)
	values (p_name, team, case when team is not null then 'human' end, 'human')
	on conflict on constraint service_name_key do update set
		team_id = coalesce(excluded.team_id, s.team_id),
		team_by = coalesce(excluded.team_by, s.team_by), origin = 'human'
	returning s.service_id into id;
	perform yett.team_rules_apply(array[id]);
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
	known yett.setting_number;
begin
	select * into known from yett.setting_number as n where n.key = p_key;
	if not found then
		perform yett.setting_check_policy(p_key, p_value);
		return;
	end if;
	if p_value !~ '^\d{1,18}$' or p_value::bigint not between known.low and known.high then
		raise exception '%: expected a number from % to % (%)', p_key, known.low, known.high,
			known.unit using errcode = 'invalid_parameter_value';
	end if;
end
$_$;

ALTER FUNCTION yett.setting_check(p_key text, p_value text) OWNER TO yett_owner;

--
-- Name: FUNCTION setting_check(p_key text, p_value text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.setting_check(p_key text, p_value text) IS 'Refuses settings that would keep a policy from being compiled, and numbers out of their range';

--
-- Name: setting_check_policy(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.setting_check_policy(p_key text, p_value text) RETURNS void
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

ALTER FUNCTION yett.setting_check_policy(p_key text, p_value text) OWNER TO yett_owner;

--
-- Name: FUNCTION setting_check_policy(p_key text, p_value text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.setting_check_policy(p_key text, p_value text) IS 'Refuses settings that would keep a policy from being compiled';

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
-- Name: shift_candidates(timestamp with time zone, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.shift_candidates(p_to timestamp with time zone, p_hours integer) RETURNS TABLE(endpoint_id integer, days bigint, requests double precision, requests_before double precision, status double precision[], status_before double precision[], class integer, change double precision, status_z double precision, size double precision, size_before double precision, size_z double precision)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.shift_candidates(p_to timestamp with time zone, p_hours integer) OWNER TO yett_owner;

--
-- Name: FUNCTION shift_candidates(p_to timestamp with time zone, p_hours integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.shift_candidates(p_to timestamp with time zone, p_hours integer) IS 'Endpoints whose statuses (class, else null) or mean size (size_z, else null) are further from the usual than chance allows';

--
-- Name: shift_put(text, timestamp with time zone, integer, text, text, jsonb); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.shift_put(p_kind text, p_now timestamp with time zone, p_endpoint_id integer, p_before text, p_after text, p_evidence jsonb) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.shift_put(p_kind text, p_now timestamp with time zone, p_endpoint_id integer, p_before text, p_after text, p_evidence jsonb) OWNER TO yett_owner;

--
-- Name: FUNCTION shift_put(p_kind text, p_now timestamp with time zone, p_endpoint_id integer, p_before text, p_after text, p_evidence jsonb); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.shift_put(p_kind text, p_now timestamp with time zone, p_endpoint_id integer, p_before text, p_after text, p_evidence jsonb) IS 'Notes a shift unless the same was told lately; over the day''s budget without alert';

--
-- Name: shift_samples(timestamp with time zone, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.shift_samples(p_to timestamp with time zone, p_hours integer) RETURNS TABLE(endpoint_id integer, sample integer, requests double precision, status double precision[], size double precision)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.shift_samples(p_to timestamp with time zone, p_hours integer) OWNER TO yett_owner;

--
-- Name: FUNCTION shift_samples(p_to timestamp with time zone, p_hours integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.shift_samples(p_to timestamp with time zone, p_hours integer) IS 'Answers of a window and of the same hours of four weeks before: 2xx to 5xx, and the mean size as a power of two';

--
-- Name: shift_tail(bigint); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.shift_tail(p_endpoints bigint) RETURNS double precision
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select yett.setting_number('learn.alerts_per_day')
		/ (24.0 * 2 * 5 * 2 * greatest(1, p_endpoints))
$$;

ALTER FUNCTION yett.shift_tail(p_endpoints bigint) OWNER TO yett_owner;

--
-- Name: FUNCTION shift_tail(p_endpoints bigint); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.shift_tail(p_endpoints bigint) IS 'Chance that one test of one endpoint may be wrong';

--
-- Name: size_octaves(bytea[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.size_octaves(p_packed bytea[]) RETURNS double precision[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select array_agg(o.n order by o.octave)
	from (
		select (u.bin - 1) / 32 as octave, sum(u.n)::double precision as n
		from unnest(yett.hist_bins(p_packed)) with ordinality as u (n, bin)
		group by 1
	) as o
$$;

ALTER FUNCTION yett.size_octaves(p_packed bytea[]) OWNER TO yett_owner;

--
-- Name: FUNCTION size_octaves(p_packed bytea[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.size_octaves(p_packed bytea[]) IS 'A histogram by powers of two';

--
-- Name: spec_endpoints(integer, bigint[], text[], text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.spec_endpoints(p_service_id integer, p_hash bigint[], p_method text[], p_template text[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.spec_endpoints(p_service_id integer, p_hash bigint[], p_method text[], p_template text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION spec_endpoints(p_service_id integer, p_hash bigint[], p_method text[], p_template text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.spec_endpoints(p_service_id integer, p_hash bigint[], p_method text[], p_template text[]) IS 'Makes the endpoints of a specification''s operations known';

--
-- Name: spec_fields_put(integer[], smallint[], smallint[], text[], integer[], boolean[], boolean[], integer[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.spec_fields_put(p_spec_operation_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_types integer[], p_required boolean[], p_open boolean[], p_line integer[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	insert into yett.spec_field (spec_operation_id, direction, location, path, types,
		required, open, line)
	select * from unnest(p_spec_operation_id, p_direction, p_location, p_path, p_types,
		p_required, p_open, p_line)
$$;

ALTER FUNCTION yett.spec_fields_put(p_spec_operation_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_types integer[], p_required boolean[], p_open boolean[], p_line integer[]) OWNER TO yett_owner;

--
-- Name: FUNCTION spec_fields_put(p_spec_operation_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_types integer[], p_required boolean[], p_open boolean[], p_line integer[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.spec_fields_put(p_spec_operation_id integer[], p_direction smallint[], p_location smallint[], p_path text[], p_types integer[], p_required boolean[], p_open boolean[], p_line integer[]) IS 'Fields of operations that spec_put has just taken in';

--
-- Name: spec_put(text, text, text, text, text, text, text[], text[], text[], text[], integer[], text[], boolean[], text[], text[], text[], text[], text[], bigint[], text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.spec_put(p_service text, p_name text, p_version text, p_format text, p_file text, p_sha256 text, p_base_paths text[], p_method text[], p_template text[], p_spec_path text[], p_line integer[], p_operation_id text[], p_deprecated boolean[], p_security text[], p_hints text[], p_statuses text[], p_request_types text[], p_response_types text[], p_hash bigint[], p_words text[]) RETURNS TABLE(spec_id integer, spec_operation_id integer, was text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
$_$;

ALTER FUNCTION yett.spec_put(p_service text, p_name text, p_version text, p_format text, p_file text, p_sha256 text, p_base_paths text[], p_method text[], p_template text[], p_spec_path text[], p_line integer[], p_operation_id text[], p_deprecated boolean[], p_security text[], p_hints text[], p_statuses text[], p_request_types text[], p_response_types text[], p_hash bigint[], p_words text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION spec_put(p_service text, p_name text, p_version text, p_format text, p_file text, p_sha256 text, p_base_paths text[], p_method text[], p_template text[], p_spec_path text[], p_line integer[], p_operation_id text[], p_deprecated boolean[], p_security text[], p_hints text[], p_statuses text[], p_request_types text[], p_response_types text[], p_hash bigint[], p_words text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.spec_put(p_service text, p_name text, p_version text, p_format text, p_file text, p_sha256 text, p_base_paths text[], p_method text[], p_template text[], p_spec_path text[], p_line integer[], p_operation_id text[], p_deprecated boolean[], p_security text[], p_hints text[], p_statuses text[], p_request_types text[], p_response_types text[], p_hash bigint[], p_words text[]) IS 'Takes a specification in, or in anew, as the current version of its name, and makes its endpoints and words known; lists inside of arrays are lines; returns the ids of its operations in their order';

--
-- Name: spec_remove(text, text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.spec_remove(p_service text, p_name text, p_version text DEFAULT NULL::text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.spec_remove(p_service text, p_name text, p_version text) OWNER TO yett_owner;

--
-- Name: FUNCTION spec_remove(p_service text, p_name text, p_version text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.spec_remove(p_service text, p_name text, p_version text) IS 'Takes back all versions of a specification, or one: it counts no more, neither as current nor as an earlier one; its row stays';

--
-- Name: status_text(double precision[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.status_text(p_status double precision[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select string_agg(u.i + 1 || 'xx ' || round(100 * u.n
		/ nullif((select sum(x) from unnest(p_status) as x), 0)) || ' %', ', ' order by u.i)
	from unnest(p_status) with ordinality as u (n, i) where u.n > 0
$$;

ALTER FUNCTION yett.status_text(p_status double precision[]) OWNER TO yett_owner;

--
-- Name: FUNCTION status_text(p_status double precision[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.status_text(p_status double precision[]) IS 'Shares of 2xx to 5xx in words';

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
-- Name: student_quantile(double precision, double precision); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.student_quantile(p_tail double precision, p_freedom double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select q.z + (power(q.z, 3) + q.z) / (4 * p_freedom)
		+ (5 * power(q.z, 5) + 16 * power(q.z, 3) + 3 * q.z) / (96 * p_freedom * p_freedom)
		+ (3 * power(q.z, 7) + 19 * power(q.z, 5) + 17 * power(q.z, 3) - 15 * q.z)
			/ (384 * power(p_freedom, 3))
	from (select yett.normal_quantile(p_tail) as z) as q
$$;

ALTER FUNCTION yett.student_quantile(p_tail double precision, p_freedom double precision) OWNER TO yett_owner;

--
-- Name: FUNCTION student_quantile(p_tail double precision, p_freedom double precision); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.student_quantile(p_tail double precision, p_freedom double precision) IS 'The same of Student''s distribution: few days say less of what is usual';

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
-- Name: team_rule_of(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.team_rule_of(p_service_id integer) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select r.team_id
	from yett.team_rule as r
	join yett.service as s on s.service_id = p_service_id
	where exists (
			select from yett.service_host as h
			where h.service_id = s.service_id
				and yett.host_matches(h.host_pattern, r.host_pattern)
				and yett.path_has_prefix(h.path_prefix, r.path_prefix))
		or (yett.host_matches(lower(s.name), r.host_pattern) and r.path_prefix = '/')
	order by r.ordinal, r.team_rule_id
	limit 1
$$;

ALTER FUNCTION yett.team_rule_of(p_service_id integer) OWNER TO yett_owner;

--
-- Name: FUNCTION team_rule_of(p_service_id integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.team_rule_of(p_service_id integer) IS 'The team that rules give a service, null for none';

--
-- Name: team_rule_of_endpoint(integer, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.team_rule_of_endpoint(p_service_id integer, p_template text) RETURNS integer
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select r.team_id
	from yett.team_rule as r
	join yett.service as s on s.service_id = p_service_id
	where r.path_prefix <> '/' and yett.path_has_prefix(p_template, r.path_prefix)
		and (yett.host_matches(lower(s.name), r.host_pattern) or exists (
			select from yett.service_host as h
			where h.service_id = s.service_id
				and yett.host_matches(h.host_pattern, r.host_pattern)))
	order by r.ordinal, r.team_rule_id
	limit 1
$$;

ALTER FUNCTION yett.team_rule_of_endpoint(p_service_id integer, p_template text) OWNER TO yett_owner;

--
-- Name: FUNCTION team_rule_of_endpoint(p_service_id integer, p_template text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.team_rule_of_endpoint(p_service_id integer, p_template text) IS 'The team that a rule with a path prefix gives an endpoint, null for none';

--
-- Name: team_rule_put(text, text, text, integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.team_rule_put(p_host_pattern text, p_path_prefix text, p_team text, p_ordinal integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
declare
	id integer;
begin
	if lower(p_host_pattern) !~ '^([*]|([*][.])?[]a-z0-9._:[-]{1,253})$' then
		raise exception 'host "%": expected a host, *.example.com or *', p_host_pattern
			using errcode = 'invalid_parameter_value';
	end if;
	if p_path_prefix !~ '^/[^[:space:][:cntrl:]]*$' then
		raise exception 'prefix "%": a path prefix starts with / and has no blanks', p_path_prefix
			using errcode = 'invalid_parameter_value';
	end if;
	insert into yett.team_rule as r (ordinal, host_pattern, path_prefix, team_id)
	values (coalesce(p_ordinal, (select coalesce(max(x.ordinal), 0) + 10
		from yett.team_rule as x)), lower(p_host_pattern), p_path_prefix, yett.team_put(p_team))
	on conflict on constraint team_rule_key do update set
		ordinal = coalesce(p_ordinal, r.ordinal), team_id = excluded.team_id
	returning r.team_rule_id into id;
	perform yett.audit_put('team_rule_put', p_team, jsonb_build_object(
		'host', p_host_pattern, 'prefix', p_path_prefix, 'ordinal', p_ordinal,
		'services', yett.team_rules_apply()));
	return id;
end
$_$;

ALTER FUNCTION yett.team_rule_put(p_host_pattern text, p_path_prefix text, p_team text, p_ordinal integer) OWNER TO yett_owner;

--
-- Name: FUNCTION team_rule_put(p_host_pattern text, p_path_prefix text, p_team text, p_ordinal integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.team_rule_put(p_host_pattern text, p_path_prefix text, p_team text, p_ordinal integer) IS 'Says which team answers for a host pattern and path prefix; without ordinal: last; the first match wins';

--
-- Name: team_rule_remove(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.team_rule_remove(p_host_pattern text, p_path_prefix text DEFAULT '/'::text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
	delete from yett.team_rule as r
	where r.host_pattern = lower(p_host_pattern) and r.path_prefix = p_path_prefix;
	if not found then
		return false;
	end if;
	perform yett.audit_put('team_rule_remove', p_host_pattern, jsonb_build_object(
		'prefix', p_path_prefix, 'services', yett.team_rules_apply()));
	return true;
end
$$;

ALTER FUNCTION yett.team_rule_remove(p_host_pattern text, p_path_prefix text) OWNER TO yett_owner;

--
-- Name: FUNCTION team_rule_remove(p_host_pattern text, p_path_prefix text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.team_rule_remove(p_host_pattern text, p_path_prefix text) IS 'Takes a team rule away; false if there was none';

--
-- Name: team_rules_apply(integer[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.team_rules_apply(p_service_id integer[] DEFAULT NULL::integer[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	changed integer;
begin
	update yett.service as s
	set team_id = u.team_id, team_by = case when u.team_id is not null then 'rule' end
	from (
		select x.service_id, yett.team_rule_of(x.service_id) as team_id
		from yett.service as x
		where x.team_by is distinct from 'human'
			and (p_service_id is null or x.service_id = any (p_service_id))
	) as u
	where s.service_id = u.service_id and s.team_id is distinct from u.team_id;
	get diagnostics changed = row_count;
	return changed;
end
$$;

ALTER FUNCTION yett.team_rules_apply(p_service_id integer[]) OWNER TO yett_owner;

--
-- Name: FUNCTION team_rules_apply(p_service_id integer[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.team_rules_apply(p_service_id integer[]) IS 'Gives services, or all, the team that rules say, but where a person said one; how many changed';

--
-- Name: template_covers(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.template_covers(p_by text, p_template text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select bool_and(t.part is not null and b.part is not null and (t.part = b.part
		or (b.part like '%{%' and b.part not like '%{~%')))
	from string_to_table(p_by, '/') with ordinality as b (part, n)
	full join string_to_table(p_template, '/') with ordinality as t (part, n) using (n)
$$;

ALTER FUNCTION yett.template_covers(p_by text, p_template text) OWNER TO yett_owner;

--
-- Name: FUNCTION template_covers(p_by text, p_template text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.template_covers(p_by text, p_template text) IS 'Whether one template takes the paths of another: as many segments, each the same or a parameter';

--
-- Name: template_has_parameter(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.template_has_parameter(p_template text, p_segment text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select count(*) filter (where t.part like '%{%') = 1 or p_segment <> ''
	from string_to_table(p_template, '/') with ordinality as t (part, n)
	where p_segment in ('', (t.n - 2)::text)
	having count(*) filter (where t.part like '%{%') > 0
$$;

ALTER FUNCTION yett.template_has_parameter(p_template text, p_segment text) OWNER TO yett_owner;

--
-- Name: FUNCTION template_has_parameter(p_template text, p_segment text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.template_has_parameter(p_template text, p_segment text) IS 'Whether the segment of a template, from 0, is a parameter; without one, whether there is one parameter only';

--
-- Name: template_parameters(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.template_parameters(p_template text) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select array_agg(s.n::integer order by s.n)
	from string_to_table(p_template, '/') with ordinality as s (segment, n)
	where s.segment ~ '\{[^~]'
$$;

ALTER FUNCTION yett.template_parameters(p_template text) OWNER TO yett_owner;

--
-- Name: FUNCTION template_parameters(p_template text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.template_parameters(p_template text) IS 'Segments of a template that hold its parameters, in their order';

--
-- Name: template_proposal_accept(text, text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.template_proposal_accept(p_hash text, p_reason text DEFAULT NULL::text) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	one yett.template_proposal;
	member record;
	new text[];
	old text[];
	words text;
	said integer := 0;
begin
	select * into one from yett.template_proposal as p
	where lpad(to_hex(p.hash), 16, '0') = p_hash and p.state = 'proposed'
	order by p.mature desc limit 1;
	if not found then
		raise exception 'there is no proposal %', p_hash using errcode = 'no_data_found';
	end if;
	new := string_to_array(one.template, '/');
	for member in
		select e.endpoint_id, e.template from yett.endpoint as e
		where e.hash = any (one.members) and e.merged_into_id is null
		order by e.endpoint_id
	loop
		if one.kind = 'merge' and member.template <> one.template then
			perform yett.endpoint_say(member.endpoint_id, 'template.into', one.template,
				p_reason);
			said := said + 1;
		end if;
		continue when one.kind = 'merge';
		old := string_to_array(member.template, '/');
		for i in 2 .. cardinality(old) loop -- the place that has a word of its own then
			continue when old[i] = new[i];
			select o.value into words from yett.override as o
			where o.service = one.service and o.method = one.method
				and o.template = member.template
				and o.operation = coalesce(one.operation, '')
				and o.property = 'template.split' and o.path = (i - 2)::text;
			if new[i] = any (string_to_array(words, ' ')) is not true then
				perform yett.endpoint_say(member.endpoint_id, 'template.split',
					concat_ws(' ', words, new[i]), p_reason, (i - 2)::text);
			end if;
			said := said + 1;
		end loop;
	end loop;
	return said;
end
$$;

ALTER FUNCTION yett.template_proposal_accept(p_hash text, p_reason text) OWNER TO yett_owner;

--
-- Name: FUNCTION template_proposal_accept(p_hash text, p_reason text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.template_proposal_accept(p_hash text, p_reason text) IS 'What a proposal of the learner of templates wants, said by a person; how many endpoints it concerns';

--
-- Name: template_released(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.template_released(p_template text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	word record;
	released text := p_template;
begin
	if p_template not like '%{~%' then
		return p_template;
	end if;
	for word in
		select w.token, w.released_text
		from regexp_matches(p_template, '\{~([^{}]+)\}', 'g') as m
		join yett.undecided_word as w on w.token = m[1]
		where w.released_text is not null
	loop
		released := replace(released, '{~' || word.token || '}', word.released_text);
	end loop;
	return released;
end
$$;

ALTER FUNCTION yett.template_released(p_template text) OWNER TO yett_owner;

--
-- Name: FUNCTION template_released(p_template text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.template_released(p_template text) IS 'A template with the words that were released since it was seen';

--
-- Name: template_show(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.template_show(p_template text) RETURNS text
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
	word record;
	shown text := yett.template_released(p_template);
begin
	if shown not like '%{~%' then
		return shown;
	end if;
	for word in
		select m[1] as token, (
			select w.shape from yett.undecided_word as w where w.token = m[1]
		) as shape
		from regexp_matches(shown, '\{~([^{}]+)\}', 'g') as m
	loop
		shown := replace(shown, '{~' || word.token || '}',
			'{?' || coalesce(regexp_replace(word.shape, '^[a-z]+:', ''), '') || '}');
	end loop;
	return shown;
end
$$;

ALTER FUNCTION yett.template_show(p_template text) OWNER TO yett_owner;

--
-- Name: FUNCTION template_show(p_template text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.template_show(p_template text) IS 'A template or label for people: words that were not released stand as {?length:shape}';

--
-- Name: token_links_follow(); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.token_links_follow() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.token_links_follow() OWNER TO yett_owner;

--
-- Name: FUNCTION token_links_follow(); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.token_links_follow() IS 'Trigger: what is known under older tokens goes on under the newer ones';

--
-- Name: token_newest(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.token_newest(p_token text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	with recursive later (token, depth) as (
		values (p_token, 0)
		union
		select l.to_token, t.depth + 1
		from later as t join yett.token_link as l on l.from_token = t.token
		where t.depth < 100 -- more rotations than a key file has room for
	)
	select token from later order by depth desc, token limit 1
$$;

ALTER FUNCTION yett.token_newest(p_token text) OWNER TO yett_owner;

--
-- Name: FUNCTION token_newest(p_token text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.token_newest(p_token text) IS 'The token that a value has now, as far as links tell; the token itself without one';

--
-- Name: token_same(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.token_same(p_token text) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.token_same(p_token text) OWNER TO yett_owner;

--
-- Name: FUNCTION token_same(p_token text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.token_same(p_token text) IS 'All tokens that one value has had, this one included';

--
-- Name: tokens_renew(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.tokens_renew(p_text text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.tokens_renew(p_text text) OWNER TO yett_owner;

--
-- Name: FUNCTION tokens_renew(p_text text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.tokens_renew(p_text text) IS 'A path or template with the newest tokens in it';

--
-- Name: type_names(integer); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.type_names(p_types integer) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select coalesce(array_agg(t.name order by t.i), '{}')
	from unnest(array['string', 'integer', 'fraction', 'boolean', 'null', 'file'])
		with ordinality as t (name, i)
	where p_types & (1 << (t.i::integer - 1)) <> 0
$$;

ALTER FUNCTION yett.type_names(p_types integer) OWNER TO yett_owner;

--
-- Name: FUNCTION type_names(p_types integer); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.type_names(p_types integer) IS 'The bits of a field''s types as words';

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

--
-- Name: wilson(double precision, double precision, double precision); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.wilson(p_hits double precision, p_of double precision, p_z double precision DEFAULT 1.96, OUT low double precision, OUT high double precision) RETURNS record
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case when p_of > 0 then greatest(0, (p.share + p.zz / 2 - p.half) / (1 + p.zz)) end,
		case when p_of > 0 then least(1, (p.share + p.zz / 2 + p.half) / (1 + p.zz)) end
	from (
		select s.share, z.zz, sqrt(s.share * (1 - s.share) * z.zz + z.zz * z.zz / 4) as half
		from (select p_hits / nullif(p_of, 0) as share) as s,
			(select p_z * p_z / nullif(p_of, 0) as zz) as z
	) as p
$$;

ALTER FUNCTION yett.wilson(p_hits double precision, p_of double precision, p_z double precision, OUT low double precision, OUT high double precision) OWNER TO yett_owner;

--
-- Name: FUNCTION wilson(p_hits double precision, p_of double precision, p_z double precision, OUT low double precision, OUT high double precision); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.wilson(p_hits double precision, p_of double precision, p_z double precision, OUT low double precision, OUT high double precision) IS 'Wilson bounds of a share; null without any';

--
-- Name: word_shape(text); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.word_shape(p_word text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
	select octet_length(p_word) || ':' || left(regexp_replace(regexp_replace(regexp_replace(
		regexp_replace(p_word, '[a-z]+', 'a', 'g'), '[A-Z]+', 'A', 'g'),
		'[0-9]+', '9', 'g'), '([^aA9])\1+', '\1', 'g'), 24)
$$;

ALTER FUNCTION yett.word_shape(p_word text) OWNER TO yett_owner;

--
-- Name: FUNCTION word_shape(p_word text); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.word_shape(p_word text) IS 'Length and shape of a word, as gateways tell them of one that they may not tell';

--
-- Name: words_follow(text[]); Type: FUNCTION; Schema: yett; Owner: yett_owner
--

CREATE FUNCTION yett.words_follow(p_token text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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

ALTER FUNCTION yett.words_follow(p_token text[]) OWNER TO yett_owner;

--
-- Name: FUNCTION words_follow(p_token text[]); Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON FUNCTION yett.words_follow(p_token text[]) IS 'Fields, values of parameters and what people said of them go on under the words that were released';

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
-- Name: change; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.change (
    change_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    service text NOT NULL,
    label text NOT NULL,
    endpoint_id integer,
    field_id integer,
    class text,
    before text,
    after text,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    severity text NOT NULL,
    alert boolean NOT NULL,
    disposition text,
    key text NOT NULL,
    CONSTRAINT change_disposition CHECK ((disposition = ANY (ARRAY['true'::text, 'false'::text, 'benign'::text]))),
    CONSTRAINT change_severity CHECK ((severity = ANY (ARRAY['info'::text, 'low'::text, 'medium'::text, 'high'::text, 'critical'::text])))
);

ALTER TABLE yett.change OWNER TO yett_owner;

--
-- Name: TABLE change; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.change IS 'What changed in the APIs, with redacted evidence; kept for good';

--
-- Name: COLUMN change.label; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.change.label IS 'of the endpoint when it happened';

--
-- Name: COLUMN change.key; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.change.key IS 'what makes it the same change: one row however many gateways saw it';

--
-- Name: data_class; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.data_class (
    name text NOT NULL,
    title text NOT NULL,
    groups text[] DEFAULT '{}'::text[] NOT NULL,
    mask text DEFAULT 'token'::text NOT NULL,
    builtin boolean DEFAULT false NOT NULL,
    pattern text,
    validator text,
    names text[] DEFAULT '{}'::text[] NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT data_class_groups CHECK ((groups <@ ARRAY['pci'::text, 'pii'::text, 'credential'::text, 'health'::text, 'financial'::text, 'custom'::text])),
    CONSTRAINT data_class_mask CHECK ((mask = ANY (ARRAY['token'::text, 'last4'::text, 'year'::text, 'shape'::text, 'nothing'::text]))),
    CONSTRAINT data_class_name CHECK ((name ~ '^[a-z][a-z0-9_]{0,23}$'::text)),
    CONSTRAINT data_class_pattern CHECK (((length(pattern) >= 1) AND (length(pattern) <= 1000)))
);

ALTER TABLE yett.data_class OWNER TO yett_owner;

--
-- Name: TABLE data_class; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.data_class IS 'Classes of data: built in, and those that a customer defines';

--
-- Name: COLUMN data_class.mask; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.data_class.mask IS 'how a value is shown as evidence';

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
-- Name: field; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.field (
    field_id integer NOT NULL,
    endpoint_id integer NOT NULL,
    messages bigint DEFAULT 0 NOT NULL,
    present bigint DEFAULT 0 NOT NULL,
    "values" bigint DEFAULT 0 NOT NULL,
    bytes_max bigint DEFAULT 0 NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    types integer DEFAULT 0 NOT NULL,
    status_mask integer DEFAULT 0 NOT NULL,
    direction smallint NOT NULL,
    location smallint NOT NULL,
    path text NOT NULL,
    "distinct" bytea,
    CONSTRAINT field_direction CHECK ((direction = ANY (ARRAY[1, 2]))),
    CONSTRAINT field_location CHECK (((location >= 1) AND (location <= 5))),
    CONSTRAINT field_path CHECK (((octet_length(path) >= 1) AND (octet_length(path) <= 1024)))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.05');

ALTER TABLE yett.field OWNER TO yett_owner;

--
-- Name: TABLE field; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.field IS 'Fields of requests and responses that were looked at; a row goes only when its endpoint is found to be one that has the field as well';

--
-- Name: COLUMN field.messages; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field.messages IS 'messages of the endpoint and direction that were looked at since the field was first seen';

--
-- Name: COLUMN field.present; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field.present IS 'messages with the field';

--
-- Name: COLUMN field."values"; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field."values" IS 'values that were neither null nor empty; an array gives several a message';

--
-- Name: COLUMN field.types; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field.types IS 'bits: 1 string, 2 integer, 4 fraction, 8 boolean, 16 null, 32 file';

--
-- Name: COLUMN field.status_mask; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field.status_mask IS 'bit per status class of the answers';

--
-- Name: COLUMN field.direction; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field.direction IS '1 request, 2 response';

--
-- Name: COLUMN field.location; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field.location IS '1 body, 2 query, 3 path, 4 header, 5 cookie';

--
-- Name: COLUMN field.path; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field.path IS 'names joined by dots, [] for array levels, {key} for the names of a map, {~token} for undecided names; in a path the number of the parameter';

--
-- Name: COLUMN field."distinct"; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field."distinct" IS 'distinct values as lib/sketch packs them';

--
-- Name: service; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.service (
    service_id integer NOT NULL,
    name text NOT NULL,
    team_id integer,
    origin text DEFAULT 'learned'::text NOT NULL,
    first_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    team_by text,
    CONSTRAINT service_name CHECK (((name <> ''::text) AND (length(name) <= 300))),
    CONSTRAINT service_origin CHECK ((origin = ANY (ARRAY['learned'::text, 'spec'::text, 'human'::text]))),
    CONSTRAINT service_team_by CHECK ((team_by = ANY (ARRAY['human'::text, 'rule'::text])))
);

ALTER TABLE yett.service OWNER TO yett_owner;

--
-- Name: TABLE service; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.service IS 'A group of hosts and path prefixes with a name; team stands here and nowhere else';

--
-- Name: COLUMN service.team_by; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.service.team_by IS 'who gave the team: a person, whom no rule overrules, or a rule';

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
-- Name: change; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.change AS
 SELECT c.change_id,
    c.at,
    c.kind,
    c.service,
    t.name AS team,
    c.label,
    COALESCE(e.merged_into_id, e.endpoint_id) AS endpoint_id,
    c.field_id,
    yett.direction_name(f.direction) AS direction,
    yett.location_name(f.location) AS location,
    f.path,
    c.class,
    d.title,
    c.before,
    c.after,
    c.evidence,
    c.severity,
    c.alert,
    c.disposition,
    c.key
   FROM (((((yett.change c
     LEFT JOIN yett.endpoint e USING (endpoint_id))
     LEFT JOIN yett.field f USING (field_id))
     LEFT JOIN yett.data_class d ON ((d.name = c.class)))
     LEFT JOIN yett.service v ON ((v.name = c.service)))
     LEFT JOIN yett.team t USING (team_id));

ALTER TABLE report.change OWNER TO yett_owner;

--
-- Name: VIEW change; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.change IS 'What changed in the APIs, with redacted evidence; give a range of at';

--
-- Name: change_policy; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.change_policy (
    kind text NOT NULL,
    class_group text DEFAULT ''::text NOT NULL,
    severity text NOT NULL,
    alert boolean NOT NULL,
    doc text NOT NULL,
    CONSTRAINT change_policy_severity CHECK ((severity = ANY (ARRAY['info'::text, 'low'::text, 'medium'::text, 'high'::text, 'critical'::text])))
);

ALTER TABLE yett.change_policy OWNER TO yett_owner;

--
-- Name: TABLE change_policy; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.change_policy IS 'How severe each kind of change is and whether it is an alert; for class kinds by group, the most severe counts';

--
-- Name: change_policy; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.change_policy AS
 SELECT p.kind,
    p.class_group,
    p.severity,
    p.alert,
    COALESCE(NULLIF(p.doc, ''::text), ( SELECT x.doc
           FROM yett.change_policy x
          WHERE ((x.kind = p.kind) AND (x.class_group = ''::text)))) AS doc
   FROM yett.change_policy p;

ALTER TABLE report.change_policy OWNER TO yett_owner;

--
-- Name: VIEW change_policy; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.change_policy IS 'How severe each kind of change is and whether it is an alert';

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
-- Name: data_class; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.data_class AS
 SELECT c.name AS class,
    c.title,
    c.groups,
    c.mask,
    c.builtin,
    c.pattern,
    c.validator,
    c.names,
    c.enabled,
    c.changed_at,
    c.changed_by
   FROM yett.data_class c;

ALTER TABLE report.data_class OWNER TO yett_owner;

--
-- Name: VIEW data_class; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.data_class IS 'Classes of data';

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
-- Name: endpoint_decision; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.endpoint_decision AS
 SELECT o.service,
    o.method,
    o.template,
    o.operation,
    max(o.value) FILTER (WHERE (o.property = 'name'::text)) AS name,
    max(o.value) FILTER (WHERE (o.property = 'owner'::text)) AS owner,
    max(o.value) FILTER (WHERE (o.property = 'auth'::text)) AS auth,
    max(o.value) FILTER (WHERE (o.property = 'mode'::text)) AS mode,
    max(o.value) FILTER (WHERE (o.property = 'template'::text)) AS template_decision,
    max(o.value) FILTER (WHERE (o.property = 'template.into'::text)) AS template_into,
    string_agg(o.value, ' '::text ORDER BY (o.path COLLATE "C")) FILTER (WHERE (o.property = 'template.split'::text)) AS template_split
   FROM yett.override o
  WHERE (o.location = 0)
  GROUP BY o.service, o.method, o.template, o.operation;

ALTER TABLE report.endpoint_decision OWNER TO yett_owner;

--
-- Name: VIEW endpoint_decision; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.endpoint_decision IS 'What people say of endpoints, and of services (without method and template)';

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
-- Name: team_rule; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.team_rule (
    team_rule_id integer NOT NULL,
    ordinal integer NOT NULL,
    host_pattern text NOT NULL,
    path_prefix text DEFAULT '/'::text NOT NULL,
    team_id integer NOT NULL,
    CONSTRAINT team_rule_prefix CHECK ((path_prefix ~~ '/%'::text))
);

ALTER TABLE yett.team_rule OWNER TO yett_owner;

--
-- Name: TABLE team_rule; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.team_rule IS 'Which team answers for services of a host and path prefix, new ones as well; the first match wins';

--
-- Name: COLUMN team_rule.host_pattern; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.team_rule.host_pattern IS 'exact host, *.example.com or *';

--
-- Name: endpoint; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.endpoint AS
 SELECT e.endpoint_id,
    lpad(to_hex(e.hash), 16, '0'::text) AS hash,
    COALESCE(s.name, '(not described yet)'::text) AS service,
    COALESCE(rt.name, t.name) AS team,
    ( SELECT i.environment
           FROM yett.installation i) AS environment,
    e.method,
    e.template,
    e.operation,
    e.label,
    COALESCE(d.mode, ds.mode, e.mode) AS mode,
    e.provisional,
    e.origin,
    e.first_seen_at,
    GREATEST(e.last_seen_at, o.last_at) AS last_seen_at,
    d.name,
    COALESCE(d.owner, ds.owner) AS owner,
    COALESCE(d.auth, ds.auth) AS auth,
    COALESCE((d.template_decision = 'ignore'::text), false) AS ignored,
    COALESCE((d.template_decision = 'keep'::text), false) AS pinned
   FROM ((((((yett.endpoint e
     LEFT JOIN yett.service s USING (service_id))
     LEFT JOIN yett.team t USING (team_id))
     LEFT JOIN yett.team rt ON ((rt.team_id =
        CASE
            WHEN (EXISTS ( SELECT
               FROM yett.team_rule r
              WHERE (r.path_prefix <> '/'::text))) THEN yett.team_rule_of_endpoint(e.service_id, e.template)
            ELSE NULL::integer
        END)))
     LEFT JOIN ( SELECT h.endpoint_id,
            max(h.last_at) AS last_at
           FROM part.endpoint_hour_open h
          GROUP BY h.endpoint_id) o USING (endpoint_id))
     LEFT JOIN report.endpoint_decision d ON (((d.service = s.name) AND (d.method = e.method) AND (d.template = e.template) AND (d.operation = COALESCE(e.operation, ''::text)))))
     LEFT JOIN report.endpoint_decision ds ON (((ds.service = s.name) AND (ds.method = ''::text) AND (ds.template = ''::text) AND (ds.operation = ''::text))))
  WHERE (e.merged_into_id IS NULL);

ALTER TABLE report.endpoint OWNER TO yett_owner;

--
-- Name: VIEW endpoint; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.endpoint IS 'Inventory without figures; merged endpoints left out';

--
-- Name: field_decision; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.field_decision AS
 SELECT x.field_id,
    v.property,
    v.value
   FROM (((yett.override v
     JOIN yett.service s ON ((s.name = v.service)))
     JOIN yett.endpoint e ON (((e.service_id = s.service_id) AND (e.method = v.method) AND (e.template = v.template) AND (COALESCE(e.operation, ''::text) = v.operation))))
     JOIN yett.field x ON (((x.endpoint_id = e.endpoint_id) AND (x.direction = v.direction) AND (x.location = v.location) AND (x.path = v.path))))
  WHERE (v.location <> 0);

ALTER TABLE report.field_decision OWNER TO yett_owner;

--
-- Name: VIEW field_decision; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.field_decision IS 'What people say of fields that were seen: class.NAME yes or no, field.ignore yes';

--
-- Name: field_class; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.field_class (
    field_id integer NOT NULL,
    class text NOT NULL,
    hits bigint DEFAULT 0 NOT NULL,
    checked bigint DEFAULT 0 NOT NULL,
    certain bigint DEFAULT 0 NOT NULL,
    contained bigint DEFAULT 0 NOT NULL,
    prior integer DEFAULT 0 NOT NULL,
    state text DEFAULT 'seen'::text NOT NULL,
    score real,
    evidence text,
    suspected_at timestamp with time zone,
    judged_at timestamp with time zone,
    evidence_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT field_class_evidence CHECK ((length(evidence) <= 1000)),
    CONSTRAINT field_class_state CHECK ((state = ANY (ARRAY['seen'::text, 'suspected'::text, 'contains'::text, 'confirmed'::text, 'rejected'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.05');

ALTER TABLE yett.field_class OWNER TO yett_owner;

--
-- Name: TABLE field_class; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.field_class IS 'What speaks for a class in a field, over all gateways, and the verdict';

--
-- Name: COLUMN field_class.prior; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field_class.prior IS 'what the names around say: tenths of a nat';

--
-- Name: COLUMN field_class.state; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field_class.state IS 'seen: undecided; suspected: by a gateway; contains, confirmed, rejected: by the compiler on the merged view';

--
-- Name: COLUMN field_class.score; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field_class.score IS 'posterior log-odds in nats';

--
-- Name: COLUMN field_class.evidence; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field_class.evidence IS 'masked values as the class has it';

--
-- Name: COLUMN field_class.evidence_at; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field_class.evidence_at IS 'when counts grew last, by the clock of this server: later than judged_at means judge again';

--
-- Name: field_class; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.field_class AS
 SELECT field_id,
    class,
    c.title,
    c.groups,
    COALESCE(f.state, 'seen'::text) AS state,
    o.said,
    ((i.field_id IS NULL) AND COALESCE((o.said = 'yes'::text), (f.state = ANY (ARRAY['confirmed'::text, 'contains'::text])), false)) AS in_force,
    ((i.field_id IS NULL) AND (o.said IS NULL) AND COALESCE((f.state = 'suspected'::text), false)) AS suspected,
    COALESCE(f.hits, (0)::bigint) AS hits,
    COALESCE(f.checked, (0)::bigint) AS checked,
    COALESCE(f.certain, (0)::bigint) AS certain,
    COALESCE(f.contained, (0)::bigint) AS contained,
    COALESCE(f.prior, 0) AS prior,
    f.score,
    f.evidence,
    f.suspected_at,
    f.judged_at
   FROM (((yett.field_class f
     FULL JOIN ( SELECT d.field_id,
            substr(d.property, 7) AS class,
            d.value AS said
           FROM report.field_decision d
          WHERE (d.property ~~ 'class.%'::text)) o USING (field_id, class))
     JOIN yett.data_class c ON (((c.name = class) AND c.enabled)))
     LEFT JOIN ( SELECT d.field_id
           FROM report.field_decision d
          WHERE (d.property = 'field.ignore'::text)) i USING (field_id));

ALTER TABLE report.field_class OWNER TO yett_owner;

--
-- Name: VIEW field_class; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.field_class IS 'What speaks for a class in a field, what the compiler made of it, what a person said, and what is in force: nothing in a field that is ignored';

--
-- Name: endpoint_class; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.endpoint_class AS
 SELECT f.endpoint_id,
    e.service,
    e.team,
    e.label,
    yett.direction_name(f.direction) AS direction,
    c.class,
    c.title,
    c.groups,
    bool_or(c.in_force) AS in_force,
    count(*) AS fields,
    array_agg(f.path ORDER BY (f.path COLLATE "C")) AS paths,
    min(c.suspected_at) AS suspected_at
   FROM ((report.field_class c
     JOIN yett.field f USING (field_id))
     JOIN report.endpoint e USING (endpoint_id))
  WHERE (c.in_force OR c.suspected)
  GROUP BY f.endpoint_id, e.service, e.team, e.label, f.direction, c.class, c.title, c.groups;

ALTER TABLE report.endpoint_class OWNER TO yett_owner;

--
-- Name: VIEW endpoint_class; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.endpoint_class IS 'Classes of each endpoint and direction, in force or else suspected, with the fields';

--
-- Name: endpoint_spec; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.endpoint_spec (
    endpoint_id integer NOT NULL,
    spec_operation_id integer NOT NULL
);

ALTER TABLE yett.endpoint_spec OWNER TO yett_owner;

--
-- Name: TABLE endpoint_spec; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.endpoint_spec IS 'Which operations of current specifications an endpoint is, as the last comparison found';

--
-- Name: spec; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.spec (
    spec_id integer NOT NULL,
    service text NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
    format text NOT NULL,
    file text NOT NULL,
    sha256 text NOT NULL,
    base_paths text[] DEFAULT '{}'::text[] NOT NULL,
    imported_at timestamp with time zone DEFAULT now() NOT NULL,
    imported_by text DEFAULT SESSION_USER NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT spec_format CHECK ((format = ANY (ARRAY['openapi-3.1'::text, 'openapi-3.0'::text, 'swagger-2.0'::text])))
);

ALTER TABLE yett.spec OWNER TO yett_owner;

--
-- Name: TABLE spec; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.spec IS 'Specifications as imported; the latest import of a name is its current version';

--
-- Name: COLUMN spec.retired_at; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.spec.retired_at IS 'a later version has replaced it, or a person has';

--
-- Name: spec_operation; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.spec_operation (
    spec_operation_id integer NOT NULL,
    spec_id integer NOT NULL,
    method text NOT NULL,
    template text NOT NULL,
    spec_path text NOT NULL,
    line integer NOT NULL,
    operation_id text,
    deprecated boolean DEFAULT false NOT NULL,
    security text[] DEFAULT '{}'::text[] NOT NULL,
    statuses text[] DEFAULT '{}'::text[] NOT NULL,
    request_types text[] DEFAULT '{}'::text[] NOT NULL,
    response_types text[] DEFAULT '{}'::text[] NOT NULL,
    hints text[] DEFAULT '{}'::text[] NOT NULL
);

ALTER TABLE yett.spec_operation OWNER TO yett_owner;

--
-- Name: TABLE spec_operation; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.spec_operation IS 'Operations of a specification; template in the grammar of endpoints, with the base path, parameters typed';

--
-- Name: COLUMN spec_operation.hints; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.spec_operation.hints IS 'by number of the path''s segment: =a|b one of these values, ~report.* mixed text, nothing';

--
-- Name: endpoint_spec; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.endpoint_spec AS
 SELECT x.endpoint_id,
    o.spec_operation_id,
    s.spec_id,
    s.service,
    s.name AS spec,
    s.version,
    s.file,
    o.line,
    o.method,
    o.spec_path,
    o.operation_id,
    o.deprecated
   FROM ((yett.endpoint_spec x
     JOIN yett.spec_operation o USING (spec_operation_id))
     JOIN yett.spec s USING (spec_id));

ALTER TABLE report.endpoint_spec OWNER TO yett_owner;

--
-- Name: VIEW endpoint_spec; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.endpoint_spec IS 'Where endpoints stand in specifications, as the last comparison found';

--
-- Name: field; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.field AS
 SELECT f.field_id,
    e.endpoint_id,
    e.service,
    e.team,
    e.method,
    e.template,
    e.operation,
    e.label,
    yett.direction_name(f.direction) AS direction,
    yett.location_name(f.location) AS location,
    f.path,
    yett.type_names(f.types) AS types,
    f.messages,
    f.present,
    round(((100.0 * (f.present)::numeric) / (NULLIF(f.messages, 0))::numeric), 1) AS present_percent,
    f."values",
    yett.distinct_count(ARRAY[f."distinct"]) AS distinct_values,
    f.bytes_max,
    f.status_mask,
    f.first_seen_at,
    f.last_seen_at,
    (i.field_id IS NOT NULL) AS ignored,
    COALESCE(c.classes, '{}'::text[]) AS classes,
    COALESCE(c.suspected, '{}'::text[]) AS suspected,
    COALESCE(c.groups, '{}'::text[]) AS groups
   FROM (((yett.field f
     JOIN report.endpoint e USING (endpoint_id))
     LEFT JOIN ( SELECT x.field_id,
            array_agg(x.class ORDER BY (x.class COLLATE "C")) FILTER (WHERE x.in_force) AS classes,
            array_agg(x.class ORDER BY (x.class COLLATE "C")) FILTER (WHERE x.suspected) AS suspected,
            ( SELECT array_agg(DISTINCT g.g ORDER BY g.g) AS array_agg
                   FROM unnest(string_to_array(string_agg(array_to_string(x.groups, ' '::text), ' '::text) FILTER (WHERE (x.in_force AND (x.groups <> '{}'::text[]))), ' '::text)) g(g)) AS groups
           FROM report.field_class x
          GROUP BY x.field_id) c USING (field_id))
     LEFT JOIN ( SELECT d.field_id
           FROM report.field_decision d
          WHERE (d.property = 'field.ignore'::text)) i USING (field_id));

ALTER TABLE report.field OWNER TO yett_owner;

--
-- Name: VIEW field; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.field IS 'Fields with their classes in force and suspected; groups: those of the classes in force';

--
-- Name: finding; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.finding (
    finding_id bigint NOT NULL,
    kind text NOT NULL,
    service text NOT NULL,
    label text NOT NULL,
    endpoint_id integer,
    spec_id integer,
    place text DEFAULT ''::text NOT NULL,
    file text,
    line integer,
    detail text NOT NULL,
    first_at timestamp with time zone DEFAULT now() NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_at timestamp with time zone,
    CONSTRAINT finding_kind CHECK ((kind = ANY (ARRAY['shadow'::text, 'zombie'::text, 'orphan'::text, 'undeclared_parameter'::text, 'undeclared_field'::text, 'undeclared_status'::text, 'undeclared_content_type'::text, 'type_mismatch'::text, 'undeclared_authentication'::text])))
);

ALTER TABLE yett.finding OWNER TO yett_owner;

--
-- Name: TABLE finding; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.finding IS 'How inventory and specifications differ; resolved ones stay';

--
-- Name: COLUMN finding.place; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.finding.place IS 'direction, location and path of the field, status, or content type';

--
-- Name: finding; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.finding AS
 SELECT f.finding_id,
    f.kind,
    f.service,
    t.name AS team,
    f.label,
    COALESCE(e.merged_into_id, e.endpoint_id) AS endpoint_id,
    f.spec_id,
    s.name AS spec,
    s.version,
    f.place,
    f.file,
    f.line,
    f.detail,
    f.first_at,
    f.last_at,
    f.resolved_at,
    (f.resolved_at IS NULL) AS open
   FROM ((((yett.finding f
     LEFT JOIN yett.endpoint e USING (endpoint_id))
     LEFT JOIN yett.spec s USING (spec_id))
     LEFT JOIN yett.service v ON ((v.name = f.service)))
     LEFT JOIN yett.team t ON ((t.team_id = v.team_id)));

ALTER TABLE report.finding OWNER TO yett_owner;

--
-- Name: VIEW finding; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.finding IS 'How inventory and specifications differ, with file and line';

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
-- Name: sensitive; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.sensitive AS
 SELECT x.endpoint_id,
    x.service,
    x.team,
    x.label,
    ( SELECT array_agg(DISTINCT g.g ORDER BY g.g) AS array_agg
           FROM unnest(string_to_array(string_agg(array_to_string(x.groups, ' '::text), ' '::text) FILTER (WHERE (x.in_force AND (x.groups <> '{}'::text[]))), ' '::text)) g(g)) AS groups,
    ( SELECT array_agg(DISTINCT g.g ORDER BY g.g) AS array_agg
           FROM unnest(string_to_array(string_agg(array_to_string(x.groups, ' '::text), ' '::text) FILTER (WHERE ((NOT x.in_force) AND (x.groups <> '{}'::text[]))), ' '::text)) g(g)) AS suspected_groups,
    array_agg(DISTINCT x.class) FILTER (WHERE x.in_force) AS classes,
    array_agg(DISTINCT x.class) FILTER (WHERE (NOT x.in_force)) AS suspected,
    array_agg(DISTINCT x.field) AS fields
   FROM ( SELECT c.endpoint_id,
            c.service,
            c.team,
            c.label,
            c.class,
            c.groups,
            c.in_force,
            ((c.direction || ' '::text) || p.path) AS field
           FROM (report.endpoint_class c
             CROSS JOIN LATERAL unnest(c.paths) p(path))) x
  GROUP BY x.endpoint_id, x.service, x.team, x.label;

ALTER TABLE report.sensitive OWNER TO yett_owner;

--
-- Name: VIEW sensitive; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.sensitive IS 'Endpoints with classes of data: groups and classes rolled up over their fields, those in force apart from suspected ones';

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
    COALESCE(a.requests, (0)::bigint) AS requests_total,
    e.name,
    e.owner,
    e.auth,
    e.ignored,
    e.pinned,
    n.groups,
    n.classes,
    n.suspected,
        CASE
            WHEN p.shadow THEN 'shadow'::text
            WHEN p.zombie THEN 'zombie'::text
            WHEN (NOT (EXISTS ( SELECT
               FROM yett.spec s
              WHERE ((s.service = e.service) AND (s.retired_at IS NULL))))) THEN NULL::text
            WHEN (p.findings > 0) THEN 'differs'::text
            ELSE 'matched'::text
        END AS spec_state,
    COALESCE(p.findings, (0)::bigint) AS findings
   FROM (((((report.endpoint e
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
          WHERE (t.latency IS NOT NULL)) q ON (true))
     LEFT JOIN report.sensitive n USING (endpoint_id))
     LEFT JOIN ( SELECT COALESCE(m.merged_into_id, m.endpoint_id) AS endpoint_id,
            count(*) AS findings,
            bool_or((f.kind = 'shadow'::text)) AS shadow,
            bool_or((f.kind = 'zombie'::text)) AS zombie
           FROM (yett.finding f
             JOIN yett.endpoint m USING (endpoint_id))
          WHERE (f.resolved_at IS NULL)
          GROUP BY COALESCE(m.merged_into_id, m.endpoint_id)) p USING (endpoint_id));

ALTER TABLE report.inventory OWNER TO yett_owner;

--
-- Name: VIEW inventory; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.inventory IS 'Every endpoint with what it did since yesterday 00:00 UTC (days keep sketches few), its classes of data, and how it stands to specifications';

--
-- Name: segment_child; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.segment_child (
    endpoint_id integer NOT NULL,
    segment integer NOT NULL,
    word text NOT NULL,
    requests bigint NOT NULL,
    accepted bigint NOT NULL,
    identities bytea,
    shape bigint DEFAULT 0 NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT segment_child_segment CHECK (((segment >= 0) AND (segment <= 64))),
    CONSTRAINT segment_child_word CHECK (((octet_length(word) >= 1) AND (octet_length(word) <= 1200)))
)
WITH (fillfactor='70');

ALTER TABLE yett.segment_child OWNER TO yett_owner;

--
-- Name: TABLE segment_child; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.segment_child IS 'The values most seen at a parameter: which of them are words of their own';

--
-- Name: COLUMN segment_child.segment; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.segment_child.segment IS 'place in the path, from 0';

--
-- Name: COLUMN segment_child.word; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.segment_child.word IS 'vocabulary as text, else {~token}';

--
-- Name: COLUMN segment_child.shape; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.segment_child.shape IS 'of the last accepted answer: hash of its field paths, 0: none';

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
-- Name: learn_child; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_child AS
 SELECT c.endpoint_id,
    c.segment,
    c.word,
    w.released_text,
    c.requests,
    c.accepted,
    c.identities,
    c.shape,
    c.last_seen_at
   FROM ((yett.segment_child c
     JOIN yett.endpoint e USING (endpoint_id))
     LEFT JOIN yett.undecided_word w ON ((c.word = (('{~'::text || w.token) || '}'::text))))
  WHERE (e.merged_into_id IS NULL)
  ORDER BY c.endpoint_id, c.segment, c.requests DESC, (c.word COLLATE "C");

ALTER TABLE report.learn_child OWNER TO yett_owner;

--
-- Name: VIEW learn_child; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_child IS 'Compiler: values most seen at parameters, identities as a packed sketch';

--
-- Name: learn_endpoint; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_endpoint AS
 SELECT e.endpoint_id,
    e.hash,
    s.name AS service,
    e.method,
    e.template,
    e.operation,
    e.provisional,
    e.origin,
    COALESCE(t.requests, (0)::bigint) AS requests,
    (COALESCE(t.status_2, (0)::bigint) + COALESCE(t.status_3, (0)::bigint)) AS accepted,
    COALESCE(t.status_2, (0)::bigint) AS status_2xx,
    COALESCE(t.status_3, (0)::bigint) AS status_3xx,
    COALESCE(t.status_4, (0)::bigint) AS status_4xx,
    COALESCE(t.status_5, (0)::bigint) AS status_5xx,
    t.identities,
    e.first_seen_at,
    GREATEST(e.last_seen_at, t.last_at) AS last_seen_at,
    d.template_decision,
    d.template_into,
    d.template_split,
    d.name
   FROM (((yett.endpoint e
     JOIN yett.service s USING (service_id))
     LEFT JOIN ( SELECT COALESCE(m.merged_into_id, m.endpoint_id) AS endpoint_id,
            (sum(h.requests))::bigint AS requests,
            (sum(h.status_2))::bigint AS status_2,
            (sum(h.status_3))::bigint AS status_3,
            (sum(h.status_4))::bigint AS status_4,
            (sum(h.status_5))::bigint AS status_5,
            max(h.last_at) AS last_at,
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
          WHERE (h.day_at >= (now() - '30 days'::interval))
          GROUP BY COALESCE(m.merged_into_id, m.endpoint_id)) t USING (endpoint_id))
     LEFT JOIN report.endpoint_decision d ON (((d.service = s.name) AND (d.method = e.method) AND (d.template = e.template) AND (d.operation = COALESCE(e.operation, ''::text)))))
  WHERE (e.merged_into_id IS NULL)
  ORDER BY e.endpoint_id;

ALTER TABLE report.learn_endpoint OWNER TO yett_owner;

--
-- Name: VIEW learn_endpoint; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_endpoint IS 'Compiler: endpoints with 30 days of requests, identities as packed sketches, and what people say of the template';

--
-- Name: learn_field; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_field AS
 SELECT f.field_id,
    f.endpoint_id,
    s.name AS service,
    e.method,
    e.template,
    e.operation,
    e.label,
    e.provisional,
    f.direction,
    f.location,
    f.path,
    c.class,
    f."values",
    c.hits,
    c.checked,
    c.certain,
    c.contained,
    yett.distinct_count(ARRAY[f."distinct"]) AS distinct_values,
    c.prior,
    c.state,
    c.score,
    COALESCE(o.value,
        CASE
            WHEN (i.value = 'yes'::text) THEN 'no'::text
            ELSE NULL::text
        END) AS said,
    c.evidence,
    c.suspected_at,
    c.judged_at,
    ((c.judged_at IS NULL) OR (c.evidence_at >= c.judged_at)) AS fresh,
    f.first_seen_at,
    f.last_seen_at
   FROM ((((((yett.field_class c
     JOIN yett.field f USING (field_id))
     JOIN yett.endpoint e USING (endpoint_id))
     JOIN yett.service s USING (service_id))
     JOIN yett.data_class d ON (((d.name = c.class) AND d.enabled)))
     LEFT JOIN report.field_decision o ON (((o.field_id = c.field_id) AND (o.property = ('class.'::text || c.class)))))
     LEFT JOIN report.field_decision i ON (((i.field_id = c.field_id) AND (i.property = 'field.ignore'::text))))
  WHERE (e.merged_into_id IS NULL);

ALTER TABLE report.learn_field OWNER TO yett_owner;

--
-- Name: VIEW learn_field; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_field IS 'Compiler: counts of each class in each field over all gateways; fresh: not judged since they grew';

--
-- Name: template_proposal; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.template_proposal (
    hash bigint NOT NULL,
    kind text NOT NULL,
    mature boolean NOT NULL,
    service text NOT NULL,
    method text NOT NULL,
    template text NOT NULL,
    operation text,
    members bigint[] NOT NULL,
    requests bigint NOT NULL,
    identities bigint NOT NULL,
    score real NOT NULL,
    reason text NOT NULL,
    epochs integer NOT NULL,
    epoch bigint NOT NULL,
    state text NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    CONSTRAINT template_proposal_kind CHECK ((kind = ANY (ARRAY['merge'::text, 'split'::text]))),
    CONSTRAINT template_proposal_state CHECK ((state = ANY (ARRAY['waiting'::text, 'proposed'::text, 'applied'::text])))
);

ALTER TABLE yett.template_proposal OWNER TO yett_owner;

--
-- Name: TABLE template_proposal; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.template_proposal IS 'What the learner of templates wants, and what it did; gone when it wants it no more';

--
-- Name: COLUMN template_proposal.hash; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.template_proposal.hash IS 'of the endpoint that there will be';

--
-- Name: COLUMN template_proposal.mature; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.template_proposal.mature IS 'concerns what was decided more than a week ago or by people: waits for people';

--
-- Name: COLUMN template_proposal.members; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.template_proposal.members IS 'merge: hashes of the endpoints that become one; split: of the endpoint with the parameter';

--
-- Name: COLUMN template_proposal.score; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.template_proposal.score IS 'log-odds of the weakest decision, in nats';

--
-- Name: COLUMN template_proposal.epochs; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.template_proposal.epochs IS 'epochs in a row that wanted it';

--
-- Name: learn_proposal; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_proposal AS
 SELECT p.hash,
    p.kind,
    p.mature,
    p.epochs,
    p.epoch
   FROM yett.template_proposal p
  ORDER BY p.hash, p.kind, p.mature;

ALTER TABLE report.learn_proposal OWNER TO yett_owner;

--
-- Name: VIEW learn_proposal; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_proposal IS 'Compiler: what the learner of templates wanted before';

--
-- Name: learn_spec_endpoint; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_spec_endpoint AS
 SELECT e.endpoint_id,
    s.name AS service,
    e.method,
    t.template,
    COALESCE(e.operation, ''::text) AS operation,
    (EXISTS ( SELECT
           FROM yett.override v
          WHERE ((v.service = s.name) AND (v.property = 'auth'::text) AND (((v.method = e.method) AND (v.template = e.template) AND (v.operation = COALESCE(e.operation, ''::text))) OR (v.template = ''::text))))) AS said_auth,
    (COALESCE(d.requests, (0)::bigint) + COALESCE(o.requests, (0)::bigint)) AS requests,
    (COALESCE(d.status_0, (0)::bigint) + COALESCE(o.status_0, (0)::bigint)) AS status_none,
    (COALESCE(d.status_1, (0)::bigint) + COALESCE(o.status_1, (0)::bigint)) AS status_1xx,
    (COALESCE(d.status_2, (0)::bigint) + COALESCE(o.status_2, (0)::bigint)) AS status_2xx,
    (COALESCE(d.status_3, (0)::bigint) + COALESCE(o.status_3, (0)::bigint)) AS status_3xx,
    (COALESCE(d.status_4, (0)::bigint) + COALESCE(o.status_4, (0)::bigint)) AS status_4xx,
    (COALESCE(d.status_5, (0)::bigint) + COALESCE(o.status_5, (0)::bigint)) AS status_5xx,
    (COALESCE(d.refused, (0)::bigint) + COALESCE(o.refused, (0)::bigint)) AS refused,
    (COALESCE(d.auth_mask, 0) | COALESCE(o.auth_mask, 0)) AS auth_mask,
    (COALESCE(d.auth_none, (0)::bigint) + COALESCE(o.auth_none, (0)::bigint)) AS auth_none,
    LEAST(d.first_at, o.first_at) AS first_at,
    GREATEST(d.last_at, o.last_at) AS last_at,
    e.provisional,
        CASE
            WHEN (t.template ~~ '%{~%'::text) THEN ( SELECT string_agg(COALESCE(w.shape, '::'::text), ' '::text ORDER BY m.i) AS string_agg
               FROM (regexp_matches(t.template, '\{~([^{}]+)\}'::text, 'g'::text) WITH ORDINALITY m(token, i)
                 LEFT JOIN yett.undecided_word w ON ((w.token = m.token[1]))))
            ELSE NULL::text
        END AS shapes
   FROM ((((yett.endpoint e
     JOIN yett.service s USING (service_id))
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN e.provisional THEN yett.template_released(e.template)
                    ELSE e.template
                END AS template) t)
     LEFT JOIN LATERAL ( SELECT (sum(h.requests))::bigint AS requests,
            (sum(h.status_0))::bigint AS status_0,
            (sum(h.status_1))::bigint AS status_1,
            (sum(h.status_2))::bigint AS status_2,
            (sum(h.status_3))::bigint AS status_3,
            (sum(h.status_4))::bigint AS status_4,
            (sum(h.status_5))::bigint AS status_5,
            (sum((h.denied + h.limited)))::bigint AS refused,
            bit_or(h.auth_mask) AS auth_mask,
            (sum(h.auth_none))::bigint AS auth_none,
            min(h.first_at) AS first_at,
            max(h.last_at) AS last_at
           FROM (yett.endpoint m
             JOIN yett.endpoint_day h USING (endpoint_id))
          WHERE (COALESCE(m.merged_into_id, m.endpoint_id) = e.endpoint_id)) d ON (true))
     LEFT JOIN ( SELECT COALESCE(m.merged_into_id, m.endpoint_id) AS endpoint_id,
            (sum(h.requests))::bigint AS requests,
            (sum(h.status_0))::bigint AS status_0,
            (sum(h.status_1))::bigint AS status_1,
            (sum(h.status_2))::bigint AS status_2,
            (sum(h.status_3))::bigint AS status_3,
            (sum(h.status_4))::bigint AS status_4,
            (sum(h.status_5))::bigint AS status_5,
            (sum((h.denied + h.limited)))::bigint AS refused,
            bit_or(h.auth_mask) AS auth_mask,
            (sum(h.auth_none))::bigint AS auth_none,
            min(h.first_at) AS first_at,
            max(h.last_at) AS last_at
           FROM (part.endpoint_hour_open h
             JOIN yett.endpoint m USING (endpoint_id))
          GROUP BY COALESCE(m.merged_into_id, m.endpoint_id)) o USING (endpoint_id))
  WHERE ((e.merged_into_id IS NULL) AND (NOT (EXISTS ( SELECT
           FROM yett.override v
          WHERE ((v.service = s.name) AND (v.method = e.method) AND (v.template = e.template) AND (v.operation = COALESCE(e.operation, ''::text)) AND (v.property = 'template'::text) AND (v.value = 'ignore'::text))))));

ALTER TABLE report.learn_spec_endpoint OWNER TO yett_owner;

--
-- Name: VIEW learn_spec_endpoint; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_spec_endpoint IS 'Compiler: endpoints with all that they ever did, for comparing them with specifications; give a service';

--
-- Name: learn_spec_field; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_spec_field AS
 SELECT COALESCE(e.merged_into_id, e.endpoint_id) AS endpoint_id,
    s.name AS service,
    f.field_id,
    f.direction,
    f.location,
    f.path,
    f.types,
    f.present,
    f.messages,
    f.first_seen_at,
    f.last_seen_at
   FROM (((yett.field f
     JOIN yett.endpoint e USING (endpoint_id))
     JOIN yett.service s USING (service_id))
     LEFT JOIN yett.override v ON (((v.service = s.name) AND (v.method = e.method) AND (v.template = e.template) AND (v.operation = COALESCE(e.operation, ''::text)) AND (v.direction = f.direction) AND (v.location = f.location) AND (v.path = f.path) AND (v.property = 'field.ignore'::text))))
  WHERE (v.override_id IS NULL);

ALTER TABLE report.learn_spec_field OWNER TO yett_owner;

--
-- Name: VIEW learn_spec_field; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_spec_field IS 'Compiler: fields that were seen, for comparing them with specifications; give a service';

--
-- Name: learn_split; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_split AS
 SELECT e.hash,
    (NULLIF(o.path, ''::text))::integer AS segment,
    u.word
   FROM (((yett.override o
     JOIN yett.service s ON ((s.name = o.service)))
     JOIN yett.endpoint e ON (((e.service_id = s.service_id) AND (e.method = o.method) AND (e.template = o.template) AND (COALESCE(e.operation, ''::text) = o.operation))))
     CROSS JOIN LATERAL regexp_split_to_table(o.value, ' +'::text) u(word))
  WHERE ((o.property = 'template.split'::text) AND ((o.path = ''::text) OR (o.path ~ '^\d{1,2}$'::text)) AND (e.merged_into_id IS NULL))
  ORDER BY e.hash, o.path, (u.word COLLATE "C");

ALTER TABLE report.learn_split OWNER TO yett_owner;

--
-- Name: VIEW learn_split; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_split IS 'Compiler: values of parameters that people made endpoints of their own';

--
-- Name: learn_template; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_template AS
 SELECT e.hash,
    e.service,
    e.method,
    e.template,
    COALESCE(e.operation, ''::text) AS operation,
    e.origin,
    e.provisional,
    (COALESCE((e.template_decision = 'keep'::text), false) OR (EXISTS ( SELECT
           FROM yett.template_proposal p
          WHERE ((p.hash = e.hash) AND (p.kind = 'split'::text) AND (p.state = 'applied'::text))))) AS keep,
    COALESCE((e.template_decision = 'ignore'::text), false) AS ignored,
    e.template_into,
    e.requests,
    e.accepted,
    e.first_seen_at,
    e.last_seen_at,
    e.identities,
        CASE
            WHEN (e.template ~~ '%{~%'::text) THEN NULLIF(yett.template_released(e.template), e.template)
            ELSE NULL::text
        END AS released,
        CASE
            WHEN (e.template ~~ '%{~%'::text) THEN ( SELECT string_agg(COALESCE(w.shape, '::'::text), ' '::text ORDER BY m_1.i) AS string_agg
               FROM (regexp_matches(yett.template_released(e.template), '\{~([^{}]+)\}'::text, 'g'::text) WITH ORDINALITY m_1(token, i)
                 LEFT JOIN yett.undecided_word w ON ((w.token = m_1.token[1]))))
            ELSE NULL::text
        END AS shapes,
    COALESCE(m.merged, (0)::bigint) AS merged
   FROM (report.learn_endpoint e
     LEFT JOIN ( SELECT x.merged_into_id AS endpoint_id,
            count(*) AS merged
           FROM yett.endpoint x
          WHERE (x.merged_into_id IS NOT NULL)
          GROUP BY x.merged_into_id) m USING (endpoint_id))
  ORDER BY e.hash;

ALTER TABLE report.learn_template OWNER TO yett_owner;

--
-- Name: VIEW learn_template; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_template IS 'Compiler: endpoints as the learner of templates sees them';

--
-- Name: learn_template_child; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.learn_template_child AS
 SELECT e.hash,
    c.segment,
    COALESCE(c.released_text, c.word) AS word,
    c.requests,
    c.accepted,
    c.identities,
    c.shape
   FROM (report.learn_child c
     JOIN yett.endpoint e USING (endpoint_id))
  ORDER BY e.hash, c.segment, (c.word COLLATE "C");

ALTER TABLE report.learn_template_child OWNER TO yett_owner;

--
-- Name: VIEW learn_template_child; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.learn_template_child IS 'Compiler: values most seen at parameters, by the hash of the endpoint';

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
-- Name: override; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.override AS
 SELECT o.override_id,
    o.service,
    o.method,
    o.template,
    o.operation,
    COALESCE(yett.direction_name(o.direction), ''::text) AS direction,
    COALESCE(yett.location_name(o.location), ''::text) AS location,
    o.path,
    o.property,
    o.value,
    o.reason,
    o.origin,
    o.changed_at,
    o.changed_by
   FROM yett.override o;

ALTER TABLE report.override OWNER TO yett_owner;

--
-- Name: VIEW override; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.override IS 'What people say; empty direction and location: of the endpoint itself; empty method and template: of the service';

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
    COALESCE(d.mode, ds.mode, e.mode) AS mode,
    e.origin,
    e.first_seen_at
   FROM (((yett.endpoint e
     JOIN yett.service s USING (service_id))
     LEFT JOIN report.endpoint_decision d ON (((d.service = s.name) AND (d.method = e.method) AND (d.template = e.template) AND (d.operation = COALESCE(e.operation, ''::text)))))
     LEFT JOIN report.endpoint_decision ds ON (((ds.service = s.name) AND (ds.method = ''::text) AND (ds.template = ''::text) AND (ds.operation = ''::text))))
  WHERE ((NOT e.provisional) AND (e.merged_into_id IS NULL) AND (d.template_decision IS DISTINCT FROM 'ignore'::text))
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
-- Name: spec_word; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.spec_word (
    spec_id integer NOT NULL,
    word text NOT NULL,
    CONSTRAINT spec_word_word CHECK (((length(word) >= 1) AND (length(word) <= 200)))
);

ALTER TABLE yett.spec_word OWNER TO yett_owner;

--
-- Name: TABLE spec_word; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.spec_word IS 'Words of specifications: literals of paths, names of parameters and fields; they may leave hosts';

--
-- Name: policy_word; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.policy_word AS
 SELECT a.word
   FROM ( SELECT w.released_text AS word
           FROM yett.undecided_word w
          WHERE (w.released_text IS NOT NULL)
        UNION
         SELECT x.word
           FROM yett.spec_word x) a
  ORDER BY (a.word COLLATE "C");

ALTER TABLE report.policy_word OWNER TO yett_owner;

--
-- Name: VIEW policy_word; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.policy_word IS 'Compiler: words that may leave hosts: released ones, and those of specifications';

--
-- Name: promotion; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.promotion (
    promotion_id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor text DEFAULT SESSION_USER NOT NULL,
    source_environment text NOT NULL,
    sha256 text NOT NULL,
    base jsonb NOT NULL,
    undo jsonb NOT NULL,
    undone_at timestamp with time zone
);

ALTER TABLE yett.promotion OWNER TO yett_owner;

--
-- Name: TABLE promotion; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.promotion IS 'Promotions taken in: their content is the common ground of the next three-way merge';

--
-- Name: COLUMN promotion.undo; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.promotion.undo IS 'overrides as they were before';

--
-- Name: promotion; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.promotion AS
 SELECT p.promotion_id,
    p.at,
    p.actor,
    p.source_environment,
    p.sha256,
    p.base,
    p.undo,
    p.undone_at
   FROM yett.promotion p;

ALTER TABLE report.promotion OWNER TO yett_owner;

--
-- Name: VIEW promotion; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.promotion IS 'Promotions taken in';

--
-- Name: promotion_base; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.promotion_base AS
 SELECT b.source_environment,
    l.line
   FROM (( SELECT DISTINCT ON (p.source_environment) p.source_environment,
            p.base
           FROM yett.promotion p
          WHERE (p.undone_at IS NULL)
          ORDER BY p.source_environment, p.promotion_id DESC) b
     CROSS JOIN LATERAL jsonb_array_elements_text(b.base) l(line));

ALTER TABLE report.promotion_base OWNER TO yett_owner;

--
-- Name: VIEW promotion_base; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.promotion_base IS 'Facts of the promotion taken in last from each environment, a line each as its file had them';

--
-- Name: promotion_fact; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.promotion_fact AS
 WITH learned AS (
         SELECT s.name AS service,
            e.method,
            e.template,
            COALESCE(e.operation, ''::text) AS operation,
            f.direction,
            f.location,
            f.path,
            ('class.'::text || c.class) AS property,
                CASE
                    WHEN bool_or((c.state = ANY (ARRAY['confirmed'::text, 'contains'::text]))) THEN 'yes'::text
                    ELSE 'no'::text
                END AS value,
            max(c.judged_at) AS changed_at
           FROM (((((yett.field_class c
             JOIN yett.data_class d ON (((d.name = c.class) AND d.enabled)))
             JOIN yett.field f USING (field_id))
             JOIN yett.endpoint x USING (endpoint_id))
             JOIN yett.endpoint e ON ((e.endpoint_id = COALESCE(x.merged_into_id, x.endpoint_id))))
             JOIN yett.service s ON ((s.service_id = e.service_id)))
          WHERE ((NOT e.provisional) AND (f.path !~ '\{~'::text))
          GROUP BY s.name, e.method, e.template, COALESCE(e.operation, ''::text), f.direction, f.location, f.path, ('class.'::text || c.class)
         HAVING (bool_or((c.state = ANY (ARRAY['confirmed'::text, 'contains'::text]))) OR (bool_and(((c.state = 'rejected'::text) OR ((c.state = 'seen'::text) AND ((c.hits + c.contained) = 0)))) AND bool_or((c.state = 'rejected'::text))))
        )
 SELECT 'class'::text AS kind,
    d.name,
    ''::text AS method,
    ''::text AS template,
    ''::text AS operation,
    ''::text AS direction,
    ''::text AS location,
    ''::text AS path,
    p.property,
    p.value,
    false AS learned,
    NULL::text AS reason,
    d.changed_at,
    d.changed_by
   FROM (yett.data_class d
     CROSS JOIN LATERAL ( VALUES ('title'::text,d.title), ('groups'::text,array_to_string(d.groups, ','::text)), ('mask'::text,d.mask), ('pattern'::text,d.pattern), ('validator'::text,d.validator), ('names'::text,array_to_string(d.names, ','::text))) p(property, value))
  WHERE ((NOT d.builtin) AND d.enabled AND (p.value <> ''::text))
UNION ALL
 SELECT 'team'::text AS kind,
    r.host_pattern AS name,
    ''::text AS method,
    r.path_prefix AS template,
    ''::text AS operation,
    ''::text AS direction,
    ''::text AS location,
    ''::text AS path,
    ''::text AS property,
    ((t.name || ' at '::text) || r.ordinal) AS value,
    false AS learned,
    NULL::text AS reason,
    NULL::timestamp with time zone AS changed_at,
    NULL::text AS changed_by
   FROM (yett.team_rule r
     JOIN yett.team t USING (team_id))
UNION ALL
 SELECT
        CASE
            WHEN ((o.direction > 0) OR (o.path <> ''::text)) THEN 'field'::text
            WHEN ((o.method || o.template) <> ''::text) THEN 'endpoint'::text
            ELSE 'service'::text
        END AS kind,
    o.service AS name,
    o.method,
    o.template,
    o.operation,
    COALESCE(yett.direction_name(o.direction), ''::text) AS direction,
    COALESCE(yett.location_name(o.location), ''::text) AS location,
    o.path,
    o.property,
    o.value,
    false AS learned,
    o.reason,
    o.changed_at,
    o.changed_by
   FROM yett.override o
  WHERE ((o.template !~ '\{~'::text) AND (o.path !~ '\{~'::text))
UNION ALL
 SELECT 'field'::text AS kind,
    l.service AS name,
    l.method,
    l.template,
    l.operation,
    yett.direction_name(l.direction) AS direction,
    yett.location_name(l.location) AS location,
    l.path,
    l.property,
    l.value,
    true AS learned,
    NULL::text AS reason,
    l.changed_at,
    NULL::text AS changed_by
   FROM learned l
  WHERE ((NOT (EXISTS ( SELECT
           FROM yett.override o
          WHERE ((o.service = l.service) AND (o.method = l.method) AND (o.template = l.template) AND (o.operation = l.operation) AND (o.direction = l.direction) AND (o.location = l.location) AND (o.path = l.path) AND (o.property = l.property))))) AND (NOT (EXISTS ( SELECT
           FROM yett.override o
          WHERE ((o.service = l.service) AND (o.method = l.method) AND (o.template = l.template) AND (o.operation = l.operation) AND (o.direction = 0) AND (o.property = 'template'::text) AND (o.value = 'ignore'::text))))));

ALTER TABLE report.promotion_fact OWNER TO yett_owner;

--
-- Name: VIEW promotion_fact; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.promotion_fact IS 'What a promotion of this database carries: overrides, classes confirmed or rejected, classes and team rules of people';

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
-- Name: segment_child; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.segment_child AS
 SELECT COALESCE(e.merged_into_id, e.endpoint_id) AS endpoint_id,
    c.segment,
    c.word,
    w.released_text,
    c.requests,
    c.accepted,
    yett.distinct_count(ARRAY[c.identities]) AS identities,
    to_hex(c.shape) AS shape,
    c.last_seen_at
   FROM ((yett.segment_child c
     JOIN yett.endpoint e USING (endpoint_id))
     LEFT JOIN yett.undecided_word w ON ((c.word = (('{~'::text || w.token) || '}'::text))));

ALTER TABLE report.segment_child OWNER TO yett_owner;

--
-- Name: VIEW segment_child; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.segment_child IS 'Values most seen at the parameters of templates';

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
     LEFT JOIN yett.team t USING (team_id))
  WHERE ((s.name !~~ '{~%'::text) OR (EXISTS ( SELECT
           FROM yett.endpoint e
          WHERE ((e.service_id = s.service_id) AND (e.merged_into_id IS NULL)))));

ALTER TABLE report.service OWNER TO yett_owner;

--
-- Name: VIEW service; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.service IS 'Services and their teams';

--
-- Name: setting_number; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.setting_number (
    key text NOT NULL,
    value bigint NOT NULL,
    low bigint NOT NULL,
    high bigint NOT NULL,
    unit text NOT NULL,
    doc text NOT NULL,
    CONSTRAINT setting_number_key CHECK ((key ~ '^[a-z][a-z0-9_.-]{0,99}$'::text)),
    CONSTRAINT setting_number_range CHECK (((value >= low) AND (value <= high)))
);

ALTER TABLE yett.setting_number OWNER TO yett_owner;

--
-- Name: TABLE setting_number; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.setting_number IS 'Settings that are a number, with default, range, unit and reason; yett.setting holds what was set';

--
-- Name: COLUMN setting_number.value; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.setting_number.value IS 'the default';

--
-- Name: setting; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.setting AS
 SELECT n.key,
    COALESCE(s.value, (n.value)::text) AS value,
    (s.value IS NULL) AS is_default,
    n.value AS default_value,
    n.low,
    n.high,
    n.unit,
    n.doc
   FROM (yett.setting_number n
     LEFT JOIN yett.setting s USING (key));

ALTER TABLE report.setting OWNER TO yett_owner;

--
-- Name: VIEW setting; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.setting IS 'Settings that are numbers: value in force, default, range, unit and reason';

--
-- Name: spec; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.spec AS
 SELECT s.spec_id,
    s.service,
    t.name AS team,
    s.name,
    s.version,
    s.format,
    s.file,
    s.sha256,
    s.base_paths,
    s.imported_at,
    s.imported_by,
    s.retired_at,
    (s.retired_at IS NULL) AS current,
    ( SELECT count(*) AS count
           FROM yett.spec_operation o
          WHERE (o.spec_id = s.spec_id)) AS operations,
    ( SELECT count(*) AS count
           FROM yett.spec_operation o
          WHERE ((o.spec_id = s.spec_id) AND o.deprecated)) AS deprecated
   FROM ((yett.spec s
     LEFT JOIN yett.service v ON ((v.name = s.service)))
     LEFT JOIN yett.team t USING (team_id));

ALTER TABLE report.spec OWNER TO yett_owner;

--
-- Name: VIEW spec; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.spec IS 'Specifications as imported; current: neither replaced nor retired';

--
-- Name: spec_field; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.spec_field (
    spec_operation_id integer NOT NULL,
    direction smallint NOT NULL,
    location smallint NOT NULL,
    path text NOT NULL,
    types integer NOT NULL,
    required boolean NOT NULL,
    open boolean DEFAULT false NOT NULL,
    line integer NOT NULL
);

ALTER TABLE yett.spec_field OWNER TO yett_owner;

--
-- Name: TABLE spec_field; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.spec_field IS 'Fields that a specification declares, written like yett.field.path';

--
-- Name: COLUMN spec_field.open; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.spec_field.open IS 'further fields may stand below it: additionalProperties, a schema without properties';

--
-- Name: spec_field; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.spec_field AS
 SELECT f.spec_operation_id,
    f.direction,
    f.location,
    f.path,
    f.types,
    f.required,
    f.open,
    f.line
   FROM yett.spec_field f;

ALTER TABLE report.spec_field OWNER TO yett_owner;

--
-- Name: VIEW spec_field; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.spec_field IS 'Fields that specifications declare';

--
-- Name: spec_finding; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.spec_finding AS
 SELECT f.finding_id,
    f.kind,
    f.service,
    f.team,
    f.label,
    f.endpoint_id,
    f.spec,
    f.version,
    f.place,
    (f.file || COALESCE((':'::text || f.line), ''::text)) AS at,
    f.detail,
    f.first_at,
    f.last_at,
    f.resolved_at
   FROM report.finding f;

ALTER TABLE report.spec_finding OWNER TO yett_owner;

--
-- Name: VIEW spec_finding; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.spec_finding IS 'How inventory and specifications differ; at: file and line of the specification';

--
-- Name: spec_operation; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.spec_operation AS
 SELECT o.spec_operation_id,
    o.spec_id,
    s.service,
    s.name AS spec,
    s.version,
    (s.retired_at IS NULL) AS current,
    o.method,
    o.template,
    o.spec_path,
    s.file,
    o.line,
    o.operation_id,
    o.deprecated,
    o.security,
    o.hints,
    o.statuses,
    o.request_types,
    o.response_types,
    ( SELECT count(*) AS count
           FROM yett.endpoint_spec x
          WHERE (x.spec_operation_id = o.spec_operation_id)) AS endpoints
   FROM (yett.spec_operation o
     JOIN yett.spec s USING (spec_id));

ALTER TABLE report.spec_operation OWNER TO yett_owner;

--
-- Name: VIEW spec_operation; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.spec_operation IS 'Operations of specifications; endpoints: how many were found to be it';

--
-- Name: team_rule; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.team_rule AS
 SELECT r.ordinal,
    r.host_pattern,
    r.path_prefix,
    t.name AS team
   FROM (yett.team_rule r
     JOIN yett.team t USING (team_id))
  ORDER BY r.ordinal, r.team_rule_id;

ALTER TABLE report.team_rule OWNER TO yett_owner;

--
-- Name: VIEW team_rule; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.team_rule IS 'Which team answers for which hosts and paths, in order';

--
-- Name: template_proposal; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.template_proposal AS
 SELECT p.kind,
    p.state,
    p.mature,
    p.service,
    yett.template_show(concat_ws(' '::text, p.method, p.template, p.operation)) AS label,
    cardinality(p.members) AS members,
    ( SELECT array_agg(yett.template_show(e.label) ORDER BY (e.label COLLATE "C")) AS array_agg
           FROM ( SELECT x.label
                   FROM yett.endpoint x
                  WHERE (x.hash = ANY (p.members))
                  ORDER BY (x.label COLLATE "C")
                 LIMIT 20) e) AS of,
    p.requests,
    p.identities,
    p.score,
    p.reason,
    p.epochs,
    p.first_at,
    p.last_at,
    lpad(to_hex(p.hash), 16, '0'::text) AS hash
   FROM yett.template_proposal p;

ALTER TABLE report.template_proposal OWNER TO yett_owner;

--
-- Name: VIEW template_proposal; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.template_proposal IS 'What the learner of templates wants (waiting), leaves to people (proposed: yettctl endpoint merge and split) and did (applied); of: at most 20';

--
-- Name: token_link; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.token_link (
    from_token text NOT NULL,
    to_token text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT token_link_from_token CHECK ((length(from_token) <= 200)),
    CONSTRAINT token_link_to_token CHECK ((length(to_token) <= 200))
);

ALTER TABLE yett.token_link OWNER TO yett_owner;

--
-- Name: TABLE token_link; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.token_link IS 'Tokens of the same value under the key before and after a rotation';

--
-- Name: token; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.token AS
 SELECT l.from_token AS token,
    yett.token_newest(l.from_token) AS newest_token,
    l.at
   FROM yett.token_link l;

ALTER TABLE report.token OWNER TO yett_owner;

--
-- Name: VIEW token; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.token IS 'Tokens that have a newer one: join what was written before a rotation of the key by newest_token';

--
-- Name: token_link; Type: VIEW; Schema: report; Owner: yett_owner
--

CREATE VIEW report.token_link AS
 SELECT l.from_token,
    l.to_token,
    l.at
   FROM yett.token_link l;

ALTER TABLE report.token_link OWNER TO yett_owner;

--
-- Name: VIEW token_link; Type: COMMENT; Schema: report; Owner: yett_owner
--

COMMENT ON VIEW report.token_link IS 'Tokens of one value under the key before and after a rotation';

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
-- Name: change_change_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.change ALTER COLUMN change_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.change_change_id_seq
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
-- Name: field_field_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.field ALTER COLUMN field_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.field_field_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: field_window; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.field_window (
    field_id integer NOT NULL,
    class text NOT NULL,
    "values" bigint NOT NULL,
    base_values bigint NOT NULL,
    base_hits bigint NOT NULL,
    base_checked bigint NOT NULL,
    base_certain bigint NOT NULL,
    base_contained bigint NOT NULL,
    base_distinct bigint NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE yett.field_window OWNER TO yett_owner;

--
-- Name: TABLE field_window; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.field_window IS 'Counts of a field''s class when its last window of judging began: what came since is judged by itself, too';

--
-- Name: COLUMN field_window."values"; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON COLUMN yett.field_window."values" IS 'of the field when it was judged last';

--
-- Name: finding_finding_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.finding ALTER COLUMN finding_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.finding_finding_id_seq
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
-- Name: learn_mark; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.learn_mark (
    only_row boolean DEFAULT true NOT NULL,
    hour_at timestamp with time zone NOT NULL,
    CONSTRAINT learn_mark_only_row CHECK (only_row)
);

ALTER TABLE yett.learn_mark OWNER TO yett_owner;

--
-- Name: TABLE learn_mark; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.learn_mark IS 'The last hour of the data whose shifts were looked for';

--
-- Name: override_override_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.override ALTER COLUMN override_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.override_override_id_seq
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
-- Name: promotion_promotion_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.promotion ALTER COLUMN promotion_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.promotion_promotion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

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
-- Name: spec_operation_spec_operation_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.spec_operation ALTER COLUMN spec_operation_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.spec_operation_spec_operation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: spec_spec_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.spec ALTER COLUMN spec_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.spec_spec_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

--
-- Name: team_rule_team_rule_id_seq; Type: SEQUENCE; Schema: yett; Owner: yett_owner
--

ALTER TABLE yett.team_rule ALTER COLUMN team_rule_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME yett.team_rule_team_rule_id_seq
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
-- Name: template_epoch; Type: TABLE; Schema: yett; Owner: yett_owner
--

CREATE TABLE yett.template_epoch (
    only_row boolean DEFAULT true NOT NULL,
    epoch bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT template_epoch_only_row CHECK (only_row)
);

ALTER TABLE yett.template_epoch OWNER TO yett_owner;

--
-- Name: TABLE template_epoch; Type: COMMENT; Schema: yett; Owner: yett_owner
--

COMMENT ON TABLE yett.template_epoch IS 'The epoch in which templates were learned last';

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
-- Name: change change_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.change
    ADD CONSTRAINT change_key UNIQUE (key);

--
-- Name: change change_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (change_id);

--
-- Name: change_policy change_policy_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.change_policy
    ADD CONSTRAINT change_policy_pkey PRIMARY KEY (kind, class_group);

--
-- Name: coverage_minute coverage_minute_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.coverage_minute
    ADD CONSTRAINT coverage_minute_pkey PRIMARY KEY (minute_at, agent_id, service);

--
-- Name: data_class data_class_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.data_class
    ADD CONSTRAINT data_class_pkey PRIMARY KEY (name);

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
-- Name: endpoint_spec endpoint_spec_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint_spec
    ADD CONSTRAINT endpoint_spec_pkey PRIMARY KEY (endpoint_id, spec_operation_id);

--
-- Name: field_class field_class_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.field_class
    ADD CONSTRAINT field_class_pkey PRIMARY KEY (field_id, class);

--
-- Name: field field_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.field
    ADD CONSTRAINT field_key UNIQUE (endpoint_id, direction, location, path);

--
-- Name: field field_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.field
    ADD CONSTRAINT field_pkey PRIMARY KEY (field_id);

--
-- Name: field_window field_window_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.field_window
    ADD CONSTRAINT field_window_pkey PRIMARY KEY (field_id, class);

--
-- Name: finding finding_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.finding
    ADD CONSTRAINT finding_key UNIQUE NULLS NOT DISTINCT (kind, service, label, spec_id, place);

--
-- Name: finding finding_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.finding
    ADD CONSTRAINT finding_pkey PRIMARY KEY (finding_id);

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
-- Name: learn_mark learn_mark_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.learn_mark
    ADD CONSTRAINT learn_mark_pkey PRIMARY KEY (only_row);

--
-- Name: override override_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.override
    ADD CONSTRAINT override_key UNIQUE (service, method, template, operation, direction, location, path, property);

--
-- Name: override override_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.override
    ADD CONSTRAINT override_pkey PRIMARY KEY (override_id);

--
-- Name: partition_plan partition_plan_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.partition_plan
    ADD CONSTRAINT partition_plan_pkey PRIMARY KEY (table_name);

--
-- Name: promotion promotion_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.promotion
    ADD CONSTRAINT promotion_pkey PRIMARY KEY (promotion_id);

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
-- Name: segment_child segment_child_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.segment_child
    ADD CONSTRAINT segment_child_pkey PRIMARY KEY (endpoint_id, segment, word);

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
-- Name: setting_number setting_number_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.setting_number
    ADD CONSTRAINT setting_number_pkey PRIMARY KEY (key);

--
-- Name: setting setting_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.setting
    ADD CONSTRAINT setting_pkey PRIMARY KEY (key);

--
-- Name: spec_field spec_field_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec_field
    ADD CONSTRAINT spec_field_pkey PRIMARY KEY (spec_operation_id, direction, location, path);

--
-- Name: spec spec_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec
    ADD CONSTRAINT spec_key UNIQUE (service, name, version);

--
-- Name: spec_operation spec_operation_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec_operation
    ADD CONSTRAINT spec_operation_key UNIQUE (spec_id, method, template);

--
-- Name: spec_operation spec_operation_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec_operation
    ADD CONSTRAINT spec_operation_pkey PRIMARY KEY (spec_operation_id);

--
-- Name: spec spec_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec
    ADD CONSTRAINT spec_pkey PRIMARY KEY (spec_id);

--
-- Name: spec_word spec_word_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec_word
    ADD CONSTRAINT spec_word_pkey PRIMARY KEY (spec_id, word);

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
-- Name: team_rule team_rule_key; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.team_rule
    ADD CONSTRAINT team_rule_key UNIQUE (host_pattern, path_prefix);

--
-- Name: team_rule team_rule_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.team_rule
    ADD CONSTRAINT team_rule_pkey PRIMARY KEY (team_rule_id);

--
-- Name: template_epoch template_epoch_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.template_epoch
    ADD CONSTRAINT template_epoch_pkey PRIMARY KEY (only_row);

--
-- Name: template_proposal template_proposal_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.template_proposal
    ADD CONSTRAINT template_proposal_pkey PRIMARY KEY (hash, kind, mature);

--
-- Name: token_link token_link_pkey; Type: CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.token_link
    ADD CONSTRAINT token_link_pkey PRIMARY KEY (from_token, to_token);

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
-- Name: change_at_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX change_at_idx ON yett.change USING btree (at);

--
-- Name: change_endpoint_id_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX change_endpoint_id_idx ON yett.change USING btree (endpoint_id, kind, at);

--
-- Name: change_field_id_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX change_field_id_idx ON yett.change USING btree (field_id) WHERE (field_id IS NOT NULL);

--
-- Name: endpoint_alias_endpoint_id_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_alias_endpoint_id_idx ON yett.endpoint_alias USING btree (endpoint_id);

--
-- Name: endpoint_hour_at_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_hour_at_idx ON ONLY yett.endpoint_hour USING brin (hour_at) WITH (pages_per_range='16');

--
-- Name: endpoint_merged_into_id_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_merged_into_id_idx ON yett.endpoint USING btree (merged_into_id) WHERE (merged_into_id IS NOT NULL);

--
-- Name: endpoint_provisional_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_provisional_idx ON yett.endpoint USING btree (service_id) WHERE (provisional AND (merged_into_id IS NULL));

--
-- Name: endpoint_resolved_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_resolved_idx ON yett.endpoint USING btree (COALESCE(merged_into_id, endpoint_id));

--
-- Name: endpoint_service_id_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_service_id_idx ON yett.endpoint USING btree (service_id);

--
-- Name: endpoint_spec_spec_operation_id_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX endpoint_spec_spec_operation_id_idx ON yett.endpoint_spec USING btree (spec_operation_id);

--
-- Name: field_token_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX field_token_idx ON yett.field USING btree (field_id) WHERE (path ~~ '%{~%'::text);

--
-- Name: gap_to_at_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX gap_to_at_idx ON yett.gap USING btree (to_at);

--
-- Name: segment_child_token_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX segment_child_token_idx ON yett.segment_child USING btree (word) WHERE (word ~~ '{~%'::text);

--
-- Name: token_link_to_token_idx; Type: INDEX; Schema: yett; Owner: yett_owner
--

CREATE INDEX token_link_to_token_idx ON yett.token_link USING btree (to_token);

--
-- Name: token_link token_link_follow; Type: TRIGGER; Schema: yett; Owner: yett_owner
--

CREATE TRIGGER token_link_follow AFTER INSERT ON yett.token_link REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION yett.token_links_follow();

--
-- Name: undecided_word undecided_word_host_released; Type: TRIGGER; Schema: yett; Owner: yett_owner
--

CREATE TRIGGER undecided_word_host_released AFTER INSERT OR UPDATE ON yett.undecided_word FOR EACH ROW WHEN (((new.token ~~ 'host.%'::text) AND (new.released_text IS NOT NULL))) EXECUTE FUNCTION yett.host_released_follow();

--
-- Name: agent_stream agent_stream_agent_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.agent_stream
    ADD CONSTRAINT agent_stream_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES yett.agent(agent_id);

--
-- Name: change change_endpoint_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.change
    ADD CONSTRAINT change_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES yett.endpoint(endpoint_id);

--
-- Name: change change_field_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.change
    ADD CONSTRAINT change_field_id_fkey FOREIGN KEY (field_id) REFERENCES yett.field(field_id);

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
-- Name: endpoint_spec endpoint_spec_endpoint_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint_spec
    ADD CONSTRAINT endpoint_spec_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES yett.endpoint(endpoint_id);

--
-- Name: endpoint_spec endpoint_spec_spec_operation_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.endpoint_spec
    ADD CONSTRAINT endpoint_spec_spec_operation_id_fkey FOREIGN KEY (spec_operation_id) REFERENCES yett.spec_operation(spec_operation_id) ON DELETE CASCADE;

--
-- Name: field_class field_class_class_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.field_class
    ADD CONSTRAINT field_class_class_fkey FOREIGN KEY (class) REFERENCES yett.data_class(name);

--
-- Name: field_class field_class_field_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.field_class
    ADD CONSTRAINT field_class_field_id_fkey FOREIGN KEY (field_id) REFERENCES yett.field(field_id);

--
-- Name: field field_endpoint_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.field
    ADD CONSTRAINT field_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES yett.endpoint(endpoint_id);

--
-- Name: field_window field_window_field_class_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.field_window
    ADD CONSTRAINT field_window_field_class_fkey FOREIGN KEY (field_id, class) REFERENCES yett.field_class(field_id, class) ON DELETE CASCADE;

--
-- Name: finding finding_endpoint_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.finding
    ADD CONSTRAINT finding_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES yett.endpoint(endpoint_id);

--
-- Name: finding finding_spec_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.finding
    ADD CONSTRAINT finding_spec_id_fkey FOREIGN KEY (spec_id) REFERENCES yett.spec(spec_id);

--
-- Name: gap gap_agent_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.gap
    ADD CONSTRAINT gap_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES yett.agent(agent_id);

--
-- Name: segment_child segment_child_endpoint_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.segment_child
    ADD CONSTRAINT segment_child_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES yett.endpoint(endpoint_id);

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
-- Name: spec_field spec_field_spec_operation_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec_field
    ADD CONSTRAINT spec_field_spec_operation_id_fkey FOREIGN KEY (spec_operation_id) REFERENCES yett.spec_operation(spec_operation_id) ON DELETE CASCADE;

--
-- Name: spec_operation spec_operation_spec_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec_operation
    ADD CONSTRAINT spec_operation_spec_id_fkey FOREIGN KEY (spec_id) REFERENCES yett.spec(spec_id);

--
-- Name: spec_word spec_word_spec_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.spec_word
    ADD CONSTRAINT spec_word_spec_id_fkey FOREIGN KEY (spec_id) REFERENCES yett.spec(spec_id);

--
-- Name: team_rule team_rule_team_id_fkey; Type: FK CONSTRAINT; Schema: yett; Owner: yett_owner
--

ALTER TABLE ONLY yett.team_rule
    ADD CONSTRAINT team_rule_team_id_fkey FOREIGN KEY (team_id) REFERENCES yett.team(team_id);

--
-- PostgreSQL database dump complete
--

