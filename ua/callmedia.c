/* SPDX-License-Identifier: Apache-2.0 */
/* A call's media: descriptions judged, tickets minted, events taken. */
#include "sdp/write.h"
#include "sip/base/err.h"
#include "sip/body.h"
#include "ua/call.h"
#include "ua/event.h"

/* ------------------------------------------------------------- the port */

void ua_callmedia_open(struct ua_call *c, struct now now)
{
    struct ua_out *out = ua_outq_push(&c->acc->core->outq, UA_OUT_MEDIA_OPEN);

    if (!out) {
        c->status = c->out ? 0 : 500;
        ua_call_fail(c, now, CAUSE_out_of_memory, UA_CALL_EV_FAIL);
        return;
    }
    out->call = c->id;
    out->addr = c->acc->flow->local; /* the interface that reaches the edge */
    out->addr.port = 0;
    c->opened = true;
}

void ua_callmedia_follow(struct ua_call *c, struct now now)
{
    const struct tls_addr *here = &c->acc->flow->local;
    struct ua_out *out = NULL;

    if (!tls_addr_same_ip(here, &c->local))
        out = ua_outq_push(&c->acc->core->outq, UA_OUT_MEDIA_OPEN);
    if (!out) { /* our Contact alone is another (RFC 3261 12.2) */
        ua_change_want(c, now);
        return;
    }
    out->call = c->id;
    out->addr = *here;
    out->addr.port = 0;
    c->moving = true;
}

void ua_callmedia_close(struct ua_call *c)
{
    struct ua_account *acc = c->acc;
    struct ua_out *out = NULL;

    policy_media_retire(acc->core->policy, acc->policy_id, c->id, UINT64_MAX);
    if (c->opened && !c->closed)
        out = ua_outq_push(&acc->core->outq, UA_OUT_MEDIA_CLOSE);
    if (out)
        out->call = c->id;
    else
        c->closed = true;
}

/* ---------------------------------------------------------- descriptions */

/* A call that follows or replaces another is not weaker than that. */
static unsigned suites_of(const struct ua_call *c)
{
    unsigned suites = policy_suites(c->acc->level, POLICY_KEYING_SDES);

    for (int i = 1; i < (int)SDP_SUITE_COUNT; i++)
        if (sdp_suite_class((enum sdp_suite)i) < c->class_floor)
            suites &= ~sdp_suite_bit((enum sdp_suite)i);
    return suites;
}

void ua_callmedia_local(const struct ua_call *c, struct sdp_local *local,
                        char *text, size_t cap)
{
    struct out o = out_of(text, cap);

    tls_addr_put_ip(&o, &c->local);
    *local = (struct sdp_local){
        .host = {out_slice(&o),
                 c->local.family == 6 ? SIP_HOST_IPV6 : SIP_HOST_IPV4},
        .port = c->local.port,
        .rtcp_port = c->local.port,
        .suites = suites_of(c),
        .codecs = c->acc->codecs,
        .dir = c->hold ? SDP_SENDONLY : SDP_SENDRECV, /* RFC 3264 8.4 */
        .mki = true,
    };
}

static int malformed(struct ua_call *c, const struct sdp_parse_err *fault)
{
    char text[96];
    struct out o = out_of(text, sizeof(text));

    out_put(&o, slice_cstr(sdp_fault_symbol(fault->code)));
    out_lit(&o, " at offset ");
    out_u64(&o, fault->offset);
    out_lit(&o, " of the session description");
    cause_set_facts(&c->cause, CAUSE_call_malformed, out_slice(&o));
    c->status = 400;
    LOG(c->acc->env, LOG_WARN, "sdp.malformed",
        LOG_HOST("code", slice_cstr(sdp_fault_symbol(fault->code))),
        LOG_NUM("offset", fault->offset));
    return E_SYNTAX;
}

int ua_callmedia_sdp(struct ua_call *c, const struct sip_msg *msg,
                     struct sdp *sdp)
{
    struct sdp_parse_err fault = {0};
    struct slice text;
    int err = sip_body_find(&text, msg, S("application"), S("sdp"));

    /* What a request must not carry was refused before it came here. */
    if (err)
        return E_NOTFOUND;
    err = sdp_parse(sdp, &c->acc->core->arena, text, &fault);
    if (err == E_SYNTAX || err == E_TOOBIG)
        return malformed(c, &fault);
    if (err) {
        c->status = 500;
        cause_set(&c->cause, CAUSE_out_of_memory);
    }
    return err;
}

