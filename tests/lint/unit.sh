# The systemd unit is valid and its sandbox stays tight: an exposure of at most 2.0 of 10.
unit=spoa/supervisor/yett-agent.service
command -v systemd-analyze >/dev/null || { echo "no systemd-analyze"; exit 77; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0
# It is judged without being installed: the program and the pages need not be there.
sed -e 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' -e '/^Documentation=/d' $unit >"$dir/yett-agent.service"
out=$(systemd-analyze verify --man=no "$dir/yett-agent.service" 2>&1 |
	grep -F yett-agent | grep -vE 'haproxy.service')
[ -z "$out" ] || { printf '%s\n' "$out"; bad=1; }
out=$(systemd-analyze security --offline=yes --threshold=20 "$dir/yett-agent.service" 2>&1) ||
	{ printf '%s\n' "$out" | tail -n 40; bad=1; }
# What the code relies on.
for line in Type=notify KillMode=mixed RestartPreventExitStatus=2 OOMPolicy=continue \
	FileDescriptorStoreMax= WatchdogSec= LimitCORE=0; do
	grep -q "^$line" $unit || { echo "$unit: $line is missing"; bad=1; }
done
if command -v systemd-sysusers >/dev/null; then
	out=$(systemd-sysusers --dry-run "$PWD"/spoa/supervisor/yett.sysusers 2>&1) ||
		{ printf '%s\n' "$out"; bad=1; }
	case $out in *Failed* | *ignoring*) printf '%s\n' "$out"; bad=1 ;; esac
fi
exit $bad
