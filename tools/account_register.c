/* SPDX-License-Identifier: Apache-2.0 */
/* The account file: how it registers, and what of transfers is taken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls/crypto.h"
#include "tools/account_read.h"
#include "ua/siplock_more.h"

int account_read_instance(const struct account_reading *r, const char *key,
                          const json_t *v)
{
    return account_get_text(r, key, v, &r->a->config.instance);
}

static int read_word(const struct account_reading *r, const char *key,
                     const json_t *v, const char *const words[3])
{
    const char *text = "";

    if (account_get_text(r, key, v, &text))
        return -1;
    for (int i = 0; i < 3; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    return account_refuse(r, "\"%s\" is one of %s, %s, %s", key, words[0],
                          words[1], words[2]);
}

int account_read_gruu(const struct account_reading *r, const char *key,
                      const json_t *v)
{
    static const char *const words[3] = {"auto", "always", "never"};

    r->a->config.gruu = read_word(r, key, v, words);
    return r->a->config.gruu < 0 ? -1 : 0;
}

int account_read_transfers(const struct account_reading *r, const char *key,
                           const json_t *v)
{
    static const char *const words[3] = {"ask", "follow", "refuse"};

    r->a->config.transfers = read_word(r, key, v, words);
    return r->a->config.transfers < 0 ? -1 : 0;
}

int account_read_refers(const struct account_reading *r, const char *key,
                        const json_t *v)
{
    static const char *const words[3] = {"refuse", "ask", "own"};

    r->a->config.refers = read_word(r, key, v, words);
    return r->a->config.refers < 0 ? -1 : 0;
}

static int read_flag(const struct account_reading *r, const char *key,
                     const json_t *v, int *flag)
{
    if (!json_is_boolean(v))
        return account_refuse(r, "\"%s\" must be true or false", key);
    *flag = json_is_true(v);
    return 0;
}

int account_read_clean(const struct account_reading *r, const char *key,
                       const json_t *v)
{
    return read_flag(r, key, v, &r->a->config.clean);
}

int account_read_share_flow(const struct account_reading *r, const char *key,
                            const json_t *v)
{
    return read_flag(r, key, v, &r->a->config.share_flow);
}

int account_read_flows(const struct account_reading *r, const char *key,
                       const json_t *v)
{
    json_int_t n = json_integer_value(v);

    if (!json_is_integer(v) || n < 1 || n > 2)
        return account_refuse(r, "\"%s\" must be 1 or 2", key);
    r->a->config.flows = (int)n;
    return 0;
}

int account_read_retry_base(const struct account_reading *r, const char *key,
                            const json_t *v)
{
    json_int_t s = json_integer_value(v);

    if (!json_is_integer(v) || s < 1 || s > 1800)
        return account_refuse(r, "\"%s\" must be 1 to 1800 seconds", key);
    r->a->config.retry_base = (uint32_t)s;
    return 0;
}

/* The same at each start: of this machine, this file. A machine without an
 * id gets a random instance from the library. */
void account_derive_instance(struct account_file *a, const char *path)
{
    char id[64] = "";
    uint8_t md[ENV_MD_MAX];
    char *full = realpath(path, NULL);
    FILE *f = fopen("/etc/machine-id", "r");
    const struct slice parts[] = {S("siplock instance "),
                                  slice_of(id, sizeof(id)), slice_cstr(full)};

    if (f && fgets(id, sizeof(id), f) && strlen(id) >= 32 && full &&
        !tls_crypto_init() && !tls_crypto_md(NULL, ENV_SHA256, parts, 3, md)) {
        snprintf(a->instance, sizeof(a->instance),
                 "urn:uuid:%02x%02x%02x%02x-%02x%02x-8%01x%02x-"
                 "8%01x%02x-%02x%02x%02x%02x%02x%02x",
                 md[0], md[1], md[2], md[3], md[4], md[5], md[6] & 15, md[7],
                 md[8] & 15, md[9], md[10], md[11], md[12], md[13], md[14],
                 md[15]);
        a->config.instance = a->instance;
    }
    if (f)
        fclose(f);
    free(full);
}
