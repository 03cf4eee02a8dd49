/* SPDX-License-Identifier: Apache-2.0 */
/* The seal: the only file that names libsrtp2. */
#include "media/seal.h"

#include <pthread.h>
#include <srtp2/srtp.h>
#include <string.h>

#include "sip/base/cursor.h"
#include "sip/base/err.h"
#include "tls/sealed_make.h"

enum { TRAILER = 64, RTP_MIN = 12, RTCP_MIN = 8 };

_Static_assert(MEDIA_SEAL_PLAIN_MAX + TRAILER <= TLS_SEALED_MAX,
               "a tag and an SRTCP index fit behind the packet");

struct media_seal {
    const struct env *env;
    enum sdp_suite suite;
    struct secret tx_key, rx_key;
    uint8_t mki_n;
    uint32_t mki;
    srtp_t tx, rx;
    uint32_t source[MEDIA_SEAL_SOURCES_MAX];
    unsigned sources;
    struct media_seal_stats stats;
    struct sealed out;
    _Alignas(8) uint8_t in[TLS_SEALED_MAX];
};

/* libsrtp2 is started once a process and never shut down by us. */
static pthread_once_t srtp_once = PTHREAD_ONCE_INIT;

/* If it fails, no cipher is there and each srtp_create fails too. */
static void start(void)
{
    (void)srtp_init();
}

void media_seal_warm(void)
{
    (void)pthread_once(&srtp_once, start);
}

/* SRTCP has the long tag also under _32 (RFC 4568 6.2.2, RFC 3711 5.2). */
static int set_suite(srtp_policy_t *p, enum sdp_suite suite)
{
    switch (suite) {
    case SDP_SUITE_AEAD_AES_256_GCM:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&p->rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&p->rtcp);
        return 0;
    case SDP_SUITE_AEAD_AES_128_GCM:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&p->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&p->rtcp);
        return 0;
    case SDP_SUITE_AES_256_80:
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtp);
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&p->rtcp);
        return 0;
    case SDP_SUITE_AES_128_80:
        srtp_crypto_policy_set_rtp_default(&p->rtp);
        srtp_crypto_policy_set_rtcp_default(&p->rtcp);
        return 0;
    case SDP_SUITE_AES_128_32:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&p->rtp);
        srtp_crypto_policy_set_rtcp_default(&p->rtcp);
        return 0;
    case SDP_SUITE_NONE:
    case SDP_SUITE_COUNT:
        break;
    }
    return E_POLICY;
}

static int make(srtp_t *ctx, enum sdp_suite suite, const struct secret *key,
                srtp_ssrc_type_t type)
{
    uint8_t bytes[SECRET_MAX]; /* libsrtp2 wants it writable */
    srtp_policy_t p;

    memset(&p, 0, sizeof(p));
    int err = set_suite(&p, suite);

    if (err)
        return err;
    memcpy(bytes, secret_bytes(key).p, key->n);
    p.ssrc.type = type;
    p.key = bytes;
    p.window_size = MEDIA_SEAL_WINDOW;
    p.allow_repeat_tx = 0; /* never twice the same index */
    srtp_err_status_t st = srtp_create(ctx, &p);

    secret_wipe(bytes, sizeof(bytes));
    if (st)
        *ctx = NULL;
    if (st == srtp_err_status_alloc_fail)
        return E_NOMEM;
    return st ? E_CRYPTO : 0;
}

static int check_keys(const struct media_seal_keys *k)
{
    size_t n = sdp_suite_key(k->suite);

    if (n == 0)
        return E_POLICY;
    if (k->tx->n != n || k->rx->n != k->tx->n ||
        k->rx_mki_n > MEDIA_SEAL_MKI_MAX)
        return E_INVAL;
    return secret_eq(k->tx, k->rx) ? E_POLICY : 0;
}

int media_seal_new(struct media_seal **out, const struct env *env,
                   const struct media_seal_keys *keys)
{
    int err = check_keys(keys);

    if (err)
        return err;
    media_seal_warm();
    struct media_seal *s = env_alloc(env, sizeof(*s));

    if (!s)
        return E_NOMEM;
    s->env = env;
    bool tx_new;

    err = media_seal_rekey(s, keys, &tx_new);
    if (err)
        media_seal_free(s);
    else
        *out = s;
    return err;
}

static void replace(srtp_t *old, srtp_t next)
{
    if (*old)
        (void)srtp_dealloc(*old);
    *old = next;
}

int media_seal_rekey(struct media_seal *s, const struct media_seal_keys *keys,
                     bool *tx_new)
{
    srtp_t tx = NULL, rx = NULL;
    int err = check_keys(keys);
    bool other = s->suite != keys->suite;
    bool tx_too = other || !secret_eq(&s->tx_key, keys->tx);
    bool rx_too = other || !secret_eq(&s->rx_key, keys->rx);

    *tx_new = false;
    if (!err && tx_too)
        err = make(&tx, keys->suite, keys->tx, ssrc_any_outbound);
    if (!err && rx_too)
        err = make(&rx, keys->suite, keys->rx, ssrc_any_inbound);
    if (err) {
        replace(&tx, NULL);
        return err;
    }
    if (tx_too)
        replace(&s->tx, tx);
    if (rx_too) {
        replace(&s->rx, rx);
        s->sources = 0;
    }
    s->suite = keys->suite;
    s->tx_key = *keys->tx;
    s->rx_key = *keys->rx;
    s->mki_n = keys->rx_mki_n;
    s->mki = keys->rx_mki;
    *tx_new = tx_too;
    return 0;
}

