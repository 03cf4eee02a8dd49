/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions of how DNS is asked. */
#include "sip/base/err.h"
#include "ua/api.h"
#include "ua/loop_impl.h"

static int read_servers(struct ua_dns_options *o,
                        const struct siplock_dns_config *config)
{
    if (config->servers > UA_DNS_MAX)
        return E_INVAL;
    for (size_t i = 0; i < config->servers; i++)
        if (tls_addr_parse(&o->server[i], slice_cstr(config->server[i]), 53))
            return E_INVAL;
    o->nservers = config->servers;
    return 0;
}

static int set_search(struct siplock *s,
                      const struct siplock_dns_config *config)
{
    struct slice domain[TLS_LOCATE_SEARCH_MAX];
    int err;

    if (config->searches > TLS_LOCATE_SEARCH_MAX)
        return E_INVAL;
    for (size_t i = 0; i < config->searches; i++)
        domain[i] = slice_cstr(config->search[i]);
    err = ua_core_search(s->loop->core, domain, config->searches);
    return err == E_NOMEM || !err ? err : E_INVAL;
}

int siplock_dns(struct siplock *s, const struct siplock_dns_config *config)
{
    struct ua_dns_options o = {.try_ms = config->try_ms,
                               .query = config->query,
                               .cancel = config->cancel,
                               .user = config->user};
    int err;

    if (config->size != sizeof(*config) ||
        (o.try_ms &&
         (o.try_ms < UA_DNS_TRY_MIN_MS || o.try_ms > UA_DNS_TRY_MAX_MS)))
        return E_INVAL;
    if (ua_loop_running(s->loop))
        return E_STATE;
    err = read_servers(&o, config);
    if (!err)
        err = set_search(s, config);
    if (!err)
        ua_dns_set(s->loop->dns, &o);
    return err;
}

int siplock_dns_answer(struct siplock *s, uint64_t id, const uint8_t *packet,
                       size_t n)
{
    struct ua_mail mail = {.kind = UA_MAIL_DNS, .id = id};
    int err = n > TLS_DNS_PACKET_MAX ? E_INVAL : 0;

    if (!err && n)
        err = env_copy(&s->host.env, &mail.target, slice_of(packet, n));
    if (!err)
        err = ua_mailbox_post(ua_loop_mailbox(s->loop), &mail);
    if (err)
        env_free(&s->host.env, (void *)(uintptr_t)mail.target.p);
    return err;
}
