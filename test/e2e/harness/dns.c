/* SPDX-License-Identifier: Apache-2.0 */
/* A DNS server for tests: a handful of records, over UDP, in a child. */
#include "test/e2e/harness/dns.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PACKET = 1500, HEADER = 12 };

/* RFC 1035 4.1: a message that is being written. */
struct answer {
    uint8_t b[PACKET];
    size_t n;
};

static void put16(struct answer *a, unsigned v)
{
    a->b[a->n++] = (uint8_t)(v >> 8);
    a->b[a->n++] = (uint8_t)v;
}

static void put_name(struct answer *a, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");

        a->b[a->n++] = (uint8_t)len;
        memcpy(a->b + a->n, name, len);
        a->n += len;
        name += len + (name[len] == '.');
    }
    a->b[a->n++] = 0;
}

/* The question's name as text, and where its type stands; 0 if malformed. */
static size_t question(const uint8_t *q, size_t n, char *name, size_t cap)
{
    size_t at = HEADER, len = 0;

    while (at < n && q[at]) {
        size_t label = q[at];

        if (label > 63 || at + 1 + label >= n || len + label + 2 > cap)
            return 0;
        memcpy(name + len, q + at + 1, label);
        len += label;
        name[len++] = '.';
        at += 1 + label;
    }
    name[len ? len - 1 : 0] = '\0';
    return at + 5 <= n ? at + 1 : 0;
}

static void put_address(struct answer *a, const struct dns_record *r)
{
    int family = r->type == DNS_A ? AF_INET : AF_INET6;

    if (inet_pton(family, r->target ? r->target : "127.0.0.1", a->b + a->n) !=
        1)
        stage_fail("no address: %s", r->target);
    a->n += family == AF_INET ? 4 : 16;
}

/* RFC 2782: SRV's data is priority, weight, port, target. */
static void put_record(struct answer *a, const struct dns_record *r)
{
    size_t at;

    put16(a, 0xc00c); /* the name of the question */
    put16(a, r->type);
    put16(a, 1);
    put16(a, 0);
    put16(a, 60); /* TTL */
    at = a->n;
    put16(a, 0);
    if (r->type == DNS_SRV) {
        put16(a, (unsigned)r->priority);
        put16(a, 10);
        put16(a, (unsigned)r->port);
        put_name(a, r->target);
    } else {
        put_address(a, r);
    }
    a->b[at] = (uint8_t)((a->n - at - 2) >> 8);
    a->b[at + 1] = (uint8_t)(a->n - at - 2);
}

static void reply(struct answer *a, const uint8_t *q, size_t n,
                  const struct dns_record *record, size_t records,
                  enum dns_mood mood)
{
    char name[300];
    size_t type_at = question(q, n, name, sizeof(name)), count = 0;
    bool exists = false;

    a->n = 0;
    if (!type_at)
        return;
    memcpy(a->b, q, type_at + 4);
    a->n = type_at + 4;
    for (size_t i = 0; i < records && mood == DNS_ANSWERS; i++) {
        if (strcasecmp(record[i].name, name) != 0)
            continue;
        exists = true;
        if ((int)record[i].type == (q[type_at] << 8 | q[type_at + 1])) {
            put_record(a, &record[i]);
            count++;
        }
    }
    memset(a->b + 2, 0, 10);
    a->b[2] = 0x85; /* response, authoritative, recursion desired */
    a->b[3] = (uint8_t)(0x80 | (mood == DNS_FAILS ? 2 : exists ? 0 : 3));
    a->b[5] = 1;
    a->b[7] = (uint8_t)count;
}

static void serve(int fd, const struct dns_record *record, size_t n,
                  enum dns_mood mood)
{
    struct answer a;
    uint8_t q[PACKET];
    struct sockaddr_in from;

    for (;;) {
        socklen_t len = sizeof(from);
        ssize_t got =
            recvfrom(fd, q, sizeof(q), 0, (struct sockaddr *)&from, &len);

        if (got < HEADER || mood == DNS_SILENT)
            continue;
        reply(&a, q, (size_t)got, record, n, mood);
        if (a.n)
            sendto(fd, a.b, a.n, 0, (struct sockaddr *)&from, len);
    }
}

int dns_start(struct stage *s, const struct dns_record *record, size_t n,
              enum dns_mood mood)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) ||
        getsockname(fd, (struct sockaddr *)&a, &len))
        stage_fail("no port for the DNS server");
    if (!stage_fork(s, "dns"))
        serve(fd, record, n, mood);
    close(fd);
    return ntohs(a.sin_port);
}
