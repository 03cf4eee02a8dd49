/* SPDX-License-Identifier: Apache-2.0 */
/* Where to connect: the questions of a round, and what their answers bring. */
#include <string.h>

#include "sip/base/err.h"
#include "tls/locate_impl.h"

void locate_ask(struct tls_locate *l, unsigned slot, enum tls_dns_type type,
                struct slice prefix, struct slice name)
{
    struct locate_slot *s = &l->slot[slot];
    struct out o;

    memset(s, 0, sizeof(*s));
    o = out_of(s->name, sizeof(s->name) - 1);
    out_put(&o, prefix);
    out_put(&o, name);
    if (o.err || !name.n) /* too long to exist in DNS */
        return;
    s->name_n = o.n;
    s->type = type;
    s->qid = ++l->next_qid;
    s->open = true;
}

void locate_ask_addrs(struct tls_locate *l, struct slice name, uint16_t port)
{
    l->v4.n = l->v4.at = l->v6.n = l->v6.at = 0;
    l->four = l->begun = false;
    l->hold = 0;
    l->port = port;
    locate_ask(l, 0, TLS_DNS_AAAA, slice_of(NULL, 0), name);
    locate_ask(l, 1, TLS_DNS_A, slice_of(NULL, 0), name);
}

struct slice locate_slot_name(const struct locate_slot *s)
{
    return slice_of(s->name, s->name_n);
}

bool locate_any_open(const struct tls_locate *l)
{
    for (unsigned i = 0; i < LOCATE_SLOTS; i++)
        if (l->slot[i].open)
            return true;
    return false;
}

bool locate_awaits(const struct tls_locate *l, enum tls_dns_type type)
{
    for (unsigned i = 0; i < LOCATE_SLOT_NAT64; i++)
        if (l->slot[i].open && l->slot[i].type == type)
            return true;
    return false;
}

/* What is not waited for long once the rest is there, and whose failure says
 * nothing: few domains have it, and some networks drop the question. */
static bool is_extra(const struct tls_locate *l, const struct locate_slot *s)
{
    return s->type == TLS_DNS_NAPTR || s == &l->slot[LOCATE_SLOT_NAT64];
}

/* ----------------------------------------------------------- answers */

static void keep_addrs(struct tls_locate *l)
{
    const struct tls_dns_answer *a = &l->answer;

    for (unsigned i = 0; i < a->n; i++)
        if (a->rec[i].addr.family)
            locate_family_add(l, &a->rec[i].addr);
}

/* RFC 3263 4.1: of all services SIP over TLS alone; the others are bait. */
static void keep_naptr(struct tls_locate *l)
{
    const struct tls_dns_record *best = NULL;

    for (unsigned i = 0; i < l->answer.n; i++) {
        const struct tls_dns_record *r = &l->answer.rec[i];

        if (slice_ieq(r->service, S("SIP+D2U")) ||
            slice_ieq(r->service, S("SIP+D2T")) ||
            slice_ieq(r->service, S("SIP+D2W")))
            l->others = true;
        if (!slice_ieq(r->service, S("SIPS+D2T")) ||
            !slice_ieq(r->flags, S("s")) || !r->target.n)
            continue;
        if (!best || r->priority < best->priority ||
            (r->priority == best->priority && r->weight < best->weight))
            best = r;
    }
    if (!best)
        return;
    memcpy(l->naptr, best->target.p, best->target.n);
    l->naptr_n = best->target.n;
}

/* An answer that has records. */
static void keep(struct tls_locate *l, const struct locate_slot *s)
{
    if (s == &l->slot[LOCATE_SLOT_NAT64])
        tls_nat64_learn(&l->prefixes, &l->answer);
    else if (s->type == TLS_DNS_NAPTR)
        keep_naptr(l);
    else if (s->type != TLS_DNS_SRV)
        keep_addrs(l);
    else if (l->phase != LOCATE_OTHERS)
        tls_srv_keep(&l->srv, &l->answer);
    else if (s == &l->slot[2])
        l->misplaced = true;
    else
        l->others = true;
}

