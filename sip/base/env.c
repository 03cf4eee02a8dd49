/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers over the world that the owner hands in. */
#include "sip/base/env.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/base/out.h"
#include "sip/base/secret.h"

void *env_alloc(const struct env *env, size_t n)
{
    void *p = env->alloc(env->user, n ? n : 1);

    if (p)
        memset(p, 0, n ? n : 1);
    return p;
}

void env_free(const struct env *env, void *p)
{
    if (p)
        env->free(env->user, p);
}

int env_copy(const struct env *env, struct slice *out, struct slice from)
{
    char *p = env_alloc(env, from.n + 1);

    if (!p)
        return E_NOMEM;
    if (from.n)
        memcpy(p, from.p, from.n);
    *out = slice_of(p, from.n);
    return 0;
}

void env_drop(const struct env *env, struct slice *text)
{
    env_free(env, (void *)(uintptr_t)text->p);
    *text = (struct slice){0};
}

size_t env_md_size(enum env_md md)
{
    return md == ENV_MD5 ? 16 : 32;
}

int env_rand_hex(const struct env *env, char *text, size_t n)
{
    uint8_t raw[32];

    if (n > sizeof(raw))
        return E_INVAL;
    int err = env->rand(env->user, raw, n);

    if (!err) {
        struct out o = out_of(text, 2 * n);

        out_hex(&o, raw, n);
        err = o.err;
    }
    secret_wipe(raw, sizeof(raw));
    return err;
}

int env_rand_below(const struct env *env, uint32_t *out, uint32_t below)
{
    /* Rejection keeps it uniform; each round succeeds with p > 1/2. */
    uint32_t limit = UINT32_MAX - UINT32_MAX % below;

    for (int round = 0; round < 64; round++) {
        uint8_t raw[4];
        int err = env->rand(env->user, raw, sizeof(raw));
        uint32_t v;

        if (err)
            return err;
        memcpy(&v, raw, sizeof(v));
        if (v < limit) {
            *out = v % below;
            return 0;
        }
    }
    return E_RANDOM;
}
