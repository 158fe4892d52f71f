/*
 * How often this thread has asked for memory, counted in test builds (YETT_TEST_FAULTS):
 * M_ALLOCATIONS shows that the request path never does. 0 in others.
 */
#ifndef WORKER_ALLOCATIONS_H
#define WORKER_ALLOCATIONS_H

#include <stdint.h>

#if defined(YETT_TEST_FAULTS) && !defined(YETT_SANITIZED)
uint64_t allocations_count(void);
#else
static inline uint64_t
allocations_count(void)
{
	return 0;
}
#endif

#endif
