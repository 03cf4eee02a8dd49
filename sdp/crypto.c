/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a=crypto: tag, suite, key parameters, session parameters. */
#include "sdp/crypto.h"

#include <string.h>

#include "sdp/base64.h"
#include "sdp/scan.h"
#include "sip/base/err.h"

/* The first thing that is wrong with a line decides. */
static void blame(struct sdp_crypto *c, enum sdp_crypto_use use)
{
    if (c->use == SDP_CRYPTO_OK)
        c->use = use;
}

/* RFC 4568 6.3.2 to 6.3.4: what takes protection away. */
static bool takes_away(struct slice param)
{
    return slice_ieq(param, S("UNENCRYPTED_SRTP")) ||
           slice_ieq(param, S("UNENCRYPTED_SRTCP")) ||
           slice_ieq(param, S("UNAUTHENTICATED_SRTP"));
}

/* What changes nothing for us: the default key derivation rate (6.3.1), a
 * window that ours is wide enough for, and what is optional (6.3.7). */
static bool harmless(struct slice param)
{
    uint32_t v;

    if (slice_istarts(param, S("KDR=")))
        return !slice_u32(&v, slice_skip(param, 4), 24) && v == 0;
    if (slice_istarts(param, S("WSH=")))
        return !slice_u32(&v, slice_skip(param, 4), UINT32_MAX) &&
               v >= SDP_WSH_MIN;
    return param.n > 1 && param.p[0] == '-' && param.p[1] != '-';
}

static void read_params(struct sdp_crypto *c)
{
    struct cursor at = cursor_of(c->params);

    /* Twice: a NULL in disguise is told as such, wherever it stands. */
    while (cursor_left(&at)) {
        if (takes_away(sdp_scan_word(&at, NULL)))
            blame(c, SDP_CRYPTO_NULL);
        cursor_skip_ws(&at);
    }
    at = cursor_of(c->params);
    while (cursor_left(&at)) {
        if (!harmless(sdp_scan_word(&at, NULL)))
            blame(c, SDP_CRYPTO_PARAM);
        cursor_skip_ws(&at);
    }
}

/* lifetime = ["2^"] 1*DIGIT; not above 2^48 (RFC 3711 9.2). */
static int read_lifetime(uint64_t *life, struct slice text)
{
    uint64_t limit = UINT64_C(1) << 48;
    uint64_t v;

    if (!slice_starts(text, S("2^")))
        return slice_u64(life, text, limit);
    if (slice_u64(&v, slice_skip(text, 2), 48))
        return E_SYNTAX;
    *life = UINT64_C(1) << v;
    return 0;
}

/* value ":" length; both decimal, the value in so many bytes. */
static int read_mki(struct sdp_crypto *c, struct slice text)
{
    struct cursor at = cursor_of(text);
    struct slice value = cursor_take_until(&at, ':');
    uint32_t n;

    if (!cursor_take(&at, ':') || slice_u32(&n, cursor_rest(&at), SDP_MKI_MAX))
        return E_SYNTAX;
    if (n == 0 || c->mki_n ||
        slice_u32(&c->mki, value, UINT32_MAX >> (32 - 8 * n)))
        return E_SYNTAX;
    c->mki_n = (uint8_t)n;
    return 0;
}

/* key||salt ["|" lifetime] ["|" MKI ":" length]; key_end is where the
 * first part ends. */
static void read_inline(struct sdp_crypto *c, struct slice text,
                        const char *key_end)
{
    struct cursor at = cursor_of(text);
    size_t n;

    at.p = key_end;
    c->key = slice_between(text.p, at.p);
    if (c->suite != SDP_SUITE_NONE &&
        (sdp_base64_check(&n, c->key) || n != sdp_suite_key(c->suite)))
        blame(c, SDP_CRYPTO_KEY);
    while (cursor_take(&at, '|')) {
        struct slice part = cursor_take_until(&at, '|');

        if (slice_find(part, ':') < part.n) {
            if (read_mki(c, part))
                blame(c, SDP_CRYPTO_MKI);
        } else if (c->lifetime || c->mki_n ||
                   read_lifetime(&c->lifetime, part) ||
                   c->lifetime < SDP_LIFETIME_MIN) {
            blame(c, SDP_CRYPTO_LIFE);
        }
    }
}

static void read_keys(struct sdp_crypto *c, const struct sip_map *map,
                      struct slice keys)
{
    struct cursor at = cursor_of(keys);
    const char *from;
    const char *key_end;

    if (cursor_left(&at) > 7 && memcmp(at.p, "inline:", 7) == 0) {
        at.p += 7;
    } else if (!cursor_itake_text(&at, S("inline:"))) {
        blame(c, SDP_CRYPTO_KEY);
        return;
    }
    from = at.p;
    key_end = sdp_scan_mapped(map, from, at.end, ';', '|');
    at.p = key_end;
    if (cursor_left(&at) && *at.p != ';')
        at.p = sdp_scan_find(key_end, at.end, ';', ';');
    read_inline(c, slice_between(from, at.p), key_end);
    if (cursor_left(&at))
        blame(c, SDP_CRYPTO_MKI);
}

static void read_suite(struct sdp_crypto *c)
{
    c->suite = sdp_suite_find(c->name);
    if (c->suite != SDP_SUITE_NONE)
        return;
    if (slice_istarts(c->name, S("NULL_")) || slice_ieq(c->name, S("NULL")))
        blame(c, SDP_CRYPTO_NULL);
    else
        blame(c, SDP_CRYPTO_SUITE);
}

/* Nearly all start with "inline:". */
static bool has_colon(struct slice keys)
{
    const char *end = keys.p + keys.n;

    return (keys.n > 6 && keys.p[6] == ':') ||
           sdp_scan_find(keys.p, end, ':', ':') < end;
}

int sdp_crypto_parse(struct sdp_crypto *c, struct slice value)
{
    return sdp_crypto_read(c, NULL, value);
}

int sdp_crypto_read(struct sdp_crypto *c, const struct sip_map *map,
                    struct slice value)
{
    struct cursor at = cursor_of(value);
    struct slice keys;

    *c = (struct sdp_crypto){.use = SDP_CRYPTO_SYNTAX};
    if (!sdp_scan_number(&at, SDP_TAG_MAX, &c->tag) ||
        !sdp_scan_next(&at, map, &c->name) ||
        !sdp_scan_next(&at, map, &keys) || !has_colon(keys))
        return E_SYNTAX;
    c->use = SDP_CRYPTO_OK;
    c->params = slice_trim(cursor_rest(&at));
    read_suite(c);
    if (c->params.n)
        read_params(c);
    read_keys(c, map, keys);
    return 0;
}

int sdp_crypto_key(struct secret *key, const struct sdp_crypto *c)
{
    uint8_t bytes[SDP_KEY_MAX];
    size_t n;
    int err = sdp_base64_decode(bytes, sizeof(bytes), &n, c->key);

    if (!err && (n == 0 || n != sdp_suite_key(c->suite)))
        err = E_SYNTAX;
    if (!err)
        err = secret_set(key, slice_of(bytes, n));
    secret_wipe(bytes, sizeof(bytes));
    return err ? E_SYNTAX : 0;
}
