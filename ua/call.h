/* SPDX-License-Identifier: Apache-2.0 */
/* A call: its dialogs, its session, its media; from INVITE to the end. */
#ifndef UA_CALL_H
#define UA_CALL_H

#include "sdp/offer.h"
#include "sdp/suite.h"
#include "sip/dialog.h"
#include "ua/about.h"
#include "ua/calltable.h"
#include "ua/redirect.h"
#include "ua/refer.h"
#include "ua/rel.h"
#include "ua/state.h"
#include "ua/uri_check.h"

enum {
    UA_CALLS_OF_ACCOUNT = 16,  /* more at once are busy (hazard A-41) */
    UA_LEGS_MAX = 8,           /* dialogs of one INVITE of ours (forks) */
    UA_CALL_WAIT_MS = 32000,   /* for the flow */
    UA_CALL_BIND_MS = 5000,    /* for the media port */
    UA_CALL_RING_MS = 60000,   /* a provisional again (13.3.1.1) */
    UA_CALL_RINGS_MS = 180000, /* then nobody is there; the CANCEL may have
                                  been lost with the caller's flow */
    UA_CALL_AGAIN_MS = 1000,   /* for what memory was missing for */
    UA_MIN_SE = 90,            /* seconds (RFC 4028 4) */
    UA_T2_MS = 4000
};

/* The server INVITE transaction of a call (17.2.1, RFC 6026 7.1). */
struct ua_server {
    enum sip_txn_state state; /* SIP_TXN_ENDED: there is none */
    bool any;                 /* there was one */
    struct slice key;         /* owned: branch, sent-by */
    struct slice request;     /* owned: the INVITE */
    struct slice response;    /* owned: the last one; maybe with a key */
    uint32_t cseq;
    bool late; /* our 2xx has the offer, the ACK is to have the answer */
};

/* Owned by its account, which outlives it. */
struct ua_call {
    uint64_t id;  /* the driver's, who may use it anew after the last event */
    uint64_t key; /* ours, in timers and transactions */
    struct ua_account *acc;
    enum ua_call_state state;
    bool out;
    bool over;  /* event ended was told */
    bool final; /* and the last one: only the wire is not done yet */
    struct timer timer;
    struct slice call_id;         /* owned */
    char tag[2 * UA_TOKEN_N];     /* ours */
    struct slice peer, peer_name; /* owned: URI and display name */
    struct ua_about about;        /* what else the peer says */
    struct ua_sid sid;            /* Session-ID of the INVITE */
    unsigned status;
    struct cause cause;
    unsigned end_status; /* of the Reason that the app gives; 0: none */

    /* Caller. */
    struct sip_uri called; /* of peer */
    struct sip_uri target; /* the same, or where a 3xx has led */
    struct ua_redirect redirect;
    bool secure;         /* sips: */
    uint32_t cseq;       /* of the INVITE */
    struct slice invite; /* owned: as sent; has keys */
    uint64_t txn;        /* INVITE, also while 2xx may come; 0: none */
    unsigned challenges;
    bool provisional; /* a 1xx came: CANCEL may go (9.1) */
    bool cancelled;   /* CANCEL was sent */
    bool asking;      /* the app is asked for the password */
    struct sdp_session offer;
    struct ua_terms terms;
    struct slice ack; /* owned: SDP of the ACK; has a key */
    struct ua_prack prack[UA_LEGS_MAX];

    /* Callee. */
    struct ua_server server;
    struct slice answer; /* owned: SDP of the 2xx; has a key */
    bool rung;
    struct ua_rel rel;
    int64_t repeat_at, repeat_until; /* of the 2xx; boot clock */
    int64_t repeat_wait;

    /* Dialogs; as callee leg[0]. */
    struct sip_dialog leg[UA_LEGS_MAX];
    struct ua_sid leg_sid[UA_LEGS_MAX]; /* each fork has a half of its own */
    bool leg_ok[UA_LEGS_MAX];           /* a 2xx came */
    bool leg_bye[UA_LEGS_MAX];          /* a BYE is wanted */
    uint64_t bye[UA_LEGS_MAX];          /* its transaction */
    unsigned legs;
    int chosen; /* the one with the media; -1: none yet */
    unsigned bye_challenges;

    /* A re-INVITE of ours (14.1). */
    struct slice change;  /* owned: as sent; has keys */
    uint64_t change_txn;  /* while it is not answered */
    uint32_t change_cseq; /* of the last one */
    unsigned change_challenges;
    bool change_wanted;   /* when it can be sent */
    bool change_answered; /* by a reliable provisional response */
    bool change_undo;     /* was it held before? */
    bool change_again;    /* after a refusal that came too late */
    bool hold;            /* what the app wants */

