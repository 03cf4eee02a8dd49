/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in edge: challenges, counts, binds, forwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/digest.h"
#include "test/oom.h"
#include "tls/crypto.h"
#include "tools/edge.h"

enum { TEXT_MAX = 8192 };

struct bench {
    struct oom mem;
    struct env env;
    struct edge edge;
    struct now now;
    uint64_t alice, bob;
    uint64_t to;         /* who got the last message */
    char text[TEXT_MAX]; /* the last message */
    unsigned sent, hangups;
};

static void on_send(void *user, uint64_t conn, struct slice text)
{
    struct bench *b = user;

    b->to = conn;
    b->sent++;
    assert_true(text.n < TEXT_MAX);
    memcpy(b->text, text.p, text.n);
    b->text[text.n] = '\0';
}

static void on_hangup(void *user, uint64_t conn)
{
    struct bench *b = user;

    b->hangups++;
    edge_conn_gone(&b->edge, conn);
}

static void start(struct bench *b)
{
    struct edge_config config = {.domain = S("example.test"),
                                 .md = ENV_SHA256,
                                 .min_expires = 60,
                                 .max_expires = 3600,
                                 .nonce_ms = 10000,
                                 .send = on_send,
                                 .hangup = on_hangup};

    memset(b, 0, sizeof(*b));
    b->env = (struct env){.rand = tls_crypto_rand, .md = tls_crypto_md};
    oom_init(&b->mem, &b->env);
    b->now = (struct now){1000, 1000, 1000};
    config.env = &b->env;
    config.user = b;
    assert_int_equal(edge_init(&b->edge, &config), 0);
    assert_int_equal(edge_add_user(&b->edge, S("alice"), S("pw")), 0);
    assert_int_equal(edge_add_user(&b->edge, S("bob"), S("pw")), 0);
    assert_int_equal(edge_conn_new(&b->edge, &b->alice), 0);
    assert_int_equal(edge_conn_new(&b->edge, &b->bob), 0);
}

static void finish(struct bench *b)
{
    edge_free(&b->edge);
    assert_int_equal(b->mem.live, 0);
}

static void say(struct bench *b, uint64_t conn, const char *text)
{
    edge_bytes(&b->edge, b->now, conn, slice_cstr(text));
}

/* A REGISTER of user with this Contact and these lines. */
static void send_register(struct bench *b, uint64_t conn, const char *user,
                          const char *lines)
{
    static unsigned cseq;
    char text[TEXT_MAX];

    snprintf(text, sizeof(text),
             "REGISTER sip:example.test SIP/2.0\r\n"
             "Via: SIP/2.0/TLS h;branch=z9hG4bK%u\r\nMax-Forwards: 70\r\n"
             "From: <sip:%s@example.test>;tag=1\r\n"
             "To: <sip:%s@example.test>\r\nCall-ID: c\r\n"
             "CSeq: %u REGISTER\r\n%sContent-Length: 0\r\n\r\n",
             cseq, user, user, cseq + 1, lines);
    cseq++;
    say(b, conn, text);
}

/* Answers the challenge of the last response, to a request of this method. */
static void authorize_for(struct bench *b, struct sip_digest *d,
                          const char *method, const char *password,
                          char *lines, size_t cap)
{
    bool proxy = strcmp(method, "REGISTER") != 0;
    struct arena_pool pool;
    struct arena arena;
    struct sip_parse_err fault;
    struct sip_msg msg;
    struct out o = out_of(lines, cap);

    arena_pool_init(&pool, &b->env);
    arena_init(&arena, &pool);
    assert_int_equal(sip_msg_parse(&msg, &arena, slice_cstr(b->text), &fault),
                     0);
    assert_int_equal(msg.status, proxy ? 407 : 401);
    if (sip_digest_challenge(d, msg.challenge, false) == SIP_DIGEST_ASK)
        assert_int_equal(sip_digest_set_password(d, slice_cstr(password)), 0);
    assert_int_equal(sip_digest_write(d, &o, slice_cstr(method),
                                      S("sip:example.test"), S("")),
                     0);
    assert_int_equal(out_cstr(&o), 0);
    arena_reset(&arena);
    arena_pool_free(&pool);
}

static void authorize(struct bench *b, struct sip_digest *d,
                      const char *password, char *lines, size_t cap)
{
    authorize_for(b, d, "REGISTER", password, lines, cap);
}

