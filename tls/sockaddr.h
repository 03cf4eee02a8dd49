/* SPDX-License-Identifier: Apache-2.0 */
/* Our addresses as the sockets' ones; for tls/sock and media/sock alone. */
#ifndef TLS_SOCKADDR_H
#define TLS_SOCKADDR_H

#include "tls/addr.h"

struct sockaddr_storage;

void tls_addr_to_sockaddr(struct sockaddr_storage *ss,
                          const struct tls_addr *a);
/* E_SYS: neither IPv4 nor IPv6. */
int tls_addr_of_sockaddr(struct tls_addr *a,
                         const struct sockaddr_storage *ss);

#endif
