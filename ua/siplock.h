/* SPDX-License-Identifier: Apache-2.0 */
/* The public interface of siplock: SIP over TLS only, media as SRTP only. */
#ifndef SIPLOCK_H
#define SIPLOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#define SIPLOCK_NULLABLE _Nullable
#define SIPLOCK_NONNULL _Nonnull
#else
#define SIPLOCK_NULLABLE
#define SIPLOCK_NONNULL
#endif

/*
 * Rules that hold everywhere
 *
 * - One struct siplock is one instance. Nothing is global; make many.
 * - Every function may be called from any thread unless it says otherwise,
 *   inside callbacks too. Arguments are copied before it returns.
 * - A function returns 0 or a negative enum siplock_error. What the policy
 *   refuses for good is refused at once; what needs the network is told by
 *   an event. A stale id gives SIPLOCK_EGONE, never a crash.
 * - Callbacks run on the loop thread, one at a time. Strings in them are
 *   UTF-8 with a length, valid until the callback returns.
 * - Enums are open: expect values that this header does not know yet.
 * - A struct that begins with size is set up with that member as its
 *   sizeof and zero in all that you do not use. It can grow.
 * - There is no option, variable or call that makes siplock speak SIP in
 *   clear or without a verified peer.
 */

enum siplock_error {
    SIPLOCK_OK = 0,
    SIPLOCK_ENOMEM = -1,       /* out of memory; everything else goes on */
    SIPLOCK_EINVAL = -2,       /* an argument is not valid */
    SIPLOCK_EGONE = -3,        /* the id names nothing any more */
    SIPLOCK_EFULL = -4,        /* a table or queue has reached its limit */
    SIPLOCK_ETOOBIG = -5,      /* a value is longer than its limit */
    SIPLOCK_ESYNTAX = -6,      /* the text does not follow its grammar */
    SIPLOCK_EPOLICY = -7,      /* the security policy refuses this */
    SIPLOCK_ESTATE = -8,       /* not possible in the present state */
    SIPLOCK_EUNSUPPORTED = -9, /* not supported */
    SIPLOCK_ECRYPTO = -10,     /* a cryptographic operation failed */
    SIPLOCK_ECERT = -11,       /* certificate, key or anchor unusable */
    SIPLOCK_ESYS = -12,        /* the operating system refused */
    SIPLOCK_ECLOSED = -13,     /* the connection is closed */
    SIPLOCK_ETIMEOUT = -14,    /* no answer in time */
    SIPLOCK_EAGAIN = -15,      /* not now */
    SIPLOCK_ENOTFOUND = -16,   /* there is no such thing */
    SIPLOCK_ERANDOM = -17      /* the random source failed */
};

/* "SIPLOCK_ENOMEM" and a sentence. Static text, never NULL. */
const char *SIPLOCK_NONNULL siplock_error_name(int error);
const char *SIPLOCK_NONNULL siplock_error_text(int error);

/* "0.1.0": the version of the library that is running. */
const char *SIPLOCK_NONNULL siplock_version(void);

struct siplock; /* one instance */

/* Ids, one struct a kind, so that the compiler tells them apart. */
typedef struct siplock_account {
    uint64_t id; /* 0 is no account */
} siplock_account;
typedef struct siplock_call {
    uint64_t id; /* 0 is no call */
} siplock_call;

typedef struct siplock_subscription {
    uint64_t id; /* 0 is no subscription */
} siplock_subscription;
typedef struct siplock_message {
    uint64_t id; /* 0 is no message */
} siplock_message;

typedef struct siplock_reference {
    uint64_t id; /* 0 is no reference: a REFER that belongs to no call */
} siplock_reference;

/* Borrowed text: p has n bytes and no terminating NUL is promised. */
struct siplock_str {
    const char *SIPLOCK_NULLABLE p;
    size_t n;
};

/* How strict; all of them are encrypted and verified (doc/security.md). */
enum siplock_level {
    SIPLOCK_LEVEL_DEFAULT = 0, /* strict, or the floor if that is higher */
    SIPLOCK_LEVEL_LEGACY_PBX = 1,
    SIPLOCK_LEVEL_STRICT = 2,
    SIPLOCK_LEVEL_MODERN = 3
};

