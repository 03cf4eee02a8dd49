/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in words, shared by the files that judge a chain. */
#ifndef TLS_ENGINE_SAY_H
#define TLS_ENGINE_SAY_H

#include <mbedtls/x509_crt.h>

#include "tls/engine_verify.h"

/* The gravest last: it makes the others meaningless. */
enum tls_rank {
    TLS_RANK_NONE,
    TLS_RANK_NAME,
    TLS_RANK_OTHER,
    TLS_RANK_WEAK,
    TLS_RANK_LIST,
    TLS_RANK_DATE,
    TLS_RANK_PIN,
    TLS_RANK_REVOKED,
    TLS_RANK_TRUST
};

enum { TLS_SAY_MAX = 400 };

/* Keeps the gravest of all causes. */
void tls_blame(struct tls_verify *v, enum tls_rank rank, enum cause_code code,
               const struct out *facts);

void tls_say_dn(struct out *o, const mbedtls_x509_name *dn);
/* "2026-11-23 21:00:00 UTC" */
void tls_say_time(struct out *o, const mbedtls_x509_time *t);
/* "the server's own certificate "CN=…"" */
void tls_say_who(struct out *o, const struct tls_verify *v,
                 const mbedtls_x509_crt *crt, int depth);
int64_t tls_ms_of(const mbedtls_x509_time *t); /* since 1970, UTC */
bool tls_same_buf(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b);

/* tls/engine_trust.c: crt is where the way up to an anchor ended. */
void tls_blame_trust(struct tls_verify *v, const mbedtls_x509_crt *crt,
                     int depth);
/* The leaf is there: was the issuer that was missed sent before? */
void tls_blame_order(struct tls_verify *v, const mbedtls_x509_crt *leaf);
/* How many were sent, how many of them for nothing, and in which order. */
void tls_count_sent(struct tls_verify *v, const mbedtls_x509_crt *leaf);

/* tls/engine_rules.c: what stands beside the chain. They blame, and give the
 * flags to set and clear in mbedTLS's verdict on the certificate. */
uint32_t tls_rule_usage(struct tls_verify *v, mbedtls_x509_crt *leaf);
uint32_t tls_rule_lists(struct tls_verify *v, const mbedtls_x509_crt *crt,
                        int depth, uint32_t flags);
void tls_rule_key(struct tls_verify *v, const mbedtls_x509_crt *crt,
                  int depth);
uint32_t tls_rule_pins(struct tls_verify *v, const mbedtls_x509_crt *leaf);
/* A pin or the app's verifier decides in place of anchors. */
bool tls_rule_lenient(const struct tls_verify *v);
void tls_rule_watch(const struct tls_verify *v, const mbedtls_x509_crt *leaf);
uint32_t tls_rule_decide(struct tls_verify *v, const mbedtls_x509_crt *leaf);

#endif
