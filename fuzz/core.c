/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: the whole core; commands, bytes, flow deaths, time, no memory. */
#include <stdio.h>
#include <string.h>

#include "fuzz/mutate.h"
#include "fuzz/within.h"
#include "fuzz/world.h"
#include "sip/base/err.h"
#include "sip/msg.h"
#include "ua/account.h"
#include "ua/core.h"
#include "ua/message.h"
#include "ua/reference.h"
#include "ua/sub.h"

/* -------------------------------------------------------------- outputs */

static void on_send(struct world *w, uint64_t flow, struct slice text)
{
    struct sip_parse_err fault;
    struct sip_msg msg;
    int err;

    must(flows_up(&w->flows, flow));
    if (text.n <= 4)
        return; /* ping or pong */
    w->flows.last = flow;
    w->mem.fail_at = -1;
    err = sip_msg_parse(&msg, &w->arena, text, &fault);
    must(!err); /* what we write we can read */
    must(!memchr(text.p, 0, text.n));
    if (msg.request && text.n < TEXT) {
        memcpy(w->request, text.p, text.n);
        w->request_n = text.n;
    }
    if (msg.request && msg.method == SIP_INVITE && text.n < TEXT) {
        memcpy(w->invite, text.p, text.n);
        w->invite_n = text.n;
    }
    w->rseq = msg.rseq ? msg.rseq : w->rseq;
    if (!msg.request && msg.to.tag.n && msg.to.tag.n < sizeof(w->tag))
        snprintf(w->tag, sizeof(w->tag), "%.*s", (int)msg.to.tag.n,
                 msg.to.tag.p);
    arena_reset(&w->arena);
}

/* A REFER of no call; done, failed and unknown are its last word. */
static void on_reference(struct world *w, const struct ua_out *out)
{
    struct known *k = find(w, out->reference);

    must(k != NULL && !out->call);
    if (k && out->event.state >= SIPLOCK_TRANSFER_DONE)
        free_id(w, k);
}

static void on_event(struct world *w, const struct ua_out *out)
{
    struct known *k = find(w, out->call);

    if (out->event.type == SIPLOCK_EVENT_TRANSFER && out->reference)
        on_reference(w, out);
    if (!out->call)
        return;
    must(k != NULL); /* nothing after the last one */
    if (out->event.type == SIPLOCK_EVENT_CALL_STATE &&
        out->event.state == SIPLOCK_CALL_ENDED)
        must(k->ended++ == 0);
    if (out->event.type == SIPLOCK_EVENT_MESSAGE_STATE ||
        (out->event.type == SIPLOCK_EVENT_SUBSCRIPTION_STATE &&
         out->event.state == SIPLOCK_SUBSCRIPTION_ENDED &&
         !out->event.notifier))
        free_id(w, k);
    if (out->event.type != SIPLOCK_EVENT_CALL_ENDED)
        return;
    must(k->ended == 1 && !k->opened);
    free_id(w, k);
}

static void on_media(struct world *w, const struct ua_out *out)
{
    struct known *k = find(w, out->call);

    must(k != NULL);
    switch ((int)out->kind) {
    case UA_OUT_MEDIA_OPEN:
        must(!k->closing); /* again: to another address */
        k->opened = true;
        break;
    case UA_OUT_MEDIA_SET:
        must(k->opened && !k->closing);
        must(policy_media_view(w->policy, out->media) != NULL);
        must(out->config.codec != NULL);
        break;
    case UA_OUT_MEDIA_CLOSE:
        must(k->opened && !k->closing);
        k->closing = true;
        break;
    default:
        break;
    }
}

static void perform(struct world *w, const struct ua_out *out)
{
    switch (out->kind) {
    case UA_OUT_DIAL:
        must(policy_peer_view(w->policy, out->ticket) != NULL);
        flows_dial(&w->flows, out->flow);
        break;
    case UA_OUT_SEND:
        on_send(w, out->flow, out->text);
        break;
    case UA_OUT_HANGUP:
        flows_end(&w->flows, out->flow);
        break;
    case UA_OUT_PASSWORD:
        (void)ua_core_password(w->core, w->now, out->account,
                               byte(w) % 4 ? S("open sesame") : S(""));
        break;
    case UA_OUT_EVENT:
        on_event(w, out);
        break;
    case UA_OUT_MEDIA_OPEN:
    case UA_OUT_MEDIA_SET:
    case UA_OUT_MEDIA_DTMF:
    case UA_OUT_MEDIA_CLOSE:
        on_media(w, out);
        break;
    case UA_OUT_FORGET:
    case UA_OUT_QUERY:
    case UA_OUT_UNQUERY:
        break;
    }
}

