/* SPDX-License-Identifier: Apache-2.0 */
/* siplock answer --listen: calls straight over TLS, without an account. */
#ifndef TOOLS_LISTEN_H
#define TOOLS_LISTEN_H

#include "tools/session.h"
#include "ua/host.h"

struct tls_cred;

struct listen {
    const char *at;         /* HOST:PORT, 0: the kernel's choice */
    const char *cert, *key; /* PEM files: chain, private key */
    struct ua_host host;
    struct tls_cred *own;
};

/* Begins to listen and reports listen.state{state,address,port}; the exit
 * code if it cannot, with an error. */
int session_listen(struct session *s, struct listen *l);
/* After session_run. */
void session_listen_free(struct listen *l);

#endif
