/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations: templates of test/e2e with @KEY@s that are filled in. */
#include "test/e2e/harness/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *value_of(const struct fill *fill, size_t n, const char *key,
                            size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(fill[i].key) == len && strncmp(fill[i].key, key, len) == 0)
            return fill[i].value;
    return NULL;
}

void template_write(struct stage *s, const char *from, const char *to,
                    const struct fill *fill, size_t n)
{
    char path[256];
    size_t size;
    char *text, *full, *end;

    snprintf(path, sizeof(path), "test/e2e/%s", from);
    text = stage_read(path, &size);
    full = malloc(size * 4 + 16 * STAGE_PATH_MAX);
    if (!full)
        stage_fail("no memory");
    end = full;
    for (const char *at = text; *at;) {
        const char *close = *at == '@' ? strchr(at + 1, '@') : NULL;
        const char *v =
            close ? value_of(fill, n, at + 1, (size_t)(close - at - 1)) : NULL;

        if (v) {
            end = stpcpy(end, v);
            at = close + 1;
        } else {
            *end++ = *at++;
        }
    }
    *end = '\0';
    stage_write(s, to, full);
    free(text);
    free(full);
}
