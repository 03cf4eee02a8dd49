/* SPDX-License-Identifier: Apache-2.0 */
/* The account file's members about trust: anchors, pins, lists, own key. */
#include <string.h>

#include "tools/account_read.h"

/* A text, or a list of them. */
static int get_texts(const struct account_reading *r, const char *key,
                     const json_t *v, const char **list, size_t *n)
{
    if (json_is_array(v))
        return account_get_list(r, key, v, list, n);
    *n = 1;
    return account_get_text(r, key, v, &list[0]);
}

/* "system" among the files stands for the system's store. */
int account_read_ca(const struct account_reading *r, const char *key,
                    const json_t *v)
{
    struct siplock_account_config *c = &r->a->config;
    const char **list = r->a->ca;
    size_t n = 0;

    if (get_texts(r, key, v, list, &n))
        return -1;
    c->ca_file = list;
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], "system") == 0)
            c->ca_system = 1;
        else
            list[c->ca_files++] = list[i];
    return 0;
}

int account_read_pins(const struct account_reading *r, const char *key,
                      const json_t *v)
{
    r->a->config.pin = r->a->pin;
    return get_texts(r, key, v, r->a->pin, &r->a->config.pins);
}

int account_read_pins_end(const struct account_reading *r, const char *key,
                          const json_t *v)
{
    return account_get_text(r, key, v, &r->a->config.pins_end);
}

int account_read_trust(const struct account_reading *r, const char *key,
                       const json_t *v)
{
    const char *text = "";

    if (account_get_text(r, key, v, &text))
        return -1;
    if (strcmp(text, "pin") != 0 && strcmp(text, "ca") != 0)
        return account_refuse(r, "\"trust\" is one of ca, pin");
    r->a->config.trust_pins = strcmp(text, "pin") == 0;
    return 0;
}

int account_read_crl(const struct account_reading *r, const char *key,
                     const json_t *v)
{
    r->a->config.crl_file = r->a->crl;
    return get_texts(r, key, v, r->a->crl, &r->a->config.crl_files);
}

int account_read_cert(const struct account_reading *r, const char *key,
                      const json_t *v)
{
    return account_get_text(r, key, v, &r->a->config.cert_file);
}

int account_read_key(const struct account_reading *r, const char *key,
                     const json_t *v)
{
    return account_get_text(r, key, v, &r->a->config.key_file);
}
