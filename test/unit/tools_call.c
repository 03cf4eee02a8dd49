/* SPDX-License-Identifier: Apache-2.0 */
/* siplock call and answer, each a process, at the built-in edge. */
#include "test/unit/tools_kit.h"
#include "tools/correlate.h"

/* ----------------------------------------------------------------- calls */

static double heard(const char *name, const int16_t *said)
{
    static int16_t pcm[1 << 19];
    struct media_wav wav;
    struct correlate c;
    size_t n;
    char *bytes = get(name, &n);
    struct correlate_pcm played = {said, SPEECH_N, RATE}, got = {pcm, 0, 0};

    assert_int_equal(media_wav_parse(&wav, slice_of(bytes, n)), 0);
    got.n = media_wav_frames(&wav);
    got.rate = wav.rate;
    assert_true(got.n < sizeof(pcm) / sizeof(pcm[0]));
    for (size_t i = 0; i < got.n; i++)
        pcm[i] = media_wav_sample(&wav, i);
    assert_int_equal(correlate(&c, &played, &got), 0);
    free(bytes);
    print_message("%s: %.3f, %d ms late\n", name, c.mean, c.delay_ms);
    return c.mean;
}

static void talks_both_ways(void **state)
{
    struct client bob = CLIENT(
        cmd_answer, "bob", "--json", "--account", path("bob.json"), "--calls",
        "1", "--play", path("bob.wav"), "--record", path("bob-heard.wav"),
        "--expect", "codec=opus,suite=AEAD_AES_256_GCM");

    (void)state;
    await(&bob, registered);
    struct client alice = CLIENT(
        cmd_call, "alice", "--json", "--account", path("alice.json"),
        "sip:bob@example.test", "--play", path("alice.wav"), "--record",
        path("alice-heard.wav"), "--for", "2.5", "--expect", "codec=OPUS");

    ends_with(&alice, EXIT_DONE);
    ends_with(&bob, EXIT_DONE);
    /* On a busy machine a frame may be late: known again, all the same. */
    assert_true(heard("bob-heard.wav", speech[0]) > 0.6);
    assert_true(heard("alice-heard.wav", speech[1]) > 0.6);
    assert_true(heard("alice-heard.wav", speech[0]) < 0.3);
    assert_true(number(&alice, "call.ended", "packets_received") > 50);
    assert_true(number(&bob, "call.ended", "packets_received") > 50);
    assert_int_equal(number(&bob, "call.ended", "call"), 1);
    says(&alice, "\"state\":\"calling\"", true);
    says(&alice, "\"state\":\"established\"", true);
    says(&bob, "\"state\":\"ringing\"", true);
    says(&bob, "\"type\":\"call.stats\"", true);
    says(&bob, "\"dir\":\"in\"", true);
}

/* Not registered, with digits; G.711, and not as alice expected. */
static void presses_and_expects(void **state)
{
    struct client bob =
        CLIENT(cmd_answer, "bob", "--json", "--account", path("bob.json"),
               "--calls", "2", "--expect", "codec=pcmu", "--play", "tone",
               "--record", path("two.wav"));

    (void)state;
    await(&bob, registered);
    struct client alice = CLIENT(
        cmd_call, "alice", "--json", "--account", path("alice-more.json"),
        "sip:bob@example.test", "--no-register", "--for", "2", "--dtmf", "1w#",
        "--play", "tone:300", "--expect", "codec=PCMU");

    ends_with(&alice, EXIT_DONE);
    says(&alice, registered, false);
    says(&bob, "\"digit\":\"1\"", true);
    says(&bob, "\"digit\":\"#\"", true);
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("alice-more.json"), "sip:bob@example.test", "--for",
                   "1.2", "--expect", "codec=opus");
    ends_with(&alice, EXIT_EXPECT);
    says(&alice, "not_as_expected", true);
    ends_with(&bob, EXIT_DONE);
    assert_int_equal(number(&bob, "call.ended", "call"), 2);
    assert_int_equal(access(path("two.wav"), R_OK), 0);
    assert_int_equal(access(path("two-2.wav"), R_OK), 0);
}

