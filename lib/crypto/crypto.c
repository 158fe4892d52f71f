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
#include <stdlib.h>
#include <sys/random.h>

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

/* The context after its key was set is kept and copied for each message. */
struct hmac {
	EVP_MAC *mac;
	EVP_MAC_CTX *keyed;
};

int
hmac_new(struct span key, struct hmac **out)
{
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
	    OSSL_PARAM_construct_end(),
	};
	struct hmac *h;

	*out = NULL;
	if ((h = calloc(1, sizeof *h)) == NULL)
		return ERR_NOMEM;
	if ((h->mac = EVP_MAC_fetch(NULL, "HMAC", NULL)) == NULL ||
	    (h->keyed = EVP_MAC_CTX_new(h->mac)) == NULL ||
	    EVP_MAC_init(h->keyed, (const unsigned char *)key.p, key.n, params) != 1) {
		hmac_free(h);
		return ERR_IO;
	}
	*out = h;
	return OK;
}

void
hmac_free(struct hmac *h)
{
	if (h == NULL)
		return;
	EVP_MAC_CTX_free(h->keyed);
	EVP_MAC_free(h->mac);
	free(h);
}

int
hmac_sum(struct hmac *h, struct span data, uint8_t out[SHA256_BYTES])
{
	size_t len = 0;

	memset(out, 0, SHA256_BYTES);
	if (EVP_MAC_init(h->keyed, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(
		h->keyed, (const unsigned char *)(data.p ? data.p : ""), data.n) != 1 ||
	    EVP_MAC_final(h->keyed, out, &len, SHA256_BYTES) != 1 || len != SHA256_BYTES)
		return ERR_IO;
	return OK;
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
