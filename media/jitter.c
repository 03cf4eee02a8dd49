/* SPDX-License-Identifier: Apache-2.0 */
/* The jitter buffer: slots by sequence number, delay by measured jitter. */
#include "media/jitter.h"

#include <string.h>

#include "sip/base/err.h"

enum {
    QUANTILE = 97,       /* of a hundred packets shall be in time */
    FORGET = 512,        /* packets until the past counts half */
    WINDOW = 50,         /* frames over which depth must be too much */
    DRY_MAX = 5,         /* frames in a row without any: start anew */
    REBASE_US = 2000000, /* a step in the timestamps, not jitter */
    SPELL = 250          /* packets after which the base is found anew */
};

struct slot {
    bool used;
    uint16_t seq;
    uint32_t ts;
    uint8_t pt;
    size_t n;
    char payload[MEDIA_JITTER_PAYLOAD];
};

struct media_jitter {
    const struct env *env;
    uint32_t clock, frame_us;
    bool any;     /* next and high are valid */
    bool started; /* playing */
    uint16_t next, high;
    int64_t first_us; /* when the first of this start came */
    bool jump;        /* a far sequence number was seen; jump_seq follows */
    uint16_t jump_seq;
    unsigned dry;
    unsigned window, min_depth;
    bool timed;
    uint32_t last_ts;
    int64_t ts_us; /* last_ts, unwrapped */
    int64_t base;  /* least transit of the spell before, and of this */
    int64_t least; /* of this spell */
    unsigned spell;
    unsigned bins[MEDIA_JITTER_BINS], binned;
    struct media_jitter_stats stats;
    struct slot slot[MEDIA_JITTER_SLOTS];
};

int media_jitter_new(struct media_jitter **out, const struct env *env,
                     uint32_t clock, uint32_t frame_us)
{
    if (clock < 1000 || frame_us < 1000 ||
        frame_us > MEDIA_JITTER_TARGET_MAX_US)
        return E_INVAL;
    struct media_jitter *j = env_alloc(env, sizeof(*j));

    if (!j)
        return E_NOMEM;
    j->env = env;
    j->clock = clock;
    j->frame_us = frame_us;
    *out = j;
    return 0;
}

void media_jitter_free(struct media_jitter *j)
{
    if (j)
        env_free(j->env, j);
}

static void forget_timing(struct media_jitter *j)
{
    j->timed = false;
    j->spell = 0;
    memset(j->bins, 0, sizeof(j->bins));
    j->binned = 0;
}

static void forget_packets(struct media_jitter *j)
{
    for (size_t i = 0; i < MEDIA_JITTER_SLOTS; i++)
        j->slot[i].used = false;
    j->any = j->started = j->jump = false;
    j->dry = j->window = 0;
}

void media_jitter_reset(struct media_jitter *j)
{
    forget_packets(j);
    forget_timing(j);
}

/* The path's jitter stays what it was measured to be. */
void media_jitter_clock(struct media_jitter *j, uint32_t clock)
{
    j->clock = clock;
    j->timed = false;
    j->spell = 0;
}

static unsigned depth(const struct media_jitter *j)
{
    int n = j->any ? media_seq_diff(j->high, j->next) + 1 : 0;

    return n > 0 ? (unsigned)n : 0;
}

uint32_t media_jitter_depth_us(const struct media_jitter *j)
{
    return depth(j) * j->frame_us;
}

/* ------------------------------------------------------------- timing */

/*
 * The quickest packet of each spell says where the path's own delay is: a
 * path that got longer is no jitter for ever.
 */
static void find_base(struct media_jitter *j, int64_t transit)
{
    if (!j->timed || transit < j->base)
        j->base = transit;
    if (!j->timed || j->spell == 0 || transit < j->least)
        j->least = transit;
    j->timed = true;
    if (++j->spell < SPELL)
        return;
    j->spell = 0;
    if (j->least - j->base > MEDIA_JITTER_BIN_US) {
        memset(j->bins, 0, sizeof(j->bins));
        j->binned = 0;
    }
    j->base = j->least;
}

/* How much later than the quickest this one came, in bins of 5 ms. */
static void measure(struct media_jitter *j, uint32_t ts, int64_t now_us)
{
    if (j->timed)
        j->ts_us +=
            (int64_t)(int32_t)(ts - j->last_ts) * 1000000 / (int64_t)j->clock;
    j->last_ts = ts;
    int64_t transit = now_us - j->ts_us;

    if (j->timed &&
        (transit - j->base > REBASE_US || j->base - transit > REBASE_US))
        forget_timing(j); /* ten hours of silence, or a new clock */
    find_base(j, transit);
    int64_t late = transit - j->base;
    int64_t bin = late / MEDIA_JITTER_BIN_US;

    j->bins[bin < MEDIA_JITTER_BINS ? bin : MEDIA_JITTER_BINS - 1]++;
    if (++j->binned < FORGET)
        return;
    j->binned = 0;
    for (size_t i = 0; i < MEDIA_JITTER_BINS; i++) {
        j->bins[i] /= 2;
        j->binned += j->bins[i];
    }
}

uint32_t media_jitter_target_us(const struct media_jitter *j)
{
    unsigned need = j->binned * QUANTILE / 100, sum = 0, i = 0;

    while (i < MEDIA_JITTER_BINS && (sum += j->bins[i]) < need)
        i++;
    uint32_t us = i * MEDIA_JITTER_BIN_US + j->frame_us;

    return us > MEDIA_JITTER_TARGET_MAX_US ? MEDIA_JITTER_TARGET_MAX_US : us;
}

/* ---------------------------------------------------------------- put */

static struct slot *slot_of(struct media_jitter *j, uint16_t seq)
{
    return &j->slot[seq % MEDIA_JITTER_SLOTS];
}

