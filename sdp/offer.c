/* SPDX-License-Identifier: Apache-2.0 */
/* Offer and answer: the states, the keys, and the descriptions we write. */
#include "sdp/offer.h"

#include <string.h>

#include "sdp/judge.h"
#include "sdp/scan.h"
#include "sdp/write.h"
#include "sip/base/err.h"

int sdp_offer_step(enum sdp_state state, enum sdp_event event)
{
    static const signed char next[SDP_STATE_COUNT][SDP_EVENT_COUNT] = {
        /* we offer, they answer, they offer, our offer failed */
        [SDP_IDLE] = {SDP_OFFERED, -1, SDP_STABLE, -1},
        [SDP_OFFERED] = {-1, SDP_STABLE, -1, SDP_IDLE},
        [SDP_STABLE] = {SDP_REOFFERED, -1, SDP_STABLE, -1},
        [SDP_REOFFERED] = {-1, SDP_STABLE, -1, SDP_STABLE},
    };

    return next[state][event];
}

int sdp_session_init(struct sdp_session *s, const struct env *env)
{
    uint8_t bytes[8];
    int err = env->rand(env->user, bytes, sizeof(bytes));

    memset(s, 0, sizeof(*s));
    s->env = env;
    if (err)
        return err;
    /* 62 bits: some peers read a signed number. */
    for (size_t i = 0; i < sizeof(bytes); i++)
        s->id = s->id << 8 | bytes[i];
    s->id &= (UINT64_C(1) << 62) - 1;
    return 0;
}

void sdp_session_clear(struct sdp_session *s)
{
    secret_wipe(s, sizeof(*s));
}

/* What only a waiting offer has. */
static void drop_offer(struct sdp_session *s)
{
    secret_wipe(s->offered, sizeof(s->offered));
    s->noffered = 0;
    if (s->dtls)
        s->dtls->renewing = false;
}

static int refuse(struct sdp_session *s, enum sdp_refusal why)
{
    s->why = why;
    return sdp_refusal_err(why);
}

static bool has_agreed(const struct sdp_session *s)
{
    return s->state == SDP_STABLE || s->state == SDP_REOFFERED;
}

static int fresh_key(const struct sdp_session *s, enum sdp_suite suite,
                     struct secret *key)
{
    uint8_t bytes[SDP_KEY_MAX];
    size_t n = sdp_suite_key(suite);
    int err = s->env->rand(s->env->user, bytes, n);

    if (!err)
        err = secret_set(key, slice_of(bytes, n));
    secret_wipe(bytes, sizeof(bytes));
    return err;
}

static bool is_plain(enum sdp_profile profile)
{
    return profile == SDP_PLAIN || profile == SDP_PLAIN_F;
}

/* What we offer is always secure by its profile, too (RFC 8643: OSRTP is
 * answered, never offered). */
static enum sdp_profile our_profile(const struct sdp_session *s)
{
    if (!has_agreed(s))
        return s->dtls && s->dtls->offers ? SDP_DTLS_F : SDP_SDES;
    if (!is_plain(s->agreed.profile))
        return s->agreed.profile;
    return s->agreed.profile == SDP_PLAIN ? SDP_SDES : SDP_SDES_F;
}

/* ---- our offer ---------------------------------------------------------- */

static struct sdp_key *add_key(struct sdp_session *s, enum sdp_suite suite,
                               uint32_t tag)
{
    struct sdp_key *k = &s->offered[s->noffered++];

    k->tag = tag;
    k->suite = suite;
    return k;
}

/* The keys that the offer names, into s->offered. */
static int offer_keys(struct sdp_session *s, const struct sdp_local *local)
{
    const struct sdp_agreed *a = &s->agreed;
    unsigned floor = has_agreed(s) ? sdp_suite_class(a->suite) : 0;

    drop_offer(s);
    if (sdp_judge_is_dtls(our_profile(s)))
        return s->dtls ? 0 : refuse(s, SDP_REFUSED_keying);
    if (has_agreed(s) && !local->rekey &&
        local->suites & sdp_suite_bit(a->suite)) {
        add_key(s, a->suite, a->tag)->key = a->tx;
        return 0;
    }
    for (int i = SDP_SUITE_NONE + 1; i < SDP_SUITE_COUNT; i++) {
        enum sdp_suite suite = (enum sdp_suite)i;
        int err;

        if (!(local->suites & sdp_suite_bit(suite)) ||
            sdp_suite_class(suite) < floor)
            continue;
        err = fresh_key(s, suite, &add_key(s, suite, s->noffered + 1)->key);
        if (err)
            return err;
    }
    return s->noffered ? 0 : refuse(s, SDP_REFUSED_suite_below_level);
}

/* What stands for each codec: later always what stood before, since a
 * payload type never changes its meaning in a session (RFC 3264 8.3.2). */