static void is_refused(void **state)
{
    struct client alice, bob = CLIENT(cmd_answer, "bob", "--json", "--account",
                                      path("bob.json"), "--calls", "1",
                                      "--ring", "0.1", "--reject", "486");

    (void)state;
    await(&bob, registered);
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("alice.json"), "sip:bob@example.test");
    ends_with(&alice, EXIT_CALL);
    ends_with(&bob, EXIT_DONE);
    assert_int_equal(number(&alice, "call.ended", "status"), 486);
    says(&alice, "\"state\":\"ringing\"", true);
    /* Who is not there, who is not known; what may not be called. */
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("alice.json"), "sip:carol@example.test");
    ends_with(&alice, EXIT_CALL);
    assert_int_equal(number(&alice, "call.ended", "status"), 480);
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("alice.json"), "sip:nobody@example.test");
    ends_with(&alice, EXIT_CALL);
    assert_int_equal(number(&alice, "call.ended", "status"), 404);
    alice =
        CLIENT(cmd_call, "alice", "--json", "--account", path("alice.json"),
               "sip:bob@example.test;transport=udp", "--no-register");
    ends_with(&alice, EXIT_POLICY);
    says(&alice, "transport_udp", true);
}

/* INT while it rings: CANCEL, and both sides end. */
static void is_interrupted(void **state)
{
    struct client alice,
        bob = CLIENT(cmd_answer, "bob", "--json", "--account",
                     path("bob.json"), "--calls", "2", "--ring", "20");

    (void)state;
    await(&bob, registered);
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("alice.json"), "sip:bob@example.test");
    await(&alice, "\"state\":\"ringing\"");
    kill(alice.pid, SIGINT);
    ends_with(&alice, EXIT_INTERRUPTED);
    says(&alice, "call.ended", true);
    await(&bob, "call.ended");
    /* And who gives up by himself. */
    alice =
        CLIENT(cmd_call, "alice", "--json", "--account", path("alice.json"),
               "sip:bob@example.test", "--timeout", "2");
    ends_with(&alice, EXIT_TIMEOUT);
    ends_with(&bob, EXIT_CALL);                   /* both callers gave up */
    assert_int_equal(access("null-2", F_OK), -1); /* nothing was recorded */
}

/* INT in a call, at the callee's: BYE, and the caller's is a good call. */
static void hangs_up_when_interrupted(void **state)
{
    struct client alice, bob = CLIENT(cmd_answer, "bob", "--json", "--account",
                                      path("bob.json"), "--play", "tone");

    (void)state;
    await(&bob, registered);
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("alice.json"), "sip:bob@example.test");
    await(&alice, "call.stats");
    kill(bob.pid, SIGTERM);
    ends_with(&bob, EXIT_INTERRUPTED);
    ends_with(&alice, EXIT_DONE);
    says(&bob, "call.ended", true);
}

/* A disk that is full ends the call and says so. */
static void full_disks_are_said(void **state)
{
    struct client alice, bob = CLIENT(cmd_answer, "bob", "--json", "--account",
                                      path("bob.json"), "--calls", "1");

    (void)state;
    await(&bob, registered);
    alice = client_limited(cmd_call, "alice", 30000,
                           (const char *[]){"--json", "--account",
                                            path("alice.json"),
                                            "sip:bob@example.test", "--record",
                                            path("cut.wav"), NULL});
    ends_with(&alice, EXIT_OTHER);
    says(&alice, "sound_failed", true);
    ends_with(&bob, EXIT_DONE);
}

static void what_is_not_there(void **state)
{
    struct client alice =
        CLIENT(cmd_call, "alice", "--json", "--account", path("alice.json"),
               "sip:bob@example.test", "--play", "/no/such.wav");

    (void)state;
    ends_with(&alice, EXIT_CONFIG);
    says(&alice, "/no/such.wav", true);
    says(&alice, registered, false);
    alice = CLIENT(cmd_answer, "alice", "--json", "--listen", "127.0.0.1:0",
                   "--cert", "/no/such", "--key", "/no/such");
    ends_with(&alice, EXIT_CONFIG);
}

/* Straight to a listener, any user, whose certificate is checked as ever; two
 * at a time, the third is told that it is busy. */
