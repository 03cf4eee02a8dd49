/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS engine: mbedTLS between four ports, failing closed. */
#include "tls/engine.h"

#include <mbedtls/ssl.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/cred.h"
#include "tls/engine_conf.h"
#include "tls/engine_verify.h"
#include "tls/hello.h"

enum {
    OUT_FIRST = 4096,  /* first size of the buffer for the network */
    OUT_KEEP = 16384,  /* what is larger is given back once it is empty */
    RECORD = 16384,    /* plaintext of a TLS record (RFC 8446 5.1) */
    RECORD_EXTRA = 256 /* header, tag, padding: generous */
};

struct tls_engine {
    const struct env *env;
    const struct policy *policy;
    const struct policy_peer *peer; /* client; NULL: we are the server */
    enum policy_level level;
    enum tls_engine_state state;
    bool started;
    mbedtls_ssl_config conf;
    mbedtls_ssl_context ssl;
    struct tls_hello hello;
    struct tls_verify verify;
    struct tls_facts facts;
    struct cause cause;
    struct slice in; /* borrowed while cipher_in runs */
    char *out;
    size_t out_n, out_cap;
    uint64_t plain_count;
    uint16_t plain_at, plain_n;
    uint8_t plain[TLS_ENGINE_PLAIN_MAX];
};

/* ---------------------------------------------------------- buffers */

/* Room for n more bytes to the network; nothing changes on error. */
static int out_reserve(struct tls_engine *e, size_t n)
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

static int bio_send(void *user, const unsigned char *p, size_t n)
{
    struct tls_engine *e = user;

    if (out_reserve(e, n))
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    memcpy(e->out + e->out_n, p, n);
    e->out_n += n;
    return (int)n; /* at most a record */
}

static int bio_recv(void *user, unsigned char *p, size_t n)
{
    struct tls_engine *e = user;

    if (e->in.n == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    if (n > e->in.n)
        n = e->in.n;
    memcpy(p, e->in.p, n);
    e->in = slice_skip(e->in, n);
    return (int)n;
}

/* ----------------------------------------------------------- failing */

static void wipe_plain(struct tls_engine *e)
{
    secret_wipe(e->plain, sizeof(e->plain));
    e->plain_at = e->plain_n = 0;
}

static void fail(struct tls_engine *e, enum cause_code code,
                 struct slice facts)
{
    if (e->state == TLS_FAILED)
        return;
    e->state = TLS_FAILED;
    e->in = slice_of(NULL, 0);
    wipe_plain(e);
    cause_set_facts(&e->cause, code, facts);
}

static void fail_alert(struct tls_engine *e)
{
    const unsigned char *msg = e->ssl.MBEDTLS_PRIVATE(in_msg);
    unsigned number = msg ? msg[1] : 0;
    const char *name = tls_alert_name(number);
    bool first = e->hello.first[0] == 21; /* instead of a hello */
    enum cause_code code = CAUSE_tls_alert;
    char text[96];
    struct out o = out_of(text, sizeof(text));

    /* A 1.2 server may answer a 1.3-only hello with either of two alerts. */
    if (number == 70 || (number == 40 && first && e->level == POLICY_MODERN))
        code = CAUSE_tls_version;
    else if (number == 71 || (number == 40 && first))
        code = CAUSE_tls_suite;
    out_lit(&o, "alert ");
    if (name)
        out_put(&o, slice_cstr(name));
    out_lit(&o, " (");
    out_u64(&o, number);
    out_char(&o, ')');
    fail(e, code, out_slice(&o));
}

static void fail_no_tls(struct tls_engine *e)
{
    char text[128];
    struct out o = out_of(text, sizeof(text));
    struct slice first = slice_of(e->hello.first, e->hello.nfirst);

    out_lit(&o, "it looks like ");
    out_put(&o, slice_cstr(tls_hello_kind_text(tls_hello_kind(&e->hello))));
    out_lit(&o, ", its first bytes are \"");
    for (size_t i = 0; i < first.n && first.p[i] != '\r'; i++)
        out_char(&o, first.p[i]); /* cause_set_facts makes it printable */
    out_char(&o, '"');
    fail(e, CAUSE_tls_no_tls, out_slice(&o));
}

/* "mbedTLS error -0x7780" for what has no sentence of its own. */
static void fail_code(struct tls_engine *e, enum cause_code code, int ret)
{
    uint8_t be[2] = {(uint8_t)(-ret >> 8), (uint8_t)-ret};
    char text[40];
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, "mbedTLS error -0x");
    out_hex(&o, be, sizeof(be));
    fail(e, code, out_slice(&o));
}

static void fail_verify(struct tls_engine *e)
{
    struct cause cause;

    tls_verify_cause(&e->verify, mbedtls_ssl_get_verify_result(&e->ssl),
                     &cause);
    fail(e, cause.code, slice_of(NULL, 0));
    e->cause = cause;
}

