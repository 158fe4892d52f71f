/* SHA-256, MD5 (for JA3 alone), HMAC, HKDF and randomness by OpenSSL. */
#define OPENSSL_SUPPRESS_DEPRECATED /* see crypto_sha256() */
#include "crypto/crypto.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/md5.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

int
crypto_random(void *out, size_t n)
{
	uint8_t *p = out;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			memset(out, 0, (size_t)(p - (uint8_t *)out) + n);
			return ERR_IO;
		}
		p += got;
		n -= (size_t)got;
	}
	return OK;
}

/* The plain functions, deprecated in favour of EVP: EVP allocates three times a digest, and
 * these run while HAProxy waits. */
int
crypto_sha256(struct span data, uint8_t out[SHA256_BYTES])
{
	SHA256_CTX c;

	if (SHA256_Init(&c) == 1 && SHA256_Update(&c, data.p, data.n) == 1 &&
	    SHA256_Final(out, &c) == 1)
		return OK;
	memset(out, 0, SHA256_BYTES);
	return ERR_IO;
}

int
crypto_md5(struct span data, uint8_t out[MD5_BYTES])
{
	MD5_CTX c;

	if (MD5_Init(&c) == 1 && MD5_Update(&c, data.p, data.n) == 1 &&
	    MD5_Final(out, &c) == 1)
		return OK;
	memset(out, 0, MD5_BYTES);
	return ERR_IO;
}

bool
crypto_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void
crypto_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

bool
crypto_guard(void *p, size_t n)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)p & ~(page - 1);
	uintptr_t to = ((uintptr_t)p + n + page - 1) & ~(page - 1);

	(void)madvise((void *)from, to - from, MADV_DONTDUMP);
	return mlock(p, n) == 0;
}

/* RFC 2104. The states after the padded key, to be copied for each message. */
#define SHA256_BLOCK 64
_Static_assert(sizeof(((struct hmac *)0)->inner) == sizeof(SHA256_CTX), "a state each");

int
hmac_init(struct hmac *h, struct span key)
{
	uint8_t block[SHA256_BLOCK] = {0};
	SHA256_CTX c;
	int rc = OK;

	memset(h, 0, sizeof *h);
	if (key.n > sizeof block)
		rc = crypto_sha256(key, block);
	else if (key.n > 0)
		memcpy(block, key.p, key.n);
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36;
	if (rc == OK && SHA256_Init(&c) == 1 &&
	    SHA256_Update(&c, block, sizeof block) == 1)
		memcpy(h->inner, &c, sizeof c);
	else
		rc = ERR_IO;
	for (size_t i = 0; i < sizeof block; i++)
		block[i] ^= 0x36 ^ 0x5c;
	if (rc == OK && SHA256_Init(&c) == 1 &&
	    SHA256_Update(&c, block, sizeof block) == 1)
		memcpy(h->outer, &c, sizeof c);
	else
		rc = ERR_IO;
	crypto_wipe(block, sizeof block);
	crypto_wipe(&c, sizeof c);
	return rc;
}

int
hmac_sum(const struct hmac *h, struct span data, uint8_t out[SHA256_BYTES])
{
	uint8_t digest[SHA256_BYTES];
	SHA256_CTX c;
	bool done;

	memcpy(&c, h->inner, sizeof c);
	done = SHA256_Update(&c, data.p ? data.p : "", data.n) == 1 &&
	    SHA256_Final(digest, &c) == 1;
	memcpy(&c, h->outer, sizeof c);
	done = done && SHA256_Update(&c, digest, sizeof digest) == 1 &&
	    SHA256_Final(out, &c) == 1;
	crypto_wipe(&c, sizeof c);
	crypto_wipe(digest, sizeof digest);
	if (!done)
		memset(out, 0, SHA256_BYTES);
	return done ? OK : ERR_IO;
}

int
crypto_hkdf(struct span secret, struct span salt, struct span info, void *out, size_t n)
{
	OSSL_PARAM params[5], *p = params;
	EVP_KDF *kdf = NULL;
	EVP_KDF_CTX *ctx = NULL;
	int rc = ERR_IO;

	memset(out, 0, n);
	*p++ = OSSL_PARAM_construct_utf8_string(
	    OSSL_KDF_PARAM_DIGEST, (char[]){"SHA256"}, 0);
	*p++ = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret.p, secret.n);
	if (salt.n)
		*p++ = OSSL_PARAM_construct_octet_string(
		    OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.p, salt.n);
	*p++ = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.p, info.n);
	*p = OSSL_PARAM_construct_end();
	if ((kdf = EVP_KDF_fetch(NULL, "HKDF", NULL)) == NULL ||
	    (ctx = EVP_KDF_CTX_new(kdf)) == NULL)
		goto out;
	if (EVP_KDF_derive(ctx, out, n, params) == 1)
		rc = OK;
out:
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return rc;
}
