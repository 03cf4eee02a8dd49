/* SPDX-License-Identifier: Apache-2.0 */
/* The edges of an account: read, looked for, verified each by its name. */
#include "ua/edges.h"

#include "sip/base/err.h"
#include "ua/state.h"
#include "ua/uri_check.h"

static int read_one(struct sip_uri *uri, struct slice text, struct cause *why)
{
    enum policy_why refusal;
    struct tls_name name;

    if (sip_uri_parse(uri, text, NULL) ||
        (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS) ||
        uri->has_user || uri->headers.n)
        return ua_config_fault(why, "outbound: not of the form "
                                    "sip:host:5061;transport=tls");
    refusal = ua_uri_check(uri);
    if (refusal != POLICY_ALLOWED)
        return ua_refused(why, refusal);
    if (tls_name_parse(&name, uri->host.text))
        return ua_refused(why, POLICY_name_missing);
    return 0;
}

static size_t count(struct slice text)
{
    size_t n = 1;

    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == ',';
    return n;
}

static struct slice next(struct slice *rest)
{
    size_t n = slice_find(*rest, ',');
    struct slice one = slice_trim(slice_of(rest->p, n));

    *rest = slice_skip(*rest, n < rest->n ? n + 1 : n);
    return one;
}

int ua_edges_set(struct ua_account *acc, struct slice text, struct cause *why)
{
    size_t n = count(text);
    struct sip_uri uri;
    int err;

    if (!text.n)
        return 0;
    if (n > UA_EDGES_MAX)
        return ua_config_fault(why, "outbound: more than 4 edges");
    if (n > 1)
        acc->edge = env_alloc(acc->env, n * sizeof(*acc->edge));
    if (n > 1 && !acc->edge) {
        cause_set(why, CAUSE_out_of_memory);
        return E_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        err = read_one(&uri, next(&text), why);
        if (err)
            return err;
        if (i == 0)
            acc->outbound = uri;
        if (n > 1)
            acc->edge[acc->edges++] = (struct ua_edge){uri.host, uri.port};
    }
    acc->host = acc->outbound.host.text;
    acc->port = acc->outbound.port;
    return 0;
}

void ua_edges_free(struct ua_account *acc)
{
    env_free(acc->env, acc->edge);
}

size_t ua_edges_ask(const struct ua_account *acc,
                    struct tls_locate_edge edge[UA_EDGES_MAX])
{
    edge[0] = (struct tls_locate_edge){acc->host, acc->port};
    for (size_t i = 1; i < acc->edges; i++)
        edge[i] = (struct tls_locate_edge){acc->edge[i].host.text,
                                           acc->edge[i].port};
    return acc->edges ? acc->edges : 1;
}

bool ua_edges_same(const struct ua_account *a, const struct ua_account *b)
{
    if (!slice_ieq(a->host, b->host) || a->port != b->port ||
        a->edges != b->edges)
        return false;
    for (size_t i = 1; i < a->edges; i++)
        if (!slice_ieq(a->edge[i].host.text, b->edge[i].host.text) ||
            a->edge[i].port != b->edge[i].port)
            return false;
    return true;
}

int ua_edges_add_terms(struct ua_flow *flow, const struct ua_account *acc,
                       const struct policy_terms *first)
{
    struct policy_terms terms = *first;
    enum policy_why why = POLICY_ALLOWED;
    int err = 0;

    for (size_t i = 1; i < acc->edges && !err; i++) {
        terms.name = acc->edge[i].host.text;
        err = policy_account_add(flow->core->policy, &flow->more_policy[i - 1],
                                 &terms, &why);
    }
    return err;
}

void ua_edges_remove_terms(struct ua_flow *flow)
{
    for (size_t i = 0; i + 1 < UA_EDGES_MAX; i++)
        if (flow->more_policy[i])
            policy_account_remove(flow->core->policy, flow->more_policy[i]);
}

uint64_t ua_edges_policy(const struct ua_flow *flow, unsigned edge)
{
    return edge ? flow->more_policy[edge - 1] : flow->policy_id;
}

bool ua_edges_in_use(const struct ua_account *acc, struct ua_edge *edge)
{
    if (acc->outbound.scheme == SIP_SCHEME_NONE)
        return false;
    *edge = (struct ua_edge){acc->outbound.host, acc->outbound.port};
    if (acc->edges && acc->flow)
        *edge = acc->edge[acc->flow->edge];
    return true;
}
