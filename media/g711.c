/* SPDX-License-Identifier: Apache-2.0 */
/* G.711 by arithmetic: sign, three bits of chord, four bits of step. */
#include "media/g711.h"

enum {
    ALAW_TOGGLE = 0x55, /* even bits are inverted on the line */
    ULAW_BIAS = 33,     /* of 14 bits: makes each chord a power of two */
    ULAW_MAX = 8191
};

/* Magnitudes are one's complements, so that no value overflows. */
static unsigned magnitude(int16_t pcm, unsigned shift)
{
    int v = pcm < 0 ? ~(int)pcm : pcm;

    return (unsigned)v >> shift;
}

uint8_t media_g711_alaw(int16_t pcm)
{
    unsigned m = magnitude(pcm, 4); /* 0…2047 */
    unsigned chord = 0;

    while (m > 31) { /* the lowest two chords share a step size */
        m >>= 1;
        chord++;
    }
    unsigned code = m > 15 ? ((chord + 1) << 4 | (m & 15)) : m;

    return (uint8_t)((code | (pcm < 0 ? 0u : 0x80u)) ^ ALAW_TOGGLE);
}

int16_t media_g711_alaw_pcm(uint8_t octet)
{
    unsigned code = octet ^ ALAW_TOGGLE;
    unsigned chord = code >> 4 & 7;
    unsigned m = (code & 15) << 1 | 1; /* the middle of the interval */

    if (chord)
        m = (m + 32) << (chord - 1);
    int v = (int)(m << 3);

    return (int16_t)(code & 0x80 ? v : -v);
}

uint8_t media_g711_ulaw(int16_t pcm)
{
    unsigned m = magnitude(pcm, 2) + ULAW_BIAS;
    unsigned chord = 0;

    if (m > ULAW_MAX)
        m = ULAW_MAX;
    while (m >> (chord + 6))
        chord++;
    unsigned code = chord << 4 | (m >> (chord + 1) & 15);

    return (uint8_t) ~(code | (pcm < 0 ? 0x80u : 0u));
}

int16_t media_g711_ulaw_pcm(uint8_t octet)
{
    unsigned code = ~(unsigned)octet;
    unsigned chord = code >> 4 & 7;
    unsigned m = ((code & 15) << 1 | 33) << chord;
    int v = (int)(m - ULAW_BIAS) << 2;

    return (int16_t)(code & 0x80 ? -v : v);
}
