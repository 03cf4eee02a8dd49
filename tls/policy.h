/* SPDX-License-Identifier: Apache-2.0 */
/* The policy: levels, the table of refusals, and the tickets that dial. */
#ifndef TLS_POLICY_H
#define TLS_POLICY_H

#include "sdp/suite.h"
#include "sip/base/env.h"
#include "sip/base/secret.h"
#include "tls/addr.h"
#include "tls/name.h"

struct tls_cred;

/* All levels are encrypted and verified; a higher number is stricter. */
#define POLICY_LEVEL_MAP(X)        \
    X(LEGACY_PBX, 1, "legacy-pbx") \
    X(STRICT, 2, "strict")         \
    X(MODERN, 3, "modern")

/* 0 is no level: zeroed memory is refused, not weak. */
enum policy_level {
#define X(name, num, text) POLICY_##name = num,
    POLICY_LEVEL_MAP(X)
#undef X
};

/*
 * The one table of refusals. A refusal is a result, not an error: each one
 * reaches the app as an event, is counted, and has a row in
 * test/unit/tls_policy.c and a line in doc/security.md.
 *
 * X(symbol, sentence, asked for by, remedy, SIP status to answer with,
 *   Warning text, source)
 */
#define POLICY_WHY_MAP(X)                                                     \
    X(transport_udp, "UDP carries SIP in clear", "a URI or Via",              \
      "use transport=tls or leave transport out", 480,                        \
      "Only TLS transport is supported", "RFC 3261 26.2.1")                   \
    X(transport_tcp, "TCP without TLS carries SIP in clear", "a URI or Via",  \
      "use transport=tls or leave transport out", 480,                        \
      "Only TLS transport is supported", "RFC 3261 26.2.1")                   \
    X(transport_ws, "WebSocket transport is not TLS between SIP peers",       \
      "a URI or Via", "use transport=tls or leave transport out", 480,        \
      "Only TLS transport is supported", "RFC 7118 5.2")                      \
    X(transport_sctp,                                                         \
      "SCTP transport is not supported, with or without "                     \
      "TLS",                                                                  \
      "a URI or Via", "use transport=tls or leave transport out", 480,        \
      "Only TLS transport is supported", "RFC 4168 4")                        \
    X(transport_other, "an unknown transport cannot be known to be TLS",      \
      "a URI or Via", "use transport=tls or leave transport out", 480,        \
      "Only TLS transport is supported", "RFC 3261 19.1.1")                   \
    X(scheme_other, "only sip:, sips: and tel: addresses can be called",      \
      "a URI", "use a sip:, sips: or tel: address", 416,                      \
      "Unsupported URI scheme", "RFC 3261 21.4.14")                           \
    X(target_malformed,                                                       \
      "the address cannot be read, so it cannot be "                          \
      "checked",                                                              \
      "a URI", "correct the address", 400, "Malformed address",               \
      "RFC 3261 19.1.1")                                                      \
    X(target_maddr,                                                           \
      "maddr would send to another host than the one "                        \
      "that is verified",                                                     \
      "a URI", "remove maddr from the address", 403, "maddr is not followed", \
      "RFC 3261 19.1.1, RFC 5922 7.3")                                        \
    X(sips_to_sip, "a sips: request may not continue as sip:",                \
      "a Contact, Record-Route, 3xx or Refer-To of the peer",                 \
      "have the peer use sips: throughout, or call it by sip:", 480,          \
      "SIPS required", "RFC 5630 5.1.1, RFC 3261 8.1.1.8")                    \
    X(sips_required,                                                          \
      "the account requires sips: and this is not sips:", "the account",      \
      "use a sips: address, or do not require sips:", 480, "SIPS required",   \
      "RFC 5630 5.1.1")                                                       \
    X(srv_not_sips,                                                           \
      "the domain offers only UDP or TCP in its SRV "                         \
      "records",                                                              \
      "DNS of the domain",                                                    \
      "publish a _sips._tcp SRV record, or set an address", 503,              \
      "No TLS service in DNS", "RFC 3263 4.1")                                \
    X(srv_declined, "the domain says that it has no SIP service over TLS",    \
      "DNS of the domain (SRV target \".\")",                                 \
      "publish a _sips._tcp SRV record, or set an address", 503,              \
      "No TLS service in DNS", "RFC 2782")                                    \
    X(name_missing, "without a name no certificate can be verified",          \
      "the configuration", "set outbound or a domain in the AoR", 500,        \
      "No name to verify", "RFC 5922 7.3")                                    \
    X(anchors_missing,                                                        \
      "without trust anchors no certificate can be "                          \
      "verified",                                                             \
      "the configuration",                                                    \
      "set ca to \"system\" or to a file with the issuing CA", 500,           \
      "No trust anchors", "RFC 5280 6.1")                                     \
    X(level_below_floor, "the level is below the floor of this program",      \
      "the configuration or a profile",                                       \
      "raise the account's level to the floor or above", 500,                 \
      "Level not allowed", "doc/security.md: levels")                         \
    X(level_unknown, "this level does not exist",                             \
      "the configuration or a profile", "use legacy-pbx, strict or modern",   \
      500, "Level not allowed", "doc/security.md: levels")                    \
    X(ticket_stale, "the permission to connect has been withdrawn",           \
      "the program", "ask the policy for a new ticket", 500,                  \
      "Internal error", "doc/security.md: six locks")                         \
    X(ticket_foreign, "the permission to connect is another instance's",      \
      "the program", "use the instance that gave the ticket", 500,            \
      "Internal error", "doc/security.md: six locks")                         \
    X(address_unusable, "nothing can be dialled at this address",             \
      "the configuration or DNS", "use a unicast address with a port", 500,   \
      "Address not usable", "RFC 1122 3.2.1.3")                               \
    X(listen_refused, "a user agent does not listen for strangers",           \
      "the program", "receive calls over the account's own connection", 500,  \
      "Not listening", "RFC 5626 4.2, doc/security.md: six locks")            \
    X(redirect_outside_domain,                                                \
      "the redirection leads outside the "                                    \
      "account's verified domain",                                            \
      "a 3xx or 305 response",                                                \
      "configure the new server as the account's outbound", 480,              \
      "Redirection not followed", "RFC 3261 8.1.3.4")                         \
    X(redirect_tel, "a call is redirected to sip: and sips: addresses only",  \
      "a 3xx response",                                                       \
      "dial the number, or have the server redirect to a sip: address", 480,  \
      "Redirection not followed", "RFC 3261 8.1.3.4, RFC 3966")               \
    X(digest_md5, "MD5 digests are not allowed at level modern",              \
      "the server's challenge",                                               \
      "enable SHA-256 on the server, or use level strict", 401,               \
      "SHA-256 digest required", "RFC 8760 2.4")                              \
    X(digest_no_qop,                                                          \
      "a challenge without qop is not allowed at level "                      \
      "modern",                                                               \
      "the server's challenge",                                               \
      "enable qop=auth on the server, or use level strict", 401,              \
      "Digest qop required", "RFC 8760 2.6")                                  \
    X(digest_foreign_flow,                                                    \
      "a digest is given only to the account's own "                          \
      "verified server",                                                      \
      "a challenge from elsewhere",                                           \
      "none is needed: this protects the password", 403,                      \
      "Challenge not answered", "RFC 3261 22.1, 26.4.1")                      \
    X(digest_realm, "a digest is given only for the account's realm",         \
      "the server's challenge",                                               \
      "set the account's realm if the server is right", 403,                  \
      "Challenge not answered", "RFC 3261 22.1")                              \
    X(rtp_avp, "RTP/AVP carries media in clear", "the peer's SDP",            \
      "enable SRTP (RTP/SAVP) on the other side or on its gateway", 488,      \
      "SRTP required", "RFC 3264 6")                                          \
    X(rtp_avpf, "RTP/AVPF carries media in clear", "the peer's SDP",          \
      "enable SRTP (RTP/SAVPF) on the other side or on its gateway", 488,     \
      "SRTP required", "RFC 3264 6")                                          \
    X(media_profile, "this media transport is not SRTP", "the peer's SDP",    \
      "offer RTP/SAVP or UDP/TLS/RTP/SAVPF", 488, "SRTP required",            \
      "RFC 3264 6")                                                           \
    X(no_crypto, "the media line is secure in name but has no keys",          \
      "the peer's SDP", "offer a=crypto or a=fingerprint", 488,               \
      "SRTP keys required", "RFC 4568 5.1, RFC 5763 5")                       \
    X(no_fingerprint,                                                         \
      "the media line is keyed by DTLS and nothing says whose key counts",    \
      "the peer's SDP", "offer a=fingerprint, over verified signalling", 488, \
      "Fingerprint required", "RFC 5763 5, RFC 8122 5")                       \
    X(weak_fingerprint, "all fingerprints are by SHA-1, MD5 or the like",     \
      "the peer's SDP", "offer a=fingerprint by sha-256 or better", 488,      \
      "Fingerprint not acceptable", "RFC 8122 5")                             \
    X(null_suite, "an SRTP suite without encryption or authentication",       \
      "the peer's SDP", "offer AES_CM_128_HMAC_SHA1_80 or better", 488,       \
      "SRTP suite not acceptable", "RFC 4568 6.3, RFC 5764 4.1.2")            \
    X(suite_below_level, "no SRTP suite that the level allows",               \
      "the peer's SDP", "offer a suite of the level, or lower the level",     \
      488, "SRTP suite not acceptable", "doc/security.md: levels")            \
    X(keys_in_clear,                                                          \
      "SRTP keys in SDP that did not come over the "                          \
      "account's TLS flow",                                                   \
      "the peer's SDP", "send the SDP over the verified connection", 488,     \
      "SRTP keys must be protected", "RFC 4568 8.3")                          \
    X(key_echoed, "the peer's SRTP key is one of our own", "the peer's SDP",  \
      "have the other side make a key of its own", 488,                       \
      "SRTP key not acceptable", "RFC 3711 9.1")                              \
    X(call_lowered, "a running call may not become weaker",                   \
      "a re-offer of the peer", "keep SRTP and its class in re-offers", 488,  \
      "Lowering refused", "RFC 3264 8")

