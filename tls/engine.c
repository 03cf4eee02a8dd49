/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS engine: mbedTLS between four ports, failing closed. */
#include "tls/engine.h"

#include <mbedtls/ssl.h>
#include <string.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"
#include "tls/engine_impl.h"

enum {
    RECORD = MBEDTLS_SSL_OUT_CONTENT_LEN, /* plaintext of one of ours */
    RECORD_EXTRA = 256                    /* header, tag, padding: generous */
};

/* ------------------------------------------------------- coming up */

static void refuse_peer(struct tls_engine *e, enum cause_code code,
                        struct slice facts)
{
    (void)mbedtls_ssl_send_alert_message(
        &e->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
        MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE);
    tls_engine_fail(e, code, facts);
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
    tls_verify_facts(&e->verify, f, leaf);
}

/* No certificate comes along: what was found out then stands. */
static void recall_facts(struct tls_engine *e)
{
    struct tls_facts *f = &e->facts;

    *f = e->offered->facts;
    e->verified_ms = e->offered->verified_ms;
    f->resumed = true;
    f->pins_expired =
        tls_cred_pins(e->verify.cred) && tls_cred_pins_expired(e->verify.cred);
    copy_text(f->version, sizeof(f->version),
              mbedtls_ssl_get_version(&e->ssl));
    copy_text(f->suite, sizeof(f->suite),
              mbedtls_ssl_get_ciphersuite(&e->ssl));
}

/*
 * mbedTLS says that the handshake is over. Everything that lets plaintext
 * pass is asked for once more here, so that no single mistake above is
 * enough (RFC 5922 7.3, RFC 7627 5.2).
 */
