# Each folder that lists sources says what lives in it.
bad=0
for list in $(tests/lint/files sources.mk); do
	folder=$(dirname "$list")
	[ -n "$(sed -n 's/^[a-z]*_SRC *:= *\([^ ]\)/\1/p' "$list")" ] || continue
	[ -f "$folder/README.md" ] || { echo "$folder: no README.md"; bad=1; }
done
exit $bad
