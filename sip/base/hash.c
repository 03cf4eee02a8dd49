/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 from its definition. */
#include "sip/base/hash.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static uint64_t load_le(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static void rounds(struct state *s, int n)
{
    while (n--) {
        s->v0 += s->v1;
        s->v1 = rotl(s->v1, 13) ^ s->v0;
        s->v0 = rotl(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotl(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotl(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotl(s->v1, 17) ^ s->v2;
        s->v2 = rotl(s->v2, 32);
    }
}

static void absorb(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    rounds(s, 2);
    s->v0 ^= word;
}

uint64_t hash_keyed(const uint8_t key[HASH_KEY], struct slice s)
{
    const uint8_t *p = (const uint8_t *)s.p;
    uint64_t k0 = load_le(key, 8), k1 = load_le(key + 8, 8);
    struct state st = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                       k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
    size_t left = s.n;

    for (; left >= 8; left -= 8, p += 8)
        absorb(&st, load_le(p, 8));
    absorb(&st, (uint64_t)(s.n & 255) << 56 | (left ? load_le(p, left) : 0));
    st.v2 ^= 255;
    rounds(&st, 4);
    return st.v0 ^ st.v1 ^ st.v2 ^ st.v3;
}
