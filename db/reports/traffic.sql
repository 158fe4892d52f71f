-- Requests per minute of everything, or of one service.
--   psql -f traffic.sql [-v service=NAME] [-v minutes=N]
\if :{?service} \else \set service '' \endif
\if :{?minutes} \else \set minutes 60 \endif
select to_char(t.at, 'MM-DD HH24:MI') as minute, sum(t.requests) as requests,
	sum(t.status_2xx) as "2xx", sum(t.status_3xx) as "3xx", sum(t.status_4xx) as "4xx",
	sum(t.status_5xx) as "5xx", sum(t.status_none) as "no status",
	sum(t.denied) as denied, sum(t.limited) as limited, sum(t.dropped) as dropped,
	sum(t.shadowed) as shadowed, sum(t.undecided) as undecided
from report.traffic_minute as t
join report.endpoint as e using (endpoint_id)
where t.at >= now() - make_interval(mins => :minutes)
	and (:'service' = '' or e.service = :'service')
group by t.at
order by t.at;
