/* SPDX-License-Identifier: Apache-2.0 */
/* The device's own resolver in place of servers, and other options of DNS. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "media/seal.h"
#include "test/edgehost.h"
#include "test/unit/tls_dnskit.h"
#include "ua/siplock_more.h"

enum { ASKED_MAX = 32 };

static const char *const users[] = {"alice"};

enum mood { AT_ONCE, FROM_A_THREAD, SAYS_NOTHING, CANNOT, NEVER };

struct scene {
    struct siplock *s;
    struct edgehost *edge;
    enum mood mood;
    char asked[ASKED_MAX][300]; /* "28 name" */
    unsigned n, cancelled;
    bool freeing;
    unsigned registered;
    char code[64]; /* of the first failure */
};

/* One answer on its way. */
struct answer {
    struct siplock *s;
    uint64_t id;
    pthread_t thread;
    struct dnskit d;
    struct slice packet;
};

static struct answer *threads[ASKED_MAX];
static unsigned nthreads;

static unsigned port_of(const struct edgehost *h)
{
    return (unsigned)atoi(strchr(edgehost_address(h), ':') + 1);
}

/* The domain has an edge; everything else is not there. */
static struct slice make(struct dnskit *d, const struct scene *scene,
                         const char *name, int type)
{
    bool srv =
        type == TLS_DNS_SRV && strcmp(name, "_sips._tcp.example.test") == 0;
    bool a = type == TLS_DNS_A && (strcmp(name, "edge.example.test") == 0 ||
                                   strcmp(name, "pbx.corp.test") == 0);

    dns_begin(d, srv || a ? 0 : 3, name, type);
    if (srv)
        dns_srv(d, 60,
                (struct dns_srv){1, 1, (uint16_t)port_of(scene->edge),
                                 "edge.example.test"});
    if (a)
        dns_a(d, NULL, 60, 0x7f000001);
    return dns_end(d);
}

static void *later(void *arg)
{
    struct answer *a = arg;

    assert_int_equal(siplock_dns_answer(a->s, a->id,
                                        (const uint8_t *)a->packet.p,
                                        a->packet.n),
                     0);
    return NULL;
}

static void answer(struct scene *scene, uint64_t id, const char *name,
                   int type)
{
    static struct dnskit d;
    struct answer *a;
    struct slice packet = make(&d, scene, name, type);

    if (scene->mood == SAYS_NOTHING) {
        assert_int_equal(siplock_dns_answer(scene->s, id, NULL, 0), 0);
        return;
    }
    if (scene->mood == AT_ONCE) { /* and twice: the second is nobody's */
        for (int i = 0; i < 2; i++)
            assert_int_equal(siplock_dns_answer(scene->s, id,
                                                (const uint8_t *)packet.p,
                                                packet.n),
                             0);
        return;
    }
    a = calloc(1, sizeof(*a));
    a->s = scene->s;
    a->id = id;
    a->packet = make(&a->d, scene, name, type);
    threads[nthreads++] = a;
    assert_int_equal(pthread_create(&a->thread, NULL, later, a), 0);
}

static int query(void *user, uint64_t id, const char *name, int type)
{
    struct scene *scene = user;

    assert_true(scene->n < ASKED_MAX);
    snprintf(scene->asked[scene->n++], sizeof(scene->asked[0]), "%d %s", type,
             name);
    if (scene->mood == CANNOT)
        return -1;
    if (scene->mood != NEVER)
        answer(scene, id, name, type);
    return 0;
}

static void cancel(void *user, uint64_t id)
{
    struct scene *scene = user;

    assert_true(id != 0);
    scene->cancelled++;
}

/* The app's threads have ended before it lets go of the instance. */
static void join_threads(void)
{
    for (unsigned i = 0; i < nthreads; i++) {
        pthread_join(threads[i]->thread, NULL);
        free(threads[i]);
    }
    nthreads = 0;
}

