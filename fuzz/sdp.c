/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: a description as such, as an offer, as an answer, as a re-offer. */
#include <string.h>

#include "fuzz/target.h"
#include "sdp/offer.h"
#include "sip/base/err.h"

static int count(void *user, uint8_t *p, size_t n)
{
    static uint8_t calls;

    (void)user;
    memset(p, ++calls, n);
    return 0;
}

/* What we write is read again, and no plain medium has a port. */
static void check_text(struct arena_pool *pool, struct slice text)
{
    struct arena arena;
    struct sdp sdp;
    struct sdp_parse_err err;

    arena_init(&arena, pool);
    must(sdp_parse(&sdp, &arena, text, &err) == 0);
    for (const struct sdp_media *m = sdp.media; m; m = m->next) {
        bool dtls = m->profile == SDP_DTLS || m->profile == SDP_DTLS_F;

        if (m->port == 0)
            continue;
        /* What answers OSRTP (RFC 8643) has a plain profile, and a key. */
        must(sdp_profile_rtp(m->profile));
        must(dtls || (m->crypto && m->crypto->use == SDP_CRYPTO_OK));
        must(!dtls || (m->common.fingerprint.hash.n && !m->ncrypto &&
                       m->common.setup != SDP_SETUP_NONE));
    }
    arena_reset(&arena);
}

/* Refused means unchanged; agreed means keys of the suite's length. */
static void check_session(const struct sdp_session *s, int ret,
                          enum sdp_state before)
{
    if (ret == E_POLICY || ret == E_UNSUPPORTED)
        must(s->why != SDP_REFUSED_none);
    if (ret && before == SDP_STABLE)
        must(s->state == SDP_STABLE);
    if (s->state != SDP_STABLE)
        return;
    if (s->agreed.profile == SDP_DTLS || s->agreed.profile == SDP_DTLS_F) {
        must(s->dtls && s->dtls->ntheirs && s->agreed.tx.n == 0);
        must(s->dtls->role == SDP_SETUP_ACTIVE ||
             s->dtls->role == SDP_SETUP_PASSIVE);
        return;
    }
    must(s->agreed.tx.n && s->agreed.tx.n == sdp_suite_key(s->agreed.suite));
    must(s->agreed.rx.n == s->agreed.tx.n && s->agreed.pt <= 127);
    must(!secret_eq(&s->agreed.tx, &s->agreed.rx));
}

/* Certificates and candidates of ours, too. */
static void widen(struct sdp_session *s, struct sdp_dtls *dtls,
                  struct sdp_ice *ice)
{
    *dtls = (struct sdp_dtls){.offers = true, .verified = true, .nours = 1};
    dtls->ours[0].hash = SDP_HASH_SHA256;
    *ice = (struct sdp_ice){.nours = 1};
    ice->ours[0] = (struct sdp_candidate){.foundation = "1",
                                          .component = 1,
                                          .priority = 1,
                                          .ip = "192.0.2.1",
                                          .port = 4000};
    must(sdp_dtls_id(dtls->id, s->env) == 0);
    must(sdp_ice_names(ice->ufrag, ice->pwd, s->env) == 0);
    s->dtls = dtls;
    s->ice = ice;
}

static void negotiate(struct arena_pool *pool, const struct env *env,
                      const struct sdp *sdp, bool wide)
{
    static char text[SDP_MAX + 4096];
    struct sdp_local local = {.host = {S("192.0.2.1"), SIP_HOST_IPV4},
                              .mki = true,
                              .port = 4000,
                              .suites = 0x3e,
                              .codecs = 0x3e,
                              .dir = SDP_SENDRECV};
    struct sdp_session s;
    struct sdp_dtls dtls;
    struct sdp_ice ice;

    must(sdp_session_init(&s, env) == 0);
    if (wide)
        widen(&s, &dtls, &ice);
    for (int round = 0; round < 3; round++) {
        enum sdp_state before = s.state;
        struct out o = out_of(text, sizeof(text));
        int ret;

        if (round == 1) {
            must(sdp_offer_make(&s, &local, &o) == 0);
            check_text(pool, out_slice(&o));
            ret = sdp_offer_answered(&s, sdp);
        } else {
            ret = sdp_offer_answer(&s, &local, sdp, &o);
            if (!ret)
                check_text(pool, out_slice(&o));
        }
        check_session(&s, ret, before);
    }
    sdp_session_clear(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct env env = {
        .alloc = target_alloc, .free = target_free, .rand = count};
    struct arena_pool pool;
    struct arena arena;
    struct sdp sdp;
    struct sdp_parse_err err;

    arena_pool_init(&pool, &env);
    arena_init(&arena, &pool);
    if (!sdp_parse(&sdp, &arena, slice_of(data, size), &err)) {
        negotiate(&pool, &env, &sdp, false);
        negotiate(&pool, &env, &sdp, true);
    } else {
        must(err.code != SDP_FAULT_none && err.offset <= size);
    }
    arena_reset(&arena);
    arena_pool_free(&pool);
    return 0;
}
