/* SPDX-License-Identifier: Apache-2.0 */
/* A chain as people and programs see it. */
#include "tools/tls_view.h"

#include <mbedtls/oid.h>
#include <string.h>

#include "tools/tls_time.h"

enum { NAME_MAX_TEXT = 512 };

static json_t *text_of(const unsigned char *p, size_t n)
{
    char text[NAME_MAX_TEXT];
    size_t at = 0;

    for (; at < n && at < sizeof(text) - 1; at++)
        text[at] = p[at] >= 0x20 && p[at] < 0x7f ? (char)p[at] : '?';
    return json_stringn(text, at);
}

static json_t *dn_of(const mbedtls_x509_name *dn)
{
    char text[NAME_MAX_TEXT];
    int n = mbedtls_x509_dn_gets(text, sizeof(text), dn);

    return text_of((const unsigned char *)text, n > 0 ? (size_t)n : 0);
}

static json_t *time_of(const mbedtls_x509_time *t)
{
    char text[24];

    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", t->year,
             t->mon, t->day, t->hour, t->min, t->sec);
    return json_string(text);
}

/* "DNS:a.example", as error sentences write them. */
static json_t *names_of(const mbedtls_x509_crt *crt)
{
    static const char *const kind[] = {"other", "email", "DNS", "x400",
                                       "dir",   "edi",   "URI", "IP"};
    const mbedtls_x509_sequence *san = &crt->subject_alt_names;
    json_t *list = json_array();

    for (; san; san = san->next) {
        char text[NAME_MAX_TEXT];
        unsigned tag = (unsigned)san->buf.tag & 0x1f;
        struct out o = out_of(text, sizeof(text));
        struct tls_addr a = {0};

        if (!san->buf.p || tag > 7)
            continue;
        out_put(&o, slice_cstr(kind[tag]));
        out_char(&o, ':');
        if (tag == 7 && (san->buf.len == 4 || san->buf.len == 16)) {
            a.family = san->buf.len == 4 ? 4 : 6;
            memcpy(a.ip, san->buf.p, san->buf.len);
            tls_addr_put_ip(&o, &a);
        } else {
            out_put(&o, slice_of(san->buf.p, san->buf.len));
        }
        json_array_append_new(list, text_of((const unsigned char *)text, o.n));
    }
    return list;
}

static json_t *usages_of(const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_sequence *at = &crt->ext_key_usage;
    json_t *list = json_array();

    for (; at; at = at->next) {
        const char *what = NULL;

        if (!at->buf.p)
            continue;
        if (at->buf.len == 8 &&
            memcmp(at->buf.p, "\x2b\x06\x01\x05\x05\x07\x03\x14", 8) == 0)
            what = "sipDomain";
        else if (mbedtls_oid_get_extended_key_usage(&at->buf, &what))
            what = "another";
        json_array_append_new(list, json_string(what));
    }
    return list;
}

static json_t *aia_of(const mbedtls_x509_crt *crt)
{
    static const char oid[] = "\x2b\x06\x01\x05\x05\x07\x30\x02\x86";
    struct slice s = slice_of(crt->v3_ext.p, crt->v3_ext.len);

    for (; s.n > sizeof(oid); s = slice_skip(s, 1)) {
        size_t n = (uint8_t)s.p[sizeof(oid) - 1];

        if (slice_starts(s, slice_of(oid, sizeof(oid) - 1)) && n < 128 &&
            n + sizeof(oid) <= s.n)
            return text_of((const unsigned char *)s.p + sizeof(oid), n);
    }
    return json_null();
}

void tls_view_pin(char text[TLS_PIN_TEXT_MAX], const struct tls_probe *p,
                  const mbedtls_x509_crt *crt)
{
    uint8_t pin[TLS_PIN_SIZE] = {0};

    (void)tls_pin_of(&p->host.env, pin,
                     slice_of(crt->pk_raw.p, crt->pk_raw.len));
    tls_pin_text(text, pin);
}

static const char *signature_of(const mbedtls_x509_crt *crt)
{
    const char *text = NULL;

    return mbedtls_oid_get_sig_alg_desc(&crt->sig_oid, &text) ? "unknown"
                                                              : text;
}

