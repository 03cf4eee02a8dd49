/* SPDX-License-Identifier: Apache-2.0 */
/* Would iOS, Android and siplock take a chain: the documented rules. */
#include <mbedtls/oid.h>
#include <stdarg.h>
#include <string.h>

#include "tools/tls_time.h"
#include "tools/tls_view.h"

enum {
    DAYS_ANY = 825,    /* iOS: any certificate issued since July 2019 */
    DAYS_PUBLIC = 398, /* iOS: of a public CA, since September 2020 */
    RSA_MIN = 2048
};

struct verdict {
    json_t *why;
    bool ok;
};

static void no(struct verdict *v, bool bad, const char *text)
{
    if (!bad)
        return;
    v->ok = false;
    json_array_append_new(v->why, json_string(text));
}

static void note(const struct verdict *v, bool when, const char *text)
{
    if (when)
        json_array_append_new(v->why, json_string(text));
}

static json_t *done(struct verdict *v)
{
    return json_pack("{s:b,s:o}", "ok", v->ok, "why", v->why);
}

static bool weak_key(const mbedtls_x509_crt *crt)
{
    return mbedtls_pk_can_do(&crt->pk, MBEDTLS_PK_RSA) &&
           mbedtls_pk_get_bitlen(&crt->pk) < RSA_MIN;
}

static bool weak_hash(const mbedtls_x509_crt *crt)
{
    mbedtls_md_type_t md = crt->MBEDTLS_PRIVATE(sig_md);

    return md == MBEDTLS_MD_SHA1 || md == MBEDTLS_MD_MD5;
}

static bool has_san(const mbedtls_x509_crt *crt)
{
    return mbedtls_x509_crt_has_ext_type(crt,
                                         MBEDTLS_X509_EXT_SUBJECT_ALT_NAME);
}

static bool has_dns_or_ip(const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_sequence *at = &crt->subject_alt_names;

    for (; at; at = at->next)
        if (at->buf.p &&
            ((at->buf.tag & 0x1f) == 2 || (at->buf.tag & 0x1f) == 7))
            return true;
    return false;
}

/* iOS wants serverAuth to be there; no extension is not enough. */
static bool says_server(const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_sequence *at = &crt->ext_key_usage;
    static const char oid[] = MBEDTLS_OID_SERVER_AUTH;

    for (; at; at = at->next)
        if (at->buf.p && at->buf.len == sizeof(oid) - 1 &&
            memcmp(at->buf.p, oid, sizeof(oid) - 1) == 0)
            return true;
    return false;
}

static bool has_usage(const mbedtls_x509_crt *crt)
{
    return mbedtls_x509_crt_has_ext_type(crt,
                                         MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE);
}

static long days_of(const mbedtls_x509_crt *crt)
{
    return (long)((tls_time_s(&crt->valid_to) - tls_time_s(&crt->valid_from)) /
                  86400);
}

static bool out_of_date(const mbedtls_x509_crt *crt)
{
    int64_t now = ua_host_now().wall / 1000;

    return now < tls_time_s(&crt->valid_from) ||
           now > tls_time_s(&crt->valid_to);
}

/* Only the last certificate that was sent may have its issuer elsewhere. */
static bool missing(const struct tls_probe *p)
{
    return p->cause.code == CAUSE_cert_missing_intermediate;
}

static json_t *siplock_says(const struct tls_probe *p)
{
    struct verdict v = {json_array(), p->up};

    note(&v, p->cause.code != CAUSE_none, p->cause.text);
    return done(&v);
}

static void both(struct verdict *v, const struct tls_probe *p)
{
    const mbedtls_x509_crt *leaf = &p->chain;

    no(v, !has_san(leaf), "no subjectAltName: the common name is not read");
    no(v, has_san(leaf) && !has_dns_or_ip(leaf),
       "no DNS or IP name in subjectAltName: sip: URIs are not read");
    no(v, p->cause.code == CAUSE_cert_name_mismatch,
       "the name that is wanted is not in it");
    no(v, out_of_date(leaf), "out of its dates");
    no(v, missing(p), "the intermediate certificate is not sent");
    for (const mbedtls_x509_crt *at = leaf; at; at = at->next) {
        no(v, weak_key(at), "an RSA key of less than 2048 bits");
        no(v, weak_hash(at) && at == leaf, "signed with SHA-1 or MD5");
    }
}

static json_t *ios_says(const struct tls_probe *p)
{
    struct verdict v = {json_array(), true};
    long days = days_of(&p->chain);

    both(&v, p);
    no(&v, !says_server(&p->chain), "no extended key usage serverAuth");
    no(&v, days > DAYS_ANY, "valid for more than 825 days");
    note(&v, days > DAYS_PUBLIC && days <= DAYS_ANY,
         "valid for more than 398 days: taken only from a CA that was "
         "installed by hand or management");
    return done(&v);
}

static json_t *android_says(const struct tls_probe *p)
{
    struct verdict v = {json_array(), true};

    both(&v, p);
    no(&v, has_usage(&p->chain) && !says_server(&p->chain),
       "its extended key usage lacks serverAuth");
    note(&v, days_of(&p->chain) > DAYS_PUBLIC,
         "valid for more than 398 days: no limit here, but browsers have it");
    return done(&v);
}

json_t *tls_view_platforms(const struct tls_probe *p)
{
    json_t *siplock = siplock_says(p);

    if (!p->shown)
        return json_pack("{s:o}", "siplock", siplock);
    return json_pack("{s:o,s:o,s:o}", "siplock", siplock, "ios", ios_says(p),
                     "android", android_says(p));
}
