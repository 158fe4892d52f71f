# Every header compiles by itself.
tests/lint/files .h | grep -E '^(lib|spoa|policy|control)/' |
	xargs ${CC:-cc} -std=c17 -fsyntax-only -x c -Wno-pragma-once-outside-header \
		-D_GNU_SOURCE -DYETT_VERSION='"0"' -DYETT_SYSCONFDIR='"/etc"' \
		-DYETT_RUNDIR='"/run"' -DYETT_STATEDIR='"/var/lib"' \
		-I. -Ilib -Ispoa -I"${B:-build}/gen" $(pkg-config --cflags libpq)
