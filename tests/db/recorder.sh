# Sourced by run: the recorder against a server that dies, forgets, refuses. Whatever
# happens, in the end every request is in the tables once.

fed=0
new_spool() { # name
	state=$dir/$1
	mkdir "$state"
	fed=0
}
feed_more() { # options of recorder_feed
	local more
	more=$($feed -d "$state" -F -k 1 "$@" | sed 's/.*"requests":\([0-9]*\).*/\1/')
	fed=$((fed + more))
}
ship() { # database, options
	local database=$1
	shift
	timeout 60 "$feed" -d "$state" -c "$base dbname=$database" -S "$@" 2>>"$dir/ship.err"
}
ship_background() { # database, options
	local database=$1
	shift
	"$feed" -d "$state" -c "$base dbname=$database" -S "$@" >/dev/null 2>>"$dir/ship.err" &
	shipper=$!
	pids="$pids $shipper"
}
end_shipper() { # signal
	kill "-$1" "$shipper" 2>/dev/null
	wait "$shipper" 2>/dev/null
}
# Every request once, in each of the tables; and once as a message of each field.
totals() { # database
	sql "$1" "select (select coalesce(sum(requests), 0) from report.traffic_minute)
		|| ' ' || (select coalesce(sum(requests), 0) from report.traffic)
		|| ' ' || (select coalesce(sum(requests), 0) from report.traffic_day)
		|| ' ' || (select coalesce(sum(yett.hist_count(latency)), 0) from report.traffic_day)
		|| ' ' || (select coalesce(sum(requests), 0) from report.coverage)
		|| ' ' || (select coalesce(sum(messages), 0) from report.field)
		|| ' ' || (select coalesce(sum(hits), 0) from report.field_class)
		|| ' ' || (select coalesce(sum(requests), 0) from report.segment_child)"
}
all_once() { # database, name
	is "$(totals "$1")" "$fed $fed $fed $fed $fed $fed $fed $fed" "$2"
	is "$(sql "$1" "select (select count(*) from report.field where suspected <> '{}')
		- (select count(*) from report.endpoint) || ' ' || (select count(*) from report.change
		where kind = 'class_suspected') - (select count(*) from report.endpoint) || ' '
		|| (select count(*) from report.token_link)")" '0 0 1' "$2: a suspicion of each endpoint once"
}
wait_for() { # database, statement, expected
	local i
	for i in $(seq 200); do
		[ "$(sql "$1" "$2" 2>/dev/null)" = "$3" ] && return 0
		sleep 0.1
	done
	return 1
}

test_plain() {
	new_database plain
	new_spool plain
	feed_more -e 20 -r 200 -t 30 -o -60
	ship plain >/dev/null
	all_once plain 'what was fed is there once'
	ship plain >/dev/null
	all_once plain 'and once when it is shipped again'
	feed_more -e 20 -r 200 -t 7200 -s 600 -o -14400 -b feed
	ship plain -b feed >/dev/null
	ship plain -b feed >/dev/null
	all_once plain 'hours of yesterday are closed without loss'
	is "$(sql plain 'select count(*) > 0 from yett.endpoint_hour')" t 'closed hours are in their partition'
	is "$(sql plain "select count(*) from part.endpoint_hour_open
		where hour_at < now() - interval '70 minutes'")" 0 'none of them is open'
	is "$(ls "$state/spool/0" | grep -c '0000b007.*\.seg')" 0 'segments of the boot before are acknowledged'
}

test_two_at_once() {
	new_database two
	new_spool two
	feed_more -e 50 -r 500 -t 60 -o -120
	ship_background two -N 300
	ship two -N 400 >/dev/null
	wait "$shipper"
	all_once two 'two recorders on one spool'
	is "$(sql two 'select count(*) from report.gaps')" 0 'without a gap'
}

# The same endpoints and fields on both, at the same time: counts are added, a suspicion is
# one change, and whoever waits for the other goes on.
test_two_gateways() {
	local first
	new_database gateways
	new_spool gateway1
	feed_more -e 20 -r 500 -t 40 -o -120 -n gw1
	first=$fed
	ship_background gateways -n gw1 -N 150
	new_spool gateway2
	feed_more -e 20 -r 500 -t 40 -o -120 -n gw2
	fed=$((fed + first))
	ship gateways -n gw2 -N 170 >/dev/null
	wait "$shipper"
	all_once gateways 'two gateways at once'
	is "$(sql gateways 'select count(*) from report.agents')" 2 'are two agents'
	is "$(sql gateways "select deadlocks from pg_stat_database where datname = 'gateways'")" 0 \
		'that never wait for each other'
}

test_killed() {
	local i
	new_database killed
	new_spool killed
	feed_more -e 50 -r 500 -t 120 -o -300
	for i in $(seq 8); do
		ship_background killed -N 200
		sleep "0.$((i * 7 % 10))5"
		end_shipper KILL
	done
	ship killed >/dev/null
	all_once killed 'a recorder killed again and again'
}

