/* SPDX-License-Identifier: Apache-2.0 */
/* Where to connect: of all that went wrong, what is told. */
#include "tls/locate_impl.h"

/* What says more about the configuration wins over what says less. */
static unsigned rank_of(enum cause_code code)
{
    switch (cause_domain(code)) {
    case CAUSE_CERT:
    case CAUSE_POLICY:
        return 4;
    case CAUSE_TLS:
        return 3;
    case CAUSE_CONNECT:
    case CAUSE_TIMEOUT:
        return 2;
    case CAUSE_NONE:
        return 0;
    case CAUSE_CONFIG:
    case CAUSE_DNS:
    case CAUSE_AUTH:
    case CAUSE_REGISTER:
    case CAUSE_CALL:
    case CAUSE_MEDIA:
    case CAUSE_PUSH:
    case CAUSE_INTERNAL:
    case CAUSE_DOMAIN_COUNT:
        break;
    }
    return 1;
}

void locate_note(struct tls_locate *l, const struct cause *why)
{
    unsigned rank = rank_of(why->code);

    if (rank < l->cause_rank)
        return;
    l->cause = *why;
    l->cause_rank = rank;
    l->why = POLICY_ALLOWED;
}

void locate_note_dns(struct tls_locate *l, enum cause_code code,
                     struct slice name)
{
    struct cause c;

    cause_set_facts(&c, code, name);
    l->dns_code = code;
    locate_note(l, &c);
}

void locate_note_refused(struct tls_locate *l, enum policy_why why)
{
    struct cause c;

    cause_set_facts(&c, CAUSE_policy_refused,
                    slice_cstr(policy_refusal(why)->sentence));
    locate_note(l, &c);
    if (l->cause.code == CAUSE_policy_refused)
        l->why = why;
}

struct slice locate_host(const struct tls_locate *l)
{
    return slice_of(l->host, l->host_n);
}

const struct cause *tls_locate_cause(const struct tls_locate *l)
{
    return &l->cause;
}

enum policy_why tls_locate_why(const struct tls_locate *l)
{
    return l->why;
}
