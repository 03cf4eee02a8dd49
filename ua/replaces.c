/* SPDX-License-Identifier: Apache-2.0 */
/* INVITEs that shall take a call over (RFC 3891) or name one (RFC 4538). */
#include "sip/base/err.h"
#include "sip/dialogid.h"
#include "ua/call.h"
#include "ua/refer.h"

/* The only call of the account with that dialog, and which leg it is. */
static struct ua_call *find(const struct ua_account *acc,
                            const struct sip_dialog_id *id, unsigned *leg)
{
    struct ua_call *c, *found = NULL;
    uint32_t pos = 0;

    while ((c = idtab_next(&acc->core->calls, &pos)))
        for (unsigned i = 0; c->acc->id == acc->id && i < c->legs; i++)
            if (sip_dialog_id_is(id, &c->leg[i])) {
                if (found)
                    return NULL; /* 3: more than one is none */
                found = c;
                *leg = i;
            }
    return found;
}

/* 3: which of the dialogs that are there may be replaced. */
static unsigned judge(const struct ua_call *c, unsigned leg,
                      const struct sip_dialog_id *id)
{
    if (c->over || c->leg[leg].state == SIP_DIALOG_ENDED)
        return 603;
    if (c->state == UA_CALL_ESTABLISHED && (int)leg == c->chosen)
        return id->early_only ? 486 : 0;
    /* An early dialog only if we began it; what was answered and has not got
     * its ACK cannot be ended yet (RFC 3261 15). */
    if (c->out && (c->state == UA_CALL_RINGING || c->state == UA_CALL_EARLY))
        return 0;
    return 481;
}

unsigned ua_replaces_judge(const struct ua_account *acc,
                           const struct sip_msg *msg, struct ua_call **old)
{
    const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_REPLACES, NULL);
    struct sip_dialog_id id;
    unsigned leg = 0, status;

    *old = NULL;
    if (!h)
        return 0;
    if (sip_dialog_id_replaces(&id, h->value))
        return 400;
    *old = find(acc, &id, &leg);
    status = *old ? judge(*old, leg, &id) : 481;
    if (status)
        *old = NULL;
    return status;
}

struct ua_call *ua_replaces_target(const struct ua_account *acc,
                                   const struct sip_msg *msg)
{
    const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_TARGET_DIALOG, NULL);
    struct sip_dialog_id id;
    struct ua_call *c;
    unsigned leg = 0;

    if (!h || sip_dialog_id_target(&id, h->value))
        return NULL;
    c = find(acc, &id, &leg);
    return c && !c->over ? c : NULL;
}

/*
 * The new call is answered without asking anybody: for the person it is the
 * old one. That ends once the 2xx is on its way; if there is none, it stays.
 */
void ua_replaces_go(struct ua_call *c, struct now now)
{
    struct ua_call *old = idtab_get(&c->acc->core->calls, c->other);

    if (!c->takes || c->state != UA_CALL_INCOMING)
        return;
    if (!old || old->over) { /* it ended meanwhile */
        (void)ua_call_reject(c, now, 603);
        return;
    }
    if (ua_call_answer(c, now) || c->over)
        return;
    cause_set(&old->cause, CAUSE_call_replaced);
    (void)ua_call_hangup(old, now, 0);
    ua_call_settle(old);
}
