/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate names: which identity of a certificate is the wanted one. */
#ifndef TLS_NAME_H
#define TLS_NAME_H

#include "tls/addr.h"

enum { TLS_NAME_MAX = 255, TLS_NAME_FOUND_MAX = 192 };

/* Each rule adds to the one before it. */
enum tls_name_rule {
    TLS_NAME_RFC5922 = 0, /* SAN sip: URI, then DNS names, exact (RFC 5922) */
    TLS_NAME_RFC6125 = 1, /* and one left-most wildcard label (RFC 6125) */
    TLS_NAME_CN = 2       /* and the common name where there is no SAN */
};

/* What kind of name a certificate shows; TLS_NAME_OTHER counts as a SAN. */
enum tls_name_kind {
    TLS_NAME_KIND_URI,
    TLS_NAME_KIND_DNS,
    TLS_NAME_KIND_IP, /* 4 or 16 bytes */
    TLS_NAME_KIND_OTHER,
    TLS_NAME_KIND_CN
};

enum tls_name_verdict {
    TLS_NAME_NOT_RUN = 0,
    TLS_NAME_MATCH_URI,
    TLS_NAME_MATCH_DNS,
    TLS_NAME_MATCH_IP,
    TLS_NAME_MATCH_WILDCARD, /* by rule RFC 6125 */
    TLS_NAME_MATCH_COMMON,   /* by rule +cn */
    TLS_NAME_MISMATCH,
    TLS_NAME_CN_ONLY,       /* only the CN, which the rule does not allow */
    TLS_NAME_WILDCARD_ONLY, /* only a wildcard, which it does not allow */
    TLS_NAME_NOTHING        /* the certificate has no usable name at all */
};

/* The wanted name, normalised: lower case, no trailing dot. */
struct tls_name {
    char text[TLS_NAME_MAX + 1]; /* NUL-terminated for SNI; no NUL inside */
    uint16_t n;
    struct tls_addr ip; /* family != 0: text is an IP literal */
};

/*
 * A DNS name (letters, digits, '-', '_', labels of 1 to 63, at least one
 * byte, not all-numeric last label) or an IP literal with or without
 * brackets. E_SYNTAX, E_TOOBIG.
 */
int tls_name_parse(struct tls_name *name, struct slice text);
struct slice tls_name_text(const struct tls_name *name);

/*
 * Feed every SAN value and common name of one certificate in any order, then
 * ask. No array, so no limit that a certificate could exceed. Lengths only:
 * a name with a NUL or control character inside matches nothing.
 */
struct tls_name_matcher {
    const struct tls_name *want;
    enum tls_name_rule rule;
    bool san;     /* any subjectAltName value */
    bool sip_uri; /* a sip: URI identity, so DNS names do not count */
    bool uri_hit, dns_hit, ip_hit, wild_hit, cn_hit;
    unsigned cns;
    char found[TLS_NAME_FOUND_MAX]; /* "DNS:a.example, URI:sip:b" for people */
    size_t found_n;
};

void tls_name_begin(struct tls_name_matcher *m, const struct tls_name *want,
                    enum tls_name_rule rule);
void tls_name_feed(struct tls_name_matcher *m, enum tls_name_kind kind,
                   struct slice value);
/* A subjectAltName extension is there, even if it is empty. */
void tls_name_feed_san(struct tls_name_matcher *m);
enum tls_name_verdict tls_name_end(const struct tls_name_matcher *m);

/* The names that were fed, for an error sentence. */
struct slice tls_name_found(const struct tls_name_matcher *m);

bool tls_name_matched(enum tls_name_verdict v);

/* "URI", "DNS", "IP", "wildcard", "common name", "mismatch", … */
const char *tls_name_verdict_text(enum tls_name_verdict v);

#endif
