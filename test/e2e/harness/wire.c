/* SPDX-License-Identifier: Apache-2.0 */
/* Captures the loopback interface and judges its TCP: TLS, nothing else. */
#define _GNU_SOURCE 1 /* memmem */
#include "test/e2e/harness/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    STREAM_MAX = 1 << 20, /* bytes in one direction of one connection */
    LINE_MAX_ = 1 << 18,
    RECORD_MAX = 16384 + 256
};

static const char mark[] = "siplock-e2e-marker-7c1f0a";

static void send_mark(int port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    sendto(fd, mark, sizeof(mark), 0, (struct sockaddr *)&a, sizeof(a));
    close(fd);
}

static size_t marks(const struct wire *w)
{
    size_t n, found = 0;
    char *text, *at;

    if (access(w->file, R_OK))
        return 0;
    text = stage_read(w->file, &n);
    for (at = text;
         (at = memmem(at, n - (size_t)(at - text), mark, sizeof(mark) - 1));
         at++)
        found++;
    free(text);
    return found;
}

/* Datagrams to the marker port until one more of them is in the file. */
static void pass_mark(struct wire *w)
{
    long long end = stage_now_ms() + STAGE_WAIT_MS;
    size_t before = marks(w);

    do {
        if (stage_ended(w->dumpcap) || stage_now_ms() > end) {
            stage_show(w->dumpcap);
            stage_fail("dumpcap does not capture; this needs root, or the "
                       "right to capture");
        }
        send_mark(w->marker);
        stage_sleep_ms(100);
    } while (marks(w) <= before);
}

#ifdef __linux__
#define LOOPBACK "lo"
#else
#define LOOPBACK "lo0"
#endif

/* Captures what the filter, a condition of pcap, lets pass. */
static void start(struct wire *w, struct stage *s, const char *device,
                  const char *filter)
{
    char full[512];

    *w = (struct wire){.stage = s, .marker = stage_port()};
    snprintf(w->file, sizeof(w->file), "%s", stage_path(s, "wire.pcap"));
    snprintf(full, sizeof(full), "udp port %d or %s", w->marker, filter);
    w->dumpcap =
        stage_spawn(s, "dumpcap",
                    (const char *[]){"dumpcap", "-q", "-P", "-i", device, "-f",
                                     full, "-w", w->file, NULL});
    pass_mark(w);
}

void wire_start(struct wire *w, struct stage *s, const int *port, size_t n)
{
    char filter[256] = "";
    size_t len = 0;

    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(filter + len, sizeof(filter) - len,
                                "%stcp port %d", i ? " or " : "", port[i]);
    start(w, s, LOOPBACK, filter);
}

void wire_start_all(struct wire *w, struct stage *s, const int *clear,
                    size_t n)
{
    char filter[256] = "((tcp or udp)";
    size_t len = strlen(filter);

    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(filter + len, sizeof(filter) - len,
                                " and not port %d", clear[i]);
    snprintf(filter + len, sizeof(filter) - len, ")");
    start(w, s, "any", filter);
}

void wire_stop(struct wire *w)
{
    pass_mark(w);
    stage_signal(w->dumpcap, SIGINT);
    stage_wait(w->dumpcap);
}

/* ---- judging ------------------------------------------------------------ */

/* One direction of one TCP connection, laid out by sequence numbers. */
struct side {
    long stream;
    long port;
    uint8_t *bytes;
    uint8_t *have;
    size_t n;
};

struct sides {
    struct side side[2 * WIRE_STREAMS_MAX];
    size_t n;
};

