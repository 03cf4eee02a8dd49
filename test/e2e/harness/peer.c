/* SPDX-License-Identifier: Apache-2.0 */
/* The peers: Kamailio as registrar, edge and core; openssl s_server. */
#include "test/e2e/harness/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/e2e/harness/certs.h"
#include "test/e2e/harness/template.h"

static void defaults(struct peer *p)
{
    p->config = p->config ? p->config : "registrar.cfg";
    p->host = p->host ? p->host : "127.0.0.1";
    p->tls = p->tls ? p->tls : "TLSv1.2+";
    p->algorithm = p->algorithm ? p->algorithm : "MD5";
    p->idle_s = p->idle_s ? p->idle_s : 120;
    p->min_expires = p->min_expires ? p->min_expires : 60;
    p->max_expires = p->max_expires ? p->max_expires : 3600;
    p->workers = p->workers ? p->workers : 2;
    p->port = p->port ? p->port : stage_port();
    p->udp = p->udp ? p->udp : stage_port();
}

/* What is put in the place of @key@. */
struct fills {
    struct fill fill[20];
    size_t n;
};

static struct fill *next(struct fills *f, const char *key)
{
    if (f->n == sizeof(f->fill) / sizeof(f->fill[0]))
        stage_fail("too many keys");
    f->fill[f->n].key = key;
    return &f->fill[f->n++];
}

static void put(struct fills *f, const char *key, const char *value)
{
    struct fill *fill = next(f, key);

    snprintf(fill->value, sizeof(fill->value), "%s", value);
}

static void number(struct fills *f, const char *key, int value)
{
    struct fill *fill = next(f, key);

    snprintf(fill->value, sizeof(fill->value), "%d", value);
}

/* A line that is not there unless asked for. */
static void choice(struct fills *f, const char *key, bool wanted)
{
    put(f, key, wanted ? "" : "# ");
}

static void write_configs(struct stage *s, const struct peer *p,
                          const char *name)
{
    struct fills f = {.n = 0};
    char date[96] = "";

    if (p->date)
        snprintf(date, sizeof(date), "append_to_reply(\"Date: %s\\r\\n\");",
                 p->date);
    number(&f, "PORT", p->port);
    number(&f, "UDP", p->udp);
    number(&f, "CORE", p->core);
    number(&f, "IDLE", p->idle_s);
    number(&f, "MIN_EXPIRES", p->min_expires);
    number(&f, "MAX_EXPIRES", p->max_expires);
    number(&f, "WORKERS", p->workers);
    put(&f, "DOMAIN", PEER_DOMAIN);
    put(&f, "PASSWORD", PEER_PASSWORD);
    put(&f, "ALGORITHM", p->algorithm);
    put(&f, "TLS", p->tls);
    put(&f, "DIR", s->dir);
    put(&f, "HOST", p->host);
    put(&f, "CORE_HOST", p->core_host ? p->core_host : p->host);
    put(&f, "MUTUAL", p->mutual ? "yes" : "no");
    put(&f, "DATE", date);
    put(&f, "BUSY",
        p->busy ? "append_to_reply(\"Retry-After: 60\\r\\n\"); "
                  "sl_send_reply(\"503\", \"Busy\"); exit;"
                : "");
    choice(&f, "CA_LIST", p->mutual);
    choice(&f, "OUTBOUND", p->outbound);
    template_write(s, p->config, name, f.fill, f.n);
    template_write(s, "tls.cfg", "tls.cfg", f.fill, f.n);
}

void peer_start(struct stage *s, struct peer *p)
{
    char name[32];
    bool core;

    defaults(p);
    core = strcmp(p->config, "core.cfg") == 0;
    snprintf(name, sizeof(name), "kamailio-%d.cfg", p->port);
    write_configs(s, p, name);
    p->proc = stage_spawn(s, "kamailio",
                          (const char *[]){"kamailio", "-DD", "-E", "-f",
                                           stage_path(s, name), "-Y", s->dir,
                                           "-m", "32", "-M", "4", NULL});
    if (!core) {
        stage_wait_at(s, p->proc, p->host, p->port);
        return;
    }
    /* Over UDP there is nothing to connect to: wait for its log. */
    for (int i = 0; peer_logged(p, "the core is ready") == 0; i++) {
        if (stage_ended(p->proc) || i * 50 > STAGE_WAIT_MS) {
            stage_show(p->proc);
            stage_fail("the core does not start");
        }
        stage_sleep_ms(50);
    }
}

void peer_start_as(struct stage *s, struct peer *p, const char *san)
{
    certs_ca(s);
    certs_make(s, &(struct certs_ask){.san = san});
    peer_start(s, p);
}

void peer_kill(struct peer *p)
{
    stage_kill(p->proc);
}

size_t peer_logged(const struct peer *p, const char *text)
{
    size_t n, found = 0;
    char *log = stage_read(p->proc->err, &n);

    for (char *at = log; (at = strstr(at, text)); at++)
        found++;
    free(log);
    return found;
}

void peer_start_openssl(struct stage *s, struct peer *p, const char *file,
                        const char *const *words)
{
    char port[16], pem[64], key[64];
    const char *argv[STAGE_ARGS_MAX] = {"openssl", "s_server", "-quiet",
                                        "-accept", port,       "-cert"};
    size_t n = 6;

    p->port = p->port ? p->port : stage_port();
    snprintf(port, sizeof(port), "127.0.0.1:%d", p->port);
    snprintf(pem, sizeof(pem), "%s.pem", file);
    snprintf(key, sizeof(key), "%s.key", file);
    argv[n++] = stage_path(s, pem);
    argv[n++] = "-key";
    argv[n++] = stage_path(s, key);
    for (; words && *words && n < STAGE_ARGS_MAX - 1; words++)
        argv[n++] = *words;
    argv[n] = NULL;
    p->proc = stage_spawn(s, "s_server", argv);
    stage_wait_port(s, p->proc, p->port);
}
