/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in edge: a small registrar and proxy, for demo and tests. */
#ifndef TOOLS_EDGE_H
#define TOOLS_EDGE_H

#include "sip/base/arena.h"
#include "sip/base/idtab.h"
#include "sip/base/secret.h"
#include "sip/msg.h"
#include "sip/stream.h"

enum {
    EDGE_USERS_MAX = 64,
    EDGE_BINDINGS_MAX = 8, /* of a user */
    EDGE_CONNS_MAX = 4096,
    EDGE_CONTACT_MAX = 512,
    EDGE_NONCE_MAX = 80,
    EDGE_KEYED_MAX = 96
};

/* Sans-IO like the core; what it wants is called back at once. */
struct edge_config {
    const struct env *env;
    struct slice domain; /* also the realm; borrowed */
    enum env_md md;      /* of the challenge */
    bool no_qop;         /* an old server: challenges without qop */
    bool integrity;      /* challenges with qop=auth-int alone */
    uint32_t min_expires, max_expires; /* seconds */
    int64_t nonce_ms;                  /* how long a nonce lives */
    void *user;
    void (*send)(void *user, uint64_t conn, struct slice text);
    void (*hangup)(void *user, uint64_t conn);
};

/* A contact of a user, on the connection that registered it. */
struct edge_binding {
    uint64_t conn;
    int64_t until; /* boot clock, ms */
    char uri[EDGE_CONTACT_MAX];
    size_t uri_n;
};

/* The last one that a user used, and how often. */
struct edge_nonce {
    char text[EDGE_NONCE_MAX];
    size_t n;
    uint64_t nc;
};

struct edge_user {
    char name[64];
    size_t name_n;
    struct secret ha1;
    struct edge_binding binding[EDGE_BINDINGS_MAX];
    size_t bindings;
    struct edge_nonce nonce[2]; /* for us as registrar, as proxy */
};

struct edge_conn {
    uint64_t id;
    struct sip_stream stream;
};

struct edge_counts {
    uint64_t registered, challenged, stale, wrong, brief, unregistered;
    uint64_t forwarded, unroutable, malformed;
};

struct edge {
    struct edge_config config;
    uint8_t key[32]; /* of the nonces */
    struct idtab conns;
    struct edge_user user[EDGE_USERS_MAX];
    size_t users;
    struct arena_pool pool;
    struct arena arena;
    struct edge_counts counts;
};

int edge_init(struct edge *e, const struct edge_config *config);
void edge_free(struct edge *e);
int edge_add_user(struct edge *e, struct slice name, struct slice password);

/* Bindings and nonces are gone, as after a restart without a database. */
int edge_forget(struct edge *e);

int edge_conn_new(struct edge *e, uint64_t *conn);
void edge_conn_gone(struct edge *e, uint64_t conn);
void edge_bytes(struct edge *e, struct now now, uint64_t conn,
                struct slice bytes);

/* How many contacts a user has now. */
size_t edge_bound(const struct edge *e, struct now now, struct slice name);

/* ------------------------------------- shared between the edge's files */

struct edge_user *edge_find_user(struct edge *e, struct slice name);

/* May this request be answered for the user? 0: yes; else the status that
 * was sent (401 to a REGISTER, 407 to others) or a negative error. */
int edge_authorize(struct edge *e, struct now now, uint64_t conn,
                   const struct sip_msg *msg, struct edge_user *user);

/* Authentication-Info: we know the HA1 too (RFC 7616 3.5). */
void edge_put_info(struct out *o, const struct edge *e,
                   const struct sip_msg *msg, const struct edge_user *user);

/* A response without header fields of its own; with a To tag of ours if the
 * request has none. */
void edge_answer(struct edge *e, uint64_t conn, const struct sip_msg *msg,
                 unsigned status);

/* Requests between users, and responses on their way back. */
void edge_forward(struct edge *e, struct now now, uint64_t conn,
                  const struct sip_msg *msg);
void edge_return(struct edge *e, const struct sip_msg *msg);

/*
 * What only this edge can have made (16.11, 8.2.7). The branch carries the
 * connection that the response goes back to; the To tag is the same for the
 * same request, so that its ACK is known again; the token names the two
 * connections of a dialog. Readers: 0, or E_SYNTAX if it is not ours.
 */
void edge_put_branch(struct out *o, const struct edge *e, uint64_t conn,
                     struct slice client);
int edge_read_branch(const struct edge *e, uint64_t *conn, struct slice branch,
                     struct slice client);
void edge_put_tag(struct out *o, const struct edge *e,
                  const struct sip_msg *msg);
bool edge_is_own_tag(const struct edge *e, const struct sip_msg *msg);
void edge_put_token(struct out *o, const struct edge *e,
                    const uint64_t conn[2]);
int edge_read_token(const struct edge *e, uint64_t conn[2],
                    struct slice token);

#endif
