# The pure decision.
engine_SRC := ctx.c exceptions.c print.c request.c request_record.c
