/* SPDX-License-Identifier: Apache-2.0 */
/* Trust anchors: read once, shared, counted. */
#include "ua/anchors.h"

#include "sip/base/err.h"
#include "sip/base/out.h"

struct ua_anchors {
    const struct env *env;
    struct ua_anchors *next;
    struct slice key; /* the file names, each ended by a NUL; owned */
    struct tls_cred *cred;
    unsigned uses;
};

static void destroy(struct ua_anchors *set)
{
    tls_cred_free(set->cred);
    env_free(set->env, (void *)(uintptr_t)set->key.p);
    env_free(set->env, set);
}

static int make_key(struct ua_anchors *set,
                    const struct siplock_account_config *config)
{
    size_t total = config->ca_pem.n;
    char *p;

    for (size_t i = 0; i < config->ca_files; i++)
        total += slice_cstr(config->ca_file[i]).n + 1;
    p = env_alloc(set->env, total);
    if (!p)
        return E_NOMEM;
    struct out o = out_of(p, total);

    for (size_t i = 0; i < config->ca_files; i++) {
        out_put(&o, slice_cstr(config->ca_file[i]));
        out_char(&o, '\0');
    }
    out_put(&o, slice_of(config->ca_pem.p, config->ca_pem.n));
    set->key = slice_of(p, total);
    return 0;
}

static int load(struct ua_anchors *set,
                const struct siplock_account_config *config, struct cause *why)
{
    int err = tls_cred_new(&set->cred, set->env);

    if (!err && config->ca_files == 0 && config->ca_pem.n == 0)
        err = tls_cred_add_system(set->cred, why);
    for (size_t i = 0; !err && i < config->ca_files; i++)
        err =
            tls_cred_add_file(set->cred, slice_cstr(config->ca_file[i]), why);
    if (!err && config->ca_pem.n)
        err = tls_cred_add_pem(
            set->cred, slice_of(config->ca_pem.p, config->ca_pem.n), why);
    return err;
}

int ua_anchors_load(struct ua_anchors **out, const struct env *env,
                    const struct siplock_account_config *config,
                    struct cause *why)
{
    struct ua_anchors *set = env_alloc(env, sizeof(*set));
    int err;

    cause_set(why, CAUSE_out_of_memory);
    if (!set)
        return E_NOMEM;
    set->env = env;
    err = make_key(set, config);
    if (!err)
        err = load(set, config, why);
    if (err) {
        destroy(set);
        return err;
    }
    *out = set;
    return 0;
}

struct ua_anchors *ua_anchors_share(struct ua_anchors **list,
                                    struct ua_anchors *set)
{
    for (struct ua_anchors *at = *list; at; at = at->next)
        if (slice_eq(at->key, set->key)) {
            destroy(set);
            at->uses++;
            return at;
        }
    set->next = *list;
    set->uses = 1;
    *list = set;
    return set;
}

struct tls_cred *ua_anchors_cred(const struct ua_anchors *set)
{
    return set->cred;
}

void ua_anchors_put(struct ua_anchors **list, const struct tls_cred *cred)
{
    for (struct ua_anchors *set = *list; set; set = set->next)
        if (set->cred == cred && set->uses)
            set->uses--;
}

void ua_anchors_settle(struct ua_anchors **list)
{
    while (*list) {
        struct ua_anchors *set = *list;

        if (set->uses) {
            list = &set->next;
            continue;
        }
        *list = set->next;
        destroy(set);
    }
}

void ua_anchors_free(struct ua_anchors **list)
{
    while (*list) {
        struct ua_anchors *set = *list;

        *list = set->next;
        destroy(set);
    }
}
