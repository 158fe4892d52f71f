# Counters, exceptions and rule fields stand in exactly one table; the pages name each of
# them and name nothing of the kind that the table does not have.
bad=0
names() { # macro, file, which argument
	sed -n "s/^$1(//p" "$2" | awk -F'[ ]*,[ ]*' -v k="$3" '{ gsub(/"/, "", $k); print $k }'
}
page() { # page, names on stdin
	[ -f "$1" ] || { echo "$1: no such page"; return 1; }
	text=$(sed -e 's/\\&//g' -e 's/\\-/-/g' -e 's/\\_/_/g' "$1")
	status=0
	while read -r name; do
		printf '%s\n' "$text" | grep -qwF -e "$name" ||
			{ echo "$1: does not name $name"; status=1; }
	done
	return $status
}
names METRIC lib/metric/metric.def 2 | sed 's/^/yett_/' | page man/yett-agent.8 || bad=1
names EXCEPTION lib/metric/exception.def 2 | page man/yett-spoe.7 || bad=1
names FIELD lib/engine/field.def 2 | page man/yett-rules.5 || bad=1

# The reverse: what the pages call a counter or a field is one.
known=$(names METRIC lib/metric/metric.def 2 | sed 's/^/yett_/')
for name in $(grep -ohE '\byett_[a-z_]+_(total|seconds|bytes)\b' man/* 2>/dev/null | sort -u); do
	printf '%s\n' "$known" | grep -qxF "$name" ||
		{ grep -qwF -e "${name#yett_}" -e "$name" lib/metric/metric.c spoa/supervisor/overview.c ||
			{ echo "man: $name is no counter"; bad=1; }; }
done
known=$(names FIELD lib/engine/field.def 2)
for name in $(sed -nE 's/^\.It (Ic|Va|Sy|Li|Cm|Dv) ((http|tls|identity|endpoint|history|ip|tcp|haproxy)(\.[a-z0-9_.]+)?).*/\2/p' man/yett-rules.5 2>/dev/null | sort -u); do
	printf '%s\n' "$known" | grep -qxF "$name" ||
		{ echo "man/yett-rules.5: $name is no field"; bad=1; }
done
exit $bad