enum policy_why {
    POLICY_ALLOWED = 0,
#define X(symbol, ...) POLICY_##symbol,
    POLICY_WHY_MAP(X)
#undef X
        POLICY_WHY_COUNT
};

struct policy_refusal {
    const char *symbol;   /* what events carry: "transport_udp" */
    const char *sentence; /* for people */
    const char *asked_by;
    const char *remedy;
    unsigned status;     /* SIP status where a response is due */
    const char *warning; /* text of Warning 399 (RFC 3261 20.43) */
    const char *source;
};

/* The row; for POLICY_ALLOWED the symbol is "allowed" and texts are "". */
const struct policy_refusal *policy_refusal(enum policy_why why);

/* "strict", "" for no level. */
const char *policy_level_name(enum policy_level level);
/* E_NOTFOUND; exact, case matters. */
int policy_level_parse(enum policy_level *level, struct slice text);
/* "rfc5922", "rfc6125", "+cn". */
const char *policy_names_name(enum tls_name_rule rule);
int policy_names_parse(enum tls_name_rule *rule, struct slice text);

/* ------------------------------------------------------ pure checks */

/* A URI that somebody wants to call, in parts as sip/uri gives them. */
struct policy_target {
    struct slice scheme; /* without ':' */
    struct slice host;   /* not looked at for tel: */
    bool has_transport;
    struct slice transport; /* value of the URI parameter */
    bool has_maddr;
};

