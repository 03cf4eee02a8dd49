/* SPDX-License-Identifier: Apache-2.0 */
/* The public interface, continued: PCM rings, transfers, messages, events. */
#ifndef SIPLOCK_MORE_H
#define SIPLOCK_MORE_H

#include "ua/siplock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --------------------------------------------------------------- info */

/* What the other side says besides, for people to read: header fields, at most
 * 512 bytes of clean UTF-8 each; empty: not said. Only asserted is more than a
 * claim: the account's verified edge vouches for it (RFC 3325). */
struct siplock_call_info {
    size_t size;
    struct siplock_str asserted; /* P-Asserted-Identity */
    struct siplock_str alert_info, call_info, diversion, history_info;
    struct siplock_str user_to_user, feature_caps; /* RFC 7433, 6809 */
    struct siplock_str session_id, reason; /* RFC 7989; of BYE or CANCEL */
};

/* ---------------------------------------------------------------- pcm */

/*
 * Sound through lock-free rings, for an audio callback of the system, which
 * must not wait: siplock_pcm_read and _write take no lock, allocate nothing
 * and may be called from one real-time thread each. Resampled between rate
 * and the codec's. depth_ms: how much each ring holds (20 to 1000).
 * rate: 8000, 16000, 24000, 32000, 44100 or 48000. EINVAL.
 */
struct siplock_pcm;
int siplock_pcm_new(struct siplock_pcm *SIPLOCK_NULLABLE *SIPLOCK_NONNULL pcm,
                    struct siplock *SIPLOCK_NONNULL s, unsigned rate,
                    unsigned depth_ms);
/* What is heard: always fills n samples, with silence where there is
 * nothing; returns how many are sound. */
size_t siplock_pcm_read(struct siplock_pcm *SIPLOCK_NONNULL pcm,
                        int16_t *SIPLOCK_NONNULL samples, size_t n);
/* What is said: returns how many found room; the others are lost. */
size_t siplock_pcm_write(struct siplock_pcm *SIPLOCK_NONNULL pcm,
                         const int16_t *SIPLOCK_NONNULL samples, size_t n);
/* Uses it for a call, in place of siplock_audio_start. ESTATE: it is in use
 * by a call. */
int siplock_audio_start_pcm(struct siplock *SIPLOCK_NONNULL s,
                            siplock_call call,
                            struct siplock_pcm *SIPLOCK_NONNULL pcm);
/* Let go of it; its memory goes when the media thread has let go too. Before
 * siplock_free. NULL is fine. */
void siplock_pcm_free(struct siplock_pcm *SIPLOCK_NULLABLE pcm);

/* ---------------------------------------------------------- transfers */

/*
 * A transfer, event.direction out: we asked the peer of event.call to call
 * somebody else. Done: that call stands, and ours is hung up. Failed: ours
 * goes on. Unknown: it was accepted, and nothing is told of what came of it.
 * In: the peer asks us; accepted and later: event.other is the call that we
 * make in its place, a call like any other.
 *
 * In call.state event.other is the call that this one follows after a
 * transfer, or has taken over (RFC 3891). One that takes over is answered by
 * itself: the app gives it the sound of the other, which ends. event.related
 * is one that a call in says it belongs to (RFC 4538); it is a call of its
 * own.
 */
enum siplock_transfer_state {
    SIPLOCK_TRANSFER_ASKED = 1, /* in: to be decided within a minute */
    SIPLOCK_TRANSFER_ACCEPTED = 2,
    SIPLOCK_TRANSFER_PROGRESS = 3, /* status: of the new call */
    SIPLOCK_TRANSFER_DONE = 4,
    SIPLOCK_TRANSFER_FAILED = 5, /* status and cause */
    SIPLOCK_TRANSFER_UNKNOWN = 6
};

