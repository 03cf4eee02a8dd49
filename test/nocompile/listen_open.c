/* SPDX-License-Identifier: Apache-2.0 */
/* The library has no declaration of the ticket that lets strangers in. */
/* fails: implicit declaration|undeclared */
#ifdef CONTROL
#define POLICY_FOR_TOOLS
#endif
#include "tls/policy.h"

int f(struct policy *p, const struct policy_self **ticket,
      const struct tls_cred *own);
int f(struct policy *p, const struct policy_self **ticket,
      const struct tls_cred *own)
{
    return policy_self_mint_open(p, ticket, own, POLICY_STRICT);
}
