/* SPDX-License-Identifier: Apache-2.0 */
/* The peer's hello, read from the wire: is this TLS, and is EMS in it. */
#ifndef TLS_HELLO_H
#define TLS_HELLO_H

#include "sip/base/slice.h"

enum { TLS_HELLO_FIRST = 24 };

/* What the first bytes of a server look like when they are not TLS. */
enum tls_hello_kind {
    TLS_HELLO_SHORT, /* nothing came yet */
    TLS_HELLO_TLS,
    TLS_HELLO_HTTP,
    TLS_HELLO_SIP,
    TLS_HELLO_SSH,
    TLS_HELLO_OTHER
};

/*
 * Follows the records up to the end of the first ClientHello or ServerHello.
 * mbedTLS negotiates extended_master_secret but cannot be told to require
 * it (RFC 7627 5.2), nor asked whether it did; so we look ourselves.
 */
struct tls_hello {
    uint8_t first[TLS_HELLO_FIRST]; /* what came first */
    uint8_t nfirst;
    uint8_t stage;   /* of the walk through the hello */
    bool server;     /* it is a ServerHello */
    bool done;       /* nothing more to learn */
    bool ems;        /* extension 23 was there */
    uint8_t head;    /* bytes of the record header seen */
    uint8_t type;    /* of the record */
    uint32_t record; /* bytes left in the record */
    uint32_t value;  /* number that is being read */
    uint32_t left;   /* bytes left of what the stage reads or skips */
    uint32_t exts;   /* bytes left of the extensions */
};

/* Zero-initialise; feed every byte of the peer until done. Never fails. */
void tls_hello_feed(struct tls_hello *h, struct slice bytes);

enum tls_hello_kind tls_hello_kind(const struct tls_hello *h);

/* "HTTP", "SIP", …: for the sentence "it looks like …". */
const char *tls_hello_kind_text(enum tls_hello_kind kind);

/* "handshake_failure" for 40 (RFC 8446 6.2, RFC 5246 7.2); NULL: unknown. */
const char *tls_alert_name(unsigned number);

#endif