void media_seal_free(struct media_seal *s)
{
    if (!s)
        return;
    if (s->tx)
        (void)srtp_dealloc(s->tx);
    if (s->rx)
        (void)srtp_dealloc(s->rx);
    const struct env *env = s->env;

    secret_wipe(s, sizeof(*s)); /* what was said is in its buffers */
    env_free(env, s);
}

const struct media_seal_stats *media_seal_stats(const struct media_seal *s)
{
    return &s->stats;
}

/* ------------------------------------------------------------ outwards */

static int protect(struct media_seal *s, struct slice plain, bool rtp,
                   const struct sealed **out)
{
    int len = (int)plain.n;

    if (plain.n > MEDIA_SEAL_PLAIN_MAX)
        return E_TOOBIG;
    if (plain.n < (rtp ? RTP_MIN : RTCP_MIN))
        return E_INVAL;
    s->out.n = 0;
    memcpy(s->out.bytes, plain.p, plain.n);
    if (rtp ? srtp_protect(s->tx, s->out.bytes, &len)
            : srtp_protect_rtcp(s->tx, s->out.bytes, &len)) {
        secret_wipe(s->out.bytes, plain.n); /* it may still be plain */
        return E_CRYPTO;
    }
    s->out.n = (size_t)len;
    s->stats.sealed++;
    *out = &s->out;
    return 0;
}

int media_seal_rtp(struct media_seal *s, struct slice plain,
                   const struct sealed **out)
{
    return protect(s, plain, true, out);
}

int media_seal_rtcp(struct media_seal *s, struct slice plain,
                    const struct sealed **out)
{
    return protect(s, plain, false, out);
}

/* ------------------------------------------------------------- inwards */

static bool known(const struct media_seal *s, uint32_t ssrc)
{
    for (unsigned i = 0; i < s->sources; i++)
        if (s->source[i] == ssrc)
            return true;
    return false;
}

static int failed(struct media_seal *s, srtp_err_status_t st)
{
    if (st == srtp_err_status_auth_fail) {
        s->stats.forged++;
        return E_CRYPTO;
    }
    if (st == srtp_err_status_replay_fail ||
        st == srtp_err_status_replay_old) {
        s->stats.replayed++;
        return E_CRYPTO;
    }
    s->stats.refused++; /* what libsrtp2 cannot parse, and the rest */
    return E_SYNTAX;
}

/* What stands behind an MKI: the tag (RFC 3711 3.1, 3.4), or nothing, where
 * the tag is part of the cipher text (RFC 7714). */
static size_t behind_mki(enum sdp_suite suite, bool rtp)
{
    switch (suite) {
    case SDP_SUITE_AES_256_80:
    case SDP_SUITE_AES_128_80:
        return 10;
    case SDP_SUITE_AES_128_32:
        return rtp ? 4 : 10;
    case SDP_SUITE_AEAD_AES_256_GCM:
    case SDP_SUITE_AEAD_AES_128_GCM:
    case SDP_SUITE_NONE:
    case SDP_SUITE_COUNT:
        break;
    }
    return 0;
}

/*
 * Copies to s->in, and leaves out the MKI, which must be the peer's. It is
 * not authenticated by any suite and there is one key, so all that it can say
 * is where it stands; libsrtp2 2.5 itself does not find it in the SRTCP of
 * _32, whose two tags differ.
 */
static int copy_in(struct media_seal *s, struct slice in, bool rtp, int *len)
{
    size_t tail = behind_mki(s->suite, rtp), n = s->mki_n;
    uint32_t mki = 0;

    if (in.n < n + tail)
        return E_SYNTAX;
    size_t at = in.n - tail - n;

    for (size_t i = 0; i < n; i++)
        mki = mki << 8 | (uint8_t)in.p[at + i];
    if (n && mki != s->mki)
        return E_CRYPTO;
    memcpy(s->in, in.p, at);
    memcpy(s->in + at, in.p + at + n, tail);
    *len = (int)(at + tail);
    return 0;
}

/* The SSRC is believed after authentication only. */
static int unprotect(struct media_seal *s, struct slice in, bool rtp,
                     struct slice *plain)
{
    uint32_t ssrc = 0;
    struct cursor c = cursor_of(slice_skip(in, rtp ? 8 : 4));
    int len = 0;
    bool fits = in.n <= sizeof(s->in) && cursor_u32(&c, &ssrc);

    if (!fits || (!known(s, ssrc) && s->sources == MEDIA_SEAL_SOURCES_MAX)) {
        s->stats.refused++;
        return !fits ? in.n > sizeof(s->in) ? E_TOOBIG : E_SYNTAX : E_FULL;
    }
    int err = copy_in(s, in, rtp, &len);

    if (err)
        return failed(s, err == E_CRYPTO ? srtp_err_status_auth_fail
                                         : srtp_err_status_parse_err);
    srtp_err_status_t st = rtp ? srtp_unprotect(s->rx, s->in, &len)
                               : srtp_unprotect_rtcp(s->rx, s->in, &len);

    if (st)
        return failed(s, st);
    if (!known(s, ssrc))
        s->source[s->sources++] = ssrc;
    s->stats.opened++;
    *plain = slice_of(s->in, (size_t)len);
    return 0;
}

int media_seal_open_rtp(struct media_seal *s, struct slice in,
                        struct slice *plain)
{
    return unprotect(s, in, true, plain);
}

int media_seal_open_rtcp(struct media_seal *s, struct slice in,
                         struct slice *plain)
{
    return unprotect(s, in, false, plain);
}
