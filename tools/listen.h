/* SPDX-License-Identifier: Apache-2.0 */
/* siplock answer --listen: calls straight over TLS, without an account. */
#ifndef TOOLS_LISTEN_H
#define TOOLS_LISTEN_H

#include "tools/session.h"

struct listen_terms {
    const char *at;         /* HOST:PORT, 0: the kernel's choice */
    const char *cert, *key; /* PEM files: chain, private key */
};

/* Begins to listen and reports listen.state with the port; the exit code if
 * it cannot, with an error. */
int session_listen(struct session *s, const struct listen_terms *terms);

#endif
