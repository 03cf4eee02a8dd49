/* SPDX-License-Identifier: Apache-2.0 */
/* There is no form of tls_dial with a host and a port. */
/* fails: too many arguments */
#include "tls/sock.h"

int f(struct tls_conn **c, struct tls_net *net,
      const struct policy_peer *ticket, const struct tls_handlers *h);
int f(struct tls_conn **c, struct tls_net *net,
      const struct policy_peer *ticket, const struct tls_handlers *h)
{
#ifdef CONTROL
    return tls_dial(c, net, ticket, h, 0);
#else
    return tls_dial(c, net, "pbx.example", 5060, ticket, h, 0);
#endif
}
