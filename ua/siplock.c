/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions: arguments copied, handed to the loop's thread. */
#include "ua/siplock.h"

#include "media/tap.h"
#include "sip/base/err.h"
#include "ua/account.h"
#include "ua/api.h"
#include "ua/direct.h"
#include "ua/loop.h"
#include "ua/sessions.h"
#include "ua/terms.h"
#include "ua/uri_check.h"

#define X(name, num, text)                                \
    _Static_assert((int)SIPLOCK_E##name == (int)E_##name, \
                   "the public error numbers are the internal ones");
ERR_MAP(X)
#undef X

const char *siplock_error_name(int error)
{
    switch (error) {
    case 0:
        return "SIPLOCK_OK";
#define X(name, num, text) \
    case E_##name:         \
        return "SIPLOCK_E" #name;
        ERR_MAP(X)
#undef X
    default:
        return "SIPLOCK_EUNKNOWN";
    }
}

const char *siplock_error_text(int error)
{
    return err_text(error);
}

const char *siplock_version(void)
{
    return "0.1.0";
}

void ua_api_cause(struct siplock_cause *out, enum cause_code code,
                  enum policy_why why, struct slice text)
{
    struct out o = out_of(out->text, sizeof(out->text));

    out->size = sizeof(*out);
    if (code == CAUSE_none)
        return;
    out->domain = cause_domain_name(cause_domain(code));
    out->code = cause_symbol(code);
    out->hint = cause_hint(code);
    if (why != POLICY_ALLOWED) {
        out->code = policy_refusal(why)->symbol;
        out->hint = policy_refusal(why)->remedy;
        out->asked_by = policy_refusal(why)->asked_by;
    }
    out_put(&o, text.n ? text : slice_cstr(cause_sentence(code)));
    (void)out_cstr(&o);
}

static struct siplock_str text_of(const struct ua_out *out, enum ua_text t)
{
    size_t at = 0;

    for (int i = 0; i < (int)t; i++)
        at += out->event.len[i];
    return (struct siplock_str){out->text.p ? out->text.p + at : NULL,
                                out->event.len[t]};
}

static struct siplock_str of_cstr(const char *s)
{
    return (struct siplock_str){s, slice_cstr(s).n};
}

static void fill_refusal(struct siplock_event *e, enum policy_why why)
{
    const struct policy_refusal *row = policy_refusal(why);

    e->why = row->symbol;
    e->asked_by = row->asked_by;
    e->remedy = row->remedy;
}

/* Whose id out->call is. */
static bool of_subscription(const struct ua_out *out)
{
    return out->event.type == SIPLOCK_EVENT_SUBSCRIPTION_STATE ||
           out->event.type == SIPLOCK_EVENT_NOTIFY;
}

static bool of_call(const struct ua_out *out)
{
    return !of_subscription(out) &&
           out->event.type != SIPLOCK_EVENT_MESSAGE_STATE;
}

