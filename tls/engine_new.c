/* SPDX-License-Identifier: Apache-2.0 */
/* The birth of an engine, and its buffers. */
#include <mbedtls/ssl.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/engine_conf.h"
#include "tls/engine_impl.h"

enum {
    OUT_FIRST = 4096 /* first size of the buffer for the network */
};

/* ---------------------------------------------------------- buffers */

/* Room for n more bytes to the network; nothing changes on error. */
int tls_engine_reserve(struct tls_engine *e, size_t n)
{
    size_t cap = e->out_cap ? e->out_cap : OUT_FIRST;

    if (n > TLS_ENGINE_OUT_MAX || e->out_n > TLS_ENGINE_OUT_MAX - n)
        return E_FULL;
    while (cap < e->out_n + n)
        cap *= 2;
    if (cap == e->out_cap)
        return 0;
    char *p = env_alloc(e->env, cap);

    if (!p)
        return E_NOMEM;
    if (e->out_n)
        memcpy(p, e->out, e->out_n);
    env_free(e->env, e->out);
    e->out = p;
    e->out_cap = cap;
    return 0;
}

int tls_engine_bio_send(void *user, const unsigned char *p, size_t n)
{
    struct tls_engine *e = user;

    if (tls_engine_reserve(e, n))
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    memcpy(e->out + e->out_n, p, n);
    e->out_n += n;
    return (int)n; /* at most a record */
}

int tls_engine_bio_recv(void *user, unsigned char *p, size_t n)
{
    struct tls_engine *e = user;

    if (e->in.n == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    if (n > e->in.n)
        n = e->in.n;
    memcpy(p, e->in.p, n);
    e->in = slice_skip(e->in, n);
    e->idle += n;
    return (int)n;
}

/* ------------------------------------------------------------- birth */

/* RFC 6066 3: no SNI for an address. NULL tells mbedTLS that leaving its
 * own name check out is meant: ours runs in the verify callback. */
static int set_sni(struct tls_engine *e)
{
    const struct tls_name *want = &e->verify.want;

    return mbedtls_ssl_set_hostname(&e->ssl,
                                    want->ip.family ? NULL : want->text)
               ? E_NOMEM
               : 0;
}

static int new_engine(struct tls_engine **out, const struct env *env,
                      const struct policy *policy, enum policy_level level)
{
    struct tls_engine *e = env_alloc(env, sizeof(*e));

    if (!e)
        return E_NOMEM;
    e->env = env;
    e->policy = policy;
    e->level = level;
    e->state = TLS_HANDSHAKING;
    mbedtls_ssl_config_init(&e->conf);
    mbedtls_ssl_init(&e->ssl);
    cause_set(&e->cause, CAUSE_none);
    *out = e;
    return 0;
}

static int setup(struct tls_engine *e)
{
    if (mbedtls_ssl_setup(&e->ssl, &e->conf))
        return E_NOMEM;
    mbedtls_ssl_set_bio(&e->ssl, e, tls_engine_bio_send, tls_engine_bio_recv,
                        NULL);
    return 0;
}

int tls_engine_new_client(struct tls_engine **out, const struct env *env,
                          const struct policy *policy,
                          const struct policy_peer *ticket)
{
    const struct policy_peer_view *view = policy_peer_view(policy, ticket);
    struct mbedtls_x509_crt *anchors;
    struct tls_engine *e;

    if (!view)
        return E_POLICY;
    anchors = tls_cred_mbed_anchors(view->anchors);
    if (!anchors || view->name.n == 0)
        return E_CERT;
    int err = new_engine(&e, env, policy, view->level);

    if (err)
        return err;
    e->peer = ticket;
    e->verify.env = env;
    e->verify.cred = view->anchors;
    e->verify.pin = -1;
    e->verify.want = view->name;
    e->verify.rule = view->names;
    e->verify.anchors = anchors;
    err = tls_conf_fill(&e->conf, MBEDTLS_SSL_IS_CLIENT, e->level);
    mbedtls_ssl_conf_authmode(&e->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&e->conf, anchors,
                              tls_cred_mbed_crl(view->anchors));
    /* For servers that ask for one (RFC 8446 4.3.2). */
    if (!err && tls_cred_has_own(view->anchors) &&
        mbedtls_ssl_conf_own_cert(&e->conf, tls_cred_mbed_chain(view->anchors),
                                  tls_cred_mbed_key(view->anchors)))
        err = E_NOMEM;
    mbedtls_ssl_conf_verify(&e->conf, tls_verify_cert, &e->verify);
    if (!err)
        err = setup(e);
    if (!err)
        err = set_sni(e);
    if (err)
        tls_engine_free(e);
    else
        *out = e;
    return err;
}

int tls_engine_new_server(struct tls_engine **out, const struct env *env,
                          const struct policy *policy,
                          const struct policy_self *ticket)
{
    const struct policy_self_view *view = policy_self_view(policy, ticket);
    struct tls_engine *e;

    if (!view)
        return E_POLICY;
    if (!tls_cred_has_own(view->own))
        return E_CERT;
    int err = new_engine(&e, env, policy, view->level);

    if (err)
        return err;
    err = tls_conf_fill(&e->conf, MBEDTLS_SSL_IS_SERVER, e->level);
    mbedtls_ssl_conf_authmode(&e->conf, MBEDTLS_SSL_VERIFY_NONE);
    if (!err &&
        mbedtls_ssl_conf_own_cert(&e->conf, tls_cred_mbed_chain(view->own),
                                  tls_cred_mbed_key(view->own)))
        err = E_NOMEM;
    if (!err)
        err = setup(e);
    if (err)
        tls_engine_free(e);
    else
        *out = e;
    return err;
}

void tls_engine_free(struct tls_engine *e)
{
    if (!e)
        return;
    const struct env *env = e->env;

    tls_engine_offer_sent(e, false);
    mbedtls_ssl_free(&e->ssl);
    mbedtls_ssl_config_free(&e->conf);
    if (e->out)
        secret_wipe(e->out, e->out_cap);
    env_free(env, e->out);
    env_free(env, e->offered);
    tls_engine_wipe_plain(e);
    secret_wipe(e, sizeof(*e));
    env_free(env, e);
}
