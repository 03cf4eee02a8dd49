/* SPDX-License-Identifier: Apache-2.0 */
/* The client under test: account files, runs, what is expected of them. */
#include "test/e2e/harness/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const char *const client_canaries[] = {
    PEER_USER,          PEER_PASSWORD, "REGISTER", "SIP/2.0",
    "WWW-Authenticate", "Digest ",     NULL};

static void set_endpoint(json_t *o, const char *key, const char *host,
                         int port)
{
    char text[64];

    if (!port)
        return;
    snprintf(text, sizeof(text), "%s:%d", host ? host : "127.0.0.1", port);
    json_object_set_new(o, key, json_pack("[s]", text));
}

/* The servers that are dead come first. */
static void set_dns(json_t *o, const struct client *c)
{
    json_t *list;

    set_endpoint(o, "dns", NULL, c->dns_port);
    list = json_object_get(o, "dns");
    for (size_t i = 0; i < 2 && list && c->dead_dns[i]; i++) {
        char text[32];

        snprintf(text, sizeof(text), "127.0.0.1:%d", c->dead_dns[i]);
        json_array_insert_new(list, 0, json_string(text));
    }
    if (c->search)
        json_object_set_new(o, "dns_search", json_pack("[s]", c->search));
    if (c->try_ms)
        json_object_set_new(o, "dns_try_ms", json_integer(c->try_ms));
}

static void set_text(json_t *o, const char *key, const char *text)
{
    if (text)
        json_object_set_new(o, key, json_string(text));
}

const char *client_account(struct stage *s, const struct client *c)
{
    json_t *o = json_object();
    const char *user = c->user ? c->user : PEER_USER, *path;
    char name[64], aor[128];

    snprintf(name, sizeof(name), "%s.password", user);
    stage_write(s, name, c->password ? c->password : PEER_PASSWORD);
    set_text(o, "password_file", stage_path(s, name));
    snprintf(name, sizeof(name), "%s.json", user);
    path = stage_path(s, name);
    snprintf(aor, sizeof(aor), "sip:%s@" PEER_DOMAIN, user);
    set_text(o, "aor", aor);
    set_text(o, "outbound", c->outbound);
    set_endpoint(o, "address", c->host, c->port);
    set_dns(o, c);
    set_text(o, "ca", c->ca ? c->ca : stage_path(s, "ca.pem"));
    set_text(o, "level", c->level);
    set_text(o, "names", c->names);
    set_text(o, "gruu", c->gruu);
    set_text(o, "instance", c->instance);
    set_text(o, "refers", c->refers);
    if (c->clean)
        json_object_set_new(o, "clean", json_true());
    if (c->flows)
        json_object_set_new(o, "flows", json_integer(c->flows));
    set_text(o, "cert", c->cert);
    set_text(o, "key", c->key);
    set_text(o, "crl", c->crl);
    set_text(o, "pins", c->pin);
    set_text(o, "trust", c->trust);
    if (c->expires)
        json_object_set_new(o, "expires", json_integer(c->expires));
    if (json_dump_file(o, path, JSON_INDENT(2)))
        stage_fail("%s cannot be written", path);
    json_decref(o);
    return path;
}

struct proc *client_start(struct stage *s, const char *const *words)
{
    const char *b = getenv("B");
    char program[STAGE_PATH_MAX];
    const char *argv[STAGE_ARGS_MAX] = {program};
    size_t n = 1;

    snprintf(program, sizeof(program), "%s/siplock", b ? b : "build");
    for (; *words && n < STAGE_ARGS_MAX - 1; words++)
        argv[n++] = *words;
    return stage_spawn(s, "siplock", argv);
}

struct proc *client_run(struct stage *s, const char *command,
                        const struct client *c, const char *const *words)
{
    const char *argv[STAGE_ARGS_MAX] = {command, "--json", "--account",
                                        client_account(s, c)};
    size_t n = 4;

    for (; words && *words && n < STAGE_ARGS_MAX - 1; words++)
        argv[n++] = *words;
    return client_start(s, argv);
}

struct proc *client_register(struct stage *s, const struct client *c,
                             const char *const *words)
{
    return client_run(s, "register", c, words);
}

/* The code of the last cause that any line has. */
static const char *last_code(const json_t *lines)
{
    for (size_t i = json_array_size(lines); i > 0; i--) {
        const char *code =
            lines_text(json_array_get(lines, i - 1), "cause.code");

        if (*code)
            return code;
    }
    return "";
}

json_t *client_expect(struct proc *p, int status, const char *code)
{
    int got = stage_wait(p);
    json_t *lines = lines_read(p);

    if (got != status || (code && strcmp(last_code(lines), code) != 0)) {
        stage_show(p);
        stage_fail("exit status %d (expected %d), last cause \"%s\" (expected "
                   "\"%s\")",
                   got, status, last_code(lines), code ? code : "");
    }
    return lines;
}
