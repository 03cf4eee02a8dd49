/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: what a server says before it is verified; files of trust. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/target.h"
#include "sip/base/err.h"
#include "tls/cred.h"
#include "tls/crypto.h"
#include "tls/engine.h"
#include "tls/resume_pack.h"
#include "tools/mint.h"

static const struct env env = {.alloc = target_alloc,
                               .free = target_free,
                               .rand = tls_crypto_rand,
                               .md = tls_crypto_md};

/* Made once: nothing of an input stays in them. */
static struct policy *policy;
static const struct policy_peer *ticket;

static void prepare(void)
{
    const int64_t now = (int64_t)time(NULL);
    const struct mint_ask ask = {
        .cn = S("Root"), .ca = true, .from = now - 9999, .to = now + 9999999};
    static struct tls_cred *anchors;
    struct policy_terms terms = {.name = S("a.test"), .level = POLICY_STRICT};
    struct mint_cert *root;
    enum policy_why why;
    struct tls_addr at;
    uint64_t account;

    must(tls_crypto_init() == 0);
    must(mint_new(&root, &env, &ask) == 0);
    must(tls_cred_new(&anchors, &env) == 0);
    must(tls_cred_add_pem(anchors, mint_pem(root), NULL) == 0);
    mint_free(root);
    terms.anchors = anchors;
    must(tls_addr_parse(&at, S("192.0.2.1:5061"), 0) == 0);
    must(policy_new(&policy, &env, POLICY_LEGACY_PBX) == 0);
    must(policy_account_add(policy, &account, &terms, &why) == 0);
    must(policy_peer_mint(policy, &ticket, account, &at, &why) == 0);
}

/* Nobody without the root's key is ever taken for the server. */
static void talk(const uint8_t *p, size_t n)
{
    size_t step = n ? p[0] + 1u : 1;
    struct tls_engine *e;

    must(tls_engine_new_client(&e, &env, policy, ticket) == 0);
    tls_engine_start(e);
    for (size_t at = 0; at < n; at += step) {
        struct slice s = slice_of(p + at, n - at < step ? n - at : step);

        (void)tls_engine_cipher_in(e, s);
        tls_engine_cipher_sent(e, tls_engine_cipher_out(e).n);
        if (tls_engine_state(e) == TLS_UP || tls_engine_facts(e) ||
            tls_engine_plain_out(e).n || tls_engine_plain_in(e, S("x")) == 0)
            abort();
    }
    tls_engine_cipher_eof(e);
    if (tls_engine_state(e) != TLS_FAILED ||
        tls_engine_cause(e)->text[0] == '\0')
        abort();
    tls_engine_free(e);
}

/* What is read is written again as it was. */
static void unpack(const uint8_t *p, size_t n)
{
    static char again[TLS_PACK_MAX];
    struct out o = out_of(again, sizeof(again));
    struct tls_saved saved;

    if (!tls_unpack(&saved, slice_of(p, n)) ||
        saved.session.n > TLS_SESSION_MAX)
        return;
    if (saved.facts.match > TLS_NAME_NOTHING)
        abort();
    (void)tls_pack(&o, &saved);
}

static void trust(struct slice text)
{
    struct tls_cred *c;
    struct cause why;

    must(tls_cred_new(&c, &env) == 0);
    if (tls_cred_add_pin(c, text, &why) == 0 && tls_cred_pins(c) != 1)
        abort();
    (void)tls_cred_pins_end(c, text, &why);
    (void)tls_cred_add_crl(c, text, &why);
    (void)tls_cred_crl_expired(c);
    if (tls_cred_add_pem(c, text, &why) == 0 && !tls_cred_usable(c))
        abort();
    tls_cred_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!policy)
        prepare();
    if (size == 0 || size > 65536)
        return 0;
    switch (data[0] % 3) {
    case 0:
        talk(data + 1, size - 1);
        break;
    case 1:
        unpack(data + 1, size - 1);
        break;
    default:
        trust(slice_of(data + 1, size - 1));
        break;
    }
    return 0;
}
