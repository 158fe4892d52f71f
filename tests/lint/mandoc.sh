# The pages are mdoc that mandoc reads without a warning.
pages=$(ls man/*.[1-8] 2>/dev/null)
[ -n "$pages" ] || { echo "no pages yet"; exit 77; }
command -v mandoc >/dev/null || { echo "no mandoc"; exit 77; }
out=$(mandoc -T lint -W warning $pages 2>&1 |
	grep -vE 'referenced manual not found')
[ -z "$out" ] || { printf '%s\n' "$out"; exit 1; }
