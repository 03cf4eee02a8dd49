/* SPDX-License-Identifier: Apache-2.0 */
/* siplock load: registers many accounts, lets them idle, takes them back. */
#include "tools/load.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tls/locate.h"
#include "tools/commands.h"
#include "tools/exitcode.h"
#include "tools/opts.h"
#include "tools/session.h"

enum {
    AT_ONCE = 100,
    SETTLE_MS = 16000, /* the first keepalives are over then */
    FOR_MS = 120000,   /* one keepalive of each account at least */
    TIMEOUT_MS = 300000,
    BACK_MS = 30000,
    FILES_MORE = 64 /* open files that are no flows */
};

static void on_log(void *user, int level, const char *text, size_t n)
{
    (void)user;
    (void)level;
    fprintf(stderr, "%.*s\n", (int)n, text);
}

static uint64_t now_us(void)
{
    return uv_hrtime() / 1000;
}

static void enter(struct load *l, enum load_phase phase);

/* ------------------------------------------------------------- the end */

static void on_freed(void *user)
{
    struct load *l = user;

    uv_close((uv_handle_t *)&l->timer, NULL);
    uv_close((uv_handle_t *)&l->limit, NULL);
    uv_close((uv_handle_t *)&l->check, NULL);
    uv_close((uv_handle_t *)&l->sigint, NULL);
    uv_close((uv_handle_t *)&l->sigterm, NULL);
}

static void finish(struct load *l)
{
    if (l->freeing)
        return;
    l->freeing = true;
    l->phase = LOAD_DONE;
    uv_timer_stop(&l->timer);
    uv_timer_stop(&l->limit);
    if (l->siplock)
        siplock_free(l->siplock, on_freed);
    else
        on_freed(l);
}

static void give_up(struct load *l, const struct siplock_cause *cause)
{
    if (l->phase == LOAD_BACK || l->phase == LOAD_DONE)
        return;
    report_error(&l->report, cause);
    l->code = exitcode_of(cause->domain);
    enter(l, LOAD_BACK);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct load *l = handle->data;

    (void)signum;
    l->code = EXIT_INTERRUPTED;
    l->interrupted = true;
    if (l->phase == LOAD_BACK)
        finish(l);
    else if (l->phase != LOAD_DONE)
        enter(l, LOAD_BACK);
}

static void on_limit(uv_timer_t *t)
{
    struct load *l = t->data;
    const struct siplock_cause cause = report_cause(
        "timeout", "timed_out",
        "allow more time with --timeout, or see what one account says with "
        "siplock register",
        l->phase == LOAD_BACK
            ? "not all registrations were taken back in time"
            : "not all accounts were registered in the time that was given");

    if (l->phase != LOAD_BACK) {
        if (l->failures) /* why the last one failed says more */
            report_error(&l->report, &l->last);
        give_up(l, &cause);
        return;
    }
    if (l->code == EXIT_DONE) {
        report_error(&l->report, &cause);
        l->code = EXIT_TIMEOUT;
    }
    finish(l);
}

/* ------------------------------------------------------------ accounts */

static int add_one(struct load *l, unsigned i)
{
    struct siplock_cause cause = {.size = sizeof(cause)};
    struct siplock_account_config config = l->file.config;
    char aor[LOAD_TEXT_MAX], user[LOAD_TEXT_MAX];

    if (!load_name(aor, config.aor, i + 1) ||
        !load_name(user, config.user ? config.user : "", i + 1))
        user[0] = '\0';
    config.aor = aor;
    config.user = config.user ? user : NULL;
    config.instance = NULL; /* each is a device of its own */
    if (l->shared)
        config.share_flow = 1;
    if (siplock_account_add(l->siplock, &l->one[i].id, &config, &cause) == 0)
        return 0;
    give_up(l, &cause);
    return -1;
}

static unsigned target(const struct load *l)
{
    return l->phase == LOAD_FIRST ? l->accounts / 4 : l->accounts;
}

/* So many are under way at once, whatever the number is. */
static void add_more(struct load *l)
{
    while (l->added < target(l) && l->added - l->registered < l->at_once) {
        if (add_one(l, l->added))
            return;
        l->added++;
    }
}

static void take_back(struct load *l)
{
    for (unsigned i = 0; i < l->added; i++)
        (void)siplock_account_remove(l->siplock, l->one[i].id);
    uv_timer_start(&l->limit, on_limit, BACK_MS, 0);
    if (l->ended == l->added)
        finish(l);
}

/* Ids are index + 1 in their low half; if they were not, all are looked at. */
static struct load_one *find(struct load *l, siplock_account id)
{
    uint64_t i = (id.id & 0xffffffff) - 1;

    if (i < l->added && l->one[i].id.id == id.id)
        return &l->one[i];
    for (i = 0; i < l->accounts; i++)
        if (l->one[i].id.id == id.id)
            return &l->one[i];
    return NULL;
}

