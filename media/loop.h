/* SPDX-License-Identifier: Apache-2.0 */
/* The media thread: streams by their ids, sockets, and the 20 ms beat. */
#ifndef MEDIA_LOOP_H
#define MEDIA_LOOP_H

#include "media/line.h"
#include "tls/policy.h"

enum {
    MEDIA_LOOP_STREAMS_MAX = 256,
    MEDIA_LOOP_MAILS_MAX = 1024 /* not yet read by the thread */
};

/*
 * One thread with a loop of its own. What is below is called from the
 * owner's thread, where the policy lives (close, audio and dtmf: from any);
 * it leaves a message and returns. Streams are named by ids that never come
 * again.
 */
struct media_loop;

struct media_loop_config {
    const struct env *env; /* borrowed; alloc and free are called from both
                              threads, nothing else is */
    struct policy *policy; /* borrowed; used in media_loop_set only */
    /* On the media thread; nothing is locked: all but media_loop_free may be
     * called, and media_loop_set if the policy's owner sees to its locks. */
    void (*event)(void *user, const struct media_event *e);
    void *user;
};

/* Starts the thread. E_NOMEM, E_SYS. */
int media_loop_new(struct media_loop **loop,
                   const struct media_loop_config *config);
/*
 * Closes what is open, with its events, and waits for the thread; nothing is
 * called afterwards. No other call may be under way. E_STATE: from the media
 * thread itself. NULL is fine.
 */
int media_loop_free(struct media_loop *loop);

/* Binds local (port 0: the kernel's); BOUND or FAILED follows. E_INVAL: no
 * address; E_FULL, E_NOMEM. */
int media_loop_open(struct media_loop *loop, uint64_t *stream,
                    const struct tls_addr *local);

/*
 * What SDP came to: the ticket's keys and address, and the formats. Packets
 * that came before are heard now. Later again, for a re-INVITE: all of it may
 * change, and what does not (a key, a codec) goes on where it is. If it comes
 * to nothing (REFUSED), what was before goes on. The ticket is read
 * here and now; withdrawing it later does not end the stream, close does.
 * E_POLICY: stale or foreign ticket (counted); E_GONE, E_INVAL, E_FULL,
 * E_NOMEM.
 */
int media_loop_set(struct media_loop *loop, uint64_t stream,
                   const struct policy_media *ticket,
                   const struct media_stream_config *config);

/* Another local address: BOUND follows, or REFUSED and all is as it was. The
 * stream goes on; what came to the old address is lost. E_INVAL, E_GONE,
 * E_FULL, E_NOMEM. */
int media_loop_rebind(struct media_loop *loop, uint64_t stream,
                      const struct tls_addr *local);

/* AUDIO follows, and audio->released when all is done with it; not if this
 * gives an error. E_GONE, E_FULL, E_NOMEM. */
int media_loop_audio(struct media_loop *loop, uint64_t stream,
                     const struct media_audio *audio);
/* media_stream_dtmf; its errors come as REFUSED, E_STATE before the keys.
 * E_GONE, E_FULL, E_NOMEM. */
int media_loop_dtmf(struct media_loop *loop, uint64_t stream, char digit,
                    unsigned ms);
/* RTCP BYE, then CLOSED. Needs no memory. E_GONE. */
int media_loop_close(struct media_loop *loop, uint64_t stream);

#endif
