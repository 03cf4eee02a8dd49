/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what is only ever shown: identities, diversions, alerts. */
#include "ua/about.h"

#include "sip/chars.h"

static bool clean(struct slice s)
{
    while (s.n) {
        unsigned char ch = (unsigned char)s.p[0];
        size_t n = ch < 0x80 ? 1 : sip_utf8_len(s);

        /* C1 controls are two bytes: 0xc2 and up to 0x9f. */
        if (!n || (ch < 0x20 && ch != '\t') || ch == 0x7f ||
            (ch == 0xc2 && n == 2 && (unsigned char)s.p[1] < 0xa0))
            return false;
        s = slice_skip(s, n);
    }
    return true;
}

/* As much of clean text as there is room for; a tab becomes a space. */
static void put(struct out *o, struct slice s)
{
    while (s.n) {
        unsigned char ch = (unsigned char)s.p[0];
        size_t n = ch < 0x80 ? 1 : sip_utf8_len(s);

        if (o->n + n > UA_ABOUT_MAX)
            return;
        if (ch == '\t')
            out_char(o, ' ');
        else
            out_put(o, slice_of(s.p, n));
        s = slice_skip(s, n);
    }
}

static void add(struct out *o, struct slice value)
{
    if (!value.n || !clean(value) || o->n + 2 >= UA_ABOUT_MAX)
        return;
    if (o->n)
        out_lit(o, ", ");
    put(o, value);
}

/* All header fields of that name, known to the parser or not. */
static void add_named(struct out *o, const struct sip_msg *msg,
                      struct slice name)
{
    for (unsigned i = 0; i < msg->nhdr; i++)
        if (slice_ieq(msg->hdr[i].name, name))
            add(o, msg->hdr[i].value);
}

static void add_known(struct out *o, const struct sip_msg *msg,
                      enum sip_hdr_id id)
{
    for (const struct sip_hdr *h = sip_msg_hdr(msg, id, NULL); h;
         h = sip_msg_hdr(msg, id, h))
        add(o, h->value);
}

static void add_asserted(struct out *o, const struct sip_msg *msg)
{
    for (const struct sip_route *r = msg->asserted_identity; r; r = r->next)
        add(o, r->addr.text);
}

static void add_one(struct out *o, const struct sip_msg *msg, int text,
                    bool asserted)
{
    switch (text) {
    case UA_TEXT_ASSERTED:
        if (asserted)
            add_asserted(o, msg);
        break;
    case UA_TEXT_ALERT:
        add_known(o, msg, SIP_HDR_ALERT_INFO);
        break;
    case UA_TEXT_CALL_INFO:
        add_known(o, msg, SIP_HDR_CALL_INFO);
        break;
    case UA_TEXT_DIVERSION:
        add_named(o, msg, S("Diversion"));
        break;
    case UA_TEXT_HISTORY:
        add_named(o, msg, S("History-Info"));
        break;
    case UA_TEXT_UUI:
        add_named(o, msg, S("User-to-User"));
        break;
    case UA_TEXT_SESSION:
        add_known(o, msg, SIP_HDR_SESSION_ID);
        break;
    case UA_TEXT_FEATURES:
        add_known(o, msg, SIP_HDR_FEATURE_CAPS);
        break;
    case UA_TEXT_REASON:
        add_known(o, msg, SIP_HDR_REASON);
        break;
    default:
        break;
    }
}

void ua_about_take(struct ua_about *info, const struct env *env,
                   const struct sip_msg *msg, bool asserted)
{
    for (int i = UA_TEXT_ABOUT; i < UA_TEXT_ABOUT_END; i++) {
        struct slice *place = &info->text[i - UA_TEXT_ABOUT], copy;
        char text[UA_ABOUT_MAX];
        struct out o = out_of(text, sizeof(text));

        add_one(&o, msg, i, asserted);
        if (!o.n || o.err || env_copy(env, &copy, out_slice(&o)))
            continue;
        env_free(env, (void *)(uintptr_t)place->p);
        *place = copy;
    }
}

void ua_about_free(struct ua_about *info, const struct env *env)
{
    for (int i = 0; i < UA_TEXT_ABOUT_END - UA_TEXT_ABOUT; i++)
        env_free(env, (void *)(uintptr_t)info->text[i].p);
    *info = (struct ua_about){0};
}

void ua_about_texts(const struct ua_about *info,
                    struct slice text[UA_TEXT_COUNT])
{
    for (int i = UA_TEXT_ABOUT; i < UA_TEXT_ABOUT_END; i++)
        text[i] = info->text[i - UA_TEXT_ABOUT];
}
