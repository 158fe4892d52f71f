crypto_SRC :=