/*
 * Would policy allow a request to this target? Pure, no instance. sip: and
 * sips: with transport absent or tls (any case), and tel: (dialled through
 * the account's domain). The first thing that is wrong is returned.
 */
enum policy_why policy_check_target(const struct policy_target *target);

/* The value of a transport parameter, or of Via after "SIP/2.0/". */
enum policy_why policy_check_transport(struct slice transport);

/* --------------------------------------------------------- tickets */

enum {
    POLICY_ACCOUNTS_MAX = 84000, /* each edge of an account's flows is one */
    /* Tickets of all accounts: one for each connection that is up or being
     * made. The table grows with what is in it. Where a pointer has 32 bits a
     * larger index would leave too few for who is whose. */
    POLICY_PEERS_MAX = UINTPTR_MAX > UINT32_MAX ? 130000 : 16000,
    POLICY_SELVES_MAX = 16,
    POLICY_MEDIAS_MAX = 1000 /* media tickets of all calls */
};

/*
 * One per instance; one thread. policy_peer and policy_self are never
 * complete types: a ticket is an opaque value shaped like a pointer, which
 * names a row of a bounded table by index, generation and a salt of this
 * instance. Nobody can dereference it, and a stale or foreign one is found
 * out by policy_peer_view at the sink.
 */
struct policy;
struct policy_peer;
struct policy_self;
struct policy_media;

