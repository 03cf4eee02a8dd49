/* SPDX-License-Identifier: Apache-2.0 */
/* The table of broken servers: each refused by its code, or taken and told. */
#include "test/unit/tls_attempt.h"

static struct mint_cert *upper, *lower, *old_ca, *fake, *box;
static struct tls_cred *pinned, *listed;

/* What is wrong with a server, and what comes of it. */
struct row {
    const char *name;
    void (*make)(struct attempt *a);
    enum cause_code code; /* none: taken */
    const char *words;    /* in the sentence, besides the table's own */
    bool only_12;         /* TLS 1.3 knows no such thing, or signs otherwise */
};

static int64_t now_s(void)
{
    return (int64_t)time(NULL);
}

static void fine(struct attempt *a)
{
    (void)a;
}

static void expired(struct attempt *a)
{
    a->ask.from = now_s() - 90 * KIT_DAY;
    a->ask.to = now_s() - 3 * KIT_DAY;
    a->kit.wall_ms = now_s() * 1000;
}

static void not_yet(struct attempt *a)
{
    a->ask.from = now_s() + 5 * 3600;
    a->ask.to = now_s() + 90 * KIT_DAY;
    a->kit.wall_ms = now_s() * 1000;
}

static void wrong_name(struct attempt *a)
{
    a->san[0].value = S("pbx.other.test");
}

static void common_name(struct attempt *a)
{
    a->ask.nsan = 0;
}

static void wildcard(struct attempt *a)
{
    a->san[0].value = S("*.example.test");
}

static void self_signed(struct attempt *a)
{
    a->issuer = NULL;
}

static void unknown_ca(struct attempt *a)
{
    a->issuer = pki.other;
}

static void no_intermediate(struct attempt *a)
{
    a->issuer = pki.inter;
    a->ask.aia = true;
}

static void wrong_order(struct attempt *a)
{
    a->issuer = lower; /* leaf, upper, lower: lower's issuer came before */
    a->extra = upper;
    a->extra2 = lower;
}

static void right_order(struct attempt *a)
{
    a->issuer = lower;
    a->extra = lower;
    a->extra2 = upper;
}

static void some_disorder(struct attempt *a)
{
    a->issuer = pki.inter; /* a stranger in between */
    a->extra = pki.other;
    a->extra2 = pki.inter;
}

static void extra(struct attempt *a)
{
    a->extra = pki.root;
    a->extra2 = pki.other;
}

static void old_issuer(struct attempt *a)
{
    a->issuer = a->extra = old_ca;
}

static void revoked(struct attempt *a)
{
    a->terms.anchors = listed;
    a->issuer = a->extra = pki.inter;
}

static void sha1(struct attempt *a)
{
    a->ask.md = MINT_SHA1;
}

static void rsa1024(struct attempt *a)
{
    a->ask.key = MINT_RSA1024;
}

static void for_clients(struct attempt *a)
{
    a->hide_usage = true;
    a->ask.usage = MINT_CLIENT;
}

static void other_pin(struct attempt *a)
{
    a->terms.anchors = pinned;
}

static void intercepted(struct attempt *a)
{
    a->issuer = box;
}

static void impostor(struct attempt *a)
{
    a->issuer = fake;
}

static void no_ems(struct attempt *a)
{
    a->how.no_ems = true;
}

static void cbc(struct attempt *a)
{
    static const int suites[] = {
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, 0};

    a->how.suites = suites;
}

static void dribble(struct attempt *a)
{
    a->step = 1;
}

