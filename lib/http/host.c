/*
 * The Host of a request as a service's key. A host that a router, a certificate check and a
 * log might read differently (user information, percent signs, blanks, bytes outside ASCII)
 * is no key: absent and flagged. RFC 9110 §7.2, RFC 3986 §3.2.2.
 */
#include "http/template.h"

#define HOST_BYTES_MAX 253 /* RFC 1035 §2.3.4 */

/* Cuts ":port" off; false if what follows the colon is no port. */
static bool
cut_port(struct span *host)
{
	size_t start = 0, colon;
	struct span port;
	uint64_t v;

	if (host->n && host->p[0] == '[') {
		start = span_find(*host, ']');
		if (start == host->n)
			return false;
		start++;
		if (start < host->n && host->p[start] != ':')
			return false;
	}
	colon = start + span_find(span_from(*host, start), ':');
	if (colon == host->n)
		return true;
	port = span_from(*host, colon + 1);
	*host = span_head(*host, colon);
	return port.n == 0 || (port.n <= 5 && span_u64(port, &v) == OK && v <= 65535);
}

static bool
is_host_char(char c, bool bracket)
{
	if (bracket)
		return c == '[' || c == ']' || c == ':' || c == '.' ||
		    (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	    c == '_';
}

struct span
host_normalise(struct span host, uint32_t *flags, struct arena *a)
{
	bool bracket;
	char *out;

	host = span_trim(host);
	if (host.n == 0) {
		*flags |= TARGET_HOST_MISSING;
		return SPAN_NONE;
	}
	bracket = host.p[0] == '[';
	if (!cut_port(&host))
		goto bad;
	if (host.n && host.p[host.n - 1] == '.')
		host.n--;
	if (host.n == 0 || host.n > HOST_BYTES_MAX || host.p[0] == '.')
		goto bad;
	out = arena_text(a, host.n);
	if (out == NULL)
		goto bad;
	for (size_t i = 0; i < host.n; i++) {
		out[i] = ascii_lower(host.p[i]);
		if (!is_host_char(out[i], bracket) ||
		    (out[i] == '.' && i && out[i - 1] == '.')) {
			arena_release(a, arena_mark(a) - host.n);
			goto bad;
		}
	}
	return span_make(out, host.n);
bad:
	*flags |= TARGET_HOST_BAD;
	return SPAN_NONE;
}
