/* SPDX-License-Identifier: Apache-2.0 */
/* What tls/sock and tls/sock_listen share and nobody else may see. */
#ifndef TLS_SOCK_IMPL_H
#define TLS_SOCK_IMPL_H

#include <uv.h>

#include "tls/sock.h"
#include "tls/sockaddr.h"

enum { TLS_SOCK_READ = 65536 };

struct tls_net {
    uv_loop_t *loop;
    const struct env *env;
    struct policy *policy;
    unsigned connect_ms, handshake_ms;
    unsigned live; /* connections and listeners not yet gone */
    unsigned conns;
    uint64_t plain_sent;
    struct tls_engine_kit kit;
    struct tls_locals locals; /* as of locals_at, uv_now's */
    uint64_t locals_at;
    bool locals_read;
    char in[TLS_SOCK_READ]; /* one read at a time */
};

enum tls_conn_stage {
    CONN_NEW,
    CONN_DIALING,
    CONN_SHAKING,
    CONN_OPEN,
    CONN_DOWN,    /* down was told, tls_close is awaited */
    CONN_CLOSING, /* tls_close: close_notify is on its way out */
    CONN_DYING    /* the handles are being closed */
};

struct tls_conn {
    struct tls_net *net;
    uv_tcp_t tcp;
    uv_timer_t timer; /* connect, handshake, close; or a deferred step */
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    unsigned handles; /* not yet closed */
    enum tls_conn_stage stage;
    struct tls_engine *engine;        /* client: NULL until TCP is there */
    const struct policy_peer *ticket; /* NULL: accepted */
    struct tls_addr remote;
    struct tls_handlers on;
    void *user;
    struct cause cause; /* code != none: down is due */
    bool paused, resume_due;
    bool reopening; /* tcp is being closed, to be opened anew */
    bool fresh;     /* with no session any more */
    char *queue;    /* plaintext since the last flush */
    size_t queue_n, queue_cap;
    size_t writing; /* encrypted bytes in uv_write requests */
    char *held;     /* encrypted input that came before a pause */
    size_t held_at, held_n;
    void (*closed)(void *user);
    void *closed_user;
};

/* A connection with its handles set up; engine and stage are the caller's.
 * E_FULL, E_NOMEM. On a later error: tls_conn_kill. */
int tls_conn_new(struct tls_conn **c, struct tls_net *net);
/* Closes the handles; the memory goes when libuv lets go of them. */
void tls_conn_kill(struct tls_conn *c);
/* TCP is there: starts TLS. */
void tls_conn_begin(struct tls_conn *c);

/* Dials once more, without a session; false if it cannot be. */
bool tls_conn_again(struct tls_conn *c);

/* May be told to the owner, and was not told down yet. */
bool tls_conn_alive(const struct tls_conn *c);
/* Tells down with c->cause, once. From inside the owner's call: _later. */
void tls_conn_down(struct tls_conn *c);
void tls_conn_down_later(struct tls_conn *c);
/* Sets the cause, with the address as fact, unless there is one. */
void tls_conn_blame(struct tls_conn *c, enum cause_code code);
/* Arms the connection's one timer. */
void tls_conn_timer(struct tls_conn *c, unsigned ms);

/* One system call for all that the engine has; 0 or a uv error. */
int tls_conn_write(struct tls_conn *c);
int tls_conn_read(struct tls_conn *c); /* starts reading; uv error */
void tls_conn_resume(struct tls_conn *c);
/* The engine's verdict after each step; false if c must not be used. */
bool tls_conn_follow(struct tls_conn *c);
/* All is written: FIN, so that the peer reads close_notify first. */
void tls_conn_finish(struct tls_conn *c);

/* Blocks SIGPIPE for this thread, which is the loop's. */
void tls_sock_no_sigpipe(void);

/* A uv error as E_… code. */
int tls_sock_err(int uv);

#endif
