/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to read and write messages, and to read SDP. */

/*
 * bench-sip [--dump | --instructions] DIR: what full parses of its messages
 * take, as one JSON line; --dump prints what is read instead.
 */
#include "sdp/sdp.h"
#include "sip/base/compiler.h"
#include "sip/msg.h"
#include "sip/write.h"
#include "test/bench/bench.h"
#include "test/bench/floor.h"

enum { PRINT_MAX = 4 * SIP_MSG_MAX, SDP_ROUND = 100 };

struct bench {
    struct bench_corpus corpus;
    struct env env;
    struct arena_pool pool;
    struct arena arena;
    size_t allocs; /* asked of the system */
    size_t sum;    /* so that nothing is read in vain */
    struct sip_msg *parsed;
    struct arena *arenas; /* of the parsed */
    struct slice sdp;     /* the longest body that is one */
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

/* Every field of the benchmark goes through these two. dump is a constant
 * where they are, so that what is measured does not ask for it. */
struct sink {
    size_t sum;
    bool dump;
};

static ALWAYS_INLINE void text(struct sink *s, const char *name,
                               struct slice v)
{
    s->sum += v.n;
    if (s->dump && v.n)
        printf("  %s: %.*s\n", name, (int)v.n, v.p);
}

static ALWAYS_INLINE void number(struct sink *s, const char *name, uint64_t v)
{
    s->sum += v;
    if (s->dump)
        printf("  %s: %llu\n", name, (unsigned long long)v);
}

static ALWAYS_INLINE void read_uri(struct sink *s, const struct sip_uri *uri)
{
    text(s, "user", uri->user);
    text(s, "host", uri->host.text);
    number(s, "port", uri->port);
}

static ALWAYS_INLINE void read_routes(struct sink *s, const char *name,
                                      const struct sip_route *r)
{
    for (; r; r = r->next) {
        text(s, name, r->addr.uri.host.text);
        number(s, "port", r->addr.uri.port);
    }
}

static ALWAYS_INLINE void read_auth(struct sink *s, const struct sip_msg *m)
{
    for (const struct sip_challenge *c = m->challenge; c; c = c->next) {
        text(s, "realm", c->realm);
        text(s, "nonce", c->nonce);
        number(s, "qop", c->qop);
        text(s, "algorithm", c->algorithm);
    }
    for (const struct sip_credentials *c = m->credentials; c; c = c->next) {
        text(s, "username", c->username);
        text(s, "response", c->response);
    }
}

static ALWAYS_INLINE void read_start(struct sink *s, const struct sip_msg *m)
{
    if (m->request) {
        text(s, "method", m->method_text);
        read_uri(s, &m->uri);
    } else {
        number(s, "status", m->status);
        text(s, "reason", m->reason_phrase);
    }
}

static ALWAYS_INLINE void read_dialog(struct sink *s, const struct sip_msg *m)
{
    read_uri(s, &m->from.uri);
    text(s, "from tag", m->from.tag);
    read_uri(s, &m->to.uri);
    text(s, "to tag", m->to.tag);
    text(s, "call-id", m->call_id);
    number(s, "cseq", m->cseq.num);
    text(s, "cseq method", m->cseq.text);
}

static ALWAYS_INLINE void read_fields(struct sink *s, const struct sip_msg *m)
{
    read_start(s, m);
    for (const struct sip_via *v = m->via; v; v = v->next) {
        text(s, "via", v->transport);
        text(s, "via host", v->host.text);
        number(s, "via port", v->port);
        text(s, "branch", v->branch);
    }
    read_dialog(s, m);
    number(s, "max-forwards", m->max_forwards);
    for (const struct sip_contact *c = m->contact; c; c = c->next) {
        read_uri(s, &c->addr.uri);
        number(s, "expires", c->expires);
    }
    read_routes(s, "route", m->route);
    read_routes(s, "record-route", m->record_route);
    read_auth(s, m);
    text(s, "type", m->content_type.type);
    text(s, "subtype", m->content_type.subtype);
    number(s, "content-length", m->content_length);
}

/* Parses and reads each message once. */
static void round_full(void *user)
{
    struct bench *b = user;
    struct sink sink = {0, false};

    for (size_t i = 0; i < b->corpus.n; i++) {
        struct bench_msg *at = &b->corpus.msg[i];
        struct sip_msg msg;
        struct sip_parse_err err;

        if (sip_msg_parse(&msg, &b->arena, slice_of(at->p, at->n), &err)) {
            fprintf(stderr, "bench-sip: %s: %s at %zu\n", at->name,
                    sip_fault_symbol(err.code), err.offset);
            exit(1);
        }
        read_fields(&sink, &msg);
        arena_rewind(&b->arena);
    }
    b->sum += sink.sum;
}

/* Keeps each message parsed, for the printer, and finds an SDP. */
static void keep(struct bench *b)
{
    struct sip_parse_err err;

    b->parsed = calloc(b->corpus.n, sizeof(*b->parsed));
    b->arenas = calloc(b->corpus.n, sizeof(*b->arenas));
    if (!b->parsed || !b->arenas)
        exit(1);
    for (size_t i = 0; i < b->corpus.n; i++) {
        struct bench_msg *at = &b->corpus.msg[i];
        struct sip_msg *m = &b->parsed[i];

        arena_init(&b->arenas[i], &b->pool);
        if (sip_msg_parse(m, &b->arenas[i], slice_of(at->p, at->n), &err))
            exit(1);
        if (slice_ieq(m->content_type.subtype, S("sdp")) &&
            m->body.n > b->sdp.n)
            b->sdp = m->body;
    }
}

static void round_print(void *user)
{
    static char page[PRINT_MAX];
    struct bench *b = user;

    for (size_t i = 0; i < b->corpus.n; i++) {
        struct out o = out_of(page, sizeof(page));

        sip_write_msg(&o, &b->parsed[i]);
        if (o.err)
            exit(1);
        b->sum += o.n;
    }
}

static void round_sdp(void *user)
{
    struct bench *b = user;
    struct sdp sdp;
    struct sdp_parse_err err;

    for (int i = 0; i < SDP_ROUND; i++) {
        if (sdp_parse(&sdp, &b->arena, b->sdp, &err))
            exit(1);
        b->sum += sdp.nmedia;
        arena_rewind(&b->arena);
    }
}

#define ROUND_FLOOR(name)                                             \
    static void round_##name(void *user)                              \
    {                                                                 \
        static struct floor_index x;                                  \
        struct bench *b = user;                                       \
                                                                      \
        for (size_t i = 0; i < b->corpus.n; i++) {                    \
            floor_##name(&x, b->corpus.msg[i].p, b->corpus.msg[i].n); \
            b->sum += x.n;                                            \
        }                                                             \
    }
ROUND_FLOOR(memchr)
#ifdef FLOOR_VECTORS
ROUND_FLOOR(sse2)
ROUND_FLOOR(avx2)
#endif

/* The floor's members of the line; the fastest of them. */
static double put_floor(struct bench *b)
{
    double best = bench_ns(round_memchr, b, b->corpus.n);

    printf(",\"floor_memchr_ns\":%.0f", best);
#ifdef FLOOR_VECTORS
    double ns = bench_ns(round_sse2, b, b->corpus.n);

    printf(",\"floor_sse2_ns\":%.0f", ns);
    best = ns < best ? ns : best;
    if (__builtin_cpu_supports("avx2")) {
        ns = bench_ns(round_avx2, b, b->corpus.n);
        printf(",\"floor_avx2_ns\":%.0f", ns);
        best = ns < best ? ns : best;
    }
#endif
    return best;
}

static void run(struct bench *b, const char *self, const char *dir, bool count)
{
    size_t n = b->corpus.n;
    size_t warm = b->allocs;
    double full = bench_ns(round_full, b, n);

    printf("{\"messages\":%zu,\"mean_bytes\":%zu,\"ns_full\":%.0f,"
           "\"messages_per_s\":%.0f,\"mb_per_s\":%.0f,\"allocations\":%zu",
           n, b->corpus.bytes / n, full, 1e9 / full,
           (double)b->corpus.bytes / (double)n / full * 1e3, b->allocs - warm);
    if (count) {
        double ir = bench_instructions(self, dir, n);

        if (ir >= 0)
            printf(",\"instructions\":%.0f", ir);
        else
            fprintf(stderr, "bench-sip: left out: instructions (no "
                            "valgrind)\n");
    }
    keep(b);
    printf(",\"ns_print\":%.0f", bench_ns(round_print, b, n));
    if (b->sdp.n)
        printf(",\"ns_sdp\":%.0f,\"sdp_bytes\":%zu",
               bench_ns(round_sdp, b, SDP_ROUND), b->sdp.n);
    printf(",\"above_floor\":%.1f}\n", full / put_floor(b));
    for (size_t i = 0; i < n; i++)
        arena_reset(&b->arenas[i]);
    free(b->parsed);
    free(b->arenas);
}

static void dump(struct bench *b)
{
    struct sink sink = {0, true};

    keep(b);
    for (size_t i = 0; i < b->corpus.n; i++) {
        printf("%s\n", b->corpus.msg[i].name);
        read_fields(&sink, &b->parsed[i]);
        arena_reset(&b->arenas[i]);
    }
    free(b->parsed);
    free(b->arenas);
}

int main(int argc, char **argv)
{
    static struct bench b;
    unsigned long rounds = 0;
    bool count = false;
    bool show = false;
    int i = 1;

    for (; i + 1 < argc; i++)
        if (strcmp(argv[i], "--instructions") == 0)
            count = true;
        else if (strcmp(argv[i], "--dump") == 0)
            show = true;
        else if (strcmp(argv[i], "--rounds") == 0)
            rounds = strtoul(argv[++i], NULL, 10);
    if (i != argc - 1 || bench_load(&b.corpus, argv[i])) {
        fprintf(stderr, "usage: bench-sip [--dump | --instructions] DIR\n");
        return 2;
    }
    b.env = (struct env){
        .alloc = counted_alloc, .free = counted_free, .user = &b.allocs};
    arena_pool_init(&b.pool, &b.env);
    arena_init(&b.arena, &b.pool);
    round_full(&b); /* all must be valid; and the arena is warm */
    for (unsigned long k = 0; k < rounds; k++)
        round_full(&b);
    if (show)
        dump(&b);
    else if (!rounds)
        run(&b, argv[0], argv[i], count);
    bench_free(&b.corpus);
    arena_reset(&b.arena);
    arena_pool_free(&b.pool);
    return 0;
}
