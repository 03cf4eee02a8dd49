/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS-SRTP in descriptions: certificates named, roles (RFC 5763, 8842). */
#ifndef SDP_DTLS_H
#define SDP_DTLS_H

#include "sdp/refusal.h"
#include "sdp/sdp.h"
#include "sip/base/env.h"
#include "sip/base/out.h"

/* Hashes that a certificate may be known by, the better ones later; SHA-1 and
 * what is below prove nothing (RFC 8122 5). */
enum sdp_hash {
    SDP_HASH_NONE,
    SDP_HASH_SHA256,
    SDP_HASH_SHA384,
    SDP_HASH_SHA512,
    SDP_HASH_COUNT
};

enum {
    SDP_PRINTS_MAX = 4,   /* certificates of one side */
    SDP_PRINT_N = 64,     /* bytes of the longest hash */
    SDP_TLS_ID_N = 32,    /* of ours: 128 bits in hexadecimal */
    SDP_TLS_ID_MAX = 255, /* RFC 8842 4 */
};

struct sdp_print {
    enum sdp_hash hash;
    uint8_t bytes[SDP_PRINT_N]; /* of that hash's length; the rest is 0 */
};

/*
 * What a session has of it: ours, and what was agreed. Plain memory without
 * secrets; each copy of a session needs a copy of its own.
 */
struct sdp_dtls {
    /* Set by whoever has the certificate, before the first description. */
    bool offers;   /* we offer it; else we only answer it */
    bool verified; /* the signalling is: without that a fingerprint is only
                      somebody's word (RFC 5763 4) */
    struct sdp_print ours[SDP_PRINTS_MAX];
    unsigned nours;
    char id[SDP_TLS_ID_N]; /* ours, of the association that is agreed */
    /* What was agreed. */
    enum sdp_setup
        role; /* ACTIVE: we begin; PASSIVE: they do; NONE: nothing */
    struct sdp_print theirs[SDP_PRINTS_MAX]; /* one must match; one hash */
    unsigned ntheirs;
    char their_id[SDP_TLS_ID_MAX];
    unsigned their_id_n; /* 0: they do not say */
    bool renewed;        /* by the last agreement: a new association (3.1) */
    /* While an offer of ours waits that asks for a new association. */
    bool renewing;
    char next_id[SDP_TLS_ID_N];
};

/* 0 for NONE. */
size_t sdp_hash_size(enum sdp_hash hash);

/* 128 random bits as a tls-id. E_RANDOM. */
int sdp_dtls_id(char id[SDP_TLS_ID_N], const struct env *env);

/* What a peer's description says of it. */
struct sdp_dtls_peer {
    const struct sdp *sdp;
    const struct sdp_media *m;
    bool answer;       /* to our offer; else an offer */
    bool moved;        /* its address is another one than before */
    const char *fresh; /* a tls-id of ours, for a new association */
};
/* Fills *d, which is a copy, or says why not. */
enum sdp_refusal sdp_dtls_judge(struct sdp_dtls *d,
                                const struct sdp_dtls_peer *peer);

/* a=setup, a=fingerprint, a=tls-id: of our offer; of our answer after it was
 * judged. */
void sdp_dtls_put_offer(struct out *o, const struct sdp_dtls *d);
void sdp_dtls_put_answer(struct out *o, const struct sdp_dtls *d);

/* "sha-256 AB:CD:…", as a=fingerprint has it. E_UNSUPPORTED: a hash that is
 * not known; E_POLICY: one that is too weak; E_SYNTAX. */
int sdp_print_read(struct sdp_print *print, struct slice value);

#endif
