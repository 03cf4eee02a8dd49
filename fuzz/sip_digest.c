/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: a challenge; what we answer is well formed and verifies. */
#include <string.h>

#include "fuzz/mix.h"
#include "fuzz/target.h"
#include "sip/base/err.h"
#include "sip/digest.h"
#include "sip/msg.h"

#define ENVELOPE                                                 \
    "Via: SIP/2.0/TLS a.test;branch=z9hG4bK1\r\n"                \
    "From: <sip:a@b.test>;tag=1\r\nTo: <sip:a@b.test>;tag=2\r\n" \
    "Call-ID: c\r\nCSeq: 1 REGISTER\r\n"

static int count_up(void *user, uint8_t *p, size_t n)
{
    (void)user;
    memset(p, 0x5a, n);
    return 0;
}

static bool parse(struct sip_msg *m, struct arena *arena, const struct out *o)
{
    struct sip_parse_err err;

    return !o->err && !sip_msg_parse(m, arena, out_slice(o), &err);
}

/* Our answer as the server reads it. */
static void answer(struct sip_digest *d, struct arena *arena)
{
    static char text[1 << 15];
    struct out o = out_of(text, sizeof(text));
    struct secret hex;
    struct sip_msg m;

    out_lit(&o, "REGISTER sip:b.test SIP/2.0\r\n" ENVELOPE);
    must(sip_digest_write(d, &o, S("REGISTER"), S("sip:b.test"),
                          slice_of(NULL, 0)) == 0);
    out_lit(&o, "\r\n");
    must(parse(&m, arena, &o) && m.credentials && !m.credentials->next);
    must(slice_eq(m.credentials->realm, d->realm));
    must(slice_eq(m.credentials->nonce, d->nonce));
    sip_digest_own_ha1(d, d->md, &hex);
    must(sip_digest_verify(d->env, m.credentials, S("REGISTER"), m.body,
                           &hex) == 0);
}

static void run(struct sip_digest *d, const struct sip_msg *m,
                struct arena *arena)
{
    enum sip_digest_result r = sip_digest_challenge(d, m->challenge, false);

    must(sip_digest_ready(d) == (r == SIP_DIGEST_OK));
    if (r == SIP_DIGEST_ASK) {
        must(sip_digest_set_password(d, S("p")) == 0);
        r = SIP_DIGEST_OK;
    }
    if (r != SIP_DIGEST_OK)
        return;
    answer(d, arena);
    answer(d, arena);
    (void)sip_digest_info(d, &m->auth_info, S("sip:b.test"), m->body);
    r = sip_digest_challenge(d, m->challenge, true);
    must(r == SIP_DIGEST_OK || r == SIP_DIGEST_WRONG_PASSWORD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[1 << 15];
    struct env env = {.alloc = target_alloc,
                      .free = target_free,
                      .rand = count_up,
                      .md = mix};
    struct arena_pool pool;
    struct arena arena;
    struct sip_digest d;
    struct sip_msg m;
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, "SIP/2.0 401 Unauthorized\r\n" ENVELOPE);
    out_put(&o, slice_of(data, size));
    out_lit(&o, "\r\n\r\n");
    arena_pool_init(&pool, &env);
    arena_init(&arena, &pool);
    sip_digest_init(&d, &env, SIP_DIGEST_ALLOW_MD5 | SIP_DIGEST_ALLOW_NO_QOP);
    must(sip_digest_set_user(&d, S("bob"), S("")) == 0);
    if (parse(&m, &arena, &o))
        run(&d, &m, &arena);
    sip_digest_free(&d);
    arena_reset(&arena);
    arena_pool_free(&pool);
    return 0;
}
