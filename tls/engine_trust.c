/* SPDX-License-Identifier: Apache-2.0 */
/* Why a chain leads to no anchor: who is missing, unknown or in between. */
#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <string.h>

#include "tls/engine_say.h"

static const mbedtls_x509_crt *anchor_named(const struct tls_verify *v,
                                            const mbedtls_x509_buf *name)
{
    const mbedtls_x509_crt *a = v->anchors;

    while (a && !tls_same_buf(&a->subject_raw, name))
        a = a->next;
    return a;
}

static struct slice dn_part(const mbedtls_x509_name *dn, struct slice oid)
{
    for (; dn; dn = dn->next)
        if (slice_eq(slice_of(dn->oid.p, dn->oid.len), oid))
            return slice_of(dn->val.p, dn->val.len);
    return slice_of(NULL, 0);
}

static struct slice behind_oid(const mbedtls_x509_crt *crt, struct slice oid)
{
    struct slice ext = slice_of(crt->v3_ext.p, crt->v3_ext.len);

    for (; ext.n >= oid.n; ext = slice_skip(ext, 1))
        if (slice_starts(ext, oid))
            return slice_skip(ext, oid.n);
    return slice_of(NULL, 0);
}

/* AuthorityInfoAccess, which public CAs write into what they issue. */
static bool has_aia(const mbedtls_x509_crt *crt)
{
    static const char oid[] = "\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x01";

    return behind_oid(crt, slice_of(oid, sizeof(oid) - 1)).n > 0;
}

/* Where the issuer's certificate is to be had: the URI behind caIssuers
 * (RFC 5280 4.2.2.1). */
static struct slice aia_uri(const mbedtls_x509_crt *crt)
{
    static const char oid[] = "\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86";
    struct slice s = behind_oid(crt, slice_of(oid, sizeof(oid) - 1));
    size_t n = s.n ? (uint8_t)s.p[0] : 0;

    return n && n < 128 && n < s.n ? slice_of(s.p + 1, n) : slice_of(NULL, 0);
}

/* "Some Intermediate CA 3" says itself what it is. */
static bool named_intermediate(const mbedtls_x509_name *dn)
{
    static const char oid[] = MBEDTLS_OID_AT_CN;
    static const struct slice word[] = {
        S_INIT("intermediate"), S_INIT("issuing"), S_INIT("subordinate")};
    struct slice cn = dn_part(dn, slice_of(oid, sizeof(oid) - 1));

    for (; cn.n; cn = slice_skip(cn, 1))
        for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
            if (slice_istarts(cn, word[i]))
                return true;
    return false;
}

/* The authority key identifier may say who issued the issuer (RFC 5280
 * 4.2.1.1): if that is an anchor, the issuer is an intermediate. */
static bool issued_below_anchor(const struct tls_verify *v,
                                const mbedtls_x509_crt *leaf)
{
    enum { DIRECTORY_NAME = 4 };
    const mbedtls_x509_sequence *name =
        &leaf->authority_key_id.authorityCertIssuer;

    for (; name; name = name->next)
        if (name->buf.p && (name->buf.tag & 0x1f) == DIRECTORY_NAME &&
            anchor_named(v, &name->buf) &&
            !tls_same_buf(&name->buf, &leaf->issuer_raw))
            return true;
    return false;
}

/* The issuer belongs to an organisation that has an anchor. */
static bool same_organisation(const struct tls_verify *v,
                              const mbedtls_x509_crt *leaf)
{
    static const char oid[] = MBEDTLS_OID_AT_ORGANIZATION;
    struct slice key = slice_of(oid, sizeof(oid) - 1);
    struct slice org = dn_part(&leaf->issuer, key);

    for (const mbedtls_x509_crt *a = v->anchors; a && org.n; a = a->next)
        if (slice_ieq(org, dn_part(&a->subject, key)))
            return true;
    return false;
}

/*
 * A leaf alone does not tell an unknown CA from an intermediate that was not
 * sent. It is taken for the latter if something speaks for it; public CAs
 * (those write AIA) issue through intermediates only.
 */
static bool looks_intermediate(const struct tls_verify *v,
                               const mbedtls_x509_crt *leaf)
{
    return has_aia(leaf) || issued_below_anchor(v, leaf) ||
           same_organisation(v, leaf) || named_intermediate(&leaf->issuer);
}

static void put_anchor_count(struct out *o, const struct tls_verify *v)
{
    size_t n = 0;

    for (const mbedtls_x509_crt *a = v->anchors; a; a = a->next)
        n += a->raw.len ? 1 : 0;
    out_lit(o, "is not among the configured trust anchors (");
    out_u64(o, n);
    out_char(o, ')');
}

/* Was a certificate of that name sent after crt? */
static bool was_sent(const mbedtls_x509_crt *crt, const mbedtls_x509_buf *name)
{
    for (crt = crt->next; crt; crt = crt->next)
        if (tls_same_buf(&crt->subject_raw, name))
            return true;
    return false;
}

