/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints read, judged and written; roles; when it begins anew. */
#include "sdp/dtls.h"

#include <string.h>

#include "sdp/scan.h"
#include "sdp/write.h"
#include "sip/base/err.h"

struct hash {
    struct slice name;
    uint8_t n; /* bytes; 0: too weak */
};

static const struct hash hashes[SDP_HASH_COUNT] = {
    [SDP_HASH_SHA256] = {S_INIT("sha-256"), 32},
    [SDP_HASH_SHA384] = {S_INIT("sha-384"), 48},
    [SDP_HASH_SHA512] = {S_INIT("sha-512"), 64},
};

size_t sdp_hash_size(enum sdp_hash hash)
{
    return hash < SDP_HASH_COUNT ? hashes[hash].n : 0;
}

int sdp_dtls_id(char id[SDP_TLS_ID_N], const struct env *env)
{
    return env_rand_hex(env, id, SDP_TLS_ID_N / 2);
}

/* --------------------------------------------------------- fingerprints */

/* RFC 8122 5: names are read in any case by most, and so here. */
static enum sdp_hash hash_of(struct slice name)
{
    for (int i = SDP_HASH_NONE + 1; i < SDP_HASH_COUNT; i++)
        if (slice_ieq(name, hashes[i].name))
            return (enum sdp_hash)i;
    return SDP_HASH_NONE;
}

static bool weak(struct slice name)
{
    static const struct slice names[] = {S_INIT("sha-1"), S_INIT("sha-224"),
                                         S_INIT("md5"), S_INIT("md2")};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (slice_ieq(name, names[i]))
            return true;
    return false;
}

static int nibble(char ch)
{
    size_t at = slice_find(S("0123456789ABCDEF"), ch);

    if (at == 16)
        at = slice_find(S("0123456789abcdef"), ch);
    return at == 16 ? -1 : (int)at;
}

