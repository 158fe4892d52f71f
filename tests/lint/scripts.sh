# Shell and Python scripts parse.
bad=0
for file in $(tests/lint/files | grep -E '^(tools|tests|haproxy|\.ci)/' | grep -vE '\.(md|txt|c|h|sql|cfg|rules|json)$|/corpus/'); do
	case $(head -n 1 "$file" | tr -d '\0') in
	'#!'*bash*) bash -n "$file" || bad=1 ;;
	'#!'*/sh*) sh -n "$file" || bad=1 ;;
	'#!'*python*) python3 -c 'import ast,sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" || bad=1 ;;
	*) case $file in *.sh) bash -n "$file" || bad=1 ;; esac ;; # sourced by bash
	esac
done
exit $bad
