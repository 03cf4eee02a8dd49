/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in edge in a thread of its own, for tests of the whole. */
#ifndef TEST_EDGEHOST_H
#define TEST_EDGEHOST_H

#include <stdint.h>

#include "sip/base/slice.h"
#include "ua/siplock.h"

struct edgehost;

/* The domain is example.test, the password of everyone "open sesame". */
struct edgehost *edgehost_start(const char *const *user, size_t users);
void edgehost_stop(struct edgehost *h);

/* The callback of accounts that know it, for the edge's realm alone. */
int edgehost_password(void *user, siplock_account account,
                      struct siplock_str realm, struct siplock_password *out);

/* "127.0.0.1:34567" and the CA that vouches for it. */
const char *edgehost_address(const struct edgehost *h);
struct slice edgehost_ca(const struct edgehost *h);
/* The edge's own certificate and its key, PEM. */
struct slice edgehost_own(const struct edgehost *h, struct slice *key);

#endif