/* Which names of a certificate count. Not the default: reported. */
enum siplock_names {
    SIPLOCK_NAMES_RFC5922 = 0, /* SAN sip: URI, then DNS names, exact */
    SIPLOCK_NAMES_RFC6125 = 1, /* and one left-most wildcard label */
    SIPLOCK_NAMES_CN = 2       /* and the common name if there is no SAN */
};

/* ------------------------------------------------------------- events */

enum siplock_event_type {
    SIPLOCK_EVENT_REGISTER_STATE = 1,
    SIPLOCK_EVENT_FLOW_STATE = 2,
    SIPLOCK_EVENT_POLICY_REFUSED = 3,
    SIPLOCK_EVENT_ERROR = 4,
    SIPLOCK_EVENT_NOTICE = 5,
    SIPLOCK_EVENT_CALL_STATE = 6,
    SIPLOCK_EVENT_CALL_MEDIA = 7,  /* media runs, or runs otherwise now */
    SIPLOCK_EVENT_CALL_DTMF = 8,   /* the peer sent a digit */
    SIPLOCK_EVENT_CALL_STATS = 9,  /* each second while media runs */
    SIPLOCK_EVENT_CALL_ENDED = 10, /* once, the last of a call: totals */
    SIPLOCK_EVENT_SESSIONS = 11,   /* what siplock_sessions_export asked for */
    SIPLOCK_EVENT_TRANSFER = 20,   /* this and the rest: ua/siplock_more.h */
    SIPLOCK_EVENT_SUBSCRIPTION_STATE = 21,
    SIPLOCK_EVENT_NOTIFY = 22,       /* of a subscription: package, body */
    SIPLOCK_EVENT_MESSAGE = 23,      /* in: peer, content_type, body; call */
    SIPLOCK_EVENT_MESSAGE_STATE = 24 /* out: status, cause; the only one */
};

/* Why something failed; every failure carries one. */
struct siplock_cause {
    size_t size;
    const char *SIPLOCK_NULLABLE domain;   /* "dns", "certificate", …; NULL:
                                              nothing failed */
    const char *SIPLOCK_NULLABLE code;     /* symbol, "cert_expired" */
    const char *SIPLOCK_NULLABLE hint;     /* what to do */
    const char *SIPLOCK_NULLABLE asked_by; /* policy: who asked for it */
    char text[512]; /* a sentence with the facts, NUL-terminated */
};

enum siplock_register_state {
    SIPLOCK_REGISTER_TRYING = 1,
    SIPLOCK_REGISTER_REGISTERED = 2,
    SIPLOCK_REGISTER_FAILED = 3, /* retry_ms: when it is tried again */
    SIPLOCK_REGISTER_ENDED = 4   /* unregistered or removed; the last one */
};

enum siplock_flow_state {
    SIPLOCK_FLOW_RESOLVING = 1,
    SIPLOCK_FLOW_CONNECTING = 2,
    SIPLOCK_FLOW_UP = 3,  /* verified; SIP may leave now */
    SIPLOCK_FLOW_DOWN = 4 /* cause says why */
};

/*
 * A call out goes from calling over ringing and early (there is sound before
 * the answer), or neither, to established; a call in starts with ringing and
 * waits for siplock_call_answer. Each ends with ended.
 */
enum siplock_call_state {
    SIPLOCK_CALL_CALLING = 1,
    SIPLOCK_CALL_RINGING = 2,
    SIPLOCK_CALL_EARLY = 3,
    SIPLOCK_CALL_ESTABLISHED = 4,
    SIPLOCK_CALL_ENDED = 5 /* status and cause say why */
};

enum siplock_direction { SIPLOCK_DIR_OUT = 1, SIPLOCK_DIR_IN = 2 };

