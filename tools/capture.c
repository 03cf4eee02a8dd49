/* SPDX-License-Identifier: Apache-2.0 */
/* Capturing loopback by a packet socket (Linux). */
#if defined(__linux__)
#define _GNU_SOURCE 1 /* unshare */
#endif
#include "tools/capture.h"

#include <stdio.h>

#if defined(__linux__)
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CAPTURE_MAX = 1 << 17,     /* loopback's segments are up to 64 KiB */
    CAPTURE_BUFFER = 64 << 20, /* bytes that the kernel may queue */
    CAPTURE_IDLE_MS = 300      /* silence after which all has been seen */
};

struct capture {
    int fd;
    struct wire *wire[4];
    size_t n;
    pthread_t thread;
    atomic_bool stop;
    char packet[CAPTURE_MAX];
};

static int open_socket(void)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = (int)if_nametoindex("lo")};
    int size = CAPTURE_BUFFER;
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));

    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at))) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

    if (fd >= 0)
        close(fd);
    return n == (ssize_t)strlen(text);
}

static bool loopback_up(void)
{
    struct ifreq ifr = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &ifr);

    ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP | IFF_RUNNING);
    ok = ok && !ioctl(fd, SIOCSIFFLAGS, &ifr);
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool enter_user_namespace(char *text, size_t cap)
{
    char map[64];

    snprintf(map, sizeof(map), "0 %u 1", (unsigned)getuid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
        snprintf(text, cap,
                 "no right to capture, nor to an own network "
                 "namespace: %s",
                 strerror(errno));
        return false;
    }
    if (!write_file("/proc/self/setgroups", "deny") ||
        !write_file("/proc/self/uid_map", map)) {
        snprintf(text, cap, "an own user namespace cannot be set up: %s",
                 strerror(errno));
        return false;
    }
    return true;
}

static bool may_capture(void)
{
    int fd = open_socket();

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

bool capture_allow(bool *alone, char *text, size_t cap)
{
    *alone = false;
    if (unshare(CLONE_NEWNET)) {
        if (may_capture())
            return true;
        if (!enter_user_namespace(text, cap))
            return false;
    }
    *alone = true;
    if (!loopback_up() || !may_capture()) {
        snprintf(text, cap,
                 "no right to capture in an own network "
                 "namespace: %s",
                 strerror(errno));
        return false;
    }
    return true;
}

/* Each packet crosses loopback twice, out and in: one of them counts. */
static void take_one(struct capture *c)
{
    struct sockaddr_ll from = {0};
    socklen_t n = sizeof(from);
    ssize_t got =
        recvfrom(c->fd, c->packet, sizeof(c->packet), MSG_DONTWAIT | MSG_TRUNC,
                 (struct sockaddr *)&from, &n);

    if (got <= 0 || from.sll_pkttype == PACKET_OUTGOING)
        return;
    for (size_t i = 0; i < c->n; i++) {
        if ((size_t)got > sizeof(c->packet))
            c->wire[i]->gaps++;
        else
            wire_packet(c->wire[i], slice_of(c->packet, (size_t)got));
    }
}

static void *thread_main(void *arg)
{
    struct capture *c = arg;
    struct pollfd p = {.fd = c->fd, .events = POLLIN};

    for (;;) {
        int ready = poll(&p, 1, CAPTURE_IDLE_MS);

        if (ready > 0)
            take_one(c);
        else if (atomic_load(&c->stop))
            return NULL;
    }
}

struct capture *capture_start(struct wire *const *wire, size_t n)
{
    struct capture *c = n > 4 ? NULL : calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->n = n;
    memcpy(c->wire, wire, n * sizeof(*wire));
    c->fd = open_socket();
    if (c->fd < 0 || pthread_create(&c->thread, NULL, thread_main, c)) {
        if (c->fd >= 0)
            close(c->fd);
        free(c);
        return NULL;
    }
    return c;
}

/* A packet that the kernel dropped for want of room is a gap. */
static void count_drops(struct capture *c)
{
    struct tpacket_stats stats = {0};
    socklen_t n = sizeof(stats);

    if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &n) ||
        stats.tp_drops)
        for (size_t i = 0; i < c->n; i++)
            c->wire[i]->gaps++;
}

void capture_stop(struct capture *c)
{
    atomic_store(&c->stop, true);
    pthread_join(c->thread, NULL);
    count_drops(c);
    close(c->fd);
    free(c);
}

#else

bool capture_allow(bool *alone, char *text, size_t cap)
{
    *alone = false;
    snprintf(text, cap, "this system's capture is not supported");
    return false;
}

struct capture *capture_start(struct wire *const *wire, size_t n)
{
    (void)wire;
    (void)n;
    return NULL;
}

void capture_stop(struct capture *c)
{
    (void)c;
}

#endif
