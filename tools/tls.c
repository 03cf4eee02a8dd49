/* SPDX-License-Identifier: Apache-2.0 */
/* siplock tls: look at a server's TLS, say what is wrong and what to do. */
#include <stdlib.h>
#include <string.h>

#include "tools/commands.h"
#include "tools/exitcode.h"
#include "tools/opts.h"
#include "tools/tls_report.h"
#include "tools/tls_view.h"

enum { TLS_PORT = 5061, LIST_MAX = 16 };

/* The command line, and what it came to. */
struct words {
    const char *at, *domain, *ca, *pin, *pins_end, *trust, *crl, *cert, *key;
    const char *names, *level, *expect, *timeout, *repeat, *keylog;
    bool json, print_pin, no_resume;
    char host[256];
    const char *ca_list[LIST_MAX], *pin_list[LIST_MAX], *crl_list[LIST_MAX];
};

static int usage(void)
{
    fprintf(stderr,
            "usage: siplock tls HOST[:PORT] [--domain NAME] [--ca FILE,...]\n"
            "         [--pin PIN,...] [--pins-end DATE] [--trust ca|pin]\n"
            "         [--crl FILE,...] [--cert FILE --key FILE]\n"
            "         [--names rfc5922|rfc6125|+cn]\n"
            "         [--level legacy-pbx|strict|modern]\n"
            "         [--expect-cert FILE] [--print-pin] [--repeat N]\n"
            "         [--no-resume] [--timeout S] [--keylog FILE] [--json]\n");
    return EXIT_USAGE;
}

/* "a,b" in place; false: too many, or an empty one. */
static bool split(const char *text, const char **list, size_t *n)
{
    char *at = text ? (char *)(uintptr_t)text : NULL;

    *n = 0;
    while (at) {
        char *comma = strchr(at, ',');

        if (comma)
            *comma++ = '\0';
        if (*at == '\0' || *n == LIST_MAX)
            return false;
        list[(*n)++] = at;
        at = comma;
    }
    return true;
}

/* "host", "host:5061", "192.0.2.1:5061", "[2001:db8::1]:5061". */
static bool read_host(struct words *w, struct tls_probe_ask *ask)
{
    const char *end = w->at[0] == '[' ? strchr(w->at, ']') : NULL;
    const char *colon = strrchr(end ? end : w->at, ':');
    size_t n = colon ? (size_t)(colon - w->at) : strlen(w->at);
    long port = TLS_PORT;
    char *rest;

    if (w->at[0] == '[') {
        if (!end || (colon && colon != end + 1) || (!colon && end[1] != '\0'))
            return false;
    } else if (colon && strchr(w->at, ':') != colon) {
        return false; /* an IPv6 address without brackets */
    }
    if (colon) {
        port = strtol(colon + 1, &rest, 10);
        if (rest == colon + 1 || *rest || port < 1 || port > 65535)
            return false;
    }
    if (end) {
        w->at++;
        n = (size_t)(end - w->at);
    }
    if (n == 0 || n >= sizeof(w->host))
        return false;
    memcpy(w->host, w->at, n);
    ask->host = w->host;
    ask->port = (unsigned)port;
    ask->domain = w->domain ? w->domain : w->host;
    return true;
}

static bool read_level(const char *text, int *level)
{
    enum policy_level l = POLICY_STRICT;

    if (text && policy_level_parse(&l, slice_cstr(text)))
        return false;
    *level = (int)l;
    return true;
}

static bool read_names(const char *text, int *names)
{
    enum tls_name_rule rule = TLS_NAME_RFC5922;

    if (text && policy_names_parse(&rule, slice_cstr(text)))
        return false;
    *names = (int)rule;
    return true;
}

/* "system" among the files is the system's store. */
static bool read_anchors(struct words *w, struct siplock_account_config *c)
{
    size_t n = 0;

    if (!split(w->ca, w->ca_list, &n))
        return false;
    c->ca_file = w->ca_list;
    for (size_t i = 0; i < n; i++)
        if (strcmp(w->ca_list[i], "system") == 0)
            c->ca_system = 1;
        else
            w->ca_list[c->ca_files++] = w->ca_list[i];
    return true;
}

