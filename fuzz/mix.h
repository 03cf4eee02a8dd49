/* SPDX-License-Identifier: Apache-2.0 */
/* As env.md where the digest itself is not what is fuzzed. */
#ifndef FUZZ_MIX_H
#define FUZZ_MIX_H

#include "sip/base/env.h"

/* Not a digest, but it depends on every byte. */
static inline int mix(void *user, enum env_md md, const struct slice *parts,
                      size_t n, uint8_t *out)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) + (uint64_t)md;

    (void)user;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < parts[i].n; k++)
            h = (h ^ (unsigned char)parts[i].p[k]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < env_md_size(md); i++)
        out[i] = (uint8_t)(h >> (i % 8 * 8));
    return 0;
}

#endif