/* The policy's row of a refusal; allowed: it merely does not fit. */
static enum policy_why why_of(enum sdp_refusal why)
{
    switch (why) {
    case SDP_REFUSED_plain_avp:
        return POLICY_rtp_avp;
    case SDP_REFUSED_plain_avpf:
        return POLICY_rtp_avpf;
    case SDP_REFUSED_other_profile:
        return POLICY_media_profile;
    case SDP_REFUSED_no_crypto:
    case SDP_REFUSED_unusable_crypto:
        return POLICY_no_crypto;
    case SDP_REFUSED_no_fingerprint:
    case SDP_REFUSED_unverified:
        return POLICY_no_fingerprint;
    case SDP_REFUSED_weak_fingerprint:
        return POLICY_weak_fingerprint;
    case SDP_REFUSED_null_suite:
        return POLICY_null_suite;
    case SDP_REFUSED_suite_below_level:
        return POLICY_suite_below_level;
    case SDP_REFUSED_lowered:
        return POLICY_call_lowered;
    case SDP_REFUSED_own_key_echoed:
        return POLICY_key_echoed;
    case SDP_REFUSED_none:
    case SDP_REFUSED_malformed:
    case SDP_REFUSED_no_audio:
    case SDP_REFUSED_declined:
    case SDP_REFUSED_no_address:
    case SDP_REFUSED_no_codec:
    case SDP_REFUSED_keying:
    case SDP_REFUSED_setup:
    case SDP_REFUSAL_COUNT:
        break;
    }
    return POLICY_ALLOWED;
}

/* c->status: what we answer with, if we are to answer. */
int ua_callmedia_judged(struct ua_call *c, const struct sdp_session *s,
                        int err)
{
    enum policy_why why = why_of(s->why);

    if (!err) {
        c->pending = true;
        return 0;
    }
    c->status = 488;
    if (err == E_POLICY && why != POLICY_ALLOWED) {
        ua_callevent_refused(c, why);
    } else if (err == E_POLICY || err == E_UNSUPPORTED) {
        cause_set_facts(&c->cause, CAUSE_media_no_match,
                        slice_cstr(sdp_refusal_text(s->why)));
    } else {
        c->status = 500;
        cause_set(&c->cause,
                  err == E_NOMEM ? CAUSE_out_of_memory : CAUSE_internal);
    }
    return err;
}

int ua_callmedia_answered(struct ua_call *c, struct sdp_session *session,
                          const struct sdp *sdp)
{
    return ua_callmedia_judged(c, session, sdp_offer_answered(session, sdp));
}

int ua_callmedia_answer(struct ua_call *c, const struct sdp *sdp,
                        struct out *o)
{
    char ip[TLS_ADDR_TEXT_MAX];
    struct sdp_local local;

    ua_callmedia_local(c, &local, ip, sizeof(ip));
    return ua_callmedia_judged(c, &c->session,
                               sdp_offer_answer(&c->session, &local, sdp, o));
}

/* ------------------------------------------------------------ the ticket */

static const struct media_codec_ops *ops_of(enum sdp_codec codec)
{
    struct sdp_format f = sdp_codec_format(codec);

    return media_codec_find(f.encoding, f.clock);
}

/* What may come (RFC 3264 6.1): more than one, in either direction's numbers.
 */
static void put_rx(struct media_stream_config *config,
                   const struct sdp_agreed *a)
{
    for (int i = SDP_CODEC_NONE + 1; i < SDP_CODEC_COUNT; i++) {
        enum sdp_codec codec = (enum sdp_codec)i;

        if (a->rx_pt[i] == SDP_PT_NONE)
            continue;
        if (codec < SDP_CODEC_EVENT && config->rx_n < MEDIA_STREAM_RX_MAX)
            config->rx[config->rx_n++] =
                (struct media_format){ops_of(codec), a->rx_pt[i]};
        if (codec >= SDP_CODEC_EVENT &&
            config->rx_dtmf_n < MEDIA_STREAM_RX_DTMF_MAX)
            config->rx_dtmf[config->rx_dtmf_n++] = (struct media_events){
                a->rx_pt[i], sdp_codec_format(codec).clock};
    }
}

static struct media_stream_config config_of(const struct sdp_agreed *a)
{
    struct media_stream_config config = {
        .codec = ops_of(a->codec),
        .pt = a->pt,
        .has_dtmf = a->event_clock != 0,
        .dtmf_pt = a->event_pt,
        .dtmf_clock = a->event_clock,
        .rtcp_port = a->rtcp_port,
        .no_rtcp = a->rtcp_port == 0,
        .rx_mki_n = a->rx_mki_n,
        .rx_mki = a->rx_mki,
        .mute_tx = !(a->dir & SDP_SENDONLY),
        .mute_rx = !(a->dir & SDP_RECVONLY),
    };

    put_rx(&config, a);
    return config;
}

/* RFC 3264 8.4: an old hold has no address; ours stays where it was. */
static int set_remote(struct ua_call *c)
{
    const struct sdp_agreed *a = &c->session.agreed;
    struct tls_addr to;
    int err = tls_addr_parse_ip(&to, slice_cstr(a->ip));

    if (err)
        return err;
    to.port = a->port;
    if (tls_addr_dialable(&to))
        c->remote = to;
    return 0;
}

static int mint(struct ua_call *c, const struct policy_media **ticket)
{
    struct ua_account *acc = c->acc;
    const struct sdp_agreed *a = &c->session.agreed;
    enum policy_why why = POLICY_ALLOWED;
    const struct policy_media_terms terms = {
        .account = acc->policy_id,
        .call = c->id,
        .version = c->version + 1,
        .keying = POLICY_KEYING_SDES,
        .suite = a->suite,
        .tx = &a->tx,
        .rx = &a->rx,
        .remote = c->remote,
    };
    int err = policy_media_mint(acc->core->policy, ticket, &terms, &why);

    if (err == E_POLICY)
        ua_callevent_refused(c, why);
    else if (err)
        cause_set(&c->cause,
                  err == E_NOMEM ? CAUSE_out_of_memory : CAUSE_media_keys);
    return err;
}

