/* SPDX-License-Identifier: Apache-2.0 */
/* One look at a server's TLS: the library's own dial, and who watches it. */
#include "tools/tls_probe.h"

#include <string.h>
#include <time.h>

#include "sip/base/err.h"
#include "tls/sockaddr.h"
#include "ua/anchors.h"

static void dial(struct tls_probe *p);

static uint64_t now_us(void)
{
    return uv_hrtime() / 1000;
}

static int64_t cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* -------------------------------------------------------------- watching */

static void on_chain(void *user, const struct tls_chain *chain)
{
    struct tls_probe *p = user;

    if (p->shown)
        return;
    for (size_t i = 0; i < chain->n; i++)
        if (mbedtls_x509_crt_parse_der(&p->chain,
                                       (const uint8_t *)chain->der[i].p,
                                       chain->der[i].n) == 0)
            p->shown++;
}

static void on_keys(void *user, struct slice line)
{
    FILE *f = user;

    fprintf(f, "%.*s\n", (int)line.n, line.p);
    fflush(f);
}

static int64_t wall(void *user)
{
    (void)user;
    return ua_host_now().wall;
}

/* --------------------------------------------------------- the connection */

static void on_closed(void *user)
{
    struct tls_probe *p = user;

    p->conn = NULL;
    if (p->cause.code == CAUSE_none && p->done < p->ask->repeat)
        dial(p);
}

static void end(struct tls_probe *p)
{
    uv_timer_stop(&p->timer);
    if (p->conn)
        tls_close(p->conn, on_closed, p);
}

static void on_time(uv_timer_t *t)
{
    end(t->data);
}

/*
 * A TLS 1.3 server looks at our certificate when we are up already: its
 * tickets say that it took it, an alert that it did not (RFC 8446 4.4.2.4).
 */
static void on_tick(uv_timer_t *t)
{
    struct tls_probe *p = t->data;

    if (tls_conn_ticketed(p->conn) ||
        now_us() - p->began_us > 1000 * (uint64_t)PROBE_WAIT_MS)
        end(p);
}

static void on_up(void *user, struct tls_conn *c, const struct tls_facts *f)
{
    struct tls_probe *p = user;
    bool early = strcmp(f->version, "TLSv1.3") == 0;

    (void)c;
    if (p->done == 0) {
        p->setup_us = (int64_t)(now_us() - p->began_us);
        p->facts = *f;
    }
    p->cpu_us[f->resumed][f->resumed ? p->resumed : p->done - p->resumed] =
        cpu_us() - p->cpu_began_us;
    p->up = true;
    p->done++;
    p->resumed += f->resumed ? 1 : 0;
    p->began_us = now_us();
    if (early)
        uv_timer_start(&p->timer, on_tick, 1, 1);
    else
        uv_timer_start(&p->timer, on_time, 0, 0);
}

/* The next address, if it was the network's fault. */
static void on_down(void *user, struct tls_conn *c, const struct cause *cause)
{
    struct tls_probe *p = user;
    bool network = cause_domain(cause->code) == CAUSE_CONNECT;

    (void)c;
    p->connected = p->connected || !network;
    if (p->up && cause->code == CAUSE_connect_reset) {
        end(p); /* it was up, and the server did not want to wait */
        return;
    }
    p->cause = *cause;
    p->up = false;
    end(p);
    if (network && ++p->at < p->naddr) {
        cause_set(&p->cause, CAUSE_none);
        p->conn = NULL;
        dial(p);
    }
}

static void refused(struct tls_probe *p, enum policy_why why)
{
    cause_set_facts(&p->cause, CAUSE_policy_refused,
                    slice_cstr(policy_refusal(why)->sentence));
    p->cause.refusal = why;
}

static void dial(struct tls_probe *p)
{
    static const struct tls_handlers on = {.up = on_up, .down = on_down};
    const struct policy_peer *ticket;
    enum policy_why why;
    int err;

    p->cpu_began_us = cpu_us();
    p->address = p->addr[p->at];
    err = policy_peer_mint(p->policy, &ticket, p->account, &p->address, &why);
    if (!err)
        err = tls_dial(&p->conn, p->net, ticket, &on, p);
    p->began_us = now_us();
    if (err && why)
        refused(p, why);
    else if (err)
        cause_set(&p->cause,
                  err == E_CERT ? CAUSE_config_trust : CAUSE_internal);
}

/* ------------------------------------------------------------- set up */

