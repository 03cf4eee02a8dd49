/* SPDX-License-Identifier: Apache-2.0 */
/* Writing session descriptions, each value checked before it counts. */
#include "sdp/write.h"

#include "sdp/base64.h"
#include "sdp/scan.h"
#include "sip/base/err.h"

static void crlf(struct out *o)
{
    out_lit(o, "\r\n");
}

static void need(struct out *o, bool ok)
{
    if (!ok)
        out_fail(o, E_INVAL);
}

/* byte-string (RFC 8866 9): not empty, nothing that ends a line. */
static bool value_ok(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
            return false;
    return s.n > 0;
}

/* IN IP4 address */
static void put_net(struct out *o, const struct sip_host *host)
{
    bool v6 = host->kind == SIP_HOST_IPV6;

    need(o, v6 ? sip_host_is_ipv6(host->text)
               : host->kind == SIP_HOST_IPV4 && sip_host_is_ipv4(host->text));
    out_put(o, v6 ? S("IN IP6 ") : S("IN IP4 "));
    out_put(o, host->text);
    crlf(o);
}

void sdp_write_session(struct out *o, const struct sdp_wsession *session)
{
    out_lit(o, "v=0\r\no=- ");
    out_u64(o, session->id);
    out_char(o, ' ');
    out_u64(o, session->version);
    out_char(o, ' ');
    put_net(o, &session->host);
    out_lit(o, "s=-\r\nc=");
    put_net(o, &session->host);
    out_lit(o, "t=0 0\r\n");
}

static bool secure(enum sdp_profile profile)
{
    return profile == SDP_SDES || profile == SDP_SDES_F ||
           profile == SDP_DTLS || profile == SDP_DTLS_F;
}

static void put_audio(struct out *o, const struct sdp_waudio *audio)
{
    need(o, audio->port && audio->npt);
    out_lit(o, "m=audio ");
    out_u64(o, audio->port);
    out_char(o, ' ');
    out_put(o, sdp_profile_name(audio->profile));
    for (unsigned i = 0; i < audio->npt; i++) {
        need(o, audio->pt[i] <= 127);
        out_char(o, ' ');
        out_u64(o, audio->pt[i]);
    }
    crlf(o);
}

void sdp_write_audio(struct out *o, const struct sdp_waudio *audio)
{
    need(o, secure(audio->profile));
    put_audio(o, audio);
}

void sdp_write_osrtp(struct out *o, const struct sdp_waudio *audio,
                     const struct sdp_wkey *key)
{
    need(o, audio->profile == SDP_PLAIN || audio->profile == SDP_PLAIN_F);
    put_audio(o, audio);
    sdp_write_crypto(o, key->tag, key->suite, key->key);
}

void sdp_write_refused(struct out *o, const struct sdp_media *offered)
{
    need(o, sdp_token_ok(offered->kind_text) && value_ok(offered->proto) &&
                slice_find(offered->proto, ' ') == offered->proto.n &&
                offered->format);
    out_lit(o, "m=");
    out_put(o, offered->kind_text);
    out_lit(o, " 0 ");
    out_put(o, offered->proto);
    for (const struct sdp_format *f = offered->format; f; f = f->next) {
        need(o, sdp_token_ok(f->text));
        out_char(o, ' ');
        out_put(o, f->text);
    }
    crlf(o);
}

void sdp_write_ended(struct out *o)
{
    out_lit(o, "m=audio 0 RTP/SAVP 0\r\n");
}

void sdp_write_rtpmap(struct out *o, const struct sdp_format *f)
{
    need(o,
         f->pt <= 127 && f->clock && f->channels && sdp_token_ok(f->encoding));
    out_lit(o, "a=rtpmap:");
    out_u64(o, f->pt);
    out_char(o, ' ');
    out_put(o, f->encoding);
    out_char(o, '/');
    out_u64(o, f->clock);
    if (f->channels > 1) {
        out_char(o, '/');
        out_u64(o, f->channels);
    }
    crlf(o);
}

void sdp_write_fmtp(struct out *o, unsigned pt, struct slice params)
{
    need(o, pt <= 127 && value_ok(params));
    out_lit(o, "a=fmtp:");
    out_u64(o, pt);
    out_char(o, ' ');
    out_put(o, params);
    crlf(o);
}

void sdp_write_crypto(struct out *o, uint32_t tag, enum sdp_suite suite,
                      const struct secret *key)
{
    need(o, tag <= SDP_TAG_MAX && key->n && key->n == sdp_suite_key(suite));
    out_lit(o, "a=crypto:");
    out_u64(o, tag);
    out_char(o, ' ');
    out_put(o, sdp_suite_name(suite));
    out_lit(o, " inline:");
    sdp_base64_put(o, secret_bytes(key));
    crlf(o);
}

void sdp_write_dir(struct out *o, enum sdp_dir dir)
{
    static const struct slice name[] = {
        [SDP_INACTIVE] = S_INIT("inactive"),
        [SDP_SENDONLY] = S_INIT("sendonly"),
        [SDP_RECVONLY] = S_INIT("recvonly"),
        [SDP_SENDRECV] = S_INIT("sendrecv"),
    };

    sdp_write_flag(o, name[dir & SDP_SENDRECV]);
}

void sdp_write_attr(struct out *o, struct slice name, struct slice value)
{
    need(o, sdp_token_ok(name) && value_ok(value) &&
                !slice_ieq(name, S("crypto")));
    out_lit(o, "a=");
    out_put(o, name);
    out_char(o, ':');
    out_put(o, value);
    crlf(o);
}

void sdp_write_flag(struct out *o, struct slice name)
{
    need(o, sdp_token_ok(name));
    out_lit(o, "a=");
    out_put(o, name);
    crlf(o);
}

void sdp_write_num(struct out *o, struct slice name, uint32_t value)
{
    char text[16];
    struct out num = out_of(text, sizeof(text));

    out_u64(&num, value);
    sdp_write_attr(o, name, out_slice(&num));
}
