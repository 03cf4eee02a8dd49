/* SPDX-License-Identifier: Apache-2.0 */
/* A sealed datagram cannot be filled by hand: its inside is not known. */
/* fails: incomplete */
#include "tls/sealed.h"

struct slice f(const struct sealed *s);
struct slice f(const struct sealed *s)
{
#ifdef CONTROL
    return sealed_bytes(s);
#else
    struct sealed own = {0};

    (void)s;
    return sealed_bytes(&own);
#endif
}
