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

#endif
