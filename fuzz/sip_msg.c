/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: a message. Faults lie within it; printed and read it is the same. */
#include "fuzz/target.h"
#include "sip/base/err.h"
#include "sip/body.h"
#include "sip/msg.h"
#include "sip/write.h"

/* Touches what the views point to. */
static size_t walk(const struct sip_msg *m)
{
    char text[256];
    size_t sum = 0;
    struct slice part;
    struct out o = out_of(text, sizeof(text));

    for (const struct sip_via *v = m->via; v; v = v->next)
        sum += v->host.text.n + v->branch.n + v->params.n;
    for (const struct sip_contact *c = m->contact; c; c = c->next) {
        struct slice rest = c->addr.params;
        struct sip_param p;

        while (sip_param_next(&rest, &p))
            sip_text_unquote(&o, p.value);
        must(sip_uri_eq(&c->addr.uri, &c->addr.uri));
        sip_uri_unescape(&o, c->addr.uri.user);
    }
    if (!sip_body_find(&part, m, S("application"), S("sdp")))
        must(part.p >= m->body.p && part.p + part.n <= m->body.p + m->body.n);
    for (unsigned i = 0; i < m->nhdr; i++)
        for (size_t k = 0; k < m->hdr[i].value.n; k++)
            sum += (unsigned char)m->hdr[i].value.p[k];
    return sum;
}

static bool read_one(struct sip_msg *m, struct arena *arena,
                     struct slice bytes)
{
    struct sip_parse_err err;
    int ret = sip_msg_parse(m, arena, bytes, &err);

    must(err.offset <= bytes.n && err.code < SIP_FAULT_COUNT);
    must((ret == 0) == (err.code == SIP_FAULT_none));
    return ret == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char once[4 * SIP_MSG_MAX];
    static char twice[4 * SIP_MSG_MAX];
    struct env env = {.alloc = target_alloc, .free = target_free};
    struct arena_pool pool;
    struct arena arena;
    struct sip_msg m;
    struct out a = out_of(once, sizeof(once));
    struct out b = out_of(twice, sizeof(twice));

    arena_pool_init(&pool, &env);
    arena_init(&arena, &pool);
    if (read_one(&m, &arena, slice_of(data, size))) {
        must(walk(&m) > 0);
        if (m.request) {
            const struct sip_write_src src = {S("192.0.2.1"), 1};
            struct out r = out_of(twice, sizeof(twice));

            sip_write_response(&r, &m, 400, S("tag"), &src);
            sip_write_body(&r, S(""), S(""));
            must(r.err == 0);
        }
        sip_write_msg(&a, &m);
        must(a.err == 0);
        arena_reset(&arena);
        /* Printing adds a space after the colon, so it may grow too big. */
        if (a.n <= SIP_HEAD_MAX) {
            must(read_one(&m, &arena, out_slice(&a)));
            sip_write_msg(&b, &m);
            must(slice_eq(out_slice(&a), out_slice(&b)));
        }
    }
    arena_reset(&arena);
    arena_pool_free(&pool);
    return 0;
}
