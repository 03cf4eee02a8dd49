/* SPDX-License-Identifier: Apache-2.0 */
/* Quality: RFC 3550's figures and the E-model of ITU-T G.107. */
#include "media/quality.h"

#include "media/rtp.h"

void media_recv_packet(struct media_recv *r, uint16_t seq, uint32_t ts,
                       uint32_t arrival)
{
    uint32_t transit = arrival - ts;

    if (!r->any) {
        *r = (struct media_recv){
            .any = true, .max_seq = seq, .base_seq = seq, .transit = transit};
    } else {
        if (media_seq_diff(seq, r->max_seq) > 0) {
            r->cycles += seq < r->max_seq ? 0x10000u : 0u;
            r->max_seq = seq;
        }
        int32_t d = (int32_t)(transit - r->transit);
        uint32_t mag = d < 0 ? 0u - (uint32_t)d : (uint32_t)d;

        r->transit = transit;
        if (mag < 0x1000000) /* a step of the clock is no jitter */
            r->jitter16 += mag - ((r->jitter16 + 8) >> 4);
    }
    r->received++;
}

uint32_t media_recv_expected(const struct media_recv *r)
{
    return r->any ? r->cycles + r->max_seq - r->base_seq + 1 : 0;
}

void media_recv_report(struct media_recv *r, struct media_rtcp_block *b)
{
    uint32_t expected = media_recv_expected(r);
    uint64_t exp_i = expected - r->expected_prior;
    uint64_t rec_i = r->received - r->received_prior;
    int64_t lost = (int64_t)expected - (int64_t)r->received;
    int64_t edge = 0x7fffff;

    r->expected_prior = expected;
    r->received_prior = r->received;
    b->fraction = 0;
    if (exp_i > rec_i)
        b->fraction =
            (uint8_t)((exp_i - rec_i) * 256 / (exp_i + (rec_i == 0)));
    b->lost = (int32_t)(lost > edge ? edge : lost < -edge ? -edge : lost);
    b->seq_high = r->cycles + r->max_seq;
    b->jitter = media_recv_jitter(r);
}

unsigned media_recv_loss_permille(const struct media_recv *r)
{
    uint32_t expected = media_recv_expected(r);

    if (expected == 0 || r->received >= expected)
        return 0;
    return (unsigned)((expected - r->received) * 1000 / expected);
}

uint32_t media_recv_jitter(const struct media_recv *r)
{
    return r->jitter16 >> 4;
}

uint32_t media_quality_rtt_ms(const struct media_rtcp_block *b,
                              uint32_t now_mid)
{
    if (b->lsr == 0)
        return 0;
    uint32_t rtt = now_mid - b->lsr - b->dlsr;

    /* RFC 3550 6.4.1: clocks that disagree would give a huge value. */
    return rtt & 0x80000000 ? 0 : (uint32_t)((uint64_t)rtt * 1000 >> 16);
}

unsigned media_quality_mos(const struct media_impairment *codec,
                           unsigned loss_permille, unsigned delay_ms)
{
    double ppl = loss_permille / 10.0, d = delay_ms;
    double id = 0.024 * d + (d > 177.3 ? 0.11 * (d - 177.3) : 0.0);
    double ie = codec->ie;

    ie += (95.0 - ie) * ppl / (ppl + codec->bpl); /* BurstR is 1 */
    double r = 93.2 - id - ie;

    if (r <= 6.5) /* below that the cubic rises again */
        return 100;
    double mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;

    return mos < 1.0 ? 100 : (unsigned)(mos * 100 + 0.5);
}
