/* SPDX-License-Identifier: Apache-2.0 */
/* Starting SIPp and socat, and what they say at the end. */
#include "test/e2e/harness/sipp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/e2e/harness/netns.h"

enum { LIMIT_S = 40 }; /* against hangs */

static void start_socat(struct sipp *p, int listens, const char *from,
                        const char *to)
{
    const char *argv[] = {"socat", from, to, NULL};

    p->socat = stage_spawn(p->stage, "socat", argv);
    stage_wait_at(p->stage, p->socat, NETNS_HERE, listens);
}

void sipp_front(struct stage *s, struct sipp *p)
{
    char from[2 * STAGE_PATH_MAX + 128], to[64];

    p->stage = s;
    p->port = stage_port();
    p->clear = stage_port();
    snprintf(from, sizeof(from),
             "OPENSSL-LISTEN:%d,bind=" NETNS_HERE
             ",fork,reuseaddr,verify=0,cert=%s,key=%s",
             p->port, stage_path(s, "server.pem"),
             stage_path(s, "server.key"));
    snprintf(to, sizeof(to), "TCP:" NETNS_HERE ":%d", p->clear);
    start_socat(p, p->port, from, to);
}

void sipp_back(struct stage *s, struct sipp *p, int port)
{
    char from[128], to[128];

    p->stage = s;
    p->port = port;
    p->clear = stage_port();
    snprintf(from, sizeof(from),
             "TCP-LISTEN:%d,bind=" NETNS_HERE ",fork,reuseaddr", p->clear);
    snprintf(to, sizeof(to), "OPENSSL:" NETNS_HERE ":%d,verify=0", port);
    start_socat(p, p->clear, from, to);
}

static void start(struct sipp *p, const char *name, const char *remote)
{
    /* A connection that closes right after the last message is no failure. */
    static const char *const more[] = {"-i",
                                       NETNS_HERE,
                                       "-t",
                                       "t1",
                                       "-m",
                                       "1",
                                       "-nostdin",
                                       "-trace_msg",
                                       "-trace_err",
                                       "-timeout_error",
                                       "-reconnect_close",
                                       "false"};
    enum { MORE = sizeof(more) / sizeof(more[0]) };
    char scenario[128], file[64], port[16], limit[16], errors[64];
    const char *argv[MORE + 16] = {"sipp"};
    size_t n = 1;

    snprintf(scenario, sizeof(scenario), "test/e2e/sipp/%s.xml", name);
    snprintf(file, sizeof(file), "%s.messages", name);
    snprintf(errors, sizeof(errors), "%s.errors", name);
    snprintf(limit, sizeof(limit), "%d", LIMIT_S);
    p->log = stage_path(p->stage, file);
    stage_write(p->stage, file, "");
    for (size_t i = 0; i < MORE; i++)
        argv[n++] = more[i];
    argv[n++] = "-sf";
    argv[n++] = scenario;
    argv[n++] = "-timeout";
    argv[n++] = limit;
    argv[n++] = "-message_file";
    argv[n++] = p->log;
    argv[n++] = "-error_file";
    argv[n++] = stage_path(p->stage, errors);
    if (remote) {
        argv[n++] = remote;
    } else {
        snprintf(port, sizeof(port), "%d", p->clear);
        argv[n++] = "-p";
        argv[n++] = port;
    }
    p->proc = stage_spawn(p->stage, "sipp", argv);
}

/* Not found out by a connection, which SIPp would take for a call's. */
static bool listens(int port)
{
    FILE *f = fopen("/proc/net/tcp", "r");
    char want[32], line[256];
    bool there = false;

    snprintf(want, sizeof(want), ":%04X 00000000:0000 0A", port);
    while (f && !there && fgets(line, sizeof(line), f))
        there = strstr(line, want) != NULL;
    if (f)
        fclose(f);
    return there;
}

void sipp_serve(struct sipp *p, const char *name)
{
    start(p, name, NULL);
    for (int i = 0; i < 100 && !listens(p->clear); i++)
        stage_sleep_ms(50);
    if (listens(p->clear))
        return;
    stage_show(p->proc);
    stage_fail("SIPp does not listen on %d", p->clear);
}

void sipp_call(struct sipp *p, const char *name)
{
    char remote[64];

    snprintf(remote, sizeof(remote), NETNS_HERE ":%d", p->clear);
    start(p, name, remote);
}

void sipp_expect(struct sipp *p)
{
    int status = stage_wait(p->proc);
    size_t n;
    char *text;

    if (status == 0)
        return;
    text = stage_read(p->log, &n);
    fprintf(stderr, "%s\n", text);
    free(text);
    stage_show(p->proc);
    stage_fail("SIPp: exit status %d", status);
}

size_t sipp_logged(const struct sipp *p, const char *text)
{
    size_t n, found = 0;
    char *log = stage_read(p->log, &n);

    for (char *at = log; (at = strstr(at, text)); at++)
        found++;
    free(log);
    return found;
}
