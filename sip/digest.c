/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of digest authentication (RFC 3261 22, 7616, 8760). */
#include "sip/digest.h"

#include "sip/base/err.h"
#include "sip/chars.h"
#include "sip/digest_hash.h"
#include "sip/write.h"

enum { CNONCE_BYTES = 16 }; /* 128 random bits (hazard A-05) */

void sip_digest_init(struct sip_digest *d, const struct env *env,
                     unsigned flags)
{
    *d = (struct sip_digest){.env = env, .flags = flags};
}

void sip_digest_forget(struct sip_digest *d)
{
    env_drop(d->env, &d->nonce);
    env_drop(d->env, &d->opaque);
    d->live = false;
    d->nc = 0;
}

void sip_digest_forget_password(struct sip_digest *d)
{
    secret_wipe(d->ha1, sizeof(d->ha1));
    memset(d->has_ha1, 0, sizeof(d->has_ha1));
}

static void forget_user(struct sip_digest *d)
{
    sip_digest_forget(d);
    env_drop(d->env, &d->user);
    env_drop(d->env, &d->realm);
    d->has_realm = false;
    sip_digest_forget_password(d);
}

void sip_digest_free(struct sip_digest *d)
{
    const struct env *env = d->env;

    forget_user(d);
    secret_wipe(d, sizeof(*d));
    d->env = env;
}

/* An owned copy in place of what was there. */
static int replace(const struct env *env, struct slice *to, struct slice from)
{
    struct slice copy;
    int err;

    if (from.n > SIP_DIGEST_TEXT_MAX)
        return E_INVAL;
    err = env_copy(env, &copy, from);
    if (err)
        return err;
    env_drop(env, to);
    *to = copy;
    return 0;
}

int sip_digest_set_user(struct sip_digest *d, struct slice user,
                        struct slice realm)
{
    int err;

    forget_user(d);
    if (user.n == 0 || !sip_text_ok(user) || !sip_text_ok(realm))
        return E_INVAL;
    err = replace(d->env, &d->user, user);
    if (!err && realm.n) {
        err = replace(d->env, &d->realm, realm);
        d->has_realm = !err;
    }
    return err;
}

static unsigned nibble(char c)
{
    return c <= '9' ? (unsigned)(c - '0')
                    : (unsigned)(slice_lower(c) - 'a') + 10;
}

/* Half of what the hex needs, for as long as the account lives. */
static void keep_ha1(struct sip_digest *d, enum env_md md, struct slice hex)
{
    for (size_t i = 0; i < hex.n / 2; i++)
        d->ha1[md][i] =
            (uint8_t)(nibble(hex.p[2 * i]) << 4 | nibble(hex.p[2 * i + 1]));
    d->has_ha1[md] = true;
}

int sip_digest_set_password(struct sip_digest *d, struct slice password)
{
    const struct slice part[3] = {d->user, d->realm, password};

    if (!d->user.n || !d->has_realm)
        return E_STATE;
    for (int i = 0; i < ENV_MD_COUNT; i++) {
        struct secret hex;
        int err = sip_digest_ha1(d->env, (enum env_md)i, part, &hex);

        if (!err)
            keep_ha1(d, (enum env_md)i, secret_bytes(&hex));
        secret_clear(&hex);
        d->has_ha1[i] = !err;
        if (err)
            return err;
    }
    return 0;
}

int sip_digest_set_ha1(struct sip_digest *d, enum env_md md, struct slice hex)
{
    if (hex.n != 2 * env_md_size(md))
        return E_INVAL;
    for (size_t i = 0; i < hex.n; i++)
        if (!sip_char_is(hex.p[i], SIP_C_HEX))
            return E_INVAL;
    keep_ha1(d, md, hex);
    return 0;
}

/* Can be answered at this level (hazards )? */
static bool allowed(const struct sip_digest *d, const struct sip_challenge *ch)
{
    enum env_md md;
    bool sess;

    if (sip_digest_alg(ch->alg, &md, &sess))
        return false;
    if (md == ENV_MD5 && !(d->flags & SIP_DIGEST_ALLOW_MD5))
        return false;
    if (ch->qop)
        return (ch->qop & (SIP_QOP_AUTH | SIP_QOP_AUTH_INT)) != 0;
    /* Without qop there is no cnonce, which the -sess forms need. */
    return !sess && (d->flags & SIP_DIGEST_ALLOW_NO_QOP);
}

