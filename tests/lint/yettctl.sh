# yettctl(1) and the program name the same commands, options, exit codes and checks.
program=${B:-build}/yettctl
[ -x "$program" ] || { echo "yettctl is not built"; exit 77; }
page=man/yettctl.1
bad=0
list=$("$program" --list-commands)
need() { # kind, name, pattern
	grep -qE -e "$3" $page || { echo "$page: does not name $1 $2"; bad=1; }
}
while read -r kind name rest; do
	case $kind in
	command) need command "$name${rest:+ $rest}" "^\.It Cm $name${rest:+ $rest}( |\$)" ;;
	option) need option "--$name" "Fl -$name( |\$)" ;;
	exit) grep -A 1 "^\.It $name\$" $page | grep -qiF -e "$rest." ||
		{ echo "$page: exit code $name is not \"$rest\""; bad=1; } ;;
	check) need check "$name" "^\.It Cm $name\$" ;;
	esac
done <<LIST
$list
LIST
# and the reverse
for name in $(sed -nE 's/^\.It (Fl [a-z] , |Fl [A-Z] , )?Fl -([a-z-]+).*/\2/p' $page | sort -u); do
	case $name in help | version) continue ;; esac
	printf '%s\n' "$list" | grep -qx "option $name" || { echo "$page: there is no option --$name"; bad=1; }
done
for name in $(sed -nE 's/^\.It Cm ((haproxy|agent|database|files)\.[a-z-]+)$/\1/p' $page); do
	printf '%s\n' "$list" | grep -qx "check $name" || { echo "$page: there is no check $name"; bad=1; }
done
exit $bad
