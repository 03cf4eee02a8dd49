/* SPDX-License-Identifier: Apache-2.0 */
/* ICE support found out, its parameters taken, mismatch and restart seen. */
#include "sdp/ice.h"

#include <string.h>

#include "sdp/scan.h"
#include "sdp/write.h"
#include "sip/base/secret.h"

enum { UFRAG_MIN = 4, PWD_MIN = 22, DISCARD = 9 };

static int random_chars(char *out, size_t n, const struct env *env)
{
    static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t bytes[SDP_PWD_N];
    int err = env->rand(env->user, bytes, n);

    for (size_t i = 0; !err && i < n; i++)
        out[i] = chars[bytes[i] & 63];
    secret_wipe(bytes, sizeof(bytes));
    return err;
}

int sdp_ice_names(char ufrag[SDP_UFRAG_N], char pwd[SDP_PWD_N],
                  const struct env *env)
{
    int err = random_chars(ufrag, SDP_UFRAG_N, env);

    return err ? err : random_chars(pwd, SDP_PWD_N, env);
}

void sdp_ice_clear(struct sdp_ice *ice)
{
    secret_wipe(ice, sizeof(*ice));
}

int sdp_ice_restart(struct sdp_ice *ice, const struct env *env)
{
    int err = sdp_ice_names(ice->next_ufrag, ice->next_pwd, env);

    ice->restarting = !err;
    return err;
}

/* ------------------------------------------------------------------ read */

/* A value of the medium, else of the session; empty if it breaks its grammar
 * (5.4). */
