/* SPDX-License-Identifier: Apache-2.0 */
/* This device's clock against a server's: what counts, and how it is said. */
#ifndef TLS_SKEW_H
#define TLS_SKEW_H

#include "sip/base/cause.h"
#include "sip/base/out.h"

enum { TLS_SKEW_S = 30 /* up to here clocks may differ */ };

/* Seconds that this device's clock is ahead of what a server says: its Date
 * in seconds, now in ms, both since 1970. */
int64_t tls_skew_of(int64_t date_s, int64_t wall_ms);

/* Is it worth a word? */
bool tls_skew_counts(int64_t seconds);

/* Does a wrong clock explain that cause? A certificate's dates. */
bool tls_skew_explains(enum cause_code code);

/* "this device's clock is about 3 days behind the server's" */
void tls_skew_say(struct out *o, int64_t seconds);

/* The Date of an HTTP answer (RFC 9110 6.6.1) whose head begins so; seconds
 * since 1970, 0 if there is none. */
int64_t tls_skew_http(struct slice head);

#endif