static void begin(struct media_jitter *j, uint16_t seq, int64_t now_us)
{
    j->any = true;
    j->next = j->high = seq;
    j->first_us = now_us;
}

/* RFC 3550 A.1: two in a row make a new start. */
static bool is_jump(struct media_jitter *j, uint16_t seq)
{
    bool follows = j->jump && seq == j->jump_seq;

    j->jump = !follows;
    j->jump_seq = (uint16_t)(seq + 1);
    return follows;
}

/* Moves next on, so that seq has a slot. */
static void make_room(struct media_jitter *j, uint16_t seq)
{
    while (media_seq_diff(seq, j->next) >= MEDIA_JITTER_SLOTS) {
        struct slot *s = slot_of(j, j->next);

        j->stats.lost += !s->used;
        j->stats.shrunk += s->used;
        s->used = false;
        j->next++;
    }
}

/* Whether seq may have a place; moves next and high for it. */
static enum media_jitter_put place(struct media_jitter *j, uint16_t seq,
                                   int64_t now_us)
{
    if (!j->any)
        begin(j, seq, now_us);
    int ahead = media_seq_diff(seq, j->next);
    int span = media_seq_diff(j->high, seq);

    if (ahead > MEDIA_JITTER_DROPOUT || ahead < -MEDIA_JITTER_DROPOUT) {
        if (!is_jump(j, seq))
            return MEDIA_PUT_JUMP;
        media_jitter_reset(j);
        begin(j, seq, now_us);
        return MEDIA_PUT_KEPT;
    }
    j->jump = false;
    if (ahead < 0 && (j->started || span >= MEDIA_JITTER_SLOTS))
        return MEDIA_PUT_LATE;
    if (ahead < 0)
        j->next = seq; /* overtaken before we began to play */
    make_room(j, seq);
    if (span < 0)
        j->high = seq;
    return slot_of(j, seq)->used ? MEDIA_PUT_TWICE : MEDIA_PUT_KEPT;
}

static enum media_jitter_put count(struct media_jitter *j,
                                   enum media_jitter_put how)
{
    j->stats.kept += how == MEDIA_PUT_KEPT;
    j->stats.late += how == MEDIA_PUT_LATE;
    j->stats.twice += how == MEDIA_PUT_TWICE;
    j->stats.jumps += how == MEDIA_PUT_JUMP;
    return how;
}

enum media_jitter_put media_jitter_put(struct media_jitter *j,
                                       const struct media_rtp *rtp,
                                       int64_t now_us)
{
    if (rtp->payload.n > MEDIA_JITTER_PAYLOAD)
        return MEDIA_PUT_TOOBIG;
    enum media_jitter_put how = place(j, rtp->seq, now_us);

    if (how == MEDIA_PUT_KEPT || how == MEDIA_PUT_LATE)
        if (rtp->payload.n)
            measure(j, rtp->ts, now_us);
    if (how != MEDIA_PUT_KEPT)
        return count(j, how);
    struct slot *s = slot_of(j, rtp->seq);

    s->used = true;
    s->seq = rtp->seq;
    s->ts = rtp->ts;
    s->pt = rtp->pt;
    s->n = rtp->payload.n;
    if (s->n)
        memcpy(s->payload, rtp->payload.p, s->n);
    return count(j, how);
}

/* ---------------------------------------------------------------- get */

static bool may_start(struct media_jitter *j, int64_t now_us)
{
    uint32_t target = media_jitter_target_us(j);

    /* The oldest has waited long enough, or as much has gathered. */
    if (j->any && depth(j) && !j->started &&
        (now_us - j->first_us >= (int64_t)target - j->frame_us ||
         media_jitter_depth_us(j) > target))
        j->started = true;
    return j->started;
}

/* Leaves one packet out when there was too much for a second. */
static void catch_up(struct media_jitter *j)
{
    unsigned d = depth(j);

    if (j->window == 0 || d < j->min_depth)
        j->min_depth = d;
    if (++j->window < WINDOW)
        return;
    j->window = 0;
    if (j->min_depth < 2 || (uint64_t)(j->min_depth - 1) * j->frame_us <=
                                media_jitter_target_us(j))
        return;
    struct slot *s = slot_of(j, j->next);

    j->stats.shrunk += s->used;
    j->stats.lost += !s->used;
    s->used = false;
    j->next++;
}

static enum media_jitter_get run_dry(struct media_jitter *j)
{
    j->stats.waits++;
    if (++j->dry < DRY_MAX)
        return MEDIA_GET_WAIT;
    j->started = false; /* gather again before going on */
    j->any = false;
    j->dry = 0;
    return MEDIA_GET_WAIT;
}

static void show(struct media_jitter_frame *f, const struct slot *s)
{
    f->ts = s->ts;
    f->pt = s->pt;
    f->payload = slice_of(s->payload, s->n);
}

enum media_jitter_get media_jitter_get(struct media_jitter *j,
                                       struct media_jitter_frame *f,
                                       int64_t now_us)
{
    *f = (struct media_jitter_frame){0};
    if (!may_start(j, now_us))
        return MEDIA_GET_WAIT;
    catch_up(j);
    if (!depth(j))
        return run_dry(j);
    struct slot *s = slot_of(j, j->next);

    j->dry = 0;
    f->seq = j->next++;
    if (s->used) {
        s->used = false;
        show(f, s);
        return MEDIA_GET_FRAME;
    }
    j->stats.lost++;
    s = slot_of(j, j->next);
    if (s->used)
        show(f, s);
    return MEDIA_GET_LOST;
}

const struct media_jitter_stats *
media_jitter_stats(const struct media_jitter *j)
{
    return &j->stats;
}
