/* SPDX-License-Identifier: Apache-2.0 */
/* siplock demo: two agents at the built-in edge, a call, a judged wire. */
#include "tools/demo.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "tools/commands.h"
#include "tools/correlate.h"
#include "tools/exitcode.h"
#include "tools/opts.h"
#include "tools/report.h"
#include "tools/sound.h"
#include "tools/speech.h"

enum {
    ALICE,
    BOB,
    AGENTS,
    DEMO_MS = 30000, /* everything, or it is late */
    RATE = 48000,
    SPEECH_MS = 4000,
    SPEECH_N = RATE / 1000 * SPEECH_MS,
    DIGIT_AT_MS = SPEECH_MS + 300, /* from established, when all was said */
    DIGIT_MS = 120,
    HANG_UP_AT_MS = DIGIT_AT_MS + 500
};

static const double enough = 0.8; /* of the correlation */

struct agent {
    struct demo *demo;
    const char *name;
    char digit; /* that it presses */
    char aor[64];
    siplock_account account;
    siplock_call call;
    struct sound sound;
    int16_t *speech; /* what it says, SPEECH_N at RATE */
    struct correlate heard;
    atomic_bool released;
    bool registered, established, hung_up, unregistered, failed;
    char pressed; /* by the other one, as it came */
    char codec[16], suite[40];
    struct siplock_call_stats stats;
};

struct demo {
    struct report report;
    struct demo_stage stage;
    struct demo_verdict verdict;
    uv_loop_t loop;
    uv_timer_t tick;
    uint64_t end_at, established_at;
    struct siplock *siplock;
    struct agent agent[AGENTS];
    bool pressed, calling, leaving, ending, late;
    int code;
};

static void say_why(struct demo *d, const char *text)
{
    struct siplock_cause c = report_cause("internal", "internal",
                                          "report this with the output", text);

    report_error(&d->report, &c);
    if (!d->code)
        d->code = EXIT_OTHER;
}

/* --------------------------------------------------------------- the end */

static void on_closed(void *user)
{
    struct demo *d = user;

    uv_close((uv_handle_t *)&d->tick, NULL);
}

static void on_freed(void *user)
{
    struct demo *d = user;

    demo_stage_close(&d->stage, on_closed, d);
}

static void end_all(struct demo *d)
{
    if (d->ending)
        return;
    d->ending = true;
    uv_timer_stop(&d->tick);
    if (d->siplock)
        siplock_free(d->siplock, on_freed);
    else
        on_freed(d);
}

/* ---------------------------------------------------------------- agents */

static int password(void *user, siplock_account account,
                    struct siplock_str realm, struct siplock_password *out)
{
    struct slice word = S(DEMO_PASSWORD);

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
    struct slice ca = mint_pem(d->stage.ca);
    struct siplock_cause cause = {.size = sizeof(cause)};
    struct siplock_account_config config = {
        .size = sizeof(config),
        .aor = a->aor,
        .address = &addresses,
        .addresses = 1,
        .password = password,
        .ca_pem = {ca.p, ca.n},
    };

    tls_addr_put(&o, &d->stage.at);
    (void)out_cstr(&o);
    snprintf(a->aor, sizeof(a->aor), "sip:%s@" DEMO_DOMAIN, a->name);
    if (siplock_account_add(d->siplock, &a->account, &config, &cause)) {
        report_error(&d->report, &cause);
        d->code = exitcode_of(cause.domain);
        return -1;
    }
    return 0;
}

static int give_voice(struct demo *d, struct agent *a)
{
    struct source *source = NULL;

    a->speech = malloc(SPEECH_N * sizeof(*a->speech));
    if (a->speech) {
        speech_make(a->speech, SPEECH_N, RATE,
                    a == &d->agent[ALICE] ? SPEECH_ALICE : SPEECH_BOB);
        if (sound_open(&a->sound, NULL, false, "memory") ||
            source_of(&source, a->speech, SPEECH_N, RATE))
            source = NULL;
    }
    if (!source) {
        say_why(d, "making speech: memory ran out");
        return -1;
    }
    source_free(a->sound.source);
    a->sound.source = source;
    return 0;
}

static void on_released(void *user)
{
    struct sound *sound = user;
    struct agent *a = (struct agent *)(void *)((char *)sound -
                                               offsetof(struct agent, sound));

    atomic_store(&a->released, true);
}

static void start_sound(struct demo *d, struct agent *a)
{
    struct siplock_audio audio = sound_audio(&a->sound, on_released);

    atomic_store(&a->released, false);
    if (siplock_audio_start(d->siplock, a->call, &audio))
        atomic_store(&a->released, true);
}

/* ------------------------------------------------------------ what is done */