/* What mbedTLS's errors mean to a person. */
static void fail_ret(struct tls_engine *e, int ret)
{
    if (tls_cred_mbed_nomem(ret)) {
        fail(e, CAUSE_out_of_memory, slice_of(NULL, 0));
        return;
    }
    switch (ret) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
        fail_verify(e);
        return;
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        fail_alert(e);
        return;
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        fail(e, CAUSE_tls_version,
             e->level == POLICY_MODERN ? S("only TLS 1.3 is allowed here")
                                       : S("TLS 1.2 or 1.3 is needed"));
        return;
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
        fail_code(e, CAUSE_tls_suite, ret);
        return;
    case MBEDTLS_ERR_SSL_INVALID_MAC:
        fail_code(e, CAUSE_tls_record, ret);
        return;
    default:
        break;
    }
    if (-ret >= 0x2080 && -ret <= 0x307f) /* the X.509 module */
        fail_code(e, CAUSE_cert_invalid, ret);
    else
        fail_code(e,
                  e->state == TLS_UP ? CAUSE_tls_record : CAUSE_tls_handshake,
                  ret);
}

/* ------------------------------------------------------- coming up */

static void refuse_peer(struct tls_engine *e, enum cause_code code,
                        struct slice facts)
{
    (void)mbedtls_ssl_send_alert_message(
        &e->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
        MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
    fail(e, code, facts);
}

static void copy_text(char *to, size_t cap, const char *from)
{
    struct out o = out_of(to, cap);

    out_put(&o, slice_cstr(from));
    (void)out_cstr(&o);
}

static void fill_facts(struct tls_engine *e)
{
    const mbedtls_x509_crt *leaf = mbedtls_ssl_get_peer_cert(&e->ssl);
    struct tls_facts *f = &e->facts;

    copy_text(f->version, sizeof(f->version),
              mbedtls_ssl_get_version(&e->ssl));
    copy_text(f->suite, sizeof(f->suite),
              mbedtls_ssl_get_ciphersuite(&e->ssl));
    if (!e->peer || !leaf)
        return;
    copy_text(f->name, sizeof(f->name), e->verify.want.text);
    f->match = e->verify.verdict;
    f->chain = e->verify.depth;
    tls_verify_facts(f, leaf);
}

/*
 * mbedTLS says that the handshake is over. Everything that lets plaintext
 * pass is asked for once more here, so that no single mistake above is
 * enough (RFC 5922 7.3, RFC 7627 5.2).
 */
static void come_up(struct tls_engine *e)
{
    mbedtls_ssl_protocol_version v = mbedtls_ssl_get_version_number(&e->ssl);

    if (e->peer && (!tls_verify_passed(&e->verify) ||
                    mbedtls_ssl_get_verify_result(&e->ssl) != 0 ||
                    !mbedtls_ssl_get_peer_cert(&e->ssl))) {
        refuse_peer(e, CAUSE_cert_invalid, S("it was not verified"));
        return;
    }
    if (e->peer && !policy_peer_view(e->policy, e->peer)) {
        refuse_peer(e, CAUSE_policy_refused,
                    S("the ticket was withdrawn during the handshake"));
        return;
    }
    if (v != MBEDTLS_SSL_VERSION_TLS1_3 &&
        (v != MBEDTLS_SSL_VERSION_TLS1_2 || e->level == POLICY_MODERN)) {
        refuse_peer(e, CAUSE_tls_version, slice_of(NULL, 0));
        return;
    }
    if (v == MBEDTLS_SSL_VERSION_TLS1_2 && !e->hello.ems) {
        refuse_peer(e, CAUSE_tls_handshake,
                    S("TLS 1.2 without extended_master_secret"));
        return;
    }
    fill_facts(e);
    e->state = TLS_UP;
}

/* True if the engine can go on. */
static bool shake(struct tls_engine *e)
{
    int ret = mbedtls_ssl_handshake(&e->ssl);

    if (ret == 0)
        come_up(e);
    else if (ret != MBEDTLS_ERR_SSL_WANT_READ)
        fail_ret(e, ret);
    return ret == 0 && e->state == TLS_UP;
}

static void peer_closed(struct tls_engine *e)
{
    (void)mbedtls_ssl_close_notify(&e->ssl);
    e->state = TLS_CLOSED;
    e->in = slice_of(NULL, 0);
    cause_set_facts(&e->cause, CAUSE_connect_reset, S("close_notify"));
}

/* Decrypts until plaintext waits or the input is used up. */
static void read_plain(struct tls_engine *e)
{
    while (e->state == TLS_UP && e->plain_n == 0) {
        size_t before = e->in.n;
        int ret = mbedtls_ssl_read(&e->ssl, e->plain, sizeof(e->plain));

        if (ret > 0) {
            e->plain_at = 0;
            e->plain_n = (uint16_t)ret;
        } else if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || ret == 0) {
            peer_closed(e);
        } else if (ret == MBEDTLS_ERR_SSL_WANT_READ) {
            if (e->in.n == before || e->in.n == 0)
                return;
        } else if (ret != MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            fail_ret(e, ret);
        }
    }
}

