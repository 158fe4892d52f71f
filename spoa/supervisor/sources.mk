supervisor_SRC := channel.c confine.c role.c listener.c keyset.c notify.c bundles.c sources.c \
	handout.c children.c finish.c control.c overview.c check.c reload.c supervisor.c \
	succession.c connections.c agentcheck.c
