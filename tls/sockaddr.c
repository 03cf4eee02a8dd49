/* SPDX-License-Identifier: Apache-2.0 */
/* Our addresses as the sockets' ones, and back. */
#include "tls/sockaddr.h"

#include <string.h>
#include <uv.h>

#include "sip/base/err.h"

void tls_addr_to_sockaddr(struct sockaddr_storage *ss,
                          const struct tls_addr *a)
{
    memset(ss, 0, sizeof(*ss));
    if (a->family == 4) {
        struct sockaddr_in sin = {.sin_family = AF_INET,
                                  .sin_port = htons(a->port)};

        memcpy(&sin.sin_addr, a->ip, 4);
        memcpy(ss, &sin, sizeof(sin));
    } else {
        struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6,
                                    .sin6_port = htons(a->port)};

        memcpy(&sin6.sin6_addr, a->ip, 16);
        memcpy(ss, &sin6, sizeof(sin6));
    }
}

int tls_addr_of_sockaddr(struct tls_addr *a, const struct sockaddr_storage *ss)
{
    memset(a, 0, sizeof(*a));
    if (ss->ss_family == AF_INET) {
        struct sockaddr_in sin;

        memcpy(&sin, ss, sizeof(sin));
        a->family = 4;
        a->port = ntohs(sin.sin_port);
        memcpy(a->ip, &sin.sin_addr, 4);
        return 0;
    }
    if (ss->ss_family == AF_INET6) {
        struct sockaddr_in6 sin6;

        memcpy(&sin6, ss, sizeof(sin6));
        a->family = 6;
        a->port = ntohs(sin6.sin6_port);
        memcpy(a->ip, &sin6.sin6_addr, 16);
        return 0;
    }
    return E_SYS;
}