static void on_event(void *user, const struct siplock_event *e)
{
    struct scene *scene = user;

    if (scene->mood == NEVER && e->type == SIPLOCK_EVENT_FLOW_STATE &&
        !scene->freeing) {
        scene->freeing = true;
        siplock_free(scene->s, NULL);
    }
    if (e->type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    scene->registered += e->state == SIPLOCK_REGISTER_REGISTERED;
    if (e->state == SIPLOCK_REGISTER_TRYING || scene->freeing)
        return;
    snprintf(scene->code, sizeof(scene->code), "%s",
             e->cause.code ? e->cause.code : "");
    scene->freeing = true;
    join_threads();
    siplock_free(scene->s, NULL);
}

static void run(struct scene *scene, enum mood mood, const char *outbound,
                const char *const *search)
{
    uv_loop_t loop;
    const struct siplock_config config = {.size = sizeof(config),
                                          .user = scene,
                                          .on_event = on_event,
                                          .uv_loop = &loop};
    const struct siplock_dns_config dns = {.size = sizeof(dns),
                                           .search = search,
                                           .searches = search ? 1 : 0,
                                           .query = query,
                                           .cancel = cancel,
                                           .user = scene};
    struct slice ca = edgehost_ca(scene->edge);
    const struct siplock_account_config account = {
        .size = sizeof(account),
        .aor = "sip:alice@example.test",
        .outbound = outbound,
        .password = edgehost_password,
        .ca_pem = {ca.p, ca.n}};
    struct edgehost *edge = scene->edge;
    siplock_account id;

    *scene = (struct scene){.edge = edge, .mood = mood};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(siplock_new(&scene->s, &config), 0);
    assert_int_equal(siplock_dns(scene->s, &dns), 0);
    assert_int_equal(siplock_account_add(scene->s, &id, &account, NULL), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static bool asked(const struct scene *scene, const char *what)
{
    for (unsigned i = 0; i < scene->n; i++)
        if (strcmp(scene->asked[i], what) == 0)
            return true;
    return false;
}

static void it_is_asked(void **state)
{
    struct scene *scene = *state;

    for (int mood = AT_ONCE; mood <= FROM_A_THREAD; mood++) {
        run(scene, (enum mood)mood, NULL, NULL);
        assert_int_equal(scene->registered, 1);
        assert_true(asked(scene, "33 _sips._tcp.example.test"));
        assert_true(asked(scene, "35 example.test"));
        assert_true(asked(scene, "1 edge.example.test"));
        assert_true(asked(scene, "28 edge.example.test"));
        assert_int_equal(scene->n, 4);
    }
}

static void it_fails(void **state)
{
    struct scene *scene = *state;

    run(scene, SAYS_NOTHING, NULL, NULL);
    assert_string_equal(scene->code, "dns_timeout");
    run(scene, CANNOT, NULL, NULL);
    assert_string_equal(scene->code, "dns_server");
}

/* The end comes while it is asked: it hears so. */
static void it_is_cancelled(void **state)
{
    struct scene *scene = *state;

    run(scene, NEVER, NULL, NULL);
    assert_true(scene->n > 0);
    assert_int_equal(scene->cancelled, scene->n);
}

/* For DNS only: the certificate must have the host as it was written. */
static void domains_are_searched(void **state)
{
    static const char *const search[] = {"corp.test"};
    struct scene *scene = *state;
    char outbound[64];

    snprintf(outbound, sizeof(outbound), "sip:pbx:%u", port_of(scene->edge));
    run(scene, AT_ONCE, outbound, search);
    assert_true(asked(scene, "1 pbx.corp.test"));
    assert_false(asked(scene, "1 pbx"));
    assert_string_equal(scene->code, "cert_name_mismatch");
    assert_int_equal(scene->registered, 0);
}

static int set(const struct siplock_dns_config *config)
{
    const struct siplock_config instance = {.size = sizeof(instance),
                                            .on_event = on_event};
    struct siplock_dns_config c = *config;
    struct siplock *s;
    int err;

    assert_int_equal(siplock_new(&s, &instance), 0);
    if (!c.size)
        c.size = sizeof(c);
    err = siplock_dns(s, &c);
    siplock_free(s, NULL);
    return err;
}

static void what_is_refused(void **state)
{
    const char *const good[] = {"192.0.2.53", "[2001:db8::53]:5353", "a", "b",
                                "c"};
    const char *const bad[] = {"dns.test", "no domain"};
    static uint8_t big[65536];
    const struct siplock_config instance = {.size = sizeof(instance),
                                            .on_event = on_event};
    const struct siplock_dns_config none = {.size = sizeof(none)};
    struct siplock *s;

    (void)state;
    assert_int_equal(set(&(struct siplock_dns_config){.size = 1}),
                     SIPLOCK_EINVAL);
    assert_int_equal(
        set(&(struct siplock_dns_config){.server = bad, .servers = 1}),
        SIPLOCK_EINVAL);
    assert_int_equal(
        set(&(struct siplock_dns_config){.search = bad + 1, .searches = 1}),
        SIPLOCK_EINVAL);
    assert_int_equal(
        set(&(struct siplock_dns_config){.search = good, .searches = 5}),
        SIPLOCK_EINVAL);
    assert_int_equal(set(&(struct siplock_dns_config){.try_ms = 99}),
                     SIPLOCK_EINVAL);
    assert_int_equal(set(&(struct siplock_dns_config){.try_ms = 5001}),
                     SIPLOCK_EINVAL);
    assert_int_equal(set(&(struct siplock_dns_config){.server = good,
                                                      .servers = 2,
                                                      .search = good + 2,
                                                      .searches = 3,
                                                      .try_ms = 100}),
                     0);
    assert_int_equal(siplock_new(&s, &instance), 0);
    assert_int_equal(siplock_dns_answer(s, 1, big, sizeof(big)),
                     SIPLOCK_EINVAL);
    assert_int_equal(siplock_dns_answer(s, 1, big, 10), 0); /* nobody's */
    assert_int_equal(siplock_start(s), 0);
    assert_int_equal(siplock_dns(s, &none), SIPLOCK_ESTATE);
    siplock_free(s, NULL);
}

static int open_scene(void **state)
{
    static struct scene scene;

    scene.edge = edgehost_start(users, 1);
    *state = &scene;
    media_seal_warm();
    return 0;
}

static int close_scene(void **state)
{
    edgehost_stop(((struct scene *)*state)->edge);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_asked),
        cmocka_unit_test(it_fails),
        cmocka_unit_test(it_is_cancelled),
        cmocka_unit_test(domains_are_searched),
        cmocka_unit_test(what_is_refused),
    };

    return cmocka_run_group_tests_name("ua_resolver", tests, open_scene,
                                       close_scene);
}
