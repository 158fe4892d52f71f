classify_SRC := class_set.c value.c checksum.c number.c national.c national_letters.c \
	identifier.c net.c person.c secret.c inside.c phrases.c context.c judge.c custom.c
