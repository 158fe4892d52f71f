http_SRC :=
