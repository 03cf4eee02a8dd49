/* SPDX-License-Identifier: Apache-2.0 */
/* Big-endian integers that sip/base/out does not have. */
#ifndef MEDIA_BYTES_H
#define MEDIA_BYTES_H

#include "sip/base/out.h"

static inline void bytes_be32(struct out *o, uint32_t v)
{
    out_be16(o, (uint16_t)(v >> 16));
    out_be16(o, (uint16_t)v);
}

#endif
