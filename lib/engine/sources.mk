# The pure decision.
engine_SRC := body.c candidates.c confused.c ctx.c decide.c engine.c exceptions.c field.c identity.c limits.c \
	pattern.c plan.c predicate.c print.c request.c request_record.c router.c rules.c \
	selftest.c service.c
