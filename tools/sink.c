/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks: a lock-free ring of frames, emptied and written by the main loop. */
#include "tools/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/wav.h"
#include "tools/rate.h"

enum {
    FRAME_MAX = 960, /* samples: 20 ms at 48 kHz */
    FRAMES = 256,    /* that may wait for the disk: 5 s */
    FIRST_RATE = 8000
};

enum kind { NOWHERE, WAV_FILE, MEMORY, PIPE };

struct frame {
    unsigned rate;
    size_t n;
    int16_t pcm[FRAME_MAX];
};

struct sink {
    enum kind kind;
    char *name;
    int fd;
    unsigned rate; /* of what is written; 0: as the first frame */
    struct rate *convert;
    unsigned convert_from;
    uint64_t bytes; /* of samples in the file */
    bool failed;
    int16_t *pcm; /* MEMORY */
    size_t n, cap;
    struct frame ring[FRAMES];
    atomic_size_t put, got;
    atomic_bool overrun;
};

bool sink_is_stdout(const char *name)
{
    return name && strncmp(name, "pipe:", 5) == 0;
}

bool sink_is_file(const char *name)
{
    return name && strcmp(name, "null") != 0 && strcmp(name, "memory") != 0 &&
           !sink_is_stdout(name);
}

/* 0 or -1 with errno. */
static int write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done ? errno : ENOSPC;
            return -1;
        }
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

static int write_header(const struct sink *s)
{
    char text[MEDIA_WAV_HEADER];
    struct out o = out_of(text, sizeof(text));
    ssize_t n;

    if (media_wav_header(&o, s->rate ? s->rate : FIRST_RATE, 1,
                         (uint32_t)s->bytes)) {
        errno = EFBIG;
        return -1;
    }
    n = pwrite(s->fd, o.p, o.n, 0);
    if (n >= 0 && (size_t)n != o.n)
        errno = ENOSPC;
    return n >= 0 && (size_t)n == o.n ? 0 : -1;
}

static int fail(struct sink *s, char *why, size_t cap, const char *text)
{
    s->failed = true;
    snprintf(why, cap, "%s: %s", s->name, text);
    return -1;
}

