/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: a stream; in chunks it gives what it gives whole. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/target.h"
#include "sip/base/err.h"
#include "sip/base/out.h"
#include "sip/stream.h"

/* All items of bytes in chunks of step, written down. */
static void hear(struct out *o, struct slice bytes, size_t step)
{
    struct env env = {.alloc = target_alloc, .free = target_free};
    struct sip_stream s;
    struct sip_stream_item item;
    int err = 0;

    sip_stream_init(&s, &env);
    while (bytes.n && (!err || err == E_AGAIN)) {
        size_t n = step < bytes.n ? step : bytes.n;
        char *chunk = malloc(n);

        must(chunk != NULL);
        memcpy(chunk, bytes.p, n);
        bytes = slice_skip(bytes, n);
        must(sip_stream_push(&s, slice_of(chunk, n)) == 0);
        while (!(err = sip_stream_next(&s, &item))) {
            out_char(o, (char)('0' + (int)item.kind));
            out_u64(o, item.bytes.n);
            out_put(o, item.bytes);
        }
        free(chunk);
    }
    if (err && err != E_AGAIN) {
        out_char(o, '!');
        out_u64(o, s.fault.code);
        out_char(o, '@');
        out_u64(o, s.fault.offset);
    }
    sip_stream_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[2][1 << 18];
    static const size_t step[] = {1, 2, 3, 7, 64};
    struct out whole = out_of(text[0], sizeof(text[0]));

    hear(&whole, slice_of(data, size), size ? size : 1);
    if (whole.err)
        return 0;
    for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
        struct out split = out_of(text[1], sizeof(text[1]));

        hear(&split, slice_of(data, size), step[i]);
        must(slice_eq(out_slice(&whole), out_slice(&split)));
    }
    return 0;
}
