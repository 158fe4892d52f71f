/* Accepting, refusing and keeping bundles. */
#include "supervisor/bundles.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "engine/engine.h"

#define CURRENT "current"
#define SUFFIX ".bundle"
#define NAME_FORMAT "%020" PRIu64 SUFFIX

void
bundles_init(struct bundles *b, const struct settings *s, const uint8_t *identity_key,
    struct metric_block *metric)
{
	*b = (struct bundles){
	    .settings = s, .identity_key = identity_key, .metric = metric, .fd = -1};
}

void
bundles_fini(struct bundles *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

int
bundles_load_keys(struct bundles *b, char *why, size_t why_max)
{
	const struct conf_list *list = &b->settings->policy_public_key;
	struct signer fresh[BUNDLES_KEYS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < list->n; i++) {
		unsigned got = BUNDLES_KEYS_MAX - n, line = 0;
		int rc = signer_load(list->item[i], fresh + n, &got, &line);

		if (rc == OK && got == 0)
			rc = ERR_NOTFOUND;
		if (rc != OK) {
			snprintf(why, why_max, "policy.public_key: %s:%u: %s",
			    list->item[i], line, err_str(rc));
			return rc;
		}
		n += got;
	}
	memcpy(b->key, fresh, n * sizeof *fresh);
	b->keys = n;
	return OK;
}

/* --- refusing ---------------------------------------------------------------------- */

static void
write_refusal(const struct bundles *b)
{
	char path[sizeof b->folder + 16], when[CLOCK_TEXT_MAX];
	struct buf text = BUF_INIT;
	struct jsonw w;

	if (b->folder[0] == '\0')
		return;
	snprintf(path, sizeof path, "%s/refused", b->folder);
	jsonw_init(&w, &text);
	jsonw_object(&w);
	jsonw_kv_span(&w, "at", clock_format(b->refused.at_us, when));
	jsonw_kv_str(&w, "source", b->refused.source);
	jsonw_kv_str(&w, "error", err_str(b->refused.err));
	jsonw_kv_str(&w, "reason", b->refused.reason);
	jsonw_object_end(&w);
	buf_put_char(&text, '\n');
	if (buf_err(&text) != OK || io_write_file(path, buf_span(&text), 0600) != OK)
		log_warn("refusal not written", "path=%s", path);
	buf_fini(&text);
}

static int
refuse(struct bundles *b, int err, const char *source, const char *reason, int64_t now_us)
{
	char quoted[LOG_QUOTED_MAX];
	bool again = b->refused.err == err && strcmp(b->refused.source, source) == 0 &&
	    strcmp(b->refused.reason, reason[0] ? reason : err_str(err)) == 0;

	b->refused.at_us = now_us;
	b->refused.err = err;
	snprintf(b->refused.source, sizeof b->refused.source, "%s", source);
	snprintf(b->refused.reason, sizeof b->refused.reason, "%s",
	    reason[0] ? reason : err_str(err));
	if (b->metric)
		metric_add(b->metric, M_BUNDLES_REFUSED, 1);
	log_error("bundle refused",
	    "source=%s in_force=%" PRIu64 " error=\"%s\" reason=%s", source, b->revision,
	    err_str(err), log_quote(span_str(b->refused.reason), quoted));
	if (!again)
		write_refusal(b);
	return err;
}

/* --- keeping ----------------------------------------------------------------------- */

static int
is_bundle(const struct dirent *e)
{
	return span_ends(span_str(e->d_name), SPAN(SUFFIX));
}

/* Names of the folder, newest (highest revision) last. */
static int
list_kept(const struct bundles *b, struct dirent ***names)
{
	int n = scandir(b->folder, names, is_bundle, alphasort);

	return n < 0 ? 0 : n;
}

static void
drop_oldest(const struct bundles *b)
{
	char path[sizeof b->folder + 270];
	struct dirent **names = NULL;
	int n = list_kept(b, &names);

	for (int i = 0; i < n; i++) {
		if (i < n - BUNDLES_KEPT) {
			snprintf(path, sizeof path, "%s/%s", b->folder, names[i]->d_name);
			unlink(path);
		}
		free(names[i]);
	}
	free(names);
}

static void
keep(const struct bundles *b, struct span bytes)
{
	char path[sizeof b->folder + 64], link[sizeof b->folder + 16],
	    tmp[sizeof link + 8];
	char name[48];
	int rc;

	if (b->folder[0] == '\0')
		return;
	snprintf(name, sizeof name, NAME_FORMAT, b->revision);
	snprintf(path, sizeof path, "%s/%s", b->folder, name);
	snprintf(link, sizeof link, "%s/" CURRENT, b->folder);
	snprintf(tmp, sizeof tmp, "%s.new", link);
	unlink(tmp);
	if ((rc = io_write_file(path, bytes, 0600)) != OK || symlink(name, tmp) ||
	    rename(tmp, link))
		log_warn("bundle not kept", "path=%s error=\"%s\" errno=%d", path,
		    err_str(rc), errno);
	else
		drop_oldest(b);
}

/* --- accepting --------------------------------------------------------------------- */

static uint32_t
agent_version(void)
{
	uint32_t version = 0;
	struct span rest = SPAN(YETT_VERSION);

	for (int shift = 16; shift >= 0; shift -= 8) {
		uint64_t part = 0;
		struct span text = span_absent(rest) ? SPAN("0") : span_cut(&rest, '.');

		if (span_u64(text, &part) == OK)
			version |= (uint32_t)(part & 0xff) << shift;
	}
	return version;
}

static int
self_test(
    const struct bundles *b, const struct bundle *bundle, struct bundle_error *error)
{
	const struct settings *s = b->settings;
	struct engine_options o = {
	    .headers_max = (unsigned)s->request_headers_max,
	    .body =
		{
		    .depth = (unsigned)s->request_body_depth,
		    .fields = (unsigned)s->request_body_fields,
		    .inflate_bytes = (size_t)s->request_inflate_bytes,
		    .inflate_ratio = (unsigned)s->request_inflate_ratio,
		},
	    .gateways = 1,
	};
	const char *which;
	int rc;

	memcpy(o.identity_key, b->identity_key, sizeof o.identity_key);
	if ((rc = exception_policy_parse(s, &o.exceptions, &which)) != OK)
		return rc;
	return engine_selftest(bundle, &o, error);
}

static void
put_in_force(struct bundles *b, const struct bundle *bundle, int fd, const char *source,
    int64_t now_us)
{
	const struct bundle_header *h = bundle->header;

	if (b->fd >= 0)
		close(b->fd);
	b->fd = fd;
	b->revision = h->revision;
	b->bytes = bundle->bytes.n;
	b->expires_us = h->expires_us;
	b->since_us = now_us;
	b->expiry_told = false;
	memcpy(b->content, h->content, sizeof b->content);
	memcpy(b->environment, h->environment, sizeof h->environment);
	snprintf(b->source, sizeof b->source, "%s", source);
	b->refused = (struct bundles_refusal){0};
	if (b->metric)
		metric_set(b->metric, M_BUNDLE_EXPIRY_S,
		    h->expires_us > 0 ? (uint64_t)(h->expires_us / 1000000) : 0);
	log_notice("bundle in force",
	    "revision=%" PRIu64 " environment=%s bytes=%zu key=%s source=%s", b->revision,
	    b->environment, bundle->bytes.n, bundle->key_id, source);
}

/* The sealed copy is what is verified; `kept`: it comes from our own folder. */
static int
consider(
    struct bundles *b, struct span bytes, const char *source, int64_t now_us, bool kept)
{
	struct bundle_trust trust = {.keys = b->key,
	    .n = b->keys,
	    .environment = b->settings->agent_environment,
	    .agent_version = agent_version(),
	    .revision_now = b->revision,
	    .now_us = now_us};
	struct bundle_error error = {""};
	struct bundle bundle;
	void *map = MAP_FAILED;
	int fd = -1, rc;

	memcpy(trust.content_now, b->content, sizeof trust.content_now);
	if (bytes.n == 0)
		return refuse(b, ERR_TRUNCATED, source, "the bundle is empty", now_us);
	if ((rc = io_memfd_sealed("yett-bundle", bytes, &fd)) != OK)
		return refuse(b, rc, source, "no memory file for it", now_us);
	map = mmap(NULL, bytes.n, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		rc = refuse(b, ERR_NOMEM, source, "it cannot be mapped", now_us);
		goto out;
	}
	rc = bundle_open(span_make(map, bytes.n), &trust, &bundle, &error);
	if (rc == OK && b->fd >= 0 && bundle.header->revision <= b->revision) {
		rc = ERR_EXISTS;
		goto out;
	}
	if (rc == OK)
		rc = self_test(b, &bundle, &error);
	if (rc != OK) {
		rc = refuse(b, rc, source, error.text, now_us);
		goto out;
	}
	put_in_force(b, &bundle, fd, source, now_us);
	fd = -1;
	if (!kept)
		keep(b, span_make(map, bytes.n));
out:
	if (map != MAP_FAILED)
		munmap(map, bytes.n);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
offer_path(struct bundles *b, const char *path, int64_t now_us, bool kept)
{
	struct buf bytes = BUF_INIT;
	int rc = io_read_file(path, BUNDLE_BYTES_MAX, &bytes);

	if (rc != OK)
		rc = refuse(b, rc, path, "the file cannot be read", now_us);
	else
		rc = consider(b, buf_span(&bytes), path, now_us, kept);
	buf_fini(&bytes);
	return rc;
}

int
bundles_offer_file(struct bundles *b, const char *path, int64_t now_us)
{
	return offer_path(b, path, now_us, false);
}

/* pread from the start: the offset is shared with whoever sent the descriptor. */
int
bundles_offer_fd(struct bundles *b, int fd, const char *source, int64_t now_us)
{
	struct buf bytes = BUF_INIT;
	struct stat st;
	size_t n = 0;
	char *at;
	int rc;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > BUNDLE_BYTES_MAX)
		return refuse(
		    b, ERR_LIMIT, source, "empty, too large or no file", now_us);
	if ((at = buf_extend(&bytes, (size_t)st.st_size)) == NULL)
		return refuse(b, ERR_NOMEM, source, "", now_us);
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, at + n, (size_t)st.st_size - n, (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (n < (size_t)st.st_size)
		rc = refuse(
		    b, ERR_TRUNCATED, source, "it shrank while it was read", now_us);
	else
		rc = consider(b, span_make(at, n), source, now_us, false);
	buf_fini(&bytes);
	return rc;
}

int
bundles_restore(struct bundles *b, int64_t now_us)
{
	char path[sizeof b->folder + 270];
	struct dirent **names = NULL;
	int n, rc;

	if (b->folder[0] == '\0')
		return ERR_NOTFOUND;
	snprintf(path, sizeof path, "%s/" CURRENT, b->folder);
	rc = access(path, R_OK) == 0 ? offer_path(b, path, now_us, true) : ERR_NOTFOUND;
	n = rc == OK ? 0 : list_kept(b, &names);
	for (int i = n; i-- > 0; free(names[i])) {
		if (rc == OK)
			continue;
		snprintf(path, sizeof path, "%s/%s", b->folder, names[i]->d_name);
		rc = offer_path(b, path, now_us, true);
	}
	free(names);
	return rc;
}

void
bundles_check_expiry(struct bundles *b, int64_t now_us)
{
	char when[CLOCK_TEXT_MAX];
	struct span t;

	if (b->fd < 0 || b->expires_us == 0 || now_us < b->expires_us || b->expiry_told)
		return;
	b->expiry_told = true;
	t = clock_format(b->expires_us, when);
	log_error("bundle expired, still enforced", "revision=%" PRIu64 " expired=%.*s",
	    b->revision, (int)t.n, t.p);
}
