/* SPDX-License-Identifier: Apache-2.0 */
/* A secret is not a slice: it cannot be put into a text. */
/* fails: incompatible type */
#include "sip/base/out.h"
#include "sip/base/secret.h"

void f(struct out *o, const struct secret *s, struct slice text);
void f(struct out *o, const struct secret *s, struct slice text)
{
#ifdef CONTROL
    (void)s;
    out_put(o, text);
#else
    (void)text;
    out_put(o, *s);
#endif
}
