/* SPDX-License-Identifier: Apache-2.0 */
/* siplock doctor: asks DNS as the library does, and tells what it said. */
#include <string.h>
#include <uv.h>

#include "sip/base/err.h"
#include "tls/locate.h"
#include "tls/resolve.h"
#include "tls/sock.h"
#include "tls/sockaddr.h"
#include "tools/doctor.h"
#include "ua/state.h"

enum { EXTRA = 1 << 20 /* qids of questions that are only for the report */ };

/* One run of questions. */
struct asking {
    struct doctor *d;
    uv_loop_t loop;
    uv_timer_t timer;
    struct tls_resolve *resolve;
    struct tls_locate *locate;
    json_t *queries;
    unsigned open;
    bool misplaced, zero_ttl;
    struct tls_step stranded; /* IPv4 that nothing here leads to */
    unsigned bait;
    struct {
        char name[TLS_DNS_NAME_MAX + 1];
        enum tls_dns_type type;
        double from;
    } asked[64];
    unsigned n;
};

double doctor_now(void)
{
    return (double)uv_hrtime() / 1e6;
}

static const char *type_name(enum tls_dns_type type)
{
    switch (type) {
    case TLS_DNS_A:
        return "A";
    case TLS_DNS_AAAA:
        return "AAAA";
    case TLS_DNS_SRV:
        return "SRV";
    case TLS_DNS_NAPTR:
        return "NAPTR";
    case TLS_DNS_CNAME:
        break;
    }
    return "CNAME";
}

/* What RFC 3263 has for UDP, TCP and WS is bait: never followed. */
static bool is_bait(enum tls_dns_type type, const char *name,
                    const struct tls_dns_record *r)
{
    if (type == TLS_DNS_SRV)
        return strncmp(name, "_sip._", 6) == 0 &&
               strncmp(name, "_sip._tls", 9) != 0;
    return type == TLS_DNS_NAPTR && slice_istarts(r->service, S("SIP+"));
}

static void put_record(char *text, size_t cap, enum tls_dns_type type,
                       const struct tls_dns_record *r)
{
    struct out o;

    switch (type) {
    case TLS_DNS_SRV:
        snprintf(text, cap, "%u %u %u %.*s", r->priority, r->weight, r->port,
                 (int)r->target.n, r->target.n ? r->target.p : "");
        break;
    case TLS_DNS_NAPTR:
        snprintf(text, cap, "%u %u %.*s %.*s", r->priority, r->weight,
                 (int)r->service.n, r->service.p, (int)r->target.n,
                 r->target.p);
        break;
    case TLS_DNS_A:
    case TLS_DNS_AAAA:
    case TLS_DNS_CNAME:
        o = out_of(text, cap);
        tls_addr_put_ip(&o, &r->addr);
        (void)out_cstr(&o);
        break;
    }
}

static const char *read_packet(struct asking *a, json_t *q, unsigned i,
                               struct slice packet)
{
    static const char *const names[] = {"records", "no such record",
                                        "no such name", "server failure"};
    static struct tls_dns_answer ans;
    const char *name = a->asked[i].name;
    enum tls_dns_type type = a->asked[i].type;
    json_t *list = json_array();
    char text[600];

    json_object_set_new(q, "records", list);
    if (tls_dns_parse(&ans, packet, slice_cstr(name), type))
        return "malformed";
    json_object_set_new(q, "ttl", json_integer(ans.ttl));
    if (ans.status != TLS_DNS_OK)
        return names[ans.status];
    for (unsigned k = 0; k < ans.n; k++) {
        put_record(text, sizeof(text), type, &ans.rec[k]);
        json_array_append_new(list, json_string(text));
        if (!is_bait(type, name, &ans.rec[k]))
            continue;
        json_object_set_new(q, "bait", json_true());
        a->bait++;
    }
    a->zero_ttl = a->zero_ttl || ans.ttl == 0;
    if (strncmp(name, "_sip._tls.", 10) == 0)
        a->misplaced = true;
    return "records";
}

static void note(struct asking *a, unsigned i, enum tls_locate_status status,
                 struct slice packet)
{
    json_t *q =
        json_pack("{s:s,s:s,s:f,s:i,s:b}", "type", type_name(a->asked[i].type),
                  "name", a->asked[i].name, "ms",
                  doctor_now() - a->asked[i].from, "ttl", 0, "bait", 0);
    const char *what =
        status == TLS_LOCATE_TIMEOUT ? "no answer" : "cannot be asked";

