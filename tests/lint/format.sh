# .clang-format decides.
command -v clang-format >/dev/null || { echo "no clang-format"; exit 77; }
tests/lint/files .c .h | xargs clang-format --dry-run --Werror 2>&1 | grep -E 'error:' |
	awk -F: '{ n[$1]++ } END { for (f in n) { print f ": " n[f] " places"; bad = 1 }; exit bad }'