static bool read_trust(struct words *w, struct siplock_account_config *c)
{
    c->pin = w->pin_list;
    c->crl_file = w->crl_list;
    c->pins_end = w->pins_end;
    c->cert_file = w->cert;
    c->key_file = w->key;
    if (w->trust && strcmp(w->trust, "pin") != 0 &&
        strcmp(w->trust, "ca") != 0)
        return false;
    c->trust_pins = w->trust && strcmp(w->trust, "pin") == 0;
    return read_anchors(w, c) && split(w->pin, w->pin_list, &c->pins) &&
           split(w->crl, w->crl_list, &c->crl_files) && !w->cert == !w->key &&
           read_level(w->level, &c->level) && read_names(w->names, &c->names);
}

static bool read_numbers(const struct words *w, struct tls_probe_ask *ask)
{
    char *end = NULL;
    long repeat = w->repeat ? strtol(w->repeat, &end, 10) : 1;

    if ((w->repeat && (*end || repeat < 1 || repeat > PROBE_REPEAT)) ||
        (w->timeout && !opts_seconds(&ask->timeout_ms, w->timeout)))
        return false;
    ask->no_resume = w->no_resume;
    ask->repeat = (unsigned)repeat;
    return true;
}

static int read_words(struct words *w, int argc, char **argv)
{
    const struct opt opts[] = {
        {"--domain", &w->domain, NULL},
        {"--ca", &w->ca, NULL},
        {"--pin", &w->pin, NULL},
        {"--pins-end", &w->pins_end, NULL},
        {"--trust", &w->trust, NULL},
        {"--crl", &w->crl, NULL},
        {"--cert", &w->cert, NULL},
        {"--key", &w->key, NULL},
        {"--names", &w->names, NULL},
        {"--level", &w->level, NULL},
        {"--expect-cert", &w->expect, NULL},
        {"--timeout", &w->timeout, NULL},
        {"--repeat", &w->repeat, NULL},
        {"--keylog", &w->keylog, NULL},
        {"--json", NULL, &w->json},
        {"--print-pin", NULL, &w->print_pin},
        {"--no-resume", NULL, &w->no_resume},
    };
    struct opts_words words = {&w->at, 1, 0};

    return opts_read(argc, argv, opts, sizeof(opts) / sizeof(opts[0]),
                     &words) ||
                   words.n != 1
               ? -1
               : 0;
}

/* The pin of what the server shows: for who has compared it otherwise. */
static void print_pin(const struct tls_probe *p)
{
    char pin[TLS_PIN_TEXT_MAX];

    if (!p->shown)
        return;
    tls_view_pin(pin, p, &p->chain);
    printf("%s\n", pin);
}

static int exit_of(const struct tls_probe *p)
{
    if (p->up)
        return EXIT_DONE;
    return exitcode_of(cause_domain_name(cause_domain(p->cause.code)));
}

static int probe(const struct words *w, const struct tls_probe_ask *ask)
{
    static struct tls_probe p;
    struct report r;
    int code;

    (void)tls_probe_run(&p, ask);
    if (w->expect)
        (void)tls_view_expect(&p, w->expect);
    code = exit_of(&p);
    if (p.cause.code == CAUSE_config_invalid)
        code = EXIT_CONFIG;
    report_init(&r, stdout, w->json);
    if (w->print_pin && !w->json)
        print_pin(&p);
    else
        tls_report(&r, &p, code);
    if (w->print_pin && !w->json && code)
        fprintf(stderr, "siplock: not verified: %s\n", p.cause.text);
    tls_probe_free(&p);
    return code;
}

int cmd_tls(int argc, char **argv)
{
    static struct words w;
    struct tls_probe_ask ask = {.trust = {.size = sizeof(ask.trust)}};
    int code;

    if (read_words(&w, argc, argv) || !read_host(&w, &ask) ||
        !read_trust(&w, &ask.trust) || !read_numbers(&w, &ask))
        return usage();
    if (w.keylog) {
        ask.keylog = fopen(w.keylog, "a");
        if (!ask.keylog) {
            fprintf(stderr, "siplock: %s cannot be written\n", w.keylog);
            return EXIT_CONFIG;
        }
    }
    code = probe(&w, &ask);
    if (ask.keylog)
        fclose(ask.keylog);
    return code;
}
