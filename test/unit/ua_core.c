/* SPDX-License-Identifier: Apache-2.0 */
/* The core against a scripted server: what it says to what it hears. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "sip/base/log.h"
#include "sip/msg.h"
#include "test/oom.h"
#include "tls/crypto.h"
#include "ua/account.h"
#include "ua/core.h"

enum { ID = 1, SENT_MAX = 64, EVENTS_MAX = 64 };
static const uint64_t account = (uint64_t)1 << 32 | ID;

/* The driver: keeps what the core said. */
struct bench {
    struct oom mem;
    struct env env;
    struct log log;
    struct policy *policy;
    struct ua_core *core;
    struct arena_pool pool;
    struct arena arena;
    struct now now;
    uint64_t flow;
    bool up;
    char *sent[SENT_MAX];
    unsigned sents;
    struct ua_event event[EVENTS_MAX];
    unsigned events;
    unsigned hangups, dials, forgets, asked;
    const char *password;
    char logged[65536];
    size_t logged_n;
};

static void sink(void *user, enum log_level level, struct slice line)
{
    struct bench *b = user;

    (void)level;
    if (b->logged_n + line.n + 1 > sizeof(b->logged))
        return;
    memcpy(b->logged + b->logged_n, line.p, line.n);
    b->logged_n += line.n;
    b->logged[b->logged_n++] = '\n';
}

static int ask(void *user, siplock_account a, struct siplock_str realm,
               char *text, size_t cap, size_t *n)
{
    (void)user, (void)a, (void)realm, (void)text, (void)cap, (void)n;
    return -1;
}

static void up(struct bench *b)
{
    const struct ua_flow_facts facts = {
        .local = {4, {192, 0, 2, 7}, 40000},
        .remote = {4, {192, 0, 2, 1}, 5061},
        .name = S("example.test"),
        .tls = S("TLSv1.3"),
        .suite = S("TLS1-3-AES-256-GCM-SHA384"),
    };

    b->up = true;
    ua_core_flow_up(b->core, b->now, b->flow, &facts);
}

static void perform(struct bench *b, const struct ua_out *out)
{
    switch (out->kind) {
    case UA_OUT_DIAL:
        assert_non_null(policy_peer_view(b->policy, out->ticket));
        b->flow = out->flow;
        b->dials++;
        b->up = false;
        break;
    case UA_OUT_SEND:
        assert_true(b->up);
        assert_true(b->sents < SENT_MAX);
        b->sent[b->sents] = calloc(1, out->text.n + 1);
        memcpy(b->sent[b->sents++], out->text.p, out->text.n);
        break;
    case UA_OUT_HANGUP:
        b->hangups++;
        b->up = false;
        break;
    case UA_OUT_PASSWORD:
        b->asked++;
        (void)ua_core_password(b->core, b->now, out->account,
                               slice_cstr(b->password));
        break;
    case UA_OUT_EVENT:
        if (b->events < EVENTS_MAX)
            b->event[b->events++] = out->event;
        break;
    case UA_OUT_FORGET:
        b->forgets++;
        break;
    case UA_OUT_QUERY:
    case UA_OUT_UNQUERY:
        fail_msg("an explicit address needs no DNS");
    }
}

static void pull(struct bench *b)
{
    struct ua_out out;

    while (ua_core_next(b->core, &out)) {
        perform(b, &out);
        ua_out_release(&b->env, &out);
    }
}

static void hear(struct bench *b, const char *text)
{
    /* Exact size, so that a read beyond the end is seen. */
    size_t n = strlen(text);
    char *copy = malloc(n ? n : 1);

    memcpy(copy, text, n);
    ua_core_bytes(b->core, b->now, b->flow, slice_of(copy, n));
    free(copy);
    pull(b);
}

static void wait_ms(struct bench *b, int64_t ms)
{
    b->now.boot += ms;
    b->now.mono += ms;
    ua_core_tick(b->core, b->now);
    pull(b);
}

