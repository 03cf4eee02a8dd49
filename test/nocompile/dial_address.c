/* SPDX-License-Identifier: Apache-2.0 */
/* tls_dial takes a ticket, not an address. */
/* fails: incompatible[ -]pointer */
#include "tls/sock.h"

int f(struct tls_conn **c, struct tls_net *net, const struct tls_addr *addr,
      const struct policy_peer *ticket, const struct tls_handlers *h);
int f(struct tls_conn **c, struct tls_net *net, const struct tls_addr *addr,
      const struct policy_peer *ticket, const struct tls_handlers *h)
{
#ifdef CONTROL
    (void)addr;
    return tls_dial(c, net, ticket, h, 0);
#else
    (void)ticket;
    return tls_dial(c, net, addr, h, 0);
#endif
}
