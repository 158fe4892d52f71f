-- Views: there, documented in yett-sql(7) column by column (the shell compares), empty when
-- nothing happened.
select no_plan();
set local role yett_reader;

select lives_ok('select * from report.' || quote_ident(c.relname) || ' limit 1', c.relname || ' can be read')
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = 'report' and c.relkind = 'v' order by c.relname;
select * from finish();