static void start(struct bench *b,
                  const struct siplock_account_config *changes)
{
    static const char *address = "192.0.2.1:5061";
    struct siplock_account_config config = *changes;
    struct ua_core_config core = {.env = &b->env};
    struct ua_account *acc;
    struct cause why;

    memset(b, 0, sizeof(*b));
    b->env = (struct env){
        .rand = tls_crypto_rand, .md = tls_crypto_md, .log = &b->log};
    oom_init(&b->mem, &b->env);
    b->log = (struct log){.level = LOG_DEBUG, .sink = sink, .user = b};
    b->password = "open sesame";
    b->now = (struct now){1000, 1000, 1000};
    arena_pool_init(&b->pool, &b->env);
    arena_init(&b->arena, &b->pool);
    assert_int_equal(policy_new(&b->policy, &b->env, POLICY_LEGACY_PBX), 0);
    core.policy = b->policy;
    core.user_agent = S("bench");
    assert_int_equal(ua_core_new(&b->core, &core), 0);
    config.size = sizeof(config);
    if (!config.aor)
        config.aor = "sip:alice@example.test";
    if (!config.password && !config.ha1)
        config.password = ask;
    config.address = &address;
    config.addresses = 1;
    assert_int_equal(
        ua_account_new(&acc, &b->env, POLICY_LEGACY_PBX, &config, &why), 0);
    ua_account_trust(acc, (struct tls_cred *)(uintptr_t)b);
    assert_int_equal(ua_core_account_add(b->core, b->now, account, acc), 0);
    pull(b);
}

static void begin(struct bench *b)
{
    start(b, &(struct siplock_account_config){0});
    up(b);
    pull(b);
}

static void finish(struct bench *b)
{
    ua_core_free(b->core);
    policy_free(b->policy);
    arena_reset(&b->arena);
    arena_pool_free(&b->pool);
    for (unsigned i = 0; i < b->sents; i++)
        free(b->sent[i]);
    assert_int_equal(b->mem.live, 0);
}

/* The last message sent, read strictly by our own parser. */
static struct sip_msg last(struct bench *b)
{
    struct sip_parse_err fault;
    struct sip_msg msg;
    unsigned i = b->sents;

    while (i > 0 && b->sent[i - 1][0] == '\r') /* pings and pongs */
        i--;
    assert_true(i > 0);
    assert_int_equal(
        sip_msg_parse(&msg, &b->arena, slice_cstr(b->sent[i - 1]), &fault), 0);
    return msg;
}

static const struct ua_event *last_event(const struct bench *b, int type)
{
    for (unsigned i = b->events; i > 0; i--)
        if (b->event[i - 1].type == type)
            return &b->event[i - 1];
    return NULL;
}

static int reg_state(const struct bench *b)
{
    const struct ua_event *e = last_event(b, SIPLOCK_EVENT_REGISTER_STATE);

    return e ? e->state : 0;
}

static enum cause_code reg_cause(const struct bench *b)
{
    return last_event(b, SIPLOCK_EVENT_REGISTER_STATE)->cause;
}

/* A response to the last request with these lines added. */
static void answer(struct bench *b, const char *status, const char *lines)
{
    struct sip_msg msg = last(b);
    char text[4096];

    snprintf(text, sizeof(text),
             "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s;tag=srv\r\n"
             "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n%sContent-Length: 0\r\n\r\n",
             status, (int)msg.via->text.n, msg.via->text.p,
             (int)msg.from.text.n, msg.from.text.p, (int)msg.to.text.n,
             msg.to.text.p, (int)msg.call_id.n, msg.call_id.p, msg.cseq.num,
             (int)msg.cseq.text.n, msg.cseq.text.p, lines);
    hear(b, text);
}

#define CHALLENGE(realm, nonce, more)                                       \
    "WWW-Authenticate: Digest realm=\"" realm "\",nonce=\"" nonce "\"" more \
    "\r\n"
#define SHA CHALLENGE("example.test", "n1", ",algorithm=SHA-256,qop=\"auth\"")
#define OK_CONTACT \
    "Contact: <sip:alice@192.0.2.7:40000;transport=tls>;expires=600\r\n"

static void register_well(struct bench *b)
{
    begin(b);
    answer(b, "401 Unauthorized", SHA);
    answer(b, "200 OK", OK_CONTACT);
    assert_int_equal(reg_state(b), SIPLOCK_REGISTER_REGISTERED);
}

/* ------------------------------------------------------- registration */