/* On the loop's thread. */
static void on_event(void *user, const struct ua_out *out)
{
    struct siplock *s = user;
    struct siplock_str text = text_of(out, UA_TEXT_CAUSE);
    const struct siplock_call_info info = {
        .size = sizeof(info),
        .asserted = text_of(out, UA_TEXT_ASSERTED),
        .alert_info = text_of(out, UA_TEXT_ALERT),
        .call_info = text_of(out, UA_TEXT_CALL_INFO),
        .diversion = text_of(out, UA_TEXT_DIVERSION),
        .history_info = text_of(out, UA_TEXT_HISTORY),
        .user_to_user = text_of(out, UA_TEXT_UUI),
        .session_id = text_of(out, UA_TEXT_SESSION),
        .feature_caps = text_of(out, UA_TEXT_FEATURES),
        .reason = text_of(out, UA_TEXT_REASON),
    };
    struct siplock_event e = {
        .size = sizeof(e),
        .type = out->event.type,
        .account = {out->account},
        .state = out->event.state,
        .reg_id = out->event.reg_id,
        .status = out->event.status,
        .expires = out->event.expires,
        .retry_ms = out->event.retry_ms,
        .remote = text_of(out, UA_TEXT_REMOTE),
        .name = text_of(out, UA_TEXT_NAME),
        .tls = text_of(out, UA_TEXT_TLS),
        .suite = text_of(out, UA_TEXT_SUITE),
        .resumed = out->event.resumed,
        .bytes_sent = out->event.bytes_sent,
        .notice = out->event.notice,
        .seconds = out->event.seconds,
        .call = {of_call(out) ? out->call : 0},
        .subscription = {of_subscription(out) ? out->call : 0},
        .message = {out->event.type == SIPLOCK_EVENT_MESSAGE_STATE ? out->call
                                                                   : 0},
        .package = text_of(out, UA_TEXT_PACKAGE),
        .content_type = text_of(out, UA_TEXT_TYPE),
        .body = text_of(out, UA_TEXT_BODY),
        .other = {out->other},
        .related = {out->related},
        .reference = {out->reference},
        .notifier = out->event.notifier,
        .target = text_of(out, UA_TEXT_TARGET),
        .referred_by = text_of(out, UA_TEXT_BY),
        .direction = out->event.direction,
        .peer = text_of(out, UA_TEXT_PEER),
        .peer_name = text_of(out, UA_TEXT_PEER_NAME),
        .keying = of_cstr(out->event.keying),
        .codec = of_cstr(out->event.codec),
        .rate = out->event.rate,
        .digit = out->event.digit,
        .digit_ms = out->event.digit_ms,
        .info = out->event.type == SIPLOCK_EVENT_CALL_STATE ? &info : NULL,
        .stats = out->event.stats.size ? &out->event.stats : NULL,
    };

    if (!s->config.on_event)
        return;
    ua_api_cause(&e.cause, out->event.cause, out->event.why,
                 slice_of(text.p, text.n));
    if (e.type == SIPLOCK_EVENT_SESSIONS)
        e.sessions = (struct siplock_str){out->text.p, out->text.n};
    if (e.type == SIPLOCK_EVENT_POLICY_REFUSED)
        fill_refusal(&e, out->event.why);
    s->config.on_event(s->config.user, &e);
}

static int check_config(const struct siplock_config *config)
{
    if (config->size != sizeof(*config))
        return E_INVAL;
    if (!config->mem_alloc != !config->mem_free)
        return E_INVAL;
    if (config->floor < 0 || config->floor > SIPLOCK_LEVEL_MODERN)
        return E_INVAL;
    return 0;
}

int siplock_new(struct siplock **out, const struct siplock_config *config)
{
    struct ua_loop_config loop = {.uv = config->uv_loop,
                                  .user_agent = slice_cstr(config->user_agent),
                                  .event = on_event};
    struct ua_host host;
    struct siplock *s;
    int err = check_config(config);

    if (err)
        return err;
    err = ua_host_init(&host, config);
    if (err)
        return err;
    s = host.mem_alloc(host.user, sizeof(*s));
    if (!s)
        return E_NOMEM;
    *s = (struct siplock){.config = *config,
                          .floor = config->floor
                                       ? (enum policy_level)config->floor
                                       : POLICY_LEGACY_PBX};
    (void)ua_host_init(&s->host, config);
    loop.env = &s->host.env;
    loop.floor = s->floor;
    loop.user = s;
    err = ua_loop_new(&s->loop, &loop);
    if (err) {
        host.mem_free(host.user, s);
        return err;
    }
    *out = s;
    return 0;
}

int siplock_start(struct siplock *s)
{
    return ua_loop_start(s->loop);
}

int siplock_run(struct siplock *s)
{
    return ua_loop_run(s->loop);
}

int siplock_stop(struct siplock *s)
{
    return ua_loop_stop(s->loop);
}

