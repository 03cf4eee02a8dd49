/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt to connect to a server that shows a minted certificate. */
#ifndef TEST_UNIT_TLS_ATTEMPT_H
#define TEST_UNIT_TLS_ATTEMPT_H

#include <mbedtls/oid.h>

#include "test/unit/tls_kit.h"

static const char PLAIN[] = "OPTIONS sip:x SIP/2.0\r\n\r\n";

static struct kit_pki pki;

static KIT_UNUSED int set_up(void **state)
{
    (void)state;
    kit_pki_new(&pki);
    return 0;
}

static KIT_UNUSED int tear_down(void **state)
{
    (void)state;
    kit_pki_free(&pki);
    return 0;
}

/* One attempt: what is minted, how it is served, under which terms. */
struct attempt {
    struct mint_ask ask;
    struct mint_san san[3];
    const struct mint_cert *issuer; /* NULL: self-signed */
    const struct mint_cert *extra;  /* sent after the leaf, */
    const struct mint_cert *extra2; /* and after that */
    struct kit_raw_how how;
    struct policy_terms terms;
    bool hide_usage;              /* so that the server dares to show it */
    const struct mint_cert *leaf; /* this one; NULL: minted as asked */
    struct tls_engine_kit kit;
    size_t step; /* bytes at a time; 0: all */
};

struct result {
    enum tls_engine_state state;
    struct cause cause;
    struct tls_facts facts;
    size_t plain_seen; /* application bytes that the server got */
    int plain_in;
};

static KIT_UNUSED struct attempt good(void)
{
    struct attempt a = {.issuer = pki.root, .terms = kit_terms(pki.anchors)};

    a.ask.cn = S("sip.example.test");
    a.san[0] = (struct mint_san){TLS_NAME_KIND_DNS, S("sip.example.test")};
    a.ask.nsan = 1;
    return a;
}

static struct result run(struct attempt *a)
{
    struct result r = {0};
    struct kit_policy policy;
    struct tls_engine *e;

    a->ask.san = a->san;
    struct mint_cert *minted = a->leaf ? NULL : kit_mint(a->ask, a->issuer);
    struct tls_cred *own =
        kit_own3(a->leaf ? a->leaf : minted, a->extra, a->extra2);
    mbedtls_x509_crt *chain = tls_cred_mbed_chain(own);

    if (a->hide_usage)
        chain->MBEDTLS_PRIVATE(ext_types) &=
            ~MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE;
    struct kit_raw *raw = kit_raw_new(own, a->how);

    kit_policy_new(&policy, a->terms);
    assert_int_equal(
        tls_engine_new_client(&e, &kit_env, policy.p, policy.ticket), 0);
    tls_engine_equip(e, &a->kit);
    /* Before it is up nothing goes in and nothing comes out. */
    assert_int_equal(tls_engine_plain_in(e, S("early")), E_STATE);
    kit_pump_raw(e, raw, a->step ? a->step : 1 << 16);
    r.plain_in = tls_engine_plain_in(e, slice_of(PLAIN, sizeof(PLAIN) - 1));
    kit_pump_raw(e, raw, a->step ? a->step : 1 << 16);
    r.state = tls_engine_state(e);
    r.cause = *tls_engine_cause(e);
    if (tls_engine_facts(e))
        r.facts = *tls_engine_facts(e);
    r.plain_seen = raw->got_n;
    if (getenv("KIT_SHOW"))
        fprintf(stderr, "%d %s %s\n", (int)r.state, cause_symbol(r.cause.code),
                r.cause.text);
    tls_engine_free(e);
    kit_raw_free(raw);
    kit_policy_free(&policy);
    tls_cred_free(own);
    mint_free(minted);
    return r;
}

static KIT_UNUSED void expect_up(struct attempt *a)
{
    struct result r = run(a);

    if (r.state != TLS_UP)
        fail_msg("not up: %s", r.cause.text);
    assert_int_equal(r.cause.code, CAUSE_none);
    assert_int_equal(r.plain_in, 0);
    assert_int_equal(r.plain_seen, sizeof(PLAIN) - 1);
    assert_true(tls_name_matched(r.facts.match));
    assert_int_equal(r.facts.not_after_ms > r.facts.not_before_ms, 1);
}

static KIT_UNUSED void expect_refused(struct attempt *a, enum cause_code code)
{
    struct result r = run(a);

    assert_int_equal(r.state, TLS_FAILED);
    if (r.cause.code != code)
        fail_msg("%s instead of %s: %s", cause_symbol(r.cause.code),
                 cause_symbol(code), r.cause.text);
    assert_true(r.plain_in == E_STATE || r.plain_in == E_CLOSED);
    assert_int_equal(r.plain_seen, 0);
    assert_int_equal(r.facts.version[0], 0);
}

/* Both TLS versions, and the controls beside each refusal. */
static KIT_UNUSED void with_versions(struct attempt a, int code)
{
    static const int version[] = {0, MBEDTLS_SSL_VERSION_TLS1_2};

    for (size_t i = 0; i < 2; i++) {
        struct attempt control = good();

        a.how.max_version = control.how.max_version = version[i];
        expect_up(&control);
        if (code == CAUSE_none)
            expect_up(&a);
        else
            expect_refused(&a, (enum cause_code)code);
    }
}

#endif
