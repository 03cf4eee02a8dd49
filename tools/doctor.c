/* SPDX-License-Identifier: Apache-2.0 */
/* siplock doctor: DNS, reachability, TLS and REGISTER in one report. */
#include "tools/doctor.h"

#include <signal.h>
#include <string.h>
#include <uv.h>

#include "tools/commands.h"
#include "tools/exitcode.h"
#include "tools/opts.h"
#include "tools/report_call.h"

enum { REGISTER_MS = 30000, BACK_MS = 5000 };

/* ------------------------------------------------------------- REGISTER */

struct registering {
    struct doctor *d;
    struct siplock *siplock;
    siplock_account account;
    uv_loop_t loop;
    uv_timer_t timer;
    double from;
    bool ending, done;
    json_t *notices;
    json_t *race; /* connections, in the order in which they were begun */
};

static void on_freed(void *user)
{
    struct registering *r = user;

    uv_close((uv_handle_t *)&r->timer, NULL);
}

static void finish(struct registering *r)
{
    if (r->done)
        return;
    r->done = true;
    siplock_free(r->siplock, on_freed);
}

static struct doctor_step *add(struct registering *r, const char *step,
                               enum doctor_verdict verdict)
{
    struct doctor_step *s =
        doctor_add(r->d, step, verdict, doctor_now() - r->from);

    snprintf(s->subject, sizeof(s->subject), "%s", r->d->file.config.aor);
    return s;
}

static void say_cause(struct doctor *d, struct doctor_step *s,
                      const struct siplock_cause *c)
{
    snprintf(s->text, sizeof(s->text), "%s", c->text);
    snprintf(s->remedy, sizeof(s->remedy), "%s", c->hint ? c->hint : "");
    s->facts = json_pack("{s:s}", "code", c->code ? c->code : "");
    if (!d->first_domain[0] || strcmp(s->step, "register") == 0)
        snprintf(d->first_domain, sizeof(d->first_domain), "%s", c->domain);
}

static void on_time(uv_timer_t *t)
{
    struct registering *r = t->data;
    const struct siplock_cause cause =
        report_cause("timeout", "timed_out",
                     "look at the server's log: TLS is up and REGISTER is "
                     "not answered",
                     "the registrar did not answer in time");

    if (!r->ending) {
        say_cause(r->d, add(r, "register", DOCTOR_FAIL), &cause);
    } else if (r->d->registered) {
        say_cause(r->d, add(r, "unregister", DOCTOR_WARN), &cause);
        r->d->first_domain[0] = '\0';
    }
    finish(r);
}

/* From here the account ends; a registration is taken back. */
static void leave(struct registering *r)
{
    r->ending = true;
    r->from = doctor_now();
    uv_timer_start(&r->timer, on_time, BACK_MS, 0);
    if (siplock_account_remove(r->siplock, r->account))
        finish(r);
}

static void on_registered(struct registering *r, const struct siplock_event *e)
{
    struct doctor_step *s = add(r, "register", DOCTOR_OK);

    r->d->registered = true;
    snprintf(s->text, sizeof(s->text), "registered for %u s",
             (unsigned)e->expires);
    s->facts = json_pack("{s:i,s:O,s:O}", "expires", (int)e->expires,
                         "notices", r->notices, "connections", r->race);
    leave(r);
}

static void on_ended(struct registering *r)
{
    if (r->d->registered) {
        struct doctor_step *s = add(r, "unregister", DOCTOR_OK);

        snprintf(s->text, sizeof(s->text), "taken back");
    }
    finish(r);
}

