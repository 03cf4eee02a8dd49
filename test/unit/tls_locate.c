/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: RFC 3263 for TLS, against a made-up DNS in virtual time. */
#include "tls/locate.h"

#include "test/oom.h"
#include "test/unit/tls_dnskit.h"

/* One answer of the zone. ip: for A and AAAA, the last number. */
struct entry {
    const char *name;
    int type;
    int rcode;                 /* 0; or -1: no server answers; -2: malformed */
    unsigned ip[3];            /* 0 ends */
    struct dns_srv srv[4];     /* target NULL ends */
    struct dns_naptr naptr[4]; /* service NULL ends */
    const char *cname;
    int64_t delay; /* ms */
};

enum { QUIET = -1, BROKEN = -2 };

/* What was done, as one line: "?SRV _sips._tcp.a.test ?A … 192.0.2.1:5061" */
struct run {
    const struct env *env;
    const struct entry *zone;
    size_t nzone;
    int64_t now;
    char trace[4096];
    struct out o;
    struct cause cause;
    enum policy_why why;
    int64_t took;
    int err;
};

static const struct entry *lookup(const struct run *r, struct slice name,
                                  int type)
{
    for (size_t i = 0; i < r->nzone; i++)
        if (slice_eq(slice_cstr(r->zone[i].name), name) &&
            (r->zone[i].type == type || r->zone[i].type == 0))
            return &r->zone[i];
    return NULL;
}

static void put_rrs(struct dnskit *d, const struct entry *e, int type)
{
    const char *owner = e->cname;

    if (owner)
        dns_cname(d, NULL, 60, owner);
    for (size_t i = 0; i < 3 && e->ip[i]; i++) {
        if (type == TLS_DNS_A)
            dns_a(d, owner, 60, 0xc0000200 + e->ip[i]);
        else
            dns_aaaa(d, owner, 60, (uint16_t)e->ip[i]);
    }
    for (size_t i = 0; i < 4 && e->srv[i].target; i++)
        dns_srv(d, 60, e->srv[i]);
    for (size_t i = 0; i < 4 && e->naptr[i].service; i++)
        dns_naptr(d, 60, e->naptr[i]);
}

static void answer(struct run *r, struct tls_locate *l,
                   const struct tls_step *q)
{
    char name[300];
    struct dnskit d;
    struct out o = out_of(name, sizeof(name));
    const struct entry *e = lookup(r, q->name, (int)q->type);

    out_put(&o, q->name);
    (void)out_cstr(&o);
    if (e && e->rcode == QUIET) {
        tls_locate_answer(l, q->qid, TLS_LOCATE_TIMEOUT, S(""));
        return;
    }
    dns_begin(&d, e ? (unsigned)(e->rcode & 15) : 3, name, (int)q->type);
    if (e && e->rcode == 0)
        put_rrs(&d, e, (int)q->type);
    struct slice packet = dns_end(&d);

    if (e && e->rcode == BROKEN)
        packet.n = 20;
    tls_locate_answer(l, q->qid, TLS_LOCATE_PACKET, packet);
}

static void note_query(struct run *r, const struct tls_step *s)
{
    out_put(&r->o, s->type == TLS_DNS_SRV     ? S("?SRV ")
                   : s->type == TLS_DNS_NAPTR ? S("?NAPTR ")
                   : s->type == TLS_DNS_A     ? S("?A ")
                                              : S("?AAAA "));
    out_put(&r->o, s->name);
    out_char(&r->o, ' ');
}

enum { WAITING_MAX = 8, STEPS_MAX = 500 };