    if (status == TLS_LOCATE_PACKET)
        what = read_packet(a, q, i, packet);
    json_object_set_new(q, "status", json_string(what));
    json_array_append_new(a->queries, q);
}

/* ------------------------------------------------------------- asking */

static void pump(struct asking *a);

/* The resolver's qid: 1 + index of what was asked, and the search's. */
static void on_answer(void *user, uint64_t qid, enum tls_locate_status status,
                      struct slice packet)
{
    struct asking *a = user;

    a->open--;
    note(a, (unsigned)(qid >> 32), status, packet);
    if ((uint32_t)qid != EXTRA)
        tls_locate_answer(a->locate, (uint32_t)qid, status, packet);
    pump(a);
}

static bool ask(struct asking *a, enum tls_dns_type type, struct slice name,
                uint32_t qid)
{
    struct tls_resolver *r = tls_resolve_vtable(a->resolve);
    unsigned i = a->n;

    if (i == 64 || name.n > TLS_DNS_NAME_MAX)
        return false;
    memcpy(a->asked[i].name, name.p, name.n);
    a->asked[i].name[name.n] = '\0';
    a->asked[i].type = type;
    a->asked[i].from = doctor_now();
    if (r->query(r, (uint64_t)i << 32 | qid, name, type))
        return false;
    a->n++;
    a->open++;
    return true;
}

static void on_time(uv_timer_t *t)
{
    struct asking *a = t->data;

    tls_locate_tick(a->locate, ua_host_now().boot);
    pump(a);
}

static void arm(struct asking *a)
{
    int64_t at = tls_locate_deadline(a->locate);
    int64_t wait = at - ua_host_now().boot;

    if (at == INT64_MAX)
        uv_timer_stop(&a->timer);
    else
        uv_timer_start(&a->timer, on_time, wait > 0 ? (uint64_t)wait : 0, 0);
}

