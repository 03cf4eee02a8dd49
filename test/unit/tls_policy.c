/* SPDX-License-Identifier: Apache-2.0 */
/* Tests: the policy's table, its checks, and tickets that went bad. */
#include "tls/policy.h"

#include "test/oom.h"
#include "test/unit/tls_kit.h"

/* Never looked into by the policy. */
static const struct tls_cred *const some_cred =
    (const struct tls_cred *)&kit_env;

static struct policy_terms terms(void)
{
    return kit_terms(some_cred);
}

static struct tls_addr addr(const char *text)
{
    struct tls_addr a;

    assert_int_equal(tls_addr_parse(&a, slice_cstr(text), 0), 0);
    return a;
}

/* ----------------------------------------------------------- the table */

static void test_table(void **state)
{
    (void)state;
    for (int i = 1; i < POLICY_WHY_COUNT; i++) {
        const struct policy_refusal *r = policy_refusal((enum policy_why)i);

        assert_true(*r->symbol && *r->sentence && *r->asked_by);
        assert_true(*r->remedy && *r->warning && *r->source);
        assert_true(r->status >= 400 && r->status < 700);
        /* It goes into a quoted string (RFC 3261 20.43). */
        assert_null(strpbrk(r->warning, "\"\\\r\n"));
        for (int k = 1; k < i; k++)
            assert_string_not_equal(
                r->symbol, policy_refusal((enum policy_why)k)->symbol);
    }
    assert_string_equal(policy_refusal(POLICY_ALLOWED)->symbol, "allowed");
    assert_string_equal(policy_refusal((enum policy_why)9999)->symbol,
                        "allowed");
}

/* doc/security.md has each row, with the very words. */
static void test_doc(void **state)
{
    static char doc[1 << 16];
    FILE *f = fopen("doc/security.md", "rb");

    (void)state;
    assert_non_null(f);
    size_t n = fread(doc, 1, sizeof(doc) - 1, f);

    (void)fclose(f);
    assert_true(n > 0 && n < sizeof(doc) - 1);
    for (int i = 1; i < POLICY_WHY_COUNT; i++) {
        const struct policy_refusal *r = policy_refusal((enum policy_why)i);
        char row[512];

        (void)snprintf(row, sizeof(row),
                       "\n| `%s` | %s | %s | %s | %u | %s |\n", r->symbol,
                       r->sentence, r->asked_by, r->remedy, r->status,
                       r->source);
        if (!strstr(doc, row))
            fail_msg("doc/security.md lacks or differs in %s", r->symbol);
    }
}

static void test_names(void **state)
{
    enum policy_level level;
    enum tls_name_rule rule;

    (void)state;
    for (int i = POLICY_LEGACY_PBX; i <= POLICY_MODERN; i++) {
        const char *name = policy_level_name((enum policy_level)i);

        assert_int_equal(policy_level_parse(&level, slice_cstr(name)), 0);
        assert_int_equal(level, i);
    }
    assert_int_equal(policy_level_parse(&level, S("Strict")), E_NOTFOUND);
    assert_int_equal(policy_level_parse(&level, S("")), E_NOTFOUND);
    assert_int_equal(policy_level_parse(&level, S("none")), E_NOTFOUND);
    assert_string_equal(policy_level_name((enum policy_level)0), "");
    assert_int_equal(policy_names_parse(&rule, S("+cn")), 0);
    assert_int_equal(rule, TLS_NAME_CN);
    assert_string_equal(policy_names_name(TLS_NAME_RFC5922), "rfc5922");
    assert_int_equal(policy_names_parse(&rule, S("any")), E_NOTFOUND);
}

/* ------------------------------------------------------------- targets */

