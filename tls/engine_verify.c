/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a peer's chain, with the facts that a person needs. */
#include "tls/engine_verify.h"

#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <string.h>

/* The gravest first: what makes the others meaningless. */
enum rank {
    RANK_NONE,
    RANK_NAME,
    RANK_OTHER,
    RANK_WEAK,
    RANK_DATE,
    RANK_TRUST
};

enum { FACTS_MAX = 400, DN_MAX = 120 };

const struct mbedtls_x509_crt_profile *tls_verify_profile(void)
{
    static const mbedtls_x509_crt_profile profile = {
        MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
            MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
            MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
        0xffffffff, /* RSA or ECDSA */
        MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
            MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
            MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
        2048,
    };

    return &profile;
}

/* ------------------------------------------------------------ writing */

static void put_dn(struct out *o, const mbedtls_x509_name *dn)
{
    char text[DN_MAX];
    int n = mbedtls_x509_dn_gets(text, sizeof(text), dn);

    out_char(o, '"');
    out_put(o, n >= 0 ? slice_of(text, (size_t)n) : S("a long name"));
    out_char(o, '"');
}

static void put_2(struct out *o, int v)
{
    out_char(o, (char)('0' + v / 10 % 10));
    out_char(o, (char)('0' + v % 10));
}

/* "2026-11-23 21:00:00 UTC" */
static void put_time(struct out *o, const mbedtls_x509_time *t)
{
    out_u64(o, (uint64_t)t->year);
    out_char(o, '-');
    put_2(o, t->mon);
    out_char(o, '-');
    put_2(o, t->day);
    out_char(o, ' ');
    put_2(o, t->hour);
    out_char(o, ':');
    put_2(o, t->min);
    out_char(o, ':');
    put_2(o, t->sec);
    out_lit(o, " UTC");
}

static bool is_anchor(const struct tls_verify *v, const mbedtls_x509_crt *crt)
{
    for (const mbedtls_x509_crt *a = v->anchors; a; a = a->next)
        if (a == crt)
            return true;
    return false;
}

static void put_who(struct out *o, const struct tls_verify *v,
                    const mbedtls_x509_crt *crt, int depth)
{
    if (depth == 0)
        out_lit(o, "the server's own certificate ");
    else if (is_anchor(v, crt))
        out_lit(o, "the trust anchor ");
    else
        out_lit(o, "the intermediate certificate ");
    put_dn(o, &crt->subject);
}

/* Keeps the gravest of all causes. */
static void blame(struct tls_verify *v, enum rank rank, enum cause_code code,
                  const struct out *facts)
{
    if ((unsigned)rank <= v->rank)
        return;
    v->rank = rank;
    cause_set_facts(&v->cause, code, out_slice(facts));
}

/* -------------------------------------------------------------- trust */

static bool same_buf(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
    return a->len && slice_eq(slice_of(a->p, a->len), slice_of(b->p, b->len));
}

static const mbedtls_x509_crt *anchor_named(const struct tls_verify *v,
                                            const mbedtls_x509_buf *name)
{
    const mbedtls_x509_crt *a = v->anchors;

    while (a && !same_buf(&a->subject_raw, name))
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

/* AuthorityInfoAccess, which public CAs write into what they issue. */
static bool has_aia(const mbedtls_x509_crt *crt)
{
    static const char oid[] = "\x06\x08\x2b\x06\x01\x05\x05\x07\x01\x01";
    struct slice ext = slice_of(crt->v3_ext.p, crt->v3_ext.len);

    for (; ext.n >= sizeof(oid) - 1; ext = slice_skip(ext, 1))
        if (slice_starts(ext, slice_of(oid, sizeof(oid) - 1)))
            return true;
    return false;
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
            !same_buf(&name->buf, &leaf->issuer_raw))
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
        n++;
    out_lit(o, "is not among the configured trust anchors (");
    out_u64(o, n);
    out_char(o, ')');
}

/* Was a certificate of that name sent after crt? */
static bool was_sent(const mbedtls_x509_crt *crt, const mbedtls_x509_buf *name)
{
    for (crt = crt->next; crt; crt = crt->next)
        if (same_buf(&crt->subject_raw, name))
            return true;
    return false;
}

/* The issuer is not at hand; true if an intermediate seems to be missing. */
static bool put_absent(struct out *o, const struct tls_verify *v,
                       const mbedtls_x509_crt *crt, bool alone)
{
    out_lit(o, " is issued by ");
    put_dn(o, &crt->issuer);
    if (was_sent(crt, &crt->issuer_raw)) {
        out_lit(o, ", which was sent but is no CA or did not sign it");
        return false;
    }
    out_lit(o, ", which was not sent and ");
    put_anchor_count(o, v);
    if (alone && looks_intermediate(v, crt))
        return true;
    if (alone)
        out_lit(o, "; if it is an intermediate, the server must send it");
    return false;
}

