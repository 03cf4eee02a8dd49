/* SPDX-License-Identifier: Apache-2.0 */
/* Further notifiers of a forked SUBSCRIBE (RFC 6665 4.1.4, 5.4.9). */
#include "ua/sub.h"

#include <string.h>

#include "ua/txn.h"

struct ua_sub *ua_subfork_next(const struct ua_account *acc, uint32_t *pos)
{
    struct ua_sub *s = NULL;

    while (acc->subs && (s = idtab_next(&acc->core->all_subs, pos)))
        if (s->acc == acc)
            return s;
    return NULL;
}

/* What packages say of it: RFC 3842 3.10 and 4235 3.9 allow more than one;
 * others (3856, 3680, 4575) do not, nor do those that are not known. */
static bool may_fork(const struct ua_sub *s)
{
    struct slice name =
        slice_trim(slice_of(s->package.p, slice_find(s->package, ';')));

    return slice_eq(name, S("message-summary")) || slice_eq(name, S("dialog"));
}

static struct slice moved(const struct ua_sub *to, const struct ua_sub *from,
                          struct slice text)
{
    return slice_of(to->text.p + (text.p - from->text.p), text.n);
}

static int copy(struct ua_sub *f, const struct ua_sub *s)
{
    int err = env_copy(s->acc->env, &f->text, s->text);

    if (err)
        return err;
    f->target = moved(f, s, s->target);
    f->package = moved(f, s, s->package);
    f->accept = moved(f, s, s->accept);
    f->expires = s->expires;
    f->granted = s->granted;
    f->cseq = s->cseq;
    memcpy(f->call_id, s->call_id, sizeof(f->call_id));
    memcpy(f->tag, s->tag, sizeof(f->tag));
    f->sid = s->sid;
    ua_sid_forget(&f->sid);
    f->fork = true;
    f->state = UA_SUB_ASKING; /* its NOTIFY takes the step */
    return 0;
}

struct ua_sub *ua_subfork_new(struct ua_sub *s, struct now now)
{
    bool holds =
        s->hollow || s->state == UA_SUB_PENDING || s->state == UA_SUB_ACTIVE;
    unsigned n = 2;
    struct ua_sub *f;

    while (s->forks & 1U << n)
        n++;
    if (s->fork || !holds || now.boot >= s->forks_until || !may_fork(s) ||
        n > UA_SUB_NOTIFIERS_MAX || ua_sub_new(&f, s->acc))
        return NULL;
    if (copy(f, s)) {
        ua_sub_free(f);
        return NULL;
    }
    f->notifier = n;
    f->first = s;
    s->forks |= 1U << n;
    return f;
}

void ua_subfork_drop(struct ua_sub *f)
{
    f->first->forks &= ~(1U << f->notifier);
    ua_sub_free(f);
}

/* Its notifiers are told that it is over; nobody hears of them any more. */
void ua_subfork_stop_all(struct ua_sub *s, struct now now)
{
    struct ua_sub *f;
    uint32_t pos = 0;

    while (s->forks && (f = idtab_next(&s->acc->core->all_subs, &pos))) {
        enum ua_sub_state was = f->state;

        if (!f->fork || f->first != s)
            continue;
        cause_set(&f->cause, CAUSE_none);
        f->state = UA_SUB_OVER;
        ua_sub_tell(f);
        f->state = was;
        s->forks &= ~(1U << f->notifier);
        f->first = NULL;
        ua_sub_event(f, now, UA_SUB_EV_STOP);
    }
}

/* The last event of all of it. */
static void end(struct ua_sub *s)
{
    s->hollow = false;
    ua_sub_tell(s);
    ua_sub_free(s);
}

/* The first one has ended for good, and others have not. */
static void go_hollow(struct ua_sub *s)
{
    s->hollow = true;
    ua_sub_tell(s);
    ua_txn_forget(s->acc, s->txn);
    s->txn = 0;
    sip_dialog_free(&s->dialog);
    s->dialog.state = SIP_DIALOG_NONE;
}

void ua_subfork_end(struct ua_sub *s)
{
    struct ua_sub *first = s->first;

    if (!s->fork && s->forks) {
        go_hollow(s);
    } else if (!s->fork) {
        end(s);
    } else {
        ua_sub_tell(s);
        if (first)
            ua_subfork_drop(s);
        else
            ua_sub_free(s);
        if (first && first->hollow && !first->forks)
            end(first);
    }
}