static void test_targets(void **state)
{
    static const struct {
        const char *scheme, *host, *transport;
        bool maddr;
        enum policy_why why;
    } row[] = {
        {"sip", "a.test", NULL, false, POLICY_ALLOWED},
        {"sips", "a.test", NULL, false, POLICY_ALLOWED},
        {"SIP", "a.test", "tls", false, POLICY_ALLOWED},
        {"sip", "a.test", "TLS", false, POLICY_ALLOWED},
        {"sips", "192.0.2.1", "Tls", false, POLICY_ALLOWED},
        {"sip", "[2001:db8::1]", NULL, false, POLICY_ALLOWED},
        {"tel", "", NULL, false, POLICY_ALLOWED},
        {"sip", "a.test", "udp", false, POLICY_transport_udp},
        {"sip", "a.test", "UDP", false, POLICY_transport_udp},
        {"sips", "a.test", "udp", false, POLICY_transport_udp},
        {"sip", "a.test", "tcp", false, POLICY_transport_tcp},
        {"sip", "a.test", "ws", false, POLICY_transport_ws},
        {"sip", "a.test", "wss", false, POLICY_transport_ws},
        {"sip", "a.test", "sctp", false, POLICY_transport_sctp},
        {"sip", "a.test", "tls-sctp", false, POLICY_transport_sctp},
        {"sip", "a.test", "", false, POLICY_transport_other},
        {"sip", "a.test", "tlsx", false, POLICY_transport_other},
        {"sip", "a.test", "tl", false, POLICY_transport_other},
        {"sip", "a.test", "dtls-udp", false, POLICY_transport_other},
        {"sip", "a.test", NULL, true, POLICY_target_maddr},
        {"sip", "a.test", "tls", true, POLICY_target_maddr},
        {"sip", "", NULL, false, POLICY_target_malformed},
        {"sip", "a..b", NULL, false, POLICY_target_malformed},
        {"http", "a.test", NULL, false, POLICY_scheme_other},
        {"", "a.test", NULL, false, POLICY_scheme_other},
        {"sipx", "a.test", NULL, false, POLICY_scheme_other},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct policy_target t = {.scheme = slice_cstr(row[i].scheme),
                                  .host = slice_cstr(row[i].host),
                                  .has_transport = row[i].transport,
                                  .transport = slice_cstr(row[i].transport),
                                  .has_maddr = row[i].maddr};

        if (policy_check_target(&t) != row[i].why)
            fail_msg("row %zu", i);
    }
}

/* --------------------------------------------------------------- terms */

static int add(struct policy *p, struct policy_terms t, enum policy_why *why)
{
    uint64_t account;

    return policy_account_add(p, &account, &t, why);
}

static void test_terms(void **state)
{
    struct policy *p;
    struct policy_terms t = terms();
    enum policy_why why;

    (void)state;
    assert_int_equal(policy_new(&p, &kit_env, (enum policy_level)0), E_INVAL);
    assert_int_equal(policy_new(&p, &kit_env, POLICY_STRICT), 0);
    assert_int_equal(policy_floor(p), POLICY_STRICT);
    assert_int_equal(add(p, t, &why), 0);
    assert_int_equal(why, POLICY_ALLOWED);
    t.level = POLICY_MODERN;
    assert_int_equal(add(p, t, &why), 0);
    t.level = POLICY_LEGACY_PBX;
    assert_int_equal(add(p, t, &why), E_POLICY);
    assert_int_equal(why, POLICY_level_below_floor);
    t.level = (enum policy_level)0;
    assert_int_equal(add(p, t, &why), E_POLICY);
    assert_int_equal(why, POLICY_level_unknown);
    t = terms();
    t.anchors = NULL;
    assert_int_equal(add(p, t, &why), E_POLICY);
    assert_int_equal(why, POLICY_anchors_missing);
    t = terms();
    t.name = S("");
    assert_int_equal(add(p, t, &why), E_POLICY);
    assert_int_equal(why, POLICY_name_missing);
    t.name = S("no name");
    assert_int_equal(add(p, t, &why), E_SYNTAX);
    assert_int_equal(why, POLICY_name_missing);
    assert_int_equal(policy_counted(p, POLICY_level_below_floor), 1);
    assert_int_equal(policy_counted(p, POLICY_name_missing), 1);
    assert_int_equal(policy_counted(p, POLICY_transport_udp), 0);
    policy_count(p, POLICY_transport_udp);
    assert_int_equal(policy_counted(p, POLICY_transport_udp), 1);
    policy_free(p);
}

static void test_sips_required(void **state)
{
    struct policy_target t = {.scheme = S("sip"), .host = S("a.test")};
    struct policy_terms need = terms();
    enum policy_why why;
    struct policy *p;
    uint64_t easy, strict;

    (void)state;
    need.sips_required = true;
    assert_int_equal(policy_new(&p, &kit_env, POLICY_STRICT), 0);
    assert_int_equal(policy_account_add(p, &strict, &need, &why), 0);
    need.sips_required = false;
    assert_int_equal(policy_account_add(p, &easy, &need, &why), 0);
    assert_int_equal(policy_account_target(p, easy, &t), POLICY_ALLOWED);
    assert_int_equal(policy_account_target(p, strict, &t),
                     POLICY_sips_required);
    t.scheme = S("sips");
    assert_int_equal(policy_account_target(p, strict, &t), POLICY_ALLOWED);
    policy_free(p);
}

