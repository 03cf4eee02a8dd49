/* SPDX-License-Identifier: Apache-2.0 */
/* Mints throw-away certificates with mbedTLS's writer. */
#include "tools/mint.h"

#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/rsa.h>
#include <mbedtls/x509_crt.h>
#include <string.h>
#include <time.h>

#include "sip/base/err.h"
#include "sip/base/secret.h"

enum { DN_MAX = 256 };

struct mint_cert {
    const struct env *env;
    mbedtls_pk_context key;
    char subject[DN_MAX];
    char pem[MINT_PEM_MAX];
    size_t pem_n;
    char key_pem[MINT_PEM_MAX];
    size_t key_n;
};

void mint_free(struct mint_cert *c)
{
    if (!c)
        return;
    const struct env *env = c->env;

    mbedtls_pk_free(&c->key);
    secret_wipe(c, sizeof(*c));
    env_free(env, c);
}

struct slice mint_pem(const struct mint_cert *c)
{
    return slice_of(c->pem, c->pem_n);
}

struct slice mint_key_pem(const struct mint_cert *c)
{
    return slice_of(c->key_pem, c->key_n);
}

void mint_put_chain(struct out *o, const struct mint_cert *const *cert,
                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        out_put(o, mint_pem(cert[i]));
}

static int make_key(mbedtls_pk_context *pk, enum mint_key kind)
{
    bool rsa = kind == MINT_RSA2048 || kind == MINT_RSA1024;
    int ret = mbedtls_pk_setup(
        pk,
        mbedtls_pk_info_from_type(rsa ? MBEDTLS_PK_RSA : MBEDTLS_PK_ECKEY));

    if (ret)
        return ret;
    if (rsa)
        return mbedtls_rsa_gen_key(mbedtls_pk_rsa(*pk), mbedtls_psa_get_random,
                                   MBEDTLS_PSA_RANDOM_STATE,
                                   kind == MINT_RSA2048 ? 2048 : 1024, 65537);
    return mbedtls_ecp_gen_key(kind == MINT_P384 ? MBEDTLS_ECP_DP_SECP384R1
                                                 : MBEDTLS_ECP_DP_SECP256R1,
                               mbedtls_pk_ec(*pk), mbedtls_psa_get_random,
                               MBEDTLS_PSA_RANDOM_STATE);
}

/* RFC 4514 2.4: what has a meaning in a DN is escaped. */
static void put_value(struct out *o, struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (slice_find(S(",=+<>#;\"\\"), s.p[i]) < 9)
            out_char(o, '\\');
        out_char(o, s.p[i]);
    }
}

static int put_subject(struct mint_cert *c, const struct mint_ask *ask)
{
    struct out o = out_of(c->subject, sizeof(c->subject));

    if (ask->cn.n) {
        out_lit(&o, "CN=");
        put_value(&o, ask->cn);
    }
    if (ask->org.n) {
        out_put(&o, ask->cn.n ? S(",O=") : S("O="));
        put_value(&o, ask->org);
    }
    return out_cstr(&o);
}

/* "YYYYMMDDhhmmss" as mbedTLS wants it. */
static int put_time(char text[16], int64_t at)
{
    time_t t = (time_t)at;
    struct tm tm;

    if (!gmtime_r(&t, &tm) || strftime(text, 16, "%Y%m%d%H%M%S", &tm) != 14)
        return E_INVAL;
    return 0;
}

/* One SAN as mbedTLS's node; ip is room for a parsed address. */
static int set_san(mbedtls_x509_san_list *node, const struct mint_san *san,
                   struct tls_addr *ip)
{
    struct slice v = san->value;

    node->node.type = MBEDTLS_X509_SAN_DNS_NAME;
    if (san->kind == TLS_NAME_KIND_URI)
        node->node.type = MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER;
    if (san->kind == TLS_NAME_KIND_OTHER)
        node->node.type = MBEDTLS_X509_SAN_RFC822_NAME;
    if (san->kind == TLS_NAME_KIND_IP) {
        node->node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
        if (tls_addr_parse_ip(ip, v))
            return E_INVAL;
        v = slice_of(ip->ip, tls_addr_ip_size(ip));
    }
    node->node.san.unstructured_name.p = (unsigned char *)(uintptr_t)v.p;
    node->node.san.unstructured_name.len = v.n;
    return 0;
}

static int set_sans(mbedtls_x509write_cert *w, const struct mint_ask *ask)
{
    mbedtls_x509_san_list node[MINT_SANS_MAX];
    struct tls_addr ip[MINT_SANS_MAX];

    if (ask->nsan > MINT_SANS_MAX)
        return E_INVAL;
    memset(node, 0, sizeof(node));
    for (size_t i = 0; i < ask->nsan; i++) {
        int err = set_san(&node[i], &ask->san[i], &ip[i]);

        if (err)
            return err;
        node[i].next = i + 1 < ask->nsan ? &node[i + 1] : NULL;
    }
    if (ask->nsan &&
        mbedtls_x509write_crt_set_subject_alternative_name(w, node))
        return E_CRYPTO;
    return 0;
}