static void what_a_register_says(void **state)
{
    static struct bench b;
    struct sip_msg msg;

    (void)state;
    begin(&b);
    msg = last(&b);
    assert_int_equal(msg.method, SIP_REGISTER);
    assert_true(slice_eq(msg.uri.text, S("sip:example.test")));
    assert_true(slice_eq(msg.via->transport, S("TLS")));
    assert_null(msg.via->next);
    assert_true(slice_eq(msg.contact->addr.uri.text,
                         S("sip:alice@192.0.2.7:40000;transport=tls")));
    assert_true(msg.call_id.n >= 32); /* 128 random bits (hazard A-34) */
    assert_true(msg.from.tag.n >= 32);
    assert_int_equal(msg.expires, 3600);
    assert_null(msg.credentials);
    answer(&b, "401 Unauthorized", SHA);
    assert_int_equal(b.asked, 1);
    msg = last(&b);
    assert_non_null(msg.credentials);
    assert_true(slice_eq(msg.credentials->nc, S("00000001")));
    assert_int_equal(msg.cseq.num, 2);
    answer(&b, "200 OK", OK_CONTACT);
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    assert_int_equal(b.event[b.events - 1].expires, 600);
    /* Refreshed between 80 and 90 % of the time; credentials in advance. */
    for (int i = 0; i < 60 && last(&b).cseq.num == 2; i++) {
        wait_ms(&b, 10000);
        hear(&b, "\r\n"); /* pongs */
    }
    msg = last(&b);
    assert_int_equal(msg.cseq.num, 3);
    assert_true(slice_eq(msg.credentials->nc, S("00000002")));
    assert_true(b.now.boot - 1000 >= 480000 && b.now.boot <= 551000);
    finish(&b);
}

static void wrong_password(void **state)
{
    static struct bench b;

    (void)state;
    begin(&b);
    answer(&b, "401 Unauthorized", SHA);
    answer(&b, "401 Unauthorized",
           CHALLENGE("example.test", "n2", ",algorithm=SHA-256,qop=\"auth\""));
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_FAILED);
    assert_int_equal(reg_cause(&b), CAUSE_auth_wrong_password);
    assert_true(last_event(&b, SIPLOCK_EVENT_REGISTER_STATE)->retry_ms < 0);
    assert_int_equal(b.sents, 2);
    assert_int_equal(b.hangups, 1);
    finish(&b);
}

/* Stale is not wrong (the control), but it may not go on for ever. */
static void stale_for_ever(void **state)
{
    static struct bench b;

    (void)state;
    begin(&b);
    answer(&b, "401 Unauthorized", SHA);
    answer(&b, "401 Unauthorized",
           CHALLENGE("example.test", "n2",
                     ",algorithm=SHA-256,qop=\"auth\",stale=true"));
    assert_int_equal(b.sents, 3); /* two challenges a request */
    answer(&b, "401 Unauthorized",
           CHALLENGE("example.test", "n3",
                     ",algorithm=SHA-256,qop=\"auth\",stale=true"));
    assert_int_equal(b.sents, 3);
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_FAILED);
    finish(&b);
}

static void foreign_realm(void **state)
{
    static struct bench b;
    const struct siplock_account_config config = {.realm = "example.test"};

    (void)state;
    start(&b, &config);
    up(&b);
    pull(&b);
    answer(&b, "401 Unauthorized",
           CHALLENGE("evil.test", "n", ",algorithm=SHA-256,qop=\"auth\""));
    assert_int_equal(b.sents, 1); /* no digest for a stranger */
    assert_int_equal(b.asked, 0);
    assert_int_equal(reg_cause(&b), CAUSE_auth_unknown_realm);
    assert_int_equal(last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                     POLICY_digest_realm);
    finish(&b);
}

/* At modern MD5 and a missing qop are refused; at strict told. */
static void weak_digests(void **state)
{
    static const char *const weak[] = {
        CHALLENGE("example.test", "n", ",algorithm=MD5,qop=\"auth\""),
        CHALLENGE("example.test", "n", ",algorithm=SHA-256")};
    static const enum policy_why why[] = {POLICY_digest_md5,
                                          POLICY_digest_no_qop};
    static const char *const told[] = {"digest_md5", "digest_no_qop"};
    static struct bench b;
    struct siplock_account_config config = {0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        config.level = SIPLOCK_LEVEL_MODERN;
        start(&b, &config);
        up(&b);
        pull(&b);
        answer(&b, "401 Unauthorized", weak[i]);
        assert_int_equal(b.sents, 1);
        assert_int_equal(last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                         why[i]);
        finish(&b);
        config.level = SIPLOCK_LEVEL_STRICT;
        start(&b, &config);
        up(&b);
        pull(&b);
        answer(&b, "401 Unauthorized", weak[i]);
        answer(&b, "200 OK", OK_CONTACT);
        assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
        assert_string_equal(last_event(&b, SIPLOCK_EVENT_NOTICE)->notice,
                            told[i]);
        finish(&b);
    }
}

