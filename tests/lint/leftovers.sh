# Nothing unfinished is committed.
! tests/lint/files .c .h .def .sql .sh .py .lua .md .mk .cfg .conf .[1-8] Makefile |
	grep -v '^tests/lint/leftovers.sh$' |
	xargs grep -nHwE 'TODO|FIXME|XXX|HACK'
