/* SPDX-License-Identifier: Apache-2.0 */
/* The seal: SRTP and SRTCP both ways; the only place that has it. */
#ifndef MEDIA_SEAL_H
#define MEDIA_SEAL_H

#include "sdp/suite.h"
#include "sip/base/env.h"
#include "sip/base/secret.h"
#include "tls/sealed.h"

enum {
    MEDIA_SEAL_PLAIN_MAX = 1400, /* RTP or RTCP before sealing */
    MEDIA_SEAL_WINDOW = 128,     /* replay window; RFC 3711 3.3.2 asks 64 */
    /* SSRCs that a peer may use under one key: an Asterisk takes a new one
     * each time that it puts another source through. */
    MEDIA_SEAL_SOURCES_MAX = 64,
    MEDIA_SEAL_MKI_MAX = 4
};

struct media_seal_stats {
    uint64_t sealed, opened;
    uint64_t forged;   /* did not authenticate */
    uint64_t replayed; /* came before, or is older than the window */
    uint64_t refused;  /* malformed, too big, or one source too many */
};

/* One for each pair of keys. One thread at a time. */
struct media_seal;

struct media_seal_keys {
    enum sdp_suite suite;
    const struct secret *tx; /* master key, then master salt: ours */
    const struct secret *rx; /* the peer's; never the same (RFC 3711 9.1) */
    /* In each packet of the peer's, beside the tag: bytes, MKI_MAX at most. */
    uint8_t rx_mki_n;
    uint32_t rx_mki;
};

/* libsrtp2's self-tests take 90 ms, once a process: now, and not when the
 * first call's keys are there. Any thread. */
void media_seal_warm(void);

/*
 * The keys are copied; wiping them is the caller's. Starts
 * libsrtp2 when it is the first of the process (thread-safe). E_POLICY: no
 * such suite, or both keys are the same; E_INVAL: a length that is not the
 * suite's, or an MKI too long; E_NOMEM, E_CRYPTO.
 */
int media_seal_new(struct media_seal **s, const struct env *env,
                   const struct media_seal_keys *keys);
/*
 * Other keys. A direction whose suite and key are as before goes on where it
 * is: its replay window and its roll-over counter, without which packets
 * after the first 65536 would not authenticate (RFC 3711 3.3.1), stay. Says
 * in *tx_new if ours does not: the caller then sends from another SSRC, since
 * the key may have been used before. Errors as above; all is then as before.
 */
int media_seal_rekey(struct media_seal *s, const struct media_seal_keys *keys,
                     bool *tx_new);
/* Wipes. NULL is fine. */
void media_seal_free(struct media_seal *s);

/* *out is valid until the next call. E_TOOBIG, E_INVAL, E_CRYPTO (also when
 * a packet index would be used again or the key is worn out). */
int media_seal_rtp(struct media_seal *s, struct slice plain,
                   const struct sealed **out);
int media_seal_rtcp(struct media_seal *s, struct slice plain,
                    const struct sealed **out);

/*
 * *plain is valid until the next call. E_CRYPTO: not authentic or a replay;
 * E_TOOBIG, E_SYNTAX, E_FULL (sources). Whatever fails is counted and
 * changes nothing else.
 */
int media_seal_open_rtp(struct media_seal *s, struct slice in,
                        struct slice *plain);
int media_seal_open_rtcp(struct media_seal *s, struct slice in,
                         struct slice *plain);

const struct media_seal_stats *media_seal_stats(const struct media_seal *s);

#endif
