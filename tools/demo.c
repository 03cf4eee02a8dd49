/* SPDX-License-Identifier: Apache-2.0 */
/* siplock demo: an own CA, the built-in edge, two agents, a judged wire. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "sip/base/err.h"
#include "tls/cred.h"
#include "tls/crypto.h"
#include "tools/capture.h"
#include "tools/commands.h"
#include "tools/edge_loop.h"
#include "tools/exitcode.h"
#include "tools/mint.h"
#include "tools/opts.h"
#include "tools/plant.h"
#include "tools/report.h"
#include "ua/host.h"

enum { AGENTS = 2, DEMO_MS = 30000, DAY = 86400, PEM_MAX = 4 * MINT_PEM_MAX };

static const char domain[] = "demo.example.test";

/* What each agent does: register, refresh, unregister. */
struct agent {
    const char *name;
    char aor[64];
    siplock_account account;
    unsigned registered;
    bool ended;
    bool failed;
};

struct demo {
    struct report report;
    struct ua_host host; /* the edge's world */
    uv_loop_t loop;
    uv_timer_t deadline;
    struct mint_cert *ca, *leaf;
    struct tls_cred *own;
    struct edge_loop *edge;
    struct edge_counts counts; /* as it ended */
    struct tls_addr at;
    struct siplock *siplock;
    struct agent agent[AGENTS];
    struct wire wire, planted;
    struct plant plant;
    struct capture *capture;
    bool ending;
    bool late;
    int code;
};

static int fail(struct demo *d, const char *what, const char *why)
{
    char text[400];
    struct siplock_cause c;

    snprintf(text, sizeof(text), "%s: %s", what, why);
    c = report_cause("internal", "internal", "report this with the output",
                     text);
    report_error(&d->report, &c);
    if (!d->code)
        d->code = EXIT_OTHER;
    return -1;
}

/* ---------------------------------------------------------- certificates */

static int mint_all(struct demo *d)
{
    const struct mint_san san = {TLS_NAME_KIND_DNS, slice_cstr(domain)};
    int64_t now = (int64_t)time(NULL);
    struct mint_ask ca = {.cn = S("siplock demo CA"),
                          .ca = true,
                          .from = now - DAY,
                          .to = now + DAY};
    struct mint_ask leaf = {.cn = slice_cstr(domain),
                            .san = &san,
                            .nsan = 1,
                            .from = now - DAY,
                            .to = now + DAY};
    const struct env *env = &d->host.env;
    struct cause why;
    int err = mint_new(&d->ca, env, &ca);

    leaf.issuer = d->ca;
    if (!err)
        err = mint_new(&d->leaf, env, &leaf);
    if (!err)
        err = tls_cred_new(&d->own, env);
    if (!err)
        err = tls_cred_own_pem(d->own, mint_pem(d->leaf),
                               mint_key_pem(d->leaf), &why);
    return err ? fail(d, "minting a throw-away CA", err_text(err)) : 0;
}

/* ------------------------------------------------------------------ edge */

static int start_edge(struct demo *d)
{
    struct edge_loop_config config = {.env = &d->host.env,
                                      .uv = &d->loop,
                                      .own = d->own,
                                      .edge = {.domain = slice_cstr(domain),
                                               .md = ENV_SHA256,
                                               .min_expires = 60,
                                               .max_expires = 3600,
                                               .nonce_ms = 300000}};
    int err = edge_loop_new(&d->edge, &config, &d->at);

    for (int i = 0; !err && i < AGENTS; i++)
        err = edge_add_user(edge_loop_edge(d->edge),
                            slice_cstr(d->agent[i].name),
                            S("correct horse battery"));
    return err ? fail(d, "starting the edge", err_text(err)) : 0;
}

/* ---------------------------------------------------------------- agents */

static int password(void *user, siplock_account account,
                    struct siplock_str realm, struct siplock_password *out)
{
    struct slice word = S("correct horse battery");

    (void)user, (void)account, (void)realm;
    memcpy(out->bytes, word.p, word.n);
    out->n = word.n;
    return 0;
}

static int add_agent(struct demo *d, struct agent *a)
{
    char address[TLS_ADDR_TEXT_MAX];
    const char *addresses = address;
    struct out o = out_of(address, sizeof(address));
    struct slice ca = mint_pem(d->ca);
    struct siplock_cause cause = {.size = sizeof(cause)};
    struct siplock_account_config config = {
        .size = sizeof(config),
        .aor = a->aor,
        .address = &addresses,
        .addresses = 1,
        .password = password,
        .ca_pem = {ca.p, ca.n},
    };

    tls_addr_put(&o, &d->at);
    (void)out_cstr(&o);
    snprintf(a->aor, sizeof(a->aor), "sip:%s@%s", a->name, domain);
    if (siplock_account_add(d->siplock, &a->account, &config, &cause)) {
        report_error(&d->report, &cause);
        d->code = (int)exitcode_of(cause.domain);
        return -1;
    }
    return 0;
}

static void end_all(struct demo *d);

static void on_edge_closed(void *user)
{
    struct demo *d = user;

    uv_close((uv_handle_t *)&d->deadline, NULL);
}

static void on_siplock_freed(void *user)
{
    struct demo *d = user;

    if (!d->edge) {
        on_edge_closed(d);
        return;
    }
    d->counts = edge_loop_edge(d->edge)->counts;
    edge_loop_close(d->edge, on_edge_closed, d);
}

static void end_all(struct demo *d)
{
    if (d->ending)
        return;
    d->ending = true;
    uv_timer_stop(&d->deadline);
    if (d->siplock)
        siplock_free(d->siplock, on_siplock_freed);
    else
        on_siplock_freed(d);
}