static void pull(struct world *w)
{
    struct ua_out out;
    unsigned n = 0;

    while (ua_core_next(w->core, &out)) {
        perform(w, &out);
        ua_out_release(&w->env, &out);
        must(++n < 4096); /* bounded */
    }
}

/* ---------------------------------------------------------- what happens */

static void hear(struct world *w, struct slice text)
{
    static char twisted[2 * TEXT];
    char *copy; /* of its own size, so that a tool sees an overread */
    uint64_t flow = flows_answer(&w->flows);

    if (!flow)
        return;
    if (w->twist && text.n <= sizeof(twisted)) {
        size_t n;

        memcpy(twisted, text.p ? text.p : "", text.n);
        n = mutate_sip(twisted, text.n, sizeof(twisted), w->twist);
        if (n)
            text = slice_of(twisted, n);
        w->twist = 0;
    }
    copy = malloc(text.n ? text.n : 1);
    memcpy(copy, text.p ? text.p : "", text.n);
    ua_core_bytes(w->core, w->now, flow, slice_of(copy, text.n));
    free(copy);
}

static const char *body_of(struct world *w, char *text, size_t cap)
{
    unsigned drawn[3] = {byte(w), 0, 0};

    if (drawn[0] % 8 == 7)
        return "";
    drawn[1] = byte(w);
    drawn[2] = byte(w);
    return within_sdp(text, cap, drawn);
}

/* The last request, or the last INVITE, is answered. */
static void respond(struct world *w)
{
    bool invite = byte(w) & 1 && w->invite_n;
    struct sip_parse_err fault;
    struct sip_msg msg;
    char text[TEXT], sdp[1024];
    struct within how = {byte(w), byte(w), 0, 0};
    const char *body = how.how & 4 ? body_of(w, sdp, sizeof(sdp)) : "";
    int n;

    if ((!invite && !w->request_n) ||
        sip_msg_parse(&msg, &w->arena,
                      invite ? slice_of(w->invite, w->invite_n)
                             : slice_of(w->request, w->request_n),
                      &fault))
        return;
    n = within_respond(text, sizeof(text), &msg, &how, body);
    arena_reset(&w->arena);
    if (n > 0 && n < TEXT)
        hear(w, slice_of(text, (size_t)n));
}

static void request(struct world *w)
{
    char text[TEXT], sdp[1024];
    struct within how = {byte(w), byte(w), 0, w->rseq};
    const char *body = how.how & 1 ? body_of(w, sdp, sizeof(sdp)) : "";
    int n;

    how.cseq = byte(w);
    n = within_request(text, sizeof(text), w->tag, &how, body);
    if (n > 0 && n < TEXT)
        hear(w, slice_of(text, (size_t)n));
}

static void media(struct world *w)
{
    struct known *k = any(w);
    struct media_event e = {.kind = (enum media_event_kind)(1 + byte(w) % 9),
                            .local = {4, {192, 0, 2, 7}, 30000},
                            .dtmf = {'1', 100}};

    if (!k->id || !k->opened)
        return;
    if (e.kind == MEDIA_EVENT_CLOSED && !k->closing)
        return;
    if (e.kind == MEDIA_EVENT_CLOSED)
        k->opened = false;
    ua_core_media(w->core, w->now, k->id, &e);
}

static void call(struct world *w)
{
    static const char *const targets[] = {"sip:bob@example.test", "tel:+1-212",
                                          "sips:bob@b.test",
                                          "sip:b@b.test;transport=udp"};
    struct ua_terms terms = {0};
    struct sip_uri uri;
    enum policy_why why;
    uint64_t id;
    unsigned how;

    must(!sip_uri_parse(&uri, slice_cstr(targets[byte(w) % 4]), NULL));
    if (new_id(w, &id))
        return;
    how = byte(w);
    terms.no_offer = (how & 1) != 0;
    terms.reliable = (how & 2) != 0;
    terms.update = (how & 4) != 0;
    terms.follow = (how & 8) != 0;
    terms.anonymous = (how & 16) != 0;
    if (ua_core_call_start(w->core, w->now,
                           &(struct ua_dial){id, ACCOUNT, &uri, &terms}, &why))
        free_id(w, find(w, id));
}

