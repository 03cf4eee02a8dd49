/* SPDX-License-Identifier: Apache-2.0 */
/* a=candidate (RFC 8839 5.1): read strictly, written whole. */
#include <string.h>

#include "sdp/ice.h"
#include "sdp/scan.h"
#include "sdp/write.h"
#include "sip/base/err.h"

static const struct slice types[SDP_CANDIDATE_TYPES] = {
    [SDP_CANDIDATE_HOST] = S_INIT("host"),
    [SDP_CANDIDATE_SRFLX] = S_INIT("srflx"),
    [SDP_CANDIDATE_PRFLX] = S_INIT("prflx"),
    [SDP_CANDIDATE_RELAY] = S_INIT("relay"),
};

/* The next word; empty at the end, or where two spaces are. */
static struct slice word(struct cursor *c)
{
    struct slice w = cursor_take_until(c, ' ');

    (void)cursor_take(c, ' ');
    return w;
}

static bool foundation_ok(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];

        if (!((ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') ||
              (ch >= 'a' && ch <= 'z') || ch == '+' || ch == '/'))
            return false;
    }
    return s.n && s.n <= SDP_FOUNDATION_MAX;
}

/* A unicast address in numbers, of either family. */
static int read_ip(char *ip, bool *ipv6, struct slice text)
{
    struct sip_host host = {text, sip_host_is_ipv6(text) ? SIP_HOST_IPV6
                                                         : SIP_HOST_IPV4};
    uint8_t bytes[16] = {0};

    if (host.kind == SIP_HOST_IPV4 && !sip_host_is_ipv4(text))
        return E_UNSUPPORTED; /* a name */
    if (!sip_host_bytes(&host, bytes) || text.n >= SDP_CANDIDATE_IP_MAX)
        return E_SYNTAX;
    *ipv6 = host.kind == SIP_HOST_IPV6;
    memcpy(ip, text.p, text.n);
    ip[text.n] = '\0';
    return 0;
}

static bool sendable(const struct sdp_candidate *c)
{
    struct sip_host host = {slice_cstr(c->ip),
                            c->ipv6 ? SIP_HOST_IPV6 : SIP_HOST_IPV4};
    static const uint8_t zero[16] = {0};
    uint8_t bytes[16] = {0};

    if (!sip_host_bytes(&host, bytes) || !c->port ||
        memcmp(bytes, zero, sizeof(zero)) == 0)
        return false;
    return c->ipv6 ? bytes[0] != 0xff : bytes[0] < 224;
}

static int read_type(struct sdp_candidate *c, struct slice text)
{
    for (int i = 0; i < SDP_CANDIDATE_TYPES; i++)
        if (slice_eq(text, types[i])) {
            c->type = (enum sdp_candidate_type)i;
            return 0;
        }
    return sdp_token_ok(text) ? E_UNSUPPORTED : E_SYNTAX;
}

/* raddr and rport, then extensions in pairs, which are not known. */
static int read_rest(struct sdp_candidate *c, struct cursor *at)
{
    bool ipv6;

    while (cursor_left(at)) {
        struct slice name = word(at), value = word(at);
        uint32_t port;

        if (!sdp_token_ok(name) || !value.n)
            return E_SYNTAX;
        if (slice_eq(name, S("raddr")) && !c->base_ip[0] &&
            read_ip(c->base_ip, &ipv6, value) == E_SYNTAX)
            return E_SYNTAX;
        if (!slice_eq(name, S("rport")))
            continue;
        if (slice_u32(&port, value, UINT16_MAX))
            return E_SYNTAX;
        c->base_port = (uint16_t)port;
    }
    return 0;
}

int sdp_candidate_read(struct sdp_candidate *c, struct slice value)
{
    struct cursor at = cursor_of(value);
    struct slice foundation = word(&at), component = word(&at);
    struct slice transport = word(&at), priority = word(&at);
    struct slice ip = word(&at), port = word(&at);
    uint32_t n, p;
    int err = 0, kind;

    memset(c, 0, sizeof(*c));
    if (!foundation_ok(foundation) || slice_u32(&n, component, 256) || !n ||
        !sdp_token_ok(transport) ||
        slice_u32(&c->priority, priority, INT32_MAX) || !c->priority ||
        slice_u32(&p, port, UINT16_MAX) || !slice_eq(word(&at), S("typ")))
        return E_SYNTAX;
    memcpy(c->foundation, foundation.p, foundation.n);
    c->port = (uint16_t)p;
    kind = read_type(c, word(&at));
    if (kind != E_SYNTAX)
        err = read_ip(c->ip, &c->ipv6, ip);
    if (kind == E_SYNTAX || err == E_SYNTAX || read_rest(c, &at))
        return E_SYNTAX;
    if (kind || err || n > 2 || !slice_ieq(transport, S("UDP")) ||
        !sendable(c))
        return E_UNSUPPORTED;
    c->component = (uint8_t)n;
    return 0;
}

static void put_base(struct out *o, const struct sdp_candidate *c)
{
    bool shown = c->base_ip[0] != '\0';

    out_lit(o, " raddr ");
    if (shown)
        out_put(o, slice_cstr(c->base_ip));
    else
        out_put(o, c->ipv6 ? S("::") : S("0.0.0.0"));
    out_lit(o, " rport ");
    out_u64(o, shown ? c->base_port : 9);
}

void sdp_candidate_put(struct out *o, const struct sdp_candidate *c)
{
    char text[256];
    struct out v = out_of(text, sizeof(text));
    struct sdp_candidate back;

    out_put(&v, slice_cstr(c->foundation));
    out_char(&v, ' ');
    out_u64(&v, c->component);
    out_lit(&v, " UDP ");
    out_u64(&v, c->priority);
    out_char(&v, ' ');
    out_put(&v, slice_cstr(c->ip));
    out_char(&v, ' ');
    out_u64(&v, c->port);
    out_lit(&v, " typ ");
    out_put(&v, types[c->type % SDP_CANDIDATE_TYPES]);
    if (c->type != SDP_CANDIDATE_HOST)
        put_base(&v, c);
    if (v.err || sdp_candidate_read(&back, out_slice(&v)))
        out_fail(o, E_INVAL);
    sdp_write_attr(o, S("candidate"), out_slice(&v));
}