static void read_answer(struct tls_locate *l, const struct locate_slot *s,
                        struct slice packet)
{
    struct tls_dns_answer *a = &l->answer;
    struct slice name = locate_slot_name(s);
    bool extra = is_extra(l, s);

    if (tls_dns_parse(a, packet, name, s->type)) {
        if (!extra)
            locate_note_dns(l, CAUSE_dns_malformed, name);
    } else if (a->status == TLS_DNS_OK)
        keep(l, s);
    else if (extra)
        return;
    else if (a->status == TLS_DNS_SERVER)
        locate_note_dns(l, CAUSE_dns_server, name);
    else if (a->status == TLS_DNS_NO_DOMAIN && l->phase == LOCATE_HOST)
        locate_note_dns(l, CAUSE_dns_no_domain, name);
}

void tls_locate_answer(struct tls_locate *l, uint32_t qid,
                       enum tls_locate_status status, struct slice packet)
{
    for (unsigned i = 0; i < LOCATE_SLOTS; i++) {
        struct locate_slot *s = &l->slot[i];

        if (!s->open || !s->sent || s->qid != qid)
            continue;
        s->open = false;
        if (status == TLS_LOCATE_PACKET)
            read_answer(l, s, packet);
        else if (!is_extra(l, s))
            locate_note_dns(l,
                            status == TLS_LOCATE_TIMEOUT ? CAUSE_dns_timeout
                                                         : CAUSE_dns_server,
                            locate_slot_name(s));
    }
}

bool tls_locate_question(const struct tls_locate *l, uint32_t qid,
                         struct slice *name, enum tls_dns_type *type)
{
    const struct locate_slot *s = l->slot;

    while (s < l->slot + LOCATE_SLOTS &&
           (!s->open || !s->sent || s->qid != qid))
        s++;
    if (s == l->slot + LOCATE_SLOTS)
        return false;
    *name = locate_slot_name(s);
    *type = s->type;
    return true;
}

/* -------------------------------------------------------------- time */

bool locate_emit(struct tls_locate *l, int64_t now, struct tls_step *step)
{
    for (unsigned i = 0; i < LOCATE_SLOTS; i++) {
        struct locate_slot *s = &l->slot[i];

        if (!s->open || s->sent)
            continue;
        s->sent = true;
        l->deadline = now + TLS_LOCATE_QUERY_MS;
        l->hurried = false;
        *step = (struct tls_step){.kind = TLS_STEP_QUERY,
                                  .qid = s->qid,
                                  .type = s->type,
                                  .name = locate_slot_name(s)};
        return true;
    }
    return false;
}

void locate_hurry(struct tls_locate *l, int64_t now)
{
    int64_t wait = TLS_LOCATE_EXTRA_MS;

    if (l->hurried || locate_awaits(l, TLS_DNS_SRV))
        return;
    if (locate_awaits(l, TLS_DNS_A) || locate_awaits(l, TLS_DNS_AAAA)) {
        if (!l->begun)
            return;
        wait = TLS_LOCATE_LATE_MS;
    } else if (!locate_awaits(l, TLS_DNS_NAPTR)) {
        return;
    }
    l->hurried = true;
    if (now + wait < l->deadline)
        l->deadline = now + wait;
}

int64_t tls_locate_deadline(const struct tls_locate *l)
{
    int64_t at = locate_any_open(l) ? l->deadline : INT64_MAX;

    if (l->holding && l->hold < at)
        at = l->hold;
    if (l->pacing && l->started + l->pace < at)
        at = l->started + l->pace;
    return l->phase == LOCATE_FAILED ? INT64_MAX : at;
}

void tls_locate_tick(struct tls_locate *l, int64_t now)
{
    if (!locate_any_open(l) || now < l->deadline)
        return;
    for (unsigned i = 0; i < LOCATE_SLOTS; i++) {
        struct locate_slot *s = &l->slot[i];

        if (s->open && l->v4.n + l->v6.n == 0 && !is_extra(l, s))
            locate_note_dns(l, CAUSE_dns_timeout, locate_slot_name(s));
        s->open = false;
    }
}
