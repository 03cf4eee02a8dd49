/* SPDX-License-Identifier: Apache-2.0 */
/* A log record's event and field names are literals of the program. */
/* fails: expected */
#include "sip/base/log.h"

void f(const struct env *env, const char *text);
void f(const struct env *env, const char *text)
{
#ifdef CONTROL
    (void)text;
    LOG(env, LOG_INFO, "flow.up", LOG_NUM("port", 5061));
#else
    LOG(env, LOG_INFO, text, LOG_NUM("port", 5061));
#endif
}
