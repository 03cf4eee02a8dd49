/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo stands on; a judge that misses what is planted is none. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sip/base/err.h"
#include "tls/cred.h"
#include "tools/demo.h"

enum { DAY = 86400 };

static int fail(struct demo_stage *st, const char *what, const char *why)
{
    snprintf(st->why, sizeof(st->why), "%s: %s", what, why);
    return -1;
}

int demo_stage_enter(struct demo_stage *st)
{
    const struct siplock_config config = {.size = sizeof(config)};
    char why[200] = "";

    st->plant = PLANT_NONE;
    if (!capture_allow(&st->alone, why, sizeof(why)))
        return fail(st, "judging the wire", why);
    if (ua_host_init(&st->host, &config))
        return fail(st, "starting", "no cryptography");
    return 0;
}

static int mint_all(struct demo_stage *st)
{
    const struct mint_san san = {TLS_NAME_KIND_DNS, S(DEMO_DOMAIN)};
    int64_t now = (int64_t)time(NULL);
    struct mint_ask ca = {.cn = S("siplock demo CA"),
                          .ca = true,
                          .from = now - DAY,
                          .to = now + DAY};
    struct mint_ask leaf = {.cn = S(DEMO_DOMAIN),
                            .san = &san,
                            .nsan = 1,
                            .from = now - DAY,
                            .to = now + DAY};
    const struct env *env = &st->host.env;
    struct cause why;
    int err = mint_new(&st->ca, env, &ca);

    leaf.issuer = st->ca;
    if (!err)
        err = mint_new(&st->leaf, env, &leaf);
    if (!err)
        err = tls_cred_new(&st->own, env);
    if (!err)
        err = tls_cred_own_pem(st->own, mint_pem(st->leaf),
                               mint_key_pem(st->leaf), &why);
    return err ? fail(st, "minting a throw-away CA", err_text(err)) : 0;
}

static int start_edge(struct demo_stage *st, const char *const *users,
                      size_t n)
{
    struct edge_loop_config config = {.env = &st->host.env,
                                      .uv = st->loop,
                                      .own = st->own,
                                      .edge = {.domain = S(DEMO_DOMAIN),
                                               .md = ENV_SHA256,
                                               .min_expires = 60,
                                               .max_expires = 3600,
                                               .nonce_ms = 300000}};
    int err;

    st->at = (struct tls_addr){.family = 4, .ip = {127, 0, 0, 1}};
    err = edge_loop_new(&st->edge, &config, &st->at);
    for (size_t i = 0; !err && i < n; i++)
        err = edge_add_user(edge_loop_edge(st->edge), slice_cstr(users[i]),
                            S(DEMO_PASSWORD));
    return err ? fail(st, "starting the edge", err_text(err)) : 0;
}

/* Alone on this loopback every packet is ours, but the planted ones. */
static int start_judge(struct demo_stage *st)
{
    struct wire *const wires[] = {&st->wire, &st->planted};
    const struct env *env = &st->host.env;

    if (plant_open(&st->plant))
        return fail(st, "planting packets", "no socket");
    if (wire_media_new(&st->media, env, st->alone) ||
        wire_media_new(&st->planted_media, env, false))
        return fail(st, "judging the wire", "memory ran out");
    wire_init(&st->wire, st->alone ? 0 : st->at.port);
    st->wire.except = st->plant.port;
    wire_init(&st->planted, st->plant.port);
    st->wire.media = st->media;
    st->planted.media = st->planted_media;
    wire_media_except(st->media, st->plant.media_port);
    wire_media_port(st->planted_media, st->plant.media_port);
    wire_media_watch(st->media);
    st->capture = capture_start(wires, 2);
    if (!st->capture)
        return fail(st, "judging the wire", "the capture cannot be started");
    return plant_send(&st->plant)
               ? fail(st, "planting packets", "they were not sent")
               : 0;
}

int demo_stage_set(struct demo_stage *st, uv_loop_t *loop,
                   const char *const *users, size_t n)
{
    st->loop = loop;
    return mint_all(st) || start_edge(st, users, n) || start_judge(st) ? -1
                                                                       : 0;
}

void demo_stage_close(struct demo_stage *st, void (*closed)(void *user),
                      void *user)
{
    if (!st->edge) {
        closed(user);
        return;
    }
    st->counts = edge_loop_edge(st->edge)->counts;
    edge_loop_close(st->edge, closed, user);
}

static void judge(struct demo_stage *st, struct demo_verdict *v)
{
    struct wire_media_counts media = {0}, planted = {0};

    if (st->media)
        wire_media_read(st->media, &media);
    if (st->planted_media)
        wire_media_read(st->planted_media, &planted);
    *v = (struct demo_verdict){
        .packets = st->wire.packets + media.packets,
        .bytes = st->wire.bytes + media.bytes,
        .rtp = media.rtp,
        .plaintext = st->wire.plaintext + media.plaintext,
        .selftest = st->planted.plaintext > 0 && planted.plaintext > 0,
        .clean = wire_clean(&st->wire)};
}

void demo_stage_leave(struct demo_stage *st, struct demo_verdict *v)
{
    if (st->capture)
        capture_stop(st->capture);
    wire_media_watch(NULL);
    judge(st, v);
    wire_media_free(st->media);
    wire_media_free(st->planted_media);
    plant_close(&st->plant);
    tls_cred_free(st->own);
    mint_free(st->leaf);
    mint_free(st->ca);
}