/* What a call's media has done so far; in the last event the totals. */
struct siplock_call_stats {
    size_t size;
    uint64_t packets_sent, bytes_sent;         /* RTP packets, payload bytes */
    uint64_t packets_received, bytes_received; /* only what authenticated */
    uint64_t unauthentic; /* came and did not authenticate; never decoded */
    uint64_t malformed;   /* authentic, but not what was agreed */
    uint64_t early;       /* came before the keys and were kept */
    uint64_t early_dropped;
    uint64_t late;                 /* came too late to be heard */
    uint64_t concealed;            /* frames of 20 ms that were made up */
    unsigned loss_permille;        /* of what the peer sent */
    unsigned remote_loss_permille; /* of what we sent, by its reports */
    unsigned jitter_ms;            /* RFC 3550 6.4.1 */
    unsigned delay_ms;             /* of the jitter buffer */
    unsigned rtt_ms;               /* 0: not known */
    unsigned mos;                  /* times 100; 0 before anything came */
    int64_t setup_ms;    /* from the call or its INVITE to established; -1 */
    int64_t duration_ms; /* since established; 0 before */
};

struct siplock_call_info; /* ua/siplock_more.h */

struct siplock_event {
    size_t size;
    int type; /* enum siplock_event_type */
    siplock_account account;
    struct siplock_cause cause;
    int state;        /* siplock_register_state or siplock_flow_state */
    int reg_id;       /* the same: 2 is the account's second flow, else 1 */
    unsigned status;  /* SIP status, 0 if none */
    uint32_t expires; /* registered: seconds until the binding ends */
    int64_t retry_ms; /* failed: until the next try; -1: not by itself */
    struct siplock_str remote;   /* flow: "192.0.2.1:5061" */
    struct siplock_str name;     /* flow up: the name that was verified */
    struct siplock_str tls;      /* flow up: "TLSv1.3" */
    struct siplock_str suite;    /* flow up: the cipher suite */
    int resumed;                 /* flow up: 1: a TLS session was resumed */
    struct siplock_str sessions; /* sessions: sealed, to be kept */
    /* policy.refused: symbol, who asked, what would help; bytes_sent is
     * what had left in SIP before (0, always, before a flow is up). */
    const char *SIPLOCK_NULLABLE why;
    const char *SIPLOCK_NULLABLE asked_by;
    const char *SIPLOCK_NULLABLE remedy;
    uint64_t bytes_sent;
    /* notice: a symbol such as "digest_md5" or "names_not_default". */
    const char *SIPLOCK_NULLABLE notice;
    int64_t seconds; /* clock_skew: this device's clock less the server's */
    /* Events of calls; state is a siplock_call_state. In call.media remote
     * is where media goes, suite the SRTP suite. */
    siplock_call call;
    int direction;                /* enum siplock_direction */
    struct siplock_str peer;      /* URI of the other side, as it says */
    struct siplock_str peer_name; /* display name, as it says; maybe empty */
    struct siplock_str keying;    /* media: "SDES" */
    struct siplock_str codec;     /* media: "opus", "PCMA", "PCMU" */
    unsigned rate;                /* media: samples a second of the PCM */
    char digit;                   /* dtmf: 0-9, *, #, A-D */
    unsigned digit_ms;            /* dtmf: how long it was pressed */
    /* Of transfers and of calls that come by them: ua/siplock_more.h. */
    siplock_call other;
    siplock_call related; /* call in: one that it says it belongs to */
    siplock_reference
        reference; /* transfer: of no call; call.state: followed */
    /* transfer: whom to call, as given. call.state: where a 3xx leads; it is
     * called now, or it was not followed and the call has ended. */
    struct siplock_str target;
    siplock_subscription subscription;
    siplock_message message;
    unsigned notifier; /* subscription, notify: see ua/siplock_more.h */
    struct siplock_str package;      /* subscription: "message-summary" */
    struct siplock_str content_type; /* notify, message: "text/plain" */
    struct siplock_str body;         /* as it came, up to 32768 bytes */
    struct siplock_str referred_by;  /* transfer in: who says so, as it says */
    const struct siplock_call_stats *SIPLOCK_NULLABLE stats; /* stats, ended */
    const struct siplock_call_info *SIPLOCK_NULLABLE info;   /* call.state */
};

/* ----------------------------------------------------------- instance */

enum siplock_log_level {
    SIPLOCK_LOG_OFF = 0,
    SIPLOCK_LOG_ERROR = 1,
    SIPLOCK_LOG_WARN = 2,
    SIPLOCK_LOG_INFO = 3,
    SIPLOCK_LOG_DEBUG = 4
};