/* Every address fails; time jumps to the next answer or deadline. */
static void drive(struct run *r, struct tls_locate *l)
{
    struct {
        struct tls_step q;
        char name[300];
        int64_t at;
        bool open;
    } wait[WAITING_MAX];
    struct cause refused;

    memset(wait, 0, sizeof(wait));
    cause_set(&refused, CAUSE_connect_refused);
    for (int step = 0; step < STEPS_MAX; step++) {
        struct tls_step s;
        int64_t next;
        size_t w = 0;

        tls_locate_next(l, r->now, &s);
        switch (s.kind) {
        case TLS_STEP_QUERY:
            note_query(r, &s);
            while (wait[w].open)
                assert_true(++w < WAITING_MAX);
            memcpy(wait[w].name, s.name.p, s.name.n);
            wait[w].q = s;
            wait[w].q.name = slice_of(wait[w].name, s.name.n);
            const struct entry *e = lookup(r, s.name, (int)s.type);
            wait[w].at = r->now + (e ? e->delay : 1);
            wait[w].open = true;
            break;
        case TLS_STEP_TRY:
            tls_addr_put(&r->o, &s.addr);
            out_char(&r->o, ' ');
            tls_locate_failed(l, &refused);
            break;
        case TLS_STEP_WAIT:
            next = tls_locate_deadline(l);
            assert_true(next != INT64_MAX);
            for (size_t i = 0; i < WAITING_MAX; i++)
                if (wait[i].open && wait[i].at < next)
                    next = wait[i].at;
            r->now = next > r->now ? next : r->now;
            for (size_t i = 0; i < WAITING_MAX; i++) {
                if (!wait[i].open || wait[i].at > r->now)
                    continue;
                wait[i].open = false;
                answer(r, l, &wait[i].q);
            }
            tls_locate_tick(l, r->now);
            break;
        case TLS_STEP_FAILED:
            r->cause = *tls_locate_cause(l);
            r->why = tls_locate_why(l);
            return;
        }
    }
    fail_msg("no end");
}

static struct run search(struct tls_locate_ask ask, const struct entry *zone,
                         size_t nzone)
{
    struct run r = {.env = &kit_env, .zone = zone, .nzone = nzone};
    struct tls_locate *l;
    char *trace = malloc(sizeof(r.trace));

    r.now = 1000;
    r.o = out_of(trace, sizeof(r.trace));
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), 0);
    drive(&r, l);
    tls_locate_free(l);
    if (r.o.n)
        r.o.n--; /* the last space */
    assert_int_equal(out_cstr(&r.o), 0);
    memcpy(r.trace, trace, r.o.n + 1);
    free(trace);
    r.took = r.now - 1000;
    return r;
}

#define SEARCH(zone_, ...)                              \
    search((struct tls_locate_ask){__VA_ARGS__}, zone_, \
           sizeof(zone_) / sizeof((zone_)[0]))

static const struct entry nothing[] = {{.name = "x"}};

static void test_explicit(void **state)
{
    struct tls_addr a[2];
    struct run r;

    (void)state;
    assert_int_equal(tls_addr_parse(&a[0], S("192.0.2.9:7"), 0), 0);
    assert_int_equal(tls_addr_parse(&a[1], S("[::1]:5061"), 0), 0);
    r = SEARCH(nothing, .host = S("a.test"), .addr = a, .naddr = 2);
    assert_string_equal(r.trace, "192.0.2.9:7 [::1]:5061");
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
}

static void test_numeric(void **state)
{
    struct run r;

    (void)state;
    r = SEARCH(nothing, .host = S("192.0.2.9"));
    assert_string_equal(r.trace, "192.0.2.9:5061");
    r = SEARCH(nothing, .host = S("[2001:db8::9]"), .port = 7);
    assert_string_equal(r.trace, "[2001:db8::9]:7");
}

/* RFC 3263 4.2: a port means that SRV is not asked. */
static void test_port(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_A, .ip = {1, 2}},
        {"a.test", TLS_DNS_AAAA, .ip = {1}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("A.test."), .port = 5071);
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test [2001:db8::1]:5071 "
                                 "192.0.2.1:5071 192.0.2.2:5071");
}

static void test_no_srv(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV, .rcode = 0}, /* no data */
        {"a.test", TLS_DNS_A, .ip = {1}},
        {"a.test", TLS_DNS_AAAA, .rcode = 0},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?AAAA a.test "
                                 "?A a.test 192.0.2.1:5061");
}