    /* UPDATE; ua/update.c. */
    uint32_t allow;      /* methods that the peer says it can */
    uint64_t update_txn; /* while it is not answered */
    bool update_offer;   /* it has one */
    bool update_unable;  /* the peer cannot, whatever it says */
    bool refresh_wanted; /* by the timer */
    unsigned update_challenges;
    struct timer update_timer;

    /* Transfers, and what a call out takes over from another. */
    struct ua_refer refer;
    struct ua_referred referred;
    struct slice replaces, referred_by; /* owned: values for the INVITE */
    uint64_t other; /* key of the call that it follows or replaces; 0: none */
    uint64_t reference; /* key of the REFER of no call that it follows; 0 */
    uint64_t related;   /* key of the call that a Target-Dialog names */
    bool takes;         /* it came to replace other: answered when it can be */
    unsigned class_floor; /* of its suite: no lower than other's */

    /* RFC 4028; ua/expiry.c. */
    struct timer session_timer;
    uint32_t interval; /* seconds; 0: none */
    uint32_t min_se;   /* what a 422 asked for; 0: nothing */
    bool refresher;    /* we are */
    bool refreshing;   /* our re-INVITE has not got its 2xx yet */

    /* Media. */
    struct sdp_session session;
    bool opened, closed;
    bool moving;  /* to another local address */
    bool pending; /* agreed is newer than what media runs with */
    struct tls_addr local, remote;
    uint64_t version;                  /* of the media tickets */
    int64_t began, established, ended; /* monotonic clock, ms; 0: not yet */
    struct siplock_call_stats stats;
};

/* ------------------------------------------------------------ ua/call.c */

/* What a call out starts with; referred NULL: the app's own. */
struct ua_call_ask {
    uint64_t id;
    const struct sip_uri *target;
    struct ua_referred *referred;       /* the REFER that it follows */
    struct slice replaces, referred_by; /* then: values, or empty */
    const struct ua_terms *terms;       /* or NULL */
};
/* ua/callstart.c */
int ua_call_start(struct ua_account *acc, struct now now,
                  const struct ua_call_ask *ask);
/* Commands; E_STATE: out of turn. */
int ua_call_ring(struct ua_call *c, struct now now);
int ua_call_answer(struct ua_call *c, struct now now);
int ua_call_reject(struct ua_call *c, struct now now, unsigned status);
/* status: of the Reason (RFC 3326); 0: none. */
int ua_call_hangup(struct ua_call *c, struct now now, unsigned status);
int ua_call_dtmf(struct ua_call *c, char digit, unsigned ms);

/* A new one, in no state yet. E_NOMEM, E_FULL, E_RANDOM. */
int ua_call_new(struct ua_call **c, struct ua_account *acc, struct now now,
                uint64_t id);
/* Tells that it has ended, and closes its media. */
void ua_call_over(struct ua_call *c, struct now now);
/* The media thread has let go. */
void ua_call_media_closed(struct ua_call *c, struct now now);
/* Takes a step of the table. */
int ua_call_event(struct ua_call *c, struct now now, enum ua_call_event ev);
/* Arms the timer that belongs to the state. */
void ua_call_arm(struct ua_call *c, struct now now);
/* It is over with that cause (none: somebody hung up). */
void ua_call_fail(struct ua_call *c, struct now now, enum cause_code code,
                  enum ua_call_event ev);
/* Frees it if nothing is left to be done, on the wire or for the app. */
void ua_call_settle(struct ua_call *c);
/* Frees it whatever is left; nothing is sent or told. */
void ua_call_free(struct ua_call *c);

void ua_call_timer(struct ua_core *core, struct now now, uint64_t id);
/* There is a flow for it again. */
void ua_call_go_on(struct ua_call *c, struct now now);
/* The account's flow: up again; lost; could not be made. The account goes:
 * its calls are ended; what is left of them is dropped. */
void ua_call_flow_up(struct ua_account *acc, struct now now);
void ua_call_flow_down(struct ua_account *acc, struct now now);
void ua_call_flow_gone(struct ua_account *acc, struct now now); /* for good */
void ua_call_flow_failed(struct ua_account *acc, struct now now);
/* Has a call of it something left to send or to hear? */
bool ua_call_on_wire(const struct ua_account *acc);
bool ua_call_wants_flow(const struct ua_account *acc);
void ua_call_end_all(struct ua_account *acc, struct now now);
void ua_call_drop_final(struct ua_account *acc);
/* The app's password came, or not. */
void ua_call_password(struct ua_account *acc, struct now now, bool there);

/* --------------------------------------------------------- ua/caller.c */

int ua_caller_invite(struct ua_call *c, struct now now);
void ua_caller_response(struct ua_call *c, struct now now,
                        const struct sip_msg *res);
