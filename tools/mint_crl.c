/* SPDX-License-Identifier: Apache-2.0 */
/* Mints revocation lists: mbedTLS reads them but has no writer. */
#include <mbedtls/asn1write.h>
#include <mbedtls/base64.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sip/base/err.h"
#include "tools/mint.h"

enum { DER_MAX = 4096 };

/* DER is written from its end to its start. */
struct der {
    unsigned char buf[DER_MAX];
    unsigned char *p;
    int err;
};

static void wrap(struct der *d, const unsigned char *end, unsigned char tag)
{
    size_t n = (size_t)(end - d->p);

    if (mbedtls_asn1_write_len(&d->p, d->buf, n) < 0 ||
        mbedtls_asn1_write_tag(&d->p, d->buf, tag) < 0)
        d->err = E_TOOBIG;
}

static void put_raw(struct der *d, const void *bytes, size_t n)
{
    if (mbedtls_asn1_write_raw_buffer(&d->p, d->buf, bytes, n) < 0)
        d->err = E_TOOBIG;
}

static void put_time(struct der *d, int64_t at)
{
    unsigned char *end = d->p;
    time_t t = (time_t)at;
    char text[20];
    struct tm tm;

    if (!gmtime_r(&t, &tm) ||
        strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm) != 15)
        d->err = E_INVAL;
    put_raw(d, text, 15);
    wrap(d, end, MBEDTLS_ASN1_GENERALIZED_TIME);
}

/* ecdsa-with-SHA256, as mint_new signs. */
static void put_algorithm(struct der *d)
{
    static const char oid[] = MBEDTLS_OID_ECDSA_SHA256;
    unsigned char *end = d->p;

    put_raw(d, oid, sizeof(oid) - 1);
    wrap(d, end, MBEDTLS_ASN1_OID);
    wrap(d, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
}

static int parse(mbedtls_x509_crt *crt, const struct mint_cert *cert)
{
    struct slice pem = mint_pem(cert);

    mbedtls_x509_crt_init(crt);
    return mbedtls_x509_crt_parse(crt, (const unsigned char *)pem.p, pem.n + 1)
               ? E_CERT
               : 0;
}

static void put_revoked(struct der *d, const struct mint_list *ask)
{
    unsigned char *end = d->p;
    mbedtls_x509_crt crt;

    if (!ask->revoked)
        return;
    d->err = parse(&crt, ask->revoked);
    put_time(d, ask->from);
    if (!d->err) {
        unsigned char *number = d->p;

        put_raw(d, crt.serial.p, crt.serial.len);
        wrap(d, number, MBEDTLS_ASN1_INTEGER);
    }
    wrap(d, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    wrap(d, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    mbedtls_x509_crt_free(&crt);
}

/* TBSCertList (RFC 5280 5.1.2), of version 2. */
static void put_body(struct der *d, const struct mint_list *ask,
                     const mbedtls_x509_crt *issuer)
{
    unsigned char *end = d->p;

    put_revoked(d, ask);
    put_time(d, ask->to);
    put_time(d, ask->from);
    put_raw(d, issuer->subject_raw.p, issuer->subject_raw.len);
    put_algorithm(d);
    if (mbedtls_asn1_write_int(&d->p, d->buf, 1) < 0)
        d->err = E_TOOBIG;
    wrap(d, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
}

static int sign(unsigned char *sig, size_t *n, const struct mint_cert *by,
                struct slice body)
{
    struct slice key = mint_key_pem(by);
    unsigned char hash[32];
    mbedtls_pk_context pk;
    int ret;

    mbedtls_pk_init(&pk);
    ret = mbedtls_pk_parse_key(&pk, (const unsigned char *)key.p, key.n + 1,
                               NULL, 0, mbedtls_psa_get_random,
                               MBEDTLS_PSA_RANDOM_STATE);
    if (!ret)
        ret = mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                         (const unsigned char *)body.p, body.n, hash);
    if (!ret)
        ret =
            mbedtls_pk_sign(&pk, MBEDTLS_MD_SHA256, hash, sizeof(hash), sig,
                            MBEDTLS_PK_SIGNATURE_MAX_SIZE, n,
                            mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    mbedtls_pk_free(&pk);
    return ret ? E_CRYPTO : 0;
}

static int put_pem(struct out *o, struct slice der)
{
    static unsigned char text[2 * DER_MAX];
    size_t n = 0;

    if (mbedtls_base64_encode(text, sizeof(text), &n,
                              (const unsigned char *)der.p, der.n))
        return E_TOOBIG;
    out_lit(o, "-----BEGIN X509 CRL-----\n");
    for (size_t at = 0; at < n; at += 64) {
        out_put(o, slice_of(text + at, n - at < 64 ? n - at : 64));
        out_char(o, '\n');
    }
    out_lit(o, "-----END X509 CRL-----\n");
    return o->err;
}

int mint_put_list(struct out *o, const struct mint_list *ask)
{
    static struct der d;
    unsigned char sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE], zero = 0;
    unsigned char *end = d.buf + sizeof(d.buf);
    mbedtls_x509_crt issuer;
    size_t n = 0;
    int err = parse(&issuer, ask->issuer);

    d.err = 0;
    d.p = end;
    if (!err) {
        put_body(&d, ask, &issuer);
        err = d.err;
    }
    if (!err)
        err = sign(sig, &n, ask->signer ? ask->signer : ask->issuer,
                   slice_of(d.p, (size_t)(end - d.p)));
    if (!err) {
        static unsigned char body[DER_MAX];
        size_t body_n = (size_t)(end - d.p);

        memcpy(body, d.p, body_n);
        d.p = end;
        put_raw(&d, sig, n);
        put_raw(&d, &zero, 1);
        wrap(&d, end, MBEDTLS_ASN1_BIT_STRING);
        put_algorithm(&d);
        put_raw(&d, body, body_n);
        wrap(&d, end, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
        err = d.err;
    }
    mbedtls_x509_crt_free(&issuer);
    return err ? err : put_pem(o, slice_of(d.p, (size_t)(end - d.p)));
}
