/* SPDX-License-Identifier: Apache-2.0 */
/* A ticket cannot be copied by value, so none outlives its row. */
/* fails: incomplete|invalid use of undefined type */
#include "tls/policy.h"

const void *f(const struct policy_peer *ticket);
const void *f(const struct policy_peer *ticket)
{
#ifdef CONTROL
    const struct policy_peer *copy = ticket;

    return copy;
#else
    return &(const struct policy_peer[]){*ticket};
#endif
}
