/* SPDX-License-Identifier: Apache-2.0 */
/* What tests look at of an account's digest. */
#ifndef TEST_UNIT_DIGEST_KIT_H
#define TEST_UNIT_DIGEST_KIT_H

#include "sip/digest.h"

/* Good until the next call. */
static inline const struct secret *ha1_of(const struct sip_digest *d,
                                          enum env_md md)
{
    static struct secret hex;

    sip_digest_own_ha1(d, md, &hex);
    return &hex;
}

#endif
