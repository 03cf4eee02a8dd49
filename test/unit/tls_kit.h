/* SPDX-License-Identifier: Apache-2.0 */
/* What the TLS tests share: a world, minted certificates, a raw peer. */
#ifndef TEST_UNIT_TLS_KIT_H
#define TEST_UNIT_TLS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>

#include "sip/base/err.h"
#include "tls/cred.h"
#include "tls/crypto.h"
#include "tls/engine.h"
#include "tls/policy.h"
#include "tools/mint.h"

#define KIT_UNUSED __attribute__((unused))

static void *kit_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static void kit_free(void *user, void *p)
{
    (void)user;
    free(p);
}

static const struct env kit_env = {
    .alloc = kit_alloc,
    .free = kit_free,
    .rand = tls_crypto_rand,
    .md = tls_crypto_md,
};

enum { KIT_DAY = 86400 };

/* ------------------------------------------------------ certificates */

/* A root, an intermediate, and what was asked for by the test. */
struct kit_pki {
    struct mint_cert *root, *inter, *other;
    struct tls_cred *anchors; /* trusts root */
};

static KIT_UNUSED struct mint_cert *kit_mint(struct mint_ask ask,
                                             const struct mint_cert *issuer)
{
    struct mint_cert *c = NULL;
    int64_t now = (int64_t)time(NULL);

    ask.issuer = issuer;
    if (!ask.from)
        ask.from = now - KIT_DAY;
    if (!ask.to)
        ask.to = now + 30 * KIT_DAY;
    assert_int_equal(mint_new(&c, &kit_env, &ask), 0);
    return c;
}

static KIT_UNUSED void kit_pki_new(struct kit_pki *k)
{
    memset(k, 0, sizeof(*k));
    assert_int_equal(tls_crypto_init(), 0);
    k->root = kit_mint(
        (struct mint_ask){.cn = S("Root"), .org = S("Kit"), .ca = true}, NULL);
    k->inter = kit_mint((struct mint_ask){.cn = S("Intermediate"),
                                          .org = S("Kit"),
                                          .ca = true},
                        k->root);
    k->other = kit_mint((struct mint_ask){.cn = S("Stranger Root"),
                                          .org = S("Elsewhere"),
                                          .ca = true},
                        NULL);
    assert_int_equal(tls_cred_new(&k->anchors, &kit_env), 0);
    assert_int_equal(tls_cred_add_pem(k->anchors, mint_pem(k->root), NULL), 0);
}

static KIT_UNUSED void kit_pki_free(struct kit_pki *k)
{
    mint_free(k->root);
    mint_free(k->inter);
    mint_free(k->other);
    tls_cred_free(k->anchors);
}

/* Own chain and key; extras (may be NULL) are sent after the leaf. */
static KIT_UNUSED struct tls_cred *kit_own3(const struct mint_cert *leaf,
                                            const struct mint_cert *extra,
                                            const struct mint_cert *extra2)
{
    static char pem[4 * MINT_PEM_MAX];
    struct out o = out_of(pem, sizeof(pem));
    struct tls_cred *own = NULL;

    out_put(&o, mint_pem(leaf));
    if (extra)
        out_put(&o, mint_pem(extra));
    if (extra2)
        out_put(&o, mint_pem(extra2));
    assert_int_equal(tls_cred_new(&own, &kit_env), 0);
    assert_int_equal(
        tls_cred_own_pem(own, out_slice(&o), mint_key_pem(leaf), NULL), 0);
    return own;
}

static KIT_UNUSED struct tls_cred *kit_own(const struct mint_cert *leaf,
                                           const struct mint_cert *extra)
{
    return kit_own3(leaf, extra, NULL);
}

/* ------------------------------------------------------------ policy */

struct kit_policy {
    struct policy *p;
    uint64_t account;
    const struct policy_peer *ticket;
};

static KIT_UNUSED struct policy_terms kit_terms(const struct tls_cred *anchors)
{
    return (struct policy_terms){.name = S("sip.example.test"),
                                 .level = POLICY_STRICT,
                                 .names = TLS_NAME_RFC5922,
                                 .anchors = anchors};
}

static KIT_UNUSED void kit_policy_new(struct kit_policy *k,
                                      struct policy_terms terms)
{
    enum policy_why why;
    struct tls_addr a;

    assert_int_equal(tls_addr_parse(&a, S("192.0.2.1:5061"), 0), 0);
    assert_int_equal(policy_new(&k->p, &kit_env, POLICY_LEGACY_PBX), 0);
    assert_int_equal(policy_account_add(k->p, &k->account, &terms, &why), 0);
    assert_int_equal(policy_peer_mint(k->p, &k->ticket, k->account, &a, &why),
                     0);
}

static KIT_UNUSED void kit_policy_free(struct kit_policy *k)
{
    policy_free(k->p);
}

/* ---------------------------------------------------------- raw peer */

/* A TLS server of mbedTLS's own, which may do what our engine refuses. */
struct kit_raw {
    mbedtls_ssl_config conf;
    mbedtls_ssl_context ssl;
    char in[1 << 17], out[1 << 17];
    size_t in_n, out_n;
    char got[4096]; /* application data */
    size_t got_n;
    int ret; /* of the last call */
    bool up;
};

struct kit_raw_how {
    int max_version; /* 0: TLS 1.3 */
    bool no_ems;
    bool renegotiate;                    /* is willing to */
    const int *suites;                   /* NULL: all */
    const struct tls_cred *client_ca;    /* asks for a certificate of it */
    mbedtls_ssl_ticket_context *tickets; /* gives and takes them */
};

