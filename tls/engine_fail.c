/* SPDX-License-Identifier: Apache-2.0 */
/* Why a connection failed: mbedTLS's errors and the peer's alerts in words. */
#include <mbedtls/ssl.h>
#include <string.h>

#include "sip/base/secret.h"
#include "tls/engine_impl.h"
#include "tls/skew.h"

void tls_engine_wipe_plain(struct tls_engine *e)
{
    if (e->plain)
        secret_wipe(e->plain, TLS_ENGINE_PLAIN_MAX);
    env_free(e->env, e->plain);
    e->plain = NULL;
    e->plain_at = e->plain_n = 0;
}

void tls_engine_fail(struct tls_engine *e, enum cause_code code,
                     struct slice facts)
{
    if (e->state == TLS_FAILED)
        return;
    e->state = TLS_FAILED;
    e->in = slice_of(NULL, 0);
    tls_engine_wipe_plain(e);
    cause_set_facts(&e->cause, code, facts);
}

/* Alerts about our certificate, or that there is none (RFC 8446 6.2). */
static bool about_ours(unsigned number)
{
    return (number >= 42 && number <= 46) || number == 48 || number == 49 ||
           number == 116;
}

static enum cause_code alert_code(const struct tls_engine *e, unsigned number)
{
    bool first = e->hello.first[0] == 21; /* instead of a hello */

    /* A 1.2 server may answer a 1.3-only hello with either of two alerts. */
    if (number == 70 || (number == 40 && first && e->level == POLICY_MODERN))
        return CAUSE_tls_version;
    if (number == 71 || (number == 40 && first))
        return CAUSE_tls_suite;
    /* After its hello: TLS 1.2's way to miss a certificate is 40. */
    if (e->peer && (about_ours(number) || number == 40))
        return CAUSE_tls_client_cert;
    return CAUSE_tls_alert;
}

static void fail_alert(struct tls_engine *e)
{
    const unsigned char *msg = e->ssl.MBEDTLS_PRIVATE(in_msg);
    unsigned number = msg ? msg[1] : 0;
    const char *name = tls_alert_name(number);
    char text[96];
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, "alert ");
    if (name)
        out_put(&o, slice_cstr(name));
    out_lit(&o, " (");
    out_u64(&o, number);
    out_char(&o, ')');
    if (e->peer && about_ours(number) && !tls_cred_has_own(e->verify.cred))
        out_lit(&o, "; none is configured");
    tls_engine_fail(e, alert_code(e, number), out_slice(&o));
}

static enum cause_code no_tls_code(const struct tls_hello *h)
{
    struct slice s = slice_of(h->first, h->nfirst);
    enum tls_hello_kind kind = tls_hello_kind(h);

    if (kind == TLS_HELLO_SIP)
        return CAUSE_tls_plain_sip;
    if (kind != TLS_HELLO_HTTP)
        return CAUSE_tls_no_tls;
    /* "HTTP/1.1 302": to a page to log in; 511: RFC 6585 6. */
    if (s.n >= 12 &&
        (s.p[9] == '3' || slice_starts(slice_skip(s, 9), S("511"))))
        return CAUSE_tls_captive;
    return CAUSE_tls_http;
}

void tls_engine_fail_no_tls(struct tls_engine *e, struct slice bytes)
{
    char text[224];
    struct out o = out_of(text, sizeof(text));
    struct slice first = slice_of(e->hello.first, e->hello.nfirst);
    int64_t date = 0, skew;

    out_lit(&o, "it looks like ");
    out_put(&o, slice_cstr(tls_hello_kind_text(tls_hello_kind(&e->hello))));
    out_lit(&o, ", its first bytes are \"");
    for (size_t i = 0; i < first.n && first.p[i] != '\r'; i++)
        out_char(&o, first.p[i]); /* cause_set_facts makes it printable */
    out_char(&o, '"');
    if (tls_hello_kind(&e->hello) == TLS_HELLO_HTTP)
        date = tls_skew_http(bytes);
    skew = tls_skew_of(date, e->verify.now_ms);
    if (date && e->verify.now_ms && tls_skew_counts(skew)) {
        out_lit(&o, ", ");
        tls_skew_say(&o, skew);
    }
    tls_engine_fail(e, no_tls_code(&e->hello), out_slice(&o));
    e->cause.date = date;
}

/* "mbedTLS error -0x7780" for what has no sentence of its own. */
static void fail_code(struct tls_engine *e, enum cause_code code, int ret)
{
    uint8_t be[2] = {(uint8_t)(-ret >> 8), (uint8_t)-ret};
    char text[40];
    struct out o = out_of(text, sizeof(text));

    out_lit(&o, "mbedTLS error -0x");
    out_hex(&o, be, sizeof(be));
    tls_engine_fail(e, code, out_slice(&o));
}

static void fail_verify(struct tls_engine *e)
{
    struct cause cause;

    tls_verify_cause(&e->verify, mbedtls_ssl_get_verify_result(&e->ssl),
                     &cause);
    tls_engine_fail(e, cause.code, slice_of(NULL, 0));
    e->cause = cause;
}

/* What mbedTLS's errors mean to a person. */
void tls_engine_fail_ret(struct tls_engine *e, int ret)
{
    if (tls_cred_mbed_nomem(ret)) {
        tls_engine_fail(e, CAUSE_out_of_memory, slice_of(NULL, 0));
        return;
    }
    switch (ret) {
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
    case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
        fail_verify(e);
        return;
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        fail_alert(e);
        return;
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        tls_engine_fail(e, CAUSE_tls_version,
                        e->level == POLICY_MODERN
                            ? S("only TLS 1.3 is allowed here")
                            : S("TLS 1.2 or 1.3 is needed"));
        return;
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
        fail_code(e, CAUSE_tls_suite, ret);
        return;
    case MBEDTLS_ERR_SSL_INVALID_MAC:
        fail_code(e, CAUSE_tls_record, ret);
        return;
    default:
        break;
    }
    if (-ret >= 0x2080 && -ret <= 0x307f) /* the X.509 module */
        fail_code(e, CAUSE_cert_invalid, ret);
    else
        fail_code(e,
                  e->state == TLS_UP ? CAUSE_tls_record : CAUSE_tls_handshake,
                  ret);
}
