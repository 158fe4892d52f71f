-- How what is known of the APIs is written by the compiler (data_class_sync, change_put) and by
-- people (override_*, team_rule_*, data_class_*, change_*); what gateways say is in 0017.
-- Whatever may need judging soon is said on channel yett_learn; the payload says what:
-- suspect, field, override, class.

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

-- What a change is about, for its key: an id that is never reused; endpoints that are told
-- apart by nothing but undecided words are one subject, or each user of an API would be an
-- alarm of their own.
create function yett.change_subject(p_endpoint_id integer) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select case when e.provisional
		then concat_ws(' ', e.service_id, regexp_replace(e.label, '\{~[^}]*\}', '{…}', 'g'))
		else e.endpoint_id::text end
	from yett.endpoint as e where e.endpoint_id = p_endpoint_id
$$;
comment on function yett.change_subject is 'What keys of changes call an endpoint: its id, or its placeholder while its words are undecided';

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