/* crt is where the way up to an anchor ended. */
static void blame_trust(struct tls_verify *v, const mbedtls_x509_crt *crt,
                        int depth)
{
    bool self = same_buf(&crt->subject_raw, &crt->issuer_raw);
    enum cause_code code = CAUSE_cert_unknown_ca;
    char text[FACTS_MAX];
    struct out o = out_of(text, sizeof(text));

    put_who(&o, v, crt, depth);
    if (self && depth == 0) {
        code = CAUSE_cert_self_signed;
    } else if (self) {
        out_lit(&o, " is a root that the server sent, but it ");
        put_anchor_count(&o, v);
    } else if (anchor_named(v, &crt->issuer_raw)) {
        out_lit(&o, " names the trusted issuer ");
        put_dn(&o, &crt->issuer);
        out_lit(&o, " but is not signed by that CA's key");
    } else if (put_absent(&o, v, crt, depth == 0 && !crt->next)) {
        code = CAUSE_cert_missing_intermediate;
    }
    blame(v, RANK_TRUST, code, &o);
}

/* --------------------------------------------------------- the others */

static void blame_date(struct tls_verify *v, const mbedtls_x509_crt *crt,
                       int depth, bool future)
{
    char text[FACTS_MAX];
    struct out o = out_of(text, sizeof(text));

    put_who(&o, v, crt, depth);
    out_lit(&o, " issued by ");
    put_dn(&o, &crt->issuer);
    out_put(&o, future ? S(" begins ") : S(" ended "));
    put_time(&o, future ? &crt->valid_from : &crt->valid_to);
    blame(v, RANK_DATE, future ? CAUSE_cert_not_yet_valid : CAUSE_cert_expired,
          &o);
}

static void blame_weak(struct tls_verify *v, const mbedtls_x509_crt *crt,
                       int depth, uint32_t flags)
{
    char text[FACTS_MAX];
    struct out o = out_of(text, sizeof(text));

    put_who(&o, v, crt, depth);
    if (flags & MBEDTLS_X509_BADCERT_BAD_KEY) {
        out_lit(&o, " has a key of ");
        out_u64(&o, mbedtls_pk_get_bitlen(&crt->pk));
        out_lit(&o, " bits or of an unknown curve");
    } else {
        out_lit(&o, " is not signed with SHA-256 or better");
    }
    blame(v, RANK_WEAK, CAUSE_cert_weak, &o);
}

static void blame_other(struct tls_verify *v, const mbedtls_x509_crt *crt,
                        int depth, uint32_t flags)
{
    uint8_t be[4] = {(uint8_t)(flags >> 24), (uint8_t)(flags >> 16),
                     (uint8_t)(flags >> 8), (uint8_t)flags};
    char text[FACTS_MAX];
    struct out o = out_of(text, sizeof(text));

    put_who(&o, v, crt, depth);
    out_lit(&o, " was refused, flags ");
    out_hex(&o, be, sizeof(be));
    blame(v, RANK_OTHER, CAUSE_cert_invalid, &o);
}

static enum tls_name_kind san_kind(int tag)
{
    switch (tag & 0x1f) { /* RFC 5280 4.2.1.6 */
    case 2:
        return TLS_NAME_KIND_DNS;
    case 6:
        return TLS_NAME_KIND_URI;
    case 7:
        return TLS_NAME_KIND_IP;
    default:
        return TLS_NAME_KIND_OTHER;
    }
}

static void feed_names(struct tls_name_matcher *m, const mbedtls_x509_crt *crt)
{
    static const char oid[] = MBEDTLS_OID_AT_CN;
    struct slice cn = slice_of(oid, sizeof(oid) - 1);
    const mbedtls_x509_sequence *san = &crt->subject_alt_names;

    if (mbedtls_x509_crt_has_ext_type(crt, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME))
        tls_name_feed_san(m);
    for (; san; san = san->next)
        if (san->buf.p)
            tls_name_feed(m, san_kind(san->buf.tag),
                          slice_of(san->buf.p, san->buf.len));
    for (const mbedtls_x509_name *dn = &crt->subject; dn; dn = dn->next)
        if (slice_eq(slice_of(dn->oid.p, dn->oid.len), cn))
            tls_name_feed(m, TLS_NAME_KIND_CN,
                          slice_of(dn->val.p, dn->val.len));
}

static enum cause_code name_code(enum tls_name_verdict verdict)
{
    if (verdict == TLS_NAME_CN_ONLY)
        return CAUSE_cert_cn_only;
    if (verdict == TLS_NAME_WILDCARD_ONLY)
        return CAUSE_cert_wildcard;
    return CAUSE_cert_name_mismatch;
}

