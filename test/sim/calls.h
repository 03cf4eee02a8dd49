/* SPDX-License-Identifier: Apache-2.0 */
/* Calls in the simulated world, by users who do what they like. */
#ifndef TEST_SIM_CALLS_H
#define TEST_SIM_CALLS_H

#include <stdint.h>

extern uint64_t sim_first_seed;

/* Tests of test/sim. */
void sim_calls_all_end(void **state);
void sim_calls_without_memory(void **state);

#endif
