/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the UDP of a capture: SRTP and SRTCP that authenticate, no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/keys.h"
#include "test/e2e/harness/wire.h"

enum { PACKET_MAX = 4096, LINE_SIZE = 2 * PACKET_MAX + 256 };

static void count(struct wire_media *v, int port)
{
    size_t i = 0;

    while (i < v->nport && v->port[i] != port)
        i++;
    if (i == WIRE_PORTS_MAX)
        stage_fail("the wire: more than %d UDP ports", WIRE_PORTS_MAX);
    if (i == v->nport)
        v->port[v->nport++] = port;
    v->sent[i]++;
}

static size_t unhex(uint8_t *to, const char *text)
{
    size_t n = 0;
    unsigned byte;

    while (n < PACKET_MAX && sscanf(text, "%2x", &byte) == 1) {
        to[n++] = (uint8_t)byte;
        text += 2;
    }
    return n;
}

/* A compound of RTCP packets (RFC 3550 6.1) that is whole as it stands. */
static bool plain_rtcp(const struct keys_packet *p)
{
    size_t at = 0;

    while (at + 4 <= p->n && p->p[at] >> 6 == 2 && p->p[at + 1] >= 200 &&
           p->p[at + 1] <= 207)
        at += (size_t)(p->p[at + 2] << 8 | p->p[at + 3]) * 4 + 4;
    return at == p->n && at;
}

/* A line: number, source, its port, destination port, payload in hex. */
static void take_line(char *line, const struct wire *w, struct keys *k,
                      struct wire_media *v)
{
    uint8_t bytes[PACKET_MAX];
    char source[64], *payload = strrchr(line, '\t');
    long number;
    struct keys_packet p = {.p = bytes};
    const char *why;
    bool rtcp;

    if (sscanf(line, "%ld %63s %d %d", &number, source, &p.from, &p.to) != 4 ||
        !payload) {
        snprintf(v->fault, sizeof(v->fault), "tshark's line: %.80s", line);
        return;
    }
    if (p.to == w->marker)
        return;
    p.n = unhex(bytes, payload + 1);
    count(v, p.from);
    if (w->leaky && strcmp(source, w->leaky) == 0 && plain_rtcp(&p)) {
        v->leaked++;
        return;
    }
    why = keys_open(k, &p, &rtcp);
    if (!why && rtcp)
        v->rtcp++;
    else if (!why)
        v->rtp++;
    else if (!*v->fault)
        snprintf(v->fault, sizeof(v->fault),
                 "packet %ld, %zu bytes from %s port %d to %d: %s", number,
                 p.n, source, p.from, p.to, why);
}

void wire_judge_media(struct wire *w, struct keys *k, struct wire_media *v)
{
    const char *path;
    char *line = malloc(LINE_SIZE);
    FILE *f;

    *v = (struct wire_media){0};
    /* What ICMP quotes of a datagram was judged when it was sent. */
    stage_run(w->stage, "tshark-udp",
              (const char *[]){"tshark", "-n", "-r", w->file, "-Y",
                               "udp && !icmp", "-T", "fields", "-e",
                               "frame.number", "-e", "ip.src", "-e",
                               "udp.srcport", "-e", "udp.dstport", "-e",
                               "udp.payload", NULL});
    path = w->stage->proc[w->stage->nproc].out;
    f = fopen(path, "rb");
    if (!f || !line)
        stage_fail("%s: cannot be read", path);
    while (fgets(line, LINE_SIZE, f))
        take_line(line, w, k, v);
    fclose(f);
    free(line);
}
