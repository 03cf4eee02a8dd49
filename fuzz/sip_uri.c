/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz: URIs, first line by first line; two of them are compared. */
#include "fuzz/target.h"
#include "sip/base/err.h"
#include "sip/write.h"

/* Read; written from its parts it must be read as the same. */
static bool check(struct sip_uri *u, struct slice text)
{
    static char page[1 << 16];
    size_t at = SIZE_MAX;
    struct sip_uri parts;
    struct sip_uri back;
    struct out o = out_of(page, sizeof(page));
    int err = sip_uri_parse(u, text, &at);

    must(at <= text.n);
    if (err)
        return false;
    must(sip_uri_eq(u, u) && sip_uri_same_aor(u, u));
    if (u->scheme != SIP_SCHEME_SIP && u->scheme != SIP_SCHEME_SIPS)
        return true;
    parts = *u;
    parts.text.n = 0;
    sip_write_uri(&o, &parts);
    if (o.err == E_TOOBIG || (parts.params.n == 0 && parts.transport.n))
        return true;
    must(o.err == 0 && !sip_uri_parse(&back, out_slice(&o), NULL));
    must(sip_uri_eq(u, &back));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice all = slice_of(data, size);
    struct slice first = slice_of(all.p, slice_find(all, '\n'));
    struct slice second = slice_skip(all, first.n + 1);
    struct sip_uri a;
    struct sip_uri b;

    if (check(&a, first) && check(&b, second))
        must(sip_uri_eq(&a, &b) == sip_uri_eq(&b, &a));
    return 0;
}
