/* SPDX-License-Identifier: Apache-2.0 */
/* The whole library while malloc fails: no crash, no hang, nothing open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include "media/seal.h"
#include "test/edgehost.h"
#include "test/oom.h"
#include "ua/siplock.h"

enum { HANG_S = 60 }; /* a child that takes longer has hung */

static const char *const users[] = {"alice"};

struct scene {
    struct edgehost *edge;
    struct edgehost *other; /* its CA vouches for nothing here */
    bool wrong_ca;
    uv_loop_t *loop; /* made in the parent: libuv's own process-wide start
                        aborts without memory */
    struct siplock *s;
    bool freeing;
    unsigned registered, failed;
    char code[64]; /* of the first failure */
};

static void on_event(void *user, const struct siplock_event *e)
{
    struct scene *scene = user;

    if (e->type != SIPLOCK_EVENT_REGISTER_STATE)
        return;
    scene->registered += e->state == SIPLOCK_REGISTER_REGISTERED;
    scene->failed += e->state == SIPLOCK_REGISTER_FAILED ||
                     e->state == SIPLOCK_REGISTER_ENDED;
    if (e->state == SIPLOCK_REGISTER_TRYING || scene->freeing)
        return;
    snprintf(scene->code, sizeof(scene->code), "%s",
             e->cause.code ? e->cause.code : "");
    scene->freeing = true;
    siplock_free(scene->s, NULL);
}

/* In a child. 0 registered, 1 failed as it should, -1 wrong. */
static int attempt(void *arg)
{
    struct scene *scene = arg;
    const char *address = edgehost_address(scene->edge);
    struct slice ca =
        edgehost_ca(scene->wrong_ca ? scene->other : scene->edge);
    const struct siplock_config config = {.size = sizeof(config),
                                          .user = scene,
                                          .on_event = on_event,
                                          .uv_loop = scene->loop};
    const struct siplock_account_config account = {
        .size = sizeof(account),
        .aor = "sip:alice@example.test",
        .address = &address,
        .addresses = 1,
        .password = edgehost_password,
        .ca_pem = {ca.p, ca.n}};
    siplock_account id;
    int err;

    alarm(HANG_S);
    if (uv_loop_fork(scene->loop))
        return 1;
    err = siplock_new(&scene->s, &config);
    if (err)
        return err == SIPLOCK_ENOMEM || err == SIPLOCK_ESYS ||
                       err == SIPLOCK_ECRYPTO || err == SIPLOCK_ERANDOM
                   ? 1
                   : -1;
    err = siplock_account_add(scene->s, &id, &account, NULL);
    if (err)
        siplock_free(scene->s, NULL);
    uv_run(scene->loop, UV_RUN_DEFAULT);
    if (err)
        return 1;
    if (scene->wrong_ca && scene->registered)
        return -1;
    if (scene->wrong_ca)
        return strcmp(scene->code, "cert_unknown_ca") == 0 ? 0 : 1;
    return scene->registered ? 0 : scene->failed ? 1 : -1;
}

static void rounds(struct scene *scene)
{
    const char *set = getenv("OOM_STRIDE");
    long stride = set ? strtol(set, NULL, 10) : 601;
    long failed = 0;
    enum oom_end end;

    for (long nth = 0;; nth += nth < 200 ? 1 : stride) {
        end = oom_round_malloc(nth, 0, attempt, scene);
        if (end == OOM_UNUSED)
            break;
        if (end == OOM_WRONG)
            fail_msg("allocation %ld failed: the outcome was wrong", nth);
        failed += end == OOM_FAILED;
    }
    printf("%ld rounds failed as they should\n", failed);
    assert_true(failed > 20);
}

static void registers_or_says_why(void **state)
{
    struct scene scene = *(struct scene *)*state;

    if (oom_malloc_usable())
        rounds(&scene);
}

/* A run in which all goes well ends in a refusal: that is its 0. */
static void never_opens_to_a_wrong_ca(void **state)
{
    struct scene scene = *(struct scene *)*state;

    scene.wrong_ca = true;
    if (oom_malloc_usable())
        rounds(&scene);
}

static int open_scene(void **state)
{
    static struct scene scene;
    static uv_loop_t loop;

    scene = (struct scene){.edge = edgehost_start(users, 1),
                           .other = edgehost_start(users, 1),
                           .loop = &loop};
    *state = &scene;
    media_seal_warm(); /* libsrtp's start is on a thread of its own */
    return uv_loop_init(&loop);
}

static int close_scene(void **state)
{
    struct scene *scene = *state;

    edgehost_stop(scene->edge);
    edgehost_stop(scene->other);
    return uv_loop_close(scene->loop);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_or_says_why),
        cmocka_unit_test(never_opens_to_a_wrong_ca),
    };

    (void)argc;
    oom_reexec(argv);
    return cmocka_run_group_tests_name("ua_oom", tests, open_scene,
                                       close_scene);
}
