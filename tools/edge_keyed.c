/* SPDX-License-Identifier: Apache-2.0 */
/* What only this edge can have made: branches, To tags and flow tokens. */
#include "sip/base/err.h"
#include "sip/base/hash.h"
#include "tools/edge.h"

static uint64_t keyed(const struct edge *e, struct slice text)
{
    return hash_keyed(e->key, text) ^ hash_keyed(e->key + HASH_KEY, text);
}

static bool same_text(const struct out *o, struct slice text)
{
    return !o->err && slice_eq_ct(out_slice(o), text);
}

void edge_put_branch(struct out *o, const struct edge *e, uint64_t conn,
                     struct slice client)
{
    out_lit(o, "z9hG4bKe");
    out_u64(o, conn);
    out_char(o, '.');
    out_u64(o, keyed(e, client) ^ conn);
}

int edge_read_branch(const struct edge *e, uint64_t *conn, struct slice branch,
                     struct slice client)
{
    char text[EDGE_KEYED_MAX];
    struct out o = out_of(text, sizeof(text));
    struct slice number = slice_skip(branch, S("z9hG4bKe").n);

    if (!slice_starts(branch, S("z9hG4bKe")) ||
        slice_u64(conn, slice_of(number.p, slice_find(number, '.')),
                  UINT64_MAX))
        return E_SYNTAX;
    edge_put_branch(&o, e, *conn, client);
    return same_text(&o, branch) ? 0 : E_SYNTAX;
}

void edge_put_tag(struct out *o, const struct edge *e,
                  const struct sip_msg *msg)
{
    out_lit(o, "e");
    out_u64(o, keyed(e, msg->via->branch) ^ 1);
}

bool edge_is_own_tag(const struct edge *e, const struct sip_msg *msg)
{
    char text[EDGE_KEYED_MAX];
    struct out o = out_of(text, sizeof(text));

    edge_put_tag(&o, e, msg);
    return same_text(&o, msg->to.tag);
}

void edge_put_token(struct out *o, const struct edge *e,
                    const uint64_t conn[2])
{
    size_t from = o->n;

    out_u64(o, conn[0]);
    out_char(o, '.');
    out_u64(o, conn[1]);

    uint64_t mac = keyed(e, slice_of(o->p + from, o->n - from)) ^ 2;

    out_char(o, '.');
    out_u64(o, mac);
}

int edge_read_token(const struct edge *e, uint64_t conn[2], struct slice token)
{
    char text[EDGE_KEYED_MAX];
    struct out o = out_of(text, sizeof(text));
    struct slice rest = token;

    for (int i = 0; i < 2; i++) {
        size_t n = slice_find(rest, '.');

        if (slice_u64(&conn[i], slice_of(rest.p, n), UINT64_MAX))
            return E_SYNTAX;
        rest = slice_skip(rest, n + 1);
    }
    edge_put_token(&o, e, conn);
    return same_text(&o, token) ? 0 : E_SYNTAX;
}
