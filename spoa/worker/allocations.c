/* Test builds only: malloc and its kin stand before glibc's own and count. */
#include "worker/allocations.h"

#if defined(YETT_TEST_FAULTS) && !defined(YETT_SANITIZED)
#include <stddef.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n);
void *calloc(size_t n, size_t each);
void *realloc(void *p, size_t n);

static _Thread_local uint64_t count;

uint64_t
allocations_count(void)
{
	return count;
}

void *
malloc(size_t n)
{
	count++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t each)
{
	count++;
	return __libc_calloc(n, each);
}

void *
realloc(void *p, size_t n)
{
	count++;
	return __libc_realloc(p, n);
}
#endif
