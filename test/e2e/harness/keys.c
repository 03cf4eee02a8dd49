/* SPDX-License-Identifier: Apache-2.0 */
/* The SRTP keys that peers logged, and packets that open under them. */
#include "test/e2e/harness/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <srtp2/srtp.h>

enum { KEY_MAX = 46, PACKET_MAX = 2048, TRAILER_MAX = 64 };

typedef void set_policy(srtp_crypto_policy_t *p);

static const struct suite {
    const char *name;
    size_t n; /* octets of key and salt */
    set_policy *rtp;
} suites[] = {
    {"AEAD_AES_256_GCM", 44, srtp_crypto_policy_set_aes_gcm_256_16_auth},
    {"AEAD_AES_128_GCM", 28, srtp_crypto_policy_set_aes_gcm_128_16_auth},
    {"AES_256_CM_HMAC_SHA1_80", 46,
     srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
    {"AES_CM_128_HMAC_SHA1_80", 30, srtp_crypto_policy_set_rtp_default},
};

struct key {
    const struct suite *suite;
    char text[64]; /* as in the SDP */
    uint8_t bytes[KEY_MAX];
    int owner; /* port that sent under it first; 0: none yet */
};

/* What one source sends: RFC 3711's context is by SSRC. */
struct flow {
    int from, to;
    uint32_t ssrc;
    bool rtcp;
    srtp_t open;
};

struct keys {
    struct key key[KEYS_MAX];
    size_t n;
    struct flow flow[KEYS_STREAMS_MAX];
    size_t nflow;
};

struct keys *keys_new(void)
{
    static bool begun; /* once a process */
    struct keys *k = calloc(1, sizeof(*k));

    if (!k || (!begun && srtp_init()))
        stage_fail("no libsrtp2, or no memory");
    begun = true;
    return k;
}

void keys_free(struct keys *k)
{
    for (size_t i = 0; i < k->nflow; i++)
        if (k->flow[i].open)
            srtp_dealloc(k->flow[i].open);
    free(k);
}

/* ---- reading logs ------------------------------------------------------- */

static int digit(char c)
{
    const char *all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                      "0123456789+/";
    const char *at = c ? strchr(all, c) : NULL;

    return at ? (int)(at - all) : -1;
}

/* Base64; how many octets. */
static size_t decode(uint8_t *to, size_t room, const char *text)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t n = 0;

    for (int d; (d = digit(*text)) >= 0 && n < room; text++) {
        bits = bits << 6 | (uint32_t)d;
        have += 6;
        if (have >= 8) {
            have -= 8;
            to[n++] = (uint8_t)(bits >> have);
        }
    }
    return n;
}

static bool known(const struct keys *k, const char *text)
{
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->key[i].text, text) == 0)
            return true;
    return false;
}

/* One line from "a=crypto:" on; whether it brought a new key. */
static bool take(struct keys *k, const char *line)
{
    char name[32], text[64];
    struct key *key = &k->key[k->n];

    if (sscanf(line, "a=crypto:%*d %31s inline:%63[A-Za-z0-9+/=]", name,
               text) != 2 ||
        known(k, text))
        return false;
    if (k->n == KEYS_MAX)
        stage_fail("more than %d keys in the logs", KEYS_MAX);
    for (size_t i = 0; i < sizeof(suites) / sizeof(*suites); i++)
        if (strcmp(suites[i].name, name) == 0 &&
            decode(key->bytes, KEY_MAX, text) == suites[i].n) {
            key->suite = &suites[i];
            snprintf(key->text, sizeof(key->text), "%s", text);
            k->n++;
            return true;
        }
    return false;
}

size_t keys_read(struct keys *k, const char *path)
{
    size_t n, found = 0;
    char *text = stage_read(path, &n);

    for (char *at = text; (at = strstr(at, "a=crypto:")); at++)
        if (take(k, at))
            found++;
    free(text);
    return found;
}

/* ---- opening packets ---------------------------------------------------- */

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static bool opens(srtp_t s, const struct keys_packet *packet, bool rtcp,
                  bool *changed)
{
    uint8_t copy[PACKET_MAX + TRAILER_MAX];
    int n = (int)packet->n;
    size_t head = rtcp ? 8 : 12;

    memcpy(copy, packet->p, packet->n);
    if (rtcp ? srtp_unprotect_rtcp(s, copy, &n) : srtp_unprotect(s, copy, &n))
        return false;
    /* Nothing behind the header: nothing to be hidden. */
    *changed = (size_t)n <= head ||
               memcmp(copy + head, packet->p + head, (size_t)n - head) != 0;
    return true;
}

static srtp_t context(struct key *key)
{
    srtp_policy_t policy;
    srtp_t s;

    memset(&policy, 0, sizeof(policy));
    key->suite->rtp(&policy.rtp);
    key->suite->rtp(&policy.rtcp);
    policy.ssrc.type = ssrc_any_inbound;
    policy.key = key->bytes;
    policy.window_size = 1024;
    return srtp_create(&s, &policy) ? NULL : s;
}

static struct flow *flow_of(struct keys *k, const struct keys_packet *p,
                            bool rtcp, uint32_t ssrc)
{
    struct flow *f;

    for (size_t i = 0; i < k->nflow; i++) {
        f = &k->flow[i];
        if (f->from == p->from && f->to == p->to && f->ssrc == ssrc &&
            f->rtcp == rtcp)
            return f;
    }
    if (k->nflow == KEYS_STREAMS_MAX)
        return NULL;
    f = &k->flow[k->nflow++];
    *f = (struct flow){
        .from = p->from, .to = p->to, .ssrc = ssrc, .rtcp = rtcp};
    return f;
}

/* A key that opens it and is nobody else's; the flow keeps it. */
static const char *find_key(struct keys *k, struct flow *f,
                            const struct keys_packet *packet, bool *changed)
{
    for (size_t i = 0; i < k->n; i++) {
        srtp_t s = context(&k->key[i]);

        if (!s)
            stage_fail("libsrtp2 has no %s", k->key[i].suite->name);
        if (!opens(s, packet, f->rtcp, changed)) {
            srtp_dealloc(s);
            continue;
        }
        if (f->open)
            srtp_dealloc(f->open);
        f->open = s;
        /* RTCP has the next port (RFC 3550 11) where it is not multiplexed. */
        if (k->key[i].owner && abs(k->key[i].owner - packet->from) > 1)
            return "two senders use one key";
        k->key[i].owner = packet->from;
        return NULL;
    }
    return "it authenticates under no key that was agreed";
}

const char *keys_open(struct keys *k, const struct keys_packet *packet,
                      bool *rtcp)
{
    const uint8_t *p = packet->p;
    const char *why = NULL;
    bool changed = false;
    struct flow *f;

    *rtcp = packet->n > 1 && p[1] >= 192 && p[1] <= 223;
    if (packet->n < 12 || packet->n > PACKET_MAX || p[0] >> 6 != 2)
        return "it is neither RTP nor RTCP of version 2";
    f = flow_of(k, packet, *rtcp, big32(p + (*rtcp ? 4 : 8)));
    if (!f)
        return "there are too many sources";
    if (!f->open || !opens(f->open, packet, *rtcp, &changed))
        why = find_key(k, f, packet, &changed);
    if (!why && !changed)
        why = "its payload is in clear";
    return why;
}
