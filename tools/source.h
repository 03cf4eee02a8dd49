/* SPDX-License-Identifier: Apache-2.0 */
/* What is said in a call: a WAV file, samples, a tone, stdin, or nothing. */
#ifndef TOOLS_SOURCE_H
#define TOOLS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

enum { SOURCE_FILE_MAX = 64 << 20 }; /* bytes of a file */

/*
 * name: "f.wav" (16 bit, mono or stereo), "tone", "tone:HZ", "pipe:RATE" (raw
 * signed 16 bit little-endian mono on stdin), "null" or NULL. Files are
 * loaded here. -1: why says what is wrong.
 */
int source_new(struct source **s, const char *name, bool loop, char *why,
               size_t cap);
/* Samples that are said once; copied. -1: no memory. */
int source_of(struct source **s, const int16_t *pcm, size_t n, unsigned rate);
/* When nobody fills any more. NULL is fine. */
void source_free(struct source *s);

/* The next n samples; silence behind the end. The media thread. */
void source_fill(struct source *s, int16_t *pcm, size_t n, unsigned rate);

/* Reads on from a pipe, without waiting. The main thread, often (20 ms).
 * -1: why says what went wrong. */
int source_tick(struct source *s, char *why, size_t cap);

#endif