static void wish(struct world *w)
{
    struct known *k = any(w);
    struct ua_wish wish = {.status = 300 + byte(w), .digit = '1', .ms = 100};
    int kind = (int)(byte(w) % (UA_WISH_DECLINE + 1));

    memcpy(&wish.kind, &kind, sizeof(wish.kind));
    wish.other = w->call[kind].id;
    if (!wish.other)
        wish.target = S("sip:carol@example.test");
    (void)ua_core_call_wish(w->core, w->now, k->id, &wish);
}

static void flow_up(struct world *w)
{
    unsigned drawn = byte(w);
    uint64_t flow = flows_any(&w->flows, drawn >> 1, false);
    uint8_t here = (uint8_t)(drawn & 1 ? 7 : 8);
    const struct ua_flow_facts facts = {.local = {4, {192, 0, 2, here}, 40000},
                                        .remote = {4, {192, 0, 2, 1}, 5061},
                                        .name = S("example.test"),
                                        .tls = S("TLSv1.3"),
                                        .suite = S("x")};

    if (!flow)
        return;
    flows_set_up(&w->flows, flow);
    ua_core_flow_up(w->core, w->now, flow, &facts);
}

static void flow_down(struct world *w)
{
    unsigned drawn = byte(w);
    uint64_t flow = flows_some(&w->flows, drawn >> 2, drawn & 2);
    struct cause cause;

    if (!flow)
        return;
    cause_set(&cause, drawn & 1 ? CAUSE_connect_reset : CAUSE_cert_expired);
    flows_end(&w->flows, flow);
    ua_core_flow_down(w->core, w->now, flow, &cause);
}

static void wait(struct world *w)
{
    int64_t ms = (int64_t)1 << byte(w) % 21;

    w->now.boot += ms;
    w->now.mono += ms;
    ua_core_tick(w->core, w->now);
}

static void within(struct world *w)
{
    struct within how = {byte(w), byte(w), byte(w), 0};
    struct sip_parse_err fault;
    struct sip_msg msg;
    char text[TEXT];
    int n;

    if (!w->request_n ||
        sip_msg_parse(&msg, &w->arena, slice_of(w->request, w->request_n),
                      &fault))
        return;
    n = within_write(text, sizeof(text), &msg, &how);
    arena_reset(&w->arena);
    if (n > 0 && n < TEXT)
        hear(w, slice_of(text, (size_t)n));
}

static void usage(struct world *w, bool message)
{
    static const char *const targets[] = {"sip:bob@example.test", "tel:+1-2",
                                          "sip:b@b.test;transport=udp"};
    struct slice target = slice_cstr(targets[byte(w) % 3]);
    /* One of those may be answered by several. */
    struct slice package = byte(w) & 1 ? S("dialog") : S("x");
    enum policy_why why;
    uint64_t id;
    int err;

    if (new_id(w, &id))
        return;
    if (message)
        err = ua_core_message(
            w->core, w->now,
            &(struct ua_message_ask){id, ACCOUNT, target, S("text/plain"),
                                     slice_of("hello", byte(w) % 6)},
            &why);
    else
        err = ua_core_subscribe(w->core, w->now,
                                &(struct ua_sub_ask){.id = id,
                                                     .account = ACCOUNT,
                                                     .target = target,
                                                     .package = package,
                                                     .expires = byte(w) * 10u},
                                &why);
    if (err)
        free_id(w, find(w, id));
}

static void refer(struct world *w)
{
    struct ua_reference_ask ask = {.account = ACCOUNT,
                                   .at = S("sip:bob@example.test"),
                                   .target = S("sip:carol@example.test"),
                                   .call = any(w)->id,
                                   .quiet = byte(w) & 1};
    enum policy_why why;

    if (byte(w) & 1)
        ask.call = 0;
    if (new_id(w, &ask.id))
        return;
    if (ua_core_refer(w->core, w->now, &ask, &why))
        free_id(w, find(w, ask.id));
}

