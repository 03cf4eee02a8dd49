/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that come in, each one an account's flow. */
#include "ua/direct.h"

#include "sip/base/err.h"
#include "ua/account.h"
#include "ua/host.h"

struct ua_direct {
    struct ua_direct_world w;
    struct ua_direct_config config;
    const struct policy_self *ticket;
    struct tls_listener *listener;
    bool closing;
};

/* Nobody is verified by this connection, so nobody can be dialled for its
 * account either: flow and account end together. */
static int make_account(struct ua_direct *d, struct ua_account **acc)
{
    const struct siplock_account_config config = {
        .size = sizeof(config),
        .aor = "sip:direct@direct.invalid",
        .level = (int)d->config.level,
        .no_register = 1,
    };
    struct cause why;
    int err = ua_account_new(acc, d->w.env, d->w.floor, &config, &why);

    if (!err)
        ua_account_trust(*acc, (struct tls_cred *)(uintptr_t)d->config.own);
    return err;
}

static uint64_t up(void *user, void *port, const struct ua_flow_facts *facts)
{
    struct ua_direct *d = user;
    uint64_t id = 0, flow = 0;
    struct ua_came_in in = {.facts = facts, .port = port};
    int err = ua_mailbox_account_id(d->w.mailbox, &id);

    if (!err)
        err = make_account(d, &in.acc);
    if (!err)
        err = ua_core_direct(d->w.core, ua_host_now(), id, &in, &flow);
    if (!err)
        return flow;
    ua_account_free(in.acc, ua_host_now());
    if (id)
        ua_mailbox_forget(d->w.mailbox, id);
    return 0;
}

static void nobody(void *user)
{
    (void)user;
}

static void accepted(void *user, struct tls_conn *c)
{
    struct ua_direct *d = user;
    const struct ua_acceptor acceptor = {up, d};

    if (d->closing || ua_port_accept(d->w.ports, c, &acceptor))
        tls_abort(c, nobody, NULL);
}

int ua_direct_open(struct ua_direct **out, const struct ua_direct_world *w,
                   const struct ua_direct_config *config, struct tls_addr *at)
{
    struct ua_direct *d = env_alloc(w->env, sizeof(*d));
    const struct tls_acceptor acceptor = {accepted, d};
    int err = d ? 0 : E_NOMEM;

    if (err)
        return err;
    d->w = *w;
    d->config = *config;
    err = config->mint(w->policy, &d->ticket, config->own, config->level);
    if (!err)
        err = tls_listen(&d->listener, w->ports->net, d->ticket, &config->at,
                         &acceptor);
    if (err) {
        env_free(w->env, d);
        return err;
    }
    *out = d;
    return tls_listener_addr(d->listener, at);
}

static void closed(void *user)
{
    struct ua_direct *d = user;

    env_free(d->w.env, d);
}

void ua_direct_close(struct ua_direct *d)
{
    if (!d)
        return;
    d->closing = true;
    policy_self_revoke(d->w.policy, d->ticket);
    tls_listener_close(d->listener, closed, d);
}