static bool readable(const struct sip_challenge *ch)
{
    return ch->digest && ch->has_realm && ch->nonce.n &&
           ch->realm.n <= SIP_DIGEST_TEXT_MAX &&
           ch->nonce.n <= SIP_DIGEST_TEXT_MAX &&
           ch->opaque.n <= SIP_DIGEST_TEXT_MAX;
}

static bool has_ha1_for(const struct sip_digest *d,
                        const struct sip_challenge *ch)
{
    enum env_md md;
    bool sess;

    return !sip_digest_alg(ch->alg, &md, &sess) && d->has_ha1[md];
}

/*
 * The topmost challenge of our realm that is allowed; among those one that
 * there is a HA1 for, if there is any. *why says what else there was.
 */
static const struct sip_challenge *choose(const struct sip_digest *d,
                                          const struct sip_challenge *ch,
                                          enum sip_digest_result *why)
{
    const struct sip_challenge *top = NULL;

    *why = SIP_DIGEST_MALFORMED;
    for (; ch; ch = ch->next) {
        if (!readable(ch))
            continue;
        if (d->has_realm && !slice_eq(ch->realm, d->realm)) {
            if (*why == SIP_DIGEST_MALFORMED)
                *why = SIP_DIGEST_FOREIGN_REALM;
            continue;
        }
        *why = SIP_DIGEST_NO_ALGORITHM;
        if (!allowed(d, ch))
            continue;
        if (has_ha1_for(d, ch))
            return ch;
        if (!top)
            top = ch;
    }
    return top;
}

/* Makes the challenge the one in use. */
static int adopt(struct sip_digest *d, const struct sip_challenge *ch)
{
    int err;

    sip_digest_forget(d);
    err = replace(d->env, &d->nonce, ch->nonce);
    if (!err)
        err = replace(d->env, &d->opaque, ch->opaque);
    if (!err && !d->has_realm) {
        err = replace(d->env, &d->realm, ch->realm);
        d->has_realm = !err;
    }
    if (err) {
        sip_digest_forget(d);
        return err;
    }
    sip_digest_alg(ch->alg, &d->md, &d->sess);
    d->alg = ch->alg;
    /* Bodies change on their way through B2BUAs and SBCs: only if the server
     * insists do we vouch for one. */
    d->qop = ch->qop & SIP_QOP_AUTH ? SIP_QOP_AUTH : ch->qop;
    d->qop &= SIP_QOP_AUTH | SIP_QOP_AUTH_INT;
    d->proxy = ch->proxy;
    d->has_opaque = ch->has_opaque;
    d->weak_md5 = d->md == ENV_MD5;
    d->weak_no_qop = !d->qop;
    d->live = true;
    return 0;
}

enum sip_digest_result sip_digest_challenge(struct sip_digest *d,
                                            const struct sip_challenge *list,
                                            bool again)
{
    enum sip_digest_result why;
    const struct sip_challenge *ch = choose(d, list, &why);

    if (!ch) {
        sip_digest_forget(d);
        return why;
    }
    if (again && !ch->stale) {
        sip_digest_forget(d);
        return SIP_DIGEST_WRONG_PASSWORD;
    }
    if (adopt(d, ch))
        return SIP_DIGEST_NO_MEMORY;
    return d->has_ha1[d->md] ? SIP_DIGEST_OK : SIP_DIGEST_ASK;
}

bool sip_digest_ready(const struct sip_digest *d)
{
    return d->live && d->has_ha1[d->md] && d->nc < UINT32_MAX;
}

/* The next nonce count, and a fresh cnonce unless the session fixes it. */
static int advance(struct sip_digest *d)
{
    if (d->qop && (!d->sess || d->nc == 0)) {
        int err = env_rand_hex(d->env, d->cnonce, CNONCE_BYTES);

        if (err)
            return err;
    }
    d->nc++;
    return 0;
}

static void put_nc(char text[8], uint32_t nc)
{
    struct out o = out_of(text, 8);
    const uint8_t bytes[4] = {(uint8_t)(nc >> 24), (uint8_t)(nc >> 16),
                              (uint8_t)(nc >> 8), (uint8_t)nc};

    out_hex(&o, bytes, sizeof(bytes));
}

static struct slice qop_name(unsigned qop)
{
    if (!qop)
        return (struct slice){0};
    return qop == SIP_QOP_AUTH ? S("auth") : S("auth-int");
}