/* ------------------------------------------------------------- tickets */

static void test_tickets(void **state)
{
    struct tls_addr at = addr("192.0.2.1:5061");
    const struct policy_peer_view *v;
    const struct policy_peer *t, *u;
    enum policy_why why;
    struct kit_policy k, other;

    (void)state;
    kit_policy_new(&k, terms());
    kit_policy_new(&other, terms());
    t = k.ticket;
    v = policy_peer_view(k.p, t);
    assert_non_null(v);
    assert_int_equal(v->account, k.account);
    assert_true(tls_addr_eq(&v->addr, &at));
    assert_true(slice_eq(tls_name_text(&v->name), S("sip.example.test")));
    assert_int_equal(policy_peer_why(k.p, t), POLICY_ALLOWED);
    /* of another instance */
    assert_null(policy_peer_view(other.p, t));
    assert_int_equal(policy_peer_why(other.p, t), POLICY_ticket_foreign);
    /* made up */
    assert_null(policy_peer_view(k.p, NULL));
    assert_null(policy_peer_view(k.p, (const struct policy_peer *)&at));
    assert_int_equal(policy_peer_why(k.p, NULL), POLICY_ticket_foreign);
    /* revoked, and its row used again */
    policy_peer_revoke(k.p, t);
    assert_null(policy_peer_view(k.p, t));
    assert_int_equal(policy_peer_why(k.p, t), POLICY_ticket_stale);
    assert_int_equal(policy_peer_mint(k.p, &u, k.account, &at, &why), 0);
    assert_ptr_not_equal(t, u);
    assert_null(policy_peer_view(k.p, t));
    assert_non_null(policy_peer_view(k.p, u));
    policy_peer_revoke(k.p, t); /* again: no harm to u */
    assert_non_null(policy_peer_view(k.p, u));
    /* the account goes, and takes its tickets along */
    policy_account_remove(k.p, k.account);
    assert_null(policy_peer_view(k.p, u));
    assert_int_equal(policy_peer_why(k.p, u), POLICY_ticket_stale);
    assert_int_equal(policy_peer_mint(k.p, &u, k.account, &at, &why), E_GONE);
    assert_null(policy_account_name(k.p, k.account));
    policy_account_remove(k.p, k.account);
    kit_policy_free(&k);
    kit_policy_free(&other);
}

static void test_addresses(void **state)
{
    static const char *const bad[] = {"0.0.0.0:5061", "224.0.1.75:5061",
                                      "[::]:5061", "[ff02::1]:5061"};
    enum policy_why why;
    const struct policy_peer *t;
    struct kit_policy k;

    (void)state;
    kit_policy_new(&k, terms());
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct tls_addr a = addr(bad[i]);

        assert_int_equal(policy_peer_mint(k.p, &t, k.account, &a, &why),
                         E_POLICY);
        assert_int_equal(why, POLICY_address_unusable);
    }
    kit_policy_free(&k);
}

/* The table ends where it says, and is whole again after a removal. */
static void test_full(void **state)
{
    static const struct policy_peer *t[POLICY_PEERS_MAX];
    struct tls_addr at = addr("192.0.2.1:5061");
    const struct policy_peer *more;
    enum policy_why why;
    struct kit_policy k;

    (void)state;
    kit_policy_new(&k, terms());
    for (size_t i = 1; i < POLICY_PEERS_MAX; i++)
        assert_int_equal(policy_peer_mint(k.p, &t[i], k.account, &at, &why),
                         0);
    assert_int_equal(policy_peer_mint(k.p, &more, k.account, &at, &why),
                     E_FULL);
    policy_peer_revoke(k.p, t[77]);
    assert_int_equal(policy_peer_mint(k.p, &more, k.account, &at, &why), 0);
    assert_null(policy_peer_view(k.p, t[77]));
    for (size_t i = 1; i < POLICY_PEERS_MAX; i++)
        if (i != 77)
            assert_non_null(policy_peer_view(k.p, t[i]));
    kit_policy_free(&k);
}

/* 12,000 accounts with two flows each have their tickets, and an account that
 * goes takes its own and nobody else's. */
