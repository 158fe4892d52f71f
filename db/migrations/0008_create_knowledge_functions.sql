-- How what is known of the APIs is written: by gateways (recorder_*), by the compiler
-- (data_class_sync, change_put), by people (override_*, team_rule_*, data_class_*, change_*).
-- Whatever may need judging soon is said on channel yett_learn; the payload says what:
-- suspect, field, override, class.

-- Distinct counts, quicker ------------------------------------------------------------------
-- Each observation of a field merges one: by the bytes, without a query inside.

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

-- Words for numbers ------------------------------------------------------------------------

create function yett.direction_name(p_direction smallint) returns text
language sql immutable parallel safe as $$
	select case p_direction when 1 then 'request' when 2 then 'response' end
$$;
comment on function yett.direction_name is 'request or response; null for 0';

create function yett.direction_of(p_name text) returns smallint
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.direction_of is 'Number of a direction; 0 for an empty name';

create function yett.location_name(p_location smallint) returns text
language sql immutable parallel safe as $$
	select (array['body', 'query', 'path', 'header', 'cookie'])[p_location]
$$;
comment on function yett.location_name is 'Where a field stands; null for 0';

create function yett.location_of(p_name text) returns smallint
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.location_of is 'Number of a location; 0 for an empty name';

create function yett.type_names(p_types integer) returns text[]
language sql immutable parallel safe as $$
	select coalesce(array_agg(t.name order by t.i), '{}')
	from unnest(array['string', 'integer', 'fraction', 'boolean', 'null', 'file'])
		with ordinality as t (name, i)
	where p_types & (1 << (t.i::integer - 1)) <> 0
$$;
comment on function yett.type_names is 'The bits of a field''s types as words';

-- Settings that are numbers ----------------------------------------------------------------

create function yett.setting_number(p_key text) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select coalesce(case when s.value ~ '^\d{1,18}$' then s.value::bigint end, n.value)
	from yett.setting_number as n
	left join yett.setting as s using (key)
	where n.key = p_key
$$;
comment on function yett.setting_number is 'A setting that is a number: as set, else its default';

alter function yett.setting_check(text, text) rename to setting_check_policy;
comment on function yett.setting_check_policy is 'Refuses settings that would keep a policy from being compiled';