static void account(struct world *w)
{
    switch (byte(w) % 10) {
    case 0:
        (void)ua_core_account_remove(w->core, w->now, ACCOUNT);
        break;
    case 1:
        usage(w, false);
        break;
    case 2:
        usage(w, true);
        break;
    case 3:
        (void)ua_core_unsubscribe(w->core, w->now, any(w)->id);
        break;
    case 4:
    case 5:
        within(w);
        break;
    case 6:
        refer(w);
        break;
    case 7:
        (void)ua_core_reference_decide(w->core, w->now, any(w)->id,
                                       byte(w) & 1);
        break;
    default:
        (void)ua_core_account_refresh(w->core, w->now, ACCOUNT);
        break;
    }
}

/* Bytes as they are drawn; none: the next message is changed (mutate.h). */
static void listen(struct world *w)
{
    unsigned n = byte(w);

    if (n)
        hear(w, take(w, n));
    else
        w->twist = 1 + byte(w);
}

static void step(struct world *w)
{
    switch (byte(w) % 16) {
    case 0:
        flow_down(w);
        break;
    case 1:
        wait(w);
        break;
    case 2:
        listen(w);
        break;
    case 3:
        call(w);
        break;
    case 4:
        account(w);
        break;
    case 5:
        ua_core_net(w->core, w->now, (enum ua_net_event)(byte(w) % 3));
        break;
    case 6:
        oom_arm(&w->mem, (long)byte(w) % 32, 0);
        break;
    case 7:
    case 8:
        flow_up(w);
        break;
    case 9:
    case 10:
        media(w);
        break;
    case 11:
    case 12:
        request(w);
        break;
    case 13:
        wish(w);
        break;
    default:
        respond(w);
        break;
    }
}

/* --------------------------------------------------------- birth and end */

static void add(struct world *w, uint64_t id, const char *aor,
                const struct siplock_account_config *like)
{
    struct siplock_account_config config = *like;
    struct ua_account *acc;
    struct cause why;

    config.aor = aor;
    must(!ua_account_new(&acc, &w->env, POLICY_LEGACY_PBX, &config, &why));
    ua_account_trust(acc, (struct tls_cred *)(uintptr_t)w);
    must(!ua_core_account_add(w->core, w->now, id, acc));
}

static void start(struct world *w)
{
    unsigned first = byte(w);
    static const char *const address[] = {"192.0.2.1:5061", "192.0.2.2:5061"};
    const struct siplock_account_config config = {
        .size = sizeof(config),
        .address = address,
        .addresses = 2,
        .no_register = (int)(first & 1),
        .transfers = (int)((first >> 1) % 3),
        .refers = (int)((first >> 2) % 3),
        .share_flow = (int)(first >> 3 & 1),
        .flows = (int)(first >> 5 & 1) + 1,
    };
    struct ua_core_config core = {
        .env = &w->env, .call_id = new_id, .call_id_user = w};

    arena_pool_init(&w->pool, &w->env);
    arena_init(&w->arena, &w->pool);
    idtab_init(&w->ids, &w->env, 1024);
    must(!policy_new(&w->policy, &w->env, POLICY_LEGACY_PBX));
    core.policy = w->policy;
    must(!ua_core_new(&w->core, &core));
    add(w, ACCOUNT, "sip:alice@example.test", &config);
    if (first >> 4 & 1)
        add(w, ACCOUNT + 1, "sip:bob@example.test", &config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;

    memset(&w, 0, sizeof(w));
    w.env = (struct env){.rand = chance, .md = mix};
    oom_init(&w.mem, &w.env);
    w.now = (struct now){1000, 1000, 1000};
    w.in = cursor_of(slice_of(data, size));
    start(&w);
    pull(&w);
    for (int i = 0; i < STEPS_MAX && w.in.p < w.in.end; i++, pull(&w)) {
        step(&w);
        w.mem.fail_at = -1;
    }
    ua_core_free(w.core);
    policy_free(w.policy);
    idtab_free(&w.ids);
    arena_reset(&w.arena);
    arena_pool_free(&w.pool);
    must(w.mem.live == 0);
    return 0;
}
