/* The listed statuses. */
#include "bundle/bundle.h"

static const struct {
	unsigned status;
	enum rule_action action;
} listed[] = {
#define STATUS(code, reason, action) {code, ACTION_##action},
#include "bundle/status.def"
#undef STATUS
};

bool
bundle_status_listed(unsigned status, enum rule_action action)
{
	for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++)
		if (listed[i].status == status && listed[i].action == action)
			return true;
	return false;
}
