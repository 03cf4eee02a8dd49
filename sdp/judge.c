/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a peer's audio line: profile, keys, address, codecs, direction. */
#include "sdp/judge.h"

#include <string.h>

static bool has_agreed(const struct sdp_session *s)
{
    return s->state == SDP_STABLE || s->state == SDP_REOFFERED;
}

/*
 * RTP/AVP with keys is OSRTP (RFC 8643): a peer that would take RTP in clear,
 * too. It is only ever answered, and only with keys; a session whose profile
 * says that it is secure does not go down to it.
 */
static bool is_osrtp(const struct sdp_session *s, const struct sdp_media *m)
{
    return (m->profile == SDP_PLAIN || m->profile == SDP_PLAIN_F) &&
           m->ncrypto && (!has_agreed(s) || s->agreed.profile == m->profile);
}

bool sdp_judge_is_dtls(enum sdp_profile profile)
{
    return profile == SDP_DTLS || profile == SDP_DTLS_F;
}

static enum sdp_refusal judge_profile(enum sdp_profile profile, bool dtls)
{
    switch (profile) {
    case SDP_SDES:
    case SDP_SDES_F:
        return SDP_REFUSED_none;
    case SDP_PLAIN:
        return SDP_REFUSED_plain_avp;
    case SDP_PLAIN_F:
        return SDP_REFUSED_plain_avpf;
    case SDP_DTLS:
    case SDP_DTLS_F:
        return dtls ? SDP_REFUSED_none : SDP_REFUSED_keying;
    case SDP_OTHER:
    case SDP_PROFILE_COUNT:
        break;
    }
    return SDP_REFUSED_other_profile;
}

/* Two-time pads begin with our own key coming back (hazard A-58). */
static bool is_ours(const struct sdp_session *s, const struct secret *key)
{
    if (has_agreed(s) && secret_eq(key, &s->agreed.tx))
        return true;
    for (unsigned i = 0; i < s->noffered; i++)
        if (secret_eq(key, &s->offered[i].key))
            return true;
    return false;
}

/* What stands against one a=crypto line. Fills next->rx, suite and tag. */
static enum sdp_refusal judge_crypto(const struct sdp_session *s,
                                     const struct sdp_local *local,
                                     const struct sdp_crypto *c,
                                     struct sdp_agreed *next)
{
    if (c->use == SDP_CRYPTO_NULL)
        return SDP_REFUSED_null_suite;
    if (c->use != SDP_CRYPTO_OK || (c->mki_n && !local->mki) ||
        sdp_crypto_key(&next->rx, c))
        return SDP_REFUSED_unusable_crypto;
    if (is_ours(s, &next->rx))
        return SDP_REFUSED_own_key_echoed;
    if (!(local->suites & sdp_suite_bit(c->suite)))
        return SDP_REFUSED_suite_below_level;
    if (has_agreed(s) &&
        sdp_suite_class(c->suite) < sdp_suite_class(s->agreed.suite))
        return SDP_REFUSED_lowered;
    next->suite = c->suite;
    next->tag = c->tag;
    next->rx_mki_n = c->mki_n;
    next->rx_mki = c->mki;
    next->rx_new = !has_agreed(s) || next->suite != s->agreed.suite ||
                   !secret_eq(&next->rx, &s->agreed.rx);
    return SDP_REFUSED_none;
}

/* RFC 4568 5.1.2: the first line that can be used; our own key anywhere is
 * an attack or a loop, whatever else is offered. */
static enum sdp_refusal pick_crypto(const struct sdp_session *s,
                                    const struct sdp_local *local,
                                    const struct sdp_media *m,
                                    struct sdp_agreed *next)
{
    enum sdp_refusal worst = SDP_REFUSED_no_crypto;

    for (const struct sdp_crypto *c = m->crypto; c; c = c->next) {
        enum sdp_refusal why = judge_crypto(s, local, c, next);

        if (why == SDP_REFUSED_none || why == SDP_REFUSED_own_key_echoed)
            return why;
        if (why > worst)
            worst = why;
    }
    return worst;
}

/* Is the peer's address another one than it was? */
static bool moved(const struct sdp_session *s, const struct sdp_media *m)
{
    return has_agreed(s) &&
           (s->agreed.port != m->port ||
            !slice_ieq(slice_cstr(s->agreed.ip), m->conn.host.text));
}

/* A certificate in place of keys (RFC 5763). */
static enum sdp_refusal judge_dtls(const struct sdp_session *s,
                                   const struct sdp_media *m,
                                   struct sdp_judged *to, bool answer)
{
    const struct sdp_dtls_peer peer = {.sdp = to->sdp,
                                       .m = m,
                                       .answer = answer,
                                       .moved = moved(s, m),
                                       .fresh = to->tls_id};
    enum sdp_refusal why = sdp_dtls_judge(to->dtls, &peer);

