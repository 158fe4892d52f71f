http_SRC := lenient.c target.c segment.c wordshape.c template.c host.c headers.c credential.c jwt.c utf8.c \
	body.c inflate.c json.c jsonstring.c jsonname.c form.c multipart.c xml.c operation.c graphql.c
