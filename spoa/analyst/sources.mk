analyst_SRC := aggregate.c aliases.c analyst.c canon.c decision.c endpoint.c finish.c fold.c \
	forward.c guess.c intake.c join.c linekey.c outlet.c \
	pending.c release.c rename.c report.c resolve.c service.c syncer.c tree.c