create function yett.setting_check(p_key text, p_value text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
$$;
comment on function yett.setting_check is 'Refuses settings that would keep a policy from being compiled, and numbers out of their range';

-- Changes ----------------------------------------------------------------------------------

create function yett.change_severity(p_kind text, p_class text, out severity text,
	out alert boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select p.severity, p.alert
	from yett.change_policy as p
	left join yett.data_class as c on c.name = p_class
	where p.kind = p_kind and (p.class_group = '' or p.class_group = any (c.groups))
	order by array_position(array['info', 'low', 'medium', 'high', 'critical'], p.severity)
		desc, p.alert desc
	limit 1
$$;
comment on function yett.change_severity is 'What yett.change_policy says of a kind of change; for a class by its groups, the most severe counts';

create function yett.change_put(p_kind text, p_at timestamptz, p_endpoint_id integer,
	p_field_id integer, p_class text, p_before text, p_after text, p_evidence jsonb,
	p_key text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.change_put is 'Notes a change of an endpoint; null if its key is there already: one row however many saw it';

create function yett.change_disposition_put(p_change_id bigint, p_disposition text,
	p_reason text default null) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.change_disposition_put is 'What a person found an alert to be: true, false, benign, null for open again; returns what it was';

create function yett.change_policy_put(p_kind text, p_class_group text, p_severity text,
	p_alert boolean) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.change_policy_put is 'How severe a kind of change is and whether it is an alert, from now on';

-- Classes of data --------------------------------------------------------------------------

create function yett.data_class_put(p_name text, p_title text, p_groups text[],
	p_mask text default 'token', p_pattern text default null, p_validator text default null,
	p_names text[] default '{}') returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	before yett.data_class;
begin
	if p_pattern is null and cardinality(p_names) = 0 then
		raise exception 'class "%": a pattern, words of names, or both are needed', p_name
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
$$;
comment on function yett.data_class_put is 'Adds or replaces a class that a customer defines: added, changed or same';

create function yett.data_class_remove(p_name text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
	update yett.data_class as c set enabled = false, changed_at = now(),
		changed_by = session_user
	where c.name = p_name;
	perform yett.audit_put('data_class_remove', p_name,
		jsonb_build_object('before', to_jsonb(before)));
	perform pg_notify('yett_learn', 'class');
	return true;
end
$$;
comment on function yett.data_class_remove is 'Takes a customer''s class out of use; the row stays, so that what gateways still say of it is passed over';

create function yett.data_class_sync(p_classes jsonb) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.data_class_sync is 'Built-in classes as the compiler has them: [{"name", "title", "groups": [], "mask"}]; how many were new or other; a customer''s class of the same name stays';

-- A class that gateways know and this database does not: described by the next sync.
create function yett.data_class_note(p_class text[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.data_class (name, title, builtin)
	select distinct u.class, u.class, true
	from unnest(p_class) as u (class)
	where not exists (select from yett.data_class as c where c.name = u.class)
	order by u.class
	on conflict on constraint data_class_pkey do nothing
$$;
comment on function yett.data_class_note is 'Keeps a place for classes that are not known here yet';

-- Teams ------------------------------------------------------------------------------------

create function yett.host_matches(p_host text, p_pattern text) returns boolean
language sql immutable parallel safe as $$
	select p_pattern = '*' or p_host = p_pattern
		or (p_pattern like '*.%' and right(p_host, length(p_pattern) - 1) = substr(p_pattern, 2))
$$;
comment on function yett.host_matches is 'Whether a host, or a narrower pattern, falls under a host pattern';

create function yett.path_has_prefix(p_path text, p_prefix text) returns boolean
language sql immutable parallel safe as $$
	select p_prefix = '/' or p_path = rtrim(p_prefix, '/')
		or starts_with(p_path, rtrim(p_prefix, '/') || '/')
$$;
comment on function yett.path_has_prefix is 'Whether a path lies under a prefix, by whole segments';

-- A service is its hosts and prefixes, or, without any, the host it is called after.
create function yett.team_rule_of(p_service_id integer) returns integer
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.team_rule_of is 'The team that rules give a service, null for none';

-- A rule below a service's prefix concerns some of its endpoints only.
create function yett.team_rule_of_endpoint(p_service_id integer, p_template text)
returns integer
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.team_rule_of_endpoint is 'The team that a rule with a path prefix gives an endpoint, null for none';

create function yett.team_rules_apply(p_service_id integer[] default null) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.team_rules_apply is 'Gives services, or all, the team that rules say, but where a person said one; how many changed';

create function yett.team_rule_put(p_host_pattern text, p_path_prefix text, p_team text,
	p_ordinal integer default null) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;
comment on function yett.team_rule_put is 'Says which team answers for a host pattern and path prefix; without ordinal: last; the first match wins';

create function yett.team_rule_remove(p_host_pattern text, p_path_prefix text default '/')
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.team_rule_remove is 'Takes a team rule away; false if there was none';

create or replace function yett.service_put(p_name text, p_team text default null)
returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

create or replace function yett.service_host_put(p_service text, p_host_pattern text,
	p_path_prefix text default '/', p_ordinal integer default null) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
$$;

create or replace function yett.service_host_remove(p_host_pattern text,
	p_path_prefix text default '/') returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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

-- What people say --------------------------------------------------------------------------

create function yett.override_check(p_service text, p_method text, p_template text,
	p_operation text, p_direction smallint, p_location smallint, p_path text,
	p_property text, p_value text, p_origin text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
	when p_property = 'template.split' then
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
$$;
comment on function yett.override_check is 'Refuses what no view and no program would understand';

create function yett.override_put(p_service text, p_method text, p_template text,
	p_operation text, p_direction smallint, p_location smallint, p_path text,
	p_property text, p_value text, p_reason text default null,
	p_origin text default 'human') returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.override_put is 'What a person says of a service, an endpoint or a field: added, changed or same';

create function yett.override_remove(p_service text, p_method text, p_template text,
	p_operation text, p_direction smallint, p_location smallint, p_path text,
	p_property text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.override_remove is 'Takes back what a person said; false if nobody did';

-- yes, no, or null when nobody said anything. A field that is ignored is of no class.
create function yett.override_class(p_field_id integer, p_class text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.override_class is 'Whether a person says that a field is of a class';

-- What gateways say ------------------------------------------------------------------------

-- Fields that a mature endpoint did not have. Mature is what was looked at for a day: an
-- endpoint that came with an older schema has no fields from before, and answers may be
-- watched only since today.
create function yett.field_new_put(p_field_id integer[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.field_new_put is 'Notes those of the fields that their mature endpoints did not have';

create function yett.recorder_observations(p_endpoint_id integer[], p_direction smallint[],
	p_location smallint[], p_path text[], p_first_at timestamptz[], p_last_at timestamptz[],
	p_messages bigint[], p_present bigint[], p_values bigint[], p_types integer[],
	p_status_mask integer[], p_bytes_max bigint[], p_distinct bytea[],
	p_class_at integer[], p_class text[], p_hits bigint[], p_checked bigint[],
	p_certain bigint[], p_contained bigint[], p_prior integer[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
	most constant bigint := yett.setting_number('learn.fields_max');
	fresh integer[];
begin
	perform yett.data_class_note(p_class);
	with place as materialized (
		select u.*, coalesce(e.merged_into_id, e.endpoint_id) as id
		from unnest(p_endpoint_id, p_direction, p_location, p_path, p_first_at, p_last_at,
			p_messages, p_present, p_values, p_types, p_status_mask, p_bytes_max, p_distinct)
			with ordinality as u (endpoint_id, direction, location, path, first_at, last_at,
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
comment on function yett.recorder_observations is 'Adds what was seen of fields; class_at says which observation, from 1, a class belongs to';

create function yett.recorder_suspects(p_endpoint_id integer[], p_direction smallint[],
	p_location smallint[], p_path text[], p_class text[], p_at timestamptz[],
	p_values bigint[], p_hits bigint[], p_score integer[], p_evidence text[],
	p_sample_id text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
			left(u.evidence, 1000) as evidence, u.sample_id
		from unnest(p_endpoint_id, p_direction, p_location, p_path, p_class, p_at, p_values,
			p_hits, p_score, p_evidence, p_sample_id)
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
			concat_ws(' ', 'class_suspected', one.endpoint_id, one.direction, one.location,
				one.class, one.path, case when before.state = 'rejected'
				then to_char(before.judged_at at time zone 'UTC', 'YYYY-MM-DD') end));
		perform pg_notify('yett_learn', 'suspect');
	end loop;
end
$$;
comment on function yett.recorder_suspects is 'Classes that fields have not had before, as a gateway sees it, with the score in tenths of a nat; what is judged already stays (a rejection for a day), and what a person said';

create function yett.recorder_children(p_endpoint_id integer[], p_segment integer[],
	p_word text[], p_requests bigint[], p_accepted bigint[], p_identities bytea[],
	p_shape bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
	insert into yett.segment_child as c (endpoint_id, segment, word, requests, accepted,
		identities, shape)
	select coalesce(e.merged_into_id, e.endpoint_id), u.segment, u.word,
		sum(u.requests), sum(u.accepted),
		case count(u.identities) when 0 then null
			when 1 then (array_agg(u.identities) filter (where u.identities is not null))[1]
			else yett.distinct_merge(array_agg(u.identities)
				filter (where u.identities is not null)) end,
		coalesce((array_agg(u.shape) filter (where u.shape <> 0))[1], 0)
	from unnest(p_endpoint_id, p_segment, p_word, p_requests, p_accepted, p_identities,
		p_shape) as u (endpoint_id, segment, word, requests, accepted, identities, shape)
	join yett.endpoint as e using (endpoint_id)
	group by 1, 2, 3
	order by 1, 2, u.word collate "C"
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
comment on function yett.recorder_children is 'Adds values seen most at parameters; of each parameter those of the last day and the most seen ones are kept';

create function yett.recorder_links(p_from text[], p_to text[], p_at timestamptz[])
returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.token_link (from_token, to_token, at)
	select u.f, u.t, min(u.at) from unnest(p_from, p_to, p_at) as u (f, t, at)
	where u.f <> u.t
	group by u.f, u.t
	order by u.f, u.t
	on conflict on constraint token_link_pkey do nothing
$$;
comment on function yett.recorder_links is 'Tokens of one value under the key before and after a rotation';

create function yett.field_merge(p_from integer, p_into integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.field_merge is 'A field turned out to be another: counts are added, verdicts kept';

-- A word that was released stands in the names of fields from now on as gateways will write
-- it: with a '\' before what parts names.
create function yett.path_released(p_path text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.path_released is 'A field''s path with the names that were released since it was seen';

create function yett.words_follow(p_token text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.words_follow is 'Fields, values of parameters and what people said of them go on under the words that were released';

create or replace function yett.recorder_words(p_token text[], p_text text[],
	p_identities bigint[], p_at timestamptz[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
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

-- What is known of one endpoint goes to another that it was found to be.
create function yett.knowledge_move(p_from integer, p_into integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
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
comment on function yett.knowledge_move is 'Fields, classes and values of parameters of an endpoint are added to those of another';

create or replace function yett.endpoint_merge(p_hash bigint, p_into bigint) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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

create or replace function yett.recorder_endpoints(p_hash bigint[], p_alias_of bigint[],
	p_service text[], p_method text[], p_template text[], p_operation text[],
	p_first_at timestamptz[], p_provisional boolean[], p_shapes text[])
returns table (hash bigint, endpoint_id integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