test_cut_connections() {
	local i
	new_database cut
	new_spool cut
	feed_more -e 50 -r 500 -t 120 -o -300
	ship_background cut -N 150 -w
	for i in $(seq 40); do
		sql cut "select count(pg_terminate_backend(pid)) from pg_stat_activity
			where application_name = 'yett recorder' and datname = 'cut'" >/dev/null
		sleep 0.05
	done
	wait_for cut 'select sum(requests) from report.traffic' "$fed"
	end_shipper TERM
	ship cut >/dev/null
	all_once cut 'connections cut in the midst of transactions'
}

test_server_dies() {
	local i
	new_database dies
	new_spool dies
	feed_more -e 50 -r 500 -t 120 -o -300
	ship_background dies -N 200 -w
	for i in 1 2 3; do
		sleep 0.3
		tools/pg_cluster kill "$dir/pg"
		sleep 0.3
		tools/pg_cluster start "$dir/pg" fsync=off || return
	done
	wait_for dies 'select sum(requests) from report.traffic' "$fed"
	end_shipper TERM
	ship dies >/dev/null
	all_once dies 'a server that crashes under the recorder'
}

test_older_state() {
	new_database older
	new_spool older
	feed_more -e 30 -r 300 -t 40 -o -300
	ship older >/dev/null
	tools/pg_cluster stop "$dir/pg"
	cp -a "$dir/pg/data" "$dir/pg/data.then"
	tools/pg_cluster start "$dir/pg" fsync=off || return
	ship_background older -w
	feed_more -e 60 -r 300 -t 40 -o -200
	wait_for older 'select sum(requests) from report.traffic' "$fed"
	is "$(sql older 'select sum(requests) from report.traffic')" "$fed" 'shipped before the failover'
	tools/pg_cluster stop "$dir/pg" immediate
	rm -rf "$dir/pg/data"
	mv "$dir/pg/data.then" "$dir/pg/data"
	tools/pg_cluster start "$dir/pg" fsync=off || return
	wait_for older 'select sum(requests) from report.traffic' "$fed"
	feed_more -e 60 -r 300 -t 10 -o -100
	wait_for older 'select sum(requests) from report.traffic' "$fed"
	end_shipper TERM
	all_once older 'a server that knows less gets what it lacks'
	is "$(sql older 'select count(*) from report.endpoint')" 60 'endpoints too'
}

test_refused() {
	new_database refused
	new_spool refused
	feed_more -e 10 -r 50 -t 20 -o -60 -R 12
	ship refused >"$dir/out"
	all_once refused 'refused records do not block the others'
	is "$(sql refused 'select sum(requests) from report.decisions')" 12 'good decisions beside bad ones'
	is "$(sql refused 'select sum(records) from report.gaps')" 12 'each refused one is a gap'
	is "$(wc -l <"$state/refused.ndjson")" 12 'and set aside'
	is "$(sed 's/.*"refused":\([0-9]*\).*/\1/' "$dir/out")" 12 'and counted'
	is "$(sql refused "select count(*) from report.decisions where identities <> requests")" 0 \
		'identities of decisions are united'
}

test_missing_partition() {
	new_database part
	new_spool part
	sql part "drop table part.endpoint_minute_$(date -u +%Y%m%d); drop table part.coverage_minute_$(date -u +%Y%m)"
	feed_more -e 10 -r 50 -t 20 -o -60
	ship part >/dev/null
	all_once part 'a missing partition is made'
	is "$(sql part 'select count(*) from report.gaps')" 0 'and nothing is refused for it'
}

test_wrong_environment() {
	new_database wrong
	new_spool wrong
	feed_more -e 10 -r 50 -t 5 -o -60
	: >"$dir/ship.err"
	ship_background wrong -E prod -w
	sleep 1
	end_shipper TERM
	is "$(sql wrong 'select count(*) from yett.agent')" 0 'an agent of another environment ships nothing'
	is "$(grep -c 'this database is environment dev' "$dir/ship.err")" 1 'and says so once'
}

test_bundle() {
	new_database bundle
	new_spool bundle
	: >"$dir/ship.err"
	sql bundle "select yett.bundle_put(1, 0, null, 'dev', decode(repeat('00', 32), 'hex'), '\\x0102', ''),
		yett.bundle_publish(1)" >/dev/null
	ship_background bundle -w
	wait_for bundle "select count(*) from report.agents" 1
	sleep 0.3
	is "$(grep -c 'fetched revision=1 bytes=2' "$dir/ship.err")" 1 'the bundle in force is fetched at the start'
	sql bundle "select yett.bundle_put(2, 1, null, 'dev', decode(repeat('00', 32), 'hex'),
		convert_to(repeat('x', 12000000), 'UTF8'), '')" >/dev/null
	sleep 0.3
	is "$(grep -c 'revision=2' "$dir/ship.err")" 0 'an unpublished one is not'
	sql bundle 'select yett.bundle_publish(2)' >/dev/null
	sleep 1
	is "$(grep -c 'fetched revision=2 bytes=12000000' "$dir/ship.err")" 1 '12 MB come with the notification'
	end_shipper TERM
}

recorder_tests() {
	test_plain
	test_two_at_once
	test_two_gateways
	test_killed
	test_cut_connections
	test_server_dies
	test_older_state
	test_refused
	test_missing_partition
	test_wrong_environment
	test_bundle
}