static const struct row rows[] = {
    {"good", fine, CAUSE_none, "", false},
    {"expired", expired, CAUSE_cert_expired,
     "3 days before what this device's clock says", false},
    {"not yet valid", not_yet, CAUSE_cert_not_yet_valid,
     "hours after what this device's clock says", false},
    {"wrong name", wrong_name, CAUSE_cert_name_mismatch,
     "wanted sip.example.test, the certificate has DNS:pbx.other.test", false},
    {"CN only", common_name, CAUSE_cert_cn_only, "CN:sip.example.test", false},
    {"wildcard", wildcard, CAUSE_cert_wildcard, "DNS:*.example.test", false},
    {"self-signed", self_signed, CAUSE_cert_self_signed, "CN=sip.example.test",
     false},
    {"unknown CA", unknown_ca, CAUSE_cert_unknown_ca,
     "not among the configured trust anchors (1)", false},
    {"missing intermediate", no_intermediate, CAUSE_cert_missing_intermediate,
     "it is to be had at http://ca.test/i", false},
    {"wrong order", wrong_order, CAUSE_cert_wrong_order,
     "\"CN=Upper, O=Kit\" was sent before \"CN=Lower, O=Kit\"", false},
    {"right order", right_order, CAUSE_none, "", false},
    {"some disorder", some_disorder, CAUSE_none, "", false},
    {"extra certificates", extra, CAUSE_none, "", false},
    {"expired CA", old_issuer, CAUSE_cert_ca_expired,
     "the intermediate certificate \"CN=Old\"", false},
    {"revoked", revoked, CAUSE_cert_revoked, "was revoked by \"CN=Root",
     false},
    {"SHA-1", sha1, CAUSE_cert_weak, "not signed with SHA-256", false},
    {"RSA-1024", rsa1024, CAUSE_cert_weak, "1024 bits", true},
    {"wrong usage", for_clients, CAUSE_cert_usage, "id-kp-sipDomain", false},
    {"pin mismatch", other_pin, CAUSE_cert_pin_mismatch, "sha256/", false},
    {"intercepted", intercepted, CAUSE_cert_intercepted,
     "this network answers as \"CN=Zscaler", false},
    {"another key of a known CA", impostor, CAUSE_cert_unknown_ca,
     "not signed by that CA's key", false},
    {"no extended master secret", no_ems, CAUSE_tls_handshake,
     "extended_master_secret", true},
    {"no AEAD", cbc, CAUSE_tls_suite, "alert", true},
    {"dribbled", dribble, CAUSE_none, "", false},
};

static void check(const struct row *row, int version)
{
    struct attempt a = good();
    struct result r;

    row->make(&a);
    a.how.max_version = version;
    r = run(&a);
    if (r.cause.code != row->code)
        fail_msg("%s: %s instead of %s: %s", row->name,
                 cause_symbol(r.cause.code), cause_symbol(row->code),
                 r.cause.text);
    if (row->code == CAUSE_none) {
        assert_int_equal(r.state, TLS_UP);
        assert_int_equal(r.plain_seen, sizeof(PLAIN) - 1);
        return;
    }
    assert_int_equal(r.state, TLS_FAILED);
    assert_int_equal(r.plain_seen, 0); /* not one byte of SIP */
    assert_true(r.plain_in == E_STATE || r.plain_in == E_CLOSED);
    /* The right sentence: the table's, then what is so in this case. */
    if (strncmp(r.cause.text, cause_sentence(row->code),
                strlen(cause_sentence(row->code))) != 0 ||
        !strstr(r.cause.text, row->words))
        fail_msg("%s: %s", row->name, r.cause.text);
    assert_true(strlen(cause_hint(row->code)) > 10);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check(&rows[i], MBEDTLS_SSL_VERSION_TLS1_2);
        if (!rows[i].only_12)
            check(&rows[i], 0);
    }
}

/* Tolerated, and told: what the rows above do not look at. */
static void test_told(void **state)
{
    struct attempt a = good();
    struct result r;

    (void)state;
    some_disorder(&a);
    r = run(&a);
    assert_true(r.facts.disorder);
    assert_int_equal(r.facts.sent, 3);
    assert_int_equal(r.facts.extra, 1);
    a = good();
    right_order(&a);
    r = run(&a);
    assert_false(r.facts.disorder);
    assert_int_equal(r.facts.extra, 0);
    a = good();
    extra(&a);
    r = run(&a);
    assert_int_equal(r.facts.extra, 1); /* the root is of the path */
}