/*
 * A SUBSCRIBE may fork and be answered by several (RFC 6665 4.1.4): where the
 * package allows that (message-summary, dialog), by up to four. In notify, and
 * in subscription.state where it is pending or active, event.notifier says
 * which of them: 1 is who answered first. Ended with a notifier: that one has
 * ended; without (0): all of it, and the id. Each is refreshed and ends by
 * itself; only the first is asked anew, and then the others end.
 */
enum siplock_subscription_state {
    SIPLOCK_SUBSCRIPTION_TRYING = 1,
    SIPLOCK_SUBSCRIPTION_PENDING = 2, /* the server has not decided yet */
    SIPLOCK_SUBSCRIPTION_ACTIVE =
        3, /* expires: seconds; refreshed by itself */
    SIPLOCK_SUBSCRIPTION_FAILED = 4, /* retry_ms: when it is tried again */
    SIPLOCK_SUBSCRIPTION_ENDED = 5   /* the last one; cause says why */
};

/* Whether a GRUU of the registrar's (RFC 5627) is the Contact of dialogs. */
enum siplock_gruu {
    SIPLOCK_GRUU_AUTO = 0, /* where it does outbound (RFC 5626), too */
    SIPLOCK_GRUU_ALWAYS = 1,
    SIPLOCK_GRUU_NEVER = 2 /* not asked for */
};

/* What is done when the other side of a call asks for a transfer. */
enum siplock_transfers {
    SIPLOCK_TRANSFERS_ASKED =
        0, /* the app is asked: siplock_transfer_follow */
    SIPLOCK_TRANSFERS_FOLLOWED = 1,
    SIPLOCK_TRANSFERS_REFUSED = 2
};

/* What is done when somebody whom no call joins us to asks us to call
 * somebody (a REFER outside of a dialog). One that names a call of ours is a
 * transfer of that: siplock_transfers counts. */
enum siplock_refers {
    SIPLOCK_REFERS_REFUSED = 0,
    SIPLOCK_REFERS_ASKED = 1, /* the app is: siplock_reference_follow */
    /* Followed where the account's verified edge says that its own user is
     * who asks (P-Asserted-Identity), else refused. */
    SIPLOCK_REFERS_OWN = 2
};

/*
 * Transfers an established call: its other side is asked to call target (a
 * blind transfer), or to take the place of ours in the established call
 * other (an attended one; both of one account). Events transfer tell what
 * comes of it. cause as in siplock_account_add.
 */
int siplock_transfer(struct siplock *SIPLOCK_NONNULL s, siplock_call call,
                     const char *SIPLOCK_NONNULL target,
                     struct siplock_cause *SIPLOCK_NULLABLE cause);
int siplock_transfer_attended(struct siplock *SIPLOCK_NONNULL s,
                              siplock_call call, siplock_call other);

/* The answer to a transfer that the other side of a call asks for. */
int siplock_transfer_follow(struct siplock *SIPLOCK_NONNULL s,
                            siplock_call call);
int siplock_transfer_decline(struct siplock *SIPLOCK_NONNULL s,
                             siplock_call call);

/* --------------------------------------------------------- references */

/*
 * A REFER that belongs to no call (RFC 3515, 7647): we ask somebody to call
 * target (so that a desk phone dials), or somebody asks us. Events transfer
 * tell of it, with event.reference in place of event.call; done, failed and
 * unknown are the last ones and end the id. In: asked is the first; the call
 * that follows has event.reference in its call.state.
 */
struct siplock_refer_config {
    size_t size;
    const char *SIPLOCK_NULLABLE at; /* whom to ask: a URI; NULL: the other
                                        side of call */
    const char *SIPLOCK_NONNULL target;
    siplock_call call;   /* one of the account that it is about (RFC 4538); its
                            peer takes it for a transfer then; 0: none */
    int no_subscription; /* nothing is to be told of what comes of it (4488) */
};
/* cause as in siplock_account_add. */
int siplock_refer(struct siplock *SIPLOCK_NONNULL s,
                  siplock_reference *SIPLOCK_NONNULL reference,
                  siplock_account account,
                  const struct siplock_refer_config *SIPLOCK_NONNULL config,
                  struct siplock_cause *SIPLOCK_NULLABLE cause);

