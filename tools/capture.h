/* SPDX-License-Identifier: Apache-2.0 */
/* Capturing the loopback interface, to judge our own wire. */
#ifndef TOOLS_CAPTURE_H
#define TOOLS_CAPTURE_H

#include "tools/wire.h"

struct capture;

/*
 * Gets the right to capture, best in a network namespace of our own, where
 * only our loopback exists (alone is then true); who may not make one but may
 * capture does so where it is; who may neither enters an own user namespace
 * too. Call it before anything is bound and while there is one thread. False:
 * no right to be had, text says why.
 */
bool capture_allow(bool *alone, char *text, size_t cap);

/* Starts a thread that feeds the judges. NULL: no right, or no memory. */
struct capture *capture_start(struct wire *const *wire, size_t n);

/* Waits until what was sent so far has been seen; ends the thread. */
void capture_stop(struct capture *c);

#endif