static struct slice text_of(const struct sdp_ice_peer *peer, struct slice name,
                            size_t min)
{
    const struct sdp_attr *a = sdp_attr_find(peer->m->common.attr, name);
    struct slice s = S("");

    if (!a)
        a = sdp_attr_find(peer->sdp->common.attr, name);
    if (!a || a->value.n < min || a->value.n > SDP_ICE_TEXT_MAX)
        return s;
    for (size_t i = 0; i < a->value.n; i++) {
        char ch = a->value.p[i];

        if (!((ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
              (ch >= 'a' && ch <= 'z') || ch == '+' || ch == '/'))
            return s;
    }
    return a->value;
}

static bool has_option(const struct sdp_attr *list, struct slice option)
{
    const struct sdp_attr *a = sdp_attr_find(list, S("ice-options"));
    struct cursor c = cursor_of(a ? a->value : S(""));

    while (cursor_left(&c)) {
        if (slice_eq(cursor_take_until(&c, ' '), option))
            return true;
        (void)cursor_take(&c, ' ');
    }
    return false;
}

/* The best ones are not the first ones everywhere; the first sixteen do. */
static void read_candidates(struct sdp_ice *ice, const struct sdp_media *m)
{
    const struct sdp_attr *a = sdp_attr_find(m->common.attr, S("candidate"));

    memset(ice->theirs, 0, sizeof(ice->theirs));
    ice->ntheirs = 0;
    for (; a && ice->ntheirs < SDP_CANDIDATES_THEIRS;
         a = sdp_attr_find(a->next, S("candidate")))
        if (!sdp_candidate_read(&ice->theirs[ice->ntheirs], a->value))
            ice->ntheirs++;
}

static bool is_at(const struct sdp_candidate *c, const struct sip_host *host,
                  uint16_t port)
{
    struct sip_host own = {slice_cstr(c->ip),
                           c->ipv6 ? SIP_HOST_IPV6 : SIP_HOST_IPV4};

    return c->port == port && sip_host_eq(&own, host);
}

static bool has_candidate(const struct sdp_ice *ice, unsigned component,
                          const struct sip_host *host, uint16_t port)
{
    for (unsigned i = 0; i < ice->ntheirs; i++)
        if (ice->theirs[i].component == component &&
            is_at(&ice->theirs[i], host, port))
            return true;
    return false;
}

/* 0.0.0.0 or :: and port 9: candidates come otherwise (4.2.5 2). */
static bool nowhere(const struct sip_host *host, uint16_t port)
{
    static const uint8_t zero[16] = {0};
    uint8_t bytes[16] = {0};

    return port == DISCARD && sip_host_bytes(host, bytes) &&
           memcmp(bytes, zero, sizeof(zero)) == 0;
}

/* 4.2.5: where media would go by default must be one of the candidates; a
 * name is none, and no failure. */
static bool matches(const struct sdp_ice *ice, const struct sdp_media *m)
{
    const struct sip_host *host = &m->conn.host;
    const struct sip_host *rtcp =
        m->rtcp_conn.given ? &m->rtcp_conn.host : host;

    if (!m->conn.given)
        return false;
    if (host->kind == SIP_HOST_NAME || nowhere(host, m->port))
        return true;
    if (!has_candidate(ice, 1, host, m->port))
        return false;
    return m->rtcp_mux || !m->rtcp_port ||
           has_candidate(ice, 2, rtcp, m->rtcp_port);
}

/* ----------------------------------------------------------------- judged */

static bool same(const char *kept, unsigned n, struct slice s)
{
    return slice_eq(slice_of(kept, n), s);
}

static void keep(char *to, unsigned *n, struct slice s)
{
    memset(to, 0, SDP_ICE_TEXT_MAX);
    memcpy(to, s.p, s.n);
    *n = (unsigned)s.n;
}

static void off(struct sdp_ice *ice, bool mismatch)
{
    ice->on = ice->renewed = ice->restarting = false;
    ice->mismatch = mismatch;
    ice->ntheirs = ice->their_ufrag_n = ice->their_pwd_n = 0;
}

/* Theirs are new, or ours: of either the other one's are, too. */
static void begin(struct sdp_ice *ice, const struct sdp_ice_peer *peer,
                  bool again)
{
    if (peer->answer && ice->restarting) {
        memcpy(ice->ufrag, ice->next_ufrag, SDP_UFRAG_N);
        memcpy(ice->pwd, ice->next_pwd, SDP_PWD_N);
    } else if (again && !peer->answer) {
        memcpy(ice->ufrag, peer->ufrag, SDP_UFRAG_N);
        memcpy(ice->pwd, peer->pwd, SDP_PWD_N);
    }
    ice->renewed = true;
}

void sdp_ice_judge(struct sdp_ice *ice, const struct sdp_ice_peer *peer)
{
    struct slice ufrag = text_of(peer, S("ice-ufrag"), UFRAG_MIN);
    struct slice pwd = text_of(peer, S("ice-pwd"), PWD_MIN);
    bool was = ice->on, again;

    if (!ufrag.n || !pwd.n || !ice->nours) {
        off(ice, false);
        return;
    }
    read_candidates(ice, peer->m);
    if (sdp_attr_find(peer->m->common.attr, S("ice-mismatch")) ||
        !matches(ice, peer->m)) {
        off(ice, true);
        return;
    }
    again = was && (!same(ice->their_ufrag, ice->their_ufrag_n, ufrag) ||
                    !same(ice->their_pwd, ice->their_pwd_n, pwd));
    ice->on = true;
    ice->mismatch = ice->renewed = false;
    if (!was || again || (peer->answer && ice->restarting))
        begin(ice, peer, again);
    ice->restarting = false;
    keep(ice->their_ufrag, &ice->their_ufrag_n, ufrag);
    keep(ice->their_pwd, &ice->their_pwd_n, pwd);
    ice->their_lite =
        sdp_attr_find(peer->sdp->common.attr, S("ice-lite")) != NULL;
    ice->ice2 = has_option(peer->sdp->common.attr, S("ice2")) ||
                has_option(peer->m->common.attr, S("ice2"));
}

/* ---------------------------------------------------------------- written */

void sdp_ice_put_session(struct out *o, const struct sdp_ice *ice)
{
    if (ice->lite)
        sdp_write_flag(o, S("ice-lite"));
    sdp_write_attr(o, S("ice-options"), S("ice2"));
}

static void put(struct out *o, const struct sdp_ice *ice, const char *ufrag,
                const char *pwd)
{
    sdp_write_attr(o, S("ice-ufrag"), slice_of(ufrag, SDP_UFRAG_N));
    sdp_write_attr(o, S("ice-pwd"), slice_of(pwd, SDP_PWD_N));
    for (unsigned i = 0; i < ice->nours; i++)
        sdp_candidate_put(o, &ice->ours[i]);
}

void sdp_ice_put_offer(struct out *o, const struct sdp_ice *ice)
{
    if (ice->restarting)
        put(o, ice, ice->next_ufrag, ice->next_pwd);
    else
        put(o, ice, ice->ufrag, ice->pwd);
}

void sdp_ice_put_answer(struct out *o, const struct sdp_ice *ice)
{
    if (ice->on)
        put(o, ice, ice->ufrag, ice->pwd);
    else if (ice->mismatch)
        sdp_write_flag(o, S("ice-mismatch"));
}