static void offer_types(struct sdp_session *s, unsigned codecs)
{
    memset(s->offered_pt, SDP_PT_NONE, sizeof(s->offered_pt));
    for (unsigned i = 1; i < SDP_CODEC_COUNT; i++) {
        if (has_agreed(s))
            s->offered_pt[i] = s->agreed.rx_pt[i];
        else if (codecs & 1u << i)
            s->offered_pt[i] = sdp_codec_format((enum sdp_codec)i).pt;
    }
}

/* rtpmap and fmtp of each payload type of the list. */
static void put_formats(struct out *o, const uint8_t pt[SDP_CODEC_COUNT])
{
    for (unsigned i = 1; i < SDP_CODEC_COUNT; i++) {
        struct sdp_format f = sdp_codec_format((enum sdp_codec)i);

        if (pt[i] == SDP_PT_NONE)
            continue;
        f.pt = pt[i];
        sdp_write_rtpmap(o, &f);
        if (f.fmtp.n)
            sdp_write_fmtp(o, f.pt, f.fmtp);
    }
}

/* What an offer of ours has of DTLS and ICE before it is written. */
static int offer_transport(struct sdp_session *s,
                           const struct sdp_local *local)
{
    struct sdp_dtls *d = s->dtls;
    int err = 0;

    if (d && has_agreed(s) && local->rekey) {
        err = sdp_dtls_id(d->next_id, s->env);
        d->renewing = !err;
    }
    return err;
}

/* ICE is offered at first, and as long as the peer does it, too. */
static bool offers_ice(const struct sdp_session *s)
{
    return s->ice && s->ice->nours && (!has_agreed(s) || s->ice->on);
}

/* key: of an answer to OSRTP. */
static void put_audio(struct out *o, enum sdp_profile profile, uint16_t port,
                      const uint8_t pt[SDP_CODEC_COUNT],
                      const struct sdp_wkey *key)
{
    uint8_t list[SDP_CODEC_COUNT];
    struct sdp_waudio audio = {profile, port, list, 0};

    for (unsigned i = 1; i < SDP_CODEC_COUNT; i++)
        if (pt[i] != SDP_PT_NONE)
            list[audio.npt++] = pt[i];
    if (is_plain(profile) && key)
        sdp_write_osrtp(o, &audio, key);
    else
        sdp_write_audio(o, &audio);
    put_formats(o, pt);
    sdp_write_num(o, S("ptime"), SDP_PTIME);
}

/* a=rtcp where RTCP is not on the next port (RFC 3605). */
static void put_rtcp(struct out *o, const struct sdp_local *local, bool mux)
{
    if (local->rtcp_port && local->rtcp_port != local->port + 1)
        sdp_write_num(o, S("rtcp"), local->rtcp_port);
    if (mux)
        sdp_write_flag(o, S("rtcp-mux"));
}

static void put_session(struct out *o, const struct sdp_session *s,
                        const struct sdp_local *local)
{
    sdp_write_session(
        o, &(struct sdp_wsession){s->id, s->version + 1, local->host});
}

static void put_offered_keys(struct out *o, const struct sdp_session *s)
{
    if (sdp_judge_is_dtls(our_profile(s)))
        sdp_dtls_put_offer(o, s->dtls);
    for (unsigned k = 0; k < s->noffered; k++)
        sdp_write_crypto(o, s->offered[k].tag, s->offered[k].suite,
                         &s->offered[k].key);
    if (offers_ice(s))
        sdp_ice_put_offer(o, s->ice);
}

static void put_offer(struct out *o, const struct sdp_session *s,
                      const struct sdp_local *local)
{
    unsigned nlines = has_agreed(s) ? s->nlines : 1;
    unsigned line = has_agreed(s) ? s->line : 0;

    put_session(o, s, local);
    if (offers_ice(s))
        sdp_ice_put_session(o, s->ice);
    for (unsigned i = 0; i < nlines; i++) {
        if (i != line) {
            sdp_write_ended(o);
            continue;
        }
        put_audio(o, our_profile(s), local->port, s->offered_pt, NULL);
        put_offered_keys(o, s);
        put_rtcp(o, local, true);
        sdp_write_dir(o, local->dir);
    }
}

int sdp_offer_make(struct sdp_session *s, const struct sdp_local *local,
                   struct out *o)
{
    int next = sdp_offer_step(s->state, SDP_WE_OFFER);
    int err;

    if (next < 0)
        return E_STATE;
    err = offer_keys(s, local);
    if (!err)
        err = offer_transport(s, local);
    if (!err) {
        offer_types(s, local->codecs);
        put_offer(o, s, local);
        err = o->err;
    }
    if (err) {
        drop_offer(s);
        return err;
    }
    s->local = *local;
    s->local.host = (struct sip_host){0}; /* was borrowed for the call */
    if (!has_agreed(s)) {
        s->nlines = 1;
        s->line = 0;
    }
    s->version++;
    s->state = (enum sdp_state)next;
    return 0;
}