static int open_file(struct sink *s, char *why, size_t cap)
{
    s->fd = open(s->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (s->fd < 0 || write_header(s) ||
        lseek(s->fd, MEDIA_WAV_HEADER, SEEK_SET) < 0)
        return fail(s, why, cap, strerror(errno));
    return 0;
}

static int set_kind(struct sink *s, char *why, size_t cap)
{
    if (strcmp(s->name, "null") == 0) {
        s->kind = NOWHERE;
    } else if (strcmp(s->name, "memory") == 0) {
        s->kind = MEMORY;
    } else if (sink_is_stdout(s->name)) {
        s->kind = PIPE;
        s->fd = STDOUT_FILENO;
        if (!rate_read(&s->rate, s->name + 5))
            return fail(s, why, cap,
                        "a pipe has 8000 to 192000 samples a second");
    } else {
        s->kind = WAV_FILE;
        return open_file(s, why, cap);
    }
    return 0;
}

int sink_new(struct sink **out, const char *name, char *why, size_t cap)
{
    struct sink *s = calloc(1, sizeof(*s));

    snprintf(why, cap, "memory ran out");
    if (!s)
        return -1;
    s->fd = -1;
    s->name = strdup(name ? name : "null");
    if (!s->name || set_kind(s, why, cap)) {
        sink_free(s);
        return -1;
    }
    *out = s;
    return 0;
}

void sink_free(struct sink *s)
{
    if (!s)
        return;
    if (s->kind == WAV_FILE && s->fd >= 0)
        close(s->fd);
    rate_free(s->convert);
    free(s->name);
    free(s->pcm);
    free(s);
}

/* ------------------------------------------------------- media thread */

void sink_take(struct sink *s, const int16_t *pcm, size_t n, unsigned rate)
{
    size_t put = atomic_load_explicit(&s->put, memory_order_relaxed);

    while (n && s->kind != NOWHERE) {
        struct frame *f = &s->ring[put % FRAMES];
        size_t part = n < FRAME_MAX ? n : FRAME_MAX;

        if (put - atomic_load_explicit(&s->got, memory_order_acquire) ==
            FRAMES) {
            atomic_store(&s->overrun, true);
            return;
        }
        f->rate = rate;
        f->n = part;
        memcpy(f->pcm, pcm, part * sizeof(*pcm));
        pcm += part;
        n -= part;
        atomic_store_explicit(&s->put, ++put, memory_order_release);
    }
}

/* -------------------------------------------------------- main thread */

static int put_memory(struct sink *s, const int16_t *pcm, size_t n)
{
    size_t cap = s->cap ? s->cap : 1 << 16;

    while (cap < s->n + n)
        cap *= 2;
    if (cap != s->cap) {
        int16_t *more = realloc(s->pcm, cap * sizeof(*pcm));

        if (!more)
            return -1;
        s->pcm = more;
        s->cap = cap;
    }
    memcpy(s->pcm + s->n, pcm, n * sizeof(*pcm));
    s->n += n;
    return 0;
}

static int put_samples(struct sink *s, const int16_t *pcm, size_t n)
{
    char bytes[2048];

    if (s->kind == MEMORY)
        return put_memory(s, pcm, n);
    while (n) {
        size_t part = n < sizeof(bytes) / 2 ? n : sizeof(bytes) / 2;

        for (size_t i = 0; i < part; i++) {
            bytes[2 * i] = (char)(pcm[i] & 0xff);
            bytes[2 * i + 1] = (char)((pcm[i] >> 8) & 0xff);
        }
        if (write_all(s->fd, bytes, 2 * part))
            return -1;
        s->bytes += 2 * part;
        pcm += part;
        n -= part;
    }
    return 0;
}

static int put_converted(struct sink *s, const struct frame *f)
{
    int16_t *out;
    int ret;

    if (f->rate != s->convert_from) {
        rate_free(s->convert);
        s->convert = NULL;
        s->convert_from = 0;
        if (rate_new(&s->convert, f->rate, s->rate))
            return -1;
        s->convert_from = f->rate;
    }
    out = malloc(rate_bound(s->convert, f->n) * sizeof(*out));
    ret = out ? put_samples(s, out, rate_run(s->convert, f->pcm, f->n, out))
              : -1;
    free(out);
    return ret;
}

static int put_frame(struct sink *s, const struct frame *f)
{
    if (!s->rate)
        s->rate = f->rate;
    return f->rate == s->rate ? put_samples(s, f->pcm, f->n)
                              : put_converted(s, f);
}

/* A pipe whose reader sleeps must not stop the loop: its frames wait. */
static bool may_write(const struct sink *s, int wait_ms)
{
    struct pollfd p = {.fd = s->fd, .events = POLLOUT};

    return s->kind != PIPE || poll(&p, 1, wait_ms) > 0;
}

static int empty(struct sink *s, int wait_ms, char *why, size_t cap)
{
    size_t got = atomic_load_explicit(&s->got, memory_order_relaxed);
    size_t put = atomic_load_explicit(&s->put, memory_order_acquire);
    bool any = got != put;

    if (s->failed)
        return fail(s, why, cap, "not written any more");
    for (; got != put && may_write(s, wait_ms); got++) {
        if (put_frame(s, &s->ring[got % FRAMES]))
            return fail(s, why, cap, strerror(errno));
        atomic_store_explicit(&s->got, got + 1, memory_order_release);
    }
    if (any && s->kind == WAV_FILE && write_header(s))
        return fail(s, why, cap, strerror(errno));
    if (atomic_load(&s->overrun))
        return fail(s, why, cap, "too slow for the sound that comes");
    return 0;
}

int sink_tick(struct sink *s, char *why, size_t cap)
{
    return empty(s, 0, why, cap);
}

int sink_finish(struct sink *s, char *why, size_t cap)
{
    if (empty(s, 1000, why, cap))
        return -1;
    if (atomic_load(&s->got) != atomic_load(&s->put))
        return fail(s, why, cap, "its reader takes no more");
    return 0;
}

const int16_t *sink_samples(const struct sink *s, size_t *n, unsigned *rate)
{
    *n = s->n;
    *rate = s->rate ? s->rate : FIRST_RATE;
    return s->pcm;
}