/* RFC 5922 7.3: the name that was configured, never the one from DNS. */
static void check_name(struct tls_verify *v, const mbedtls_x509_crt *leaf)
{
    struct tls_name_matcher m;
    char text[FACTS_MAX];
    struct out o = out_of(text, sizeof(text));

    tls_name_begin(&m, &v->want, v->rule);
    feed_names(&m, leaf);
    v->verdict = tls_name_end(&m);
    if (tls_name_matched(v->verdict))
        return;
    out_lit(&o, "wanted ");
    out_put(&o, tls_name_text(&v->want));
    out_lit(&o, ", the certificate has ");
    out_put(&o, tls_name_found(&m));
    blame(v, RANK_NAME, name_code(v->verdict), &o);
}

int tls_verify_cert(void *user, struct mbedtls_x509_crt *crt, int depth,
                    uint32_t *flags)
{
    const uint32_t weak = MBEDTLS_X509_BADCERT_BAD_MD |
                          MBEDTLS_X509_BADCERT_BAD_PK |
                          MBEDTLS_X509_BADCERT_BAD_KEY;
    const uint32_t known = weak | MBEDTLS_X509_BADCERT_NOT_TRUSTED |
                           MBEDTLS_X509_BADCERT_FUTURE |
                           MBEDTLS_X509_BADCERT_EXPIRED;
    struct tls_verify *v = user;

    v->depth++;
    /* mbedTLS's own host name rule knows no SIP URIs; ours replaces it. */
    *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
        blame_trust(v, crt, depth);
    if (*flags & MBEDTLS_X509_BADCERT_FUTURE)
        blame_date(v, crt, depth, true);
    if (*flags & MBEDTLS_X509_BADCERT_EXPIRED)
        blame_date(v, crt, depth, false);
    if (*flags & weak)
        blame_weak(v, crt, depth, *flags);
    if (*flags & ~known)
        blame_other(v, crt, depth, *flags);
    if (depth == 0) {
        v->leaf_seen = true;
        check_name(v, crt);
        if (!tls_name_matched(v->verdict))
            *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    return 0;
}

bool tls_verify_passed(const struct tls_verify *v)
{
    return v->leaf_seen && v->rank == RANK_NONE &&
           tls_name_matched(v->verdict);
}

void tls_verify_cause(const struct tls_verify *v, uint32_t late,
                      struct cause *cause)
{
    if (v->rank != RANK_NONE) {
        *cause = v->cause;
        return;
    }
    if (late == UINT32_MAX) /* mbedTLS: the walk was never finished */
        cause_set(cause, CAUSE_cert_invalid);
    else if (late & MBEDTLS_X509_BADCERT_MISSING)
        cause_set(cause, CAUSE_cert_missing);
    else if (late & MBEDTLS_X509_BADCERT_EXT_KEY_USAGE)
        cause_set_facts(cause, CAUSE_cert_usage,
                        S("its extended key usage lacks serverAuth"));
    else if (late & (MBEDTLS_X509_BADCERT_KEY_USAGE |
                     MBEDTLS_X509_BADCERT_NS_CERT_TYPE))
        cause_set_facts(cause, CAUSE_cert_usage,
                        S("its key usage lacks digitalSignature"));
    else if (late & MBEDTLS_X509_BADCERT_BAD_KEY)
        cause_set(cause, CAUSE_cert_weak);
    else
        cause_set(cause, CAUSE_cert_invalid);
}

/* -------------------------------------------------------------- facts */

/* Days since 1970 of a Gregorian date, by counting eras of 400 years. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year = y - era * 400;
    int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static int64_t ms_of(const mbedtls_x509_time *t)
{
    int64_t s = days_of(t->year, t->mon, t->day) * 86400 +
                (int64_t)t->hour * 3600 + t->min * 60 + t->sec;

    return s * 1000;
}

static void dn_text(char *text, size_t n, const mbedtls_x509_name *dn)
{
    if (mbedtls_x509_dn_gets(text, n, dn) < 0)
        memcpy(text, "?", 2);
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
}

void tls_verify_facts(struct tls_facts *f, const struct mbedtls_x509_crt *leaf)
{
    struct out o = out_of(f->serial, sizeof(f->serial));

    dn_text(f->subject, sizeof(f->subject), &leaf->subject);
    dn_text(f->issuer, sizeof(f->issuer), &leaf->issuer);
    out_hex(&o, leaf->serial.p, leaf->serial.len);
    (void)out_cstr(&o);
    f->not_before_ms = ms_of(&leaf->valid_from);
    f->not_after_ms = ms_of(&leaf->valid_to);
}
