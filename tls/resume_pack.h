/* SPDX-License-Identifier: Apache-2.0 */
/* A saved session as bytes and back. */
#ifndef TLS_RESUME_PACK_H
#define TLS_RESUME_PACK_H

#include "tls/resume.h"

enum { TLS_PACK_MAX = TLS_SESSION_MAX + 1024 };

/* False: it does not fit. */
bool tls_pack(struct out *o, const struct tls_saved *saved);
/* The session's slice points into bytes. False: malformed. */
bool tls_unpack(struct tls_saved *saved, struct slice bytes);

void tls_pack_u64(struct out *o, uint64_t v);
bool tls_unpack_u64(uint64_t *v, struct slice *s);

#endif
