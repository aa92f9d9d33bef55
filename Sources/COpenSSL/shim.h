#pragma once
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509_vfy.h>

// Macros in OpenSSL, which Swift does not see.
static inline X509 *kappa_x509_pop(STACK_OF(X509) *list) { return list ? sk_X509_pop(list) : 0; }
static inline void kappa_x509_free(STACK_OF(X509) *list) { sk_X509_free(list); }
