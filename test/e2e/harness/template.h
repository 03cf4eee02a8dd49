/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations: templates of test/e2e with @KEY@s that are filled in. */
#ifndef TEST_E2E_HARNESS_TEMPLATE_H
#define TEST_E2E_HARNESS_TEMPLATE_H

#include "test/e2e/harness/stage.h"

/* A value for one @KEY@. */
struct fill {
    const char *key;
    char value[STAGE_PATH_MAX];
};

/* test/e2e/from, filled in, as the stage's file to. What is no @KEY@ of
 * fill stays as it is. */
void template_write(struct stage *s, const char *from, const char *to,
                    const struct fill *fill, size_t n);

#endif
