/* SPDX-License-Identifier: Apache-2.0 */
/* a=crypto lines (RFC 4568 9.1): read, and judged whether they are usable. */
#ifndef SDP_CRYPTO_H
#define SDP_CRYPTO_H

#include "sdp/suite.h"
#include "sip/base/secret.h"

struct sip_map;

enum {
    SDP_KEY_MAX = 46,           /* octets of master key and salt */
    SDP_TAG_MAX = 999999999,    /* 1*9DIGIT */
    SDP_LIFETIME_MIN = 1 << 20, /* packets; below, we would have to rekey */
    SDP_WSH_MIN = 64,           /* RFC 4568 6.3.5 */
    SDP_MKI_MAX = 4             /* bytes of an MKI that we take */
};

/* Why a line can or cannot be used. */
enum sdp_crypto_use {
    SDP_CRYPTO_OK,
    SDP_CRYPTO_NULL,  /* no encryption or no authentication */
    SDP_CRYPTO_SUITE, /* an unknown suite */
    SDP_CRYPTO_KEY,   /* not one inline key of the suite's length */
    SDP_CRYPTO_LIFE,  /* lifetime out of range */
    SDP_CRYPTO_MKI,   /* an MKI out of range, or more than one key */
    SDP_CRYPTO_PARAM, /* a session parameter that we do not have */
    SDP_CRYPTO_SYNTAX /* not even well formed */
};

struct sdp_crypto {
    struct sdp_crypto *next;
    uint32_t tag;
    enum sdp_suite suite;    /* SDP_SUITE_NONE if unknown */
    enum sdp_crypto_use use; /* only SDP_CRYPTO_OK may be answered */
    uint64_t lifetime;       /* packets; 0: none given */
    uint8_t mki_n;           /* bytes of the MKI in each packet under this
                                key (RFC 4568 6.1); 0: there is none */
    uint32_t mki;
    struct slice name;   /* of the suite, as written */
    struct slice key;    /* base64; decoded by sdp_crypto_key only */
    struct slice params; /* session parameters, raw */
};

/* Reads the value of a=crypto; *c is always filled. E_SYNTAX if it is not
 * even well formed. */
int sdp_crypto_parse(struct sdp_crypto *c, struct slice value);

/* The same where a map (sip/map.h; or NULL) has the value and a byte more. */
int sdp_crypto_read(struct sdp_crypto *c, const struct sip_map *map,
                    struct slice value);

/* Decodes key and salt of a usable line into *key. E_SYNTAX. */
int sdp_crypto_key(struct secret *key, const struct sdp_crypto *c);

#endif
