/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted server for the core: it hears what is sent, and answers. */
#ifndef TEST_CORE_KIT_H
#define TEST_CORE_KIT_H

#include "sip/base/idtab.h"
#include "sip/base/log.h"
#include "sip/msg.h"
#include "test/oom.h"
#include "ua/core.h"

enum { ID = 1, SENT_MAX = 512, EVENTS_MAX = 64 };
#define KIT_ID(id) ((uint64_t)1 << 32 | (id))
#define KIT_ACCOUNT KIT_ID(ID)

/* The driver: keeps what the core said. */
struct kit {
    struct oom mem;
    struct env env;
    struct log log;
    struct policy *policy;
    struct ua_core *core;
    struct env own; /* of the kit's own memory, which never fails */
    struct arena_pool pool;
    struct arena arena;
    struct now now;
    uint64_t flow; /* the last one dialled, unless a test changes it */
    bool up;       /* it is */
    bool two;      /* others may be, too */
    char *sent[SENT_MAX];
    uint64_t sent_on[SENT_MAX]; /* the flow */
    unsigned sents;
    struct ua_event event[EVENTS_MAX];
    uint64_t event_of[EVENTS_MAX]; /* its account */
    unsigned events;
    /* Calls: ids from `ids`, media that is bound at once unless held. */
    struct idtab ids;
    uint64_t call;      /* of the last output or event of one */
    uint64_t reference; /* of the last event of one */
    bool hold_media, fail_media;
    uint8_t moved; /* last byte of our address, if it is not 7 */
    unsigned opens, sets, closes, digits;
    struct secret tx, rx; /* of the last set */
    enum sdp_suite suite;
    struct tls_addr media_to;
    struct media_stream_config media;
    unsigned hangups, dials, forgets, asked;
    struct tls_addr dialled; /* of the last dial */
    struct {                 /* all of them, the first eight */
        uint64_t flow;
        const struct policy_peer *ticket;
        struct tls_addr addr;
        bool up, hung;
    } dial[8];
    /* Questions to DNS that are open, if there may be any. */
    bool finds;
    struct {
        uint64_t flow;
        uint32_t qid;
        int type;
        char name[256];
    } question[8];
    unsigned questions, asked_dns;
    char last_cause[CAUSE_TEXT_MAX]; /* of the last flow that went down */
    char body[2048]; /* of the last NOTIFY or MESSAGE that was told */
    const char *password;
    char logged[65536];
    size_t logged_n;
};

/* What the device has, for tests that set it; none: it is not known. */
extern struct tls_locals kit_locals;

/* An account with these members set; its flow is being dialled. */
void kit_start(struct kit *b, const struct siplock_account_config *changes);
/* The same at these addresses; n == 0: DNS is asked for its domain. */
void kit_start_at(struct kit *b, const struct siplock_account_config *changes,
                  const char *const *address, size_t n);
/* One more account, as configured; ID 2 and so on. It may be refused. */
int kit_add(struct kit *b, unsigned id,
            const struct siplock_account_config *config);
/* The default account with its flow up: the first REGISTER is sent. */
void kit_begin(struct kit *b);
/* Challenged once and registered: the default account, or one with these
 * members set. */
void kit_register_well(struct kit *b);
void kit_register_as(struct kit *b,
                     const struct siplock_account_config *changes);
/* Frees all; nothing may be held. */
void kit_finish(struct kit *b);

void kit_up(struct kit *b);
void kit_pull(struct kit *b);
void kit_hear(struct kit *b, const char *text);
void kit_wait_ms(struct kit *b, int64_t ms);

/* A response to that request, of those sent, with these lines added. */
void kit_answer_to(struct kit *b, unsigned sent, const char *status,
                   const char *lines);
/* A response to the last request with these lines added. */
void kit_answer(struct kit *b, const char *status, const char *lines);

/* What the media thread would say of the last call. */
void kit_media(struct kit *b, enum media_event_kind kind);
/* Calls that target with the default account; its id. */
uint64_t kit_call(struct kit *b, const char *target);
/* An id of the driver's, for a call, a subscription or a message. */
uint64_t kit_id(struct kit *b);
uint64_t kit_call_with(struct kit *b, const char *target,
                       const struct ua_terms *terms);
int kit_wish(struct kit *b, int kind, unsigned status);
/* How many events of that type there were. */
unsigned kit_count_events(const struct kit *b, int type, int state);

/* The last message sent, read strictly by our own parser. */
struct sip_msg kit_last(struct kit *b);
const struct ua_event *kit_last_event(const struct kit *b, int type);
int kit_reg_state(const struct kit *b);
enum cause_code kit_reg_cause(const struct kit *b);

#define CHALLENGE(realm, nonce, more)                                       \
    "WWW-Authenticate: Digest realm=\"" realm "\",nonce=\"" nonce "\"" more \
    "\r\n"
#define SHA CHALLENGE("example.test", "n1", ",algorithm=SHA-256,qop=\"auth\"")
#define OK_CONTACT \
    "Contact: <sip:alice@192.0.2.7:40000;transport=tls>;expires=600\r\n"

#endif