static json_t *one(const struct tls_probe *p, const mbedtls_x509_crt *crt)
{
    char pin[TLS_PIN_TEXT_MAX], key[40], serial[96];
    struct out o = out_of(serial, sizeof(serial));

    tls_view_pin(pin, p, crt);
    out_hex(&o, crt->serial.p, crt->serial.len);
    (void)out_cstr(&o);
    snprintf(key, sizeof(key), "%s %zu", mbedtls_pk_get_name(&crt->pk),
             mbedtls_pk_get_bitlen(&crt->pk));
    return json_pack(
        "{s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:s,s:s,s:b,s:b,s:s,s:o}", "subject",
        dn_of(&crt->subject), "issuer", dn_of(&crt->issuer), "serial", serial,
        "not_before", time_of(&crt->valid_from), "not_after",
        time_of(&crt->valid_to), "san", names_of(crt), "usage", usages_of(crt),
        "key", key, "signature", signature_of(crt), "ca",
        crt->MBEDTLS_PRIVATE(ca_istrue), "self_signed",
        slice_eq(slice_of(crt->subject_raw.p, crt->subject_raw.len),
                 slice_of(crt->issuer_raw.p, crt->issuer_raw.len)),
        "pin", pin, "aia", aia_of(crt));
}

json_t *tls_view_chain(const struct tls_probe *p)
{
    json_t *list = json_array();

    if (p->shown)
        for (const mbedtls_x509_crt *at = &p->chain; at; at = at->next)
            json_array_append_new(list, one(p, at));
    return list;
}

json_t *tls_view_life(const struct tls_probe *p)
{
    int64_t from, to, now = ua_host_now().wall / 1000;
    double share;

    if (!p->shown)
        return json_null();
    from = tls_time_s(&p->chain.valid_from);
    to = tls_time_s(&p->chain.valid_to);
    share = to > from ? (double)(to - now) / (double)(to - from) : 0;
    return json_pack("{s:I,s:I,s:f}", "days",
                     (json_int_t)((to - from) / 86400), "days_left",
                     (json_int_t)((to - now) / 86400), "share_left",
                     share < 0   ? 0
                     : share > 1 ? 1
                                 : share);
}

/* ------------------------------------------------------ what was expected */

static void judge_expected(struct tls_probe *p, const mbedtls_x509_crt *want)
{
    const mbedtls_x509_crt *got = &p->chain;
    char text[CAUSE_TEXT_MAX], from[40], to[40];
    json_t *shown = time_of(&got->valid_from),
           *due = time_of(&want->valid_from);
    json_t *issuer = dn_of(&got->issuer);

    snprintf(from, sizeof(from), "%s", json_string_value(shown));
    snprintf(to, sizeof(to), "%s", json_string_value(due));
    if (!slice_eq(slice_of(got->issuer_raw.p, got->issuer_raw.len),
                  slice_of(want->issuer_raw.p, want->issuer_raw.len))) {
        snprintf(text, sizeof(text), "this network answers as \"%s\"",
                 json_string_value(issuer));
        cause_set_facts(&p->cause, CAUSE_cert_intercepted, slice_cstr(text));
    } else {
        snprintf(text, sizeof(text),
                 "it shows the one from %s, the file's is from %s", from, to);
        cause_set_facts(&p->cause, CAUSE_cert_not_reloaded, slice_cstr(text));
    }
    p->up = false;
    json_decref(shown);
    json_decref(due);
    json_decref(issuer);
}

/* PEM or DER; a chain may follow. */
static int read_cert(mbedtls_x509_crt *crt, const char *path)
{
    static unsigned char text[1 << 16];
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

    if (f)
        fclose(f);
    text[n] = '\0';
    return n ? mbedtls_x509_crt_parse(
                   crt, text, n + (strstr((char *)text, "-----") ? 1 : 0))
             : -1;
}

int tls_view_expect(struct tls_probe *p, const char *path)
{
    mbedtls_x509_crt want;
    int ret;

    mbedtls_x509_crt_init(&want);
    ret = read_cert(&want, path);
    if (ret)
        cause_set_facts(&p->cause, CAUSE_config_invalid,
                        S("--expect-cert: no certificate can be read"));
    else if (p->shown && !slice_eq(slice_of(p->chain.raw.p, p->chain.raw.len),
                                   slice_of(want.raw.p, want.raw.len)))
        judge_expected(p, &want);
    mbedtls_x509_crt_free(&want);
    return ret ? -1 : 0;
}