static void no_password(void **state)
{
    static struct bench b;

    (void)state;
    begin(&b);
    b.password = NULL;
    answer(&b, "401 Unauthorized", SHA);
    assert_int_equal(reg_cause(&b), CAUSE_auth_no_credentials);
    finish(&b);
}

static void refusals_have_causes(void **state)
{
    static const struct {
        const char *status;
        enum cause_code cause;
        bool again; /* it is tried again by itself, soon */
    } rows[] = {
        {"403 Forbidden", CAUSE_reg_forbidden, false},
        {"404 Not Found", CAUSE_reg_not_found, false},
        {"405 Method Not Allowed", CAUSE_reg_refused, false},
        {"408 Request Timeout", CAUSE_reg_timeout, true},
        {"480 Temporarily Unavailable", CAUSE_reg_server_error, true},
        {"500 Server Error", CAUSE_reg_server_error, true},
        {"503 Service Unavailable", CAUSE_reg_server_error, true},
        {"603 Decline", CAUSE_reg_refused, false},
        {"302 Moved", CAUSE_reg_refused, false},
    };
    static struct bench b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(&b);
        answer(&b, rows[i].status, "");
        assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_FAILED);
        assert_int_equal(reg_cause(&b), rows[i].cause);
        wait_ms(&b, 2500);
        assert_int_equal(b.sents, rows[i].again ? 2 : 1);
        finish(&b);
    }
}

static void redirects_are_not_followed(void **state)
{
    static struct bench b;

    (void)state;
    begin(&b);
    answer(&b, "302 Moved", "Contact: <sip:evil.test;transport=udp>\r\n");
    assert_int_equal(last_event(&b, SIPLOCK_EVENT_POLICY_REFUSED)->why,
                     POLICY_redirect_outside_domain);
    assert_int_equal(b.dials, 1);
    finish(&b);
}

static void retry_after_is_kept(void **state)
{
    static struct bench b;

    (void)state;
    begin(&b);
    answer(&b, "503 Busy", "Retry-After: 120\r\n");
    wait_ms(&b, 119000);
    hear(&b, "\r\n");
    assert_int_equal(last(&b).cseq.num, 1);
    wait_ms(&b, 2000);
    assert_int_equal(last(&b).cseq.num, 2);
    finish(&b);
}

static void interval_too_brief(void **state)
{
    static struct bench b;
    const struct siplock_account_config config = {.expires = 60};

    (void)state;
    start(&b, &config);
    up(&b);
    pull(&b);
    answer(&b, "423 Interval Too Brief", "Min-Expires: 900\r\n");
    assert_int_equal(last(&b).expires, 900);
    answer(&b, "423 Interval Too Brief", "Min-Expires: 1900\r\n");
    assert_int_equal(reg_cause(&b), CAUSE_reg_interval_too_brief);
    finish(&b);
    start(&b, &config);
    up(&b);
    pull(&b);
    answer(&b, "423 Interval Too Brief", "Min-Expires: 4000000000\r\n");
    assert_int_equal(reg_cause(&b), CAUSE_reg_interval_too_brief);
    finish(&b);
}

static void no_answer(void **state)
{
    static struct bench b;

    (void)state;
    begin(&b);
    for (int i = 0; i < 33; i++) {
        wait_ms(&b, 1000);
        hear(&b, "\r\n");
    }
    assert_int_equal(reg_cause(&b), CAUSE_reg_timeout);
    assert_int_equal(last_event(&b, SIPLOCK_EVENT_REGISTER_STATE)->status,
                     408);
    finish(&b);
}

static void unregisters(void **state)
{
    static struct bench b;

    (void)state;
    register_well(&b);
    assert_int_equal(ua_core_account_remove(b.core, b.now, account), 0);
    pull(&b);
    assert_int_equal(last(&b).expires, 0);
    assert_int_equal(b.forgets, 0);
    answer(&b, "200 OK", "");
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_ENDED);
    assert_int_equal(b.forgets, 1);
    assert_int_equal(ua_core_account_remove(b.core, b.now, account), E_GONE);
    assert_int_equal(ua_core_counts(b.core).timers, 0);
    finish(&b);
    register_well(&b); /* and when nobody answers */
    (void)ua_core_account_remove(b.core, b.now, account);
    pull(&b);
    wait_ms(&b, 1600);
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_ENDED);
    assert_int_equal(b.forgets, 1);
    finish(&b);
}

