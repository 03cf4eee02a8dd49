/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of sdp/ share: a description in a block of its own size. */
#ifndef TEST_UNIT_SDP_KIT_H
#define TEST_UNIT_SDP_KIT_H

#include "sdp/sdp.h"
#include "test/unit/sip_kit.h"

struct sdp_kit {
    struct env env;
    struct arena_pool pool;
    struct arena arena;
    char *exact;
    struct sdp sdp;
    struct sdp_parse_err err;
    int ret;
};

static inline void sdp_kit_slice(struct sdp_kit *k, struct slice bytes)
{
    *k = (struct sdp_kit){.env = kit_env()};
    arena_pool_init(&k->pool, &k->env);
    arena_init(&k->arena, &k->pool);
    k->exact = malloc(bytes.n ? bytes.n : 1);
    assert_non_null(k->exact);
    if (bytes.n)
        memcpy(k->exact, bytes.p, bytes.n);
    k->ret =
        sdp_parse(&k->sdp, &k->arena, slice_of(k->exact, bytes.n), &k->err);
}

static inline void sdp_kit_parse(struct sdp_kit *k, const char *text)
{
    sdp_kit_slice(k, slice_cstr(text));
}

static inline void sdp_kit_free(struct sdp_kit *k)
{
    arena_reset(&k->arena);
    arena_pool_free(&k->pool);
    free(k->exact);
}

#endif
