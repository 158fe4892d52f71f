/*
 * The plain main of a fuzz target, for machines without libFuzzer and for `make check`:
 *
 *   fuzz_x [-r RUNS] [-s SEED] [-t] FILE|FOLDER...
 *
 * feeds each file to the target, then each file cut at every offset (not with -t), then RUNS
 * mutations of them (flipped bits, odd bytes, cut, repeated and inserted pieces, splices of
 * two files), the same for the same SEED. Every input is a copy of exactly its size, so that
 * AddressSanitizer sees the first byte read past it. What ends the process is printed as hex.
 */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 4096
#define INPUT_MAX (1 << 20) /* bytes of one input */
#define CUTS_MAX 4096 /* offsets at which one file is cut; longer files in steps */
#define HEX_MAX 2048 /* bytes printed of the input that ended the process */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

struct input {
	uint8_t *p;
	size_t n;
};

static struct input file[FILES_MAX];
static size_t files;
static const uint8_t *current;
static size_t current_n;
static uint64_t inputs, state;

static uint64_t
random64(void)
{
	/* splitmix64 (Steele, Lea, Flood 2014) */
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t
below(size_t n)
{
	return n ? random64() % n : 0;
}

static void
print_current(void)
{
	fprintf(stderr, "input %" PRIu64 ", %zu bytes:", inputs, current_n);
	for (size_t i = 0; i < current_n && i < HEX_MAX; i++)
		fprintf(stderr, "%s%02x", i % 32 ? "" : "\n", current[i]);
	fprintf(stderr, "%s\n", current_n > HEX_MAX ? " …" : "");
}

static void
on_signal(int sig)
{
	print_current();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
feed(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	if (copy == NULL)
		exit(2);
	if (n)
		memcpy(copy, p, n);
	current = copy;
	current_n = n;
	inputs++;
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
	current_n = 0;
}

static int
load_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct input *in = &file[files];

	if (f == NULL || files == FILES_MAX) {
		fprintf(stderr, "%s: cannot be read, or too many files\n", path);
		return -1;
	}
	in->p = malloc(INPUT_MAX);
	if (in->p == NULL)
		exit(2);
	in->n = fread(in->p, 1, INPUT_MAX, f);
	fclose(f);
	in->p = realloc(in->p, in->n + 1);
	if (in->p == NULL)
		exit(2);
	files++;
	return 0;
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int
load(const char *path)
{
	struct dirent **entry;
	struct stat st;
	int n, rc = 0;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return load_file(path);
	n = scandir(path, &entry, is_visible, by_name);
	if (n < 0) {
		fprintf(stderr, "%s: no such file or folder\n", path);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name);
		if (rc == 0)
			rc = load(name);
		free(entry[i]);
	}
	free(entry);
	return rc;
}

static void
cut_at_every_offset(const struct input *in)
{
	size_t step = in->n / CUTS_MAX + 1;

	for (size_t n = 0; n < in->n; n += step)
		feed(in->p, n);
}

/* Makes room for add bytes at at, or takes away if add is negative. */
static void
shift(struct input *m, size_t at, ptrdiff_t add)
{
	if (add > 0 && (size_t)add > INPUT_MAX - m->n)
		return;
	if (add < 0 && (size_t)-add > m->n - at)
		return;
	if (add > 0)
		memmove(m->p + at + add, m->p + at, m->n - at);
	else
		memmove(m->p + at, m->p + at - add, m->n - at + (size_t)add);
	m->n += (size_t)add;
}

static void
mutate(struct input *m)
{
	static const uint8_t odd[] =
	    "\0\xff\x7f\x80\"\\{}[]%<>&;:/\r\n\t '=+.,-#?@09aAuU\xc3\xed";
	size_t at = below(m->n), n = 1 + below(8);
	const struct input *other = &file[below(files)];

	switch (below(8)) {
	case 0:
		if (m->n)
			m->p[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		if (m->n)
			m->p[at] = odd[below(sizeof(odd) - 1)];
		break;
	case 2: m->n = at; break;
	case 3:
		if (n <= m->n - at)
			shift(m, at, -(ptrdiff_t)n);
		break;
	case 4:
		if (n <= INPUT_MAX - m->n) {
			shift(m, at, (ptrdiff_t)n);
			for (size_t i = 0; i < n; i++)
				m->p[at + i] = below(2) ? odd[below(sizeof(odd) - 1)]
							: (uint8_t)random64();
		}
		break;
	case 5: /* a piece twice */
		n = 1 + below(64);
		if (n <= m->n - at && n <= INPUT_MAX - m->n) {
			shift(m, at, (ptrdiff_t)n);
			memcpy(m->p + at, m->p + at + n, n);
		}
		break;
	case 6: /* the tail of another */
		if (other->n) {
			size_t from = below(other->n), room = INPUT_MAX - at;

			n = other->n - from < room ? other->n - from : room;
			memcpy(m->p + at, other->p + from, n);
			m->n = at + n;
		}
		break;
	default: /* a piece of another in between */
		if (other->n) {
			size_t from = below(other->n);

			n = 1 + below(64);
			if (n > other->n - from)
				n = other->n - from;
			if (n <= INPUT_MAX - m->n) {
				shift(m, at, (ptrdiff_t)n);
				memcpy(m->p + at, other->p + from, n);
			}
		}
	}
}

static void
run_mutations(uint64_t runs)
{
	struct input m = {.p = malloc(INPUT_MAX)};

	if (m.p == NULL)
		exit(2);
	for (uint64_t i = 0; i < runs && files; i++) {
		const struct input *in = &file[below(files)];

		m.n = in->n;
		memcpy(m.p, in->p, in->n);
		for (size_t k = 1 + below(1 + below(8)); k; k--)
			mutate(&m);
		feed(m.p, m.n);
	}
	free(m.p);
}

int
main(int argc, char **argv)
{
	uint64_t runs = 0;
	bool cuts = true;
	int c;

	while ((c = getopt(argc, argv, "r:s:t")) != -1) {
		switch (c) {
		case 'r': runs = strtoull(optarg, NULL, 10); break;
		case 's': state = strtoull(optarg, NULL, 10); break;
		case 't': cuts = false; break;
		default:
			fprintf(stderr,
			    "usage: %s [-r RUNS] [-s SEED] [-t] FILE|FOLDER...\n",
			    argv[0]);
			return 2;
		}
	}
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(print_current);
	signal(SIGABRT, on_signal);
	if (__sanitizer_set_death_callback == NULL) {
		signal(SIGSEGV, on_signal);
		signal(SIGBUS, on_signal);
		signal(SIGFPE, on_signal);
	}
	for (int i = optind; i < argc; i++)
		if (load(argv[i]) != 0)
			return 2;
	if (files == 0) {
		fprintf(stderr, "%s: no input: nothing was tested\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; i < files; i++)
		feed(file[i].p, file[i].n);
	for (size_t i = 0; cuts && i < files; i++)
		cut_at_every_offset(&file[i]);
	run_mutations(runs);
	for (size_t i = 0; i < files; i++)
		free(file[i].p);
	printf("%" PRIu64 " inputs, 0 crashes\n", inputs);
	return 0;
}