/* -------------------------------------------------------- keep-alive */

static void pings_and_pongs(void **state)
{
    static struct bench b;
    unsigned n;

    (void)state;
    register_well(&b);
    wait_ms(&b, 16000);
    assert_string_equal(b.sent[b.sents - 1], "\r\n\r\n");
    hear(&b, "\r\n");
    wait_ms(&b, 11000);
    assert_int_equal(b.hangups, 0); /* the control: it lives */
    wait_ms(&b, 110000);
    assert_string_equal(b.sent[b.sents - 1], "\r\n\r\n");
    wait_ms(&b, 11000); /* no pong, though this edge has sent one before */
    assert_int_equal(b.hangups, 1);
    assert_int_equal(b.dials, 2); /* at once */
    finish(&b);
    register_well(&b); /* their pings: answered, within reason */
    n = b.sents;
    for (int i = 0; i < 30; i++)
        hear(&b, "\r\n\r\n");
    assert_int_equal(b.sents - n, 20);
    finish(&b);
}

/* An edge that never answers CRLF is asked with OPTIONS. */
static void probes_when_no_pong(void **state)
{
    static struct bench b;

    (void)state;
    register_well(&b);
    wait_ms(&b, 16000);
    wait_ms(&b, 11000);
    assert_int_equal(last(&b).method, SIP_OPTIONS);
    answer(&b, "404 Not Found", ""); /* any answer shows life */
    wait_ms(&b, 33000);
    assert_int_equal(b.hangups, 0);
    for (int i = 0; i < 200 && b.hangups == 0; i++)
        wait_ms(&b, 1000);
    assert_int_equal(b.hangups, 1); /* no answer: dead */
    assert_int_equal(b.dials, 2);
    finish(&b);
}

static void a_reset_is_mended_at_once(void **state)
{
    static struct bench b;
    struct cause cause;

    (void)state;
    register_well(&b);
    wait_ms(&b, 15500);
    hear(&b, "\r\n");
    cause_set(&cause, CAUSE_connect_reset);
    b.up = false;
    ua_core_flow_down(b.core, b.now, b.flow, &cause);
    pull(&b);
    assert_int_equal(b.dials, 2);
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_TRYING);
    up(&b);
    pull(&b);
    assert_non_null(last(&b).credentials); /* in advance */
    answer(&b, "200 OK", OK_CONTACT);
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    finish(&b);
}

static void trust_failures_stop(void **state)
{
    static struct bench b;
    struct cause cause;

    (void)state;
    start(&b, &(struct siplock_account_config){0});
    cause_set_facts(&cause, CAUSE_cert_expired, S("on 2020-01-01"));
    ua_core_flow_down(b.core, b.now, b.flow, &cause);
    pull(&b);
    assert_int_equal(reg_cause(&b), CAUSE_cert_expired);
    assert_int_equal(b.sents, 0);
    wait_ms(&b, 200000);
    assert_int_equal(b.dials, 1);
    wait_ms(&b, 200000); /* the server may have renewed it by now */
    assert_int_equal(b.dials, 2);
    finish(&b);
}

/* ------------------------------------------------- what others send us */

#define REQUEST(method, uri, more)                                         \
    method " " uri " SIP/2.0\r\n"                                          \
           "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKx\r\n"                \
           "Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKy;rport=5060\r\n" \
           "From: <sip:bob@example.test>;tag=1\r\n"                        \
           "To: <sip:alice@example.test>\r\nCall-ID: c1\r\n"               \
           "CSeq: 1 " method "\r\nMax-Forwards: 70\r\n" more               \
           "Content-Length: 0\r\n\r\n"

