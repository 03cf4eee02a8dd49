/* SPDX-License-Identifier: Apache-2.0 */
/* A stream with its socket, its audio and its events; media/loop drives it. */
#ifndef MEDIA_LINE_H
#define MEDIA_LINE_H

#include "media/sock.h"
#include "media/stream.h"

enum { MEDIA_LINE_STATS_BEATS = 50 }; /* 1 s: how often STATS comes */

enum media_event_kind {
    MEDIA_EVENT_BOUND = 1, /* local */
    MEDIA_EVENT_FAILED,    /* err: no socket; it waits for close */
    MEDIA_EVENT_FIRST,     /* the first packet that authenticated */
    MEDIA_EVENT_DTMF,      /* dtmf */
    MEDIA_EVENT_BYE,       /* RTCP BYE of the peer; nothing ends by it */
    MEDIA_EVENT_AUDIO,     /* the callbacks set before are called no more */
    MEDIA_EVENT_REFUSED,   /* err: a set or a digit came to nothing; what was
                              before goes on */
    MEDIA_EVENT_STATS,     /* stats, net: each second once keys are there */
    MEDIA_EVENT_CLOSED     /* stats, net: totals. The last of the id, once */
};

struct media_event {
    enum media_event_kind kind;
    uint64_t stream;
    int err;
    struct tls_addr local;
    struct media_dtmf dtmf;
    struct media_stream_stats stats;
    struct media_sock_stats net;
};

/*
 * PCM16 mono, n samples of one frame of 20 ms at rate: capture's is of the
 * codec that we send, render's of the one that the peer sends; each changes
 * when its codec does. Called through a hold too, with silence to render and
 * for nothing to capture. On the media thread: who takes long here delays
 * all streams. NULL: silence is sent, what comes is not heard.
 */
struct media_audio {
    void (*capture)(void *user, int16_t *pcm, size_t n, unsigned rate);
    void (*render)(void *user, const int16_t *pcm, size_t n, unsigned rate);
    void *user;
    /* Once, when none of these will be called any more: others came in their
     * place, or the line was closed. May be NULL. */
    void (*released)(void *user);
};

/* Borrowed; outlives the line. */
struct media_line_world {
    const struct env *env;
    struct uv_loop_s *uv;
    int64_t (*now_us)(void);  /* monotonic */
    int64_t (*wall_ms)(void); /* since 1970, for RTCP */
    void (*event)(void *user, const struct media_event *e);
    void *user;
};

/* What a ticket said, copied; to be wiped by who has it. */
struct media_line_terms {
    struct media_stream_config config;
    enum sdp_suite suite;
    struct secret tx, rx;
    struct tls_addr remote;
};

/* After media_line_new all is on the loop's thread. */
struct media_line;

/* E_NOMEM. */
int media_line_new(struct media_line **l, const struct media_line_world *w,
                   const struct tls_addr *local);
/* Before open, or after close has said that all is gone. Wipes. */
void media_line_free(struct media_line *l);
/* BOUND or FAILED; its events are told as id's. */
void media_line_open(struct media_line *l, uint64_t id);
/* BOUND, or REFUSED and the old socket stays. */
void media_line_rebind(struct media_line *l, const struct tls_addr *local);
/* REFUSED if it comes to nothing. */
void media_line_set(struct media_line *l, const struct media_line_terms *t);
void media_line_audio(struct media_line *l, const struct media_audio *a);
void media_line_dtmf(struct media_line *l, char digit, unsigned ms);
/* One frame each way. False: there is no stream yet, nothing was done. */
bool media_line_beat(struct media_line *l, int64_t now_us);
/* BYE; gone, perhaps from inside, after CLOSED was told. */
void media_line_close(struct media_line *l, void (*gone)(void *user),
                      void *user);

#endif
