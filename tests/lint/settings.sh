# Every key of yett.conf stands in yett.conf(5) with its default, unit, range and whether a
# reload applies it, in the section it belongs to; and the page has no key that there is not.
# `sh tests/lint/settings.sh print` prints what the page must hold of each.
page=man/yett.conf.5
agent=${B:-build}/yett-agent
[ -x "$agent" ] || { echo "$agent is not built"; exit 77; }
expected() { # section, two lines a key, separated by tabs
	"$agent" --settings | awk -F'\t' '
	{
		split($1, key, ".")
		shown = $3 == "" ? "" : " " $3
		gsub(/%/, "%", shown)
		unit = $6 == "" ? "" : ", " $6
		range = $4 == "" ? "" : ", " $4 " to " $5
		word = $2
		sub(/text/, "Text", word); sub(/number/, "Number", word)
		sub(/yes\|no/, "Yes or no", word); sub(/list/, "Text, may repeat", word)
		printf "%s\t.It Cm %s No =%s\t%s%s%s; %s.\n", key[1], key[2], shown,
			word, unit, range, $7
	}'
}
[ "$1" != print ] || { expected; exit 0; }
[ -f $page ] || { echo "$page: no such page"; exit 1; }
found=$(awk '
	/^\.Ss / { section = $2; gsub(/[][]/, "", section) }
	held != "" { print section "\t" held "\t" $0; held = "" }
	/^\.It Cm .* No =/ { held = $0 }
' $page)
want=$(expected)
bad=0
missing=$(printf '%s\n' "$want" | while IFS= read -r line; do
	printf '%s\n' "$found" | grep -qxF -e "$line" || printf '%s\n' "$line"
done)
[ -z "$missing" ] || { printf '%s: missing or other than settings.def:\n%s\n' $page "$missing"; bad=1; }
surplus=$(printf '%s\n' "$found" | while IFS= read -r line; do
	printf '%s\n' "$want" | grep -qxF -e "$line" || printf '%s\n' "$line"
done)
[ -z "$surplus" ] || { printf '%s: no such key or other values:\n%s\n' $page "$surplus"; bad=1; }
exit $bad