/* ------------------------------------------------- after it was verified */

struct live {
    struct tls_cred *own;
    struct mint_cert *leaf;
    struct kit_policy policy;
    struct tls_engine *e;
    struct kit_raw *raw;
};

static void live_new(struct live *l, struct kit_raw_how how)
{
    static const struct mint_san san = {TLS_NAME_KIND_DNS,
                                        S_INIT("sip.example.test")};

    l->leaf = kit_mint((struct mint_ask){.cn = S("x"), .san = &san, .nsan = 1},
                       pki.root);
    l->own = kit_own(l->leaf, NULL);
    l->raw = kit_raw_new(l->own, how);
    kit_policy_new(&l->policy, kit_terms(pki.anchors));
    assert_int_equal(
        tls_engine_new_client(&l->e, &kit_env, l->policy.p, l->policy.ticket),
        0);
    kit_pump_raw(l->e, l->raw, 1 << 16);
    assert_int_equal(tls_engine_state(l->e), TLS_UP);
}

static void live_free(struct live *l)
{
    tls_engine_free(l->e);
    kit_raw_free(l->raw);
    kit_policy_free(&l->policy);
    tls_cred_free(l->own);
    mint_free(l->leaf);
}

/* A server that asks to renegotiate is told no, and gets no handshake
 * (RFC 5746 5, CVE-2009-3555's lesson); the connection is as it was. */
static void test_renegotiation(void **state)
{
    struct live l;

    (void)state;
    live_new(&l,
             (struct kit_raw_how){.max_version = MBEDTLS_SSL_VERSION_TLS1_2,
                                  .renegotiate = true});
#ifdef MBEDTLS_SSL_RENEGOTIATION /* else nobody can ask for it here */
    (void)mbedtls_ssl_renegotiate(&l.raw->ssl);
#endif
    kit_pump_raw(l.e, l.raw, 1 << 16);
    assert_int_equal(tls_engine_state(l.e), TLS_UP);
    assert_string_equal(tls_engine_facts(l.e)->name, "sip.example.test");
    live_free(&l);
}

/* An alert storm after the handshake, sealed like all else. */
static void test_storm(void **state)
{
    struct live l;
    size_t sent = 0;

    (void)state;
    live_new(&l,
             (struct kit_raw_how){.max_version = MBEDTLS_SSL_VERSION_TLS1_2});
    while (tls_engine_state(l.e) == TLS_UP && sent < 100000) {
        for (int i = 0; i < 100; i++, sent++)
            assert_int_equal(mbedtls_ssl_send_alert_message(
                                 &l.raw->ssl, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                 MBEDTLS_SSL_ALERT_MSG_USER_CANCELED),
                             0);
        kit_pump_raw(l.e, l.raw, 1 << 16);
    }
    assert_int_equal(tls_engine_state(l.e), TLS_FAILED);
    assert_int_equal(tls_engine_cause(l.e)->code, CAUSE_tls_flood);
    assert_true(sent > 1000); /* a few are nothing */
    live_free(&l);
}

/* The control: as many bytes with content in between are fine. */
static void test_traffic(void **state)
{
    static unsigned char bytes[4000];
    struct live l;

    (void)state;
    live_new(&l, (struct kit_raw_how){0});
    for (int i = 0; i < 160; i++) {
        assert_int_equal(mbedtls_ssl_write(&l.raw->ssl, bytes, sizeof(bytes)),
                         sizeof(bytes));
        for (size_t got = 0; got < sizeof(bytes);) {
            kit_pump_raw(l.e, l.raw, 1 << 16);
            size_t n = tls_engine_plain_out(l.e).n;

            assert_true(n > 0);
            tls_engine_plain_taken(l.e, n);
            got += n;
        }
    }
    assert_int_equal(tls_engine_state(l.e), TLS_UP);
    live_free(&l);
}

/* ---------------------------------------------------- before it is verified
 */

/* What a server says in place of its hello, over and over. */
static enum cause_code said(const char *bytes, size_t n, size_t times)
{
    struct kit_policy policy;
    struct tls_engine *e;
    enum cause_code code;

