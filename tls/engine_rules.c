/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a certificate beside its chain: usage, lists, pins. */
#include <mbedtls/oid.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>
#include <string.h>

#include "tls/engine_say.h"

enum { CHAIN_MAX = 16 }; /* certificates that a verifier is shown */

/* --------------------------------------------------------------- usage */

static bool may_be(const mbedtls_x509_crt *crt, const char *oid, size_t n)
{
    return mbedtls_x509_crt_check_extended_key_usage(crt, oid, n) == 0;
}

/*
 * RFC 5924 4: a certificate for a SIP domain says id-kp-sipDomain, any or no
 * extended usage; serverAuth, which all public CAs write, is taken as well.
 * mbedTLS knows only the latter, so it is not shown the extension.
 */
uint32_t tls_rule_usage(struct tls_verify *v, mbedtls_x509_crt *leaf)
{
    static const char sip[] = "\x2b\x06\x01\x05\x05\x07\x03\x14";
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    if (may_be(leaf, MBEDTLS_OID_SERVER_AUTH,
               MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)))
        return 0;
    if (may_be(leaf, sip, sizeof(sip) - 1)) {
        v->sip_usage = true;
        leaf->MBEDTLS_PRIVATE(ext_types) &=
            ~MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE;
        return 0;
    }
    out_lit(&o, "its extended key usage has neither serverAuth nor "
                "id-kp-sipDomain");
    tls_blame(v, TLS_RANK_OTHER, CAUSE_cert_usage, &o);
    return MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
}

/* --------------------------------------------------------------- lists */

static const mbedtls_x509_crl *list_of(const struct tls_verify *v,
                                       const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_crl *crl = tls_cred_mbed_crl(v->cred);

    while (crl && !tls_same_buf(&crl->issuer_raw, &crt->issuer_raw))
        crl = crl->next;
    return crl;
}

static void blame_revoked(struct tls_verify *v, const mbedtls_x509_crt *crt,
                          int depth)
{
    const mbedtls_x509_crl *crl = list_of(v, crt);
    const mbedtls_x509_crl_entry *at = crl ? &crl->entry : NULL;
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    while (at && !tls_same_buf(&at->serial, &crt->serial))
        at = at->next;
    tls_say_who(&o, v, crt, depth);
    out_lit(&o, ", serial ");
    out_hex(&o, crt->serial.p, crt->serial.len);
    out_lit(&o, ", was revoked by ");
    tls_say_dn(&o, &crt->issuer);
    if (at) {
        out_lit(&o, " on ");
        tls_say_time(&o, &at->revocation_date);
    }
    tls_blame(v, TLS_RANK_REVOKED, CAUSE_cert_revoked, &o);
}

static void blame_list(struct tls_verify *v, const mbedtls_x509_crt *crt,
                       enum cause_code code)
{
    const mbedtls_x509_crl *crl = list_of(v, crt);
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, "the list of ");
    tls_say_dn(&o, &crt->issuer);
    if (code == CAUSE_cert_crl_missing) {
        out_lit(&o, " is not among those that are configured");
    } else if (crl && code == CAUSE_cert_crl_expired) {
        out_lit(&o, " was to be renewed by ");
        tls_say_time(&o, &crl->next_update);
    } else {
        out_lit(&o, " is not signed by that CA, begins later, or is weak");
    }
    tls_blame(v, TLS_RANK_LIST, code, &o);
}

/* mbedTLS passes over an issuer without a list in silence: RFC 5280 6.3 asks
 * for the status of each. */
uint32_t tls_rule_lists(struct tls_verify *v, const mbedtls_x509_crt *crt,
                        int depth, uint32_t flags)
{
    const uint32_t bad =
        MBEDTLS_X509_BADCRL_NOT_TRUSTED | MBEDTLS_X509_BADCRL_FUTURE |
        MBEDTLS_X509_BADCRL_BAD_MD | MBEDTLS_X509_BADCRL_BAD_PK |
        MBEDTLS_X509_BADCRL_BAD_KEY;

    if (!tls_cred_mbed_crl(v->cred) || tls_cred_pin_only(v->cred))
        return 0;
    if (flags & MBEDTLS_X509_BADCERT_REVOKED)
        blame_revoked(v, crt, depth);
    if (flags & bad)
        blame_list(v, crt, CAUSE_cert_crl_invalid);
    if (flags & MBEDTLS_X509_BADCRL_EXPIRED)
        blame_list(v, crt, CAUSE_cert_crl_expired);
    if (depth > 0 || list_of(v, crt))
        return 0;
    blame_list(v, crt, CAUSE_cert_crl_missing);
    return MBEDTLS_X509_BADCRL_NOT_TRUSTED;
}

