/* SPDX-License-Identifier: Apache-2.0 */
/* The only way to make SIP text: every value is checked, none can inject. */
#ifndef SIP_WRITE_H
#define SIP_WRITE_H

#include "sip/base/out.h"
#include "sip/msg.h"
#include "sip/status.h"

/*
 * All functions add to o and make it fail with E_INVAL when a value would
 * not be read back as what it was given as; check o->err once at the end.
 * The order of calls is the order of the text: start line, header fields,
 * then sip_write_body, which ends the message.
 */

/* METHOD URI SIP/2.0. The URI must not have headers (RFC 3261 19.1.1). */
void sip_write_request(struct out *o, struct slice method,
                       const struct sip_uri *uri);

/*
 * Status line, then what RFC 3261 8.2.6.2 copies from the request: the Vias
 * byte for byte, From, To (with to_tag added if To has no tag and to_tag is
 * not empty), Call-ID, CSeq, and for 100 Timestamp. received and rport are
 * added to the top Via where src says so (RFC 3261 18.2.1, RFC 3581 4).
 * Record-Route (12.1.1) is the caller's.
 */
struct sip_write_src {
    struct slice ip; /* source address of the request; empty: add nothing */
    uint16_t port;
};
void sip_write_response(struct out *o, const struct sip_msg *req,
                        unsigned status, struct slice to_tag,
                        const struct sip_write_src *src);

/* Via: SIP/2.0/TLS host:port;branch=...;rport. There is no other kind. */
void sip_write_via(struct out *o, const struct sip_host *host, uint16_t port,
                   struct slice branch);

/* A host, IPv6 in brackets. */
void sip_write_host(struct out *o, const struct sip_host *host);

/*
 * A URI. With text set that is written as it is (after it was read again);
 * else it is made of the parts, which must be in their escaped form: params,
 * or if that is empty transport (only "tls" can be written), lr and ob.
 */
void sip_write_uri(struct out *o, const struct sip_uri *uri);

/* Percent-escapes what must not stand in the user part as it is. */
void sip_write_user(struct out *o, struct slice raw);

/* An address to write. Parameters' values become tokens or, where they are
 * none, quoted strings. */
struct sip_waddr {
    struct slice display; /* plain UTF-8, not quoted; empty: none */
    const struct sip_uri *uri;
    const struct sip_param *params; /* header parameters: tag, expires... */
    size_t nparams;
};

/* From, To, Contact, Reply-To, Refer-To...: always in <>. */
void sip_write_addr(struct out *o, enum sip_hdr_id id,
                    const struct sip_waddr *addr);

/* One Route, Record-Route, Path or Service-Route element as received. */
void sip_write_route(struct out *o, enum sip_hdr_id id, struct slice text);

void sip_write_cseq(struct out *o, uint32_t num, struct slice method);

/* Max-Forwards, Expires, Min-Expires, RSeq... */
void sip_write_u32(struct out *o, enum sip_hdr_id id, uint32_t value);

/* Any known header field; the value is read as that header first. */
void sip_write_hdr(struct out *o, enum sip_hdr_id id, struct slice value);

/* A header field that the table does not know: token name, text value. */
void sip_write_named(struct out *o, struct slice name, struct slice value);

/* "text" with escapes; fails for CR, LF, NUL and what is not UTF-8. */
void sip_write_quoted(struct out *o, struct slice text);

/* Content-Type if there is a body, Content-Length, empty line, body. */
void sip_write_body(struct out *o, struct slice content_type,
                    struct slice body);

/* A parsed message again: same header fields in the same order, unfolded,
 * with the Content-Length of its body. */
void sip_write_msg(struct out *o, const struct sip_msg *msg);

#endif
