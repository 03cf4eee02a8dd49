/* SPDX-License-Identifier: Apache-2.0 */
/* Trust beside anchors: revocation lists, pins, the app's own verifier. */
#include <mbedtls/base64.h>
#include <mbedtls/x509.h>
#include <string.h>

#include "sip/base/err.h"
#include "tls/cred_impl.h"

int tls_cred_stir(struct tls_cred *c, const char *kind, struct slice bytes)
{
    uint8_t each[TLS_PIN_SIZE];
    int err = c->env->md(c->env->user, ENV_SHA256, &bytes, 1, each);
    const struct slice parts[] = {slice_of(c->print, sizeof(c->print)),
                                  slice_cstr(kind),
                                  slice_of(each, sizeof(each))};

    return err ? err
               : c->env->md(c->env->user, ENV_SHA256, parts, 3, c->print);
}

const uint8_t *tls_cred_print(const struct tls_cred *c)
{
    return c->print;
}

bool tls_cred_usable(const struct tls_cred *c)
{
    return c->nanchors || c->pin_only || c->verifier.verify;
}

/* ---------------------------------------------------- revocation lists */

static int add_crl(struct tls_cred *c, const struct tls_blob *b,
                   struct slice where, struct cause *why)
{
    bool text = strstr(b->p, "-----BEGIN") != NULL;
    int ret = mbedtls_x509_crl_parse(&c->crl, (const unsigned char *)b->p,
                                     b->n + (text ? 1 : 0));
    int err = ret == 0 ? 0 : tls_cred_mbed_nomem(ret) ? E_NOMEM : E_CERT;

    if (!err && (!c->crl.raw.len || !c->crl.version))
        err = E_CERT;
    if (!err)
        err = tls_cred_stir(c, "crl", slice_of(b->p, b->n));
    if (!err) {
        c->crls = true;
        return 0;
    }
    mbedtls_x509_crl_free(&c->crl);
    mbedtls_x509_crl_init(&c->crl);
    return tls_cred_fault(why, err, where,
                          "it holds no revocation list in PEM or DER, or one "
                          "with extensions that are not understood");
}

int tls_cred_add_crl_file(struct tls_cred *c, struct slice path,
                          struct cause *why)
{
    struct tls_blob b = {0};
    int err = tls_blob_read(c->env, &b, path, why);

    if (!err)
        err = add_crl(c, &b, path, why);
    tls_blob_free(c->env, &b);
    return err;
}

int tls_cred_add_crl(struct tls_cred *c, struct slice pem, struct cause *why)
{
    struct tls_blob b = {0};
    int err = tls_blob_copy(c->env, &b, pem);

    if (err)
        return tls_cred_fault(why, err, S("the PEM text"), "it is too large");
    err = add_crl(c, &b, S("the PEM text"), why);
    tls_blob_free(c->env, &b);
    return err;
}

bool tls_cred_crl_expired(const struct tls_cred *c)
{
    const mbedtls_x509_crl *crl = c->crls ? &c->crl : NULL;

    for (; crl; crl = crl->next)
        if (crl->raw.len && crl->next_update.year &&
            mbedtls_x509_time_is_past(&crl->next_update))
            return true;
    return false;
}

/* ---------------------------------------------------------------- pins */

enum { BASE64 = 44 }; /* characters for 32 bytes */

int tls_cred_add_pin(struct tls_cred *c, struct slice text, struct cause *why)
{
    struct slice base = text;
    uint8_t pin[TLS_PIN_SIZE + 3];
    size_t n = 0;

    if (c->npins == TLS_PINS_MAX)
        return tls_cred_fault(why, E_FULL, text, "there are too many pins");
    if (slice_istarts(base, S("sha256/")))
        base = slice_skip(base, 7);
    if (base.n == BASE64 + 1 && base.p[0] == '/')
        base = slice_skip(base, 1); /* curl writes sha256//… */
    if (base.n == text.n ||
        mbedtls_base64_decode(pin, sizeof(pin), &n,
                              (const unsigned char *)base.p, base.n) ||
        n != TLS_PIN_SIZE)
        return tls_cred_fault(why, E_CERT, text,
                              "a pin is written \"sha256/\" and 44 characters "
                              "of base64");
    memcpy(c->pin[c->npins++], pin, TLS_PIN_SIZE);
    return tls_cred_stir(c, "pin", slice_of(pin, TLS_PIN_SIZE));
}

static int two_digits(struct slice s, size_t at)
{
    unsigned a = (unsigned)(s.p[at] - '0'), b = (unsigned)(s.p[at + 1] - '0');

    return a > 9 || b > 9 ? -1 : (int)(10 * a + b);
}

int tls_cred_pins_end(struct tls_cred *c, struct slice date, struct cause *why)
{
    bool form = date.n == 10 && date.p[4] == '-' && date.p[7] == '-';
    int century = form ? two_digits(date, 0) : -1;
    int year = form ? two_digits(date, 2) : -1;
    int mon = form ? two_digits(date, 5) : -1;
    int day = form ? two_digits(date, 8) : -1;

    if (century < 20 || year < 0 || mon < 1 || mon > 12 || day < 1 || day > 31)
        return tls_cred_fault(why, E_CERT, date,
                              "a date is written 2027-01-31");
    c->pins_end = true;
    c->pins_until =
        (mbedtls_x509_time){100 * century + year, mon, day, 23, 59, 59};
    return tls_cred_stir(c, "until", date);
}

int tls_cred_trust_pins(struct tls_cred *c, struct cause *why)
{
    if (!c->npins)
        return tls_cred_fault(why, E_CERT, S("trust \"pin\""),
                              "it needs at least one pin");
    c->pin_only = true;
    return tls_cred_stir(c, "only", slice_of(NULL, 0));
}

bool tls_cred_pin_only(const struct tls_cred *c)
{
    return c->pin_only;
}

size_t tls_cred_pins(const struct tls_cred *c)
{
    return c->npins;
}

bool tls_cred_pins_expired(const struct tls_cred *c)
{
    return c->pins_end && mbedtls_x509_time_is_past(&c->pins_until);
}

int tls_cred_pin_index(const struct tls_cred *c,
                       const uint8_t pin[TLS_PIN_SIZE])
{
    for (size_t i = 0; i < c->npins; i++)
        if (memcmp(c->pin[i], pin, TLS_PIN_SIZE) == 0)
            return (int)i;
    return -1;
}

void tls_pin_text(char text[TLS_PIN_TEXT_MAX], const uint8_t pin[TLS_PIN_SIZE])
{
    size_t n = 0;

    memcpy(text, "sha256/", 8);
    (void)mbedtls_base64_encode((unsigned char *)text + 7,
                                TLS_PIN_TEXT_MAX - 7, &n, pin, TLS_PIN_SIZE);
}

int tls_pin_of(const struct env *env, uint8_t pin[TLS_PIN_SIZE],
               struct slice spki)
{
    return env->md(env->user, ENV_SHA256, &spki, 1, pin);
}

/* ------------------------------------------------------------ verifier */

int tls_cred_verifier(struct tls_cred *c, const struct tls_verifier *v)
{
    c->verifier = *v;
    return tls_cred_stir(c, "verifier", slice_of(NULL, 0));
}

const struct tls_verifier *tls_cred_get_verifier(const struct tls_cred *c)
{
    return c->verifier.verify ? &c->verifier : NULL;
}
