/* SPDX-License-Identifier: Apache-2.0 */
/* A peer of the benchmark: one function that parses, reads and lets go. */
#ifndef TEST_BENCH_PEER_PEER_H
#define TEST_BENCH_PEER_PEER_H

#include <stddef.h>
#include <string.h>

extern const char *const peer_name;
void peer_start(void);

/* A sum over what was read; 0 if it is no message for the peer. */
size_t peer_parse(const char *p, size_t n);

#endif
