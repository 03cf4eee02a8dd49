/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox: a locked queue and the app's ids. */
#include "ua/mailbox.h"

#include <uv.h>

#include "sip/base/err.h"
#include "sip/base/idtab.h"
#include "sip/base/secret.h"
#include "ua/account.h"

/* What an id of the app stands for; only whether it may still be used. */
struct handle {
    bool removed;
};

struct ua_mailbox {
    const struct env *env;
    uv_mutex_t lock;
    struct ua_mail *first, **last;
    unsigned n;
    struct idtab ids, calls;
    void (*wake)(void *user);
    void *user;
};

int ua_mailbox_new(struct ua_mailbox **out, const struct env *env,
                   void (*wake)(void *user), void *user)
{
    struct ua_mailbox *box = env_alloc(env, sizeof(*box));

    if (!box)
        return E_NOMEM;
    *box = (struct ua_mailbox){.env = env, .wake = wake, .user = user};
    box->last = &box->first;
    idtab_init(&box->ids, env, UA_ACCOUNTS_MAX);
    idtab_init(&box->calls, env, UA_THINGS_MAX);
    if (uv_mutex_init(&box->lock)) {
        env_free(env, box);
        return E_SYS;
    }
    *out = box;
    return 0;
}

/* A message's words are nobody else's business. */
static void free_texts(struct ua_mailbox *box, const struct ua_mail *mail)
{
    if (mail->target.p)
        secret_wipe((void *)(uintptr_t)mail->target.p, mail->target.n);
    env_free(box->env, (void *)(uintptr_t)mail->target.p);
    env_free(box->env, mail->terms);
    for (int i = 0; i < 2; i++) {
        if (mail->text[i].p)
            secret_wipe((void *)(uintptr_t)mail->text[i].p, mail->text[i].n);
        env_free(box->env, (void *)(uintptr_t)mail->text[i].p);
    }
}

/* *copy has texts of its own. */
static int copy_texts(struct ua_mailbox *box, struct ua_mail *copy,
                      const struct ua_mail *mail)
{
    int err = 0;

    *copy = *mail;
    copy->target = copy->text[0] = copy->text[1] = slice_of(NULL, 0);
    copy->terms = NULL;
    if (mail->terms) {
        copy->terms = env_alloc(box->env, sizeof(*copy->terms));
        if (!copy->terms)
            return E_NOMEM;
        *copy->terms = *mail->terms;
    }
    if (mail->target.n)
        err = env_copy(box->env, &copy->target, mail->target);
    for (int i = 0; i < 2 && !err; i++)
        if (mail->text[i].n)
            err = env_copy(box->env, &copy->text[i], mail->text[i]);
    if (err)
        free_texts(box, copy);
    return err;
}

void ua_mailbox_drop(struct ua_mailbox *box, struct ua_mail *mail)
{
    struct ua_anchors *list = mail->anchors;

    if (mail->kind == UA_MAIL_ADD)
        ua_account_free(mail->account, (struct now){0});
    ua_anchors_free(&list);
    if (mail->kind == UA_MAIL_AUDIO && mail->audio.released)
        mail->audio.released(mail->audio.user);
    free_texts(box, mail);
    env_free(box->env, mail);
}

static void free_handles(struct ua_mailbox *box, struct idtab *ids)
{
    struct handle *handle;
    uint32_t pos = 0;

    while ((handle = idtab_next(ids, &pos)))
        env_free(box->env, handle);
    idtab_free(ids);
}

void ua_mailbox_free(struct ua_mailbox *box)
{
    struct ua_mail *mail;

    if (!box)
        return;
    while ((mail = ua_mailbox_take(box)))
        ua_mailbox_drop(box, mail);
    free_handles(box, &box->ids);
    free_handles(box, &box->calls);
    uv_mutex_destroy(&box->lock);
    env_free(box->env, box);
}

/* With the lock. */
static int append(struct ua_mailbox *box, const struct ua_mail *mail)
{
    struct ua_mail *copy;

    if (box->n >= UA_MAILS_MAX)
        return E_FULL;
    copy = env_alloc(box->env, sizeof(*copy));
    if (!copy)
        return E_NOMEM;
    *copy = *mail;
    copy->next = NULL;
    *box->last = copy;
    box->last = &copy->next;
    box->n++;
    return 0;
}

int ua_mailbox_post(struct ua_mailbox *box, const struct ua_mail *mail)
{
    int err;

    uv_mutex_lock(&box->lock);
    err = append(box, mail);
    uv_mutex_unlock(&box->lock);
    if (!err)
        box->wake(box->user);
    return err;
}

