/*
 * Test builds only (YETT_TEST_FAULTS): a request with the header `x-yett-test` breaks the
 * worker that parses it. crash: it aborts; hang: it never returns; slow: it takes
 * FAULT_SLOW_MS. In other builds there is no such header.
 */
#ifndef WORKER_FAULT_H
#define WORKER_FAULT_H

#include "engine/request.h"

#define FAULT_SLOW_MS 200

#ifdef YETT_TEST_FAULTS
void fault_on_request(const struct request *r);
#else
static inline void
fault_on_request(const struct request *r)
{
	(void)r;
}
#endif

#endif
