/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in edge: connections, and the registrar (RFC 3261 10.3). */
#include "tools/edge.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/digest.h"
#include "sip/write.h"

enum { ANSWER_MAX = 8192 };

int edge_init(struct edge *e, const struct edge_config *config)
{
    *e = (struct edge){.config = *config};
    idtab_init(&e->conns, config->env, EDGE_CONNS_MAX);
    arena_pool_init(&e->pool, config->env);
    arena_init(&e->arena, &e->pool);
    return edge_forget(e);
}

void edge_free(struct edge *e)
{
    struct edge_conn *conn;
    uint32_t pos = 0;

    while ((conn = idtab_next(&e->conns, &pos)))
        edge_conn_gone(e, conn->id);
    idtab_free(&e->conns);
    arena_reset(&e->arena);
    arena_pool_free(&e->pool);
    secret_wipe(e->user, sizeof(e->user));
}

int edge_forget(struct edge *e)
{
    for (size_t i = 0; i < e->users; i++) {
        e->user[i].bindings = 0;
        e->user[i].nonce[0].n = e->user[i].nonce[1].n = 0;
    }
    return e->config.env->rand(e->config.env->user, e->key, sizeof(e->key));
}

int edge_add_user(struct edge *e, struct slice name, struct slice password)
{
    const struct slice parts[3] = {name, e->config.domain, password};
    struct edge_user *user = &e->user[e->users];

    if (e->users == EDGE_USERS_MAX)
        return E_FULL;
    if (name.n > sizeof(user->name))
        return E_TOOBIG;
    memcpy(user->name, name.p, name.n);
    user->name_n = name.n;
    e->users++;
    return sip_digest_ha1(e->config.env, e->config.md, parts, &user->ha1);
}

struct edge_user *edge_find_user(struct edge *e, struct slice name)
{
    for (size_t i = 0; i < e->users; i++)
        if (slice_eq(slice_of(e->user[i].name, e->user[i].name_n), name))
            return &e->user[i];
    return NULL;
}

size_t edge_bound(const struct edge *e, struct now now, struct slice name)
{
    size_t n = 0;

    for (size_t i = 0; i < e->users; i++)
        for (size_t b = 0; b < e->user[i].bindings; b++)
            if (slice_eq(slice_of(e->user[i].name, e->user[i].name_n), name) &&
                e->user[i].binding[b].until > now.boot)
                n++;
    return n;
}

/* --------------------------------------------------------- connections */

int edge_conn_new(struct edge *e, uint64_t *id)
{
    struct edge_conn *conn = env_alloc(e->config.env, sizeof(*conn));
    int err;

    if (!conn)
        return E_NOMEM;
    err = idtab_add(&e->conns, &conn->id, conn);
    if (err) {
        env_free(e->config.env, conn);
        return err;
    }
    sip_stream_init(&conn->stream, e->config.env);
    *id = conn->id;
    return 0;
}

static void drop_binding(struct edge_user *user, size_t i)
{
    user->bindings--;
    if (i < user->bindings)
        user->binding[i] = user->binding[user->bindings];
}

/* RFC 5626 5.3: what came over a connection goes with it. */
void edge_conn_gone(struct edge *e, uint64_t id)
{
    struct edge_conn *conn = idtab_get(&e->conns, id);

    if (!conn)
        return;
    for (size_t u = 0; u < e->users; u++)
        for (size_t b = e->user[u].bindings; b > 0; b--)
            if (e->user[u].binding[b - 1].conn == id)
                drop_binding(&e->user[u], b - 1);
    idtab_remove(&e->conns, id);
    sip_stream_free(&conn->stream);
    env_free(e->config.env, conn);
}

void edge_answer(struct edge *e, uint64_t conn, const struct sip_msg *msg,
                 unsigned status)
{
    char text[ANSWER_MAX], tag[EDGE_KEYED_MAX];
    struct out o = out_of(text, sizeof(text)), t = out_of(tag, sizeof(tag));
    const struct sip_write_src src = {{0}, 0};

    edge_put_tag(&t, e, msg);
    sip_write_response(&o, msg, status, out_slice(&t), &src);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    if (!o.err)
        e->config.send(e->config.user, conn, out_slice(&o));
}

/* ----------------------------------------------------------- registrar */

static void answer_423(struct edge *e, uint64_t conn,
                       const struct sip_msg *msg)
{
    char text[ANSWER_MAX];
    struct out o = out_of(text, sizeof(text));
    const struct sip_write_src src = {{0}, 0};

    e->counts.brief++;
    sip_write_response(&o, msg, 423, S("edge"), &src);
    sip_write_u32(&o, SIP_HDR_MIN_EXPIRES, e->config.min_expires);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    if (!o.err)
        e->config.send(e->config.user, conn, out_slice(&o));
}

static void put_contact(struct out *o, const struct edge_binding *b,
                        struct now now)
{
    char seconds[24];
    struct out s = out_of(seconds, sizeof(seconds));
    struct sip_uri uri;
    struct sip_param param = {S("expires"), {0}, true};
    struct sip_waddr addr = {.uri = &uri, .params = &param, .nparams = 1};

