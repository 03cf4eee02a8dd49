/* SPDX-License-Identifier: Apache-2.0 */
/* Resuming sessions: what mbedTLS does not check, checked before it does. */
#include <mbedtls/ssl.h>
#include <string.h>

#include "sip/base/secret.h"
#include "tls/engine_impl.h"

enum { UNSPECIFIED_S = 3600 };

/* Another identity, name, level, rule or trust is another key. */
static bool make_key(struct tls_engine *e, const struct policy_peer_view *v)
{
    const uint8_t what[2] = {(uint8_t)v->level, (uint8_t)v->names};
    const struct slice parts[] = {
        slice_of(v->identity, sizeof(v->identity)),
        tls_name_text(&v->name),
        slice_of(what, sizeof(what)),
        slice_of(tls_cred_print(v->anchors), TLS_PIN_SIZE),
    };

    return v->resumable &&
           e->env->md(e->env->user, ENV_SHA256, parts, 4, e->session_key) == 0;
}

/*
 * All that a full handshake would have found, as far as it can have changed
 * since: the name is the wanted one, the certificate has not ended, the pin
 * still counts, no list has expired. The rest is in the key.
 */
static bool fits(const struct tls_engine *e, const struct tls_saved *s)
{
    const struct tls_cred *cred = e->verify.cred;
    const struct tls_facts *f = &s->facts;
    bool pins = tls_cred_pins(cred) > 0;

    if (!slice_eq(slice_cstr(f->name), tls_name_text(&e->verify.want)) ||
        !tls_name_matched(f->match) || tls_cred_crl_expired(cred))
        return false;
    if (pins && tls_cred_pins_expired(cred))
        return !tls_cred_pin_only(cred);
    return !pins || tls_cred_pin_index(cred, f->pinned) >= 0;
}

static bool digest_ticket(const struct tls_engine *e,
                          uint8_t digest[TLS_PIN_SIZE],
                          const mbedtls_ssl_session *session)
{
    const struct slice ticket = slice_of(session->MBEDTLS_PRIVATE(ticket),
                                         session->MBEDTLS_PRIVATE(ticket_len));

    return ticket.n &&
           e->env->md(e->env->user, ENV_SHA256, &ticket, 1, digest) == 0;
}

/* mbedTLS would fail the handshake of one that does not fit, instead of
 * making a full one; so it is dropped here. */
static bool load(struct tls_engine *e, const struct tls_saved *s)
{
    mbedtls_ssl_session session;
    bool good;

    mbedtls_ssl_session_init(&session);
    good =
        mbedtls_ssl_session_load(&session, (const unsigned char *)s->session.p,
                                 s->session.n) == 0 &&
        digest_ticket(e, e->ticket, &session) &&
        mbedtls_ssl_set_session(&e->ssl, &session) == 0;
    e->offered_version = (int)session.MBEDTLS_PRIVATE(tls_version);
    mbedtls_ssl_session_free(&session);
    return good;
}

void tls_engine_offer(struct tls_engine *e)
{
    const struct policy_peer_view *v =
        e->peer ? policy_peer_view(e->policy, e->peer) : NULL;

    if (!e->kit.sessions)
        return;
    if (!v || !make_key(e, v)) {
        e->kit.sessions = NULL;
        return;
    }
    if (e->kit.fresh)
        return;
    e->offered = env_alloc(e->env, sizeof(*e->offered));
    if (!e->offered || !tls_resume_take(e->kit.sessions, e->session_key,
                                        e->offered, &e->taken))
        return;
    e->offering = fits(e, e->offered) && load(e, e->offered);
    if (!e->offering)
        tls_resume_drop(e->kit.sessions, &e->taken);
    e->offered->session = slice_of(NULL, 0);
}

/*
 * A ticket that the network has seen is not used again (RFC 8446 C.4): who
 * watches could tell that both connections are ours. One that never left,
 * because the connection lost its race or broke before, is as good as new.
 */
void tls_engine_offer_sent(struct tls_engine *e, bool sent)
{
    if (!e->kit.sessions)
        return;
    if (sent)
        tls_resume_drop(e->kit.sessions, &e->taken);
    else
        tls_resume_give_back(e->kit.sessions, &e->taken);
}

void tls_engine_forget(struct tls_engine *e)
{
    struct tls_saved s;
    struct slice bytes;

    while (e->kit.sessions &&
           tls_resume_take(e->kit.sessions, e->session_key, &s, &bytes))
        tls_resume_drop(e->kit.sessions, &bytes);
}

/*
 * No certificate was shown, though one is required of every full handshake:
 * mbedTLS went on from the session that was offered, and Finished proved
 * that the peer has its secret (RFC 8446 4.2.11, RFC 5077 3.4). Never in
 * another version than the session's (CVE-2026-34873).
 */
bool tls_engine_went_on(const struct tls_engine *e)
{
    return e->offering && !e->verify.leaf_seen &&
           (int)mbedtls_ssl_get_version_number(&e->ssl) == e->offered_version;
}

/*
 * A TLS 1.2 server that goes on from a ticket need not give a new one
 * (RFC 5077 3.3), and mbedTLS then shows the old one again: it was used.
 */
static bool is_new(const struct tls_engine *e,
                   const mbedtls_ssl_session *session)
{
    uint8_t digest[TLS_PIN_SIZE];

    return digest_ticket(e, digest, session) &&
           (!e->offering || memcmp(digest, e->ticket, sizeof(digest)) != 0);
}

static int64_t life_ms(const mbedtls_ssl_session *session)
{
    int64_t s = session->MBEDTLS_PRIVATE(ticket_lifetime);

    if (s == 0 &&
        session->MBEDTLS_PRIVATE(tls_version) == MBEDTLS_SSL_VERSION_TLS1_2)
        s = UNSPECIFIED_S; /* RFC 5077 3.3: left to the client */
    return 1000 * s;
}

static bool save(struct tls_engine *e, struct tls_saved *s, unsigned char *p)
{
    mbedtls_ssl_session session;
    size_t n = 0;
    bool good;

    mbedtls_ssl_session_init(&session);
    good = mbedtls_ssl_get_session(&e->ssl, &session) == 0 &&
           is_new(e, &session) &&
           mbedtls_ssl_session_save(&session, p, TLS_SESSION_MAX, &n) == 0;
    s->life_ms = life_ms(&session);
    mbedtls_ssl_session_free(&session);
    s->session = slice_of(p, n);
    return good;
}

void tls_engine_keep(struct tls_engine *e)
{
    struct tls_saved s = {.facts = e->facts};
    unsigned char *p;

    e->tickets = true;
    if (!e->kit.sessions)
        return;
    if (e->facts.resumed)
        s.verified_ms = e->verified_ms;
    p = env_alloc(e->env, TLS_SESSION_MAX);
    if (p && save(e, &s, p))
        tls_resume_put(e->kit.sessions, e->session_key, &s);
    if (p)
        secret_wipe(p, TLS_SESSION_MAX);
    env_free(e->env, p);
}
