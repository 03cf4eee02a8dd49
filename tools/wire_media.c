/* SPDX-License-Identifier: Apache-2.0 */
/* Every key that was negotiated is tried on every packet. */
#include "tools/wire_media.h"

#include <pthread.h>

#include "media/rtp.h"
#include "media/seal.h"
#include "sip/base/cursor.h"
#include "tls/policy.h"

enum { STUN_HEADER = 20, DTLS_HEADER = 13 };

struct key {
    enum sdp_suite suite;
    struct secret secret;
    struct media_seal *seal; /* its inward side is what counts */
};

struct wire_media {
    const struct env *env;
    pthread_mutex_t lock;
    bool all;
    uint16_t port[WIRE_PORTS_MAX];
    size_t ports;
    uint16_t except;
    struct key key[WIRE_KEYS_MAX];
    size_t keys;
    struct wire_media_counts counts;
};

/* A seal has two keys; the outward one is made up and never used. Packets
 * with an MKI are not known: siplock writes none. */
static int open_key(struct wire_media *j, struct key *k)
{
    struct secret other = k->secret;
    const struct media_seal_keys keys = {
        .suite = k->suite, .tx = &other, .rx = &k->secret};

    for (size_t i = 0; i < other.n; i++)
        other.bytes[i] ^= 0xff;
    int err = media_seal_new(&k->seal, j->env, &keys);

    secret_clear(&other);
    return err ? -1 : 0;
}

/* libsrtp2's self-tests take long: now, and not when a call is answered. */
static int warm_up(struct wire_media *j)
{
    struct key k = {.suite = SDP_SUITE_AES_128_80};

    k.secret.n = sdp_suite_key(k.suite);
    if (open_key(j, &k))
        return -1;
    media_seal_free(k.seal);
    return 0;
}

int wire_media_new(struct wire_media **out, const struct env *env, bool all)
{
    struct wire_media *j = env_alloc(env, sizeof(*j));

    if (!j)
        return -1;
    if (pthread_mutex_init(&j->lock, NULL)) {
        env_free(env, j);
        return -1;
    }
    j->env = env;
    j->all = all;
    if (warm_up(j)) {
        wire_media_free(j);
        return -1;
    }
    *out = j;
    return 0;
}

void wire_media_free(struct wire_media *j)
{
    if (!j)
        return;
    for (size_t i = 0; i < j->keys; i++)
        media_seal_free(j->key[i].seal);
    pthread_mutex_destroy(&j->lock);
    const struct env *env = j->env;

    secret_wipe(j, sizeof(*j));
    env_free(env, j);
}

/* -------------------------------------------------------- what to judge */

static bool has_port(const struct wire_media *j, uint16_t port)
{
    for (size_t i = 0; i < j->ports; i++)
        if (j->port[i] == port)
            return true;
    return false;
}

void wire_media_port(struct wire_media *j, uint16_t port)
{
    pthread_mutex_lock(&j->lock);
    if (!has_port(j, port)) {
        if (j->ports < WIRE_PORTS_MAX)
            j->port[j->ports++] = port;
        else
            j->all = true; /* rather too much than too little */
    }
    pthread_mutex_unlock(&j->lock);
}

void wire_media_except(struct wire_media *j, uint16_t port)
{
    pthread_mutex_lock(&j->lock);
    j->except = port;
    pthread_mutex_unlock(&j->lock);
}

static bool known(const struct wire_media *j, enum sdp_suite suite,
                  const struct secret *secret)
{
    for (size_t i = 0; i < j->keys; i++)
        if (j->key[i].suite == suite && secret_eq(&j->key[i].secret, secret))
            return true;
    return false;
}

int wire_media_key(struct wire_media *j, enum sdp_suite suite,
                   const struct secret *key)
{
    int err = 0;

    pthread_mutex_lock(&j->lock);
    if (!known(j, suite, key)) {
        struct key *k = &j->key[j->keys];

        err = j->keys == WIRE_KEYS_MAX ? -1 : 0;
        if (!err) {
            k->suite = suite;
            k->secret = *key;
            err = open_key(j, k);
        }
        if (!err)
            j->keys++;
    }
    pthread_mutex_unlock(&j->lock);
    return err;
}

/* A key that finds no room makes its packets plaintext: seen, not hidden. */
static void on_ticket(void *user, const struct policy_media_view *view)
{
    struct wire_media *j = user;

    wire_media_port(j, view->remote.port);
    (void)wire_media_key(j, view->suite, view->tx);
    (void)wire_media_key(j, view->suite, view->rx);
}

void wire_media_watch(struct wire_media *j)
{
    policy_media_watch((struct policy_watcher){j ? on_ticket : NULL, j});
}

/* ------------------------------------------------------------- judging */

/* RFC 8489 5: the magic cookie, and a length that is the packet's. */
static bool is_stun(struct slice d)
{
    struct cursor c = cursor_of(d);
    uint16_t type, length;
    uint32_t cookie;

    return cursor_u16(&c, &type) && cursor_u16(&c, &length) &&
           cursor_u32(&c, &cookie) && type < 0x4000 && length % 4 == 0 &&
           cookie == 0x2112a442 && d.n == (size_t)length + STUN_HEADER;
}

/* RFC 6347 4.1: whole records, each with a version of DTLS. */
static bool is_dtls(struct slice d)
{
    while (d.n >= DTLS_HEADER) {
        size_t n = (size_t)(uint8_t)d.p[11] << 8 | (uint8_t)d.p[12];
        uint8_t type = (uint8_t)d.p[0];

        if (type < 20 || type > 25 || (uint8_t)d.p[1] != 0xfe || n == 0 ||
            n > d.n - DTLS_HEADER)
            return false;
        d = slice_skip(d, DTLS_HEADER + n);
        if (d.n == 0)
            return true;
    }
    return false;
}

static bool authentic(struct wire_media *j, struct slice d, bool rtp)
{
    struct slice plain;

    for (size_t i = 0; i < j->keys; i++)
        if (rtp ? !media_seal_open_rtp(j->key[i].seal, d, &plain)
                : !media_seal_open_rtcp(j->key[i].seal, d, &plain))
            return true;
    return false;
}

static void judge(struct wire_media *j, struct slice d)
{
    enum media_kind kind = media_rtp_kind(d);

    j->counts.packets++;
    j->counts.bytes += d.n;
    if (kind == MEDIA_KIND_RTP && authentic(j, d, true))
        j->counts.rtp++;
    else if (kind == MEDIA_KIND_RTCP && authentic(j, d, false))
        j->counts.rtcp++;
    else if (kind == MEDIA_KIND_STUN && is_stun(d))
        j->counts.stun++;
    else if (kind == MEDIA_KIND_DTLS && is_dtls(d))
        j->counts.dtls++;
    else
        j->counts.plaintext += d.n ? d.n : 1;
}

void wire_media_datagram(struct wire_media *j, const uint16_t port[2],
                         struct slice payload)
{
    pthread_mutex_lock(&j->lock);
    if (j->all ? port[0] != j->except && port[1] != j->except
               : has_port(j, port[0]) || has_port(j, port[1]))
        judge(j, payload);
    pthread_mutex_unlock(&j->lock);
}

void wire_media_read(struct wire_media *j, struct wire_media_counts *counts)
{
    pthread_mutex_lock(&j->lock);
    *counts = j->counts;
    pthread_mutex_unlock(&j->lock);
}
