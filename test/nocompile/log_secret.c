/* SPDX-License-Identifier: Apache-2.0 */
/* No field of a log record takes a secret. */
/* fails: incompatible type|initializ */
#include "sip/base/log.h"
#include "sip/base/secret.h"

void f(const struct env *env, const struct secret *s, struct slice host);
void f(const struct env *env, const struct secret *s, struct slice host)
{
#ifdef CONTROL
    (void)s;
    LOG(env, LOG_INFO, "flow.up", LOG_HOST("host", host));
#else
    (void)host;
    LOG(env, LOG_INFO, "flow.up", LOG_HOST("host", *s));
#endif
}
