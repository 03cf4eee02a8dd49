/* SPDX-License-Identifier: Apache-2.0 */
/* A chain as people and programs see it, and what each platform says. */
#ifndef TOOLS_TLS_VIEW_H
#define TOOLS_TLS_VIEW_H

#include <jansson.h>

#include "tools/tls_probe.h"

/* The certificates: subject, issuer, dates, names, key, usage, pin, AIA. */
json_t *tls_view_chain(const struct tls_probe *p);

/* Share and days of the lifetime of the server's own certificate. */
json_t *tls_view_life(const struct tls_probe *p);

/*
 * {"siplock":{"ok":…,"why":[…]},"ios":…,"android":…}: would the platform's
 * own TLS take the chain, as far as a chain tells. NULL: none was shown.
 */
json_t *tls_view_platforms(const struct tls_probe *p);

/* "sha256/…" of a certificate's key. */
void tls_view_pin(char text[TLS_PIN_TEXT_MAX], const struct tls_probe *p,
                  const mbedtls_x509_crt *crt);

/*
 * The file has the certificate that the server should show: another one, by
 * the same or another issuer, makes the cause cert_not_reloaded or
 * cert_intercepted. -1: the file cannot be used (the cause says so).
 */
int tls_view_expect(struct tls_probe *p, const char *path);

#endif