static void test_srv_order(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV,
         .srv = {{20, 0, 5063, "c.test"},
                 {10, 0, 5061, "a.test"},
                 {15, 5, 5062, "b.test"},
                 {1, 5, 0, "zero.test"}}}, /* port 0: not usable */
        {"a.test", TLS_DNS_A, .ip = {1}},
        {"b.test", TLS_DNS_AAAA, .ip = {2}},
        {"c.test", TLS_DNS_A, .ip = {3}, .cname = "d.test"},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?AAAA a.test ?A a.test 192.0.2.1:5061 "
                                 "?AAAA b.test ?A b.test [2001:db8::2]:5062 "
                                 "?AAAA c.test ?A c.test 192.0.2.3:5063");
    assert_int_equal(r.cause.code, CAUSE_connect_refused);
}

/* RFC 2782: 3 of 4 go to the target with three times the weight. */
static void test_srv_weight(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV,
         .srv = {{1, 10, 5061, "b.test"}, {1, 30, 5061, "c.test"}}},
        {"b.test", TLS_DNS_A, .ip = {2}},
        {"c.test", TLS_DNS_A, .ip = {3}},
    };
    int c_first = 0;

    (void)state;
    for (int i = 0; i < 400; i++) {
        struct run r = SEARCH(zone, .host = S("a.test"));
        const char *b = strstr(r.trace, "192.0.2.2");
        const char *c = strstr(r.trace, "192.0.2.3");

        assert_non_null(b);
        assert_non_null(c);
        c_first += c < b;
    }
    /* 300 expected, sigma 8.7; and zero would mean that weight is dead */
    assert_in_range(c_first, 240, 360);
}

static void test_declined(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV, .srv = {{0, 0, 0, ""}}},
        {"a.test", TLS_DNS_A, .ip = {1}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test");
    assert_int_equal(r.cause.code, CAUSE_policy_refused);
    assert_int_equal(r.why, POLICY_srv_declined);
}

