/* SPDX-License-Identifier: Apache-2.0 */
/* A sealed datagram: the only thing that the UDP socket sends. */
#ifndef TLS_SEALED_H
#define TLS_SEALED_H

#include "sip/base/slice.h"

enum { TLS_SEALED_MAX = 1500 };

/*
 * Incomplete on purpose: who wants to send must get one from a constructor
 * (media/seal for SRTP and SRTCP), whose files alone include
 * tls/sealed_make.h. test/wall.sh has the list.
 */
struct sealed;

/* The bytes as they go on the wire; borrowed from the sealed. */
struct slice sealed_bytes(const struct sealed *s);

#endif
