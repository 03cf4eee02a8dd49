/* SPDX-License-Identifier: Apache-2.0 */
/* The only TCP socket: dials tickets, runs TLS over it, nothing else. */
#ifndef TLS_SOCK_H
#define TLS_SOCK_H

#include "tls/engine.h"
#include "tls/select.h"

enum {
    TLS_SOCK_CONNECT_MS = 5000,     /* TCP, one address */
    TLS_SOCK_HANDSHAKE_MS = 8000,   /* TLS */
    TLS_SOCK_CLOSE_MS = 2000,       /* to get close_notify out */
    TLS_SOCK_QUEUE_MAX = 128 << 10, /* plaintext bytes before a flush, and
                                       encrypted bytes not yet written */
    TLS_SOCK_CONNS_MAX = 50000,     /* of one tls_net */
    TLS_SOCK_BACKLOG = 128,
    TLS_SOCK_LOCALS_MS = 100 /* that a list of addresses is good for */
};

struct uv_loop_s;
struct tls_net;
struct tls_conn;
struct tls_listener;

/*
 * Called on the loop's thread, never from inside tls_dial, tls_send,
 * tls_flush, tls_resume_read or tls_close. In each of them the connection may
 * be closed. down comes at most once, and exactly once unless tls_close was
 * called first; after it the connection is dead, and waits for tls_close.
 */
struct tls_handlers {
    void (*up)(void *user, struct tls_conn *c, const struct tls_facts *f);
    void (*plain)(void *user, struct tls_conn *c, struct slice bytes);
    void (*down)(void *user, struct tls_conn *c, const struct cause *cause);
};

/*
 * One per loop. loop, env and policy are borrowed. From the first dial or
 * listen on SIGPIPE is blocked for the loop's thread: a peer's reset is an
 * error, not the end of the process. E_NOMEM.
 */
int tls_net_new(struct tls_net **net, struct uv_loop_s *loop,
                const struct env *env, struct policy *policy);
/* Only when every connection and listener is closed: else E_STATE. */
int tls_net_free(struct tls_net *net);
/* For tests and slow networks; ms, 0 keeps what is set. */
void tls_net_timeouts(struct tls_net *net, unsigned connect_ms,
                      unsigned handshake_ms);
/* Sessions to resume, and who watches: for dials from now on. The members
 * outlive the net; wall_ms is not looked at. */
void tls_net_equip(struct tls_net *net, const struct tls_engine_kit *kit);
/* What libuv's error (negative) of a connection means. */
enum cause_code tls_sock_cause(int uv);
/* The same of one that was to be made to that address. */
enum cause_code tls_dial_cause(const struct tls_addr *to, int uv);
/* ms since 1970: for tls_resume_new; user is ignored. */
int64_t tls_sock_wall(void *user);
/* The addresses of this device's interfaces that are up. None: the system does
 * not tell. */
void tls_locals_read(struct tls_locals *locals);
/* The same, asked of the system once for those who want it at the same time:
 * thousands of searches may begin at once. */
void tls_net_locals(struct tls_net *net, struct tls_locals *locals);
unsigned tls_net_live(const struct tls_net *net); /* conns and listeners */
/* Application bytes that were given to TLS, all connections ever. */
uint64_t tls_net_plain_sent(const struct tls_net *net);

/*
 * Connects to the ticket's address and verifies the ticket's name. There is
 * no form with a host and a port. E_POLICY: stale or foreign ticket (why is
 * counted; see policy_peer_why). E_NOMEM, E_FULL. What the network says (no
 * route, too) comes as down. A TLS engine is made, and a session taken, only
 * when TCP is there: what comes of that is told by down, too. A handshake
 * that fails with a session on offer, and not for the certificate's sake, is
 * made once more on a new connection without one.
 */
int tls_dial(struct tls_conn **c, struct tls_net *net,
             const struct policy_peer *ticket, const struct tls_handlers *h,
             void *user);

/*
 * Queues plaintext; tls_flush encrypts what was queued since the last flush
 * and writes it with one call. E_STATE unless up, E_FULL, E_NOMEM, E_GONE if
 * the ticket was withdrawn meanwhile. After E_FULL and E_NOMEM of tls_flush
 * what was queued waits for the next flush; after E_CLOSED down follows.
 */
int tls_send(struct tls_conn *c, struct slice bytes);
int tls_flush(struct tls_conn *c);

/* Encrypted bytes that the kernel has not taken yet. */
size_t tls_conn_queued(const struct tls_conn *c);

/* Stops reading the socket; plain is not called until resumed. */
void tls_pause_read(struct tls_conn *c);
void tls_resume_read(struct tls_conn *c);

/*
 * Ends it: no handler is called afterwards. tls_close sends what was flushed
 * and close_notify first (at most TLS_SOCK_CLOSE_MS); tls_abort resets.
 * closed (may be NULL) comes from the loop when the memory is gone. c is not
 * to be used after the call.
 */
void tls_close(struct tls_conn *c, void (*closed)(void *user), void *user);
void tls_abort(struct tls_conn *c, void (*closed)(void *user), void *user);

/* Our and the peer's address; E_STATE before TCP is connected. */
int tls_conn_local(const struct tls_conn *c, struct tls_addr *a);
int tls_conn_remote(const struct tls_conn *c, struct tls_addr *a);
/* A session ticket came (TLS 1.3: so our certificate was taken, if any). */
bool tls_conn_ticketed(const struct tls_conn *c);
const struct tls_facts *tls_conn_facts(const struct tls_conn *c);
uint64_t tls_conn_plain_sent(const struct tls_conn *c);

/* -------------------------------------------------------- listening */

/*
 * A connection came in. It has no handlers yet: set them now with
 * tls_conn_handle, or close it. up follows after the handshake.
 */
struct tls_acceptor {
    void (*accepted)(void *user, struct tls_conn *c);
    void *user;
};

/*
 * port 0: the kernel picks; tls_listener_addr tells. Takes only a ticket for
 * listening, which the library cannot make (see policy_self_mint). E_POLICY,
 * E_SYS, E_NOMEM, E_FULL.
 */
int tls_listen(struct tls_listener **l, struct tls_net *net,
               const struct policy_self *ticket, const struct tls_addr *at,
               const struct tls_acceptor *acceptor);
int tls_listener_addr(const struct tls_listener *l, struct tls_addr *a);
void tls_listener_close(struct tls_listener *l, void (*closed)(void *user),
                        void *user);
void tls_conn_handle(struct tls_conn *c, const struct tls_handlers *h,
                     void *user);

#endif
