/* SPDX-License-Identifier: Apache-2.0 */
/* What TLS may be negotiated: one place, for clients and servers. */
#ifndef TLS_ENGINE_CONF_H
#define TLS_ENGINE_CONF_H

#include "tls/policy.h"

struct mbedtls_ssl_config;

/* Fills an initialised config. endpoint is mbedTLS's. E_NOMEM. */
int tls_conf_fill(struct mbedtls_ssl_config *c, int endpoint,
                  enum policy_level level);

#endif
