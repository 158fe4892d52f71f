/* Key files: lines of words. */
#include "crypto/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/io.h"

#define KEYFILE_BYTES_MAX 65536
#define WORDS_MAX 8

static unsigned
split_words(struct span line, struct span words[WORDS_MAX])
{
	unsigned n = 0;

	line = span_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return 0;
	while (!span_absent(line) && n < WORDS_MAX) {
		struct span w = span_trim(span_cut(&line, ' '));

		if (w.n)
			words[n++] = w;
	}
	return n;
}

static int
read_key(struct span text, uint8_t *out, size_t n)
{
	size_t got;
	int rc = b64_decode(text, out, n, &got);

	return rc != OK || got != n ? ERR_MALFORMED : OK;
}

static int
read_times(const struct span *words, unsigned n, int64_t *from_us, int64_t *until_us)
{
	for (unsigned i = 0; i < n; i++) {
		int64_t *to = NULL;
		size_t skip = 0;

		if (from_us && span_starts(words[i], SPAN("from=")))
			to = from_us, skip = 5;
		else if (span_starts(words[i], SPAN("until=")))
			to = until_us, skip = 6;
		if (to == NULL || clock_parse(span_from(words[i], skip), to) != OK)
			return ERR_MALFORMED;
	}
	return OK;
}

static int
read_secret(const struct span *words, unsigned n, struct secret *s)
{
	uint64_t epoch;

	*s = (struct secret){0};
	if (n < 3 || !span_eq(words[0], SPAN("secret")) ||
	    span_u64(words[1], &epoch) != OK || epoch < 1 || epoch > 65535 ||
	    read_key(words[2], s->key, SECRET_BYTES) != OK)
		return ERR_MALFORMED;
	s->epoch = (uint32_t)epoch;
	return read_times(words + 3, n - 3, &s->from_us, &s->until_us);
}

int
keyring_parse(struct span text, struct keyring *out, unsigned *line)
{
	struct span words[WORDS_MAX];

	*out = (struct keyring){0};
	*line = 0;
	while (!span_absent(text)) {
		unsigned n = split_words(span_cut(&text, '\n'), words), at;
		struct secret s;

		++*line;
		if (n == 0)
			continue;
		if (out->n == KEYRING_MAX || read_secret(words, n, &s) != OK)
			goto bad;
		for (at = out->n; at > 0 && out->secret[at - 1].epoch >= s.epoch; at--) {
			if (out->secret[at - 1].epoch == s.epoch)
				goto bad;
			out->secret[at] = out->secret[at - 1];
		}
		out->secret[at] = s;
		out->n++;
	}
	if (out->n)
		return OK;
bad:
	crypto_wipe(out, sizeof *out);
	return ERR_MALFORMED;
}

static bool
known_environment(struct span s)
{
	return span_eq(s, SPAN("any")) || span_eq(s, SPAN("dev")) ||
	    span_eq(s, SPAN("qa")) || span_eq(s, SPAN("prod"));
}

static int
read_signer(const struct span *words, unsigned n, struct signer *s)
{
	uint8_t digest[SHA256_BYTES];
	char id[8];
	int rc;

	*s = (struct signer){0};
	if (n < 4 || words[1].n != 8 || !known_environment(words[3]))
		return ERR_MALFORMED;
	if (span_eq(words[0], SPAN("private"))) {
		s->has_private = true;
		rc = read_key(words[2], s->private, sizeof s->private);
		if (rc == OK)
			rc = ed25519_public(s->private, s->public);
	} else if (span_eq(words[0], SPAN("public"))) {
		rc = read_key(words[2], s->public, sizeof s->public);
	} else {
		rc = ERR_MALFORMED;
	}
	if (rc == OK)
		rc = crypto_sha256(span_make(s->public, sizeof s->public), digest);
	if (rc != OK)
		return rc;
	hex_encode(digest, 4, id);
	if (memcmp(id, words[1].p, 8) != 0)
		return ERR_MALFORMED;
	memcpy(s->id, id, 8);
	memcpy(s->environment, words[3].p, words[3].n);
	return read_times(words + 4, n - 4, NULL, &s->until_us);
}

