/* Ed25519 by OpenSSL: raw 32-byte keys in, 64-byte signatures out. */
#include "crypto/crypto.h"

#include <openssl/evp.h>

int
ed25519_public(
    const uint8_t secret[ED25519_SECRET_BYTES], uint8_t public[ED25519_PUBLIC_BYTES])
{
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, secret, ED25519_SECRET_BYTES);
	size_t n = ED25519_PUBLIC_BYTES;
	int rc = ERR_IO;

	memset(public, 0, ED25519_PUBLIC_BYTES);
	if (k && EVP_PKEY_get_raw_public_key(k, public, &n) == 1 &&
	    n == ED25519_PUBLIC_BYTES)
		rc = OK;
	EVP_PKEY_free(k);
	return rc;
}

int
ed25519_keygen(uint8_t secret[ED25519_SECRET_BYTES], uint8_t public[ED25519_PUBLIC_BYTES])
{
	int rc;

	memset(public, 0, ED25519_PUBLIC_BYTES);
	if ((rc = crypto_random(secret, ED25519_SECRET_BYTES)) != OK)
		return rc;
	return ed25519_public(secret, public);
}

int
ed25519_sign(const uint8_t secret[ED25519_SECRET_BYTES], struct span data,
    uint8_t signature[ED25519_SIGNATURE_BYTES])
{
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, secret, ED25519_SECRET_BYTES);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t n = ED25519_SIGNATURE_BYTES;
	int rc = ERR_IO;

	memset(signature, 0, ED25519_SIGNATURE_BYTES);
	if (k && c && EVP_DigestSignInit(c, NULL, NULL, NULL, k) == 1 &&
	    EVP_DigestSign(c, signature, &n, (const unsigned char *)data.p, data.n) ==
		1 &&
	    n == ED25519_SIGNATURE_BYTES)
		rc = OK;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return rc;
}

int
ed25519_verify(const uint8_t public[ED25519_PUBLIC_BYTES], struct span data,
    const uint8_t signature[ED25519_SIGNATURE_BYTES])
{
	EVP_PKEY *k = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, public, ED25519_PUBLIC_BYTES);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int rc = ERR_SIGNATURE;

	if (k && c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, k) == 1 &&
	    EVP_DigestVerify(c, signature, ED25519_SIGNATURE_BYTES,
		(const unsigned char *)data.p, data.n) == 1)
		rc = OK;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	return rc;
}