static void sign_in(struct bench *b, uint64_t conn, const char *user,
                    const char *password)
{
    struct sip_digest d;
    char lines[2048], all[4096];

    b->now.boot++; /* another nonce */
    sip_digest_init(&d, &b->env, 0);
    assert_int_equal(
        sip_digest_set_user(&d, slice_cstr(user), slice_of(NULL, 0)), 0);
    send_register(b, conn, user, "");
    authorize(b, &d, password, lines, sizeof(lines));
    snprintf(all, sizeof(all),
             "%sContact: <sip:%s@192.0.2.9:4000;transport=tls>\r\n"
             "Expires: 600\r\n",
             lines, user);
    send_register(b, conn, user, all);
    sip_digest_free(&d);
}

static void registers_and_expires(void **state)
{
    static struct bench b;

    (void)state;
    start(&b);
    sign_in(&b, b.alice, "alice", "pw");
    assert_non_null(strstr(b.text, "SIP/2.0 200"));
    assert_non_null(strstr(b.text, "expires=600"));
    assert_int_equal(edge_bound(&b.edge, b.now, S("alice")), 1);
    b.now.boot += 601000;
    assert_int_equal(edge_bound(&b.edge, b.now, S("alice")), 0);
    sign_in(&b, b.alice, "alice", "pw");
    edge_conn_gone(&b.edge, b.alice); /* the binding goes with it */
    assert_int_equal(edge_bound(&b.edge, b.now, S("alice")), 0);
    finish(&b);
}

/* A server that wants the body to be vouched for (RFC 7616 3.4.3). */
static void integrity(void **state)
{
    static struct bench b;

    (void)state;
    start(&b);
    b.edge.config.integrity = true;
    sign_in(&b, b.alice, "alice", "pw");
    assert_non_null(strstr(b.text, "SIP/2.0 200"));
    assert_non_null(strstr(b.text, "qop=auth-int, rspauth="));
    sign_in(&b, b.bob, "bob", "not it");
    assert_non_null(strstr(b.text, "SIP/2.0 401"));
    assert_non_null(strstr(b.text, "qop=\"auth-int\""));
    finish(&b);
}

static void wrong_and_unknown(void **state)
{
    static struct bench b;

    (void)state;
    start(&b);
    sign_in(&b, b.alice, "alice", "not it");
    assert_non_null(strstr(b.text, "SIP/2.0 401"));
    assert_null(strstr(b.text, "stale=true"));
    assert_int_equal(b.edge.counts.wrong, 1);
    send_register(&b, b.alice, "mallory", "");
    assert_non_null(strstr(b.text, "SIP/2.0 404"));
    finish(&b);
}

/* The same count twice, an old nonce, a nonce of before a restart. */
static void nonces(void **state)
{
    static struct bench b;
    struct sip_digest d;
    char lines[2048];

    (void)state;
    start(&b);
    sip_digest_init(&d, &b.env, 0);
    sip_digest_set_user(&d, S("alice"), slice_of(NULL, 0));
    send_register(&b, b.alice, "alice", "");
    authorize(&b, &d, "pw", lines, sizeof(lines));
    send_register(&b, b.alice, "alice", lines);
    assert_non_null(strstr(b.text, "SIP/2.0 200")); /* the control */
    send_register(&b, b.alice, "alice", lines);
    assert_non_null(strstr(b.text, "stale=true")); /* replayed */
    authorize(&b, &d, "pw", lines, sizeof(lines));
    b.now.boot += 10001;
    send_register(&b, b.alice, "alice", lines);
    assert_non_null(strstr(b.text, "stale=true")); /* too old */
    authorize(&b, &d, "pw", lines, sizeof(lines));
    edge_forget(&b.edge);
    send_register(&b, b.alice, "alice", lines);
    assert_non_null(strstr(b.text, "stale=true"));
    sip_digest_free(&d);
    finish(&b);
}