static void on_deadline(uv_timer_t *timer)
{
    struct demo *d = timer->data;

    d->late = true;
    end_all(d);
}

static struct agent *agent_of(struct demo *d, siplock_account account)
{
    for (int i = 0; i < AGENTS; i++)
        if (d->agent[i].account.id == account.id)
            return &d->agent[i];
    return NULL;
}

/* Registered, then once more, then unregistered. */
static void on_registered(struct demo *d, struct agent *a)
{
    a->registered++;
    if (a->registered == 1)
        (void)siplock_account_refresh(d->siplock, a->account);
    else if (a->registered == 2)
        (void)siplock_account_remove(d->siplock, a->account);
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct demo *d = user;
    struct agent *a = agent_of(d, e->account);
    bool all = true;

    report_event(&d->report, a ? a->aor : "", e);
    if (!a || e->type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    if (e->state == SIPLOCK_REGISTER_REGISTERED)
        on_registered(d, a);
    if (e->state == SIPLOCK_REGISTER_FAILED)
        a->failed = true;
    if (e->state == SIPLOCK_REGISTER_ENDED)
        a->ended = true;
    for (int i = 0; i < AGENTS; i++)
        all = all && (d->agent[i].ended || d->agent[i].failed);
    if (all)
        end_all(d);
}

static int start_agents(struct demo *d)
{
    const struct siplock_config config = {
        .size = sizeof(config),
        .user = d,
        .on_event = on_event,
        .user_agent = "siplock demo",
        .uv_loop = &d->loop,
    };
    int err = siplock_new(&d->siplock, &config);

    if (err)
        return fail(d, "starting the agents", siplock_error_text(err));
    for (int i = 0; i < AGENTS; i++)
        if (add_agent(d, &d->agent[i]))
            return -1;
    return 0;
}

/* ------------------------------------------------------------- the judge */

/* A packet in clear is planted: a judge that misses it is no judge. */
static int start_judge(struct demo *d)
{
    struct wire *const wires[] = {&d->wire, &d->planted};

    wire_init(&d->wire, d->at.port);
    if (plant_open(&d->plant))
        return fail(d, "planting a packet", "no socket");
    wire_init(&d->planted, d->plant.port);
    d->capture = capture_start(wires, 2);
    if (!d->capture)
        return fail(d, "judging the wire", "the capture cannot be started");
    return plant_send(&d->plant)
               ? fail(d, "planting a packet", "it was not sent")
               : 0;
}

static bool judged_well(const struct demo *d)
{
    return wire_clean(&d->wire) && d->planted.plaintext > 0;
}

static void result(struct demo *d)
{
    unsigned registered = 0, refreshed = 0, ended = 0;
    unsigned unregistered = (unsigned)d->counts.unregistered;
    bool ok;
    json_t *o;

    for (int i = 0; i < AGENTS; i++) {
        registered += d->agent[i].registered >= 1;
        refreshed += d->agent[i].registered >= 2;
        ended += d->agent[i].ended;
    }
    ok = !d->code && !d->late && registered == AGENTS && refreshed == AGENTS &&
         ended == AGENTS && judged_well(d) && unregistered == AGENTS;
    o = json_pack("{s:b,s:i,s:i,s:i,s:I,s:I,s:b,s:I}", "ok", ok, "registered",
                  (int)registered, "refreshed", (int)refreshed, "unregistered",
                  (int)unregistered, "packets_judged",
                  (json_int_t)d->wire.packets, "bytes_seen",
                  (json_int_t)d->wire.bytes, "judge_selftest",
                  d->planted.plaintext > 0, "plaintext_bytes",
                  (json_int_t)d->wire.plaintext);
    if (!ok && !d->code)
        d->code = d->late ? EXIT_TIMEOUT : EXIT_EXPECT;
    d->report.json = true; /* the last line is for programs, always */
    report_emit(&d->report, "demo.result", o);
}

static void run(struct demo *d)
{
    uv_loop_init(&d->loop);
    uv_timer_init(&d->loop, &d->deadline);
    d->deadline.data = d;
    uv_timer_start(&d->deadline, on_deadline, DEMO_MS, 0);
    if (mint_all(d) || start_edge(d) || start_judge(d) || start_agents(d))
        end_all(d);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    uv_loop_close(&d->loop);
    if (d->capture)
        capture_stop(d->capture);
    plant_close(&d->plant);
    tls_cred_free(d->own);
    mint_free(d->leaf);
    mint_free(d->ca);
}

int cmd_demo(int argc, char **argv)
{
    bool json = false;
    const struct opt opts[] = {{"--json", NULL, &json}};
    const struct siplock_config config = {.size = sizeof(config)};
    struct demo *d = calloc(1, sizeof(*d));
    char why[200] = "";
    struct opts_words none = {0};
    int code;

    if (!d || opts_read(argc, argv, opts, 1, &none)) {
        fprintf(stderr, "usage: siplock demo [--json]\n");
        free(d);
        return EXIT_USAGE;
    }
    d->agent[0].name = "alice";
    d->agent[1].name = "bob";
    d->plant = PLANT_NONE;
    d->at = (struct tls_addr){.family = 4, .ip = {127, 0, 0, 1}};
    report_init(&d->report, stdout, json);
    report_hello(&d->report, "strict");
    if (!capture_allow(why, sizeof(why)))
        fail(d, "judging the wire", why);
    else if (ua_host_init(&d->host, &config))
        fail(d, "starting", "no cryptography");
    else
        run(d);
    result(d);
    code = d->report.failed ? EXIT_OTHER : d->code;
    free(d);
    return code;
}
