/* SPDX-License-Identifier: Apache-2.0 */
/* What of a peer's description can be agreed to, and what is refused. */
#ifndef SDP_JUDGE_H
#define SDP_JUDGE_H

#include "sdp/offer.h"

/* What a description leads to: copies, so that what is refused changes
 * nothing. It may not move between begin and end. */
struct sdp_judged {
    const struct sdp *sdp; /* the peer's */
    struct sdp_agreed *next;
    struct sdp_dtls *dtls; /* of the session's; NULL where it has none */
    struct sdp_ice *ice;
    /* Of an offer: for what of ours begins anew. */
    char tls_id[SDP_TLS_ID_N], ufrag[SDP_UFRAG_N], pwd[SDP_PWD_N];
    struct sdp_dtls own_dtls;
    struct sdp_ice own_ice;
};
/* ------------------------------------------------------- sdp/judged.c */
void sdp_judged_begin(struct sdp_judged *to, const struct sdp_session *s);
/* Names of ours for an answer. E_RANDOM. */
int sdp_judged_fresh(struct sdp_judged *to, const struct env *env);
/* What it led to is the session's. */
void sdp_judged_take(struct sdp_session *s, const struct sdp_judged *to);
void sdp_judged_end(struct sdp_judged *to); /* wipes it */

/* -------------------------------------------------------- sdp/judge.c */

bool sdp_judge_is_dtls(enum sdp_profile profile);

/*
 * Both fill *to from the peer's medium m, but for tx and version of what is
 * agreed, and give SDP_REFUSED_none or why not. The session is not changed;
 * to->next may hold a key either way.
 */
enum sdp_refusal sdp_judge_offer(const struct sdp_session *s,
                                 const struct sdp_local *local,
                                 const struct sdp_media *m,
                                 struct sdp_judged *to);
enum sdp_refusal sdp_judge_answer(const struct sdp_session *s,
                                  const struct sdp_media *m,
                                  struct sdp_judged *to);

#endif
