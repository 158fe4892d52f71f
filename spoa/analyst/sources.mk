analyst_SRC := aggregate.c aliases.c analyst.c canon.c children.c classes.c decision.c \
	endpoint.c endpoint_view.c field_emit.c field_take.c fields.c finish.c fold.c \
	forward.c guess.c intake.c join.c linekey.c look.c look_walk.c observer.c outlet.c \
	pending.c place.c release.c rename.c report.c resolve.c service.c syncer.c tree.c
