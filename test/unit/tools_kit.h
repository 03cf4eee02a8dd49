/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the commands share: an edge, accounts, clients as processes. */
#ifndef TEST_UNIT_TOOLS_KIT_H
#define TEST_UNIT_TOOLS_KIT_H

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

#endif
