/* SPDX-License-Identifier: Apache-2.0 */
/* ICE in descriptions (RFC 8839), of one audio stream. */
#ifndef SDP_ICE_H
#define SDP_ICE_H

#include "sdp/sdp.h"
#include "sip/base/env.h"
#include "sip/base/out.h"

enum {
    SDP_FOUNDATION_MAX = 32,
    SDP_CANDIDATE_IP_MAX = 48,
    SDP_CANDIDATES_OURS = 8,
    SDP_CANDIDATES_THEIRS = 16, /* further ones are not looked at */
    SDP_UFRAG_N = 8,            /* ours: 48 random bits */
    SDP_PWD_N = 24,             /* 144 */
    SDP_ICE_TEXT_MAX = 256      /* theirs (5.4) */
};

enum sdp_candidate_type {
    SDP_CANDIDATE_HOST,
    SDP_CANDIDATE_SRFLX,
    SDP_CANDIDATE_PRFLX,
    SDP_CANDIDATE_RELAY,
    SDP_CANDIDATE_TYPES
};

/* A transport address over UDP; texts with a NUL. */
struct sdp_candidate {
    char foundation[SDP_FOUNDATION_MAX + 1];
    uint8_t component; /* 1: RTP, 2: RTCP */
    uint32_t priority; /* 1 to 2^31 - 1 */
    enum sdp_candidate_type type;
    char ip[SDP_CANDIDATE_IP_MAX];
    bool ipv6;
    uint16_t port;
    /* raddr and rport of all but hosts; "" is written as 0.0.0.0 or :: and
     * port 9, which tells nobody anything. */
    char base_ip[SDP_CANDIDATE_IP_MAX];
    uint16_t base_port;
};

/*
 * What a session has of it: ours, and theirs as last agreed. Passwords keep
 * strangers from answering checks: wiped by sdp_ice_clear. Each copy of a
 * session needs a copy of its own.
 */
struct sdp_ice {
    /* Set by whoever gathers, before the first description. */
    bool lite; /* we are */
    struct sdp_candidate ours[SDP_CANDIDATES_OURS];
    unsigned nours;
    char ufrag[SDP_UFRAG_N], pwd[SDP_PWD_N];
    /* What was agreed. */
    bool on;         /* both do it; else media goes where c= and m= say */
    bool mismatch;   /* off, since the default was none of the candidates */
    bool renewed;    /* by the last agreement: checks begin, or begin anew */
    bool their_lite; /* they make no checks */
    bool ice2;       /* they follow RFC 8445, not 5245 */
    char their_ufrag[SDP_ICE_TEXT_MAX], their_pwd[SDP_ICE_TEXT_MAX];
    unsigned their_ufrag_n, their_pwd_n;
    struct sdp_candidate theirs[SDP_CANDIDATES_THEIRS];
    unsigned ntheirs;
    /* While an offer of ours waits that restarts it. */
    bool restarting;
    char next_ufrag[SDP_UFRAG_N], next_pwd[SDP_PWD_N];
};

/* Random ones. E_RANDOM. */
int sdp_ice_names(char ufrag[SDP_UFRAG_N], char pwd[SDP_PWD_N],
                  const struct env *env);
void sdp_ice_clear(struct sdp_ice *ice);
/* Our next offer restarts it (4.4.1.1.1). E_RANDOM. */
int sdp_ice_restart(struct sdp_ice *ice, const struct env *env);

/* What a peer's description says of it. */
struct sdp_ice_peer {
    const struct sdp *sdp;
    const struct sdp_media *m;
    bool answer;
    const char *ufrag, *pwd; /* fresh ones of ours, for a restart of theirs */
};
/* Fills *ice, which is a copy. Nothing of it makes a session be refused: at
 * worst it is off. */
void sdp_ice_judge(struct sdp_ice *ice, const struct sdp_ice_peer *peer);

/* Of the session, before the m= lines: a=ice-options, a=ice-lite. */
void sdp_ice_put_session(struct out *o, const struct sdp_ice *ice);
/* Of the medium: a=ice-ufrag, a=ice-pwd, a=candidate; or a=ice-mismatch. */
void sdp_ice_put_offer(struct out *o, const struct sdp_ice *ice);
void sdp_ice_put_answer(struct out *o, const struct sdp_ice *ice);

/* -------------------------------------------------- sdp/candidate.c */

/* The value of a=candidate. E_SYNTAX; E_UNSUPPORTED: to be left out: not UDP,
 * a name for an address, a type or component that is not known (5.1). */
int sdp_candidate_read(struct sdp_candidate *c, struct slice value);
/* a=candidate. Makes o fail with E_INVAL if c has not what it needs. */
void sdp_candidate_put(struct out *o, const struct sdp_candidate *c);

#endif