int sdp_offer_failed(struct sdp_session *s)
{
    int next = sdp_offer_step(s->state, SDP_OFFER_FAILED);

    if (next < 0)
        return E_STATE;
    drop_offer(s);
    if (s->ice)
        s->ice->restarting = false;
    s->state = (enum sdp_state)next;
    return 0;
}

/* ---- the peer's answer -------------------------------------------------- */

static const struct sdp_media *line_of(const struct sdp *sdp, unsigned line)
{
    const struct sdp_media *m = sdp->media;

    while (m && line--)
        m = m->next;
    return m;
}

/* The lines must match ours one by one (RFC 3264 6). */
static enum sdp_refusal judge_answer(const struct sdp_session *s,
                                     struct sdp_judged *to)
{
    const struct sdp *answer = to->sdp;
    const struct sdp_media *m = line_of(answer, s->line);
    enum sdp_profile ours = our_profile(s);
    enum sdp_refusal why;

    if (answer->nmedia != s->nlines || m->kind != SDP_AUDIO)
        return SDP_REFUSED_malformed;
    if (m->port == 0)
        return SDP_REFUSED_declined;
    why = sdp_judge_answer(s, m, to);
    if (why == SDP_REFUSED_none && m->profile != ours)
        return SDP_REFUSED_malformed;
    return why;
}

/* Our key for what the answer chose. */
static void choose_tx(const struct sdp_session *s, struct sdp_agreed *next)
{
    if (sdp_judge_is_dtls(next->profile))
        return;
    for (unsigned i = 0; i < s->noffered; i++)
        if (s->offered[i].tag == next->tag &&
            s->offered[i].suite == next->suite)
            next->tx = s->offered[i].key;
    next->tx_new = !has_agreed(s) || next->suite != s->agreed.suite ||
                   !secret_eq(&next->tx, &s->agreed.tx);
}

int sdp_offer_answered(struct sdp_session *s, const struct sdp *answer)
{
    int state = sdp_offer_step(s->state, SDP_THEY_ANSWER);
    struct sdp_agreed next = {.version = s->version};
    struct sdp_judged to = {.sdp = answer, .next = &next};
    enum sdp_refusal why;

    if (state < 0)
        return E_STATE;
    sdp_judged_begin(&to, s);
    why = judge_answer(s, &to);
    if (why == SDP_REFUSED_none) {
        choose_tx(s, &next);
        s->agreed = next;
        sdp_judged_take(s, &to);
        s->state = (enum sdp_state)state;
        drop_offer(s);
    } else {
        sdp_offer_failed(s);
    }
    sdp_judged_end(&to);
    secret_wipe(&next, sizeof(next));
    return refuse(s, why);
}

/* ---- our answer --------------------------------------------------------- */

/* Which line of an offer is answered, and what is agreed then. */
struct chosen {
    unsigned line;
    struct sdp_judged *judged;
};

/*
 * The first audio line that can be agreed to, of those whose profile is or is
 * not a plain one; in a running session its own line only. *line is its
 * index. What is wrong is told of the first one.
 */
static enum sdp_refusal choose_among(const struct sdp_session *s,
                                     const struct sdp_local *local,
                                     const struct sdp_media *m, bool plain,
                                     struct chosen *to)
{
    enum sdp_refusal first = SDP_REFUSED_no_audio;

    for (unsigned i = 0; m; m = m->next, i++) {
        enum sdp_refusal why;

        if (m->kind != SDP_AUDIO || m->port == 0 ||
            is_plain(m->profile) != plain || (has_agreed(s) && i != s->line))
            continue;
        to->line = i;
        sdp_judged_begin(to->judged, s);
        why = sdp_judge_offer(s, local, m, to->judged);
        if (why == SDP_REFUSED_none)
            return why;
        if (first == SDP_REFUSED_no_audio)
            first = why;
    }
    return first;
}

/* A line that is secure by its profile goes before any OSRTP. */
static enum sdp_refusal choose_line(const struct sdp_session *s,
                                    const struct sdp_local *local,
                                    const struct sdp *offer, struct chosen *to)
{
    enum sdp_refusal why = choose_among(s, local, offer->media, false, to);
    enum sdp_refusal plain;

    if (why == SDP_REFUSED_none)
        return why;
    plain = choose_among(s, local, offer->media, true, to);
    return plain == SDP_REFUSED_none || why == SDP_REFUSED_no_audio ? plain
                                                                    : why;
}

