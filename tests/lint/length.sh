# A file is one idea: at most 700 lines (usually under 500). Dumped and recorded files are
# not read by people.
tests/lint/files .c .h .sql .sh .py .lua .def | grep -vE '^db/schema\.sql$|^tests/golden/' |
	xargs wc -l | awk '$2 != "total" && $1 > 700 { print $2 ": " $1 " lines"; bad = 1 }
		END { exit bad }'