static void requests_are_answered(void **state)
{
    static const struct {
        const char *text;
        unsigned status;
    } rows[] = {
        {REQUEST("OPTIONS", "sip:alice@192.0.2.7:40000;transport=tls", ""),
         200},
        {REQUEST("OPTIONS", "sip:mallory@192.0.2.7:40000", ""), 404},
        {REQUEST("OPTIONS", "sip:alice@192.0.2.7", "Require: magic\r\n"), 420},
        {REQUEST("INVITE", "sip:alice@192.0.2.7",
                 "Contact: <sip:bob@192.0.2.9>\r\n"),
         405},
        {REQUEST("NOTIFY", "sip:alice@192.0.2.7",
                 "Event: check-sync\r\nSubscription-State: active\r\n"
                 "Contact: <sip:bob@192.0.2.9>\r\n"),
         481},
        {REQUEST("BYE", "sip:alice@192.0.2.7", ""), 481},
        {REQUEST("FROBNICATE", "sip:alice@192.0.2.7", ""), 501},
        {REQUEST("ACK", "sip:alice@192.0.2.7", ""), 0},
        {REQUEST("OPTIONS", "sip:alice@192.0.2.7", "Max-Forwards: 70\r\n"),
         400}, /* twice */
    };
    static struct bench b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        register_well(&b);
        unsigned n = b.sents;

        hear(&b, rows[i].text);
        assert_int_equal(b.sents - n, rows[i].status ? 1 : 0);
        if (rows[i].status) {
            struct sip_msg msg = last(&b);

            assert_int_equal(msg.status, rows[i].status);
            /* Lower Vias are echoed as they came; nobody dials them. */
            assert_non_null(msg.via->next);
            assert_true(slice_eq(
                msg.via->next->text,
                S("SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKy;rport=5060")));
        }
        assert_int_equal(b.dials, 1);
        finish(&b);
    }
}

static void strays_are_dropped(void **state)
{
    static struct bench b;
    char text[1024];
    struct sip_msg msg;

    (void)state;
    begin(&b);
    msg = last(&b);
    /* Two Vias, a branch that is not ours, another method. */
    snprintf(text, sizeof(text),
             "SIP/2.0 200 OK\r\nVia: %.*s\r\nVia: SIP/2.0/TLS x\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\n"
             "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n",
             (int)msg.via->text.n, msg.via->text.p);
    hear(&b, text);
    hear(&b, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS x;branch=z9hG4bK1.0\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\n"
             "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n");
    snprintf(text, sizeof(text),
             "SIP/2.0 200 OK\r\nVia: %.*s\r\n"
             "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\n"
             "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
             (int)msg.via->text.n, msg.via->text.p);
    hear(&b, text);
    assert_int_equal(ua_core_counts(b.core).strays, 3);
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_TRYING);
    answer(&b, "200 OK", OK_CONTACT); /* the control */
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    finish(&b);
}

static void malformed_is_dropped_and_the_stream_goes_on(void **state)
{
    static struct bench b;

    (void)state;
    begin(&b);
    hear(&b, "SIP/2.0 999 What\r\nContent-Length: 0\r\n\r\n"
             "NONSENSE\r\nContent-Length: 3\r\n\r\nabc");
    assert_int_equal(ua_core_counts(b.core).malformed, 2);
    assert_int_equal(b.sents, 1);
    assert_non_null(strstr(b.logged, "message.malformed code="));
    answer(&b, "200 OK", OK_CONTACT);
    assert_int_equal(reg_state(&b), SIPLOCK_REGISTER_REGISTERED);
    finish(&b);
}

static void bad_framing_closes_the_flow(void **state)
{
    static const char *const rows[] = {
        "OPTIONS sip:a SIP/2.0\r\nTo: x\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nContent-Length: x\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nContent-Length: 1\r\nl: 1\r\n\r\n",
        "OPTIONS sip:a SIP/2.0\r\nContent-Length: 4294967296\r\n\r\n",
    };
    static struct bench b;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        register_well(&b);
        hear(&b, rows[i]);
        assert_int_equal(b.hangups, 1);
        assert_int_equal(b.dials, 2);
        assert_int_equal(reg_cause(&b), CAUSE_connect_framing);
        finish(&b);
    }
}

/* What a flow that is gone still brings is nobody's. */
static void old_flows_are_ignored(void **state)
{
    static struct bench b;
    uint64_t old;

    (void)state;
    register_well(&b);
    old = b.flow;
    ua_core_net(b.core, b.now, UA_NET_CHANGED);
    pull(&b);
    assert_true(b.flow != old);
    ua_core_bytes(b.core, b.now, old, S("OPTIONS"));
    ua_core_flow_down(b.core, b.now, old, &(struct cause){0});
    pull(&b);
    assert_int_equal(b.dials, 2);
    finish(&b);
}

/* --------------------------------------------------------------- logs */

