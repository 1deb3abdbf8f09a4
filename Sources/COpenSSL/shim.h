// The parts of OpenSSL 3 that Concordat calls. Macros that Swift cannot import are wrapped here as static inline functions.
#ifndef CONCORDAT_COPENSSL_SHIM_H
#define CONCORDAT_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// --- For the module Cryptography: macros as functions ---

/// A fresh P-256 key pair, or NULL.
static inline EVP_PKEY *concordat_p256_generate(void) {
    return EVP_EC_gen("P-256");
}

/// The bytes a memory BIO holds; they live as long as the BIO.
static inline long concordat_bio_contents(BIO *bio, char **contents) {
    return BIO_get_mem_data(bio, contents);
}

/// Writes a distinguished name as RFC 2253 has it, with UTF-8 and control characters escaped. For people only.
static inline int concordat_name_print(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

// --- End of the part for Cryptography ---

#endif