static void call_bob(struct demo *d)
{
    struct agent *alice = &d->agent[ALICE];
    struct siplock_cause cause = {.size = sizeof(cause)};

    d->calling = true;
    if (siplock_call_start(d->siplock, &alice->call, alice->account,
                           d->agent[BOB].aor, &cause)) {
        report_error(&d->report, &cause);
        end_all(d);
        return;
    }
    start_sound(d, alice);
}

static void leave(struct demo *d)
{
    d->leaving = true;
    for (int i = 0; i < AGENTS; i++)
        (void)siplock_account_remove(d->siplock, d->agent[i].account);
}

static void talk(struct demo *d, uint64_t now)
{
    uint64_t since = now - d->established_at;

    if (!d->established_at)
        return;
    for (int i = 0; i < AGENTS && !d->pressed && since >= DIGIT_AT_MS; i++)
        (void)siplock_call_dtmf(d->siplock, d->agent[i].call,
                                d->agent[i].digit, DIGIT_MS);
    d->pressed = since >= DIGIT_AT_MS;
    if (since >= HANG_UP_AT_MS)
        (void)siplock_call_hangup(d->siplock, d->agent[ALICE].call);
}

/* Each step when the one before it is done. */
static void on_tick(uv_timer_t *timer)
{
    struct demo *d = timer->data;
    uint64_t now = uv_now(&d->loop);
    bool registered = true, hung_up = true, gone = true, failed = false;

    for (int i = 0; i < AGENTS; i++) {
        struct agent *a = &d->agent[i];

        failed = failed || a->failed || sound_tick(&a->sound) ||
                 (a->hung_up && !a->established);
        registered = registered && a->registered;
        hung_up = hung_up && a->hung_up && atomic_load(&a->released);
        gone = gone && a->unregistered;
    }
    d->late = now >= d->end_at;
    if (gone || failed || d->late)
        end_all(d);
    else if (hung_up && !d->leaving)
        leave(d);
    else if (registered && !d->calling)
        call_bob(d);
    else
        talk(d, now);
}

/* ---------------------------------------------------------------- events */

static struct agent *agent_of(struct demo *d, siplock_account account)
{
    for (int i = 0; i < AGENTS; i++)
        if (d->agent[i].account.id == account.id)
            return &d->agent[i];
    return NULL;
}

static void on_register(struct agent *a, const struct siplock_event *e)
{
    if (e->state == SIPLOCK_REGISTER_REGISTERED)
        a->registered = true;
    if (e->state == SIPLOCK_REGISTER_FAILED)
        a->failed = true;
    if (e->state == SIPLOCK_REGISTER_ENDED)
        a->unregistered = true;
}

static void on_call(struct demo *d, struct agent *a,
                    const struct siplock_event *e)
{
    if (e->state == SIPLOCK_CALL_RINGING && e->direction == SIPLOCK_DIR_IN) {
        a->call = e->call;
        start_sound(d, a);
        (void)siplock_call_answer(d->siplock, e->call);
    } else if (e->state == SIPLOCK_CALL_ESTABLISHED) {
        a->established = true;
        if (d->agent[ALICE].established && d->agent[BOB].established)
            d->established_at = uv_now(&d->loop);
    }
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct demo *d = user;
    struct agent *a = agent_of(d, e->account);

    report_event(&d->report, a ? a->aor : "", e);
    if (!a)
        return;
    if (e->type == SIPLOCK_EVENT_REGISTER_STATE) {
        on_register(a, e);
    } else if (e->type == SIPLOCK_EVENT_CALL_STATE) {
        on_call(d, a, e);
    } else if (e->type == SIPLOCK_EVENT_CALL_MEDIA) {
        snprintf(a->codec, sizeof(a->codec), "%.*s", (int)e->codec.n,
                 e->codec.p);
        snprintf(a->suite, sizeof(a->suite), "%.*s", (int)e->suite.n,
                 e->suite.p);
    } else if (e->type == SIPLOCK_EVENT_CALL_DTMF) {
        a->pressed = e->digit;
    } else if (e->type == SIPLOCK_EVENT_CALL_ENDED) {
        a->hung_up = true;
        if (e->stats)
            a->stats = *e->stats;
    }
}

/* ---------------------------------------------------------------- result */

/* What each heard is compared with what the other one said. */
static void compare(struct demo *d)
{
    for (int i = 0; i < AGENTS; i++) {
        struct agent *a = &d->agent[i];
        struct correlate_pcm said = {d->agent[!i].speech, SPEECH_N, RATE};
        struct correlate_pcm heard = {0};

        if (!a->sound.sink)
            continue;
        (void)sink_finish(a->sound.sink, a->sound.why, sizeof(a->sound.why));
        heard.pcm = sink_samples(a->sound.sink, &heard.n, &heard.rate);
        if (said.pcm && correlate(&a->heard, &said, &heard))
            say_why(d, "comparing what was heard: memory ran out");
    }
}

