/* SPDX-License-Identifier: Apache-2.0 */
/* The second flow of an account, to another edge (RFC 5626 3.3, 4.2). */
#include "ua/twin.h"

#include <string.h>

#include "sip/base/err.h"
#include "ua/account.h"
#include "ua/call.h"
#include "ua/event.h"
#include "ua/message.h"
#include "ua/reference.h"
#include "ua/register.h"
#include "ua/riders.h"
#include "ua/sub.h"

int ua_twin_new(struct ua_account *acc, enum policy_level floor,
                const struct siplock_account_config *config, struct cause *why)
{
    struct siplock_account_config one = *config;
    int err;

    one.flows = 1;
    one.clean = 0;
    err = ua_account_new(&acc->twin, acc->env, floor, &one, why);
    if (err)
        return err;
    acc->twin->second = true;
    acc->twin->twin = acc;
    return 0;
}

struct ua_account *ua_twin_of(const struct ua_account *acc)
{
    return acc->twin && acc->twin->core ? acc->twin : NULL;
}

/* E_NOMEM, E_FULL, E_RANDOM: it sleeps on, until the next refresh. */
static int wake(const struct ua_account *acc, struct ua_account *twin)
{
    int err;

    twin->core = acc->core;
    twin->id = acc->id;
    twin->policy_id = acc->policy_id;
    memcpy(twin->binding.instance, acc->binding.instance,
           sizeof(twin->binding.instance));
    err = ua_reg_init(twin);
    if (!err)
        err = ua_riders_join(twin);
    if (err)
        twin->core = NULL;
    return err;
}

void ua_twin_wake(struct ua_account *acc, struct now now)
{
    struct ua_account *twin = acc->twin;

    if (!twin || twin->core)
        return;
    if (!acc->binding.outbound) {
        if (!acc->told_one_flow)
            ua_event_notice(acc, "second_flow_unused");
        acc->told_one_flow = true;
        return;
    }
    if (wake(acc, twin) == 0)
        ua_reg_start(twin, now);
}

static bool is_up(const struct ua_account *acc)
{
    return acc && acc->flow->state == UA_FLOW_UP;
}

struct ua_account *ua_twin_best(struct ua_account *acc)
{
    struct ua_account *twin = ua_twin_of(acc);

    return !is_up(acc) && is_up(twin) ? twin : acc;
}

static void move_call(struct ua_call *c, struct ua_account *to)
{
    struct ua_account *from = c->acc;

    from->calls--;
    to->calls++;
    if (!c->over) {
        from->live--;
        to->live++;
    }
    c->acc = to;
}

bool ua_twin_follow(struct ua_call *c, const struct ua_flow *flow)
{
    struct ua_account *twin = ua_twin_of(c->acc);

    if (c->acc->flow == flow)
        return true;
    if (!twin || twin->flow != flow || !ua_server_done(c))
        return false;
    move_call(c, twin);
    return true;
}

/* Is that the edge that the account's flow led to? */
static bool was_edge(void *user, const struct sip_host *host)
{
    const struct ua_account *acc = user;
    struct tls_addr at;
    struct ua_edge edge;

    if (tls_addr_parse_ip(&at, host->text) == 0)
        return tls_addr_same_ip(&at, &acc->flow->was);
    return ua_edges_in_use(acc, &edge) && sip_host_eq(host, &edge.host);
}

/* Its edge is gone from the way, and the other one is there in its place: a
 * request that names it would be sent back to it. */
void ua_twin_reroute(struct sip_dialog *d, struct ua_account *from)
{
    sip_dialog_skip(d, was_edge, from);
}

static void move_calls(struct ua_account *from, struct ua_account *to,
                       struct now now)
{
    struct ua_call *c;
    uint32_t pos = 0;

    while (from->calls && (c = idtab_next(&from->core->calls, &pos)))
        if (c->acc == from && ua_server_done(c)) {
            move_call(c, to);
            for (unsigned i = 0; i < c->legs; i++)
                ua_twin_reroute(&c->leg[i], from);
            ua_call_go_on(c, now);
        }
}

static void take_over(struct ua_account *from, struct ua_account *to,
                      struct now now)
{
    if (!from || from->removing || is_up(from) || !is_up(to))
        return;
    move_calls(from, to, now);
    ua_sub_move_all(from, to, now);
    ua_message_move_all(from, to, now);
    ua_reference_move_all(from, to, now);
}

void ua_twin_up(struct ua_flow *flow, struct now now)
{
    for (struct ua_account *acc = flow->first; acc; acc = acc->next_rider)
        take_over(ua_twin_of(acc), acc, now);
}

void ua_twin_lost(struct ua_flow *flow, struct now now)
{
    for (struct ua_account *acc = flow->first; acc; acc = acc->next_rider)
        take_over(acc, ua_twin_of(acc), now);
}