/* -------------------------------------------------------------- phases */

static void on_timer(uv_timer_t *t)
{
    struct load *l = t->data;

    enter(l, (enum load_phase)(l->phase + 1));
}

static void begin(struct load *l)
{
    figures_read(&l->from);
    l->began_us = now_us();
    add_more(l);
}

static void all_registered(struct load *l)
{
    struct figures f;

    l->registering_us += now_us() - l->began_us;
    figures_read(&f);
    l->registering_cpu += f.cpu_us - l->from.cpu_us;
    enter(l, (enum load_phase)(l->phase + 1));
}

static void count_from_here(struct load *l)
{
    figures_read(&l->idle_from);
    l->began_us = now_us();
    l->woken = l->turns;
}

static void count_to_here(struct load *l)
{
    if (!l->idle_from.cpu_us)
        return; /* it never idled */
    l->idle_us = now_us() - l->began_us;
    l->woken = l->turns - l->woken;
    figures_read(&l->idle_to);
}

static void enter(struct load *l, enum load_phase phase)
{
    bool idled = l->phase == LOAD_IDLE;

    l->phase = phase;
    switch (phase) {
    case LOAD_FIRST:
        begin(l);
        break;
    case LOAD_REST:
        figures_read(&l->quarter);
        begin(l);
        break;
    case LOAD_SETTLE:
    case LOAD_SETTLE2:
        uv_timer_start(&l->timer, on_timer, (uint64_t)l->settle_ms, 0);
        break;
    case LOAD_IDLE:
        figures_read(&l->all);
        uv_timer_stop(&l->limit);
        uv_timer_start(&l->timer, on_timer, (uint64_t)l->for_ms, 0);
        count_from_here(l);
        break;
    case LOAD_BACK:
        uv_timer_stop(&l->timer);
        if (idled)
            count_to_here(l);
        take_back(l);
        break;
    case LOAD_DONE:
        break;
    }
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct load *l = user;
    struct load_one *one = find(l, e->account);

    if (e->type != SIPLOCK_EVENT_REGISTER_STATE || !one)
        return;
    if (e->state == SIPLOCK_REGISTER_ENDED && !one->ended) {
        one->ended = true;
        l->taken_back += one->registered ? 1 : 0;
        if (++l->ended == l->added && l->phase == LOAD_BACK)
            finish(l);
    } else if (e->state == SIPLOCK_REGISTER_FAILED && l->phase < LOAD_BACK) {
        l->failures++;
        l->last = e->cause;
        l->lost += one->registered ? 1 : 0;
        /* Before any has registered it is not the load that fails. */
        if (e->retry_ms < 0 || l->registered == 0 ||
            exitcode_of(e->cause.domain) == EXIT_CERT)
            give_up(l, &e->cause);
    } else if (e->state == SIPLOCK_REGISTER_REGISTERED && !one->registered) {
        one->registered = true;
        l->registered++;
        if (l->phase != LOAD_FIRST && l->phase != LOAD_REST)
            return;
        if (l->registered == target(l))
            all_registered(l);
        else
            add_more(l);
    }
}

static void on_turn(uv_check_t *c)
{
    struct load *l = c->data;

    l->turns++;
}

/* --------------------------------------------------------------- start */

static void init_loop(struct load *l)
{
    uv_loop_init(&l->loop);
    uv_timer_init(&l->loop, &l->timer);
    uv_timer_init(&l->loop, &l->limit);
    uv_check_init(&l->loop, &l->check);
    uv_signal_init(&l->loop, &l->sigint);
    uv_signal_init(&l->loop, &l->sigterm);
    l->timer.data = l->limit.data = l->check.data = l;
    l->sigint.data = l->sigterm.data = l;
    uv_signal_start(&l->sigint, on_signal, SIGINT);
    uv_signal_start(&l->sigterm, on_signal, SIGTERM);
    uv_check_start(&l->check, on_turn);
    uv_timer_start(&l->limit, on_limit, (uint64_t)l->timeout_ms, 0);
}

static void start(struct load *l)
{
    const struct siplock_config config = {.size = sizeof(config),
                                          .user = l,
                                          .on_event = on_event,
                                          .on_log = on_log,
                                          .log_level = l->log_level,
                                          .user_agent = "siplock",
                                          .uv_loop = &l->loop};
    int err = siplock_new(&l->siplock, &config);
    struct siplock_cause cause;

    if (!err)
        err = account_file_dns(&l->file, l->siplock);
    if (err == 0) {
        enter(l, l->accounts < 4 ? LOAD_REST : LOAD_FIRST);
        return;
    }
    cause = report_cause("internal", siplock_error_name(err), "",
                         siplock_error_text(err));
    report_error(&l->report, &cause);
    l->code = EXIT_OTHER;
    finish(l);
}

