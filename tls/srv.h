/* SPDX-License-Identifier: Apache-2.0 */
/* SRV targets in the order in which they are tried (RFC 2782). */
#ifndef TLS_SRV_H
#define TLS_SRV_H

#include "sip/base/env.h"
#include "tls/dns.h"

enum { TLS_SRV_TARGETS_MAX = 16 /* that are followed */ };

struct tls_srv_target {
    char name[TLS_DNS_NAME_MAX + 1];
    size_t name_n;
    uint16_t priority, weight, port;
};

struct tls_srv {
    struct tls_srv_target target[TLS_SRV_TARGETS_MAX];
    unsigned n;
    bool declined; /* there is a target "." */
};

/* Adds the targets of an answer to an SRV query. */
void tls_srv_keep(struct tls_srv *s, const struct tls_dns_answer *a);

/* Lower priorities first; among equal ones by chance and weight. */
void tls_srv_order(struct tls_srv *s, const struct env *env);

#endif
