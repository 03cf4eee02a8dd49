/* SPDX-License-Identifier: Apache-2.0 */
/* A parser with an arena whose only block ends anywhere. */
#ifndef TEST_UNIT_SHORT_ARENA_H
#define TEST_UNIT_SHORT_ARENA_H

#include "sip/base/arena.h"
#include "sip/base/err.h"
#include "test/oom.h"
#include "test/unit/sip_kit.h"

/* Wherever the block ends and no other comes, it is said: E_NOMEM, and
 * nothing is lost. With room enough it is read. */
static inline void short_arena(int (*parse)(struct arena *arena))
{
    const size_t step = _Alignof(max_align_t);
    size_t refused = 0;
    size_t read = 0;

    for (size_t used = 0; used <= ARENA_BLOCK; used += step) {
        struct env env = kit_env();
        struct arena_pool pool;
        struct arena arena;
        struct oom mem;
        int err;

        oom_init(&mem, &env);
        arena_pool_init(&pool, &env);
        arena_init(&arena, &pool);
        assert_non_null(arena_alloc(&arena, used ? used : 1));
        oom_arm(&mem, 0, OOM_PERSISTENT);
        err = parse(&arena);
        assert_true(err == 0 || err == E_NOMEM);
        *(err ? &refused : &read) += 1;
        arena_reset(&arena);
        arena_pool_free(&pool);
        assert_int_equal(mem.live, 0);
    }
    assert_true(read > 0 && refused > 20);
}

#endif