/* With the lock. */
static int give_id(struct ua_mailbox *box, struct idtab *ids, uint64_t *id)
{
    struct handle *handle = env_alloc(box->env, sizeof(*handle));
    int err;

    if (!handle)
        return E_NOMEM;
    err = idtab_add(ids, id, handle);
    if (err)
        env_free(box->env, handle);
    return err;
}

/* With the lock. */
static void take_id(struct ua_mailbox *box, struct idtab *ids, uint64_t id)
{
    struct handle *handle = idtab_get(ids, id);

    idtab_remove(ids, id);
    env_free(box->env, handle);
}

/* With the lock. */
static int add(struct ua_mailbox *box, struct idtab *ids, struct ua_mail *mail,
               uint64_t *id)
{
    int err = give_id(box, ids, id);

    if (err)
        return err;
    mail->id = *id;
    err = append(box, mail);
    if (err)
        take_id(box, ids, *id);
    return err;
}

int ua_mailbox_add(struct ua_mailbox *box, struct ua_mail *mail, uint64_t *id)
{
    int err;

    uv_mutex_lock(&box->lock);
    err = add(box, &box->ids, mail, id);
    uv_mutex_unlock(&box->lock);
    if (!err)
        box->wake(box->user);
    return err;
}

/* With the lock. */
static bool usable(const struct idtab *ids, uint64_t id)
{
    const struct handle *handle = idtab_get(ids, id);

    return handle && !handle->removed;
}

int ua_mailbox_call(struct ua_mailbox *box, struct ua_mail *mail, uint64_t *id)
{
    struct ua_mail copy;
    int err = copy_texts(box, &copy, mail);

    if (err)
        return err;
    uv_mutex_lock(&box->lock);
    err = usable(&box->ids, mail->of) ? add(box, &box->calls, &copy, id)
                                      : E_GONE;
    uv_mutex_unlock(&box->lock);
    if (err)
        free_texts(box, &copy);
    else
        box->wake(box->user);
    return err;
}

int ua_mailbox_about_call(struct ua_mailbox *box, const struct ua_mail *mail)
{
    struct ua_mail copy;
    int err = copy_texts(box, &copy, mail);

    if (err)
        return err;
    uv_mutex_lock(&box->lock);
    err = usable(&box->calls, mail->id) ? append(box, &copy) : E_GONE;
    uv_mutex_unlock(&box->lock);
    if (err)
        free_texts(box, &copy);
    else
        box->wake(box->user);
    return err;
}

int ua_mailbox_account_id(struct ua_mailbox *box, uint64_t *id)
{
    int err;

    uv_mutex_lock(&box->lock);
    err = give_id(box, &box->ids, id);
    uv_mutex_unlock(&box->lock);
    return err;
}

int ua_mailbox_call_id(struct ua_mailbox *box, uint64_t *id)
{
    int err;

    uv_mutex_lock(&box->lock);
    err = give_id(box, &box->calls, id);
    uv_mutex_unlock(&box->lock);
    return err;
}

void ua_mailbox_forget_call(struct ua_mailbox *box, uint64_t id)
{
    uv_mutex_lock(&box->lock);
    take_id(box, &box->calls, id);
    uv_mutex_unlock(&box->lock);
}

int ua_mailbox_about(struct ua_mailbox *box, enum ua_mail_kind kind,
                     uint64_t id)
{
    const struct ua_mail mail = {.kind = kind, .id = id};
    struct handle *handle;
    int err = E_GONE;

    uv_mutex_lock(&box->lock);
    handle = idtab_get(&box->ids, id);
    if (handle && !handle->removed)
        err = append(box, &mail);
    if (!err && kind == UA_MAIL_REMOVE)
        handle->removed = true;
    uv_mutex_unlock(&box->lock);
    if (!err)
        box->wake(box->user);
    return err;
}

void ua_mailbox_forget(struct ua_mailbox *box, uint64_t id)
{
    uv_mutex_lock(&box->lock);
    take_id(box, &box->ids, id);
    uv_mutex_unlock(&box->lock);
}

struct ua_mail *ua_mailbox_take(struct ua_mailbox *box)
{
    struct ua_mail *mail;

    uv_mutex_lock(&box->lock);
    mail = box->first;
    if (mail) {
        box->first = mail->next;
        box->n--;
    }
    if (!box->first)
        box->last = &box->first;
    uv_mutex_unlock(&box->lock);
    return mail;
}
