/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the client's JSON lines and finds events in them. */
#ifndef TEST_E2E_HARNESS_LINES_H
#define TEST_E2E_HARNESS_LINES_H

#include <jansson.h>

#include "test/e2e/harness/stage.h"

/*
 * All complete lines of p's output as an array; an invalid line, a wrong
 * envelope or a seq that does not count from 1 fails the test. Decref it.
 */
json_t *lines_read(const struct proc *p);

/* Text of a member by path ("cause.code"), "" if there is none. */
const char *lines_text(const json_t *event, const char *path);
json_int_t lines_num(const json_t *event, const char *path);

/* How many events have this type and state ("" or NULL: any state). */
size_t lines_count(const json_t *lines, const char *type, const char *state);

/* The last of them; NULL if there is none. Borrowed. */
const json_t *lines_last(const json_t *lines, const char *type,
                         const char *state);

/*
 * Waits until p has written n such events, then gives all lines. Fails when
 * p ends first or after STAGE_WAIT_MS times two.
 */
json_t *lines_await(struct proc *p, const char *type, const char *state,
                    size_t n);

#endif
