/* SPDX-License-Identifier: Apache-2.0 */
/* The library has no declaration of who may see the keys of calls. */
/* fails: implicit declaration|undeclared */
#ifdef CONTROL
#define POLICY_FOR_TOOLS
#endif
#include "tls/policy.h"

void f(void);
void f(void)
{
    policy_media_watch((struct policy_watcher){0});
}
