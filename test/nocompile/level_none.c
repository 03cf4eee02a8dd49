/* SPDX-License-Identifier: Apache-2.0 */
/* There is no level without encryption to ask for. */
/* fails: undeclared */
#include "tls/policy.h"

enum policy_level f(void);
enum policy_level f(void)
{
#ifdef CONTROL
    return POLICY_LEGACY_PBX;
#else
    return POLICY_NONE;
#endif
}
