/*
 * Finds any of many byte strings in files: what the test of redaction looks for.
 *
 *	value_search NEEDLES PATH…      a folder: every regular file below it
 *
 * NEEDLES: one string a line, "h HEX" or "d HEX"; d: no digit may stand before or behind a
 * hit, for numbers that longer numbers would contain by chance. ASCII case does not count.
 * Prints "FILE<TAB>OFFSET<TAB>LINE" for each hit, at most HITS_MAX of them, and on stderr the
 * bytes that were read; exit status 1 if there was one, 2 if something could not be read.
 *
 * A hash of each position's first eight bytes, a bitmap before it: a gigabyte in seconds.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/io.h"

#define NEEDLE_MIN 8
#define NEEDLES_BYTES_MAX (256u << 20)
#define HITS_MAX 200u
#define FILTER_BITS 26 /* 8 MB: with a million needles one position in 60 goes further */

struct needle {
	uint8_t *p;
	uint32_t n, line;
	uint32_t next; /* in the same bucket, UINT32_MAX: none */
	bool bounded;
};

static struct needle *needles;
static uint32_t needles_n, needles_cap;
static uint64_t filter[1u << (FILTER_BITS - 6)];
static uint32_t *bucket;
static uint32_t bucket_mask;
static unsigned long hits;
static unsigned long long bytes;
static int trouble;

static uint64_t
first8(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (v ^ v >> 29) * UINT64_C(0x9e3779b97f4a7c15);
}

static void
fold(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)ascii_lower((char)p[i]);
}

static int
needle_add(struct span text, uint32_t line, bool bounded)
{
	struct needle *x;

	if (text.n < 2 * NEEDLE_MIN || text.n % 2)
		return ERR_MALFORMED;
	if (needles_n == needles_cap) {
		needles_cap = needles_cap ? needles_cap * 2 : 1024;
		needles = realloc(needles, needles_cap * sizeof(*needles));
		if (!needles)
			return ERR_NOMEM;
	}
	x = &needles[needles_n];
	*x = (struct needle){
	    .n = (uint32_t)(text.n / 2), .line = line, .bounded = bounded};
	x->p = malloc(x->n);
	if (!x->p)
		return ERR_NOMEM;
	needles_n++;
	if (hex_decode(text, x->p, x->n) != OK)
		return ERR_MALFORMED;
	fold(x->p, x->n);
	return OK;
}

static int
read_needles(const char *path)
{
	struct buf text = BUF_INIT;
	uint32_t line = 0;
	struct span rest;
	int err = io_read_file(path, NEEDLES_BYTES_MAX, &text);

	rest = buf_span(&text);
	while (err == OK && rest.n > 0) {
		struct span s = span_cut(&rest, '\n');

		if (s.n < 2 || s.p[1] != ' ' || (s.p[0] != 'h' && s.p[0] != 'd'))
			err = ERR_MALFORMED;
		else
			err = needle_add(span_from(s, 2), line++, s.p[0] == 'd');
	}
	buf_fini(&text);
	return err;
}

static int
index_needles(void)
{
	uint32_t size = 1024;

	while (size < needles_n * 2)
		size *= 2;
	bucket_mask = size - 1;
	bucket = malloc(size * sizeof(*bucket));
	if (!bucket)
		return ERR_NOMEM;
	memset(bucket, 0xff, size * sizeof(*bucket));
	for (uint32_t i = 0; i < needles_n; i++) {
		uint64_t h = first8(needles[i].p);
		uint32_t *head = &bucket[h & bucket_mask];

		filter[h >> (64 - FILTER_BITS) >> 6] |= UINT64_C(1)
		    << (h >> (64 - FILTER_BITS) & 63);
		needles[i].next = *head;
		*head = i;
	}
	return OK;
}

static void
look_at(const char *path, const uint8_t *p, size_t n, size_t at)
{
	uint64_t h = first8(p + at);

	if (!(filter[h >> (64 - FILTER_BITS) >> 6] >> (h >> (64 - FILTER_BITS) & 63) & 1))
		return;
	for (uint32_t i = bucket[h & bucket_mask]; i != UINT32_MAX; i = needles[i].next) {
		const struct needle *x = &needles[i];

		if (x->n > n - at || memcmp(x->p, p + at, x->n) != 0)
			continue;
		if (x->bounded &&
		    ((at > 0 && ascii_is_digit((char)p[at - 1])) ||
			(at + x->n < n && ascii_is_digit((char)p[at + x->n]))))
			continue;
		if (hits++ < HITS_MAX)
			printf("%s\t%zu\t%u\n", path, at, x->line);
	}
}

static void
search(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	uint8_t *p = MAP_FAILED;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		fprintf(stderr, "value_search: cannot read %s\n", path);
		trouble = 2;
	} else if (st.st_size >= NEEDLE_MIN) {
		p = mmap(
		    NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			trouble = 2;
	}
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED)
		return;
	fold(p, (size_t)st.st_size);
	bytes += (unsigned long long)st.st_size;
	for (size_t at = 0; at + NEEDLE_MIN <= (size_t)st.st_size; at++)
		look_at(path, p, (size_t)st.st_size, at);
	munmap(p, (size_t)st.st_size);
}

static int
visit(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	if (kind == FTW_F && S_ISREG(st->st_mode))
		search(path);
	else if (kind == FTW_DNR || kind == FTW_NS)
		trouble = 2;
	return 0;
}

int
main(int argc, char **argv)
{
	int err;

	if (argc < 3) {
		fprintf(stderr, "usage: value_search NEEDLES PATH...\n");
		return 2;
	}
	err = read_needles(argv[1]);
	if (err == OK)
		err = index_needles();
	if (err != OK) {
		fprintf(stderr, "value_search: %s: %s\n", argv[1], err_str(err));
		return 2;
	}
	for (int i = 2; i < argc; i++)
		if (nftw(argv[i], visit, 16, FTW_PHYS) != 0) {
			fprintf(stderr, "value_search: cannot read %s\n", argv[i]);
			trouble = 2;
		}
	fprintf(stderr, "%llu bytes, %u strings, %lu hits\n", bytes, needles_n, hits);
	return trouble ? trouble : hits > 0;
}
