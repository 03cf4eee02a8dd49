/* SPDX-License-Identifier: Apache-2.0 */
/* One call of a session: its sound, its digits, its end, its verdict. */
#ifndef TOOLS_TALK_H
#define TOOLS_TALK_H

#include <stdatomic.h>

#include "tools/opts.h"
#include "tools/session.h"
#include "tools/sound.h"

enum { TALK_DTMF_MAX = 64, TALK_NAME_MAX = 512 };

/* What the options say about each call. */
struct talk_terms {
    const char *play, *record; /* names as source_new and sink_new take them */
    bool loop;
    const char *dtmf;  /* "1w2"; NULL: none */
    long long for_ms;  /* from established to the hanging up; -1: never */
    long long ring_ms; /* in: how long it rings before the answer; -1: not */
    unsigned reject;   /* in: status instead of an answer; 0: answer */
    const char *transfer;  /* URI, or NULL */
    bool attended;         /* it is called first */
    bool follow;           /* transfers that the other side asks for */
    long long transfer_ms; /* from established to the transfer */
    long long hold_ms;     /* from ringing or established; -1: never */
    long long resume_ms;   /* from established; -1: never */
    bool early;            /* in: with sound before the answer */
    struct siplock_call_options how; /* out */
    unsigned hangup;                 /* status of our Reason; 0: none */
    char codec[16];                  /* expected; "": any */
    char suite[40];
};

struct talk_set;

struct talk {
    struct talk_set *set;
    struct talk *next;
    siplock_call call;
    unsigned number; /* in this run */
    bool in;
    uv_timer_t tick;
    struct sound sound;
    atomic_bool released; /* no callback touches the sound any more */
    bool gone;            /* ended, and the library has forgotten it */
    uint64_t act_at;      /* answer, reject or hang up; UINT64_MAX: not */
    uint64_t established_at;
    uint64_t transfer_at;        /* UINT64_MAX: not */
    uint64_t hold_at, resume_at; /* UINT64_MAX: not */
    bool hold_set;
    struct talk *consult; /* the other call of an attended transfer */
    const char *digit;    /* the next one */
    uint64_t digit_at;
    bool established, rejected;
    bool told;                 /* what is wrong with its sound */
    char codec[16], suite[40]; /* of the media as it is */
    int code;
};

struct talk_set {
    struct session *session;
    struct talk_terms terms;
    struct talk *talks;
    unsigned live;
    /* A call is over and its sound closed; code is its exit code. */
    void (*over)(struct talk_set *set, int code);
};

/*
 * The options that call and answer share. talk_options fills in an array of
 * TALK_OPTIONS; talk_read makes terms of what they were given, or says what
 * is wrong on stderr and gives false.
 */
enum { TALK_OPTIONS = 17 };
struct talk_words {
    const char *account, *play, *record, *dtmf, *for_s, *timeout, *expect,
        *log, *transfer, *attended, *after, *hold, *resume;
    bool loop, json, verbose, follow;
};
#define TALK_USAGE_TRANSFER                                            \
    "                    [--transfer URI | --transfer-attended URI]\n" \
    "                    [--transfer-after S] [--accept-transfer]\n"   \
    "                    [--hold-after S] [--resume-after S]\n"
void talk_options(struct opt opts[TALK_OPTIONS], struct talk_words *w);
bool talk_read(struct talk_terms *t, const struct talk_words *w);
/* Where the events go: stderr when stdout is the recording's. */
FILE *talk_report_to(const struct talk_words *w);

/* Before anything is sent: is what is to be played there? The exit code, with
 * an error. */
int talk_check(struct talk_set *set);
/* A call out; the exit code if nothing came of it, with an error. */
int talk_start(struct talk_set *set, const char *target);
/* A call in; it is refused if it cannot be served. */
void talk_take(struct talk_set *set, siplock_call call);
/* Events of calls that the set has, or gets by a transfer. */
void talk_event(struct talk_set *set, const struct siplock_event *e);

/* Between talk.c and talk_transfer.c. */
struct talk *talk_find(struct talk_set *set, siplock_call call);
struct talk *talk_add(struct talk_set *set, siplock_call call, bool in);
void talk_blame(struct talk *t, int code);
void talk_transfer_tick(struct talk *t, uint64_t now);
void talk_transfer_event(struct talk_set *set, const struct siplock_event *e);
void talk_transfer_gone(struct talk *t);
/* ------ talk_hold.c: when a call is held and resumed, also unanswered. */
bool talk_hold_read(struct talk_terms *t, const struct talk_words *w);
void talk_hold_event(struct talk *t, const struct siplock_event *e);
void talk_hold_tick(struct talk *t, uint64_t now);
/* Does this event tell of a call that comes to take another's place? */
bool talk_takes_over(const struct siplock_event *e);
/* Hangs all up; true if there are any. */
bool talk_end_all(struct talk_set *set);
/* The library is gone: closes all. */
void talk_close_all(struct talk_set *set);

#endif