static void freed(void *user)
{
    struct siplock *s = user;
    struct siplock_config config = s->config;
    void (*done)(void *user) = s->done;
    void (*mem_free)(void *user, void *p) = s->host.mem_free;

    mem_free(config.user, s);
    if (done)
        done(config.user);
    if (config.user_free)
        config.user_free(config.user);
}

void siplock_free(struct siplock *s, void (*done)(void *user))
{
    if (!s)
        return;
    s->done = done;
    ua_loop_free(s->loop, freed, s);
}

int ua_api_fail(struct siplock_cause *out, const struct cause *why, int err)
{
    if (out)
        ua_api_cause(out, why->code, (enum policy_why)why->refusal,
                     slice_cstr(why->text));
    return err;
}

int siplock_account_add(struct siplock *s, siplock_account *account,
                        const struct siplock_account_config *config,
                        struct siplock_cause *cause)
{
    struct ua_mail mail = {.kind = UA_MAIL_ADD};
    struct cause why;
    int err;

    cause_set(&why, CAUSE_config_invalid);
    if (config->size != sizeof(*config))
        return ua_api_fail(cause, &why, E_INVAL);
    err = ua_account_new(&mail.account, &s->host.env, s->floor, config, &why);
    if (err)
        return ua_api_fail(cause, &why, err);
    err = ua_anchors_load(&mail.anchors, &s->host.env, config, &why);
    if (!err) {
        cause_set(&why, CAUSE_table_full);
        err = ua_mailbox_add(ua_loop_mailbox(s->loop), &mail, &account->id);
        if (err == E_NOMEM)
            cause_set(&why, CAUSE_out_of_memory);
        if (err)
            ua_anchors_free(&mail.anchors);
    }
    if (!err)
        return 0;
    ua_account_free(mail.account, ua_host_now());
    return ua_api_fail(cause, &why, err);
}

int siplock_account_remove(struct siplock *s, siplock_account account)
{
    return ua_mailbox_about(ua_loop_mailbox(s->loop), UA_MAIL_REMOVE,
                            account.id);
}

int siplock_account_refresh(struct siplock *s, siplock_account account)
{
    return ua_mailbox_about(ua_loop_mailbox(s->loop), UA_MAIL_REFRESH,
                            account.id);
}

int siplock_sessions_export(struct siplock *s, const uint8_t *key)
{
    return ua_sessions_ask(s->loop, &s->host.env, key);
}

int siplock_sessions_import(struct siplock *s, const uint8_t *key,
                            struct siplock_str sealed)
{
    return ua_sessions_give(s->loop, &s->host.env, key,
                            slice_of(sealed.p, sealed.n));
}

static void on_keys(void *user, struct slice line)
{
    struct siplock *s = user;

    if (s->keylog)
        s->keylog(s->keylog_user, line.p, line.n);
}

int siplock_keylog(struct siplock *s,
                   void (*line)(void *user, const char *text, size_t n),
                   void *user)
{
    const struct tls_keylog keylog = {line ? on_keys : NULL, s};
    int err = ua_sessions_keylog(s->loop, &keylog);

    if (err)
        return err;
    s->keylog = line;
    s->keylog_user = user;
    return 0;
}

/* -------------------------------------------------------------- calls */

int ua_api_target(struct sip_uri *uri, const char *text, struct cause *why)
{
    enum policy_why refusal;

    cause_set_facts(why, CAUSE_config_invalid,
                    S("the address to call is no URI"));
    if (sip_uri_parse(uri, slice_cstr(text), NULL))
        return E_SYNTAX;
    refusal = ua_uri_check(uri);
    if (refusal == POLICY_ALLOWED)
        return 0;
    return ua_refused(why, refusal);
}

int siplock_call_start(struct siplock *s, siplock_call *call,
                       siplock_account account, const char *target,
                       struct siplock_cause *cause)
{
    const struct siplock_call_options options = {.size = sizeof(options),
                                                 .target = target};