static void the_log_holds_no_secret(void **state)
{
    static const char *const canaries[] = {"alice", "sesame", "Digest",
                                           "Authorization"};
    static struct bench b;

    (void)state;
    register_well(&b);
    hear(&b, REQUEST("OPTIONS", "sip:alice@192.0.2.7", ""));
    assert_non_null(strstr(b.logged, "request.sent")); /* it says much */
    assert_non_null(strstr(b.logged, "user=p:"));
    for (size_t i = 0; i < sizeof(canaries) / sizeof(canaries[0]); i++)
        assert_null(strstr(b.logged, canaries[i]));
    finish(&b);
}

/* ------------------------------------------------------- configuration */

static void bad_configurations(void **state)
{
    static const struct {
        struct siplock_account_config config;
        int err;
        const char *says;
    } rows[] = {
        {{.aor = "sip:alice@example.test"}, 0, ""}, /* the control */
        {{.aor = "sips:alice@example.test"}, 0, ""},
        {{.aor = "sip:alice@example.test", .outbound = "sip:e.test"}, 0, ""},
        {{.aor = "sip:alice@example.test",
          .outbound = "sip:e.test:5061;transport=TLS"},
         0,
         ""},
        {{.aor = NULL}, E_INVAL, "aor: missing"},
        {{.aor = "alice@example.test"}, E_INVAL, "aor"},
        {{.aor = "sip:example.test"}, E_INVAL, "aor"},
        {{.aor = "tel:+49301234"}, E_INVAL, "aor"},
        {{.aor = "sip:a:pw@example.test"}, E_INVAL, "aor"},
        {{.aor = "sip:a@example.test;transport=udp"}, E_POLICY, "UDP"},
        {{.aor = "sip:a@b.test", .outbound = "sip:e.test;transport=tcp"},
         E_POLICY,
         "TCP"},
        {{.aor = "sip:a@b.test", .outbound = "sip:e.test;transport=ws"},
         E_POLICY,
         "WebSocket"},
        {{.aor = "sip:a@b.test", .outbound = "http://e.test"},
         E_INVAL,
         "outbound"},
        {{.aor = "sip:a@b.test", .expires = 59}, E_INVAL, "expires"},
        {{.aor = "sip:a@b.test", .level = 9}, E_POLICY, "level"},
        {{.aor = "sip:a@b.test", .level = SIPLOCK_LEVEL_LEGACY_PBX},
         E_POLICY,
         "floor"},
        {{.aor = "sip:a@b.test", .names = 7}, E_INVAL, "names"},
    };
    const struct env env = {.rand = tls_crypto_rand, .md = tls_crypto_md};
    struct oom mem;
    struct env own = env;

    (void)state;
    oom_init(&mem, &own);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct siplock_account_config config = rows[i].config;
        struct ua_account *acc = NULL;
        struct cause why;
        int err;

        cause_set(&why, CAUSE_none);
        config.size = sizeof(config);
        err = ua_account_new(&acc, &own, POLICY_STRICT, &config, &why);
        assert_int_equal(err, rows[i].err);
        if (err)
            assert_non_null(strstr(why.text, rows[i].says));
        else
            ua_account_free(acc, (struct now){0});
    }
    assert_int_equal(mem.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_register_says),
        cmocka_unit_test(wrong_password),
        cmocka_unit_test(stale_for_ever),
        cmocka_unit_test(foreign_realm),
        cmocka_unit_test(weak_digests),
        cmocka_unit_test(no_password),
        cmocka_unit_test(refusals_have_causes),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(retry_after_is_kept),
        cmocka_unit_test(interval_too_brief),
        cmocka_unit_test(no_answer),
        cmocka_unit_test(unregisters),
        cmocka_unit_test(pings_and_pongs),
        cmocka_unit_test(probes_when_no_pong),
        cmocka_unit_test(a_reset_is_mended_at_once),
        cmocka_unit_test(trust_failures_stop),
        cmocka_unit_test(requests_are_answered),
        cmocka_unit_test(strays_are_dropped),
        cmocka_unit_test(malformed_is_dropped_and_the_stream_goes_on),
        cmocka_unit_test(bad_framing_closes_the_flow),
        cmocka_unit_test(old_flows_are_ignored),
        cmocka_unit_test(the_log_holds_no_secret),
        cmocka_unit_test(bad_configurations),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("ua_core", tests, NULL, NULL);
}