    to->next->tx_new = to->next->rx_new = to->dtls->renewed;
    return why;
}

/* It tells where packets may go, not whether they may. */
static void judge_ice(const struct sdp_media *m, struct sdp_judged *to,
                      bool answer)
{
    const struct sdp_ice_peer peer = {.sdp = to->sdp,
                                      .m = m,
                                      .answer = answer,
                                      .ufrag = to->ufrag,
                                      .pwd = to->pwd};

    if (to->ice)
        sdp_ice_judge(to->ice, &peer);
}

/* RFC 4568 5.1.3: exactly one line, of a tag and suite that we offered. */
static enum sdp_refusal answered_crypto(const struct sdp_session *s,
                                        const struct sdp_media *m,
                                        struct sdp_agreed *next)
{
    enum sdp_refusal why;

    if (m->ncrypto == 0)
        return SDP_REFUSED_no_crypto;
    if (m->ncrypto > 1)
        return SDP_REFUSED_unusable_crypto;
    why = judge_crypto(s, &s->local, m->crypto, next);
    if (why != SDP_REFUSED_none)
        return why;
    for (unsigned i = 0; i < s->noffered; i++)
        if (s->offered[i].tag == next->tag &&
            s->offered[i].suite == next->suite)
            return SDP_REFUSED_none;
    return SDP_REFUSED_unusable_crypto;
}

/* A call is between two: no multicast, no broadcast, nothing reserved. */
static bool unicast(const struct sip_host *host)
{
    uint8_t bytes[16] = {0};

    if (!sip_host_bytes(host, bytes))
        return false;
    return host->kind == SIP_HOST_IPV6 ? bytes[0] != 0xff : bytes[0] < 224;
}

static bool copy_ip(char *ip, bool *ipv6, const struct sip_host *host)
{
    if (!unicast(host) || host->text.n >= SDP_IP_MAX)
        return false;
    memcpy(ip, host->text.p, host->text.n);
    ip[host->text.n] = '\0';
    *ipv6 = host->kind == SIP_HOST_IPV6;
    return true;
}

/* The peer's addresses. A name would have to be resolved by someone whom
 * nobody verified, so there must be numbers. */
static enum sdp_refusal read_address(const struct sdp_media *m,
                                     struct sdp_agreed *next)
{
    const struct sip_host *rtcp =
        m->rtcp_conn.given ? &m->rtcp_conn.host : &m->conn.host;

    if (!copy_ip(next->ip, &next->ipv6, &m->conn.host) ||
        !copy_ip(next->rtcp_ip, &next->rtcp_ipv6, rtcp))
        return SDP_REFUSED_no_address;
    next->port = m->port;
    next->rtcp_mux = m->rtcp_mux;
    if (m->rtcp_mux) {
        memcpy(next->rtcp_ip, next->ip, sizeof(next->ip));
        next->rtcp_ipv6 = next->ipv6;
        next->rtcp_port = m->port;
    } else if (m->rtcp_port) {
        next->rtcp_port = m->rtcp_port;
    } else {
        next->rtcp_port = (uint16_t)(m->port + 1); /* 65535: none */
    }
    return SDP_REFUSED_none;
}

/* What the peer sends we may receive, and the other way round. */
static enum sdp_dir mirror(enum sdp_dir dir)
{
    unsigned d = dir;

    return (enum sdp_dir)((d & 1) << 1 | (d >> 1 & 1));
}

/* c=0.0.0.0 is how RFC 2543 held (RFC 3264 8.4): nobody is there to send to.
 */
static bool unspecified(const struct sip_host *host)
{
    static const uint8_t zero[16] = {0};
    uint8_t bytes[16] = {0};

    return sip_host_bytes(host, bytes) &&
           memcmp(bytes, zero, sizeof(zero)) == 0;
}

static enum sdp_dir agree_dir(enum sdp_dir ours, const struct sdp_media *m,
                              const struct sdp_ice *ice)
{
    unsigned dir = (unsigned)ours & (unsigned)mirror(m->common.dir);

    /* With ICE it is no hold (RFC 8839 4.4.1.1.1). */
    if (unspecified(&m->conn.host) && !(ice && ice->on))
        dir &= ~(unsigned)SDP_SENDONLY;
    return (enum sdp_dir)dir;
}

/* Packets of 10 to 60 ms in steps of 10; the peer's wish if it is one. */
static uint16_t agree_ptime(const struct sdp_media *m)
{
    uint32_t ms = m->ptime;

    if (ms < 10 || ms > 60 || ms % 10)
        ms = SDP_PTIME;
    if (m->maxptime >= 10 && m->maxptime < ms)
        ms = m->maxptime - m->maxptime % 10;
    return (uint16_t)ms;
}