int ua_callmedia_set(struct ua_call *c)
{
    struct ua_account *acc = c->acc;
    const struct policy_media *ticket;
    struct ua_out *out;
    int err;

    if (!c->pending || c->over)
        return 0;
    if (c->state == UA_CALL_INCOMING && !c->rel.early)
        return 0; /* nobody hears us before we answer */
    err = set_remote(c);
    if (!err && !c->remote.family)
        return 0; /* held from the start: a later offer brings an address */
    if (!err)
        err = mint(c, &ticket);
    out = err ? NULL : ua_outq_push(&acc->core->outq, UA_OUT_MEDIA_SET);
    if (!out)
        return err ? err : E_NOMEM;
    out->call = c->id;
    out->media = ticket;
    out->config = config_of(&c->session.agreed);
    c->pending = false;
    c->version++;
    policy_media_retire(acc->core->policy, acc->policy_id, c->id, c->version);
    ua_callevent_media(c);
    return 0;
}

void ua_callmedia_mute(struct ua_call *c)
{
    if (!c->version || c->session.state != SDP_STABLE)
        return;
    c->session.agreed.dir = SDP_INACTIVE;
    c->pending = true;
    (void)ua_callmedia_set(c); /* without memory it goes on: not a secret */
    c->pending = false;
}

/* -------------------------------------------------------------- events */

/* local: NULL if the new address cannot be had. */
static void moved(struct ua_call *c, struct now now,
                  const struct tls_addr *local)
{
    c->moving = false;
    if (local)
        c->local = *local;
    ua_change_want(c, now);
}

static void bound(struct ua_call *c, struct now now,
                  const struct tls_addr *local)
{
    if (c->moving && c->state == UA_CALL_ESTABLISHED) {
        moved(c, now, local);
        return;
    }
    if (c->state != UA_CALL_BINDING && c->state != UA_CALL_OFFERED)
        return; /* over meanwhile */
    c->local = *local;
    if (c->out || !ua_callee_bound(c, now))
        (void)ua_call_event(c, now, UA_CALL_EV_BOUND);
    else
        (void)ua_call_event(c, now, UA_CALL_EV_REJECT);
    ua_replaces_go(c, now);
}

static void take_stats(struct ua_call *c, const struct media_stream_stats *m)
{
    struct siplock_call_stats *s = &c->stats;

    s->packets_sent = m->sent;
    s->bytes_sent = m->sent_bytes;
    s->packets_received = m->received;
    s->bytes_received = m->received_bytes;
    s->unauthentic = m->unauthentic;
    s->malformed = m->malformed + m->strange;
    s->early = m->early;
    s->early_dropped = m->early_dropped;
    s->late = m->jitter.late;
    s->concealed = m->concealed;
    s->loss_permille = m->loss_permille;
    s->remote_loss_permille = m->remote_loss_permille;
    s->jitter_ms = m->jitter_ms;
    s->delay_ms = m->delay_ms;
    s->rtt_ms = m->rtt_ms;
    s->mos = m->mos;
}

/* A set that came to nothing leaves a call without sound, or with that of
 * before: the app is told. */
static void refused(struct ua_call *c, int err)
{
    LOG(c->acc->env, LOG_WARN, "media.refused",
        LOG_TOKEN("call_id", c->call_id), LOG_NUM("error", err));
    ua_event_notice(c->acc, "media_refused");
}

void ua_callmedia_event(struct ua_call *c, struct now now,
                        const struct media_event *e)
{
    switch (e->kind) {
    case MEDIA_EVENT_BOUND:
        bound(c, now, &e->local);
        break;
    case MEDIA_EVENT_FAILED:
        c->status = c->out ? 0 : 500;
        ua_call_fail(c, now, CAUSE_media_no_port, UA_CALL_EV_FAIL);
        break;
    case MEDIA_EVENT_DTMF:
        if (!c->over)
            ua_callevent_dtmf(c, &e->dtmf);
        break;
    case MEDIA_EVENT_STATS:
        take_stats(c, &e->stats);
        if (!c->over)
            ua_callevent_stats(c, now, false);
        break;
    case MEDIA_EVENT_CLOSED:
        take_stats(c, &e->stats);
        ua_call_media_closed(c, now);
        break;
    case MEDIA_EVENT_REFUSED:
        refused(c, e->err);
        if (c->moving && c->state == UA_CALL_ESTABLISHED)
            moved(c, now, NULL);
        break;
    case MEDIA_EVENT_FIRST:
    case MEDIA_EVENT_BYE:
        LOG(c->acc->env, LOG_INFO, "media.event",
            LOG_TOKEN("call_id", c->call_id), LOG_NUM("kind", e->kind));
        break;
    case MEDIA_EVENT_AUDIO:
        break;
    }
}
