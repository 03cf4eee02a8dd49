/* SPDX-License-Identifier: Apache-2.0 */
/* What of a peer's description can be agreed to, and what is refused. */
#ifndef SDP_JUDGE_H
#define SDP_JUDGE_H

#include "sdp/offer.h"

/*
 * Both fill *next from the peer's medium m, but for tx and version, and give
 * SDP_REFUSED_none or why not. The session is not changed; *next may hold a
 * key either way.
 */
enum sdp_refusal sdp_judge_offer(const struct sdp_session *s,
                                 const struct sdp_local *local,
                                 const struct sdp_media *m,
                                 struct sdp_agreed *next);
enum sdp_refusal sdp_judge_answer(const struct sdp_session *s,
                                  const struct sdp_media *m,
                                  struct sdp_agreed *next);

#endif
