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
    SIPLOCK_EVENT_NOTICE = 5
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

struct siplock_event {
    size_t size;
    int type; /* enum siplock_event_type */
    siplock_account account;
    struct siplock_cause cause;
    int state;        /* siplock_register_state or siplock_flow_state */
    unsigned status;  /* SIP status, 0 if none */
    uint32_t expires; /* registered: seconds until the binding ends */
    int64_t retry_ms; /* failed: until the next try; -1: not by itself */
    struct siplock_str remote; /* flow: "192.0.2.1:5061" */
    struct siplock_str name;   /* flow up: the name that was verified */
    struct siplock_str tls;    /* flow up: "TLSv1.3" */
    struct siplock_str suite;  /* flow up: the cipher suite */
    /* policy.refused: symbol, who asked, what would help; bytes_sent is
     * what had left in SIP before (0, always, before a flow is up). */
    const char *SIPLOCK_NULLABLE why;
    const char *SIPLOCK_NULLABLE asked_by;
    const char *SIPLOCK_NULLABLE remedy;
    uint64_t bytes_sent;
    /* notice: a symbol such as "digest_md5" or "names_not_default". */
    const char *SIPLOCK_NULLABLE notice;
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

struct siplock_account_config {
    size_t size;
    const char *SIPLOCK_NULLABLE aor; /* "sip:alice@example.com" */
    /* The edge, "sip:edge.example.com:5061;transport=tls"; its host is then
     * the name that the certificate must have. NULL: the AoR's domain. */
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
    /* Trust anchors: PEM files and PEM bytes; none: the system's store. */
    const char *SIPLOCK_NULLABLE const *SIPLOCK_NULLABLE ca_file;
    size_t ca_files;
    struct siplock_str ca_pem;
    int level;        /* enum siplock_level */
    int names;        /* enum siplock_names */
    uint32_t expires; /* seconds asked for; 0: 3600; 60 to 604800 */
    int no_register;  /* 1: do not register by itself */
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
