/* SPDX-License-Identifier: Apache-2.0 */
/* Quality of what is received: loss, jitter, round trip, MOS. */
#ifndef MEDIA_QUALITY_H
#define MEDIA_QUALITY_H

#include "media/rtcp.h"

/* RFC 3550 A.1, A.3, A.8 for one source. Zeroed is right at the start. */
struct media_recv {
    bool any;
    uint16_t max_seq;
    uint32_t cycles, base_seq;
    uint64_t received;
    uint32_t expected_prior;
    uint64_t received_prior;
    uint32_t transit;
    uint32_t jitter16; /* times 16 */
};

/* arrival in RTP units of the same clock; only the difference counts. */
void media_recv_packet(struct media_recv *r, uint16_t seq, uint32_t ts,
                       uint32_t arrival);
/* Fills all but ssrc, lsr and dlsr; starts the next interval. */
void media_recv_report(struct media_recv *r, struct media_rtcp_block *b);
uint32_t media_recv_expected(const struct media_recv *r);
/* Never negative; of 1000. */
unsigned media_recv_loss_permille(const struct media_recv *r);
uint32_t media_recv_jitter(const struct media_recv *r);

/* Milliseconds; 0 when the block answers no report of ours. now_mid: middle
 * 32 bits of NTP time now (RFC 3550 6.4.1). */
uint32_t media_quality_rtt_ms(const struct media_rtcp_block *b,
                              uint32_t now_mid);

/* ITU-T G.107: equipment impairment and robustness against loss. */
struct media_impairment {
    unsigned ie;
    unsigned bpl;
};

/* MOS times 100 (100…450) by the E-model's defaults. delay_ms is one way,
 * mouth to ear, jitter buffer too; loss after concealment had its chance. */
unsigned media_quality_mos(const struct media_impairment *codec,
                           unsigned loss_permille, unsigned delay_ms);

#endif
