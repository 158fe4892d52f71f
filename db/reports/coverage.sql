-- What could not be seen: requests without verdict or finish line, bodies not read, records
-- lost on the way.
--   psql -f coverage.sql [-v hours=N]
\if :{?hours} \else \set hours 24 \endif
select c.service, sum(c.requests) as requests, sum(c.undecided) as undecided,
	sum(c.unfinished) as unfinished, sum(c.body_partial) as "body partial",
	sum(c.body_none) as "body unread", sum(c.ring_dropped) as "ring dropped",
	sum(c.pending_evicted) as evicted, sum(c.finish_bad) as "bad lines",
	sum(c.tap_seen) as watched, sum(c.tap_cut) as "answer cut",
	sum(c.tap_gzip) as compressed, sum(c.overflow) as overflow
from report.coverage as c
where c.at >= now() - make_interval(hours => :hours)
group by c.service
order by sum(c.requests) desc;
\echo 'Records that never arrived'
select g.agent, g.cause, sum(g.records) as records, sum(g.requests) as requests,
	to_char(min(g.from_at), 'YYYY-MM-DD HH24:MI') as since,
	to_char(max(g.to_at), 'YYYY-MM-DD HH24:MI') as until
from report.gaps as g
where g.received_at >= now() - make_interval(hours => :hours)
group by g.agent, g.cause
order by 1, 2;