/* No response in 64*T1, or the flow was lost. */
void ua_caller_lost(struct ua_call *c, struct now now, bool timed_out);
/* ACK of a 300-699: the transaction's (17.1.1.3). */
void ua_caller_ack_refusal(struct ua_call *c, struct slice invite,
                           const struct sip_msg *res);
void ua_caller_cancel(struct ua_call *c, struct now now);
/* The dialogs of an INVITE that is no more. */
void ua_caller_forget_legs(struct ua_call *c);

/* --------------------------------------------------------- ua/callee.c */

/* An INVITE without a To tag. */
void ua_callee_invite(struct ua_account *acc, struct now now,
                      const struct sip_msg *msg);
void ua_callee_cancel(struct ua_call *c, struct now now,
                      const struct sip_msg *msg);
/* The media port is bound: 0 if the offer is agreed to, else the call is
 * refused already. */
int ua_callee_bound(struct ua_call *c, struct now now);
/* asked: by the app; else the state has lasted a minute. */
int ua_callee_ring(struct ua_call *c, struct now now, bool asked);
int ua_callee_accept(struct ua_call *c, struct now now);
void ua_callee_reject(struct ua_call *c, struct now now);
void ua_callee_ack(struct ua_call *c, struct now now,
                   const struct sip_msg *msg);
/* Repeats the 2xx until the ACK comes (13.3.1.4). */
void ua_callee_repeat(struct ua_call *c, struct now now);
/* A 2xx was sent. */
void ua_callee_begin_repeat(struct ua_call *c, struct now now);

/* --------------------------------------------------------- ua/server.c */

/* Takes over an INVITE: E_NOMEM. */
int ua_server_begin(struct ua_call *c, const struct sip_msg *msg);
void ua_server_end(struct ua_call *c);
/* Is this message of that transaction (17.2.3)? */
bool ua_server_has(const struct ua_call *c, const struct sip_msg *msg);
/* Nothing is awaited: there is none, or its 2xx has its ACK. */
bool ua_server_done(const struct ua_call *c);
/* The same INVITE again: the last response again. */
void ua_server_again(struct ua_call *c);
void ua_server_acked(struct ua_call *c);
void ua_server_flow_down(struct ua_call *c, struct now now);
/* What a response has besides what is copied from the INVITE. */
struct ua_reply {
    unsigned status;
    struct slice body;   /* SDP */
    enum policy_why why; /* Warning */
    uint32_t retry_after;
    uint32_t rseq; /* 0: not reliable */
};
/* E_STATE: the transaction has had its final response. */
int ua_server_respond(struct ua_call *c, struct now now,
                      const struct ua_reply *reply);

/* ------------------------------------------------------- ua/indialog.c */

/* A request with a To tag that belongs to this call's dialog leg. */
void ua_indialog_request(struct ua_call *c, struct now now, unsigned leg,
                         const struct sip_msg *msg);
void ua_indialog_bye(struct ua_call *c, struct now now, unsigned leg);
/* What was to be sent and could not be for want of a flow. */
void ua_indialog_retry(struct ua_call *c, struct now now);
void ua_indialog_response(struct ua_call *c, struct now now, unsigned leg,
                          const struct sip_msg *res);
void ua_indialog_lost(struct ua_call *c, unsigned leg, bool timed_out);
/* ACK of a 2xx, for the first time or again (13.2.2.4). */
int ua_indialog_ack(struct ua_call *c, unsigned leg);
/* The same for a re-INVITE with that number; invite: as it was sent, for its
 * credentials, or empty. */
int ua_indialog_ack_of(struct ua_call *c, unsigned leg, uint32_t cseq,
                       struct slice invite, struct slice sdp);
/* The Request-URI of what is written to o: a digest is over it. */
struct slice ua_indialog_uri(const struct out *o);

/* --------------------------------------------------------- ua/change.c */

/* A re-INVITE with what we want now, as soon as it may be sent. */
void ua_change_want(struct ua_call *c, struct now now);
/* The call's timer, or something else that was waited for. */
void ua_change_retry(struct ua_call *c, struct now now);
void ua_change_response(struct ua_call *c, struct now now,
                        const struct sip_msg *res);
void ua_change_lost(struct ua_call *c, struct now now, bool timed_out);
/* Our offer; UPDATE has it too. */
int ua_change_offer(struct ua_call *c, struct out *o);
/* What was wanted is refused: all is as it was. */
void ua_change_refused(struct ua_call *c);
int ua_change_hold(struct ua_call *c, struct now now, bool hold);

/* --------------------------------------------------------- ua/expiry.c */

