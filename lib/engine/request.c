/* An empty request. */
#include "engine/request.h"

void
request_init(struct request *r)
{
	*r = (struct request){0};
#define X(f, arg) r->f = -1;
	REQUEST_NUMBER_TABLE(X)
#undef X
}
