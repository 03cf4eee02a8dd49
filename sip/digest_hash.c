/* SPDX-License-Identifier: Apache-2.0 */
/* HA1, response, and the server's check. */
#include "sip/digest_hash.h"

#include "sip/base/err.h"

enum { PARTS_MAX = 6, HEX_MAX = 2 * ENV_MD_MAX };

int sip_digest_alg(enum sip_digest_alg alg, enum env_md *md, bool *sess)
{
    switch (alg) {
    case SIP_DIGEST_NONE:
    case SIP_DIGEST_MD5:
    case SIP_DIGEST_MD5_SESS:
        *md = ENV_MD5;
        *sess = alg == SIP_DIGEST_MD5_SESS;
        return 0;
    case SIP_DIGEST_SHA256:
    case SIP_DIGEST_SHA256_SESS:
        *md = ENV_SHA256;
        *sess = alg == SIP_DIGEST_SHA256_SESS;
        return 0;
    case SIP_DIGEST_SHA512_256:
    case SIP_DIGEST_SHA512_256_SESS:
        *md = ENV_SHA512_256;
        *sess = alg == SIP_DIGEST_SHA512_256_SESS;
        return 0;
    case SIP_DIGEST_UNKNOWN:
    default:
        return E_UNSUPPORTED;
    }
}

struct slice sip_digest_alg_name(enum sip_digest_alg alg)
{
    static const struct slice name[SIP_DIGEST_UNKNOWN + 1] = {
#define X(symbol, token) [SIP_DIGEST_##symbol] = S_INIT(token),
        SIP_DIGEST_MAP(X)
#undef X
    };

    return (unsigned)alg <= SIP_DIGEST_UNKNOWN ? name[alg] : name[0];
}

/* Hex of H(part[0] ":" part[1] ":" ...). */
static int hash(const struct env *env, enum env_md md,
                const struct slice *part, size_t n, char *hex)
{
    struct slice all[2 * PARTS_MAX];
    uint8_t raw[ENV_MD_MAX];
    struct out o = out_of(hex, HEX_MAX);
    size_t k = 0;
    int err;

    for (size_t i = 0; i < n; i++) {
        if (i)
            all[k++] = S(":");
        all[k++] = part[i];
    }
    err = env->md(env->user, md, all, k, raw);
    if (err)
        return E_CRYPTO;
    out_hex(&o, raw, env_md_size(md));
    secret_wipe(raw, sizeof(raw));
    return o.err;
}

int sip_digest_ha1(const struct env *env, enum env_md md,
                   const struct slice user_realm_password[3],
                   struct secret *ha1)
{
    char hex[HEX_MAX];
    int err = hash(env, md, user_realm_password, 3, hex);

    if (!err)
        err = secret_set(ha1, slice_of(hex, 2 * env_md_size(md)));
    secret_wipe(hex, sizeof(hex));
    return err;
}

static int hash_response(const struct env *env,
                         const struct sip_digest_input *in, struct slice ha1,
                         char *hex)
{
    char ha2[HEX_MAX];
    char entity[HEX_MAX];
    const struct slice a2[3] = {in->method, in->uri,
                                slice_of(entity, 2 * env_md_size(in->md))};
    bool integrity = slice_ieq(in->qop, S("auth-int"));
    struct slice h2 = slice_of(ha2, 2 * env_md_size(in->md));
    const struct slice with_qop[6] = {ha1,        in->nonce, in->nc,
                                      in->cnonce, in->qop,   h2};
    const struct slice without[3] = {ha1, in->nonce, h2};
    int err = integrity ? hash(env, in->md, &in->body, 1, entity) : 0;

    if (!err)
        err = hash(env, in->md, a2, integrity ? 3 : 2, ha2);
    if (err)
        return err;
    if (in->qop.n)
        return hash(env, in->md, with_qop, 6, hex);
    return hash(env, in->md, without, 3, hex);
}

int sip_digest_response(const struct env *env,
                        const struct sip_digest_input *in,
                        const struct secret *ha1, char *hex)
{
    char sess[HEX_MAX];
    const struct slice a1[3] = {secret_bytes(ha1), in->nonce, in->cnonce};
    int err;

    if (!in->sess)
        return hash_response(env, in, a1[0], hex);
    err = hash(env, in->md, a1, 3, sess);
    if (!err)
        err = hash_response(env, in, slice_of(sess, 2 * env_md_size(in->md)),
                            hex);
    secret_wipe(sess, sizeof(sess));
    return err;
}

/* 8LHEX (RFC 7616 3.4) */
static bool nc_ok(struct slice nc)
{
    if (nc.n != 8)
        return false;
    for (size_t i = 0; i < nc.n; i++)
        if (!((nc.p[i] >= '0' && nc.p[i] <= '9') ||
              (nc.p[i] >= 'a' && nc.p[i] <= 'f')))
            return false;
    return true;
}

int sip_digest_verify(const struct env *env,
                      const struct sip_credentials *cred, struct slice method,
                      struct slice body, const struct secret *ha1)
{
    struct sip_digest_input in = {.qop = cred->qop,
                                  .nonce = cred->nonce,
                                  .cnonce = cred->cnonce,
                                  .nc = cred->nc,
                                  .body = body,
                                  .method = method,
                                  .uri = cred->uri};
    char want[HEX_MAX];
    int err;

    if (!cred->digest || !cred->nonce.n || !cred->uri.n)
        return E_SYNTAX;
    err = sip_digest_alg(cred->alg, &in.md, &in.sess);
    if (err)
        return err;
    if (cred->has_qop) {
        if (!slice_ieq(cred->qop, S("auth")) &&
            !slice_ieq(cred->qop, S("auth-int")))
            return E_UNSUPPORTED;
        if (!nc_ok(cred->nc) || !cred->cnonce.n)
            return E_SYNTAX;
    } else if (in.sess) {
        return E_SYNTAX;
    }
    if (secret_bytes(ha1).n != 2 * env_md_size(in.md))
        return E_UNSUPPORTED;
    err = sip_digest_response(env, &in, ha1, want);
    if (!err &&
        !slice_eq_ct(cred->response, slice_of(want, 2 * env_md_size(in.md))))
        err = E_CRYPTO;
    secret_wipe(want, sizeof(want));
    return err;
}
