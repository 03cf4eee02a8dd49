/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks by NEON, which each AArch64 has: nibbles looked up for each class. */
#ifndef SIP_MAP_NEON_H
#define SIP_MAP_NEON_H

#if defined(__aarch64__) && defined(__GNUC__)
#include <arm_neon.h>

#include "sip/map_block.h"

#define NEON_TABLE(test) \
    vreinterpretq_u8_s8(vld1q_s8((const int8_t[16]){ROW16(test)}))

/* The bit of each byte of all ones; the others are zero. */
static inline uint64_t neon_mask(const uint8x16_t *x)
{
    static const uint8_t bit[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                    1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bits = vld1q_u8(bit);
    uint8x16_t a = vpaddq_u8(vandq_u8(x[0], bits), vandq_u8(x[1], bits));
    uint8x16_t b = vpaddq_u8(vandq_u8(x[2], bits), vandq_u8(x[3], bits));

    a = vpaddq_u8(a, b);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(a, a)), 0);
}

/* The bit of each byte's high nibble; 0 of bytes above 0x7f. */
static inline uint8x16_t neon_high(uint8x16_t x)
{
    static const uint8_t bit[16] = {1, 2, 4, 8, 16, 32, 64, 128};

    return vqtbl1q_u8(vld1q_u8(bit), vshrq_n_u8(x, 4));
}

/* What is not in the class of that table. */
static inline uint8x16_t neon_outside(uint8x16_t table, uint8x16_t x,
                                      uint8x16_t high)
{
    uint8x16_t low = vandq_u8(x, vdupq_n_u8(15));

    return vceqzq_u8(vandq_u8(vqtbl1q_u8(table, low), high));
}

static inline void block_neon(struct block *b, const char *p)
{
    const uint8x16_t plain = NEON_TABLE(IS_PLAIN);
    const uint8x16_t alnum = NEON_TABLE(IS_ALNUM);
    uint8x16_t out[SIP_MAP_COUNT][4];
    uint8x16_t unusual[4];

    for (int i = 0; i < 4; i++) {
        uint8x16_t x = vld1q_u8((const uint8_t *)p + 16 * i);
        uint8x16_t high = neon_high(x);

        out[SIP_MAP_PLAIN][i] = neon_outside(plain, x, high);
        out[SIP_MAP_ALNUM][i] = neon_outside(alnum, x, high);
        unusual[i] =
            vcgtq_u8(vsubq_u8(x, vdupq_n_u8(0x20)), vdupq_n_u8(0x7e - 0x20));
    }
    for (int c = 0; c < SIP_MAP_COUNT; c++)
        b->out[c] = neon_mask(out[c]);
    b->unusual = neon_mask(unusual);
}

#endif
#endif
