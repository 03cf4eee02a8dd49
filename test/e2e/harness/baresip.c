/* SPDX-License-Identifier: Apache-2.0 */
/* The peer baresip, without a sound card, in a network of the test's own. */
#include "test/e2e/harness/baresip.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/e2e/harness/netns.h"
#include "test/e2e/harness/peer.h"
#include "test/e2e/harness/template.h"

/* Debian before and after 13 keep the modules in two places. */
static const char *modules(void)
{
    static const char *const place[] = {
        "/usr/lib/baresip/modules",
        "/usr/lib/x86_64-linux-gnu/baresip/modules",
        "/usr/lib/aarch64-linux-gnu/baresip/modules",
        "/usr/local/lib/baresip/modules"};

    for (size_t i = 0; i < sizeof(place) / sizeof(*place); i++)
        if (access(place[i], R_OK) == 0)
            return place[i];
    stage_fail("baresip's modules are not found: run tools/deps.sh test");
}

static void defaults(struct baresip *b)
{
    b->user = b->user ? b->user : "bob";
    b->transport = b->transport ? b->transport : "tls";
    b->codecs = b->codecs ? b->codecs : "opus/48000/2";
    b->mediaenc = b->mediaenc ? b->mediaenc : "srtp-mand";
    b->mode = b->mode ? b->mode : "auto";
    b->control = b->control ? b->control : stage_port();
}

static void write_configs(struct stage *s, const struct baresip *b)
{
    struct fill fill[] = {{"HOST", NETNS_THERE},
                          {"DEVICE", "there"},
                          {"DOMAIN", PEER_DOMAIN},
                          {"PASSWORD", PEER_PASSWORD},
                          {"PORT", ""},
                          {"CONTROL", ""},
                          {"DIR", ""},
                          {"MODULES", ""},
                          {"PLAY", ""},
                          {"NAME", ""},
                          {"USER", ""},
                          {"SERVER", ""},
                          {"TRANSPORT", ""},
                          {"MEDIAENC", ""},
                          {"MODE", ""},
                          {"CODECS", ""}};
    enum { N = sizeof(fill) / sizeof(*fill), TEXTS = 6 };
    const char *const text[N - TEXTS] = {
        s->dir,    modules(),    b->play,     b->user, b->user,
        b->server, b->transport, b->mediaenc, b->mode, b->codecs};
    char name[64];

    snprintf(fill[4].value, STAGE_PATH_MAX, "%d", stage_port());
    snprintf(fill[5].value, STAGE_PATH_MAX, "%d", b->control);
    for (size_t i = TEXTS; i < N; i++)
        snprintf(fill[i].value, STAGE_PATH_MAX, "%s", text[i - TEXTS]);
    mkdir(stage_path(s, b->user), 0700);
    snprintf(name, sizeof(name), "%s/config", b->user);
    template_write(s, "baresip/config", name, fill, N);
    snprintf(name, sizeof(name), "%s/accounts", b->user);
    template_write(s, "baresip/accounts", name, fill, N);
    snprintf(name, sizeof(name), "%s/contacts", b->user);
    stage_write(s, name, "");
}

/* Its Contact names the port where it listens, so it needs a certificate:
 * the server's will do, chain and key in one file. */
static void write_certificate(struct stage *s)
{
    char both[16384];
    size_t n, len = 0;

    for (int i = 0; i < 2; i++) {
        char *text =
            stage_read(stage_path(s, i ? "server.key" : "server.pem"), &n);

        len += (size_t)snprintf(both + len, sizeof(both) - len, "%s", text);
        free(text);
    }
    if (len >= sizeof(both))
        stage_fail("the certificate is too long");
    stage_write(s, "baresip.pem", both);
}

void baresip_start(struct stage *s, struct baresip *b)
{
    const char *argv[] = {"nsenter",
                          "-t",
                          netns_there(),
                          "-n",
                          "stdbuf",
                          "-oL",
                          "baresip",
                          "-s",
                          "-v",
                          "-f",
                          stage_path(s, b->user ? b->user : "bob"),
                          NULL,
                          NULL,
                          NULL};
    char dial[256];

    b->stage = s;
    defaults(b);
    write_certificate(s);
    write_configs(s, b);
    if (b->dial) {
        snprintf(dial, sizeof(dial), "/dial %s", b->dial);
        argv[11] = "-e";
        argv[12] = dial;
    }
    b->proc = stage_spawn(s, "baresip", argv);
    baresip_await(b, "[1 binding]");
}

size_t baresip_logged(const struct baresip *b, const char *text)
{
    size_t n, found = 0;
    char *log = stage_read(b->proc->out, &n);

    for (char *at = log; (at = strstr(at, text)); at++)
        found++;
    free(log);
    return found;
}

void baresip_await(struct baresip *b, const char *text)
{
    for (int i = 0; baresip_logged(b, text) == 0; i++) {
        if (i * 50 > STAGE_WAIT_MS || stage_ended(b->proc)) {
            stage_show(b->proc);
            stage_fail("baresip never printed: %s", text);
        }
        stage_sleep_ms(50);
    }
}

/* ctrl_tcp takes netstrings of JSON. */
void baresip_do(struct baresip *b, const char *command)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)b->control)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char json[128], text[160];
    int n;

    inet_pton(AF_INET, NETNS_THERE, &a.sin_addr);
    n = snprintf(json, sizeof(json), "{\"command\":\"%s\",\"token\":\"t\"}",
                 command);
    n = snprintf(text, sizeof(text), "%d:%s,", n, json);
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) ||
        write(fd, text, (size_t)n) != n || read(fd, text, sizeof(text)) <= 0)
        stage_fail("baresip does not take the command %s", command);
    close(fd);
}

void baresip_stop(struct baresip *b)
{
    stage_signal(b->proc, SIGINT);
    stage_wait(b->proc);
}

const char *baresip_heard(struct baresip *b)
{
    const char *dir = stage_path(b->stage, b->user);
    DIR *d = opendir(dir);
    struct dirent *e;
    char name[384] = "";

    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name);

        if (n > 8 && strcmp(e->d_name + n - 8, "-dec.wav") == 0)
            snprintf(name, sizeof(name), "%s/%s", b->user, e->d_name);
    }
    if (d)
        closedir(d);
    if (!*name)
        stage_fail("baresip recorded nothing");
    return stage_path(b->stage, name);
}
