/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a call: each value is checked before it can be written. */
#include "ua/terms.h"

#include <string.h>

#include "sip/base/err.h"
#include "sip/chars.h"
#include "ua/uri_check.h"

/* RFC 3323 4.2, 3325, 7044: known values only, ; between. */
static bool is_privacy(struct slice s)
{
    static const char *const values[] = {"id",   "header",   "session", "user",
                                         "none", "critical", "history"};
    bool known = s.n > 0;

    while (known && s.n) {
        size_t n = slice_find(s, ';');
        struct slice one = slice_of(s.p, n);

        known = false;
        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
            known = known || slice_eq(one, slice_cstr(values[i]));
        known = known && n + 1 != s.n; /* nothing after the last ; */
        s = slice_skip(s, n + 1);
    }
    return known;
}

/* RFC 7433 4.1: one value, a token, and parameters. */
static bool is_uui(struct slice s)
{
    size_t n = slice_find(s, ';');
    struct slice params = slice_skip(s, n);

    if (!sip_token_ok(slice_of(s.p, n)))
        return false;
    for (size_t i = 0; i < params.n; i++)
        if (params.p[i] <= 0x20 || params.p[i] >= 0x7f || params.p[i] == ',')
            return false;
    return true;
}

static int read_texts(struct ua_terms *terms,
                      const struct siplock_call_options *options,
                      struct cause *why)
{
    struct slice privacy = slice_cstr(options->privacy);
    struct slice uui = slice_cstr(options->user_to_user);

    if (privacy.n >= sizeof(terms->privacy) || uui.n >= sizeof(terms->uui)) {
        cause_set_facts(why, CAUSE_config_invalid,
                        S("privacy or user_to_user is too long"));
        return E_TOOBIG;
    }
    if (options->privacy && !is_privacy(privacy))
        return ua_config_fault(why, "privacy has a value that is not known");
    if (options->user_to_user && !is_uui(uui))
        return ua_config_fault(why,
                               "user_to_user is no token with parameters");
    if (privacy.n)
        memcpy(terms->privacy, privacy.p, privacy.n);
    if (uui.n)
        memcpy(terms->uui, uui.p, uui.n);
    return 0;
}

int ua_terms_read(struct ua_terms *terms,
                  const struct siplock_call_options *options,
                  struct cause *why)
{
    *terms = (struct ua_terms){0};
    if (options->size != sizeof(*options))
        return ua_config_fault(why,
                               "the size of the options is not the library's");
    terms->no_offer = options->no_offer != 0;
    terms->reliable = options->reliable != 0;
    terms->follow = options->follow_redirects != 0;
    terms->update = options->update != 0;
    terms->anonymous = options->anonymous != 0;
    return read_texts(terms, options, why);
}
