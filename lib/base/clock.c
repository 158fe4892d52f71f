/* Clocks and RFC 3339. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_ns(clockid_t id)
{
	struct timespec ts;

	CHECK(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
clock_wall_us(void)
{
	return read_ns(CLOCK_REALTIME) / 1000;
}

int64_t
clock_mono_us(void)
{
	return read_ns(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

struct span
clock_format(int64_t wall_us, char out[CLOCK_TEXT_MAX])
{
	int64_t us = wall_us % 1000000, s = wall_us / 1000000;
	struct tm tm;
	time_t t;
	int n;

	if (us < 0) {
		us += 1000000;
		s--;
	}
	t = (time_t)s;
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099)
		return span_make(out,
		    (size_t)snprintf(out, CLOCK_TEXT_MAX, "%lld us", (long long)wall_us));
	n = snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
	    (tm.tm_year + 1900) % 10000, (tm.tm_mon + 1) % 100, tm.tm_mday % 100,
	    tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100, (int)(us % 1000000));
	return span_make(out, (size_t)n);
}

static int
read_digits(struct span *s, size_t n, int *out)
{
	*out = 0;
	if (s->n < n)
		return ERR_MALFORMED;
	for (size_t i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return ERR_MALFORMED;
		*out = *out * 10 + (s->p[i] - '0');
	}
	*s = span_from(*s, n);
	return OK;
}

static bool
take(struct span *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = span_from(*s, 1);
	return true;
}

static int
parse_zone(struct span *s, int64_t *offset_s)
{
	int h, m, sign;

	*offset_s = 0;
	if (take(s, 'Z') || take(s, 'z'))
		return OK;
	sign = take(s, '+') ? 1 : take(s, '-') ? -1 : 0;
	if (!sign || read_digits(s, 2, &h) || !take(s, ':') || read_digits(s, 2, &m) ||
	    h > 23 || m > 59)
		return ERR_MALFORMED;
	*offset_s = sign * (h * 3600 + m * 60);
	return OK;
}

/* timegm() would take February 30th for March 2nd. */
static int
month_days(int year, int month)
{
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

int
clock_parse(struct span s, int64_t *wall_us)
{
	struct tm tm = {0};
	int64_t us = 0, offset_s = 0, unit = 100000;
	int64_t t;

	*wall_us = 0;
	if (read_digits(&s, 4, &tm.tm_year) || !take(&s, '-') ||
	    read_digits(&s, 2, &tm.tm_mon) || !take(&s, '-') ||
	    read_digits(&s, 2, &tm.tm_mday))
		return ERR_MALFORMED;
	if (take(&s, 'T') || take(&s, 't') || take(&s, ' ')) {
		if (read_digits(&s, 2, &tm.tm_hour) || !take(&s, ':') ||
		    read_digits(&s, 2, &tm.tm_min) || !take(&s, ':') ||
		    read_digits(&s, 2, &tm.tm_sec))
			return ERR_MALFORMED;
		if (take(&s, '.'))
			for (; s.n && s.p[0] >= '0' && s.p[0] <= '9';
			     s = span_from(s, 1), unit /= 10)
				us += (s.p[0] - '0') * unit;
		if (parse_zone(&s, &offset_s))
			return ERR_MALFORMED;
	}
	if (s.n || tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 ||
	    tm.tm_mday < 1 || tm.tm_mday > month_days(tm.tm_year, tm.tm_mon) ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return ERR_MALFORMED;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	t = timegm(&tm);
	*wall_us = (t - offset_s) * 1000000 + us;
	return OK;
}
