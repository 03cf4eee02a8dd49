/* SPDX-License-Identifier: Apache-2.0 */
/* The copies of DTLS and ICE that a description is judged on. */
#include "sdp/judge.h"

void sdp_judged_begin(struct sdp_judged *to, const struct sdp_session *s)
{
    to->dtls = NULL;
    to->ice = NULL;
    if (s->dtls) {
        to->own_dtls = *s->dtls;
        to->dtls = &to->own_dtls;
    }
    if (s->ice) {
        to->own_ice = *s->ice;
        to->ice = &to->own_ice;
    }
}

int sdp_judged_fresh(struct sdp_judged *to, const struct env *env)
{
    int err = to->dtls ? sdp_dtls_id(to->tls_id, env) : 0;

    if (!err && to->ice)
        err = sdp_ice_names(to->ufrag, to->pwd, env);
    return err;
}

void sdp_judged_take(struct sdp_session *s, const struct sdp_judged *to)
{
    if (to->dtls)
        *s->dtls = *to->dtls;
    if (to->ice)
        *s->ice = *to->ice;
}

void sdp_judged_end(struct sdp_judged *to)
{
    if (to->ice)
        sdp_ice_clear(to->ice);
    secret_wipe(to->pwd, sizeof(to->pwd));
}
