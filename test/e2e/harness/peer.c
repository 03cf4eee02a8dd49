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

static void write_configs(struct stage *s, const struct peer *p,
                          const char *name)
{
    enum { KEYS = 17 };
    struct fill fill[KEYS] = {{"PORT", ""},
                              {"UDP", ""},
                              {"CORE", ""},
                              {"IDLE", ""},
                              {"MIN_EXPIRES", ""},
                              {"MAX_EXPIRES", ""},
                              {"DOMAIN", PEER_DOMAIN},
                              {"PASSWORD", PEER_PASSWORD},
                              {"ALGORITHM", ""},
                              {"TLS", ""},
                              {"DIR", ""},
                              {"HOST", ""},
                              {"WORKERS", ""},
                              {"MUTUAL", ""},
                              {"CA_LIST", ""},
                              {"OUTBOUND", ""},
                              {"CORE_HOST", ""}};
    const int num[6] = {p->port,   p->udp,         p->core,
                        p->idle_s, p->min_expires, p->max_expires};
    const char *const text[4] = {p->algorithm, p->tls, s->dir, p->host};

    for (size_t i = 0; i < 6; i++)
        snprintf(fill[i].value, sizeof(fill[i].value), "%d", num[i]);
    for (size_t i = 0; i < 4; i++)
        snprintf(fill[8 + i].value, sizeof(fill[8 + i].value), "%s", text[i]);
    snprintf(fill[12].value, sizeof(fill[12].value), "%d", p->workers);
    snprintf(fill[13].value, sizeof(fill[13].value), "%s",
             p->mutual ? "yes" : "no");
    snprintf(fill[14].value, sizeof(fill[14].value), "%s",
             p->mutual ? "" : "# ");
    snprintf(fill[15].value, sizeof(fill[15].value), "%s",
             p->outbound ? "" : "# ");
    snprintf(fill[16].value, sizeof(fill[16].value), "%s",
             p->core_host ? p->core_host : p->host);
    template_write(s, p->config, name, fill, KEYS);
    template_write(s, "tls.cfg", "tls.cfg", fill, KEYS);
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
