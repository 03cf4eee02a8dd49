/* SPDX-License-Identifier: Apache-2.0 */
/* siplock doctor: each address dialled, then its TLS judged. */
#include <string.h>
#include <uv.h>

#include "tls/skew.h"
#include "tls/sock.h"
#include "tls/sockaddr.h"
#include "tools/doctor.h"
#include "tools/exitcode.h"
#include "tools/tls_probe.h"
#include "tools/tls_view.h"

enum { CONNECT_MS = 5000, DAYS_WARN = 14 };

static void put_addr(char *text, size_t cap, const struct tls_addr *a)
{
    struct out o = out_of(text, cap);

    tls_addr_put(&o, a);
    (void)out_cstr(&o);
}

/* --------------------------------------------------------- reachability */

struct dialling {
    uv_loop_t loop;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t req;
    int status; /* of libuv */
    bool closed;
};

static void close_all(struct dialling *c)
{
    if (c->closed)
        return;
    c->closed = true;
    uv_close((uv_handle_t *)&c->tcp, NULL);
    uv_close((uv_handle_t *)&c->timer, NULL);
}

static void on_connect(uv_connect_t *req, int status)
{
    struct dialling *c = req->data;

    if (!c->closed)
        c->status = status;
    close_all(c);
}

static void on_late(uv_timer_t *t)
{
    struct dialling *c = t->data;

    c->status = UV_ETIMEDOUT;
    close_all(c);
}

/* TCP alone; not a byte is sent. */
static int reach(const struct tls_addr *addr)
{
    struct dialling c = {.status = 0};
    struct sockaddr_storage ss;

    tls_addr_to_sockaddr(&ss, addr);
    uv_loop_init(&c.loop);
    uv_tcp_init(&c.loop, &c.tcp);
    uv_timer_init(&c.loop, &c.timer);
    c.req.data = c.timer.data = &c;
    uv_timer_start(&c.timer, on_late, CONNECT_MS, 0);
    c.status =
        uv_tcp_connect(&c.req, &c.tcp, (struct sockaddr *)&ss, on_connect);
    if (c.status)
        close_all(&c);
    uv_run(&c.loop, UV_RUN_DEFAULT);
    uv_loop_close(&c.loop);
    return c.status;
}

void doctor_reach(struct doctor *d)
{
    for (size_t i = 0; i < d->naddr; i++) {
        double from = doctor_now();
        int status = reach(&d->addr[i]);
        struct doctor_step *s =
            doctor_add(d, "reach", DOCTOR_OK, doctor_now() - from);
        struct cause cause;

        put_addr(s->subject, sizeof(s->subject), &d->addr[i]);
        d->reached[i] = status == 0;
        if (status == 0) {
            snprintf(s->text, sizeof(s->text), "accepts a TCP connection");
            continue;
        }
        cause_set_facts(&cause, tls_dial_cause(&d->addr[i], status),
                        slice_cstr(s->subject));
        doctor_cause(d, s, &cause);
    }
}

/* ------------------------------------------------------------------ TLS */

static void judge_life(struct doctor_step *s, const struct tls_probe *p)
{
    json_t *life = tls_view_life(p);
    const json_t *left = json_object_get(life, "days_left");

    if (json_is_integer(left) && json_integer_value(left) < DAYS_WARN) {
        s->verdict = DOCTOR_WARN;
        snprintf(s->remedy, sizeof(s->remedy),
                 "the certificate ends in %d days: renew it, and reload the "
                 "server",
                 (int)json_integer_value(left));
    }
    json_object_set_new(s->facts, "life", life);
}

/* What another address said of the time explains a certificate's date. */
static void explain_dates(struct doctor *d, struct cause *cause)
{
    char text[128];
    struct out o = out_of(text, sizeof(text));

    if (cause->date) {
        d->clock_known = true;
        d->clock_s = tls_skew_of(cause->date, ua_host_now().wall);
    }
    if (!d->clock_known || !tls_skew_counts(d->clock_s) ||
        !tls_skew_explains(cause->code))
        return;
    tls_skew_say(&o, d->clock_s);
    cause_add_fact(cause, out_slice(&o));
}

void doctor_clock(struct doctor *d)
{
    struct doctor_step *s;
    struct out o;

    if (!d->clock_known || !tls_skew_counts(d->clock_s))
        return;
    s = doctor_add(d, "clock", DOCTOR_WARN, 0);
    o = out_of(s->text, sizeof(s->text));
    tls_skew_say(&o, d->clock_s);
    (void)out_cstr(&o);
    snprintf(s->subject, sizeof(s->subject), "this device");
    snprintf(s->remedy, sizeof(s->remedy),
             "set the clock that is wrong, best by NTP on both: dates of "
             "certificates are judged by it");
    s->facts = json_pack("{s:I}", "seconds", (json_int_t)d->clock_s);
}

static void judge(struct doctor *d, struct doctor_step *s,
                  const struct tls_probe *p)
{
    s->facts = json_object();
    json_object_set_new(s->facts, "chain", tls_view_chain(p));
    json_object_set_new(s->facts, "platforms", tls_view_platforms(p));
    if (!p->up) {
        struct cause cause = p->cause;

        explain_dates(d, &cause);
        doctor_cause(d, s, &cause);
        return;
    }
    json_object_set_new(s->facts, "version", json_string(p->facts.version));
    json_object_set_new(s->facts, "suite", json_string(p->facts.suite));
    snprintf(s->text, sizeof(s->text), "verified for %s: %s, %s",
             p->facts.name, p->facts.version, p->facts.suite);
    judge_life(s, p);
}

/* As siplock tls does, at this address and for the account's name. */
static bool probe(struct doctor *d, size_t i)
{
    static struct tls_probe p;
    struct tls_locate_edge edge[UA_EDGES_MAX];
    char ip[TLS_ADDR_TEXT_MAX], name[256];
    struct out o = out_of(ip, sizeof(ip));
    struct tls_probe_ask ask = {.host = ip,
                                .port = d->addr[i].port,
                                .trust = d->file.config,
                                .domain = name,
                                .repeat = 1};
    double from = doctor_now();
    struct doctor_step *s;
    bool up;

    tls_addr_put_ip(&o, &d->addr[i]);
    (void)out_cstr(&o);
    (void)ua_edges_ask(d->account, edge);
    snprintf(name, sizeof(name), "%.*s", (int)edge[d->edge[i]].host.n,
             edge[d->edge[i]].host.p);
    (void)tls_probe_run(&p, &ask);
    s = doctor_add(d, "tls", DOCTOR_OK,
                   p.up ? (double)p.setup_us / 1e3 : doctor_now() - from);
    put_addr(s->subject, sizeof(s->subject), &d->addr[i]);
    judge(d, s, &p);
    up = p.up;
    tls_probe_free(&p);
    return up;
}

bool doctor_tls(struct doctor *d)
{
    bool any = false;

    for (size_t i = 0; i < d->naddr; i++) {
        if (d->reached[i]) {
            any = probe(d, i) || any;
        } else {
            struct doctor_step *s = doctor_add(d, "tls", DOCTOR_SKIPPED, 0);

            put_addr(s->subject, sizeof(s->subject), &d->addr[i]);
            snprintf(s->text, sizeof(s->text), "it is not reached");
        }
    }
    return any;
}
