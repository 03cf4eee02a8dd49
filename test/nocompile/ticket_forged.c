/* SPDX-License-Identifier: Apache-2.0 */
/* A ticket cannot be made outside of tls/policy.c: its type is incomplete. */
/* fails: incomplete|isn't known|is not known */
#include "tls/policy.h"

int f(void);
int f(void)
{
#ifdef CONTROL
    const struct policy_peer *peer = 0;
#else
    struct policy_peer peer = {0};
#endif
    (void)peer;
    return 0;
}
