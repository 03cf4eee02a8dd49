/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes of digest authentication (RFC 7616 3.4). */
#ifndef SIP_DIGEST_HASH_H
#define SIP_DIGEST_HASH_H

#include "sip/digest.h"

/* All that a response is made of but the HA1. */
struct sip_digest_input {
    enum env_md md;
    bool sess;
    struct slice qop;  /* empty: RFC 2069 style, without nc and cnonce */
    struct slice body; /* counts with auth-int only */
    struct slice nonce;
    struct slice cnonce;
    struct slice nc;
    struct slice method;
    struct slice uri;
};

/* The hash that an algorithm uses, and whether it is a -sess one. 0 or
 * E_UNSUPPORTED. */
int sip_digest_alg(enum sip_digest_alg alg, enum env_md *md, bool *sess);

/* "SHA-256"; empty for NONE and UNKNOWN. */
struct slice sip_digest_alg_name(enum sip_digest_alg alg);

/* The response as 2 * env_md_size hex digits. 0 or E_CRYPTO. */
int sip_digest_response(const struct env *env,
                        const struct sip_digest_input *in,
                        const struct secret *ha1, char *hex);

#endif
