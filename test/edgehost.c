/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in edge in a thread of its own. */
#include "test/edgehost.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "tls/cred.h"
#include "tools/edge_loop.h"
#include "tools/mint.h"
#include "ua/host.h"

enum { DAY = 86400 };

#define DOMAIN "example.test"
#define PASSWORD "open sesame"

struct edgehost {
    struct ua_host host;
    struct mint_cert *ca, *leaf;
    struct tls_cred *own;
    uv_loop_t loop;
    uv_async_t stop;
    struct edge_loop *edge;
    pthread_t thread;
    char address[TLS_ADDR_TEXT_MAX];
};

static void on_closed(void *user)
{
    struct edgehost *h = user;

    uv_close((uv_handle_t *)&h->stop, NULL);
}

static void on_stop(uv_async_t *stop)
{
    struct edgehost *h = stop->data;

    edge_loop_close(h->edge, on_closed, h);
}

static void *run(void *arg)
{
    struct edgehost *h = arg;

    uv_run(&h->loop, UV_RUN_DEFAULT);
    uv_loop_close(&h->loop);
    return NULL;
}

static int mint(struct edgehost *h)
{
    const struct mint_san san = {TLS_NAME_KIND_DNS, S(DOMAIN)};
    int64_t now = (int64_t)time(NULL);
    struct mint_ask ca = {
        .cn = S("Test CA"), .ca = true, .from = now - DAY, .to = now + DAY};
    struct mint_ask leaf = {
        .san = &san, .nsan = 1, .from = now - DAY, .to = now + DAY};
    int err = mint_new(&h->ca, &h->host.env, &ca);

    leaf.issuer = h->ca;
    if (!err)
        err = mint_new(&h->leaf, &h->host.env, &leaf);
    if (!err)
        err = tls_cred_new(&h->own, &h->host.env);
    if (!err)
        err = tls_cred_own_pem(h->own, mint_pem(h->leaf),
                               mint_key_pem(h->leaf), NULL);
    return err;
}

static int open_edge(struct edgehost *h, const char *const *user, size_t users)
{
    struct tls_addr at = {.family = 4, .ip = {127, 0, 0, 1}};
    const struct edge_loop_config config = {.env = &h->host.env,
                                            .uv = &h->loop,
                                            .own = h->own,
                                            .edge = {.domain = S(DOMAIN),
                                                     .md = ENV_SHA256,
                                                     .min_expires = 60,
                                                     .max_expires = 3600,
                                                     .nonce_ms = 300000}};
    struct out o = out_of(h->address, sizeof(h->address));
    int err = edge_loop_new(&h->edge, &config, &at);

    for (size_t i = 0; !err && i < users; i++)
        err = edge_add_user(edge_loop_edge(h->edge), slice_cstr(user[i]),
                            S(PASSWORD));
    tls_addr_put(&o, &at);
    return err ? err : out_cstr(&o);
}

struct edgehost *edgehost_start(const char *const *user, size_t users)
{
    const struct siplock_config config = {.size = sizeof(config)};
    struct edgehost *h = calloc(1, sizeof(*h));

    if (!h)
        abort();
    uv_loop_init(&h->loop);
    uv_async_init(&h->loop, &h->stop, on_stop);
    h->stop.data = h;
    if (ua_host_init(&h->host, &config) || mint(h) ||
        open_edge(h, user, users) || pthread_create(&h->thread, NULL, run, h))
        abort(); /* a test without its server is no test */
    return h;
}

void edgehost_stop(struct edgehost *h)
{
    uv_async_send(&h->stop);
    pthread_join(h->thread, NULL);
    tls_cred_free(h->own);
    mint_free(h->leaf);
    mint_free(h->ca);
    free(h);
}

int edgehost_password(void *user, siplock_account account,
                      struct siplock_str realm, struct siplock_password *out)
{
    (void)user, (void)account;
    if (!slice_eq(slice_of(realm.p, realm.n), S(DOMAIN)))
        return -1;
    out->n = strlen(PASSWORD);
    memcpy(out->bytes, PASSWORD, out->n);
    return 0;
}

const char *edgehost_address(const struct edgehost *h)
{
    return h->address;
}

struct slice edgehost_ca(const struct edgehost *h)
{
    return mint_pem(h->ca);
}

struct slice edgehost_own(const struct edgehost *h, struct slice *key)
{
    *key = mint_key_pem(h->leaf);
    return mint_pem(h->leaf);
}
