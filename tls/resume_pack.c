/* SPDX-License-Identifier: Apache-2.0 */
/* A saved session as bytes: fixed fields, texts with their lengths. */
#include "tls/resume_pack.h"

#include <string.h>

enum { FORMAT = 1 };

void tls_pack_u64(struct out *o, uint64_t v)
{
    for (int i = 56; i >= 0; i -= 8)
        out_char(o, (char)(v >> i));
}

bool tls_unpack_u64(uint64_t *v, struct slice *s)
{
    if (s->n < 8)
        return false;
    *v = 0;
    for (size_t i = 0; i < 8; i++)
        *v = *v << 8 | (uint8_t)s->p[i];
    *s = slice_skip(*s, 8);
    return true;
}

static void put_text(struct out *o, const char *text)
{
    struct slice s = slice_cstr(text);

    tls_pack_u64(o, s.n);
    out_put(o, s);
}

static bool get_bytes(struct slice *to, struct slice *s)
{
    uint64_t n;

    if (!tls_unpack_u64(&n, s) || n > s->n)
        return false;
    *to = slice_of(s->p, (size_t)n);
    *s = slice_skip(*s, (size_t)n);
    return true;
}

static bool get_text(char *to, size_t cap, struct slice *s)
{
    struct slice text;

    if (!get_bytes(&text, s) || text.n >= cap)
        return false;
    if (text.n)
        memcpy(to, text.p, text.n);
    to[text.n] = '\0';
    return true;
}

static bool get_fixed(void *to, size_t n, struct slice *s)
{
    if (s->n < n)
        return false;
    memcpy(to, s->p, n);
    *s = slice_skip(*s, n);
    return true;
}

bool tls_pack(struct out *o, const struct tls_saved *saved)
{
    const struct tls_facts *f = &saved->facts;

    tls_pack_u64(o, FORMAT);
    tls_pack_u64(o, (uint64_t)saved->verified_ms);
    tls_pack_u64(o, (uint64_t)saved->life_ms);
    tls_pack_u64(o, (uint64_t)f->not_before_ms);
    tls_pack_u64(o, (uint64_t)f->not_after_ms);
    tls_pack_u64(o, (uint64_t)f->match);
    tls_pack_u64(o, f->chain);
    tls_pack_u64(o, (uint64_t)(int64_t)f->pin);
    tls_pack_u64(o, f->sip_usage);
    out_put(o, slice_of(f->spki, sizeof(f->spki)));
    out_put(o, slice_of(f->pinned, sizeof(f->pinned)));
    put_text(o, f->name);
    put_text(o, f->subject);
    put_text(o, f->issuer);
    put_text(o, f->serial);
    tls_pack_u64(o, saved->session.n);
    out_put(o, saved->session);
    return !o->err;
}

static bool get_numbers(struct tls_saved *saved, struct slice *s)
{
    struct tls_facts *f = &saved->facts;
    uint64_t v[9];

    for (size_t i = 0; i < 9; i++)
        if (!tls_unpack_u64(&v[i], s))
            return false;
    if (v[0] != FORMAT || v[5] > TLS_NAME_NOTHING)
        return false;
    saved->verified_ms = (int64_t)v[1];
    saved->life_ms = (int64_t)v[2];
    f->not_before_ms = (int64_t)v[3];
    f->not_after_ms = (int64_t)v[4];
    f->match = (enum tls_name_verdict)v[5];
    f->chain = (unsigned)v[6];
    f->pin = (int)(int64_t)v[7];
    f->sip_usage = v[8] != 0;
    return true;
}

bool tls_unpack(struct tls_saved *saved, struct slice s)
{
    struct tls_facts *f = &saved->facts;

    memset(saved, 0, sizeof(*saved));
    return get_numbers(saved, &s) && get_fixed(f->spki, sizeof(f->spki), &s) &&
           get_fixed(f->pinned, sizeof(f->pinned), &s) &&
           get_text(f->name, sizeof(f->name), &s) &&
           get_text(f->subject, sizeof(f->subject), &s) &&
           get_text(f->issuer, sizeof(f->issuer), &s) &&
           get_text(f->serial, sizeof(f->serial), &s) &&
           get_bytes(&saved->session, &s) && s.n == 0;
}
