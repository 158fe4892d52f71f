-- What people and programs may change. Every function writes audit_log.

create function yett.audit_put(p_action text, p_object text, p_detail jsonb default '{}')
returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
	insert into yett.audit_log (action, object, detail)
	values (p_action, p_object, jsonb_strip_nulls(p_detail))
$$;
comment on function yett.audit_put is 'Notes an act in the audit log, in the name of the session''s user';

create function yett.mode_check(p_mode text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
	if p_mode not in ('off', 'shadow', 'enforce') then
		raise exception 'mode %: expected off, shadow or enforce', p_mode
			using errcode = 'invalid_parameter_value';
	end if;
end
$$;
comment on function yett.mode_check is 'Refuses what is no mode; null passes';

create function yett.installation_set(p_environment text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.installation_set is 'Says, once, which environment this database is';

create function yett.team_put(p_name text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.team_put is 'A team by name, made if it is new';

create function yett.service_put(p_name text, p_team text default null) returns integer
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
	insert into yett.service as s (name, team_id, origin) values (p_name, team, 'human')
	on conflict on constraint service_name_key do update set
		team_id = coalesce(excluded.team_id, s.team_id), origin = 'human'
	returning s.service_id into id;
	perform yett.audit_put('service_put', p_name, jsonb_build_object('team', p_team));
	return id;
end
$$;
comment on function yett.service_put is 'A service by name, made if it is new; gives it to a team if one is named';

create function yett.service_host_put(p_service text, p_host_pattern text,
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
	perform yett.audit_put('service_host_put', p_service, jsonb_build_object(
		'host', p_host_pattern, 'prefix', p_path_prefix, 'ordinal', p_ordinal));
	return id;
end
$$;
comment on function yett.service_host_put is 'Maps a host pattern and path prefix to a service; without ordinal: last';

create function yett.service_host_remove(p_host_pattern text, p_path_prefix text default '/')
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.service_host_remove is 'Takes a mapping away; false if there was none';

create function yett.endpoint_set_mode(p_endpoint_id integer, p_mode text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.endpoint_set_mode is 'Upper bound for rules on an endpoint; returns what it was';

create function yett.endpoint_put(p_hash bigint, p_service text, p_method text,
	p_template text, p_operation text, p_origin text) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.endpoint_put is 'An endpoint that a person or a specification says exists';

create function yett.rule_put(p_name text, p_text text, p_mode text default null,
	p_owner text default null, p_reason text default null,
	p_expires_at timestamptz default null) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.rule_put is 'Adds or replaces a rule: added, changed or same; null leaves a property to the text';

create function yett.rule_set_mode(p_name text, p_mode text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.rule_set_mode is 'Mode of a rule from the next bundle on; returns what was set before';

create function yett.rule_set_enabled(p_name text, p_enabled boolean) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.rule_set_enabled is 'Whether a rule is compiled at all';

create function yett.rule_remove(p_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.rule_remove is 'Takes a rule away; its text stays in the audit log';

-- What yettc would refuse for the whole policy is refused here, where somebody is told.
create function yett.setting_check(p_key text, p_value text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
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
$$;
comment on function yett.setting_check is 'Refuses settings that would keep a policy from being compiled';

create function yett.setting_put(p_key text, p_value text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.setting_put is 'Sets a policy setting; returns what it was';

create function yett.setting_remove(p_key text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.setting_remove is 'Takes a setting back to its default; false if it was not set';

create function yett.bundle_next_revision() returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select coalesce(max(b.revision), 0) + 1 from yett.bundle as b
$$;
comment on function yett.bundle_next_revision is 'The lowest revision that is still free';

create function yett.bundle_put(p_revision bigint, p_parent bigint, p_restores bigint,
	p_environment text, p_content bytea, p_bytes bytea, p_note text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.bundle_put is 'Keeps a signed bundle without putting it in force';

create function yett.bundle_publish(p_revision bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
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
comment on function yett.bundle_publish is 'Puts a bundle in force on every gateway; its revision must be the highest';

create function yett.bundle_bytes(p_revision bigint) returns bytea
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
	select b.bytes from yett.bundle as b where b.revision = p_revision
$$;
comment on function yett.bundle_bytes is 'A bundle as it was signed; null if unknown or no longer kept';

-- Partitions from the retention's edge to two weeks (at least one step) ahead.
create function yett.partition_maintain() returns table (made integer, dropped integer)
language plpgsql security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
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
comment on function yett.partition_maintain is 'Makes partitions ahead, drops those past retention, lets go of the bytes of old bundles and of streams silent for a month';
