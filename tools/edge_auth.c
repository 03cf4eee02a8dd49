/* SPDX-License-Identifier: Apache-2.0 */
/* The edge's digest authentication (RFC 7616, RFC 3261 22.3). */
#include <string.h>

#include "sip/base/err.h"
#include "sip/digest.h"
#include "sip/digest_hash.h"
#include "sip/write.h"
#include "tools/edge.h"

enum { CHALLENGE_MAX = 4096, MAC_HEX = 32 };

/* A nonce is the time of its making and a keyed digest of it, so that the
 * edge needs no memory of the nonces that it gave. */
static int make_nonce(const struct edge *e, int64_t at, char *text, size_t *n)
{
    struct out o = out_of(text, EDGE_NONCE_MAX);
    uint8_t md[ENV_MD_MAX];

    out_u64(&o, (uint64_t)at);
    const struct slice parts[] = {slice_of(e->key, sizeof(e->key)),
                                  slice_of(text, o.n)};
    int err = e->config.env->md(e->config.env->user, ENV_SHA256, parts, 2, md);

    out_char(&o, '.');
    out_hex(&o, md, MAC_HEX / 2);
    *n = o.n;
    return err ? err : o.err;
}

enum verdict { FRESH, STALE, FORGED };

static enum verdict judge_nonce(const struct edge *e, struct now now,
                                struct slice nonce)
{
    char text[EDGE_NONCE_MAX];
    uint64_t at;
    size_t n;

    if (slice_u64(&at, slice_of(nonce.p, slice_find(nonce, '.')), INT64_MAX) ||
        make_nonce(e, (int64_t)at, text, &n))
        return FORGED;
    if (!slice_eq_ct(slice_of(text, n), nonce))
        return STALE; /* of an earlier key: ours before a restart */
    return now.boot - (int64_t)at <= e->config.nonce_ms ? FRESH : STALE;
}

/* As registrar we are a server (401), else a proxy (407; 22.2, 22.3). */
static bool as_proxy(const struct sip_msg *msg)
{
    return msg->method != SIP_REGISTER;
}

static void put_challenge(struct out *o, const struct edge *e,
                          struct slice nonce, const bool stale_proxy[2])
{
    static const struct slice algorithm[ENV_MD_COUNT] = {
        [ENV_MD5] = S_INIT("MD5"),
        [ENV_SHA256] = S_INIT("SHA-256"),
        [ENV_SHA512_256] = S_INIT("SHA-512-256")};
    char text[1024];
    struct out v = out_of(text, sizeof(text));

    out_lit(&v, "Digest realm=\"");
    out_put(&v, e->config.domain);
    out_lit(&v, "\", nonce=\"");
    out_put(&v, nonce);
    out_lit(&v, "\", algorithm=");
    out_put(&v, algorithm[e->config.md]);
    if (!e->config.no_qop)
        out_put(&v, e->config.integrity ? S(", qop=\"auth-int\"")
                                        : S(", qop=\"auth\""));
    if (stale_proxy[0])
        out_lit(&v, ", stale=true");
    if (v.err)
        out_fail(o, v.err);
    sip_write_hdr(o,
                  stale_proxy[1] ? SIP_HDR_PROXY_AUTHENTICATE
                                 : SIP_HDR_WWW_AUTHENTICATE,
                  out_slice(&v));
}

static int challenge(struct edge *e, struct now now, uint64_t conn,
                     const struct sip_msg *msg, bool stale)
{
    char text[CHALLENGE_MAX], nonce[EDGE_NONCE_MAX], tag[EDGE_KEYED_MAX];
    struct out o = out_of(text, sizeof(text)), t = out_of(tag, sizeof(tag));
    const struct sip_write_src src = {{0}, 0};
    const bool stale_proxy[2] = {stale, as_proxy(msg)};
    int status = as_proxy(msg) ? 407 : 401;
    size_t n;
    int err = make_nonce(e, now.boot, nonce, &n);

    if (err)
        return err;
    if (stale)
        e->counts.stale++;
    else
        e->counts.challenged++;
    edge_put_tag(&t, e, msg);
    sip_write_response(&o, msg, (unsigned)status, out_slice(&t), &src);
    put_challenge(&o, e, slice_of(nonce, n), stale_proxy);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    if (o.err)
        return o.err;
    e->config.send(e->config.user, conn, out_slice(&o));
    return status;
}

/* Eight hex digits, RFC 7616 3.4. */
static bool read_nc(uint64_t *nc, struct slice text)
{
    *nc = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = slice_lower(text.p[i]);

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        *nc = *nc << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return text.n == 8;
}

/* Each count once and only upwards (hazard A-05). */
static bool counts_up(struct edge_nonce *last,
                      const struct sip_credentials *cred)
{
    uint64_t nc;
    bool same = slice_eq(slice_of(last->text, last->n), cred->nonce);

    if (!cred->has_qop)
        return true;
    if (!read_nc(&nc, cred->nc) || (same && nc <= last->nc) ||
        cred->nonce.n > sizeof(last->text))
        return false;
    memcpy(last->text, cred->nonce.p, cred->nonce.n);
    last->n = cred->nonce.n;
    last->nc = nc;
    return true;
}

static const struct sip_credentials *ours(const struct edge *e,
                                          const struct sip_msg *msg)
{
    for (const struct sip_credentials *c = msg->credentials; c; c = c->next)
        if (c->digest && c->proxy == as_proxy(msg) &&
            slice_eq(c->realm, e->config.domain))
            return c;
    return NULL;
}

int edge_authorize(struct edge *e, struct now now, uint64_t conn,
                   const struct sip_msg *msg, struct edge_user *user)
{
    const struct sip_credentials *cred = ours(e, msg);

    if (!cred)
        return challenge(e, now, conn, msg, false);
    if (!slice_eq(cred->username, slice_of(user->name, user->name_n)) ||
        sip_digest_verify(e->config.env, cred, msg->method_text, msg->body,
                          &user->ha1)) {
        e->counts.wrong++;
        return challenge(e, now, conn, msg, false);
    }
    if (judge_nonce(e, now, cred->nonce) != FRESH ||
        !counts_up(&user->nonce[as_proxy(msg)], cred))
        return challenge(e, now, conn, msg, true);
    return 0;
}

void edge_put_info(struct out *o, const struct edge *e,
                   const struct sip_msg *msg, const struct edge_user *user)
{
    const struct sip_credentials *cred = ours(e, msg);
    char hex[2 * ENV_MD_MAX], text[512];
    struct out v = out_of(text, sizeof(text));

    if (!cred || !cred->has_qop)
        return;
    const struct sip_digest_input in = {.md = e->config.md,
                                        .qop = cred->qop,
                                        .nonce = cred->nonce,
                                        .cnonce = cred->cnonce,
                                        .nc = cred->nc,
                                        .uri = cred->uri};

    if (sip_digest_response(e->config.env, &in, &user->ha1, hex))
        return;
    out_lit(&v, "qop=");
    out_put(&v, cred->qop);
    out_lit(&v, ", rspauth=\"");
    out_put(&v, slice_of(hex, 2 * env_md_size(e->config.md)));
    out_lit(&v, "\", cnonce=\"");
    out_put(&v, cred->cnonce);
    out_lit(&v, "\", nc=");
    out_put(&v, cred->nc);
    if (v.err)
        out_fail(o, v.err);
    sip_write_hdr(o, SIP_HDR_AUTHENTICATION_INFO, out_slice(&v));
}
