/* SPDX-License-Identifier: Apache-2.0 */
/* WAV files of 16 bit PCM, as bytes: the header read and written. */
#ifndef MEDIA_WAV_H
#define MEDIA_WAV_H

#include "sip/base/out.h"

enum { MEDIA_WAV_HEADER = 44, MEDIA_WAV_CHANNELS_MAX = 2 };

struct media_wav {
    unsigned rate;     /* 8000…192000 */
    unsigned channels; /* 1 or 2 */
    struct slice data; /* whole frames, little-endian; borrowed */
};

/*
 * A file whose data chunk says more than is there (a recorder that died)
 * gives what is there. E_SYNTAX: no RIFF/WAVE, or chunks that lie;
 * E_UNSUPPORTED: not PCM of 16 bits, or a rate or channels out of range.
 */
int media_wav_parse(struct media_wav *wav, struct slice file);
/* Mono: the mean of the channels of frame i; 0 behind the end. */
int16_t media_wav_sample(const struct media_wav *wav, size_t i);
size_t media_wav_frames(const struct media_wav *wav);
/* The 44 bytes that stand before data_bytes of samples. E_INVAL, E_TOOBIG. */
int media_wav_header(struct out *out, unsigned rate, unsigned channels,
                     uint32_t data_bytes);

#endif