/* The issuer is not at hand; true if an intermediate seems to be missing. */
static bool put_absent(struct out *o, const struct tls_verify *v,
                       const mbedtls_x509_crt *crt, bool alone)
{
    out_lit(o, " is issued by ");
    tls_say_dn(o, &crt->issuer);
    if (was_sent(crt, &crt->issuer_raw)) {
        out_lit(o, ", which was sent but is no CA or did not sign it");
        return false;
    }
    out_lit(o, ", which was not sent and ");
    put_anchor_count(o, v);
    if (aia_uri(crt).n) {
        out_lit(o, "; it is to be had at ");
        out_put(o, aia_uri(crt));
    }
    if (alone && looks_intermediate(v, crt))
        return true;
    if (alone)
        out_lit(o, "; if it is an intermediate, the server must send it");
    return false;
}

/*
 * Products that answer in the server's place with certificates of their own
 * CA: what the issuer's name says of itself.
 */
static bool names_inspector(const mbedtls_x509_name *dn)
{
    static const struct slice word[] = {
        S_INIT("fortinet"),    S_INIT("fortigate"),   S_INIT("zscaler"),
        S_INIT("palo alto"),   S_INIT("sophos"),      S_INIT("blue coat"),
        S_INIT("umbrella"),    S_INIT("netskope"),    S_INIT("check point"),
        S_INIT("forcepoint"),  S_INIT("websense"),    S_INIT("barracuda"),
        S_INIT("watchguard"),  S_INIT("sonicwall"),   S_INIT("untangle"),
        S_INIT("kaspersky"),   S_INIT("eset "),       S_INIT("avast"),
        S_INIT("bitdefender"), S_INIT("smoothwall"),  S_INIT("lightspeed"),
        S_INIT("mitmproxy"),   S_INIT("charles pro"), S_INIT("portswigger"),
        S_INIT("squid"),       S_INIT("inspection"),  S_INIT("interception"),
        S_INIT("decryption"),
    };

    for (; dn; dn = dn->next) {
        struct slice s = slice_of(dn->val.p, dn->val.len);

        for (; s.n; s = slice_skip(s, 1))
            for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++)
                if (slice_istarts(s, word[i]))
                    return true;
    }
    return false;
}

/* crt is where the way up to an anchor ended. */
void tls_blame_trust(struct tls_verify *v, const mbedtls_x509_crt *crt,
                     int depth)
{
    bool self = tls_same_buf(&crt->subject_raw, &crt->issuer_raw);
    enum cause_code code = CAUSE_cert_unknown_ca;
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    v->broken = crt;
    if (names_inspector(&crt->issuer)) {
        out_lit(&o, "this network answers as ");
        tls_say_dn(&o, &crt->issuer);
        out_lit(&o, ": ");
        tls_say_who(&o, v, crt, depth);
        tls_blame(v, TLS_RANK_TRUST, CAUSE_cert_intercepted, &o);
        return;
    }
    tls_say_who(&o, v, crt, depth);
    if (self && depth == 0) {
        code = CAUSE_cert_self_signed;
    } else if (self) {
        out_lit(&o, " is a root that the server sent, but it ");
        put_anchor_count(&o, v);
    } else if (anchor_named(v, &crt->issuer_raw)) {
        out_lit(&o, " names the trusted issuer ");
        tls_say_dn(&o, &crt->issuer);
        out_lit(&o, " but is not signed by that CA's key");
    } else if (put_absent(&o, v, crt, depth == 0 && !crt->next)) {
        code = CAUSE_cert_missing_intermediate;
    }
    tls_blame(v, TLS_RANK_TRUST, code, &o);
}

/* Was a certificate of that name sent before crt, other than the leaf? */
static bool sent_before(const mbedtls_x509_crt *leaf,
                        const mbedtls_x509_crt *crt,
                        const mbedtls_x509_buf *name)
{
    for (const mbedtls_x509_crt *at = leaf; at && at != crt; at = at->next)
        if (at != leaf && tls_same_buf(&at->subject_raw, name))
            return true;
    return false;
}

/* mbedTLS looks for an issuer only among what was sent behind. */
void tls_blame_order(struct tls_verify *v, const mbedtls_x509_crt *leaf)
{
    const mbedtls_x509_crt *crt = v->broken;
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    if (!crt || v->cause.code != CAUSE_cert_unknown_ca ||
        !sent_before(leaf, crt, &crt->issuer_raw))
        return;
    out_lit(&o, "the certificate ");
    tls_say_dn(&o, &crt->issuer);
    out_lit(&o, " was sent before ");
    tls_say_dn(&o, &crt->subject);
    out_lit(&o, ", which it issued");
    cause_set_facts(&v->cause, CAUSE_cert_wrong_order, out_slice(&o));
}

/* The issuer of crt among all that was sent. */
static const mbedtls_x509_crt *issuer_sent(const mbedtls_x509_crt *leaf,
                                           const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_crt *at = leaf;

    if (tls_same_buf(&crt->subject_raw, &crt->issuer_raw))
        return NULL;
    while (at &&
           (at == crt || !tls_same_buf(&at->subject_raw, &crt->issuer_raw)))
        at = at->next;
    return at;
}

void tls_count_sent(struct tls_verify *v, const mbedtls_x509_crt *leaf)
{
    const mbedtls_x509_crt *at = leaf;
    unsigned used = 1;

    for (v->sent = 0; at; at = at->next)
        v->sent++;
    for (at = leaf; used < v->sent; used++) {
        const mbedtls_x509_crt *up = issuer_sent(leaf, at);

        if (!up)
            break;
        v->disorder = v->disorder || up != at->next;
        at = up;
    }
    v->extra = v->sent - used;
}
