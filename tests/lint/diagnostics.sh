# Every warning and error that the agent can log stands in DIAGNOSTICS of yett-agent(8).
page=man/yett-agent.8
[ -f $page ] || { echo "$page: no such page"; exit 1; }
bad=0
messages=$(tests/lint/files .c | grep -E '^(spoa|lib)/' | xargs cat | tr -d '\n\t' |
	grep -oE 'log_(warn|error)\( *[^;]*;' | sed -E 's/^log_(warn|error)\( *//' |
	grep -oE '^"[^"]*"|^[^",]*\? *"[^"]*" *: *"[^"]*"' | grep -oE '"[^"]*"' | tr -d '"' | sort -u)
[ -n "$messages" ] || { echo "no messages found"; exit 1; }
printf '%s\n' "$messages" >"${TMPDIR:-/tmp}/diagnostics.$$"
while IFS= read -r message; do
	grep -qxF ".It $message" $page || { echo "$page: does not explain \"$message\""; bad=1; }
done <"${TMPDIR:-/tmp}/diagnostics.$$"
rm -f "${TMPDIR:-/tmp}/diagnostics.$$"
exit $bad
