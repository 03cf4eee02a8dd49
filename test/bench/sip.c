/* SPDX-License-Identifier: Apache-2.0 */
/* How long a full parse of a message takes: bench-sip FILE|DIR... */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "sip/base/err.h"
#include "sip/msg.h"

enum { MESSAGES_MAX = 4096, BATCHES = 21, BATCH_NS = 10000000 };

struct bench {
    struct slice message[MESSAGES_MAX];
    size_t n;
    size_t bytes;
    struct env env;
    struct arena_pool pool;
    struct arena arena;
    size_t allocs; /* asked of the system */
};

static void *counted_alloc(void *user, size_t n)
{
    ++*(size_t *)user;
    return malloc(n);
}

static void counted_free(void *user, void *p)
{
    (void)user;
    free(p);
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int load_file(struct bench *b, const char *path)
{
    static char buf[SIP_MSG_MAX + 1];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(buf, 1, sizeof(buf), f) : 0;
    char *copy = n ? malloc(n) : NULL;

    if (f)
        fclose(f);
    if (!copy || b->n == MESSAGES_MAX) {
        fprintf(stderr, "bench-sip: %s: cannot be taken\n", path);
        free(copy);
        return -1;
    }
    memcpy(copy, buf, n);
    b->message[b->n++] = slice_of(copy, n);
    b->bytes += n;
    return 0;
}

static int load(struct bench *b, const char *path)
{
    struct stat st;
    struct dirent *e;
    DIR *d;
    int err = 0;

    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        return load_file(b, path);
    d = opendir(path);
    while (!err && d && (e = readdir(d))) {
        char name[4096];
        int n = snprintf(name, sizeof(name), "%s/%s", path, e->d_name);

        if (e->d_name[0] != '.' && n > 0 && (size_t)n < sizeof(name))
            err = load_file(b, name);
    }
    if (d)
        closedir(d);
    return d ? err : -1;
}

/* Parses each message once; 0 if all are valid. */
static int round_once(struct bench *b)
{
    struct sip_msg msg;
    struct sip_parse_err err;

    for (size_t i = 0; i < b->n; i++) {
        int ret = sip_msg_parse(&msg, &b->arena, b->message[i], &err);

        arena_reset(&b->arena);
        if (ret) {
            fprintf(stderr, "bench-sip: message %zu: %s at %zu\n", i,
                    sip_fault_symbol(err.code), err.offset);
            return -1;
        }
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Median of the batches in ns a message. */
static double measure(struct bench *b)
{
    double batch[BATCHES];

    for (int i = 0; i < BATCHES; i++) {
        int64_t from = now_ns();
        int64_t took;
        size_t rounds = 0;

        do {
            round_once(b);
            rounds++;
            took = now_ns() - from;
        } while (took < BATCH_NS);
        batch[i] = (double)took / (double)(rounds * b->n);
    }
    qsort(batch, BATCHES, sizeof(batch[0]), by_value);
    return batch[BATCHES / 2];
}

int main(int argc, char **argv)
{
    static struct bench b;
    size_t warm;
    double ns;

    b.env = (struct env){
        .alloc = counted_alloc, .free = counted_free, .user = &b.allocs};
    arena_pool_init(&b.pool, &b.env);
    arena_init(&b.arena, &b.pool);
    for (int i = 1; i < argc; i++)
        if (load(&b, argv[i]))
            return 1;
    if (!b.n) {
        fprintf(stderr, "usage: bench-sip FILE|DIR...\n");
        return 2;
    }
    if (round_once(&b))
        return 1;
    warm = b.allocs;
    ns = measure(&b);
    printf("sip parse: %zu messages, mean %zu bytes: %.0f ns/message, "
           "%.0f MB/s, %zu allocations after the first round\n",
           b.n, b.bytes / b.n, ns, (double)b.bytes / (double)b.n / ns * 1e3,
           b.allocs - warm);
    for (size_t i = 0; i < b.n; i++)
        free((void *)(uintptr_t)b.message[i].p);
    arena_pool_free(&b.pool);
    return 0;
}
