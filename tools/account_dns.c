/* SPDX-License-Identifier: Apache-2.0 */
/* The account file's members about DNS. */
#include <string.h>

#include "tls/locate.h"
#include "tls/name.h"
#include "tools/account_read.h"
#include "ua/dns.h"

int account_read_dns(const struct account_reading *r, const char *key,
                     const json_t *v)
{
    r->a->config.dns = r->a->dns;
    return account_get_list(r, key, v, r->a->dns, &r->a->config.dns_servers);
}

int account_read_dns_search(const struct account_reading *r, const char *key,
                            const json_t *v)
{
    struct siplock_dns_config *dns = &r->a->dns_config;
    struct tls_name name;

    dns->search = r->a->search;
    if (account_get_list(r, key, v, r->a->search, &dns->searches))
        return -1;
    if (dns->searches > TLS_LOCATE_SEARCH_MAX)
        return account_refuse(r, "\"%s\" has more than %d domains", key,
                              TLS_LOCATE_SEARCH_MAX);
    for (size_t i = 0; i < dns->searches; i++)
        if (tls_name_parse(&name, slice_cstr(r->a->search[i])))
            return account_refuse(r, "\"%s\": %s is no domain", key,
                                  r->a->search[i]);
    return 0;
}

int account_read_dns_try_ms(const struct account_reading *r, const char *key,
                            const json_t *v)
{
    json_int_t ms = json_is_integer(v) ? json_integer_value(v) : 0;

    if (ms < UA_DNS_TRY_MIN_MS || ms > UA_DNS_TRY_MAX_MS)
        return account_refuse(r, "\"%s\" must be a number from %d to %d", key,
                              UA_DNS_TRY_MIN_MS, UA_DNS_TRY_MAX_MS);
    r->a->dns_config.try_ms = (unsigned)ms;
    return 0;
}

int account_file_dns(const struct account_file *a, struct siplock *s)
{
    struct siplock_dns_config dns = a->dns_config;

    dns.size = sizeof(dns);
    return siplock_dns(s, &dns);
}
