/* SPDX-License-Identifier: Apache-2.0 */
/* A ticket for dialling does not listen. */
/* fails: incompatible[ -]pointer */
#include "tls/sock.h"

int f(struct tls_listener **l, struct tls_net *net,
      const struct policy_self *self, const struct policy_peer *peer,
      const struct tls_addr *at);
int f(struct tls_listener **l, struct tls_net *net,
      const struct policy_self *self, const struct policy_peer *peer,
      const struct tls_addr *at)
{
#ifdef CONTROL
    (void)peer;
    return tls_listen(l, net, self, at, 0);
#else
    (void)self;
    return tls_listen(l, net, peer, at, 0);
#endif
}