static void forwards_between_users(void **state)
{
    static struct bench b;
    char text[TEXT_MAX], *via, *end;

    (void)state;
    start(&b);
    sign_in(&b, b.bob, "bob", "pw");
    say(&b, b.alice,
        "MESSAGE sip:bob@example.test SIP/2.0\r\n"
        "Via: SIP/2.0/TLS a;branch=z9hG4bKa1\r\nMax-Forwards: 70\r\n"
        "Route: <sip:example.test;transport=tls;lr>\r\n"
        "From: <sip:alice@example.test>;tag=1\r\n"
        "To: <sip:bob@example.test>\r\nCall-ID: m\r\nCSeq: 1 MESSAGE\r\n"
        "X-Own: kept\r\nContent-Type: text/plain\r\n"
        "Content-Length: 2\r\n\r\nhi");
    assert_int_equal(b.to, b.bob);
    assert_non_null(strstr(b.text, "MESSAGE sip:bob@192.0.2.9:4000"));
    assert_non_null(strstr(b.text, "Max-Forwards: 69"));
    assert_non_null(strstr(b.text, "X-Own: kept"));
    assert_null(strstr(b.text, "\r\nRoute:"));
    assert_non_null(strstr(b.text, "Record-Route:"));
    assert_non_null(strstr(b.text, "\r\n\r\nhi"));
    /* The answer goes back without our Via. */
    via = strstr(b.text, "Via:");
    end = strstr(via, "\r\nVia:");
    assert_non_null(end);
    snprintf(text, sizeof(text),
             "SIP/2.0 200 OK\r\n%.*s\r\nVia: SIP/2.0/TLS a;branch=z9hG4bKa1"
             "\r\nFrom: <sip:alice@example.test>;tag=1\r\n"
             "To: <sip:bob@example.test>;tag=2\r\nCall-ID: m\r\n"
             "CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n",
             (int)(end - via), via);
    say(&b, b.bob, text);
    assert_int_equal(b.to, b.alice);
    assert_non_null(strstr(b.text, "SIP/2.0 200 OK"));
    assert_null(strstr(b.text, "z9hG4bKe"));
    finish(&b);
}

