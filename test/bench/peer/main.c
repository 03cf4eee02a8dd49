/* SPDX-License-Identifier: Apache-2.0 */
/* bench-PEER [--instructions] DIR: how long a peer takes, as one JSON line. */
#include "test/bench/bench.h"
#include "test/bench/peer/peer.h"

static void round_once(void *user)
{
    const struct bench_corpus *b = user;

    for (size_t i = 0; i < b->n; i++)
        if (!peer_parse(b->msg[i].p, b->msg[i].n)) {
            fprintf(stderr, "%s: message %zu was not read\n", peer_name, i);
            exit(1);
        }
}

int main(int argc, char **argv)
{
    static struct bench_corpus b;
    unsigned long rounds = 0;
    int count = 0;
    int i = 1;
    double ns;

    for (; i + 1 < argc; i++)
        if (strcmp(argv[i], "--instructions") == 0)
            count = 1;
        else if (strcmp(argv[i], "--rounds") == 0)
            rounds = strtoul(argv[++i], NULL, 10);
    if (i != argc - 1 || bench_load(&b, argv[i])) {
        fprintf(stderr, "usage: bench-PEER [--instructions] DIR\n");
        return 2;
    }
    peer_start();
    for (unsigned long k = 0; k < rounds; k++)
        round_once(&b);
    if (rounds)
        return 0;
    ns = bench_ns(round_once, &b, b.n);
    printf("{\"peer\":\"%s\",\"messages\":%zu,\"ns_full\":%.0f", peer_name,
           b.n, ns);
    if (count)
        printf(",\"instructions\":%.0f",
               bench_instructions(argv[0], argv[i], b.n));
    printf("}\n");
    bench_free(&b);
    return 0;
}