/* ---------------------------------------------------------------- pins */

/* A key of the path: its digest is kept, and whether it is pinned. */
void tls_rule_key(struct tls_verify *v, const mbedtls_x509_crt *crt, int depth)
{
    uint8_t pin[TLS_PIN_SIZE];
    int at;

    if (tls_pin_of(v->env, pin, slice_of(crt->pk_raw.p, crt->pk_raw.len))) {
        struct out none = out_of(NULL, 0);

        tls_blame(v, TLS_RANK_TRUST, CAUSE_out_of_memory, &none);
        return;
    }
    if (depth == 0)
        memcpy(v->spki, pin, sizeof(pin));
    at = tls_cred_pin_index(v->cred, pin);
    if (at < 0 || (v->pin >= 0 && v->pin <= at) ||
        (depth > 0 && tls_cred_pin_only(v->cred)))
        return;
    v->pin = at;
    memcpy(v->pinned, pin, sizeof(pin));
}

uint32_t tls_rule_pins(struct tls_verify *v, const mbedtls_x509_crt *leaf)
{
    bool only = tls_cred_pin_only(v->cred);
    bool expired = tls_cred_pins_expired(v->cred);
    char text[TLS_SAY_MAX], key[TLS_PIN_TEXT_MAX];
    struct out o = out_of(text, sizeof(text));

    if (tls_cred_pins(v->cred) == 0 || (expired && !only) ||
        (v->pin >= 0 && !expired))
        return 0;
    tls_pin_text(key, v->spki);
    out_lit(&o, "the server's own certificate ");
    tls_say_dn(&o, &leaf->subject);
    out_lit(&o, " has the key ");
    out_put(&o, slice_cstr(key));
    if (!expired) {
        out_lit(&o, "; pinned are ");
        out_u64(&o, tls_cred_pins(v->cred));
        out_lit(&o, " others");
    }
    tls_blame(v, only ? TLS_RANK_TRUST : TLS_RANK_PIN,
              expired ? CAUSE_cert_pin_expired : CAUSE_cert_pin_mismatch, &o);
    return MBEDTLS_X509_BADCERT_NOT_TRUSTED;
}

/* ------------------------------------------------------------ verifier */

bool tls_rule_lenient(const struct tls_verify *v)
{
    return tls_cred_pin_only(v->cred) || tls_cred_get_verifier(v->cred);
}

/* The chain as it was sent; also for who watches. */
static struct tls_chain chain_of(const struct tls_verify *v,
                                 struct slice der[CHAIN_MAX],
                                 const mbedtls_x509_crt *leaf)
{
    struct tls_chain chain = {der, 0, tls_name_text(&v->want)};

    for (; leaf && chain.n < CHAIN_MAX; leaf = leaf->next)
        der[chain.n++] = slice_of(leaf->raw.p, leaf->raw.len);
    return chain;
}

void tls_rule_watch(const struct tls_verify *v, const mbedtls_x509_crt *leaf)
{
    struct slice der[CHAIN_MAX];
    struct tls_chain chain = chain_of(v, der, leaf);

    if (v->watch.chain)
        v->watch.chain(v->watch.user, &chain);
}

/* A pin was looked for already; the app's verifier is asked. */
uint32_t tls_rule_decide(struct tls_verify *v, const mbedtls_x509_crt *leaf)
{
    const struct tls_verifier *app = tls_cred_get_verifier(v->cred);
    struct slice der[CHAIN_MAX];
    struct tls_chain chain = chain_of(v, der, leaf);
    char text[TLS_SAY_MAX];
    struct out o = out_of(text, sizeof(text));

    if (tls_cred_pin_only(v->cred) || !app ||
        app->verify(app->user, &chain) == 0)
        return 0;
    tls_say_who(&o, v, leaf, 0);
    out_lit(&o, " issued by ");
    tls_say_dn(&o, &leaf->issuer);
    tls_blame(v, TLS_RANK_TRUST, CAUSE_cert_verifier, &o);
    return MBEDTLS_X509_BADCERT_NOT_TRUSTED;
}