struct siplock_config {
    size_t size;
    void *SIPLOCK_NULLABLE user; /* handed to every callback */
    /* Called once, last, when nothing will call back any more. */
    void (*SIPLOCK_NULLABLE user_free)(void *SIPLOCK_NULLABLE user);
    void (*SIPLOCK_NULLABLE on_event)(
        void *SIPLOCK_NULLABLE user,
        const struct siplock_event *SIPLOCK_NONNULL event);
    /* One redacted line; no credentials, no user parts, no line end. */
    void (*SIPLOCK_NULLABLE on_log)(void *SIPLOCK_NULLABLE user, int level,
                                    const char *SIPLOCK_NONNULL line,
                                    size_t n);
    int log_level; /* enum siplock_log_level */
    int floor;     /* enum siplock_level: no account goes below it */
    /* What the User-Agent header says; NULL: the header is left out. */
    const char *SIPLOCK_NULLABLE user_agent;
    /* A uv_loop_t that you run; siplock_start and _run are then ESTATE, and
     * the instance must be made and freed on the loop's thread. NULL: own
     * loop. */
    void *SIPLOCK_NULLABLE uv_loop;
    /* Allocator for everything but the linked libraries; NULL: malloc.
     * Called on any thread. */
    void *
    SIPLOCK_NULLABLE (*SIPLOCK_NULLABLE mem_alloc)(void *SIPLOCK_NULLABLE user,
                                                   size_t n);
    void (*SIPLOCK_NULLABLE mem_free)(void *SIPLOCK_NULLABLE user,
                                      void *SIPLOCK_NULLABLE p);
};

/* Makes an instance; it does nothing until started or run. */
int siplock_new(struct siplock *SIPLOCK_NULLABLE *SIPLOCK_NONNULL out,
                const struct siplock_config *SIPLOCK_NONNULL config);

/* Starts the library's own loop thread. */
int siplock_start(struct siplock *SIPLOCK_NONNULL s);

/* Runs the loop in the calling thread until siplock_stop. */
int siplock_run(struct siplock *SIPLOCK_NONNULL s);

/* Makes siplock_run return; with siplock_start, ends and joins the thread
 * (then not from a callback: SIPLOCK_ESTATE). */
int siplock_stop(struct siplock *SIPLOCK_NONNULL s);

/*
 * Ends everything and frees the instance. Asynchronous and legal in a
 * callback: done (may be NULL) and then user_free are called on the loop
 * thread, last of all, or before the return when no loop is running. No
 * REGISTER is sent: remove the accounts first if they shall unregister.
 * The pointer is dead when this returns.
 */
void siplock_free(struct siplock *SIPLOCK_NULLABLE s,
                  void (*SIPLOCK_NULLABLE done)(void *SIPLOCK_NULLABLE user));

/* ------------------------------------------------------- TLS sessions */

/*
 * TLS sessions are kept in memory, each used once and only for its account,
 * trust and level. An app that may be killed keeps them itself, sealed with a
 * 32 byte key of its own: SIPLOCK_EVENT_SESSIONS has the bytes. Import before
 * the accounts are added; a notice says "sessions_imported" or, of another key
 * or altered, "sessions_refused".
 */
int siplock_sessions_export(struct siplock *SIPLOCK_NONNULL s,
                            const uint8_t *SIPLOCK_NONNULL key);
int siplock_sessions_import(struct siplock *SIPLOCK_NONNULL s,
                            const uint8_t *SIPLOCK_NONNULL key,
                            struct siplock_str sealed);

/* A line of the NSS key log, without line end, on the loop thread. */
typedef void (*siplock_keylog_cb)(void *SIPLOCK_NULLABLE user,
                                  const char *SIPLOCK_NONNULL text, size_t n);

/* The secrets of TLS from now on, for who has to read a capture. Nothing else
 * turns this on. SIPLOCK_ESTATE after siplock_start or _run. */
int siplock_keylog(struct siplock *SIPLOCK_NONNULL s,
                   siplock_keylog_cb SIPLOCK_NULLABLE line,
                   void *SIPLOCK_NULLABLE user);

/* ----------------------------------------------------------- accounts */

