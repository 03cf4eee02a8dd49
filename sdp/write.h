/* SPDX-License-Identifier: Apache-2.0 */
/* The only way to make SDP text: every value is checked, none can inject. */
#ifndef SDP_WRITE_H
#define SDP_WRITE_H

#include "sdp/sdp.h"
#include "sip/base/out.h"

/*
 * All functions add to o and make it fail with E_INVAL when a value would
 * not be read back as what it was given as; check o->err once at the end.
 * The order of calls is the order of the text: session, then for each medium
 * its m= line and attributes. What has a=crypto in it is secret: whoever
 * owns the bytes of o wipes them.
 */

/* v=, o=, s=, c= and t=. host is an address, never a name. */
struct sdp_wsession {
    uint64_t id;
    uint64_t version;
    struct sip_host host;
};
void sdp_write_session(struct out *o, const struct sdp_wsession *session);

/*
 * m=audio with a port. The profile can be a secure one only: E_INVAL for
 * SDP_PLAIN, SDP_PLAIN_F and SDP_OTHER.
 */
struct sdp_waudio {
    enum sdp_profile profile;
    uint16_t port; /* not 0 */
    const uint8_t *pt;
    unsigned npt;
};
void sdp_write_audio(struct out *o, const struct sdp_waudio *audio);

/*
 * The same for a peer that offered RTP/AVP or RTP/AVPF with keys (RFC 8643),
 * whose profile an answer repeats: with the a=crypto of that answer, without
 * which neither can be written. E_INVAL for the secure profiles.
 */
struct sdp_wkey {
    uint32_t tag;
    enum sdp_suite suite;
    const struct secret *key;
};
void sdp_write_osrtp(struct out *o, const struct sdp_waudio *audio,
                     const struct sdp_wkey *key);

/*
 * A medium that we refuse: what was offered, with port 0. RFC 3264 6 wants
 * its profile echoed even if it is a plain one; with port 0 it is the name
 * of something that does not take place.
 */
void sdp_write_refused(struct out *o, const struct sdp_media *offered);

/* The place of a medium that ended before (RFC 3264 8.2). */
void sdp_write_ended(struct out *o);

void sdp_write_rtpmap(struct out *o, const struct sdp_format *f);
void sdp_write_fmtp(struct out *o, unsigned pt, struct slice params);
void sdp_write_crypto(struct out *o, uint32_t tag, enum sdp_suite suite,
                      const struct secret *key);
void sdp_write_dir(struct out *o, enum sdp_dir dir);

/* a=name:value, and a=name. Not for a=crypto. */
void sdp_write_attr(struct out *o, struct slice name, struct slice value);
void sdp_write_flag(struct out *o, struct slice name);
void sdp_write_num(struct out *o, struct slice name, uint32_t value);

#endif