/* Under what terms an account may be connected. Copied, but for anchors. */
struct policy_terms {
    struct slice name; /* host whose certificate is verified: outbound's
                          host, else the AoR's domain; never an SRV target */
    enum policy_level level;
    enum tls_name_rule names;
    const struct tls_cred *anchors; /* borrowed until the account is removed
                                       and its connections are closed */
    bool sips_required;
    /* Whose sessions may be resumed (the AoR); empty: none are kept. */
    struct slice identity;
};

enum { POLICY_IDENTITY = 32 };

/* What a sink may know about a live ticket. */
struct policy_peer_view {
    uint64_t account;
    struct tls_addr addr;
    struct tls_name name;
    enum policy_level level;
    enum tls_name_rule names;
    const struct tls_cred *anchors;
    bool resumable;
    uint8_t identity[POLICY_IDENTITY]; /* digest of the identity */
};

struct policy_self_view {
    enum policy_level level;
    const struct tls_cred *own;
};

/* env is borrowed; its rand gives the salt. E_NOMEM, E_RANDOM, E_INVAL. */
int policy_new(struct policy **p, const struct env *env,
               enum policy_level floor);
/* All tickets end. NULL is fine. */
void policy_free(struct policy *p);
enum policy_level policy_floor(const struct policy *p);

/*
 * On E_POLICY *why says what was refused: level_below_floor, level_unknown,
 * name_missing, anchors_missing. E_SYNTAX: name is no host name (*why is
 * then name_missing). E_NOMEM, E_FULL. why is not NULL.
 */
int policy_account_add(struct policy *p, uint64_t *account,
                       const struct policy_terms *terms, enum policy_why *why);
/* Its tickets become stale at once. */
void policy_account_remove(struct policy *p, uint64_t account);
/* NULL if there is no such account. Valid until it is removed. */
const struct tls_name *policy_account_name(const struct policy *p,
                                           uint64_t account);

/* policy_check_target, and sips_required of the account's terms. */
enum policy_why policy_account_target(const struct policy *p, uint64_t account,
                                      const struct policy_target *target);

/* E_GONE (no such account), E_POLICY (address_unusable), E_FULL. */
int policy_peer_mint(struct policy *p, const struct policy_peer **ticket,
                     uint64_t account, const struct tls_addr *addr,
                     enum policy_why *why);
void policy_peer_revoke(struct policy *p, const struct policy_peer *ticket);

