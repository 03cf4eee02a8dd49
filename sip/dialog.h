/* SPDX-License-Identifier: Apache-2.0 */
/* Dialogs (RFC 3261 12): who talks with whom, by which route, how far. */
#ifndef SIP_DIALOG_H
#define SIP_DIALOG_H

#include "sip/base/env.h"
#include "sip/msg.h"
#include "sip/write.h"

enum {
    SIP_DIALOG_ROUTES_MAX = 32,
    SIP_DIALOG_TEXT_MAX = 16384 /* bytes of all that a dialog keeps */
};

enum sip_dialog_state {
    SIP_DIALOG_NONE,
    SIP_DIALOG_EARLY,     /* made by a 101-199 with a To tag */
    SIP_DIALOG_CONFIRMED, /* by a 2xx */
    SIP_DIALOG_ENDED
};

/*
 * Keeps only strings that it needs, in one piece of env's memory. What the
 * peer wrote into Record-Route and Contact is data: echoed byte for byte,
 * whatever transport it names, and never dialled. One thread.
 */
struct sip_dialog {
    const struct env *env;
    enum sip_dialog_state state;
    bool uac;    /* we sent the INVITE */
    bool secure; /* sips: (12.1.1): Request-URI and Contact must be too */
    uint32_t local_cseq;
    uint32_t remote_cseq;
    bool has_remote_cseq;
    struct slice call_id;
    struct slice local_tag, remote_tag;
    struct slice local, remote; /* From and To values of our requests */
    struct slice route[SIP_DIALOG_ROUTES_MAX]; /* elements, next hop first */
    unsigned routes;
    struct slice target; /* remote target URI, owned by itself */
    void *memory;        /* of all the others */
};

/*
 * As the caller (12.1.2): from the INVITE as it was sent and a 1xx with a To
 * tag or a 2xx. As the callee (12.1.1): from the INVITE and the tag of our
 * response; the dialog is early until sip_dialog_confirm. E_NOMEM; E_TOOBIG;
 * E_SYNTAX: no tag, no Contact, or a sips dialog with a Contact that is not.
 */
int sip_dialog_uac(struct sip_dialog *d, const struct env *env,
                   const struct sip_msg *invite, const struct sip_msg *res);
int sip_dialog_uas(struct sip_dialog *d, const struct env *env,
                   const struct sip_msg *invite, struct slice local_tag);
/* As the subscriber (RFC 6665 4.4.1): from the first NOTIFY, the answer to a
 * SUBSCRIBE with that number; secure: that had a sips Request-URI. The same
 * errors; the dialog is confirmed. */
struct sip_dialog_asked {
    uint32_t cseq;
    bool secure;
};
int sip_dialog_notified(struct sip_dialog *d, const struct env *env,
                        const struct sip_msg *notify,
                        const struct sip_dialog_asked *asked);
void sip_dialog_free(struct sip_dialog *d);

/* Leaves out the first elements of the route set for as long as gone says so
 * of their host: a first hop that is no more, in whose place the caller has
 * another (RFC 3261 12.2.1.1 has no word for that). */
typedef bool sip_dialog_gone(void *user, const struct sip_host *host);
void sip_dialog_skip(struct sip_dialog *d, sip_dialog_gone *gone, void *user);

/*
 * The 2xx came (as caller: its Record-Route and Contact replace those of the
 * early dialog, 13.2.2.4) or was sent (as callee: res is NULL). E_STATE if
 * the dialog has ended; as sip_dialog_uac.
 */
int sip_dialog_confirm(struct sip_dialog *d, const struct sip_msg *res);

/* Is this message of the peer's within the dialog (12.2.2, 12.2.1.2)? */
bool sip_dialog_has(const struct sip_dialog *d, const struct sip_msg *msg);

/*
 * A request within the dialog arrived. E_STATE: its CSeq is lower than the
 * last one's, to be answered with 500 (12.2.2); ACK and CANCEL carry the
 * INVITE's number and change nothing.
 */
int sip_dialog_received(struct sip_dialog *d, const struct sip_msg *req);

/* The Contact of a target refresh (re-INVITE or UPDATE, their 2xx) becomes
 * the target. E_NOMEM, E_SYNTAX (no longer sips); the old one stays then. */
int sip_dialog_refresh(struct sip_dialog *d, const struct sip_msg *msg);

/* What a request needs besides the dialog. */
struct sip_dialog_hop {
    const struct sip_host *host; /* of our Via */
    uint16_t port;
    struct slice branch;
};

/*
 * Request line, Via, Route, Max-Forwards, From, To, Call-ID and CSeq of the
 * next request (12.2.1.1), for a strict or a loose first route; the CSeq
 * goes up by one. For ACK: cseq is the INVITE's number, else 0.
 */
void sip_dialog_write(struct sip_dialog *d, struct out *o,
                      enum sip_method method, uint32_t cseq,
                      const struct sip_dialog_hop *hop);

/* CANCEL of an INVITE that we sent (9.1); the caller ends it with
 * sip_write_body. */
void sip_dialog_write_cancel(struct out *o, const struct sip_msg *invite);

/* ACK of a 300-699 (17.1.1.3), which belongs to the transaction; as before. */
void sip_dialog_write_ack(struct out *o, const struct sip_msg *invite,
                          const struct sip_msg *res);

#endif