/*
 * A digest credential for one realm: HA1 = H(user ":" realm ":" password),
 * RFC 7616 3.4.2, lower-case hex; a member that is not known is NULL.
 */
struct siplock_ha1 {
    size_t size;
    const char *SIPLOCK_NULLABLE realm;
    const char *SIPLOCK_NULLABLE md5;
    const char *SIPLOCK_NULLABLE sha256;
    const char *SIPLOCK_NULLABLE sha512_256;
};

/* What a password callback fills; wiped by siplock after hashing. */
struct siplock_password {
    char bytes[256]; /* not NUL-terminated */
    size_t n;
};

/*
 * Asked on the loop thread when a challenge arrived and no HA1 fits. Writes
 * the password; 0, or any other value for "no password". siplock keeps only
 * the hash, for this realm.
 */
typedef int (*siplock_password_cb)(
    void *SIPLOCK_NULLABLE user, siplock_account account,
    struct siplock_str realm,
    struct siplock_password *SIPLOCK_NONNULL password);

/*
 * Asked on the loop thread, inside a handshake, whether the device trusts a
 * chain (DER, the server's own first) for a name. 0: yes. Must not block.
 * siplock checks name, dates, strength, usage, pins and lists all the same.
 */
typedef int (*siplock_verify_cb)(void *SIPLOCK_NULLABLE user,
                                 const struct siplock_str *SIPLOCK_NONNULL
                                     chain,
                                 size_t n, struct siplock_str name);

struct siplock_account_config {
    size_t size;
    const char *SIPLOCK_NULLABLE aor; /* "sip:alice@example.com" */
    /* The edge, "sip:edge.example.com:5061;transport=tls"; its host is then
     * the name that the certificate must have. Up to four of them, with commas
     * between, are tried in their order, each with its own name to be verified
     * (and then there is no address). NULL: the AoR's domain. */
    const char *SIPLOCK_NULLABLE outbound;
    /* Where to connect instead of asking DNS, "192.0.2.1:5061"; this never
     * changes the name that is checked. */
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE address;
    size_t addresses;
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE dns; /* servers */
    size_t dns_servers;
    const char *SIPLOCK_NULLABLE user;  /* of digest; NULL: the AoR's */
    const char *SIPLOCK_NULLABLE realm; /* NULL: bound by the first login */
    const struct siplock_ha1 *SIPLOCK_NULLABLE ha1; /* or the callback */
    siplock_password_cb SIPLOCK_NULLABLE password;
    void *SIPLOCK_NULLABLE password_user; /* its first argument */
    /* Trust (doc/tls.md). Anchors as PEM files and bytes; none: the system's
     * store, unless trust_pins or verify decides; ca_system: it besides. */
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE ca_file;
    size_t ca_files;
    struct siplock_str ca_pem;
    int ca_system;
    /* Pins, "sha256/BASE64", the one in use first, until pins_end
     * ("2027-01-31"): besides the chain, or with trust_pins in its place. */
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE pin;
    size_t pins;
    const char *SIPLOCK_NULLABLE pins_end;
    int trust_pins;
    /* Revocation lists; the server's issuer must be covered then. */
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE crl_file;
    size_t crl_files;
    /* Our certificate, for servers that ask: chain and key as files or PEM,
     * or the key as an id in mbedTLS's PSA. */
    const char *SIPLOCK_NULLABLE cert_file, *SIPLOCK_NULLABLE key_file;
    struct siplock_str cert_pem, key_pem;
    uint32_t psa_key;
    /* The device's own judgement of a chain, in place of anchors. */
    siplock_verify_cb SIPLOCK_NULLABLE verify;
    void *SIPLOCK_NULLABLE verify_user; /* its first argument */
    int level;                          /* enum siplock_level */
    int names;                          /* enum siplock_names */
    uint32_t expires; /* seconds asked for; 0: 3600; 60 to 604800 */
    int no_register;  /* 1: do not register by itself */
    /* Codecs that calls may use, "opus", "pcma", "pcmu"; none: all. What is
     * preferred is siplock's choice. */
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE codec;
    size_t codecs;
    int transfers; /* enum siplock_transfers of ua/siplock_more.h */
    int refers;    /* enum siplock_refers of the same */
    /* +sip.instance (RFC 5626 4.1), "urn:uuid:…": the same at each start of
     * this device, another on each device. NULL: random for the account's
     * life. */
    const char *SIPLOCK_NULLABLE instance;
    int gruu;  /* enum siplock_gruu of ua/siplock_more.h */
    int clean; /* 1: take all bindings of the AoR back first (Contact: *) */
    int share_flow; /* 1: with other accounts of the same edge and trust */
    int flows;      /* 2: a second one to another edge (RFC 5626); 0 is 1 */
    uint32_t retry_base; /* seconds; after n failures half to all of this
                          * times 2^n, 1800 at most, is waited; 0: 1 */
};

