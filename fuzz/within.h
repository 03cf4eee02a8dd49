/* SPDX-License-Identifier: Apache-2.0 */
/* What the peer says about the last request that was sent. */
#ifndef FUZZ_WITHIN_H
#define FUZZ_WITHIN_H

#include <stdio.h>
#include <string.h>

#include "sip/msg.h"

/* Drawn from the input. */
struct within {
    unsigned method, how, cseq;
    unsigned rseq; /* of the last reliable response of ours */
};

/* A description: which medium, which tag, which key. */
static inline const char *within_sdp(char *text, size_t cap,
                                     const unsigned drawn[3])
{
    static const char hold[] =
        "m=audio 40000 RTP/SAVP 96 101\r\na=rtpmap:96 opus/48000/2\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n";
    static const char head[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n"
                               "c=IN IP4 192.0.2.9\r\nt=0 0\r\n";
    const char *const media[] = {
        "m=audio 40000 RTP/SAVP 8 96\r\na=rtpmap:96 opus/48000/2\r\n",
        hold,
        "m=audio 40002 RTP/SAVP 0\r\na=inactive\r\n",
        "m=audio 40000 RTP/AVP 8\r\n",
        "m=video 5 RTP/SAVP 96\r\nm=audio 0 RTP/SAVP 8\r\n",
        "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=setup:actpass\r\n",
    };
    static const char *const keys[] = {
        "AES_CM_128_HMAC_SHA1_80 "
        "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
        "AES_CM_128_HMAC_SHA1_80 "
        "inline:e0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
        "AES_CM_128_HMAC_SHA1_32 "
        "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
        "AEAD_AES_128_GCM inline:ISNDLlNlNHSEMkoyRkVGNlJDTlAwQzRBTFNX",
    };

    snprintf(text, cap, "%s%sa=crypto:%u %s\r\n", head, media[drawn[0] % 6],
             1 + drawn[1] % 5, keys[drawn[2] % 4]);
    return text;
}

/* In the dialog of msg, or for the subscription that it asks for. */
static inline int within_write(char *text, size_t cap,
                               const struct sip_msg *msg,
                               const struct within *w)
{
    static const char *const methods[] = {"NOTIFY", "REFER", "MESSAGE",
                                          "INFO"};
    static const char *const states[] = {"active;expires=5", "pending",
                                         "terminated;reason=deactivated",
                                         "terminated;reason=rejected"};
    static const char *const frags[] = {"", "SIP/2.0 100 T", "SIP/2.0 200 OK",
                                        "SIP/2.0 486 B"};
    const char *method = methods[w->method % 4];
    const char *body = w->how & 32 ? frags[w->how >> 6 & 3] : "";

    return snprintf(
        text, cap,
        "%s sip:alice@192.0.2.7 SIP/2.0\r\n"
        "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bKw%u\r\n"
        "From: %.*s%s\r\nTo: %.*s\r\nCall-ID: %.*s\r\n"
        "CSeq: %u %s\r\nMax-Forwards: 70\r\n"
        "Contact: <sip:n@192.0.2.9>\r\nEvent: %s\r\n"
        "Subscription-State: %s\r\nRefer-To: <sip:carol@example.test%s>\r\n"
        "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
        method, w->how, (int)msg->to.text.n, msg->to.text.p,
        msg->to.tag.n  ? ""
        : w->cseq & 16 ? ";tag=b"
                       : ";tag=a",
        (int)msg->from.text.n, msg->from.text.p, (int)msg->call_id.n,
        msg->call_id.p, 1 + w->cseq % 8, method,
        w->how & 1    ? "refer"
        : w->cseq & 8 ? "dialog"
                      : "x",
        states[w->how >> 1 & 3],
        w->how & 8 ? "?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc" : "",
        w->how & 16 ? "message/sipfrag" : "application/dtmf-relay",
        strlen(body), body);
}

/* A response to it; method says which. */
static inline int within_respond(char *text, size_t cap,
                                 const struct sip_msg *msg,
                                 const struct within *w, const char *body)
{
    static const char *const status[] = {
        "100 Trying", "180 Ringing",    "183 Progress", "200 OK",
        "200 OK",     "401 Who",        "407 Who",      "302 There",
        "486 Busy",   "487 Terminated", "423 Brief",    "503 Later",
        "603 No",     "408 Timeout",    "488 Not here", "491 Pending",
        "199 Gone",   "405 Not that"};
    char rel[96] = "";

    if (w->how & 32 && msg->cseq.method == SIP_REGISTER)
        snprintf(rel, sizeof(rel), "Require: outbound\r\n");
    else if (w->how & 32)
        snprintf(rel, sizeof(rel),
                 "Require: 100rel\r\nRSeq: %u\r\nAllow: UPDATE\r\n",
                 w->how & 3);
    return snprintf(
        text, cap,
        "SIP/2.0 %s\r\nVia: %.*s\r\nFrom: %.*s\r\nTo: %.*s%s%c\r\n"
        "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n"
        "Contact: <sip:alice@192.0.2.7:40000>;expires=%u\r\n%s%s%s%s"
        "Content-Length: %zu\r\n\r\n%s",
        status[w->method % 18], (int)msg->via->text.n, msg->via->text.p,
        (int)msg->from.text.n, msg->from.text.p, (int)msg->to.text.n,
        msg->to.text.p,
        msg->to.tag.n ? ";x=" : ";tag=", 'a' + (int)(w->how >> 6),
        (int)msg->call_id.n, msg->call_id.p, msg->cseq.num,
        (int)msg->cseq.text.n, msg->cseq.text.p, 60 + w->how, rel,
        w->how & 8 ? "Record-Route: <sip:p.test;lr>,<sip:q.test:5060>\r\n"
                   : "",
        w->how & 16 ? "WWW-Authenticate: Digest realm=\"example.test\","
                      "nonce=\"n\",algorithm=SHA-256,qop=\"auth\"\r\n"
                    : "",
        *body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
}

/* One that may belong to a call of the peer's; tag is ours. */
static inline int within_request(char *text, size_t cap, const char *tag,
                                 const struct within *w, const char *body)
{
    static const char *const methods[] = {
        "INVITE", "ACK",     "BYE",   "CANCEL", "OPTIONS",   "INVITE",
        "UPDATE", "NOTIFY",  "INFO",  "INVITE", "SUBSCRIBE", "BYE",
        "PRACK",  "MESSAGE", "REFER", "FROB"};
    const char *method = methods[w->method % 16];
    char rel[96] = "";

    if (strcmp(method, "PRACK") == 0)
        snprintf(rel, sizeof(rel), "RAck: %u %u INVITE\r\n", w->rseq,
                 1 + (w->cseq >> 2) % 4);
    else if (strcmp(method, "REFER") == 0)
        snprintf(rel, sizeof(rel), "Refer-To: <sip:carol@example.test>\r\n%s",
                 w->cseq & 16 ? "Refer-Sub: false\r\n" : "");
    else if (strcmp(method, "SUBSCRIBE") == 0)
        snprintf(rel, sizeof(rel), "Event: refer\r\nExpires: %u\r\n",
                 w->cseq & 48);
    else if (w->cseq & 16)
        snprintf(rel, sizeof(rel), "%s: 100rel\r\nAllow: UPDATE\r\n",
                 w->cseq & 32 ? "Require" : "Supported");
    return snprintf(
        text, cap,
        "%s sip:alice@192.0.2.7 SIP/2.0\r\n"
        "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK%u\r\n"
        "From: <sip:bob@example.test>;tag=b%u\r\n"
        "To: <sip:alice@example.test>%s%s\r\nCall-ID: c%u\r\n"
        "CSeq: %u %s\r\nMax-Forwards: 70\r\n%s%s%s%s"
        "Content-Length: %zu\r\n\r\n%s",
        method, (w->how >> 1) % 4, (w->how >> 3) % 2,
        w->how & 16 ? ";tag=" : "", w->how & 16 ? tag : "", (w->how >> 5) % 4,
        1 + w->cseq % 4, method, rel,
        strcmp(method, "BYE") ? "Contact: <sip:bob@192.0.2.9>\r\n" : "",
        w->how & 128 ? "Record-Route: <sip:p.test;lr>\r\n" : "",
        *body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
}

#endif
