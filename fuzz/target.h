/* SPDX-License-Identifier: Apache-2.0 */
/* What targets share: the entry, what must hold, the system's memory. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool ok)
{
    if (!ok)
        abort();
}

/* As env.alloc and env.free; what is not written shows under MSan. */
static inline void *target_alloc(void *user, size_t n)
{
    (void)user;
    return malloc(n);
}

static inline void target_free(void *user, void *p)
{
    (void)user;
    free(p);
}

#endif