static int kit_raw_send(void *user, const unsigned char *p, size_t n)
{
    struct kit_raw *r = user;

    if (n > sizeof(r->out) - r->out_n)
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    memcpy(r->out + r->out_n, p, n);
    r->out_n += n;
    return (int)n;
}

static int kit_raw_recv(void *user, unsigned char *p, size_t n)
{
    struct kit_raw *r = user;

    if (n > r->in_n)
        n = r->in_n;
    if (n == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    memcpy(p, r->in, n);
    r->in_n -= n;
    memmove(r->in, r->in + n, r->in_n);
    return (int)n;
}

static KIT_UNUSED void kit_raw_free(struct kit_raw *r)
{
    mbedtls_ssl_free(&r->ssl);
    mbedtls_ssl_config_free(&r->conf);
    free(r);
}

static int kit_raw_setup(struct kit_raw *r, const struct tls_cred *own,
                         struct kit_raw_how how)
{
    mbedtls_ssl_config_init(&r->conf);
    mbedtls_ssl_init(&r->ssl);
    if (mbedtls_ssl_config_defaults(&r->conf, MBEDTLS_SSL_IS_SERVER,
                                    MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT))
        return -1;
    mbedtls_ssl_conf_rng(&r->conf, mbedtls_psa_get_random,
                         MBEDTLS_PSA_RANDOM_STATE);
    if (how.max_version)
        mbedtls_ssl_conf_max_tls_version(
            &r->conf, (mbedtls_ssl_protocol_version)how.max_version);
    if (how.no_ems)
        mbedtls_ssl_conf_extended_master_secret(
            &r->conf, MBEDTLS_SSL_EXTENDED_MS_DISABLED);
    if (how.suites)
        mbedtls_ssl_conf_ciphersuites(&r->conf, how.suites);
#ifdef MBEDTLS_SSL_RENEGOTIATION
    if (how.renegotiate)
        mbedtls_ssl_conf_renegotiation(&r->conf,
                                       MBEDTLS_SSL_RENEGOTIATION_ENABLED);
#endif
    if (how.client_ca) {
        mbedtls_ssl_conf_authmode(&r->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
        mbedtls_ssl_conf_ca_chain(&r->conf,
                                  tls_cred_mbed_anchors(how.client_ca), NULL);
    }
    if (how.tickets)
        mbedtls_ssl_conf_session_tickets_cb(&r->conf, mbedtls_ssl_ticket_write,
                                            mbedtls_ssl_ticket_parse,
                                            how.tickets);
    if (mbedtls_ssl_conf_own_cert(&r->conf, tls_cred_mbed_chain(own),
                                  tls_cred_mbed_key(own)) ||
        mbedtls_ssl_setup(&r->ssl, &r->conf))
        return -1;
    mbedtls_ssl_set_bio(&r->ssl, r, kit_raw_send, kit_raw_recv, NULL);
    return 0;
}

/* NULL when memory ran out. */
static KIT_UNUSED struct kit_raw *kit_raw_try(const struct tls_cred *own,
                                              struct kit_raw_how how)
{
    struct kit_raw *r = calloc(1, sizeof(*r));

    if (r && kit_raw_setup(r, own, how)) {
        kit_raw_free(r);
        r = NULL;
    }
    return r;
}

static KIT_UNUSED struct kit_raw *kit_raw_new(const struct tls_cred *own,
                                              struct kit_raw_how how)
{
    struct kit_raw *r = kit_raw_try(own, how);

    assert_non_null(r);
    return r;
}

static KIT_UNUSED void kit_raw_run(struct kit_raw *r)
{
    if (!r->up) {
        r->ret = mbedtls_ssl_handshake(&r->ssl);
        r->up = r->ret == 0;
    }
    while (r->up) {
        r->ret = mbedtls_ssl_read(&r->ssl, (unsigned char *)r->got + r->got_n,
                                  sizeof(r->got) - r->got_n);
        if (r->ret <= 0)
            return;
        r->got_n += (size_t)r->ret;
    }
}

/* Moves bytes between client and raw server, at most step at once, until
 * nothing moves. */
static KIT_UNUSED void kit_pump_raw(struct tls_engine *c, struct kit_raw *r,
                                    size_t step)
{
    bool moved = true;

    tls_engine_start(c);
    while (moved) {
        struct slice s = tls_engine_cipher_out(c);

        moved = false;
        if (s.n > step)
            s.n = step;
        if (s.n) {
            memcpy(r->in + r->in_n, s.p, s.n);
            r->in_n += s.n;
            tls_engine_cipher_sent(c, s.n);
            moved = true;
        }
        kit_raw_run(r);
        s = slice_of(r->out, r->out_n < step ? r->out_n : step);
        if (s.n) {
            size_t used = tls_engine_cipher_in(c, s);

            if (used) {
                r->out_n -= used;
                memmove(r->out, r->out + used, r->out_n);
                moved = true;
            }
        }
    }
}

/* The same between two engines. */
static KIT_UNUSED bool kit_move(struct tls_engine *from, struct tls_engine *to,
                                size_t step)
{
    struct slice s = tls_engine_cipher_out(from);

    if (s.n > step)
        s.n = step;
    if (s.n == 0)
        return false;
    size_t used = tls_engine_cipher_in(to, s);

    tls_engine_cipher_sent(from, used);
    return used > 0;
}

static KIT_UNUSED void kit_pump(struct tls_engine *a, struct tls_engine *b,
                                size_t step)
{
    bool moved = true;

    tls_engine_start(a);
    tls_engine_start(b);
    while (moved) {
        moved = kit_move(a, b, step);
        moved = kit_move(b, a, step) || moved;
    }
}

#endif