static void add_addr(struct tls_probe *p, const struct addrinfo *ai)
{
    struct sockaddr_storage ss = {0};
    struct tls_addr a;

    if (p->naddr == PROBE_ADDRS || ai->ai_addrlen > sizeof(ss))
        return;
    memcpy(&ss, ai->ai_addr, ai->ai_addrlen);
    if (tls_addr_of_sockaddr(&a, &ss) == 0) {
        a.port = (uint16_t)p->ask->port;
        p->addr[p->naddr++] = a;
    }
}

static void on_resolved(uv_getaddrinfo_t *req, int status,
                        struct addrinfo *list)
{
    struct tls_probe *p = req->data;

    for (struct addrinfo *at = list; at && status == 0; at = at->ai_next)
        add_addr(p, at);
    uv_freeaddrinfo(list);
    if (p->naddr)
        dial(p);
    else
        cause_set_facts(&p->cause,
                        status == UV_EAI_NONAME || status == UV_EAI_NODATA
                            ? CAUSE_dns_no_record
                            : CAUSE_dns_server,
                        slice_cstr(p->ask->host));
}

static int load_trust(struct tls_probe *p)
{
    struct ua_anchors *set = NULL;
    int err = ua_anchors_load(&set, &p->host.env, &p->ask->trust, &p->cause);

    if (err)
        return err;
    cause_set(&p->cause, CAUSE_none);
    p->set = set;
    p->cred = ua_anchors_cred(set);
    return 0;
}

static int make_policy(struct tls_probe *p)
{
    const struct siplock_account_config *c = &p->ask->trust;
    const struct policy_terms terms = {
        .name = slice_cstr(p->ask->domain),
        .level = c->level ? (enum policy_level)c->level : POLICY_STRICT,
        .names = (enum tls_name_rule)c->names,
        .anchors = p->cred,
        .identity = p->ask->no_resume ? S("") : S("siplock tls"),
    };
    enum policy_why why = POLICY_ALLOWED;
    int err = policy_new(&p->policy, &p->host.env, POLICY_LEGACY_PBX);

    if (!err)
        err = policy_account_add(p->policy, &p->account, &terms, &why);
    if (err && why)
        refused(p, why);
    return err;
}

static int make_net(struct tls_probe *p)
{
    struct tls_engine_kit kit = {.watch = {on_chain, p}};
    int err = tls_resume_new(&p->sessions, &p->host.env, wall, NULL);

    if (!err)
        err = tls_net_new(&p->net, &p->loop, &p->host.env, p->policy);
    if (err)
        return err;
    kit.sessions = p->sessions;
    if (p->ask->keylog)
        kit.keylog = (struct tls_keylog){on_keys, p->ask->keylog};
    tls_net_equip(p->net, &kit);
    tls_net_timeouts(p->net, (unsigned)p->ask->timeout_ms,
                     (unsigned)p->ask->timeout_ms);
    return 0;
}

static int look(struct tls_probe *p)
{
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    uv_getaddrinfo_t req = {.data = p};

    if (tls_addr_parse_ip(&p->addr[0], slice_cstr(p->ask->host)) == 0) {
        p->addr[0].port = (uint16_t)p->ask->port;
        p->naddr = 1;
        dial(p);
    } else if (uv_getaddrinfo(&p->loop, &req, on_resolved, p->ask->host, NULL,
                              &hints)) {
        cause_set(&p->cause, CAUSE_dns_server);
        return E_SYS;
    }
    uv_run(&p->loop, UV_RUN_DEFAULT);
    return 0;
}

int tls_probe_run(struct tls_probe *p, const struct tls_probe_ask *ask)
{
    static const struct siplock_config config = {.size = sizeof(config)};
    int err;

    memset(p, 0, sizeof(*p));
    p->ask = ask;
    mbedtls_x509_crt_init(&p->chain);
    cause_set(&p->cause, CAUSE_none);
    uv_loop_init(&p->loop);
    uv_timer_init(&p->loop, &p->timer);
    p->timer.data = p;
    uv_unref((uv_handle_t *)&p->timer);
    err = ua_host_init(&p->host, &config);
    if (!err)
        err = load_trust(p);
    if (!err)
        err = make_policy(p);
    if (!err)
        err = make_net(p);
    if (!err)
        err = look(p);
    if (err && p->cause.code == CAUSE_none)
        cause_set(&p->cause, CAUSE_internal);
    return err;
}

void tls_probe_free(struct tls_probe *p)
{
    uv_close((uv_handle_t *)&p->timer, NULL);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    if (p->net)
        (void)tls_net_free(p->net);
    tls_resume_free(p->sessions);
    policy_free(p->policy);
    ua_anchors_free(&p->set);
    uv_loop_close(&p->loop);
    mbedtls_x509_crt_free(&p->chain);
}
