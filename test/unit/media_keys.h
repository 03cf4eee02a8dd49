/* SPDX-License-Identifier: Apache-2.0 */
/* What the stream tests share: keys made from a number. */
#ifndef TEST_UNIT_MEDIA_KEYS_H
#define TEST_UNIT_MEDIA_KEYS_H

#include "media/stream.h"
#include "test/unit/media_kit.h"

static inline struct secret kit_key(uint8_t first)
{
    uint8_t bytes[44];
    struct secret s;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(first + i * 11);
    assert_int_equal(secret_set(&s, slice_of(bytes, sizeof(bytes))), 0);
    return s;
}

static inline int set_keys(struct media_stream *s, uint8_t tx, uint8_t rx,
                           int64_t now, unsigned *ev)
{
    struct secret a = kit_key(tx), b = kit_key(rx);

    return media_stream_keys(
        s,
        &(struct media_seal_keys){
            .suite = SDP_SUITE_AEAD_AES_256_GCM, .tx = &a, .rx = &b},
        now, ev);
}

#endif