static int read_bytes(struct sdp_print *print, struct slice hex)
{
    size_t n = sdp_hash_size(print->hash);

    if (hex.n != 3 * n - 1)
        return E_SYNTAX;
    for (size_t i = 0; i < n; i++) {
        int high = nibble(hex.p[3 * i]), low = nibble(hex.p[3 * i + 1]);

        if (high < 0 || low < 0 || (i + 1 < n && hex.p[3 * i + 2] != ':'))
            return E_SYNTAX;
        print->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

int sdp_print_read(struct sdp_print *print, struct slice value)
{
    size_t n = slice_find(value, ' ');
    struct slice name = slice_of(value.p, n);

    *print = (struct sdp_print){.hash = hash_of(name)};
    if (print->hash == SDP_HASH_NONE)
        return weak(name) ? E_POLICY : E_UNSUPPORTED;
    return read_bytes(print, slice_trim(slice_skip(value, n)));
}

/* The medium's own count, else the session's (RFC 8122 5). */
static const struct sdp_attr *first_print(const struct sdp_dtls_peer *peer)
{
    const struct sdp_attr *a =
        sdp_attr_find(peer->m->common.attr, S("fingerprint"));

    return a ? a : sdp_attr_find(peer->sdp->common.attr, S("fingerprint"));
}

/* The set by the best hash (5.1); of what else there is nothing counts. */
static enum sdp_refusal read_prints(struct sdp_dtls *d,
                                    const struct sdp_dtls_peer *peer)
{
    const struct sdp_attr *a = first_print(peer);
    enum sdp_refusal why = SDP_REFUSED_no_fingerprint;
    struct sdp_print print;

    memset(d->theirs, 0, sizeof(d->theirs));
    d->ntheirs = 0;
    for (; a; a = sdp_attr_find(a->next, S("fingerprint"))) {
        int err = sdp_print_read(&print, a->value);

        if (err == E_POLICY && !d->ntheirs)
            why = SDP_REFUSED_weak_fingerprint;
        if (err || (d->ntheirs && print.hash < d->theirs[0].hash))
            continue;
        if (d->ntheirs && print.hash > d->theirs[0].hash) {
            memset(d->theirs, 0, sizeof(d->theirs));
            d->ntheirs = 0;
        }
        if (d->ntheirs < SDP_PRINTS_MAX)
            d->theirs[d->ntheirs++] = print;
        why = SDP_REFUSED_none;
    }
    return why;
}

static bool has_print(const struct sdp_print *list, unsigned n,
                      const struct sdp_print *print)
{
    for (unsigned i = 0; i < n; i++)
        if (list[i].hash == print->hash &&
            memcmp(list[i].bytes, print->bytes, SDP_PRINT_N) == 0)
            return true;
    return false;
}

static bool same_prints(const struct sdp_dtls *a, const struct sdp_dtls *b)
{
    if (a->ntheirs != b->ntheirs)
        return false;
    for (unsigned i = 0; i < a->ntheirs; i++)
        if (!has_print(b->theirs, b->ntheirs, &a->theirs[i]))
            return false;
    return true;
}

/* Our own certificate at the other end is a loop, or somebody's mirror. */
static bool is_ours(const struct sdp_dtls *d)
{
    for (unsigned i = 0; i < d->ntheirs; i++)
        if (has_print(d->ours, d->nours, &d->theirs[i]))
            return true;
    return false;
}

/* ----------------------------------------------------------------- tls-id */

static bool id_ok(struct slice s)
{
    static const struct slice more = S_INIT("+/-_");

    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];

        if (!((ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
              (ch >= 'a' && ch <= 'z') || slice_find(more, ch) < more.n))
            return false;
    }
    return s.n >= 20 && s.n <= SDP_TLS_ID_MAX;
}

/* One that does not follow its grammar is as if it were not there. */
static void read_id(struct sdp_dtls *d, const struct sdp_media *m)
{
    const struct sdp_attr *a = sdp_attr_find(m->common.attr, S("tls-id"));

    memset(d->their_id, 0, sizeof(d->their_id));
    d->their_id_n = 0;
    if (!a || !id_ok(a->value))
        return;
    d->their_id_n = (unsigned)a->value.n;
    memcpy(d->their_id, a->value.p, a->value.n);
}

static bool same_id(const struct sdp_dtls *a, const struct sdp_dtls *b)
{
    return a->their_id_n == b->their_id_n &&
           memcmp(a->their_id, b->their_id, sizeof(a->their_id)) == 0;
}

/* ------------------------------------------------------------------- role */

/* Ours, by what they say (RFC 4145 4.1: active if an offer does not say,
 * passive if an answer does not); ACTPASS: it is ours to choose. */
static enum sdp_setup role_of(const struct sdp_dtls_peer *peer)
{
    switch (peer->m->common.setup) {
    case SDP_SETUP_ACTIVE:
        return SDP_SETUP_PASSIVE;
    case SDP_SETUP_PASSIVE:
        return SDP_SETUP_ACTIVE;
    case SDP_SETUP_ACTPASS:
        return peer->answer ? SDP_SETUP_NONE : SDP_SETUP_ACTPASS;
    case SDP_SETUP_NONE:
        return peer->answer ? SDP_SETUP_ACTIVE : SDP_SETUP_PASSIVE;
    case SDP_SETUP_HOLDCONN: /* RFC 8842 5.1: never */
        break;
    }
    return SDP_SETUP_NONE;
}

/* RFC 8842 3.1, 4; without tls-ids another address says it, too. */
static bool begins_anew(const struct sdp_dtls *was, const struct sdp_dtls *d,
                        const struct sdp_dtls_peer *peer, enum sdp_setup role)
{
    return was->role == SDP_SETUP_NONE || !same_prints(was, d) ||
           !same_id(was, d) || (peer->answer && d->renewing) ||
           (role != SDP_SETUP_ACTPASS && role != was->role) ||
           (!d->their_id_n && peer->moved);
}

enum sdp_refusal sdp_dtls_judge(struct sdp_dtls *d,
                                const struct sdp_dtls_peer *peer)
{
    const struct sdp_dtls was = *d;
    enum sdp_setup role = role_of(peer);
    enum sdp_refusal why;

    if (!d->verified)
        return SDP_REFUSED_unverified;
    if (!d->nours)
        return SDP_REFUSED_keying;
    why = read_prints(d, peer);
    if (why != SDP_REFUSED_none)
        return why;
    if (is_ours(d))
        return SDP_REFUSED_own_key_echoed;
    if (role == SDP_SETUP_NONE)
        return SDP_REFUSED_setup;
    read_id(d, peer->m);
    d->renewed = begins_anew(&was, d, peer, role);
    if (role != SDP_SETUP_ACTPASS)
        d->role = role;
    else if (d->renewed) /* RFC 5763 5: the answerer had better begin */
        d->role = SDP_SETUP_ACTIVE;
    if (d->renewed && !peer->answer && was.role != SDP_SETUP_NONE)
        memcpy(d->id, peer->fresh, SDP_TLS_ID_N);
    if (peer->answer && d->renewing)
        memcpy(d->id, d->next_id, SDP_TLS_ID_N);
    d->renewing = false;
    return SDP_REFUSED_none;
}

/* ---------------------------------------------------------------- written */

static void put_print(struct out *o, const struct sdp_print *print)
{
    static const char hex[] = "0123456789ABCDEF";
    char text[16 + 3 * SDP_PRINT_N];
    struct out v = out_of(text, sizeof(text));

    out_put(&v, hashes[print->hash].name);
    for (size_t i = 0; i < sdp_hash_size(print->hash); i++) {
        out_char(&v, i ? ':' : ' ');
        out_char(&v, hex[print->bytes[i] >> 4]);
        out_char(&v, hex[print->bytes[i] & 15]);
    }
    sdp_write_attr(o, S("fingerprint"), out_slice(&v));
}

static void put(struct out *o, const struct sdp_dtls *d, struct slice setup,
                const char *id)
{
    if (!d->nours)
        out_fail(o, E_INVAL);
    sdp_write_attr(o, S("setup"), setup);
    for (unsigned i = 0; i < d->nours; i++)
        put_print(o, &d->ours[i]);
    if (id)
        sdp_write_attr(o, S("tls-id"), slice_of(id, SDP_TLS_ID_N));
}

void sdp_dtls_put_offer(struct out *o, const struct sdp_dtls *d)
{
    put(o, d, S("actpass"), d->renewing ? d->next_id : d->id);
}

/* RFC 8842 5.3: no tls-id to who has none. */
void sdp_dtls_put_answer(struct out *o, const struct sdp_dtls *d)
{
    put(o, d, d->role == SDP_SETUP_ACTIVE ? S("active") : S("passive"),
        d->their_id_n ? d->id : NULL);
}