/* RFC 4733 2.1: events share the voice's clock; some peers have only 8000. */
static const struct sdp_format *pick_event(const struct sdp_media *m,
                                           unsigned codecs, uint32_t clock)
{
    static const enum sdp_codec event[] = {SDP_CODEC_EVENT_48000,
                                           SDP_CODEC_EVENT_8000};
    const struct sdp_format *any = NULL;

    for (size_t i = 0; i < sizeof(event) / sizeof(event[0]); i++) {
        const struct sdp_format *f = sdp_codec_find(m, event[i]);

        if (!f || !(codecs & 1u << event[i]))
            continue;
        if (f->clock == clock)
            return f;
        any = f;
    }
    return any;
}

/* The peer's order decides (RFC 3264 6.1, 7). */
static enum sdp_refusal pick_codec(const struct sdp_media *m, unsigned codecs,
                                   struct sdp_agreed *next)
{
    const struct sdp_format *f = m->format;
    const struct sdp_format *event;

    for (; f; f = f->next) {
        next->codec = sdp_codec_of(f);
        if (next->codec != SDP_CODEC_NONE && next->codec < SDP_CODEC_EVENT &&
            codecs & 1u << next->codec)
            break;
    }
    if (!f)
        return SDP_REFUSED_no_codec;
    next->pt = f->pt;
    next->clock = sdp_codec_format(next->codec).clock;
    next->fec = sdp_codec_flag(f->fmtp, S("useinbandfec"));
    next->ptime = agree_ptime(m);
    event = pick_event(m, codecs, next->clock);
    next->event_pt = event ? event->pt : SDP_PT_NONE;
    next->event_clock = event ? event->clock : 0;
    return SDP_REFUSED_none;
}

/* Keys as the profile has them; a call that had certificates keeps to them. */
static enum sdp_refusal judge_keys(const struct sdp_session *s,
                                   const struct sdp_local *local,
                                   const struct sdp_media *m,
                                   struct sdp_judged *to)
{
    if (sdp_judge_is_dtls(m->profile))
        return judge_dtls(s, m, to, false);
    if (has_agreed(s) && sdp_judge_is_dtls(s->agreed.profile))
        return SDP_REFUSED_lowered;
    return pick_crypto(s, local, m, to->next);
}

static void take_types(struct sdp_agreed *next)
{
    memset(next->rx_pt, SDP_PT_NONE, sizeof(next->rx_pt));
    next->rx_pt[next->codec] = next->pt;
    if (next->event_clock)
        next->rx_pt[next->event_clock == 8000 ? SDP_CODEC_EVENT_8000
                                              : SDP_CODEC_EVENT_48000] =
            next->event_pt;
}

enum sdp_refusal sdp_judge_offer(const struct sdp_session *s,
                                 const struct sdp_local *local,
                                 const struct sdp_media *m,
                                 struct sdp_judged *to)
{
    struct sdp_agreed *next = to->next;
    enum sdp_refusal why = is_osrtp(s, m)
                               ? SDP_REFUSED_none
                               : judge_profile(m->profile, to->dtls != NULL);

    if (why == SDP_REFUSED_none)
        why = judge_keys(s, local, m, to);
    if (why == SDP_REFUSED_none)
        why = read_address(m, next);
    if (why == SDP_REFUSED_none)
        why = pick_codec(m, local->codecs, next);
    if (why != SDP_REFUSED_none)
        return why;
    judge_ice(m, to, false);
    next->profile = m->profile;
    next->dir = agree_dir(local->dir, m, to->ice);
    take_types(next);
    return SDP_REFUSED_none;
}

/* The codecs that our waiting offer names, as a mask. */
static unsigned offered_codecs(const struct sdp_session *s)
{
    unsigned codecs = 0;

    for (unsigned i = 1; i < SDP_CODEC_COUNT; i++)
        if (s->offered_pt[i] != SDP_PT_NONE)
            codecs |= 1u << i;
    return codecs;
}

enum sdp_refusal sdp_judge_answer(const struct sdp_session *s,
                                  const struct sdp_media *m,
                                  struct sdp_judged *to)
{
    struct sdp_agreed *next = to->next;
    enum sdp_refusal why = judge_profile(m->profile, to->dtls != NULL);

    if (why == SDP_REFUSED_none && sdp_judge_is_dtls(m->profile))
        why = judge_dtls(s, m, to, true);
    else if (why == SDP_REFUSED_none)
        why = answered_crypto(s, m, next);
    if (why == SDP_REFUSED_none)
        why = read_address(m, next);
    if (why == SDP_REFUSED_none)
        why = pick_codec(m, offered_codecs(s), next);
    if (why != SDP_REFUSED_none)
        return why;
    judge_ice(m, to, true);
    next->profile = m->profile;
    next->dir = agree_dir(s->local.dir, m, to->ice);
    memcpy(next->rx_pt, s->offered_pt, sizeof(next->rx_pt));
    return SDP_REFUSED_none;
}
