/* SPDX-License-Identifier: Apache-2.0 */
/* DNS answers of the simulated domain (RFC 1035 4.1, RFC 2782). */
#include "test/sim/answer.h"

static void put_name(struct out *o, struct slice name)
{
    while (name.n) {
        struct slice label = slice_of(name.p, slice_find(name, '.'));

        out_char(o, (char)label.n);
        out_put(o, label);
        name = slice_skip(name, label.n + 1);
    }
    out_char(o, 0);
}

static void put_head(struct out *o, struct slice name, enum tls_dns_type type,
                     uint16_t answers, bool exists)
{
    out_be16(o, 0x1234);
    out_be16(o, exists ? 0x8180 : 0x8183);
    out_be16(o, 1);
    out_be16(o, answers);
    out_be16(o, 0);
    out_be16(o, 0);
    put_name(o, name);
    out_be16(o, (uint16_t)type);
    out_be16(o, 1);
}

/* name, type, class, ttl 300, and the length of what follows */
static void put_record(struct out *o, struct slice name,
                       enum tls_dns_type type, size_t n)
{
    put_name(o, name);
    out_be16(o, (uint16_t)type);
    out_be16(o, 1);
    out_be16(o, 0);
    out_be16(o, 300);
    out_be16(o, (uint16_t)n);
}

static void put_srv(struct out *o, struct slice name, uint16_t priority,
                    struct slice target)
{
    put_record(o, name, TLS_DNS_SRV, 6 + target.n + 2);
    out_be16(o, priority);
    out_be16(o, 10);
    out_be16(o, 5061);
    put_name(o, target);
}

static void put_a(struct out *o, struct slice name, unsigned last)
{
    put_record(o, name, TLS_DNS_A, 4);
    out_put(o, S("\xc0\x00\x02"));
    out_char(o, (char)last);
}

void sim_answer(struct out *o, struct slice name, enum tls_dns_type type,
                unsigned dead)
{
    bool one = slice_iends(name, S("one.example.test"));

    if (type == TLS_DNS_SRV && slice_istarts(name, S("_sips._tcp."))) {
        put_head(o, name, type, 2, true);
        put_srv(o, name, 20, S("two.example.test"));
        put_srv(o, name, 10, S("one.example.test"));
    } else if (type == TLS_DNS_A && slice_iends(name, S(".example.test"))) {
        put_head(o, name, type, (uint16_t)(one ? 1 + dead : 1), true);
        put_a(o, name, one ? 1 : 2);
        for (unsigned i = 1; one && i <= dead; i++)
            put_a(o, name, SIM_DEAD + i);
    } else {
        put_head(o, name, type, 0, type == TLS_DNS_AAAA);
    }
}