static void listens(void **state)
{
    struct client alice[3],
        bob = CLIENT(cmd_answer, "bob", "--json", "--listen", "127.0.0.1:0",
                     "--cert", path("own.pem"), "--key", path("own.key"),
                     "--max-calls", "2", "--calls", "2", "--play", "tone");
    char name[20], account[600], port[60];

    (void)state;
    await(&bob, "listen.state");
    snprintf(port, sizeof(port), "127.0.0.1:%d",
             (int)number(&bob, "listen.state", "port"));
    snprintf(account, sizeof(account),
             "{\"aor\":\"sip:alice@example.test\",\"address\":[\"%s\"],"
             "\"ca\":\"%s\"}",
             port, path("ca.pem"));
    put("direct.json", account, strlen(account));
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "alice%d", i);
        alice[i] =
            CLIENT(cmd_call, name, "--json", "--account", path("direct.json"),
                   "--no-register", "sip:whoever@example.test");
        if (i < 2)
            await(&alice[i], "call.stats");
    }
    ends_with(&alice[2], EXIT_CALL);
    assert_int_equal(number(&alice[2], "call.ended", "status"), 486);
    for (int i = 0; i < 2; i++) {
        kill(alice[i].pid, SIGINT);
        ends_with(&alice[i], EXIT_INTERRUPTED);
    }
    ends_with(&bob, EXIT_DONE);
}

/* Who cannot be reached, or is not who he should be, is not called. */
static void is_not_called(void **state)
{
    char account[600], *address;
    struct client alice;
    size_t n;

    (void)state;
    address = get("address", &n);
    snprintf(account, sizeof(account),
             "{\"aor\":\"sip:alice@example.test\",\"address\":[\"%s\"],"
             "\"ca\":\"%s\"}",
             address, path("own.pem")); /* not the CA's */
    put("other.json", account, strlen(account));
    free(address);
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("other.json"), "--no-register", "sip:b@example.test");
    ends_with(&alice, EXIT_CERT);
    assert_int_equal(number(&alice, "call.ended", "packets_sent"), 0);
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("other.json"), "sip:b@example.test");
    ends_with(&alice, EXIT_CERT);
    says(&alice, "call.state", false);
    snprintf(account, sizeof(account),
             "{\"aor\":\"sip:alice@example.test\",\"address\":"
             "[\"127.0.0.1:1\"],\"ca\":\"%s\"}",
             path("ca.pem"));
    put("other.json", account, strlen(account));
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("other.json"), "--no-register", "sip:b@example.test");
    ends_with(&alice, EXIT_CONNECT);
}

static void wrong_words(void **state)
{
    static const char *const calls[][6] = {
        {NULL},
        {"sip:a@b", NULL},
        {"--account", "x", NULL},
        {"sip:a@b", "sip:c@d", "--account", "x", NULL},
        {"sip:a@b", "--account", "x", "--dtmf", "5x", NULL},
        {"sip:a@b", "--account", "x", "--for", "soon", NULL},
        {"sip:a@b", "--account", "x", "--expect", "codec=g729", NULL},
        {"sip:a@b", "--account", "x", "--expect", "suite=NULL", NULL},
        {"sip:a@b", "--account", "x", "--ring", "1", NULL},
    };
    static const char *const answers[][8] = {
        {NULL},
        {"--listen", "127.0.0.1:0", "--cert", "x", NULL},
        {"--account", "x", "--key", "y", NULL},
        {"--account", "x", "--reject", "200", NULL},
        {"--account", "x", "--reject", "4e2", NULL},
        {"--account", "x", "--calls", "0", NULL},
        {"--account", "x", "--ring", "-1", NULL},
        {"sip:a@b", "--account", "x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct client c = client_limited(cmd_call, "c", 0, calls[i]);

        ends_with(&c, EXIT_USAGE);
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct client c = client_limited(cmd_answer, "c", 0, answers[i]);

        ends_with(&c, EXIT_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(talks_both_ways),
        cmocka_unit_test(presses_and_expects),
        cmocka_unit_test(is_refused),
        cmocka_unit_test(is_interrupted),
        cmocka_unit_test(hangs_up_when_interrupted),
        cmocka_unit_test(full_disks_are_said),
        cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(listens),
        cmocka_unit_test(is_not_called),
        cmocka_unit_test(wrong_words),
    };

    return cmocka_run_group_tests_name("tools_call", tests, open_stage,
                                       close_stage);
}