    kit_policy_new(&policy, kit_terms(pki.anchors));
    assert_int_equal(
        tls_engine_new_client(&e, &kit_env, policy.p, policy.ticket), 0);
    tls_engine_start(e);
    while (times-- && tls_engine_state(e) == TLS_HANDSHAKING)
        (void)tls_engine_cipher_in(e, slice_of(bytes, n));
    code = tls_engine_cause(e)->code;
    assert_int_equal(tls_engine_plain_in(e, S("x")),
                     code == CAUSE_none ? E_STATE : E_CLOSED);
    tls_engine_free(e);
    kit_policy_free(&policy);
    return code;
}

static void test_said(void **state)
{
    static char huge[70000] = "\x16\x03\x03\xff\xff";

    (void)state;
    /* A record of 65535 bytes, and one of 16 KiB that promises 16 MiB. */
    assert_int_equal(said(huge, sizeof(huge), 1), CAUSE_tls_handshake);
    memcpy(huge, "\x16\x03\x03\x40\x00\x02\xff\xff\xff", 9);
    assert_int_equal(said(huge, 5 + 0x4000, 4), CAUSE_tls_handshake);
    /* Warnings without end (user_canceled). */
    assert_int_equal(said("\x15\x03\x03\x00\x02\x01\x5a", 7, 100), CAUSE_none);
    assert_int_equal(said("\x15\x03\x03\x00\x02\x01\x5a", 7, 100000),
                     CAUSE_tls_flood);
}

static void add_list(struct tls_cred *c, const struct mint_cert *issuer,
                     const struct mint_cert *who)
{
    static char text[8192];
    struct out o = out_of(text, sizeof(text));
    const struct mint_list ask = {.issuer = issuer,
                                  .revoked = who,
                                  .from = now_s() - KIT_DAY,
                                  .to = now_s() + KIT_DAY};

    assert_int_equal(mint_put_list(&o, &ask), 0);
    assert_int_equal(tls_cred_add_crl(c, out_slice(&o), NULL), 0);
}

static struct tls_cred *trusting_root(void)
{
    struct tls_cred *c = NULL;

    assert_int_equal(tls_cred_new(&c, &kit_env), 0);
    assert_int_equal(tls_cred_add_pem(c, mint_pem(pki.root), NULL), 0);
    return c;
}

static struct mint_cert *mint_ca(struct slice cn, struct slice org,
                                 const struct mint_cert *issuer)
{
    return kit_mint((struct mint_ask){.cn = cn, .org = org, .ca = true},
                    issuer);
}

static int set_up_table(void **state)
{
    int err = set_up(state);

    upper = mint_ca(S("Upper"), S("Kit"), pki.root);
    lower = mint_ca(S("Lower"), S("Kit"), upper);
    fake = mint_ca(S("Root"), S("Kit"), NULL);
    box = mint_ca(S("Zscaler Root CA"), S("Zscaler Inc."), NULL);
    old_ca = kit_mint((struct mint_ask){.cn = S("Old"),
                                        .ca = true,
                                        .from = now_s() - 9999,
                                        .to = now_s() - 99},
                      pki.root);
    listed = trusting_root();
    add_list(listed, pki.root, pki.inter);
    add_list(listed, pki.inter, NULL);
    pinned = trusting_root();
    assert_int_equal(
        tls_cred_add_pin(
            pinned, S("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            NULL),
        0);
    return err;
}

static int tear_down_table(void **state)
{
    mint_free(upper);
    mint_free(lower);
    mint_free(fake);
    mint_free(box);
    mint_free(old_ca);
    tls_cred_free(listed);
    tls_cred_free(pinned);
    return tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),         cmocka_unit_test(test_told),
        cmocka_unit_test(test_renegotiation), cmocka_unit_test(test_storm),
        cmocka_unit_test(test_traffic),       cmocka_unit_test(test_said),
    };

    return cmocka_run_group_tests(tests, set_up_table, tear_down_table);
}
