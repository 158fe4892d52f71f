/* Endpoints and the trie that finds them. Pure. */
#ifndef POLICY_ROUTER_H
#define POLICY_ROUTER_H

#include "policy/model.h"
#include "policy/tables.h"

/* Sorts the model's endpoints (service, template, method, operation), complains of those
 * that stand twice, and fills services, hosts, endpoints and the router. */
void router_build(struct tables *t, struct model *m);

#endif
