/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer's mutator for SIP text: half of the time it stays valid. */
#include "fuzz/mutate.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
                               unsigned seed)
{
    size_t n = 0;

    if (seed & 1)
        n = mutate_sip((char *)data, size, max, seed >> 1);
    return n ? n : LLVMFuzzerMutate(data, size, max);
}
