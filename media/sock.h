/* SPDX-License-Identifier: Apache-2.0 */
/* The only UDP socket: it sends nothing but struct sealed. */
#ifndef MEDIA_SOCK_H
#define MEDIA_SOCK_H

#include "sip/base/env.h"
#include "tls/addr.h"
#include "tls/sealed.h"

struct uv_loop_s;

/* One socket, for RTP and RTCP alike (RFC 5761). On its loop's thread. */
struct media_sock;

struct media_sock_config {
    const struct env *env;
    struct uv_loop_s *loop;
    struct tls_addr local; /* port 0: the kernel's choice */
    /* Whatever came, from whomever: the seal tells who sent it, an address
     * does not. Not called from inside the functions below. */
    void (*datagram)(void *user, struct slice d);
    void *user;
};

struct media_sock_stats {
    uint64_t sent;
    uint64_t unsent;    /* the kernel did not take them */
    uint64_t oversized; /* came longer than any sealed packet; dropped */
};

/* E_INVAL: no address; E_SYS: it is not ours, or the port is taken; E_FULL:
 * no descriptor left; E_NOMEM. */
int media_sock_open(struct media_sock **s, const struct media_sock_config *c);
/* Where it is bound. */
const struct tls_addr *media_sock_local(const struct media_sock *s);
/* At once or not at all: voice that waits is worth nothing. E_SYS. */
int media_sock_send(struct media_sock *s, const struct sealed *sealed,
                    const struct tls_addr *to);
const struct media_sock_stats *media_sock_stats(const struct media_sock *s);
/* No datagram comes any more; closed from the loop, when all is gone. */
void media_sock_close(struct media_sock *s, void (*closed)(void *user),
                      void *user);

#endif
