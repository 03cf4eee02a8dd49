/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of our Via has no place for a transport. */
/* fails: too many arguments */
#include "sip/write.h"

void f(struct out *o, const struct sip_host *host);
void f(struct out *o, const struct sip_host *host)
{
#ifdef CONTROL
    sip_write_via(o, host, 5061, S("z9hG4bKx"));
#else
    sip_write_via(o, S("UDP"), host, 5061, S("z9hG4bKx"));
#endif
}
