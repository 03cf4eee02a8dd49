/* SPDX-License-Identifier: Apache-2.0 */
/* The mailbox: how any thread tells the loop's thread what the app wants. */
#ifndef UA_MAILBOX_H
#define UA_MAILBOX_H

#include "ua/anchors.h"
#include "ua/core.h"

enum { UA_MAILS_MAX = 32768 };

enum ua_mail_kind {
    UA_MAIL_ADD, /* account and anchors */
    UA_MAIL_REMOVE,
    UA_MAIL_REFRESH,
    UA_MAIL_NET,
    UA_MAIL_CALL,      /* id, of account; target */
    UA_MAIL_WISH,      /* of a call */
    UA_MAIL_AUDIO,     /* of a call */
    UA_MAIL_SUBSCRIBE, /* id, of account; target, text: package, accept */
    UA_MAIL_UNSUBSCRIBE,
    UA_MAIL_MESSAGE, /* id, of account; target, text: type, body */
    UA_MAIL_REFER,   /* id, of account; target, text: whom to call; wish:
                        other: the call that it is about; expires: quiet */
    UA_MAIL_DECIDE,  /* of a reference: wish, follow or decline */
    UA_MAIL_EXPORT,  /* target: the key */
    UA_MAIL_IMPORT,  /* target: the key, and what it sealed */
    UA_MAIL_DNS,     /* id: of the query; target: the packet */
    UA_MAIL_STOP
};

struct ua_mail {
    struct ua_mail *next;
    enum ua_mail_kind kind;
    uint64_t id;          /* of the account, or of the call */
    uint64_t of;          /* CALL: its account */
    struct slice target;  /* owned; WISH: the wish's */
    struct slice text[2]; /* owned */
    uint32_t expires;
    struct ua_terms *terms; /* owned, once it was posted; may be NULL */
    struct ua_wish wish;
    struct media_audio audio; /* released, once it was posted */
    struct ua_account *account;
    struct ua_anchors *anchors;
    enum ua_net_event event;
};

/*
 * A queue with a lock, and the table of the ids that the app holds. Every
 * function may be called from any thread.
 */
struct ua_mailbox;

/* wake is called after a post, with no lock held, on the posting thread. */
int ua_mailbox_new(struct ua_mailbox **box, const struct env *env,
                   void (*wake)(void *user), void *user);
void ua_mailbox_free(struct ua_mailbox *box); /* and what is in it */

/* Posts a copy. E_NOMEM, E_FULL. */
int ua_mailbox_post(struct ua_mailbox *box, const struct ua_mail *mail);

/* Gives an id and posts ADD with it; on error nothing is taken over. */
int ua_mailbox_add(struct ua_mailbox *box, struct ua_mail *mail, uint64_t *id);

/* Posts about an account; E_GONE if the app's id is stale, or was removed
 * by the app before. */
int ua_mailbox_about(struct ua_mailbox *box, enum ua_mail_kind kind,
                     uint64_t id);

/* The account is gone: its id is stale from now on. */
void ua_mailbox_forget(struct ua_mailbox *box, uint64_t id);

/*
 * The same for calls, subscriptions and messages, which share a table. CALL,
 * SUBSCRIBE and MESSAGE give an id and post; texts are copied. E_GONE: no such
 * account. Of a call: E_GONE if its id is stale.
 */
int ua_mailbox_call(struct ua_mailbox *box, struct ua_mail *mail,
                    uint64_t *id);
int ua_mailbox_about_call(struct ua_mailbox *box, const struct ua_mail *mail);
/* The id of an account that comes in (ua/direct.h). E_NOMEM, E_FULL. */
int ua_mailbox_account_id(struct ua_mailbox *box, uint64_t *id);
/* The id of a call that comes in. E_NOMEM, E_FULL. */
int ua_mailbox_call_id(struct ua_mailbox *box, uint64_t *id);
void ua_mailbox_forget_call(struct ua_mailbox *box, uint64_t id);

/* Frees what a mail that was taken or never posted owns, and mail itself. */
void ua_mailbox_drop(struct ua_mailbox *box, struct ua_mail *mail);

/* The oldest mail, to be released with ua_mailbox_drop; NULL when empty. */
struct ua_mail *ua_mailbox_take(struct ua_mailbox *box);

#endif