    return siplock_call_start_with(s, call, account, &options, cause);
}

int siplock_call_start_with(struct siplock *s, siplock_call *call,
                            siplock_account account,
                            const struct siplock_call_options *options,
                            struct siplock_cause *cause)
{
    struct ua_terms terms;
    struct ua_mail mail = {
        .kind = UA_MAIL_CALL, .of = account.id, .terms = &terms};
    struct cause why;
    struct sip_uri uri;
    int err = ua_terms_read(&terms, options, &why);

    if (err)
        return ua_api_fail(cause, &why, err);
    mail.target = slice_cstr(options->target ? options->target : "");
    err = ua_api_target(&uri, options->target ? options->target : "", &why);
    if (err)
        return ua_api_fail(cause, &why, err);
    err = ua_mailbox_call(ua_loop_mailbox(s->loop), &mail, &call->id);
    if (!err)
        return 0;
    cause_set(&why, err == E_NOMEM  ? CAUSE_out_of_memory
                    : err == E_GONE ? CAUSE_call_account_removed
                                    : CAUSE_call_too_many);
    return ua_api_fail(cause, &why, err);
}

static int post_wish(struct siplock *s, siplock_call call,
                     const struct ua_wish *wish)
{
    const struct ua_mail mail = {
        .kind = UA_MAIL_WISH, .id = call.id, .wish = *wish};

    return ua_mailbox_about_call(ua_loop_mailbox(s->loop), &mail);
}

int siplock_call_ring(struct siplock *s, siplock_call call)
{
    return post_wish(s, call, &(struct ua_wish){.kind = UA_WISH_RING});
}

int siplock_call_early(struct siplock *s, siplock_call call)
{
    return post_wish(s, call, &(struct ua_wish){.kind = UA_WISH_EARLY});
}

int siplock_call_answer(struct siplock *s, siplock_call call)
{
    return post_wish(s, call, &(struct ua_wish){.kind = UA_WISH_ANSWER});
}

int siplock_call_reject(struct siplock *s, siplock_call call, unsigned status)
{
    struct ua_wish wish = {.kind = UA_WISH_REJECT, .status = status};

    if (status == 0)
        wish.status = 486;
    if (wish.status < 300 || wish.status > 699)
        return E_INVAL;
    return post_wish(s, call, &wish);
}

int siplock_call_hangup(struct siplock *s, siplock_call call)
{
    return post_wish(s, call, &(struct ua_wish){.kind = UA_WISH_HANGUP});
}

int siplock_call_hangup_for(struct siplock *s, siplock_call call,
                            unsigned status)
{
    if (status < 200 || status > 699)
        return E_INVAL;
    return post_wish(
        s, call, &(struct ua_wish){.kind = UA_WISH_HANGUP, .status = status});
}

int siplock_call_hold(struct siplock *s, siplock_call call)
{
    return post_wish(s, call, &(struct ua_wish){.kind = UA_WISH_HOLD});
}

int siplock_call_resume(struct siplock *s, siplock_call call)
{
    return post_wish(s, call, &(struct ua_wish){.kind = UA_WISH_RESUME});
}

int siplock_call_dtmf(struct siplock *s, siplock_call call, char digit,
                      unsigned ms)
{
    const struct ua_wish wish = {
        .kind = UA_WISH_DTMF, .digit = digit, .ms = ms};

    if (ms < MEDIA_DTMF_MS_MIN || ms > MEDIA_DTMF_MS_MAX || !digit ||
        slice_find(S("0123456789*#ABCD"), digit) == 16)
        return E_INVAL;
    return post_wish(s, call, &wish);
}

