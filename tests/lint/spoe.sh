# What HAProxy and the agent tell each other stands in one table each; the page and the
# shipped configuration name all of it and nothing else.
bad=0
page=$(sed -e 's/\\&//g' -e 's/\\-/-/g' man/yett-spoe.7)
says() { # what, name, where, text
	printf '%s\n' "$4" | grep -qwF -e "$2" || { echo "$3: does not name $1 $2"; bad=1; }
}

# arguments of the messages
arguments=$(sed -n '/REQUEST_SPAN_TABLE(X) /,/^enum/p' lib/engine/request.h |
	grep -oE '"[a-z]+"\)' | tr -d '")')
[ -n "$arguments" ] || { echo "lib/engine/request.h: no arguments found"; bad=1; }
spoe=$(grep -E '^[[:space:]]*args ' haproxy/yett.spoe.cfg | tr ' "' '\n\n' | sed -n 's/^\([a-z]*\)=.*/\1/p' | sort -u)
for name in $arguments; do
	says argument "$name" man/yett-spoe.7 "$page"
	says argument "$name" haproxy/yett.spoe.cfg "$spoe"
done
for name in $spoe; do
	says argument "$name" lib/engine/request.h "$arguments"
done

# variables of the ACK
variables=$(sed -n 's/^VARIABLE([A-Z_]*, "\([a-z_]*\)".*/\1/p' spoa/worker/variable.def)
[ -n "$variables" ] || { echo "spoa/worker/variable.def: no variables found"; bad=1; }
for name in $variables; do
	says variable "txn.yett.$name" man/yett-spoe.7 "$page"
done
for name in $(grep -oE 'txn\.yett\.[a-z_]+' haproxy/haproxy.cfg haproxy/yett-haproxy-config -h | sort -u); do
	case ${name#txn.yett.} in error | ptime | ttime) continue ;; esac
	says variable "${name#txn.yett.}" spoa/worker/variable.def "$variables"
done

# fields of the finish line
fields=$(sed -n '/FINISH_SPAN_TABLE(X)/,/^struct finish/p' spoa/analyst/finish.h |
	grep -oE '"[a-z]+"\)' | tr -d '")')
[ -n "$fields" ] || { echo "spoa/analyst/finish.h: no fields found"; bad=1; }
line=$(grep -oE '[ ][a-z]+=\\"' haproxy/haproxy.cfg | tr -d ' =\\"')
for name in $fields; do
	says field "$name" man/yett-spoe.7 "$page"
	says field "$name" haproxy/haproxy.cfg "$line"
done
for name in $line; do
	says field "$name" spoa/analyst/finish.h "$fields"
done

# statuses: one line each in the configuration
statuses=$(sed -n 's/^STATUS(\([0-9]*\),.*/\1/p' lib/bundle/status.def)
[ -n "$statuses" ] || { echo "lib/bundle/status.def: no statuses found"; bad=1; }
for status in $statuses; do
	case $status in
	429) grep -q 'return status 429 .*-m str rate' haproxy/haproxy.cfg ;;
	403) grep -q 'deny_status 403 if yett_deny$' haproxy/haproxy.cfg ;;
	*) grep -qE "status $status .*yett_deny .*-m int $status " haproxy/haproxy.cfg ;;
	esac || { echo "haproxy/haproxy.cfg: no line for status $status"; bad=1; }
done
exit $bad
