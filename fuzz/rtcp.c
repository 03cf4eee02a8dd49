/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: an RTCP compound; what is read is inside of it. */
#include <stdlib.h>

#include "media/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct slice s, const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;

    if (s.n && (s.p < p || s.p + s.n > p + size))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct media_rtcp r, again;
    char buf[1024];
    struct out o = out_of(buf, sizeof(buf));

    if (media_rtcp_parse(&r, slice_of(data, size), 77))
        return 0;
    inside(r.cname, data, size);
    inside(r.bye_reason, data, size);
    if (media_rtcp_write(&o, &r))
        return 0;
    if (media_rtcp_parse(&again, out_slice(&o), 77) ||
        again.has_sr != r.has_sr || again.has_block != r.has_block ||
        !slice_eq(again.cname, r.cname))
        abort();
    return 0;
}
