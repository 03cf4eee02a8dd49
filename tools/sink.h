/* SPDX-License-Identifier: Apache-2.0 */
/* Where what is heard goes: a WAV file, memory, stdout, or nowhere. */
#ifndef TOOLS_SINK_H
#define TOOLS_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink;

/*
 * name: "f.wav" (written at the rate of the first sound that comes),
 * "pipe:RATE" (raw signed 16 bit little-endian mono on stdout), "memory",
 * "null" or NULL. The file is made here. -1: why says what is wrong.
 */
int sink_new(struct sink **s, const char *name, char *why, size_t cap);
/* When nobody gives any more. NULL is fine. */
void sink_free(struct sink *s);

/* Takes n samples. The media thread. */
void sink_take(struct sink *s, const int16_t *pcm, size_t n, unsigned rate);

/*
 * Writes what has come, the file's header too, so that it is a whole WAV at
 * any time. The main thread, often. -1, then and ever
 * after: why says what went wrong; nothing is left out in silence.
 */
int sink_tick(struct sink *s, char *why, size_t cap);

/* The last tick, when no more will come; a pipe's reader gets a second for
 * each frame that waits. */
int sink_finish(struct sink *s, char *why, size_t cap);

/* "memory": what has been heard, valid until the next tick. */
const int16_t *sink_samples(const struct sink *s, size_t *n, unsigned *rate);

/* Is this the name of a sink that writes to stdout, to a file? */
bool sink_is_stdout(const char *name);
bool sink_is_file(const char *name);

#endif
