# Include rules between folders: tests/lint/includes.table against every #include.
tests/lint/files .c .h | grep -E '^(lib|spoa|policy|control)/' |
	xargs grep -nHE '^[ \t]*#[ \t]*include' | awk '
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
BEGIN {
	FS = "|"
	pure = "ev.h libpq-fe.h unistd.h fcntl.h time.h sys/time.h sys/socket.h sys/stat.h" \
	    " syslog.h base/clock.h base/log.h base/io.h msgpack.h"
	while ((getline line < "tests/lint/includes.table") > 0) {
		if (line ~ /^#/ || line ~ /^[ \t]*$/) continue
		split(line, f, "|")
		folder = trim(f[1])
		may[folder] = " " trim(f[2]) " "
		never[folder] = " " (trim(f[3]) == "pure" ? pure : trim(f[3])) " "
		order[++n] = folder
	}
	FS = ":"
}
{
	file = $1; where = $1 ":" $2
	line = $0; sub(/^[^:]*:[^:]*:/, "", line)
	if (!match(line, /[<"][^>"]+[>"]/)) next
	name = substr(line, RSTART + 1, RLENGTH - 2)
	home = ""
	for (i = 1; i <= n; i++)
		if (index(file, order[i] "/") == 1) home = order[i]
	if (home == "") next # spoa/main.c may start every role
	if (index(never[home], " " name " "))
		{ print where ": " home " never includes " name; bad = 1 }
	if (substr(line, RSTART, 1) == "<" || name !~ /\//) next
	part = name; sub(/\/.*/, "", part)
	own = home; sub(/.*\//, "", own)
	if (home == "control" && name ~ /^control\//) next
	if (home == "policy" && part == "policy") next
	if (part != own && !index(may[home], " " part " ") && !index(may[home], " " name " "))
		{ print where ": " home " may not include " name; bad = 1 }
}
END { exit bad }'