/*
 * The key that we answer with: the one in use as long as suite and the
 * peer's key stay. A new key of the peer's may be another peer's, whose
 * rollover counter starts at 0; ours then starts anew, too.
 */
static int answer_key(const struct sdp_session *s, struct sdp_agreed *next)
{
    if (sdp_judge_is_dtls(next->profile))
        return 0;
    if (has_agreed(s) && !next->rx_new) {
        next->tx = s->agreed.tx;
        return 0;
    }
    next->tx_new = true;
    return fresh_key(s, next->suite, &next->tx);
}

/* Is that one of the words behind BUNDLE? */
static bool bundles(struct slice group, struct slice mid)
{
    struct cursor c = cursor_of(group);

    if (!slice_eq(cursor_take_until(&c, ' '), S("BUNDLE")))
        return false;
    while (cursor_take(&c, ' '))
        if (slice_eq(cursor_take_until(&c, ' '), mid))
            return true;
    return false;
}

/* a=mid of the line that is answered, and a=group:BUNDLE of that alone if it
 * is in such a group (RFC 8843 7.3, RFC 5888 9.1). */
static struct slice mid_of(const struct sdp *offer, unsigned line,
                           bool *bundled)
{
    const struct sdp_attr *a =
        sdp_attr_find(line_of(offer, line)->common.attr, S("mid"));
    struct slice mid = S("");

    if (a && a->value.n <= SDP_MID_MAX && sdp_token_ok(a->value))
        mid = a->value;
    *bundled = false;
    for (a = offer->common.attr; a && mid.n; a = a->next)
        *bundled |= slice_eq(a->name, S("group")) && bundles(a->value, mid);
    return mid;
}

/* a=group:BUNDLE, of one line. */
static void put_group(struct out *o, struct slice mid)
{
    char text[SDP_MID_MAX + 8];
    struct out group = out_of(text, sizeof(text));

    out_lit(&group, "BUNDLE ");
    out_put(&group, mid);
    if (!group.err)
        sdp_write_attr(o, S("group"), out_slice(&group));
}

static void put_line(struct out *o, const struct sdp_local *local,
                     const struct sdp_judged *to, struct slice mid)
{
    const struct sdp_agreed *next = to->next;
    const struct sdp_wkey key = {next->tag, next->suite, &next->tx};

    put_audio(o, next->profile, local->port, next->rx_pt, &key);
    if (sdp_judge_is_dtls(next->profile))
        sdp_dtls_put_answer(o, to->dtls);
    else if (!is_plain(next->profile))
        sdp_write_crypto(o, key.tag, key.suite, key.key);
    if (to->ice)
        sdp_ice_put_answer(o, to->ice);
    if (mid.n)
        sdp_write_attr(o, S("mid"), mid);
    put_rtcp(o, local, next->rtcp_mux);
    sdp_write_dir(o,
                  (enum sdp_dir)((unsigned)local->dir & (unsigned)next->dir));
}

static void put_answer(struct out *o, const struct sdp_local *local,
                       const struct sdp_judged *to, unsigned line)
{
    const struct sdp *offer = to->sdp;
    bool bundled;
    struct slice mid = mid_of(offer, line, &bundled);
    unsigned i = 0;

    if (to->ice && to->ice->on)
        sdp_ice_put_session(o, to->ice);
    if (bundled)
        put_group(o, mid);
    for (const struct sdp_media *m = offer->media; m; m = m->next, i++)
        if (i == line)
            put_line(o, local, to, mid);
        else
            sdp_write_refused(o, m);
}

int sdp_offer_answer(struct sdp_session *s, const struct sdp_local *local,
                     const struct sdp *offer, struct out *o)
{
    int state = sdp_offer_step(s->state, SDP_THEY_OFFER);
    struct sdp_agreed next = {.version = s->version + 1};
    struct sdp_judged judged = {.sdp = offer, .next = &next};
    struct chosen to = {0, &judged};
    int err;

    if (state < 0)
        return E_STATE;
    sdp_judged_begin(&judged, s);
    err = has_agreed(s) && offer->nmedia < s->nlines /* RFC 3264 8 */
              ? refuse(s, SDP_REFUSED_malformed)
              : sdp_judged_fresh(&judged, s->env);
    if (!err)
        err = refuse(s, choose_line(s, local, offer, &to));
    if (!err)
        err = answer_key(s, &next);
    if (!err) {
        put_session(o, s, local);
        put_answer(o, local, &judged, to.line);
        err = o->err;
    }
    if (!err) {
        s->agreed = next;
        sdp_judged_take(s, &judged);
        s->line = to.line;
        s->nlines = offer->nmedia;
        s->version++;
        s->state = (enum sdp_state)state;
    }
    sdp_judged_end(&judged);
    secret_wipe(&next, sizeof(next));
    return err;
}