/* The answer to one that somebody asks for, within a minute. */
int siplock_reference_follow(struct siplock *SIPLOCK_NONNULL s,
                             siplock_reference reference);
int siplock_reference_decline(struct siplock *SIPLOCK_NONNULL s,
                              siplock_reference reference);

/* ------------------------------------------ subscriptions, messages */

struct siplock_subscribe_config {
    size_t size;
    const char *SIPLOCK_NULLABLE target; /* a URI; NULL: the account's own */
    const char *SIPLOCK_NONNULL event;   /* "message-summary", "presence" */
    const char *SIPLOCK_NULLABLE accept; /* content types; NULL: any */
    uint32_t expires; /* seconds asked for, up to 604800; 0: one NOTIFY */
};
/* Subscribes (RFC 6665) until siplock_unsubscribe, refreshing by itself. cause
 * as in siplock_account_add. */
int siplock_subscribe(struct siplock *SIPLOCK_NONNULL s,
                      siplock_subscription *SIPLOCK_NONNULL subscription,
                      siplock_account account,
                      const struct siplock_subscribe_config *SIPLOCK_NONNULL
                          config,
                      struct siplock_cause *SIPLOCK_NULLABLE cause);
int siplock_unsubscribe(struct siplock *SIPLOCK_NONNULL s,
                        siplock_subscription subscription);

struct siplock_message_config {
    size_t size;
    const char *SIPLOCK_NONNULL target;
    const char *SIPLOCK_NULLABLE content_type; /* NULL: "text/plain" */
    struct siplock_str body; /* up to 1300 bytes (RFC 3428 8); ETOOBIG */
};
/* Sends one message (RFC 3428); event message.state tells how it went. */
int siplock_message_send(
    struct siplock *SIPLOCK_NONNULL s,
    siplock_message *SIPLOCK_NONNULL message, siplock_account account,
    const struct siplock_message_config *SIPLOCK_NONNULL config,
    struct siplock_cause *SIPLOCK_NULLABLE cause);

/* ----------------------------------------------------------------- dns */

struct siplock_dns_config {
    size_t size;
    /* For accounts that name none, "192.0.2.53" or "192.0.2.53:5353", up to
     * eight; none: the system's. */
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE server;
    size_t servers;
    /* Domains, up to four, that are put behind a host without a dot to look
     * for it. What its certificate must have is the host as configured. */
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE search;
    size_t searches;
    unsigned try_ms; /* for each server at first, 100 to 5000; 0: 2000 */
    /*
     * In place of servers: the device's own resolver. Asked on the loop's
     * thread for a name and a type (1, 28, 33, 35: A, AAAA, SRV, NAPTR); it
     * answers each id once with siplock_dns_answer, or 10 s go by. 0, or not:
     * it cannot ask. cancel: no answer is waited for any more.
     */
    int (*SIPLOCK_NULLABLE query)(void *SIPLOCK_NULLABLE user, uint64_t id,
                                  const char *SIPLOCK_NONNULL name, int type);
    void (*SIPLOCK_NULLABLE cancel)(void *SIPLOCK_NULLABLE user, uint64_t id);
    void *SIPLOCK_NULLABLE user;
};

/* How DNS is asked; copied. ESTATE: the instance runs already. EINVAL. */
int siplock_dns(struct siplock *SIPLOCK_NONNULL s,
                const struct siplock_dns_config *SIPLOCK_NONNULL config);
/* The answer to a query: a DNS message of up to 65535 bytes, copied; n == 0:
 * there is none. Any thread, but never while or after siplock_free is called:
 * as with all functions, the app sees to that. */
int siplock_dns_answer(struct siplock *SIPLOCK_NONNULL s, uint64_t id,
                       const uint8_t *SIPLOCK_NULLABLE packet, size_t n);

#ifdef __cplusplus
}
#endif

#endif
