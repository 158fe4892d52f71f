http_SRC := target.c segment.c template.c host.c headers.c credential.c utf8.c wordshape.c
