/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters: ;name=value lists of header fields and URIs. */
#ifndef SIP_PARAM_H
#define SIP_PARAM_H

#include "sip/base/out.h"

struct sip_param {
    struct slice name;
    struct slice value; /* quotes of a quoted string included */
    bool has_value;
};

/* Of a parameter that sip_scan_param gave: is its value a token? */
static inline bool sip_param_is_token(const struct sip_param *param)
{
    return param->value.n && param->value.p[0] != '"' &&
           param->value.p[0] != '[';
}

/*
 * Takes the next parameter of a list that a parser has accepted (text that
 * starts with ';', like the params members of the views) and moves *rest
 * past it. False at the end.
 */
bool sip_param_next(struct slice *rest, struct sip_param *param);

/* By name in any case; false if it is not there. */
bool sip_param_get(struct slice params, struct slice name,
                   struct slice *value);

/* Text within a quoted string, unescaped once; other text as it is. What
 * comes out may hold any byte but CR and LF. */
void sip_text_unquote(struct out *o, struct slice raw);

#endif
