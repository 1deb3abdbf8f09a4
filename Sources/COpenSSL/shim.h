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

/// Whether a subject alternative name is a DNS name or an IP address.
static inline int concordat_names_a_host(const X509 *certificate) {
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int found = 0;
    for (int index = 0; index < sk_GENERAL_NAME_num(names); index++) {
        int type = sk_GENERAL_NAME_value(names, index)->type;
        if (type == GEN_DNS || type == GEN_IPADD) found = 1;
    }
    GENERAL_NAMES_free(names);
    return found;
}

/// OpenSSL's verdict (X509_V_...) on a client's certificate with the intermediates it comes with, at a time in seconds since 1970.
static inline int concordat_client_verdict(
    X509 *leaf, X509 *const *intermediates, size_t intermediate_count, X509 *const *roots, size_t root_count, long long second, int depth) {
    int verdict = X509_V_ERR_OUT_OF_MEM;
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    int ready = store && context && others;
    for (size_t index = 0; ready && index < root_count; index++) ready = X509_STORE_add_cert(store, roots[index]) == 1;
    // The stack borrows its members.
    for (size_t index = 0; ready && index < intermediate_count; index++) ready = sk_X509_push(others, intermediates[index]) > 0;
    if (ready && X509_STORE_CTX_init(context, store, leaf, others) == 1 && X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT) == 1) {
        X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), (time_t)second);
        // What the security level of the listeners asks of a chain.
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), 2);
        X509_VERIFY_PARAM_set_depth(X509_STORE_CTX_get0_param(context), depth);
        X509_verify_cert(context);
        verdict = X509_STORE_CTX_get_error(context);
    }
    sk_X509_free(others);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return verdict;
}

// --- End of the part for Cryptography ---
// --- libssl: macros that Swift cannot import (module TLS) ---
static inline uint64_t concordat_ssl_hardening_options(void) {
    return SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE;
}
static inline int concordat_ssl_ctx_set_protocols(SSL_CTX *ctx, int minimum, int maximum) {
    return SSL_CTX_set_min_proto_version(ctx, minimum) == 1 && SSL_CTX_set_max_proto_version(ctx, maximum) == 1;
}
static inline int concordat_ssl_ctx_min_protocol(SSL_CTX *ctx) { return (int)SSL_CTX_get_min_proto_version(ctx); }
static inline int concordat_ssl_ctx_max_protocol(SSL_CTX *ctx) { return (int)SSL_CTX_get_max_proto_version(ctx); }
static inline void concordat_ssl_ctx_session_cache_off(SSL_CTX *ctx) { SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); }
static inline int concordat_ssl_ctx_session_cache_mode(SSL_CTX *ctx) { return (int)SSL_CTX_get_session_cache_mode(ctx); }
static inline void concordat_ssl_ctx_set_max_cert_list(SSL_CTX *ctx, long bytes) { SSL_CTX_set_max_cert_list(ctx, bytes); }
static inline long concordat_ssl_ctx_max_cert_list(SSL_CTX *ctx) { return SSL_CTX_get_max_cert_list(ctx); }
static inline int concordat_ssl_ctx_set_groups(SSL_CTX *ctx, const char *list) { return (int)SSL_CTX_set1_groups_list(ctx, list); }
static inline int concordat_ssl_set_server_name(SSL *ssl, const char *name) { return (int)SSL_set_tlsext_host_name(ssl, name); }
static inline void concordat_ssl_ctx_set_modes(SSL_CTX *ctx) { SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN); }
static inline void concordat_bio_empty_is_retry(BIO *bio) { BIO_set_mem_eof_return(bio, -1); }
static inline void concordat_bio_reset(BIO *bio) { (void)BIO_reset(bio); }
static inline size_t concordat_bio_pending(BIO *bio) { return BIO_ctrl_pending(bio); }
/// Bytes of memory that a memory BIO keeps, whether it holds anything or not.
static inline size_t concordat_bio_capacity(BIO *bio) {
    BUF_MEM *memory = NULL;
    return BIO_get_mem_ptr(bio, &memory) == 1 && memory != NULL ? memory->max : 0;
}
// --- end of libssl ---

#endif
