/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: every member of the configuration is checked here. */
#include "ua/account.h"

#include <string.h>

#include "sdp/codec.h"
#include "sip/base/err.h"
#include "ua/flow.h"
#include "ua/register.h"
#include "ua/riders.h"
#include "ua/twin.h"
#include "ua/txn.h"
#include "ua/uri_check.h"

/* One owned copy of the texts that the URIs and slices then point into. */
static int copy_texts(struct ua_account *acc,
                      const struct siplock_account_config *config)
{
    struct slice aor = slice_cstr(config->aor);
    struct slice outbound = slice_cstr(config->outbound);
    char *p = env_alloc(acc->env, aor.n + outbound.n + 1);

    if (!p)
        return E_NOMEM;
    memcpy(p, aor.p, aor.n);
    if (outbound.n)
        memcpy(p + aor.n, outbound.p, outbound.n);
    acc->text = slice_of(p, aor.n + outbound.n);
    return 0;
}

static int set_aor(struct ua_account *acc, struct slice text,
                   struct cause *why)
{
    enum policy_why refusal;

    if (sip_uri_parse(&acc->aor, text, NULL) ||
        (acc->aor.scheme != SIP_SCHEME_SIP &&
         acc->aor.scheme != SIP_SCHEME_SIPS) ||
        !acc->aor.has_user || acc->aor.has_password || acc->aor.headers.n)
        return ua_config_fault(why, "aor: not of the form sip:user@domain");
    refusal = ua_uri_check(&acc->aor);
    if (refusal != POLICY_ALLOWED)
        return ua_refused(why, refusal);
    acc->host = acc->aor.host.text;
    acc->port = acc->aor.port;
    return 0;
}

static int set_addresses(struct ua_account *acc,
                         const struct siplock_account_config *config,
                         struct cause *why)
{
    uint16_t port = acc->port ? acc->port : TLS_LOCATE_PORT;

    if (config->addresses > UA_ADDRS_MAX)
        return ua_config_fault(why, "address: more than 16 entries");
    if (config->addresses && acc->edges)
        return ua_config_fault(
            why, "address: outbound names several edges, and it does "
                 "not say whose it is");
    if (config->dns_servers > UA_DNS_MAX)
        return ua_config_fault(why, "dns: more than 8 entries");
    acc->addr = env_alloc(acc->env, (config->addresses + config->dns_servers) *
                                        sizeof(*acc->addr));
    if (!acc->addr) {
        cause_set(why, CAUSE_out_of_memory);
        return E_NOMEM;
    }
    acc->dns = acc->addr + config->addresses;
    for (size_t i = 0; i < config->addresses; i++)
        if (tls_addr_parse(&acc->addr[i], slice_cstr(config->address[i]),
                           port))
            return ua_config_fault(
                why, "address: not of the form 192.0.2.1:5061 or "
                     "[2001:db8::1]:5061");
    for (size_t i = 0; i < config->dns_servers; i++)
        if (tls_addr_parse(&acc->dns[i], slice_cstr(config->dns[i]), 53))
            return ua_config_fault(why, "dns: not of the form 192.0.2.53 or "
                                        "192.0.2.53:5353");
    acc->naddr = config->addresses;
    acc->ndns = config->dns_servers;
    return 0;
}

/* The policy asks again when the account is added; here it is refused at
 * once, with the reason. */
static int set_level(struct ua_account *acc, enum policy_level floor,
                     const struct siplock_account_config *config,
                     struct cause *why)
{
    static const enum tls_name_rule rules[] = {
        [SIPLOCK_NAMES_RFC5922] = TLS_NAME_RFC5922,
        [SIPLOCK_NAMES_RFC6125] = TLS_NAME_RFC6125,
        [SIPLOCK_NAMES_CN] = TLS_NAME_CN,
    };
    struct tls_name name;