static int set_usage(mbedtls_x509write_cert *w, const struct mint_ask *ask)
{
    mbedtls_asn1_sequence eku;
    /* id-kp-sipDomain: RFC 5924. */
    const char *oid = ask->usage == MINT_CLIENT ? MBEDTLS_OID_CLIENT_AUTH
                      : ask->usage == MINT_SIP
                          ? "\x2b\x06\x01\x05\x05\x07\x03\x14"
                          : MBEDTLS_OID_SERVER_AUTH;

    if (ask->ca)
        return mbedtls_x509write_crt_set_key_usage(
            w, MBEDTLS_X509_KU_KEY_CERT_SIGN | MBEDTLS_X509_KU_CRL_SIGN);
    if (ask->usage == MINT_ANY)
        return 0;
    memset(&eku, 0, sizeof(eku));
    eku.buf.tag = MBEDTLS_ASN1_OID;
    eku.buf.p = (unsigned char *)(uintptr_t)oid;
    eku.buf.len = strlen(oid);
    return mbedtls_x509write_crt_set_ext_key_usage(w, &eku);
}

/* AuthorityInfoAccess with one caIssuers URI (RFC 5280 4.2.2.1). */
static int set_aia(mbedtls_x509write_cert *w)
{
    static const char oid[] = "\x2b\x06\x01\x05\x05\x07\x01\x01";
    static const unsigned char der[] =
        "\x30\x1e\x30\x1c\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x10"
        "http://ca.test/i";

    return mbedtls_x509write_crt_set_extension(w, oid, sizeof(oid) - 1, 0, der,
                                               sizeof(der) - 1);
}

static int set_body(mbedtls_x509write_cert *w, struct mint_cert *c,
                    const struct mint_ask *ask)
{
    static const mbedtls_md_type_t md[] = {MBEDTLS_MD_SHA256,
                                           MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA1};
    struct mint_cert *by =
        ask->issuer ? (struct mint_cert *)(uintptr_t)ask->issuer : c;
    unsigned char serial[16];
    char from[16], to[16];
    int err = put_time(from, ask->from);

    if (!err)
        err = put_time(to, ask->to);
    if (!err)
        err = c->env->rand(c->env->user, serial, sizeof(serial));
    if (err)
        return err;
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 1);
    mbedtls_x509write_crt_set_version(w, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(w, md[ask->md]);
    mbedtls_x509write_crt_set_subject_key(w, &c->key);
    mbedtls_x509write_crt_set_issuer_key(w, &by->key);
    if (mbedtls_x509write_crt_set_serial_raw(w, serial, sizeof(serial)) ||
        (c->subject[0] &&
         mbedtls_x509write_crt_set_subject_name(w, c->subject)) ||
        mbedtls_x509write_crt_set_issuer_name(w, by->subject) ||
        mbedtls_x509write_crt_set_validity(w, from, to) ||
        mbedtls_x509write_crt_set_basic_constraints(w, ask->ca, -1) ||
        mbedtls_x509write_crt_set_subject_key_identifier(w) ||
        mbedtls_x509write_crt_set_authority_key_identifier(w) ||
        set_usage(w, ask) || (ask->aia && set_aia(w)))
        return E_CRYPTO;
    return set_sans(w, ask);
}

static int write_pems(mbedtls_x509write_cert *w, struct mint_cert *c)
{
    if (mbedtls_x509write_crt_pem(w, (unsigned char *)c->pem, sizeof(c->pem),
                                  mbedtls_psa_get_random,
                                  MBEDTLS_PSA_RANDOM_STATE) ||
        mbedtls_pk_write_key_pem(&c->key, (unsigned char *)c->key_pem,
                                 sizeof(c->key_pem)))
        return E_CRYPTO;
    c->pem_n = strlen(c->pem);
    c->key_n = strlen(c->key_pem);
    return 0;
}

int mint_new(struct mint_cert **cert, const struct env *env,
             const struct mint_ask *ask)
{
    struct mint_cert *c = env_alloc(env, sizeof(*c));
    mbedtls_x509write_cert w;

    if (!c)
        return E_NOMEM;
    c->env = env;
    mbedtls_pk_init(&c->key);
    mbedtls_x509write_crt_init(&w);
    int err = put_subject(c, ask);

    if (!err)
        err = make_key(&c->key, ask->key) ? E_CRYPTO : 0;
    if (!err)
        err = set_body(&w, c, ask);
    if (!err)
        err = write_pems(&w, c);
    mbedtls_x509write_crt_free(&w);
    if (err)
        mint_free(c);
    else
        *cert = c;
    return err;
}
