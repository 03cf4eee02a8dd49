/* SPDX-License-Identifier: Apache-2.0 */
/* Reading name-addr and addr-spec. */
#include "sip/addr.h"

#include "sip/base/err.h"
#include "sip/scan.h"

/*
 * *(token LWS) or a quoted string before "<" (RFC 3261 25.1; that no LWS is
 * needed before "<" says RFC 4475 3.1.1.6). False if no "<" follows: then
 * it may be an addr-spec.
 */
static bool take_display(struct cursor *c, struct slice *display)
{
    const char *from = c->p;
    const char *end = c->p;
    struct slice part;

    if (cursor_at(c, '"')) {
        if (!sip_scan_quoted(c, &part))
            return false;
        end = c->p;
        sip_scan_ws(c);
    } else if (!cursor_at(c, '<')) {
        while (sip_scan_token(c, &part)) {
            end = c->p;
            sip_scan_ws(c);
        }
    }
    *display = slice_between(from, end);
    return cursor_at(c, '<');
}

int sip_addr_take(struct cursor *c, struct sip_addr *addr)
{
    const char *from = c->p;
    int err;

    addr->text = addr->params = addr->tag = (struct slice){0};
    addr->brackets = false;
    if (!take_display(c, &addr->display)) {
        if (*from == '"') {
            *addr = (struct sip_addr){0};
            return E_SYNTAX;
        }
        c->p = from;
        addr->display = (struct slice){0};
        err = sip_uri_take(c, &addr->uri, true);
    } else {
        c->p++;
        err = sip_uri_take(c, &addr->uri, false);
        if (!err && !cursor_take(c, '>'))
            err = E_SYNTAX;
        addr->brackets = true;
    }
    addr->text = slice_between(from, c->p);
    return err;
}

int sip_addr_next(struct cursor *c, struct sip_addr *addr,
                  struct sip_param *param)
{
    const char *from = addr->params.n ? addr->params.p : NULL;
    const char *before = c->p;

    sip_scan_ws(c);
    if (!from)
        from = c->p;
    c->p = before;
    if (!sip_scan_sep(c, ';'))
        return E_NOTFOUND;
    if (!sip_param_take(c, param))
        return E_SYNTAX;
    addr->params = slice_between(from, c->p);
    addr->text = slice_between(addr->text.p, c->p);
    return 0;
}
