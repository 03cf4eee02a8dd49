/* SPDX-License-Identifier: Apache-2.0 */
/* Following 3xx: by q, each address once, only what the policy allows. */
#include "ua/redirect.h"

#include "sip/base/err.h"
#include "ua/call.h"
#include "ua/event.h"

static unsigned q_of(const struct sip_contact *contact)
{
    return contact->q == SIP_Q_NONE ? 1000 : contact->q;
}

/* The address that is called first, and all that came since. */
static bool known(const struct ua_call *c, const struct sip_uri *uri)
{
    const struct ua_redirect *r = &c->redirect;
    struct sip_uri other;

    if (sip_uri_eq(uri, &c->called))
        return true;
    for (unsigned i = 0; i < r->n; i++)
        if (!sip_uri_parse(&other, r->uri[i], NULL) && sip_uri_eq(uri, &other))
            return true;
    return false;
}

/* A call that is sips: stays so (5630 3.2), whoever redirects it. */
static enum policy_why check(const struct ua_call *c,
                             const struct sip_uri *uri)
{
    const struct policy_target target = {
        .scheme = slice_of(uri->text.p, uri->scheme_n),
        .host = uri->host.text,
    };
    enum policy_why why = ua_uri_check(uri);

    if (why == POLICY_ALLOWED && uri->scheme == SIP_SCHEME_TEL)
        why = POLICY_redirect_tel;
    if (why == POLICY_ALLOWED)
        why = policy_account_target(c->acc->core->policy, c->acc->policy_id,
                                    &target);
    if (why == POLICY_ALLOWED && c->called.scheme == SIP_SCHEME_SIPS &&
        uri->scheme != SIP_SCHEME_SIPS)
        why = POLICY_sips_to_sip;
    return why;
}

/* Before all that wait, after what this response put there already. */
static void insert(struct ua_call *c, const struct sip_uri *uri, unsigned at)
{
    struct ua_redirect *r = &c->redirect;
    struct slice copy;

    if (r->n == UA_REDIRECTS_MAX || env_copy(c->acc->env, &copy, uri->text))
        return;
    for (unsigned i = r->n; i > at; i--)
        r->uri[i] = r->uri[i - 1];
    r->uri[at] = copy;
    r->n++;
}

/* The contact with the highest q below (q, place); the first of equals. */
static const struct sip_contact *after(const struct sip_msg *res,
                                       const struct sip_contact *last)
{
    const struct sip_contact *best = NULL;
    bool passed = false;

    for (const struct sip_contact *k = res->contact; k; k = k->next) {
        bool behind =
            !last || q_of(k) < q_of(last) || (q_of(k) == q_of(last) && passed);

        passed = passed || k == last;
        if (behind && k != last && (!best || q_of(k) > q_of(best)))
            best = k;
    }
    return best;
}

static void take(struct ua_call *c, const struct sip_msg *res)
{
    struct ua_redirect *r = &c->redirect;
    unsigned at = r->next;

    for (const struct sip_contact *k = after(res, NULL); k;
         k = after(res, k)) {
        const struct sip_uri *uri = &k->addr.uri;
        enum policy_why why = check(c, uri);

        if (why != POLICY_ALLOWED) {
            ua_event_refused(c->acc, why, c->id);
        } else if (!known(c, uri) && r->n < UA_REDIRECTS_MAX) {
            insert(c, uri, at);
            at = at < r->n ? at + 1 : at;
        }
    }
}

/* What was agreed or offered to the address of before is no more. */
static int begin_anew(struct ua_call *c)
{
    ua_callmedia_mute(c);
    ua_caller_forget_legs(c);
    sdp_session_clear(&c->session);
    c->pending = false;
    c->challenges = 0;
    return sdp_session_init(&c->session, c->acc->env);
}

static bool next(struct ua_call *c)
{
    struct ua_redirect *r = &c->redirect;
    struct sip_uri uri;

    if (r->next == r->n || r->next >= UA_REDIRECT_TRIES ||
        sip_uri_parse(&uri, r->uri[r->next], NULL) || begin_anew(c))
        return false;
    r->next++;
    c->target = uri;
    c->secure = uri.scheme == SIP_SCHEME_SIPS;
    LOG(c->acc->env, LOG_INFO, "call.redirected",
        LOG_TOKEN("call_id", c->call_id), LOG_PERSON("to", uri.user));
    return true;
}

/* 305 and 380 name a proxy and another service: the user decides. */
static bool moves(unsigned status)
{
    return status == 300 || status == 301 || status == 302;
}

bool ua_redirect_follow(struct ua_call *c, const struct sip_msg *res)
{
    struct ua_redirect *r = &c->redirect;

    if (c->over || res->status >= 600)
        return false;
    if (res->status < 400 && res->contact && !r->first.n)
        (void)env_copy(c->acc->env, &r->first, res->contact->addr.uri.text);
    if (c->terms.follow && moves(res->status))
        take(c, res);
    return c->terms.follow && next(c);
}

void ua_redirect_free(struct ua_call *c)
{
    struct ua_redirect *r = &c->redirect;

    for (unsigned i = 0; i < r->n; i++)
        ua_callwrite_drop(c, &r->uri[i]);
    r->n = 0;
    ua_callwrite_drop(c, &r->first);
}