/*
 * Adds an account; its registration starts at once unless no_register.
 * cause (may be NULL) says what is wrong on SIPLOCK_EINVAL, _ESYNTAX,
 * _EPOLICY and _ECERT.
 */
int siplock_account_add(struct siplock *SIPLOCK_NONNULL s,
                        siplock_account *SIPLOCK_NONNULL account,
                        const struct siplock_account_config *SIPLOCK_NONNULL
                            config,
                        struct siplock_cause *SIPLOCK_NULLABLE cause);

/* Unregisters, closes the flow and forgets it; REGISTER_ENDED tells. */
int siplock_account_remove(struct siplock *SIPLOCK_NONNULL s,
                           siplock_account account);

/* Registers again now: after no_register, a failure, or at any time. */
int siplock_account_refresh(struct siplock *SIPLOCK_NONNULL s,
                            siplock_account account);

/* -------------------------------------------------------------- calls */

/*
 * PCM of one call: 16 bit, mono, n samples at rate (those of the codec, 20 ms
 * a time). Called on the media thread, so do not block there: what takes
 * long delays all calls. A NULL callback is silence, or not heard. For a
 * real-time audio thread use a siplock_pcm of ua/siplock_more.h.
 */
struct siplock_audio {
    size_t size;
    void (*SIPLOCK_NULLABLE capture)(void *SIPLOCK_NULLABLE user,
                                     int16_t *SIPLOCK_NONNULL pcm, size_t n,
                                     unsigned rate);
    void (*SIPLOCK_NULLABLE render)(void *SIPLOCK_NULLABLE user,
                                    const int16_t *SIPLOCK_NONNULL pcm,
                                    size_t n, unsigned rate);
    void *SIPLOCK_NULLABLE user;
    /* When none of these callbacks will be called any more: on the media or
     * the loop thread, once for each siplock_audio_start that gave 0. */
    void (*SIPLOCK_NULLABLE released)(void *SIPLOCK_NULLABLE user);
};

/*
 * Calls target, "sip:bob@example.com" or "tel:+12125550100", through the
 * account's verified flow, which is set up if need be; events follow. cause
 * as in siplock_account_add. E_POLICY: the policy refuses the target.
 */
int siplock_call_start(struct siplock *SIPLOCK_NONNULL s,
                       siplock_call *SIPLOCK_NONNULL call,
                       siplock_account account,
                       const char *SIPLOCK_NONNULL target,
                       struct siplock_cause *SIPLOCK_NULLABLE cause);

/* How a call is to be made; with all but target zero, siplock_call_start. */
struct siplock_call_options {
    size_t size;
    const char *SIPLOCK_NULLABLE target;
    int no_offer; /* 1: the other side makes the offer (RFC 3261 13.2.1) */
    int reliable; /* 1: Require: 100rel (RFC 3262) */
    int update;   /* 1: changes go by UPDATE (RFC 3311), where it is allowed */
    /* 1: 300, 301 and 302 are followed, up to five addresses by their q, on
     * the account's flow; what the policy refuses is told and left out. Else
     * the call ends, and its event has the first address as target. */
    int follow_redirects;
    int anonymous; /* 1: nameless (RFC 3323), and Privacy: id (RFC 3325) */
    /* Privacy: "id", "header", "session", "user", "history", "critical",
     * "none", several with ; between. NULL: as anonymous wants. */
    const char *SIPLOCK_NULLABLE privacy;
    /* User-to-User (RFC 7433): "56a390f3d2;encoding=hex"; to 599 bytes. */
    const char *SIPLOCK_NULLABLE user_to_user;
};

