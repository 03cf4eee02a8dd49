/* SPDX-License-Identifier: Apache-2.0 */
/* Is this what was played? Normalised cross-correlation, by segments. */
#ifndef TOOLS_CORRELATE_H
#define TOOLS_CORRELATE_H

#include <stddef.h>
#include <stdint.h>

/* A recording; borrowed. */
struct correlate_pcm {
    const int16_t *pcm;
    size_t n;
    unsigned rate;
};

struct correlate {
    double mean;  /* -1…1: of the segments in which something was said */
    int delay_ms; /* heard after played; negative: its start is missing */
    unsigned segments; /* how many there were */
};

/*
 * Both are brought to 8000 samples a second. The delay (-0.5 to 2 s) is
 * searched over all, then by ±60 ms anew for each segment of 0.2 s, so that
 * a clock that drifts or a gap that was filled costs what it is worth and no
 * more. -1: no memory, or a rate that rate_new refuses. Nothing to compare:
 * mean 0.
 */
int correlate(struct correlate *c, const struct correlate_pcm *played,
              const struct correlate_pcm *heard);

#endif