static bool went_well(const struct demo *d)
{
    const struct demo_verdict *v = &d->verdict;
    uint64_t sent = 0;

    for (int i = 0; i < AGENTS; i++) {
        const struct agent *a = &d->agent[i];

        if (!a->registered || !a->established || !a->unregistered ||
            !a->stats.packets_sent || !a->stats.packets_received ||
            a->stats.unauthentic || a->heard.mean < enough ||
            a->pressed != d->agent[!i].digit ||
            strcmp(a->suite, d->agent[!i].suite) != 0 ||
            strcmp(a->codec, d->agent[!i].codec) != 0)
            return false;
        sent += a->stats.packets_sent;
    }
    return !d->code && !d->late && d->stage.counts.unregistered == AGENTS &&
           v->clean && v->selftest && v->plaintext == 0 && v->rtp >= sent;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static void result(struct demo *d)
{
    const struct agent *alice = &d->agent[ALICE], *bob = &d->agent[BOB];
    const struct demo_verdict *v = &d->verdict;
    double correlation = least(alice->heard.mean, bob->heard.mean);
    bool ok = went_well(d);
    json_t *o =
        json_pack("{s:b,s:i,s:i,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:I,s:f,s:f,s:I}",
                  "ok", ok, "registered", alice->registered + bob->registered,
                  "calls", alice->established && bob->established, "suite",
                  alice->suite, "codec", alice->codec, "packets_sent",
                  (json_int_t)alice->stats.packets_sent +
                      (json_int_t)bob->stats.packets_sent,
                  "packets_received",
                  (json_int_t)alice->stats.packets_received +
                      (json_int_t)bob->stats.packets_received,
                  "bytes_seen", (json_int_t)v->bytes, "packets_judged",
                  (json_int_t)v->packets, "judge_selftest", v->selftest,
                  "plaintext_bytes", (json_int_t)v->plaintext, "correlation",
                  (double)(int)(correlation * 1000) / 1000, "mos",
                  least(alice->stats.mos, bob->stats.mos) / 100, "setup_ms",
                  (json_int_t)alice->stats.setup_ms);

    if (!ok && !d->code)
        d->code = d->late ? EXIT_TIMEOUT : EXIT_EXPECT;
    d->report.json = true; /* the last line is for programs, always */
    report_emit(&d->report, "demo.result", o);
}

/* ----------------------------------------------------------------- start */

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

    if (err) {
        say_why(d, siplock_error_text(err));
        return -1;
    }
    for (int i = 0; i < AGENTS; i++)
        if (give_voice(d, &d->agent[i]) || add_agent(d, &d->agent[i]))
            return -1;
    return 0;
}

static void run(struct demo *d)
{
    const char *const names[AGENTS] = {d->agent[ALICE].name,
                                       d->agent[BOB].name};

    uv_loop_init(&d->loop);
    uv_timer_init(&d->loop, &d->tick);
    d->tick.data = d;
    d->end_at = uv_now(&d->loop) + DEMO_MS;
    uv_timer_start(&d->tick, on_tick, SOUND_TICK_MS, SOUND_TICK_MS);
    if (demo_stage_set(&d->stage, &d->loop, names, AGENTS)) {
        say_why(d, d->stage.why);
        end_all(d);
    } else if (start_agents(d)) {
        end_all(d);
    }
    uv_run(&d->loop, UV_RUN_DEFAULT);
    uv_loop_close(&d->loop);
    demo_stage_leave(&d->stage, &d->verdict);
    compare(d);
}

static struct demo *make(void)
{
    struct demo *d = calloc(1, sizeof(*d));

    if (!d)
        return NULL;
    d->agent[ALICE].name = "alice";
    d->agent[ALICE].digit = '5';
    d->agent[BOB].name = "bob";
    d->agent[BOB].digit = '#';
    for (int i = 0; i < AGENTS; i++)
        atomic_init(&d->agent[i].released, true);
    return d;
}

int cmd_demo(int argc, char **argv)
{
    bool json = false;
    const struct opt opts[] = {{"--json", NULL, &json}};
    struct demo *d = make();
    struct opts_words none = {0};
    int code;

    if (!d || opts_read(argc, argv, opts, 1, &none)) {
        fprintf(stderr, "usage: siplock demo [--json]\n");
        free(d);
        return EXIT_USAGE;
    }
    report_init(&d->report, stdout, json);
    report_hello(&d->report, "strict");
    if (demo_stage_enter(&d->stage))
        say_why(d, d->stage.why);
    else
        run(d);
    result(d);
    code = d->report.failed ? EXIT_OTHER : d->code;
    for (int i = 0; i < AGENTS; i++) {
        (void)sound_close(&d->agent[i].sound);
        free(d->agent[i].speech);
    }
    free(d);
    return code;
}
