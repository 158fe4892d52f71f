/* See refused.h. */
#include "recorder/refused.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/io.h"
#include "base/jsonw.h"

#define REFUSED_NAME "refused.ndjson"
#define REFUSED_OLD "refused.1.ndjson"
#define REFUSED_BYTES_MAX (16 << 20)

static void
line_make(const struct batch_refused *r, int64_t now_us, struct buf *out)
{
	char at[CLOCK_TEXT_MAX], boot[17];
	char *text = malloc(B64URL_LEN(r->payload.n) + 1);
	struct jsonw w;
	size_t n = 0;

	if (text)
		n = b64url_encode(r->payload.p, r->payload.n, text);
	snprintf(boot, sizeof(boot), "%016llx", (unsigned long long)r->at.boot);
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_kv_span(&w, "at", clock_format(now_us, at));
	jsonw_kv_uint(&w, "shard", r->shard);
	jsonw_kv_str(&w, "boot", boot);
	jsonw_kv_str(&w, "stream", r->at.stream == STREAM_ALERT ? "alert" : "summary");
	jsonw_kv_uint(&w, "sequence", r->at.sequence);
	jsonw_kv_span(&w, "why", r->why);
	jsonw_kv_span(&w, "record", span_make(text ? text : "", n));
	jsonw_object_end(&w);
	buf_put_char(out, '\n');
	free(text);
}

int
refused_put(int state_dir, const struct batch_refused *r, int64_t now_us)
{
	struct buf line = BUF_INIT;
	struct stat st;
	int fd, err;

	if (fstatat(state_dir, REFUSED_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_size > REFUSED_BYTES_MAX)
		(void)renameat(state_dir, REFUSED_NAME, state_dir, REFUSED_OLD);
	line_make(r, now_us, &line);
	err = buf_err(&line);
	fd = openat(
	    state_dir, REFUSED_NAME, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	if (err == OK && fd < 0)
		err = ERR_IO;
	if (err == OK)
		err = io_write_full(fd, line.p, line.n);
	if (fd >= 0)
		close(fd);
	buf_fini(&line);
	return err;
}