/* What goes into the hash for the request in hand; its body comes later. */
static struct sip_digest_input input_of(const struct sip_digest *d,
                                        struct slice method, struct slice uri,
                                        char nc[8])
{
    put_nc(nc, d->nc);
    return (struct sip_digest_input){
        .md = d->md,
        .sess = d->sess,
        .qop = qop_name(d->qop),
        .nonce = d->nonce,
        .cnonce = slice_of(d->cnonce, sizeof(d->cnonce) - 1),
        .nc = slice_of(nc, 8),
        .method = method,
        .uri = uri};
}

static void put_quoted(struct out *o, struct slice name, struct slice value)
{
    out_put(o, name);
    out_char(o, '=');
    sip_write_quoted(o, value);
}

static void put_credentials(const struct sip_digest *d, struct out *o,
                            const struct sip_digest_input *in,
                            struct slice response)
{
    out_put(o, sip_hdr_name(d->proxy ? SIP_HDR_PROXY_AUTHORIZATION
                                     : SIP_HDR_AUTHORIZATION));
    put_quoted(o, S(": Digest username"), d->user);
    put_quoted(o, S(", realm"), d->realm);
    put_quoted(o, S(", nonce"), d->nonce);
    put_quoted(o, S(", uri"), in->uri);
    put_quoted(o, S(", response"), response);
    if (d->alg != SIP_DIGEST_NONE) {
        out_lit(o, ", algorithm=");
        out_put(o, sip_digest_alg_name(d->alg));
    }
    if (d->has_opaque)
        put_quoted(o, S(", opaque"), d->opaque);
    if (d->qop) {
        put_quoted(o, S(", cnonce"), in->cnonce);
        out_lit(o, ", qop=");
        out_put(o, in->qop);
        out_lit(o, ", nc=");
        out_put(o, in->nc);
    }
    out_lit(o, "\r\n");
}

void sip_digest_own_ha1(const struct sip_digest *d, enum env_md md,
                        struct secret *hex)
{
    char text[2 * ENV_MD_MAX];
    struct out o = out_of(text, sizeof(text));

    out_hex(&o, d->ha1[md], env_md_size(md));
    (void)secret_set(hex, out_slice(&o)); /* it fits */
    secret_wipe(text, sizeof(text));
}

/* response has room for 2 * ENV_MD_MAX characters. */
static int respond(const struct sip_digest *d,
                   const struct sip_digest_input *in, char *response)
{
    struct secret hex;
    int err;

    sip_digest_own_ha1(d, d->md, &hex);
    err = sip_digest_response(d->env, in, &hex, response);
    secret_clear(&hex);
    return err;
}

int sip_digest_write(struct sip_digest *d, struct out *o, struct slice method,
                     struct slice uri, struct slice body)
{
    char nc[8];
    char response[2 * ENV_MD_MAX];
    struct sip_digest_input in;
    int err;

    if (!sip_digest_ready(d))
        return E_STATE;
    err = advance(d);
    if (err)
        return err;
    in = input_of(d, method, uri, nc);
    in.body = body;
    err = respond(d, &in, response);
    if (err)
        return err;
    put_credentials(d, o, &in, slice_of(response, 2 * env_md_size(d->md)));
    return o->err;
}

/* rspauth: as the response, with an empty method (RFC 7616 3.5). */
static int check_rspauth(struct sip_digest *d,
                         const struct sip_auth_info *info, struct slice uri,
                         struct slice body)
{
    char nc[8];
    char want[2 * ENV_MD_MAX];
    struct sip_digest_input in = input_of(d, S(""), uri, nc);
    int err;

    in.body = body;
    err = respond(d, &in, want);
    if (err)
        return err;
    if (!slice_ieq(info->qop, in.qop) || !slice_eq(info->nc, in.nc) ||
        !slice_eq(info->cnonce, in.cnonce) ||
        !slice_eq_ct(info->rspauth, slice_of(want, 2 * env_md_size(d->md))))
        return E_CRYPTO;
    return 0;
}

int sip_digest_info(struct sip_digest *d, const struct sip_auth_info *info,
                    struct slice uri, struct slice body)
{
    int err;

    if (!info->rspauth.n || !d->live || !d->qop || !d->has_ha1[d->md])
        return 0;
    err = check_rspauth(d, info, uri, body);
    if (err || !info->nextnonce.n)
        return err;
    err = replace(d->env, &d->nonce, info->nextnonce);
    if (!err)
        d->nc = 0;
    return err;
}