    if (config->names < 0 || config->names > SIPLOCK_NAMES_CN)
        return ua_config_fault(why, "names: not one of the enum");
    if (config->level < 0 || config->level > SIPLOCK_LEVEL_MODERN)
        return ua_refused(why, POLICY_level_unknown);
    acc->names = rules[config->names];
    acc->level = (enum policy_level)config->level;
    if (config->level == SIPLOCK_LEVEL_DEFAULT)
        acc->level = floor > POLICY_STRICT ? floor : POLICY_STRICT;
    if (acc->level < floor)
        return ua_refused(why, POLICY_level_below_floor);
    if (tls_name_parse(&name, acc->host))
        return ua_refused(why, POLICY_name_missing);
    return 0;
}

static int set_ha1(struct ua_account *acc, const struct siplock_ha1 *ha1,
                   struct cause *why)
{
    if (!ha1)
        return 0;
    if (ha1->md5 &&
        sip_digest_set_ha1(&acc->digest, ENV_MD5, slice_cstr(ha1->md5)))
        return ua_config_fault(why, "ha1: md5 is not 32 hex digits");
    if (ha1->sha256 &&
        sip_digest_set_ha1(&acc->digest, ENV_SHA256, slice_cstr(ha1->sha256)))
        return ua_config_fault(why, "ha1: sha256 is not 64 hex digits");
    if (ha1->sha512_256 && sip_digest_set_ha1(&acc->digest, ENV_SHA512_256,
                                              slice_cstr(ha1->sha512_256)))
        return ua_config_fault(why, "ha1: sha512_256 is not 64 hex digits");
    return 0;
}

static int set_digest(struct ua_account *acc,
                      const struct siplock_account_config *config,
                      struct cause *why)
{
    const struct siplock_ha1 *ha1 = config->ha1;
    struct slice user =
        config->user ? slice_cstr(config->user) : acc->aor.user;
    struct slice realm = slice_cstr(config->realm);
    unsigned flags = 0;
    int err;

    if (acc->level != POLICY_MODERN)
        flags = SIP_DIGEST_ALLOW_MD5 | SIP_DIGEST_ALLOW_NO_QOP;
    if (ha1 && !ha1->realm)
        return ua_config_fault(why, "ha1: a hash needs its realm");
    if (ha1)
        realm = slice_cstr(ha1->realm);
    sip_digest_free(&acc->digest);
    sip_digest_init(&acc->digest, acc->env, flags);
    err = sip_digest_set_user(&acc->digest, user, realm);
    if (err == E_NOMEM) {
        cause_set(why, CAUSE_out_of_memory);
        return err;
    }
    if (err)
        return ua_config_fault(
            why, "user or realm: has characters that cannot be sent");
    return set_ha1(acc, ha1, why);
}

/* Events go with whatever voice there is. */
static int set_codecs(struct ua_account *acc,
                      const struct siplock_account_config *config,
                      struct cause *why)
{
    const unsigned voice = (1u << SDP_CODEC_EVENT) - 2;
    unsigned events = (1u << SDP_CODEC_COUNT) - 2 - voice;

    acc->codecs = config->codecs ? events : events | voice;
    for (size_t i = 0; i < config->codecs; i++) {
        struct slice name = slice_cstr(config->codec[i]);
        int known = 0;

        for (int k = SDP_CODEC_NONE + 1; k < SDP_CODEC_EVENT; k++)
            if (slice_ieq(name,
                          sdp_codec_format((enum sdp_codec)k).encoding)) {
                acc->codecs |= 1u << k;
                known = 1;
            }
        if (!known)
            return ua_config_fault(why, "codec: not one of opus, pcma, pcmu");
    }
    return 0;
}

static int configure(struct ua_account *acc, enum policy_level floor,
                     const struct siplock_account_config *config,
                     struct cause *why)
{
    size_t aor_n = slice_cstr(config->aor).n;
    int err = copy_texts(acc, config);

