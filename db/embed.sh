#!/bin/sh
# Turns db/init.sql and db/migrations/NNNN_name.sql into C: the table that lib/pg/migrate.h
# declares, with the checksum of each file. Usage: db/embed.sh db > migrations.c
set -eu
cd "$1"

literal() {
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/^/	"/' -e 's/$/\\n"/' "$1"
}

echo '/* Made by db/embed.sh; do not edit. */'
echo '#include "pg/migrate.h"'
echo
echo 'const char migrate_init_sql[] ='
literal init.sql
echo '	;'
echo
echo 'const struct migration migrate_table[] = {'
last=0
for file in migrations/[0-9][0-9][0-9][0-9]_*.sql; do
	base=$(basename "$file" .sql)
	version=$(echo "${base%%_*}" | sed 's/^0*//')
	[ "$version" -gt "$last" ] || {
		echo "db/embed.sh: two migrations with the number of $base" >&2
		exit 1
	}
	last=$version
	sum=$(sha256sum "$file" | cut -d ' ' -f 1)
	echo "    {$version, \"${base#*_}\", \"$sum\","
	literal "$file"
	echo '    },'
done
echo '};'
echo 'const size_t migrate_n = sizeof(migrate_table) / sizeof(*migrate_table);'