/* A domain that offers only UDP and TCP: told, never dialled. */
static void test_only_udp(void **state)
{
    static const struct entry zone[] = {
        {"_sip._udp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "b.test"}}},
        {"b.test", TLS_DNS_A, .ip = {2}},
    };
    static const struct entry control[] = {
        {"_sip._udp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "b.test"}}},
        {"_sips._tcp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5061, "b.test"}}},
        {"b.test", TLS_DNS_A, .ip = {2}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_null(strstr(r.trace, "192.0.2."));
    assert_null(strstr(r.trace, "5060"));
    assert_int_equal(r.cause.code, CAUSE_policy_refused);
    assert_int_equal(r.why, POLICY_srv_not_sips);
    r = SEARCH(control, .host = S("a.test"));
    assert_non_null(strstr(r.trace, "192.0.2.2:5061"));
    assert_null(strstr(r.trace, "5060"));
    assert_null(strstr(r.trace, "_sip._udp"));
    assert_int_equal(r.why, POLICY_ALLOWED);
}

/* RFC 3263 4.1: SIPS+D2T alone counts, wherever it leads to. */
static void test_naptr(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_NAPTR,
         .naptr = {{1, 1, "s", "SIP+D2U", "_sip._udp.a.test"},
                   {9, 2, "s", "SIPS+D2T", "_sips._tcp.far.test"},
                   {9, 1, "S", "sips+d2t", "_sips._tcp.near.test"},
                   {8, 1, "u", "SIPS+D2T", "_sips._tcp.wrong.test"}}},
        {"_sips._tcp.near.test", TLS_DNS_SRV,
         .srv = {{1, 1, 5062, "edge.test"}}},
        {"_sips._tcp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5061, "x.test"}}},
        {"edge.test", TLS_DNS_A, .ip = {7}},
    };
    static const struct entry same[] = {
        {"a.test", TLS_DNS_NAPTR,
         .naptr = {{9, 1, "s", "SIPS+D2T", "_SIPS._tcp.A.test"}}},
        {"_sips._tcp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5061, "x.test"}}},
        {"x.test", TLS_DNS_A, .ip = {8}},
    };
    static const struct entry bait[] = {
        {"a.test", TLS_DNS_NAPTR,
         .naptr = {{1, 1, "s", "SIP+D2U", "_sip._udp.a.test"}}},
        {"_sip._udp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "u.test"}}},
        {"u.test", TLS_DNS_A, .ip = {9}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?SRV _sips._tcp.near.test ?AAAA edge.test "
                                 "?A edge.test 192.0.2.7:5062");
    r = SEARCH(same, .host = S("a.test")); /* it was asked at once */
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?AAAA x.test ?A x.test 192.0.2.8:5061");
    r = SEARCH(bait, .host = S("a.test"));
    assert_null(strstr(r.trace, "192.0.2."));
    assert_int_equal(r.why, POLICY_srv_not_sips);
}

/* Servers that drop or refuse the question do not keep a flow from coming. */
static void test_naptr_is_an_extra(void **state)
{
    static const int rcode[] = {QUIET, BROKEN, 2, 4, 5};

    (void)state;
    for (size_t i = 0; i < sizeof(rcode) / sizeof(rcode[0]); i++) {
        const struct entry zone[] = {
            {"a.test", TLS_DNS_NAPTR, .rcode = rcode[i], .delay = 60000},
            {"_sips._tcp.a.test", TLS_DNS_SRV,
             .srv = {{1, 1, 5061, "x.test"}}},
            {"x.test", TLS_DNS_A, .ip = {8}},
        };
        struct run r = SEARCH(zone, .host = S("a.test"));

        assert_non_null(strstr(r.trace, "192.0.2.8:5061"));
        assert_int_equal(r.cause.code, CAUSE_connect_refused);
        assert_true(r.took <= 2 * TLS_LOCATE_GRACE_MS);
    }
}

static void test_misplaced(void **state)
{
    static const struct entry zone[] = {
        {.name = "a.test"},
        {"_sip._tls.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5061, "b.test"}}},
        {"_sip._udp.a.test", TLS_DNS_SRV, .srv = {{1, 1, 5060, "b.test"}}},
        {"b.test", TLS_DNS_A, .ip = {2}},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_null(strstr(r.trace, "192.0.2."));
    assert_int_equal(r.cause.code, CAUSE_dns_misplaced);
    assert_non_null(strstr(r.cause.text, "a.test"));
}

/* What failed a while ago goes behind all others, of other targets, too. */
static void test_avoided(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV,
         .srv = {{1, 1, 5061, "x.test"}, {2, 1, 5061, "y.test"}}},
        {"x.test", TLS_DNS_A, .ip = {1, 2}},
        {"y.test", TLS_DNS_A, .ip = {3}},
    };
    static const struct tls_addr given[] = {{4, {192, 0, 2, 1}, 5061},
                                            {4, {192, 0, 2, 2}, 5061}};
    struct tls_avoid avoid = {0};
    struct run r;

    (void)state;
    tls_avoid_add(&avoid, 1000, &given[0], 0);
    r = SEARCH(zone, .host = S("a.test"), .avoid = &avoid);
    assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test "
                                 "?AAAA x.test ?A x.test 192.0.2.2:5061 "
                                 "?AAAA y.test ?A y.test 192.0.2.3:5061 "
                                 "192.0.2.1:5061");
    r = SEARCH(zone, .addr = given, .naddr = 2, .avoid = &avoid);
    assert_string_equal(r.trace, "192.0.2.2:5061 192.0.2.1:5061");
    tls_avoid_add(&avoid, 1000, &given[1], 0);
    r = SEARCH(zone, .addr = given, .naddr = 2, .avoid = &avoid);
    assert_string_equal(r.trace, "192.0.2.1:5061 192.0.2.2:5061");
    tls_avoid_clear(&avoid);
    r = SEARCH(zone, .addr = given, .naddr = 2, .avoid = &avoid);
    assert_string_equal(r.trace, "192.0.2.1:5061 192.0.2.2:5061");
}

/* The list's own clock: longer each time, forgotten when it worked. */
static void test_avoid_ages(void **state)
{
    const struct tls_addr a = {4, {192, 0, 2, 1}, 5061};
    struct tls_avoid list = {0};
    int64_t now = 1000;

    (void)state;
    assert_false(tls_avoid_has(&list, now, &a));
    for (int64_t wait = TLS_AVOID_FIRST_MS; wait <= TLS_AVOID_LONGEST_MS;
         wait *= 2) {
        tls_avoid_add(&list, now, &a, 0);
        assert_true(tls_avoid_has(&list, now + wait - 1, &a));
        assert_false(tls_avoid_has(&list, now + wait, &a));
        now += wait;
    }
    tls_avoid_add(&list, now, &a, 0);
    assert_false(tls_avoid_has(&list, now + TLS_AVOID_LONGEST_MS, &a));
    tls_avoid_remove(&list, &a);
    assert_false(tls_avoid_has(&list, now, &a));
    tls_avoid_add(&list, now, &a, 99000); /* as Retry-After says */
    assert_true(tls_avoid_has(&list, now + 98999, &a));
    for (unsigned i = 0; i < 2 * TLS_AVOID_MAX; i++) {
        struct tls_addr b = {4, {198, 51, 100, (uint8_t)i}, 5061};

        tls_avoid_add(&list, now + i, &b, 0);
        assert_true(tls_avoid_has(&list, now + i, &b));
    }
}

static void test_no_domain(void **state)
{
    struct run r;

    (void)state;
    r = SEARCH(nothing, .host = S("a.test"));
    assert_int_equal(r.cause.code, CAUSE_dns_no_domain);
    assert_non_null(strstr(r.cause.text, "a.test"));
    r = SEARCH(nothing, .host = S("a.test"), .port = 5061);
    assert_int_equal(r.cause.code, CAUSE_dns_no_domain);
}

static void test_no_record(void **state)
{
    static const struct entry zone[] = {{.name = "a.test"}};
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_int_equal(r.cause.code, CAUSE_dns_no_record);
}

/* A resolver that fails is not a domain without records. */
static void test_dns_fails(void **state)
{
    static const struct {
        int rcode;
        enum cause_code code;
    } row[] = {{QUIET, CAUSE_dns_timeout},
               {2, CAUSE_dns_server},
               {5, CAUSE_dns_server},
               {BROKEN, CAUSE_dns_malformed}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        const struct entry zone[] = {
            {"_sips._tcp.a.test", TLS_DNS_SRV, .rcode = row[i].rcode},
            {"a.test", TLS_DNS_A, .ip = {1}},
        };
        struct run r = SEARCH(zone, .host = S("a.test"));

        assert_int_equal(r.cause.code, row[i].code);
        assert_string_equal(r.trace, "?SRV _sips._tcp.a.test ?NAPTR a.test");
    }
    for (size_t i = 0; i < 4; i++) { /* one half of the pair fails */
        const struct entry zone[] = {
            {"a.test", TLS_DNS_AAAA, .rcode = row[i].rcode},
            {"a.test", TLS_DNS_A, .ip = {1}},
        };
        struct run r = SEARCH(zone, .host = S("a.test"), .port = 5061);

        assert_non_null(strstr(r.trace, "192.0.2.1:5061"));
        assert_int_equal(r.cause.code, CAUSE_connect_refused);
    }
}

/* Nobody answers, not even the resolver's own time-out. */
static void test_silence(void **state)
{
    static const struct entry zone[] = {
        {"_sips._tcp.a.test", TLS_DNS_SRV, .delay = 1000000}};
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"));
    assert_int_equal(r.cause.code, CAUSE_dns_timeout);
    assert_int_equal(r.took, TLS_LOCATE_QUERY_MS);
}

/* A slow AAAA does not hold up what A found. */
static void test_grace(void **state)
{
    static const struct entry zone[] = {
        {"a.test", TLS_DNS_AAAA, .ip = {1}, .delay = 9000},
        {"a.test", TLS_DNS_A, .ip = {1}, .delay = 20},
    };
    struct run r;

    (void)state;
    r = SEARCH(zone, .host = S("a.test"), .port = 5061);
    assert_string_equal(r.trace, "?AAAA a.test ?A a.test 192.0.2.1:5061");
    assert_int_equal(r.took, 20 + TLS_LOCATE_GRACE_MS);
}

static void test_bounds(void **state)
{
    struct tls_addr a[TLS_LOCATE_ADDRS_MAX + 1];
    struct tls_locate_ask ask = {
        .host = S("a.test"), .addr = a, .naddr = TLS_LOCATE_ADDRS_MAX + 1};
    struct tls_locate *l;

    (void)state;
    memset(a, 0, sizeof(a));
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_TOOBIG);
    ask = (struct tls_locate_ask){.host = S("no host")};
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_SYNTAX);
    ask.host = S("");
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), E_SYNTAX);
}

/* What tells most about the failure is kept, not what came last. */
static void test_cause_kept(void **state)
{
    struct tls_locate_ask ask = {.host = S("a.test"), .naddr = 3};
    struct tls_addr a[3];
    struct tls_locate *l;
    struct tls_step s;
    struct cause c;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(tls_addr_parse(&a[i], S("192.0.2.1:1"), 0), 0);
    ask.addr = a;
    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), 0);
    for (int i = 0; i < 3; i++) {
        tls_locate_next(l, 1, &s);
        assert_int_equal(s.kind, TLS_STEP_TRY);
        tls_locate_next(l, 1, &s); /* repeats until failed */
        assert_int_equal(s.kind, TLS_STEP_TRY);
        cause_set(&c, i == 1 ? CAUSE_cert_expired : CAUSE_connect_refused);
        tls_locate_failed(l, &c);
    }
    tls_locate_next(l, 1, &s);
    assert_int_equal(s.kind, TLS_STEP_FAILED);
    assert_int_equal(tls_locate_cause(l)->code, CAUSE_cert_expired);
    tls_locate_failed(l, &c); /* too late: no harm */
    tls_locate_free(l);
}

