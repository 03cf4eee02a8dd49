/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict on a peer's chain, with the facts that a person needs. */
#include "tls/engine_verify.h"

#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <string.h>

#include "tls/engine_say.h"

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

/* --------------------------------------------------------- the others */

/* How far this device's clock would have to be wrong. */
static void put_skew(struct out *o, const struct tls_verify *v,
                     const mbedtls_x509_time *edge)
{
    int64_t s = (v->now_ms - tls_ms_of(edge)) / 1000;
    bool after = s >= 0;

    if (!v->now_ms)
        return;
    s = after ? s : -s;
    out_lit(o, ", ");
    out_u64(o, (uint64_t)(s >= 172800 ? s / 86400
                          : s >= 7200 ? s / 3600
                                      : s / 60));
    out_put(o, s >= 172800 ? S(" days ")
               : s >= 7200 ? S(" hours ")
                           : S(" minutes "));
    out_put(o, after ? S("before") : S("after"));
    out_lit(o, " what this device's clock says");
}

static void blame_date(struct tls_verify *v, const mbedtls_x509_crt *crt,
                       int depth, bool future)
{
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    tls_say_who(&o, v, crt, depth);
    out_lit(&o, " issued by ");
    tls_say_dn(&o, &crt->issuer);
    out_put(&o, future ? S(" begins ") : S(" ended "));
    tls_say_time(&o, future ? &crt->valid_from : &crt->valid_to);
    put_skew(&o, v, future ? &crt->valid_from : &crt->valid_to);
    tls_blame(v, TLS_RANK_DATE,
              future      ? CAUSE_cert_not_yet_valid
              : depth > 0 ? CAUSE_cert_ca_expired
                          : CAUSE_cert_expired,
              &o);
}

static void blame_weak(struct tls_verify *v, const mbedtls_x509_crt *crt,
                       int depth, uint32_t flags)
{
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    tls_say_who(&o, v, crt, depth);
    if (flags & MBEDTLS_X509_BADCERT_BAD_KEY) {
        out_lit(&o, " has a key of ");
        out_u64(&o, mbedtls_pk_get_bitlen(&crt->pk));
        out_lit(&o, " bits or of an unknown curve");
    } else {
        out_lit(&o, " is not signed with SHA-256 or better");
    }
    tls_blame(v, TLS_RANK_WEAK, CAUSE_cert_weak, &o);
}

static void blame_other(struct tls_verify *v, const mbedtls_x509_crt *crt,
                        int depth, uint32_t flags)
{
    uint8_t be[4] = {(uint8_t)(flags >> 24), (uint8_t)(flags >> 16),
                     (uint8_t)(flags >> 8), (uint8_t)flags};
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    tls_say_who(&o, v, crt, depth);
    out_lit(&o, " was refused, flags ");
    out_hex(&o, be, sizeof(be));
    tls_blame(v, TLS_RANK_OTHER, CAUSE_cert_invalid, &o);
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
    char text[TLS_SAY_MAX];
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
    tls_blame(v, TLS_RANK_NAME, name_code(v->verdict), &o);
}

/* What mbedTLS found on one certificate, in words. */
static void blame_flags(struct tls_verify *v, const mbedtls_x509_crt *crt,
                        int depth, uint32_t flags)
{
    const uint32_t weak = MBEDTLS_X509_BADCERT_BAD_MD |
                          MBEDTLS_X509_BADCERT_BAD_PK |
                          MBEDTLS_X509_BADCERT_BAD_KEY;
    const uint32_t known =
        weak | MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_FUTURE |
        MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_REVOKED |
        MBEDTLS_X509_BADCRL_NOT_TRUSTED | MBEDTLS_X509_BADCRL_EXPIRED |
        MBEDTLS_X509_BADCRL_FUTURE | MBEDTLS_X509_BADCRL_BAD_MD |
        MBEDTLS_X509_BADCRL_BAD_PK | MBEDTLS_X509_BADCRL_BAD_KEY;

    if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
        tls_blame_trust(v, crt, depth);
    if (flags & MBEDTLS_X509_BADCERT_FUTURE)
        blame_date(v, crt, depth, true);
    if (flags & MBEDTLS_X509_BADCERT_EXPIRED)
        blame_date(v, crt, depth, false);
    if (flags & weak)
        blame_weak(v, crt, depth, flags);
    if (flags & ~known)
        blame_other(v, crt, depth, flags);
}

/* The leaf comes last: what needs the whole path is judged here. */
static uint32_t judge_leaf(struct tls_verify *v, mbedtls_x509_crt *leaf)
{
    uint32_t flags = 0;

    v->leaf_seen = true;
    tls_rule_watch(v, leaf);
    tls_count_sent(v, leaf);
    tls_blame_order(v, leaf);
    flags |= tls_rule_pins(v, leaf);
    if (tls_rule_lenient(v))
        flags |= tls_rule_decide(v, leaf);
    flags |= tls_rule_usage(v, leaf);
    check_name(v, leaf);
    if (!tls_name_matched(v->verdict))
        flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    v->broken = NULL;
    return flags;
}

int tls_verify_cert(void *user, struct mbedtls_x509_crt *crt, int depth,
                    uint32_t *flags)
{
    struct tls_verify *v = user;

    v->depth++;
    /* mbedTLS's own host name rule knows no SIP URIs; ours replaces it. */
    *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
    tls_rule_key(v, crt, depth);
    if (tls_rule_lenient(v)) /* no anchor decides, so no path to one does */
        *flags &= depth > 0 ? MBEDTLS_X509_BADCERT_REVOKED
                            : ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    *flags |= tls_rule_lists(v, crt, depth, *flags);
    blame_flags(v, crt, depth, *flags);
    if (depth == 0)
        *flags |= judge_leaf(v, crt);
    return 0;
}

bool tls_verify_passed(const struct tls_verify *v)
{
    return v->leaf_seen && v->rank == TLS_RANK_NONE &&
           tls_name_matched(v->verdict);
}

void tls_verify_cause(const struct tls_verify *v, uint32_t late,
                      struct cause *cause)
{
    if (v->rank != TLS_RANK_NONE) {
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

static void dn_text(char *text, size_t n, const mbedtls_x509_name *dn)
{
    if (mbedtls_x509_dn_gets(text, n, dn) < 0)
        memcpy(text, "?", 2);
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            *text = '?';
}

void tls_verify_facts(const struct tls_verify *v, struct tls_facts *f,
                      const struct mbedtls_x509_crt *leaf)
{
    struct out o = out_of(f->serial, sizeof(f->serial));

    dn_text(f->subject, sizeof(f->subject), &leaf->subject);
    dn_text(f->issuer, sizeof(f->issuer), &leaf->issuer);
    out_hex(&o, leaf->serial.p, leaf->serial.len);
    (void)out_cstr(&o);
    f->match = v->verdict;
    f->chain = v->depth;
    f->sent = v->sent;
    f->extra = v->extra;
    f->disorder = v->disorder;
    f->sip_usage = v->sip_usage;
    f->pin = v->pin;
    f->pins_expired = tls_cred_pins(v->cred) && tls_cred_pins_expired(v->cred);
    memcpy(f->spki, v->spki, sizeof(f->spki));
    memcpy(f->pinned, v->pinned, sizeof(f->pinned));
    f->not_before_ms = tls_ms_of(&leaf->valid_from);
    f->not_after_ms = tls_ms_of(&leaf->valid_to);
}
