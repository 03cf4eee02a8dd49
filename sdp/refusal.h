/* SPDX-License-Identifier: Apache-2.0 */
/* Why an offer or answer is refused: symbol and sentence. */
#ifndef SDP_REFUSAL_H
#define SDP_REFUSAL_H

/*
 * X(symbol, security, sentence). security: the policy refuses it (E_POLICY);
 * else it merely does not fit (E_UNSUPPORTED). The rows from no_crypto to
 * lowered are in the order of what tells most: of several a=crypto lines
 * that cannot be used the last row counts.
 */
#define SDP_REFUSAL_MAP(X)                                                    \
    X(none, 0, "not refused")                                                 \
    X(malformed, 0, "the answer does not fit the offer")                      \
    X(no_audio, 0, "there is no audio stream")                                \
    X(declined, 0, "the peer declined the audio stream")                      \
    X(no_address, 0, "there is no address to send media to")                  \
    X(no_codec, 0, "there is no common codec")                                \
    X(plain_avp, 1, "RTP/AVP carries media in clear")                         \
    X(plain_avpf, 1, "RTP/AVPF carries media in clear")                       \
    X(other_profile, 1, "this media transport is not SRTP")                   \
    X(keying, 0, "DTLS-SRTP is offered, and we key with SDES")                \
    X(no_fingerprint, 1, "DTLS-SRTP without a fingerprint is anybody's")      \
    X(weak_fingerprint, 1, "all fingerprints are by SHA-1, MD5 or the like")  \
    X(unverified, 1, "a fingerprint proves nothing on unverified signalling") \
    X(setup, 0, "a=setup leaves nobody to begin the DTLS handshake")          \
    X(no_crypto, 1, "the media line is secure in name but has no keys")       \
    X(unusable_crypto, 1, "no a=crypto line can be used")                     \
    X(null_suite, 1, "an SRTP suite without encryption or authentication")    \
    X(suite_below_level, 1, "no SRTP suite that the level allows")            \
    X(lowered, 1, "a running call may not become weaker")                     \
    X(own_key_echoed, 1, "the peer sent our own key back")

enum sdp_refusal {
#define X(symbol, security, text) SDP_REFUSED_##symbol,
    SDP_REFUSAL_MAP(X)
#undef X
        SDP_REFUSAL_COUNT
};

const char *sdp_refusal_symbol(enum sdp_refusal why);
const char *sdp_refusal_text(enum sdp_refusal why);

/* E_POLICY or E_UNSUPPORTED; 0 for SDP_REFUSED_none. */
int sdp_refusal_err(enum sdp_refusal why);

#endif