static void test_many(void **state)
{
    enum { ACCOUNTS = 12000, FLOWS = 2 };
    static const struct policy_peer *t[ACCOUNTS][FLOWS];
    static uint64_t account[ACCOUNTS];
    const struct tls_addr at = addr("192.0.2.1:5061");
    const struct policy_terms tt = terms();
    enum policy_why why;
    struct kit_policy k;

    (void)state;
    kit_policy_new(&k, tt);
    for (size_t i = 0; i < ACCOUNTS; i++) {
        assert_int_equal(policy_account_add(k.p, &account[i], &tt, &why), 0);
        for (size_t f = 0; f < FLOWS; f++)
            assert_int_equal(
                policy_peer_mint(k.p, &t[i][f], account[i], &at, &why), 0);
    }
    policy_peer_revoke(k.p, t[4][0]);
    for (size_t i = 0; i < ACCOUNTS; i += 2)
        policy_account_remove(k.p, account[i]);
    for (size_t i = 0; i < ACCOUNTS; i++)
        for (size_t f = 0; f < FLOWS; f++)
            assert_int_equal(policy_peer_view(k.p, t[i][f]) != NULL, i % 2);
    assert_int_equal(policy_peer_why(k.p, t[0][1]), POLICY_ticket_stale);
    kit_policy_free(&k);
}

static void test_listen(void **state)
{
    const struct policy_self *self = NULL, *two;
    enum policy_why why;
    struct kit_policy k;

    (void)state;
    kit_policy_new(&k, terms());
    assert_int_equal(policy_self_mint(k.p, &self, some_cred, &why),
                     E_UNSUPPORTED);
    assert_int_equal(why, POLICY_listen_refused);
    assert_null(self);
    assert_int_equal(policy_counted(k.p, POLICY_listen_refused), 1);
    assert_null(policy_self_view(k.p, NULL));
    /* a ticket to dial is none to listen, and the reverse */
    assert_null(policy_self_view(
        k.p, (const struct policy_self *)(uintptr_t)k.ticket));
    assert_int_equal(
        policy_self_mint_open(k.p, &self, some_cred, POLICY_STRICT), 0);
    assert_non_null(policy_self_view(k.p, self));
    assert_null(
        policy_peer_view(k.p, (const struct policy_peer *)(uintptr_t)self));
    policy_self_revoke(k.p, self);
    assert_null(policy_self_view(k.p, self));
    assert_int_equal(
        policy_self_mint_open(k.p, &two, some_cred, POLICY_STRICT), 0);
    assert_ptr_not_equal(self, two);
    for (int i = 1; i < POLICY_SELVES_MAX; i++)
        assert_int_equal(
            policy_self_mint_open(k.p, &self, some_cred, POLICY_STRICT), 0);
    assert_int_equal(
        policy_self_mint_open(k.p, &self, some_cred, POLICY_STRICT), E_FULL);
    kit_policy_free(&k);
}

/* ------------------------------------------------------- out of memory */

static int whole_life(const struct env *env, void *arg)
{
    struct tls_addr at = addr("192.0.2.1:5061");
    const struct policy_peer *t = NULL;
    struct policy_terms want = terms();
    struct policy *p = NULL;
    enum policy_why why;
    uint64_t account;
    int err = policy_new(&p, env, POLICY_STRICT);

    (void)arg;
    if (err)
        return err;
    err = policy_account_add(p, &account, &want, &why);
    if (!err)
        err = policy_peer_mint(p, &t, account, &at, &why);
    /* Nothing may be dialled after a failure. */
    assert_int_equal(policy_peer_view(p, t) != NULL, err == 0);
    policy_free(p);
    return err;
}

static void test_oom(void **state)
{
    (void)state;
    assert_true(oom_loop(&kit_env, whole_life, NULL) >= 3);
}

static int no_random(void *user, uint8_t *p, size_t n)
{
    (void)user;
    memset(p, 0, n);
    return E_RANDOM;
}

static void test_no_random(void **state)
{
    struct env env = kit_env;
    struct policy *p = NULL;

    (void)state;
    env.rand = no_random;
    assert_int_equal(policy_new(&p, &env, POLICY_STRICT), E_RANDOM);
    assert_null(p);
}

static int set_up(void **state)
{
    (void)state;
    return tls_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_doc),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_targets),
        cmocka_unit_test(test_terms),     cmocka_unit_test(test_sips_required),
        cmocka_unit_test(test_tickets),   cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_full),      cmocka_unit_test(test_many),
        cmocka_unit_test(test_listen),    cmocka_unit_test(test_oom),
        cmocka_unit_test(test_no_random),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
