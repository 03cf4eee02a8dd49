/* SPDX-License-Identifier: Apache-2.0 */
/* Calls' media of a loop: streams of the media thread, told to the core. */
#ifndef UA_MEDIA_H
#define UA_MEDIA_H

#include "media/loop.h"
#include "ua/core.h"

/* All but the events of the media thread is on the loop's thread. */
struct ua_media;

struct ua_media_config {
    const struct env *env;
    struct policy *policy;
    struct ua_core *core;
    void (*wake)(void *user); /* any thread: call ua_media_drain soon */
    void *user;
};

/* The media thread is started by the first call. E_NOMEM, E_SYS. */
int ua_media_new(struct ua_media **m, const struct ua_media_config *config);
/* Waits for the media thread; lets go of all that apps handed over. */
void ua_media_free(struct ua_media *m);

/* Outputs of the core: UA_OUT_MEDIA_*. What fails enters it at once. */
void ua_media_perform(struct ua_media *m, const struct ua_out *out);

/* A call's sound, for its stream now or later. released is called in any
 * case. E_NOMEM. */
int ua_media_audio(struct ua_media *m, uint64_t call,
                   const struct media_audio *audio);
/* The call has ended for the app. */
void ua_media_forget(struct ua_media *m, uint64_t call);

/* What the media thread has said goes to the core; true if there was any. */
bool ua_media_drain(struct ua_media *m);

#endif