    out_u64(&s, (uint64_t)((b->until - now.boot + 999) / 1000));
    param.value = out_slice(&s);
    if (sip_uri_parse(&uri, slice_of(b->uri, b->uri_n), NULL))
        return;
    sip_write_addr(o, SIP_HDR_CONTACT, &addr);
}

static void answer_200(struct edge *e, struct now now, uint64_t conn,
                       const struct sip_msg *msg, const struct edge_user *user)
{
    char text[ANSWER_MAX], tag[32];
    struct out o = out_of(text, sizeof(text));
    const struct sip_write_src src = {{0}, 0};

    if (env_rand_hex(e->config.env, tag, sizeof(tag) / 2))
        return;
    sip_write_response(&o, msg, 200, slice_of(tag, sizeof(tag)), &src);
    for (size_t i = 0; i < user->bindings; i++)
        if (user->binding[i].until > now.boot)
            put_contact(&o, &user->binding[i], now);
    edge_put_info(&o, e, msg, user);
    sip_write_body(&o, slice_of(NULL, 0), slice_of(NULL, 0));
    if (!o.err)
        e->config.send(e->config.user, conn, out_slice(&o));
}

static void forget_expired(struct edge_user *user, struct now now)
{
    for (size_t b = user->bindings; b > 0; b--)
        if (user->binding[b - 1].until <= now.boot)
            drop_binding(user, b - 1);
}

/* RFC 3261 10.3 step 7 for one Contact. False: no room for it. */
static bool bind_contact(struct edge_user *user, struct now now, uint64_t conn,
                         const struct sip_contact *c, uint32_t expires)
{
    struct slice uri = c->addr.uri.text;
    size_t i = 0;

    while (
        i < user->bindings &&
        !slice_eq(slice_of(user->binding[i].uri, user->binding[i].uri_n), uri))
        i++;
    if (expires == 0) {
        if (i < user->bindings)
            drop_binding(user, i);
        return true;
    }
    if (i == EDGE_BINDINGS_MAX || uri.n > EDGE_CONTACT_MAX)
        return false;
    if (i == user->bindings)
        user->bindings++;
    memcpy(user->binding[i].uri, uri.p, uri.n);
    user->binding[i].uri_n = uri.n;
    user->binding[i].conn = conn;
    user->binding[i].until = now.boot + (int64_t)expires * 1000;
    return true;
}

static uint32_t wanted(const struct edge *e, const struct sip_msg *msg,
                       const struct sip_contact *c)
{
    uint32_t expires =
        msg->has & SIP_HAS_EXPIRES ? msg->expires : e->config.max_expires;

    if (c->has_expires)
        expires = c->expires;
    return expires > e->config.max_expires ? e->config.max_expires : expires;
}

static void got_register(struct edge *e, struct now now, uint64_t conn,
                         const struct sip_msg *msg)
{
    struct edge_user *user = edge_find_user(e, msg->to.uri.user);

    if (!user) {
        edge_answer(e, conn, msg, 404);
        return;
    }
    if (edge_authorize(e, now, conn, msg, user))
        return;
    forget_expired(user, now);
    for (const struct sip_contact *c = msg->contact; c; c = c->next) {
        uint32_t expires = wanted(e, msg, c);

        if (expires && expires < e->config.min_expires) {
            answer_423(e, conn, msg);
            return;
        }
        if (!bind_contact(user, now, conn, c, expires)) {
            edge_answer(e, conn, msg, 503);
            return;
        }
        if (expires)
            e->counts.registered++;
        else
            e->counts.unregistered++;
    }
    answer_200(e, now, conn, msg, user);
}

static void got_message(struct edge *e, struct now now, uint64_t conn,
                        struct slice bytes)
{
    struct sip_parse_err fault = {0};
    struct sip_msg msg;

    if (sip_msg_parse(&msg, &e->arena, bytes, &fault))
        e->counts.malformed++;
    else if (!msg.request)
        edge_return(e, &msg);
    else if (msg.method == SIP_REGISTER)
        got_register(e, now, conn, &msg);
    else
        edge_forward(e, now, conn, &msg);
    arena_rewind(&e->arena);
}

void edge_bytes(struct edge *e, struct now now, uint64_t id,
                struct slice bytes)
{
    struct edge_conn *conn = idtab_get(&e->conns, id);
    struct sip_stream_item item;
    int err = conn ? sip_stream_push(&conn->stream, bytes) : E_GONE;

    while (!err) {
        err = sip_stream_next(&conn->stream, &item);
        if (err)
            break;
        if (item.kind == SIP_STREAM_PING)
            e->config.send(e->config.user, id, S("\r\n"));
        else if (item.kind == SIP_STREAM_MESSAGE)
            got_message(e, now, id, item.bytes);
        if (idtab_get(&e->conns, id) != conn)
            return; /* a send ended the connection */
    }
    if (err == E_SYNTAX || err == E_TOOBIG || err == E_NOMEM)
        e->config.hangup(e->config.user, id);
}