/* Old, unknown and doubled answers change nothing. */
static void test_stray(void **state)
{
    struct tls_locate_ask ask = {.host = S("a.test"), .port = 1};
    struct tls_locate *l;
    struct tls_step q, s;
    struct dnskit d;

    (void)state;
    dns_begin(&d, 0, "a.test", TLS_DNS_AAAA);
    dns_aaaa(&d, NULL, 1, 1);
    struct slice packet = dns_end(&d);

    assert_int_equal(tls_locate_new(&l, &kit_env, &ask), 0);
    tls_locate_next(l, 1, &q);
    assert_int_equal(q.type, TLS_DNS_AAAA);
    tls_locate_answer(l, q.qid + 1, TLS_LOCATE_PACKET, packet); /* unsent */
    tls_locate_answer(l, 0, TLS_LOCATE_PACKET, packet);
    tls_locate_next(l, 1, &s);
    assert_int_equal(s.kind, TLS_STEP_QUERY);
    tls_locate_next(l, 1, &s);
    assert_int_equal(s.kind, TLS_STEP_WAIT);
    tls_locate_answer(l, q.qid, TLS_LOCATE_PACKET, packet);
    tls_locate_answer(l, q.qid, TLS_LOCATE_PACKET, packet);
    tls_locate_tick(l, 1 + TLS_LOCATE_QUERY_MS);
    tls_locate_next(l, 2 + TLS_LOCATE_QUERY_MS, &s);
    assert_int_equal(s.kind, TLS_STEP_TRY);
    tls_locate_failed(l, NULL);
    tls_locate_next(l, 3 + TLS_LOCATE_QUERY_MS, &s);
    assert_int_equal(s.kind, TLS_STEP_FAILED);
    tls_locate_free(l);
}

