/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of sip/ share: cmocka, an env, parsing into an arena. */
#ifndef TEST_UNIT_SIP_KIT_H
#define TEST_UNIT_SIP_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/err.h"
#include "sip/msg.h"
#include "tls/crypto.h"

#define assert_slice(s, text)                              \
    do {                                                   \
        struct slice got_ = (s);                           \
        struct slice want_ = slice_cstr(text);             \
        assert_int_equal(got_.n, want_.n);                 \
        if (want_.n)                                       \
            assert_memory_equal(got_.p, want_.p, want_.n); \
    } while (0)

static inline void *kit_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static inline void kit_free(void *user, void *p)
{
    (void)user;
    free(p);
}

static inline struct env kit_env(void)
{
    return (struct env){.alloc = kit_alloc,
                        .free = kit_free,
                        .rand = tls_crypto_rand,
                        .md = tls_crypto_md};
}

/* What a writer has to write on. */
struct page {
    char text[8192];
    struct out o;
};

static inline struct out *fresh(struct page *p)
{
    p->o = out_of(p->text, sizeof(p->text));
    return &p->o;
}

/* A message that was read, and what it lives in. */
struct kit {
    struct env env;
    struct arena_pool pool;
    struct arena arena;
    char *exact; /* a block of exactly the message's size */
    struct sip_msg msg;
    struct sip_parse_err err;
    int ret;
};

static inline void kit_parse_slice(struct kit *k, struct slice bytes)
{
    *k = (struct kit){.env = kit_env()};
    arena_pool_init(&k->pool, &k->env);
    arena_init(&k->arena, &k->pool);
    k->exact = malloc(bytes.n ? bytes.n : 1);
    assert_non_null(k->exact);
    if (bytes.n)
        memcpy(k->exact, bytes.p, bytes.n);
    k->ret = sip_msg_parse(&k->msg, &k->arena, slice_of(k->exact, bytes.n),
                           &k->err);
}

static inline void kit_parse(struct kit *k, const char *text)
{
    kit_parse_slice(k, slice_cstr(text));
}

static inline void kit_free_all(struct kit *k)
{
    arena_reset(&k->arena);
    arena_pool_free(&k->pool);
    free(k->exact);
}

#endif