int siplock_audio_start(struct siplock *s, siplock_call call,
                        const struct siplock_audio *audio)
{
    const struct ua_mail mail = {.kind = UA_MAIL_AUDIO,
                                 .id = call.id,
                                 .audio = {.capture = audio->capture,
                                           .render = audio->render,
                                           .user = audio->user,
                                           .released = audio->released}};

    if (audio->size != sizeof(*audio))
        return E_INVAL;
    return ua_mailbox_about_call(ua_loop_mailbox(s->loop), &mail);
}

int siplock_audio_stop(struct siplock *s, siplock_call call)
{
    const struct ua_mail mail = {.kind = UA_MAIL_AUDIO, .id = call.id};

    return ua_mailbox_about_call(ua_loop_mailbox(s->loop), &mail);
}

/* ----------------------------------------------------------------- pcm */

struct siplock_pcm {
    const struct env *env;
    struct media_tap *tap;
};

int siplock_pcm_new(struct siplock_pcm **out, struct siplock *s, unsigned rate,
                    unsigned depth_ms)
{
    struct siplock_pcm *pcm = env_alloc(&s->host.env, sizeof(*pcm));
    int err;

    if (!pcm)
        return E_NOMEM;
    pcm->env = &s->host.env;
    err = media_tap_new(&pcm->tap, pcm->env, rate, depth_ms);
    if (err) {
        env_free(pcm->env, pcm);
        return err;
    }
    *out = pcm;
    return 0;
}

size_t siplock_pcm_read(struct siplock_pcm *pcm, int16_t *samples, size_t n)
{
    return media_tap_read(pcm->tap, samples, n);
}

size_t siplock_pcm_write(struct siplock_pcm *pcm, const int16_t *samples,
                         size_t n)
{
    return media_tap_write(pcm->tap, samples, n);
}

int siplock_audio_start_pcm(struct siplock *s, siplock_call call,
                            struct siplock_pcm *pcm)
{
    struct ua_mail mail = {.kind = UA_MAIL_AUDIO, .id = call.id};
    int err = media_tap_audio(pcm->tap, &mail.audio);

    if (err)
        return err;
    err = ua_mailbox_about_call(ua_loop_mailbox(s->loop), &mail);
    if (err && mail.audio.released)
        mail.audio.released(mail.audio.user);
    return err;
}

void siplock_pcm_free(struct siplock_pcm *pcm)
{
    if (!pcm)
        return;
    media_tap_free(pcm->tap);
    env_free(pcm->env, pcm);
}

static int net(struct siplock *s, enum ua_net_event event)
{
    const struct ua_mail mail = {.kind = UA_MAIL_NET, .event = event};

    return ua_mailbox_post(ua_loop_mailbox(s->loop), &mail);
}

int siplock_network_changed(struct siplock *s)
{
    return net(s, UA_NET_CHANGED);
}

int siplock_suspend(struct siplock *s)
{
    return net(s, UA_NET_SUSPEND);
}

int siplock_resume(struct siplock *s)
{
    return net(s, UA_NET_RESUME);
}

int ua_direct_listen(struct siplock *s, const struct ua_direct_config *config,
                     struct tls_addr *at)
{
    return ua_loop_listen(s->loop, config, at);
}

int siplock_check_uri(const char *uri, struct siplock_refusal *refusal)
{
    struct sip_uri parsed;
    enum policy_why why = POLICY_target_malformed;
    const struct policy_refusal *row;
    bool malformed = sip_uri_parse(&parsed, slice_cstr(uri), NULL) != 0;

    if (!malformed)
        why = ua_uri_check(&parsed);
    row = policy_refusal(why);
    if (refusal)
        *refusal = (struct siplock_refusal){.size = sizeof(*refusal)};
    if (why == POLICY_ALLOWED)
        return 0;
    if (refusal) {
        refusal->why = row->symbol;
        refusal->text = row->sentence;
        refusal->asked_by = row->asked_by;
        refusal->remedy = row->remedy;
    }
    return malformed ? E_SYNTAX : E_POLICY;
}
