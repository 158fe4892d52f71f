/* Files: what a file holds is said by its name. */
#include "policy/sources.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"

static const char *const endings[] = {
#define X(id, ending) ending,
    INPUT_TABLE(X)
#undef X
};

/* policy.conf is a whole name, the others are endings. */
static enum input_kind
kind_of(struct span name)
{
	for (unsigned i = 0; i < INPUT_KINDS; i++)
		if (i == INPUT_CONF ? span_eq(name, span_str(endings[i]))
				    : span_ends(name, span_str(endings[i])))
			return i;
	return INPUT_KINDS;
}

static int
fail(struct source_error *e, const char *path, int rc)
{
	snprintf(e->text, sizeof e->text, "%s: %s", path,
	    rc == ERR_IO && errno ? strerror(errno) : err_str(rc));
	return rc;
}

static int
add_file(struct pool *pool, const char *path, struct span shown, enum input_kind kind,
    input_list *out, struct source_error *e)
{
	struct buf text = BUF_INIT;
	struct input *in;
	size_t total = 0;
	int rc;

	for (uint32_t i = 0; i < out->n; i++)
		total += out->v[i].source.text.n;
	if ((rc = io_read_file(path, SOURCE_BYTES_MAX - total, &text)) != OK) {
		buf_fini(&text);
		return fail(e, path, rc);
	}
	in = VEC_ADD(pool, out);
	in->kind = kind;
	in->source.name = pool_copy(pool, shown);
	in->source.text = pool_copy(pool, buf_span(&text));
	buf_fini(&text);
	return OK;
}

static int
name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the folder's files that are a policy's, sorted. */
static int
list_folder(struct pool *pool, const char *path, char ***names, uint32_t *n)
{
	VEC(char *) list = {0};
	struct dirent *d;
	DIR *dir;

	errno = 0;
	if ((dir = opendir(path)) == NULL)
		return errno == ENOENT ? ERR_NOTFOUND
		    : errno == EACCES  ? ERR_DENIED
				       : ERR_IO;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.' || kind_of(span_str(d->d_name)) == INPUT_KINDS)
			continue;
		if (list.n == SOURCE_FILES_MAX) {
			closedir(dir);
			return ERR_LIMIT;
		}
		*VEC_ADD(pool, &list) =
		    (char *)(uintptr_t)pool_copy(pool, span_str(d->d_name)).p;
	}
	closedir(dir);
	if (list.n)
		qsort(list.v, list.n, sizeof list.v[0], name_cmp);
	*names = list.v;
	*n = list.n;
	return OK;
}

int
source_path(
    struct pool *pool, const char *path, input_list *out, struct source_error *error)
{
	const char *base = strrchr(path, '/');
	enum input_kind kind;
	struct stat st;
	char **names;
	uint32_t n;
	int rc;

	error->text[0] = '\0';
	errno = 0;
	if (stat(path, &st))
		return fail(error, path,
		    errno == ENOENT	  ? ERR_NOTFOUND
			: errno == EACCES ? ERR_DENIED
					  : ERR_IO);
	if (!S_ISDIR(st.st_mode)) {
		kind = kind_of(span_str(base ? base + 1 : path));
		if (kind != INPUT_KINDS)
			return add_file(pool, path, span_str(path), kind, out, error);
		snprintf(error->text, sizeof error->text,
		    "%s: a policy's files are called policy.conf or end in .rules, "
		    ".endpoints, .services, .words, .classes or .selftest",
		    path);
		return ERR_INVALID;
	}
	if ((rc = list_folder(pool, path, &names, &n)) != OK)
		return fail(error, path, rc);
	for (uint32_t i = 0; i < n; i++) {
		struct span full = pool_printf(pool, "%s/%s", path, names[i]);

		rc = add_file(pool, full.p, span_str(names[i]),
		    kind_of(span_str(names[i])), out, error);
		if (rc != OK)
			return rc;
	}
	if (n == 0) {
		snprintf(error->text, sizeof error->text,
		    "%s: no policy here: no file is called policy.conf or ends in .rules "
		    "or "
		    ".endpoints",
		    path);
		return ERR_NOTFOUND;
	}
	return OK;
}
