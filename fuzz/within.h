/* SPDX-License-Identifier: Apache-2.0 */
/* A request of the peer's that belongs to the last one that was sent. */
#ifndef FUZZ_WITHIN_H
#define FUZZ_WITHIN_H

#include <stdio.h>
#include <string.h>

#include "sip/msg.h"

/* Drawn from the input. */
struct within {
    unsigned method, how, cseq;
};

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
        msg->to.tag.n ? "" : ";tag=a", (int)msg->from.text.n, msg->from.text.p,
        (int)msg->call_id.n, msg->call_id.p, 1 + w->cseq % 8, method,
        w->how & 1 ? "refer" : "x", states[w->how >> 1 & 3],
        w->how & 8 ? "?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc" : "",
        w->how & 16 ? "message/sipfrag" : "application/dtmf-relay",
        strlen(body), body);
}

#endif
