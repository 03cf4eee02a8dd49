/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct sealed, for its constructors and nobody else. */
#ifndef TLS_SEALED_MAKE_H
#define TLS_SEALED_MAKE_H

#include "tls/sealed.h"

struct sealed {
    size_t n;
    _Alignas(8) uint8_t bytes[TLS_SEALED_MAX];
};

#endif