static void come_up(struct tls_engine *e)
{
    mbedtls_ssl_protocol_version v = mbedtls_ssl_get_version_number(&e->ssl);

    bool on = tls_engine_went_on(e);

    if (e->peer && !on &&
        (!tls_verify_passed(&e->verify) ||
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
    if (on)
        recall_facts(e);
    else
        fill_facts(e);
    env_free(e->env, e->offered);
    e->offered = NULL;
    e->state = TLS_UP;
    /* TLS 1.2's ticket came in the handshake (RFC 5077 3.1). */
    if (v == MBEDTLS_SSL_VERSION_TLS1_2 && e->peer)
        tls_engine_keep(e);
}

/* True if the engine can go on. */
static bool shake(struct tls_engine *e)
{
    int ret = mbedtls_ssl_handshake(&e->ssl);

    if (ret == 0)
        come_up(e);
    else if (ret != MBEDTLS_ERR_SSL_WANT_READ)
        tls_engine_fail_ret(e, ret);
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
static void decrypt(struct tls_engine *e)
{
    while (e->state == TLS_UP && e->plain_n == 0) {
        size_t before = e->in.n;
        int ret = mbedtls_ssl_read(&e->ssl, e->plain, TLS_ENGINE_PLAIN_MAX);

        if (ret > 0) {
            e->idle = 0;
            e->plain_at = 0;
            e->plain_n = (uint16_t)ret;
        } else if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || ret == 0) {
            peer_closed(e);
        } else if (ret == MBEDTLS_ERR_SSL_WANT_READ) {
            /* A ticket is announced by WANT_READ and held until asked for. */
            if ((e->in.n == before || e->in.n == 0) &&
                !mbedtls_ssl_check_pending(&e->ssl))
                return;
        } else if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            tls_engine_keep(e);
        } else {
            tls_engine_fail_ret(e, ret);
        }
    }
}

/* Memory for plaintext is had only while there may be some: most flows are
 * idle for most of their time. */
static void read_plain(struct tls_engine *e)
{
    if (!e->plain)
        e->plain = env_alloc(e->env, TLS_ENGINE_PLAIN_MAX);
    if (e->plain)
        decrypt(e);
    else
        tls_engine_fail(e, CAUSE_out_of_memory, slice_of(NULL, 0));
    if (e->plain_n == 0)
        tls_engine_wipe_plain(e);
}

/* ------------------------------------------------------------- ports */

void tls_engine_start(struct tls_engine *e)
{
    if (e->started || e->state != TLS_HANDSHAKING)
        return;
    e->started = true;
    tls_engine_offer(e);
    (void)shake(e);
}

void tls_engine_equip(struct tls_engine *e, const struct tls_engine_kit *kit)
{
    if (e->started)
        return;
    e->kit = *kit;
    e->verify.now_ms = kit->wall_ms;
    e->verify.watch = kit->watch;
    tls_engine_keys_to(e);
}

bool tls_engine_offered(const struct tls_engine *e)
{
    return e->offering;
}

bool tls_engine_heard(const struct tls_engine *e)
{
    return e->hello.nfirst > 0;
}

bool tls_engine_ticketed(const struct tls_engine *e)
{
    return e->tickets;
}

size_t tls_engine_cipher_in(struct tls_engine *e, struct slice bytes)
{
    if (e->state == TLS_CLOSED || e->state == TLS_FAILED)
        return 0;
    tls_hello_feed(&e->hello, bytes);
    if (e->hello.nfirst && tls_hello_kind(&e->hello) != TLS_HELLO_TLS) {
        tls_engine_fail_no_tls(e, bytes);
        return bytes.n;
    }
    tls_engine_start(e);
    if (tls_engine_wake(e)) {
        tls_engine_fail(e, CAUSE_out_of_memory, slice_of(NULL, 0));
        return bytes.n;
    }
    e->in = bytes;
    if (e->state == TLS_UP || shake(e))
        read_plain(e);
    size_t used = bytes.n - e->in.n;

    e->in = slice_of(NULL, 0);
    if (e->idle > TLS_ENGINE_IDLE_MAX)
        tls_engine_fail(e, CAUSE_tls_flood,
                        e->state == TLS_UP ? S("after the handshake")
                                           : S("in the handshake"));
    tls_engine_rest(e);
    return used;
}

void tls_engine_cipher_eof(struct tls_engine *e)
{
    if (e->state == TLS_HANDSHAKING)
        tls_engine_fail(e, CAUSE_tls_reset,
                        tls_engine_heard(e) ? S("after it had begun")
                                            : S("before a byte was said"));
    else if (e->state == TLS_UP)
        tls_engine_fail(e, CAUSE_connect_reset, S("without close_notify"));
}

struct slice tls_engine_cipher_out(const struct tls_engine *e)
{
    return slice_of(e->out, e->out_n);
}

void tls_engine_cipher_sent(struct tls_engine *e, size_t n)
{
    if (n > e->out_n)
        n = e->out_n;
    if (n)
        tls_engine_offer_sent(e, true);
    e->out_n -= n;
    if (e->out_n) {
        memmove(e->out, e->out + n, e->out_n);
        return;
    }
    env_free(e->env, e->out);
    e->out = NULL;
    e->out_cap = 0;
}

int tls_engine_plain_in(struct tls_engine *e, struct slice bytes)
{
    size_t records = bytes.n / RECORD + 1;

    if (e->state != TLS_UP)
        return e->state == TLS_HANDSHAKING ? E_STATE : E_CLOSED;
    if (bytes.n > TLS_ENGINE_OUT_MAX)
        return E_FULL;
    /* Reserved before, so that running out of memory costs nothing. */
    int err = tls_engine_reserve(e, bytes.n + records * RECORD_EXTRA);

    if (!err)
        err = tls_engine_wake(e);
    if (err)
        return err;
    for (size_t at = 0; at < bytes.n;) {
        int ret = mbedtls_ssl_write(
            &e->ssl, (const unsigned char *)bytes.p + at, bytes.n - at);

        if (ret <= 0) {
            tls_engine_fail_ret(e, ret);
            return tls_cred_mbed_nomem(ret) ? E_NOMEM : E_CLOSED;
        }
        at += (size_t)ret;
    }
    e->plain_count += bytes.n;
    tls_engine_rest(e);
    return 0;
}

struct slice tls_engine_plain_out(const struct tls_engine *e)
{
    return slice_of(e->plain ? e->plain + e->plain_at : NULL, e->plain_n);
}

void tls_engine_plain_taken(struct tls_engine *e, size_t n)
{
    if (n > e->plain_n)
        n = e->plain_n;
    e->plain_at = (uint16_t)(e->plain_at + n);
    e->plain_n = (uint16_t)(e->plain_n - n);
    if (e->plain_n == 0 && !e->resting) {
        read_plain(e); /* the rest of a record that mbedTLS holds */
        tls_engine_rest(e);
    }
}

void tls_engine_close(struct tls_engine *e)
{
    if (e->state == TLS_UP && tls_engine_wake(e) == 0)
        (void)mbedtls_ssl_close_notify(&e->ssl);
    if (e->state != TLS_FAILED)
        e->state = TLS_CLOSED;
    tls_engine_wipe_plain(e);
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
