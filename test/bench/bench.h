/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmarks share: messages of a directory, medians, callgrind. */
#ifndef TEST_BENCH_BENCH_H
#define TEST_BENCH_BENCH_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BENCH_MAX = 4096,         /* messages */
    BENCH_BYTES = 65536,      /* of one */
    BENCH_INNER = 8,          /* rounds between two looks at the clock */
    BENCH_BATCHES = 15,       /* of which the median is told */
    BENCH_BATCH_NS = 10000000 /* one takes at least so long */
};

struct bench_msg {
    char *p; /* a block of exactly n bytes */
    size_t n;
    char *name; /* of the file */
};

struct bench_corpus {
    struct bench_msg msg[BENCH_MAX];
    size_t n;
    size_t bytes;
};

static inline int bench_load_file(struct bench_corpus *b, const char *path)
{
    static char buf[BENCH_BYTES];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(buf, 1, sizeof(buf), f) : 0;
    char *copy = n ? malloc(n) : NULL;

    if (f)
        fclose(f);
    if (!copy || b->n == BENCH_MAX) {
        fprintf(stderr, "bench: %s: cannot be taken\n", path);
        free(copy);
        return -1;
    }
    memcpy(copy, buf, n);
    b->msg[b->n++] = (struct bench_msg){copy, n, strdup(path)};
    b->bytes += n;
    return 0;
}

static inline int bench_is_sip(const struct dirent *e)
{
    size_t n = strlen(e->d_name);

    return n > 4 && strcmp(e->d_name + n - 4, ".sip") == 0;
}

/* Every *.sip of the directory in the order of their names. */
static inline int bench_load(struct bench_corpus *b, const char *dir)
{
    struct dirent **e;
    int n = scandir(dir, &e, bench_is_sip, alphasort);
    int err = n > 0 ? 0 : -1;

    for (int i = 0; i < n; i++) {
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", dir, e[i]->d_name);
        if (!err)
            err = bench_load_file(b, path);
        free(e[i]);
    }
    if (n >= 0)
        free(e);
    if (n <= 0)
        fprintf(stderr, "bench: %s: no *.sip there\n", dir);
    return err;
}

static inline void bench_free(struct bench_corpus *b)
{
    while (b->n) {
        free(b->msg[--b->n].p);
        free(b->msg[b->n].name);
    }
}

/* CPU time: others may want the core, too. */
static inline int64_t bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int bench_by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Does its work once, on items things. */
typedef void bench_fn(void *user);

/* Median of the batches in ns a thing. */
static inline double bench_ns(bench_fn *fn, void *user, size_t items)
{
    double batch[BENCH_BATCHES];

    for (int i = 0; i < BENCH_BATCHES; i++) {
        int64_t from = bench_now();
        int64_t took;
        size_t rounds = 0;

        do {
            for (int k = 0; k < BENCH_INNER; k++)
                fn(user);
            rounds += BENCH_INNER;
            took = bench_now() - from;
        } while (took < BENCH_BATCH_NS);
        batch[i] = (double)took / (double)(rounds * items);
    }
    qsort(batch, BENCH_BATCHES, sizeof(batch[0]), bench_by_value);
    return batch[BENCH_BATCHES / 2];
}

/* The instructions of a run of ours with that many rounds, or -1. */
static inline double bench_count(const char *self, const char *dir,
                                 unsigned rounds)
{
    char line[8192];
    double n = -1;
    FILE *f;

    snprintf(line, sizeof(line),
             "valgrind --tool=callgrind --callgrind-out-file=/dev/null "
             "'%s' --rounds %u '%s' 2>&1",
             self, rounds, dir);
    f = popen(line, "r");
    while (f && fgets(line, sizeof(line), f)) {
        const char *at = strstr(line, "Collected :");

        if (at)
            n = strtod(at + strlen("Collected :"), NULL);
    }
    if (f)
        pclose(f);
    return n;
}

/* Instructions of one message: what two rounds more cost. -1: no callgrind. */
static inline double bench_instructions(const char *self, const char *dir,
                                        size_t messages)
{
    double one = bench_count(self, dir, 1);
    double three = one < 0 ? -1 : bench_count(self, dir, 3);

    return three < 0 ? -1 : (three - one) / 2 / (double)messages;
}

#endif
