/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: an RTP packet, through the jitter buffer and DTMF. */
#include <stdlib.h>
#include <string.h>

#include "media/dtmf.h"
#include "media/jitter.h"
#include "media/wav.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *grab(void *user, size_t n)
{
    (void)user;
    return calloc(1, n);
}

static void drop(void *user, void *p)
{
    (void)user;
    free(p);
}

/* What was read and is written again is read the same. */
static void fixed_point(const struct media_rtp *r)
{
    static char buf[1 << 17];
    struct out o = out_of(buf, sizeof(buf));
    struct media_rtp again;

    if (media_rtp_write(&o, r))
        return;
    if (media_rtp_parse(&again, out_slice(&o)) || again.seq != r->seq ||
        again.ts != r->ts || again.pt != r->pt || again.ssrc != r->ssrc ||
        !slice_eq(again.payload, r->payload) || !slice_eq(again.ext, r->ext))
        abort();
}

/* The input as many small packets: length, then so many bytes. */
static void stream(struct media_jitter *j, const uint8_t *data, size_t size)
{
    struct media_dtmf_in in = {.clock = 8000};
    struct media_dtmf d;
    struct media_jitter_frame f;
    struct media_rtp r;
    int64_t now = 0;

    while (size > 1) {
        size_t n = data[0] < size - 1 ? data[0] : size - 1;

        if (!media_rtp_parse(&r, slice_of(data + 1, n))) {
            fixed_point(&r);
            (void)media_jitter_put(j, &r, now);
            (void)media_dtmf_take(&in, r.payload, r.ts, now, &d);
        }
        if (media_jitter_get(j, &f, now) != MEDIA_GET_WAIT &&
            f.payload.n > MEDIA_JITTER_PAYLOAD)
            abort();
        if (media_jitter_target_us(j) > MEDIA_JITTER_TARGET_MAX_US ||
            media_jitter_depth_us(j) > MEDIA_JITTER_SLOTS * 20000u)
            abort();
        now += 20000;
        data += n + 1;
        size -= n + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct env env = {.alloc = grab, .free = drop};
    struct media_jitter *j = NULL;
    struct media_rtp r;
    struct media_wav w;

    if (!media_rtp_parse(&r, slice_of(data, size)))
        fixed_point(&r);
    if (!media_wav_parse(&w, slice_of(data, size)))
        (void)media_wav_sample(&w, media_wav_frames(&w) - 1);
    if (media_jitter_new(&j, &env, 8000, 20000))
        return 0;
    stream(j, data, size);
    media_jitter_free(j);
    return 0;
}
