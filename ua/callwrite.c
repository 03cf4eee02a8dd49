/* SPDX-License-Identifier: Apache-2.0 */
/* Writing what calls send; keeping and reading again what they sent. */
#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/flow.h"
#include "ua/receive.h"
#include "ua/request.h"

int ua_callwrite_reread(const struct ua_call *c, struct slice text,
                        struct sip_msg *msg)
{
    struct sip_parse_err fault = {0};

    return sip_msg_parse(msg, &c->acc->core->arena, text, &fault);
}

void ua_callwrite_drop(const struct ua_call *c, struct slice *text)
{
    if (text->p)
        secret_wipe((void *)(uintptr_t)text->p, text->n);
    env_drop(c->acc->env, text);
}

int ua_callwrite_send(struct ua_call *c, const struct out *o,
                      struct slice *kept)
{
    struct slice copy = {0};
    int err = o->err;

    if (!err && kept)
        err = env_copy(c->acc->env, &copy, out_slice(o));
    if (!err) {
        err = ua_flow_send(c->acc->flow, out_slice(o));
        if (kept && (!err || err == E_STATE)) {
            ua_callwrite_drop(c, kept);
            *kept = copy;
        } else {
            ua_callwrite_drop(c, &copy);
        }
    }
    if (!err)
        c->acc->core->counts.messages_out++;
    return err;
}

void ua_callwrite_contact(struct out *o, const struct ua_call *c)
{
    ua_binding_put_contact(o, c->acc, c->secure, c->terms.anonymous);
}

/* What an INVITE takes over (RFC 3891), and at whose wish (RFC 3892). */
static void put_takeover(struct out *o, const struct ua_call *c)
{
    if (c->replaces.n) {
        sip_write_hdr(o, SIP_HDR_REQUIRE, S("replaces"));
        sip_write_hdr(o, SIP_HDR_REPLACES, c->replaces);
    }
    if (c->referred_by.n)
        sip_write_hdr(o, SIP_HDR_REFERRED_BY, c->referred_by);
}

const struct ua_sid *ua_callwrite_sid(const struct ua_call *c)
{
    return c->chosen >= 0 ? &c->leg_sid[c->chosen] : &c->sid;
}

void ua_callwrite_able(struct out *o, const struct ua_call *c,
                       const struct ua_sid *sid)
{
    ua_sid_put(o, sid);
    ua_request_put_able(o, c->acc);
}

void ua_callwrite_end(struct out *o, const struct ua_call *c,
                      const struct ua_sid *sid, struct slice sdp)
{
    ua_callwrite_able(o, c, sid);
    sip_write_body(o, sdp.n ? S("application/sdp") : slice_of(NULL, 0), sdp);
}

/* RFC 3323 4.1.1.3 */
static struct sip_uri nobody(void)
{
    return (struct sip_uri){.scheme = SIP_SCHEME_SIP,
                            .has_user = true,
                            .user = S("anonymous"),
                            .host = {S("anonymous.invalid"), SIP_HOST_NAME}};
}

/* The edge, which knows us, may assert who we are and hide it from others
 * (RFC 3325 9.2, 9.3). */
static void put_privacy(struct out *o, const struct ua_call *c)
{
    struct sip_uri us = ua_request_aor(c->acc);
    const struct sip_waddr addr = {.uri = &us};
    struct slice privacy = slice_cstr(c->terms.privacy);

    if (c->terms.anonymous)
        sip_write_addr(o, SIP_HDR_P_PREFERRED_IDENTITY, &addr);
    if (c->terms.anonymous && !privacy.n)
        privacy = S("id");
    if (privacy.n)
        sip_write_hdr(o, SIP_HDR_PRIVACY, privacy);
    if (c->terms.uui[0])
        sip_write_named(o, S("User-to-User"), slice_cstr(c->terms.uui));
}

static void put_people(struct out *o, const struct ua_call *c)
{
    struct sip_uri to = c->called; /* 8.1.3.4: as it was dialled */
    struct sip_uri from =
        c->terms.anonymous ? nobody() : ua_request_aor(c->acc);
    const struct sip_param tag = {S("tag"), slice_of(c->tag, sizeof(c->tag)),
                                  true};
    const struct sip_waddr us = {
        .display = c->terms.anonymous ? S("Anonymous") : slice_of(NULL, 0),
        .uri = &from,
        .params = &tag,
        .nparams = 1};
    struct sip_waddr them = {.uri = &to};

    if (to.headers.n) { /* not in To, nor in the Request-URI (19.1.1) */
        to.text = slice_between(to.text.p, to.headers.p - 1);
        to.headers = slice_of(NULL, 0);
    }
    sip_write_addr(o, SIP_HDR_FROM, &us);
    sip_write_addr(o, SIP_HDR_TO, &them);
}

int ua_callwrite_invite(struct ua_call *c, struct out *o,
                        const struct ua_txn *txn, struct slice sdp)
{
    struct sip_digest *digest = &c->acc->digest;
    struct sip_uri target = c->target;
    struct ua_hop h;
    const struct sip_dialog_hop *hop =
        ua_request_hop(&h, c->acc, ua_txn_branch(txn));
    int err = 0;

    if (target.headers.n) {
        target.text = slice_between(target.text.p, target.headers.p - 1);
        target.headers = slice_of(NULL, 0);
    }
    sip_write_request(o, S("INVITE"), &target);
    sip_write_via(o, hop->host, hop->port, hop->branch);
    ua_binding_put_route(o, c->acc, c->secure);
    sip_write_u32(o, SIP_HDR_MAX_FORWARDS, 70);
    put_people(o, c);
    sip_write_hdr(o, SIP_HDR_CALL_ID, c->call_id);
    sip_write_cseq(o, c->cseq, S("INVITE"));
    ua_callwrite_contact(o, c);
    ua_expiry_put(o, c);
    put_takeover(o, c);
    sip_write_hdr(o, SIP_HDR_RECV_INFO, slice_of("", 0)); /* RFC 6086 5.2.3 */
    if (!o->err && sip_digest_ready(digest))
        err = sip_digest_write(digest, o, S("INVITE"), target.text, sdp);
    sip_write_named(o, S("Max-Breadth"), S("60")); /* 5393 5.3.4 */
    put_privacy(o, c);
    if (c->terms.reliable)
        sip_write_hdr(o, SIP_HDR_REQUIRE, S("100rel"));
    ua_callwrite_end(o, c, &c->sid, sdp);
    return err ? err : o->err;
}
