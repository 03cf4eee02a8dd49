/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a call: each value is checked before it can be written. */
#include "ua/terms.h"

#include "sip/base/err.h"

int ua_terms_read(struct ua_terms *terms,
                  const struct siplock_call_options *options,
                  struct cause *why)
{
    *terms = (struct ua_terms){0};
    if (options->size != sizeof(*options)) {
        cause_set_facts(why, CAUSE_config_invalid,
                        S("the size of the options is not the library's"));
        return E_INVAL;
    }
    terms->no_offer = options->no_offer != 0;
    terms->reliable = options->reliable != 0;
    terms->follow = options->follow_redirects != 0;
    terms->update = options->update != 0;
    return 0;
}