static int body(const struct env *env, void *arg)
{
    struct tls_locate_ask ask = {.host = S("a.test")};
    struct tls_locate *l = NULL;
    int err = tls_locate_new(&l, env, &ask);

    (void)arg;
    tls_locate_free(l);
    return err;
}

static void test_oom(void **state)
{
    (void)state;
    assert_int_equal(oom_loop(&kit_env, body, NULL), 1);
}

static int set_up(void **state)
{
    (void)state;
    return tls_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explicit),
        cmocka_unit_test(test_numeric),
        cmocka_unit_test(test_port),
        cmocka_unit_test(test_no_srv),
        cmocka_unit_test(test_srv_order),
        cmocka_unit_test(test_srv_weight),
        cmocka_unit_test(test_declined),
        cmocka_unit_test(test_only_udp),
        cmocka_unit_test(test_naptr),
        cmocka_unit_test(test_naptr_is_an_extra),
        cmocka_unit_test(test_misplaced),
        cmocka_unit_test(test_avoided),
        cmocka_unit_test(test_avoid_ages),
        cmocka_unit_test(test_no_domain),
        cmocka_unit_test(test_no_record),
        cmocka_unit_test(test_dns_fails),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_grace),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_cause_kept),
        cmocka_unit_test(test_stray),
        cmocka_unit_test(test_oom),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
