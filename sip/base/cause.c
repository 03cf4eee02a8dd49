/* SPDX-License-Identifier: Apache-2.0 */
/* Causes: from the one table to symbols, sentences and hints. */
#include "sip/base/cause.h"

#include <string.h>

struct cause_row {
    enum cause_domain domain;
    const char *symbol;
    const char *text;
    const char *hint;
};

static const struct cause_row rows[CAUSE_CODE_COUNT] = {
#define X(symbol, domain, text, hint) \
    [CAUSE_##symbol] = {CAUSE_##domain, #symbol, text, hint},
    CAUSE_MAP(X)
#undef X
};

static const char *const domains[CAUSE_DOMAIN_COUNT] = {
#define X(name, text) [CAUSE_##name] = text,
    CAUSE_DOMAIN_MAP(X)
#undef X
};

static const struct cause_row *row_of(enum cause_code code)
{
    return (unsigned)code < CAUSE_CODE_COUNT ? &rows[code]
                                             : &rows[CAUSE_internal];
}

enum cause_domain cause_domain(enum cause_code code)
{
    return row_of(code)->domain;
}

const char *cause_domain_name(enum cause_domain domain)
{
    return (unsigned)domain < CAUSE_DOMAIN_COUNT ? domains[domain] : "none";
}

const char *cause_symbol(enum cause_code code)
{
    return row_of(code)->symbol;
}

const char *cause_sentence(enum cause_code code)
{
    return row_of(code)->text;
}

const char *cause_hint(enum cause_code code)
{
    return row_of(code)->hint;
}

void cause_set(struct cause *c, enum cause_code code)
{
    cause_set_facts(c, code, slice_of(NULL, 0));
}

/* Facts may quote a peer: control characters and non-ASCII become '?'. */
static void put_printable(struct out *o, struct slice s)
{
    for (size_t i = 0; i < s.n && o->n + 1 < o->cap; i++) {
        char c = s.p[i];

        out_char(o, c >= 0x20 && c < 0x7f ? c : '?');
    }
}

void cause_set_facts(struct cause *c, enum cause_code code, struct slice facts)
{
    struct out o = out_of(c->text, sizeof(c->text));

    c->code = code;
    c->refusal = 0;
    c->date = 0;
    out_put(&o, slice_cstr(cause_sentence(code)));
    if (facts.n)
        out_lit(&o, ": ");
    put_printable(&o, facts);
    (void)out_cstr(&o);
}

void cause_add_fact(struct cause *c, struct slice fact)
{
    struct out o = out_of(c->text, sizeof(c->text));
    bool first = strcmp(c->text, cause_sentence(c->code)) == 0;

    o.n = strlen(c->text);
    put_printable(&o, first ? S(": ") : S(", "));
    put_printable(&o, fact);
    (void)out_cstr(&o);
}
