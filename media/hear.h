/* SPDX-License-Identifier: Apache-2.0 */
/* The way in: authentic RTP to PCM, digits, and figures on what came. */
#ifndef MEDIA_HEAR_H
#define MEDIA_HEAR_H

#include "media/dtmf.h"
#include "media/formats.h"
#include "media/rtp.h"

struct media_stream_stats;

/* Pure; virtual time in microseconds; one thread. */
struct media_hear;

/* formats is borrowed, and open until media_hear_free. E_NOMEM. */
int media_hear_new(struct media_hear **h, const struct env *env,
                   const struct media_formats *formats);
/* Wipes. NULL is fine. */
void media_hear_free(struct media_hear *h);

/* After *formats changed. flush: some of what waits can no longer be decoded
 * or is not to be heard; all of it goes. */
void media_hear_agreed(struct media_hear *h, bool flush);

/*
 * A packet that authenticated; gives enum media_stream_event bits. Of a
 * payload type that is not agreed (or no more: it was on its way while a new
 * answer was) nothing is decoded; it counts as strange, and takes up its
 * place, so that it is no loss.
 */
unsigned media_hear_rtp(struct media_hear *h, const struct media_rtp *rtp,
                        int64_t now_us);
bool media_hear_digit(struct media_hear *h, int64_t now_us,
                      struct media_dtmf *d);

/* 20 ms; how many samples that are and their rate, of the codec that came
 * last (before any: of what is sent). Always filled. */
size_t media_hear_play(struct media_hear *h, int16_t *pcm, unsigned *rate,
                       int64_t now_us);

/* Does ssrc send what is heard? */
bool media_hear_from(const struct media_hear *h, uint32_t ssrc);
/* All but lsr and dlsr; false: nothing came yet. Starts the next interval. */
bool media_hear_report(struct media_hear *h, struct media_rtcp_block *b);
/* Its part of them. */
void media_hear_stats(const struct media_hear *h,
                      struct media_stream_stats *stats);

#endif