/* As siplock_call_start; EINVAL, ETOOBIG: cause says which option. */
int siplock_call_start_with(
    struct siplock *SIPLOCK_NONNULL s, siplock_call *SIPLOCK_NONNULL call,
    siplock_account account,
    const struct siplock_call_options *SIPLOCK_NONNULL options,
    struct siplock_cause *SIPLOCK_NULLABLE cause);

/* Tells the caller that it rings here (180). */
int siplock_call_ring(struct siplock *SIPLOCK_NONNULL s, siplock_call call);

/* The same with sound before the answer (183 with SDP). The notice
 * "call_out_of_turn" tells that it cannot be: the caller made no offer and
 * does not know of reliable provisional responses. */
int siplock_call_early(struct siplock *SIPLOCK_NONNULL s, siplock_call call);

/* Answers a call in; sound is separate, siplock_audio_start. */
int siplock_call_answer(struct siplock *SIPLOCK_NONNULL s, siplock_call call);

/* Refuses a call in with a status of 300 to 699 (0: 486); EINVAL. */
int siplock_call_reject(struct siplock *SIPLOCK_NONNULL s, siplock_call call,
                        unsigned status);

/* Ends a call whatever its state: CANCEL, 486 or BYE. */
int siplock_call_hangup(struct siplock *SIPLOCK_NONNULL s, siplock_call call);

/* The same, and says why (RFC 3326), 200 to 699; 200: "Call completed
 * elsewhere", which is no missed call. */
int siplock_call_hangup_for(struct siplock *SIPLOCK_NONNULL s,
                            siplock_call call, unsigned status);

/*
 * Holds a call: the other side hears what siplock_audio gives (music, or
 * silence) and is not heard (RFC 3264 8.4). One that we make may be held as
 * soon as it is calling: the other side is told as early as it can take it.
 * call.media tells when it is done; what the other side refuses changes
 * nothing and is told as the notice "change_refused".
 */
int siplock_call_hold(struct siplock *SIPLOCK_NONNULL s, siplock_call call);
int siplock_call_resume(struct siplock *SIPLOCK_NONNULL s, siplock_call call);

/* Sends a digit (0-9 * # A-D; RFC 4733), 40 to 6000 ms long; digits given in
 * a row are sent one after the other. EINVAL. */
int siplock_call_dtmf(struct siplock *SIPLOCK_NONNULL s, siplock_call call,
                      char digit, unsigned ms);

/*
 * Connects a call's sound, at any time in its life; it flows while media
 * runs. Until then, and after siplock_audio_stop, silence is sent and nothing
 * is heard. A second start replaces the first.
 */
int siplock_audio_start(struct siplock *SIPLOCK_NONNULL s, siplock_call call,
                        const struct siplock_audio *SIPLOCK_NONNULL audio);
int siplock_audio_stop(struct siplock *SIPLOCK_NONNULL s, siplock_call call);

/* ------------------------------------------------ the phone's own life */

/* The network changed: flows are set up anew, registrations with them. */
int siplock_network_changed(struct siplock *SIPLOCK_NONNULL s);

/* The app is about to be frozen: no timer will fire for a while. */
int siplock_suspend(struct siplock *SIPLOCK_NONNULL s);

/* The app runs again: clocks are read anew, dead flows are replaced. */
int siplock_resume(struct siplock *SIPLOCK_NONNULL s);

/* --------------------------------------------------------------- pure */

/* The answer of siplock_check_uri: static text, all NULL if allowed. */
struct siplock_refusal {
    size_t size;
    const char *SIPLOCK_NULLABLE why; /* symbol, "transport_udp" */
    const char *SIPLOCK_NULLABLE text;
    const char *SIPLOCK_NULLABLE asked_by;
    const char *SIPLOCK_NULLABLE remedy;
};

/*
 * Would the policy dial this URI? Pure: no instance, no I/O. 0 if so,
 * SIPLOCK_EPOLICY if not, SIPLOCK_ESYNTAX if it is no URI.
 */
int siplock_check_uri(const char *SIPLOCK_NONNULL uri,
                      struct siplock_refusal *SIPLOCK_NULLABLE refusal);

#ifdef __cplusplus
}
#endif

#endif
