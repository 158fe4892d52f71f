crypto_SRC := siphash.c crypto.c ed25519.c keyfile.c derive.c
