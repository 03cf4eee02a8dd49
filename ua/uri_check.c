/* SPDX-License-Identifier: Apache-2.0 */
/* A URI against the policy. */
#include "ua/uri_check.h"

#include "sip/base/err.h"

enum policy_why ua_uri_check(const struct sip_uri *uri)
{
    struct slice value;
    struct policy_target target = {
        .scheme = slice_of(uri->text.p, uri->scheme_n),
        .host = uri->host.text,
    };

    if (uri->scheme == SIP_SCHEME_SIP || uri->scheme == SIP_SCHEME_SIPS) {
        target.has_transport =
            sip_uri_param(uri, S("transport"), &target.transport);
        target.has_maddr = sip_uri_param(uri, S("maddr"), &value);
    }
    return policy_check_target(&target);
}

void ua_refusal_cause(struct cause *cause, enum policy_why why)
{
    cause_set_facts(cause, CAUSE_policy_refused,
                    slice_cstr(policy_refusal(why)->sentence));
    cause->refusal = why;
}

int ua_refused(struct cause *cause, enum policy_why why)
{
    ua_refusal_cause(cause, why);
    return E_POLICY;
}

int ua_config_fault(struct cause *cause, const char *what)
{
    cause_set_facts(cause, CAUSE_config_invalid, slice_cstr(what));
    return E_INVAL;
}
