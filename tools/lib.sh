# Shell functions that run, stop and demo share. Sourced by bash.

# The env file of another stack may have been sourced in this shell.
unset YETT_LISTEN YETT_DATABASE YETT_CONTROL YETT_CONFIG YETT_HAPROXY_CFG \
	YETT_HAPROXY_SOCKET YETT_POLICY_KEY YETT_REPORTS

die() {
	echo "$(basename "$0"): $*" >&2
	exit 1
}

# A TCP port of 127.0.0.1 that nobody listens on now.
free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits until a command succeeds: seconds, what for, command.
wait_for() {
	local until=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.1
	done
}

listens() { # HOST PORT
	timeout 2 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
}

# Starts a program in the background with its output in a file, and notes its pid with its
# name and start time, so that stop ends exactly it: folder, name, command.
launch() {
	local dir=$1 name=$2
	shift 2
	"$@" >>"$dir/log/$name.log" 2>&1 </dev/null &
	note_pid "$dir" "$name" $!
}

# The moment a process started, in clock ticks since boot: tells a pid from its reuse.
# Nothing if it is gone or only waits to be reaped.
started() {
	sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
}

note_pid() { # folder, name, pid
	echo "$2 $3 $(started "$3")" >>"$1/pids"
}

# Ends what launch noted in a folder, latest first; waits 10 s for each, then insists.
end_all() {
	local name pid when i
	[ -f "$1/pids" ] || return 0
	tac "$1/pids" | while read -r name pid when; do
		[ -n "$when" ] && [ "$(started "$pid")" = "$when" ] || continue
		kill "$pid" 2>/dev/null || continue
		for i in $(seq 100); do
			[ "$(started "$pid")" = "$when" ] || break
			sleep 0.1
		done
		[ "$(started "$pid")" != "$when" ] || kill -9 "$pid" 2>/dev/null || :
	done
	rm -f "$1/pids"
}

# What stands before a command to run it as an unprivileged user: nothing unless we are
# root. It execs, so that the pid of a launched command is the command's own; and it leaves
# the current folder, which that user may be unable to read.
unprivileged=()
[ "$(id -u)" != 0 ] ||
	unprivileged=(env -C / setpriv --reuid=nobody --regid=nogroup --clear-groups)

# A stack lives in its DIR unless the path is too long for sockets, or root starts it where
# unprivileged users cannot come (below a home of mode 700). Then it lives here while it
# runs, DIR/stack leads to it, and stop moves it back.
elsewhere() { # DIR
	echo "/var/tmp/yett-$(id -u)-$(printf %s "$1" | cksum | cut -d ' ' -f 1)"
}

# The folder that the stack of a DIR lives in now.
home_of() { # DIR
	local other
	other=$(elsewhere "$1")
	if [ -d "$other" ] && [ -O "$other" ]; then echo "$other"; else echo "$1"; fi
}

# Pids of a stack's servers, known by arguments that name its files: whatever has become of
# the folder.
servers_of() { # folder
	local pid
	printf '%s\n' "$1"/{etc/yett.conf,keys/policy,etc/haproxy.cfg,pg/data} |
		grep -lzxsF -f - /proc/[0-9]*/cmdline | cut -d / -f 3 | while read -r pid; do
		case $(cat "/proc/$pid/comm" 2>/dev/null) in
		yett-agent | yettc | haproxy | postgres) [ -z "$(started "$pid")" ] || echo "$pid" ;;
		esac
	done
}
