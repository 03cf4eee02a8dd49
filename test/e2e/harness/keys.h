/* SPDX-License-Identifier: Apache-2.0 */
/* The SRTP keys that peers logged, and packets that open under them. */
#ifndef TEST_E2E_HARNESS_KEYS_H
#define TEST_E2E_HARNESS_KEYS_H

#include <stdint.h>

#include "test/e2e/harness/stage.h"

enum { KEYS_MAX = 256, KEYS_STREAMS_MAX = 64 };

/* All keys of a test: siplock tells them to nobody, its peers' logs do. */
struct keys;

struct keys *keys_new(void);
void keys_free(struct keys *k);

/* Adds each "a=crypto:… SUITE inline:KEY" of a file; those of suites without
 * encryption or authentication are left out. How many were new. */
size_t keys_read(struct keys *k, const char *path);

/* One packet on the wire, in the order in which they came. */
struct keys_packet {
    int from, to; /* UDP ports */
    const uint8_t *p;
    size_t n;
};

/*
 * NULL if the packet authenticates as SRTP or SRTCP (RFC 5761 4 tells them
 * apart) under a key of its sender's own and does not read the same without;
 * else what is wrong. *rtcp says which it is.
 */
const char *keys_open(struct keys *k, const struct keys_packet *packet,
                      bool *rtcp);

#endif