static void fault(struct wire_verdict *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fault(struct wire_verdict *v, const char *format, ...)
{
    va_list args;

    if (*v->fault)
        return;
    va_start(args, format);
    vsnprintf(v->fault, sizeof(v->fault), format, args);
    va_end(args);
}

static struct side *side_of(struct sides *all, long stream, long port)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->side[i].stream == stream && all->side[i].port == port)
            return &all->side[i];
    if (all->n == 2 * WIRE_STREAMS_MAX)
        return NULL;
    struct side *s = &all->side[all->n++];

    s->stream = stream;
    s->port = port;
    s->bytes = calloc(STREAM_MAX, 1);
    s->have = calloc(STREAM_MAX, 1);
    return s->bytes && s->have ? s : NULL;
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* A line: stream, source port, relative sequence number, protocols, hex. */
static void take_line(struct sides *all, char *line, struct wire_verdict *v)
{
    char *protocols, *payload;
    long stream = strtol(line, &line, 10);
    long port = strtol(line, &line, 10);
    long seq = strtol(line, &line, 10);

    protocols = strtok(line, "	");
    payload = strtok(NULL, "	");
    if (!protocols || !payload) {
        fault(v, "tshark's line cannot be read: %.80s", line);
        return;
    }
    struct side *s = side_of(all, stream, port);
    size_t pos = (size_t)seq - 1; /* the SYN counts as one */

    if (!s || seq < 1)
        fault(v, "too many connections, or a capture that begins late");
    if (strstr(protocols, ":sip"))
        fault(v, "stream %ld: tshark sees SIP in clear", stream);
    v->packets++;
    for (const char *p = payload; s && hex(p[0]) >= 0 && hex(p[1]) >= 0;
         p += 2, pos++) {
        if (pos >= STREAM_MAX) {
            fault(v, "stream %ld is longer than %d bytes", stream, STREAM_MAX);
            return;
        }
        s->bytes[pos] = (uint8_t)(hex(p[0]) << 4 | hex(p[1]));
        s->have[pos] = 1;
        s->n = pos + 1 > s->n ? pos + 1 : s->n;
    }
}

/* RFC 8446 5.1, RFC 5246 6.2.1: type, version 3.1 to 3.3, length. */
static void judge_side(const struct side *s, struct wire_verdict *v)
{
    size_t at = 0;

    for (size_t i = 0; i < s->n; i++)
        if (!s->have[i]) {
            fault(v,
                  "stream %ld: byte %zu from port %ld is not in the "
                  "capture",
                  s->stream, i, s->port);
            return;
        }
    v->bytes += s->n;
    while (at < s->n) {
        const uint8_t *r = s->bytes + at;
        size_t left = s->n - at;
        size_t len = left < 5 ? 0 : (size_t)(r[3] << 8 | r[4]);

        if (left < 5 || r[0] < 20 || r[0] > 23 || r[1] != 3 || r[2] < 1 ||
            r[2] > 3 || len == 0 || len > RECORD_MAX || len + 5 > left) {
            fault(v,
                  "stream %ld: byte %zu of %zu from port %ld begins no "
                  "whole TLS record: %02x %02x %02x",
                  s->stream, at, s->n, s->port, r[0], left > 1 ? r[1] : 0,
                  left > 2 ? r[2] : 0);
            return;
        }
        v->records++;
        at += len + 5;
    }
}

/* Runs tshark over the capture; its output's path. */
static const char *tshark(struct wire *w)
{
    stage_run(w->stage, "tshark",
              (const char *[]){"tshark", "-n", "-r", w->file, "-Y",
                               "tcp.len > 0", "-T", "fields", "-e",
                               "tcp.stream", "-e", "tcp.srcport", "-e",
                               "tcp.seq", "-e", "frame.protocols", "-e",
                               "tcp.payload", NULL});
    /* stage_run gives its place back; its files keep their names. */
    return w->stage->proc[w->stage->nproc].out;
}

static void judge_streams(struct wire *w, struct wire_verdict *v)
{
    const char *path = tshark(w);
    FILE *f = fopen(path, "rb");
    struct sides *all = calloc(1, sizeof(*all));
    char *line = malloc(LINE_MAX_);

    if (!f || !all || !line)
        stage_fail("%s: cannot be read", path);
    while (fgets(line, LINE_MAX_, f))
        take_line(all, line, v);
    fclose(f);
    remove(path);
    for (size_t i = 0; i < all->n; i++) {
        judge_side(&all->side[i], v);
        free(all->side[i].bytes);
        free(all->side[i].have);
    }
    free(line);
    free(all);
}

static void judge_canaries(struct wire *w, const char *const *canaries,
                           struct wire_verdict *v)
{
    size_t n;
    char *bytes = stage_read(w->file, &n);

    for (; canaries && *canaries; canaries++)
        if (memmem(bytes, n, *canaries, strlen(*canaries)))
            fault(v, "\"%s\" is in the capture in clear", *canaries);
    free(bytes);
}

void wire_judge(struct wire *w, const char *const *canaries,
                struct wire_verdict *v)
{
    *v = (struct wire_verdict){0};
    judge_streams(w, v);
    judge_canaries(w, canaries, v);
}

void wire_expect_clean(struct wire *w, const char *const *canaries)
{
    struct wire_verdict v;

    wire_stop(w);
    wire_judge(w, canaries, &v);
    if (*v.fault)
        stage_fail("the wire: %s", v.fault);
    if (v.records < 4)
        stage_fail("the wire: only %zu TLS records were captured", v.records);
}
