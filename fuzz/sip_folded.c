/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: values by the map and byte by byte are the same, or both refused. */
#include "fuzz/target.h"
#include "sip/base/err.h"
#include "sip/msg.h"
#include "test/unit/sip_reading.h"

enum { PAGE = 1 << 19 };

/*
 * The message with each value folded, so that the map does not hold it and
 * the quick readers do not see it. False: it has lines that cannot be folded
 * so, or no empty line.
 */
static bool folded(struct out *o, struct slice bytes)
{
    bool start = true;

    while (bytes.n) {
        size_t n = slice_find(bytes, '\n');
        struct slice line = slice_of(bytes.p, n < bytes.n ? n + 1 : n);
        size_t colon = slice_find(line, ':');
        struct slice value = slice_skip(line, colon + 1);

        bytes = slice_skip(bytes, line.n);
        if (line.n == 2 && line.p[0] == '\r' && line.p[1] == '\n') {
            out_put(o, line);
            out_put(o, bytes);
            return true;
        }
        if (line.p[0] == ' ' || line.p[0] == '\t')
            return false;
        value = slice_trim(slice_of(value.p, slice_find(value, '\r')));
        out_put(o, slice_of(line.p, line.n - slice_skip(line, colon + 1).n));
        if (!start && value.n)
            out_lit(o, "\r\n ");
        out_put(o, slice_skip(line, colon + 1));
        start = false;
    }
    return false;
}

/* The Request-URI alone, without a map, is what it is in the message. */
static void check_uri(const struct sip_msg *m)
{
    static char page[2][PAGE];
    struct out a = out_of(page[0], PAGE);
    struct out b = out_of(page[1], PAGE);
    struct sip_uri uri;

    must(!sip_uri_parse(&uri, m->uri.text, NULL));
    reading_uri(&a, &uri);
    reading_uri(&b, &m->uri);
    must(slice_eq(out_slice(&a), out_slice(&b)));
}

/* The reading of the message, or the empty slice. */
static struct slice reading(struct out *o, struct arena *arena,
                            struct slice bytes)
{
    struct sip_parse_err err;
    struct sip_msg m;

    if (!sip_msg_parse(&m, arena, bytes, &err)) {
        reading_of(o, &m);
        if (m.request)
            check_uri(&m);
    }
    must(!o->err);
    arena_reset(arena);
    return out_slice(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[2 * SIP_MSG_MAX];
    static char page[2][PAGE];
    struct env env = {.alloc = target_alloc, .free = target_free};
    struct arena_pool pool;
    struct arena arena;
    struct out o = out_of(text, sizeof(text));
    struct out a = out_of(page[0], PAGE);
    struct out b = out_of(page[1], PAGE);

    if (size > SIP_HEAD_MAX / 2 || !folded(&o, slice_of(data, size)) ||
        o.err || o.n > SIP_HEAD_MAX)
        return 0;
    arena_pool_init(&pool, &env);
    arena_init(&arena, &pool);
    must(slice_eq(reading(&a, &arena, slice_of(data, size)),
                  reading(&b, &arena, out_slice(&o))));
    arena_pool_free(&pool);
    return 0;
}
