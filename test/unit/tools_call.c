/* SPDX-License-Identifier: Apache-2.0 */
/* siplock call and answer, each a process, at the built-in edge. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "media/wav.h"
#include "test/edgehost.h"
#include "tools/commands.h"
#include "tools/correlate.h"
#include "tools/exitcode.h"
#include "tools/speech.h"

enum { RATE = 16000, SPEECH_N = RATE * 2, WAIT_S = 30, WORDS_MAX = 32 };

static char dir[] = "/tmp/siplock-call-XXXXXX";
static pid_t edge_pid;
static int edge_end; /* closed: the edge ends */
static int16_t speech[2][SPEECH_N];

static const char *path(const char *name)
{
    static char text[8][80];
    static unsigned i;

    i = (i + 1) % 8;
    snprintf(text[i], sizeof(text[i]), "%s/%s", dir, name);
    return text[i];
}

static void put(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(path(name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static char *get(const char *name, size_t *n)
{
    FILE *f = fopen(path(name), "rb");
    char *bytes = calloc(1, 1 << 20);

    assert_non_null(bytes);
    *n = f ? fread(bytes, 1, (1 << 20) - 1, f) : 0;
    if (f)
        fclose(f);
    return bytes;
}

static void nap(void)
{
    const struct timespec t = {0, 10 * 1000 * 1000};

    nanosleep(&t, NULL);
}

/* ---------------------------------------------------------------- stage */

/* The edge is a process, so that this one stays without threads. */
static void run_edge(int ready, int end)
{
    static const char *const users[] = {"alice", "bob", "carol"};
    struct edgehost *h = edgehost_start(users, 3);
    struct slice ca = edgehost_ca(h), key, own = edgehost_own(h, &key);
    char c;

    put("ca.pem", ca.p, ca.n);
    put("own.pem", own.p, own.n);
    put("own.key", key.p, key.n);
    put("address", edgehost_address(h), strlen(edgehost_address(h)));
    if (write(ready, "", 1) != 1)
        _exit(1);
    while (read(end, &c, 1) < 0 && errno == EINTR)
        ;
    edgehost_stop(h);
    exit(0);
}

static void put_account(const char *user, const char *more)
{
    char text[1000], name[60];
    size_t n;
    char *address = get("address", &n);

    snprintf(name, sizeof(name), "%s%s.json", user, *more ? "-more" : "");
    snprintf(text, sizeof(text),
             "{\"aor\":\"sip:%s@example.test\",\"address\":[\"%s\"],"
             "\"ca\":\"%s\",\"password_file\":\"%s\"%s}",
             user, address, path("ca.pem"), path("password"), more);
    put(name, text, strlen(text));
    free(address);
}

static void put_speech(const char *name, const int16_t *pcm)
{
    static char bytes[MEDIA_WAV_HEADER + 2 * SPEECH_N];
    struct out o = out_of(bytes, sizeof(bytes));

    assert_int_equal(media_wav_header(&o, RATE, 1, 2 * SPEECH_N), 0);
    for (int i = 0; i < SPEECH_N; i++) {
        out_char(&o, (char)(pcm[i] & 0xff));
        out_char(&o, (char)((pcm[i] >> 8) & 0xff));
    }
    put(name, o.p, o.n);
}

static int open_stage(void **state)
{
    int ready[2], end[2];
    char c;

    (void)state;
    if (!mkdtemp(dir) || pipe(ready) || pipe(end))
        return -1;
    edge_pid = fork();
    if (edge_pid == 0) {
        close(end[1]);
        run_edge(ready[1], end[0]);
    }
    close(ready[1]);
    close(end[0]);
    edge_end = end[1];
    (void)fcntl(edge_end, F_SETFD, FD_CLOEXEC);
    if (read(ready[0], &c, 1) != 1)
        return -1;
    close(ready[0]);
    put("password", "open sesame\n", 12);
    put_account("alice", "");
    put_account("alice", ",\"codecs\":[\"pcmu\"]");
    put_account("bob", "");
    for (int i = 0; i < 2; i++)
        speech_make(speech[i], SPEECH_N, RATE, i ? SPEECH_BOB : SPEECH_ALICE);
    put_speech("alice.wav", speech[0]);
    put_speech("bob.wav", speech[1]);
    return 0;
}

static int close_stage(void **state)
{
    char command[100];
    int status;

    (void)state;
    close(edge_end);
    if (waitpid(edge_pid, &status, 0) != edge_pid || status)
        return -1;
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command); /* NOLINT(cert-env33-c) */
}

/* --------------------------------------------------------------- clients */

struct client {
    pid_t pid;
    char out[40]; /* file with its lines */
    long limit;   /* bytes that it may write to a file; 0: any number */
};

/* name: of the file; words end with NULL. */
static struct client client_limited(int (*cmd)(int, char **), const char *name,
                                    long limit, const char *const *words)
{
    struct client c = {.limit = limit};
    char *argv[WORDS_MAX];
    int argc = 0;

    for (; words[argc]; argc++)
        argv[argc] = strdup(words[argc]);
    snprintf(c.out, sizeof(c.out), "%s", name);
    put(name, "", 0);
    fflush(stdout);
    fflush(stderr);
    c.pid = fork();
    assert_true(c.pid >= 0);
    if (c.pid == 0) {
        const struct rlimit r = {(rlim_t)limit, (rlim_t)limit};

        close(edge_end);
        if (!freopen(path(name), "a", stdout) ||
            !freopen(path("log"), "a", stderr))
            _exit(99);
        if (limit) {
            (void)signal(SIGXFSZ, SIG_IGN);
            (void)setrlimit(RLIMIT_FSIZE, &r);
        }
        int code = cmd(argc, argv);

        for (int i = 0; i < argc; i++)
            free(argv[i]);
        exit(code);
    }
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return c;
}

#define CLIENT(cmd, name, ...) \
    client_limited((cmd), (name), 0, (const char *[]){__VA_ARGS__, NULL})

/* Until its lines have this text. */
static void await(const struct client *c, const char *text)
{
    time_t end = time(NULL) + WAIT_S;
    bool there = false;
    size_t n;

    while (!there) {
        char *lines = get(c->out, &n);

        there = strstr(lines, text) != NULL;
        if (!there && time(NULL) > end) {
            print_message("%s", lines);
            fail_msg("%s never said %s", c->out, text);
        }
        free(lines);
        nap();
    }
}

static void ends_with(const struct client *c, int code)
{
    time_t end = time(NULL) + WAIT_S;
    int status = 0;
    pid_t got;
    size_t n;

    while ((got = waitpid(c->pid, &status, WNOHANG)) == 0 && time(NULL) <= end)
        nap();
    if (got == 0) {
        kill(c->pid, SIGKILL);
        waitpid(c->pid, &status, 0);
    }
    if (got != c->pid || !WIFEXITED(status) || WEXITSTATUS(status) != code) {
        char *lines = get(c->out, &n);

        print_message("%s", lines);
        free(lines);
        fail_msg("%s ended with %x, expected code %d", c->out,
                 (unsigned)status, code);
    }
}

/* The last of its lines of this type, or the last but skip. */
static json_t *line_of(const struct client *c, const char *type)
{
    size_t n;
    char *lines = get(c->out, &n), *save = NULL;
    json_t *found = NULL;

    for (char *l = strtok_r(lines, "\n", &save); l;
         l = strtok_r(NULL, "\n", &save)) {
        json_t *o = json_loads(l, 0, NULL);

        assert_non_null(o);
        if (strcmp(json_string_value(json_object_get(o, "type")), type)) {
            json_decref(o);
            continue;
        }
        json_decref(found);
        found = o;
    }
    free(lines);
    if (!found)
        fail_msg("%s has no %s", c->out, type);
    return found;
}

static json_int_t number(const struct client *c, const char *type,
                         const char *key)
{
    json_t *o = line_of(c, type);
    json_int_t v = json_integer_value(json_object_get(o, key));

    json_decref(o);
    return v;
}

static void says(const struct client *c, const char *text, bool there)
{
    size_t n;
    char *lines = get(c->out, &n);

    if ((strstr(lines, text) != NULL) != there)
        fail_msg("%s: %s is %s", c->out, text, there ? "missing" : "there");
    free(lines);
}

static const char registered[] = "\"state\":\"registered\"";

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
        "sip:bob@example.test", "--no-register", "--for", "1.5", "--dtmf",
        "1w#", "--play", "tone:300", "--expect", "codec=PCMU");

    ends_with(&alice, EXIT_DONE);
    says(&alice, registered, false);
    says(&bob, "\"digit\":\"1\"", true);
    says(&bob, "\"digit\":\"#\"", true);
    alice = CLIENT(cmd_call, "alice", "--json", "--account",
                   path("alice-more.json"), "sip:bob@example.test", "--for",
                   "0.5", "--expect", "codec=opus");
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
               "sip:bob@example.test", "--timeout", "0.7");
    ends_with(&alice, EXIT_TIMEOUT);
    ends_with(&bob, EXIT_CALL); /* both callers gave up */
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
                   "--no-register", "sip:whoever@example.test", "--for", "2");
        if (i < 2)
            await(&alice[i], "\"state\":\"established\"");
    }
    ends_with(&alice[2], EXIT_CALL);
    assert_int_equal(number(&alice[2], "call.ended", "status"), 486);
    ends_with(&alice[0], EXIT_DONE);
    ends_with(&alice[1], EXIT_DONE);
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