static void goes_nowhere(void **state)
{
    static struct bench b;
    unsigned sent;

    (void)state;
    start(&b);
    say(&b, b.alice,
        "MESSAGE sip:bob@example.test SIP/2.0\r\n"
        "Via: SIP/2.0/TLS a;branch=z9hG4bKa1\r\nMax-Forwards: 70\r\n"
        "From: <sip:alice@example.test>;tag=1\r\n"
        "To: <sip:bob@example.test>\r\nCall-ID: m\r\nCSeq: 1 MESSAGE\r\n"
        "Content-Length: 0\r\n\r\n");
    assert_non_null(strstr(b.text, "SIP/2.0 480"));
    sent = b.sent;
    /* A branch that we did not make leads nowhere. */
    say(&b, b.bob,
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS e;branch=z9hG4bKe1.77\r\n"
        "Via: SIP/2.0/TLS a;branch=z9hG4bKa1\r\n"
        "From: <sip:alice@example.test>;tag=1\r\n"
        "To: <sip:bob@example.test>;tag=2\r\nCall-ID: m\r\n"
        "CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(b.sent, sent);
    say(&b, b.bob, "\r\n\r\n");
    assert_string_equal(b.text, "\r\n");
    say(&b, b.bob, "OPTIONS sip:a SIP/2.0\r\nTo: x\r\n\r\n");
    assert_int_equal(b.hangups, 1);
    finish(&b);
}

/* ---------------------------------------------------------------- calls */

/* A request of a call; branch and lines as given; tag: To's, or "". */
static void ask(struct bench *b, uint64_t conn, const char *method,
                const char *uri, const char *branch, const char *tag,
                const char *lines)
{
    bool bob = conn == b->bob;
    char text[TEXT_MAX];

    snprintf(text, sizeof(text),
             "%s %s SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK%s\r\n"
             "Max-Forwards: 70\r\nFrom: <sip:%s@example.test>;tag=1\r\n"
             "To: <sip:%s@example.test>%s%s\r\nCall-ID: call\r\n"
             "CSeq: 7 %s\r\nContact: <sip:%s@192.0.2.9:4000;transport=tls>"
             "\r\n%sContent-Length: 0\r\n\r\n",
             method, uri, branch, bob ? "bob" : "alice", bob ? "alice" : "bob",
             *tag ? ";tag=" : "", tag, method, bob ? "bob" : "alice", lines);
    say(b, conn, text);
}

/* What the last message has in this header field; the first one. */
static const char *header(const struct bench *b, const char *name)
{
    static char value[4][400];
    static unsigned i;
    const char *at = strstr(b->text, name);

    i = (i + 1) % 4;
    assert_non_null(at);
    at += strlen(name);
    snprintf(value[i], sizeof(value[i]), "%.*s", (int)strcspn(at, "\r"), at);
    return value[i];
}

/* Answers a request of alice's that bob got, whose Via of the edge was via. */
static void answer(struct bench *b, const char *status, const char *via,
                   const char *branch)
{
    char text[TEXT_MAX];

    snprintf(text, sizeof(text),
             "SIP/2.0 %s\r\nVia:%s\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK%s\r\n"
             "From: <sip:alice@example.test>;tag=1\r\n"
             "To: <sip:bob@example.test>;tag=b\r\nCall-ID: call\r\n"
             "CSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n",
             status, via, branch);
    say(b, b->bob, text);
    assert_int_equal(b->to, b->alice);
    assert_int_equal(strncmp(b->text + 8, status, strlen(status)), 0);
    assert_null(strstr(b->text, "z9hG4bKe"));
}

/* An INVITE of alice to uri: challenged once, then with credentials. */
static void invite(struct bench *b, const char *uri, const char *branch)
{
    struct sip_digest d;
    char lines[2048];
    unsigned sent = b->sent;

    b->now.boot++; /* another nonce */
    sip_digest_init(&d, &b->env, 0);
    assert_int_equal(sip_digest_set_user(&d, S("alice"), slice_of(NULL, 0)),
                     0);
    ask(b, b->alice, "INVITE", uri, branch, "", "");
    assert_int_equal(b->to, b->alice);
    assert_int_equal(b->sent, sent + 1);
    assert_non_null(strstr(b->text, "SIP/2.0 407"));
    assert_non_null(strstr(b->text, "Proxy-Authenticate: Digest"));
    authorize_for(b, &d, "INVITE", "pw", lines, sizeof(lines));
    /* The ACK of our own answer goes nowhere. */
    ask(b, b->alice, "ACK", uri, branch, strstr(header(b, "To:"), "tag=") + 4,
        "");
    assert_int_equal(b->sent, sent + 1);
    ask(b, b->alice, "INVITE", uri, "again", "", lines);
    sip_digest_free(&d);
}
#define BOB_CONTACT "sip:bob@192.0.2.9:4000;transport=tls"
#define ALICE_CONTACT "sip:alice@192.0.2.9:4000;transport=tls"

static void carries_a_call(void **state)
{
    static struct bench b;
    const char *via;
    char route[500], lines[600];
    unsigned sent;

    (void)state;
    start(&b);
    sign_in(&b, b.bob, "bob", "pw"); /* alice is not registered */
    invite(&b, "sip:bob@example.test", "i");
    assert_int_equal(b.to, b.bob);
    assert_non_null(strstr(b.text, "INVITE " BOB_CONTACT " SIP/2.0"));
    assert_null(strstr(b.text, "Authorization"));
    via = header(&b, "Via:");
    snprintf(route, sizeof(route), "%s", header(&b, "Record-Route:"));
    snprintf(lines, sizeof(lines), "Route:%s\r\n", route);
    answer(&b, "100 Trying", via, "again");
    answer(&b, "180 Ringing", via, "again");
    answer(&b, "200 OK", via, "again");

    /* The ACK of the 2xx, a re-INVITE and a BYE: along the Route. */
    ask(&b, b.alice, "ACK", BOB_CONTACT, "a", "b", lines);
    assert_int_equal(b.to, b.bob);
    assert_non_null(strstr(b.text, "ACK " BOB_CONTACT));
    assert_null(strstr(b.text, "Route:"));
    ask(&b, b.alice, "INVITE", BOB_CONTACT, "r", "b", lines);
    assert_int_equal(b.to, b.bob);
    assert_non_null(strstr(b.text, "INVITE " BOB_CONTACT));
    assert_null(strstr(b.text, "Record-Route:"));
    ask(&b, b.bob, "INVITE", ALICE_CONTACT, "s", "1", lines);
    assert_int_equal(b.to, b.alice);
    ask(&b, b.bob, "BYE", ALICE_CONTACT, "y", "1", lines);
    assert_int_equal(b.to, b.alice);
    assert_non_null(strstr(b.text, "BYE " ALICE_CONTACT));

    /* Without the Route nobody knows alice; a made-up Route is none. */
    ask(&b, b.bob, "BYE", ALICE_CONTACT, "z", "1", "");
    assert_non_null(strstr(b.text, "SIP/2.0 480"));
    lines[strlen("Route: <sip:")] ^= 1;
    ask(&b, b.bob, "BYE", ALICE_CONTACT, "z", "1", lines);
    assert_non_null(strstr(b.text, "SIP/2.0 480"));
    sent = b.sent;
    ask(&b, b.bob, "ACK", ALICE_CONTACT, "z", "1", lines);
    assert_int_equal(b.sent, sent);
    finish(&b);
}

/* CANCEL and the ACK of a refusal carry the INVITE's branch, and so they do
 * behind us. */
static void cancels_and_refuses(void **state)
{
    static struct bench b;
    const char *via;

    (void)state;
    start(&b);
    sign_in(&b, b.bob, "bob", "pw");
    invite(&b, "sip:bob@example.test", "i");
    via = header(&b, "Via:");
    ask(&b, b.alice, "CANCEL", "sip:bob@example.test", "again", "", "");
    assert_int_equal(b.to, b.bob);
    assert_non_null(strstr(b.text, "CANCEL " BOB_CONTACT));
    assert_string_equal(header(&b, "Via:"), via);
    assert_null(strstr(b.text, "Record-Route:"));
    answer(&b, "487 Request Terminated", via, "again");
    ask(&b, b.alice, "ACK", "sip:bob@example.test", "again", "b", "");
    assert_int_equal(b.to, b.bob);
    assert_string_equal(header(&b, "Via:"), via);
    finish(&b);
}

/* Whose call goes nowhere, with the status that says why. */
static void refuses_calls(void **state)
{
    static struct bench b;

    (void)state;
    start(&b);
    invite(&b, "sip:bob@example.test", "i");
    assert_non_null(strstr(b.text, "SIP/2.0 480")); /* not registered */
    invite(&b, "sip:carol@example.test", "i");
    assert_non_null(strstr(b.text, "SIP/2.0 404")); /* not there */
    invite(&b, "sip:bob@elsewhere.test", "i");
    assert_non_null(strstr(b.text, "SIP/2.0 404")); /* not ours */
    say(&b, b.alice,
        "INVITE sip:bob@example.test SIP/2.0\r\n"
        "Via: SIP/2.0/TLS h;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
        "From: <sip:alice@elsewhere.test>;tag=1\r\n"
        "To: <sip:bob@example.test>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:a@h>\r\nContent-Length: 0\r\n\r\n");
    assert_non_null(strstr(b.text, "SIP/2.0 403")); /* a stranger */
    sign_in(&b, b.bob, "bob", "pw");
    invite(&b, "sip:bob@example.test", "i"); /* the control */
    assert_int_equal(b.to, b.bob);
    finish(&b);
}

/* A connection died in a call: the other one is found where it is now. */
static void finds_who_came_back(void **state)
{
    static struct bench b;
    char lines[600];

    (void)state;
    start(&b);
    sign_in(&b, b.bob, "bob", "pw");
    invite(&b, "sip:bob@example.test", "i");
    snprintf(lines, sizeof(lines), "Route:%s\r\n",
             header(&b, "Record-Route:"));
    edge_conn_gone(&b.edge, b.bob);
    ask(&b, b.alice, "BYE", BOB_CONTACT, "y", "b", lines);
    assert_non_null(strstr(b.text, "SIP/2.0 480"));
    assert_int_equal(edge_conn_new(&b.edge, &b.bob), 0);
    sign_in(&b, b.bob, "bob", "pw");
    ask(&b, b.alice, "BYE", BOB_CONTACT, "y", "b", lines);
    assert_int_equal(b.to, b.bob);
    /* And alice came back, too: bob's BYE must not go to her old place. */
    assert_int_equal(edge_conn_new(&b.edge, &b.alice), 0);
    sign_in(&b, b.alice, "alice", "pw");
    ask(&b, b.bob, "BYE", ALICE_CONTACT, "y", "1", lines);
    assert_int_equal(b.to, b.alice);
    finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_and_expires),
        cmocka_unit_test(integrity),
        cmocka_unit_test(wrong_and_unknown),
        cmocka_unit_test(nonces),
        cmocka_unit_test(forwards_between_users),
        cmocka_unit_test(goes_nowhere),
        cmocka_unit_test(carries_a_call),
        cmocka_unit_test(cancels_and_refuses),
        cmocka_unit_test(refuses_calls),
        cmocka_unit_test(finds_who_came_back),
    };

    if (tls_crypto_init())
        return 1;
    return cmocka_run_group_tests_name("tools_edge", tests, NULL, NULL);
}
