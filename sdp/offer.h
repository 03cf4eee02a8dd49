/* SPDX-License-Identifier: Apache-2.0 */
/* Offer and answer (RFC 3264) of one SRTP audio stream. */
#ifndef SDP_OFFER_H
#define SDP_OFFER_H

#include "sdp/codec.h"
#include "sdp/dtls.h"
#include "sdp/ice.h"
#include "sdp/refusal.h"
#include "sip/base/env.h"
#include "sip/base/out.h"

enum { SDP_IP_MAX = 48, SDP_PTIME = 20, SDP_MID_MAX = 64 };

/* What we want; given with each offer and answer of ours. */
struct sdp_local {
    struct sip_host host; /* our address for media; borrowed for the call */
    uint16_t port;
    uint16_t rtcp_port; /* where RTCP comes if the peer does not multiplex
                           it; 0: on port + 1 */
    unsigned suites;    /* sdp_suite_bit() of those that the level allows */
    unsigned codecs;    /* 1 << enum sdp_codec, events too */
    enum sdp_dir dir;   /* SDP_SENDONLY holds, SDP_INACTIVE mutes both */
    bool rekey;         /* in a later offer: fresh keys, not those in use; of
                           DTLS a new association */
    bool mki; /* a key of the peer's may have an MKI; media is told of it */
};

/*
 * What was agreed: all that media needs. Own copies, nothing borrowed. Two
 * secrets are in it: whoever copies it wipes the copy.
 */
struct sdp_agreed {
    char
        ip[SDP_IP_MAX]; /* of the peer, with a NUL; "0.0.0.0" in an old hold */
    bool ipv6;
    uint16_t port;
    char rtcp_ip[SDP_IP_MAX];
    bool rtcp_ipv6;
    uint16_t rtcp_port; /* port if rtcp_mux; 0: the peer takes no RTCP */
    bool rtcp_mux;
    enum sdp_profile profile; /* any secure one; a plain one: OSRTP */
    enum sdp_suite suite;     /* both directions (RFC 4568 5.1.3); of DTLS:
                                 none, and no tag and keys */
    uint32_t tag;
    struct secret tx; /* master key and salt that we send under */
    struct secret rx;
    uint8_t rx_mki_n; /* bytes of MKI in what comes; 0: none. Ours has none */
    uint32_t rx_mki;
    bool tx_new; /* not the key of before: a new SRTP context; of DTLS both:
                    a new association */
    bool rx_new;
    enum sdp_codec codec;           /* to send */
    uint8_t pt;                     /* to send it as */
    uint8_t rx_pt[SDP_CODEC_COUNT]; /* what may come; SDP_PT_NONE if not */
    uint32_t clock;
    bool fec;             /* the peer wants Opus' in-band FEC */
    uint16_t ptime;       /* ms that a packet of ours should hold */
    uint8_t event_pt;     /* telephone-event to send, or SDP_PT_NONE */
    uint32_t event_clock; /* of its timestamps; 0: no events */
    enum sdp_dir dir;     /* ours: may we send, may we receive */
    uint64_t version;     /* of our description that this came with */
};

enum sdp_state {
    SDP_IDLE,
    SDP_OFFERED,   /* our first offer waits for its answer */
    SDP_STABLE,    /* agreed holds */
    SDP_REOFFERED, /* agreed holds, a new offer of ours waits */
    SDP_STATE_COUNT
};

enum sdp_event {
    SDP_WE_OFFER,
    SDP_THEY_ANSWER,
    SDP_THEY_OFFER,
    SDP_OFFER_FAILED,
    SDP_EVENT_COUNT
};

/* A key that our waiting offer names. */
struct sdp_key {
    uint32_t tag;
    enum sdp_suite suite;
    struct secret key;
};

/*
 * One session. Plain memory: for several early dialogs copy it, and clear
 * each copy. The copies share the offer's keys, so only one of them may ever
 * be sent media under its tx (else two streams under one key: hazard A-58);
 * the others end, or are re-offered first with rekey. One thread.
 */
struct sdp_session {
    const struct env *env;
    /* Borrowed, and each copy's own; NULL: we do not do it. Changed where
     * agreed is, else left alone. Set after sdp_session_init. */
    struct sdp_dtls *dtls;
    struct sdp_ice *ice;
    enum sdp_state state;
    uint64_t id;              /* of o= */
    uint64_t version;         /* of our last description */
    struct sdp_agreed agreed; /* in SDP_STABLE and SDP_REOFFERED */
    enum sdp_refusal why;     /* of the last refusal */
    unsigned nlines;          /* m= lines that the session has */
    unsigned line;            /* which of them is ours */
    struct sdp_local local;   /* of the waiting offer */
    struct sdp_key offered[SDP_SUITE_COUNT]; /* the same */
    unsigned noffered;
    uint8_t offered_pt[SDP_CODEC_COUNT];
};

/* env is borrowed. E_RANDOM. */
int sdp_session_init(struct sdp_session *s, const struct env *env);

/* Wipes all keys; the session is then as never used. */
void sdp_session_clear(struct sdp_session *s);

/*
 * Writes our offer to o. The first one has fresh keys for each suite; a later
 * one names what was agreed, with the key in use, or fresh keys of no lower
 * class if the level no longer allows that. On error nothing has changed:
 * E_STATE (an offer waits, RFC 3264 4), E_POLICY (no suite), E_INVAL,
 * E_RANDOM, E_TOOBIG.
 */
int sdp_offer_make(struct sdp_session *s, const struct sdp_local *local,
                   struct out *o);

/*
 * The peer's answer to it. 0: agreed is new. E_POLICY or E_UNSUPPORTED: s->why
 * says what is wrong with it, the offer is gone and agreed is as before; the
 * caller ends the call (ACK, BYE). E_STATE.
 */
int sdp_offer_answered(struct sdp_session *s, const struct sdp *answer);

/* Our offer was turned down (488, 491, ...): all is as before. E_STATE. */
int sdp_offer_failed(struct sdp_session *s);

/*
 * The peer's offer: writes our answer to o, and agreed is new. E_POLICY or
 * E_UNSUPPORTED with s->why: the caller answers 488, and nothing has changed.
 * E_STATE: an offer of ours waits (491). E_INVAL, E_RANDOM, E_TOOBIG.
 */
int sdp_offer_answer(struct sdp_session *s, const struct sdp_local *local,
                     const struct sdp *offer, struct out *o);

/* The table of states: the next one, or -1 where the event is out of turn. */
int sdp_offer_step(enum sdp_state state, enum sdp_event event);

#endif
