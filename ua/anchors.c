/* SPDX-License-Identifier: Apache-2.0 */
/* Trust anchors: read once, shared, counted. */
#include "ua/anchors.h"

#include "sip/base/err.h"
#include "sip/base/out.h"

struct ua_anchors {
    const struct env *env;
    struct ua_anchors *next;
    struct slice key; /* all that decides, laid end to end; owned */
    struct tls_cred *cred;
    siplock_verify_cb verify;
    void *verify_user;
    unsigned uses;
};

static void destroy(struct ua_anchors *set)
{
    tls_cred_free(set->cred);
    env_free(set->env, (void *)(uintptr_t)set->key.p);
    env_free(set->env, set);
}

/* One part of the key: its bytes behind their number. o NULL: counted. */
static void part(struct out *o, size_t *total, const void *p, size_t n)
{
    *total += n + sizeof(n);
    if (!o)
        return;
    out_put(o, slice_of(&n, sizeof(n)));
    out_put(o, slice_of(p, n));
}

static void list(struct out *o, size_t *total, const char *const *text,
                 size_t n)
{
    part(o, total, &n, sizeof(n));
    for (size_t i = 0; i < n; i++)
        part(o, total, text[i], slice_cstr(text[i]).n);
}

static void text(struct out *o, size_t *total, const char *s)
{
    part(o, total, s, slice_cstr(s).n);
}

/* All that decides; the private key is the certificate's, so not in it. */
static void parts(struct out *o, size_t *total,
                  const struct siplock_account_config *c)
{
    list(o, total, c->ca_file, c->ca_files);
    part(o, total, c->ca_pem.p, c->ca_pem.n);
    part(o, total, &c->ca_system, sizeof(c->ca_system));
    list(o, total, c->pin, c->pins);
    text(o, total, c->pins_end);
    part(o, total, &c->trust_pins, sizeof(c->trust_pins));
    list(o, total, c->crl_file, c->crl_files);
    text(o, total, c->cert_file);
    text(o, total, c->key_file);
    part(o, total, c->cert_pem.p, c->cert_pem.n);
    part(o, total, &c->psa_key, sizeof(c->psa_key));
    part(o, total, &c->verify, sizeof(c->verify));
    part(o, total, &c->verify_user, sizeof(c->verify_user));
}

static int make_key(struct ua_anchors *set,
                    const struct siplock_account_config *config)
{
    size_t total = 0, again = 0;
    char *p;

    parts(NULL, &total, config);
    p = env_alloc(set->env, total);
    if (!p)
        return E_NOMEM;
    struct out o = out_of(p, total);

    parts(&o, &again, config);
    set->key = slice_of(p, total);
    return 0;
}

/* The app's callback has public types only. */
static int ask_app(void *user, const struct tls_chain *chain)
{
    const struct ua_anchors *set = user;
    struct siplock_str der[16];
    size_t n = chain->n < 16 ? chain->n : 16;

    for (size_t i = 0; i < n; i++)
        der[i] = (struct siplock_str){chain->der[i].p, chain->der[i].n};
    return set->verify(set->verify_user, der, n,
                       (struct siplock_str){chain->name.p, chain->name.n});
}

static int load_anchors(struct tls_cred *cred,
                        const struct siplock_account_config *config,
                        struct cause *why)
{
    bool none = config->ca_files == 0 && config->ca_pem.n == 0 &&
                !config->trust_pins && !config->verify;
    int err = 0;

    if (none || config->ca_system)
        err = tls_cred_add_system(cred, why);
    for (size_t i = 0; !err && i < config->ca_files; i++)
        err = tls_cred_add_file(cred, slice_cstr(config->ca_file[i]), why);
    if (!err && config->ca_pem.n)
        err = tls_cred_add_pem(
            cred, slice_of(config->ca_pem.p, config->ca_pem.n), why);
    for (size_t i = 0; !err && i < config->crl_files; i++)
        err =
            tls_cred_add_crl_file(cred, slice_cstr(config->crl_file[i]), why);
    return err;
}

static int load_pins(struct tls_cred *cred,
                     const struct siplock_account_config *config,
                     struct cause *why)
{
    int err = 0;

    for (size_t i = 0; !err && i < config->pins; i++)
        err = tls_cred_add_pin(cred, slice_cstr(config->pin[i]), why);
    if (!err && config->pins_end)
        err = tls_cred_pins_end(cred, slice_cstr(config->pins_end), why);
    if (!err && config->trust_pins)
        err = tls_cred_trust_pins(cred, why);
    return err;
}

static int load_own(struct tls_cred *cred,
                    const struct siplock_account_config *config,
                    struct cause *why)
{
    struct slice pem = slice_of(config->cert_pem.p, config->cert_pem.n);

    if (config->cert_file)
        return tls_cred_own_files(cred, slice_cstr(config->cert_file),
                                  slice_cstr(config->key_file), why);
    if (pem.n && config->psa_key)
        return tls_cred_own_psa(cred, pem, config->psa_key, why);
    if (pem.n)
        return tls_cred_own_pem(
            cred, pem, slice_of(config->key_pem.p, config->key_pem.n), why);
    return 0;
}

static int load(struct ua_anchors *set,
                const struct siplock_account_config *config, struct cause *why)
{
    const struct tls_verifier app = {ask_app, set};
    int err = tls_cred_new(&set->cred, set->env);

    set->verify = config->verify;
    set->verify_user = config->verify_user;
    if (!err)
        err = load_anchors(set->cred, config, why);
    if (!err)
        err = load_pins(set->cred, config, why);
    if (!err)
        err = load_own(set->cred, config, why);
    if (!err && config->verify)
        err = tls_cred_verifier(set->cred, &app);
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