/* Session-Expires of an INVITE of ours, first or again. */
void ua_expiry_put(struct out *o, const struct ua_call *c);
/* Is what a request asks for too small (422)? */
bool ua_expiry_too_small(const struct sip_msg *req);
/* Our 2xx to an INVITE or UPDATE: what it asks for is taken and written. */
void ua_expiry_accept(struct ua_call *c, struct out *o,
                      const struct sip_msg *req);
/* The 2xx was sent: the session lasts anew. */
void ua_expiry_arm(struct ua_call *c, struct now now);
/* The 2xx to an INVITE of ours. */
void ua_expiry_answered(struct ua_call *c, struct now now,
                        const struct sip_msg *res);
/* 422: true if it can be asked for again with more. */
bool ua_expiry_raise(struct ua_call *c, const struct sip_msg *res);
void ua_expiry_timer(struct ua_core *core, struct now now, uint64_t id);

/* ------------------------------------------------------ ua/callmedia.c */

void ua_callmedia_open(struct ua_call *c, struct now now);
void ua_callmedia_close(struct ua_call *c);
/* The flow is a new one: media follows it to its interface, and the peer is
 * told where we are now. */
void ua_callmedia_follow(struct ua_call *c, struct now now);
/* What we can do, for an offer or answer; borrows text for the address. */
void ua_callmedia_local(const struct ua_call *c, struct sdp_local *local,
                        char *text, size_t cap);
/* The SDP of a message; E_NOTFOUND: none. E_SYNTAX; E_NOMEM. */
int ua_callmedia_sdp(struct ua_call *c, const struct sip_msg *msg,
                     struct sdp *sdp);
/* The peer's answer to session's offer. Errors set cause and status. */
int ua_callmedia_answered(struct ua_call *c, struct sdp_session *session,
                          const struct sdp *sdp);
/* What err, of sdp/offer, means for the call; gives it back. */
int ua_callmedia_judged(struct ua_call *c, const struct sdp_session *session,
                        int err);
/* Our answer to the peer's offer, into o. Errors as before. */
int ua_callmedia_answer(struct ua_call *c, const struct sdp *sdp,
                        struct out *o);
/* What is agreed goes to the media thread. */
int ua_callmedia_set(struct ua_call *c);
/* The early dialog that has the media has ended: nothing is sent to it or
 * heard of it until another one is agreed with. */
void ua_callmedia_mute(struct ua_call *c);
/* Of the media thread; e->stream is not looked at. */
void ua_callmedia_event(struct ua_call *c, struct now now,
                        const struct media_event *e);

/* ------------------------------------------------------ ua/callevent.c */

void ua_callevent_state(struct ua_call *c, int state);
/* Of a transfer; other: a call's id or 0; target as it was given. */
struct ua_transfer_news {
    int state; /* siplock_transfer_state */
    int direction;
    unsigned status;
    const struct cause *cause;
    uint64_t other;
    struct slice target, by;
};
/* The last one of a reference takes its id. */
void ua_callevent_transfer(const struct ua_refer_owner *of,
                           const struct ua_transfer_news *news);
void ua_callevent_media(struct ua_call *c);
void ua_callevent_dtmf(struct ua_call *c, const struct media_dtmf *d);
void ua_callevent_stats(struct ua_call *c, struct now now, bool last);
/* The events for an id that no call could be made for. */
void ua_callevent_unborn(struct ua_account *acc, uint64_t id);
/* The event, and the call's cause. */
void ua_callevent_refused(struct ua_call *c, enum policy_why why);

/* ------------------------------------------------------ ua/callwrite.c */

/* Reads a message that is kept, into the core's arena. */
int ua_callwrite_reread(const struct ua_call *c, struct slice text,
                        struct sip_msg *msg);
/* Sends and keeps a copy in *kept if that is not NULL. */
int ua_callwrite_send(struct ua_call *c, const struct out *o,
                      struct slice *kept);
int ua_callwrite_invite(struct ua_call *c, struct out *o,
                        const struct ua_txn *txn, struct slice sdp);
/* Contact of our dialogs. */
void ua_callwrite_contact(struct out *o, const struct ua_call *c);
/* What the call goes by in its dialog; before there is one, in its INVITE. */
const struct ua_sid *ua_callwrite_sid(const struct ua_call *c);
/* Session-ID, Allow, Supported, User-Agent. */
void ua_callwrite_able(struct out *o, const struct ua_call *c,
                       const struct ua_sid *sid);
/* The same and the body, if there is one: the end of a message. */
void ua_callwrite_end(struct out *o, const struct ua_call *c,
                      const struct ua_sid *sid, struct slice sdp);
/* Wipes and frees. */
void ua_callwrite_drop(const struct ua_call *c, struct slice *text);

#endif