/* An address is only where to connect, as "address" in the file; a name is
 * that of the edge, as "outbound" is, and the one its certificate must have.
 */
static void take_edge(struct load *l)
{
    struct siplock_account_config *config = &l->file.config;
    struct tls_addr addr;

    if (!l->edge)
        return;
    if (tls_addr_parse(&addr, slice_cstr(l->edge), TLS_LOCATE_PORT) == 0) {
        config->address = &l->edge;
        config->addresses = 1;
        return;
    }
    (void)snprintf(l->edge_uri, sizeof(l->edge_uri), "sip:%s;transport=tls",
                   l->edge);
    config->outbound = l->edge_uri;
    config->addresses = 0;
}

/* What can be said before anything is sent; NULL: nothing. */
static const char *check(struct load *l, struct siplock_cause *cause,
                         const char *path)
{
    static char text[200];
    const char *fault;
    unsigned long most = 0;

    if (account_file_load(&l->file, path, cause))
        return cause->text;
    take_edge(l);
    fault = load_pattern_fault(&l->file.config);
    if (!fault && !figures_files(l->accounts + FILES_MORE, &most)) {
        snprintf(text, sizeof(text),
                 "%u accounts need %u open files and this process may have "
                 "%lu; ulimit -n or the service's LimitNOFILE allow more",
                 l->accounts, l->accounts + FILES_MORE, most);
        fault = text;
    }
    if (fault)
        *cause = report_cause("config", "config_invalid",
                              "correct what is named", fault);
    return fault;
}

static int run(struct load *l, const char *path)
{
    struct siplock_cause cause;

    (void)signal(SIGPIPE, SIG_IGN);
    if (check(l, &cause, path)) {
        report_hello(&l->report, "strict");
        report_error(&l->report, &cause);
        account_file_free(&l->file);
        return EXIT_CONFIG;
    }
    report_hello(&l->report, l->file.level);
    l->one = calloc(l->accounts, sizeof(*l->one));
    if (!l->one || l->report.failed) { /* nobody would see the figures */
        free(l->one);
        account_file_free(&l->file);
        return EXIT_OTHER;
    }
    init_loop(l);
    start(l);
    uv_run(&l->loop, UV_RUN_DEFAULT);
    uv_loop_close(&l->loop);
    if (l->code == EXIT_DONE && l->registered != l->accounts)
        l->code = EXIT_REGISTER;
    load_report(l);
    free(l->one);
    account_file_free(&l->file);
    return l->report.failed ? EXIT_OTHER : l->code;
}

static int usage(void)
{
    fprintf(
        stderr,
        "usage: siplock load --accounts N --account FILE "
        "[--edge HOST:PORT]\n"
        "         [--shared] [--for S] [--settle S] [--at-once N]\n"
        "         [--timeout S] [--json] [--log off|error|warn|info|debug]\n"
        "FILE's \"aor\" is a pattern: sip:load-%%d@example.com\n");
    return EXIT_USAGE;
}

static bool read_count(unsigned *out, const char *text, unsigned most)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || n < 1 || n > most)
        return false;
    *out = (unsigned)n;
    return true;
}

int cmd_load(int argc, char **argv)
{
    static struct load l = {.at_once = AT_ONCE,
                            .for_ms = FOR_MS,
                            .settle_ms = SETTLE_MS,
                            .timeout_ms = TIMEOUT_MS};
    const char *n = NULL, *file = NULL, *for_s = NULL, *settle = NULL;
    const char *once = NULL, *timeout = NULL, *log = NULL;
    bool json = false;
    const struct opt opts[] = {
        {"--accounts", &n, NULL},      {"--account", &file, NULL},
        {"--edge", &l.edge, NULL},     {"--for", &for_s, NULL},
        {"--settle", &settle, NULL},   {"--at-once", &once, NULL},
        {"--timeout", &timeout, NULL}, {"--json", NULL, &json},
        {"--log", &log, NULL},         {"--shared", NULL, &l.shared},
    };
    struct opts_words none = {0};

    if (opts_read(argc, argv, opts, sizeof(opts) / sizeof(opts[0]), &none) ||
        !n || !file || !read_count(&l.accounts, n, LOAD_ACCOUNTS_MAX) ||
        (once && !read_count(&l.at_once, once, LOAD_ACCOUNTS_MAX)) ||
        (for_s && !opts_seconds(&l.for_ms, for_s)) ||
        (settle && !opts_seconds(&l.settle_ms, settle)) ||
        (timeout && !opts_seconds(&l.timeout_ms, timeout)) ||
        session_log_level(log) < 0)
        return usage();
    l.log_level = log ? session_log_level(log) : SIPLOCK_LOG_WARN;
    report_init(&l.report, stdout, json);
    return run(&l, file);
}
