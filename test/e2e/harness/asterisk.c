/* SPDX-License-Identifier: Apache-2.0 */
/* The peer Asterisk: as tools/deps.sh unpacked it, set up by test/e2e/pbx. */
#include "test/e2e/harness/asterisk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/e2e/harness/peer.h"
#include "test/e2e/harness/template.h"

enum { RTP_PORTS = 40 };

#define PROGRAM "build/deps/asterisk/asterisk"

static void write_configs(struct stage *s, const struct asterisk *a)
{
    static const char *const names[] = {"asterisk", "modules", "logger",
                                        "rtp",      "pjsip",   "extensions"};
    struct fill fill[] = {{"DIR", ""},
                          {"ROOT", ""},
                          {"PORT", ""},
                          {"HOST", ""},
                          {"RTP", ""},
                          {"RTP_END", ""},
                          {"DOMAIN", PEER_DOMAIN},
                          {"USER", PEER_USER},
                          {"PASSWORD", PEER_PASSWORD}};
    int rtp = stage_port() / 2 * 2 - RTP_PORTS;
    char cwd[STAGE_PATH_MAX - 32], from[64], to[64];

    if (!getcwd(cwd, sizeof(cwd)))
        stage_fail("no working directory");
    snprintf(fill[0].value, STAGE_PATH_MAX, "%s", s->dir);
    snprintf(fill[1].value, STAGE_PATH_MAX, "%s/build/deps/asterisk", cwd);
    snprintf(fill[2].value, STAGE_PATH_MAX, "%d", a->port);
    snprintf(fill[3].value, STAGE_PATH_MAX, "%s", a->host);
    snprintf(fill[4].value, STAGE_PATH_MAX, "%d", rtp);
    snprintf(fill[5].value, STAGE_PATH_MAX, "%d", rtp + RTP_PORTS - 1);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(from, sizeof(from), "pbx/%s.conf", names[i]);
        snprintf(to, sizeof(to), "%s.conf", names[i]);
        template_write(s, from, to, fill, sizeof(fill) / sizeof(*fill));
    }
}

void asterisk_start(struct stage *s, struct asterisk *a)
{
    if (access(PROGRAM, X_OK))
        stage_fail("there is no " PROGRAM ": run tools/deps.sh asterisk, or "
                   "leave these tests out with make test SKIP=asterisk");
    a->stage = s;
    a->host = a->host ? a->host : "127.0.0.1";
    a->port = a->port ? a->port : stage_port();
    write_configs(s, a);
    a->log = stage_path(s, "pbx.log");
    a->proc =
        stage_spawn(s, "asterisk",
                    (const char *[]){PROGRAM, "-f", "-C",
                                     stage_path(s, "asterisk.conf"), NULL});
    stage_wait_at(s, a->proc, a->host, a->port);
    asterisk_do(a, "core waitfullybooted");
}

void asterisk_begin(struct scene *c, struct asterisk *a, struct stage *s)
{
    *a = (struct asterisk){0};
    scene_begin(c, s);
    asterisk_start(s, a);
    scene_listen(c, a->log, NULL, 0);
}

void asterisk_do(struct asterisk *a, const char *command)
{
    stage_run(a->stage, "asterisk-rx",
              (const char *[]){PROGRAM, "-C",
                               stage_path(a->stage, "asterisk.conf"), "-rx",
                               command, NULL});
}

void asterisk_call(struct asterisk *a, const char *endpoint,
                   const char *extension)
{
    char command[256];

    snprintf(command, sizeof(command),
             "channel originate PJSIP/%s extension %s@internal", endpoint,
             extension);
    asterisk_do(a, command);
}

size_t asterisk_logged(const struct asterisk *a, const char *text)
{
    size_t n, found = 0;
    char *log = stage_read(a->log, &n);

    for (char *at = log; (at = strstr(at, text)); at++)
        found++;
    free(log);
    return found;
}

void asterisk_await(const struct asterisk *a, const char *text)
{
    for (int i = 0; asterisk_logged(a, text) == 0; i++) {
        if (i * 50 > STAGE_WAIT_MS || stage_ended(a->proc)) {
            stage_show(a->proc);
            stage_fail("Asterisk never said: %s", text);
        }
        stage_sleep_ms(50);
    }
}