/*
 * For sinks. NULL if the ticket is stale, revoked or another instance's;
 * policy_peer_why then says which. Valid until this ticket ends.
 */
const struct policy_peer_view *
policy_peer_view(const struct policy *p, const struct policy_peer *ticket);
enum policy_why policy_peer_why(const struct policy *p,
                                const struct policy_peer *ticket);

/*
 * A listener with mutual TLS is not offered yet: always E_UNSUPPORTED with
 * *why listen_refused.
 */
int policy_self_mint(struct policy *p, const struct policy_self **ticket,
                     const struct tls_cred *own, enum policy_why *why);
void policy_self_revoke(struct policy *p, const struct policy_self *ticket);
const struct policy_self_view *
policy_self_view(const struct policy *p, const struct policy_self *ticket);

/* ----------------------------------------------------------- media */

enum policy_keying {
    POLICY_KEYING_SDES = 1, /* the SDP came over the account's TLS flow */
    POLICY_KEYING_DTLS
};

/* What SDP came to. Keys are copied: master key, then master salt. */
struct policy_media_terms {
    uint64_t account;
    uint64_t call;    /* the caller's name for it */
    uint64_t version; /* of the SDP; the ticket ends with it */
    enum policy_keying keying;
    enum sdp_suite suite;
    const struct secret *tx; /* ours */
    const struct secret *rx; /* the peer's */
    struct tls_addr remote;  /* with port */
};

/* What a sink may know; the keys are borrowed until the ticket ends. */
struct policy_media_view {
    uint64_t account, call, version;
    enum policy_level level;
    enum policy_keying keying;
    enum sdp_suite suite;
    const struct secret *tx, *rx;
    struct tls_addr remote;
};

/* Bits of sdp_suite_bit: what a level allows by this keying. */
unsigned policy_suites(enum policy_level level, enum policy_keying keying);

/*
 * E_GONE (no such account), E_POLICY with *why: null_suite,
 * suite_below_level, key_echoed (rx is a tx of this call's live
 * tickets), address_unusable. E_INVAL: a key's length; E_NOMEM, E_FULL.
 */
int policy_media_mint(struct policy *p, const struct policy_media **ticket,
                      const struct policy_media_terms *terms,
                      enum policy_why *why);
/* Wipes its keys. */
void policy_media_revoke(struct policy *p, const struct policy_media *ticket);
/* Ends the call's tickets of SDP versions below this one, or all of them
 * with UINT64_MAX. */
void policy_media_retire(struct policy *p, uint64_t account, uint64_t call,
                         uint64_t below);
/* For sinks; NULL if stale, revoked or another instance's: policy_media_why
 * says which. */
const struct policy_media_view *
policy_media_view(const struct policy *p, const struct policy_media *ticket);
enum policy_why policy_media_why(const struct policy *p,
                                 const struct policy_media *ticket);

#ifdef POLICY_FOR_TOOLS
/*
 * A TLS listener that takes anybody: the edge in tools/, and tests. Compiled
 * only into the second build of tls/policy.c; libsiplock does not have it.
 * E_POLICY (level), E_CERT (no own chain), E_NOMEM, E_FULL.
 */
int policy_self_mint_open(struct policy *p, const struct policy_self **ticket,
                          const struct tls_cred *own, enum policy_level level);

/*
 * Told, as each media ticket of this process is minted and on the thread that
 * mints, what it holds, its keys too: for who judges the wire. One watcher a
 * process, none if seen is NULL. Not in libsiplock.
 */
struct policy_watcher {
    void (*seen)(void *user, const struct policy_media_view *view);
    void *user;
};
void policy_media_watch(struct policy_watcher watcher);
#endif

/* Counts a refusal, wherever it was made. */
void policy_count(struct policy *p, enum policy_why why);
uint64_t policy_counted(const struct policy *p, enum policy_why why);

#endif
