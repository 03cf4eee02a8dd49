/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of this device, for the order in which others are tried. */
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "sip/base/err.h"
#include "tls/sock_impl.h"

/* Of the family that its address has: some systems leave a mask's out. */
static int read_addr(struct tls_addr *a, const struct sockaddr *sa, int family)
{
    struct sockaddr_storage ss = {0};

    if (!sa)
        return E_SYS;
    memcpy(&ss, sa,
           family == AF_INET6 ? sizeof(struct sockaddr_in6)
                              : sizeof(struct sockaddr_in));
    ss.ss_family = (sa_family_t)family;
    return tls_addr_of_sockaddr(a, &ss);
}

/* The ones of a netmask, up to its first zero. */
static unsigned bits_of(const struct tls_addr *mask)
{
    unsigned n = 0;

    for (size_t i = 0; i < tls_addr_ip_size(mask); i++)
        for (unsigned bit = 0x80; bit; bit >>= 1, n++)
            if (!(mask->ip[i] & bit))
                return n;
    return n;
}

static void add(struct tls_locals *locals, const struct ifaddrs *i)
{
    int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
    struct tls_addr a, mask;

    if (!(i->ifa_flags & IFF_UP) || !(i->ifa_flags & IFF_RUNNING) ||
        (family != AF_INET && family != AF_INET6) ||
        read_addr(&a, i->ifa_addr, family))
        return;
    tls_locals_add(locals, &a,
                   read_addr(&mask, i->ifa_netmask, family) ? 0
                                                            : bits_of(&mask));
}

/* Not by uv_interface_addresses, which crashes where memory runs out: it looks
 * into names that it could not copy (1.44). */
void tls_locals_read(struct tls_locals *locals)
{
    struct ifaddrs *list = NULL;

    locals->n = 0;
    if (getifaddrs(&list))
        return;
    for (const struct ifaddrs *i = list; i; i = i->ifa_next)
        add(locals, i);
    freeifaddrs(list);
}

void tls_net_locals(struct tls_net *net, struct tls_locals *locals)
{
    uint64_t now = uv_now(net->loop);

    if (!net->locals_read || now - net->locals_at >= TLS_SOCK_LOCALS_MS) {
        tls_locals_read(&net->locals);
        net->locals_read = true;
        net->locals_at = now;
    }
    *locals = net->locals;
}
