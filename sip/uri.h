/* SPDX-License-Identifier: Apache-2.0 */
/* URIs: sip, sips, tel and others as opaque text (RFC 3261 19.1, 3966). */
#ifndef SIP_URI_H
#define SIP_URI_H

#include "sip/base/out.h"
#include "sip/host.h"
#include "sip/param.h"

/* Checking and comparing are quadratic in these, so a peer must not choose
 * them: 31 KiB of parameters took 150 ms to read without a bound. */
enum { SIP_URI_PARAM_MAX = 64, SIP_URI_HEADER_MAX = 64 };

enum sip_scheme {
    SIP_SCHEME_NONE,
    SIP_SCHEME_SIP,
    SIP_SCHEME_SIPS,
    SIP_SCHEME_TEL,
    SIP_SCHEME_OTHER /* only text and scheme_n are set */
};

/*
 * A URI as it was written: every part is still percent-encoded. All slices
 * borrow from the text. transport is whatever the URI says ("tls", "UDP",
 * anything): data to be echoed, never an instruction to dial.
 */
struct sip_uri {
    struct slice text; /* the whole URI as received */
    enum sip_scheme scheme;
    uint16_t scheme_n; /* length of the scheme's name in text */
    uint16_t port;     /* 0 if none is given */
    bool has_user;     /* sip:@host is refused, so user is not empty */
    bool has_password; /* the password may be empty */
    bool lr;           /* ;lr (RFC 3261 19.1.1), any value */
    bool ob;           /* ;ob (RFC 5626 5.2) */
    struct slice user; /* for tel: the number as written */
    struct slice password;
    struct sip_host host;   /* none for tel and others */
    struct slice transport; /* value of ;transport= or empty */
    struct slice params;    /* from the first ';' on, or empty */
    struct slice headers;   /* after '?', or empty */
};

/*
 * Reads exactly one URI. 0 or E_SYNTAX; then *at (if not NULL) is the offset
 * of the first byte that cannot be right.
 */
int sip_uri_parse(struct sip_uri *uri, struct slice text, size_t *at);

/*
 * Takes a URI from longer text. bare: it stands without <> in a header
 * field, so it ends at the first ',', ';' or '?' (RFC 3261 20.10). 0 or
 * E_SYNTAX with t where it cannot be right.
 */
int sip_uri_take(struct sip_text *t, struct sip_uri *uri, bool bare);

/* A sip URI at p that is written as nearly all write it, in a map, with a
 * byte that is not plain behind it: where it ends, or NULL. */
const char *sip_quick_uri(const struct sip_map *map, const char *from,
                          struct sip_uri *uri, bool bare);

/* Any parameter by name (any case). True if it is there; *value is empty if
 * it has none. */
bool sip_uri_param(const struct sip_uri *uri, struct slice name,
                   struct slice *value);

/* The port, or the default of the scheme: 5061 for sips, else 5060. */
uint16_t sip_uri_port(const struct sip_uri *uri);

/* RFC 3261 19.1.4 for sip and sips; RFC 3966 4 for tel; else as text. */
bool sip_uri_eq(const struct sip_uri *a, const struct sip_uri *b);

/* Accepted text with escapes: the same characters (19.1.4)? An escape of a
 * reserved character is not that character. fold: case does not matter. */
bool sip_uri_text_eq(struct slice a, struct slice b, bool fold);

/* Same scheme, user and host (decoded): is this my address-of-record? */
bool sip_uri_same_aor(const struct sip_uri *a, const struct sip_uri *b);

/* A visual separator of a telephone number, which says nothing (RFC 3966
 * 5.1.1). */
static inline bool sip_uri_separator(char ch)
{
    return ch == '-' || ch == '.' || ch == '(' || ch == ')';
}

/*
 * Takes one character of accepted text, %HH decoded; false at the end.
 * *escaped: it was written as %HH.
 */
bool sip_uri_next_char(struct slice *s, char *ch, bool *escaped);

/*
 * Percent-decodes once. What comes out may hold any byte, NUL too, so keep
 * its length. Fails o with E_SYNTAX for a broken escape.
 */
void sip_uri_unescape(struct out *o, struct slice escaped);

#endif
