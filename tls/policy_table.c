/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's tables and what needs no instance: texts and pure checks. */
#include <string.h>

#include "sip/base/err.h"
#include "tls/policy.h"

/* ---------------------------------------------------------- the table */

static const struct policy_refusal refusals[POLICY_WHY_COUNT] = {
    [POLICY_ALLOWED] = {"allowed", "", "", "", 0, "", ""},
#define X(symbol, sentence, by, remedy, status, warning, source) \
    [POLICY_##                                                   \
        symbol] = {#symbol, sentence, by, remedy, status, warning, source},
    POLICY_WHY_MAP(X)
#undef X
};

const struct policy_refusal *policy_refusal(enum policy_why why)
{
    return &refusals[(unsigned)why < POLICY_WHY_COUNT ? why : POLICY_ALLOWED];
}

static const struct {
    enum policy_level level;
    struct slice name;
} levels[] = {
#define X(name, num, text) {POLICY_##name, S_INIT(text)},
    POLICY_LEVEL_MAP(X)
#undef X
};

enum { NLEVELS = sizeof(levels) / sizeof(levels[0]) };

const char *policy_level_name(enum policy_level level)
{
    for (size_t i = 0; i < NLEVELS; i++)
        if (levels[i].level == level)
            return levels[i].name.p;
    return "";
}

int policy_level_parse(enum policy_level *level, struct slice text)
{
    for (size_t i = 0; i < NLEVELS; i++) {
        if (slice_eq(levels[i].name, text)) {
            *level = levels[i].level;
            return 0;
        }
    }
    return E_NOTFOUND;
}

static const struct slice names[] = {
    [TLS_NAME_RFC5922] = S_INIT("rfc5922"),
    [TLS_NAME_RFC6125] = S_INIT("rfc6125"),
    [TLS_NAME_CN] = S_INIT("+cn"),
};

enum { NNAMES = sizeof(names) / sizeof(names[0]) };

const char *policy_names_name(enum tls_name_rule rule)
{
    return (unsigned)rule < NNAMES ? names[rule].p : "";
}

int policy_names_parse(enum tls_name_rule *rule, struct slice text)
{
    for (size_t i = 0; i < NNAMES; i++) {
        if (slice_eq(names[i], text)) {
            *rule = (enum tls_name_rule)i;
            return 0;
        }
    }
    return E_NOTFOUND;
}

/* -------------------------------------------------------- pure checks */

enum policy_why policy_check_transport(struct slice transport)
{
    static const struct {
        struct slice name;
        enum policy_why why;
    } row[] = {
        {S_INIT("tls"), POLICY_ALLOWED},
        {S_INIT("udp"), POLICY_transport_udp},
        {S_INIT("tcp"), POLICY_transport_tcp},
        {S_INIT("ws"), POLICY_transport_ws},
        {S_INIT("wss"), POLICY_transport_ws},
        {S_INIT("sctp"), POLICY_transport_sctp},
        {S_INIT("tls-sctp"), POLICY_transport_sctp},
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
        if (slice_ieq(transport, row[i].name))
            return row[i].why;
    return POLICY_transport_other;
}

enum policy_why policy_check_target(const struct policy_target *t)
{
    struct tls_name host;

    if (slice_ieq(t->scheme, S("tel")))
        return POLICY_ALLOWED;
    if (!slice_ieq(t->scheme, S("sip")) && !slice_ieq(t->scheme, S("sips")))
        return POLICY_scheme_other;
    if (tls_name_parse(&host, t->host))
        return POLICY_target_malformed;
    if (t->has_transport) {
        enum policy_why why = policy_check_transport(t->transport);

        if (why)
            return why;
    }
    return t->has_maddr ? POLICY_target_maddr : POLICY_ALLOWED;
}