/* ------------------------------------------------------------- ports */

void tls_engine_start(struct tls_engine *e)
{
    if (e->started || e->state != TLS_HANDSHAKING)
        return;
    e->started = true;
    (void)shake(e);
}

size_t tls_engine_cipher_in(struct tls_engine *e, struct slice bytes)
{
    if (e->state == TLS_CLOSED || e->state == TLS_FAILED)
        return 0;
    tls_hello_feed(&e->hello, bytes);
    if (e->hello.nfirst && tls_hello_kind(&e->hello) != TLS_HELLO_TLS) {
        fail_no_tls(e);
        return bytes.n;
    }
    e->started = true;
    e->in = bytes;
    if (e->state == TLS_UP || shake(e))
        read_plain(e);
    size_t used = bytes.n - e->in.n;

    e->in = slice_of(NULL, 0);
    return used;
}

void tls_engine_cipher_eof(struct tls_engine *e)
{
    if (e->state == TLS_HANDSHAKING)
        fail(e, CAUSE_connect_reset, S("during the TLS handshake"));
    else if (e->state == TLS_UP)
        fail(e, CAUSE_connect_reset, S("without close_notify"));
}

struct slice tls_engine_cipher_out(const struct tls_engine *e)
{
    return slice_of(e->out, e->out_n);
}

void tls_engine_cipher_sent(struct tls_engine *e, size_t n)
{
    if (n > e->out_n)
        n = e->out_n;
    e->out_n -= n;
    if (e->out_n) {
        memmove(e->out, e->out + n, e->out_n);
    } else if (e->out_cap > OUT_KEEP) {
        env_free(e->env, e->out);
        e->out = NULL;
        e->out_cap = 0;
    }
}

int tls_engine_plain_in(struct tls_engine *e, struct slice bytes)
{
    size_t records = bytes.n / RECORD + 1;

    if (e->state != TLS_UP)
        return e->state == TLS_HANDSHAKING ? E_STATE : E_CLOSED;
    if (bytes.n > TLS_ENGINE_OUT_MAX)
        return E_FULL;
    /* Reserved before, so that running out of memory costs nothing. */
    int err = out_reserve(e, bytes.n + records * RECORD_EXTRA);

    if (err)
        return err;
    for (size_t at = 0; at < bytes.n;) {
        int ret = mbedtls_ssl_write(
            &e->ssl, (const unsigned char *)bytes.p + at, bytes.n - at);

        if (ret <= 0) {
            fail_ret(e, ret);
            return tls_cred_mbed_nomem(ret) ? E_NOMEM : E_CLOSED;
        }
        at += (size_t)ret;
    }
    e->plain_count += bytes.n;
    return 0;
}

struct slice tls_engine_plain_out(const struct tls_engine *e)
{
    return slice_of(e->plain + e->plain_at, e->plain_n);
}

void tls_engine_plain_taken(struct tls_engine *e, size_t n)
{
    if (n > e->plain_n)
        n = e->plain_n;
    e->plain_at = (uint16_t)(e->plain_at + n);
    e->plain_n = (uint16_t)(e->plain_n - n);
    if (e->plain_n == 0)
        read_plain(e); /* the rest of a record that mbedTLS holds */
}

void tls_engine_close(struct tls_engine *e)
{
    if (e->state == TLS_UP)
        (void)mbedtls_ssl_close_notify(&e->ssl);
    if (e->state != TLS_FAILED)
        e->state = TLS_CLOSED;
    wipe_plain(e);
}

enum tls_engine_state tls_engine_state(const struct tls_engine *e)
{
    return e->state;
}

const struct tls_facts *tls_engine_facts(const struct tls_engine *e)
{
    return e->facts.version[0] ? &e->facts : NULL;
}

const struct cause *tls_engine_cause(const struct tls_engine *e)
{
    return &e->cause;
}

uint64_t tls_engine_plain_count(const struct tls_engine *e)
{
    return e->plain_count;
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
    mbedtls_ssl_set_bio(&e->ssl, e, bio_send, bio_recv, NULL);
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
    e->verify.want = view->name;
    e->verify.rule = view->names;
    e->verify.anchors = anchors;
    err = tls_conf_fill(&e->conf, MBEDTLS_SSL_IS_CLIENT, e->level);
    mbedtls_ssl_conf_authmode(&e->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&e->conf, anchors, NULL);
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

    mbedtls_ssl_free(&e->ssl);
    mbedtls_ssl_config_free(&e->conf);
    if (e->out)
        secret_wipe(e->out, e->out_cap);
    env_free(env, e->out);
    secret_wipe(e, sizeof(*e));
    env_free(env, e);
}