    if (err) {
        cause_set(why, CAUSE_out_of_memory);
        return err;
    }
    if (config->expires &&
        (config->expires < UA_EXPIRES_MIN || config->expires > UA_EXPIRES_MAX))
        return ua_config_fault(why, "expires: not 60 to 604800 seconds");
    acc->reg.expires = config->expires;
    if (ua_binding_configure(acc, config))
        return ua_config_fault(
            why, "instance or gruu: not a URN of less than 64 bytes, "
                 "or not one of the enum");
    acc->reg.clean = config->clean != 0;
    if (config->retry_base > UA_BACKOFF_MAX_MS / 1000)
        return ua_config_fault(why, "retry_base: more than 1800 seconds");
    if (config->flows < 0 || config->flows > 2)
        return ua_config_fault(why, "flows: not 1 or 2");
    if (config->transfers < 0 || config->transfers > SIPLOCK_TRANSFERS_REFUSED)
        return ua_config_fault(why, "transfers: not one of the enum");
    if (config->refers < 0 || config->refers > SIPLOCK_REFERS_OWN)
        return ua_config_fault(why, "refers: not one of the enum");
    err = set_aor(acc, slice_of(acc->text.p, aor_n), why);
    if (!err)
        err = ua_edges_set(acc, slice_skip(acc->text, aor_n), why);
    if (!err)
        err = set_addresses(acc, config, why);
    if (!err)
        err = set_level(acc, floor, config, why);
    if (!err)
        err = set_digest(acc, config, why);
    if (!err)
        err = set_codecs(acc, config, why);
    if (!err && config->flows == 2)
        err = ua_twin_new(acc, floor, config, why);
    return err;
}

int ua_account_new(struct ua_account **out, const struct env *env,
                   enum policy_level floor,
                   const struct siplock_account_config *config,
                   struct cause *why)
{
    struct ua_account *acc;
    int err;

    if (!config->aor)
        return ua_config_fault(why, "aor: missing");
    acc = env_alloc(env, sizeof(*acc));
    if (!acc) {
        cause_set(why, CAUSE_out_of_memory);
        return E_NOMEM;
    }
    acc->env = env;
    acc->password = config->password;
    acc->password_user = config->password_user;
    acc->no_register = config->no_register != 0;
    acc->transfer = config->transfers;
    acc->refers = config->refers;
    acc->share = config->share_flow != 0;
    acc->retry_base_ms = config->retry_base
                             ? 1000 * (int64_t)config->retry_base
                             : UA_BACKOFF_BASE_MS;
    sip_digest_init(&acc->digest, env, 0);
    acc->reg.timer.kind = UA_TIMER_REG;
    err = configure(acc, floor, config, why);
    if (err) {
        ua_account_free(acc, (struct now){0});
        return err;
    }
    *out = acc;
    return 0;
}

void ua_account_trust(struct ua_account *acc, struct tls_cred *cred)
{
    acc->cred = cred;
    if (acc->twin)
        acc->twin->cred = cred;
}

/* What only an account that was added has. */
static void leave(struct ua_account *acc, struct now now)
{
    struct ua_core *core = acc->core;

    ua_txn_flow_down(acc, now);
    ua_txn_forget_all(acc);
    ua_riders_leave(acc, now);
    heap_disarm(&core->heap, &acc->reg.timer);
    if (acc->second)
        return;
    if (acc->policy_id)
        policy_account_remove(core->policy, acc->policy_id);
    if (acc->id)
        idtab_remove(&core->accounts, acc->id);
}

void ua_account_free(struct ua_account *acc, struct now now)
{
    if (!acc)
        return;
    if (acc->second)
        acc->twin->twin = NULL;
    else
        ua_account_free(acc->twin, now);
    if (acc->core)
        leave(acc, now);
    ua_binding_forget(acc);
    sip_digest_free(&acc->digest);
    env_free(acc->env, acc->addr);
    ua_edges_free(acc);
    env_free(acc->env, (void *)(uintptr_t)acc->text.p);
    env_free(acc->env, acc);
}
