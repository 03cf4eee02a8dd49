/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters: taking them strictly, finding them again later. */
#include "sip/param.h"

#include "sip/scan.h"

/* Text that a parser accepted: a value ends at ';' or white space. */
static struct slice accepted_value(struct sip_text *c)
{
    const char *from = c->p;
    struct slice raw;

    if (sip_at(c, '"') && sip_scan_quoted(c, &raw))
        return raw;
    while (c->p < c->end && *c->p != ';' && *c->p != ' ' && *c->p != '\t')
        c->p++;
    return slice_between(from, c->p);
}

bool sip_param_next(struct slice *rest, struct sip_param *param)
{
    struct sip_text c = sip_text_of(*rest);
    const char *from;

    if (!sip_scan_sep(&c, ';'))
        return false;
    *param = (struct sip_param){0};
    from = c.p;
    while (c.p < c.end && *c.p != '=' && *c.p != ';' && *c.p != ' ' &&
           *c.p != '\t')
        c.p++;
    param->name = slice_between(from, c.p);
    if (sip_scan_sep(&c, '=')) {
        param->has_value = true;
        param->value = accepted_value(&c);
    }
    *rest = sip_rest(&c);
    return true;
}

bool sip_param_get(struct slice params, struct slice name, struct slice *value)
{
    struct sip_param p;

    while (sip_param_next(&params, &p))
        if (slice_ieq(p.name, name)) {
            *value = p.value;
            return true;
        }
    return false;
}

void sip_text_unquote(struct out *o, struct slice raw)
{
    if (raw.n < 2 || raw.p[0] != '"' || raw.p[raw.n - 1] != '"') {
        out_put(o, raw);
        return;
    }
    raw = slice_of(raw.p + 1, raw.n - 2);
    while (raw.n) {
        size_t n = slice_find(raw, '\\');

        out_put(o, slice_of(raw.p, n));
        raw = slice_skip(raw, n);
        if (raw.n > 1)
            out_char(o, raw.p[1]);
        raw = slice_skip(raw, 2);
    }
}
