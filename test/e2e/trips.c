/* SPDX-License-Identifier: Apache-2.0 */
/* Round trips from "register now" to the 200, counted on the wire. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/client.h"
#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/wire.h"

enum { CONNECTIONS = 4 };

/* What went over each connection, oldest first. */
struct trips {
    unsigned long stream[CONNECTIONS]; /* tshark's number */
    unsigned n[CONNECTIONS];           /* times that the client had to speak */
    bool theirs[CONNECTIONS];          /* the server spoke last */
    size_t count;
};

static size_t index_of(struct trips *t, unsigned long stream)
{
    size_t i = 0;

    while (i < t->count && t->stream[i] != stream)
        i++;
    if (i == CONNECTIONS)
        stage_fail("more than %d connections", CONNECTIONS);
    if (i == t->count)
        t->stream[t->count++] = stream;
    return i;
}

/* A SYN or bytes: who speaks after the other has spoken begins a trip. */
static void take(struct trips *t, char *line, int port)
{
    char *at;
    size_t i = index_of(t, strtoul(line, &at, 10));
    bool theirs = strtoul(at, NULL, 10) == (unsigned long)port;

    if (!theirs && (t->theirs[i] || t->n[i] == 0))
        t->n[i]++;
    t->theirs[i] = theirs;
}

static void count(struct wire *w, int port, struct trips *t)
{
    char line[256];
    const char *path;
    FILE *f;

    memset(t, 0, sizeof(*t));
    stage_run(w->stage, "tshark",
              (const char *[]){"tshark", "-n", "-r", w->file, "-Y",
                               "tcp.len > 0 or tcp.flags.syn == 1", "-T",
                               "fields", "-e", "tcp.stream", "-e",
                               "tcp.srcport", NULL});
    path = w->stage->proc[w->stage->nproc].out;
    f = fopen(path, "rb");
    if (!f)
        stage_fail("%s: cannot be read", path);
    while (fgets(line, sizeof(line), f))
        take(t, line, port);
    fclose(f);
}

/* Registers, is cut off and registers again; then the capture ends. */
static void register_twice(struct stage *s, const struct peer *p,
                           struct trips *t)
{
    struct wire w;
    struct proc *a;
    char local[64];

    wire_start(&w, s, &p->port, 1);
    a = client_register(s, &(struct client){.port = p->port},
                        (const char *[]){NULL});
    json_decref(lines_await(a, "register.state", "registered", 1));
    snprintf(local, sizeof(local), "127.0.0.1:%d", p->port);
    stage_run(s, "ss", (const char *[]){"ss", "-K", "dst", local, NULL});
    json_decref(lines_await(a, "register.state", "registered", 2));
    wire_stop(&w);
    stage_signal(a, SIGINT);
    json_decref(client_expect(a, 130, NULL));
    count(&w, p->port, t);
}

/* The server's session tickets may come between our Finished and REGISTER,
 * which do not wait for them: so the fewest of some runs count. */
static void expect(struct stage *s, const char *tls, unsigned first,
                   unsigned again)
{
    struct peer p = {.tls = tls, .workers = 1};
    unsigned fewest[2] = {99, 99};

    peer_start_as(s, &p, "DNS:" PEER_DOMAIN);
    for (int i = 0; i < 15; i++) {
        struct trips t;

        register_twice(s, &p, &t);
        for (int k = 0; k < 2; k++)
            fewest[k] = t.n[k] < fewest[k] ? t.n[k] : fewest[k];
        if (fewest[0] == first && fewest[1] == again)
            break;
    }
    assert_int_equal(fewest[0], first);
    assert_int_equal(fewest[1], again);
}

/* TCP, TLS, REGISTER and the challenge's answer; then the session and the
 * nonce are known, and there is no challenge. */
static void test_tls13(void **state)
{
    expect(*state, "TLSv1.2+", 4, 3);
}

/* A full handshake is one more, a resumed one is none more. */
static void test_tls12(void **state)
{
    expect(*state, "TLSv1.2", 5, 3);
}

#define E2E(f) cmocka_unit_test_setup_teardown(f, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        E2E(test_tls13),
        E2E(test_tls12),
    };

    netns_enter();
    return cmocka_run_group_tests_name("e2e/trips", tests, NULL, NULL);
}