/* Which connections were begun, when, and which one was verified first. */
static void on_flow(struct registering *r, const struct siplock_event *e)
{
    double ms = doctor_now() - r->from;
    size_t i;
    json_t *c;

    if (e->state == SIPLOCK_FLOW_CONNECTING)
        json_array_append_new(r->race,
                              json_pack("{s:s%,s:f,s:s}", "address",
                                        e->remote.p, e->remote.n, "begun_ms",
                                        ms, "outcome", "not used"));
    if (e->state != SIPLOCK_FLOW_UP)
        return;
    json_array_foreach(r->race, i, c)
    {
        const char *address = json_string_value(json_object_get(c, "address"));

        if (strlen(address) != e->remote.n ||
            memcmp(address, e->remote.p, e->remote.n) != 0)
            continue;
        json_object_set_new(c, "outcome", json_string("verified"));
        json_object_set_new(c, "verified_ms", json_real(ms));
    }
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct registering *r = user;

    if (e->type == SIPLOCK_EVENT_FLOW_STATE && !r->ending)
        on_flow(r, e);
    if (e->type == SIPLOCK_EVENT_NOTICE && e->seconds) {
        r->d->clock_known = true;
        r->d->clock_s = e->seconds;
    }
    if (e->type == SIPLOCK_EVENT_NOTICE && e->notice)
        json_array_append_new(r->notices, json_string(e->notice));
    if (e->type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    if (e->state == SIPLOCK_REGISTER_ENDED) {
        on_ended(r);
    } else if (r->ending) {
        return;
    } else if (e->state == SIPLOCK_REGISTER_REGISTERED) {
        on_registered(r, e);
    } else if (e->state == SIPLOCK_REGISTER_FAILED) {
        struct doctor_step *s = add(r, "register", DOCTOR_FAIL);

        say_cause(r->d, s, &e->cause);
        json_object_set(s->facts, "connections", r->race);
        leave(r);
    }
}

static void start(struct registering *r)
{
    const struct siplock_config config = {.size = sizeof(config),
                                          .user = r,
                                          .on_event = on_event,
                                          .user_agent = "siplock",
                                          .uv_loop = &r->loop};
    struct siplock_cause cause = {.size = sizeof(cause)};
    int err = siplock_new(&r->siplock, &config);

    if (!err)
        err = account_file_dns(&r->d->file, r->siplock);
    if (err) {
        cause = report_cause("internal", siplock_error_name(err), "",
                             siplock_error_text(err));
        say_cause(r->d, add(r, "register", DOCTOR_FAIL), &cause);
        uv_close((uv_handle_t *)&r->timer, NULL);
        return;
    }
    uv_timer_start(&r->timer, on_time, REGISTER_MS, 0);
    if (siplock_account_add(r->siplock, &r->account, &r->d->file.config,
                            &cause)) {
        say_cause(r->d, add(r, "register", DOCTOR_FAIL), &cause);
        finish(r);
    }
}

void doctor_register(struct doctor *d)
{
    struct registering r = {.d = d,
                            .from = doctor_now(),
                            .notices = json_array(),
                            .race = json_array()};

    uv_loop_init(&r.loop);
    uv_timer_init(&r.loop, &r.timer);
    r.timer.data = &r;
    start(&r);
    uv_run(&r.loop, UV_RUN_DEFAULT);
    uv_loop_close(&r.loop);
    json_decref(r.notices);
    json_decref(r.race);
}

/* ------------------------------------------------------------- command */

static void skip(struct doctor *d, const char *step, const char *why)
{
    struct doctor_step *s = doctor_add(d, step, DOCTOR_SKIPPED, 0);

    snprintf(s->subject, sizeof(s->subject), "%s", d->file.config.aor);
    snprintf(s->text, sizeof(s->text), "%s", why);
}

static void examine(struct doctor *d)
{
    doctor_dns(d);
    doctor_reach(d);
    if (doctor_tls(d))
        doctor_register(d);
    else
        skip(d, "register", "no address is reached and verified");
    doctor_clock(d);
}

static int exit_of(const struct doctor *d)
{
    return d->registered ? EXIT_DONE : exitcode_of(d->first_domain);
}

/* The account as the library reads it. */
static int prepare(struct doctor *d, const char *path,
                   struct siplock_cause *cause)
{
    static const struct siplock_config config = {.size = sizeof(config)};
    struct cause why;

    if (account_file_load(&d->file, path, cause))
        return -1;
    cause_set(&why, CAUSE_internal);
    if (ua_host_init(&d->host, &config) == 0 &&
        ua_account_new(&d->account, &d->host.env, POLICY_LEGACY_PBX,
                       &d->file.config, &why) == 0)
        return 0;
    *cause =
        report_cause(cause_domain_name(cause_domain(why.code)),
                     cause_symbol(why.code), cause_hint(why.code), why.text);
    return -1;
}

int cmd_doctor(int argc, char **argv)
{
    static struct doctor d;
    const char *account = NULL;
    bool json = false;
    const struct opt opts[] = {{"--account", &account, NULL},
                               {"--json", NULL, &json}};
    struct opts_words none = {0};
    struct siplock_cause cause;
    struct report r;
    int code;

    if (opts_read(argc, argv, opts, 2, &none) || !account) {
        fprintf(stderr, "usage: siplock doctor --account FILE [--json]\n");
        return EXIT_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    report_init(&r, stdout, json);
    if (prepare(&d, account, &cause)) {
        report_hello(&r, "strict");
        report_error(&r, &cause);
        code = exitcode_of(cause.domain);
    } else {
        if (json)
            report_hello(&r, d.file.level);
        examine(&d);
        code = exit_of(&d);
        doctor_report(&d, &r, code);
    }
    doctor_free(&d);
    return r.failed ? EXIT_OTHER : code;
}
