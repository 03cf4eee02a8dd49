/* SPDX-License-Identifier: Apache-2.0 */
/* A session description (RFC 8866), read fully and strictly in one pass. */
#ifndef SDP_SDP_H
#define SDP_SDP_H

#include "sdp/crypto.h"
#include "sdp/fault.h"
#include "sip/base/arena.h"
#include "sip/host.h"

/* Above these a description is refused, whatever it says. */
enum {
    SDP_MAX = 65536,      /* bytes */
    SDP_LINES_MAX = 4096, /* lines */
    SDP_MEDIA_MAX = 32,   /* m= lines */
    SDP_ATTR_MAX = 2048,  /* attributes of session and media together */
    SDP_FMT_MAX = 128     /* formats of one m= line: all payload types */
};

/*
 * How an m= line says that its media travels. Everything that is not known
 * to be SRTP is PLAIN, PLAIN_F or OTHER and is never answered with a port.
 */
#define SDP_PROFILE_MAP(X)                     \
    X(SDES, "RTP/SAVP")         /* RFC 3711 */ \
    X(SDES_F, "RTP/SAVPF")      /* RFC 5124 */ \
    X(DTLS, "UDP/TLS/RTP/SAVP") /* RFC 5764 */ \
    X(DTLS_F, "UDP/TLS/RTP/SAVPF")             \
    X(PLAIN, "RTP/AVP")                        \
    X(PLAIN_F, "RTP/AVPF")

enum sdp_profile {
    SDP_OTHER,
#define X(symbol, name) SDP_##symbol,
    SDP_PROFILE_MAP(X)
#undef X
        SDP_PROFILE_COUNT
};

enum sdp_kind {
    SDP_KIND_OTHER,
    SDP_AUDIO,
    SDP_VIDEO,
    SDP_TEXT,
    SDP_IMAGE,
    SDP_MESSAGE,
    SDP_APPLICATION
};

/* Two bits: may the describing side send, may it receive. */
enum sdp_dir {
    SDP_INACTIVE = 0,
    SDP_SENDONLY = 1,
    SDP_RECVONLY = 2,
    SDP_SENDRECV = 3
};

enum sdp_setup {
    SDP_SETUP_NONE,
    SDP_SETUP_ACTIVE,
    SDP_SETUP_PASSIVE,
    SDP_SETUP_ACTPASS,
    SDP_SETUP_HOLDCONN
};

/* c=, or the address of a=rtcp. */
struct sdp_conn {
    bool given;
    struct sip_host host;
    struct slice text; /* IN IP4 address, raw */
};

struct sdp_origin {
    struct slice user;
    struct slice id;      /* digits of any length */
    struct slice version; /* the same */
    struct slice net;     /* IN IP4 address, raw */
};

/*
 * Every a= line in order, also those that have a member of their own. One
 * whose value does not follow its grammar is broken: what is not understood
 * is ignored (RFC 8866 5.13), so its member stays as if it were not there; a
 * broken a=rtpmap takes its format with it, a broken a=crypto is unusable.
 */
struct sdp_attr {
    struct sdp_attr *next;
    struct slice name;
    struct slice value;
    bool has_value;
    bool broken;
};

/* One format of an m= line, with its rtpmap and fmtp. */
struct sdp_format {
    struct sdp_format *next;
    struct slice text;
    bool is_pt;  /* an RTP medium's, 0 to 127: pt is set */
    bool broken; /* by its a=rtpmap: not to be used */
    uint8_t pt;
    uint8_t channels;      /* 1 if none given */
    uint32_t clock;        /* Hz; 0: no rtpmap */
    struct slice encoding; /* empty: no rtpmap */
    struct slice fmtp;     /* parameters, raw; empty: no fmtp */
};

/* a=fingerprint (RFC 8122), raw parts; the first one. */
struct sdp_fingerprint {
    struct slice hash;
    struct slice value; /* AB:CD... */
};

/* What session and medium both can say; the medium's word counts. */
struct sdp_common {
    bool has_dir;
    enum sdp_dir dir; /* SDP_SENDRECV if nothing is said */
    enum sdp_setup setup;
    struct sdp_fingerprint fingerprint;
    struct sdp_attr *attr;
};

struct sdp_media {
    struct sdp_media *next;
    enum sdp_kind kind;
    struct slice kind_text;
    uint16_t port; /* 0: refused or ended */
    enum sdp_profile profile;
    struct slice proto; /* as written */
    struct sdp_format *format;
    unsigned nformat;
    struct sdp_conn conn; /* its own or the session's; maybe none */
    struct sdp_common common;
    uint32_t ptime;    /* ms; 0: not given */
    uint32_t maxptime; /* ms; 0: not given */
    struct sdp_crypto *crypto;
    unsigned ncrypto;
    bool rtcp_mux;
    uint16_t rtcp_port; /* a=rtcp (RFC 3605); 0: not given */
    struct sdp_conn rtcp_conn;
};

/* Everything borrows from the bytes and the arena that were given. */
struct sdp {
    struct slice bytes;
    struct sdp_origin origin;
    struct slice name; /* s= */
    struct sdp_conn conn;
    struct sdp_common common;
    struct sdp_media *media;
    unsigned nmedia;
};

/*
 * Reads exactly one description. Lines end in CR LF or, as RFC 8866 5 asks of
 * parsers, in LF; one empty line may end it all. 0; E_SYNTAX or E_TOOBIG with
 * *err filled; E_NOMEM. err is not NULL. On error *sdp is good for a log line
 * only.
 */
int sdp_parse(struct sdp *sdp, struct arena *arena, struct slice bytes,
              struct sdp_parse_err *err);

/* The first attribute of that name (case counts, RFC 8866 6), or NULL. */
const struct sdp_attr *sdp_attr_find(const struct sdp_attr *list,
                                     struct slice name);

/* The first format of that payload type, or NULL. */
struct sdp_format *sdp_format_find(const struct sdp_media *m, unsigned pt);

/* "RTP/SAVP"; the empty slice for SDP_OTHER. Static text. */
struct slice sdp_profile_name(enum sdp_profile profile);

/* Is it RTP of any kind, so that its formats are payload types? */
bool sdp_profile_rtp(enum sdp_profile profile);

#endif
