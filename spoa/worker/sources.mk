worker_SRC := allocations.c answer.c arguments.c connection.c decide.c fault.c policy.c buffers.c \
	server.c watch.c worker.c
