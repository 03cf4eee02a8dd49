/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: the trust anchors, and the own chain and key, of an account. */
#ifndef TLS_CRED_H
#define TLS_CRED_H

#include "sip/base/cause.h"
#include "sip/base/env.h"

enum {
    TLS_CRED_FILE_MAX = 4 << 20, /* bytes of one PEM file */
    TLS_CRED_ANCHORS_MAX = 1024, /* certificates */
    TLS_PIN_SIZE = 32,           /* SHA-256 of a SubjectPublicKeyInfo */
    TLS_PIN_TEXT_MAX = 52,       /* "sha256/", base64 and a NUL */
    TLS_PINS_MAX = 8
};

struct tls_cred;

/* mbedTLS's; complete only in tls/engine*.c and tls/cred*.c. */
struct mbedtls_x509_crt;
struct mbedtls_x509_crl;
struct mbedtls_pk_context;

/*
 * Filled once, then read-only. The maker owns it, and frees it after the
 * policy accounts and the TLS engines that use it. May be shared by
 * accounts and loops of any thread once filled. E_NOMEM.
 */
int tls_cred_new(struct tls_cred **cred, const struct env *env);
void tls_cred_free(struct tls_cred *cred); /* NULL is fine; wipes the key */

/*
 * Adds trust anchors; can be called several times. On error *why (may be
 * NULL) is config_trust with the file, the position and the reason, or
 * out_of_memory, and all anchors are dropped: half of them would refuse
 * peers for reasons that nobody understands. E_CERT, E_NOMEM, E_FULL.
 */
int tls_cred_add_system(struct tls_cred *cred, struct cause *why);
int tls_cred_add_file(struct tls_cred *cred, struct slice path,
                      struct cause *why);
/* pem: one or more certificates, or one in DER. Copied. */
int tls_cred_add_pem(struct tls_cred *cred, struct slice pem,
                     struct cause *why);

/*
 * The own chain (leaf first) and its private key: for listeners, and the
 * client certificate where a server asks for one. Once. The key must belong to
 * the leaf. E_CERT, E_NOMEM, E_STATE.
 */
int tls_cred_own_files(struct tls_cred *cred, struct slice chain_path,
                       struct slice key_path, struct cause *why);
int tls_cred_own_pem(struct tls_cred *cred, struct slice chain,
                     struct slice key, struct cause *why);

/*
 * The same with the key in PSA's keeping, by its id: a phone's key store
 * through a driver. The key never leaves it if mbedTLS is built with
 * USE_PSA_CRYPTO; else PSA must be allowed to export it. The key outlives
 * cred.
 */
int tls_cred_own_psa(struct tls_cred *cred, struct slice chain_pem,
                     uint32_t key_id, struct cause *why);

/*
 * Revocation lists (RFC 5280 5), PEM or DER. Once there is one, the issuer of
 * a server's own certificate must be covered by a list that has not expired,
 * and so must the issuers above it that have a list. Errors as for anchors.
 */
int tls_cred_add_crl_file(struct tls_cred *cred, struct slice path,
                          struct cause *why);
int tls_cred_add_crl(struct tls_cred *cred, struct slice pem,
                     struct cause *why);

/*
 * "sha256/BASE64": the digest of a SubjectPublicKeyInfo (RFC 7469 2.4). With
 * anchors one key of the verified path must be pinned besides, until the
 * pins' end: from then on only the chain counts, which tls_facts reports. The
 * first is the one in use, the others are backups. E_CERT: not of that form.
 */
int tls_cred_add_pin(struct tls_cred *cred, struct slice text,
                     struct cause *why);
/* "2027-01-31": the pins count up to the end of that day (UTC). */
int tls_cred_pins_end(struct tls_cred *cred, struct slice date,
                      struct cause *why);
/*
 * "trust: pin", for a self-signed server: the server's own key must be
 * pinned, and no chain is looked at; names, dates and strength still are.
 * After the pins' end everything is refused. E_CERT: there are no pins.
 */
int tls_cred_trust_pins(struct tls_cred *cred, struct cause *why);

/* What the app's verifier is asked. Valid during the call. */
struct tls_chain {
    const struct slice *der; /* as sent, the server's own first */
    size_t n;
    struct slice name; /* that the account wants */
};

/*
 * The app's verifier in place of anchors: a phone's own trust store. Called
 * on the loop's thread inside the handshake; must not block. 0: trusted.
 * The name, dates, strength, usage, pins and lists are checked as well.
 */
struct tls_verifier {
    int (*verify)(void *user, const struct tls_chain *chain);
    void *user; /* outlives cred */
};
int tls_cred_verifier(struct tls_cred *cred, const struct tls_verifier *v);

/* Something can decide whom to trust: anchors, pins or a verifier. */
bool tls_cred_usable(const struct tls_cred *cred);
bool tls_cred_pin_only(const struct tls_cred *cred);
size_t tls_cred_pins(const struct tls_cred *cred);
bool tls_cred_pins_expired(const struct tls_cred *cred); /* now */
/* Which pin it is, from 0; -1: none. */
int tls_cred_pin_index(const struct tls_cred *cred,
                       const uint8_t pin[TLS_PIN_SIZE]);
const struct tls_verifier *tls_cred_get_verifier(const struct tls_cred *cred);
/* A list is past its next update, by this machine's clock. */
bool tls_cred_crl_expired(const struct tls_cred *cred);
/* Changes with anchors, lists, pins, verifier and own chain. */
const uint8_t *tls_cred_print(const struct tls_cred *cred);
/* "sha256/…" */
void tls_pin_text(char text[TLS_PIN_TEXT_MAX],
                  const uint8_t pin[TLS_PIN_SIZE]);
int tls_pin_of(const struct env *env, uint8_t pin[TLS_PIN_SIZE],
               struct slice spki);

size_t tls_cred_anchors(const struct tls_cred *cred);
bool tls_cred_has_own(const struct tls_cred *cred);

/* For tls/engine only. NULL if there are none. Borrowed. */
struct mbedtls_x509_crt *tls_cred_mbed_anchors(const struct tls_cred *cred);
struct mbedtls_x509_crl *tls_cred_mbed_crl(const struct tls_cred *cred);
struct mbedtls_x509_crt *tls_cred_mbed_chain(const struct tls_cred *cred);
struct mbedtls_pk_context *tls_cred_mbed_key(const struct tls_cred *cred);
/* One of mbedTLS's many ways to say that memory ran out. */
bool tls_cred_mbed_nomem(int ret);

#endif