/* Does this network lead to an IPv4 address? Nothing is sent. */
static bool has_route(const struct tls_addr *addr)
{
    struct sockaddr_storage ss;
    uv_loop_t loop;
    uv_udp_t udp;
    int err;

    if (addr->family != 4 || uv_loop_init(&loop))
        return true;
    tls_addr_to_sockaddr(&ss, addr);
    uv_udp_init(&loop, &udp);
    err = uv_udp_connect(&udp, (const struct sockaddr *)&ss);
    uv_close((uv_handle_t *)&udp, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return tls_dial_cause(addr, err) != CAUSE_connect_no_ipv4;
}

static void found(struct doctor *d, const struct tls_addr *addr, unsigned edge)
{
    if (d->naddr == DOCTOR_ADDRS_MAX)
        return;
    d->edge[d->naddr] = edge;
    d->addr[d->naddr++] = *addr;
}

/* IPv4 where there is none is what a NAT64 leads to, if there is one. */
static void tried(struct asking *a, const struct tls_step *step)
{
    struct cause why;

    if (has_route(&step->addr)) {
        found(a->d, &step->addr, step->edge);
        tls_locate_lost(a->locate, step->candidate, NULL);
        return;
    }
    a->stranded = *step;
    cause_set(&why, CAUSE_connect_no_ipv4);
    tls_locate_lost(a->locate, step->candidate, &why);
}

/* Every address is "tried", so that all are found. */
static void pump(struct asking *a)
{
    struct tls_step step;

    for (;;) {
        tls_locate_next(a->locate, ua_host_now().boot, &step);
        if (step.kind == TLS_STEP_QUERY) {
            if (!ask(a, step.type, step.name, step.qid))
                tls_locate_answer(a->locate, step.qid, TLS_LOCATE_NO_SERVER,
                                  slice_of(NULL, 0));
        } else if (step.kind == TLS_STEP_TRY) {
            tried(a, &step);
        } else {
            break;
        }
    }
    arm(a);
}

/* Records that are not followed, or stand where nobody looks for them. */
static void ask_extras(struct asking *a)
{
    static const char *const prefix[] = {"_sip._udp.", "_sip._tcp.",
                                         "_sip._tls."};
    struct slice host = a->d->account->host;
    struct tls_addr ip;

    if (tls_addr_parse_ip(&ip, host) == 0)
        return;
    for (size_t i = 0; i < 3; i++) {
        char name[TLS_DNS_NAME_MAX + 1];
        bool known = false;
        int n = snprintf(name, sizeof(name), "%s%.*s", prefix[i], (int)host.n,
                         host.p);

        for (unsigned k = 0; k < a->n; k++)
            known = known || strcmp(a->asked[k].name, name) == 0;
        if (!known && n > 0 && n < (int)sizeof(name))
            (void)ask(a, TLS_DNS_SRV, slice_cstr(name), EXTRA);
    }
}

/* -------------------------------------------------------------- verdict */

static void say_found(const struct asking *a, struct doctor_step *s)
{
    const struct doctor *d = a->d;
    struct out o = out_of(s->text, sizeof(s->text));

    out_put(&o, S("tried in this order: "));
    for (size_t i = 0; i < d->naddr; i++) {
        if (i)
            out_put(&o, S(", "));
        tls_addr_put(&o, &d->addr[i]);
    }
    (void)out_cstr(&o);
}

static void judge(struct asking *a, double from)
{
    struct doctor *d = a->d;
    struct doctor_step *s =
        doctor_add(d, "dns", DOCTOR_OK, doctor_now() - from);

    snprintf(s->subject, sizeof(s->subject), "%.*s", (int)d->account->host.n,
             d->account->host.p);
    s->facts =
        json_pack("{s:O,s:i}", "queries", a->queries, "bait", (int)a->bait);
    if (d->naddr == 0) {
        doctor_cause(d, s, tls_locate_cause(a->locate));
        return;
    }
    if (a->n == 0) {
        snprintf(s->text, sizeof(s->text),
                 "not asked: the account names its addresses itself");
        return;
    }
    say_found(a, s);
    if (a->misplaced)
        snprintf(s->remedy, sizeof(s->remedy),
                 "_sip._tls is no name of RFC 3263: publish _sips._tcp.%s",
                 s->subject);
    else if (a->zero_ttl)
        snprintf(s->remedy, sizeof(s->remedy),
                 "a TTL of 0 has each connection wait for DNS: give the "
                 "records some minutes");
    if (s->remedy[0])
        s->verdict = DOCTOR_WARN;
}

static int open_all(struct asking *a)
{
    const struct ua_account *acc = a->d->account;
    struct tls_locate_edge edge[UA_EDGES_MAX];
    const struct siplock_dns_config *dns = &a->d->file.dns_config;
    struct slice search[TLS_LOCATE_SEARCH_MAX];
    struct tls_locals locals;
    const struct tls_locate_ask want = {.edge = edge,
                                        .nedges = ua_edges_ask(acc, edge),
                                        .addr = acc->addr,
                                        .naddr = acc->naddr,
                                        .search = search,
                                        .nsearch = dns->searches,
                                        .locals = &locals};
    const struct tls_resolve_options options = {.loop = &a->loop,
                                                .env = &a->d->host.env,
                                                .server = acc->dns,
                                                .nservers = acc->ndns,
                                                .try_ms = dns->try_ms,
                                                .answered = on_answer,
                                                .user = a};
    int err;

    tls_locals_read(&locals);
    for (size_t i = 0; i < dns->searches; i++)
        search[i] = slice_cstr(dns->search[i]);
    err = tls_locate_new(&a->locate, &a->d->host.env, &want);
    return err ? err : tls_resolve_new(&a->resolve, &options);
}

void doctor_dns(struct doctor *d)
{
    static struct asking a;
    double from = doctor_now();

    memset(&a, 0, sizeof(a));
    a.d = d;
    a.queries = json_array();
    uv_loop_init(&a.loop);
    uv_timer_init(&a.loop, &a.timer);
    a.timer.data = &a;
    if (open_all(&a) == 0) {
        pump(&a);
        while (uv_is_active((uv_handle_t *)&a.timer))
            uv_run(&a.loop, UV_RUN_ONCE);
        double took = doctor_now() - from;

        if (d->naddr == 0 && a.stranded.addr.family)
            found(d, &a.stranded.addr, a.stranded.edge);

        if (d->naddr && !d->account->naddr)
            ask_extras(&a);
        while (a.open)
            uv_run(&a.loop, UV_RUN_ONCE);
        judge(&a, doctor_now() - took);
    } else {
        struct doctor_step *s = doctor_add(d, "dns", DOCTOR_FAIL, 0);
        struct cause cause;

        cause_set(&cause, CAUSE_dns_server);
        doctor_cause(d, s, &cause);
    }
    uv_close((uv_handle_t *)&a.timer, NULL);
    if (a.resolve)
        tls_resolve_close(a.resolve, NULL, NULL);
    uv_run(&a.loop, UV_RUN_DEFAULT);
    uv_loop_close(&a.loop);
    tls_locate_free(a.locate);
    json_decref(a.queries);
}
