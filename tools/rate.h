/* SPDX-License-Identifier: Apache-2.0 */
/* From one sample rate to another, for files and pipes (not in real time). */
#ifndef TOOLS_RATE_H
#define TOOLS_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "48000" in digits; false: no number, or no rate that can be had. */
bool rate_read(unsigned *rate, const char *text);

/* One stream of PCM16 mono; not shared between threads. */
struct rate;

/* 8000 to 192000 samples a second each. -1: other rates, or no memory. */
int rate_new(struct rate **r, unsigned from, unsigned to);
void rate_free(struct rate *r); /* NULL is fine */

/* What fits out at most when n samples are given. */
size_t rate_bound(const struct rate *r, size_t n);

/* Gives how many samples came out; some stay inside until more comes. out
 * has room for rate_bound(r, n). */
size_t rate_run(struct rate *r, const int16_t *in, size_t n, int16_t *out);

/* The whole of a recording, aligned with in. *out is from malloc; -1 as
 * rate_new. */
int rate_all(int16_t **out, size_t *nout, const int16_t *in, size_t n,
             const unsigned from_to[2]);

#endif
