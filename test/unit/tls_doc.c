/* SPDX-License-Identifier: Apache-2.0 */
/* doc/tls.md says each failure's sentence and remedy as the table does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/base/cause.h"

static char page[1 << 18];

static bool of_tls(enum cause_code code)
{
    return cause_domain(code) == CAUSE_TLS || cause_domain(code) == CAUSE_CERT;
}

static void put_row(char *text, size_t n, enum cause_code code)
{
    snprintf(text, n, "\n| `%s` | %s | %s |", cause_symbol(code),
             cause_sentence(code), cause_hint(code));
}

static void test_each_failure(void **state)
{
    unsigned missing = 0;

    (void)state;
    for (int i = 0; i < CAUSE_CODE_COUNT; i++) {
        char row[512];

        if (!of_tls((enum cause_code)i))
            continue;
        put_row(row, sizeof(row), (enum cause_code)i);
        if (strstr(page, row))
            continue;
        fprintf(stderr, "doc/tls.md lacks the row%s\n", row);
        missing++;
    }
    assert_int_equal(missing, 0);
}

/* And none that the table does not have. */
static void test_no_other(void **state)
{
    unsigned rows = 0, known = 0;

    (void)state;
    for (int i = 0; i < CAUSE_CODE_COUNT; i++)
        known += of_tls((enum cause_code)i) ? 1 : 0;
    for (const char *at = page; (at = strstr(at, "\n| `")); at++)
        rows += strncmp(at + 4, "tls_", 4) == 0 ||
                strncmp(at + 4, "cert_", 5) == 0;
    assert_int_equal(rows, known);
}

static int read_page(void **state)
{
    FILE *f = fopen("doc/tls.md", "rb");

    (void)state;
    if (!f)
        return -1;
    page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
    fclose(f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_failure),
        cmocka_unit_test(test_no_other),
    };

    return cmocka_run_group_tests(tests, read_page, NULL);
}