int
signer_parse(struct span text, struct signer *out, unsigned *n, unsigned *line)
{
	struct span words[WORDS_MAX];
	unsigned cap = *n;

	*n = *line = 0;
	while (!span_absent(text)) {
		unsigned w = split_words(span_cut(&text, '\n'), words);

		++*line;
		if (w == 0)
			continue;
		if (*n == cap || read_signer(words, w, &out[*n]) != OK) {
			*n = 0;
			return ERR_MALFORMED;
		}
		++*n;
	}
	return *n ? OK : ERR_MALFORMED;
}

/* Reads a file that only its owner (root or us) can change, and, if it is secret, that
 * nobody else can read (group may, when root owns it). A pipe holds nobody up. */
static int
read_guarded(const char *path, bool secret, struct buf *text)
{
	struct stat st;
	int fd, rc;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0)
		return errno == ENOENT ? ERR_NOTFOUND
		    : errno == EACCES  ? ERR_DENIED
				       : ERR_IO;
	if (fstat(fd, &st)) {
		rc = ERR_IO;
	} else if (!S_ISREG(st.st_mode)) {
		rc = ERR_DENIED;
	} else if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & S_IWOTH) ||
	    (st.st_mode & S_IWGRP) || (secret && (st.st_mode & S_IROTH)) ||
	    (secret && (st.st_mode & S_IRGRP) && st.st_uid != 0)) {
		rc = ERR_DENIED;
	} else {
		rc = io_read_fd(fd, KEYFILE_BYTES_MAX, text);
	}
	close(fd);
	return rc;
}

static void
wipe_text(struct buf *text)
{
	if (text->p)
		crypto_wipe(text->p, text->cap);
	buf_fini(text);
}

int
keyring_load(const char *path, struct keyring *out, unsigned *line)
{
	struct buf text = BUF_INIT;
	int rc;

	*out = (struct keyring){0};
	*line = 0;
	if ((rc = read_guarded(path, true, &text)) == OK)
		rc = keyring_parse(buf_span(&text), out, line);
	wipe_text(&text);
	return rc;
}

int
signer_load(const char *path, struct signer *out, unsigned *n, unsigned *line)
{
	struct buf text = BUF_INIT;
	unsigned cap = *n;
	int rc;

	*n = *line = 0;
	if ((rc = read_guarded(path, false, &text)) == OK) {
		*n = cap;
		rc = signer_parse(buf_span(&text), out, n, line);
	}
	for (unsigned i = 0; rc == OK && i < *n; i++)
		if (out[i].has_private) {
			struct buf again = BUF_INIT;

			rc = read_guarded(path, true, &again);
			wipe_text(&again);
		}
	wipe_text(&text);
	if (rc != OK)
		*n = 0;
	return rc;
}

int
keyring_generate(uint32_t epoch, struct keyring *out)
{
	int rc;

	*out = (struct keyring){.n = 1};
	out->secret[0].epoch = epoch;
	if ((rc = crypto_random(out->secret[0].key, SECRET_BYTES)) != OK)
		*out = (struct keyring){0};
	return rc;
}

static void
print_time(struct buf *out, const char *name, int64_t us)
{
	char text[CLOCK_TEXT_MAX];

	if (us) {
		buf_printf(out, " %s=", name);
		buf_put_span(out, clock_format(us, text));
	}
}

void
keyring_print(const struct keyring *k, struct buf *out)
{
	char text[B64URL_LEN(SECRET_BYTES)];

	for (unsigned i = 0; i < k->n; i++) {
		const struct secret *s = &k->secret[i];

		buf_printf(out, "secret %" PRIu32 " ", s->epoch);
		buf_put(out, text, b64url_encode(s->key, SECRET_BYTES, text));
		print_time(out, "from", s->from_us);
		print_time(out, "until", s->until_us);
		buf_put_char(out, '\n');
	}
	crypto_wipe(text, sizeof text);
}

const struct secret *
keyring_current(const struct keyring *k, int64_t now_us)
{
	for (unsigned i = k->n; i-- > 0;) {
		const struct secret *s = &k->secret[i];

		if (s->from_us <= now_us && (s->until_us == 0 || now_us < s->until_us))
			return s;
	}
	return NULL;
}

const struct secret *
keyring_before(const struct keyring *k, int64_t now_us, int64_t overlap_us)
{
	const struct secret *now = keyring_current(k, now_us), *s;

	if (!now || (now->from_us && now_us - now->from_us >= overlap_us))
		return NULL;
	for (s = now; s-- > k->secret;)
		if (s->from_us <= now_us && (s->until_us == 0 || now_us < s->until_us))
			return s;
	return NULL;
}
