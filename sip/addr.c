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
static bool take_display(struct sip_text *t, struct slice *display)
{
    const char *from = t->p;
    const char *end = t->p;
    struct slice part;

    if (sip_at(t, '"')) {
        if (!sip_scan_quoted(t, &part))
            return false;
        end = t->p;
        sip_scan_ws(t);
    } else if (!sip_at(t, '<')) {
        while (sip_scan_token(t, &part)) {
            end = t->p;
            sip_scan_ws(t);
        }
    }
    *display = slice_between(from, end);
    return sip_at(t, '<');
}

int sip_addr_scan(struct sip_text *t, struct sip_addr *addr)
{
    const char *from = t->p;
    int err;

    addr->params = addr->tag = (struct slice){0};
    addr->brackets = take_display(t, &addr->display);
    if (addr->brackets) {
        t->p++;
        err = sip_uri_take(t, &addr->uri, false);
        if (!err && !sip_take(t, '>'))
            err = E_SYNTAX;
    } else if (from < t->end && *from == '"') {
        *addr = (struct sip_addr){0};
        return E_SYNTAX;
    } else {
        t->p = from;
        addr->display = (struct slice){0};
        err = sip_uri_take(t, &addr->uri, true);
    }
    addr->text = slice_between(from, t->p);
    return err;
}

int sip_addr_take(struct cursor *c, struct sip_addr *addr)
{
    struct sip_text t = sip_text_of(cursor_rest(c));
    int err = sip_addr_scan(&t, addr);

    c->p = t.p;
    return err;
}
