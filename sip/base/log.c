/* SPDX-License-Identifier: Apache-2.0 */
/* The log: fields by their kind to one printable line. */
#include "sip/base/log.h"

#include "sip/base/err.h"
#include "sip/base/secret.h"

static bool plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
           c == ':' || c == '[' || c == ']' || c == '@' || c == '*' ||
           c == '+' || c == '~' || c == '!' || c == '%' || c == '/';
}

/* Peer bytes: one token, never a space, quote or control character. */
static void put_plain(struct out *o, struct slice s)
{
    for (size_t i = 0; i < s.n && i < LOG_VALUE_MAX; i++)
        out_char(o, plain(s.p[i]) ? s.p[i] : '?');
    if (s.n > LOG_VALUE_MAX)
        out_lit(o, "...");
}

int log_person_tag(const struct env *env, struct out *o, struct slice text)
{
    uint8_t md[ENV_MD_MAX];
    const struct slice parts[] = {slice_of(env->log->key, LOG_KEY), text};
    int err = env->md(env->user, ENV_SHA256, parts, 2, md);

    out_lit(o, "p:");
    if (err)
        out_char(o, '?');
    else
        out_hex(o, md, 4);
    secret_wipe(md, sizeof(md));
    return err;
}

static void put_num(struct out *o, int64_t v)
{
    if (v < 0)
        out_char(o, '-');
    out_u64(o, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static void put_field(const struct env *env, struct out *o,
                      const struct log_field *f)
{
    out_char(o, ' ');
    out_put(o, slice_cstr(f->name));
    out_char(o, '=');
    switch (f->kind) {
    case LOG_KIND_LIT:
        out_put(o, f->text);
        break;
    case LOG_KIND_NUM:
        put_num(o, f->num);
        break;
    case LOG_KIND_LEN:
        out_char(o, '<');
        put_num(o, f->num);
        out_lit(o, " bytes>");
        break;
    case LOG_KIND_HOST:
    case LOG_KIND_TOKEN:
        put_plain(o, f->text);
        break;
    case LOG_KIND_PERSON:
        (void)log_person_tag(env, o, f->text);
        break;
    }
}

void log_write(const struct env *env, const struct log_record *record)
{
    struct log *log = env->log;
    char line[LOG_LINE_MAX];

    if (!log || !log->sink || record->level > log->level)
        return;
    struct out o = out_of(line, sizeof(line));

    out_put(&o, slice_cstr(record->what));
    for (size_t i = 0; i < record->nfields; i++)
        put_field(env, &o, &record->field[i]);
    log->sink(log->user, record->level, out_slice(&o));
}
